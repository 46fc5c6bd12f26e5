//! Passwords: values that nothing prints, and texts without them.

use std::fmt;
use std::ops::Range;

use crate::nearest::nearest;

/// A password. Printing it gives `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// Returns the password itself, for handing it to a server only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Returns whether a key of a settings file names something that must not be printed.
pub fn is_secret(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
    let is_word = ["pass", "pwd", "secret", "token", "access_key"].iter().any(|word| last.contains(word)) && last != "token_length";
    // A slip of the keyboard in the key makes the value no less secret.
    is_word || nearest(&last, ["password", "secret_key", "access_key"]).is_some()
}

/// Returns a text of settings (JSON or TOML) with a `*` for each byte of a password: of the values of keys that
/// [name one](is_secret), and in URLs what stands between user and `@`. All other bytes keep their places.
pub fn masked(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut line = line.as_bytes().to_vec();
        mask_urls(&mut line);
        mask_values(&mut line);
        out.extend(line);
    }
    String::from_utf8(out).expect("whole runs between ASCII characters were replaced by ASCII")
}

/// Returns a text that may hold a URL, such as an argument of a command line, with `***` for its password.
pub fn without_passwords(text: &str) -> String {
    let mut passwords = passwords_of_urls(text.as_bytes());
    // A URL that lost its slashes: `mysql:ana:PASSWORD@lab`, `ana:PASSWORD@lab`. Revisions of git may hold an `@` as well.
    if !text.contains("://")
        && !text.starts_with("git:")
        && let Some((login, _)) = text.rsplit_once('@')
        && let Some(colon) = login.find(':')
    {
        passwords.push(colon + 1..login.len());
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for password in passwords {
        out.push_str(&text[copied..password.start]);
        out.push_str("***");
        copied = password.end;
    }
    out + &text[copied..]
}

fn mask_urls(line: &mut [u8]) {
    for password in passwords_of_urls(line) {
        line[password].fill(b'*');
    }
}

/// Finds the passwords of `scheme://user:PASSWORD@host`; one may hold `@`, `/` and `:`.
fn passwords_of_urls(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(scheme) = find(&text[at..], b"://") {
        let start = at + scheme + 3;
        let end = text[start..].iter().position(|byte| b"\"'` \t\r\n".contains(byte)).map_or(text.len(), |len| start + len);
        if let Some(sign) = text[start..end].iter().rposition(|byte| *byte == b'@')
            && let Some(colon) = text[start..start + sign].iter().position(|byte| *byte == b':')
        {
            found.push(start + colon + 1..start + sign);
        }
        at = end;
    }
    found
}

/// `"key": "VALUE"` and `key = "VALUE"`, several on a line.
fn mask_values(line: &mut [u8]) {
    let mut at = 0;
    while let Some(sign) = line[at..].iter().position(|byte| matches!(byte, b':' | b'=')).map(|sign| at + sign) {
        let key_end = line[..sign].iter().rposition(|byte| !b"\"' \t".contains(byte)).map_or(0, |last| last + 1);
        let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let key_start = line[..key_end].iter().rposition(|byte| !is_key(byte)).map_or(0, |before| before + 1);
        let key = String::from_utf8_lossy(&line[key_start..key_end]).into_owned();
        at = sign + 1;
        if !is_secret(&key) {
            continue;
        }
        let Some(start) = line[at..].iter().position(|byte| !b" \t".contains(byte)).map(|blank| at + blank) else { return };
        let end = match line[start] {
            quote @ (b'"' | b'\'') => {
                let mut end = start + 1;
                while end < line.len() && line[end] != quote && line[end] != b'\n' {
                    end += if line[end] == b'\\' { 2 } else { 1 };
                }
                let end = end.min(line.len());
                line[start + 1..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
                end
            }
            _ => {
                let end = line[start..].iter().position(|byte| b",}\r\n".contains(byte)).map_or(line.len(), |len| start + len);
                let value = line[start..end].trim_ascii();
                // `null` says that there is none, and a block is not a value.
                if value != b"null" && !value.is_empty() && !matches!(value[0], b'{' | b'[') {
                    line[start..end].fill(b'*');
                }
                end
            }
        };
        at = end;
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_stars() {
        let secret = Secret::new("geheim");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn passwords_are_masked_in_their_places() {
        let text = "{\"database.password\": \"ge\\\"heim\", \"database.user\": \"ana\",\n \"url\": \"mysql://ana:g@h/:x@lab/db\"}\n";
        let shown = masked(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown, "{\"database.password\": \"********\", \"database.user\": \"ana\",\n \"url\": \"mysql://ana:******@lab/db\"}\n");
        assert_eq!(masked("secret_key = größe, x = 1"), "secret_key = *******, x = 1");
        assert_eq!(masked("password: null, secrets = {"), "password: null, secrets = {");
        assert_eq!(masked("url = \"mysql://ana@lab:3306\""), "url = \"mysql://ana@lab:3306\"");
        assert_eq!(masked("token_length = 8, user = 1"), "token_length = 8, user = 1");
        assert_eq!(masked("pasword = \"geheim\""), "pasword = \"******\"");
        assert_eq!(without_passwords("mysql://ana:geh@eim@lab and größe"), "mysql://ana:***@lab and größe");
        assert_eq!(without_passwords("ana:geheim@lab"), "ana:***@lab");
        assert_eq!(without_passwords("git:main@{1}:pipelines"), "git:main@{1}:pipelines");
    }
}
