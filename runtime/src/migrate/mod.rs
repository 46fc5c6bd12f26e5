//! Applies a [`Plan`] to a live database so that a cut at any point is mended by one more run.
//!
//! Nothing here decides what is to be done: the plan does. A run holds the lock of its [`Ledger`], finds out [where the database
//! stands](position()) in the plan, and takes the steps that are left, each written down behind it. What the ledger says is only the least
//! that was done; the tables themselves say how far things are, whoever brought them there. A database that stands nowhere in the plan
//! has drifted, and nothing is sent.
//!
//! On the MySQL family each step that changes a table is one statement, whole by itself. PostgreSQL and SQLite take all steps in one
//! transaction together with the rows of the ledger; only a hand-written command, which has a connection of its own, cuts it in two.

mod begin;
mod error;
mod finish;
mod hand;
mod ledger;
mod lock;
mod needs;
mod position;
mod preflight;
mod refused;
mod rehearse;
mod run;
mod standing;
mod together;

use std::path::Path;
use std::time::Duration;

use djc_core::catalog::Catalog;
use djc_core::plan::{Hazard, Plan};
use serde::{Deserialize, Serialize};

use crate::run::{LOCK_WAIT, Sending, WATCH};

pub use crate::run::{Blocker, Progress, Silent};
pub use error::{At, HandFault, LedgerFault, MigrateError, RowFault};
pub use finish::{Dropped, FinishReport, baseline, finish};
pub use ledger::{Entry, Ledger, Place, State, Stored};
pub use lock::Lock;
pub use position::{Position, TableDrift, position};
pub use preflight::{MissingGrant, Preflight, Trigger, preflight};
pub use rehearse::{Broken, Rehearsal, Size, Unasked, rehearse};
pub use run::run;
pub use standing::{Link, Standing, standing};

/// Which way a migration is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the state before it to the state behind it.
    Up,
    /// Back.
    Down,
}

impl Direction {
    /// Returns the word that the ledger and JSON have.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }
}

/// One migration, to be taken in one direction.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Name of the history.
    pub history: &'a str,
    /// Name of the migration: `0007_add_region`.
    pub migration: &'a str,
    /// Its hash in the chain.
    pub hash: &'a str,
    /// Which way.
    pub direction: Direction,
    /// The steps.
    pub plan: &'a Plan,
    /// What the database is before the first one, as lowered for this server.
    pub from: &'a Catalog,
    /// The djc that runs it.
    pub version: &'a str,
    /// Who runs it, for the ledger: `ana@rig3`.
    pub by: &'a str,
    /// The folder that hand-written commands run in; `None` when there are none.
    pub folder: Option<&'a Path>,
    /// What hand-written commands find in their environment beside the variables of the database.
    pub environment: &'a [(String, String)],
}

/// How to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// How long one statement waits for a lock. Short, because a waiting ALTER makes everybody behind it wait too.
    pub lock_wait: Duration,
    /// How often a statement is tried that does not get its lock.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles each time.
    pub backoff: Duration,
    /// How long to wait for another run to end.
    pub ledger_wait: Duration,
    /// How long one statement may take.
    pub statement_max: Duration,
    /// How often another connection looks whether the session of a long statement is still there.
    pub watch: Duration,
    /// Hazards that may happen, by the words that they ask for; see [`Hazard::allow`].
    pub allow: Vec<String>,
    /// Whether the checks of the plan are asked before its first step.
    pub checks: bool,
    /// Only find out what would be sent.
    pub dry_run: bool,
    /// Cuts the connection after this many statements, for tests of what a cut wire leaves behind.
    pub cut_after: Option<usize>,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            lock_wait: LOCK_WAIT,
            attempts: 5,
            backoff: Duration::from_secs(1),
            ledger_wait: Duration::from_secs(10),
            statement_max: Duration::from_secs(7 * 24 * 3600),
            watch: WATCH,
            allow: Vec::new(),
            checks: true,
            dry_run: false,
            cut_after: None,
        }
    }
}

impl RunOptions {
    fn sending(&self) -> Sending {
        let RunOptions { lock_wait, attempts, backoff, watch, cut_after, .. } = *self;
        Sending { lock_wait, attempts, backoff, watch, cut_after }
    }

    /// Returns whether a hazard may happen.
    pub fn allows(&self, hazard: &Hazard) -> bool {
        hazard.allow.as_ref().is_none_or(|name| self.allow.contains(name))
    }
}

/// What became of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It ran.
    Ran,
    /// The database was behind it already: a run that was cut off, or a person, has done it.
    Found,
    /// It would run.
    Planned,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Its place in the plan, from 0.
    pub step: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// What was sent, or would be; empty for a command.
    pub statements: Vec<String>,
    /// Rows that it touched.
    pub rows: u64,
    /// How long it took.
    pub took: Duration,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunReport {
    /// Where the database stood: so many steps were done before.
    pub began_at: usize,
    /// Whether it went on with a run that had begun before, by the plan that had begun.
    pub resumed: bool,
    /// The steps, those found done included.
    pub steps: Vec<StepReport>,
    /// Statements that were sent, the ledger's included.
    pub statements: usize,
}
