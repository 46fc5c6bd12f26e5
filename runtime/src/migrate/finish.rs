//! The ends of a history in one database: where it begins ([`baseline`]), and where what was parked goes for good ([`finish`]).

use djc_core::plan::Parked;

use super::error::MigrateError;
use super::ledger::{Entry, Ledger};
use super::{Job, RunOptions};
use crate::db::Db;
use crate::run::Progress;

/// Something parked that goes for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The migration that parked it.
    pub migration: String,
    /// What, by the names that it has now.
    pub parked: Parked,
    /// Rows of the table, or values (not NULL) of the column, that go with it.
    pub rows: u64,
}

/// What went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FinishReport {
    /// What was parked and still there, in order of the migrations.
    pub dropped: Vec<Dropped>,
    /// Migrations that are finished now.
    pub finished: Vec<String>,
}

/// Drops what the migrations of a history have parked, up to the named one or all. With [`RunOptions::dry_run`] it only counts.
///
/// # Errors
/// As [`run`](super::run()); an unfinished run of the history is [`MigrateError::Underway`].
pub async fn finish(
    _db: &mut Db,
    _ledger: &Ledger,
    _history: &str,
    _up_to: Option<&str>,
    _options: &RunOptions,
    _progress: &mut dyn Progress,
) -> Result<FinishReport, MigrateError> {
    todo!("on its way")
}

/// Writes down that a database has what the migrations of a history bring, up to that of the job, without having run them. Only its names are used.
///
/// # Errors
/// A ledger that knows the history already.
pub async fn baseline(_db: &mut Db, _ledger: &Ledger, _job: &Job<'_>, _options: &RunOptions) -> Result<Entry, MigrateError> {
    todo!("on its way")
}
