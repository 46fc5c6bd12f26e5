//! Names that nobody compares and that statements need: those that a server chose, and those of indexes.

use std::collections::BTreeSet;

use super::TableName;
use crate::catalog::{ForeignKey, Index, Schema, Table};

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

/// Gives the indexes of a renamed table that are called after it (`idx_subject_…`, `lab.subject.…`) the new name of the table.
///
/// A server leaves their names alone. Another table of the old name would want the same names for its own indexes.
pub(super) fn follow_table(table: &mut Table, from: &TableName, taken: &BTreeSet<String>) {
    let (schema, name) = (table.schema.clone(), table.name.clone());
    let prefixes =
        [(format!("idx_{}_", from.table), format!("idx_{name}_")), (format!("{}.{}.", from.schema, from.table), format!("{schema}.{name}."))];
    for index in &mut table.indexes {
        let Some(name) = &index.name else { continue };
        if let Some(wanted) = prefixes.iter().find_map(|(old, new)| Some(format!("{new}{}", name.strip_prefix(old.as_str())?))) {
            index.name = Some(free(&wanted, taken));
        }
    }
}

/// Gives indexes of a table names that no other index has.
pub(super) fn keep_apart(indexes: &mut [Index], taken: &BTreeSet<String>) {
    for name in indexes.iter_mut().filter_map(|index| index.name.as_mut()) {
        *name = free(name, taken);
    }
}

/// Returns the names of all indexes of a schema, in which PostgreSQL wants them to differ.
pub(super) fn index_names(schema: &Schema) -> BTreeSet<String> {
    schema.tables.values().flat_map(|table| &table.indexes).filter_map(|index| index.name.clone()).collect()
}

/// Returns the name, or the name with a number where it is taken; as long as an identifier of PostgreSQL may be.
fn free(name: &str, taken: &BTreeSet<String>) -> String {
    const MAX: usize = 63;
    let cut = |max: usize| {
        // Names of SQLite, which have dots, may be of any length.
        let mut end = if name.contains('.') { name.len() } else { name.len().min(max) };
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        &name[..end]
    };
    let numbered = (2..).map(|number: usize| format!("_{number}")).map(|suffix| format!("{}{suffix}", cut(MAX - suffix.len())));
    std::iter::once(cut(MAX).to_string()).chain(numbered).find(|name| !taken.contains(name)).expect("there are more numbers than names")
}
