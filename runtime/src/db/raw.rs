//! One value as it came, before anybody says what it should be.
//!
//! What servers send has more types than programs want, and fewer names: MariaDB calls JSON a text of bytes, SQLite writes a day as text, and
//! PostgreSQL sends a decimal in groups of four digits. [`Raw`] has each kind of value once and lends what is long from the driver's row;
//! [`Field`](crate::field::Field) makes a Rust value of it.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use crate::value::SqlValue;

/// One value of a driver's row.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    not(all(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "each server has a kind of value that the others have not")
)]
pub(crate) enum Raw<'r> {
    /// NULL.
    Null,
    /// The day of zeros, which only the MySQL family knows.
    ZeroDate,
    /// A truth value (PostgreSQL).
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number of an unsigned column.
    UInt(u64),
    /// A floating-point number of four bytes.
    Float(f32),
    /// A floating-point number of eight bytes.
    Double(f64),
    /// A fixed-point number in digits.
    Decimal(Cow<'r, str>),
    /// What the server calls text, in UTF-8 unless the database is damaged.
    Text(&'r [u8]),
    /// What the server calls bytes.
    Bytes(&'r [u8]),
    /// JSON, written out.
    Json(&'r [u8]),
    /// A day.
    Date(NaiveDate),
    /// A day and a time.
    Moment(NaiveDateTime),
    /// A time of day or a span, in microseconds.
    Time(i64),
    /// A UUID (PostgreSQL).
    Uuid(Uuid),
    /// A value that no Rust type has, as the server writes it: `infinity`, `2024-00-00`.
    Odd(String),
}

impl Raw<'_> {
    /// Returns the value in the form of [`SqlValue`]; `None` for text that is no UTF-8.
    #[cfg_attr(not(any(feature = "postgres", feature = "sqlite")), expect(dead_code, reason = "MySQL's rows do not come this way"))]
    pub(crate) fn to_sql_value(&self) -> Option<SqlValue> {
        let text = |bytes: &[u8]| Some(SqlValue::Text(std::str::from_utf8(bytes).ok()?.to_string()));
        Some(match self {
            Raw::Null | Raw::ZeroDate => SqlValue::Null,
            Raw::Bool(value) => SqlValue::Bool(*value),
            Raw::Int(number) => SqlValue::I64(*number),
            Raw::UInt(number) => SqlValue::U64(*number),
            Raw::Float(number) => SqlValue::F64(f64::from(*number)),
            Raw::Double(number) => SqlValue::F64(*number),
            Raw::Decimal(digits) => SqlValue::Text(digits.to_string()),
            Raw::Text(bytes) => text(bytes)?,
            Raw::Bytes(bytes) => SqlValue::Bytes(bytes.to_vec()),
            // One spelling, whatever spaces the server keeps.
            Raw::Json(bytes) => SqlValue::Text(serde_json::from_slice::<serde_json::Value>(bytes).ok()?.to_string()),
            Raw::Date(date) => SqlValue::Text(date.to_string()),
            Raw::Moment(moment) => SqlValue::Text(djc_core::contents::short_fraction(&moment.to_string())),
            Raw::Time(micros) => SqlValue::Text(span(*micros)),
            Raw::Uuid(id) => SqlValue::Text(id.to_string()),
            Raw::Odd(text) => SqlValue::Text(text.clone()),
        })
    }
}

/// Writes a time of day or a span as the MySQL family does: `-01:30:00.5`.
pub(crate) fn span(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, fraction) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let whole = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { whole } else { djc_core::contents::short_fraction(&format!("{whole}.{fraction:06}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_with_their_sign() {
        assert_eq!(span(0), "00:00:00");
        assert_eq!(span(-5_400_000_000 - 500_000), "-01:30:00.5");
        assert_eq!(span(-1), "-00:00:00.000001");
        assert_eq!(span(3_020_399_000_000), "838:59:59");
    }
}
