//! `contents = { … }` as rows of the language.
//!
//! A cell array of literals keeps its rows, its comments and its empty lines; a value that only MATLAB can compute, or that has no equal here
//! (a matrix, a struct, a nested cell), refuses the whole.

use super::read::Unit;
use super::scan::{Kind, Token};
use crate::core::source::Span;
use crate::core::text::Text;

/// What stands between the brackets of `contents`.
///
/// # Errors
/// The first place that is no literal.
pub fn rows(unit: &Unit, tokens: &[Token]) -> Result<Text, Span> {
    let whole = unit.place_of(tokens);
    let symbol = |at: usize, wanted: char| tokens.get(at).is_some_and(|token| token.kind == Kind::Symbol(wanted));
    let transposed = tokens.len() > 2 && symbol(tokens.len() - 1, '\'');
    let end = tokens.len() - usize::from(transposed) - 1;
    if !symbol(0, '{') || end == 0 || !symbol(end, '}') {
        return Err(whole);
    }
    let mut cell = Cell { unit, lines: Vec::new(), row: Vec::new() };
    cell.read(&tokens[1..=end])?;
    let mut lines = cell.lines;
    if transposed {
        lines = transpose(lines, whole)?;
    }
    let widths = || lines.iter().filter_map(|line| if let Line::Row(row, _) = line { Some(row) } else { None });
    if let Some(odd) = widths().find(|row| row.len() != widths().next().map_or(0, Vec::len)) {
        return Err(odd[0].1);
    }
    let mut out = Text::default();
    for line in lines {
        out.push_glue("\n", whole);
        line.write(&mut out, whole);
    }
    Ok(out)
}

type Value = (String, Span);

/// A line of `contents`.
enum Line {
    Row(Vec<Value>, Option<Text>),
    Comment(Text),
    Blank,
}

impl Line {
    fn write(self, out: &mut Text, near: Span) {
        let remark = |comment: &Text, out: &mut Text| {
            out.push_glue("# ", near);
            out.push(comment);
        };
        match self {
            Line::Blank => {}
            Line::Comment(comment) => remark(&comment, out),
            Line::Row(row, comment) => {
                out.push_glue("(", row[0].1);
                for (at, (value, span)) in row.iter().enumerate() {
                    out.push_glue(if at > 0 { ", " } else { "" }, *span);
                    out.push_str(value, *span);
                }
                out.push_glue(if row.len() == 1 { ",)," } else { ")," }, row[0].1);
                if let Some(comment) = comment {
                    out.push_glue("  ", near);
                    remark(&comment, out);
                }
            }
        }
    }
}

struct Cell<'u> {
    unit: &'u Unit,
    lines: Vec<Line>,
    row: Vec<Value>,
}

