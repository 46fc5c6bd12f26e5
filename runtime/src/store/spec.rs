//! What the settings of datajoint say of stores.

use std::collections::BTreeMap;
use std::path::PathBuf;

use djc_core::secret::Secret;
use djc_core::settings::{Entry, Setting, Settings};
use serde_json::Value;

/// The stores that are known, by name, and what goes with them.
#[derive(Debug, Clone, Default)]
pub struct Stores {
    stores: BTreeMap<String, Result<StoreSpec, String>>,
    /// The store of `<blob@>` and the like (`stores.default`).
    pub default: Option<String>,
    /// The store of `<filepath@>` (`stores.filepath_default`).
    pub filepath_default: Option<String>,
    /// Where files go that are fetched (`download_path`); `None` for the working folder.
    pub download_path: Option<PathBuf>,
    /// Files of `filepath@s` that are at least so large, in bytes, are not held against their checksum when they are fetched.
    pub checksum_size_limit: Option<u64>,
    /// Files of `filepath@s` that are larger, in bytes, are registered without a checksum.
    pub checksum_size_limit_insert: Option<u64>,
}

/// Where a store is and how files lie in it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreSpec {
    /// A folder, or what stands before every key of a bucket.
    pub location: String,
    /// Where the location is.
    pub protocol: Protocol,
    /// Lengths of the folders that names of hashed files are sorted into. `None`: 2 and 2 for datajoint 0.14, none for 2.
    pub subfolding: Option<Vec<usize>>,
    /// The folder on this machine that files of `filepath@s` come from and are copied to.
    pub stage: Option<PathBuf>,
    /// What hashed content of datajoint 2 lies below.
    pub hash_prefix: String,
    /// What objects of datajoint 2 lie below.
    pub schema_prefix: String,
    /// What files of `<filepath@s>` must lie below.
    pub filepath_prefix: Option<String>,
    /// Which attributes of the key come first in paths of objects: `{subject}/{session}`.
    pub partition_pattern: Option<String>,
    /// Characters that tell objects of one row and attribute apart.
    pub token_length: usize,
    /// Whether links in the folder are followed when they lead out of it. datajoint follows them; here it must be said, since who may write
    /// into the store could have files read and written elsewhere.
    pub follow_links: bool,
}

/// Where a store is.
#[derive(Debug, Clone, PartialEq)]
pub enum Protocol {
    /// A folder.
    File,
    /// A bucket; needs the feature `s3`.
    S3(S3),
}

/// A bucket of S3 or a server that speaks as it does.
#[derive(Debug, Clone, PartialEq)]
pub struct S3 {
    /// Host and port, perhaps with `https://` before it.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// Who logs in; without it the variables of AWS count.
    pub access_key: Option<Secret>,
    /// The password of the above.
    pub secret_key: Option<Secret>,
    /// Whether the connection is encrypted, where the endpoint does not say it.
    pub secure: bool,
    /// A proxy's URL.
    pub proxy_server: Option<String>,
}

impl StoreSpec {
    /// Returns a store in a folder of this machine, with everything else as datajoint has it by default.
    pub fn folder(location: impl Into<String>) -> StoreSpec {
        StoreSpec::new(location.into(), Protocol::File)
    }

    /// Returns a store in a bucket.
    pub fn bucket(location: impl Into<String>, s3: S3) -> StoreSpec {
        StoreSpec::new(location.into(), Protocol::S3(s3))
    }

    fn new(location: String, protocol: Protocol) -> StoreSpec {
        StoreSpec {
            location,
            protocol,
            subfolding: None,
            stage: None,
            hash_prefix: "_hash".to_string(),
            schema_prefix: "_schema".to_string(),
            filepath_prefix: None,
            partition_pattern: None,
            token_length: 8,
            follow_links: false,
        }
    }
}

