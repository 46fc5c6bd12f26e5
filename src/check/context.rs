//! What rules are given: the pipeline, the text beside it, and answers that several rules ask for.

use std::collections::HashMap;

use crate::core::ir::{self, Generation, Origin, TableId, Tier};
use crate::core::source::{Span, Spanned};
use crate::parser::ast::{self, BodyItem};

/// Everything that a rule may look at.
#[derive(Debug)]
pub struct Context<'a> {
    /// The resolved pipeline.
    pub pipeline: &'a ir::Pipeline,
    /// The files as written.
    pub files: &'a [ast::File],
    subjects: Vec<Subject<'a>>,
    referenced: Vec<bool>,
}

impl<'a> Context<'a> {
    pub(super) fn new(pipeline: &'a ir::Pipeline, files: &'a [ast::File]) -> Self {
        let mut written: HashMap<Span, &'a ast::Table> = HashMap::with_capacity(pipeline.tables.len());
        for table in files.iter().flat_map(ast::File::tables) {
            written.insert(table.name.span, table);
            written.extend(table.parts().map(|part| (part.name.span, part)));
        }
        let mut referenced = vec![false; pipeline.tables.len()];
        for reference in pipeline.tables.iter().flat_map(|table| &table.references) {
            if !reference.part_of {
                referenced[reference.parent.0 as usize] = true;
            }
        }
        let subjects = pipeline.tables().filter_map(|(id, table)| {
            let schema = pipeline.schema(table.schema);
            let subject = Subject { id, table, schema, written: written.get(&table.name_span).copied() };
            (schema.owned && subject.is_whole()).then_some(subject)
        });
        Context { pipeline, files, subjects: subjects.collect(), referenced }
    }

    /// Returns the tables that are ours, parts included.
    ///
    /// A table that lacks a line because of a mistake is left out: what is missing from it is not the author's doing.
    pub fn subjects(&self) -> impl Iterator<Item = Subject<'a>> {
        self.subjects.iter().copied()
    }

    /// Returns whether another table than its own parts refers to this one.
    pub fn is_referenced(&self, id: TableId) -> bool {
        self.referenced[id.0 as usize]
    }
}

/// A table as a rule sees it: resolved, and as written.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its id.
    pub id: TableId,
    /// The table.
    pub table: &'a ir::Table,
    /// Its schema.
    pub schema: &'a ir::Schema,
    /// The tree of its text; `None` where a table has no text of its own.
    pub written: Option<&'a ast::Table>,
}

impl<'a> Subject<'a> {
    /// Returns whether every line of the text has become something.
    fn is_whole(&self) -> bool {
        let mut references = 0;
        for item in self.body() {
            match item {
                BodyItem::Reference(_) => references += 1,
                BodyItem::Error(_) => return false,
                BodyItem::TableComment(_)
                | BodyItem::Comment(_)
                | BodyItem::Blank(_)
                | BodyItem::Separator(_)
                | BodyItem::Attribute(_)
                | BodyItem::Index(_)
                | BodyItem::Part(_)
                | BodyItem::Contents(_) => {}
            }
        }
        self.table.references.len() >= references
            && self.table.heading.attributes.iter().all(|attribute| attribute.ty != ir::AttributeType::Invalid)
    }

    /// Returns whether the table belongs to datajoint 0.14.
    pub fn is_classic(&self) -> bool {
        match self.schema.generation {
            Generation::Classic => true,
            Generation::Modern => false,
        }
    }

    /// Returns whether `populate` fills the table.
    pub fn is_populated(&self) -> bool {
        match self.table.tier {
            Tier::Imported | Tier::Computed => true,
            Tier::Manual | Tier::Lookup | Tier::Part { .. } => false,
        }
    }

