//! A whole database held against a state of the history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_core::catalog::Catalog;
use djc_core::diff::{self, What, Words};
use djc_core::plan::{self, TableName};
use djc_runtime::inspect::InspectOptions;
use djc_runtime::{Db, SqlError};

/// What comparing found.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Tables that differ or are missing, each with what differs; a schema by itself has no table.
    pub differences: BTreeMap<TableName, Vec<Words>>,
    /// Tables that were compared.
    pub tables: usize,
    /// Tables that are there and that the state does not have.
    pub extra: Vec<TableName>,
}

/// Compares the tables of these schemas. Comments, and what datajoint adds and hides itself, are no difference.
pub(super) async fn held(db: &mut Db, expected: &Catalog, schemas: &BTreeSet<String>) -> Result<Held, SqlError> {
    let server = db.server();
    let live = db.inspect(&InspectOptions::of(schemas.iter().cloned().collect())).await?.catalog;
    let mut expected = expected.clone();
    for table in expected.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
        server.dialect().normalize(Arc::make_mut(table));
    }
    let mut out = Held::default();
    let of_us = expected.tables().filter(|table| schemas.contains(&table.schema) && !table.name.starts_with('~'));
    out.tables = of_us.count();
    for difference in diff::diff(&expected, &live, Some(schemas)) {
        let table = TableName::new(&difference.schema, difference.table.clone().unwrap_or_default());
        match &difference.what {
            What::TableAdded { .. } => out.extra.push(table),
            // What was made by `djc deploy` or datajoint keeps the charset that its schema had.
            What::SchemaCharset(_) | What::SchemaAdded { .. } => {}
            what if plan::is_passing(what, server) => {}
            _ => out.differences.entry(table).or_default().push(difference.words(server)),
        }
    }
    out.extra.retain(|table| !table.table.starts_with('~'));
    Ok(out)
}
