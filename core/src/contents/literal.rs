//! A value of `contents` as one server's column stores it.

use chrono::{Duration, NaiveDateTime, Timelike};

use super::{Stored, round_decimal, store};
use crate::catalog::ColumnType;
use crate::dialect::Server;
use crate::ir::{AttributeType, Generation};
use crate::plan::Literal;
use crate::value::Value;

/// Returns the value as the server's column stores it.
///
/// # Errors
/// What does not fit the type at all, and what this server cannot hold: a sentence without a capital and a period.
pub fn literal(value: &Value, ty: &AttributeType, column: &ColumnType, generation: Generation, server: Server) -> Result<Literal, String> {
    let stored = store(value, ty, generation).map_err(|unfit| unfit.reason().to_string())?;
    Ok(match stored {
        Stored::Default => Literal::Default,
        Stored::Integer(number) => integer(number, column, server)?,
        Stored::Real(number) => real(number, column, server)?,
        Stored::Decimal(digits) => Literal::Text(decimal(digits, ty, column, server)?),
        Stored::Text(text) => self::text(text, column, server)?,
        Stored::Json(json) if server == Server::Postgres && has_nul_escape(&json) => {
            return Err("PostgreSQL cannot hold the character U+0000 in JSON".to_string());
        }
        Stored::Json(json) => Literal::Text(json),
        Stored::Date(date) => Literal::Text(date.format("%Y-%m-%d").to_string()),
        Stored::Moment(moment) => Literal::Text(self::moment(moment, ty, server)?),
        Stored::Time(micros) => Literal::Text(time(micros, ty, server)?),
        Stored::Uuid(id) => match column {
            ColumnType::Uuid => Literal::Text(id.to_string()),
            _ => Literal::Bytes(id.as_bytes().to_vec()),
        },
        Stored::Bytes(bytes) => Literal::Bytes(bytes),
    })
}

fn integer(number: i128, column: &ColumnType, server: Server) -> Result<Literal, String> {
    if *column == ColumnType::Boolean {
        return match number {
            0 | 1 => Ok(Literal::Bool(number == 1)),
            _ => Err(format!("{number} is not a truth value")),
        };
    }
    match (i64::try_from(number), u64::try_from(number)) {
        (Ok(_), _) => Ok(Literal::Integer(number)),
        // Only the MySQL family has unsigned columns; on PostgreSQL their column is a decimal.
        (Err(_), Ok(_)) if server.is_mysql_family() => Ok(Literal::Integer(number)),
        (Err(_), Ok(_)) if matches!(column, ColumnType::Decimal { .. }) => Ok(Literal::Text(number.to_string())),
        (Err(_), _) => Err(format!("{number} is greater than the integers of {} go ({})", server.as_str(), i64::MAX)),
    }
}

fn real(number: f64, column: &ColumnType, server: Server) -> Result<Literal, String> {
    if number.is_infinite() && server.is_mysql_family() {
        return Err(format!("{} cannot store {number}", server.as_str()));
    }
    if number.is_finite() && matches!(column, ColumnType::Float { .. }) {
        let narrow = number as f32;
        if narrow.is_infinite() {
            return Err(format!("{number:e} is out of range: at most {:e}", f32::MAX));
        }
        // The MySQL family makes zero of it, PostgreSQL an error.
        if narrow == 0.0 && server == Server::Postgres {
            return Ok(Literal::Real(f64::from(narrow)));
        }
    }
    Ok(Literal::Real(number))
}

fn decimal(digits: String, ty: &AttributeType, column: &ColumnType, server: Server) -> Result<String, String> {
    match (ty, column) {
        // Already rounded.
        (AttributeType::Decimal(decimal), _) if decimal.precision.is_some_and(|precision| precision > 0) => Ok(digits),
        // `numeric` alone has no limit there.
        (_, ColumnType::Decimal { precision: None, .. }) if server == Server::Postgres => Ok(digits),
        (_, ColumnType::Decimal { precision: Some(precision), scale, .. }) => round_decimal(&digits, *precision, *scale),
        _ => round_decimal(&digits, 10, 0),
    }
}

