//! Constants that attributes are compared with.

use super::AttributeKind;
use crate::catalog::ColumnType;
use crate::contents::{self, Stored};
use crate::dialect::Server;
use crate::ir::{AttributeType, Decimal, DecimalWord, Generation, Integer, Size};
use crate::plan::Literal;
use crate::predicate::Holds;
use crate::value::Value;

/// Says why a value cannot be compared with an attribute on any server.
pub(super) fn check(kind: &AttributeKind, value: &Value) -> Result<(), String> {
    let Some((ty, generation)) = comparable(kind, value)? else { return Ok(()) };
    match contents::store(value, &ty, generation) {
        Ok(Stored::Default) => Err(format!("{value} is no value to compare with")),
        Ok(_) => Ok(()),
        Err(_) if ty == AttributeType::Uuid => Err(format!("badly formed UUID {value}")),
        Err(unfit) => Err(unfit.reason().to_string()),
    }
}

/// Returns the constant as it is bound.
///
/// It is what the attribute could hold if it had no limits: nothing is rounded to a column's digits, since `x < 1.005` and `x < 1.01` differ.
///
/// # Errors
/// As [`check`], and what this server cannot hold.
pub(super) fn constant(kind: &AttributeKind, value: &Value, server: Server) -> Result<Literal, String> {
    check(kind, value)?;
    let Some((ty, generation)) = comparable(kind, value)? else { return own(value) };
    if let Stored::Decimal(digits) = contents::store(value, &ty, generation).map_err(|unfit| unfit.reason().to_string())? {
        return Ok(Literal::Text(digits));
    }
    let column = match (&ty, server.dialect().column_type(&ty, generation)) {
        (AttributeType::Enum(values), _) => {
            // Which escapes were read when the table was made depends on who made it.
            let values = values.iter().flat_map(|value| [value.value(true), value.value(false)]).collect();
            ColumnType::Enum { name: None, values }
        }
        (_, Ok(column)) => column,
        // A type that the server does not have is an alias of one that it has.
        (_, Err(_)) => ColumnType::Other(String::new()),
    };
    contents::literal(value, &ty, &column, generation, server)
}

/// Returns the type that the value is read as; `None` for a value of an expression that nobody knows the type of.
fn comparable(kind: &AttributeKind, value: &Value) -> Result<Option<(AttributeType, Generation)>, String> {
    let (ty, generation) = match kind {
        AttributeKind::Computed => return Ok(None),
        AttributeKind::Declared { ty, generation } => (ty, *generation),
    };
    let number = |what: &str| match value {
        Value::Text(_) => Err(format!("{value} is a text, and the attribute holds {what}")),
        _ => Ok(()),
    };
    let wide = match ty {
        AttributeType::Integer(_) | AttributeType::Serial | AttributeType::CoreInteger(_) => {
            number("whole numbers")?;
            let negative =
                matches!(value, Value::Int(number) if number.is_negative()) || matches!(value, Value::Float(number) if *number < 0.0);
            AttributeType::Integer(Integer { bits: 64, display_width: None, unsigned: !negative, auto_increment: false })
        }
        AttributeType::Float(_) | AttributeType::CoreFloat(_) => {
            number("numbers")?;
            return Ok(Some((AttributeType::CoreFloat(64), Generation::Modern)));
        }
        AttributeType::Year => {
            number("years")?;
            ty.clone()
        }
        AttributeType::Bool => {
            number("truth values")?;
            ty.clone()
        }
        AttributeType::Decimal(_) => {
            AttributeType::Decimal(Decimal { word: DecimalWord::Decimal, precision: None, scale: None, unsigned: false, zerofill: false })
        }
        AttributeType::Char(_) | AttributeType::Varchar(_) | AttributeType::Text(_) => {
            return Ok(Some((AttributeType::Text(Size::Long), Generation::Modern)));
        }
        AttributeType::Datetime(_) | AttributeType::Timestamp(_) => AttributeType::Datetime(Some(6)),
        AttributeType::Time(_) => AttributeType::Time(Some(6)),
        AttributeType::Date | AttributeType::Enum(_) | AttributeType::Uuid | AttributeType::Bytes => ty.clone(),
        AttributeType::External(_) => AttributeType::Uuid,
        AttributeType::Blob(_) if generation == Generation::Modern => AttributeType::Bytes,
        AttributeType::Json => return Err("JSON is compared by a path in it, as in `info.path`".to_string()),
        AttributeType::Blob(_) => return Err("packed values cannot be compared".to_string()),
        AttributeType::Attach => return Err("attachments cannot be compared".to_string()),
        AttributeType::Codec(codec) => return Err(format!("values of the codec <{}> cannot be compared", codec.name)),
        AttributeType::Adapted { name, .. } => return Err(format!("values of the adapter <{name}> cannot be compared")),
        AttributeType::Invalid => return Err("the type of the attribute is not known".to_string()),
    };
    Ok(Some((wide, generation)))
}

