//! The part of a catalog that matters to a change of one table.

use std::sync::Arc;

use crate::catalog::{Catalog, Change, Schema, Table};
use crate::plan::Action;

/// Returns the tables of these schemas and nothing else, to be changed while statements are written; tables are shared with the whole.
pub(super) fn around(catalog: &Catalog, schemas: &[&str]) -> Catalog {
    let part = |name: &&str| {
        let schema = catalog.schemas.get(*name)?;
        Some((name.to_string(), Schema { name: schema.name.clone(), tables: schema.tables.clone(), ..Schema::default() }))
    };
    Catalog { schemas: schemas.iter().filter_map(part).collect() }
}

/// Returns a new table as it is behind the step that creates it.
///
/// Indexes of a schema (PostgreSQL) or of a file (SQLite) must not share a name, and the catalog behind the step says which they get.
pub(super) fn as_created(table: &Arc<Table>, before: &Catalog) -> Arc<Table> {
    let mut after = around(before, &[&table.schema]);
    Action::Create(Change::CreateTable(Arc::clone(table))).apply(&mut after);
    let named = after.schemas.get(&table.schema).and_then(|schema| schema.tables.get(&table.name));
    Arc::clone(named.unwrap_or(table))
}
