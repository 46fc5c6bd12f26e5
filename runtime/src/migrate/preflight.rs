//! What an account needs for a plan, and what hangs on the tables from outside.

use djc_core::catalog::Catalog;
use djc_core::plan::{Plan, TableName};

use super::error::MigrateError;
use super::ledger::Ledger;
use crate::db::Db;
use crate::inspect::{Referrer, Unseen};

/// What is to be known before the first statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preflight {
    /// Grants that the account lacks; it would be refused at some step.
    pub missing: Vec<MissingGrant>,
    /// What keeps the account from seeing all foreign keys onto the tables that change. A plan that does not know a child breaks it.
    pub unseen: Vec<Unseen>,
    /// Foreign keys from schemas outside of the plan onto tables that it changes.
    pub outside: Vec<Referrer>,
    /// Triggers on tables that the plan changes.
    pub triggers: Vec<Trigger>,
}

/// A grant that the account lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingGrant {
    /// The schema; `None` for the whole server or database.
    pub schema: Option<String>,
    /// The statement that an administrator would run.
    pub grant: String,
}

/// A trigger on a table that a plan changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trigger {
    /// The table.
    pub table: TableName,
    /// The trigger.
    pub name: String,
    /// The step that the server refuses because of it: the MySQL family moves no table with a trigger to another schema.
    pub in_the_way_of: Option<usize>,
}

/// Finds out what the account lacks and what hangs on the tables from outside; with a ledger, what that needs too.
///
/// # Errors
/// What the server says when it is read.
pub async fn preflight(_db: &mut Db, _ledger: Option<&Ledger>, _plan: &Plan, _from: &Catalog) -> Result<Preflight, MigrateError> {
    todo!("on its way")
}
