//! An intent in physical names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contents::{self, Side};
use super::intent::{Intent, Pairs, span_of};
use crate::core::dialect::Server;
use crate::core::ir::{Fill, TableId};
use crate::core::plan::{Action, FillFrom, HandStep, TableName};
use crate::diag::{Sink, codes};

/// When a hand-written step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Before anything else.
    First,
    /// When all new tables and columns are there (those without a value still nullable), and nothing is gone yet: the place to move rows.
    Between,
    /// Behind everything else.
    Last,
}

/// An [`Intent`] in physical names, with what the planner needs beside the two catalogs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    /// Tables with another name: from → to; parts, and tables whose tier changed, are named here too.
    pub tables: BTreeMap<TableName, TableName>,
    /// Columns with another name, inherited ones included: table as `from` calls it → old → new.
    pub columns: BTreeMap<TableName, BTreeMap<String, String>>,
    /// What existing rows get in new columns, said by a person: table as `to` calls it → column → value.
    pub fills: TableFills,
    /// Changes of `contents`: inserts and updates behind the last change of a table, deletes before it.
    pub contents: Vec<Action>,
    /// Hand-written steps.
    pub hand: Vec<(Moment, HandStep)>,
}

/// Table → column → value.
pub type TableFills = BTreeMap<TableName, BTreeMap<String, FillFrom>>;

impl Side<'_> {
    /// Returns the physical name of a table.
    pub fn table(&self, id: TableId) -> TableName {
        let table = self.pipeline.table(id);
        TableName::new(&self.names[table.schema.0 as usize], &table.stored)
    }
}

impl Mapping {
    /// Returns the intent in physical names, without contents and hand-written steps. A value that no attribute can take is reported.
    pub fn new(intent: &Intent, pairs: &Pairs, before: &Side<'_>, now: &Side<'_>, server: Server, sink: &mut Sink) -> Mapping {
        let mut mapping = Mapping::default();
        for (new, old) in &pairs.tables {
            let (from, to) = (before.table(*old), now.table(*new));
            if let Some(renames) = pairs.attributes.get(new) {
                let renames = renames.iter().map(|(new, old)| (old.clone(), new.clone()));
                mapping.columns.insert(from.clone(), renames.collect());
            }
            if let Some(fills) = intent.fill.get(&now.pipeline.qualified_name(*new)) {
                let fills = fills.iter().filter_map(|(name, fill)| Some((name.clone(), fill_from(now, *new, name, fill, server, sink)?)));
                mapping.fills.insert(to.clone(), fills.collect());
            }
            if from != to {
                mapping.tables.insert(from, to);
            }
        }
        mapping
    }

    /// Returns the mapping of the way back: names the other way round. What was filled goes, contents and hand-written steps have a way back of their own.
    pub fn inverse(&self) -> Mapping {
        let to = |from: &TableName| self.tables.get(from).unwrap_or(from).clone();
        let turned = |renames: &BTreeMap<String, String>| renames.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
        Mapping {
            tables: self.tables.iter().map(|(from, to)| (to.clone(), from.clone())).collect(),
            columns: self.columns.iter().map(|(from, renames)| (to(from), turned(renames))).collect(),
            ..Mapping::default()
        }
    }
}

/// Returns where the values of a new attribute come from.
fn fill_from(now: &Side<'_>, id: TableId, name: &str, fill: &Fill, server: Server, sink: &mut Sink) -> Option<FillFrom> {
    let (table, physical) = (now.pipeline.table(id), now.table(id));
    let attribute = table.heading.get(name)?;
    let column = now.catalog.table(&physical.schema, &physical.table)?.column(name)?;
    let generation = now.pipeline.schema(table.schema).generation;
    match contents::fill(fill, attribute, column, generation, server) {
        Ok(from) => Some(from),
        Err(reason) => {
            let found = codes::FILL_VALUE
                .at(span_of(now.pipeline, id, Some(name)), format!("`{name}` cannot have the value of `@fill`: {reason}"))
                .help("write a value of the type, or an expression of the server: `@fill(name = sql(\"…\"))`");
            sink.report(found.table(now.pipeline.qualified_name(id)).attribute(name));
            None
        }
    }
}
