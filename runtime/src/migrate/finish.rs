//! The ends of a history in one database: where it begins ([`baseline`]), and where what was parked goes for good ([`finish`]).

use std::collections::{BTreeMap, BTreeSet};

use djc_core::catalog::Catalog;
use djc_core::dialect::Server;
use djc_core::plan::{Action, Alteration, Parked, Plan, TableName};

use super::error::{LedgerFault, MigrateError};
use super::ledger::{self, Entry, Ledger, State};
use super::lock::Lock;
use super::refused::explained;
use super::{Direction, Job, RunOptions};
use crate::db::Db;
use crate::inspect::InspectOptions;
use crate::run::{Progress, Runner, Unit};

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
/// Columns of one table go in one statement. A cut leaves some of them, which the next call drops.
///
/// # Errors
/// As [`run`](super::run()); an unfinished run of the history is [`MigrateError::Underway`].
pub async fn finish(
    db: &mut Db,
    ledger: &Ledger,
    history: &str,
    up_to: Option<&str>,
    options: &RunOptions,
    progress: &mut dyn Progress,
) -> Result<FinishReport, MigrateError> {
    if options.dry_run {
        let (_, report) = find(db, ledger, history, up_to).await?;
        return Ok(report);
    }
    let patience = db.operation_timeout();
    db.set_operation_timeout(options.statement_max).await?;
    db.set_lock_wait(options.lock_wait).await?;
    let lock = Lock::take(db, ledger, history, options.ledger_wait, progress).await?;
    let sqlite = db.server() == Server::Sqlite;
    if sqlite {
        // Tables are rebuilt under the feet of those that refer to them.
        db.execute("PRAGMA foreign_keys = OFF").await?;
    }
    let outcome = finish_locked(db, ledger, history, up_to, options, progress).await;
    if sqlite {
        let _ = db.execute("PRAGMA foreign_keys = ON").await;
    }
    lock.release(db).await;
    // A connection that is gone needs no setting.
    let _ = db.set_operation_timeout(patience).await;
    outcome
}

async fn finish_locked(
    db: &mut Db,
    ledger: &Ledger,
    history: &str,
    up_to: Option<&str>,
    options: &RunOptions,
    progress: &mut dyn Progress,
) -> Result<FinishReport, MigrateError> {
    let (entries, report) = find(db, ledger, history, up_to).await?;
    let mut tables: BTreeMap<&TableName, Vec<&Parked>> = BTreeMap::new();
    for dropped in &report.dropped {
        tables.entry(&dropped.parked.table).or_default().push(&dropped.parked);
    }
    progress.started(tables.len());
    let steps = tables.len();
    let mut runner = Runner::new(db, options.sending(), progress);
    for (step, (table, parked)) in tables.into_iter().enumerate() {
        let columns = parked.iter().filter_map(|it| it.column.as_ref()).map(|(hidden, _)| Alteration::DropColumn(hidden.clone()));
        let action = if parked.iter().any(|it| it.column.is_none()) {
            Action::DropTable(table.clone())
        } else {
            Action::AlterTable { table: table.clone(), alterations: columns.collect() }
        };
        let before = runner.db.inspect_as_reported(&InspectOptions::of(vec![table.schema.clone()])).await?.catalog;
        let dialect = runner.db.server().dialect();
        let statements = dialect.alter(&action, &before);
        let summary = statements.first().map(|it| it.summary.clone()).unwrap_or_default();
        let unit = Unit {
            summary,
            schema: Some(table.schema.clone()),
            steps: statements.into_iter().map(Into::into).collect(),
            transaction: dialect.facts().transactional_ddl,
        };
        if let Err(stopped) = runner.run(&unit).await {
            return Err(explained(stopped, step, steps));
        }
        runner.progress.done();
    }
    if let Some(watcher) = runner.watcher {
        watcher.close().await;
    }
    for entry in entries {
        ledger.write(db, &Entry { state: State::Finished, ..entry }).await?;
    }
    Ok(report)
}

