//! Cuts a file into lines and pieces, so that one mistake hides nothing but itself.
//!
//! DataJoint splits a definition at newlines and classifies each line before any grammar sees it; this module does the same
//! for the text around definitions too. A broken line therefore costs that line only, and a block that is never closed ends
//! where the next table begins. Everything here looks at each byte a bounded number of times.

/// How deep brackets may nest inside one value; Python itself stops at 200.
pub(super) const NESTING_MAX: usize = 64;

/// Returns whether Python's `str.strip` and the `\s` of its regular expressions take this character for white space.
pub(super) fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// Returns the text without white space around it, as Python's `str.strip` leaves it.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

/// One line without the white space around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// The first byte of `text` in the whole text.
    pub start: usize,
    /// The line, stripped.
    pub text: &'t str,
    /// Where the next line begins.
    pub next: usize,
}

impl<'t> Line<'t> {
    /// Returns the line that begins at `at`, or nothing at the end of the text. Only LF ends a line.
    pub fn at(text: &'t str, at: usize) -> Option<Self> {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (line, next) = match rest.bytes().position(|byte| byte == b'\n') {
            Some(end) => (&rest[..end], at + end + 1),
            None => (rest, text.len()),
        };
        let stripped = strip(line);
        let start = if stripped.is_empty() { at } else { at + (stripped.as_ptr() as usize - line.as_ptr() as usize) };
        Some(Line { start, text: stripped, next })
    }

    /// Returns the byte behind the stripped line.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Returns the word at the head of the text, and what follows it.
pub(super) fn head_word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(text.len());
    text.split_at(end)
}

/// Returns whether blanks stand at the head of the text, and the text without them.
fn gap(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', '\t', '\r']);
    (rest.len() < text.len()).then_some(rest)
}

/// The words of a line that looks like the head of a table, well-formed or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'t> {
    /// The first word: a tier, or something misspelt.
    pub word: &'t str,
    /// Whether the line has its opening brace.
    pub brace: bool,
}

/// Returns the head that a line looks like: two words and a brace, or a tier word with another word and nothing else.
///
/// An attribute never looks like this: it has `:` or `=` behind its first word.
pub(super) fn head(line: &str) -> Option<Head<'_>> {
    let (word, rest) = head_word(line);
    let known = super::pairs::tier_word(word).is_some();
    if !word.starts_with(|c: char| c.is_ascii_alphabetic()) || word == "schema" || word == "use" {
        return None;
    }
    if known && rest.trim_start_matches([' ', '\t', '\r']).starts_with('{') {
        return Some(Head { word, brace: true });
    }
    let (name, rest) = head_word(gap(rest)?);
    if name.is_empty() {
        return None;
    }
    let rest = rest.trim_start_matches([' ', '\t', '\r']);
    let brace = rest.starts_with('{');
    let bare = rest.is_empty() || rest.starts_with('#') || rest == ":";
    (brace || known && bare).then_some(Head { word, brace })
}

/// Returns whether the line ends every open block because a table of the file begins there.
pub(super) fn is_border(line: &str) -> bool {
    head(line).is_some_and(|head| head.brace && head.word != "part" && super::pairs::tier_word(head.word).is_some())
}

/// Returns whether the line opens `contents [`.
pub(super) fn opens_contents(line: &str) -> bool {
    line.strip_prefix("contents").is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('['))
}

/// Returns whether the line is `##` documentation; three and more `#` are an ornament.
pub(super) fn is_doc(line: &str) -> bool {
    line.starts_with("##") && !line.starts_with("###")
}

/// Returns whether DataJoint takes the line for a reference: an arrow with no quote and no `#` before it.
pub(super) fn is_reference(line: &str) -> bool {
    let bytes = line.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' | b'\'' | b'#' => return false,
            b'-' if bytes.get(at + 1) == Some(&b'>') => return true,
            _ => {}
        }
    }
    false
}

