//! MATLAB text as tokens: as much of the language as finding definitions needs, and nothing that a broken file can break.
//!
//! What makes MATLAB awkward is decided here: whether `'` opens a string or transposes, `%{` blocks, and `...` at the end of a line.

use std::ops::Range;

/// A piece of MATLAB text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Of which kind.
    pub kind: Kind,
    /// Where it stands, quotes and marks included.
    pub range: Range<usize>,
    /// Whether white space, or the start of a line, is before it.
    pub spaced: bool,
}

/// The kinds of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// A string, with what it says.
    Text(String),
    /// A bracket, an operator, a comma or a semicolon.
    Symbol(char),
    /// The end of a line that `...` does not continue.
    Newline,
    /// `% …` up to the end of the line.
    Comment,
    /// `%{ … %}`; `closed` says whether its end was found.
    Block {
        /// The lines between the marks.
        inner: Range<usize>,
        /// Whether it ends.
        closed: bool,
    },
}

/// Words after which `'` opens a string.
const KEYWORDS: [&str; 8] = ["case", "return", "if", "elseif", "while", "switch", "otherwise", "end"];

/// Returns the tokens of a text.
pub fn scan(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { text, at: 0, out: Vec::new(), open: Vec::new() };
    while scanner.at < text.len() {
        scanner.step();
    }
    scanner.out
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    out: Vec<Token>,
    /// The brackets that are open.
    open: Vec<char>,
}

impl Scanner<'_> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\u{a0}']).len();
        let spaced = blank > 0 || self.out.last().is_none_or(|last| last.kind == Kind::Newline);
        self.at += blank;
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return };
        let word = |c: char| c.is_alphanumeric() || c == '_';
        match first {
            '\n' => self.push(Kind::Newline, 1, spaced),
            '%' if self.opens_block() => self.block(spaced),
            '%' => {
                let length = line(rest).trim_end().len();
                self.push(Kind::Comment, length, spaced);
            }
            '.' if rest.starts_with("...") => {
                // The rest of the line says nothing, and the next one goes on.
                let length = line(rest).len();
                self.at = (self.at + length + 1).min(self.text.len());
            }
            '"' => self.string('"', spaced),
            '\'' if !self.transposes(spaced) => self.string('\'', spaced),
            c if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let length = number(rest);
                self.push(Kind::Number, length, spaced);
            }
            c if word(c) => {
                let length = rest.len() - rest.trim_start_matches(word).len();
                self.push(Kind::Word, length, spaced);
            }
            c => {
                match c {
                    '(' | '[' | '{' => self.open.push(c),
                    ')' | ']' | '}' => {
                        self.open.pop();
                    }
                    _ => {}
                }
                self.push(Kind::Symbol(c), c.len_utf8(), spaced);
            }
        }
    }

    fn push(&mut self, kind: Kind, length: usize, spaced: bool) {
        self.out.push(Token { kind, range: self.at..self.at + length, spaced });
        self.at += length;
    }

    /// Returns whether a block comment begins: its mark stands alone on a line.
    fn opens_block(&self) -> bool {
        let start = self.text[..self.at].rfind('\n').map_or(0, |end| end + 1);
        self.text[start..self.at].trim().is_empty() && line(&self.text[self.at..]).trim() == "%{"
    }

    fn block(&mut self, spaced: bool) {
        let start = (self.at + line(&self.text[self.at..]).len() + 1).min(self.text.len());
        let mut end = start;
        let mut depth = 0;
        for written in self.text[start..].split_inclusive('\n') {
            match written.trim() {
                "%{" => depth += 1,
                "%}" if depth == 0 => {
                    let length = end + written.trim_end_matches('\n').len() - self.at;
                    return self.push(Kind::Block { inner: start..end, closed: true }, length, spaced);
                }
                "%}" => depth -= 1,
                _ => {}
            }
            end += written.len();
        }
        self.push(Kind::Block { inner: start..end, closed: false }, end - self.at, spaced);
    }

    /// Returns whether a `'` here transposes what is before it.
    fn transposes(&self, spaced: bool) -> bool {
        let Some(last) = self.out.last().filter(|_| !spaced) else { return false };
        match &last.kind {
            Kind::Word => !KEYWORDS.contains(&&self.text[last.range.clone()]) || !self.open.is_empty(),
            Kind::Number | Kind::Text(_) => true,
            Kind::Symbol(c) => matches!(c, ')' | ']' | '}' | '\'' | '.'),
            Kind::Newline | Kind::Comment | Kind::Block { .. } => false,
        }
    }

    fn string(&mut self, quote: char, spaced: bool) {
        let body = line(&self.text[self.at + 1..]);
        let mut says = String::new();
        let mut chars = body.char_indices().peekable();
        let mut length = body.len() + 1;
        while let Some((at, c)) = chars.next() {
            if c != quote {
                says.push(c);
            } else if chars.peek().is_some_and(|(_, next)| *next == quote) {
                says.push(quote);
                chars.next();
            } else {
                length = at + 2;
                break;
            }
        }
        self.push(Kind::Text(says), length, spaced);
    }
}

/// Returns the first line of a text, without its end.
fn line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// Returns the length of the number that a text begins with.
fn number(text: &str) -> usize {
    let digits = |from: usize| from + text[from..].len() - text[from..].trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut at = digits(0);
    // The dot of `2.*x` belongs to the operator.
    if text[at..].starts_with('.') && !text[at + 1..].starts_with(['*', '/', '^', '\\', '\'', '.']) {
        at = digits(at + 1);
    }
    if text[at..].starts_with(['e', 'E', 'd', 'D']) {
        let sign = at + 1 + usize::from(text[at + 1..].starts_with(['+', '-']));
        let end = digits(sign);
        at = if end > sign { end } else { at };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        let name = |token: &Token| match &token.kind {
            Kind::Text(says) => format!("<{says}>"),
            Kind::Newline => "|".to_string(),
            Kind::Block { inner, .. } => format!("block<{}>", &text[inner.clone()]),
            _ => text[token.range.clone()].to_string(),
        };
        scan(text).iter().map(name).collect()
    }

    #[test]
    fn quotes_open_strings_or_transpose() {
        assert_eq!(kinds("a = b' + x(1)' * 'it''s'"), ["a", "=", "b", "'", "+", "x", "(", "1", ")", "'", "*", "<it's>"]);
        assert_eq!(kinds("{'a' 'b'; \"c\"\"d\" 'e'}'"), ["{", "<a>", "<b>", ";", "<c\"d>", "<e>", "}", "'"]);
        assert_eq!(kinds("f = 'open\nend"), ["f", "=", "<open>", "|", "end"]);
    }

    #[test]
    fn lines_go_on_and_comments_end() {
        assert_eq!(kinds("a * ... and\n b % c 'd'\nc"), ["a", "*", "b", "% c 'd'", "|", "c"]);
        assert_eq!(kinds("%{\nx : int\n%}\ny"), ["block<x : int\n>", "|", "y"]);
        assert_eq!(kinds("%{ no block\n  %{  \n%{\n%}\n%}"), ["%{ no block", "|", "block<%{\n%}\n>"]);
    }

    #[test]
    fn numbers_leave_operators_alone() {
        assert_eq!(kinds("1.5e-3 2.*x 3' .5"), ["1.5e-3", "2", ".", "*", "x", "3", "'", ".5"]);
    }
}
