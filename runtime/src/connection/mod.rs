//! A connection that a program shares, and transactions on it.
//!
//! A [`Connection`] is one session on one server ([`Db`]) behind a lock, so that `&Connection` is all that calls need; tasks that should not wait
//! for each other open one each. A [`Transaction`] holds the session until it is committed; dropped, it is rolled back. Both are a [`Session`], which is
//! what every call takes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};

use djc_core::model::{Model, Scope};
use tokio::sync::{MappedMutexGuard, MutexGuard, OwnedMutexGuard};

use crate::config::Surroundings;
use crate::db::{ConnectOptions, Db};
use crate::fault::{Error, ErrorKind};
use crate::insert::Targets;
use crate::store::{self, Store, Stores};
use crate::url::DatabaseUrl;

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
    /// Variables of schema names; they win over the environment.
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
    /// Fingerprints of models that this database was held against.
    verified: Mutex<HashSet<String>>,
    /// Stores, found out when the first is used.
    stores: OnceLock<Stores>,
    opened: Mutex<HashMap<String, Store>>,
    /// Tables that rows were written into.
    targets: Targets,
}

/// Connects to a URL (`sqlite:file.db`, `mysql://…`, `postgres://…`), or with an empty text to the database that datajoint's own settings name.
///
/// # Errors
/// [`ErrorKind::Connect`], with where each setting came from.
pub async fn connect(url: &str) -> Result<Connection, Error> {
    Connection::open(url, Options::default()).await
}

impl Connection {
    /// Connects; see [`connect`].
    pub async fn open(url: &str, options: Options) -> Result<Connection, Error> {
        let url = DatabaseUrl::parse(url).map_err(|error| Error::new(ErrorKind::Connect, error.to_string()))?;
        let db = Db::connect(&url, &options.session).await?;
        let scope = Scope { server: db.server(), variables: options.variables.clone() };
        Ok(Connection {
            db: Arc::new(tokio::sync::Mutex::new(db)),
            options,
            scope,
            verified: Mutex::default(),
            targets: Targets::default(),
            stores: OnceLock::new(),
            opened: Mutex::default(),
        })
    }

    /// Returns which server this is and what the variables of schema names come to; what [`to_sql`](crate::Query::to_sql) wants.
    pub fn dialect(&self) -> &Scope {
        &self.scope
    }

    /// Returns the stores that are known: those of [`Options::stores`], then those of datajoint's own settings around the working folder.
    pub fn stores(&self) -> &Stores {
        self.stores.get_or_init(|| self.options.stores.clone().unwrap_or_default().or(crate::config::stores(&Surroundings::of_process())))
    }

    /// Returns a store by its name; `None` is the default one, of which files that others put have their own.
    ///
    /// # Errors
    /// A store that no settings name, or that cannot be used ([`ErrorKind::Store`]).
    pub fn store(&self, name: Option<&str>, of_files: bool) -> Result<Store, Error> {
        let stores = self.stores();
        let (default, key) = if of_files { (&stores.filepath_default, "filepath_default") } else { (&stores.default, "default") };
        let name = match name.or(default.as_deref()) {
            Some(name) => name,
            None => {
                return Err(Error::new(ErrorKind::Store, format!("no store is named, and `stores.{key}` is not set"))
                    .next_step(format!("set `stores.{key}` in datajoint.json to the name of a store")));
            }
        };
        let mut opened = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(store) = opened.get(name) {
            return Ok(store.clone());
        }
        let spec = match stores.get(name) {
            Some(Ok(spec)) => spec.clone(),
            Some(Err(why)) => return Err(store::unusable(name, why)),
            None => {
                let near = djc_core::nearest::nearest(name, stores.names());
                let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(store::unusable(name, &format!("no settings name it{hint}")));
            }
        };
        let store = Store::open(name, spec)?;
        opened.insert(name.to_string(), store.clone());
        Ok(store)
    }

    /// Returns what is known of tables that rows were written into.
    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Begins a transaction. Everything that goes through it is committed together, or not at all.
    pub async fn begin(&self) -> Result<Transaction<'_>, Error> {
        let mut db = self.db.clone().lock_owned().await;
        settled(&mut db).await?;
        db.begin().await?;
        Ok(Transaction { connection: self, db: Some(tokio::sync::Mutex::new(db)) })
    }

    /// Holds the database against what generated code was built for, once for each model.
    ///
    /// # Errors
    /// [`ErrorKind::Drift`] with every difference, unless [`Options::allow_drift`] is set.
    pub async fn verify(&self, model: &Arc<Model>) -> Result<(), Error> {
        let _ = (model, &self.verified, &self.options);
        todo!("connection")
    }

    /// Makes the schemas and tables of generated code that are missing, with the rows of their `contents`, as `djc deploy` does.
    pub async fn deploy(&self, model: &Arc<Model>) -> Result<(), Error> {
        let _ = model;
        todo!("connection")
    }
}

impl Session for Connection {
    fn connection(&self) -> &Connection {
        self
    }

    fn lock(&self) -> BoxFuture<'_, Result<Guard<'_>, Error>> {
        Box::pin(async {
            let mut db = self.db.lock().await;
            settled(&mut db).await?;
            Ok(Guard(Held::Own(db)))
        })
    }

    fn in_transaction(&self) -> bool {
        false
    }
}

/// Rolls back what a transaction left that was dropped where nothing could be sent.
async fn settled(db: &mut Db) -> Result<(), Error> {
    if db.in_transaction() { Ok(db.rollback().await?) } else { Ok(()) }
}

/// A transaction. Dropped without [`Transaction::commit`] it is rolled back.
pub struct Transaction<'c> {
    connection: &'c Connection,
    /// `None` once it is at its end.
    db: Option<tokio::sync::Mutex<OwnedMutexGuard<Db>>>,
}

impl Transaction<'_> {
    /// Commits.
    pub async fn commit(mut self) -> Result<(), Error> {
        Ok(self.end().commit().await?)
    }

    /// Rolls back.
    pub async fn rollback(mut self) -> Result<(), Error> {
        Ok(self.end().rollback().await?)
    }

    fn end(&mut self) -> OwnedMutexGuard<Db> {
        self.db.take().expect("a transaction ends once").into_inner()
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Without a runtime the next use of the connection rolls back.
        if let (Some(db), Ok(runtime)) = (self.db.take(), tokio::runtime::Handle::try_current()) {
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
            let db = self.db.as_ref().expect("a transaction that ended was consumed");
            let mut db = db.lock().await;
            if db.in_savepoint() {
                // A call was dropped half-way.
                db.rollback_to_savepoint().await?;
            }
            Ok(Guard(Held::Lent(MutexGuard::map(db, |db| &mut **db))))
        })
    }

    fn in_transaction(&self) -> bool {
        true
    }
}

/// A session that is held; it is given back when this is dropped.
pub struct Guard<'s>(Held<'s>);

enum Held<'s> {
    Own(MutexGuard<'s, Db>),
    Lent(MappedMutexGuard<'s, Db>),
}

impl Deref for Guard<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        match &self.0 {
            Held::Own(db) => db,
            Held::Lent(db) => db,
        }
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Db {
        match &mut self.0 {
            Held::Own(db) => db,
            Held::Lent(db) => db,
        }
    }
}
