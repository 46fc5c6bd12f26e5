//! Asks the rows whether a plan would come to its end, and how large the tables are that it changes. Nothing is written.

use djc_core::catalog::Catalog;
use djc_core::plan::{Check, Plan, TableName};

use super::error::MigrateError;
use crate::db::Db;
use crate::status::Count;

/// What the rows say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rehearsal {
    /// Checks that find rows.
    pub broken: Vec<Broken>,
    /// Checks that the server did not answer.
    pub unasked: Vec<Unasked>,
    /// The tables that the plan changes and that exist, in order.
    pub sizes: Vec<Size>,
}

/// A check that finds rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The check.
    pub check: Check,
    /// How many rows.
    pub rows: u64,
    /// The first five, each by the values of [`Check::key`].
    pub keys: Vec<Vec<String>>,
}

/// A check that the server did not answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Unasked {
    /// The check.
    pub check: Check,
    /// The server's words.
    pub cause: String,
}

/// How large a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// The table.
    pub table: TableName,
    /// Rows, mostly estimated.
    pub rows: Option<Count>,
    /// Bytes of rows and indexes.
    pub bytes: Option<u64>,
}

/// Asks the checks of a plan, and the sizes of the tables that it changes.
///
/// # Errors
/// A connection that is lost. What the server refuses to answer is listed.
pub async fn rehearse(_db: &mut Db, _plan: &Plan, _from: &Catalog) -> Result<Rehearsal, MigrateError> {
    todo!("the SQL of checks is on its way")
}
