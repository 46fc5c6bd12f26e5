//! What earlier migrations have parked, beside what a state says.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::catalog::{Catalog, ColumnType, Schema};
use crate::core::plan;

/// Adds the parked columns and tables of one catalog to another, with the enum types that they have.
pub fn with_parked(mut base: Catalog, parked: &Catalog) -> Catalog {
    let mut types: BTreeSet<(String, String)> = BTreeSet::new();
    for table in parked.tables() {
        let hidden: Vec<_> = table.columns.iter().filter(|column| column.name.starts_with(plan::PARKED_COLUMN)).cloned().collect();
        let whole = plan::is_parked_table(&table.name);
        let kept = if whole { &table.columns } else { &hidden };
        types.extend(kept.iter().filter_map(|column| match &column.ty {
            ColumnType::Enum { name: Some(name), .. } => Some(name.clone()),
            _ => None,
        }));
        // A schema of which all tables were taken back is still there, with what is parked in it.
        let schema = base.schemas.entry(table.schema.clone()).or_insert_with(|| {
            let charset = parked.schemas.get(&table.schema).and_then(|schema| schema.charset.clone());
            Schema { name: table.schema.clone(), charset, ..Schema::default() }
        });
        if whole {
            schema.tables.insert(table.name.clone(), Arc::new(table.clone()));
        } else if let Some(mine) = schema.tables.get_mut(&table.name) {
            Arc::make_mut(mine).columns.extend(hidden);
        }
    }
    for (schema, name) in types {
        let Some(values) = parked.schemas.get(&schema).and_then(|schema| schema.enums.get(&name)) else { continue };
        if let Some(schema) = base.schemas.get_mut(&schema) {
            schema.enums.entry(name).or_insert_with(|| values.clone());
        }
    }
    base
}
