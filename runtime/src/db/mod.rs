//! One dedicated connection to one server, the same for all servers.
//!
//! A pool would hide which session holds a lock and would let a `SET` leak into another task, so a [`Db`] is exactly one
//! session. Every operation has a timeout; after one, or after any protocol error, the connection is given up: a
//! session whose state is unknown is never used again.

#[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
mod absent;
mod connect;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
pub(crate) mod raw;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod standing;

#[cfg(not(feature = "mysql"))]
use absent as mysql;
#[cfg(not(feature = "postgres"))]
use absent as postgres;
#[cfg(not(feature = "sqlite"))]
use absent as sqlite;

use std::future::Future;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use djc_core::dialect::{Server, Target};
use sqlx::AssertSqlSafe;

use crate::error::{ConnectError, ServerCode, SqlError, brief};
use crate::url::DatabaseUrl;
use crate::value::{Row, SqlArray, SqlValue};
use standing::{Prepared, Standing};

pub(crate) use rows::{Layout, WireRow};

/// How to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Longest wait for a connection, login included.
    pub connect_timeout: Duration,
    /// Longest wait for one statement.
    pub operation_timeout: Duration,
    /// Whether an SQLite file that does not exist is made.
    pub create: bool,
    /// Whether the session may only read.
    pub read_only: bool,
    /// Whether a session that is gone is replaced before the next statement outside of a transaction. What was set in it and the locks that it held are
    /// gone with it, so only those who set and hold nothing want this. A database in memory is never replaced.
    pub reconnect: bool,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        ConnectOptions {
            connect_timeout: Duration::from_secs(10),
            operation_timeout: Duration::from_secs(120),
            create: false,
            read_only: false,
            reconnect: false,
        }
    }
}

/// A connection.
pub struct Db {
    link: Link,
    url: DatabaseUrl,
    options: ConnectOptions,
    target: Target,
    version_text: String,
    encrypted: bool,
    last_statement: String,
    statements: u64,
    in_transaction: bool,
    standing: Standing,
    prepared: Prepared,
    /// Whether the server was told to wait for a slow reader.
    patient: bool,
    in_savepoint: bool,
    /// When somebody last took it into their hands; see [`Db::revive`].
    taken: Instant,
}

/// The one mark in a transaction.
const SAVEPOINT: &str = "djc_mark";

/// A session that has been idle for so long is asked whether it is still there before it is used.
const IDLE: Duration = Duration::from_secs(5);

enum Link {
    MySql(mysql::Connection),
    Postgres(postgres::Connection),
    Sqlite(sqlite::Connection),
    Closed { cause: String },
}

