//! Takes the steps of a plan.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use djc_core::catalog::{Catalog, Change, Statement};
use djc_core::dialect::Server;
use djc_core::plan::{self, Action, Alteration, HandStep, Script, TableName};

use super::begin::{Last, goes_by_job, hazards, last_run, new_entry};
use super::error::{At, HandFault, MigrateError};
use super::hand;
use super::ledger::{self, Entry, Ledger, State};
use super::lock::Lock;
use super::position::{Course, Position};
use super::refused::{explained, sorted};
use super::rehearse::rehearse;
use super::{Direction, Job, Outcome, RunOptions, RunReport, StepReport};
use crate::db::Db;
use crate::error::SqlError;
use crate::inspect::InspectOptions;
use crate::run::{Progress, Runner, Stopped, Unit, Why};

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
        let lock = Lock::take(db, ledger, job.history, options.ledger_wait, progress).await?;
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
    let renewed = match &begun {
        Some(entry) => goes_by_job(entry, job)?,
        None => true,
    };
    let stored = begun.as_ref().filter(|_| !renewed).and_then(|entry| entry.stored.clone());
    let (plan, from) = stored.as_ref().map_or((job.plan, job.from), |stored| (&stored.plan, &stored.from));
    let job = &Job { plan, from, ..*job };
    let course = Course::new(plan, from, db.server());
    let done = begun.as_ref().map_or(0, |entry| entry.step);
    let at = match course.position(&course.live(db).await?, done) {
        Position::At(at) => at,
        Position::Done => plan.steps.len(),
        Position::Drifted { nearest, drift } => return Err(MigrateError::Drifted { drift, nearest }),
    };
    // Whoever began a run by this plan has allowed it, and its checks were asked of the rows from before.
    if renewed {
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
    let resumed = done > 0 || begun.is_some() && !renewed;
    let entry = match begun {
        Some(entry) if renewed => Entry { step: entry.step, ..new_entry(entry.number, job, &course) },
        Some(entry) => entry,
        None => new_entry(entries.iter().map(|entry| entry.number).max().unwrap_or(0) + 1, job, &course),
    };
    let runner = Runner::new(db, options.sending(), progress);
    let report = RunReport { began_at: at, resumed, ..RunReport::default() };
    let mut run = Run { runner, ledger, job, options, course, entry, renewed, report };
    let outcome = if options.dry_run { run.rehearse(at).await } else { run.take(at).await };
    run.report.statements = run.runner.sent;
    if let Some(watcher) = run.runner.watcher {
        watcher.close().await;
    }
    outcome.map(|()| run.report)
}

