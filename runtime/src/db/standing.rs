//! What a call leaves behind that was dropped before its end.
//!
//! A future can be dropped at every wait: `tokio::select!` and timeouts do it. Half an answer may then be on the wire, and whoever sends the next
//! statement would read it as their own. So each call notes that it has begun, and the next one looks: rows that nobody took are read and thrown
//! away, and a connection that stopped anywhere else is given up. The thread that owns an SQLite database takes one statement after the other,
//! whoever waits for it, and needs none of this.

use std::time::Duration;

use super::{Call, Db, Link, limited, mysql, postgres};
use crate::error::{SqlError, brief};

/// Longest wait for rows that nobody takes, before the connection is given up instead. In a transaction, where that would roll it back, the
/// limit of a statement counts.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// Whether a statement can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Yes.
    Ready,
    /// A call waits for the server, or waited when it was dropped.
    Midway,
    /// A row was handed over, and more may be on their way.
    Rows,
    /// No more.
    Over {
        /// Why.
        cause: String,
    },
}

/// What a session of the MySQL family keeps prepared.
///
/// When its cache is full, sqlx closes a statement for each that is new. The server does not answer to that, and what is sent next waits for the
/// delayed acknowledgement, some 40 ms. So all are forgotten before the cache is full, with one wait for hundreds; and before they are a burden for the
/// server, which keeps a hundred times the text of a long insert.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    count: usize,
    bytes: usize,
    /// Length of the statement before.
    last: usize,
}

impl Prepared {
    /// So many statements are kept at most.
    pub(super) const COUNT_MAX: usize = 240;
    /// Their texts are as long at most.
    const BYTES_MAX: usize = 256 << 10;

    /// Returns whether they must go before the next statement. `count` is how many there are now: if it has grown, the statement before was new.
    fn is_full(&mut self, count: usize, next: &str) -> bool {
        if count > self.count {
            self.bytes += self.last;
        }
        self.count = count;
        self.last = next.len();
        self.count >= Self::COUNT_MAX || self.bytes >= Self::BYTES_MAX
    }
}

impl Db {
    /// Makes the session ready for a statement, as far as it can be; one that is given up answers [`SqlError::Lost`].
    pub(crate) async fn ready(&mut self) {
        let standing = std::mem::replace(&mut self.standing, Standing::Ready);
        let limit = if self.in_transaction { self.options.operation_timeout } else { DRAIN_MAX };
        let cause = match (standing, &mut self.link) {
            (Standing::Ready, _) | (Standing::Midway | Standing::Rows, Link::Sqlite(_)) | (_, Link::Closed { .. }) => return,
            (Standing::Over { cause }, _) => cause,
            (Standing::Midway, Link::MySql(_) | Link::Postgres(_)) => {
                format!("a call was dropped in the middle of: {}", self.last_statement)
            }
            (Standing::Rows, Link::MySql(link)) => match drained(limit, mysql::ping(link)).await {
                Ok(()) => return,
                Err(cause) => cause,
            },
            (Standing::Rows, Link::Postgres(link)) => match drained(limit, postgres::ping(link)).await {
                Ok(()) => return,
                Err(cause) => cause,
            },
        };
        self.link = Link::Closed { cause };
    }

    /// Begins a call.
    pub(super) async fn enter(&mut self, sql: &str) -> Result<(), SqlError> {
        self.ready().await;
        if self.patient
            && let Link::Postgres(link) = &mut self.link
        {
            self.standing = Standing::Midway;
            let limit = self.options.operation_timeout;
            let text = format!("SET statement_timeout = {}", limit.as_millis().min(i32::MAX as u128));
            // In a transaction that failed nothing can be set before it is rolled back.
            self.patient = limited(limit, postgres::execute(link, &text, Call::Plain)).await.is_err();
            self.standing = Standing::Ready;
        }
        if let Link::MySql(link) = &mut self.link
            && self.prepared.is_full(mysql::prepared_count(link), sql)
        {
            self.standing = Standing::Midway;
            self.prepared = Prepared { last: sql.len(), ..Prepared::default() };
            // What is wrong with the connection, the statement itself will say.
            let _ = mysql::forget_prepared(link).await;
        }
        self.note(sql);
        Ok(())
    }

    /// Notes that a statement is on its way.
    pub(super) fn note(&mut self, sql: &str) {
        self.last_statement = brief(sql);
        self.statements += 1;
        self.standing = Standing::Midway;
    }

    /// Has the server wait for whoever reads rows slowly: MariaDB cuts the connection after a minute, and PostgreSQL counts the time of the reader
    /// as that of the statement.
    pub(super) async fn be_patient(&mut self) -> Result<(), SqlError> {
        self.ready().await;
        let sql = match &self.link {
            Link::MySql(_) => "SET SESSION net_write_timeout = 86400",
            Link::Postgres(_) => "SET statement_timeout = 0",
            Link::Sqlite(_) | Link::Closed { .. } => return Ok(()),
        };
        if !self.patient {
            self.execute(sql).await?;
            self.patient = true;
        }
        Ok(())
    }
}

async fn drained(limit: Duration, ping: impl Future<Output = Result<(), sqlx::Error>>) -> Result<(), String> {
    match tokio::time::timeout(limit, ping).await {
        // An error of the statement whose rows were not taken is its end too.
        Ok(Ok(()) | Err(sqlx::Error::Database(_))) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("rows that nobody took were still coming".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_forgotten_when_they_are_many_or_long() {
        let rounds = |length: usize| {
            let (mut prepared, sql) = (Prepared::default(), " ".repeat(length));
            (0..).find(|count| prepared.is_full(*count, &sql)).expect("there is an end")
        };
        assert_eq!(rounds(100), Prepared::COUNT_MAX);
        assert_eq!(rounds(16 << 10), 16);
        let mut prepared = Prepared::default();
        let long = " ".repeat(100 << 10);
        assert!((0..1000).all(|_| !prepared.is_full(1, &long)), "one that is kept already is no burden");
    }
}