/// What the driver is asked to do.
#[derive(Clone, Copy)]
enum Call<'a> {
    /// As it stands, without values.
    Plain,
    /// With bound values.
    Bound(&'a [SqlValue]),
    /// With bound values, and the statement stays prepared whatever its length: it will be sent again.
    Kept(&'a [SqlValue]),
}

impl Db {
    /// Connects, finds out what server it is, and sets the session up.
    ///
    /// On the MySQL family: utf8mb4 on the wire, the strict SQL mode that datajoint sets, no change of time zone.
    pub async fn connect(url: &DatabaseUrl, options: &ConnectOptions) -> Result<Db, ConnectError> {
        connect::connect(url, options).await
    }

    /// Opens a second connection to the same place.
    pub async fn sibling(&self) -> Result<Db, ConnectError> {
        Db::connect(&self.url, &self.options).await
    }

    /// Returns what a second connection to the same place is made of.
    pub(crate) fn place(&self) -> (DatabaseUrl, ConnectOptions) {
        (self.url.clone(), self.options.clone())
    }

    /// Returns which server this is, of which version, and the charset that its new schemas have by default.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the server.
    pub fn server(&self) -> Server {
        self.target.server
    }

    /// Returns what the server calls itself.
    pub fn version_text(&self) -> &str {
        &self.version_text
    }

    /// Returns whether everybody on the way can read along: a connection to another machine that is not encrypted.
    pub fn is_exposed(&self) -> bool {
        match &self.url {
            DatabaseUrl::Server(location) => !self.encrypted && !is_loopback(&location.host),
            DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => false,
        }
    }

    /// Returns whether the connection is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Returns where it is connected to; printing it hides the password.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Returns the last statement that was sent, in brief.
    pub fn last_statement(&self) -> &str {
        &self.last_statement
    }

    /// Returns how many statements have been sent on this connection, its own setting up included.
    pub fn statements_sent(&self) -> u64 {
        self.statements
    }

    /// Runs one statement without values and returns how many rows it touched.
    pub async fn execute(&mut self, sql: &str) -> Result<u64, SqlError> {
        self.run(sql, Call::Plain).await
    }

    /// Runs one statement with bound values and returns how many rows it touched.
    ///
    /// Placeholders are `?`, on PostgreSQL `$1`, `$2`, … ([`Db::placeholder`]). Their number is checked before
    /// anything is sent: a wrong one makes a MySQL connection hang at its next statement.
    pub async fn execute_with(&mut self, sql: &str, values: &[SqlValue]) -> Result<u64, SqlError> {
        self.check_count(sql, values)?;
        self.run(sql, Call::Bound(values)).await
    }

    /// As [`Db::execute_with`], for a statement that is sent many times.
    pub(crate) async fn execute_kept(&mut self, sql: &str, values: &[SqlValue]) -> Result<u64, SqlError> {
        self.check_count(sql, values)?;
        self.run(sql, Call::Kept(values)).await
    }

    /// As [`Db::execute_kept`] with an array for each placeholder; PostgreSQL only.
    pub(crate) async fn execute_arrays(&mut self, sql: &str, arrays: Vec<SqlArray>) -> Result<u64, SqlError> {
        self.enter(sql).await?;
        let timeout = self.options.operation_timeout;
        let outcome = match &mut self.link {
            Link::Postgres(link) => limited(timeout, postgres::execute_arrays(link, sql, arrays)).await,
            Link::MySql(_) | Link::Sqlite(_) => Err(Failure::Ours(SqlError::Unexpected("only PostgreSQL takes arrays".to_string()))),
            Link::Closed { cause } => Err(Failure::Ours(SqlError::Lost { statement: brief(sql), cause: cause.clone() })),
        };
        self.settle(sql, outcome)
    }

    /// Runs a query with bound values and returns all its rows.
    ///
    /// Without values the MySQL family sends numbers as text, a `float` with six digits as its own clients show it; with a value
    /// bound it sends all bits.
    pub async fn query(&mut self, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, SqlError> {
        self.check_count(sql, values)?;
        self.enter(sql).await?;
        let timeout = self.options.operation_timeout;
        let outcome = match &mut self.link {
            Link::MySql(link) => limited(timeout, mysql::query(link, sql, values)).await,
            Link::Postgres(link) => limited(timeout, postgres::query(link, sql, values)).await,
            Link::Sqlite(link) => limited(timeout, sqlite::query(link, sql, values)).await,
            Link::Closed { cause } => Err(Failure::Ours(SqlError::Lost { statement: brief(sql), cause: cause.clone() })),
        };
        self.settle(sql, outcome)
    }

    /// Runs a query and returns the first column of its first row.
    pub async fn query_value(&mut self, sql: &str, values: &[SqlValue]) -> Result<SqlValue, SqlError> {
        Ok(self.query(sql, values).await?.first().map(|row| row.get(0).clone()).unwrap_or(SqlValue::Null))
    }

    /// Returns the placeholder of the value at `at`, counted from 0.
    pub fn placeholder(&self, at: usize) -> String {
        match self.server() {
            Server::MySql | Server::MariaDb | Server::Sqlite => "?".to_string(),
            Server::Postgres => format!("${}", at + 1),
        }
    }

    /// Begins a transaction; on SQLite one that writes from the beginning, so that it waits here and not in the middle.
    pub async fn begin(&mut self) -> Result<(), SqlError> {
        let sql = match self.server() {
            Server::MySql | Server::MariaDb => "START TRANSACTION",
            Server::Postgres => "BEGIN",
            Server::Sqlite => "BEGIN IMMEDIATE",
        };
        // Before it is sent: a call that is dropped meanwhile may have begun one.
        self.in_transaction = true;
        let outcome = match self.execute(sql).await {
            // Nothing was done yet, so that once more does no harm.
            Err(SqlError::Lost { .. }) if self.options.reconnect && self.revive().await.is_ok() => {
                self.in_transaction = true;
                self.execute(sql).await
            }
            outcome => outcome,
        };
        self.in_transaction = outcome.is_ok();
        outcome.map(drop)
    }

    /// Returns whether a transaction that [`Db::begin`] began is not yet at its end.
    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Commits.
    pub async fn commit(&mut self) -> Result<(), SqlError> {
        self.in_transaction = false;
        self.in_savepoint = false;
        self.execute("COMMIT").await.map(drop)
    }

    /// Rolls back. An SQLite transaction that an error has already ended is no error.
    pub async fn rollback(&mut self) -> Result<(), SqlError> {
        self.in_transaction = false;
        self.in_savepoint = false;
        match self.execute("ROLLBACK").await {
            Err(SqlError::Server { .. }) if self.server() == Server::Sqlite => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Marks a place in the transaction that it can be taken back to. There is one at a time.
    pub(crate) async fn savepoint(&mut self) -> Result<(), SqlError> {
        self.execute(&format!("SAVEPOINT {SAVEPOINT}")).await?;
        self.in_savepoint = true;
        Ok(())
    }

    /// Returns whether the transaction has a mark. One that nobody works behind any more was left by work that was cancelled.
    pub(crate) fn in_savepoint(&self) -> bool {
        self.in_savepoint
    }

    /// Forgets the mark and keeps what was done since.
    pub(crate) async fn release_savepoint(&mut self) -> Result<(), SqlError> {
        self.in_savepoint = false;
        self.execute(&format!("RELEASE SAVEPOINT {SAVEPOINT}")).await.map(drop)
    }

    /// Takes back what was done since the mark.
    pub(crate) async fn rollback_to_savepoint(&mut self) -> Result<(), SqlError> {
        self.in_savepoint = false;
        self.execute(&format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}")).await?;
        self.execute(&format!("RELEASE SAVEPOINT {SAVEPOINT}")).await.map(drop)
    }

    /// Sends a statement; one that fails leaves a transaction around it as it was, also on PostgreSQL.
    pub(crate) async fn execute_marked(&mut self, in_transaction: bool, sql: &str, values: &[SqlValue]) -> Result<u64, SqlError> {
        if !in_transaction {
            return self.execute_with(sql, values).await;
        }
        self.savepoint().await?;
        let outcome = self.execute_with(sql, values).await;
        if outcome.is_ok() {
            self.release_savepoint().await?;
        } else {
            // A server that has ended the transaction knows no mark any more, and what it said first is what matters.
            let _ = self.rollback_to_savepoint().await;
        }
        outcome
    }

    /// Sets how long a statement of this session waits for a lock before the server gives up on it.
    pub async fn set_lock_wait(&mut self, wait: Duration) -> Result<(), SqlError> {
        let seconds = wait.as_secs().max(1);
        match self.server() {
            Server::MySql | Server::MariaDb => {
                let sql = format!("SET SESSION lock_wait_timeout = {seconds}, SESSION innodb_lock_wait_timeout = {seconds}");
                self.execute(&sql).await.map(drop)
            }
            Server::Postgres => self.execute(&format!("SET lock_timeout = {}", wait.as_millis().max(1))).await.map(drop),
            Server::Sqlite => self.query(&format!("PRAGMA busy_timeout = {}", wait.as_millis()), &[]).await.map(drop),
        }
    }

    /// Sets how long one statement may take before the connection is given up. A table of millions of rows takes hours to be rewritten.
    pub async fn set_operation_timeout(&mut self, timeout: Duration) -> Result<(), SqlError> {
        if self.server() == Server::Postgres {
            self.execute(&format!("SET statement_timeout = {}", timeout.as_millis().min(i32::MAX as u128))).await?;
        }
        self.options.operation_timeout = timeout;
        Ok(())
    }

    /// Returns how long one statement may take.
    pub fn operation_timeout(&self) -> Duration {
        self.options.operation_timeout
    }

    /// Ends the connection politely.
    pub async fn close(mut self) {
        let link = std::mem::replace(&mut self.link, Link::Closed { cause: "closed".to_string() });
        // Whatever goes wrong with a goodbye does not matter to anybody.
        let goodbye = async {
            match link {
                Link::MySql(link) => mysql::close(link).await,
                Link::Postgres(link) => postgres::close(link).await,
                Link::Sqlite(link) => sqlite::close(link).await,
                Link::Closed { .. } => Ok(()),
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), goodbye).await;
    }

    /// Drops the connection in the middle, without a goodbye, as a cut wire does. Everything after it fails with
    /// [`SqlError::Lost`]. The convergence tests use it.
    pub fn sever(&mut self) {
        self.link = Link::Closed { cause: "the connection was cut".to_string() };
    }

    /// Gives the connection up, because what was read from it ended in the middle.
    pub(crate) fn give_up(&mut self, cause: &SqlError) {
        if !self.is_closed() {
            self.link = Link::Closed { cause: cause.to_string() };
        }
    }

    /// Returns whether the connection is gone or given up.
    pub fn is_closed(&self) -> bool {
        matches!(self.link, Link::Closed { .. })
    }

    /// Returns why the connection is gone or was given up.
    pub(crate) fn closed_because(&self) -> Option<&str> {
        match &self.link {
            Link::Closed { cause } => Some(cause),
            Link::MySql(_) | Link::Postgres(_) | Link::Sqlite(_) => None,
        }
    }

    /// Replaces a session that is gone by a new one, where [`ConnectOptions::reconnect`] allows it and no transaction is open. One that was idle for a while is
    /// asked first whether it is there, because neither a server that was restarted nor a router that forgot says so by itself.
    ///
    /// # Errors
    /// What the old session ended with, and why there is no new one.
    pub(crate) async fn revive(&mut self) -> Result<(), (SqlError, ConnectError)> {
        let idle = std::mem::replace(&mut self.taken, Instant::now()).elapsed();
        if !self.options.reconnect || matches!(self.url, DatabaseUrl::SqliteMemory) {
            return Ok(());
        }
        if !self.is_closed() && idle > IDLE {
            // What is gone is closed by this.
            let _ = self.query("SELECT 1 AS a", &[]).await;
        }
        let Link::Closed { cause } = &self.link else { return Ok(()) };
        let cause = cause.clone();
        match Db::connect(&self.url, &self.options).await {
            Ok(fresh) => {
                let sent = self.statements;
                *self = fresh;
                self.statements += sent;
                Ok(())
            }
            Err(error) => Err((SqlError::Lost { statement: self.last_statement.clone(), cause }, error)),
        }
    }

    async fn run(&mut self, sql: &str, call: Call<'_>) -> Result<u64, SqlError> {
        self.enter(sql).await?;
        let timeout = self.options.operation_timeout;
        let outcome = match &mut self.link {
            Link::MySql(link) => limited(timeout, mysql::execute(link, sql, call)).await,
            Link::Postgres(link) => limited(timeout, postgres::execute(link, sql, call)).await,
            Link::Sqlite(link) => limited(timeout, sqlite::execute(link, sql, call)).await,
            Link::Closed { cause } => Err(Failure::Ours(SqlError::Lost { statement: brief(sql), cause: cause.clone() })),
        };
        self.settle(sql, outcome)
    }

    /// Turns a failure into our error, and gives the connection up where its state is not known.
    fn settle<T>(&mut self, sql: &str, outcome: Result<T, Failure>) -> Result<T, SqlError> {
        self.standing = Standing::Ready;
        let error = match outcome {
            Ok(value) => return Ok(value),
            Err(Failure::Ours(error)) => error,
            Err(Failure::Driver(error)) => SqlError::from_sqlx(error, sql),
            Err(Failure::Slow(limit)) => SqlError::Timeout { seconds: limit.as_secs(), statement: brief(sql) },
        };
        if error.is_lost() && !matches!(self.link, Link::Closed { .. }) {
            self.link = Link::Closed { cause: error.to_string() };
        }
        if self.server().is_mysql_family() && error.code().is_some_and(ServerCode::is_deadlock) {
            // The server has rolled back all of the transaction, and what came next would be committed by itself.
            (self.in_transaction, self.in_savepoint) = (false, false);
        }
        Err(error)
    }

    fn check_count(&self, sql: &str, values: &[SqlValue]) -> Result<(), SqlError> {
        let expected = placeholders(sql, self.server());
        if expected == values.len() { Ok(()) } else { Err(SqlError::Arguments { expected, given: values.len(), statement: brief(sql) }) }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("url", &self.url).field("target", &self.target).finish_non_exhaustive()
    }
}

/// Returns the codes of a server's error.
pub(crate) fn server_code(error: &dyn sqlx::error::DatabaseError) -> ServerCode {
    mysql::code(error).or_else(|| postgres::code(error)).or_else(|| sqlite::code(error)).unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why a call brought nothing.
enum Failure {
    Driver(sqlx::Error),
    Ours(SqlError),
    Slow(Duration),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Driver(error)
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Failure::Ours(error)
    }
}

async fn limited<T>(limit: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::Slow(limit)),
    }
}

/// Hands run-time SQL to sqlx. The only place that does: all SQL of djc is written by its dialects, which quote every
/// identifier and every literal, or stands in this crate; values from users are bound.
fn trusted(sql: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(sql.to_string())
}

/// Counts the placeholders outside of quotes and comments; for PostgreSQL the greatest number behind a `$`.
fn placeholders(sql: &str, server: Server) -> usize {
    let backslash = matches!(server, Server::MySql | Server::MariaDb);
    let bytes = sql.as_bytes();
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if backslash && quote != b'`' && bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'?' if server != Server::Postgres => count += 1,
            b'$' if server == Server::Postgres => {
                let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                count = count.max(sql[at + 1..at + 1 + digits].parse().unwrap_or(0));
                at += digits;
            }
            _ => {}
        }
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_counted_outside_quotes() {
        assert_eq!(placeholders("SELECT '?', `a?`, ? FROM \"?\" -- ?\n WHERE x = ?", Server::MySql), 2);
        assert_eq!(placeholders(r"SELECT 'it\'s ?', ?", Server::MariaDb), 1);
        assert_eq!(placeholders(r"SELECT 'a\', ?", Server::Sqlite), 1);
        assert_eq!(placeholders("SELECT $1, '$7', $2, $1, a ? b", Server::Postgres), 2);
    }

    #[tokio::test]
    async fn wrong_count_of_values_is_refused_before_sending() {
        let mut db = Db::connect(&DatabaseUrl::SqliteMemory, &ConnectOptions::default()).await.expect("SQLite in memory");
        let error = db.query("SELECT ?", &[]).await.expect_err("one is missing");
        assert!(matches!(error, SqlError::Arguments { expected: 1, given: 0, .. }), "{error}");
        assert_eq!(db.query_value("SELECT ?", &["x".into()]).await.expect("the connection lives"), "x".into());
    }

    #[tokio::test]
    async fn severed_connection_reports_lost() {
        let mut db = Db::connect(&DatabaseUrl::SqliteMemory, &ConnectOptions::default()).await.expect("SQLite in memory");
        db.sever();
        assert!(db.execute("SELECT 1").await.expect_err("cut").is_lost());
    }
}
