//! A value of `contents` as its column stores it, by the type of its attribute.

use djc_core::blob;
use djc_core::catalog::{Column, ColumnType};
use djc_core::dialect::Server;
use djc_core::ir::{AttributeType, CodecStore, Generation};
use djc_core::value::Value;

use crate::value::SqlValue;

/// Returns the value to bind, or `None` where the column's default is meant: None, and NaN or an empty text in a
/// number, as datajoint has it.
pub(super) fn encode(
    value: &Value,
    ty: &AttributeType,
    column: &Column,
    generation: Generation,
    server: Server,
) -> Result<Option<SqlValue>, String> {
    if *value == Value::Null {
        return Ok(None);
    }
    match ty {
        AttributeType::Integer(_) | AttributeType::Serial | AttributeType::CoreInteger(_) | AttributeType::Year => whole(value),
        AttributeType::CoreFloat(_) | AttributeType::Float(_) => float(value, server),
        AttributeType::Decimal(_) => decimal(value),
        AttributeType::Bool => truth(value, &column.ty),
        AttributeType::Char(_) | AttributeType::Varchar(_) | AttributeType::Text(_) | AttributeType::Enum(_) => text(value).map(Some),
        AttributeType::Date | AttributeType::Datetime(_) | AttributeType::Time(_) | AttributeType::Timestamp(_) => moment(value).map(Some),
        AttributeType::Json => {
            let json = value.to_json().map_err(|error| error.to_string())?;
            Ok(Some(SqlValue::Text(json.to_string())))
        }
        AttributeType::Uuid => uuid(value, &column.ty).map(Some),
        AttributeType::Blob(_) if generation == Generation::Classic => packed(value).map(Some),
        AttributeType::Blob(_) | AttributeType::Bytes => bytes(value).map(Some),
        AttributeType::Codec(codec) if codec.name == "blob" && codec.store == CodecStore::Inline => packed(value).map(Some),
        AttributeType::Codec(codec) => Err(format!("djc cannot write values of the codec <{}>; insert such rows from Python", codec.name)),
        AttributeType::Adapted { name, .. } => {
            Err(format!("djc cannot write values of the adapter <{name}>; insert such rows from Python"))
        }
        AttributeType::Attach => Err("attachments cannot stand in contents; insert such rows from Python".to_string()),
        AttributeType::External(_) => Err("values in a store cannot stand in contents; insert such rows from Python".to_string()),
        AttributeType::Invalid => Err("the type of the attribute is not known".to_string()),
    }
}

fn no(value: &Value, what: &str) -> String {
    format!("{value} is not {what}")
}

fn whole(value: &Value) -> Result<Option<SqlValue>, String> {
    match value {
        Value::Bool(value) => Ok(Some(SqlValue::I64(i64::from(*value)))),
        Value::Int(number) => match (number.to_i64(), number.to_u64()) {
            (Some(number), _) => Ok(Some(SqlValue::I64(number))),
            (None, Some(number)) => Ok(Some(SqlValue::U64(number))),
            (None, None) => Err(format!("{number} does not fit into 64 bits")),
        },
        Value::Float(number) if number.is_nan() => Ok(None),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(Some(SqlValue::I64(*number as i64))),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(SqlValue::I64(number))),
            Err(_) => Err(no(value, "a whole number")),
        },
        other => Err(no(other, "a whole number")),
    }
}

fn float(value: &Value, server: Server) -> Result<Option<SqlValue>, String> {
    let number = match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Float(number) => *number,
        Value::Text(text) if text.is_empty() => return Ok(None),
        Value::Int(integer) => integer.to_string().parse().map_err(|_| no(value, "a number"))?,
        Value::Decimal(decimal) => decimal.as_str().parse().map_err(|_| no(value, "a number"))?,
        Value::Text(text) => text.trim().parse().map_err(|_| no(value, "a number"))?,
        other => return Err(no(other, "a number")),
    };
    match server {
        _ if number.is_nan() => Ok(None),
        Server::MySql | Server::MariaDb if number.is_infinite() => Err(format!("{} cannot store {number}", server.as_str())),
        Server::MySql | Server::MariaDb | Server::Postgres | Server::Sqlite => Ok(Some(SqlValue::F64(number))),
    }
}

