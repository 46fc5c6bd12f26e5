//! Sends units of statements: as transactions where that is wanted, with short waits for locks and retries.

use std::time::Duration;

use djc_core::catalog::Statement;

use super::blocker::{Blocker, blockers_of, is_there, session_id};
use super::stopped::{Stopped, Why, missing_grant};
use super::{Progress, Sending};
use crate::db::Db;
use crate::error::{ServerCode, SqlError};
use crate::value::SqlValue;

/// One statement with what it binds.
pub(crate) struct Step {
    pub statement: Statement,
    pub values: Vec<SqlValue>,
}

impl From<Statement> for Step {
    fn from(statement: Statement) -> Self {
        Step { statement, values: Vec::new() }
    }
}

/// Steps that belong together.
pub(crate) struct Unit {
    /// What it does, for people.
    pub summary: String,
    /// Schema that it works in, for naming a missing grant.
    pub schema: Option<String>,
    /// Its statements.
    pub steps: Vec<Step>,
    /// Whether they are one transaction.
    pub transaction: bool,
}

pub(crate) struct Runner<'a> {
    pub db: &'a mut Db,
    pub sending: Sending,
    pub progress: &'a mut dyn Progress,
    /// Statements sent so far.
    pub sent: usize,
    /// A second connection that looks who holds a lock; made when first needed.
    pub watcher: Option<Db>,
    session: Option<u64>,
}

impl<'a> Runner<'a> {
    pub fn new(db: &'a mut Db, sending: Sending, progress: &'a mut dyn Progress) -> Self {
        Runner { db, sending, progress, sent: 0, watcher: None, session: None }
    }

    /// Runs a unit and returns the rows that it touched. A lock that is not to be had in time is tried again.
    pub async fn run(&mut self, unit: &Unit) -> Result<u64, Stopped> {
        self.progress.statement(&unit.summary);
        let mut blockers: Vec<Blocker> = Vec::new();
        let mut attempt = 1;
        loop {
            let failure = match self.once(unit, (attempt > 1).then_some(&mut blockers)).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            if unit.transaction && !failure.error.is_lost() {
                // The server may have rolled back by itself; what the rollback says does not matter then.
                let _ = self.db.rollback().await;
            }
            if !failure.is_contention() || attempt >= self.sending.attempts {
                return Err(self.explain(unit, failure, attempt, blockers).await);
            }
            tokio::time::sleep(self.sending.pause(attempt)).await;
            attempt += 1;
        }
    }

    /// Runs a unit once, inside of whatever transaction is open. Another connection looks who keeps it waiting, where that is wanted, and now
    /// and then whether the session of a long statement is still there: a router that forgets a silent connection tells nobody.
    pub async fn once(&mut self, unit: &Unit, mut blockers: Option<&mut Vec<Blocker>>) -> Result<u64, Failure> {
        let failure = |error: SqlError| Failure { error, statement: unit.summary.clone(), sql: String::new() };
        if self.session.is_none() {
            self.session = Some(session_id(self.db).await.map_err(failure)?);
        }
        let session = self.session.unwrap_or_default();
        let (url, mut options) = self.db.place();
        options.operation_timeout = options.operation_timeout.min(WATCHER_PATIENCE);
        let sending = self.sending;
        {
            let attempt = attempt_unit(self.db, &mut self.sent, sending, unit);
            tokio::pin!(attempt);
            // The wait has to have begun before anybody can be seen to cause it. What is gone has to have been seen: behind a proxy
            // a session may have another number.
            let mut pause = if blockers.is_some() { sending.lock_wait / 4 } else { sending.watch / 10 };
            let (mut seen, mut unanswered) = (false, 0);
            loop {
                tokio::select! {
                    outcome = &mut attempt => return outcome,
                    () = tokio::time::sleep(pause) => {}
                }
                let watch = async {
                    if self.watcher.is_none() {
                        self.watcher = Db::connect(&url, &options).await.ok();
                    }
                    let Some(watcher) = &mut self.watcher else { return (Vec::new(), None) };
                    let found = if blockers.is_some() { blockers_of(watcher, session).await } else { Vec::new() };
                    let there = is_there(watcher, session).await;
                    if there.is_none() {
                        self.watcher = None;
                    }
                    (found, there)
                };
                let (found, there) = tokio::select! {
                    outcome = &mut attempt => return outcome,
                    looked = watch => looked,
                };
                if let Some(blockers) = blockers.take() {
                    if !found.is_empty() {
                        *blockers = found;
                    }
                    self.progress.waiting(&unit.summary, blockers);
                }
                match there {
                    Some(false) if seen => break,
                    Some(there) => (seen, unanswered) = (there, 0),
                    None => unanswered += 1,
                }
                if seen && unanswered >= UNANSWERED_MAX {
                    break;
                }
                pause = sending.watch;
            }
        }
        self.db.sever();
        let cause = "the session is gone or the server cannot be reached, and nothing on the way said so".to_string();
        Err(failure(SqlError::Lost { statement: unit.summary.clone(), cause }))
    }

