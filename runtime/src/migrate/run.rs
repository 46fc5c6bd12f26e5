//! Takes the steps of a plan.

use std::sync::Arc;
use std::time::Instant;

use djc_core::catalog::{Catalog, Change, Statement};
use djc_core::dialect::{Server, sqlite_table_name};
use djc_core::plan::{self, Action, HandStep, Hazard, Plan, Script, TableName};

use super::error::{At, HandFault, LedgerFault, MigrateError, RowFault};
use super::hand;
use super::ledger::{self, Entry, Ledger, Place, State, Stored};
use super::lock::Lock;
use super::position::{Course, Position};
use super::rehearse::rehearse;
use super::{Direction, Job, Outcome, RunOptions, RunReport, StepReport};
use crate::db::Db;
use crate::error::{Error, ServerCode};
use crate::inspect::InspectOptions;
use crate::run::{Blocker, Failure, Progress, Runner, Stopped, Unit, Why};

/// Takes the steps of a job that are left.
///
/// A run that began before and was cut off is resumed by the plan that began, which the ledger has. A job that the ledger has as done takes no
/// step. With [`RunOptions::dry_run`] nothing is sent: the report has the statements.
///
/// # Errors
/// See [`MigrateError`]; after any of them, running again is safe.
pub async fn run(
    db: &mut Db,
    ledger: &Ledger,
    job: &Job<'_>,
    options: &RunOptions,
    progress: &mut dyn Progress,
) -> Result<RunReport, MigrateError> {
    let patience = db.operation_timeout();
    db.set_operation_timeout(options.statement_max).await?;
    db.set_lock_wait(options.lock_wait).await?;
    let outcome = if options.dry_run {
        locked(db, ledger, job, options, progress).await
    } else {
        let lock = Lock::take(db, ledger, job.history, options, progress).await?;
        let mut outcome = locked(db, ledger, job, options, progress).await;
        // On SQLite another run may have come between the reading of the ledger and the transaction.
        if db.server() == Server::Sqlite && matches!(outcome, Err(MigrateError::Busy { .. })) {
            outcome = locked(db, ledger, job, options, progress).await;
        }
        lock.release(db).await;
        outcome
    };
    // A connection that is gone needs no setting.
    let _ = db.set_operation_timeout(patience).await;
    outcome
}

async fn locked(
    db: &mut Db,
    ledger: &Ledger,
    job: &Job<'_>,
    options: &RunOptions,
    progress: &mut dyn Progress,
) -> Result<RunReport, MigrateError> {
    let entries = ledger.read(db).await?;
    let begun = match last_run(&entries, job)? {
        Last::Done(steps) => return Ok(RunReport { began_at: steps, ..RunReport::default() }),
        Last::Unfinished(entry) => Some(*entry),
        Last::None => None,
    };
    let resumed = begun.is_some();
    let stored = begun.as_ref().and_then(|entry| entry.stored.clone());
    let (plan, from) = stored.as_ref().map_or((job.plan, job.from), |stored| (&stored.plan, &stored.from));
    let job = &Job { plan, from, ..*job };
    let course = Course::new(plan, from, db.server());
    let done = begun.as_ref().map_or(0, |entry| entry.step);
    let at = match course.position(&course.live(db).await?, done) {
        Position::At(at) => at,
        Position::Done => plan.steps.len(),
        Position::Drifted { nearest, drift } => return Err(MigrateError::Drifted { drift, nearest }),
    };
    // Whoever began it has allowed it, and its checks were asked of the rows from before.
    if !resumed {
        let hazards = hazards(plan, at, options);
        if !hazards.is_empty() {
            return Err(MigrateError::NotAllowed { hazards });
        }
        if at == 0 && options.checks && !options.dry_run && !plan.checks.is_empty() {
            let broken = rehearse(db, plan, from).await?.broken;
            if !broken.is_empty() {
                return Err(MigrateError::Broken { broken });
            }
        }
    }
    let entry = begun.unwrap_or_else(|| new_entry(&entries, job, &course));
    let runner = Runner { db, sending: options.sending(), progress, sent: 0, watcher: None };
    let mut run = Run { runner, ledger, job, options, course, entry, report: RunReport { began_at: at, resumed, ..RunReport::default() } };
    let outcome = if options.dry_run { run.rehearse(at).await } else { run.take(at).await };
    run.report.statements = run.runner.sent;
    if let Some(watcher) = run.runner.watcher {
        watcher.close().await;
    }
    outcome.map(|()| run.report)
}

