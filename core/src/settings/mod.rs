//! The settings of datajoint itself, of both generations, as data.
//!
//! `dj_local_conf.json` and `~/.datajoint_config.json` belong to datajoint 0.14, `datajoint.json` with its folder `.secrets` to 2; each has
//! its environment variables. Here texts and variables become [`Settings`], in which every value knows its [`Origin`]. Finding
//! and reading the files is the business of the runtime, and so is making a connection of them.

mod known;
mod problem;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::ir::Generation;
use crate::secret::{Secret, is_secret};

pub use problem::{Problem, ProblemKind};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An argument of the command line.
    CommandLine,
    /// An environment variable.
    Environment(String),
    /// A file of settings, by its name.
    File(String),
    /// A `[database.NAME]` of djc.toml.
    Project(String),
    /// A file that holds one secret, by its name.
    SecretFile(String),
    /// Nothing says it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::CommandLine => f.write_str("command line"),
            Origin::Environment(name) => write!(f, "environment, {name}"),
            Origin::File(name) | Origin::SecretFile(name) => f.write_str(name),
            Origin::Project(name) => write!(f, "djc.toml, [database.{name}]"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// A value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// One that may be shown.
    Plain(Value),
    /// One that may not.
    Secret(Secret),
}

impl Setting {
    /// Returns the value of a key; a text below a key that names a secret is one.
    pub fn of(key: &str, value: Value) -> Setting {
        match value {
            Value::String(text) if is_secret(key) => Setting::Secret(Secret::new(text)),
            value => Setting::Plain(value),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Plain(Value::String(text)) => f.write_str(text),
            Setting::Plain(value) => value.fmt(f),
            Setting::Secret(secret) => secret.fmt(f),
        }
    }
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The value.
    pub value: Setting,
    /// Where it came from.
    pub origin: Origin,
}

/// Settings by their dotted key (`database.host`), those that something says.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which datajoint reads them.
    pub generation: Generation,
    entries: BTreeMap<String, Entry>,
}

impl Settings {
    /// Returns settings that say nothing.
    pub fn new(generation: Generation) -> Settings {
        Settings { generation, entries: BTreeMap::new() }
    }

    /// Reads a file of settings. What does not fit is a [`Problem`], and the rest is used.
    pub fn read(generation: Generation, name: &str, text: &str) -> (Settings, Vec<Problem>) {
        read::read(generation, name, text)
    }

    /// Lets the environment win. A variable that is empty says nothing.
    pub fn with_environment(mut self, variables: &BTreeMap<String, String>) -> (Settings, Vec<Problem>) {
        let problems = read::environment(&mut self, variables);
        (self, problems)
    }

    /// Takes the text of a file of `.secrets`, named as its key, where nothing else says the value.
    pub fn fill_secret(&mut self, key: &str, file: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() || self.entries.get(key).is_some_and(|entry| entry.value != Setting::Plain(Value::Null)) {
            return;
        }
        let value = Setting::Secret(Secret::new(text));
        // A user name is kept beside the password, but is none.
        let value = if is_secret(key) { value } else { Setting::Plain(Value::String(text.to_string())) };
        self.entries.insert(key.to_string(), Entry { value, origin: Origin::SecretFile(file.to_string()) });
    }

