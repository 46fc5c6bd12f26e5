//! From JSON and variables to settings.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::{Map, Value};

use super::known::{self, Kind};
use super::{Entry, Origin, Problem, ProblemKind, Setting, Settings};
use crate::ir::Generation;
use crate::nearest::nearest;

pub(super) fn read(generation: Generation, name: &str, text: &str) -> (Settings, Vec<Problem>) {
    let mut reader = Reader { name, text, settings: Settings::new(generation), problems: Vec::new() };
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(object)) => {
            reader.object(&object);
            if generation == Generation::Modern {
                reader.stores();
            }
        }
        Ok(_) => reader.problem(None, ProblemKind::Malformed { message: "they are no JSON object".to_string() }),
        Err(error) => {
            let at = place(text, error.line(), error.column());
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_string();
            reader.problem(Some(at), ProblemKind::Malformed { message });
        }
    }
    (reader.settings, reader.problems)
}

/// Returns the byte of a line and column as serde_json counts them: lines from 1, columns in bytes.
fn place(text: &str, line: usize, column: usize) -> Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let len = text[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    at..at + len
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    settings: Settings,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn object(&mut self, object: &Map<String, Value>) {
        let keys = known::keys(self.settings.generation);
        for (key, value) in object {
            // Sections of datajoint 2 may be nested; 0.14 knows flat keys only.
            let is_section = keys.iter().any(|(known, _)| known.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.')));
            match value {
                Value::Object(inner) if is_section && self.settings.generation == Generation::Modern => {
                    for (inner_key, value) in inner {
                        self.setting(&format!("{key}.{inner_key}"), &[key.as_str(), inner_key.as_str()], value);
                    }
                }
                value => self.setting(key, &[key.as_str()], value),
            }
        }
    }

    /// Takes one value; `path` says which keys of the text lead to it.
    fn setting(&mut self, key: &str, path: &[&str], value: &Value) {
        let keys = known::keys(self.settings.generation);
        let root = key.split('.').next().unwrap_or(key);
        let kind = match keys.iter().find(|(known, _)| *known == key) {
            Some((_, kind)) => *kind,
            None if root == "stores" || root == "custom" => Kind::Any,
            None => {
                let near = nearest(key, keys.iter().map(|(known, _)| *known)).map(str::to_string);
                let generation = self.settings.generation;
                return self.problem(self.find(path), ProblemKind::UnknownKey { key: key.to_string(), near, generation });
            }
        };
        if !fits(kind, value) {
            return self.problem(self.find(path), ProblemKind::Value { name: key.to_string(), wanted: kind.wanted() });
        }
        put(&mut self.settings, key, value.clone(), &Origin::File(self.name.to_string()), kind);
    }

    /// Looks for sections of a store that lie in each other.
    fn stores(&mut self) {
        let stores: BTreeSet<String> =
            self.settings.entries.keys().filter_map(|key| Some(key.strip_prefix("stores.")?.split_once('.')?.0.to_string())).collect();
        for store in stores {
            let said = |key: &str| self.settings.text(&format!("stores.{store}.{key}")).map(|(text, _)| text.to_string());
            let or = |key: &str, default: &str| said(key).unwrap_or_else(|| default.to_string());
            let mut sections = vec![("hash_prefix", or("hash_prefix", "_hash")), ("schema_prefix", or("schema_prefix", "_schema"))];
            sections.extend(said("filepath_prefix").map(|text| ("filepath_prefix", text)));
            // One lies in the other, as folders do.
            let folder = |text: &str| format!("{}/", text.trim_matches('/'));
            let inside = |one: &str, other: &str| folder(one).starts_with(&folder(other)) || folder(other).starts_with(&folder(one));
            let pairs = [(0, 1), (0, 2), (1, 2)].into_iter().filter(|(_, other)| *other < sections.len());
            let found: Vec<_> = pairs.filter(|(one, other)| inside(&sections[*one].1, &sections[*other].1)).collect();
            for (one, other) in found {
                let at = [other, one].into_iter().find_map(|at| self.find(&["stores", store.as_str(), sections[at].0]));
                let prefixes = [sections[one].clone(), sections[other].clone()];
                self.problem(at, ProblemKind::StorePrefixes { store: store.clone(), prefixes });
            }
        }
    }

    /// Returns the place of a key in the text, below the keys before it.
    fn find(&self, path: &[&str]) -> Option<Range<usize>> {
        let mut from = 0;
        let mut found = None;
        for key in path {
            let quoted = serde_json::to_string(key).ok()?;
            let at = self.text[from..].match_indices(&quoted).map(|(at, _)| from + at);
            let is_key = |at: &usize| self.text[at + quoted.len()..].trim_start().starts_with(':');
            let at = { at }.find(is_key)?;
            found = Some(at..at + quoted.len());
            from = at + quoted.len();
        }
        found
    }

    fn problem(&mut self, at: Option<Range<usize>>, kind: ProblemKind) {
        self.problems.push(Problem { file: Some(self.name.to_string()), at, kind });
    }
}

fn fits(kind: Kind, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null) | (Kind::Any, _) => true,
        (Kind::Text, value) => value.is_string(),
        (Kind::Number, value) => value.as_u64().is_some(),
        (Kind::Boolean, value) => value.is_boolean(),
        (Kind::Tls, value) => value.is_boolean() || value.is_object(),
    }
}

