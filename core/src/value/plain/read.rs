//! Values to data.

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::PlainError;
use crate::value::{Array, Element, Elements, Field, Int, Struct, Value};

macro_rules! whole_numbers {
    ($($name:ident),*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
            match only(self.0) {
                Value::Float(value) if value.fract() == 0.0 && value.abs() < 2f64.powi(63) => whole(&Int::from(value as i64), visitor),
                other => Reader(other).deserialize_any(visitor),
            }
        }
    )*};
}

macro_rules! scalars {
    ($($name:ident),*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
            Reader(only(self.0)).deserialize_any(visitor)
        }
    )*};
}

/// Gives what a value holds.
pub(super) struct Reader(pub Value);

impl<'de> Deserializer<'de> for Reader {
    type Error = PlainError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => whole(&value, visitor),
            Value::Float(value) => visitor.visit_f64(value),
            Value::Complex(value) => sequence(vec![Value::from(value.re), Value::from(value.im)], visitor),
            Value::Text(text) => visitor.visit_string(text),
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => sequence(items, visitor),
            Value::Map(entries) => map(entries, visitor),
            Value::Decimal(number) => visitor.visit_string(number.as_str().to_string()),
            Value::Date(date) => visitor.visit_string(date.to_string()),
            Value::Time(time) => visitor.visit_string(time.to_string()),
            Value::DateTime(moment) => visitor.visit_string(moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string()),
            Value::Uuid(id) => visitor.visit_string(id.to_string()),
            Value::Array(array) => Reader(nested(*array)).deserialize_any(visitor),
            Value::Records(records) => {
                let entries = records.into_fields().into_iter().map(|(name, field)| {
                    let field = match field {
                        Field::Array(array) => Value::from(array),
                        Field::Records(records) => Value::from(records),
                    };
                    (Value::from(name), field)
                });
                map(entries.collect(), visitor)
            }
            Value::Cell(cell) => {
                let (shape, values) = cell.into_parts();
                let array = Array::new(shape, Elements::Object(values)).map_err(|error| PlainError::new(error.to_string()))?;
                Reader(Value::from(array)).deserialize_any(visitor)
            }
            Value::Struct(structs) => Reader(maps(*structs)).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        if self.0 == Value::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PlainError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, PlainError> {
        match only(self.0) {
            Value::Text(name) => visitor.visit_enum(name.into_deserializer()),
            Value::Map(mut entries) if entries.len() == 1 => {
                let (name, held) = entries.remove(0);
                visitor.visit_enum(Variant { name, held })
            }
            other => Err(PlainError::new(format!("{} is no variant: a text, or a dict with one key, is wanted", other.kind()))),
        }
    }

    // Floats of MATLAB are whole numbers where one is asked for, and an array of one element is its element.
    whole_numbers! {
        deserialize_i8, deserialize_i16, deserialize_i32, deserialize_i64, deserialize_i128,
        deserialize_u8, deserialize_u16, deserialize_u32, deserialize_u64, deserialize_u128
    }

    scalars! { deserialize_bool, deserialize_f32, deserialize_f64, deserialize_char, deserialize_str, deserialize_string }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any }
}

fn whole<'de, V: Visitor<'de>>(number: &Int, visitor: V) -> Result<V::Value, PlainError> {
    match (number.to_i64(), number.to_u64()) {
        (Some(number), _) => visitor.visit_i64(number),
        (None, Some(number)) => visitor.visit_u64(number),
        (None, None) => Err(PlainError::new(format!("{number} does not fit 64 bits"))),
    }
}

fn sequence<'de, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, PlainError> {
    let mut access = de::value::SeqDeserializer::new(items.into_iter().map(Reader));
    let out = visitor.visit_seq(&mut access)?;
    access.end()?;
    Ok(out)
}

fn map<'de, V: Visitor<'de>>(entries: Vec<(Value, Value)>, visitor: V) -> Result<V::Value, PlainError> {
    let mut access = de::value::MapDeserializer::new(entries.into_iter().map(|(key, value)| (Reader(key), Reader(value))));
    let out = visitor.visit_map(&mut access)?;
    access.end()?;
    Ok(out)
}

