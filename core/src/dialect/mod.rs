//! From the logical model to one server's tables, and from a change to its SQL.
//!
//! [`lower`] turns an [`ir::Pipeline`](crate::ir::Pipeline) into the [`Catalog`] that datajoint would have
//! made on a given [`Target`]; a [`Dialect`] says a [`Change`] in SQL. Everything here is pure. `SqlWriter` is the only
//! place that quotes an identifier or a string.

use crate::catalog::{Catalog, Change, Column, ColumnType, Statement, Table};
use crate::ir::Generation;
use crate::source::Span;

/// Which server, of which version, for which generation, in which charset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The server.
    pub server: Server,
    /// Its version, where it is known (`None` when writing SQL for no server in particular).
    pub version: Option<(u32, u32, u32)>,
    /// Charset that new tables will have, for limits in bytes (`utf8mb4` unless known better).
    pub charset: String,
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

impl Server {
    /// Returns the dialect that this server speaks.
    pub fn dialect(self) -> &'static dyn Dialect {
        todo!()
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
}

/// What one family of servers does its own way. Small, object-safe, pure.
pub trait Dialect: Sync {
    /// Returns names and limits.
    fn facts(&self) -> &'static Facts;
    /// Brings a lowered or inspected table to one spelling per meaning.
    fn normalize(&self, table: &mut Table);
    /// Returns the statements that make the change, in order.
    fn render(&self, change: &Change) -> Vec<Statement>;
    /// Returns the type as it is written in DDL.
    fn type_sql(&self, ty: &ColumnType) -> String;
}

/// Something that the target cannot hold or that datajoint would have been refused; callers turn it into a diagnostic.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// The table.
    pub table: crate::ir::TableId,
    /// The attribute, if one is to blame.
    pub attribute: Option<String>,
}

/// The kinds of [`Problem`]; a closed list that the front end gives codes to.
#[derive(Debug, Clone, PartialEq)]
pub enum ProblemKind {
    /// The server has no such type.
    UnsupportedType {
        /// As written.
        type_text: String,
        /// Why, and what to write instead.
        reason: String,
    },
}

#[allow(dead_code)]
fn contract(_: &Catalog, _: &Column, _: Generation) {}
