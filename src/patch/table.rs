//! Which table a place of a text belongs to.

use std::ops::Range;

use crate::core::source::{Segment, Span};
use crate::core::text::Text;
use crate::parser::ast::{self, BodyItem};

/// A table of a tree, with the names of those around it.
pub(super) struct Placed<'a> {
    pub table: &'a ast::Table,
    /// `module.Master.Part`.
    pub name: String,
}

fn all(tree: &ast::File) -> Vec<Placed<'_>> {
    fn add<'a>(table: &'a ast::Table, within: &str, out: &mut Vec<Placed<'a>>) {
        let name = format!("{within}.{}", table.name.value);
        out.push(Placed { table, name: name.clone() });
        table.parts().for_each(|part| add(part, &name, out));
    }
    let module = tree.schemas().next().map_or("", |line| line.name.value.as_str());
    let mut out = Vec::new();
    tree.tables().for_each(|table| add(table, module, &mut out));
    out
}

/// The tables of one tree, in order of place.
pub(super) struct Tables<'t>(Vec<Placed<'t>>);

impl<'t> Tables<'t> {
    pub fn of(tree: &'t ast::File) -> Self {
        let mut tables = all(tree);
        tables.sort_by_key(|placed| placed.table.span.start);
        Tables(tables)
    }

    /// Returns all of them; a part stands behind its master.
    pub fn all(&self) -> &[Placed<'t>] {
        &self.0
    }

    /// Returns the innermost table that holds a place.
    pub fn holding(&self, at: u32) -> Option<&Placed<'t>> {
        let begun = self.0.partition_point(|placed| placed.table.span.start <= at);
        self.0[..begun].iter().rev().find(|placed| at < placed.table.span.end)
    }
}

/// Returns the lines of a definition in a derived text, from the head of the first to the end of the last; `None` where there are none.
///
/// What the front-end adds to the braces (parts, rows, comments above parts) begins with words that nobody wrote, and is no part of it.
pub(super) fn lines(text: &Text, table: &ast::Table) -> Option<Range<usize>> {
    let head = table.name.span.end as usize;
    let open = head + text.text[head..].find('\n')? + 1;
    let glue = |segment: &&Segment| segment.start as usize >= open && segment.origin.start == segment.origin.end;
    let close = text.segments.iter().find(glue).map_or(text.text.len(), |segment| segment.start as usize);
    let spans = table.body.iter().filter_map(line_span).map(Span::range);
    let inside: Vec<Range<usize>> = spans.filter(|span| open <= span.start && span.end <= close).collect();
    let (first, last) = (inside.first()?, inside.last()?);
    let start = text.text[..first.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text.text[last.end..close].find('\n').map_or(close, |length| last.end + length);
    let end = if text.text[..end].ends_with('\r') { end - 1 } else { end };
    Some(start..end)
}

/// Returns the place of a line between the braces; what a table holds inside of itself has none.
fn line_span(item: &BodyItem) -> Option<Span> {
    match item {
        BodyItem::TableComment(line) | BodyItem::Comment(line) => Some(line.span),
        BodyItem::Separator(line) => Some(line.span),
        BodyItem::Attribute(line) => Some(line.span),
        BodyItem::Reference(line) => Some(line.span),
        BodyItem::Index(line) => Some(line.span),
        BodyItem::Error(span) => Some(*span),
        BodyItem::Blank(_) | BodyItem::Part(_) | BodyItem::Contents(_) => None,
    }
}
