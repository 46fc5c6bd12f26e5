//! Primary keys, as far as the definitions tell them: `(new) -> lab.Parent` renames the one attribute that can be meant.

use std::collections::HashMap;
use std::ops::Range;

use crate::core::text::Text;

/// How deep references are followed; circles are longer.
const DEPTH_MAX: usize = 40;

/// The definitions of all tables, by the names that MATLAB gives them.
pub struct Keys<'d> {
    definitions: HashMap<String, &'d str>,
}

/// A reference line.
struct Arrow<'l> {
    new: Vec<&'l str>,
    path: &'l str,
    /// The attributes of the parent, where they are said.
    old: Vec<&'l str>,
    /// Where the path stands in the line.
    at: Range<usize>,
}

impl<'d> Keys<'d> {
    /// Returns the keys of these tables.
    pub fn new(definitions: impl Iterator<Item = (String, &'d str)>) -> Self {
        Keys { definitions: definitions.collect() }
    }

    /// Writes what a rename leaves out: the attribute that gets the new name.
    pub fn complete(&self, text: &mut Text) {
        let mut known: Vec<String> = Vec::new();
        let mut missing = Vec::new();
        let mut start = 0;
        for line in text.text.split_inclusive('\n') {
            if let Some(arrow) = arrow(line) {
                let parent = self.key(arrow.path, 0);
                if let ([_], [], Some(old)) = (arrow.new.as_slice(), arrow.old.as_slice(), meant(&arrow, &parent, &known)) {
                    missing.push((start + arrow.at.start..start + arrow.at.end, old));
                }
                known.extend(inherited(&arrow, &parent, &known));
            } else if let Some(name) = attribute(line) {
                known.push(name.to_string());
            }
            start += line.len();
        }
        for (path, old) in missing.into_iter().rev() {
            let origin = text.origin(path.clone()).expect("every byte of a definition leads back");
            text.replace(path.end..path.end, &Text::new(format!("({old})"), origin));
        }
    }

    /// Returns the primary key of a table; of one that is not known, nothing.
    fn key(&self, path: &str, depth: usize) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let Some(text) = self.definitions.get(path).filter(|_| depth < DEPTH_MAX) else { return out };
        for line in text.lines().take_while(|line| !line.trim_start().starts_with("---")) {
            let names = match arrow(line) {
                Some(arrow) => inherited(&arrow, &self.key(arrow.path, depth + 1), &out),
                None => attribute(line).map(str::to_string).into_iter().collect(),
            };
            let new: Vec<String> = names.into_iter().filter(|name| !out.contains(name)).collect();
            out.extend(new);
        }
        out
    }
}

/// Returns the attribute that a single new name stands for: the only one, or the only one that the table has not yet.
fn meant(arrow: &Arrow<'_>, parent: &[String], known: &[String]) -> Option<String> {
    let open: Vec<&String> = parent.iter().filter(|name| !known.contains(name)).collect();
    match (arrow.old.as_slice(), parent, open.as_slice()) {
        ([old], ..) => Some((*old).to_string()),
        ([], [only], _) => Some(only.clone()),
        ([], _, [only]) => Some((*only).clone()),
        _ => None,
    }
}

fn inherited(arrow: &Arrow<'_>, parent: &[String], known: &[String]) -> Vec<String> {
    let inferred = if arrow.new.len() == 1 { meant(arrow, parent, known) } else { None };
    let old: Vec<&str> = if arrow.old.is_empty() { inferred.as_deref().into_iter().collect() } else { arrow.old.clone() };
    let renamed = |name: &String| match old.iter().position(|old| old == name) {
        Some(at) => arrow.new.get(at).map_or_else(|| name.clone(), |new| (*new).to_string()),
        None => name.clone(),
    };
    parent.iter().map(renamed).collect()
}

/// Returns the name of an attribute line.
fn attribute(line: &str) -> Option<&str> {
    let name = line.split([':', '=']).next()?.trim();
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_name && line.contains(':')).then_some(name)
}

/// Returns the names of a list.
fn names(list: &str) -> Vec<&str> {
    list.split([',', ' ', '\t']).filter(|name| !name.is_empty()).collect()
}

fn arrow(line: &str) -> Option<Arrow<'_>> {
    let (before, behind) = line.split_once("->")?;
    let before = before.trim();
    let new = match before.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => names(inner),
        None if before.is_empty() => Vec::new(),
        None => return None,
    };
    let code = behind.split('#').next().unwrap_or_default();
    let path = match code.trim_start().strip_prefix('[') {
        Some(inner) => inner.split_once(']').map_or("", |(_, rest)| rest),
        None => code,
    };
    let path = path.trim();
    let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(path.len());
    let (path, rest) = path.split_at(end);
    let start = path.as_ptr() as usize - line.as_ptr() as usize;
    let old = rest.trim().strip_prefix('(').and_then(|inner| inner.split_once(')')).map_or_else(Vec::new, |(inner, _)| names(inner));
    Some(Arrow { new, path, old, at: start..start + path.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::source::{FileId, Span};

    #[test]
    fn the_attribute_that_is_meant_is_written() {
        let animal = "# a\nanimal : int\n---\nname : varchar(8)";
        let session = "-> lab.Animal\nsession : int";
        let keys = Keys::new([("lab.Animal".to_string(), animal), ("lab.Session".to_string(), session)].into_iter());
        let completed = |text: &str| {
            let mut text = Text::new(text, Span::new(FileId(0), 0, text.len()));
            keys.complete(&mut text);
            text.text
        };
        assert_eq!(completed("(mother) -> lab.Animal # who\n"), "(mother) -> lab.Animal(animal) # who\n");
        assert_eq!(
            completed("animal : int\n(other) -> [nullable] lab.Session"),
            "animal : int\n(other) -> [nullable] lab.Session(session)"
        );
        assert_eq!(completed("(other) -> lab.Session"), "(other) -> lab.Session", "two attributes may be meant");
        assert_eq!(completed("(a) -> lab.Animal(animal)"), "(a) -> lab.Animal(animal)");
        assert_eq!(completed("(a) -> lab.Unknown"), "(a) -> lab.Unknown");
    }
}