fn text(text: String, column: &ColumnType, server: Server) -> Result<Literal, String> {
    if server == Server::Postgres && text.contains('\0') {
        return Err("PostgreSQL cannot hold the character U+0000".to_string());
    }
    match column {
        // The MySQL family looks at neither letter case nor spaces at the end.
        ColumnType::Enum { values, .. } if !server.is_mysql_family() && !values.is_empty() && !values.contains(&text) => {
            let list: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
            Err(format!("'{text}' is not in the list: {} ({} looks at letter case and spaces)", list.join(", "), server.as_str()))
        }
        ColumnType::Text(size) if server.is_mysql_family() && text.len() as u64 > size.bytes_max() => {
            Err(format!("the text takes {} bytes, {}text holds {}", text.len(), size.prefix(), size.bytes_max()))
        }
        _ => Ok(Literal::Text(text)),
    }
}

/// Whether a JSON text has an escape of U+0000 that is not itself escaped.
fn has_nul_escape(json: &str) -> bool {
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next() == Some('u') && chars.as_str().starts_with("0000") {
            return true;
        }
    }
    false
}

/// Takes zeros at the end of a second's fraction away, so that all servers say `12:00:00.5`.
pub fn short_fraction(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.to_string() }
}

/// Returns how many digits of a second's fraction a column keeps; without a number, none, and on PostgreSQL all six.
fn fraction(ty: &AttributeType, server: Server) -> u8 {
    let declared = match ty {
        AttributeType::Datetime(digits) | AttributeType::Timestamp(digits) | AttributeType::Time(digits) => *digits,
        _ => None,
    };
    declared.unwrap_or(if server == Server::Postgres { 6 } else { 0 }).min(6)
}

/// Returns half of the smallest step, and the step, in microseconds.
fn step(digits: u8) -> (i64, i64) {
    let step = 10i64.pow(u32::from(6 - digits));
    (step / 2, step)
}

fn moment(moment: NaiveDateTime, ty: &AttributeType, server: Server) -> Result<String, String> {
    let (half, step) = step(fraction(ty, server));
    let rounded = moment.checked_add_signed(Duration::microseconds(half)).and_then(|moment| {
        let micros = i64::from(moment.nanosecond() / 1000);
        moment.with_nanosecond(u32::try_from(micros / step * step * 1000).ok()?)
    });
    let rounded = rounded.ok_or_else(|| format!("{moment} is out of range"))?;
    if matches!(ty, AttributeType::Timestamp(_)) && server.is_mysql_family() {
        // A day of grace for the time zone of the session.
        let day = Duration::days(1);
        let seconds = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0).map(|moment| moment.naive_utc()).unwrap_or_default();
        let last = if server == Server::MariaDb { i64::from(u32::MAX) } else { i64::from(i32::MAX) };
        if rounded < seconds(1) - day || rounded > seconds(last) + day {
            return Err(format!(
                "{rounded} is out of range: a timestamp of {} goes from 1970 to {}",
                server.as_str(),
                seconds(last).date()
            ));
        }
    }
    Ok(short_fraction(&rounded.format("%Y-%m-%d %H:%M:%S%.f").to_string()))
}

