//! Where things lie that datajoint names itself.

use std::fmt::Write as _;

use djc_core::value::Value;
use uuid::Uuid;

use super::For;
use crate::fault::Error;
use crate::store::{Checksum, Store, StorePath};

/// Returns the folders that a name is sorted into, each with a slash behind it.
pub(super) fn folds(name: &str, lengths: &[usize]) -> String {
    let (mut rest, mut out) = (name, String::new());
    for length in lengths {
        let (fold, after) = rest.split_at((*length).min(rest.len()));
        out.push_str(fold);
        out.push('/');
        rest = after;
    }
    out
}

/// Returns where content lies that is named by its hash (datajoint 2).
pub(super) fn hashed(store: &Store, schema: &str, checksum: Checksum) -> Result<StorePath, Error> {
    let name = checksum.base32();
    let folds = folds(&name, store.spec().subfolding.as_deref().unwrap_or_default());
    store.path(&format!("{}{schema}/{folds}{name}", section(&store.spec().hash_prefix)))
}

/// Returns where content lies that datajoint 0.14 tracks; attachments have their name as an ending.
pub(super) fn tracked(store: &Store, schema: &str, hash: Uuid, attachment: Option<&str>) -> Result<StorePath, Error> {
    let name = hash.simple().to_string();
    let folds = folds(&name, store.spec().subfolding.as_deref().unwrap_or(&[2, 2]));
    let ending = attachment.map_or(String::new(), |name| format!(".{name}"));
    store.path(&format!("{schema}/{folds}{name}{ending}"))
}

/// Returns a new place for an object of a row.
pub(super) fn object(store: &Store, target: For<'_>, extension: &str) -> Result<StorePath, Error> {
    let spec = store.spec();
    let first: Vec<&str> = spec.partition_pattern.as_deref().map(placeholders).unwrap_or_default();
    let part = |(name, value): &(String, Value)| format!("{name}={}/", key_text(value));
    let mut path = section(&spec.schema_prefix);
    path.extend(first.iter().filter_map(|name| target.key.iter().find(|(own, _)| own == name)).map(part));
    let _ = write!(path, "{}/{}/", target.schema, target.table);
    path.extend(target.key.iter().filter(|(name, _)| !first.contains(&name.as_str())).map(part));
    let _ = write!(path, "{}_{}{extension}", target.attribute, token(spec.token_length));
    store.path(&path)
}

fn section(prefix: &str) -> String {
    match prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    }
}

/// Returns the names in braces.
fn placeholders(pattern: &str) -> Vec<&str> {
    pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

/// Returns characters that nobody else gets.
fn token(length: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // Bytes 6 and 8 of a random uuid are not quite random.
    let random = || Uuid::new_v4().into_bytes().into_iter().enumerate().filter(|(at, _)| *at != 6 && *at != 8);
    let bytes = random().chain(random()).map(|(_, byte)| byte);
    bytes.take(length.clamp(4, 16)).map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect()
}

/// Longest part of a path that file systems take, less the attribute's own name.
const PART_MAX: usize = 180;

/// Returns the value of a key as paths have it.
fn key_text(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::DateTime(moment) => return moment.format("%Y-%m-%dT%H-%M-%S").to_string(),
        Value::Date(date) => return date.to_string(),
        Value::Time(time) => return time.format("%H:%M:%S%.f").to_string(),
        Value::Uuid(id) => id.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Complex(_)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Set(_)
        | Value::Map(_)
        | Value::Array(_)
        | Value::Records(_)
        | Value::Cell(_)
        | Value::Struct(_) => value.to_string(),
    };
    let long = text.chars().count() > 100;
    let unsafe_characters = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    if !long && !text.contains(unsafe_characters) {
        return text;
    }
    let sum = Checksum::of(text.as_bytes()).hex();
    let short = if long { format!("{}_{}", text.chars().take(50).collect::<String>(), &sum[..8]) } else { text };
    let quoted = quoted(&short);
    // datajoint fails here, since no file may be called so.
    if quoted.len() > PART_MAX { sum } else { quoted }
}

/// Returns a text as `urllib.parse.quote` with nothing safe writes it.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreSpec;

    /// Measured with `datajoint.storage.encode_pk_value` of 2.3.5.
    #[test]
    fn values_of_keys_as_datajoint_has_them() {
        let text = |text: &str| Value::Text(text.to_string());
        let long = "ü".repeat(20) + &"x".repeat(90);
        for (value, path) in [
            (Value::Int(1.into()), "1".to_string()),
            (Value::Float(1e20), "1e+20".to_string()),
            (text("a/b:ü é%?yyy"), "a%2Fb%3A%C3%BC%20%C3%A9%25%3Fyyy".to_string()),
            (text("a%b c~'é"), "a%b c~'é".to_string()),
            (text(&"x".repeat(101)), format!("{}_608367d7", "x".repeat(50))),
            (text(&long), format!("{}{}_5ec4e624", "%C3%BC".repeat(20), "x".repeat(30))),
            (Value::DateTime("2024-01-02T03:04:05.000678".parse().expect("a moment")), "2024-01-02T03-04-05".to_string()),
            (Value::Date("2024-01-02".parse().expect("a day")), "2024-01-02".to_string()),
        ] {
            assert_eq!(key_text(&value), path);
        }
        assert_eq!(key_text(&text("a\nb")), "a%0Ab", "datajoint leaves the line feed, and no bucket takes it");
        assert_eq!(key_text(&text(&"ü".repeat(120))).len(), 32, "datajoint makes a name that no file may have");
    }

    #[test]
    fn objects_lie_below_schema_table_and_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut spec = StoreSpec::folder(folder.path().display().to_string());
        let key = [("id".to_string(), Value::Int(1.into())), ("name".to_string(), Value::Text("..".to_string()))];
        let target = For { schema: "lab", table: "my_table", attribute: "data", key: &key };
        let store = Store::open("s", spec.clone()).expect("it is there");
        let path = object(&store, target, ".npy").expect("a path").to_string();
        let (before, after) = path.split_once("data_").expect("the attribute");
        assert_eq!((before, after.len(), &after[8..]), ("_schema/lab/my_table/id=1/name=../", 12, ".npy"));
        assert_ne!(path, object(&store, target, ".npy").expect("a path").to_string());

        (spec.partition_pattern, spec.schema_prefix) = (Some("{day}/{name}".to_string()), "/O/".to_string());
        let store = Store::open("s", spec).expect("it is there");
        let path = object(&store, target, "").expect("a path").to_string();
        assert!(path.starts_with("O/name=../lab/my_table/id=1/data_"), "{path}");
    }

    #[test]
    fn hashes_lie_below_their_schema() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open("s", StoreSpec::folder(folder.path().display().to_string())).expect("it is there");
        let sum = Checksum::of(b"bytes");
        assert_eq!(hashed(&store, "lab", sum).expect("a path").as_str(), "_hash/lab/jm5gegf3hy5hga7iufy2md6psi");
        let sum = Checksum::behind("plain.txt\0", b"hello plain.txt");
        let path = tracked(&store, "lab", sum.uuid(), Some("plain.txt")).expect("a path");
        assert_eq!(path.as_str(), "lab/d4/66/d466b00f82364c4d9940ebc105bf5c12.plain.txt");
        assert!(tracked(&store, "lab", sum.uuid(), Some("/../../../../x")).is_err());
    }
}
