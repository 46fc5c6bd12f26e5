//! Foreign keys that come from schemas which are not read.

use djc_core::dialect::Server;

use super::{Pieces, grants};
use crate::db::Db;
use crate::error::SqlError;

/// A foreign key of a table in a schema that was not read, onto one that was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referrer {
    /// Schema of the child.
    pub schema: String,
    /// The child.
    pub table: String,
    /// Schema of the parent.
    pub parent_schema: String,
    /// The parent.
    pub parent_table: String,
}

/// Reads them in one query.
pub(super) async fn read(db: &mut Db, reads_innodb: bool, pieces: &mut Pieces) -> Result<(), SqlError> {
    let mut out = every(db, reads_innodb).await?;
    out.retain(|it| pieces.schema(&it.schema).is_none() && pieces.table(&it.parent_schema, &it.parent_table).is_some());
    pieces.referrers = out;
    Ok(())
}

/// Reads who refers to whom, of all schemas, as far as the account may know.
pub(super) async fn all(db: &mut Db) -> Result<Vec<Referrer>, SqlError> {
    let reads_innodb = db.server().is_mysql_family() && grants::read(db).await?.reads_innodb();
    every(db, reads_innodb).await
}

/// Reads all foreign keys in one query. InnoDB's own tables show those of schemas on which the account has no rights.
async fn every(db: &mut Db, reads_innodb: bool) -> Result<Vec<Referrer>, SqlError> {
    let sql = match db.server() {
        // A row of information_schema costs the server the opening of a table, one of InnoDB's nothing.
        Server::MySql if reads_innodb => {
            "SELECT SUBSTRING_INDEX(FOR_NAME, '/', 1) AS a, SUBSTRING(FOR_NAME, LOCATE('/', FOR_NAME) + 1) AS b, \
             SUBSTRING_INDEX(REF_NAME, '/', 1) AS c, SUBSTRING(REF_NAME, LOCATE('/', REF_NAME) + 1) AS d \
             FROM information_schema.INNODB_FOREIGN"
                .to_string()
        }
        Server::MariaDb if reads_innodb => {
            // Names stand there as the names of files do: `@0023` for `#`.
            let name = |column: &str, at: i8| {
                format!(
                    "CONVERT(CAST(CAST(SUBSTRING_INDEX({column}, '/', {at}) AS BINARY) AS CHAR CHARACTER SET filename) USING utf8mb4)"
                )
            };
            format!(
                "SELECT {} AS a, {} AS b, {} AS c, {} AS d FROM information_schema.INNODB_SYS_FOREIGN",
                name("FOR_NAME", 1),
                name("FOR_NAME", -1),
                name("REF_NAME", 1),
                name("REF_NAME", -1),
            )
        }
        Server::MySql | Server::MariaDb => {
            "SELECT DISTINCT TABLE_SCHEMA AS a, TABLE_NAME AS b, REFERENCED_TABLE_SCHEMA AS c, REFERENCED_TABLE_NAME AS d \
             FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL"
                .to_string()
        }
        Server::Postgres => {
            "SELECT n.nspname::text AS a, c.relname::text AS b, pn.nspname::text AS c, p.relname::text AS d FROM pg_catalog.pg_constraint o \
             JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_class p ON p.oid = o.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
             WHERE o.contype = 'f'"
                .to_string()
        }
        Server::Sqlite => {
            "SELECT m.name AS a, x.\"table\" AS b FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) x WHERE m.type = 'table'"
                .to_string()
        }
    };
    let mut out = Vec::new();
    for row in db.query(&sql, &[]).await? {
        let referrer = match db.server() {
            Server::MySql | Server::MariaDb | Server::Postgres => {
                Referrer { schema: row.text(0)?, table: row.text(1)?, parent_schema: row.text(2)?, parent_table: row.text(3)? }
            }
            Server::Sqlite => {
                let (child, parent) = (row.text(0)?, row.text(1)?);
                let ((schema, table), (parent_schema, parent_table)) = (super::sqlite::split(&child), super::sqlite::split(&parent));
                let [schema, table, parent_schema, parent_table] = [schema, table, parent_schema, parent_table].map(str::to_string);
                Referrer { schema, table, parent_schema, parent_table }
            }
        };
        out.push(referrer);
    }
    out.sort();
    out.dedup();
    Ok(out)
}
