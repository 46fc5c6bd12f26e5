//! Why a deploy stopped, and what to do about it.

use thiserror::Error;

use crate::error::SqlError;
use crate::run::{Blocker, Stopped, Why, held_by};

/// A deploy stopped. What was made until then is whole, and running again goes on from there.
#[derive(Debug, Error)]
pub enum DeployError {
    /// The connection is gone.
    #[error("{source}")]
    Lost {
        /// What was being done.
        statement: String,
        /// What the client saw.
        source: Box<SqlError>,
    },
    /// A lock was not to be had.
    #[error("{statement}: a lock was not to be had in {attempts} attempts{}", held_by(.blockers))]
    Blocked {
        /// What was being done.
        statement: String,
        /// How often it was tried.
        attempts: u32,
        /// Who holds the lock, as far as the server tells.
        blockers: Vec<Blocker>,
        /// The last refusal.
        source: Box<SqlError>,
    },
    /// The account may not do this.
    #[error("{statement}: {source}")]
    Denied {
        /// What was being done.
        statement: String,
        /// The grant that is missing.
        grant: String,
        /// The server's words.
        source: Box<SqlError>,
    },
    /// The server refused for another reason.
    #[error("{statement}: {source}")]
    Refused {
        /// What was being done.
        statement: String,
        /// The whole statement.
        sql: String,
        /// The server's words.
        source: Box<SqlError>,
    },
    /// A parent is neither there nor declared.
    #[error("`{child}` refers to `{parent}`, which is neither declared nor in the database")]
    MissingParent {
        /// `schema.table` of the child.
        child: String,
        /// `schema.table` of the parent.
        parent: String,
    },
    /// A table of generation 2 would stand under one that datajoint 0.14 uses.
    #[error("`{child}` of datajoint 2 would refer to `{parent}`, whose schema is used with datajoint 0.14")]
    SharedParent {
        /// `schema.table` of the child.
        child: String,
        /// `schema.table` of the parent.
        parent: String,
        /// The schema that has to be allowed.
        parent_schema: String,
    },
    /// InnoDB joins text in one charset and collation only.
    #[error(
        "`{child}` would have `{column}` in {child_charset}, and its parent `{parent}` has it in {parent_charset}: no foreign key can join them"
    )]
    ParentCharset {
        /// `schema.table` of the child.
        child: String,
        /// The column of the child.
        column: String,
        /// Charset, or collation where only that differs, of the new table.
        child_charset: String,
        /// `schema.table` of the parent.
        parent: String,
        /// The same of the parent's column.
        parent_charset: String,
    },
    /// A row of `contents` cannot be stored.
    #[error("row {} of the contents of `{table}`, attribute `{attribute}`: {reason}", .row + 1)]
    Contents {
        /// `schema.table`.
        table: String,
        /// Position of the row, from 0.
        row: usize,
        /// The attribute.
        attribute: String,
        /// Why.
        reason: String,
    },
    /// Reading the database failed before anything was changed.
    #[error("the database could not be read: {0}")]
    Inspect(#[source] SqlError),
}

impl DeployError {
    /// Returns a sentence that says what to do.
    pub fn help(&self) -> Option<String> {
        let again = "Nothing is half made: run the same command again, and it goes on where it stopped.";
        match self {
            DeployError::Lost { statement, .. } => Some(format!("The last statement was: {statement}. {again}")),
            DeployError::Blocked { blockers, .. } if blockers.is_empty() => Some(format!(
                "The server does not tell this account who holds the lock; look for open transactions and long-running queries. {again}"
            )),
            DeployError::Blocked { .. } => Some(format!("Wait until that session ends its transaction, or end it. {again}")),
            DeployError::Denied { grant, .. } => Some(format!("The account needs: {grant}")),
            DeployError::MissingParent { .. } => {
                Some("Deploy the schema of the parent first, or add its sources to this project.".to_string())
            }
            DeployError::SharedParent { parent_schema, .. } => Some(format!(
                "Deleting in the parent fails for users of datajoint 0.14 as soon as it cascades into this table, because 0.14 cannot read its \
                 type markers. Where that is wanted, allow schema `{parent_schema}` by name."
            )),
            DeployError::ParentCharset { parent_charset, .. } => Some(format!(
                "Where the child's schema is still to be made, give it the parent's: `charset = \"{parent_charset}\"` below [schemas.NAME] in \
                 djc.toml, or `--charset {parent_charset}`. A schema that exists keeps its own; `ALTER DATABASE` changes what its new tables get."
            )),
            DeployError::Refused { .. } | DeployError::Contents { .. } | DeployError::Inspect(_) => None,
        }
    }
}

impl From<Stopped> for DeployError {
    fn from(stopped: Stopped) -> Self {
        let Stopped { statement, sql, why, source } = stopped;
        match why {
            Why::Lost => DeployError::Lost { statement, source },
            Why::Blocked { attempts, blockers } => DeployError::Blocked { statement, attempts, blockers, source },
            Why::Denied { grant } => DeployError::Denied { statement, grant, source },
            Why::Refused => DeployError::Refused { statement, sql, source },
        }
    }
}