impl IntoDeserializer<'_, PlainError> for Reader {
    type Deserializer = Reader;

    fn into_deserializer(self) -> Reader {
        self
    }
}

/// Returns the element of an array that has one, of however many dimensions.
fn only(value: Value) -> Value {
    match value {
        Value::Array(array) if array.len() == 1 => only(list(*array).remove(0)),
        other => other,
    }
}

/// Returns an array as lists of lists, the last index innermost; a scalar as its element.
fn nested(array: Array) -> Value {
    let shape = array.shape().to_vec();
    let mut items = list(array);
    if shape.is_empty() {
        return items.remove(0);
    }
    if items.is_empty() {
        return Value::List(Vec::new());
    }
    // The first index runs fastest, so a step along it is one element, and along the next as many as the first is long.
    let mut items: Vec<Option<Value>> = items.into_iter().map(Some).collect();
    fn take(items: &mut [Option<Value>], shape: &[usize], start: usize, stride: usize) -> Value {
        match shape {
            [] => items[start].take().expect("each element has one place"),
            [length, rest @ ..] => Value::List((0..*length).map(|at| take(items, rest, start + at * stride, stride * length)).collect()),
        }
    }
    take(&mut items, &shape, 0, 1)
}

/// Returns the elements in column-major order, each a value.
fn list(array: Array) -> Vec<Value> {
    fn numbers<T: Element + Into<Value>>(vector: Vec<T>) -> Vec<Value> {
        vector.into_iter().map(Into::into).collect()
    }
    let (_, elements, imaginary) = array.into_parts();
    let real = match elements {
        Elements::Bool(v) => numbers(v),
        Elements::Char(v) | Elements::UInt16(v) => v.into_iter().map(|number| Value::from(u32::from(number))).collect(),
        Elements::Float64(v) => numbers(v),
        Elements::Float32(v) => v.into_iter().map(|number| Value::from(f64::from(number))).collect(),
        Elements::Int8(v) => v.into_iter().map(|number| Value::from(i32::from(number))).collect(),
        Elements::UInt8(v) => v.into_iter().map(|number| Value::from(u32::from(number))).collect(),
        Elements::Int16(v) => v.into_iter().map(|number| Value::from(i32::from(number))).collect(),
        Elements::Int32(v) => numbers(v),
        Elements::UInt32(v) => numbers(v),
        Elements::Int64(v) | Elements::DateTime64(_, v) => numbers(v),
        Elements::UInt64(v) => numbers(v),
        Elements::Object(v) => v,
        Elements::Text(v) => v.into_iter().map(Value::from).collect(),
    };
    match imaginary {
        None => real,
        Some(imaginary) => {
            let parts = list(Array::vector(imaginary));
            real.into_iter().zip(parts).map(|(re, im)| Value::Tuple(vec![re, im])).collect()
        }
    }
}

/// Returns a struct array of MATLAB as a map, or a list of maps where it has not one element.
fn maps(structs: Struct) -> Value {
    let (shape, fields, values) = structs.into_parts();
    let count: usize = shape.iter().product();
    let mut values = values.into_iter();
    let mut maps: Vec<Value> = (0..count)
        .map(|_| Value::Map(fields.iter().map(|name| Value::from(name.as_str())).zip(values.by_ref().take(fields.len())).collect()))
        .collect();
    if count == 1 { maps.remove(0) } else { Value::List(maps) }
}

/// A variant that holds something.
struct Variant {
    name: Value,
    held: Value,
}

impl<'de> de::EnumAccess<'de> for Variant {
    type Error = PlainError;
    type Variant = Held;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Held), PlainError> {
        Ok((seed.deserialize(Reader(self.name))?, Held(self.held)))
    }
}

/// What a variant holds.
struct Held(Value);

impl<'de> de::VariantAccess<'de> for Held {
    type Error = PlainError;

    fn unit_variant(self) -> Result<(), PlainError> {
        if self.0 == Value::Null { Ok(()) } else { Err(PlainError::new("the variant holds nothing")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, PlainError> {
        seed.deserialize(Reader(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, PlainError> {
        Reader(self.0).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, PlainError> {
        Reader(self.0).deserialize_any(visitor)
    }
}
