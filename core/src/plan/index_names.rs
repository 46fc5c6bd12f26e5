//! Names of indexes where a whole schema shares them (PostgreSQL, SQLite): given so that two indexes never want the same.

use std::collections::BTreeSet;

use super::TableName;
use crate::catalog::{Index, IndexPart, Schema, Table};
use crate::dialect::index_name_bases;

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

/// Renames a column in the indexes of a table, and those that are called after their columns with it, as lowering would call them.
pub(super) fn follow_column(table: &mut Table, from: &str, to: &str, taken: &BTreeSet<String>) {
    let (schema, table_name) = (table.schema.clone(), table.name.clone());
    for index in &mut table.indexes {
        let bases = |index: &Index| index_name_bases(&schema, &table_name, &index.parts);
        let before = bases(index);
        for part in &mut index.parts {
            if let IndexPart::Column { name, .. } = part
                && name == from
            {
                *name = to.to_string();
            }
        }
        let Some(name) = &index.name else { continue };
        let numbered = |rest: &str| rest.is_empty() || rest.strip_prefix('_').is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()));
        let called = |base: &String| name.strip_prefix(cut(base, MAX)).is_some_and(numbered);
        if let Some((_, wanted)) = before.iter().zip(bases(index)).find(|(old, new)| *old != new && called(old)) {
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

/// The greatest length of an identifier of PostgreSQL, in bytes.
const MAX: usize = 63;

/// Returns the name, or the name with a number where it is taken; as long as an identifier of PostgreSQL may be.
fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: usize| format!("_{number}")).map(|suffix| format!("{}{suffix}", cut(name, MAX - suffix.len())));
    let names = std::iter::once(cut(name, MAX).to_string()).chain(numbered);
    names.into_iter().find(|name| !taken.contains(name)).expect("there are more numbers than names")
}

/// Returns the head of a name that is too long. Names of SQLite, which have dots, may be of any length.
fn cut(name: &str, max: usize) -> &str {
    let mut end = if name.contains('.') { name.len() } else { name.len().min(max) };
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}
