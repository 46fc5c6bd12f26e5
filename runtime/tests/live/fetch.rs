//! Rows from the server into Rust types, by every way of fetching.

#[path = "fetch/arrow.rs"]
mod arrow;
#[path = "fetch/cancel.rs"]
mod cancel;
#[path = "fetch/errors.rs"]
mod errors;
#[path = "fetch/stream.rs"]
mod stream;
#[path = "fetch/types.rs"]
mod types;
#[path = "fetch/ways.rs"]
mod ways;

use djc_core::dialect::Server;
use djc_core::ir::Generation;
use djc_core::ir::type_text::{self, TypeContext};
use djc_core::query::{Attribute, AttributeKind, Columns, Sql};
use djc_core::value::Value;
use djc_runtime::field::{Field, ReadError};
use djc_runtime::table::{FromRow, RowReader};
use djc_runtime::{ConnectOptions, Connection, Options, Session};

use crate::support::Place;

/// A row of one value.
pub struct Only<V>(pub V);

impl<V: Field> FromRow for Only<V> {
    fn columns() -> Columns {
        Columns::All
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        row.take().map(Only)
    }
}

pub async fn open(place: &Place) -> Connection {
    open_with(place, ConnectOptions::default()).await
}

pub async fn open_with(place: &Place, session: ConnectOptions) -> Connection {
    // Printing a URL hides its password, and opening one needs it.
    let url = match &place.url {
        djc_runtime::DatabaseUrl::SqliteFile(path) => format!("sqlite:{}", path.display()),
        djc_runtime::DatabaseUrl::Server(_) | djc_runtime::DatabaseUrl::SqliteMemory => place.on.url().expect("the place is on a server"),
    };
    let options = Options { session: ConnectOptions { create: true, ..session }, ..Options::default() };
    Connection::open(&url, options).await.unwrap_or_else(|error| panic!("{:?}: {error}", place.on))
}

/// An attribute of a declared type; of generation 2 where 0.14 does not have it.
pub fn declared(name: &str, ty: &str) -> Attribute {
    let context = TypeContext { adapters: [("graph".to_string(), "longblob".to_string())].into(), adapted_types: true, filepath: true };
    let read = |generation| type_text::parse(ty, generation, &context).ok().map(|parsed| (parsed.ty, generation));
    let (ty, generation) = read(Generation::Classic).or_else(|| read(Generation::Modern)).unwrap_or_else(|| panic!("{ty} is no type"));
    Attribute {
        name: name.into(),
        in_key: false,
        nullable: true,
        kind: AttributeKind::Declared { ty, generation },
        lineage: None,
        home: None,
    }
}

pub fn computed(name: &str) -> Attribute {
    Attribute { name: name.into(), in_key: false, nullable: true, kind: AttributeKind::Computed, lineage: None, home: None }
}

pub fn sql(server: Server, text: impl Into<String>, columns: Vec<Attribute>) -> Sql {
    Sql { server, text: text.into(), values: Vec::new(), columns }
}

/// Reads the one value that an expression has, as a value of that declared type.
pub async fn one<V: Field>(db: &Connection, ty: &str, expression: &str) -> Result<V, djc_runtime::Error> {
    let attribute = if ty.is_empty() { computed("a") } else { declared("a", ty) };
    let sql = sql(db.dialect().server, format!("SELECT {expression} AS a"), vec![attribute]);
    let mut rows = djc_runtime::fetch::sql::<Only<V>>(db, &sql).await?;
    Ok(rows.pop().expect("one row").0)
}

/// Runs statements.
pub async fn run(db: &Connection, statements: &[String]) {
    let mut session = db.lock().await.expect("the session");
    for statement in statements {
        session.execute(statement).await.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// A value as the dynamic side reads it.
pub async fn dynamic(db: &Connection, ty: &str, expression: &str) -> Value {
    one::<Value>(db, ty, expression).await.unwrap_or_else(|error| panic!("{ty} {expression}: {error}"))
}
