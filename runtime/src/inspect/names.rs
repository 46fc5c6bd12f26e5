//! What tables there are, by name alone.

use djc_core::dialect::Server;

use super::sqlite;
use crate::db::Db;
use crate::error::SqlError;

impl Db {
    /// Returns schema and stored name of every table that the account sees, in order; `~` tables are left out. One query.
    pub async fn table_names(&mut self) -> Result<Vec<(String, String)>, SqlError> {
        let sql = match self.server() {
            Server::MySql | Server::MariaDb => {
                "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b FROM information_schema.TABLES WHERE TABLE_TYPE LIKE '%TABLE' \
                 AND TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"
            }
            Server::Postgres => {
                "SELECT n.nspname::text AS a, c.relname::text AS b FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
            }
            Server::Sqlite => {
                "SELECT name AS a, '' AS b FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            }
        };
        let mut names = Vec::new();
        for row in self.query(sql, &[]).await? {
            let (first, second) = (row.text(0)?, row.text(1)?);
            let name = match self.server() {
                Server::Sqlite => {
                    let (schema, table) = sqlite::split(&first);
                    (schema.to_string(), table.to_string())
                }
                Server::MySql | Server::MariaDb | Server::Postgres => (first, second),
            };
            if !name.1.starts_with('~') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }
}