fn time(micros: i64, ty: &AttributeType, server: Server) -> Result<String, String> {
    let (half, step) = step(fraction(ty, server));
    let rounded = (micros.abs() + half) / step * step;
    let (seconds, fraction) = (rounded / 1_000_000, rounded % 1_000_000);
    let sign = if micros < 0 && rounded != 0 { "-" } else { "" };
    let mut text = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction > 0 {
        text = short_fraction(&format!("{text}.{fraction:06}"));
    }
    if server == Server::Postgres && (sign == "-" || rounded > 86_400_000_000) {
        return Err(format!("{text} is out of range: a time of PostgreSQL goes from 00:00:00 to 24:00:00"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob;
    use crate::ir::{Codec, CodecStore, Float, FloatWord, Integer, Size};

    fn stored(value: Value, ty: AttributeType, column: ColumnType, server: Server) -> Result<Literal, String> {
        let generation = if matches!(ty, AttributeType::Blob(_)) { Generation::Classic } else { Generation::Modern };
        literal(&value, &ty, &column, generation, server)
    }

    const INTEGER: AttributeType =
        AttributeType::Integer(Integer { bits: 32, display_width: None, unsigned: false, auto_increment: false });
    const INT: ColumnType = ColumnType::Integer { bits: 32, unsigned: false, display_width: None };

    #[test]
    fn none_nan_and_empty_numbers_mean_the_default() {
        let float = AttributeType::Float(Float { word: FloatWord::Double, arguments: None, unsigned: false });
        let double = ColumnType::Double { arguments: None, unsigned: false };
        assert_eq!(stored(Value::Null, INTEGER, INT, Server::MySql), Ok(Literal::Default));
        assert_eq!(stored(Value::Text(String::new()), INTEGER, INT, Server::MySql), Ok(Literal::Default));
        assert_eq!(stored(Value::Float(f64::NAN), float.clone(), double.clone(), Server::Postgres), Ok(Literal::Default));
        assert!(stored(Value::Float(f64::INFINITY), float.clone(), double.clone(), Server::MySql).is_err());
        assert_eq!(stored(Value::Float(f64::INFINITY), float, double, Server::Postgres), Ok(Literal::Real(f64::INFINITY)));
    }

    #[test]
    fn values_take_the_form_of_their_column() {
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(stored(Value::Uuid(id), AttributeType::Uuid, ColumnType::Uuid, Server::Postgres), Ok(Literal::Text(id.to_string())));
        assert_eq!(
            stored(Value::Text(id.to_string()), AttributeType::Uuid, ColumnType::Binary(16), Server::MySql),
            Ok(Literal::Bytes(id.as_bytes().to_vec()))
        );
        assert_eq!(stored(Value::Bool(true), AttributeType::Bool, ColumnType::Boolean, Server::Postgres), Ok(Literal::Bool(true)));
        assert_eq!(stored(Value::Bool(true), AttributeType::Bool, INT, Server::MySql), Ok(Literal::Integer(1)));
        let json = Value::List(vec![Value::Bool(true), Value::Null]);
        assert_eq!(stored(json, AttributeType::Json, ColumnType::Json, Server::MySql), Ok(Literal::Text("[true,null]".into())));
        assert_eq!(stored(Value::Bool(true), INTEGER, INT, Server::Sqlite), Ok(Literal::Integer(1)));
        assert!(stored(Value::Text("x".into()), INTEGER, INT, Server::Sqlite).is_err());
    }

    #[test]
    fn blobs_are_packed_and_bytes_are_not() {
        let column = ColumnType::Blob(Size::Long);
        let value = Value::Bytes(b"abc".to_vec());
        let packed = Ok(Literal::Bytes(blob::pack_compressed(&value).expect("bytes pack")));
        assert_eq!(stored(value.clone(), AttributeType::Blob(Size::Long), column.clone(), Server::MySql), packed);
        let codec = |store| AttributeType::Codec(Codec { name: "blob".into(), store, stored: Box::new(AttributeType::Bytes) });
        assert_eq!(stored(value.clone(), codec(CodecStore::Inline), column.clone(), Server::MySql), packed);
        assert!(stored(value.clone(), codec(CodecStore::Default), column.clone(), Server::MySql).is_err());
        assert_eq!(stored(value, AttributeType::Bytes, column, Server::MySql), Ok(Literal::Bytes(b"abc".to_vec())));
    }
}
