//! Why a migration stopped, and what to do about it.

use std::path::PathBuf;

use djc_core::plan::Hazard;
use thiserror::Error;

use super::ledger::Entry;
use super::position::TableDrift;
use super::rehearse::Broken;
use crate::error::{ServerCode, SqlError};
use crate::run::{Blocker, held_by};

/// Where in a plan something stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The step, from 0.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
    /// What was being done.
    pub statement: String,
    /// The whole statement, where one was sent.
    pub sql: String,
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "step {} of {}, {}", (self.step + 1).min(self.steps), self.steps, self.statement)
    }
}

/// What a server says of rows that a step does not agree with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFault {
    /// Two rows are equal where they must not be.
    Duplicate,
    /// A NULL stands where none may.
    Null,
    /// A value does not fit into its column.
    Unfit,
    /// A row has no parent, or a child that holds it.
    Reference,
    /// A value breaks a rule of its column.
    Check,
}

impl RowFault {
    /// Returns what is wrong, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            RowFault::Duplicate => "rows that are equal where they must differ",
            RowFault::Null => "a NULL where none may be",
            RowFault::Unfit => "a value that does not fit its column",
            RowFault::Reference => "a row without its parent, or one that others depend on",
            RowFault::Check => "a value that breaks a rule of its column",
        }
    }
}

/// What is wrong with a step that a person wrote.
#[derive(Debug, Error)]
pub enum HandFault {
    /// It needs a folder and the job has none.
    #[error("the command needs the folder of its migration, which is not known here")]
    NoFolder,
    /// The command cannot be started.
    #[error("`{command}` cannot be started: {cause}")]
    Start {
        /// The command.
        command: String,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// The command failed.
    #[error("`{command}` ended with {status}")]
    Command {
        /// The command.
        command: String,
        /// Its exit code or signal.
        status: String,
    },
    /// It ran, and its check says that it is not done.
    #[error("its check still finds {found}")]
    Unproved {
        /// What the check brought: `3 rows`, or the number in its first column.
        found: String,
    },
}

/// What is wrong with a ledger.
#[derive(Debug, Error)]
pub enum LedgerFault {
    /// A row cannot be read.
    #[error("row {number} of the ledger {ledger} cannot be read: {cause}")]
    Damaged {
        /// The ledger.
        ledger: String,
        /// The row.
        number: u64,
        /// Why.
        cause: String,
    },
    /// The table of that name has other columns.
    #[error("{ledger} is not a ledger of djc, or of a djc that is not known here: {cause}")]
    Foreign {
        /// The ledger.
        ledger: String,
        /// What is missing.
        cause: String,
    },
    /// The file cannot be read or written.
    #[error("the ledger {path} cannot be {verb}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        verb: &'static str,
        /// What the operating system says.
        cause: std::io::Error,
    },
    /// Two runs of one history are unfinished.
    #[error("the ledger has two unfinished runs, of `{one}` and of `{other}`, and there can be one only")]
    TwoRunning {
        /// A migration.
        one: String,
        /// Another.
        other: String,
    },
    /// A migration was edited after it was applied.
    #[error("`{migration}` was applied as {applied}, and the files here say {here}")]
    Edited {
        /// The migration.
        migration: String,
        /// Hash in the ledger.
        applied: String,
        /// Hash of the files.
        here: String,
    },
    /// The database has a migration that the files lack.
    #[error("`{migration}` ({hash}) was applied to this database and is not among the files here")]
    Unknown {
        /// The migration.
        migration: String,
        /// Its hash.
        hash: String,
    },
    /// One that was applied stands behind one that was not.
    #[error("`{applied}` was applied, and `{missing}` before it was not")]
    Gap {
        /// The one that was not.
        missing: String,
        /// The one behind it that was.
        applied: String,
    },
    /// A baseline is the first row or none.
    #[error("the ledger already knows this history, up to `{migration}`")]
    NotEmpty {
        /// The last migration in it.
        migration: String,
    },
}

