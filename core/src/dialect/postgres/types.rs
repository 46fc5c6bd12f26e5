//! What PostgreSQL stores each type as.
//!
//! datajoint 2 hands native types to the server as written, so that only those are taken which the server has. datajoint
//! 0.14 does not know the server; its types become the nearest ones, with the type as written in the marker wherever that
//! could not be told from the column.

use crate::catalog::ColumnType;
use crate::dialect::{Quoting, Unsupported};
use crate::ir::{AttributeType, DecimalWord, FloatWord, Size};

fn unsupported<T>(reason: impl Into<String>) -> Result<T, Unsupported> {
    Err(Unsupported { reason: reason.into() })
}

fn integer(bits: u8) -> ColumnType {
    ColumnType::Integer { bits, unsigned: false, display_width: None }
}

fn float() -> ColumnType {
    ColumnType::Float { arguments: None, unsigned: false }
}

fn double() -> ColumnType {
    ColumnType::Double { arguments: None, unsigned: false }
}

fn numeric(precision: Option<u32>, scale: u32) -> Result<ColumnType, Unsupported> {
    if precision.is_some_and(|precision| precision > 1000 || precision == 0) {
        return unsupported("1 to 1000 digits");
    }
    Ok(ColumnType::Decimal { precision, scale, unsigned: false, zerofill: false })
}

fn sized_text(length: u32, make: fn(u32) -> ColumnType) -> Result<ColumnType, Unsupported> {
    match length {
        0 => unsupported("at least one character"),
        1..=10_485_760 => Ok(make(length)),
        _ => unsupported("at most 10485760 characters"),
    }
}

/// The types of datajoint 2.
pub(super) fn modern(ty: &AttributeType) -> Result<ColumnType, Unsupported> {
    Ok(match ty {
        AttributeType::Integer(native) => {
            let larger = match native.bits {
                8 if !native.unsigned => "int16",
                8 | 16 => "int32",
                _ => "int64",
            };
            if native.auto_increment {
                return unsupported("it has no auto_increment; write `serial`");
            }
            if native.unsigned {
                return unsupported(format!("it has no unsigned integers; write `{larger}`"));
            }
            if native.display_width.is_some() {
                return unsupported("it has no display widths; leave the parenthesis out");
            }
            if matches!(native.bits, 8 | 24) {
                return unsupported(format!("write `{}`", if native.bits == 8 { "int8" } else { "int32" }));
            }
            integer(native.bits)
        }
        AttributeType::Serial => integer(32),
        AttributeType::CoreInteger(bits) => integer((*bits).max(16)),
        AttributeType::CoreFloat(32) => float(),
        AttributeType::CoreFloat(_) => double(),
        AttributeType::Decimal(decimal) => {
            if decimal.word == DecimalWord::Fixed || decimal.unsigned || decimal.zerofill {
                return unsupported("write `decimal(p,s)`");
            }
            numeric(decimal.precision, decimal.scale.unwrap_or(0))?
        }
        AttributeType::Float(native) => match (native.word, native.arguments) {
            _ if native.unsigned => return unsupported("it has no unsigned numbers; write `float64`"),
            (FloatWord::Double, _) => return unsupported("write `float64`"),
            (_, Some((_, Some(_)))) => return unsupported("it has no digits for floating point; write `float32` or `float64`"),
            (FloatWord::Real, None) => float(),
            (FloatWord::Real, Some(_)) => return unsupported("write `float32`"),
            (FloatWord::Float, Some((1..=24, None))) => float(),
            (FloatWord::Float, Some((25..=53, None)) | None) => double(),
            (FloatWord::Float, Some(_)) => return unsupported("1 to 53 bits"),
        },
        AttributeType::Char(length) => sized_text(*length, ColumnType::Char)?,
        AttributeType::Varchar(length) => sized_text(*length, ColumnType::Varchar)?,
        AttributeType::Text(Size::Regular) => ColumnType::Text(Size::Long),
        AttributeType::Text(_) => return unsupported("write `text`, which has no limit there"),
        AttributeType::Enum(_) => ColumnType::Enum { name: None, values: Vec::new() },
        AttributeType::Bool => ColumnType::Boolean,
        AttributeType::Date => ColumnType::Date,
        AttributeType::Datetime(digits) | AttributeType::Timestamp(digits) => ColumnType::Datetime(*digits),
        AttributeType::Time(digits) => ColumnType::Time(*digits),
        AttributeType::Year => return unsupported("write `int16`"),
        AttributeType::Json => ColumnType::Json,
        AttributeType::Uuid => ColumnType::Uuid,
        AttributeType::Blob(_) => return unsupported("write `bytes`, or `<blob>` for packed values"),
        AttributeType::Bytes => ColumnType::Blob(Size::Long),
        AttributeType::Codec(codec) => modern(&codec.stored)?,
        AttributeType::Adapted { stored, .. } => modern(stored)?,
        AttributeType::Attach | AttributeType::External(_) => return unsupported("it is a type of datajoint 0.14"),
        AttributeType::Invalid => return unsupported("the type could not be read"),
    })
}