impl Stores {
    /// Returns the stores that settings of datajoint name. What is wrong with one is said when it is used.
    pub fn from_settings(settings: &Settings) -> Stores {
        let text = |key: &str| settings.text(key).map(|(text, _)| text.to_string());
        let mut entries: BTreeMap<&str, BTreeMap<&str, &Entry>> = BTreeMap::new();
        for (key, entry) in settings.entries() {
            if let Some((store, key)) = key.strip_prefix("stores.").and_then(|key| key.rsplit_once('.')) {
                entries.entry(store).or_default().insert(key, entry);
            }
        }
        Stores {
            stores: entries.into_iter().map(|(name, entries)| (name.to_string(), read(settings, &entries))).collect(),
            default: text("stores.default"),
            filepath_default: text("stores.filepath_default"),
            download_path: text("download_path").map(PathBuf::from),
            checksum_size_limit: settings.number("filepath_checksum_size_limit").map(|(limit, _)| limit),
            checksum_size_limit_insert: settings.number("filepath_checksum_size_limit_insert").map(|(limit, _)| limit),
        }
    }

    /// Adds a store, or replaces the one of that name.
    pub fn with(mut self, name: impl Into<String>, spec: StoreSpec) -> Stores {
        self.stores.insert(name.into(), Ok(spec));
        self
    }

    /// Names the store that `@` alone means.
    pub fn with_default(mut self, name: impl Into<String>) -> Stores {
        self.default = Some(name.into());
        self
    }

    /// Takes from other settings what these do not say.
    pub fn or(mut self, other: Stores) -> Stores {
        for (name, spec) in other.stores {
            self.stores.entry(name).or_insert(spec);
        }
        Stores {
            stores: self.stores,
            default: self.default.or(other.default),
            filepath_default: self.filepath_default.or(other.filepath_default),
            download_path: self.download_path.or(other.download_path),
            checksum_size_limit: self.checksum_size_limit.or(other.checksum_size_limit),
            checksum_size_limit_insert: self.checksum_size_limit_insert.or(other.checksum_size_limit_insert),
        }
    }

    /// Returns a store; what is wrong with it as an error.
    pub fn get(&self, name: &str) -> Option<Result<&StoreSpec, &str>> {
        self.stores.get(name).map(|spec| spec.as_ref().map_err(String::as_str))
    }

    /// Returns all names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stores.keys().map(String::as_str)
    }
}

const KEYS: &[&str] = &[
    "protocol",
    "location",
    "subfolding",
    "stage",
    "hash_prefix",
    "schema_prefix",
    "filepath_prefix",
    "partition_pattern",
    "token_length",
    "endpoint",
    "bucket",
    "access_key",
    "secret_key",
    "secure",
    "proxy_server",
];

