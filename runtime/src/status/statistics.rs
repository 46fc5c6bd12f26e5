//! Rows and bytes, as the server knows them.

use std::collections::BTreeMap;

use djc_core::catalog::{Catalog, TableKind};
use djc_core::dialect::{Server, sqlite_table_name};

use super::{Count, Status, TableKey};
use crate::db::Db;
use crate::error::SqlError;

pub(super) async fn read(db: &mut Db, catalog: &Catalog, status: &mut Status) -> Result<(), SqlError> {
    let quoting = db.server().dialect().facts().quoting;
    let names: Vec<String> = catalog.schemas.keys().map(|name| quoting.text(name)).collect();
    let names = names.join(", ");
    match db.server() {
        Server::MySql | Server::MariaDb => {
            if db.server() == Server::MySql {
                // MySQL keeps what it knew up to a day ago, unless told otherwise.
                db.execute("SET SESSION information_schema_stats_expiry = 0").await?;
            }
            let sql = format!(
                "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b, TABLE_ROWS AS c, DATA_LENGTH AS d, INDEX_LENGTH AS e, \
                 DATE_FORMAT(UPDATE_TIME, '%Y-%m-%d %H:%i:%s') AS f FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA IN ({names}) AND TABLE_TYPE <> 'VIEW'"
            );
            for row in db.query(&sql, &[]).await? {
                let Some(table) = status.tables.get_mut(&(row.text(0)?, row.text(1)?)) else { continue };
                table.rows = row.opt_u64(2)?.map(Count::Estimated);
                (table.data_bytes, table.index_bytes) = (row.opt_u64(3)?, row.opt_u64(4)?);
                table.last_write = row.opt_text(5)?;
            }
        }
        Server::Postgres => {
            // A table that was never analysed has -1 rows, and one without a page has none.
            let sql = format!(
                "SELECT n.nspname::text AS a, c.relname::text AS b, \
                 CASE WHEN pg_relation_size(c.oid) = 0 THEN 0 WHEN s.n_live_tup > 0 THEN s.n_live_tup \
                 WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS c, \
                 pg_table_size(c.oid) AS d, pg_indexes_size(c.oid) AS e \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid \
                 WHERE n.nspname IN ({names}) AND c.relkind IN ('r', 'p', 'm')"
            );
            for row in db.query(&sql, &[]).await? {
                let Some(table) = status.tables.get_mut(&(row.text(0)?, row.text(1)?)) else { continue };
                table.rows = row.opt_u64(2)?.map(Count::Estimated);
                (table.data_bytes, table.index_bytes) = (row.opt_u64(3)?, row.opt_u64(4)?);
            }
        }
        Server::Sqlite => {
            count(db, catalog, status).await?;
            let sql = "SELECT m.tbl_name AS a, m.type AS b, sum(s.pgsize) AS c FROM dbstat s JOIN sqlite_master m ON m.name = s.name \
                       WHERE s.aggregate = 1 GROUP BY m.tbl_name, m.type";
            let mut bytes: BTreeMap<(String, String), u64> = BTreeMap::new();
            for row in db.query(sql, &[]).await? {
                bytes.insert((row.text(0)?, row.text(1)?), row.u64(2)?);
            }
            for ((schema, name), table) in &mut status.tables {
                let physical = sqlite_table_name(schema, name);
                let of = |kind: &str| bytes.get(&(physical.clone(), kind.to_string())).copied();
                table.data_bytes = of("table");
                table.index_bytes = table.data_bytes.map(|_| of("index").unwrap_or(0));
            }
        }
    }
    Ok(())
}

/// Counts the rows of every table.
pub(super) async fn count(db: &mut Db, catalog: &Catalog, status: &mut Status) -> Result<(), SqlError> {
    if db.server() == Server::Sqlite && status.tables.values().any(|table| table.rows.is_some()) {
        return Ok(());
    }
    let tables: Vec<TableKey> =
        catalog.tables().filter(|table| table.kind == TableKind::Base).map(|table| (table.schema.clone(), table.name.clone())).collect();
    // A server counts long: one statement each, so that each has its time. SQLite counts all in one.
    let at_once = if db.server() == Server::Sqlite { tables.len().max(1) } else { 1 };
    for chunk in tables.chunks(at_once) {
        let term = |(schema, name): &TableKey| {
            format!("SELECT {} AS a, {} AS b, count(*) AS c FROM {}", db.constant(schema), db.constant(name), db.source(schema, name))
        };
        let terms: Vec<String> = chunk.iter().map(term).collect();
        let what = chunk.first().map(|(schema, name)| format!("rows of `{schema}`.`{name}`")).unwrap_or_default();
        for row in db.union(&terms, &what, &mut status.notes).await? {
            if let Some(table) = status.tables.get_mut(&(row.text(0)?, row.text(1)?)) {
                table.rows = Some(Count::Exact(row.u64(2)?));
            }
        }
    }
    Ok(())
}