/// The nearest to each type of datajoint 0.14.
pub(super) fn classic(ty: &AttributeType) -> Result<ColumnType, Unsupported> {
    Ok(match ty {
        AttributeType::Integer(native) => match (native.bits, native.unsigned) {
            (8, _) | (16, false) => integer(16),
            (16, true) | (24, _) | (32, false) => integer(32),
            // A number that the server counts itself does not reach the upper half.
            (64, true) if !native.auto_increment => numeric(Some(20), 0)?,
            _ => integer(64),
        },
        AttributeType::Serial => integer(64),
        AttributeType::Decimal(decimal) => numeric(Some(decimal.precision.unwrap_or(10)), decimal.scale.unwrap_or(0))?,
        AttributeType::Float(native) => match (native.word, native.arguments) {
            (FloatWord::Float, Some((25.., None))) => double(),
            (FloatWord::Float, _) => float(),
            (FloatWord::Double | FloatWord::Real, _) => double(),
        },
        AttributeType::Char(length) => sized_text(*length, ColumnType::Char)?,
        AttributeType::Varchar(length) => sized_text(*length, ColumnType::Varchar)?,
        AttributeType::Enum(_) => ColumnType::Enum { name: None, values: Vec::new() },
        AttributeType::Bool => ColumnType::Boolean,
        AttributeType::Date => ColumnType::Date,
        // No digits mean none on the MySQL family, and six here.
        AttributeType::Datetime(digits) | AttributeType::Timestamp(digits) => ColumnType::Datetime(Some(digits.unwrap_or(0))),
        AttributeType::Time(digits) => ColumnType::Time(Some(digits.unwrap_or(0))),
        AttributeType::Year => integer(16),
        AttributeType::Json => ColumnType::Json,
        AttributeType::Uuid | AttributeType::External(_) => ColumnType::Uuid,
        AttributeType::Blob(_) | AttributeType::Attach => ColumnType::Blob(Size::Long),
        AttributeType::Adapted { stored, .. } => classic(stored)?,
        AttributeType::CoreInteger(_)
        | AttributeType::CoreFloat(_)
        | AttributeType::Text(_)
        | AttributeType::Bytes
        | AttributeType::Codec(_) => return unsupported("it is a type of datajoint 2"),
        AttributeType::Invalid => return unsupported("the type could not be read"),
    })
}

/// Returns whether a classic type can be told from its column without a marker.
pub(super) fn can_be_undone(ty: &AttributeType) -> bool {
    match ty {
        AttributeType::Integer(native) => {
            !native.unsigned && !native.auto_increment && native.display_width.is_none() && matches!(native.bits, 16 | 32 | 64)
        }
        AttributeType::Decimal(decimal) => !decimal.unsigned && !decimal.zerofill,
        AttributeType::Float(native) => native.arguments.is_none() && !native.unsigned,
        AttributeType::Char(_)
        | AttributeType::Varchar(_)
        | AttributeType::Enum(_)
        | AttributeType::Bool
        | AttributeType::Date
        | AttributeType::Datetime(_)
        | AttributeType::Time(_)
        | AttributeType::Json => true,
        AttributeType::Serial
        | AttributeType::CoreInteger(_)
        | AttributeType::CoreFloat(_)
        | AttributeType::Text(_)
        | AttributeType::Timestamp(_)
        | AttributeType::Year
        | AttributeType::Uuid
        | AttributeType::Blob(_)
        | AttributeType::Bytes
        | AttributeType::Attach
        | AttributeType::External(_)
        | AttributeType::Adapted { .. }
        | AttributeType::Codec(_)
        | AttributeType::Invalid => false,
    }
}

pub(super) fn type_sql(ty: &ColumnType) -> String {
    let digits = |word: &str, digits: &Option<u8>| match digits {
        None => word.to_string(),
        Some(digits) => format!("{word}({digits})"),
    };
    match ty {
        ColumnType::Integer { bits: 8 | 16, .. } => "smallint".to_string(),
        ColumnType::Integer { bits: 24 | 32, .. } => "integer".to_string(),
        ColumnType::Integer { .. } => "bigint".to_string(),
        ColumnType::Decimal { precision: None, .. } => "numeric".to_string(),
        ColumnType::Decimal { precision: Some(precision), scale, .. } => format!("numeric({precision},{scale})"),
        ColumnType::Float { .. } => "real".to_string(),
        ColumnType::Double { .. } => "double precision".to_string(),
        ColumnType::Char(length) => format!("char({length})"),
        ColumnType::Varchar(length) => format!("varchar({length})"),
        ColumnType::Text(_) => "text".to_string(),
        ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_) => "bytea".to_string(),
        ColumnType::Boolean => "boolean".to_string(),
        ColumnType::Date => "date".to_string(),
        ColumnType::Time(fraction) => digits("time", fraction),
        ColumnType::Datetime(fraction) | ColumnType::Timestamp(fraction) => digits("timestamp", fraction),
        ColumnType::Year => "smallint".to_string(),
        ColumnType::Json => "jsonb".to_string(),
        ColumnType::Uuid => "uuid".to_string(),
        ColumnType::Enum { name: Some((schema, name)), .. } => Quoting::Standard.qualified(schema, name),
        ColumnType::Enum { name: None, .. } => "text".to_string(),
        ColumnType::Other(text) => text.clone(),
    }
}

/// Returns the type of a column that a sequence numbers.
pub(super) fn serial_sql(ty: &ColumnType) -> &'static str {
    match ty {
        ColumnType::Integer { bits: 8 | 16, .. } => "smallserial",
        ColumnType::Integer { bits: 24 | 32, .. } => "serial",
        _ => "bigserial",
    }
}
