//! All steps in one transaction, together with the rows of the ledger: PostgreSQL and SQLite.

use std::time::Instant;

use djc_core::dialect::{Server, sqlite_table_name};
use djc_core::plan::{Action, Script, TableName};

use super::error::MigrateError;
use super::ledger::{Place, State};
use super::run::Run;
use super::{Outcome, StepReport};
use crate::db::Db;
use crate::error::SqlError;
use crate::run::{Blocker, Failure, Unit};
use crate::value::Row;

impl Run<'_> {
    /// Everything in one transaction, or in several where a hand-written command needs what was done before it.
    pub(super) async fn take_together(&mut self, at: usize) -> Result<(), MigrateError> {
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
                    tokio::time::sleep(self.runner.sending.pause(attempt)).await;
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
        let plain = |step: usize, summary: &str, error: SqlError| Interrupted::Failure {
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
                let same = |other: &&Row| other.text(0).is_ok_and(|it| it == table) && other.text(2).is_ok_and(|it| it == parent);
                return Err(MigrateError::Orphans { rows: rows.iter().filter(same).count() as u64, table, parent });
            }
        }
        Ok(())
    }
}

/// Why a transaction ended before its commit.
enum Interrupted {
    /// A statement did not end well; its transaction may be tried again.
    Failure { step: usize, unit: Unit, failure: Failure },
    /// Something else.
    Error(MigrateError),
}

impl From<SqlError> for Interrupted {
    fn from(error: SqlError) -> Self {
        Interrupted::Error(error.into())
    }
}

impl From<MigrateError> for Interrupted {
    fn from(error: MigrateError) -> Self {
        Interrupted::Error(error)
    }
}

/// Returns the triggers of an SQLite table, which go when it is built anew: name and statement.
async fn triggers_of(db: &mut Db, table: &TableName) -> Result<Vec<(String, String)>, SqlError> {
    let sql = "SELECT name AS a, sql AS b FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?";
    let rows = db.query(sql, &[sqlite_table_name(&table.schema, &table.table).into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

async fn has_trigger(db: &mut Db, name: &str) -> Result<bool, SqlError> {
    let sql = "SELECT count(*) AS a FROM sqlite_master WHERE type = 'trigger' AND name = ?";
    Ok(db.query(sql, &[name.into()]).await?.first().is_some_and(|row| row.flag(0)))
}
