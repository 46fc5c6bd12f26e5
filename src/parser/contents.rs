//! `contents [ … ]`: cut into rows by their brackets, each row read by the grammar.

use djc_core::source::Spanned;
use djc_core::value::Value;

use super::Parser;
use super::ast::{Contents, ContentsItem};
use super::literal::{self, LiteralError};
use super::recover::{self, Imbalance, Line};
use crate::diag::{Fix, codes};

impl<'t> Parser<'t, '_> {
    /// Reads `contents [ … ]`, whose first line is `line`.
    pub(super) fn contents(&mut self, line: &Line<'t>) -> Contents {
        let open = line.start + line.text.find('[').expect("the line was recognised by its bracket");
        let mut rows = Vec::new();
        let mut comma = true;
        let mut at = open + 1;
        // Whether something already stands on the line that is being read.
        let mut head_of_line = false;
        let bytes = self.text.as_bytes();
        let close = loop {
            let Some(byte) = bytes.get(at).copied() else { break None };
            match byte {
                b' ' | b'\t' | b'\r' => at += 1,
                b'\n' => {
                    at += 1;
                    let start = at;
                    let mut blank = 0;
                    while let Some(next) = Line::at(self.text, at).filter(|next| next.text.is_empty()) {
                        blank += 1;
                        at = next.next;
                    }
                    if blank > 0 {
                        rows.push(ContentsItem::Blank(Spanned::new(blank, self.span(start, at))));
                    }
                    head_of_line = true;
                    let ends = Line::at(self.text, at).is_some_and(|next| next.text.starts_with('}') || recover::is_border(next.text));
                    if ends {
                        break None;
                    }
                }
                b'#' => {
                    let end = at + bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                    self.contents_comment(at, end, head_of_line, &mut rows);
                    at = end;
                }
                b',' if !comma => {
                    comma = true;
                    at += 1;
                }
                b']' => break Some(at),
                b'(' | b'[' | b'{' => {
                    head_of_line = false;
                    comma = false;
                    match recover::balanced(self.text, at) {
                        Ok(end) => {
                            rows.push(self.row(at, end));
                            at = end;
                        }
                        Err(problem) => {
                            let start = at;
                            let (span, message) = self.imbalance(problem);
                            let code =
                                if matches!(problem, Imbalance::Deep { .. }) { &codes::NESTING_DEPTH } else { &codes::CONTENTS_SYNTAX };
                            let mut diagnostic = code.at(span, message);
                            if let Imbalance::Mismatch { opener, .. } = problem {
                                diagnostic = diagnostic.label(self.span(opener, opener + 1), "opened here");
                            }
                            self.report(diagnostic.help("each row is one bracketed value: `(\"fast\", 0.5),`"));
                            // Reading goes on at the next line, or at the bracket that ends all.
                            at = match problem {
                                Imbalance::Open { stop, .. } | Imbalance::Deep { stop, .. } => stop,
                                Imbalance::Mismatch { closer, .. } if bytes[closer] == b']' && self.heads_line(closer) => closer,
                                Imbalance::Mismatch { closer: from, .. } | Imbalance::Quote { quote: from } => {
                                    from + bytes[from..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - from)
                                }
                            };
                            let text = self.text[start..at].trim_end();
                            rows.push(ContentsItem::Error(self.span(start, start + text.len())));
                            if matches!(problem, Imbalance::Open { .. }) {
                                self.at = at;
                                return self.contents_of(line, rows, None);
                            }
                        }
                    }
                }
                _ => {
                    // Something that is no row; up to the next comma, bracket or line end.
                    let end = at + self.text[at..].find([',', ']', '\n', '#']).unwrap_or(bytes.len() - at);
                    // A comma where a row should begin is taken alone, so that reading always goes on.
                    let end = end.max(at + 1);
                    let span = self.span(at, at + self.text[at..end].trim_end().len());
                    let message = match byte {
                        b',' => "a comma with no row before it",
                        b')' | b'}' => "a closing bracket that was never opened",
                        _ => "a row is a tuple, a list or a mapping",
                    };
                    let help = "write `(\"fast\", 0.5),` or `{\"name\": \"fast\", \"width\": 0.5},`, one row each";
                    self.report(codes::CONTENTS_SYNTAX.at(span, message).help(help));
                    rows.push(ContentsItem::Error(span));
                    head_of_line = false;
                    comma = false;
                    at = end;
                }
            }
        };
        match close {
            Some(close) => {
                let end = self.close_line_of_contents(close);
                self.contents_of(line, rows, Some((close, end)))
            }
            None => {
                self.at = at.min(self.text.len());
                let span = self.span(open, open + 1);
                self.report(
                    codes::CONTENTS_SYNTAX.at(span, "`[` of the contents is never closed").help("close it with `]` on a line of its own"),
                );
                self.contents_of(line, rows, None)
            }
        }
    }

    /// Returns whether only white space stands before the byte on its line.
    fn heads_line(&self, at: usize) -> bool {
        let before = self.text[..at].trim_end_matches([' ', '\t', '\r']);
        before.is_empty() || before.ends_with('\n')
    }

    fn contents_of(&self, line: &Line<'_>, rows: Vec<ContentsItem>, close: Option<(usize, Option<Spanned<String>>)>) -> Contents {
        match close {
            Some((close, comment)) => Contents { rows, comment, span: self.span(line.start, close + 1) },
            None => Contents { rows, comment: None, span: self.trimmed_span(line.start) },
        }
    }

    /// Reads what follows `]` on its line.
    fn close_line_of_contents(&mut self, close: usize) -> Option<Spanned<String>> {
        let line = Line::at(self.text, close)?;
        self.at = line.next;
        let rest = recover::strip(&line.text[1..]);
        let span = self.span(line.end() - rest.len(), line.end());
        if let Some(comment) = rest.strip_prefix('#') {
            let comment = recover::strip(comment);
            return Some(Spanned::new(comment.to_owned(), self.span(line.end() - comment.len(), line.end())));
        }
        if rest == "," || rest == ";" {
            let fix = Fix::safe(format!("remove `{rest}`"), span, "");
            self.report(codes::CONTENTS_SYNTAX.at(span, format!("`{rest}` behind the contents")).fix(fix));
        } else if !rest.is_empty() {
            self.report(codes::CONTENTS_SYNTAX.at(span, "text behind the contents").help("begin a new line after `]`"));
            self.resume(span.start as usize, line.end());
        }
        None
    }

    /// Gives a comment to the row on its line, or keeps it as a line of its own.
    fn contents_comment(&self, at: usize, end: usize, head_of_line: bool, rows: &mut Vec<ContentsItem>) {
        let written = self.text[at + 1..end].trim_end_matches(recover::is_python_space);
        let last = if head_of_line { None } else { rows.last_mut() };
        if let Some(ContentsItem::Row { comment: comment @ None, .. }) = last {
            let trimmed = recover::strip(written);
            let start = at + 1 + written.len() - trimmed.len();
            *comment = Some(Spanned::new(trimmed.to_owned(), self.span(start, start + trimmed.len())));
        } else {
            rows.push(ContentsItem::Comment(Spanned::new(written.to_owned(), self.span(at + 1, at + 1 + written.len()))));
        }
    }

    /// Reads one row.
    fn row(&mut self, start: usize, end: usize) -> ContentsItem {
        let span = self.span(start, end);
        let text = &self.text[start..end];
        match literal::row(text) {
            Ok(value @ (Value::Tuple(_) | Value::List(_) | Value::Map(_))) => ContentsItem::Row { value, span, comment: None },
            Ok(value) => {
                let mut diagnostic = codes::CONTENTS_SYNTAX.at(span, "a row is a tuple, a list or a mapping");
                if text.starts_with('(') && !matches!(value, Value::Set(_)) {
                    let closing = self.span(end - 1, end - 1);
                    diagnostic = diagnostic
                        .help("in Python, it is the comma that makes a tuple of one value: `(\"fast\",)`")
                        .fix(Fix::likely("write a comma", closing, ","));
                } else {
                    diagnostic = diagnostic.help("write `key: value` for every entry of a mapping");
                }
                self.report(diagnostic);
                ContentsItem::Error(span)
            }
            Err(error) => {
                let diagnostic = match error {
                    LiteralError::Syntax(failure) => {
                        let at = start + failure.at.min(text.len());
                        let width = self.text[at..end].chars().next().map_or(0, char::len_utf8);
                        let (word, _) = recover::head_word(&self.text[at..end]);
                        let span = self.span(at, at + word.len().max(width));
                        let message = failure.message().unwrap_or_else(|| "this is no value".to_owned());
                        let diagnostic = codes::LITERAL_SYNTAX.at(span, message);
                        let named = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
                        match named {
                            true => diagnostic
                                .help(format!("is `{word}` a text? Texts stand in quotes; names of Python are not looked up"))
                                .fix(Fix::likely("put it in quotes", span, format!("\"{word}\""))),
                            false => diagnostic.help("values are written as in Python or JSON, and nothing is computed"),
                        }
                    }
                    LiteralError::Value { range, message, help } => {
                        let diagnostic = codes::LITERAL_SYNTAX.at(self.span(start + range.start, start + range.end), message);
                        help.into_iter().fold(diagnostic, |diagnostic, help| diagnostic.help(help))
                    }
                };
                self.report(diagnostic);
                ContentsItem::Error(span)
            }
        }
    }
}
