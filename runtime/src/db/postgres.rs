//! Values on the wire of PostgreSQL.
//!
//! Texts are bound as `text`, so SQL that puts one into a date, a uuid or an enum says so: `CAST($1 AS date)`.

use std::sync::Arc;

use chrono::Duration;
use djc_core::contents::short_fraction;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnection, PgRow, PgTypeInfo, PgTypeKind, Postgres};
use sqlx::query::Query;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use super::{Call, Failure, trusted};
use crate::error::SqlError;
use crate::value::{Row, SqlArray, SqlValue};

pub(super) async fn execute(link: &mut PgConnection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        // The server infers the type of a NULL, perhaps an enum that sqlx has not met yet; see [`query`].
        Call::Bound(values) => bound(sql, values).persistent(values.contains(&SqlValue::Null)).execute(link).await?,
        Call::Kept(values) => bound(sql, values).persistent(true).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn execute_arrays(link: &mut PgConnection, sql: &str, arrays: Vec<SqlArray>) -> Result<u64, Failure> {
    let mut query = sqlx::query(trusted(sql));
    for array in arrays {
        query = match array {
            SqlArray::Bool(array) => query.bind(array),
            SqlArray::I64(array) => query.bind(array),
            SqlArray::F64(array) => query.bind(array),
            SqlArray::Text(array) => query.bind(array),
            SqlArray::Bytes(array) => query.bind(array),
        };
    }
    Ok(query.execute(link).await?.rows_affected())
}

pub(super) async fn query(link: &mut PgConnection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    // Where a column has a type that sqlx has not met yet, such as an enum, it asks the server between preparing and running, and
    // only a statement with a name is still there then.
    let rows = bound(sql, values).persistent(sql.len() <= KEPT_MAX).fetch_all(link).await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: decode_row(row)? })).collect()
}

/// Longest query that is kept prepared.
const KEPT_MAX: usize = 20_000;

fn bound(sql: &str, values: &[SqlValue]) -> Query<'static, Postgres, PgArguments> {
    let mut query = sqlx::query(trusted(sql)).persistent(false);
    for value in values {
        query = match value {
            SqlValue::Null => query.bind(UntypedNull),
            SqlValue::Bool(value) => query.bind(*value),
            SqlValue::I64(value) => query.bind(*value),
            SqlValue::U64(value) => match i64::try_from(*value) {
                Ok(value) => query.bind(value),
                Err(_) => query.bind(rust_decimal::Decimal::from(*value)),
            },
            SqlValue::F64(value) => query.bind(*value),
            SqlValue::Text(value) => query.bind(value.as_str()),
            SqlValue::Bytes(value) => query.bind(value.as_slice()),
        };
    }
    query
}

/// A NULL whose type the server infers from where it stands; a NULL of type `text` does not go into a number.
struct UntypedNull;

impl sqlx::Type<Postgres> for UntypedNull {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl sqlx::Encode<'_, Postgres> for UntypedNull {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

fn decode_row(row: &PgRow) -> Result<Vec<SqlValue>, Failure> {
    (0..row.len()).map(|at| decode(row, at)).collect()
}

fn decode(row: &PgRow, at: usize) -> Result<SqlValue, Failure> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(SqlValue::Null);
    }
    let info = raw.type_info();
    let value = match info.name() {
        "BOOL" => SqlValue::Bool(row.try_get_unchecked(at)?),
        "INT2" => SqlValue::I64(row.try_get_unchecked::<i16, _>(at)?.into()),
        "INT4" => SqlValue::I64(row.try_get_unchecked::<i32, _>(at)?.into()),
        "INT8" => SqlValue::I64(row.try_get_unchecked(at)?),
        "OID" => SqlValue::U64(row.try_get_unchecked::<Oid, _>(at)?.0.into()),
        "FLOAT4" => SqlValue::F64(row.try_get_unchecked::<f32, _>(at)?.into()),
        "FLOAT8" => SqlValue::F64(row.try_get_unchecked(at)?),
        "NUMERIC" => SqlValue::Text(sent(row, at, info.name(), numeric)?),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => SqlValue::Text(row.try_get_unchecked(at)?),
        "BYTEA" => SqlValue::Bytes(row.try_get_unchecked(at)?),
        "UUID" => SqlValue::Text(row.try_get_unchecked::<Uuid, _>(at)?.to_string()),
        "JSON" | "JSONB" => SqlValue::Text(row.try_get_unchecked::<serde_json::Value, _>(at)?.to_string()),
        "DATE" => SqlValue::Text(sent(row, at, info.name(), date)?),
        "TIME" => SqlValue::Text(sent(row, at, info.name(), time)?),
        "TIMESTAMP" => SqlValue::Text(sent(row, at, info.name(), timestamp)?),
        "TIMESTAMPTZ" => SqlValue::Text(row.try_get_unchecked::<DateTime<Utc>, _>(at)?.to_rfc3339()),
        _ if matches!(info.kind(), PgTypeKind::Enum(_)) => SqlValue::Text(row.try_get_unchecked(at)?),
        other => {
            return Err(SqlError::Decode {
                column: row.column(at).name().to_string(),
                type_name: other.to_string(),
                cause: "djc does not read this type; cast it to text in the query".to_string(),
            }
            .into());
        }
    };
    Ok(value)
}

