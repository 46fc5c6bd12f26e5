//! Where in the sources a table of the database is declared, and what of it.

use std::collections::{BTreeSet, HashMap};

use djc_core::catalog::{self, ForeignKey};
use djc_core::ir::{self, Attribute, Pipeline, Table, TableId, Tier};
use djc_core::source::Span;

use crate::check::{levels, name_span};
use crate::diag::Code;

/// Declared tables by their physical names.
pub(super) struct Places<'a> {
    pipeline: &'a Pipeline,
    tables: HashMap<(&'a str, &'a str), TableId>,
    schemas: HashMap<&'a str, Span>,
    named: HashMap<String, TableId>,
}

impl<'a> Places<'a> {
    pub fn new(pipeline: &'a Pipeline, names: &'a [String]) -> Self {
        let physical = |table: &Table| names[table.schema.0 as usize].as_str();
        let tables = pipeline.tables().map(|(id, table)| ((physical(table), table.stored.as_str()), id)).collect();
        let mut schemas = HashMap::new();
        for (schema, name) in pipeline.schemas.iter().zip(names) {
            schemas.entry(name.as_str()).or_insert(schema.span);
        }
        let named = pipeline.tables().filter(|(_, table)| !table.annotations.allow.is_empty());
        let named = named.map(|(id, _)| (pipeline.qualified_name(id), id)).collect();
        Places { pipeline, tables, schemas, named }
    }

    /// Returns the declared table.
    pub fn table(&self, schema: &str, table: &str) -> Option<(TableId, &'a Table)> {
        let id = *self.tables.get(&(schema, table))?;
        Some((id, self.pipeline.table(id)))
    }

    /// Returns `module.Table`.
    pub fn name(&self, id: TableId) -> String {
        self.pipeline.qualified_name(id)
    }

    /// Returns the line of the first module of a physical schema.
    pub fn schema(&self, name: &str) -> Option<Span> {
        self.schemas.get(name).copied()
    }

    /// Returns whether a table, or the master in whose text it stands, has `@allow` for the code.
    pub fn is_allowed(&self, name: &str, code: &Code) -> bool {
        let master = name.rsplit_once('.').map(|(master, _)| master);
        [Some(name), master].into_iter().flatten().filter_map(|name| self.named.get(name)).any(|id| {
            let table = self.pipeline.table(*id);
            // `module.Master` is the beginning of `module.Master.Part`, and `module` is no table.
            table.annotations.allow.iter().any(|allowed| levels::names(allowed, code))
        })
    }
}

/// Returns the attribute where its name is written, or the arrow that brought it.
pub(super) fn attribute(table: &Table, name: &str) -> Option<Span> {
    table.heading.get(name).map(name_span)
}

/// Returns where the type of an attribute is written, or the arrow that brought it.
pub(super) fn attribute_type(table: &Table, name: &str) -> Option<Span> {
    table.heading.get(name).map(|attribute| attribute.type_span)
}

/// Returns the whole line of an attribute.
pub(super) fn attribute_line(table: &Table, name: &str) -> Option<Span> {
    table.heading.get(name).map(|attribute: &Attribute| attribute.span)
}

/// Returns the arrow, or the attribute in a store, that a foreign key was made from.
pub(super) fn reference(table: &Table, key: &ForeignKey) -> Option<Span> {
    let wanted: BTreeSet<&str> = key.columns.iter().map(String::as_str).collect();
    let columns = |reference: &ir::ForeignKey| reference.columns.iter().map(|map| map.child.as_str()).collect::<BTreeSet<_>>() == wanted;
    let arrow = table.references.iter().find(|reference| columns(reference)).map(|reference| reference.target_span);
    arrow.or_else(|| match key.columns.as_slice() {
        [only] => attribute_type(table, only),
        _ => None,
    })
}

/// Returns the index line, or the arrow whose columns are indexed.
pub(super) fn index(table: &Table, index: &catalog::Index) -> Option<Span> {
    let names: Option<Vec<&str>> = index
        .parts
        .iter()
        .map(|part| match part {
            catalog::IndexPart::Column { name, .. } => Some(name.as_str()),
            catalog::IndexPart::Expression(_) => None,
        })
        .collect();
    let line = table.indexes.iter().find(|line| {
        let written: Option<Vec<&str>> = line
            .parts
            .iter()
            .map(|part| match part {
                ir::IndexPart::Attribute { name, .. } => Some(name.as_str()),
                ir::IndexPart::JsonPath { .. } | ir::IndexPart::Expression(_) => None,
            })
            .collect();
        written == names && line.unique == index.unique
    });
    line.map(|line| line.span).or_else(|| {
        let names = names?;
        let is = |reference: &&ir::ForeignKey| reference.columns.iter().map(|map| map.child.as_str()).collect::<Vec<_>>() == names;
        table.references.iter().find(is).map(|reference| reference.target_span)
    })
}

/// Returns the part of a master whose stored name this is, for messages: `Unit` of `__calc__unit`.
pub(super) fn is_part(table: &Table) -> bool {
    match table.tier {
        Tier::Part { .. } => true,
        Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => false,
    }
}
