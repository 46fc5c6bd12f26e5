//! The `~lineage` rows of all schemas, in one query.

use djc_core::dialect::Server;

use super::Pieces;
use crate::db::Db;
use crate::error::Error;
use crate::value::SqlValue;

/// The table that datajoint 2 keeps in every schema.
const TABLE: &str = "~lineage";

/// Reads the rows of every schema that has the table and where it has the columns it should have.
pub(super) async fn read(db: &mut Db, pieces: &mut Pieces) -> Result<(), Error> {
    let columns = ["table_name", "attribute_name", "lineage"];
    let mut parts = Vec::new();
    let mut names: Vec<SqlValue> = Vec::new();
    for schema in pieces.schemas_with(TABLE) {
        let whole = pieces.table(&schema, TABLE).is_some_and(|table| columns.iter().all(|name| table.column(name).is_some()));
        if !whole {
            continue;
        }
        let source = match db.server() {
            Server::MySql | Server::MariaDb => format!("`{}`.`{TABLE}`", schema.replace('`', "``")),
            Server::Postgres => format!("\"{}\".\"{TABLE}\"", schema.replace('"', "\"\"")),
            Server::Sqlite => format!("\"{}.{TABLE}\"", schema.replace('"', "\"\"")),
        };
        let text = if db.server() == Server::Postgres { "::text" } else { "" };
        let mark = db.placeholder(names.len());
        parts.push(format!(
            "SELECT {mark}{text} AS a, table_name{text} AS b, attribute_name{text} AS c, lineage{text} AS d FROM {source}"
        ));
        names.push(SqlValue::Text(schema.clone()));
        if let Some(schema) = pieces.schema(&schema) {
            schema.lineage = Some(Default::default());
        }
    }
    // SQLite allows 500 terms in a compound SELECT; the others thousands.
    for (parts, names) in parts.chunks(400).zip(names.chunks(400)) {
        // Only PostgreSQL numbers its placeholders, and the numbers begin anew with each statement.
        let sql = match db.server() {
            Server::Postgres => parts
                .iter()
                .enumerate()
                .map(|(at, part)| format!("SELECT ${}{}", at + 1, &part[part.find("::").unwrap_or(0)..]))
                .collect::<Vec<_>>()
                .join(" UNION ALL "),
            Server::MySql | Server::MariaDb | Server::Sqlite => parts.join(" UNION ALL "),
        };
        for row in db.query(&sql, names).await? {
            let (schema, table, attribute) = (row.text(0)?, row.text(1)?, row.text(2)?);
            if let Some(rows) = pieces.schema(&schema).and_then(|schema| schema.lineage.as_mut()) {
                rows.insert((table, attribute), row.text(3)?);
            }
        }
    }
    Ok(())
}