/// A migration stopped. No error of it loses a row, and what was done until then is whole.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The connection is gone.
    #[error("{at}: {source}")]
    Lost {
        /// Where.
        at: At,
        /// What the client saw.
        source: Box<SqlError>,
    },
    /// A lock on a table was not to be had.
    #[error("{at}: a lock was not to be had in {attempts} attempts{}", held_by(.blockers))]
    Blocked {
        /// Where.
        at: At,
        /// How often it was tried.
        attempts: u32,
        /// Who holds the lock, as far as the server tells.
        blockers: Vec<Blocker>,
        /// The last refusal.
        source: Box<SqlError>,
    },
    /// The account may not do this.
    #[error("{at}: {source}")]
    Denied {
        /// Where.
        at: At,
        /// The grant that is missing.
        grant: String,
        /// The server's words.
        source: Box<SqlError>,
    },
    /// The disk of the server is full.
    #[error("{at}: the server has no room left: {source}")]
    Full {
        /// Where.
        at: At,
        /// The server's words.
        source: Box<SqlError>,
    },
    /// Rows are in the way.
    #[error("{at}: {}: {source}", .fault.as_str())]
    Rows {
        /// Where.
        at: At,
        /// What is wrong with them.
        fault: RowFault,
        /// The server's words.
        source: Box<SqlError>,
    },
    /// The server refused for another reason.
    #[error("{at}: {source}")]
    Refused {
        /// Where.
        at: At,
        /// The server's words.
        source: Box<SqlError>,
    },
    /// Foreign keys of SQLite hold no longer behind the last step; all was rolled back.
    #[error("{rows} rows of `{table}` would have no parent in `{parent}`")]
    Orphans {
        /// The child, as SQLite calls it.
        table: String,
        /// The parent.
        parent: String,
        /// How many.
        rows: u64,
    },
    /// A step that a person wrote failed.
    #[error("{at}: {fault}")]
    Hand {
        /// Where.
        at: At,
        /// Why.
        fault: HandFault,
    },
    /// Another run is under way.
    #[error("another run holds the ledger {ledger}{}", held_by(.holders))]
    Busy {
        /// The ledger.
        ledger: String,
        /// Who, as far as the server tells.
        holders: Vec<Blocker>,
    },
    /// Another migration of the history has begun and not ended.
    #[error("`{}` has begun ({}) and is not finished", .entry.migration, .entry.progress())]
    Underway {
        /// Its row.
        entry: Box<Entry>,
    },
    /// The database stands nowhere in the plan.
    #[error("{} of this migration {} not as it expects", tables_text(.drift.len()), if .drift.len() == 1 { "is" } else { "are" })]
    Drifted {
        /// The tables that differ, against the point of the plan that is nearest.
        drift: Vec<TableDrift>,
        /// That point: so many steps are done.
        nearest: usize,
    },
    /// Steps that run only when allowed by name.
    #[error("{} runs only when allowed by name", .hazards.iter().map(|it| it.1.words.as_str()).collect::<Vec<_>>().join("; "))]
    NotAllowed {
        /// Step and hazard.
        hazards: Vec<(usize, Hazard)>,
    },
    /// Rows break the plan.
    #[error("{} of this migration find rows in its way", checks_text(.broken.len()))]
    Broken {
        /// The checks, with their rows.
        broken: Vec<Broken>,
    },
    /// The ledger is not in order.
    #[error("{0}")]
    Ledger(#[from] LedgerFault),
    /// Reading the database failed.
    #[error("the database could not be read: {0}")]
    Read(#[source] SqlError),
}

impl From<SqlError> for MigrateError {
    fn from(error: SqlError) -> Self {
        MigrateError::Read(error)
    }
}

impl MigrateError {
    /// Returns a sentence that says what to do.
    pub fn help(&self) -> Option<String> {
        let again = "No row is lost and no step is half done: run the same command again, and it goes on where it stopped.";
        Some(match self {
            MigrateError::Lost { .. } => again.to_string(),
            MigrateError::Read(error) if error.is_lost() => again.to_string(),
            MigrateError::Read(error) if error.code().is_some_and(ServerCode::is_denied) => {
                "The account may not read this. A migration needs SELECT, INSERT and UPDATE on the table of its ledger, and SELECT on all that it changes."
                    .to_string()
            }
            MigrateError::Read(_) => return None,
            MigrateError::Blocked { blockers, .. } if blockers.is_empty() => {
                format!("The server does not tell this account who holds the lock; look for open transactions and long queries. {again}")
            }
            MigrateError::Blocked { .. } => format!("Wait until that session ends its transaction, or end it. {again}"),
            MigrateError::Denied { grant, .. } => format!("The account needs: {grant}. {again}"),
            MigrateError::Full { .. } => {
                format!("Make room on the server; a table that is rewritten needs its own size once more. {again}")
            }
            MigrateError::Rows { .. } => format!("Mend the rows. {again}"),
            MigrateError::Orphans { .. } => format!("Everything was rolled back. Give those rows their parents, or delete them. {again}"),
            MigrateError::Refused { .. } => format!("Nothing of this statement was done. {again}"),
            MigrateError::Hand { fault: HandFault::Unproved { .. }, .. } => {
                format!("Mend the step or the rows until its check brings no rows, or 0. {again}")
            }
            MigrateError::Hand { .. } => format!("Mend the command. {again}"),
            MigrateError::Busy { .. } => {
                "Wait until that run ends; a statement of a session that died runs on in the server until it is done or killed.".to_string()
            }
            MigrateError::Underway { .. } => {
                "Finish it with `djc migrate resume`, or take it back with `djc migrate rollback`.".to_string()
            }
            MigrateError::Drifted { .. } => {
                "Nothing was sent. Bring those tables back to what the migration expects, or make a migration from what is there."
                    .to_string()
            }
            MigrateError::NotAllowed { hazards } => {
                let names: Vec<String> = hazards.iter().filter_map(|(_, it)| it.allow.as_ref()).map(|it| format!("--allow {it}")).collect();
                format!("Nothing was sent. Where that is wanted, add {}.", names.join(" "))
            }
            MigrateError::Broken { .. } => "Nothing was sent. Mend those rows first.".to_string(),
            MigrateError::Ledger(fault) => fault.help(),
        })
    }
}

impl LedgerFault {
    /// Returns a sentence that says what to do.
    pub fn help(&self) -> String {
        match self {
            LedgerFault::Damaged { .. } => "Somebody changed that row: put it back from a backup, or delete it and say where the database stands with `djc migrate baseline`.".to_string(),
            LedgerFault::Foreign { .. } => "Name another table with `ledger` below [migrate] in djc.toml, or use the newer djc.".to_string(),
            LedgerFault::File { .. } => "Check that the file and its folder may be read and written.".to_string(),
            LedgerFault::TwoRunning { .. } => "Somebody edited the ledger: set the state of the run that did not happen to `failed`, or delete its row.".to_string(),
            LedgerFault::Edited { .. } => "A migration that was applied is never edited: take its files back (`git checkout`), and put the change into a new migration.".to_string(),
            LedgerFault::Unknown { .. } => "Get the files of that migration, from another branch or a newer checkout.".to_string(),
            LedgerFault::Gap { missing, .. } => format!("Two branches were merged, or rows of the ledger are gone. Put `{missing}` behind what was applied with `djc migrate rebase`."),
            LedgerFault::NotEmpty { .. } => "A baseline is for a database that no migration was applied to; `djc migrate status` shows where this one stands.".to_string(),
        }
    }
}

fn tables_text(count: usize) -> String {
    format!("{count} table{}", if count == 1 { "" } else { "s" })
}

fn checks_text(count: usize) -> String {
    format!("{count} check{}", if count == 1 { "" } else { "s" })
}
