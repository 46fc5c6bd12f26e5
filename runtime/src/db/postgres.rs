//! Values on the wire of PostgreSQL.
//!
//! Texts are bound as `text`, so SQL that puts one into a date, a uuid or an enum says so: `CAST($1 AS date)`.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{Duration, NaiveDate, NaiveDateTime};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgConnection, PgDatabaseError, PgQueryResult, PgRow, PgSslMode, PgTypeInfo,
    PgTypeKind, Postgres,
};
use sqlx::query::Query;
use sqlx::{Column, ConnectOptions as _, Executor, Row as _, TypeInfo, ValueRef};
use uuid::Uuid;

use super::raw::Raw;
use super::rows::Driven;
use super::{Call, Failure, trusted};
use crate::error::{ServerCode, SqlError};
use crate::url::{Location, Tls, TlsFiles};
use crate::value::{Row, SqlArray, SqlValue};

pub(super) const BUILT_IN: bool = true;

pub(super) type Connection = PgConnection;
pub(super) type Done = PgQueryResult;
pub(crate) type WireRow = PgRow;

/// Connects.
pub(super) async fn open(location: &Location, tls: &Tls) -> Result<Connection, sqlx::Error> {
    let mut connect = PgConnectOptions::new_without_pgpass()
        .host(&location.host)
        .port(location.port())
        .username(location.user.as_deref().unwrap_or("postgres"))
        .database(location.database.as_deref().unwrap_or("postgres"))
        .application_name("djc")
        .ssl_mode(match tls {
            Tls::Preferred => PgSslMode::Prefer,
            Tls::Off => PgSslMode::Disable,
            Tls::Files(TlsFiles { ca: Some(_), any_host, .. }) => {
                if *any_host {
                    PgSslMode::VerifyCa
                } else {
                    PgSslMode::VerifyFull
                }
            }
            Tls::Required | Tls::Files(_) => PgSslMode::Require,
        })
        .disable_statement_logging();
    if let Tls::Files(files) = tls {
        connect = files.ca.iter().fold(connect, |connect, file| connect.ssl_root_cert(file));
        connect = files.cert.iter().fold(connect, |connect, file| connect.ssl_client_cert(file));
        connect = files.key.iter().fold(connect, |connect, file| connect.ssl_client_key(file));
    }
    if let Some(password) = &location.password {
        connect = connect.password(password.reveal());
    }
    connect.connect().await
}

pub(super) async fn close(link: Connection) -> Result<(), sqlx::Error> {
    sqlx::Connection::close(link).await
}

/// Reads whatever is still on its way, and asks for a sign of life.
pub(super) async fn ping(link: &mut Connection) -> Result<(), sqlx::Error> {
    sqlx::Connection::ping(link).await
}

/// Returns the codes of an error, if it is one of this server.
pub(super) fn code(error: &dyn sqlx::error::DatabaseError) -> Option<ServerCode> {
    let error = error.try_downcast_ref::<PgDatabaseError>()?;
    Some(ServerCode { number: None, state: Some(error.code().to_string()) })
}

pub(super) async fn execute(link: &mut Connection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        // The server infers the type of a NULL, perhaps an enum that sqlx has not met yet; see [`query`].
        Call::Bound(values) => bound(sql, values).persistent(values.contains(&SqlValue::Null)).execute(link).await?,
        Call::Kept(values) => bound(sql, values).persistent(true).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn execute_arrays(link: &mut Connection, sql: &str, arrays: Vec<SqlArray>) -> Result<u64, Failure> {
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

pub(super) async fn query(link: &mut Connection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    // Where a column has a type that sqlx has not met yet, such as an enum, it asks the server between preparing and running, and
    // only a statement with a name is still there then.
    let rows = bound(sql, values).persistent(sql.len() <= KEPT_MAX).fetch_all(link).await?;
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    let kinds = kinds(first)?;
    let values = |row: &PgRow| kinds.iter().enumerate().map(|(at, kind)| decode(row, at, *kind)).collect::<Result<_, Failure>>();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: values(row)? })).collect()
}