/// Finds the migrations that are to be finished, and what of theirs is still parked.
async fn find(db: &mut Db, ledger: &Ledger, history: &str, up_to: Option<&str>) -> Result<(Vec<Entry>, FinishReport), MigrateError> {
    let entries: Vec<Entry> = ledger.read(db).await?.into_iter().filter(|entry| entry.history == history).collect();
    if let Some(entry) = entries.iter().find(|entry| entry.is_unfinished()) {
        return Err(MigrateError::Underway { entry: Box::new(entry.clone()) });
    }
    let end = match up_to {
        None => entries.len(),
        Some(name) => entries.iter().rposition(|entry| entry.migration == name && entry.is_in_effect()).map_or(0, |at| at + 1),
    };
    let mut report = FinishReport::default();
    let (mut chosen, mut parked) = (Vec::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate().take(end) {
        // What a rollback put aside is parked, too; what it brought back of the migration is no longer.
        if entry.state != State::Done {
            continue;
        }
        let Some(stored) = &entry.stored else { continue };
        let later: Vec<&Plan> = entries[at + 1..].iter().filter_map(|entry| entry.stored.as_ref()).map(|stored| &stored.plan).collect();
        let now = |it: &Parked| (entry.migration.clone(), Parked { table: renamed(&it.table, &later), ..it.clone() });
        parked.extend(stored.plan.parked.iter().map(now));
        if entry.direction == Direction::Up {
            report.finished.push(entry.migration.clone());
        }
        chosen.push(entry.clone());
    }
    let schemas: BTreeSet<String> = parked.iter().map(|(_, it)| it.table.schema.clone()).collect();
    let live = db.inspect_as_reported(&InspectOptions::of(schemas.into_iter().collect())).await?.catalog;
    for (migration, parked) in parked {
        if let Some(rows) = count(db, &live, &parked).await? {
            report.dropped.push(Dropped { migration, parked, rows });
        }
    }
    Ok((chosen, report))
}

/// Returns the name that a table has behind some plans.
fn renamed(table: &TableName, plans: &[&Plan]) -> TableName {
    let mut name = table.clone();
    for step in plans.iter().flat_map(|plan| &plan.steps) {
        match &step.action {
            Action::RenameTable { from, to } if *from == name => name.clone_from(to),
            _ => {}
        }
    }
    name
}

/// Returns how much would go; `None` where it is gone already.
async fn count(db: &mut Db, live: &Catalog, parked: &Parked) -> Result<Option<u64>, MigrateError> {
    let Some(table) = live.table(&parked.table.schema, &parked.table.table) else { return Ok(None) };
    let what = match &parked.column {
        None => "*".to_string(),
        Some((hidden, _)) if table.column(hidden).is_some() => db.server().dialect().facts().quoting.name(hidden),
        Some(_) => return Ok(None),
    };
    let sql = format!("SELECT count({what}) AS a FROM {}", db.source(&parked.table.schema, &parked.table.table));
    Ok(Some(db.query(&sql, &[]).await?.first().map_or(Ok(0), |row| row.u64(0))?))
}

/// Writes down that a database has what the migrations of a history bring, up to that of the job, without having run them. Only the names of the
/// job are used.
///
/// # Errors
/// A ledger that knows the history already.
pub async fn baseline(db: &mut Db, ledger: &Ledger, job: &Job<'_>, options: &RunOptions) -> Result<Entry, MigrateError> {
    let lock = Lock::take(db, ledger, job.history, options.ledger_wait, &mut crate::run::Silent).await?;
    let outcome = baseline_locked(db, ledger, job).await;
    lock.release(db).await;
    outcome
}

async fn baseline_locked(db: &mut Db, ledger: &Ledger, job: &Job<'_>) -> Result<Entry, MigrateError> {
    let entries = ledger.read(db).await?;
    let known = entries.iter().rfind(|entry| entry.history == job.history && (entry.is_in_effect() || entry.is_unfinished()));
    if let Some(last) = known {
        return Err(LedgerFault::NotEmpty { migration: last.migration.clone() }.into());
    }
    for step in ledger.creation(db, &Plan::default()).await? {
        db.execute(&step.statement.sql).await?;
    }
    let now = ledger::now();
    let entry = Entry {
        number: entries.iter().map(|entry| entry.number).max().unwrap_or(0) + 1,
        history: job.history.to_string(),
        migration: job.migration.to_string(),
        hash: job.hash.to_string(),
        version: job.version.to_string(),
        direction: Direction::Up,
        state: State::Baseline,
        step: 0,
        steps: 0,
        stored: None,
        started: now.clone(),
        ended: Some(now),
        by: job.by.to_string(),
    };
    ledger.write(db, &entry).await?;
    Ok(entry)
}
