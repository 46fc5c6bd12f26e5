//! What a patch must have left as it was.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::core::catalog;
use crate::core::dialect::{Options, Server, Target, lower};
use crate::core::ir::{Pipeline, Table};
use crate::diag::{Diagnostic, Level};

/// Returns the errors that a patch brought: those of a code that is reported more often than before.
pub fn new_errors(before: &[Diagnostic], after: &[Diagnostic]) -> Vec<Diagnostic> {
    fn errors(all: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
        all.iter().filter(|diagnostic| diagnostic.level == Level::Error)
    }
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    errors(before).for_each(|error| *known.entry(error.code.id).or_default() += 1);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    errors(after).for_each(|error| *counts.entry(error.code.id).or_default() += 1);
    let more = |error: &&Diagnostic| counts[error.code.id] > known.get(error.code.id).copied().unwrap_or(0);
    let same = |error: &&Diagnostic| errors(before).any(|old| old.code == error.code && old.message == error.message);
    errors(after).filter(more).filter(|error| !same(error)).cloned().collect()
}

/// Returns the tables, by their qualified names, that mean something else in two models; places and the wording of types say nothing.
pub fn changed(before: &Pipeline, after: &Pipeline) -> Vec<String> {
    let (old, new) = (meanings(before), meanings(after));
    let gone = old.iter().filter(|(name, meaning)| new.get(*name) != Some(meaning)).map(|(name, _)| name.clone());
    let come = new.keys().filter(|name| !old.contains_key(*name)).cloned();
    gone.chain(come).collect()
}

/// Returns the tables of [`changed`] that a server would store otherwise: a fix may write one and the same column in other words.
pub fn stored_otherwise(before: &Pipeline, after: &Pipeline) -> Vec<String> {
    let mut names = changed(before, after);
    if !names.is_empty() {
        let (old, new) = (stored(before), stored(after));
        names.retain(|name| old.get(name) != new.get(name));
    }
    names
}

/// Returns what a server of the MySQL family would hold of each table, with what belongs to the table beside it.
fn stored(pipeline: &Pipeline) -> BTreeMap<String, (Option<catalog::Table>, Value)> {
    let mut worded = pipeline.clone();
    worded.tables.iter_mut().flat_map(|table| &mut table.heading.attributes).for_each(|attribute| attribute.type_text.clear());
    // Modules may share a schema, and variables be unset; here each has a name of its own.
    let names: Vec<String> = pipeline.schemas.iter().map(|schema| schema.module.clone()).collect();
    let lowered = lower(&worded, &names, &Target::new(Server::MySql), &Options::default());
    let dialect = Server::MySql.dialect();
    let table = |(id, table): (_, &Table)| {
        let mut found = lowered.catalog.table(&names[table.schema.0 as usize], &table.stored).cloned();
        found.iter_mut().for_each(|table| dialect.normalize(table));
        let beside = serde_json::to_value((&table.contents, &table.annotations)).expect("rows and annotations are plain data");
        (pipeline.qualified_name(id), (found, beside))
    };
    pipeline.tables().map(table).collect()
}

fn meanings(pipeline: &Pipeline) -> BTreeMap<String, Value> {
    pipeline.tables().map(|(id, table)| (pipeline.qualified_name(id), meaning(table))).collect()
}

/// Returns a table without its places, and without the words of types whose meaning stands beside them.
fn meaning(table: &Table) -> Value {
    let mut value = serde_json::to_value(table).expect("a table is plain data");
    if let Some(attributes) = value.pointer_mut("/heading/attributes").and_then(Value::as_array_mut) {
        for attribute in attributes.iter_mut().filter_map(Value::as_object_mut) {
            attribute.remove("type_text");
        }
    }
    value
}
