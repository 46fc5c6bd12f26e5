//! Values on the wire of MySQL and MariaDB.
//!
//! sqlx leaves Nagle's algorithm on, and closing a prepared statement has no answer: the next command then waits some 40 ms
//! for the server's acknowledgement. So what binds nothing goes as plain text, and short statements stay prepared.

use std::sync::Arc;

use djc_core::contents::short_fraction;
use sqlx::mysql::types::MySqlTime;
use sqlx::mysql::{
    MySql, MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlQueryResult, MySqlRow, MySqlSslMode,
};
use sqlx::query::Query;
use sqlx::types::chrono::{NaiveDate, NaiveDateTime};
use sqlx::{Column, ConnectOptions as _, Decode, Executor, Row as _, Type, TypeInfo, ValueRef};

use super::raw::Raw;
use super::rows::Driven;
use super::{Call, Failure, Prepared, trusted};
use crate::error::{ServerCode, SqlError};
use crate::url::{Location, Tls, TlsFiles};
use crate::value::{Row, SqlValue};

pub(super) const BUILT_IN: bool = true;

pub(super) type Connection = MySqlConnection;
pub(super) type Done = MySqlQueryResult;
pub(crate) type WireRow = MySqlRow;

/// Connects, with nothing of the session changed but the charset.
pub(super) async fn open(location: &Location, tls: &Tls) -> Result<Connection, sqlx::Error> {
    // sqlx would change sql_mode and time zone by itself: all of that is ours to say.
    let mut connect = MySqlConnectOptions::new()
        .host(&location.host)
        .port(location.port())
        .charset("utf8mb4")
        .set_names(true)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .statement_cache_capacity(Prepared::COUNT_MAX + 16)
        .ssl_mode(match tls {
            Tls::Preferred => MySqlSslMode::Preferred,
            Tls::Off => MySqlSslMode::Disabled,
            Tls::Files(TlsFiles { ca: Some(_), any_host, .. }) => {
                if *any_host {
                    MySqlSslMode::VerifyCa
                } else {
                    MySqlSslMode::VerifyIdentity
                }
            }
            Tls::Required | Tls::Files(_) => MySqlSslMode::Required,
        })
        .disable_statement_logging();
    if let Tls::Files(files) = tls {
        connect = files.ca.iter().fold(connect, |connect, file| connect.ssl_ca(file));
        connect = files.cert.iter().fold(connect, |connect, file| connect.ssl_client_cert(file));
        connect = files.key.iter().fold(connect, |connect, file| connect.ssl_client_key(file));
    }
    if let Some(user) = &location.user {
        connect = connect.username(user);
    }
    if let Some(password) = &location.password {
        connect = connect.password(password.reveal());
    }
    if let Some(database) = &location.database {
        connect = connect.database(database);
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
    let error = error.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(ServerCode { number: Some(u32::from(error.number())), state: error.code().map(str::to_string) })
}

pub(super) async fn execute(link: &mut Connection, sql: &str, call: Call<'_>) -> Result<u64, Failure> {
    let done = match call {
        Call::Plain => sqlx::raw_sql(trusted(sql)).execute(link).await?,
        Call::Bound(values) => bound(sql, values).execute(link).await?,
        Call::Kept(values) => bound(sql, values).persistent(true).execute(link).await?,
    };
    Ok(done.rows_affected())
}

pub(super) async fn query(link: &mut Connection, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    let rows = match values {
        [] => sqlx::raw_sql(trusted(sql)).fetch_all(link).await?,
        values => bound(sql, values).fetch_all(link).await?,
    };
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_string()).collect();
    rows.iter().map(|row| Ok(Row { columns: columns.clone(), values: decode_row(row)? })).collect()
}

/// Runs a query as a prepared statement: in the binary form numbers have all their bits, and a row cannot be taken for the end of rows.
pub(super) fn rows<'a>(link: &'a mut Connection, sql: &str, values: &[SqlValue]) -> Result<Driven<'a, Done, WireRow>, SqlError> {
    Ok(link.fetch_many(bound(sql, values)))
}

