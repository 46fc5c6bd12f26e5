//! Renaming an attribute wherever its column goes, and a table wherever it is referred to.
//!
//! The model says which tables have the column: the table itself and, along every reference that brings it under its own name, those below. Lines of
//! definitions, projections, indexes, rows by name and annotations are edited together or not at all, and [`Renamed::expected`] is the model that must come of it.

mod class;
mod lines;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use djc_pyimport::strings;

use super::place::Places;
use super::{Planned, Refusal};
use crate::core::ir::{ForeignKey, IndexPart, Origin, Pipeline, TableId};
use crate::core::source::{SourceMap, Span};
use crate::diag::{Diagnostic, codes};
use crate::parser::ast::{self, BodyItem, ProjectionArgument};
use lines::Lines;

pub use class::{RenamedTable, restored, table};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Renaming<'a> {
    /// The table that gets the new name first.
    pub table: TableId,
    /// The name that it has.
    pub old: &'a str,
    /// The name that it gets.
    pub new: &'a str,
    /// Whether `{old}` is left at the head of its comment, for a migration.
    pub note: bool,
}

/// A rename, planned.
#[derive(Debug)]
pub struct Renamed {
    /// The edits, or the first that cannot be made.
    pub edits: Result<Vec<Planned>, Refusal>,
    /// The tables whose column gets the new name.
    pub tables: BTreeSet<TableId>,
    /// What the result must mean.
    pub expected: Pipeline,
    /// Whether the old name stands in braces in a comment.
    pub braces: bool,
    /// The older name whose note had to give way.
    pub older: Option<String>,
    /// What a person should look at: other places that say the name.
    pub by_hand: Vec<Span>,
}

/// Plans a rename.
///
/// # Errors
/// Where a table below would get two columns of one name, or two of one.
pub fn attribute(pipeline: &Pipeline, places: &Places<'_>, asked: Renaming<'_>) -> Result<Renamed, Box<Diagnostic>> {
    let references = References::of(pipeline, places);
    let tables = affected(pipeline, &references, asked);
    has_a_line(pipeline, places, asked)?;
    conflicts(pipeline, &references, &tables, asked)?;
    let mut lines = Lines::new(pipeline, places, &tables, asked);
    pipeline.tables().for_each(|(id, _)| lines.table(id));
    let done = lines.done();
    let expected = expected(pipeline, &tables, asked);
    Ok(Renamed { edits: done.edits, tables, expected, braces: done.braces, older: done.older, by_hand: done.by_hand })
}

/// Returns a finding for each line that says the old name and is not changed: key sources, and strings and arguments in the code of Python files.
pub fn by_hand(sources: &SourceMap, places: &Places<'_>, renamed: &Renamed, old: &str) -> Vec<Diagnostic> {
    let key_sources = renamed.by_hand.iter().map(|span| codes::RENAME_BY_HAND.at(*span, format!("the key source says `{old}`")));
    // What a definition says was renamed, or is another attribute of that name.
    let code =
        in_python(sources, places, |text| strings::mentions(text, old)).into_iter().filter(|span| places.tables_of(*span).is_empty());
    key_sources.chain(code.map(|span| codes::RENAME_BY_HAND.at(span, format!("the code says `{old}`")))).collect()
}

/// Returns what is found in the Python files and the cells of notebooks, once for each line.
fn in_python(sources: &SourceMap, places: &Places<'_>, find: impl Fn(&str) -> Vec<Range<usize>>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for (id, file) in sources.files() {
        // A notebook is read by the text of its cells.
        let is_code = file.name.ends_with(".py") || file.name.ends_with(".ipynb") && !file.segments().is_empty();
        if !is_code || places.is_schema(id) {
            continue;
        }
        let mut last = 0;
        for range in find(&file.text) {
            let line = file.line_column(range.start as u32).line;
            if line != last {
                out.push(Span::new(id, range.start, range.end));
                last = line;
            }
        }
    }
    out
}

/// The projections of all references, by the place of their line.
struct References<'a>(HashMap<Span, &'a ast::Reference>);

impl<'a> References<'a> {
    fn of(pipeline: &Pipeline, places: &'a Places<'_>) -> Self {
        let tables = pipeline.tables.iter().filter_map(|table| places.table_named(table.name_span));
        let lines = tables.flat_map(|placed| &placed.table.body).filter_map(|item| match item {
            BodyItem::Reference(line) => Some((line.span, line)),
            _ => None,
        });
        References(lines.collect())
    }

    /// Returns whether a reference says itself what an attribute of the parent is called.
    fn names(&self, reference: &ForeignKey, parent: &str) -> bool {
        let projection = self.0.get(&reference.span).and_then(|line| line.target.projection.as_ref());
        projection.is_some_and(|projection| {
            projection
                .arguments
                .iter()
                .any(|argument| matches!(argument, ProjectionArgument::Rename { old, .. } if old.value.trim() == parent))
        })
    }
}

/// Returns the tables whose column is the attribute, or was brought from it under its own name.
fn affected(pipeline: &Pipeline, references: &References<'_>, asked: Renaming<'_>) -> BTreeSet<TableId> {
    let mut tables = BTreeSet::from([asked.table]);
    for id in &pipeline.order {
        let brings = |reference: &ForeignKey| {
            tables.contains(&reference.parent)
                && reference.columns.iter().any(|map| map.parent == asked.old)
                && !references.names(reference, asked.old)
        };
        if pipeline.table(*id).references.iter().any(brings) {
            tables.insert(*id);
        }
    }
    tables
}

