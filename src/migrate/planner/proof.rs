//! That a plan ends where it was asked to.

use std::collections::BTreeMap;

use djc_core::catalog::{Catalog, Column, IndexOrigin, Schema, Table};
use djc_core::diff::Words;

use super::Request;
use super::analysis::is_service;
use super::columns::is_hidden;

/// Returns in words what the catalog behind a plan has otherwise than the one that was asked for; nothing, or djc has a bug.
///
/// Left out are schemas that may not be changed, what is parked, columns and tables that datajoint hides, and the order of columns where the
/// server has none to choose.
pub fn differences(request: &Request<'_>, last: &Catalog) -> Vec<String> {
    let mut out = Vec::new();
    for name in request.schemas {
        let empty = Schema::default();
        let (now, wanted) = (last.schemas.get(name).unwrap_or(&empty), request.to.schemas.get(name).unwrap_or(&empty));
        let tables = |schema: &Schema| -> BTreeMap<String, Table> {
            let own = schema.tables.values().filter(|table| !is_service(&table.name));
            own.map(|table| (table.name.clone(), plain(table, request))).collect()
        };
        let (mut now_tables, wanted_tables) = (tables(now), tables(wanted));
        for (table, wanted) in wanted_tables {
            match now_tables.remove(&table) {
                None => out.push(format!("{name}.{table} is missing")),
                Some(now) if now == wanted => {}
                Some(now) => out.push(format!("{name}.{table}: {}", said(&now, &wanted, request))),
            }
        }
        out.extend(now_tables.keys().map(|table| format!("{name}.{table} is left over")));
        for table in wanted.tables.keys().filter(|table| is_service(table) && !now.tables.contains_key(*table)) {
            out.push(format!("{name}.{table} is missing"));
        }
        for (ty, values) in &wanted.enums {
            if now.enums.get(ty) != Some(values) {
                out.push(format!("{name}.{ty}: values {:?} instead of {values:?}", now.enums.get(ty)));
            }
        }
        if wanted.lineage.is_some() && wanted.lineage != now.lineage {
            out.push(format!("{name}: lineage {:?} instead of {:?}", now.lineage, wanted.lineage));
        }
    }
    out
}

/// Returns a table as it is compared.
fn plain(table: &Table, request: &Request<'_>) -> Table {
    let server = request.target.server;
    let mut table = table.clone();
    table.columns.retain(|column| !is_hidden(&column.name));
    server.dialect().normalize(&mut table);
    if !server.is_mysql_family() {
        table.columns.sort_by(|a: &Column, b| a.name.cmp(&b.name));
    }
    for index in &mut table.indexes {
        index.origin = IndexOrigin::Live;
        // That of a renamed column keeps its name, and nobody compares it.
        index.name = None;
    }
    table.engine = None;
    table
}

fn said(now: &Table, wanted: &Table, request: &Request<'_>) -> String {
    let found = djc_core::diff::tables(now, wanted);
    let words = found.iter().map(|difference| -> Words { difference.words(request.target.server) });
    let words: Vec<String> = words.map(|words| words.to_string()).collect();
    if words.is_empty() { format!("{now:?} instead of {wanted:?}") } else { words.join("; ") }
}
