//! Stores of datajoint 0.14: the table `~external_STORE` of each schema says what is in a store, and columns refer to its rows.

use std::path::Path;

use djc_core::dialect::Server;
use djc_core::ir::{AttributeType, ExternalKind, Generation, tracking_table};
use djc_core::plan::Literal;
use djc_core::value::Value;
use uuid::Uuid;

use super::attachment::file_name;
use super::{For, address, hashed, put_once, unfit};
use crate::connection::Session;
use crate::db::Db;
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::store::{Checksum, Expected, Store, StorePath, blocking};
use crate::value::{Row, SqlValue};

/// A row of `~external_STORE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// What columns refer to: MD5 of a blob, of an attachment with its name and a zero byte before it, or of the path of a `filepath`.
    pub hash: Uuid,
    /// Bytes.
    pub size: u64,
    /// Of an attachment, its name.
    pub attachment_name: Option<String>,
    /// Of a `filepath`, its path in the store.
    pub filepath: Option<String>,
    /// Of a `filepath`, the MD5 of what is in it; `None` where it was too large to look.
    pub contents_hash: Option<Uuid>,
}

const COLUMNS: &str = "hash, size, attachment_name, filepath, contents_hash";

impl Tracked {
    fn read(row: &Row) -> Result<Tracked, SqlError> {
        let hash = uuid(row, 0)?.unwrap_or_default();
        Ok(Tracked { hash, size: row.u64(1)?, attachment_name: row.opt_text(2)?, filepath: row.opt_text(3)?, contents_hash: uuid(row, 4)? })
    }

    /// Returns where it lies.
    pub fn path(&self, store: &Store, schema: &str) -> Result<StorePath, Error> {
        match (&self.attachment_name, &self.filepath) {
            (Some(name), _) => address::tracked(store, schema, self.hash, Some(file_name(name)?)),
            (None, Some(path)) => store.path(path),
            (None, None) => address::tracked(store, schema, self.hash, None),
        }
    }

    /// Returns what the file should be.
    ///
    /// A `filepath` of `limit` bytes or more is not held against its checksum.
    pub fn expected(&self, limit: Option<u64>) -> Expected {
        match (&self.attachment_name, &self.filepath) {
            (Some(name), _) => {
                Expected { size: Some(self.size), checksum: Some(Checksum(self.hash.into_bytes())), before: format!("{name}\0") }
            }
            (None, Some(_)) => {
                let checked = limit.is_none_or(|limit| self.size < limit);
                let checksum = self.contents_hash.filter(|_| checked).map(|hash| Checksum(hash.into_bytes()));
                Expected { size: Some(self.size), checksum, before: String::new() }
            }
            (None, None) => Expected { size: Some(self.size), checksum: Some(Checksum(self.hash.into_bytes())), before: String::new() },
        }
    }
}

fn uuid(row: &Row, at: usize) -> Result<Option<Uuid>, SqlError> {
    let wrong = |cause: String| SqlError::Decode { column: row.columns()[at].clone(), type_name: "uuid".to_string(), cause };
    match row.get(at) {
        SqlValue::Null => Ok(None),
        SqlValue::Bytes(bytes) => Uuid::from_slice(bytes).map(Some).map_err(|error| wrong(error.to_string())),
        SqlValue::Text(text) => Uuid::parse_str(text).map(Some).map_err(|error| wrong(error.to_string())),
        SqlValue::Bool(_) | SqlValue::I64(_) | SqlValue::U64(_) | SqlValue::F64(_) => Err(wrong("it is a number".to_string())),
    }
}

/// Returns the hash as a column of this server holds it, and how it is compared.
pub(super) fn hash_literal(server: Server, hash: Uuid) -> Literal {
    let column = server.dialect().column_type(&AttributeType::Uuid, Generation::Classic);
    let column = column.expect("every server has a type for uuid");
    djc_core::contents::literal(&Value::Uuid(hash), &AttributeType::Uuid, &column, Generation::Classic, server)
        .expect("a uuid fits its own type")
}

/// Statements about one tracking table.
struct Table<'d> {
    db: &'d mut Db,
    name: String,
}

