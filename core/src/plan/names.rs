//! Names that a server chose, for the statements that need them.

use crate::catalog::{ForeignKey, Index, Table};

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
