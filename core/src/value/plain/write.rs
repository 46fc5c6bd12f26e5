//! Data to values.

use std::cell::RefCell;

use serde::ser::{self, Serialize};

use super::{PlainError, as_array};
use crate::value::{Int, Value};

thread_local! {
    /// An array on its way past serde, which has no word for one.
    static HANDED: RefCell<Option<Value>> = const { RefCell::new(None) };
}

/// Lays an array ready for the [`Writer`] while `write` runs.
pub(super) fn hand_over<T>(array: Value, write: impl FnOnce() -> T) -> T {
    HANDED.set(Some(array));
    let out = write();
    HANDED.set(None);
    out
}

/// Makes a value of what it is given.
pub(super) struct Writer;

type Outcome = Result<Value, PlainError>;

impl ser::Serializer for Writer {
    type Ok = Value;
    type Error = PlainError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    fn serialize_bool(self, value: bool) -> Outcome {
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Outcome {
        Ok(Value::from(value))
    }

    fn serialize_i128(self, value: i128) -> Outcome {
        Ok(Value::from(value))
    }

    fn serialize_u8(self, value: u8) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Outcome {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Outcome {
        Ok(Value::from(value))
    }

    fn serialize_u128(self, value: u128) -> Outcome {
        let digits = value.to_string();
        Ok(Value::Int(digits.parse::<Int>().expect("digits are a number")))
    }

    fn serialize_f32(self, value: f32) -> Outcome {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Outcome {
        Ok(Value::Float(value))
    }

    fn serialize_char(self, value: char) -> Outcome {
        Ok(Value::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Outcome {
        Ok(Value::from(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> Outcome {
        Ok(Value::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Outcome {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Outcome {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Outcome {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Outcome {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Outcome {
        if name == as_array::NAME
            && let Some(array) = HANDED.take()
        {
            return Ok(array);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, variant: &'static str, value: &T) -> Outcome {
        Ok(named(variant, value.serialize(Writer)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, PlainError> {
        Ok(Items { variant: None, is_tuple: false, items: Vec::with_capacity(length.unwrap_or_default()) })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, PlainError> {
        Ok(Items { variant: None, is_tuple: true, items: Vec::with_capacity(length) })
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, PlainError> {
        self.serialize_tuple(length)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, length: usize) -> Result<Items, PlainError> {
        Ok(Items { variant: Some(variant), is_tuple: true, items: Vec::with_capacity(length) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, PlainError> {
        Ok(Entries { variant: None, key: None, entries: Vec::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, PlainError> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Entries, PlainError> {
        Ok(Entries { variant: Some(variant), key: None, entries: Vec::new() })
    }
}

/// Returns a dict of a variant's name and what it holds.
fn named(variant: &str, value: Value) -> Value {
    Value::Map(vec![(Value::from(variant), value)])
}

fn wrapped(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => named(variant, value),
        None => value,
    }
}

/// A sequence that is being written.
pub(super) struct Items {
    variant: Option<&'static str>,
    is_tuple: bool,
    items: Vec<Value>,
}

impl Items {
    fn add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), PlainError> {
        self.items.push(item.serialize(Writer)?);
        Ok(())
    }

    fn done(self) -> Value {
        let items = if self.is_tuple { Value::Tuple(self.items) } else { Value::List(self.items) };
        wrapped(self.variant, items)
    }
}

macro_rules! sequence {
    ($($name:ident :: $add:ident),*) => {$(
        impl ser::$name for Items {
            type Ok = Value;
            type Error = PlainError;

            fn $add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), PlainError> {
                self.add(item)
            }

            fn end(self) -> Outcome {
                Ok(self.done())
            }
        }
    )*};
}

sequence! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
}

/// A map that is being written.
pub(super) struct Entries {
    variant: Option<&'static str>,
    key: Option<Value>,
    entries: Vec<(Value, Value)>,
}

impl Entries {
    fn done(self) -> Outcome {
        let map = Value::dict(self.entries).map_err(|error| PlainError::new(error.to_string()))?;
        Ok(wrapped(self.variant, map))
    }

    fn add<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), PlainError> {
        self.entries.push((Value::from(name), value.serialize(Writer)?));
        Ok(())
    }
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = PlainError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), PlainError> {
        self.key = Some(key.serialize(Writer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), PlainError> {
        let key = self.key.take().expect("a map writes a key before its value");
        self.entries.push((key, value.serialize(Writer)?));
        Ok(())
    }

    fn end(self) -> Outcome {
        self.done()
    }
}

impl ser::SerializeStruct for Entries {
    type Ok = Value;
    type Error = PlainError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), PlainError> {
        self.add(name, value)
    }

    fn end(self) -> Outcome {
        self.done()
    }
}

impl ser::SerializeStructVariant for Entries {
    type Ok = Value;
    type Error = PlainError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), PlainError> {
        self.add(name, value)
    }

    fn end(self) -> Outcome {
        self.done()
    }
}