/// Runs a query; see [`query`] for why its statement has a name.
pub(super) fn rows<'a>(link: &'a mut Connection, sql: &str, values: &[SqlValue]) -> Result<Driven<'a, Done, WireRow>, SqlError> {
    Ok(link.fetch_many(bound(sql, values).persistent(sql.len() <= KEPT_MAX)))
}

/// Longest query that is kept prepared.
const KEPT_MAX: usize = 20_000;

fn bound(sql: &str, values: &[SqlValue]) -> Query<'static, Postgres, PgArguments> {
    let mut query = sqlx::query(trusted(&marked(sql, values))).persistent(false);
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

/// Returns the statement with the kinds of its values behind it. A statement that is prepared is found again by its text alone, and would read a value of
/// another kind as one of those that it was prepared with: a whole number as the bits of a float.
fn marked(sql: &str, values: &[SqlValue]) -> String {
    if values.is_empty() {
        return sql.to_string();
    }
    let kind = |value: &SqlValue| match value {
        SqlValue::Null => 'n',
        SqlValue::Bool(_) => 'b',
        SqlValue::I64(_) => 'i',
        SqlValue::U64(value) if i64::try_from(*value).is_ok() => 'i',
        SqlValue::U64(_) => 'd',
        SqlValue::F64(_) => 'f',
        SqlValue::Text(_) => 't',
        SqlValue::Bytes(_) => 'y',
    };
    format!("{sql}\n/* {} */", values.iter().map(kind).collect::<String>())
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

fn decode(row: &PgRow, at: usize, kind: Kind) -> Result<SqlValue, Failure> {
    raw(row, at, kind)?.to_sql_value().ok_or_else(|| unreadable(row, at, "the text is not UTF-8").into())
}

/// What a column of a result holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    /// With spaces up to its length, which mean nothing: the other servers send none.
    Padded,
    Bytes,
    Uuid,
    Json,
    /// With a byte for the version of the format in front.
    Jsonb,
    Date,
    Time,
    Timestamp,
}

impl Kind {
    /// Returns a value of this kind.
    #[cfg(feature = "arrow")]
    pub(super) fn example(self) -> Option<Raw<'static>> {
        Some(match self {
            Kind::Bool => Raw::Bool(false),
            Kind::Int2 | Kind::Int4 | Kind::Int8 => Raw::Int(0),
            Kind::Oid => Raw::UInt(0),
            Kind::Float4 => Raw::Float(0.0),
            Kind::Float8 => Raw::Double(0.0),
            Kind::Numeric => Raw::Decimal("0".into()),
            Kind::Text | Kind::Padded => Raw::Text(&[]),
            Kind::Bytes => Raw::Bytes(&[]),
            Kind::Uuid => Raw::Uuid(Uuid::nil()),
            Kind::Json | Kind::Jsonb => Raw::Json(&[]),
            Kind::Date => Raw::Date(NaiveDate::default()),
            Kind::Time => Raw::Time(0),
            Kind::Timestamp => Raw::Moment(NaiveDateTime::default()),
        })
    }
}

/// Returns what the columns of a result hold.
pub(super) fn kinds(row: &PgRow) -> Result<Vec<Kind>, SqlError> {
    let kind = |(at, column): (usize, &sqlx::postgres::PgColumn)| {
        let info = column.type_info();
        Ok(match info.name() {
            "BOOL" => Kind::Bool,
            "INT2" => Kind::Int2,
            "INT4" => Kind::Int4,
            "INT8" => Kind::Int8,
            "OID" => Kind::Oid,
            "FLOAT4" => Kind::Float4,
            "FLOAT8" => Kind::Float8,
            "NUMERIC" => Kind::Numeric,
            "TEXT" | "VARCHAR" | "NAME" | "UNKNOWN" => Kind::Text,
            "CHAR" => Kind::Padded,
            "BYTEA" => Kind::Bytes,
            "UUID" => Kind::Uuid,
            "JSON" => Kind::Json,
            "JSONB" => Kind::Jsonb,
            "DATE" => Kind::Date,
            "TIME" => Kind::Time,
            // A moment with a time zone is sent in UTC.
            "TIMESTAMP" | "TIMESTAMPTZ" => Kind::Timestamp,
            _ if matches!(info.kind(), PgTypeKind::Enum(_)) => Kind::Text,
            _ => return Err(unreadable(row, at, "djc does not read this type; cast it to text in the query")),
        })
    };
    row.columns().iter().enumerate().map(kind).collect()
}

