//! Names that a server chose, for the statements that need them.

use std::sync::Arc;

use super::Action;
use crate::catalog::{Catalog, ForeignKey, Index, IndexOrigin, IndexPart, Table};

/// Gives foreign keys and indexes of an expected table the names that the live one has, as reported.
///
/// The MySQL family names what has no name by itself, and drops by name only. What the live table lacks stays without a name.
pub fn adopt_names(expected: &mut Table, reported: &Table) {
    let same_key = |one: &ForeignKey, other: &ForeignKey| {
        one.columns == other.columns
            && (&one.parent_schema, &one.parent_table) == (&other.parent_schema, &other.parent_table)
            && one.parent_columns == other.parent_columns
    };
    let mut used = vec![false; reported.foreign_keys.len()];
    for key in &mut expected.foreign_keys {
        let found = reported.foreign_keys.iter().enumerate().find(|(at, other)| !used[*at] && same_key(key, other));
        if let Some((at, other)) = found {
            used[at] = true;
            key.name.clone_from(&other.name);
        }
    }
    let same_index = |one: &Index, other: &Index| one.unique == other.unique && one.parts == other.parts;
    let mut used = vec![false; reported.indexes.len()];
    for index in &mut expected.indexes {
        let found = reported.indexes.iter().enumerate().find(|(at, other)| !used[*at] && same_index(index, other));
        if let Some((at, other)) = found {
            used[at] = true;
            index.name.clone_from(&other.name);
        }
    }
}

/// Gives foreign keys and indexes without a name those that a server of the MySQL family gives them, as far as this can be known without it.
///
/// Foreign keys are numbered on from the highest number in use. An index is called like its first column, with a number from 2 on
/// where that is taken; those that the server makes for foreign keys come first.
pub fn assume_names(table: &mut Table) {
    let first = highest_number(table) + 1;
    name_keys(table, first);
    name_indexes(table);
}

/// Does to a catalog what the step does, and gives what is new the names that a server of the MySQL family gives it.
///
/// So a file of statements can drop by name what an earlier statement of it has made. The catalog before has had its names from
/// [`assume_names`] or [`adopt_names`].
pub fn apply_with_names(action: &Action, catalog: &mut Catalog) {
    let named = action.touches();
    let highest = match action {
        Action::AlterTable { table, .. } => catalog.table(&table.schema, &table.table).map_or(0, highest_number),
        _ => 0,
    };
    action.apply(catalog);
    for name in named {
        let Some(table) = catalog.schemas.get_mut(&name.schema).and_then(|schema| schema.tables.get_mut(&name.table)) else { continue };
        let table = Arc::make_mut(table);
        if let Action::RenameTable { from, to } = action {
            rename_keys(table, &from.table, &to.table);
        }
        let first = highest.max(highest_number(table)) + 1;
        name_keys(table, first);
        name_indexes(table);
    }
}

/// Between the name of a table and the number of its foreign key.
const NUMBERED: &str = "_ibfk_";

/// Returns the highest number in the names of the foreign keys that the server has named.
fn highest_number(table: &Table) -> u64 {
    let number = |key: &ForeignKey| key.name.as_ref()?.strip_prefix(&table.name)?.strip_prefix(NUMBERED)?.parse().ok();
    table.foreign_keys.iter().filter_map(number).max().unwrap_or(0)
}

fn name_keys(table: &mut Table, first: u64) {
    for (number, key) in (first..).zip(table.foreign_keys.iter_mut().filter(|key| key.name.is_none())) {
        key.name = Some(format!("{}{NUMBERED}{number}", table.name));
    }
}

/// The names that the server has given follow the table.
fn rename_keys(table: &mut Table, from: &str, to: &str) {
    for name in table.foreign_keys.iter_mut().filter_map(|key| key.name.as_mut()) {
        if let Some(number) = name.strip_prefix(from).and_then(|rest| rest.strip_prefix(NUMBERED)) {
            *name = format!("{to}{NUMBERED}{number}");
        }
    }
}

fn name_indexes(table: &mut Table) {
    let mut order: Vec<usize> = (0..table.indexes.len()).filter(|at| table.indexes[*at].name.is_none()).collect();
    order.sort_by_key(|at| table.indexes[*at].origin != IndexOrigin::Implied);
    for at in order {
        let base = match table.indexes[at].parts.first() {
            Some(IndexPart::Column { name, .. }) => name.clone(),
            Some(IndexPart::Expression(_)) | None => "functional_index".to_string(),
        };
        let taken = |name: &str| table.indexes.iter().any(|index| index.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name)));
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name));
        table.indexes[at].name = name;
    }
}
