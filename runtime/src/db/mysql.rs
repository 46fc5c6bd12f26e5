//! Values on the wire of MySQL and MariaDB.
//!
//! sqlx leaves Nagle's algorithm on, and closing a prepared statement has no answer: the next command then waits some 40 ms
//! for the server's acknowledgement. So what binds nothing goes as plain text, and short statements stay prepared.

use std::sync::Arc;

use djc_core::contents::short_fraction;
use sqlx::mysql::types::MySqlTime;
use sqlx::mysql::{MySql, MySqlArguments, MySqlConnection, MySqlRow};
use sqlx::query::Query;
use sqlx::types::chrono::{NaiveDate, NaiveDateTime};
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use super::{Call, Failure, trusted};
use crate::error::SqlError;
use crate::value::{Row, SqlValue};

pub(super) async fn execute(link: &mut MySqlConnection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        Call::Bound(values) => bound(sql, values).execute(link).await?,
        Call::Kept(values) => bound(sql, values).persistent(true).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn query(link: &mut MySqlConnection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    let rows = match values {
        [] => sqlx::raw_sql(trusted(sql)).fetch_all(link).await?,
        values => bound(sql, values).fetch_all(link).await?,
    };
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: decode_row(row)? })).collect()
}

/// Longest statement that is kept prepared; beyond it the wait does not matter and the server's memory does.
const KEPT_MAX: usize = 2000;

fn bound(sql: &str, values: &[SqlValue]) -> Query<'static, MySql, MySqlArguments> {
    let mut query = sqlx::query(trusted(sql)).persistent(sql.len() <= KEPT_MAX);
    for value in values {
        query = match value {
            SqlValue::Null => query.bind(None::<String>),
            SqlValue::Bool(value) => query.bind(*value),
            SqlValue::I64(value) => query.bind(*value),
            SqlValue::U64(value) => query.bind(*value),
            SqlValue::F64(value) => query.bind(*value),
            SqlValue::Text(value) => query.bind(value.as_str()),
            SqlValue::Bytes(value) => query.bind(value.as_slice()),
        };
    }
    query
}

fn decode_row(row: &MySqlRow) -> Result<Vec<SqlValue>, Failure> {
    (0..row.len()).map(|at| decode(row, at)).collect()
}

fn decode(row: &MySqlRow, at: usize) -> Result<SqlValue, Failure> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(SqlValue::Null);
    }
    let info = raw.type_info();
    let value = match info.name() {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => SqlValue::I64(row.try_get_unchecked(at)?),
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED" | "BIGINT UNSIGNED" | "YEAR" | "BIT" => {
            SqlValue::U64(row.try_get_unchecked(at)?)
        }
        "FLOAT" => SqlValue::F64(f64::from(row.try_get_unchecked::<f32, _>(at)?)),
        "DOUBLE" => SqlValue::F64(row.try_get_unchecked(at)?),
        "DATE" => match row.try_get_unchecked::<Option<NaiveDate>, _>(at)? {
            Some(date) => SqlValue::Text(date.to_string()),
            None => SqlValue::Null,
        },
        "DATETIME" | "TIMESTAMP" => match row.try_get_unchecked::<Option<NaiveDateTime>, _>(at)? {
            Some(moment) => SqlValue::Text(short_fraction(&moment.to_string())),
            // A zero date.
            None => SqlValue::Null,
        },
        // NaiveTime would drop the minus sign.
        "TIME" => SqlValue::Text(two_digits(&row.try_get_unchecked::<MySqlTime, _>(at)?.to_string())),
        "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "ENUM" | "SET" | "DECIMAL" | "JSON" => {
            SqlValue::Text(row.try_get_unchecked(at)?)
        }
        "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" | "GEOMETRY" => {
            SqlValue::Bytes(row.try_get_unchecked(at)?)
        }
        "NULL" => SqlValue::Null,
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

/// Gives the hours of a time two digits at least, as the server shows them.
fn two_digits(time: &str) -> String {
    let (sign, magnitude) = time.strip_prefix('-').map_or(("", time), |rest| ("-", rest));
    if magnitude.find(':') == Some(1) { format!("{sign}0{magnitude}") } else { time.to_string() }
}