    /// Returns an entry; one that is `null` says nothing.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).filter(|entry| entry.value != Setting::Plain(Value::Null))
    }

    /// Returns a text that is not empty.
    pub fn text(&self, key: &str) -> Option<(&str, &Origin)> {
        match self.get(key)? {
            Entry { value: Setting::Plain(Value::String(text)), origin } if !text.is_empty() => Some((text, origin)),
            _ => None,
        }
    }

    /// Returns a secret that is not empty.
    pub fn secret(&self, key: &str) -> Option<(&Secret, &Origin)> {
        match self.get(key)? {
            Entry { value: Setting::Secret(secret), origin } if !secret.reveal().is_empty() => Some((secret, origin)),
            _ => None,
        }
    }

    /// Returns a number.
    pub fn number(&self, key: &str) -> Option<(u64, &Origin)> {
        match self.get(key)? {
            Entry { value: Setting::Plain(value), origin } => value.as_u64().map(|number| (number, origin)),
            Entry { value: Setting::Secret(_), .. } => None,
        }
    }

    /// Returns a value as JSON.
    pub fn value(&self, key: &str) -> Option<(&Value, &Origin)> {
        match self.get(key)? {
            Entry { value: Setting::Plain(value), origin } => Some((value, origin)),
            Entry { value: Setting::Secret(_), .. } => None,
        }
    }

    /// Returns all entries by key.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn said(settings: &Settings) -> Vec<String> {
        settings.entries().map(|(key, entry)| format!("{key} = {} ({})", entry.value, entry.origin)).collect()
    }

    #[test]
    fn environment_beats_file_beats_secrets() {
        let text = r#"{"database": {"host": "lab", "user": "ana", "password": null, "port": 3307}, "safemode": false}"#;
        let (mut settings, problems) = Settings::read(Generation::Modern, "datajoint.json", text);
        assert_eq!(problems, []);
        settings.fill_secret("database.user", ".secrets/database.user", "ben\n");
        settings.fill_secret("database.password", ".secrets/database.password", "geheim\n");
        let (settings, problems) = settings.with_environment(&variables(&[("DJ_HOST", "other"), ("DJ_PORT", "1"), ("DJ_USER", "")]));
        assert_eq!(problems, []);
        assert_eq!(
            said(&settings),
            [
                "database.host = other (environment, DJ_HOST)",
                "database.password = *** (.secrets/database.password)",
                "database.port = 1 (environment, DJ_PORT)",
                "database.user = ana (datajoint.json)",
                "safemode = false (datajoint.json)",
            ]
        );
        assert!(!format!("{settings:?}").contains("geheim"));
        assert_eq!(settings.secret("database.password").map(|(secret, _)| secret.reveal()), Some("geheim"));
    }

    #[test]
    fn classic_has_flat_keys_and_does_not_know_the_port() {
        let text = r#"{"database.host": "lab", "database.password": "geheim", "stores": {"raw": {"protocol": "file", "location": "/d"}},
                       "custom": {"spyglass_dirs": {"base": "/s"}}, "database.use_tls": {"ca": "ca.pem"}}"#;
        let (settings, problems) = Settings::read(Generation::Classic, "dj_local_conf.json", text);
        assert_eq!(problems, []);
        let (settings, problems) = settings.with_environment(&variables(&[("DJ_PORT", "3307"), ("DJ_PASS", "neu")]));
        let kinds: Vec<String> = problems.iter().map(|problem| problem.kind.to_string()).collect();
        assert_eq!(kinds, ["datajoint 0.14 does not read the variable `DJ_PORT`"]);
        assert_eq!(settings.number("database.port"), None);
        assert_eq!(settings.secret("database.password").map(|(secret, _)| secret.reveal()), Some("neu"));
        assert_eq!(settings.text("stores.raw.location").map(|(text, _)| text), Some("/d"));
        assert_eq!(settings.text("custom.spyglass_dirs.base").map(|(text, _)| text), Some("/s"));
        assert!(settings.value("database.use_tls").is_some_and(|(value, _)| value.is_object()));
    }

    #[test]
    fn stores_of_the_environment_replace_those_of_the_file() {
        let text = r#"{"stores": {"default": "raw", "raw": {"protocol": "file"}}}"#;
        let (settings, _) = Settings::read(Generation::Modern, "datajoint.json", text);
        let stores = r#"{"cold": {"protocol": "s3", "secret_key": "geheim"}}"#;
        let (settings, problems) = settings.with_environment(&variables(&[("DJ_STORES", stores)]));
        assert_eq!(problems, []);
        assert_eq!(
            said(&settings),
            ["stores.cold.protocol = s3 (environment, DJ_STORES)", "stores.cold.secret_key = *** (environment, DJ_STORES)"]
        );
    }
}
