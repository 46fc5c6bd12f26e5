//! One run at a time: an advisory lock of the server, named after the ledger and held by the session that sends the statements.
//!
//! A session whose process died keeps the lock for as long as its last statement runs on in the server, which is just what is wanted: until then
//! nobody can tell where the database stands. So whoever wants to know takes the lock too. SQLite has no such lock; there the transaction that all
//! steps are in is the lock, and a reader has a snapshot.

use std::time::{Duration, Instant};

use djc_core::dialect::Server;

use super::error::MigrateError;
use super::ledger::{Ledger, Place};
use crate::db::Db;
use crate::error::SqlError;
use crate::run::{Blocker, Progress};

/// A lock that is held: no other run works with the ledger. It goes with its session.
#[must_use = "it is held until it is released"]
#[derive(Debug)]
pub struct Lock {
    name: String,
}

/// How often to ask for a lock that another one has.
const PAUSE: Duration = Duration::from_millis(200);

/// Longest name of a lock on the MySQL family.
const NAME_MAX: usize = 64;

impl Lock {
    /// Takes the lock of a ledger for a history. A session that has it already has it once more, and releases it as often.
    ///
    /// # Errors
    /// [`MigrateError::Busy`] with who has it, when it is not to be had for so long.
    pub async fn take(
        db: &mut Db,
        ledger: &Ledger,
        history: &str,
        patience: Duration,
        progress: &mut dyn Progress,
    ) -> Result<Lock, MigrateError> {
        let lock = Lock {
            name: match &ledger.place {
                Place::Table(table) => format!("djc {table}"),
                // The same file may have another path elsewhere.
                Place::File(_) => format!("djc history {history}"),
            },
        };
        let began = Instant::now();
        let mut said: Option<Vec<u64>> = None;
        while !lock.try_take(db).await? {
            let holders = lock.holders(db).await;
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(MigrateError::Busy { ledger: ledger.to_string(), holders });
            }
            let sessions: Vec<u64> = holders.iter().map(|holder| holder.session).collect();
            // Nobody holds what was released between the two questions.
            if !holders.is_empty() && said.as_ref() != Some(&sessions) {
                progress.waiting("begin", &holders);
                said = Some(sessions);
            }
            tokio::time::sleep(left.min(PAUSE)).await;
        }
        Ok(lock)
    }

    async fn try_take(&self, db: &mut Db) -> Result<bool, SqlError> {
        let sql = match db.server() {
            Server::MySql | Server::MariaDb => format!("SELECT GET_LOCK({}, 0) AS a", self.expression()),
            Server::Postgres => format!("SELECT pg_try_advisory_lock({}) AS a", self.expression_of_postgres()),
            Server::Sqlite => return Ok(true),
        };
        Ok(db.query(&sql, &[]).await?.first().is_some_and(|row| row.flag(0)))
    }

    /// Gives the lock back. A connection that is gone has done so already.
    pub async fn release(self, db: &mut Db) {
        let sql = match db.server() {
            Server::MySql | Server::MariaDb => format!("SELECT RELEASE_LOCK({}) AS a", self.expression()),
            Server::Postgres => format!("SELECT pg_advisory_unlock({}) AS a", self.expression_of_postgres()),
            Server::Sqlite => return,
        };
        let _ = db.query(&sql, &[]).await;
    }

    /// Returns who has it, as far as the server tells.
    async fn holders(&self, db: &mut Db) -> Vec<Blocker> {
        let sql = match db.server() {
            Server::MySql | Server::MariaDb => {
                // An account without PROCESS sees the sessions of its own user only.
                format!(
                    "SELECT h.id AS a, COALESCE(p.USER, 'another account') AS b, COALESCE(p.HOST, '') AS c, p.TIME AS d, COALESCE(p.INFO, '') AS e \
                     FROM (SELECT IS_USED_LOCK({}) AS id) h LEFT JOIN information_schema.PROCESSLIST p ON p.ID = h.id WHERE h.id IS NOT NULL",
                    self.expression()
                )
            }
            Server::Postgres => format!(
                "SELECT a.pid::bigint AS a, a.usename::text AS b, COALESCE(host(a.client_addr), '') AS c, \
                 extract(epoch FROM now() - a.query_start)::bigint AS d, COALESCE(a.query, '') AS e \
                 FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
                 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
                 AND ((l.classid::bigint << 32) | l.objid::bigint) = {}",
                self.expression_of_postgres()
            ),
            Server::Sqlite => return Vec::new(),
        };
        let rows = db.query(&sql, &[]).await.unwrap_or_default();
        rows.iter().filter_map(|row| Blocker::read(row, true).ok()).collect()
    }

    /// Returns the name as an expression of the MySQL family.
    fn expression(&self) -> String {
        let name = Server::MySql.dialect().facts().quoting.text(&self.name);
        if self.name.chars().count() <= NAME_MAX { name } else { format!("CONCAT('djc ', SHA1({name}))") }
    }

    /// Returns the number of the lock on PostgreSQL, where it has no name.
    fn expression_of_postgres(&self) -> String {
        format!("hashtextextended({}, 0)", Server::Postgres.dialect().facts().quoting.text(&self.name))
    }
}