impl Cell<'_> {
    /// Reads the tokens of a cell up to its closing brace.
    fn read(&mut self, tokens: &[Token]) -> Result<(), Span> {
        let mut at = 0;
        while at + 1 < tokens.len() {
            let token = &tokens[at];
            match &token.kind {
                Kind::Newline => {
                    let empty = self.row.is_empty() && at > 0 && tokens[at - 1].kind == Kind::Newline;
                    if empty && !matches!(self.lines.last(), None | Some(Line::Blank)) {
                        self.lines.push(Line::Blank);
                    }
                    self.end_row(None);
                }
                Kind::Symbol(';') => self.end_row(None),
                Kind::Symbol(',') => {}
                Kind::Comment => {
                    let words = self.unit.words(token).trim_start_matches('%').trim();
                    let comment = Text::new(words, self.unit.place(token));
                    // Behind a `;` it still belongs to the row before.
                    let same_line = at > 0 && tokens[at - 1].kind != Kind::Newline;
                    match self.lines.last_mut() {
                        Some(Line::Row(_, behind @ None)) if same_line && self.row.is_empty() => *behind = Some(comment),
                        _ if self.row.is_empty() => self.lines.push(Line::Comment(comment)),
                        _ => self.end_row(Some(comment)),
                    }
                }
                Kind::Block { .. } => {}
                _ => {
                    let (value, next) = self.value(tokens, at)?;
                    self.row.push(value);
                    self.ends_value(tokens, next)?;
                    at = next;
                    continue;
                }
            }
            at += 1;
        }
        self.end_row(None);
        while matches!(self.lines.last(), Some(Line::Blank)) {
            self.lines.pop();
        }
        Ok(())
    }

    fn end_row(&mut self, comment: Option<Text>) {
        if !self.row.is_empty() {
            self.lines.push(Line::Row(std::mem::take(&mut self.row), comment));
        }
    }

    /// Returns a literal and the token behind it.
    fn value(&self, tokens: &[Token], at: usize) -> Result<(Value, usize), Span> {
        let token = &tokens[at];
        let span = self.unit.place(token);
        let words = self.unit.words(token);
        let next = tokens.get(at + 1);
        let value = match (&token.kind, next) {
            (Kind::Text(says), _) => quoted(says),
            (Kind::Number, _) => words.replace(['d', 'D'], "e"),
            (Kind::Symbol(sign @ ('-' | '+')), Some(number)) if number.kind == Kind::Number && !number.spaced => {
                let sign = if *sign == '-' { "-" } else { "" };
                let written = format!("{sign}{}", self.unit.words(number).replace(['d', 'D'], "e"));
                return Ok(((written, span.to(self.unit.place(number))), at + 2));
            }
            (Kind::Word, _) if words == "true" => "True".to_string(),
            (Kind::Word, _) if words == "false" => "False".to_string(),
            // datajoint stores both as NULL.
            (Kind::Word, _) if words.eq_ignore_ascii_case("nan") => "None".to_string(),
            (Kind::Symbol('['), Some(close)) if close.kind == Kind::Symbol(']') => {
                return Ok((("None".to_string(), span.to(self.unit.place(close))), at + 2));
            }
            _ => return Err(span),
        };
        Ok(((value, span), at + 1))
    }

    /// Refuses what goes on behind a literal: an operator, a call.
    fn ends_value(&self, tokens: &[Token], at: usize) -> Result<(), Span> {
        let Some(token) = tokens.get(at) else { return Ok(()) };
        let ends = match &token.kind {
            Kind::Newline | Kind::Comment | Kind::Symbol(',' | ';' | '}') => true,
            // `1 -1` are two values, `1 - 1` is one.
            Kind::Symbol('-' | '+') => token.spaced && tokens.get(at + 1).is_some_and(|next| !next.spaced),
            Kind::Symbol('[') | Kind::Word | Kind::Number | Kind::Text(_) => token.spaced,
            Kind::Symbol(_) | Kind::Block { .. } => false,
        };
        if ends { Ok(()) } else { Err(self.unit.place(token)) }
    }
}

/// Returns the columns as rows; comments have no place in them.
fn transpose(lines: Vec<Line>, whole: Span) -> Result<Vec<Line>, Span> {
    let rows: Vec<Vec<Value>> = lines.into_iter().filter_map(|line| if let Line::Row(row, _) = line { Some(row) } else { None }).collect();
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        return Err(whole);
    }
    Ok((0..width).map(|column| Line::Row(rows.iter().map(|row| row[column].clone()).collect(), None)).collect())
}

/// Returns a string of the language.
fn quoted(says: &str) -> String {
    let quote = if says.contains('"') && !says.contains('\'') { '\'' } else { '"' };
    let mut out = String::from(quote);
    for c in says.chars() {
        if c == quote || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::source::SourceMap;

    fn read(cell: &str) -> Result<String, String> {
        let mut sources = SourceMap::new();
        let file = sources.add("A.m", format!("classdef A < dj.Lookup\nproperties\ncontents = {cell}\nend\nend\n"));
        let unit = Unit::read(file, Vec::new(), "A".to_string(), &sources);
        let value = unit.property("contents").expect("a value");
        rows(&unit, value).map(|text| text.text).map_err(|span| unit.text[span.range()].to_string())
    }

    #[test]
    fn rows_columns_and_comments_stay() {
        let cell = "{ % all\n 'it''s' 1 -2 % first\n\n \"b\", true, [];\n}";
        assert_eq!(read(cell).expect("literals"), "\n# all\n(\"it's\", 1, -2),  # first\n\n(\"b\", True, None),");
        assert_eq!(read("{1,...\n 2,3}").expect("literals"), "\n(1, 2, 3),");
        assert_eq!(read("{'a'; 'b'}").expect("literals"), "\n(\"a\",),\n(\"b\",),");
        assert_eq!(read("{'a' 'b'\n 1 2}'").expect("literals"), "\n(\"a\", 1),\n(\"b\", 2),");
    }

    #[test]
    fn what_is_no_literal_is_named() {
        assert_eq!(read("{'a' [1 2 3]}"), Err("[".to_string()));
        assert_eq!(read("{'a' 1/30}"), Err("/".to_string()));
        assert_eq!(read("{'a' 2 - 1}"), Err("-".to_string()));
        assert_eq!(read("{'a' datestr(now)}"), Err("datestr".to_string()));
        assert_eq!(read("{'a' 'b'\n 'c'}"), Err("'c'".to_string()));
        assert_eq!(read("struct('a', 1)"), Err("struct('a', 1)".to_string()));
    }
}
