//! Who holds the lock that a statement waits for.

use std::fmt;

use djc_core::dialect::Server;

use crate::db::Db;
use crate::error::SqlError;
use crate::value::{Row, SqlValue};

/// A session that keeps another one waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Number of the session: what `KILL` or `pg_terminate_backend` takes.
    pub session: u64,
    /// Its user, with the host where the server tells.
    pub user: String,
    /// For how many seconds it has been at it.
    pub seconds: Option<u64>,
    /// What it is running, or last ran; empty when idle or hidden.
    pub statement: String,
    /// Whether the server names it as the holder; otherwise it only has an open transaction.
    pub certain: bool,
}

impl Blocker {
    /// Reads session, user, host, seconds and statement.
    pub(crate) fn read(row: &Row, certain: bool) -> Result<Blocker, SqlError> {
        let host = row.text(2)?;
        let user = if host.is_empty() { row.text(1)? } else { format!("{}@{host}", row.text(1)?) };
        Ok(Blocker { session: row.u64(0)?, user, seconds: row.opt_u64(3)?, statement: row.text(4)?, certain })
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}session {} of {}", if self.certain { "" } else { "perhaps " }, self.session, self.user)?;
        if let Some(seconds) = self.seconds {
            write!(f, ", {seconds} s")?;
        }
        if self.statement.is_empty() { Ok(()) } else { write!(f, ": {}", crate::error::brief(&self.statement)) }
    }
}

/// Returns the number that the server gives this session.
pub(crate) async fn session_id(db: &mut Db) -> Result<u64, SqlError> {
    let sql = match db.server() {
        Server::MySql | Server::MariaDb => "SELECT CONNECTION_ID() AS a",
        Server::Postgres => "SELECT pg_backend_pid() AS a",
        Server::Sqlite => return Ok(0),
    };
    db.query(sql, &[]).await?.first().map_or(Ok(0), |row| row.u64(0))
}

/// Returns whether a session is there; `None` where nobody can tell.
pub(crate) async fn is_there(watcher: &mut Db, session: u64) -> Option<bool> {
    let sql = match watcher.server() {
        // An account sees the sessions of its own user.
        Server::MySql | Server::MariaDb => format!("SELECT ID AS a FROM information_schema.PROCESSLIST WHERE ID = {session}"),
        Server::Postgres => format!("SELECT pid AS a FROM pg_catalog.pg_stat_activity WHERE pid = {session}"),
        Server::Sqlite => return Some(true),
    };
    watcher.query(&sql, &[]).await.ok().map(|rows| !rows.is_empty())
}