    /// Counts a statement that was sent beside the runner, and cuts the wire where a test wants it.
    pub fn count(&mut self, statement: &str) -> Result<(), SqlError> {
        cut(self.db, &mut self.sent, self.sending, statement)
    }

    /// Says why a unit stopped.
    pub async fn explain(&mut self, unit: &Unit, failure: Failure, attempts: u32, blockers: Vec<Blocker>) -> Stopped {
        let Failure { error, statement, sql } = failure;
        let statement = if statement.is_empty() { unit.summary.clone() } else { statement };
        let why = if error.is_lost() {
            Why::Lost
        } else if error.code().is_some_and(ServerCode::is_contention) {
            Why::Blocked { attempts, blockers }
        } else if error.code().is_some_and(ServerCode::is_denied) {
            let account = account(self.db).await;
            let message = match &error {
                SqlError::Server { message, .. } => message.as_str(),
                _ => "",
            };
            Why::Denied { grant: missing_grant(self.db.server(), unit.schema.as_deref(), &account, message) }
        } else {
            Why::Refused
        };
        Stopped { statement, sql, why, source: Box::new(error) }
    }
}

/// How long the watching connection waits for an answer.
const WATCHER_PATIENCE: Duration = Duration::from_secs(30);

/// How often in a row the server may not answer the watching connection before the session is given up.
const UNANSWERED_MAX: u32 = 10;

/// Returns the account as a GRANT names it.
pub(crate) async fn account(db: &mut Db) -> String {
    let row = if db.server().is_mysql_family() { "SELECT CURRENT_USER() AS a" } else { "SELECT current_user::text AS a" };
    let name = match db.query(row, &[]).await {
        Ok(rows) => rows.first().and_then(|row| row.text(0).ok()).unwrap_or_default(),
        Err(_) => return "the account".to_string(),
    };
    match name.rsplit_once('@') {
        Some((user, host)) if db.server().is_mysql_family() => format!("'{user}'@'{host}'"),
        _ => format!("\"{name}\""),
    }
}

/// A statement that did not end well.
pub(crate) struct Failure {
    pub error: SqlError,
    /// What it was to do; empty where that is the unit itself.
    pub statement: String,
    pub sql: String,
}

impl Failure {
    pub fn is_contention(&self) -> bool {
        self.error.code().is_some_and(ServerCode::is_contention)
    }
}

/// Runs a unit once.
async fn attempt_unit(db: &mut Db, sent: &mut usize, sending: Sending, unit: &Unit) -> Result<u64, Failure> {
    let plain = |error: SqlError| Failure { error, statement: unit.summary.clone(), sql: String::new() };
    let mut rows = 0;
    if unit.transaction {
        db.begin().await.map_err(plain)?;
        cut(db, sent, sending, "BEGIN").map_err(plain)?;
    }
    for step in &unit.steps {
        let sql = &step.statement.sql;
        let outcome = if step.values.is_empty() { db.execute(sql).await } else { db.execute_with(sql, &step.values).await };
        let touched = outcome
            .and_then(|touched| cut(db, sent, sending, &step.statement.summary).map(|()| touched))
            .map_err(|error| Failure { error, statement: step.statement.summary.clone(), sql: sql.clone() })?;
        rows += touched;
    }
    if unit.transaction {
        db.commit().await.map_err(plain)?;
        cut(db, sent, sending, "COMMIT").map_err(plain)?;
    }
    Ok(rows)
}

/// Counts a statement that the server has answered, and cuts the wire where a test wants it.
fn cut(db: &mut Db, sent: &mut usize, sending: Sending, statement: &str) -> Result<(), SqlError> {
    *sent += 1;
    if sending.cut_after == Some(*sent) {
        db.sever();
        return Err(SqlError::Lost { statement: statement.to_string(), cause: "the connection was cut".to_string() });
    }
    Ok(())
}
