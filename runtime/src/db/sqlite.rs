//! Values of SQLite: a value has its own type, whatever its column is called.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use super::{Call, Failure, trusted};
use crate::error::{SqlError, brief};
use crate::value::{Row, SqlValue};

pub(super) async fn execute(link: &mut SqliteConnection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        Call::Bound(values) => bound(sql, values)?.execute(link).await?,
        Call::Kept(values) => bound(sql, values)?.persistent(true).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn query(link: &mut SqliteConnection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    let rows = bound(sql, values)?.fetch_all(link).await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: decode_row(row)? })).collect()
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

fn decode_row(row: &SqliteRow) -> Result<Vec<SqlValue>, Failure> {
    (0..row.len()).map(|at| decode(row, at)).collect()
}

fn decode(row: &SqliteRow, at: usize) -> Result<SqlValue, Failure> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(SqlValue::Null);
    }
    let info = raw.type_info();
    let value = match info.name() {
        "INTEGER" | "BOOLEAN" => SqlValue::I64(row.try_get_unchecked(at)?),
        "REAL" => SqlValue::F64(row.try_get_unchecked(at)?),
        "BLOB" => SqlValue::Bytes(row.try_get_unchecked(at)?),
        "TEXT" | "DATE" | "TIME" | "DATETIME" | "NUMERIC" => SqlValue::Text(row.try_get_unchecked(at)?),
        other => {
            return Err(SqlError::Decode {
                column: row.column(at).name().to_string(),
                type_name: other.to_string(),
                cause: "djc does not know this type".to_string(),
            }
            .into());
        }
    };
    Ok(value)
}
