//! Renames that nobody said and that look like it.
//!
//! Something is gone and something alike is new: that is one table or attribute under another name, or two. Rows stay in the one case and are parked
//! in the other, so a person is asked, and nothing is concluded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::intent::{Intent, Pairs, span_of};
use super::{Mapping, Side};
use crate::core::catalog::Catalog;
use crate::core::dialect::Server;
use crate::core::diff::{self, What};
use crate::core::ir::{Origin, TableId, Tier};
use crate::core::plan::{Action, Alteration, TableName};
use crate::diag::{Diagnostic, Sink, codes};

/// A rename that was perhaps meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// The table now.
    pub table: TableId,
    /// The attribute now; `None` where the table itself is meant.
    pub attribute: Option<String>,
    /// What is gone: `lab.Subject.weight`, `lab.Animal`.
    pub old: String,
    /// What is new, as `--rename` takes it: `mass`, `Subject`, `ephys.Subject`.
    pub new: String,
}

/// Returns the renames that nobody said: not the intent by renaming, and not its drops.
///
/// Both sides are lowered for MySQL. Tables that moved to another module are found by their class, everything else by `core::diff`.
pub fn suspicions(intent: &Intent, pairs: &Pairs, from: &Side<'_>, to: &Side<'_>, owned: &BTreeSet<String>) -> Vec<Suspicion> {
    let mapping = Mapping::new(intent, pairs, from, to, Server::MySql, &mut Sink::new());
    let renamed = normalised(with_new_names(from.catalog.clone(), &mapping), Server::MySql);
    let wanted = normalised(to.catalog.clone(), Server::MySql);
    let physical = |side: &Side<'_>| -> BTreeSet<String> {
        let schemas = side.pipeline.schemas.iter().zip(side.names);
        schemas.filter(|(schema, _)| owned.contains(&schema.module)).map(|(_, name)| name.clone()).collect()
    };
    let schemas: BTreeSet<String> = physical(from).union(&physical(to)).cloned().collect();
    // What a table before is called behind the renames, and what a table now is called.
    let before: BTreeMap<TableName, TableId> = from
        .pipeline
        .tables()
        .map(|(id, _)| {
            let name = from.table(id);
            (mapping.tables.get(&name).cloned().unwrap_or(name), id)
        })
        .collect();
    let now: BTreeMap<TableName, TableId> = to.pipeline.tables().map(|(id, _)| (to.table(id), id)).collect();
    let mut out = Vec::new();
    for difference in diff::diff(&renamed, &wanted, Some(&schemas)) {
        let Some(table) = &difference.table else { continue };
        let name = TableName::new(&difference.schema, table);
        let Some(old) = before.get(&name) else { continue };
        let found = match &difference.what {
            What::TableRenamed { to: other } | What::TierChanged { to: other, .. } => {
                now.get(&TableName::new(&difference.schema, other)).map(|new| of_table(from, to, *old, *new))
            }
            What::ColumnRenamed { column, to: other } => now.get(&name).and_then(|new| {
                let renames = mapping.columns.get(&from.table(*old));
                let was = renames.and_then(|renames| renames.iter().find(|(_, new)| *new == column)).map_or(column, |(old, _)| old);
                if is_of_another(pairs, (from, *old, was), (to, *new, other)) {
                    return None;
                }
                let old = format!("{}.{was}", from.pipeline.qualified_name(*old));
                Some(Suspicion { table: *new, attribute: Some(other.clone()), old, new: other.clone() })
            }),
            _ => None,
        };
        out.extend(found);
    }
    out.extend(moved(pairs, from, to, owned));
    out.retain(|suspicion| !intent.drops.contains(&suspicion.old));
    out
}

/// Returns whether two inherited attributes come from tables that are not one table: a reference that goes and another one that comes.
fn is_of_another(pairs: &Pairs, old: (&Side<'_>, TableId, &str), new: (&Side<'_>, TableId, &str)) -> bool {
    let origin = |(side, table, attribute): (&Side<'_>, TableId, &str)| {
        let attribute = side.pipeline.table(table).heading.get(attribute)?;
        let inherited = matches!(attribute.origin, Origin::Reference { .. });
        attribute.lineage.as_ref().filter(|_| inherited).map(|lineage| lineage.table)
    };
    let (Some(old), Some(new)) = (origin(old), origin(new)) else { return false };
    match pairs.tables.get(&new) {
        Some(was) => *was != old,
        None => pairs.tables.values().any(|kept| *kept == old),
    }
}

