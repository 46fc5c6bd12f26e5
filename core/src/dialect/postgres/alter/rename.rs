//! Another name or schema for a table.

use super::table::rename_index;
use super::{QUOTING, block, qualified};
use crate::catalog::{Catalog, Statement};
use crate::dialect::around::around;
use crate::plan::{Action, TableName};

/// Renames the table and what is called after it: indexes, constraints, sequences.
///
/// A table that gets the old name would ask for the old names again, and a schema takes each only once. Enum types stay where they are.
pub(super) fn rename(from: &TableName, to: &TableName, before: &Catalog) -> Vec<Statement> {
    let mut after = around(before, &[&from.schema, &to.schema]);
    Action::RenameTable { from: from.clone(), to: to.clone() }.apply(&mut after);
    let names = |catalog: &Catalog, name: &TableName| -> Vec<String> {
        let table = catalog.table(&name.schema, &name.table);
        table.into_iter().flat_map(|table| &table.indexes).map(|index| index.name.clone().unwrap_or_default()).collect()
    };

    // In its old schema the new name may be that of another table.
    let moves = from.schema != to.schema;
    let taken = moves && from.table != to.table && before.table(&from.schema, &to.table).is_some();
    let passing = if taken { format!("~djc_{}", from.table.chars().take(50).collect::<String>()) } else { to.table.clone() };
    let (old, new) = (qualified(from), qualified(to));
    let mut now = from.clone();
    let mut out = Vec::new();
    let rename = |now: &mut TableName, name: &str, out: &mut Vec<Statement>| {
        if now.table != name {
            let sql = format!("ALTER TABLE {} RENAME TO {}", qualified(now), QUOTING.name(name));
            out.push(Statement { sql, summary: format!("rename table {old} to {new}") });
            now.table = name.to_string();
        }
    };
    rename(&mut now, &passing, &mut out);
    for (one, other) in names(before, from).iter().zip(&names(&after, to)).filter(|(one, other)| one != other) {
        out.push(rename_index(&from.schema, one, other));
    }
    out.push(block::follow_table(&qualified(&now), from, to));
    if moves {
        let sql = format!("ALTER TABLE {} SET SCHEMA {}", qualified(&now), QUOTING.name(&to.schema));
        out.push(Statement { sql, summary: format!("move table {old} to {new}") });
        now.schema.clone_from(&to.schema);
        rename(&mut now, &to.table, &mut out);
    }
    out
}