fn read(settings: &Settings, entries: &BTreeMap<&str, &Entry>) -> Result<StoreSpec, String> {
    let value = |key: &str| entries.get(key).map(|entry| &entry.value).filter(|value| **value != Setting::Plain(Value::Null));
    let text = |key: &str| match value(key) {
        None => Ok(None),
        Some(Setting::Plain(Value::String(text))) => Ok(Some(text.clone())),
        Some(Setting::Plain(_) | Setting::Secret(_)) => Err(format!("`{key}` is no text")),
    };
    let secret = |key: &str| match value(key) {
        None => Ok(None),
        // datajoint 2 takes an empty one for none.
        Some(Setting::Secret(secret)) => Ok(Some(secret.clone()).filter(|secret| !secret.reveal().is_empty())),
        Some(Setting::Plain(_)) => Err(format!("`{key}` is no text")),
    };
    let needed = |key: &str| text(key)?.ok_or_else(|| format!("`{key}` is missing"));
    if let Some(key) = entries.keys().find(|key| !KEYS.contains(key)) {
        let near = djc_core::nearest::nearest(key, KEYS.iter().copied());
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(format!("a store has no `{key}`{hint}"));
    }
    let protocol = needed("protocol")?;
    let location = needed("location")?;
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "file" => Protocol::File,
        "s3" => Protocol::S3(S3 {
            endpoint: needed("endpoint")?,
            bucket: needed("bucket")?,
            access_key: secret("access_key")?,
            secret_key: secret("secret_key")?,
            secure: match value("secure") {
                // datajoint 0.14 does not encrypt unless it is told to, 2 does.
                None => settings.generation == djc_core::ir::Generation::Modern,
                Some(Setting::Plain(Value::Bool(secure))) => *secure,
                Some(Setting::Plain(_) | Setting::Secret(_)) => return Err("`secure` is neither true nor false".to_string()),
            },
            proxy_server: text("proxy_server")?,
        }),
        other => return Err(format!("`{other}` is no protocol that djc knows: `file` or `s3`")),
    };
    let mut spec = StoreSpec::new(location, protocol);
    spec.subfolding = match value("subfolding") {
        None => None,
        Some(Setting::Plain(Value::Array(lengths))) => {
            let lengths: Option<Vec<usize>> = lengths.iter().map(|length| usize::try_from(length.as_u64()?).ok()).collect();
            Some(lengths.ok_or("`subfolding` is no list of lengths")?)
        }
        Some(Setting::Plain(_) | Setting::Secret(_)) => return Err("`subfolding` is no list of lengths".to_string()),
    };
    spec.stage = text("stage")?.map(PathBuf::from);
    spec.hash_prefix = text("hash_prefix")?.unwrap_or(spec.hash_prefix);
    spec.schema_prefix = text("schema_prefix")?.unwrap_or(spec.schema_prefix);
    spec.filepath_prefix = text("filepath_prefix")?.filter(|prefix| !prefix.is_empty());
    spec.partition_pattern = text("partition_pattern")?.filter(|pattern| !pattern.is_empty());
    if let Some(length) = value("token_length") {
        let length = match length {
            Setting::Plain(length) => length.as_u64(),
            Setting::Secret(_) => None,
        };
        // As datajoint: from 4 to 16.
        spec.token_length = length.ok_or("`token_length` is no number")?.clamp(4, 16) as usize;
    }
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use djc_core::ir::Generation;

    use super::*;

    fn stores(generation: Generation, text: &str) -> Stores {
        Stores::from_settings(&Settings::read(generation, "settings.json", text).0)
    }

    #[test]
    fn both_generations_name_stores() {
        let classic = stores(
            Generation::Classic,
            r#"{"stores": {"raw": {"protocol": "file", "location": "/data", "stage": "/tmp", "subfolding": [1, 3]},
                           "cold": {"protocol": "s3", "endpoint": "lab:9000", "bucket": "b", "location": "l", "access_key": "ana", "secret_key": "geheim"}}}"#,
        );
        let raw = classic.get("raw").expect("it is named").expect("it is right");
        assert_eq!((raw.location.as_str(), &raw.subfolding, &raw.stage), ("/data", &Some(vec![1, 3]), &Some(PathBuf::from("/tmp"))));
        let cold = classic.get("cold").expect("it is named").expect("it is right");
        let Protocol::S3(s3) = &cold.protocol else { panic!("it is a bucket") };
        assert_eq!((s3.endpoint.as_str(), s3.secure), ("lab:9000", false));
        assert_eq!(s3.secret_key.as_ref().map(Secret::reveal), Some("geheim"));
        assert!(!format!("{classic:?}").contains("geheim"));

        let modern = stores(
            Generation::Modern,
            r#"{"stores": {"default": "main", "main": {"protocol": "file", "location": "/d", "token_length": 99},
                           "cold": {"protocol": "S3", "endpoint": "lab", "bucket": "b", "location": "", "access_key": "", "secret_key": ""}}}"#,
        );
        assert_eq!(modern.default.as_deref(), Some("main"));
        let main = modern.get("main").expect("it is named").expect("it is right");
        assert_eq!((main.token_length, main.hash_prefix.as_str(), &main.subfolding), (16, "_hash", &None));
        let Some(Ok(StoreSpec { protocol: Protocol::S3(s3), .. })) = modern.get("cold") else { panic!("it is a bucket") };
        assert!(s3.secure && s3.access_key.is_none());
    }

    #[test]
    fn what_is_wrong_with_a_store_is_said_when_it_is_used() {
        let stores = stores(
            Generation::Modern,
            r#"{"stores": {"a": {"protocol": "file"}, "b": {"protocol": "gopher", "location": "/"},
                           "c": {"protocol": "file", "location": "/d", "loaction": "/"}, "d": {"protocol": "file", "location": "/", "subfolding": 2}}}"#,
        );
        let said = |name: &str| stores.get(name).and_then(Result::err).map(str::to_string);
        assert_eq!(said("a").as_deref(), Some("`location` is missing"));
        assert_eq!(said("b").as_deref(), Some("`gopher` is no protocol that djc knows: `file` or `s3`"));
        assert_eq!(said("c").as_deref(), Some("a store has no `loaction`; did you mean `location`?"));
        assert_eq!(said("d").as_deref(), Some("`subfolding` is no list of lengths"));
        assert!(stores.get("e").is_none());
    }
}
