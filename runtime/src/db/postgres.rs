//! Values on the wire of PostgreSQL.
//!
//! Texts are bound as `text`, so SQL that puts one into a date, a uuid or an enum says so: `CAST($1 AS date)`.

use std::sync::Arc;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnection, PgRow, PgTypeInfo, Postgres};
use sqlx::query::Query;
use sqlx::types::Uuid;
use sqlx::types::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use super::{Call, Failure, trusted};
use crate::error::Error;
use crate::value::{Row, SqlValue};

pub(super) async fn execute(link: &mut PgConnection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        Call::Bound(values) => bound(sql, values).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn query(link: &mut PgConnection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    let rows = bound(sql, values).fetch_all(link).await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: decode_row(row)? })).collect()
}

fn bound(sql: &str, values: &[SqlValue]) -> Query<'static, Postgres, PgArguments> {
    let mut query = sqlx::query(trusted(sql)).persistent(false);
    for value in values {
        query = match value.clone() {
            SqlValue::Null => query.bind(UntypedNull),
            SqlValue::Bool(value) => query.bind(value),
            SqlValue::I64(value) => query.bind(value),
            SqlValue::U64(value) => match i64::try_from(value) {
                Ok(value) => query.bind(value),
                Err(_) => query.bind(rust_decimal::Decimal::from(value)),
            },
            SqlValue::F64(value) => query.bind(value),
            SqlValue::Text(value) => query.bind(value),
            SqlValue::Bytes(value) => query.bind(value),
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
        "NUMERIC" => SqlValue::Text(row.try_get_unchecked::<rust_decimal::Decimal, _>(at)?.to_string()),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => SqlValue::Text(row.try_get_unchecked(at)?),
        "BYTEA" => SqlValue::Bytes(row.try_get_unchecked(at)?),
        "UUID" => SqlValue::Text(row.try_get_unchecked::<Uuid, _>(at)?.to_string()),
        "JSON" | "JSONB" => SqlValue::Text(row.try_get_unchecked::<serde_json::Value, _>(at)?.to_string()),
        "DATE" => SqlValue::Text(row.try_get_unchecked::<NaiveDate, _>(at)?.to_string()),
        "TIME" => SqlValue::Text(row.try_get_unchecked::<NaiveTime, _>(at)?.to_string()),
        "TIMESTAMP" => SqlValue::Text(row.try_get_unchecked::<NaiveDateTime, _>(at)?.to_string()),
        "TIMESTAMPTZ" => SqlValue::Text(row.try_get_unchecked::<DateTime<Utc>, _>(at)?.to_rfc3339()),
        other => {
            return Err(Error::Decode {
                column: row.column(at).name().to_string(),
                type_name: other.to_string(),
                cause: "djc does not read this type; cast it to text in the query".to_string(),
            }
            .into());
        }
    };
    Ok(value)
}