fn decimal(value: &Value) -> Result<Option<SqlValue>, String> {
    match value {
        Value::Bool(value) => Ok(Some(SqlValue::Text(u8::from(*value).to_string()))),
        Value::Int(number) => Ok(Some(SqlValue::Text(number.to_string()))),
        Value::Decimal(number) if number.is_finite() => Ok(Some(SqlValue::Text(number.as_str().to_string()))),
        Value::Decimal(_) => Ok(None),
        Value::Float(number) if number.is_nan() => Ok(None),
        Value::Float(number) if number.is_finite() => Ok(Some(SqlValue::Text(number.to_string()))),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => Ok(Some(SqlValue::Text(text.trim().to_string()))),
        other => Err(no(other, "a decimal number")),
    }
}

fn truth(value: &Value, column: &ColumnType) -> Result<Option<SqlValue>, String> {
    let number = match value {
        Value::Bool(value) => i64::from(*value),
        _ => match whole(value)? {
            Some(SqlValue::I64(number)) => number,
            Some(_) => return Err(no(value, "a truth value")),
            None => return Ok(None),
        },
    };
    match column {
        ColumnType::Boolean if number == 0 || number == 1 => Ok(Some(SqlValue::Bool(number == 1))),
        ColumnType::Boolean => Err(no(value, "a truth value")),
        _ => Ok(Some(SqlValue::I64(number))),
    }
}

fn text(value: &Value) -> Result<SqlValue, String> {
    match value {
        Value::Text(text) => Ok(SqlValue::Text(text.clone())),
        Value::Bool(value) => Ok(SqlValue::Text(u8::from(*value).to_string())),
        Value::Int(number) => Ok(SqlValue::Text(number.to_string())),
        Value::Decimal(number) => Ok(SqlValue::Text(number.as_str().to_string())),
        Value::Float(_) | Value::Date(_) | Value::Time(_) | Value::DateTime(_) | Value::Uuid(_) => Ok(SqlValue::Text(plain(value))),
        other => Err(no(other, "a text")),
    }
}

fn moment(value: &Value) -> Result<SqlValue, String> {
    match value {
        Value::Text(text) => Ok(SqlValue::Text(text.clone())),
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) => Ok(SqlValue::Text(plain(value))),
        other => Err(no(other, "a date or time")),
    }
}

/// Returns the form that Python's `str` gives and every server reads.
fn plain(value: &Value) -> String {
    match value {
        Value::Date(date) => date.format("%Y-%m-%d").to_string(),
        Value::Time(time) => time.format("%H:%M:%S%.f").to_string(),
        Value::DateTime(moment) => moment.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
        Value::Uuid(id) => id.to_string(),
        // Python's repr: `1.0`, not `1`.
        other => other.to_string(),
    }
}

fn uuid(value: &Value, column: &ColumnType) -> Result<SqlValue, String> {
    let id = match value {
        Value::Uuid(id) => *id,
        Value::Text(text) => uuid::Uuid::parse_str(text.trim()).map_err(|_| no(value, "a UUID"))?,
        Value::Bytes(bytes) => uuid::Uuid::from_slice(bytes).map_err(|_| no(value, "a UUID"))?,
        other => return Err(no(other, "a UUID")),
    };
    match column {
        ColumnType::Uuid => Ok(SqlValue::Text(id.to_string())),
        _ => Ok(SqlValue::Bytes(id.as_bytes().to_vec())),
    }
}

fn packed(value: &Value) -> Result<SqlValue, String> {
    blob::pack_compressed(value).map(SqlValue::Bytes).map_err(|error| error.to_string())
}

fn bytes(value: &Value) -> Result<SqlValue, String> {
    match value {
        Value::Bytes(bytes) => Ok(SqlValue::Bytes(bytes.clone())),
        other => Err(format!("{} are not raw bytes; for any value use <blob>", other)),
    }
}