impl Table<'_> {
    fn new<'d>(db: &'d mut Db, schema: &str, store: &str) -> Table<'d> {
        let name = db.server().table_sql(schema, &tracking_table(store));
        Table { db, name }
    }

    fn hash(&self, hash: Uuid) -> SqlValue {
        SqlValue::from_literal(hash_literal(self.db.server(), hash)).expect("a uuid is a value")
    }

    /// Returns the placeholder of a uuid.
    fn uuid_placeholder(&self, at: usize) -> String {
        match self.db.server() {
            Server::Postgres => format!("CAST({} AS uuid)", self.db.placeholder(at)),
            Server::MySql | Server::MariaDb | Server::Sqlite => self.db.placeholder(at),
        }
    }

    async fn find(&mut self, hash: Uuid) -> Result<Option<Tracked>, SqlError> {
        let sql = format!("SELECT {COLUMNS} FROM {} WHERE hash = {}", self.name, self.uuid_placeholder(0));
        let values = [self.hash(hash)];
        let rows = self.db.query(&sql, &values).await?;
        rows.first().map(Tracked::read).transpose()
    }

    /// Adds a row; where one of that hash is there, only its moment changes.
    async fn add(&mut self, tracked: &Tracked) -> Result<(), SqlError> {
        let otherwise = match self.db.server() {
            Server::MySql | Server::MariaDb => "ON DUPLICATE KEY UPDATE timestamp = CURRENT_TIMESTAMP",
            Server::Postgres | Server::Sqlite => "ON CONFLICT (hash) DO UPDATE SET timestamp = CURRENT_TIMESTAMP",
        };
        let (name, placeholder) = (&self.name, |at| self.db.placeholder(at));
        let sql = format!(
            "INSERT INTO {name} ({COLUMNS}) VALUES ({}, {}, {}, {}, {}) {otherwise}",
            self.uuid_placeholder(0),
            placeholder(1),
            placeholder(2),
            placeholder(3),
            self.uuid_placeholder(4),
        );
        let text = |text: &Option<String>| text.clone().map_or(SqlValue::Null, SqlValue::Text);
        let values = [
            self.hash(tracked.hash),
            SqlValue::I64(i64::try_from(tracked.size).unwrap_or(i64::MAX)),
            text(&tracked.attachment_name),
            text(&tracked.filepath),
            tracked.contents_hash.map_or(SqlValue::Null, |hash| self.hash(hash)),
        ];
        self.db.execute_with(&sql, &values).await.map(drop)
    }
}

/// Finds the row that a column refers to.
pub(super) async fn find(session: &dyn Session, schema: &str, store: &str, hash: Uuid) -> Result<Tracked, Error> {
    let mut db = session.lock().await?;
    let found = Table::new(&mut db, schema, store).find(hash).await?;
    found.ok_or_else(|| {
        Error::new(ErrorKind::Store, format!("store `{store}`: `~external_{store}` of {schema} has no row {hash}"))
            .value("store", store)
            .next_step("insert the row that refers to it again")
    })
}

/// Puts content, says so in the tracking table, and returns what goes into the column.
pub(super) async fn put(session: &dyn Session, store: &Store, kind: ExternalKind, target: For<'_>, given: Given) -> Result<Literal, Error> {
    let tracked = match kind {
        ExternalKind::Blob => put_blob(store, target, given).await?,
        ExternalKind::Attach => put_attachment(store, target, given).await?,
        ExternalKind::Filepath => return put_filepath(session, store, target, given).await,
    };
    let mut db = session.lock().await?;
    Table::new(&mut db, target.schema, store.name()).add(&tracked).await?;
    Ok(hash_literal(db.server(), tracked.hash))
}

async fn put_blob(store: &Store, target: For<'_>, given: Given) -> Result<Tracked, Error> {
    let Given::Value(value) = given else { return Err(unfit(target, "a value", &given)) };
    let bytes = hashed::packed(target, value).await?;
    let size = bytes.len() as u64;
    let (bytes, checksum) = blocking(move || {
        let checksum = Checksum::of(&bytes);
        (bytes, checksum)
    })
    .await;
    let hash = checksum.uuid();
    put_once(store, &address::tracked(store, target.schema, hash, None)?, bytes).await?;
    Ok(Tracked { hash, size, attachment_name: None, filepath: None, contents_hash: None })
}

async fn put_attachment(store: &Store, target: For<'_>, given: Given) -> Result<Tracked, Error> {
    let (name, hash, size) = match given {
        Given::Attachment { name, bytes } => {
            let name = file_name(&name)?.to_string();
            let hash = Checksum::behind(&format!("{name}\0"), &bytes).uuid();
            let size = bytes.len() as u64;
            put_once(store, &address::tracked(store, target.schema, hash, Some(&name))?, bytes).await?;
            (name, hash, size)
        }
        Given::Path(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let name = file_name(&name)?.to_string();
            let (size, checksum) = Expected::of_file(&format!("{name}\0"), &path).await?;
            let place = address::tracked(store, target.schema, checksum.uuid(), Some(&name))?;
            if store.stat(&place).await?.is_none_or(|found| found.size != size) {
                store.put_file(&place, &path, &Vec::new()).await?;
            }
            (name, checksum.uuid(), size)
        }
        given @ (Given::Default | Given::Value(_) | Given::Stored(_) | Given::Column(_)) => return Err(unfit(target, "a file", &given)),
    };
    Ok(Tracked { hash, size, attachment_name: Some(name), filepath: None, contents_hash: None })
}