/// Returns whether the line is an index: `^(unique\s+)?index\s*\(`, in any letter case.
pub(super) fn is_index(line: &str) -> bool {
    if !matches!(line.as_bytes().first(), Some(b'i' | b'I' | b'u' | b'U')) {
        return false;
    }
    let (word, rest) = head_word(line);
    let rest = if word.eq_ignore_ascii_case("unique") {
        let Some((word, rest)) = gap(rest).map(head_word) else { return false };
        if !word.eq_ignore_ascii_case("index") {
            return false;
        }
        rest
    } else if word.eq_ignore_ascii_case("index") {
        rest
    } else {
        return false;
    };
    rest.trim_start_matches([' ', '\t', '\r']).starts_with('(')
}

/// Why brackets do not fit; all places are bytes of the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Imbalance {
    /// A bracket is never closed; the piece ends at `stop`, the head of a line.
    Open {
        /// The bracket.
        opener: usize,
        /// Where reading goes on.
        stop: usize,
    },
    /// A bracket is closed by one of another kind.
    Mismatch {
        /// The opening bracket.
        opener: usize,
        /// The closing one.
        closer: usize,
    },
    /// A quote is not closed on its line.
    Quote {
        /// The quote.
        quote: usize,
    },
    /// Brackets nest deeper than [`NESTING_MAX`]; the piece ends at `stop`.
    Deep {
        /// The first bracket that is too deep.
        opener: usize,
        /// Where reading goes on.
        stop: usize,
    },
}

/// Returns the byte behind the string that begins with the quote at `at`.
///
/// Strings are Python's: `\` escapes, three quotes make a string of several lines.
fn string_end(bytes: &[u8], at: usize) -> Result<usize, Imbalance> {
    let quote = bytes[at];
    let long = bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote);
    let mut i = at + if long { 3 } else { 1 };
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 1,
            b'\n' if !long => break,
            byte if *byte == quote => {
                if !long {
                    return Ok(i + 1);
                }
                if bytes.get(i + 1) == Some(&quote) && bytes.get(i + 2) == Some(&quote) {
                    return Ok(i + 3);
                }
            }
            _ => {}
        }
        i += 1;
    }
    Err(Imbalance::Quote { quote: at })
}

/// Returns the byte behind the bracket that closes the one at `at`; strings and `#` comments are skipped.
///
/// A line that begins with `}` where no brace is open, with `@`, or with the head of a table, ends the search: what follows is not
/// part of the value, and swallowing it would hide its own mistakes.
pub(super) fn balanced(text: &str, at: usize) -> Result<usize, Imbalance> {
    let bytes = text.as_bytes();
    let mut open: Vec<usize> = Vec::new();
    let mut deep = None;
    let mut i = at;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'(' | b'[' | b'{' => {
                open.push(i);
                if open.len() > NESTING_MAX && deep.is_none() {
                    deep = Some(i);
                }
            }
            b')' | b']' | b'}' => {
                let opener = open.pop().unwrap_or(at);
                let fits = matches!((bytes[opener], byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
                if let Some(opener) = deep.filter(|_| !fits || open.is_empty()) {
                    return Err(Imbalance::Deep { opener, stop: i + 1 });
                }
                if !fits {
                    return Err(Imbalance::Mismatch { opener, closer: i });
                }
                if open.is_empty() {
                    return Ok(i + 1);
                }
            }
            b'"' | b'\'' => {
                i = string_end(bytes, i)?;
                continue;
            }
            b'#' => {
                i += bytes[i..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - i);
                continue;
            }
            b'\n' => {
                let line = Line::at(text, i + 1);
                let ends = line.is_some_and(|line| {
                    is_border(line.text)
                        || line.text.starts_with('@')
                        || line.text.starts_with('}') && open.last().is_none_or(|opener| bytes[*opener] != b'{')
                });
                if ends {
                    let opener = *open.last().unwrap_or(&at);
                    return Err(Imbalance::Open { opener, stop: i + 1 });
                }
            }
            _ => {}
        }
        i += 1;
    }
    match deep {
        Some(opener) => Err(Imbalance::Deep { opener, stop: text.len() }),
        None => Err(Imbalance::Open { opener: *open.last().unwrap_or(&at), stop: text.len() }),
    }
}

/// Returns whether parentheses nest deeper in the line than a rule of the grammar should recurse.
pub(super) fn nests_too_deep(line: &str) -> bool {
    let mut depth = 0usize;
    for byte in line.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'#' if depth == 0 => return false,
            _ => {}
        }
        if depth > NESTING_MAX {
            return true;
        }
    }
    false
}
