//! Reading one argument of an index line.

use crate::ir::IndexPart;

/// Why the text is no index argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexArgumentError {
    /// Nothing between two commas.
    #[error("an argument of the index is missing")]
    Empty,
}

/// Reads one argument of an index line, commas already taken away.
///
/// A word is an attribute, `word(10)` its first characters, `word DESC` downwards, `word.path:type` a value inside a json
/// attribute; everything else is an expression that the server has to understand.
pub fn parse_index_argument(text: &str) -> Result<IndexPart, IndexArgumentError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(IndexArgumentError::Empty);
    }
    Ok(attribute(text).or_else(|| json_path(text)).unwrap_or_else(|| IndexPart::Expression(text.to_string())))
}

/// `a`, `` `a` ``, `a(10)`, `a(10) DESC`.
fn attribute(text: &str) -> Option<IndexPart> {
    let (name, rest) = match text.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?,
        None => text.split_at(text.find(|c: char| !is_word(c)).unwrap_or(text.len())),
    };
    if name.is_empty() {
        return None;
    }
    let rest = rest.trim_start();
    let (length, rest) = match rest.strip_prefix('(') {
        None => (None, rest),
        Some(open) => {
            let (digits, rest) = open.split_once(')')?;
            (Some(digits.trim().parse().ok()?), rest.trim_start())
        }
    };
    let descending = match rest.trim().to_ascii_lowercase().as_str() {
        "" | "asc" => false,
        "desc" => true,
        _ => return None,
    };
    Some(IndexPart::Attribute { name: name.to_string(), length, descending })
}

fn json_path(text: &str) -> Option<IndexPart> {
    let (name, path) = text.split_once('.')?;
    let (path, returning) = match path.split_once(':') {
        None => (path, None),
        Some((path, returning)) => (path, Some(returning.trim())),
    };
    let fits = !name.is_empty()
        && name.chars().all(is_word)
        && !path.is_empty()
        && path.chars().all(|c| is_word(c) || matches!(c, '.' | '*' | '[' | ']'))
        && returning.is_none_or(|ty| !ty.is_empty() && ty.chars().all(|c| is_word(c) || matches!(c, '(' | ',' | ')') || c.is_whitespace()));
    fits.then(|| IndexPart::JsonPath { name: name.to_string(), path: path.to_string(), returning: returning.map(str::to_string) })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
