//! What was done to a database: a table in it, or a file beside it.
//!
//! datajoint takes tables that begin with `~` for its own and shows none of them; djc compares their bodies with nothing. A row is a run of
//! one migration in one direction, and keeps the plan that the run goes by, so that a newer djc finishes what an older one began.

use std::path::{Path, PathBuf};

use djc_core::catalog::{Catalog, Change, Statement};
use djc_core::dialect::{Server, sqlite_table_name};
use djc_core::plan::{Action, Plan, TableName};
use serde::{Deserialize, Serialize};

use super::Direction;
use super::error::{LedgerFault, MigrateError};
use crate::db::Db;
use crate::error::SqlError;
use crate::run::Step;
use crate::value::{Row, SqlValue};

/// Where the ledger of a history is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Its place.
    pub place: Place,
}

/// A table, or a file for accounts that may create none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A table of the database.
    Table(TableName),
    /// A file of JSON lines.
    File(PathBuf),
}

impl std::fmt::Display for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Table(table) => write!(f, "`{table}`"),
            Place::File(path) => path.display().fmt(f),
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It has begun and not ended; the process may be gone.
    Running,
    /// It stopped with an error.
    Failed,
    /// It ended.
    Done,
    /// It ended, and was taken back later.
    RolledBack,
    /// It ended, and what it had parked is gone.
    Finished,
    /// It never ran: the database was like that already.
    Baseline,
}

const STATES: [State; 6] = [State::Running, State::Failed, State::Done, State::RolledBack, State::Finished, State::Baseline];

impl State {
    /// Returns the word that the ledger has.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Failed => "failed",
            State::Done => "done",
            State::RolledBack => "rolled back",
            State::Finished => "finished",
            State::Baseline => "baseline",
        }
    }
}

/// The plan that a run goes by, with the tables that it is about as they were before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The plan.
    pub plan: Plan,
    /// The tables that it changes or that stand in foreign keys of those; without rows of `~lineage`.
    pub from: Catalog,
}

/// A run of a migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the ledger, from 1.
    pub number: u64,
    /// Name of the history.
    pub history: String,
    /// Name of the migration.
    pub migration: String,
    /// Its hash in the chain.
    pub hash: String,
    /// The djc that began it.
    pub version: String,
    /// Which way.
    pub direction: Direction,
    /// How far it is.
    pub state: State,
    /// So many steps are done.
    pub step: usize,
    /// So many there are.
    pub steps: usize,
    /// What it goes by; none for a baseline.
    pub stored: Option<Stored>,
    /// When it began, in UTC.
    pub started: String,
    /// When it ended, well or not.
    pub ended: Option<String>,
    /// Who ran it.
    pub by: String,
}

impl Entry {
    /// Returns whether it has begun and not ended well.
    pub fn is_unfinished(&self) -> bool {
        matches!(self.state, State::Running | State::Failed)
    }

    /// Returns whether the database has what the migration brings, as far as this row says.
    pub fn is_in_effect(&self) -> bool {
        self.direction == Direction::Up && matches!(self.state, State::Done | State::Finished | State::Baseline)
    }

    /// Returns how far it is, in words: `failed, 3 of 12 steps are done`.
    pub fn progress(&self) -> String {
        format!("{}, {} of {} steps are done", self.state.as_str(), self.step, self.steps)
    }
}

/// The columns, in order, with their types. No server reserves one of the names, so they stand without quotes: SQLite reads a quoted name that no
/// column has as a text.
const COLUMNS: [(&str, Kind); 13] = [
    ("number", Kind::Number),
    ("history", Kind::Text),
    ("migration", Kind::Text),
    ("hash", Kind::Text),
    ("version", Kind::Text),
    ("direction", Kind::Text),
    ("state", Kind::Text),
    ("step", Kind::Number),
    ("steps", Kind::Number),
    ("plan", Kind::LongText),
    ("started", Kind::Text),
    ("ended", Kind::Text),
    ("run_by", Kind::Text),
];

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Text,
    LongText,
}

impl Ledger {
    /// Returns the ledger in `~migrations` of a schema.
    pub fn in_schema(schema: impl Into<String>) -> Ledger {
        Ledger::table(schema, "~migrations")
    }

    /// Returns the ledger in a table, whose name had better begin with `~`.
    pub fn table(schema: impl Into<String>, table: impl Into<String>) -> Ledger {
        Ledger { place: Place::Table(TableName::new(schema, table)) }
    }

    /// Returns the ledger in a file.
    pub fn file(path: impl Into<PathBuf>) -> Ledger {
        Ledger { place: Place::File(path.into()) }
    }

