//! Takes the steps of a plan.

use super::error::MigrateError;
use super::ledger::Ledger;
use super::{Job, RunOptions, RunReport};
use crate::db::Db;
use crate::run::Progress;

/// Takes the steps of a job that are left.
///
/// A run that began before and was cut off is resumed by the plan that began, which the ledger has. With
/// [`RunOptions::dry_run`] nothing is sent: the report has the statements.
///
/// # Errors
/// See [`MigrateError`]; after any of them, running again is safe.
pub async fn run(
    _db: &mut Db,
    _ledger: &Ledger,
    _job: &Job<'_>,
    _options: &RunOptions,
    _progress: &mut dyn Progress,
) -> Result<RunReport, MigrateError> {
    todo!("on its way")
}