/// Puts a value in; what is inside of stores and the like gets keys of its own, so that secrets inside are known as such.
fn put(settings: &mut Settings, key: &str, value: Value, origin: &Origin, kind: Kind) {
    match value {
        Value::Object(inner) if kind == Kind::Any => {
            for (name, value) in inner {
                put(settings, &format!("{key}.{name}"), value, origin, kind);
            }
        }
        value => {
            let entry = Entry { value: Setting::of(key, value), origin: origin.clone() };
            settings.entries.insert(key.to_string(), entry);
        }
    }
}

pub(super) fn environment(settings: &mut Settings, variables: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let said = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    let ours = known::variables(settings.generation);
    for (name, key) in ours {
        let Some(text) = said(name) else { continue };
        let kind = known::keys(settings.generation).iter().find(|(known, _)| known == key).map_or(Kind::Any, |(_, kind)| *kind);
        let Some(value) = value_of(kind, text) else {
            problems.push(Problem { file: None, at: None, kind: ProblemKind::Value { name: (*name).to_string(), wanted: kind.wanted() } });
            continue;
        };
        if *key == "stores" {
            settings.entries.retain(|key, _| !key.starts_with("stores."));
        }
        put(settings, key, value, &Origin::Environment((*name).to_string()), kind);
    }
    // What only the other generation reads, and would decide where to connect.
    for name in ["DJ_PORT", "DJ_BACKEND", "DJ_DATABASE_NAME", "DJ_USE_TLS"] {
        if said(name).is_some() && !ours.iter().any(|(known, _)| *known == name) {
            let kind = ProblemKind::IgnoredVariable { name: name.to_string(), generation: settings.generation };
            problems.push(Problem { file: None, at: None, kind });
        }
    }
    problems
}

/// Returns the value that a variable says; datajoint 2 takes the usual words for true and false.
fn value_of(kind: Kind, text: &str) -> Option<Value> {
    let word = text.trim().to_ascii_lowercase();
    let boolean = match word.as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
        "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
        _ => None,
    };
    match kind {
        Kind::Text => Some(Value::String(text.to_string())),
        Kind::Number => word.parse::<u64>().ok().map(Value::from),
        Kind::Boolean | Kind::Tls => boolean.map(Value::Bool),
        Kind::Any => serde_json::from_str(text).ok().filter(Value::is_object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(generation: Generation, text: &str) -> Vec<String> {
        let (_, problems) = read(generation, "x.json", text);
        problems.iter().map(|problem| format!("{:?} {} {:?}", problem.at, problem.kind, near(problem))).collect()
    }

    fn near(problem: &Problem) -> Option<&str> {
        match &problem.kind {
            ProblemKind::UnknownKey { near, .. } => near.as_deref(),
            _ => None,
        }
    }

    #[test]
    fn mistyped_keys_have_their_place() {
        assert_eq!(
            problems(Generation::Classic, r#"{"database.hots": "lab", "database": {"host": "lab"}, "custom": {"x": 1}}"#),
            [
                "Some(1..16) datajoint 0.14 has no setting `database.hots` Some(\"database.host\")",
                "Some(25..35) datajoint 0.14 has no setting `database` None",
            ]
        );
        assert_eq!(
            problems(Generation::Modern, r#"{"database": {"user": "host", "hots": "lab"}}"#),
            ["Some(30..36) datajoint 2 has no setting `database.hots` Some(\"database.host\")"]
        );
    }

    #[test]
    fn values_that_do_not_fit_are_named_without_being_shown() {
        let text = r#"{"database.port": "geheim", "database.password": ["geheim"], "database.use_tls": "yes"}"#;
        let found = problems(Generation::Classic, text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|message| !message.contains("geheim")), "{found:?}");
    }

    #[test]
    fn sections_of_a_store_may_not_lie_in_each_other() {
        let text = r#"{"stores": {"default": "raw", "raw": {"hash_prefix": "a", "filepath_prefix": "/a/b/"}, "cold": {"filepath_prefix": "_has"}}}"#;
        let (_, found) = read(Generation::Modern, "x.json", text);
        let [problem] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(problem.kind.to_string(), "in store `raw`, `hash_prefix` \"a\" and `filepath_prefix` \"/a/b/\" overlap");
        assert_eq!(problem.at.clone().map(|at| &text[at]), Some("\"filepath_prefix\""));
        assert!(problems(Generation::Classic, text).is_empty());
    }

    #[test]
    fn broken_json_has_line_and_column() {
        let text = "{\n  \"database.host\": \"lab\",\n}\n";
        let (settings, problems) = read(Generation::Classic, "x.json", text);
        assert_eq!(settings.entries().count(), 0);
        let [Problem { at: Some(at), kind: ProblemKind::Malformed { message }, .. }] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!((&text[at.clone()], message.as_str()), ("}", "trailing comma"));
        assert_eq!(self::problems(Generation::Modern, "[]").len(), 1);
        assert_eq!(self::problems(Generation::Modern, "").len(), 1);
    }
}
