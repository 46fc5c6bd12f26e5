//! The `~lineage` rows of all schemas, in one query.

use djc_core::catalog::{Table, TableKind};
use djc_core::dialect::Server;

use super::Pieces;
use crate::db::Db;
use crate::error::SqlError;

/// The table that datajoint 2 keeps in every schema.
pub(super) const TABLE: &str = "~lineage";

/// Terms of one UNION: SQLite allows 500, the others thousands.
const TERMS_MAX: usize = 400;

/// Returns the schemas that have the table with the columns it should have; in the others, the rows stay `None`.
pub(super) fn schemas(pieces: &mut Pieces) -> Vec<String> {
    let columns = ["table_name", "attribute_name", "lineage"];
    let whole = |table: &Table| table.kind == TableKind::Base && columns.iter().all(|name| table.column(name).is_some());
    let mut schemas = pieces.schemas_with(TABLE);
    schemas.retain(|schema| pieces.table(schema, TABLE).is_some_and(|table| whole(table)));
    schemas
}

/// Reads the rows of these schemas.
pub(super) async fn read(db: &mut Db, schemas: Vec<String>, pieces: &mut Pieces) -> Result<(), SqlError> {
    for schema in &schemas {
        if let Some(schema) = pieces.schema(schema) {
            schema.lineage = Some(Default::default());
        }
    }
    // Somebody may have made the table otherwise: bytes are read as text, and texts of different collations as of one.
    let text = |column: &str| match db.server() {
        Server::MySql | Server::MariaDb => format!("CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin"),
        Server::Postgres => format!("{column}::text"),
        Server::Sqlite => format!("CAST({column} AS TEXT)"),
    };
    let columns = format!("{} AS b, {} AS c, {} AS d", text("table_name"), text("attribute_name"), text("lineage"));
    let quoting = db.server().dialect().facts().quoting;
    let terms = |chunk: &[String]| {
        let terms: Vec<String> = chunk
            .iter()
            .map(|schema| format!("SELECT {} AS a, {columns} FROM {}", text(&quoting.text(schema)), db.source(schema, TABLE)))
            .collect();
        terms.join(" UNION ALL ")
    };
    let statements: Vec<String> = schemas.chunks(TERMS_MAX).map(terms).collect();
    for sql in statements {
        for row in db.query(&sql, &[]).await? {
            let (schema, table, attribute) = (row.text(0)?, row.text(1)?, row.text(2)?);
            if let Some(rows) = pieces.schema(&schema).and_then(|schema| schema.lineage.as_mut()) {
                rows.insert((table, attribute), row.text(3)?);
            }
        }
    }
    Ok(())
}