/// Returns a value by its own type.
fn own(value: &Value) -> Result<Literal, String> {
    Ok(match value {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(number) => Literal::Integer(number.to_i128().ok_or_else(|| format!("{value} has more than 64 bits"))?),
        Value::Float(number) => Literal::Real(*number),
        Value::Decimal(number) => Literal::Text(number.as_str().to_string()),
        Value::Text(text) => Literal::Text(text.clone()),
        Value::Date(date) => Literal::Text(date.format("%Y-%m-%d").to_string()),
        Value::Time(time) => Literal::Text(contents::short_fraction(&time.format("%H:%M:%S%.6f").to_string())),
        Value::DateTime(moment) => Literal::Text(contents::short_fraction(&moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string())),
        Value::Bytes(bytes) => Literal::Bytes(bytes.clone()),
        Value::Uuid(_)
        | Value::Complex(_)
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Set(_)
        | Value::Map(_)
        | Value::Array(_)
        | Value::Records(_)
        | Value::Cell(_)
        | Value::Struct(_) => return Err(format!("{value} cannot be compared with what an expression gives")),
    })
}

/// Returns what a constant holds where the attribute does not say: that of the value.
pub(super) fn holds(holds: Holds, value: &Value) -> Holds {
    match (holds, value) {
        (Holds::Unknown, Value::Decimal(_)) => Holds::Decimal,
        (Holds::Unknown, Value::Date(_)) => Holds::Day,
        (Holds::Unknown, Value::DateTime(_)) => Holds::Moment,
        (Holds::Unknown, Value::Time(_)) => Holds::Time,
        (holds, _) => holds,
    }
}

/// Returns a column as it is compared and sorted there.
pub(super) fn comparand(server: Server, holds: Holds, column: String) -> String {
    match (server, holds) {
        // The server compares an enum with values of its own type alone.
        (Server::Postgres, Holds::Choice) => format!("CAST({column} AS text)"),
        // Decimals are texts there, and `10.00` stands before `9.00`.
        (Server::Sqlite, Holds::Decimal) => format!("CAST({column} AS NUMERIC)"),
        (Server::MySql | Server::MariaDb | Server::Postgres | Server::Sqlite, _) => column,
    }
}

/// Returns a placeholder as it is compared with what a column holds.
pub(super) fn placeholder(server: Server, holds: Holds, literal: &Literal, placeholder: String) -> String {
    let ty = match (server, holds, literal) {
        (Server::Postgres, Holds::Decimal | Holds::Number, Literal::Text(_)) => "numeric",
        (Server::Postgres, Holds::Day, _) => "date",
        (Server::Postgres, Holds::Moment, _) => "timestamp",
        (Server::Postgres, Holds::Time, _) => "time",
        (Server::Postgres, Holds::Uuid, _) => "uuid",
        // A text beside a decimal would make floating-point numbers of both.
        (Server::MySql | Server::MariaDb, Holds::Decimal, Literal::Text(_)) => "decimal(65,30)",
        (Server::Sqlite, Holds::Decimal, _) => "NUMERIC",
        (Server::MySql | Server::MariaDb | Server::Postgres | Server::Sqlite, _, _) => return placeholder,
    };
    format!("CAST({placeholder} AS {ty})")
}

/// Says why a value cannot be compared with one inside of JSON.
pub(super) fn check_path(holds: Holds, value: &Value) -> Result<(), String> {
    path(holds, value).map(drop)
}

/// Returns the constant that a value inside of JSON is compared with; without a type the value there is a text.
pub(super) fn path(holds: Holds, value: &Value) -> Result<Literal, String> {
    Ok(match (holds, own(value)?) {
        (Holds::Text | Holds::Unknown | Holds::Json, Literal::Integer(number)) => Literal::Text(number.to_string()),
        (Holds::Text | Holds::Unknown | Holds::Json, Literal::Real(number)) => Literal::Text(number.to_string()),
        (Holds::Text | Holds::Unknown | Holds::Json, Literal::Bool(truth)) => Literal::Text(truth.to_string()),
        (_, literal) => literal,
    })
}