fn of_table(from: &Side<'_>, to: &Side<'_>, old: TableId, new: TableId) -> Suspicion {
    let (module, other) = (&from.pipeline.schema(from.pipeline.table(old).schema).module, to.pipeline.qualified_name(new));
    let short = other.strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix('.'));
    let new_name = short.map_or(other.clone(), str::to_string);
    Suspicion { table: new, attribute: None, old: from.pipeline.qualified_name(old), new: new_name }
}

/// Returns the tables of one class that are gone in one module and new in another; parts go with their masters.
fn moved(pairs: &Pairs, from: &Side<'_>, to: &Side<'_>, owned: &BTreeSet<String>) -> Vec<Suspicion> {
    let kept: BTreeSet<&TableId> = pairs.tables.values().collect();
    let top = |tier: Tier| !matches!(tier, Tier::Part { .. });
    let gone = || from.pipeline.tables().filter(|(id, table)| top(table.tier) && !kept.contains(id));
    let new = || to.pipeline.tables().filter(|(id, table)| top(table.tier) && !pairs.tables.contains_key(id));
    let ours = |side: &Side<'_>, id: TableId| owned.contains(&side.pipeline.schema(side.pipeline.table(id).schema).module);
    let mut out = Vec::new();
    for (old, table) in gone().filter(|(id, _)| ours(from, *id)) {
        let mut same = new().filter(|(id, other)| other.class == table.class && ours(to, *id));
        let Some((id, other)) = same.next() else { continue };
        let elsewhere = from.pipeline.schema(table.schema).module != to.pipeline.schema(other.schema).module;
        if elsewhere && same.next().is_none() && gone().filter(|(_, it)| it.class == table.class).count() == 1 {
            out.push(of_table(from, to, old, id));
        }
    }
    out
}

/// Returns the catalog as it is called behind the renames that were said.
pub(super) fn with_new_names(mut catalog: Catalog, mapping: &Mapping) -> Catalog {
    for (table, renames) in &mapping.columns {
        let alterations = renames.iter().map(|(old, new)| Alteration::RenameColumn { from: old.clone(), to: new.clone() });
        Action::AlterTable { table: table.clone(), alterations: alterations.collect() }.apply(&mut catalog);
    }
    for (from, to) in &mapping.tables {
        Action::RenameTable { from: from.clone(), to: to.clone() }.apply(&mut catalog);
    }
    catalog
}

pub(super) fn normalised(mut catalog: Catalog, server: Server) -> Catalog {
    let dialect = server.dialect();
    for table in catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
        dialect.normalize(Arc::make_mut(table));
    }
    catalog
}

impl Suspicion {
    /// Returns the question as a finding, with both answers spelled out.
    pub fn finding(&self, to: &Side<'_>) -> Diagnostic {
        let Suspicion { table, attribute, old, new } = self;
        let name = to.pipeline.qualified_name(*table);
        let what = if attribute.is_some() { "attribute" } else { "table" };
        let gone = old.rsplit('.').next().unwrap_or(old);
        let found = codes::SUSPECTED_RENAME
            .at(span_of(to.pipeline, *table, attribute.as_deref()), format!("is this the {what} `{old}` under another name?"))
            .here(format!("new, and `{gone}` is gone"))
            .table(&name);
        let annotation = match attribute {
            Some(new) => format!("`@renamed({gone} -> {new})` above the table"),
            None if old.split('.').next() == name.split('.').next() => format!("`@renamed_from({gone})` above the table"),
            None => format!("`@renamed_from({old})` above the table"),
        };
        let found = found
            .help(format!("if it is: `--rename {old}={new}`, or {annotation}; its values stay"))
            .help(format!("if it is another one: `--drop {old}`; the values of `{gone}` are parked until `djc migrate finish`"));
        match attribute {
            Some(attribute) => found.attribute(attribute),
            None => found,
        }
    }
}
