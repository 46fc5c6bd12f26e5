//! How a database is doing: rows, sizes, jobs, what is not populated, who wrote last.
//!
//! A [`Status`] is about the tables of a catalog that was [inspected](crate::inspect). It asks a constant number of queries, whatever the
//! number of tables, from what the server knows anyway; row counts are then estimates. Counting ([`StatusOptions::exact`]) asks one query per table.
//! SQLite knows nothing by itself, so its tables are always counted.

mod activity;
mod jobs;
mod progress;
mod statistics;

use std::collections::{BTreeMap, BTreeSet};

use djc_core::catalog::Catalog;
use djc_core::dialect::Server;

use crate::db::Db;
use crate::error::SqlError;

pub use activity::{LastEvent, Mention};
pub use jobs::{JobError, Jobs};
pub use progress::Progress;

/// Schema and stored name of a table.
pub type TableKey = (String, String);

/// What to find out.
#[derive(Debug, Clone, Default)]
pub struct StatusOptions {
    /// Whether rows and keys are counted.
    pub exact: bool,
    /// Tables with a key source of their own, of which the database knows nothing.
    pub own_key_source: BTreeSet<TableKey>,
    /// Whether `~log` is searched for each table's last mention.
    pub mentions: bool,
}

/// How many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Counted.
    Exact(u64),
    /// As the server's statistics have it.
    Estimated(u64),
}

impl Count {
    /// Returns the number.
    pub fn number(self) -> u64 {
        match self {
            Count::Exact(number) | Count::Estimated(number) => number,
        }
    }

    /// Returns whether it was counted.
    pub fn is_exact(self) -> bool {
        matches!(self, Count::Exact(_))
    }
}

/// What a server knows about one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableStatus {
    /// Rows; `None` for a view, or where the server has never looked.
    pub rows: Option<Count>,
    /// Bytes of rows.
    pub data_bytes: Option<u64>,
    /// Bytes of indexes.
    pub index_bytes: Option<u64>,
    /// When somebody wrote last, in the server's time; the MySQL family forgets it when it restarts, the others do not know.
    pub last_write: Option<String>,
    /// For tables that are populated: how far.
    pub progress: Option<Progress>,
    /// For tables that are populated: their jobs.
    pub jobs: Jobs,
    /// The last mention in `~log`, where it was asked for.
    pub mention: Option<Mention>,
}

/// How a database is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// All tables and views of the catalog.
    pub tables: BTreeMap<TableKey, TableStatus>,
    /// What `~log` says last, by schema (datajoint 0.14).
    pub log: BTreeMap<String, LastEvent>,
    /// What could not be read, a sentence each.
    pub notes: Vec<String>,
}

impl Db {
    /// Returns how the tables of a catalog are doing.
    pub async fn status(&mut self, catalog: &Catalog, options: &StatusOptions) -> Result<Status, SqlError> {
        let mut status = Status::default();
        for table in catalog.tables() {
            status.tables.insert((table.schema.clone(), table.name.clone()), TableStatus::default());
        }
        if status.tables.is_empty() {
            return Ok(status);
        }
        statistics::read(self, catalog, &mut status).await?;
        if options.exact {
            statistics::count(self, catalog, &mut status).await?;
        }
        jobs::read(self, catalog, &mut status).await?;
        activity::read(self, catalog, options.mentions, &mut status).await?;
        if options.exact {
            progress::count(self, catalog, options, &mut status).await?;
        } else {
            progress::estimate(catalog, options, &mut status);
        }
        Ok(status)
    }

    /// Returns a table as SQL names it.
    pub(crate) fn source(&self, schema: &str, table: &str) -> String {
        self.server().table_sql(schema, table)
    }

    /// Returns a constant text of SQL, of one collation with every other.
    fn constant(&self, text: &str) -> String {
        let quoted = self.server().dialect().facts().quoting.text(text);
        match self.server() {
            Server::MySql | Server::MariaDb => format!("CONVERT({quoted} USING utf8mb4) COLLATE utf8mb4_bin"),
            Server::Postgres => format!("{quoted}::text"),
            Server::Sqlite => quoted,
        }
    }

    /// Returns a column as text of one collation.
    fn as_text(&self, column: &str) -> String {
        match self.server() {
            Server::MySql | Server::MariaDb => format!("CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin"),
            Server::Postgres => format!("{column}::text"),
            Server::Sqlite => format!("CAST({column} AS TEXT)"),
        }
    }

    /// Runs the terms as few statements and returns all their rows. What the account may not read, and what has gone meanwhile, is a
    /// note and no failure.
    async fn union(&mut self, terms: &[String], what: &str, notes: &mut Vec<String>) -> Result<Vec<crate::value::Row>, SqlError> {
        let mut rows = Vec::new();
        for chunk in terms.chunks(TERMS_MAX) {
            match self.query(&chunk.join(" UNION ALL "), &[]).await {
                Ok(found) => rows.extend(found),
                Err(SqlError::Server { code, message, .. }) if code.is_denied() || code.is_missing() => {
                    notes.push(format!("{what} could not be read: {message}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }
}

/// Terms of one UNION: SQLite allows 500, the others thousands.
const TERMS_MAX: usize = 400;
