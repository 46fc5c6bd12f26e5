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
        AttributeType::Adapted { name, .. } => Err(format!("djc cannot write values of the adapter <{name}>; insert such rows from Python")),
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
        Value::Int(_) | Value::Decimal(_) | Value::Text(_) => {
            let text = match value {
                Value::Text(text) => text.trim().to_string(),
                other => other.to_string(),
            };
            let text = match value {
                Value::Decimal(decimal) => decimal.as_str().to_string(),
                _ => text,
            };
            text.parse().map_err(|_| no(value, "a number"))?
        }
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
        Value::Float(number) => number.to_string(),
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
