//! From the logical model to one server's tables, and from a change to its SQL.
//!
//! [`lower`] turns an [`ir::Pipeline`](crate::ir::Pipeline) into the [`Catalog`] that datajoint
//! would have made on a given [`Target`]; a [`Dialect`] says a [`Change`] in SQL. Everything here is pure.
//! [`SqlWriter`] is the only place that quotes an identifier or a string.

mod around;
pub mod declared;
mod defaults;
mod lower;
mod mysql;
mod names;
mod normal;
mod postgres;
mod problem;
mod rows;
mod sqlite;
mod text;
mod writer;

use crate::catalog::{Catalog, Change, ColumnType, Statement, Table};
use crate::ir::{AttributeType, Generation};
use crate::plan::{Action, Alteration, Cost, Literal, TableName};

pub(crate) use lower::without_auto_increment;
pub use lower::{Lowered, Options, inherited, lower};
pub use names::hidden_timestamp_name;
pub(crate) use names::index_name_bases;
pub use problem::{DefaultProblem, KeyKind, Problem, ProblemKind};
pub use sqlite::{DJC_TABLE, physical_name as sqlite_table_name};
pub use text::{Unlayered, split_marker};
pub use writer::{Quoting, SqlWriter};

/// Which server, of which version, in which charset. The generation is that of each schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The server.
    pub server: Server,
    /// Its version, where it is known (`None` when writing SQL for no server in particular).
    pub version: Option<(u32, u32, u32)>,
    /// The server's own charset, which schemas get that ask for no other; for limits in bytes (`utf8mb4` unless known better).
    pub charset: String,
}

impl Target {
    /// Returns the target for a server of which nothing else is known.
    pub fn new(server: Server) -> Self {
        Target { server, version: None, charset: "utf8mb4".to_string() }
    }
}

/// The servers that djc knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Server {
    /// MySQL 8 and later.
    MySql,
    /// MariaDB 10.5 and later.
    MariaDb,
    /// PostgreSQL 14 and later.
    Postgres,
    /// The embedded SQLite.
    Sqlite,
}

/// All servers, for tests and tables that run over them.
pub const SERVERS: [Server; 4] = [Server::MySql, Server::MariaDb, Server::Postgres, Server::Sqlite];

impl Server {
    /// Returns the dialect that this server speaks.
    pub fn dialect(self) -> &'static dyn Dialect {
        match self {
            Server::MySql => &mysql::MYSQL,
            Server::MariaDb => &mysql::MARIADB,
            Server::Postgres => &postgres::POSTGRES,
            Server::Sqlite => &sqlite::SQLITE,
        }
    }

    /// Returns the name of a table as SQL has it: of two parts, or of one that holds both (SQLite).
    pub fn table_sql(self, schema: &str, table: &str) -> String {
        let quoting = self.dialect().facts().quoting;
        match self {
            Server::MySql | Server::MariaDb | Server::Postgres => quoting.qualified(schema, table),
            Server::Sqlite => quoting.name(&sqlite_table_name(schema, table)),
        }
    }

    /// Returns whether this is MySQL or MariaDB.
    pub fn is_mysql_family(self) -> bool {
        match self {
            Server::MySql | Server::MariaDb => true,
            Server::Postgres | Server::Sqlite => false,
        }
    }

    /// Returns the server's name as people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Server::MySql => "MySQL",
            Server::MariaDb => "MariaDB",
            Server::Postgres => "PostgreSQL",
            Server::Sqlite => "SQLite",
        }
    }
}

/// Names, quoting and limits of a dialect.
#[derive(Debug)]
pub struct Facts {
    /// `mysql`, `postgres`, `sqlite`: the word on the command line.
    pub name: &'static str,
    /// Greatest length of an identifier in bytes (characters on the MySQL family).
    pub identifier_max: usize,
    /// Whether DDL can be rolled back.
    pub transactional_ddl: bool,
    /// How names and texts are quoted.
    pub quoting: Quoting,
}

/// Why a server cannot hold a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The reason, and what to write instead.
    pub reason: String,
}

/// What one family of servers does its own way. Small, object-safe, pure.
pub trait Dialect: Sync {
    /// Returns names and limits.
    fn facts(&self) -> &'static Facts;
    /// Returns what an own attribute of this type is stored as; enum types of PostgreSQL still lack their name.
    fn column_type(&self, ty: &AttributeType, generation: Generation) -> Result<ColumnType, Unsupported>;
    /// Returns whether the comment of an own column of this type repeats the type text, given what the generation says itself.
    fn has_marker(&self, ty: &AttributeType, generation: Generation, marker: bool) -> bool;
    /// Brings a lowered or inspected table to one spelling per meaning, so that both compare with `==`.
    ///
    /// After it: types without digits or widths that the server adds by itself; constants in one spelling; no names where the
    /// server chooses them (foreign keys everywhere, indexes of the MySQL family); foreign keys and indexes in one order,
    /// all with [`IndexOrigin::Live`](crate::catalog::IndexOrigin::Live); no charset of the table, no generation and no
    /// declared type except on SQLite.
    fn normalize(&self, table: &mut Table);
    /// Returns the statements that make the change, in order. Those that create can be run again without harm.
    fn render(&self, change: &Change) -> Vec<Statement>;
    /// Returns the type as it is written in DDL.
    fn type_sql(&self, ty: &ColumnType) -> String;
    /// Returns the statements that take the step, in order, on a database that is as `before` says.
    ///
    /// Where DDL cannot be rolled back, a step that changes a table is one statement. Foreign keys and indexes that the server named
    /// need their names in `before` ([`adopt_names`](crate::plan::adopt_names)); those without get the name that the server would have chosen.
    /// A hand-written step has no statements here.
    fn alter(&self, action: &Action, before: &Catalog) -> Vec<Statement>;
    /// Returns how a server of this version takes the step; a version that is not known counts as the oldest that djc knows.
    fn cost(&self, action: &Action, before: &Catalog, version: Option<(u32, u32, u32)>) -> Cost;
    /// Cuts the alterations of one table into those that this server takes, or takes best, in one statement each; in their order.
    ///
    /// Each piece is an [`Action::AlterTable`] of its own.
    fn split(
        &self,
        table: &TableName,
        alterations: &[Alteration],
        before: &Catalog,
        version: Option<(u32, u32, u32)>,
    ) -> Vec<Vec<Alteration>>;
    /// Returns a constant as it is written for a column of this type.
    fn literal_sql(&self, literal: &Literal, ty: &ColumnType) -> String;
}
