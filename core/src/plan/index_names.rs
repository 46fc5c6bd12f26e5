//! Names of indexes where a whole schema shares them (PostgreSQL, SQLite): given so that two indexes never want the same.

use std::collections::BTreeSet;

use super::TableName;
use crate::catalog::{Index, Schema, Table};

/// Gives the indexes of a renamed table that are called after it (`idx_subject_…`, `lab.subject.…`) the new name of the table.
///
/// A server leaves their names alone. Another table of the old name would want the same names for its own indexes.
pub(super) fn follow_table(table: &mut Table, from: &TableName, taken: &BTreeSet<String>) {
    let (schema, name) = (table.schema.clone(), table.name.clone());
    let prefixes = [
        (format!("idx_{}_", from.table), format!("idx_{name}_")),
        (format!("{}.{}.", from.schema, from.table), format!("{schema}.{name}.")),
    ];
    for index in &mut table.indexes {
        let Some(name) = &index.name else { continue };
        if let Some(wanted) = prefixes.iter().find_map(|(old, new)| Some(format!("{new}{}", name.strip_prefix(old.as_str())?))) {
            index.name = Some(free(&wanted, taken));
        }
    }
}

/// Gives indexes of a table names that no other index has.
pub(super) fn keep_apart(indexes: &mut [Index], mut taken: BTreeSet<String>) {
    for name in indexes.iter_mut().filter_map(|index| index.name.as_mut()) {
        *name = free(name, &taken);
        taken.insert(name.clone());
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