    /// Returns the attributes that lines of this table declare.
    pub fn own(&self) -> impl Iterator<Item = &'a ir::Attribute> {
        self.table.heading.attributes.iter().filter(|attribute| attribute.origin == Origin::Own)
    }

    /// Returns the key attributes that lines of this table declare.
    pub fn own_key(&self) -> impl Iterator<Item = &'a ir::Attribute> {
        self.table.heading.primary_key().filter(|attribute| attribute.origin == Origin::Own)
    }

    /// Returns what stands between the braces, in order; empty for a table without text.
    pub fn body(&self) -> &'a [BodyItem] {
        self.written.map_or(&[], |table| table.body.as_slice())
    }

    /// Returns the attribute lines as written, in order.
    pub fn attribute_lines(&self) -> impl Iterator<Item = &'a ast::Attribute> {
        self.body().iter().filter_map(|item| match item {
            BodyItem::Attribute(attribute) => Some(attribute),
            _ => None,
        })
    }

    /// Returns the table comment as written.
    pub fn table_comment(&self) -> Option<&'a Spanned<String>> {
        self.body().iter().find_map(|item| match item {
            BodyItem::TableComment(comment) => Some(comment),
            _ => None,
        })
    }

    /// Returns the texts that datajoint puts into SQL: comments, defaults, and types with their enum values.
    pub fn texts(&self) -> impl Iterator<Item = Text<'a>> {
        let table = self.table_comment().map(|text| Text { place: Place::TableComment, text, attribute: None });
        table.into_iter().chain(self.attribute_lines().flat_map(|line| {
            let attribute = Some(line.name.value.as_str());
            let comment = line.comment.iter().map(move |text| Text { place: Place::Comment, text, attribute });
            let default = line.default.iter().map(move |text| Text { place: Place::Default, text, attribute });
            let ty = std::iter::once(Text { place: Place::Type, text: &line.ty, attribute });
            comment.chain(default).chain(ty)
        }))
    }

    /// Returns the reference line that a foreign key was made from.
    pub fn reference_line(&self, reference: &ir::ForeignKey) -> Option<&'a ast::Reference> {
        self.body().iter().find_map(|item| match item {
            BodyItem::Reference(line) if line.span == reference.span => Some(line),
            _ => None,
        })
    }

    /// Returns the bytes to take out so that the line that starts with `span` is gone.
    ///
    /// Where documentation or a comment may stand between it and the next line, only the line's own bytes go.
    pub fn line_removal(&self, span: Span, comment: Option<&Spanned<String>>) -> Span {
        let body = self.body();
        let own_end = comment.map_or(span.end, |comment| comment.span.end);
        let Some(at) = body.iter().position(|item| line_start(item) == Some(span.start)) else { return Span { end: own_end, ..span } };
        if let Some(next) = body.get(at + 1) {
            let end = line_start(next).unwrap_or(own_end).max(own_end);
            return Span { end, ..span };
        }
        // The last line goes with the line break before it, so that the brace stays where it is.
        let start = at.checked_sub(1).and_then(|at| line_end(&body[at])).unwrap_or(span.start);
        Span { start, end: own_end, ..span }
    }
}

/// Returns where a line of a body ends, its comment included, for items of one line.
fn line_end(item: &BodyItem) -> Option<u32> {
    let (span, comment) = match item {
        BodyItem::Separator(line) => (line.span, None),
        BodyItem::Attribute(line) => (line.span, line.comment.as_ref()),
        BodyItem::Reference(line) => (line.span, line.comment.as_ref()),
        BodyItem::Index(line) => (line.span, line.comment.as_ref()),
        BodyItem::Comment(text) | BodyItem::TableComment(text) => (text.span, None),
        BodyItem::Blank(_) | BodyItem::Part(_) | BodyItem::Contents(_) | BodyItem::Error(_) => return None,
    };
    Some(comment.map_or(span.end, |comment| comment.span.end))
}

/// Returns where a line of a body begins, for items whose span begins there.
fn line_start(item: &BodyItem) -> Option<u32> {
    match item {
        BodyItem::Blank(count) => Some(count.span.start),
        BodyItem::Separator(line) => Some(line.span.start),
        BodyItem::Attribute(line) => Some(line.span.start),
        BodyItem::Reference(line) => Some(line.span.start),
        BodyItem::Index(line) => Some(line.span.start),
        BodyItem::Contents(contents) => Some(contents.span.start),
        BodyItem::TableComment(_) | BodyItem::Comment(_) | BodyItem::Part(_) | BodyItem::Error(_) => None,
    }
}

/// Returns the name of an attribute that a line of the table declares, where it is written.
pub fn name_span(attribute: &ir::Attribute) -> Span {
    match attribute.origin {
        // A line begins with the name.
        Origin::Own => Span { end: attribute.span.end.min(attribute.span.start + attribute.name.len() as u32), ..attribute.span },
        Origin::Reference { .. } | Origin::Platform => attribute.span,
    }
}

/// A text of a definition that ends up inside an SQL statement.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// What it is.
    pub place: Place,
    /// The text and where it stands.
    pub text: &'a Spanned<String>,
    /// The attribute; `None` for the table comment.
    pub attribute: Option<&'a str>,
}

impl Text<'_> {
    /// Returns the place of `length` bytes at `offset` of the text; the whole text where the two do not match byte for byte.
    pub fn part(&self, offset: usize, length: usize) -> Span {
        let span = self.text.span;
        if (span.end - span.start) as usize != self.text.value.len() {
            return span;
        }
        let start = span.start + offset as u32;
        Span { start, end: start + length as u32, ..span }
    }
}

/// Where a [`Text`] stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first comment line.
    TableComment,
    /// Behind the `#` of an attribute.
    Comment,
    /// Between `=` and `:`.
    Default,
    /// The type, with the values of an enum.
    Type,
}

impl Place {
    /// Returns what messages call it, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Place::TableComment => "the table comment",
            Place::Comment => "a comment",
            Place::Default => "a default",
            Place::Type => "an enum value",
        }
    }
}