/// A run under way.
pub(super) struct Run<'a> {
    pub runner: Runner<'a>,
    pub ledger: &'a Ledger,
    pub job: &'a Job<'a>,
    pub options: &'a RunOptions,
    pub course: Course<'a>,
    /// Its row of the ledger.
    pub entry: Entry,
    /// Whether the plan in the row is another one than the ledger may have there.
    renewed: bool,
    pub report: RunReport,
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

    pub(super) async fn hand_alone(&mut self, step: usize, hand: &HandStep, began: Instant) -> Result<StepReport, MigrateError> {
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
    pub(super) async fn proof(&mut self, step: usize, hand: &HandStep) -> Result<Result<Option<String>, SqlError>, MigrateError> {
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

    pub(super) async fn demand_proof(&mut self, step: usize, hand: &HandStep) -> Result<(), MigrateError> {
        match self.proof(step, hand).await? {
            Ok(None) => Ok(()),
            Ok(Some(found)) => Err(MigrateError::Hand { at: self.at(step, &hand.summary, ""), fault: HandFault::Unproved { found } }),
            Err(source) => {
                let at = self.at(step, &format!("the check of: {}", hand.summary), &hand.check);
                Err(MigrateError::Refused { at, source: Box::new(source) })
            }
        }
    }

    /// Writes down that the run is under way, so many steps being done.
    pub(super) async fn begin_entry(&mut self, at: usize) -> Result<(), MigrateError> {
        self.entry.state = State::Running;
        self.entry.ended = None;
        self.entry.step = at;
        if !self.renewed {
            return self.write_entry(at).await;
        }
        let written = self.ledger.replace(self.runner.db, &self.entry).await;
        self.written(at, written)
    }

    /// Writes down that so many steps are done.
    pub(super) async fn reach(&mut self, step: usize) -> Result<(), MigrateError> {
        self.entry.step = step;
        if step == self.job.plan.steps.len() { self.end().await } else { self.write_entry(step).await }
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
    pub(super) async fn statements(&mut self, step: usize) -> Result<Vec<Statement>, MigrateError> {
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
            _ if needs_names(action, db.server()) => named(db, &self.course.catalogs[step], &action.touches()).await?,
            _ => self.course.catalogs[step].clone(),
        };
        Ok(db.server().dialect().alter(action, &before))
    }

    pub(super) fn unit(&self, step: usize, statements: &[Statement], transaction: bool) -> Unit {
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

    pub(super) fn at(&self, step: usize, statement: &str, sql: &str) -> At {
        At { step, steps: self.job.plan.steps.len(), statement: statement.to_string(), sql: sql.to_string() }
    }

    pub(super) fn failed(&self, step: usize, stopped: Stopped) -> MigrateError {
        explained(stopped, step, self.job.plan.steps.len())
    }
}

/// Returns whether the statements of a step depend on names that the server may have chosen.
fn needs_names(action: &Action, server: Server) -> bool {
    match action {
        // The MySQL family names its keys and indexes only to drop them, or to find a name that is free.
        Action::AlterTable { alterations, .. } if server.is_mysql_family() => alterations.iter().any(|alteration| match alteration {
            Alteration::DropForeignKey(_) | Alteration::DropIndex(_) | Alteration::AddForeignKey(_) | Alteration::AddIndex(_) => true,
            Alteration::AddColumn { .. }
            | Alteration::DropColumn(_)
            | Alteration::RenameColumn { .. }
            | Alteration::ModifyColumn { .. }
            | Alteration::SetPrimaryKey(_)
            | Alteration::SetComment(_)
            | Alteration::SetGeneration(_) => false,
        }),
        Action::AlterTable { .. } | Action::Create(Change::AddForeignKey { .. }) => true,
        Action::RenameTable { .. } | Action::DropTable(_) => !server.is_mysql_family(),
        Action::Create(_)
        | Action::DropSchema { .. }
        | Action::AlterEnum { .. }
        | Action::DropEnum { .. }
        | Action::Fill(_)
        | Action::InsertRows { .. }
        | Action::UpdateRow { .. }
        | Action::DeleteRow { .. }
        | Action::ClearLineage(_)
        | Action::Hand(_) => false,
    }
}

/// Returns a catalog of a plan with the names that the live tables have for their keys and indexes.
async fn named(db: &mut Db, catalog: &Catalog, tables: &[TableName]) -> Result<Catalog, SqlError> {
    let mut out = catalog.clone();
    let schemas: BTreeSet<String> = tables.iter().map(|it| it.schema.clone()).collect();
    let names = tables.iter().map(|it| it.table.clone()).collect();
    let options = InspectOptions { tables: Some(names), ..InspectOptions::of(schemas.into_iter().collect()) };
    let live = db.inspect_as_reported(&options).await?.catalog;
    for name in tables {
        let Some(reported) = live.table(&name.schema, &name.table) else { continue };
        let known = out.schemas.get_mut(&name.schema).and_then(|schema| schema.tables.get_mut(&name.table));
        if let Some(expected) = known {
            plan::adopt_names(Arc::make_mut(expected), reported);
        }
    }
    Ok(out)
}

async fn holds_tables(db: &mut Db, schema: &str) -> Result<bool, SqlError> {
    let live = db.inspect_as_reported(&InspectOptions::of(vec![schema.to_string()])).await?.catalog;
    Ok(live.schemas.get(schema).is_some_and(|schema| !schema.tables.is_empty()))
}
