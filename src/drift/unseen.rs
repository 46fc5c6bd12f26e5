//! What the account may not see: said as a finding, and never taken for missing.

use std::collections::BTreeSet;

use djc_core::diff::{Difference, What};
use djc_core::ir::Generation;
use djc_runtime::inspect::{Hidden, Inspection, Unseen};

use super::place::Places;
use super::{Expected, Finding, baseline};
use crate::diag::codes::NOT_SEEN;

/// What nothing can be concluded about.
pub(super) struct Unproven<'a> {
    unseen: Vec<&'a Unseen>,
    tables: BTreeSet<&'a str>,
    columns: BTreeSet<(&'a str, &'a str)>,
    lineage: BTreeSet<&'a str>,
}

impl<'a> Unproven<'a> {
    pub fn of(live: &'a Inspection, expected: &Expected) -> Self {
        let mut out = Unproven { unseen: Vec::new(), tables: BTreeSet::new(), columns: BTreeSet::new(), lineage: BTreeSet::new() };
        for unseen in &live.unseen {
            // What is hidden of other people's schemas is no matter.
            if !unseen.what.schema().is_some_and(|schema| expected.compared.contains(schema)) {
                continue;
            }
            match &unseen.what {
                Hidden::Schema { schema } | Hidden::Tables { schema } => drop(out.tables.insert(schema)),
                Hidden::Columns { schema, table } => drop(out.columns.insert((schema, table))),
                Hidden::Lineage { schema } => {
                    // Only datajoint 2 keeps lineage.
                    if expected.modules(schema).all(|module| module.generation == Generation::Classic) {
                        continue;
                    }
                    out.lineage.insert(schema);
                }
                Hidden::Actions { .. } => {}
                Hidden::Schemas | Hidden::Referrers => continue,
            }
            out.unseen.push(unseen);
        }
        out
    }

    /// Returns whether a difference may only be what the account does not see.
    pub fn covers(&self, difference: &Difference) -> bool {
        let schema = difference.schema.as_str();
        let table = difference.table.as_deref().unwrap_or_default();
        match &difference.what {
            What::SchemaRemoved { .. } | What::TableRemoved { .. } | What::TableRenamed { .. } => self.tables.contains(schema),
            What::LineageRemoved { .. } | What::Lineage { .. } => self.lineage.contains(schema) || self.tables.contains(schema),
            What::ColumnRemoved { .. }
            | What::ColumnRenamed { .. }
            | What::ColumnSection { .. }
            | What::ColumnOrder(_)
            | What::PrimaryKey(_)
            | What::KeyOrder(_)
            | What::ForeignKeyRemoved(_)
            | What::ForeignKeyTarget { .. }
            | What::ForeignKeyColumns(_)
            | What::IndexRemoved(_)
            | What::IndexChanged(_) => self.columns.contains(&(schema, table)),
            _ => false,
        }
    }

    /// Returns one finding for each thing that is hidden, at the schema or table that it keeps from being compared.
    pub fn findings(&self, places: &Places) -> Vec<Finding> {
        let say = |unseen: &&Unseen| {
            let schema = unseen.what.schema().unwrap_or_default();
            let message = format!("not compared: {}", unseen.what);
            let table = match &unseen.what {
                Hidden::Columns { table, .. } => places.table(schema, table),
                _ => None,
            };
            let span = table.map(|(_, table)| table.name_span).or_else(|| places.schema(schema));
            let mut diagnostic = match span {
                Some(span) => NOT_SEEN.at(span, message),
                None => NOT_SEEN.anywhere(message),
            };
            diagnostic = diagnostic.help(format!("an administrator shows it: {}", unseen.grant));
            diagnostic.table = table.map(|(id, _)| places.name(id));
            let place = table.map_or_else(|| schema.to_string(), |(_, table)| format!("{schema}.{}", table.stored));
            let identity = baseline::identity(NOT_SEEN.id, &place, &unseen.what.to_string());
            Finding { diagnostic, identity, schema: schema.to_string() }
        };
        self.unseen.iter().map(say).collect()
    }
}
