//! What a migration must have left as it was, and what it must have filled.

use std::collections::{BTreeMap, BTreeSet};

use djc::core::catalog::{Catalog, ColumnType, Table};
use djc::core::dialect::Server;
use djc::core::plan::{FillFrom, TableName};
use djc::migrate::Mapping;
use djc_runtime::SqlValue;

use crate::hashes::{Contents, bytes};
use crate::rows::meant;

/// Two catalogs, the rows in each, and how the names of the one became those of the other.
pub struct Kept<'a> {
    pub server: Server,
    pub from: (&'a Catalog, &'a Contents),
    pub to: (&'a Catalog, &'a Contents),
    pub mapping: &'a Mapping,
}

impl Kept<'_> {
    /// Returns what is not as it should be: rows that are gone or new, columns that hold something else though their type holds the same values, new columns without
    /// the value that was said, rows without their parents.
    pub fn faults(&self) -> Vec<String> {
        let mut out = Vec::new();
        let (catalog, contents) = self.from;
        for table in catalog.tables().filter(|table| !table.name.starts_with('~')) {
            let name = TableName::new(&table.schema, &table.name);
            let now = self.mapping.tables.get(&name).unwrap_or(&name);
            let Some(new_table) = self.to.0.table(&now.schema, &now.table) else { continue };
            let (Some(before), Some(after)) = (contents.table(&name), self.to.1.table(now)) else {
                out.push(format!("{name} was not read"));
                continue;
            };
            if before.len() != after.len() {
                out.push(format!("{name}: {} rows, before {}", after.len(), before.len()));
            }
            out.extend(self.columns(table, new_table).into_iter().map(|fault| format!("{name}: {fault}")));
        }
        out.extend(self.unfilled());
        out.extend(orphans(self.to.0, self.to.1));
        out
    }

    /// Returns the columns of a table that hold something else than before.
    fn columns(&self, table: &Table, new_table: &Table) -> Vec<String> {
        let name = TableName::new(&table.schema, &table.name);
        let renames = self.mapping.columns.get(&name);
        let now = |column: &String| renames.and_then(|renames| renames.get(column)).unwrap_or(column).clone();
        let is_same = |column: &String| {
            let (Some(old), Some(new)) = (table.column(column), new_table.column(&now(column))) else { return false };
            holds_the_same(&meant(table, old, self.server), &meant(new_table, new, self.server))
        };
        let key: Vec<String> = table.primary_key.iter().filter(|column| is_same(column)).cloned().collect();
        let key_now: Vec<String> = key.iter().map(now).collect();
        let before = self.from.1.table(&name).expect("it was looked up before");
        let after = self.to.1.table(&TableName::new(&new_table.schema, &new_table.name)).expect("it was looked up before");
        let same = table.columns.iter().map(|column| &column.name).filter(|column| is_same(column));
        same.filter(|column| before.hash(&key, column) != after.hash(&key_now, &now(column)))
            .map(|column| {
                let shown = |held: &crate::hashes::Held, column: &str| {
                    let values: Vec<String> = held.column(column).iter().take(6).map(|value| format!("{value:?}")).collect();
                    values.join(" ")
                };
                format!("column {column} holds {}, before {}", shown(after, &now(column)), shown(before, column))
            })
            .collect()
    }

    /// Returns the columns that were to get one value and have another, or several.
    fn unfilled(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (table, fills) in &self.mapping.fills {
            for (column, from) in fills.iter().filter(|(_, from)| matches!(from, FillFrom::Literal(_))) {
                let Some(held) = self.to.1.table(table) else { continue };
                let values: BTreeSet<Vec<u8>> = held.column(column).iter().map(|value| bytes(value)).collect();
                if values.len() > 1 || values.contains(&bytes(&SqlValue::Null)) {
                    out.push(format!("{table}.{column} was to be {from:?} and is {:?}", held.column(column)));
                }
            }
        }
        out
    }
}

/// Returns whether every value of the one type is the same value in the other, as a client reads it.
fn holds_the_same(one: &ColumnType, other: &ColumnType) -> bool {
    use ColumnType::*;
    match (one, other) {
        (Integer { .. }, Integer { .. })
        | (Enum { .. }, Enum { .. })
        | (Varchar(_) | Text(_), Varchar(_) | Text(_))
        | (Blob(_), Blob(_)) => true,
        (one, other) => one == other,
    }
}

/// Returns the foreign keys that rows break, whatever the server says of them.
pub fn orphans(catalog: &Catalog, contents: &Contents) -> Vec<String> {
    let mut out = Vec::new();
    let mut known: BTreeMap<(TableName, Vec<String>), BTreeSet<Vec<u8>>> = BTreeMap::new();
    for table in catalog.tables() {
        for key in &table.foreign_keys {
            let child = TableName::new(&table.schema, &table.name);
            let parent = TableName::new(&key.parent_schema, &key.parent_table);
            let (Some(children), Some(parents)) = (contents.table(&child), contents.table(&parent)) else { continue };
            let whole = |row: &Vec<&SqlValue>| row.iter().flat_map(|value| bytes(value)).collect::<Vec<u8>>();
            let there = known
                .entry((parent.clone(), key.parent_columns.clone()))
                .or_insert_with(|| parents.columns(&key.parent_columns).into_iter().flatten().map(|row| whole(&row)).collect());
            let rows = children.columns(&key.columns).unwrap_or_default();
            let lost = rows.iter().filter(|row| !row.contains(&&SqlValue::Null) && !there.contains(&whole(row))).count();
            if lost > 0 {
                out.push(format!("{child} has {lost} rows whose {:?} {parent} does not have", key.columns));
            }
        }
    }
    out
}