/// Returns how many statements are kept prepared.
pub(super) fn prepared_count(link: &Connection) -> usize {
    sqlx::Connection::cached_statements_size(link)
}

/// Forgets the statements that are kept prepared.
pub(super) async fn forget_prepared(link: &mut Connection) -> Result<(), sqlx::Error> {
    sqlx::Connection::clear_cached_statements(link).await
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

/// What a column of a result holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    UInt,
    Bit,
    Float,
    Double,
    Decimal,
    Date,
    Moment,
    Time,
    Text,
    Bytes,
    Json,
    Null,
}

impl Kind {
    /// Returns a value of this kind.
    #[cfg(feature = "arrow")]
    pub(super) fn example(self) -> Option<Raw<'static>> {
        Some(match self {
            Kind::Int => Raw::Int(0),
            Kind::UInt | Kind::Bit => Raw::UInt(0),
            Kind::Float => Raw::Float(0.0),
            Kind::Double => Raw::Double(0.0),
            Kind::Decimal => Raw::Decimal("0".into()),
            Kind::Date => Raw::Date(NaiveDate::default()),
            Kind::Moment => Raw::Moment(NaiveDateTime::default()),
            Kind::Time => Raw::Time(0),
            Kind::Text => Raw::Text(&[]),
            Kind::Bytes => Raw::Bytes(&[]),
            Kind::Json => Raw::Json(&[]),
            Kind::Null => return None,
        })
    }
}

/// Returns what the columns of a result hold.
pub(super) fn kinds(row: &MySqlRow) -> Result<Vec<Kind>, SqlError> {
    let kind = |(at, column): (usize, &sqlx::mysql::MySqlColumn)| {
        let info = column.type_info();
        Ok(match info.name() {
            // `tinyint(1)` is called BOOLEAN, with a sign or without.
            "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
                if <u64 as Type<MySql>>::compatible(info) {
                    Kind::UInt
                } else {
                    Kind::Int
                }
            }
            "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED" | "BIGINT UNSIGNED" | "YEAR" => Kind::UInt,
            "BIT" => Kind::Bit,
            "FLOAT" => Kind::Float,
            "DOUBLE" => Kind::Double,
            "DECIMAL" => Kind::Decimal,
            "DATE" => Kind::Date,
            "DATETIME" | "TIMESTAMP" => Kind::Moment,
            "TIME" => Kind::Time,
            "JSON" => Kind::Json,
            "NULL" => Kind::Null,
            "ENUM" | "SET" => Kind::Text,
            // A text with a collation that compares bytes is called BLOB too; only the collation `binary` means bytes.
            "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" | "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB"
            | "MEDIUMBLOB" | "LONGBLOB" => {
                if <str as Type<MySql>>::compatible(info) {
                    Kind::Text
                } else {
                    Kind::Bytes
                }
            }
            "GEOMETRY" => Kind::Bytes,
            _ => return Err(unreadable(row, at, "djc does not know this type")),
        })
    };
    row.columns().iter().enumerate().map(kind).collect()
}

fn unreadable(row: &MySqlRow, at: usize, cause: &str) -> SqlError {
    let column = row.column(at);
    SqlError::Decode { column: column.name().to_string(), type_name: column.type_info().name().to_string(), cause: cause.to_string() }
}

/// Reads a value of a prepared statement, which is sent in its binary form.
pub(super) fn raw(row: &MySqlRow, at: usize, kind: Kind) -> Result<Raw<'_>, SqlError> {
    let value = row.try_get_raw(at).map_err(|error| unreadable(row, at, &error.to_string()))?;
    // NULL is the only thing that has no bytes; `is_null` would call a zero date NULL too.
    let Ok(bytes) = <&[u8] as Decode<MySql>>::decode(value) else { return Ok(Raw::Null) };
    sent(bytes, kind).ok_or_else(|| unreadable(row, at, "the server sent it in a form that djc does not know"))
}