/// Refuses an attribute that nobody wrote: those of a merge table, and those that datajoint adds.
fn has_a_line(pipeline: &Pipeline, places: &Places<'_>, asked: Renaming<'_>) -> Result<(), Box<Diagnostic>> {
    let table = pipeline.table(asked.table);
    let own = |item: &BodyItem| matches!(item, BodyItem::Attribute(line) if line.name.value == asked.old);
    let written = places.table_named(table.name_span).is_some_and(|placed| placed.table.body.iter().any(own));
    let inherited = table.heading.get(asked.old).is_some_and(|attribute| matches!(attribute.origin, Origin::Reference { .. }));
    if written || inherited {
        return Ok(());
    }
    let name = pipeline.qualified_name(asked.table);
    let found = codes::RENAME_CONFLICT.at(table.name_span, format!("`{}` has no line in the definition of `{name}`", asked.old));
    Err(Box::new(found.table(name).help("the kind of the table gives it its name")))
}

fn conflicts(
    pipeline: &Pipeline,
    references: &References<'_>,
    tables: &BTreeSet<TableId>,
    asked: Renaming<'_>,
) -> Result<(), Box<Diagnostic>> {
    let Renaming { old, new, .. } = asked;
    for id in tables {
        let (table, name) = (pipeline.table(*id), pipeline.qualified_name(*id));
        if let Some(taken) = table.heading.get(new) {
            let found = codes::RENAME_CONFLICT.at(taken.span, format!("`{name}` has an attribute `{new}` already"));
            return Err(Box::new(found.table(name).help("choose another name, or rename that one first")));
        }
        for reference in &table.references {
            for map in reference.columns.iter().filter(|map| map.child == old && !references.names(reference, &map.parent)) {
                if tables.contains(&reference.parent) {
                    continue;
                }
                let parent = pipeline.qualified_name(reference.parent);
                let found = codes::RENAME_CONFLICT
                    .at(reference.span, format!("`{old}` of `{name}` comes from `{parent}`, where it keeps its name"));
                let found = if *id == asked.table {
                    let way = format!("rename `{parent}.{}`, and all tables below follow", map.parent);
                    found.help(way).help(format!("or rename it here alone: `.proj({new}='{}')` behind the arrow", map.parent))
                } else {
                    let root = pipeline.qualified_name(asked.table);
                    let message = format!("`{root}.{old}` is the same column here, and would be another one then");
                    found
                        .label(table.name_span, message)
                        .help(format!("write the new name, or the old one, with `.proj({old}='…')` in `{name}` first"))
                };
                return Err(Box::new(found.table(name)));
            }
        }
    }
    Ok(())
}

/// Returns the model after the rename.
fn expected(pipeline: &Pipeline, tables: &BTreeSet<TableId>, asked: Renaming<'_>) -> Pipeline {
    let Renaming { old, new, .. } = asked;
    let mut out = pipeline.clone();
    let rename = |name: &mut String| {
        if *name == old {
            *name = new.to_string();
        }
    };
    for (at, table) in out.tables.iter_mut().enumerate() {
        let has = tables.contains(&TableId(at as u32));
        for attribute in &mut table.heading.attributes {
            if let Some(lineage) = attribute.lineage.as_mut().filter(|lineage| tables.contains(&lineage.table)) {
                rename(&mut lineage.attribute);
            }
            if has {
                rename(&mut attribute.name);
            }
        }
        for reference in &mut table.references {
            let parent = tables.contains(&reference.parent);
            for map in &mut reference.columns {
                if has {
                    rename(&mut map.child);
                }
                if parent {
                    rename(&mut map.parent);
                }
            }
        }
        if !has {
            continue;
        }
        for part in table.indexes.iter_mut().flat_map(|index| &mut index.parts) {
            match part {
                IndexPart::Attribute { name, .. } | IndexPart::JsonPath { name, .. } => rename(name),
                IndexPart::Expression(text) => *text = replaced(text, old, new),
            }
        }
        for row in &mut table.contents {
            row.values = std::mem::take(&mut row.values)
                .into_iter()
                .map(|(name, value)| (if name == old { new.to_string() } else { name }, value))
                .collect();
        }
        if let Some(fill) = table.annotations.fill.remove(old) {
            table.annotations.fill.insert(new.to_string(), fill);
        }
        let noted = asked.note && at as u32 == asked.table.0;
        let renamed = table.heading.attributes.iter_mut().find(|attribute| attribute.name == new);
        match (table.annotations.renamed.remove(old), renamed) {
            (Some(older), _) => drop(table.annotations.renamed.insert(new.to_string(), if noted { old.to_string() } else { older })),
            (None, Some(attribute)) if noted && attribute.origin == Origin::Own => attribute.renamed_from = Some(old.to_string()),
            (None, _) => {}
        }
    }
    out
}

/// Returns an expression with a name in it replaced, except within quotes.
fn replaced(text: &str, old: &str, new: &str) -> String {
    let mut out = text.to_string();
    bare_words(text, old).into_iter().rev().for_each(|range| out.replace_range(range, new));
    out
}

/// Returns where a text says a name as a whole word, outside of quotes.
fn bare_words(text: &str, name: &str) -> Vec<Range<usize>> {
    strings::words(text, name).filter(|range| text[..range.start].matches(['\'', '"']).count().is_multiple_of(2)).collect()
}