#[cfg(test)]
mod tests {
    use djc_core::catalog::ColumnDefault;
    use djc_core::ir::{Codec, Float, FloatWord, Integer, Size};

    use super::*;

    fn stored(value: Value, ty: AttributeType, column: ColumnType, server: Server) -> Result<Option<SqlValue>, String> {
        let column = Column {
            name: "a".into(),
            ty: column,
            nullable: true,
            default: ColumnDefault::Null,
            comment: String::new(),
            auto_increment: false,
            on_update: None,
            charset: None,
            declared: None,
        };
        let generation = if matches!(ty, AttributeType::Blob(_)) { Generation::Classic } else { Generation::Modern };
        encode(&value, &ty, &column, generation, server)
    }

    const INTEGER: AttributeType =
        AttributeType::Integer(Integer { bits: 32, display_width: None, unsigned: false, auto_increment: false });
    const INT: ColumnType = ColumnType::Integer { bits: 32, unsigned: false, display_width: None };

    #[test]
    fn none_nan_and_empty_numbers_mean_the_default() {
        let float = AttributeType::Float(Float { word: FloatWord::Double, arguments: None, unsigned: false });
        let double = ColumnType::Double { arguments: None, unsigned: false };
        assert_eq!(stored(Value::Null, INTEGER, INT, Server::MySql), Ok(None));
        assert_eq!(stored(Value::Text(String::new()), INTEGER, INT, Server::MySql), Ok(None));
        assert_eq!(stored(Value::Float(f64::NAN), float.clone(), double.clone(), Server::Postgres), Ok(None));
        assert!(stored(Value::Float(f64::INFINITY), float.clone(), double.clone(), Server::MySql).is_err());
        assert_eq!(stored(Value::Float(f64::INFINITY), float, double, Server::Postgres), Ok(Some(SqlValue::F64(f64::INFINITY))));
    }

    #[test]
    fn values_take_the_form_of_their_column() {
        let id = uuid::Uuid::from_u128(7);
        assert_eq!(stored(Value::Uuid(id), AttributeType::Uuid, ColumnType::Uuid, Server::Postgres), Ok(Some(id.to_string().into())));
        assert_eq!(
            stored(Value::Text(id.to_string()), AttributeType::Uuid, ColumnType::Binary(16), Server::MySql),
            Ok(Some(SqlValue::Bytes(id.as_bytes().to_vec())))
        );
        assert_eq!(stored(Value::Bool(true), AttributeType::Bool, ColumnType::Boolean, Server::Postgres), Ok(Some(SqlValue::Bool(true))));
        assert_eq!(stored(Value::Bool(true), AttributeType::Bool, INT, Server::MySql), Ok(Some(SqlValue::I64(1))));
        let json = Value::List(vec![Value::Bool(true), Value::Null]);
        assert_eq!(stored(json, AttributeType::Json, ColumnType::Json, Server::MySql), Ok(Some("[true,null]".into())));
        assert_eq!(stored(Value::Bool(true), INTEGER, INT, Server::Sqlite), Ok(Some(SqlValue::I64(1))));
        assert!(stored(Value::Text("x".into()), INTEGER, INT, Server::Sqlite).is_err());
    }

    #[test]
    fn blobs_are_packed_and_bytes_are_not() {
        let column = ColumnType::Blob(Size::Long);
        let value = Value::Bytes(b"abc".to_vec());
        let packed = Ok(Some(SqlValue::Bytes(blob::pack_compressed(&value).expect("bytes pack"))));
        assert_eq!(stored(value.clone(), AttributeType::Blob(Size::Long), column.clone(), Server::MySql), packed);
        let codec = |store| AttributeType::Codec(Codec { name: "blob".into(), store, stored: Box::new(AttributeType::Bytes) });
        assert_eq!(stored(value.clone(), codec(CodecStore::Inline), column.clone(), Server::MySql), packed);
        assert!(stored(value.clone(), codec(CodecStore::Default), column.clone(), Server::MySql).is_err());
        assert_eq!(stored(value, AttributeType::Bytes, column, Server::MySql), Ok(Some(SqlValue::Bytes(b"abc".to_vec()))));
    }
}
