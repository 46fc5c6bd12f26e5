//! The part of a catalog that matters to a change of one table.

use crate::catalog::{Catalog, Schema};

/// Returns the tables of these schemas and nothing else, to be changed while statements are written; tables are shared with the whole.
pub(super) fn around(catalog: &Catalog, schemas: &[&str]) -> Catalog {
    let part = |name: &&str| {
        let schema = catalog.schemas.get(*name)?;
        Some((name.to_string(), Schema { name: schema.name.clone(), tables: schema.tables.clone(), ..Schema::default() }))
    };
    Catalog { schemas: schemas.iter().filter_map(part).collect() }
}