fn unreadable(row: &PgRow, at: usize, cause: &str) -> SqlError {
    let column = row.column(at);
    SqlError::Decode { column: column.name().to_string(), type_name: column.type_info().name().to_string(), cause: cause.to_string() }
}

/// Reads a value, which is sent in its binary form.
pub(super) fn raw(row: &PgRow, at: usize, kind: Kind) -> Result<Raw<'_>, SqlError> {
    let value = row.try_get_raw(at).map_err(|error| unreadable(row, at, &error.to_string()))?;
    if value.is_null() {
        return Ok(Raw::Null);
    }
    let bytes = value.as_bytes().map_err(|error| unreadable(row, at, &error.to_string()))?;
    sent(bytes, kind).ok_or_else(|| unreadable(row, at, "the value is out of the range that djc reads"))
}

fn sent(bytes: &[u8], kind: Kind) -> Option<Raw<'_>> {
    Some(match kind {
        Kind::Bool => Raw::Bool(*bytes.first()? != 0),
        Kind::Int2 => Raw::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        Kind::Int4 => Raw::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        Kind::Int8 => Raw::Int(i64::from_be_bytes(bytes.try_into().ok()?)),
        Kind::Oid => Raw::UInt(u32::from_be_bytes(bytes.try_into().ok()?).into()),
        Kind::Float4 => Raw::Float(f32::from_be_bytes(bytes.try_into().ok()?)),
        Kind::Float8 => Raw::Double(f64::from_be_bytes(bytes.try_into().ok()?)),
        Kind::Numeric => Raw::Decimal(Cow::Owned(numeric(bytes)?)),
        Kind::Text => Raw::Text(bytes),
        Kind::Padded => Raw::Text(&bytes[..bytes.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1)]),
        Kind::Bytes => Raw::Bytes(bytes),
        Kind::Uuid => Raw::Uuid(Uuid::from_slice(bytes).ok()?),
        Kind::Json => Raw::Json(bytes),
        Kind::Jsonb => Raw::Json(bytes.strip_prefix(&[1])?),
        Kind::Date => date(i32::from_be_bytes(bytes.try_into().ok()?))?,
        Kind::Time => Raw::Time(i64::from_be_bytes(bytes.try_into().ok()?)),
        Kind::Timestamp => timestamp(i64::from_be_bytes(bytes.try_into().ok()?))?,
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
fn date(days: i32) -> Option<Raw<'static>> {
    Some(match days {
        i32::MAX => Raw::Odd("infinity".to_string()),
        i32::MIN => Raw::Odd("-infinity".to_string()),
        days => Raw::Date(NaiveDate::from_ymd_opt(2000, 1, 1)?.checked_add_signed(Duration::days(days.into()))?),
    })
}

/// Reads microseconds since 2000-01-01.
fn timestamp(micros: i64) -> Option<Raw<'static>> {
    Some(match micros {
        i64::MAX => Raw::Odd("infinity".to_string()),
        i64::MIN => Raw::Odd("-infinity".to_string()),
        micros => {
            let start: NaiveDateTime = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_hms_opt(0, 0, 0)?;
            Raw::Moment(start.checked_add_signed(Duration::microseconds(micros))?)
        }
    })
}