    /// Returns all rows in order, of every history; none where there is no ledger yet.
    ///
    /// # Errors
    /// A row that cannot be read, a table that is no ledger, a file that cannot be opened, and what the server says.
    pub async fn read(&self, db: &mut Db) -> Result<Vec<Entry>, MigrateError> {
        match &self.place {
            Place::Table(table) => {
                if !exists(db, table).await? {
                    return Ok(Vec::new());
                }
                let sql = format!("SELECT {} FROM {} ORDER BY number", names(), source(db, table));
                match db.query(&sql, &[]).await {
                    Ok(rows) => rows.iter().map(|row| self.entry(row)).collect(),
                    Err(SqlError::Server { code, message, .. }) if code.is_unknown_column() => {
                        Err(LedgerFault::Foreign { ledger: self.to_string(), cause: message }.into())
                    }
                    Err(error) => Err(error.into()),
                }
            }
            Place::File(path) => self.read_file(path),
        }
    }

    fn read_file(&self, path: &Path) -> Result<Vec<Entry>, MigrateError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(LedgerFault::File { path: path.to_path_buf(), verb: "read", cause }.into()),
        };
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(at, line)| serde_json::from_str(line).map_err(|cause| self.damaged(at as u64 + 1, cause.to_string()))).collect()
    }

    fn entry(&self, row: &Row) -> Result<Entry, MigrateError> {
        let number = row.u64(0)?;
        let damaged = |cause: String| self.damaged(number, cause);
        let direction = match row.text(5)?.as_str() {
            "up" => Direction::Up,
            "down" => Direction::Down,
            other => return Err(damaged(format!("its direction is `{other}`"))),
        };
        let state = row.text(6)?;
        let state = STATES.into_iter().find(|it| it.as_str() == state).ok_or_else(|| damaged(format!("its state is `{state}`")))?;
        let stored = match row.opt_text(9)? {
            None => None,
            Some(text) => Some(serde_json::from_str(&text).map_err(|cause| damaged(format!("its plan: {cause}")))?),
        };
        let count = |at: usize| row.u64(at).map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        Ok(Entry {
            number,
            history: row.text(1)?,
            migration: row.text(2)?,
            hash: row.text(3)?,
            version: row.text(4)?,
            direction,
            state,
            step: count(7)?,
            steps: count(8)?,
            stored,
            started: row.text(10)?,
            ended: row.opt_text(11)?,
            by: row.text(12)?,
        })
    }

    fn damaged(&self, number: u64, cause: String) -> MigrateError {
        LedgerFault::Damaged { ledger: self.to_string(), number, cause }.into()
    }

    /// Returns the statements that make the ledger where there is none, and its schema, as the plan would make it.
    pub(super) async fn creation(&self, db: &mut Db, plan: &Plan) -> Result<Vec<Step>, SqlError> {
        let Place::Table(table) = &self.place else { return Ok(Vec::new()) };
        if exists(db, table).await? {
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        if db.server() != Server::Sqlite && !db.schema_names().await?.contains(&table.schema) {
            let planned = plan.steps.iter().find_map(|step| match &step.action {
                Action::Create(change @ Change::CreateSchema { name, .. }) if *name == table.schema => Some(change.clone()),
                _ => None,
            });
            let change = planned.unwrap_or_else(|| Change::CreateSchema { name: table.schema.clone(), charset: None });
            out.extend(db.server().dialect().render(&change).into_iter().map(Step::from));
        }
        let column = |(name, kind): &(&str, Kind)| {
            let null = if matches!(*name, "plan" | "ended") { "NULL" } else { "NOT NULL" };
            let ty = match (kind, db.server()) {
                (Kind::Number, _) => "bigint",
                (Kind::Text, Server::MySql | Server::MariaDb) => "varchar(255)",
                (Kind::LongText, Server::MySql | Server::MariaDb) => "longtext",
                (Kind::Text | Kind::LongText, Server::Postgres | Server::Sqlite) => "text",
            };
            format!("{name} {ty} {null}")
        };
        let columns: Vec<String> = COLUMNS.iter().map(column).collect();
        let options = if db.server().is_mysql_family() { " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT 'migrations of djc'" } else { "" };
        let sql = format!("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY (number)){options}", source(db, table), columns.join(", "));
        out.push(Statement { sql, summary: format!("create the ledger {self}") }.into());
        Ok(out)
    }

    /// Writes a row: of one that is there only what changes during a run.
    pub(super) async fn write(&self, db: &mut Db, entry: &Entry) -> Result<(), MigrateError> {
        match &self.place {
            Place::Table(table) => {
                let sql = format!("SELECT count(*) AS a FROM {} WHERE number = {}", source(db, table), db.placeholder(0));
                if db.query(&sql, &[number(entry.number)]).await?.first().is_some_and(|row| row.flag(0)) {
                    return self.update(db, entry).await;
                }
                let (sql, values) = self.insertion(db, table, entry)?;
                db.execute_with(&sql, &values).await?;
                Ok(())
            }
            Place::File(path) => self.write_file(path, entry),
        }
    }

    /// Returns the statement that inserts a row.
    fn insertion(&self, db: &Db, table: &TableName, entry: &Entry) -> Result<(String, Vec<SqlValue>), MigrateError> {
        let plan = self.plan_text(entry)?;
        let ended = entry.ended.clone().map_or(SqlValue::Null, SqlValue::Text);
        let values = vec![
            number(entry.number),
            entry.history.as_str().into(),
            entry.migration.as_str().into(),
            entry.hash.as_str().into(),
            entry.version.as_str().into(),
            entry.direction.as_str().into(),
            entry.state.as_str().into(),
            number(entry.step as u64),
            number(entry.steps as u64),
            plan,
            entry.started.as_str().into(),
            ended,
            entry.by.as_str().into(),
        ];
        let marks: Vec<String> = (0..values.len()).map(|at| db.placeholder(at)).collect();
        Ok((format!("INSERT INTO {} ({}) VALUES ({})", source(db, table), names(), marks.join(", ")), values))
    }

    /// Writes a row whose plan may be another one than before.
    pub(super) async fn replace(&self, db: &mut Db, entry: &Entry) -> Result<(), MigrateError> {
        if let Place::Table(table) = &self.place {
            let sql = format!(
                "UPDATE {} SET hash = {}, version = {}, steps = {}, plan = {} WHERE number = {}",
                source(db, table),
                db.placeholder(0),
                db.placeholder(1),
                db.placeholder(2),
                db.placeholder(3),
                db.placeholder(4)
            );
            let plan = self.plan_text(entry)?;
            let values =
                [entry.hash.as_str().into(), entry.version.as_str().into(), number(entry.steps as u64), plan, number(entry.number)];
            db.execute_with(&sql, &values).await?;
        }
        self.write(db, entry).await
    }

    fn plan_text(&self, entry: &Entry) -> Result<SqlValue, MigrateError> {
        match &entry.stored {
            None => Ok(SqlValue::Null),
            Some(stored) => Ok(serde_json::to_string(stored).map_err(|cause| self.damaged(entry.number, cause.to_string()))?.into()),
        }
    }

    /// Writes what has changed of a row during a run: its state, how many steps are done, when it ended.
    pub(super) async fn update(&self, db: &mut Db, entry: &Entry) -> Result<(), MigrateError> {
        match &self.place {
            Place::Table(table) => {
                let set: Vec<String> =
                    ["state", "step", "ended"].iter().enumerate().map(|(at, name)| format!("{name} = {}", db.placeholder(at))).collect();
                let sql = format!("UPDATE {} SET {} WHERE number = {}", source(db, table), set.join(", "), db.placeholder(3));
                let ended = entry.ended.clone().map_or(SqlValue::Null, SqlValue::Text);
                db.execute_with(&sql, &[entry.state.as_str().into(), number(entry.step as u64), ended, number(entry.number)]).await?;
                Ok(())
            }
            Place::File(path) => self.write_file(path, entry),
        }
    }

    /// Writes the file anew beside the old one and puts it in its place, so that a cut leaves one of the two.
    fn write_file(&self, path: &Path, entry: &Entry) -> Result<(), MigrateError> {
        let mut entries = self.read_file(path)?;
        match entries.iter_mut().find(|it| it.number == entry.number) {
            Some(old) => old.clone_from(entry),
            None => entries.push(entry.clone()),
        }
        let mut text = String::new();
        for entry in &entries {
            text.push_str(&serde_json::to_string(entry).map_err(|cause| self.damaged(entry.number, cause.to_string()))?);
            text.push('\n');
        }
        let fail = |cause: std::io::Error| MigrateError::from(LedgerFault::File { path: path.to_path_buf(), verb: "written", cause });
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fail)?;
        }
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".new");
        let beside = path.with_file_name(name);
        let write = || -> std::io::Result<()> {
            use std::io::Write as _;
            let mut file = std::fs::File::create(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, path)
        };
        write().map_err(fail)
    }
}

/// Returns the moment as the ledger has it.
pub(super) fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn number(count: u64) -> SqlValue {
    SqlValue::I64(i64::try_from(count).unwrap_or(i64::MAX))
}

fn names() -> String {
    COLUMNS.map(|(name, _)| name).join(", ")
}

fn source(db: &Db, table: &TableName) -> String {
    db.source(&table.schema, &table.table)
}

pub(super) async fn exists(db: &mut Db, table: &TableName) -> Result<bool, SqlError> {
    let (sql, values): (&str, Vec<SqlValue>) = match db.server() {
        Server::MySql | Server::MariaDb => (
            "SELECT count(*) AS a FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
            vec![table.schema.as_str().into(), table.table.as_str().into()],
        ),
        Server::Postgres => (
            "SELECT count(*) AS a FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = $2",
            vec![table.schema.as_str().into(), table.table.as_str().into()],
        ),
        Server::Sqlite => (
            "SELECT count(*) AS a FROM sqlite_master WHERE type = 'table' AND name = ?",
            vec![sqlite_table_name(&table.schema, &table.table).as_str().into()],
        ),
    };
    Ok(db.query(sql, &values).await?.first().is_some_and(|row| row.flag(0)))
}
