//! String literals of a Python file as places that can be written to.
//!
//! [`literals`] lists the insides of all strings with what their quotes and prefixes allow, and [`Literal::spell`] writes a text in the spelling of one.
//! [`same_but_for_strings`] holds a changed file to the promise that nothing else of it changed.

use std::ops::Range;

use ruff_python_ast::StringFlags as _;
use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged as _;

/// The inside of one string literal, or a piece of an f-string between two placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The bytes between the quotes or placeholders.
    pub inner: Range<usize>,
    /// The first byte of the literal with its prefix; the pieces of one f-string share it.
    pub start: usize,
    /// The quote that ends it.
    pub quote: char,
    /// Whether three of them do.
    pub triple: bool,
    /// Whether a backslash is a backslash.
    pub raw: bool,
    /// Whether braces stand for values.
    pub formatted: bool,
}

/// Returns the text literals of a Python file, in order; `b"…"` holds no text and is left out.
pub fn literals(text: &str) -> Vec<Literal> {
    let mut out = Vec::new();
    // Where the f-strings begin that are open: one may hold another in a placeholder.
    let mut open: Vec<usize> = Vec::new();
    for token in parsed(text).tokens() {
        let range = token.range().to_std_range();
        match token.kind() {
            TokenKind::String => {
                let flags = token.unwrap_string_flags();
                if flags.is_byte_string() || flags.is_unclosed() {
                    continue;
                }
                let inner = range.start + flags.opener_len().to_usize()..range.end - flags.closer_len().to_usize();
                out.push(literal(token, inner, range.start));
            }
            TokenKind::FStringStart => open.push(range.start),
            TokenKind::FStringMiddle => {
                let start = open.last().copied().unwrap_or(range.start);
                out.push(literal(token, range, start));
            }
            TokenKind::FStringEnd => drop(open.pop()),
            _ => {}
        }
    }
    out
}

fn parsed(text: &str) -> ruff_python_parser::Parsed<ruff_python_ast::Mod> {
    parse_unchecked(text, ParseOptions::from(Mode::Module))
}

fn literal(token: &Token, inner: Range<usize>, start: usize) -> Literal {
    let flags = token.unwrap_string_flags();
    Literal {
        inner,
        start,
        quote: flags.quote_style().as_char(),
        triple: flags.is_triple_quoted(),
        raw: flags.is_raw_string(),
        formatted: token.kind() == TokenKind::FStringMiddle,
    }
}

impl Literal {
    /// Returns how a text is written inside of this literal, with the line ends of its file; `None` where it cannot be.
    ///
    /// A quote is escaped wherever it could end the literal together with its neighbours.
    pub fn spell(&self, text: &str, line_end: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut before = None;
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            // Alone between other characters it ends no literal of three.
            let alone = self.triple && before.is_some_and(|c| c != self.quote) && rest.peek().is_some_and(|c| *c != self.quote);
            match c {
                '\r' if self.triple && rest.peek() == Some(&'\n') => {}
                '\n' if self.triple => out.push_str(line_end),
                c if c == self.quote && alone => out.push(c),
                '{' | '}' if self.formatted => out.extend([c, c]),
                '\n' | '\r' | '\0' | '\\' if self.raw => return None,
                c if c == self.quote && self.raw => return None,
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\0' => out.push_str("\\x00"),
                '\\' => out.push_str("\\\\"),
                c if c == self.quote => out.extend(['\\', c]),
                c => out.push(c),
            }
            before = Some(c);
        }
        Some(out)
    }
}

/// Returns whether two texts are one program but for what stands in its strings: the same words, comments and placeholders, and the same kinds of literals.
pub fn same_but_for_strings(before: &str, after: &str) -> bool {
    let (one, other) = (parsed(before), parsed(after));
    let same = |a: &Token, b: &Token| {
        let text = |text: &str, token: &Token| text[token.range().to_std_range()].to_string();
        a.kind() == b.kind()
            && match a.kind() {
                TokenKind::String | TokenKind::FStringMiddle => a.string_flags() == b.string_flags(),
                // Where a line ends says the kind.
                TokenKind::Newline | TokenKind::NonLogicalNewline => true,
                _ => text(before, a) == text(after, b),
            }
    };
    // An f-string that gets its first text, or loses its last, has another number of pieces.
    let shape = |token: &&Token| token.kind() != TokenKind::FStringMiddle;
    let (ones, others) = (one.tokens().iter().filter(shape), other.tokens().iter().filter(shape));
    one.errors().len() == other.errors().len()
        && ones.clone().count() == others.clone().count()
        && ones.zip(others).all(|(a, b)| same(a, b))
}

