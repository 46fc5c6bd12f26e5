//! What the account of a connection may do.

use djc_core::dialect::Server;

use super::{Connection, Session};
use crate::fault::Error;

impl Connection {
    /// Returns what the account may do, in the words of the server; one right or statement in a line. SQLite has no accounts.
    ///
    /// # Errors
    /// What the server says when it is asked.
    pub async fn grants(&self) -> Result<Vec<String>, Error> {
        let mut db = self.lock().await?;
        let sql = match db.server() {
            Server::MySql | Server::MariaDb => "SHOW GRANTS",
            Server::Postgres => POSTGRES,
            Server::Sqlite => return Ok(Vec::new()),
        };
        let rows = db.query(sql, &[]).await?;
        Ok(rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?)
    }
}

/// The schemas that the account may use or create in, and the tables of which it has rights.
const POSTGRES: &str = "SELECT 'USAGE' || CASE WHEN has_schema_privilege(oid, 'CREATE') THEN ', CREATE' ELSE '' END \
     || ' ON SCHEMA ' || quote_ident(nspname) AS a FROM pg_catalog.pg_namespace \
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'USAGE') \
     UNION ALL SELECT string_agg(privilege_type, ', ' ORDER BY privilege_type) || ' ON ' || quote_ident(table_schema) || '.' || quote_ident(table_name) \
     FROM information_schema.table_privileges WHERE table_schema !~ '^pg_' AND table_schema <> 'information_schema' \
     AND (grantee = current_user OR grantee = 'PUBLIC') GROUP BY table_schema, table_name ORDER BY 1";
