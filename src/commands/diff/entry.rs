//! Differences of catalogs and of sources as one list.

use djc_core::catalog::Catalog;
use djc_core::dialect::Server;
use djc_core::diff::{Difference, Sides, TypeEffect, What, Words};
use serde::Serialize;
use serde_json::Value;

use crate::compare::{Said, SaidWhat};

/// One difference, as it is shown. Fields are added, never renamed or removed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Entry {
    /// Physical schema.
    pub schema: String,
    /// Stored name, or null for a difference of the schema itself.
    pub table: Option<String>,
    /// The class that the stored name stands for.
    pub class: Option<String>,
    /// The column, or null.
    pub column: Option<String>,
    /// What kind of difference it is: `column_type`, `row_added`.
    pub kind: String,
    /// What it is about: ``type of attribute `age` ``.
    pub subject: String,
    /// What `from` has; null where only `to` has it.
    pub from: Option<String>,
    /// What `to` has; null where only `from` has it.
    pub to: Option<String>,
    /// What becomes of the values: `same`, `widened`, `narrowed`, `changed`, or null.
    pub effect: Option<TypeEffect>,
    /// Where else it shows, because of this: `[schema, table, column]`.
    pub consequences: Vec<(String, String, Option<String>)>,
    /// All that is known of both sides.
    pub detail: Value,
}

impl Entry {
    pub fn of_catalog(difference: &Difference, server: Server) -> Entry {
        let Words { subject, from, to } = difference.words(server);
        let detail = serde_json::to_value(&difference.what).unwrap_or(Value::Null);
        let effect = match &difference.what {
            What::ColumnType { effect, .. } | What::EnumValues { effect, .. } => Some(*effect),
            _ => None,
        };
        let also = difference.consequences.iter().map(|it| (it.schema.clone(), it.table.clone(), it.column.clone()));
        Entry {
            schema: difference.schema.clone(),
            class: difference.table.as_deref().map(super::super::status::class),
            table: difference.table.clone(),
            column: difference.column().map(str::to_string),
            kind: detail["kind"].as_str().unwrap_or_default().to_string(),
            subject,
            from,
            to,
            effect,
            consequences: also.collect(),
            detail,
        }
    }

    pub fn of_sources(said: &Said) -> Entry {
        let flag = |owned: bool| Some(if owned { "owned" } else { "extern" }.to_string());
        let (subject, sides) = match &said.what {
            SaidWhat::Generation { generations } => {
                let word = |generation: djc_core::ir::Generation| Some(generation.to_string());
                ("generation".to_string(), Sides::new(word(generations.from), word(generations.to)))
            }
            SaidWhat::Owned { owned } => ("schema".to_string(), Sides::new(flag(owned.from), flag(owned.to))),
            SaidWhat::Doc { docs } => ("documentation".to_string(), docs.clone()),
            SaidWhat::Annotation { name, values } => (format!("@{name}"), values.clone()),
            SaidWhat::RowRemoved { row } => ("row".to_string(), Sides::new(Some(row.clone()), None)),
            SaidWhat::RowAdded { row } => ("row".to_string(), Sides::new(None, Some(row.clone()))),
            SaidWhat::RowChanged { key, values } => (format!("row {key}"), Sides::new(Some(values.from.clone()), Some(values.to.clone()))),
        };
        let detail = serde_json::to_value(&said.what).unwrap_or(Value::Null);
        Entry {
            schema: said.schema.clone(),
            class: said.table.as_deref().map(super::super::status::class),
            table: said.table.clone(),
            column: None,
            kind: detail["kind"].as_str().unwrap_or_default().to_string(),
            subject,
            from: sides.from,
            to: sides.to,
            effect: None,
            consequences: Vec::new(),
            detail,
        }
    }

    /// Returns whether it is the table or the schema itself that only one side has.
    pub fn is_whole(&self) -> bool {
        matches!(self.kind.as_str(), "table_added" | "table_removed" | "schema_added" | "schema_removed")
    }
}

/// Brings what is about one table together: schemas in order of name, what is about a schema itself first, then its tables in the order
/// in which `from` has them, and those that only `to` has behind them.
pub(super) fn grouped(mut entries: Vec<Entry>, from: &Catalog, to: &Catalog) -> Vec<Entry> {
    let index = |catalog: &Catalog, schema: &str, table: &str| catalog.schemas.get(schema)?.tables.get_index_of(table);
    entries.sort_by_cached_key(|entry| {
        let place = entry.table.as_ref().map(|table| match index(from, &entry.schema, table) {
            Some(at) => (0, at),
            None => (1, index(to, &entry.schema, table).unwrap_or(usize::MAX)),
        });
        (entry.schema.clone(), place)
    });
    entries
}
