//! Values whose type is only known when they are read.

use djc_core::ir::{AttributeType, CodecStore, Generation};
use djc_core::query::AttributeKind;
use djc_core::value::{Decimal, Value};

use super::moment::time_value;
use super::{Blob, Cell, Field, Given, ReadError};
use crate::db::raw::Raw;

impl Field for Value {
    /// Reads what the declared type means: a packed blob is unpacked, JSON is read, a `bool` is a truth value where it is 0 or 1. What an
    /// expression computes is what the server says it is.
    ///
    /// What lies in a store is what the table has of it: a UUID in datajoint 0.14, JSON or a hash in datajoint 2. An attachment is its stored
    /// bytes. A `time` beyond a day is text.
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        if cell.is_null() {
            return Ok(Value::Null);
        }
        match &cell.attribute.kind {
            AttributeKind::Declared { ty, generation } => declared(cell, ty, *generation),
            AttributeKind::Computed => computed(cell),
        }
    }

    fn give(self) -> Given {
        Given::Value(self)
    }
}

fn given<F: Field>(cell: &Cell<'_>) -> Result<Value, ReadError> {
    match F::read(cell)?.give() {
        Given::Value(value) => Ok(value),
        Given::Default | Given::Attachment { .. } | Given::Path(_) | Given::Stored(_) | Given::Column(_) => {
            Err(cell.wrong("a plain value"))
        }
    }
}

fn declared(cell: &Cell<'_>, ty: &AttributeType, generation: Generation) -> Result<Value, ReadError> {
    match ty {
        AttributeType::Integer(_) | AttributeType::Serial | AttributeType::CoreInteger(_) | AttributeType::Year => whole(cell),
        AttributeType::Bool => match bool::read(cell) {
            Ok(value) => Ok(Value::Bool(value)),
            // The column is a small integer on most servers, and Python put a 2 there without complaint.
            Err(_) => whole(cell),
        },
        AttributeType::CoreFloat(_) | AttributeType::Float(_) => given::<f64>(cell),
        AttributeType::Decimal(_) => given::<Decimal>(cell),
        AttributeType::Char(_) | AttributeType::Varchar(_) | AttributeType::Text(_) | AttributeType::Enum(_) => given::<String>(cell),
        AttributeType::Date => given::<chrono::NaiveDate>(cell),
        AttributeType::Datetime(_) | AttributeType::Timestamp(_) => given::<chrono::NaiveDateTime>(cell),
        AttributeType::Time(_) => cell.micros().map(time_value),
        AttributeType::Json => given::<serde_json::Value>(cell),
        AttributeType::Uuid | AttributeType::External(_) => given::<uuid::Uuid>(cell),
        AttributeType::Blob(_) if generation == Generation::Classic => given::<Blob>(cell),
        AttributeType::Codec(codec) if codec.name == "blob" && codec.store == CodecStore::Inline => given::<Blob>(cell),
        AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Attach => given::<Vec<u8>>(cell),
        AttributeType::Adapted { stored, .. } => declared(cell, stored, generation),
        AttributeType::Codec(codec) => declared(cell, &codec.stored, generation),
        AttributeType::Invalid => computed(cell),
    }
}

fn whole(cell: &Cell<'_>) -> Result<Value, ReadError> {
    match cell.raw {
        Raw::Int(number) => Ok(Value::from(number)),
        Raw::UInt(number) => Ok(Value::from(number)),
        _ => cell.whole().map(Value::from).ok_or_else(|| cell.wrong("a whole number")),
    }
}

fn computed(cell: &Cell<'_>) -> Result<Value, ReadError> {
    match &cell.raw {
        Raw::Null | Raw::ZeroDate => Ok(Value::Null),
        Raw::Bool(value) => Ok(Value::Bool(*value)),
        Raw::Int(number) => Ok(Value::from(*number)),
        Raw::UInt(number) => Ok(Value::from(*number)),
        Raw::Float(number) => Ok(Value::Float(f64::from(*number))),
        Raw::Double(number) => Ok(Value::Float(*number)),
        Raw::Decimal(_) => given::<Decimal>(cell),
        Raw::Text(_) => given::<String>(cell),
        Raw::Bytes(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        Raw::Json(_) => given::<serde_json::Value>(cell),
        Raw::Date(date) => Ok(Value::Date(*date)),
        Raw::Moment(moment) => Ok(Value::DateTime(*moment)),
        Raw::Time(micros) => Ok(time_value(*micros)),
        Raw::Uuid(id) => Ok(Value::Uuid(*id)),
        Raw::Odd(_) => Err(cell.wrong("a value that can be held")),
    }
}