/// What the ledger has of a job.
enum Last {
    None,
    Unfinished(Box<Entry>),
    /// With the number of its steps.
    Done(usize),
}

fn last_run(entries: &[Entry], job: &Job<'_>) -> Result<Last, MigrateError> {
    let ours = || entries.iter().filter(|entry| entry.history == job.history);
    let mut unfinished = ours().filter(|entry| entry.is_unfinished());
    let first = unfinished.next();
    if let (Some(one), Some(other)) = (first, unfinished.find(|other| first.is_some_and(|one| one.migration != other.migration))) {
        return Err(LedgerFault::TwoRunning { one: one.migration.clone(), other: other.migration.clone() }.into());
    }
    let last = ours().rfind(|entry| entry.migration == job.migration);
    if let Some(entry) = last.filter(|entry| entry.hash != job.hash && (entry.is_unfinished() || entry.is_in_effect())) {
        let (migration, applied) = (entry.migration.clone(), entry.hash.clone());
        return Err(LedgerFault::Edited { migration, applied, here: job.hash.to_string() }.into());
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

/// Returns the hazards of the steps that are left which nobody has allowed.
fn hazards(plan: &Plan, at: usize, options: &RunOptions) -> Vec<(usize, Hazard)> {
    let of = |(step, it): (usize, &plan::Step)| it.hazards.iter().map(|hazard| (step, hazard.clone())).collect::<Vec<_>>();
    plan.steps.iter().enumerate().skip(at).flat_map(of).filter(|(_, hazard)| !options.allows(hazard)).collect()
}

fn new_entry(entries: &[Entry], job: &Job<'_>, course: &Course<'_>) -> Entry {
    Entry {
        number: entries.iter().map(|entry| entry.number).max().unwrap_or(0) + 1,
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

struct Run<'a> {
    runner: Runner<'a>,
    ledger: &'a Ledger,
    job: &'a Job<'a>,
    options: &'a RunOptions,
    course: Course<'a>,
    entry: Entry,
    report: RunReport,
}

impl Run<'_> {
    /// Finds out what would be sent.
    async fn rehearse(&mut self, at: usize) -> Result<(), MigrateError> {
        let plan = self.job.plan;
        self.runner.progress.started(plan.steps.len() - at);
        for (step, it) in plan.steps.iter().enumerate().skip(at) {
            self.runner.progress.statement(&it.reason);
            let statements = self.statements(step).await?.into_iter().map(|it| it.sql).collect();
            self.report.steps.push(StepReport { step, outcome: Outcome::Planned, statements, rows: 0, took: Default::default() });
            self.runner.progress.done();
        }
        Ok(())
    }

    /// Takes the steps that are left.
    async fn take(&mut self, at: usize) -> Result<(), MigrateError> {
        let steps = self.job.plan.steps.len();
        let found = self.report.began_at;
        self.ensure_ledger().await?;
        self.prove_passed(self.entry.step, found).await?;
        self.runner.progress.started(steps - at);
        for step in self.entry.step..at {
            self.report.steps.push(StepReport { step, outcome: Outcome::Found, statements: Vec::new(), rows: 0, took: Default::default() });
        }
        let outcome = if self.runner.db.server().dialect().facts().transactional_ddl {
            self.take_together(at).await
        } else {
            self.take_apart(at).await
        };
        if let Err(error) = &outcome {
            self.note_failure(error).await;
        }
        outcome
    }

    async fn ensure_ledger(&mut self) -> Result<(), MigrateError> {
        let steps = self.ledger.creation(self.runner.db, self.job.plan).await?;
        if steps.is_empty() {
            return Ok(());
        }
        let unit = Unit { summary: format!("create the ledger {}", self.ledger), schema: None, steps, transaction: false };
        match self.runner.run(&unit).await {
            Ok(_) => Ok(()),
            Err(stopped) => Err(self.failed(self.entry.step, stopped)),
        }
    }

    /// Asks the checks of hand-written steps that the database is behind although no run has taken them.
    async fn prove_passed(&mut self, done: usize, at: usize) -> Result<(), MigrateError> {
        for step in done..at {
            let Action::Hand(hand) = &self.job.plan.steps[step].action else { continue };
            // What it asks about may be gone by now.
            if let Ok(Some(found)) = hand::unproved(self.runner.db, hand).await {
                return Err(MigrateError::Hand { at: self.at(step, &hand.summary, ""), fault: HandFault::Unproved { found } });
            }
        }
        Ok(())
    }

    /// One step after the other, each followed by the ledger.
    async fn take_apart(&mut self, at: usize) -> Result<(), MigrateError> {
        let steps = self.job.plan.steps.len();
        self.begin_entry(at).await?;
        for step in at..steps {
            let began = Instant::now();
            let report = self.step_alone(step, began).await?;
            self.report.steps.push(report);
            self.entry.step = step + 1;
            if step + 1 < steps {
                self.write_entry(step).await?;
            }
            self.runner.progress.done();
        }
        self.end().await
    }

    async fn step_alone(&mut self, step: usize, began: Instant) -> Result<StepReport, MigrateError> {
        if let Action::Hand(hand) = &self.job.plan.steps[step].action {
            return self.hand_alone(step, hand, began).await;
        }
        let statements = self.statements(step).await?;
        let action = &self.job.plan.steps[step].action;
        // Rows of ~lineage, and of contents, are changed as a whole.
        let unit = self.unit(step, &statements, action.is_data() && statements.len() > 1);
        let mut outcome = Outcome::Ran;
        let rows = match self.runner.run(&unit).await {
            Ok(rows) => rows,
            Err(stopped) if matches!(stopped.why, Why::Lost) => return Err(self.failed(step, stopped)),
            Err(stopped) if self.is_behind(step).await => {
                drop(stopped);
                outcome = Outcome::Found;
                0
            }
            Err(stopped) => return Err(self.failed(step, stopped)),
        };
        Ok(StepReport { step, outcome, statements: statements.into_iter().map(|it| it.sql).collect(), rows, took: began.elapsed() })
    }

    async fn hand_alone(&mut self, step: usize, hand: &HandStep, began: Instant) -> Result<StepReport, MigrateError> {
        let mut report = StepReport { step, outcome: Outcome::Found, statements: Vec::new(), rows: 0, took: Default::default() };
        let done = !hand.check.trim().is_empty() && matches!(self.proof(step, hand).await?, Ok(None));
        if !done {
            report.outcome = Outcome::Ran;
            match &hand.run {
                Script::Sql(script) => {
                    report.statements = hand::statements(script);
                    let statements = self.statements(step).await?;
                    // Where DDL commits by itself this binds what changes rows, and does no harm.
                    let unit = self.unit(step, &statements, true);
                    report.rows = match self.runner.run(&unit).await {
                        Ok(rows) => rows,
                        Err(stopped) => return Err(self.failed(step, stopped)),
                    };
                }
                Script::Command(arguments) => {
                    self.runner.progress.statement(&hand.summary);
                    let ran = hand::command(self.runner.db, self.job, arguments, self.runner.progress).await;
                    ran.map_err(|fault| MigrateError::Hand { at: self.at(step, &hand.summary, ""), fault })?;
                    self.counted(step, &hand.summary)?;
                }
            }
            self.demand_proof(step, hand).await?;
        }
        report.took = began.elapsed();
        Ok(report)
    }

    /// Asks the check of a hand-written step; the inner error is what the server says of the query.
    async fn proof(&mut self, step: usize, hand: &HandStep) -> Result<Result<Option<String>, Error>, MigrateError> {
        // A refused query ends a transaction of PostgreSQL, unless it is undone to a point before it.
        let guarded = self.runner.db.server() == Server::Postgres && self.runner.db.in_transaction();
        if guarded {
            self.runner.db.execute("SAVEPOINT djc").await?;
        }
        let answer = hand::unproved(self.runner.db, hand).await;
        if guarded {
            let end = if answer.is_ok() { "RELEASE SAVEPOINT djc" } else { "ROLLBACK TO SAVEPOINT djc" };
            self.runner.db.execute(end).await?;
        }
        match answer {
            Err(error) if error.is_lost() => {
                Err(MigrateError::Lost { at: self.at(step, &hand.summary, &hand.check), source: Box::new(error) })
            }
            answer => Ok(answer),
        }
    }

    async fn demand_proof(&mut self, step: usize, hand: &HandStep) -> Result<(), MigrateError> {
        match self.proof(step, hand).await? {
            Ok(None) => Ok(()),
            Ok(Some(found)) => Err(MigrateError::Hand { at: self.at(step, &hand.summary, ""), fault: HandFault::Unproved { found } }),
            Err(source) => {
                let at = self.at(step, &format!("the check of: {}", hand.summary), &hand.check);
                Err(MigrateError::Refused { at, source: Box::new(source) })
            }
        }
    }

    /// Everything in one transaction, or in several where a hand-written command needs what was done before it.
    async fn take_together(&mut self, at: usize) -> Result<(), MigrateError> {
        let job = self.job;
        let steps = job.plan.steps.len();
        let command = |step: usize| match job.plan.steps.get(step).map(|it| &it.action) {
            Some(Action::Hand(hand)) if matches!(hand.run, Script::Command(_)) => Some(hand),
            Some(_) | None => None,
        };
        let mut at = at;
        while at < steps || self.entry.state != State::Done {
            if let Some(hand) = command(at) {
                self.begin_entry(at).await?;
                let report = self.hand_alone(at, hand, Instant::now()).await?;
                self.report.steps.push(report);
                self.runner.progress.done();
                at += 1;
                self.reach(at).await?;
            } else {
                let end = (at..steps).find(|step| command(*step).is_some()).unwrap_or(steps);
                self.transaction(at, end).await?;
                at = end;
            }
        }
        Ok(())
    }

    /// Writes down that the run is under way, so many steps being done.
    async fn begin_entry(&mut self, at: usize) -> Result<(), MigrateError> {
        self.entry.state = State::Running;
        self.entry.ended = None;
        self.entry.step = at;
        self.write_entry(at).await
    }

    /// Takes steps and writes the ledger in one transaction, again from its beginning when a lock is not to be had.
    async fn transaction(&mut self, at: usize, end: usize) -> Result<(), MigrateError> {
        let taken = self.report.steps.len();
        let before = self.entry.clone();
        let sqlite = self.runner.db.server() == Server::Sqlite;
        let mut blockers = Vec::new();
        let mut attempt = 1;
        loop {
            if sqlite {
                // Tables are rebuilt under the feet of those that refer to them.
                self.runner.db.execute("PRAGMA foreign_keys = OFF").await?;
            }
            let outcome = self.transaction_once(at, end, (attempt > 1).then_some(&mut blockers)).await;
            let error = match outcome {
                Ok(()) => {
                    if sqlite {
                        self.runner.db.execute("PRAGMA foreign_keys = ON").await?;
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            self.report.steps.truncate(taken);
            self.entry = before.clone();
            let lost = matches!(&error, Interrupted::Failure { failure, .. } if failure.error.is_lost());
            if !lost {
                let _ = self.runner.db.rollback().await;
                if sqlite {
                    let _ = self.runner.db.execute("PRAGMA foreign_keys = ON").await;
                }
            }
            match error {
                Interrupted::Error(error) => return Err(error),
                Interrupted::Failure { failure, .. } if failure.is_contention() && attempt < self.options.attempts => {
                    tokio::time::sleep(self.options.backoff * 2u32.saturating_pow(attempt - 1)).await;
                    attempt += 1;
                }
                Interrupted::Failure { step, unit, failure } => {
                    let stopped = self.runner.explain(&unit, failure, attempt, blockers).await;
                    return Err(self.failed(step, stopped));
                }
            }
        }
    }

    async fn transaction_once(&mut self, at: usize, end: usize, mut blockers: Option<&mut Vec<Blocker>>) -> Result<(), Interrupted> {
        let bare = |summary: &str| Unit { summary: summary.to_string(), schema: None, steps: Vec::new(), transaction: false };
        let plain = |step: usize, summary: &str, error: Error| Interrupted::Failure {
            step,
            unit: bare(summary),
            failure: Failure { error, statement: summary.to_string(), sql: String::new() },
        };
        self.runner.db.begin().await.map_err(|error| plain(at, "begin the transaction", error))?;
        self.runner.count("BEGIN").map_err(|error| plain(at, "begin the transaction", error))?;
        if self.runner.db.server() == Server::Sqlite {
            self.demand_unchanged().await?;
        }
        // A file knows nothing of transactions: it is written when all is certain.
        let together = matches!(self.ledger.place, Place::Table(_));
        if together {
            self.begin_entry(at).await?;
        }
        for step in at..end {
            let began = Instant::now();
            let it = &self.job.plan.steps[step];
            let mut report = StepReport { step, outcome: Outcome::Ran, statements: Vec::new(), rows: 0, took: Default::default() };
            let statements = match &it.action {
                Action::Hand(hand) => {
                    if !hand.check.trim().is_empty() && matches!(self.proof(step, hand).await?, Ok(None)) {
                        report.outcome = Outcome::Found;
                        self.report.steps.push(report);
                        self.runner.progress.done();
                        continue;
                    }
                    self.statements(step).await?
                }
                _ => self.statements(step).await?,
            };
            let unit = self.unit(step, &statements, false);
            self.runner.progress.statement(&unit.summary);
            let triggers = match &it.action {
                Action::AlterTable { table, .. } if self.runner.db.server() == Server::Sqlite => triggers_of(self.runner.db, table).await?,
                _ => Vec::new(),
            };
            match self.runner.once(&unit, blockers.as_deref_mut()).await {
                Ok(rows) => report.rows = rows,
                Err(failure) => return Err(Interrupted::Failure { step, unit, failure }),
            }
            for (name, sql) in triggers {
                if !has_trigger(self.runner.db, &name).await? {
                    let restored = self.runner.db.execute(&sql).await.map(drop);
                    restored.map_err(|error| MigrateError::Refused {
                        at: self.at(step, &format!("put the trigger {name} back"), &sql),
                        source: Box::new(error),
                    })?;
                }
            }
            if let Action::Hand(hand) = &it.action {
                self.demand_proof(step, hand).await?;
            }
            report.statements = statements.into_iter().map(|it| it.sql).collect();
            report.took = began.elapsed();
            self.report.steps.push(report);
            self.runner.progress.done();
        }
        if together {
            self.reach(end).await?;
        }
        if self.runner.db.server() == Server::Sqlite {
            self.demand_parents().await?;
        }
        self.runner.db.commit().await.map_err(|error| plain(end, "commit", error))?;
        self.runner.count("COMMIT").map_err(|error| plain(end, "commit", error))?;
        if !together {
            self.reach(end).await?;
        }
        Ok(())
    }

    /// Writes down that so many steps are done.
    async fn reach(&mut self, step: usize) -> Result<(), MigrateError> {
        self.entry.step = step;
        if step == self.job.plan.steps.len() { self.end().await } else { self.write_entry(step).await }
    }

    /// On SQLite the transaction is the lock: whoever had it before may have written to the ledger.
    async fn demand_unchanged(&mut self) -> Result<(), MigrateError> {
        let entries = self.ledger.read(self.runner.db).await?;
        let row = entries.iter().find(|entry| entry.number == self.entry.number);
        let unchanged = match row {
            None => true,
            Some(row) => {
                row.history == self.entry.history
                    && row.migration == self.entry.migration
                    && row.step == self.entry.step
                    && row.is_unfinished()
            }
        };
        if unchanged { Ok(()) } else { Err(MigrateError::Busy { ledger: self.ledger.to_string(), holders: Vec::new() }) }
    }

    async fn demand_parents(&mut self) -> Result<(), MigrateError> {
        let rows = self.runner.db.query("PRAGMA foreign_key_check", &[]).await?;
        let ours: Vec<String> = self.course.touched().map(|it| sqlite_table_name(&it.schema, &it.table)).collect();
        for row in &rows {
            let (table, parent) = (row.text(0)?, row.text(2)?);
            if ours.contains(&table) || ours.contains(&parent) {
                let same = |other: &&crate::Row| other.text(0).is_ok_and(|it| it == table) && other.text(2).is_ok_and(|it| it == parent);
                return Err(MigrateError::Orphans { rows: rows.iter().filter(same).count() as u64, table, parent });
            }
        }
        Ok(())
    }

    /// Writes down that the last step is done.
    async fn end(&mut self) -> Result<(), MigrateError> {
        let steps = self.job.plan.steps.len();
        self.entry.step = steps;
        self.entry.state = State::Done;
        self.entry.ended = Some(ledger::now());
        if self.job.direction == Direction::Down {
            let mut entries = self.ledger.read(self.runner.db).await?;
            entries.retain(|it| {
                let ours = it.history == self.entry.history && it.migration == self.entry.migration;
                ours && it.direction == Direction::Up && (it.is_in_effect() || it.is_unfinished())
            });
            for entry in entries {
                let written = self.ledger.update(self.runner.db, &Entry { state: State::RolledBack, ..entry }).await;
                self.written(steps, written)?;
            }
        }
        self.write_entry(steps).await
    }

    /// Writes the row of this run, new or changed.
    async fn write_entry(&mut self, step: usize) -> Result<(), MigrateError> {
        let written = self.ledger.write(self.runner.db, &self.entry).await;
        self.written(step, written)
    }

    fn written(&mut self, step: usize, written: Result<(), MigrateError>) -> Result<(), MigrateError> {
        const WHAT: &str = "write the ledger";
        match written {
            Ok(()) => self.counted(step, WHAT),
            Err(MigrateError::Read(error)) => {
                let at = self.at(step, WHAT, "");
                Err(if error.is_lost() { MigrateError::Lost { at, source: Box::new(error) } } else { sorted(at, Box::new(error)) })
            }
            Err(error) => Err(error),
        }
    }

    fn counted(&mut self, step: usize, statement: &str) -> Result<(), MigrateError> {
        self.runner.count(statement).map_err(|error| MigrateError::Lost { at: self.at(step, statement, ""), source: Box::new(error) })
    }

    /// Writes down that the run stopped, where there is still somebody to write it to.
    async fn note_failure(&mut self, error: &MigrateError) {
        if matches!(error, MigrateError::Lost { .. } | MigrateError::Busy { .. }) {
            return;
        }
        self.entry.state = State::Failed;
        self.entry.ended = Some(ledger::now());
        // The next run finds out by itself.
        let _ = self.ledger.write(self.runner.db, &self.entry).await;
    }

    /// Returns the statements of a step, with the names that the server has chosen by now.
    async fn statements(&mut self, step: usize) -> Result<Vec<Statement>, MigrateError> {
        let action = &self.job.plan.steps[step].action;
        let db = &mut *self.runner.db;
        let before = match action {
            Action::Hand(HandStep { run: Script::Sql(script), summary, .. }) => {
                let of = |sql| Statement { sql, summary: summary.clone() };
                return Ok(hand::statements(script).into_iter().map(of).collect());
            }
            Action::Hand(_) => return Ok(Vec::new()),
            // A schema with anything left in it stays.
            Action::DropSchema { name } if holds_tables(db, name).await? => return Ok(Vec::new()),
            Action::AlterTable { .. }
            | Action::RenameTable { .. }
            | Action::DropTable(_)
            | Action::Create(Change::AddForeignKey { .. }) => named(db, &self.course.catalogs[step], &action.touches()).await?,
            _ => self.course.catalogs[step].clone(),
        };
        Ok(db.server().dialect().alter(action, &before))
    }

    fn unit(&self, step: usize, statements: &[Statement], transaction: bool) -> Unit {
        let it = &self.job.plan.steps[step];
        let summary = statements.first().map_or_else(|| it.reason.clone(), |statement| statement.summary.clone());
        let schema = it.action.touches().first().map(|table| table.schema.clone());
        Unit { summary, schema, steps: statements.iter().cloned().map(Into::into).collect(), transaction }
    }

    /// Returns whether the database is as it should be behind a step that the server refused.
    async fn is_behind(&mut self, step: usize) -> bool {
        let Ok(live) = self.course.live(self.runner.db).await else { return false };
        match &self.job.plan.steps[step].action {
            Action::DropSchema { name } => self.runner.db.schema_names().await.is_ok_and(|names| !names.contains(name)),
            _ => self.course.changes_tables(step) && self.course.is_at(&live, step + 1),
        }
    }

    fn at(&self, step: usize, statement: &str, sql: &str) -> At {
        At { step, steps: self.job.plan.steps.len(), statement: statement.to_string(), sql: sql.to_string() }
    }

    fn failed(&self, step: usize, stopped: Stopped) -> MigrateError {
        explained(stopped, step, self.job.plan.steps.len())
    }
}

/// Makes an error of ours of a unit that stopped.
pub(super) fn explained(stopped: Stopped, step: usize, steps: usize) -> MigrateError {
    let Stopped { statement, sql, why, source } = stopped;
    let at = At { step, steps, statement, sql };
    match why {
        Why::Lost => MigrateError::Lost { at, source },
        Why::Blocked { attempts, blockers } => MigrateError::Blocked { at, attempts, blockers, source },
        Why::Denied { grant } => MigrateError::Denied { at, grant, source },
        Why::Refused => sorted(at, source),
    }
}

/// Why a transaction ended before its commit.
enum Interrupted {
    /// A statement did not end well; its transaction may be tried again.
    Failure { step: usize, unit: Unit, failure: Failure },
    /// Something else.
    Error(MigrateError),
}

impl From<Error> for Interrupted {
    fn from(error: Error) -> Self {
        Interrupted::Error(error.into())
    }
}

impl From<MigrateError> for Interrupted {
    fn from(error: MigrateError) -> Self {
        Interrupted::Error(error)
    }
}

/// Tells refusals apart by what to do about them.
fn sorted(at: At, source: Box<Error>) -> MigrateError {
    let code = source.code();
    if code.is_some_and(ServerCode::is_full) {
        return MigrateError::Full { at, source };
    }
    match code.and_then(ServerCode::row_fault) {
        Some(fault) => MigrateError::Rows { at, fault, source },
        None => MigrateError::Refused { at, source },
    }
}

impl ServerCode {
    /// Returns what the server says of rows.
    fn row_fault(&self) -> Option<RowFault> {
        if self.is(&[1062, 1169, 1586, 1761, 1762, 1555, 2067], &["23505"]) {
            Some(RowFault::Duplicate)
        } else if self.is(&[1048, 1138, 1299], &["23502"]) {
            Some(RowFault::Null)
        } else if self.is(&[1264, 1265, 1292, 1366, 1406], &["22001", "22003", "22007", "22008", "22P02"]) {
            Some(RowFault::Unfit)
        } else if self.is(&[1216, 1217, 1451, 1452, 787], &["23503"]) {
            Some(RowFault::Reference)
        } else if self.is(&[3819, 4025, 275], &["23514"]) {
            Some(RowFault::Check)
        } else {
            None
        }
    }
}

/// Returns a catalog of a plan with the names that the live tables have for their keys and indexes.
pub(super) async fn named(db: &mut Db, catalog: &Catalog, tables: &[TableName]) -> Result<Catalog, Error> {
    let mut out = catalog.clone();
    let schemas: std::collections::BTreeSet<String> = tables.iter().map(|it| it.schema.clone()).collect();
    let live = db.inspect_as_reported(&InspectOptions::of(schemas.into_iter().collect())).await?.catalog;
    for name in tables {
        let Some(reported) = live.table(&name.schema, &name.table) else { continue };
        let known = out.schemas.get_mut(&name.schema).and_then(|schema| schema.tables.get_mut(&name.table));
        if let Some(expected) = known {
            plan::adopt_names(Arc::make_mut(expected), reported);
        }
    }
    Ok(out)
}

async fn holds_tables(db: &mut Db, schema: &str) -> Result<bool, Error> {
    let live = db.inspect_as_reported(&InspectOptions::of(vec![schema.to_string()])).await?.catalog;
    Ok(live.schemas.get(schema).is_some_and(|schema| !schema.tables.is_empty()))
}

/// Returns the triggers of an SQLite table, which go when it is built anew: name and statement.
async fn triggers_of(db: &mut Db, table: &TableName) -> Result<Vec<(String, String)>, Error> {
    let sql = "SELECT name AS a, sql AS b FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?";
    let rows = db.query(sql, &[sqlite_table_name(&table.schema, &table.table).into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

async fn has_trigger(db: &mut Db, name: &str) -> Result<bool, Error> {
    let sql = "SELECT count(*) AS a FROM sqlite_master WHERE type = 'trigger' AND name = ?";
    Ok(db.query(sql, &[name.into()]).await?.first().is_some_and(|row| row.flag(0)))
}
