//! The `~lineage` rows of all schemas, in one query.

use djc_core::dialect::{Server, sqlite_table_name};

use super::Pieces;
use crate::db::Db;
use crate::error::Error;

/// The table that datajoint 2 keeps in every schema.
const TABLE: &str = "~lineage";

/// Terms of one UNION: SQLite allows 500, the others thousands.
const TERMS_MAX: usize = 400;

/// Reads the rows of every schema that has the table with the columns it should have; a broken one stays `None`.
pub(super) async fn read(db: &mut Db, pieces: &mut Pieces) -> Result<(), Error> {
    let columns = ["table_name", "attribute_name", "lineage"];
    let mut schemas = pieces.schemas_with(TABLE);
    schemas.retain(|schema| pieces.table(schema, TABLE).is_some_and(|table| columns.iter().all(|name| table.column(name).is_some())));
    for schema in &schemas {
        if let Some(schema) = pieces.schema(schema) {
            schema.lineage = Some(Default::default());
        }
    }
    // The types of a literal and of the columns are only mixed freely by the others.
    let text = if db.server() == Server::Postgres { "::text" } else { "" };
    for chunk in schemas.chunks(TERMS_MAX) {
        let quoting = db.server().dialect().facts().quoting;
        let terms: Vec<String> = chunk
            .iter()
            .map(|schema| {
                let name = quoting.text(schema);
                let source = match db.server() {
                    Server::MySql | Server::MariaDb | Server::Postgres => quoting.qualified(schema, TABLE),
                    Server::Sqlite => quoting.name(&sqlite_table_name(schema, TABLE)),
                };
                format!("SELECT {name}{text} AS a, table_name{text} AS b, attribute_name{text} AS c, lineage{text} AS d FROM {source}")
            })
            .collect();
        for row in db.query(&terms.join(" UNION ALL "), &[]).await? {
            let (schema, table, attribute) = (row.text(0)?, row.text(1)?, row.text(2)?);
            if let Some(rows) = pieces.schema(&schema).and_then(|schema| schema.lineage.as_mut()) {
                rows.insert((table, attribute), row.text(3)?);
            }
        }
    }
    Ok(())
}
