//! The folder of migrations: what stands in it, and what holds it together.
//!
//! Each migration is a folder `0007_add_region` with `migration.json` (what was meant), `state.json` (what it comes to), SQL that people read and may run, and
//! perhaps steps written by hand. Its hash is made of what was meant, of the state and of the hand-written files; the next one names it as its
//! parent. SQL is generated: it is not part of the hash, and nothing but people reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Intent;
use super::hand::{self, HandWritten};
use crate::core::source::{FileId, SourceMap, Span};
use crate::core::state::{State, StateError, read_json};
use crate::diag::{Diagnostic, Sink, codes};

/// The format that is written; newer ones are refused.
const VERSION: u64 = 1;

/// The file that says what was meant.
pub const MANIFEST: &str = "migration.json";
/// The file with the state behind the migration.
pub const STATE: &str = "state.json";

/// Bytes of files by path, relative to the folder of the history; `/` between names.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// What `migration.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format.
    pub djc_migration: u64,
    /// The history that it belongs to.
    pub history: String,
    /// The name of its folder: a number for people, and what it is about.
    pub name: String,
    /// The hash of the one before; `None` for the first.
    pub parent: Option<String>,
    /// The heads of the histories below, by name, that it was made against.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub uses: BTreeMap<String, String>,
    /// The modules whose tables it may change.
    pub owns: BTreeSet<String>,
    /// What a person said.
    pub intent: Intent,
    /// What changes, in words.
    pub changes: Vec<String>,
    /// The hash of the state behind it.
    pub state: String,
    /// Hand-written files with their hashes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hand: BTreeMap<String, String>,
    /// The hash of all that stands above.
    pub hash: String,
    /// Files that djc has written for people, with their hashes.
    pub generated: BTreeMap<String, String>,
}

/// One migration as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The state behind it.
    pub state: State,
    /// Hand-written steps.
    pub hand: Vec<HandWritten>,
    /// All its files, by path inside of its folder.
    pub files: Folder,
    /// The name of its folder, which may be another than it says.
    pub folder: String,
    /// Its hash as the files stand, which may be another than it says.
    pub hash: String,
}

/// All migrations of a history, in the order of the chain.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The name that its migrations say; `None` without migrations.
    pub name: Option<String>,
    /// In order, each behind its parent. Where two follow one, both branches are here, one behind the other.
    pub migrations: Vec<Migration>,
    /// The folders that stand at an end of the chain: one, unless branches were merged.
    pub heads: Vec<String>,
}

impl History {
    /// Returns the last migration, where there is exactly one.
    pub fn head(&self) -> Option<&Migration> {
        match self.heads.as_slice() {
            [head] => self.find(head),
            _ => None,
        }
    }

    /// Returns the migration of a name, with its number or without, of a number (`7`, `0007`), or of the beginning of its hash (six characters at least).
    pub fn find(&self, word: &str) -> Option<&Migration> {
        let number = word.parse::<u32>().ok();
        let about = |name: &str| name.split_once('_').is_some_and(|(_, about)| about == word);
        let by_name = |it: &&Migration| it.folder == word || it.manifest.name == word || about(&it.folder);
        let by_number = |it: &&Migration| number.is_some() && it.number() == number;
        let by_hash = |it: &&Migration| word.len() >= 6 && it.hash.starts_with(word);
        let of = |is: &dyn Fn(&&Migration) -> bool| self.migrations.iter().find(|it| is(it));
        of(&by_name).or_else(|| of(&by_number)).or_else(|| of(&by_hash))
    }

    /// Returns the migration before another one.
    pub fn before(&self, migration: &Migration) -> Option<&Migration> {
        let parent = migration.manifest.parent.as_ref()?;
        self.migrations.iter().find(|it| it.hash == *parent || it.manifest.hash == *parent)
    }

    /// Returns the number that the next migration gets.
    pub fn next_number(&self) -> u32 {
        self.migrations.iter().filter_map(Migration::number).max().unwrap_or(0) + 1
    }
}

impl Migration {
    /// Returns the number before its name.
    pub fn number(&self) -> Option<u32> {
        number(&self.folder)
    }

    /// Returns what parked things carry in their names: `0007`.
    pub fn mark(&self) -> &str {
        self.folder.split('_').next().unwrap_or(&self.folder)
    }
}

/// Returns the number before the name of a folder.
pub fn number(folder: &str) -> Option<u32> {
    folder.split('_').next()?.parse().ok()
}

/// Returns whether a name can stand behind the number: small letters, digits and underscores.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.len() <= 60
}

