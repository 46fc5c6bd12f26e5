//! A connection that a program shares, and transactions on it.
//!
//! A [`Connection`] is one session on one server ([`Db`]) behind a lock, so that `&Connection` is all that calls need; tasks that should not wait
//! for each other open one each. A [`Transaction`] holds the session until it is committed; dropped, it is rolled back. Both are a [`Session`], which is
//! what every call takes.
//!
//! A session that the server has dropped, because it was idle for too long or because the server was restarted, is replaced before the next statement,
//! unless datajoint's own setting `database.reconnect` is false. Inside a transaction nothing is replaced: it is over, and what belongs to it fails.

mod deploy;
mod drift;
mod grants;
mod guard;
mod open;
mod stores;
mod transaction;
mod verify;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use djc_core::model::Scope;

use crate::db::{ConnectOptions, Db};
use crate::fault::{Error, ErrorKind};
use crate::insert::Targets;
use crate::store::{Store, Stores};

pub use guard::Guard;
pub use transaction::Transaction;
pub(crate) use verify::{all_ready, ready};

/// A future that can be stored, as trait objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where statements run: a [`Connection`] or a [`Transaction`] on it.
pub trait Session: Send + Sync {
    /// Returns the connection.
    fn connection(&self) -> &Connection;

    /// Waits for the session and takes it.
    fn lock(&self) -> BoxFuture<'_, Result<Guard<'_>, Error>>;

    /// Returns whether this is a transaction.
    fn in_transaction(&self) -> bool;
}

/// How generated code connects.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Of the session itself.
    pub session: ConnectOptions,
    /// Variables of schema names; they win over the environment, and that over what the code was built with.
    pub variables: BTreeMap<String, String>,
    /// Whether a database that is not what the code was built for is used all the same.
    pub allow_drift: bool,
    /// Where content of attributes such as `blob@raw` and `<npy@>` is kept; what they do not say is taken from datajoint's own settings.
    pub stores: Option<Stores>,
}

/// A session that a program shares.
pub struct Connection {
    db: Arc<tokio::sync::Mutex<Db>>,
    options: Options,
    scope: Scope,
    notices: Vec<String>,
    /// Whether a transaction has the session.
    in_transaction: AtomicBool,
    /// Fingerprints of models that this database was held against.
    verified: Mutex<HashSet<String>>,
    /// Stores, found out when the first is used.
    stores: OnceLock<Stores>,
    opened: Mutex<HashMap<String, Store>>,
    /// Tables that rows were written into.
    targets: Targets,
}

/// Connects to a URL (`sqlite:file.db`, `mysql://…`, `postgres://…`), to the database that a file of datajoint's settings names
/// (`dj_local_conf.json`), or with an empty text to the one that datajoint itself would connect to from here. An SQLite file that does not exist is made.
///
/// # Errors
/// [`ErrorKind::Connect`], with where each setting came from.
pub async fn connect(url: &str) -> Result<Connection, Error> {
    let session = ConnectOptions { create: true, ..ConnectOptions::default() };
    Connection::open(url, Options { session, ..Options::default() }).await
}

impl Connection {
    /// Connects; see [`connect`]. The rest of a URL that says little (no user, no password) comes from the environment and from files, as for datajoint.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn open(url: &str, options: Options) -> Result<Connection, Error> {
        let opened = open::open(url, &options).await?;
        Ok(Connection::new(opened.db, open::variables(&options), options, opened.notices))
    }

    /// Returns a connection over a session that is there already.
    pub fn over(db: Db) -> Connection {
        Connection::new(db, BTreeMap::new(), Options::default(), Vec::new())
    }

    fn new(db: Db, variables: BTreeMap<String, String>, options: Options, notices: Vec<String>) -> Connection {
        Connection {
            scope: Scope { server: db.server(), variables },
            db: Arc::new(tokio::sync::Mutex::new(db)),
            options,
            notices,
            in_transaction: AtomicBool::new(false),
            verified: Mutex::default(),
            targets: Targets::default(),
            stores: OnceLock::new(),
            opened: Mutex::default(),
        }
    }

    /// Returns which server this is and what the variables of schema names come to; what [`to_sql`](crate::Query::to_sql) wants.
    pub fn dialect(&self) -> &Scope {
        &self.scope
    }

    /// Returns what was odd about settings, and whether the wire can be read by others; for the log of a program.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Asks the server whether it is there.
    ///
    /// # Errors
    /// [`ErrorKind::Lost`] when it is not and does not come back.
    pub async fn ping(&self) -> Result<(), Error> {
        self.lock().await?.query("SELECT 1 AS a", &[]).await?;
        Ok(())
    }

    /// Returns what is known of tables that rows were written into.
    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Begins a transaction. Everything that goes through it is committed together, or not at all.
    ///
    /// # Errors
    /// [`ErrorKind::Contention`] when another transaction has the session and does not end.
    pub async fn begin(&self) -> Result<Transaction<'_>, Error> {
        let mut db = self.patiently(self.db.clone().lock_owned()).await?;
        settled(&mut db).await?;
        db.begin().await?;
        Ok(Transaction::new(self, db))
    }

    fn set_in_transaction(&self, value: bool) {
        self.in_transaction.store(value, Ordering::Relaxed);
    }

    /// Waits for the session. Who has begun a transaction and uses the connection beside it would wait forever.
    async fn patiently<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::pin!(work);
        let patience = self.options.session.operation_timeout;
        loop {
            match tokio::time::timeout(patience, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if self.in_transaction.load(Ordering::Relaxed) => {
                    return Err(Error::new(ErrorKind::Contention, format!("no session in {} s", patience.as_secs()))
                        .cause("a transaction on this connection is still open")
                        .next_step("give the transaction, and not the connection, to calls that belong to it; or commit it first"));
                }
                // Somebody reads many rows.
                Err(_) => {}
            }
        }
    }
}

impl Session for Connection {
    fn connection(&self) -> &Connection {
        self
    }

    fn lock(&self) -> BoxFuture<'_, Result<Guard<'_>, Error>> {
        Box::pin(async {
            let mut db = self.patiently(self.db.lock()).await?;
            settled(&mut db).await?;
            Ok(Guard::own(db))
        })
    }

    fn in_transaction(&self) -> bool {
        false
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("server", &self.scope.server).finish_non_exhaustive()
    }
}

/// Rolls back what a transaction left that was dropped where nothing could be sent, and replaces a session that is gone.
async fn settled(db: &mut Db) -> Result<(), Error> {
    db.ready().await;
    if db.in_transaction() && !db.is_closed() {
        match db.rollback().await {
            Err(error) if !error.is_lost() => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    db.revive().await.map_err(|(cause, error)| {
        Error::new(ErrorKind::Lost, "the connection is gone, and no new one came about").cause(error.to_string()).source(cause)
    })
}
