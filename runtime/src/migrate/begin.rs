//! What the ledger has of a job, and whether it may begin.

use djc_core::plan::{self, Hazard, Plan};

use super::error::{LedgerFault, MigrateError};
use super::ledger::{self, Entry, State, Stored};
use super::position::Course;
use super::{Direction, Job, RunOptions};

/// What the ledger has of a job.
pub(super) enum Last {
    None,
    Unfinished(Box<Entry>),
    /// With the number of its steps.
    Done(usize),
}

/// Returns what the ledger has of a job.
pub(super) fn last_run(entries: &[Entry], job: &Job<'_>) -> Result<Last, MigrateError> {
    let ours = || entries.iter().filter(|entry| entry.history == job.history);
    let mut unfinished = ours().filter(|entry| entry.is_unfinished());
    let first = unfinished.next();
    if let (Some(one), Some(other)) = (first, unfinished.find(|other| first.is_some_and(|one| one.migration != other.migration))) {
        return Err(LedgerFault::TwoRunning { one: one.migration.clone(), other: other.migration.clone() }.into());
    }
    let last = ours().rfind(|entry| entry.migration == job.migration);
    if let Some(entry) = last.filter(|entry| entry.hash != job.hash && entry.is_in_effect()) {
        return Err(edited(entry, job));
    }
    if let Some(entry) = ours().find(|entry| entry.is_unfinished()) {
        return match last {
            Some(last) if last.is_unfinished() && last.direction == job.direction => Ok(Last::Unfinished(Box::new(last.clone()))),
            // What stopped on its way up may be taken back from there.
            Some(last) if last.is_unfinished() && job.direction == Direction::Down => Ok(Last::None),
            Some(_) | None => Err(MigrateError::Underway { entry: Box::new(entry.clone()) }),
        };
    }
    Ok(match last {
        Some(last) if job.direction == Direction::Up && last.is_in_effect() => Last::Done(job.plan.steps.len()),
        Some(last) if job.direction == Direction::Down && last.direction == Direction::Down => Last::Done(job.plan.steps.len()),
        Some(_) | None => Last::None,
    })
}

fn edited(entry: &Entry, job: &Job<'_>) -> MigrateError {
    let (migration, applied) = (entry.migration.clone(), entry.hash.clone());
    LedgerFault::Edited { migration, applied, here: job.hash.to_string() }.into()
}

/// Returns whether an unfinished run goes on by the plan of the job: nothing of it was done, or a person has mended a step that was not.
/// Otherwise it goes by the plan that began.
///
/// # Errors
/// A migration that was edited in steps that are done.
pub(super) fn goes_by_job(entry: &Entry, job: &Job<'_>) -> Result<bool, MigrateError> {
    let nothing_done = entry.state == State::Failed && entry.step == 0;
    if nothing_done || entry.hash == job.hash {
        return Ok(nothing_done);
    }
    let done = |plan: &Plan| plan.steps.get(..entry.step).map(<[plan::Step]>::to_vec);
    let is_mended = entry.stored.as_ref().is_some_and(|stored| done(&stored.plan).is_some() && done(&stored.plan) == done(job.plan));
    if is_mended { Ok(true) } else { Err(edited(entry, job)) }
}

/// Returns the hazards of the steps that are left which nobody has allowed.
pub(super) fn hazards(plan: &Plan, at: usize, options: &RunOptions) -> Vec<(usize, Hazard)> {
    let of = |(step, it): (usize, &plan::Step)| it.hazards.iter().map(|hazard| (step, hazard.clone())).collect::<Vec<_>>();
    plan.steps.iter().enumerate().skip(at).flat_map(of).filter(|(_, hazard)| !options.allows(hazard)).collect()
}

/// Returns the row of a run that goes by the plan of a job.
pub(super) fn new_entry(number: u64, job: &Job<'_>, course: &Course<'_>) -> Entry {
    Entry {
        number,
        history: job.history.to_string(),
        migration: job.migration.to_string(),
        hash: job.hash.to_string(),
        version: job.version.to_string(),
        direction: job.direction,
        state: State::Running,
        step: 0,
        steps: job.plan.steps.len(),
        stored: Some(Stored { plan: job.plan.clone(), from: course.kept_from() }),
        started: ledger::now(),
        ended: None,
        by: job.by.to_string(),
    }
}