impl Manifest {
    /// Returns the first version of one, without files and hashes.
    pub fn new(history: impl Into<String>, name: impl Into<String>, parent: Option<String>) -> Self {
        Manifest {
            djc_migration: VERSION,
            history: history.into(),
            name: name.into(),
            parent,
            uses: BTreeMap::new(),
            owns: BTreeSet::new(),
            intent: Intent::default(),
            changes: Vec::new(),
            state: String::new(),
            hand: BTreeMap::new(),
            hash: String::new(),
            generated: BTreeMap::new(),
        }
    }

    /// Returns the text of the file, the hash of all that it says in it.
    pub fn write(&mut self) -> String {
        self.hash = manifest_hash(&serde_json::to_value(&*self).expect("a manifest has text keys"));
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has text keys");
        text.push('\n');
        text
    }
}

/// Returns the hash of what a manifest says, fields that this djc does not know included; spaces and order do not count.
fn manifest_hash(json: &Json) -> String {
    let mut json = json.clone();
    if let Json::Object(map) = &mut json {
        map.retain(|key, _| key != "hash" && key != "generated");
    }
    json.sort_all_objects();
    hash(json.to_string().as_bytes())
}

/// Returns the blake3 hash of a file as hexadecimal digits. Line ends do not count in texts, because git may change them.
pub fn hash(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("\r\n") => blake3::hash(text.replace("\r\n", "\n").as_bytes()).to_hex().to_string(),
        _ => blake3::hash(bytes).to_hex().to_string(),
    }
}

/// Reads one migration; what is wrong with its files is reported. `place` is the path of the history for messages.
pub(super) fn read_migration(folder: &str, files: Folder, place: &str, sources: &mut SourceMap, sink: &mut Sink) -> Option<Migration> {
    let path = |file: &str| format!("{place}/{folder}/{file}");
    let mut text = |file: &str, sink: &mut Sink| -> Option<(FileId, String)> {
        let Some(bytes) = files.get(file) else {
            let message = format!("`{}` is missing", path(file));
            sink.report(codes::HISTORY_MISSING.anywhere(message).help(RESTORE));
            return None;
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => Some((sources.add(path(file), text), text.to_string())),
            Err(_) => {
                sink.report(codes::HISTORY_UNREADABLE.anywhere(format!("`{}` is no text", path(file))).help(RESTORE));
                None
            }
        }
    };
    let (manifest_file, manifest_text) = text(MANIFEST, sink)?;
    let read = read_json(&manifest_text, "djc_migration", VERSION, "a migration").and_then(|json| {
        let manifest: Manifest =
            serde_json::from_value(json.clone()).map_err(|error| StateError::Foreign { line: 0, message: error.to_string() })?;
        Ok((manifest_hash(&json), manifest))
    });
    let (hash, manifest) = match read {
        Ok(read) => read,
        Err(error) => {
            sink.report(unreadable(&error, manifest_file, &manifest_text, &path(MANIFEST)));
            return None;
        }
    };
    let (state_file, state_text) = text(STATE, sink)?;
    let state = match State::read(&state_text) {
        Ok(state) => state,
        Err(error) => {
            sink.report(unreadable(&error, state_file, &state_text, &path(STATE)));
            return None;
        }
    };
    let hand = match files.get(hand::FILE).map(|bytes| String::from_utf8_lossy(bytes).into_owned()) {
        Some(text) => {
            let file = sources.add(path(hand::FILE), text.as_str());
            hand::read(file, &text, sink)
        }
        None => Vec::new(),
    };
    Some(Migration { manifest, state, hand, files, folder: folder.to_string(), hash })
}

/// What helps when a file is not as it was.
pub(super) const RESTORE: &str = "take it back from version control: `git checkout -- PATH`";

fn unreadable(error: &StateError, file: FileId, text: &str, path: &str) -> Diagnostic {
    let code = match error {
        StateError::Newer { .. } => &codes::HISTORY_NEWER,
        StateError::Truncated { .. } | StateError::Conflict { .. } | StateError::Foreign { .. } => &codes::HISTORY_UNREADABLE,
    };
    let line = error.line().unwrap_or(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    // A table is one line, too long to be shown.
    let end = text.floor_char_boundary(end.min(start + 60));
    let help = match error {
        StateError::Newer { .. } => "take the djc that wrote it, or a later one",
        StateError::Conflict { .. } => "take one side of each file (`git checkout --ours -- PATH`), then `djc migrate rebase`",
        StateError::Truncated { .. } | StateError::Foreign { .. } => RESTORE,
    };
    code.at(Span::new(file, start, end), format!("`{path}`: {error}")).help(help)
}
