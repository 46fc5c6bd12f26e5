//! Everything or nothing.

use tokio::sync::{MutexGuard, OwnedMutexGuard};

use super::guard::Guard;
use super::{BoxFuture, Connection, Session};
use crate::db::Db;
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};

/// A transaction. Dropped without [`Transaction::commit`] it is rolled back.
///
/// What belongs to it is given the transaction (`fetch(&transaction)`): the connection itself waits until it ends. There is one at a time and none inside
/// another, as in datajoint.
pub struct Transaction<'c> {
    connection: &'c Connection,
    /// `None` once it is at its end.
    db: Option<tokio::sync::Mutex<OwnedMutexGuard<Db>>>,
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c Connection, db: OwnedMutexGuard<Db>) -> Transaction<'c> {
        connection.set_in_transaction(true);
        Transaction { connection, db: Some(tokio::sync::Mutex::new(db)) }
    }

    /// Commits.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when the connection is gone; where it was lost while committing, nobody knows whether it was committed.
    pub async fn commit(mut self) -> Result<(), Error> {
        let mut db = self.end();
        db.ready().await;
        if db.is_closed() {
            self.connection.set_in_transaction(false);
            return Err(lost(&db));
        }
        if !db.in_transaction() {
            self.connection.set_in_transaction(false);
            return Err(over());
        }
        let outcome = db.commit().await;
        self.connection.set_in_transaction(false);
        match outcome {
            Err(error) if error.is_lost() => {
                Err(Error::new(ErrorKind::Lost, "the connection was lost while the transaction was committed")
                    .cause("the server did not say whether it has committed")
                    .next_step("look whether its rows are there before it is tried again")
                    .source(error))
            }
            outcome => Ok(outcome?),
        }
    }

    /// Rolls back. What is gone with its connection has been rolled back already.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let mut db = self.end();
        let outcome = db.rollback().await;
        self.connection.set_in_transaction(false);
        match outcome {
            Err(error) if error.is_lost() => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    fn end(&mut self) -> OwnedMutexGuard<Db> {
        self.db.take().expect("a transaction ends once").into_inner()
    }
}

/// Says that a transaction ended with its connection.
fn lost(db: &Db) -> Error {
    let why = db.closed_because().unwrap_or("the connection is gone").to_string();
    Error::new(ErrorKind::Lost, format!("the connection was lost during a transaction ({why})"))
        .cause("the server has rolled it back, and nothing of it is left")
        .next_step("begin it again: the next use of the connection connects anew")
        .source(SqlError::Lost { statement: "the transaction".to_string(), cause: why })
}

/// Says that the server ended a transaction.
fn over() -> Error {
    Error::new(ErrorKind::Contention, "the transaction is over: it and another one waited for each other, and the server ended this one")
        .cause("nothing of it is left")
        .next_step("begin it again, from its first statement")
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        let Some(db) = self.db.take() else { return };
        self.connection.set_in_transaction(false);
        // Without a runtime the next use of the connection rolls back.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let mut db = db.into_inner();
            runtime.spawn(async move { db.rollback().await });
        }
    }
}

impl Session for Transaction<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }

    fn lock(&self) -> BoxFuture<'_, Result<Guard<'_>, Error>> {
        Box::pin(async {
            let mut db = self.db.as_ref().expect("a transaction that ended was consumed").lock().await;
            db.ready().await;
            if db.is_closed() {
                return Err(lost(&db));
            }
            if !db.in_transaction() {
                return Err(over());
            }
            if db.in_savepoint() {
                // A call was dropped half-way.
                db.rollback_to_savepoint().await?;
            }
            Ok(Guard::lent(MutexGuard::map(db, |db| &mut **db)))
        })
    }

    fn in_transaction(&self) -> bool {
        true
    }
}
