//! Definitions in their one form, in the place where they stand.
//!
//! The lines of a definition are formatted as `djc fmt` does between braces, with the indentation that the literal has; what stands around them in the
//! literal stays. Only blanks and marks that differ are edited, so that values in f-strings and names with another spelling in Python are left alone.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::place::Places;
use super::table::{self, Placed};
use super::{Planned, Refusal, Unit};
use crate::core::source::{FileId, SourceMap, Span};
use crate::core::text::Text;
use crate::diag::Sink;
use crate::parser::{self, ast, format};

/// What stands around a definition while it is formatted.
const HEAD: &str = "schema s\n\nmanual T {\n";

/// One step of indentation in the output of the formatter.
const INDENT: &str = "    ";

/// Returns a unit for each `.dj` file, and for each definition in other files, that is not in its form; what has mistakes of syntax stays as it is.
pub fn units(sources: &SourceMap, places: &Places<'_>, trees: &[ast::File], wanted: impl Fn(FileId) -> bool) -> Vec<Unit> {
    let mut out = Vec::new();
    for tree in trees.iter().filter(|tree| wanted(tree.file)) {
        let file = sources.file(tree.file);
        if file.segments().is_empty() {
            out.extend(whole(&file.name, &file.text, tree));
        } else {
            let text = places.text(tree.file);
            out.extend(places.tables_in(tree.file).iter().filter_map(|placed| definition(places, &text, placed)));
        }
    }
    out
}

/// Returns the unit of a `.dj` file.
fn whole(name: &str, text: &str, tree: &ast::File) -> Option<Unit> {
    let mut sink = Sink::new();
    parser::parse(tree.file, text, &mut sink);
    if sink.has_errors() {
        return None;
    }
    let mut new = format::format(text, tree);
    if text.contains("\r\n") && !new.contains("\r\n") {
        new = new.replace('\n', "\r\n");
    }
    let span = Span::new(tree.file, 0, text.len());
    let planned = Planned { table: None, edit: crate::diag::Edit { span, text: new.clone() } };
    (new != text).then(|| Unit { name: name.to_string(), span, edits: Ok(vec![planned]) })
}

/// Returns the unit of one definition.
fn definition(places: &Places<'_>, text: &Text, placed: &Placed<'_>) -> Option<Unit> {
    let Range { start, end } = table::lines(text, placed.table)?;
    // Words that nobody wrote stand before the literal: then the first line is that of the quotes.
    let before = text.slice(start.saturating_sub(1)..start);
    let at_quotes = before.segments.first().is_none_or(|segment| segment.origin.start == segment.origin.end);
    let written = places.as_written(&text.slice(start..end));
    let new = formatted(&written.text, at_quotes)?;
    if new == written.text {
        return None;
    }
    let scope = 0..written.text.len();
    let edit = |(range, by): (Range<usize>, String)| {
        let edit = places.edit(&written, scope.clone(), range, &by)?;
        Ok(Planned { table: Some(placed.name.clone()), edit })
    };
    let edits: Result<Vec<Planned>, Refusal> = differences(&written.text, &new).into_iter().map(edit).collect();
    Some(Unit { name: placed.name.clone(), span: placed.table.name.span, edits })
}

/// Returns lines of a definition in their form; `None` where they cannot be read.
fn formatted(lines: &str, at_quotes: bool) -> Option<String> {
    let wrapped = format!("{HEAD}{lines}\n}}\n");
    let mut sink = Sink::new();
    let tree = parser::parse(FileId::default(), &wrapped, &mut sink);
    if sink.has_errors() {
        return None;
    }
    let whole = format::format(&wrapped, &tree);
    let body = whole.strip_prefix(HEAD)?.strip_suffix("}\n")?;
    // The line of the quotes has no indentation of its own.
    let indented = lines.lines().filter(|line| !line.trim().is_empty()).nth(usize::from(at_quotes));
    let indent = indented.map_or("", |line| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]);
    let line = |(at, line): (usize, &str)| {
        let line = line.strip_prefix(INDENT).unwrap_or(line);
        if line.is_empty() || at == 0 && at_quotes { line.to_string() } else { format!("{indent}{line}") }
    };
    let line_end = if lines.contains("\r\n") { "\r\n" } else { "\n" };
    Some(body.lines().enumerate().map(line).collect::<Vec<_>>().join(line_end))
}

/// Returns the edits that make one text of another, line by line where both have the same lines.
fn differences(old: &str, new: &str) -> Vec<(Range<usize>, String)> {
    let mut out = Vec::new();
    let (olds, news) = (full_lines(old), full_lines(new));
    if olds.len() != news.len() {
        by_character(old, new, 0, &mut out);
        return out;
    }
    let (mut from, mut new_from) = (0, 0);
    for (line, new_line) in olds.into_iter().zip(news) {
        by_character(&old[from..line.start], &new[new_from..new_line.start], from, &mut out);
        by_character(&old[line.clone()], &new[new_line.clone()], line.start, &mut out);
        (from, new_from) = (line.end, new_line.end);
    }
    by_character(&old[from..], &new[new_from..], from, &mut out);
    out
}

/// Returns the lines of a text that are not blank, without their ends.
fn full_lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut out = Vec::new();
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            out.push(start..start + line.trim_end_matches(['\n', '\r']).len());
        }
        start += line.len();
    }
    out
}

fn by_character(old: &str, new: &str, shift: usize, out: &mut Vec<(Range<usize>, String)>) {
    if old == new {
        return;
    }
    let (olds, news): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let offsets: Vec<usize> = old.char_indices().map(|(at, _)| shift + at).chain([shift + old.len()]).collect();
    for op in capture_diff_slices(Algorithm::Myers, &olds, &news) {
        if let DiffOp::Equal { .. } = op {
            continue;
        }
        let (old, new) = (op.old_range(), op.new_range());
        out.push((offsets[old.start]..offsets[old.end], news[new].iter().collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(old: &str, edits: Vec<(Range<usize>, String)>) -> String {
        let mut out = old.to_string();
        edits.into_iter().rev().for_each(|(range, by)| out.replace_range(range, &by));
        out
    }

    #[test]
    fn only_blanks_are_edited() {
        let old = "# comment\n    a:int#x\n\n\n    longer = 'größe' : varchar(8)";
        let new = formatted(old, true).expect("it can be read");
        assert_eq!(new, "# comment\n    a : int  # x\n\n    longer = 'größe' : varchar(8)");
        let edits = differences(old, &new);
        assert!(edits.iter().all(|(range, by)| old[range.clone()].trim().is_empty() && by.trim().is_empty()), "{edits:?}");
        assert_eq!(applied(old, edits), new);
    }

    #[test]
    fn line_ends_are_kept() {
        let old = "    a:int \r\n\r\n\r\n    b:int";
        let new = formatted(old, false).expect("it can be read");
        assert_eq!(new, "    a : int\r\n\r\n    b : int");
        assert_eq!(applied(old, differences(old, &new)), new);
    }

    #[test]
    fn one_short_line_stays_one() {
        assert_eq!(formatted("a:int", true).as_deref(), Some("a : int"));
    }

    #[test]
    fn indentation_is_that_of_the_literal() {
        assert_eq!(formatted("\t-> A\n\t---\n  b : int", false).as_deref(), Some("\t-> A\n\t---\n\tb : int"));
    }
}