/// Reads what the server sent, in its binary form, where sqlx's own types hold less than the server's.
fn sent(row: &PgRow, at: usize, type_name: &str, read: fn(&[u8]) -> Option<String>) -> Result<String, Failure> {
    let raw = row.try_get_raw(at)?;
    let bytes = raw.as_bytes().map_err(sqlx::Error::Decode)?;
    read(bytes).ok_or_else(|| {
        let cause = "the value is out of the range that djc reads".to_string();
        SqlError::Decode { column: row.column(at).name().to_string(), type_name: type_name.to_string(), cause }.into()
    })
}

/// Reads a `numeric`: counts of four digits each, the weight of the first, a sign, and how many digits are shown behind the point.
fn numeric(bytes: &[u8]) -> Option<String> {
    let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let (count, weight, sign, scale) = (usize::from(word(0)?), i64::from(word(2)? as i16), word(4)?, usize::from(word(6)?));
    let mut text = match sign {
        0 => String::new(),
        0x4000 => "-".to_string(),
        0xC000 => return Some("NaN".to_string()),
        0xD000 => return Some("Infinity".to_string()),
        0xF000 => return Some("-Infinity".to_string()),
        _ => return None,
    };
    let group = |at: i64| match usize::try_from(at) {
        Ok(at) if at < count => word(8 + 2 * at),
        Ok(_) | Err(_) => Some(0),
    };
    text.push_str(&group(if weight < 0 { -1 } else { 0 })?.to_string());
    for at in 1..=weight {
        text.push_str(&format!("{:04}", group(at)?));
    }
    if scale > 0 {
        let mut fraction = String::new();
        // The first group behind the point has the weight -1; groups that were not sent are zeros.
        let mut at = weight + 1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(at)?));
            at += 1;
        }
        fraction.truncate(scale);
        text.push('.');
        text.push_str(&fraction);
    }
    Some(text)
}

/// Reads days since 2000-01-01.
fn date(bytes: &[u8]) -> Option<String> {
    let days = i32::from_be_bytes(bytes.try_into().ok()?);
    match days {
        i32::MAX => Some("infinity".to_string()),
        i32::MIN => Some("-infinity".to_string()),
        days => NaiveDate::from_ymd_opt(2000, 1, 1)?.checked_add_signed(Duration::days(days.into())).map(|date| date.to_string()),
    }
}

/// Reads microseconds since midnight, 24:00:00 included.
fn time(bytes: &[u8]) -> Option<String> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    let seconds = micros / 1_000_000;
    let text = format!("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60, seconds % 60, micros % 1_000_000);
    Some(short_fraction(&text))
}

/// Reads microseconds since 2000-01-01.
fn timestamp(bytes: &[u8]) -> Option<String> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    match micros {
        i64::MAX => Some("infinity".to_string()),
        i64::MIN => Some("-infinity".to_string()),
        micros => {
            let start: NaiveDateTime = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_hms_opt(0, 0, 0)?;
            start.checked_add_signed(Duration::microseconds(micros)).map(|moment| short_fraction(&moment.to_string()))
        }
    }
}
