//! Cutting a type text into its word, its arguments and the rest.

use super::{SqlLiteral, TypeError};

/// `word ( arguments ) rest`.
pub(super) struct Scan<'a> {
    /// The first word, in lower case.
    pub word: String,
    /// What stands inside the parentheses; never empty.
    pub arguments: Option<&'a str>,
    /// What stands behind, trimmed.
    pub rest: &'a str,
    glued: bool,
    text: &'a str,
}

impl<'a> Scan<'a> {
    /// Cuts the text; `None` when it does not begin with a letter, or a parenthesis is empty or never closed.
    pub fn new(text: &'a str) -> Option<Self> {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let word = text[..end].to_ascii_lowercase();
        let behind = text[end..].trim_start();
        let Some(open) = behind.strip_prefix('(') else {
            let glued = !text[end..].is_empty() && !text[end..].starts_with(char::is_whitespace);
            return Some(Scan { word, arguments: None, rest: behind.trim_end(), glued, text });
        };
        let close = closing_parenthesis(open)?;
        let arguments = &open[..close];
        if arguments.trim().is_empty() {
            return None;
        }
        let rest = &open[close + 1..];
        Some(Scan { word, arguments: Some(arguments), rest: rest.trim(), glued: !rest.starts_with(char::is_whitespace), text })
    }

    /// Succeeds when there is nothing but the word.
    pub fn bare(&self, unsupported: impl FnOnce() -> TypeError) -> Result<(), TypeError> {
        match (self.arguments, self.rest) {
            (None, "") => Ok(()),
            (None, _) if !self.glued => Err(self.text_after()),
            _ => Err(unsupported()),
        }
    }

    /// Returns whether something follows without a blank between.
    pub fn rest_is_glued(&self) -> bool {
        self.glued && !self.rest.is_empty()
    }

    pub fn text_after(&self) -> TypeError {
        TypeError::TextAfter { text: self.text.to_string(), rest: self.rest.to_string() }
    }

    pub fn bad_arguments(&self, expected: &'static str) -> TypeError {
        TypeError::Arguments { word: self.word.clone(), arguments: self.arguments.unwrap_or_default().to_string(), expected }
    }
}

/// Returns where the parenthesis that is open at the start is closed; quotes hide what is inside them.
fn closing_parenthesis(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return Some(at),
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// Reads quoted texts with commas between; `None` when something else stands there.
pub(super) fn quoted_list(text: &str) -> Option<Vec<SqlLiteral>> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    loop {
        let (literal, behind) = quoted(rest)?;
        values.push(literal);
        rest = behind.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if rest.is_empty() => return Some(values),
            None => return None,
        }
    }
}

/// Reads one quoted text at the start and returns it with what stands behind it.
pub(super) fn quoted(text: &str) -> Option<(SqlLiteral, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Some((SqlLiteral { quote: Some(quote), raw: text[1..at].to_string() }, &text[at + 1..]));
        }
    }
    None
}
