//! Values of SQLite: a value has its own type, whatever its column is called.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::error::DatabaseError as _;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteError, SqliteQueryResult, SqliteRow};
use sqlx::{Column, ConnectOptions as _, Decode, Executor, Row as _, TypeInfo, ValueRef};

use super::raw::Raw;
use super::rows::Driven;
use super::{Call, ConnectOptions, Failure, trusted};
use crate::error::{ServerCode, SqlError, brief};
use crate::value::{Row, SqlValue};

pub(super) const BUILT_IN: bool = true;

pub(super) type Connection = SqliteConnection;
pub(super) type Done = SqliteQueryResult;
pub(crate) type WireRow = SqliteRow;

/// How many rows its thread reads ahead.
const AHEAD: usize = 64;

/// Opens a file, or a database in memory.
pub(super) async fn open(path: Option<&Path>, options: &ConnectOptions) -> Result<Connection, sqlx::Error> {
    let connect = SqliteConnectOptions::new().foreign_keys(true).row_buffer_size(AHEAD);
    let connect = match path {
        None => connect.in_memory(true),
        Some(path) => {
            connect.filename(path).create_if_missing(options.create).read_only(options.read_only).busy_timeout(Duration::from_secs(5))
        }
    };
    connect.connect().await
}

pub(super) async fn close(link: Connection) -> Result<(), sqlx::Error> {
    sqlx::Connection::close(link).await
}

/// Returns the code of an error, if it is one of SQLite.
pub(super) fn code(error: &dyn sqlx::error::DatabaseError) -> Option<ServerCode> {
    let error = error.try_downcast_ref::<SqliteError>()?;
    Some(ServerCode { number: error.code().and_then(|code| code.parse().ok()), state: None })
}

pub(super) async fn execute(link: &mut Connection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        Call::Bound(values) => bound(sql, values)?.execute(link).await?,
        Call::Kept(values) => bound(sql, values)?.persistent(true).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn query(link: &mut Connection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    let rows = bound(sql, values)?.fetch_all(link).await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    let kinds = kinds(first)?;
    let values = |row: &SqliteRow| kinds.iter().enumerate().map(|(at, kind)| decode(row, at, *kind)).collect::<Result<_, Failure>>();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: values(row)? })).collect()
}

/// Runs a query.
pub(super) fn rows<'a>(link: &'a mut Connection, sql: &str, values: &[SqlValue]) -> Result<Driven<'a, Done, WireRow>, SqlError> {
    Ok(link.fetch_many(bound(sql, values)?))
}

fn bound(sql: &str, values: &[SqlValue]) -> Result<Query<'static, Sqlite, SqliteArguments>, SqlError> {
    let mut query = sqlx::query(trusted(sql)).persistent(false);
    for value in values {
        query = match value.clone() {
            SqlValue::Null => query.bind(None::<String>),
            SqlValue::Bool(value) => query.bind(value),
            SqlValue::I64(value) => query.bind(value),
            SqlValue::U64(value) => match i64::try_from(value) {
                Ok(value) => query.bind(value),
                Err(_) => {
                    return Err(SqlError::Unexpected(format!(
                        "{}: {value} is greater than the integers of SQLite go (2^63 - 1)",
                        brief(sql)
                    )));
                }
            },
            SqlValue::F64(value) => query.bind(value),
            SqlValue::Text(value) => query.bind(value),
            SqlValue::Bytes(value) => query.bind(value),
        };
    }
    Ok(query)
}

/// What a column holds: a value of SQLite says it itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind;

/// Returns what the columns of a result hold.
pub(super) fn kinds(row: &SqliteRow) -> Result<Vec<Kind>, SqlError> {
    Ok(vec![Kind; row.len()])
}

fn decode(row: &SqliteRow, at: usize, kind: Kind) -> Result<SqlValue, Failure> {
    raw(row, at, kind)?.to_sql_value().ok_or_else(|| unreadable(row, at, "the text is not UTF-8").into())
}

fn unreadable(row: &SqliteRow, at: usize, cause: &str) -> SqlError {
    let type_name = row.try_get_raw(at).map_or(String::new(), |value| value.type_info().name().to_string());
    SqlError::Decode { column: row.column(at).name().to_string(), type_name, cause: cause.to_string() }
}

/// Reads a value, by its own type.
pub(super) fn raw(row: &SqliteRow, at: usize, _: Kind) -> Result<Raw<'_>, SqlError> {
    let failed = |error: &dyn std::fmt::Display| unreadable(row, at, &error.to_string());
    let value = row.try_get_raw(at).map_err(|error| failed(&error))?;
    if value.is_null() {
        return Ok(Raw::Null);
    }
    let kind = match value.type_info().name() {
        "INTEGER" => Class::Integer,
        "REAL" => Class::Real,
        "BLOB" => Class::Blob,
        "TEXT" => Class::Text,
        other => return Err(failed(&format!("djc does not know the type {other}"))),
    };
    Ok(match kind {
        Class::Integer => Raw::Int(<i64 as Decode<Sqlite>>::decode(value).map_err(|error| failed(&error))?),
        Class::Real => Raw::Double(<f64 as Decode<Sqlite>>::decode(value).map_err(|error| failed(&error))?),
        Class::Blob => Raw::Bytes(<&[u8] as Decode<Sqlite>>::decode(value).map_err(|error| failed(&error))?),
        // As bytes, since nothing keeps a text of SQLite from being no UTF-8.
        Class::Text => Raw::Text(<&[u8] as Decode<Sqlite>>::decode(value).map_err(|error| failed(&error))?),
    })
}

/// The storage classes.
enum Class {
    Integer,
    Real,
    Blob,
    Text,
}