fn sent(bytes: &[u8], kind: Kind) -> Option<Raw<'_>> {
    Some(match kind {
        Kind::Int => Raw::Int(match *bytes {
            [a] => i64::from(a as i8),
            [a, b] => i64::from(i16::from_le_bytes([a, b])),
            [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
            _ => i64::from_le_bytes(bytes.try_into().ok()?),
        }),
        Kind::UInt => Raw::UInt(match *bytes {
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => u64::from_le_bytes(bytes.try_into().ok()?),
        }),
        Kind::Bit if bytes.len() <= 8 => Raw::UInt(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))),
        Kind::Bit => return None,
        Kind::Float => Raw::Float(f32::from_le_bytes(bytes.try_into().ok()?)),
        Kind::Double => Raw::Double(f64::from_le_bytes(bytes.try_into().ok()?)),
        Kind::Decimal => Raw::Decimal(std::str::from_utf8(bytes).ok()?.into()),
        Kind::Date | Kind::Moment => moment(bytes, kind == Kind::Date)?,
        Kind::Time => Raw::Time(time(bytes)?),
        Kind::Text => Raw::Text(bytes),
        Kind::Bytes => Raw::Bytes(bytes),
        Kind::Json => Raw::Json(bytes),
        Kind::Null => Raw::Null,
    })
}

/// Reads a day, or a day and a time: how many bytes follow, then year, month, day, hour, minute, second and microseconds; zeros at the end are
/// left out.
fn moment(bytes: &[u8], date: bool) -> Option<Raw<'static>> {
    let (length, rest) = bytes.split_first()?;
    if rest.len() != usize::from(*length) {
        return None;
    }
    let at = |at: usize| u32::from(rest.get(at).copied().unwrap_or(0));
    let year = at(0) | at(1) << 8;
    let (month, day) = (at(2), at(3));
    if (year, month, day) == (0, 0, 0) {
        return Some(Raw::ZeroDate);
    }
    let (hour, minute, second) = (at(4), at(5), at(6));
    let micros = at(7) | at(8) << 8 | at(9) << 16 | at(10) << 24;
    let day_only = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    Some(match day_only {
        Some(day) if date => Raw::Date(day),
        Some(day) => Raw::Moment(day.and_hms_micro_opt(hour, minute, second, micros)?),
        // Such as the 0th of a month, which SQL modes of old let in.
        None => Raw::Odd(format!("{year:04}-{month:02}-{day:02}")),
    })
}

/// Reads a time in microseconds: how many bytes follow, whether it is negative, days, hours, minutes, seconds and microseconds.
fn time(bytes: &[u8]) -> Option<i64> {
    let (length, rest) = bytes.split_first()?;
    let word = |at: usize| Some(u32::from_le_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    let micros = match length {
        0 => return Some(0),
        8 => 0,
        12 => word(8)?,
        _ => return None,
    };
    let [hours, minutes, seconds] = *rest.get(5..8)? else { return None };
    let seconds = i64::from(word(1)?) * 86_400 + i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    let total = seconds * 1_000_000 + i64::from(micros);
    Some(if *rest.first()? == 0 { total } else { -total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_from_their_bytes() {
        let day = |date: &str| date.parse::<NaiveDate>().expect("a date");
        assert_eq!(moment(&[4, 0xe8, 7, 2, 29], true), Some(Raw::Date(day("2024-02-29"))));
        assert_eq!(moment(&[0], true), Some(Raw::ZeroDate));
        assert_eq!(moment(&[4, 0xe8, 7, 0, 0], true), Some(Raw::Odd("2024-00-00".to_string())));
        let noon = day("2024-02-29").and_hms_micro_opt(12, 30, 5, 500_000);
        assert_eq!(moment(&[11, 0xe8, 7, 2, 29, 12, 30, 5, 0x20, 0xa1, 7, 0], false), noon.map(Raw::Moment));
        assert_eq!(moment(&[7, 0xe8, 7], false), None);
        assert_eq!(time(&[8, 1, 34, 0, 0, 0, 22, 59, 59]), Some(-3_020_399_000_000));
        assert_eq!(time(&[12, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0]), Some(1_000_001));
        assert_eq!((time(&[0]), time(&[8, 1])), (Some(0), None));
    }
}