/// Returns where a Python file says a name in strings, and as the name of an argument (`name=…`).
pub fn mentions(text: &str, name: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let parsed = parsed(text);
    let tokens: Vec<&Token> = parsed.tokens().iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let range = token.range().to_std_range();
        match token.kind() {
            TokenKind::String | TokenKind::FStringMiddle => {
                out.extend(words(&text[range.clone()], name).map(|found| range.start + found.start..range.start + found.end));
            }
            TokenKind::Name if text[range.clone()] == *name => {
                let inside = at > 0 && matches!(tokens[at - 1].kind(), TokenKind::Lpar | TokenKind::Comma | TokenKind::NonLogicalNewline);
                if inside && tokens.get(at + 1).is_some_and(|next| next.kind() == TokenKind::Equal) {
                    out.push(range);
                }
            }
            _ => {}
        }
    }
    out
}

/// Returns where a Python file says a name: in its code, and as a word in strings.
pub fn uses(text: &str, name: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    for token in parsed(text).tokens() {
        let range = token.range().to_std_range();
        match token.kind() {
            TokenKind::String | TokenKind::FStringMiddle => {
                out.extend(words(&text[range.clone()], name).map(|found| range.start + found.start..range.start + found.end));
            }
            TokenKind::Name if text[range.clone()] == *name => out.push(range),
            _ => {}
        }
    }
    out
}

/// Returns where a text says a name as a whole word.
pub fn words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let alone = move |at: &usize| {
        !text[..*at].chars().next_back().is_some_and(is_word) && !text[at + name.len()..].chars().next().is_some_and(is_word)
    };
    text.match_indices(name).map(|(at, _)| at).filter(alone).map(|at| at..at + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(source: &str, text: &str) -> Option<String> {
        literals(source)[0].spell(text, "\n")
    }

    #[test]
    fn each_kind_of_literal_has_its_spelling() {
        assert_eq!(spelled("'x'", "it's\n"), Some("it\\'s\\n".to_string()));
        assert_eq!(spelled("\"\"\"x\"\"\"", "say \"hi\" now\n"), Some("say \"hi\" now\n".to_string()));
        assert_eq!(spelled("\"\"\"x\"\"\"", "\"hi\""), Some("\\\"hi\\\"".to_string()));
        assert_eq!(spelled("f'x'", "{old}"), Some("{{old}}".to_string()));
        assert_eq!(spelled("r'x'", "it's"), None);
        assert_eq!(spelled("r'x'", "{a}"), Some("{a}".to_string()));
    }

    #[test]
    fn pieces_of_an_f_string_belong_together() {
        let text = "a = f'''x {f'{b}'} y'''";
        let found = literals(text);
        let inner: Vec<(&str, usize)> = found.iter().map(|literal| (&text[literal.inner.clone()], literal.start)).collect();
        assert_eq!(inner, [("x ", 4), (" y", 4)]);
    }

    #[test]
    fn a_change_outside_of_strings_is_seen() {
        assert!(same_but_for_strings("a = f'{b} c'  # d\n", "a = f'{b}'  # d\n"));
        assert!(!same_but_for_strings("a = 'b'\n", "a = 'b' 'c'\n"));
        assert!(!same_but_for_strings("a = 'b'\n", "a = 'b'c'\n"));
        assert!(!same_but_for_strings("a = f'{b}'\n", "a = f'{c}'\n"));
    }

    #[test]
    fn names_are_found_in_strings_and_arguments() {
        let text = "subject = key['subject']\nf(subject=1, b='subject_id')\nd = f'subject = {subject}'\n";
        let found: Vec<usize> = mentions(text, "subject").into_iter().map(|range| range.start).collect();
        assert_eq!(found, [15, 27, 60]);
    }
}