/// Registers a file of the stage, which is copied into the store unless it lies there. A path has one content for good.
async fn put_filepath(session: &dyn Session, store: &Store, target: For<'_>, given: Given) -> Result<Literal, Error> {
    let Given::Path(local) = given else { return Err(unfit(target, "the path of a file in the stage", &given)) };
    let stage = store.spec().stage.clone().unwrap_or_else(|| store.spec().location.clone().into());
    let below = local.strip_prefix(&stage).ok().and_then(Path::to_str).ok_or_else(|| {
        Error::new(ErrorKind::Value, format!("`{}`: {} is not in the stage {}", target.attribute, local.display(), stage.display()))
            .next_step("move the file into the stage of the store, since its path there is its path in the store")
    })?;
    let path =
        store.path(&if std::path::MAIN_SEPARATOR == '/' { below.to_string() } else { below.replace(std::path::MAIN_SEPARATOR, "/") })?;
    let hash = Checksum::of(path.as_str().as_bytes()).uuid();
    let (size, checksum) = Expected::of_file("", &local).await?;
    let limit = session.connection().stores().checksum_size_limit_insert;
    let contents_hash = Some(checksum.uuid()).filter(|_| limit.is_none_or(|limit| size <= limit));
    let tracked = Tracked { hash, size, attachment_name: None, filepath: Some(path.to_string()), contents_hash };
    let before = {
        let mut db = session.lock().await?;
        Table::new(&mut db, target.schema, store.name()).find(hash).await?
    };
    let found = match before {
        Some(before) => before,
        None => {
            let there = store.local(&path).is_some_and(|there| is_same(&there, &local));
            if !there {
                let metadata = vec![("contents_hash", contents_hash.map_or(String::new(), |hash| hash.to_string()))];
                store.put_file(&path, &local, &metadata).await?;
            }
            let mut db = session.lock().await?;
            let mut table = Table::new(&mut db, target.schema, store.name());
            table.add(&tracked).await?;
            // Somebody else may have registered the path meanwhile.
            table.find(hash).await?.unwrap_or_else(|| tracked.clone())
        }
    };
    if contents_hash.is_some() && found.contents_hash.is_some() && found.contents_hash != contents_hash || found.size != size {
        return Err(Error::new(ErrorKind::Store, format!("store `{}`: another file is registered as `{path}`", store.name()))
            .value("store", store.name())
            .value("path", path.as_str())
            .value("expected", found.expected(None).to_string())
            .value("actual", tracked.expected(None).to_string())
            .next_step("give the new file another name: a path has one content for good"));
    }
    let db = session.lock().await?;
    Ok(hash_literal(db.server(), hash))
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (std::fs::canonicalize(one), std::fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Returns the rows of `~external_STORE` of a schema that no column refers to, as `unused()` of datajoint 0.14 does: content that can go.
///
/// # Errors
/// A schema without that table.
pub async fn unused(session: &dyn Session, schema: &str, store: &str) -> Result<Vec<Tracked>, Error> {
    let mut db = session.lock().await?;
    let server = db.server();
    let table = tracking_table(store);
    let quoting = server.dialect().facts().quoting;
    let sql = match server {
        Server::MySql | Server::MariaDb => {
            "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b, COLUMN_NAME AS c FROM information_schema.KEY_COLUMN_USAGE \
             WHERE REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?"
        }
        Server::Postgres => {
            "SELECT n.nspname::text AS a, c.relname::text AS b, k.attname::text AS c FROM pg_catalog.pg_constraint o \
             JOIN pg_catalog.pg_class c ON c.oid = o.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_class p ON p.oid = o.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
             JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attnum = o.conkey[1] \
             WHERE o.contype = 'f' AND pn.nspname = $1 AND p.relname = $2"
        }
        Server::Sqlite => {
            "SELECT '' AS a, m.name AS b, x.\"from\" AS c FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) x \
             WHERE m.type = 'table' AND x.\"table\" = ? || '.' || ?"
        }
    };
    let referring = db.query(sql, &[schema.into(), table.as_str().into()]).await?;
    let mut conditions = Vec::new();
    for row in &referring {
        let (child_schema, child, column) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let child = match server {
            Server::Sqlite => quoting.name(&child),
            Server::MySql | Server::MariaDb | Server::Postgres => server.table_sql(&child_schema, &child),
        };
        conditions.push(format!("NOT EXISTS (SELECT 1 FROM {child} AS c WHERE c.{} = t.hash)", quoting.name(&column)));
    }
    let conditions = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let sql = format!("SELECT {COLUMNS} FROM {} AS t{conditions} ORDER BY hash", server.table_sql(schema, &table));
    Ok(db.query(&sql, &[]).await?.iter().map(Tracked::read).collect::<Result<_, _>>()?)
}