/// Returns who keeps a session waiting, asked on another connection while it waits; empty when the server does not tell.
pub(crate) async fn blockers_of(watcher: &mut Db, session: u64) -> Vec<Blocker> {
    let (questions, certain): (&[&str], &[bool]) = match watcher.server() {
        Server::MySql => (&[MYSQL_LOCKS, MYSQL_ROWS, OPEN_TRANSACTIONS], &[true, true, false]),
        Server::MariaDb => (&[MARIADB_ROWS, MARIADB_PLUGIN, OPEN_TRANSACTIONS], &[true, false, false]),
        Server::Postgres => (&[POSTGRES], &[true]),
        Server::Sqlite => return Vec::new(),
    };
    for (question, certain) in questions.iter().zip(certain) {
        let sql = question.replace("$SESSION", &session.to_string());
        // An account that may not look there is told nothing; the next question may still be allowed.
        let Ok(rows) = watcher.query(&sql, &[]).await else { continue };
        let mut found: Vec<Blocker> = rows.iter().filter_map(|row| Blocker::read(row, *certain).ok()).collect();
        found.dedup();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Returns who has rows of a table locked, asked behind a wait that is over: nobody knows any more who it was, so that none is certain. Empty when the
/// server does not tell.
pub(crate) async fn holders_of(db: &mut Db, schema: &str, table: &str) -> Vec<Blocker> {
    let questions: &[&str] = match db.server() {
        Server::MySql => &[MYSQL_HOLDERS, OPEN_TRANSACTIONS],
        Server::MariaDb => &[OPEN_TRANSACTIONS],
        Server::Postgres => &[POSTGRES_HOLDERS],
        Server::Sqlite => return Vec::new(),
    };
    for question in questions {
        let sql = question.replace("$SESSION", "CONNECTION_ID()");
        let values: &[SqlValue] = if sql.contains("$TABLE") { &[schema.into(), table.into()] } else { &[] };
        let hole = |at| db.placeholder(at);
        let sql = sql.replace("$SCHEMA", &hole(0)).replace("$TABLE", &hole(1));
        let Ok(rows) = db.query(&sql, values).await else { continue };
        let found: Vec<Blocker> = rows.iter().filter_map(|row| Blocker::read(row, false).ok()).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Who has rows of a table locked.
const MYSQL_HOLDERS: &str = "SELECT DISTINCT t.PROCESSLIST_ID AS a, t.PROCESSLIST_USER AS b, t.PROCESSLIST_HOST AS c, \
     t.PROCESSLIST_TIME AS d, COALESCE(t.PROCESSLIST_INFO, '') AS e \
     FROM performance_schema.data_locks l JOIN performance_schema.threads t ON t.THREAD_ID = l.THREAD_ID \
     WHERE l.OBJECT_SCHEMA = $SCHEMA AND l.OBJECT_NAME = $TABLE AND l.LOCK_TYPE = 'RECORD' AND l.LOCK_STATUS = 'GRANTED' \
       AND t.PROCESSLIST_ID <> CONNECTION_ID() LIMIT 3";

/// The same of PostgreSQL, where who changes a row has a lock on the table that says so.
const POSTGRES_HOLDERS: &str = "SELECT DISTINCT a.pid::bigint AS a, a.usename::text AS b, host(a.client_addr) AS c, \
     extract(epoch FROM now() - a.xact_start)::bigint AS d, a.query AS e \
     FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class t ON t.oid = l.relation \
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
     WHERE n.nspname = $SCHEMA AND t.relname = $TABLE AND l.granted AND l.mode <> 'AccessShareLock' AND a.pid <> pg_backend_pid() LIMIT 3";

/// Who was granted a metadata lock on what the session waits for.
const MYSQL_LOCKS: &str = "SELECT DISTINCT t.PROCESSLIST_ID AS a, t.PROCESSLIST_USER AS b, t.PROCESSLIST_HOST AS c, \
     t.PROCESSLIST_TIME AS d, COALESCE(t.PROCESSLIST_INFO, '') AS e \
     FROM performance_schema.metadata_locks w JOIN performance_schema.threads wt ON wt.THREAD_ID = w.OWNER_THREAD_ID \
     JOIN performance_schema.metadata_locks h ON h.OBJECT_TYPE = w.OBJECT_TYPE AND h.OBJECT_SCHEMA <=> w.OBJECT_SCHEMA \
       AND h.OBJECT_NAME <=> w.OBJECT_NAME AND h.LOCK_STATUS = 'GRANTED' AND h.OWNER_THREAD_ID <> w.OWNER_THREAD_ID \
     JOIN performance_schema.threads t ON t.THREAD_ID = h.OWNER_THREAD_ID \
     WHERE w.LOCK_STATUS = 'PENDING' AND wt.PROCESSLIST_ID = $SESSION AND t.PROCESSLIST_ID IS NOT NULL";

/// Who holds the rows that the session waits for.
const MYSQL_ROWS: &str = "SELECT DISTINCT t.PROCESSLIST_ID AS a, t.PROCESSLIST_USER AS b, t.PROCESSLIST_HOST AS c, \
     t.PROCESSLIST_TIME AS d, COALESCE(t.PROCESSLIST_INFO, '') AS e \
     FROM performance_schema.data_lock_waits w JOIN performance_schema.threads wt ON wt.THREAD_ID = w.REQUESTING_THREAD_ID \
     JOIN performance_schema.threads t ON t.THREAD_ID = w.BLOCKING_THREAD_ID WHERE wt.PROCESSLIST_ID = $SESSION";

/// The same of MariaDB.
const MARIADB_ROWS: &str = "SELECT DISTINCT p.ID AS a, p.USER AS b, p.HOST AS c, p.TIME AS d, COALESCE(p.INFO, '') AS e \
     FROM information_schema.INNODB_LOCK_WAITS w JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
     JOIN information_schema.INNODB_TRX h ON h.trx_id = w.blocking_trx_id \
     JOIN information_schema.PROCESSLIST p ON p.ID = h.trx_mysql_thread_id WHERE r.trx_mysql_thread_id = $SESSION";

/// Who holds metadata locks, from the plugin of MariaDB, where it is installed. It does not tell who waits, so every other holder of a
/// lock on a table is listed.
const MARIADB_PLUGIN: &str = "SELECT DISTINCT p.ID AS a, p.USER AS b, p.HOST AS c, p.TIME AS d, COALESCE(p.INFO, '') AS e \
     FROM information_schema.METADATA_LOCK_INFO m JOIN information_schema.PROCESSLIST p ON p.ID = m.THREAD_ID \
     WHERE p.ID NOT IN ($SESSION, CONNECTION_ID()) AND m.LOCK_TYPE = 'Table metadata lock' ORDER BY p.TIME DESC";

/// Whoever has a transaction open, the oldest first: with few sessions that is nearly always the one.
const OPEN_TRANSACTIONS: &str = "SELECT p.ID AS a, p.USER AS b, p.HOST AS c, p.TIME AS d, COALESCE(p.INFO, '') AS e \
     FROM information_schema.INNODB_TRX x JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id \
     WHERE p.ID NOT IN ($SESSION, CONNECTION_ID()) ORDER BY x.trx_started LIMIT 3";

const POSTGRES: &str = "SELECT a.pid::bigint AS a, a.usename::text AS b, host(a.client_addr) AS c, \
     extract(epoch FROM now() - a.xact_start)::bigint AS d, a.query AS e \
     FROM pg_catalog.pg_stat_activity a WHERE a.pid = ANY (pg_catalog.pg_blocking_pids($SESSION))";
