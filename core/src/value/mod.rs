//! Values: what a DataJoint blob, a JSON column or a row of `contents` can hold.
//!
//! [`Value`] is plain data with Python's distinctions, because DataJoint stores them: a tuple is not a list,
//! `1` is neither `1.0` nor `True`, and a numpy scalar is not a number of Python. Parsing literals is the
//! parser's business, bytes are [`crate::blob`]'s.
//!
//! Two values are equal when DataJoint would store the same thing for them, bit by bit: a NaN equals the
//! same NaN, `0.0` and `-0.0` differ, and the order of entries counts in maps and sets. (Only arrays of text
//! and the arrays of objects that they are stored as differ here and not there.)

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub mod array;
mod decimal;
mod element;
mod int;
mod json;
#[cfg(feature = "ndarray")]
mod nd;
pub mod plain;
pub(crate) mod records;
mod repr;
mod serial;

pub use array::{Array, ElementType, Elements, ShapeError, TimeUnit, UnsupportedElement};
pub use decimal::{Decimal, ParseDecimalError};
pub use element::Element;
pub use int::{Int, ParseIntError};
pub use json::JsonError;
#[cfg(feature = "ndarray")]
pub use nd::WrongElement;
pub use records::{Cell, Field, RecordArray, Struct};

/// One value of any type that DataJoint serialises.
///
/// Serialised with serde it is tagged by its kind (`{"int": 5}`, `{"tuple": [...]}`, `"null"`); floats are
/// text there, so that no format loses a bit or a NaN. `serde_json` reads 128 levels of nesting, of which
/// each list or map takes two.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// `None`.
    Null,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number of any size.
    Int(Int),
    /// A floating-point number.
    Float(#[serde(with = "serial::float")] f64),
    /// A complex number.
    Complex(Complex),
    /// Text.
    Text(String),
    /// Bytes; a `bytearray` is stored as `bytes`.
    Bytes(#[serde(with = "serial::hex")] Vec<u8>),
    /// A mutable sequence.
    List(Vec<Value>),
    /// An immutable sequence, such as a tuple or a range.
    Tuple(Vec<Value>),
    /// A set, in the order given. Python's own order of a set with several elements is arbitrary.
    Set(Vec<Value>),
    /// A mapping, in order of insertion.
    Map(Vec<(Value, Value)>),
    /// A decimal number.
    Decimal(Decimal),
    /// A date without a time.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A date with a time of day; DataJoint drops time zones.
    DateTime(NaiveDateTime),
    /// A UUID.
    Uuid(Uuid),
    /// A numpy array, or of rank 0 a numpy scalar.
    Array(Box<Array>),
    /// A numpy record array.
    Records(Box<RecordArray>),
    /// A MATLAB cell array.
    Cell(Box<Cell>),
    /// A MATLAB struct array.
    Struct(Box<Struct>),
}

/// A complex number of Python. Equality is that of the bits of both parts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Complex {
    /// The real part.
    #[serde(with = "serial::float")]
    pub re: f64,
    /// The imaginary part.
    #[serde(with = "serial::float")]
    pub im: f64,
}

impl PartialEq for Complex {
    fn eq(&self, other: &Self) -> bool {
        self.re.to_bits() == other.re.to_bits() && self.im.to_bits() == other.im.to_bits()
    }
}

impl Eq for Complex {}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Complex(a), Value::Complex(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Tuple(a), Value::Tuple(b)) => a == b,
            (Value::Set(a), Value::Set(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            (Value::Decimal(a), Value::Decimal(b)) => a == b,
            (Value::Date(a), Value::Date(b)) => a == b,
            (Value::Time(a), Value::Time(b)) => a == b,
            (Value::DateTime(a), Value::DateTime(b)) => a == b,
            (Value::Uuid(a), Value::Uuid(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Records(a), Value::Records(b)) => a == b,
            (Value::Cell(a), Value::Cell(b)) => a == b,
            (Value::Struct(a), Value::Struct(b)) => a == b,
            (
                Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Complex(_)
                | Value::Text(_)
                | Value::Bytes(_)
                | Value::List(_)
                | Value::Tuple(_)
                | Value::Set(_)
                | Value::Map(_)
                | Value::Decimal(_)
                | Value::Date(_)
                | Value::Time(_)
                | Value::DateTime(_)
                | Value::Uuid(_)
                | Value::Array(_)
                | Value::Records(_)
                | Value::Cell(_)
                | Value::Struct(_),
                _,
            ) => false,
        }
    }
}

impl Eq for Value {}

/// A list, a map or the like stands where Python wants something hashable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be a key or an element of a set, because it can change")]
pub struct Unhashable(pub &'static str);

impl Value {
    /// Returns the map that Python's `{key: value, ...}` makes: of equal keys the first keeps its place and
    /// the last gives the value. `1`, `1.0` and `True` are equal keys in Python.
    ///
    /// # Errors
    /// Keys that Python cannot hash are refused.
    pub fn dict(entries: impl IntoIterator<Item = (Value, Value)>) -> Result<Self, Unhashable> {
        let mut places = HashMap::new();
        let mut map: Vec<(Value, Value)> = Vec::new();
        for (key, value) in entries {
            let place = *places.entry(key.identity()?).or_insert(map.len());
            match map.get_mut(place) {
                Some(entry) => entry.1 = value,
                None => map.push((key, value)),
            }
        }
        Ok(Value::Map(map))
    }

    /// Returns the set that Python's `{value, ...}` makes: of equal elements the first stays. The order is
    /// the one given, while Python's own is arbitrary.
    ///
    /// # Errors
    /// Elements that Python cannot hash are refused.
    pub fn set(values: impl IntoIterator<Item = Value>) -> Result<Self, Unhashable> {
        let mut places = HashMap::new();
        let mut set = Vec::new();
        for value in values {
            places.entry(value.identity()?).or_insert_with(|| set.push(value));
        }
        Ok(Value::Set(set))
    }

    /// Returns a complex number.
    pub fn complex(re: f64, im: f64) -> Self {
        Value::Complex(Complex { re, im })
    }

    /// Tells whether Python could use the value as a key of a map or put it into a set.
    pub fn is_hashable(&self) -> bool {
        self.unhashable().is_none()
    }

    /// Returns what it is in the value that Python cannot hash.
    pub(crate) fn unhashable(&self) -> Option<Unhashable> {
        match self {
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Complex(_)
            | Value::Text(_)
            | Value::Bytes(_)
            | Value::Decimal(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::DateTime(_)
            | Value::Uuid(_) => None,
            // A set inside a set can only have been a frozenset, although it is read back as a set.
            Value::Tuple(values) | Value::Set(values) => values.iter().find_map(Value::unhashable),
            Value::Array(array) if array.is_scalar() => None,
            Value::List(_) | Value::Map(_) | Value::Array(_) | Value::Records(_) | Value::Cell(_) | Value::Struct(_) => {
                Some(Unhashable(self.kind()))
            }
        }
    }

    /// Returns a text that is the same for keys that are equal in Python.
    fn identity(&self) -> Result<String, Unhashable> {
        match self.unhashable() {
            Some(unhashable) => Err(unhashable),
            None => Ok(format!("{:?}", self.plain_key())),
        }
    }

    /// Returns the key with its numbers in one form per number.
    fn plain_key(&self) -> Value {
        match self {
            Value::Bool(value) => Value::from(i64::from(*value)),
            Value::Float(value) if value.is_finite() && value.fract() == 0.0 => {
                // Without a fraction Rust prints every digit that the float stands for, so this is exact.
                Value::Int(format!("{:.0}", value + 0.0).parse().expect("digits with an optional sign"))
            }
            Value::Complex(Complex { re, im }) if *im == 0.0 => Value::Float(*re).plain_key(),
            Value::Tuple(values) => Value::Tuple(values.iter().map(Value::plain_key).collect()),
            other => other.clone(),
        }
    }

    /// Returns what the value is, for messages: `a list`, `text`, `a numpy scalar`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "None",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Complex(_) => "a complex number",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Tuple(_) => "a tuple",
            Value::Set(_) => "a set",
            Value::Map(_) => "a dict",
            Value::Decimal(_) => "a decimal",
            Value::Date(_) => "a date",
            Value::Time(_) => "a time",
            Value::DateTime(_) => "a datetime",
            Value::Uuid(_) => "a UUID",
            Value::Array(array) if array.is_scalar() => "a numpy scalar",
            Value::Array(_) => "an array",
            Value::Records(_) => "a record array",
            Value::Cell(_) => "a cell array",
            Value::Struct(_) => "a struct array",
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident),* $(,)?) => {$(
        impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Value::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool, i32 => Int, i64 => Int, u32 => Int, u64 => Int, i128 => Int, Int => Int, f64 => Float,
    Complex => Complex, &str => Text, String => Text, Vec<u8> => Bytes, Decimal => Decimal,
    NaiveDate => Date, NaiveTime => Time, NaiveDateTime => DateTime, Uuid => Uuid,
    Array => Array, RecordArray => Records, Cell => Cell, Struct => Struct,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_of_python_are_one_key() {
        let entries = [
            (Value::from(1), Value::from("int")),
            (Value::from("1"), Value::from("text")),
            (Value::from(1.0), Value::from("float")),
            (Value::from(true), Value::from("bool")),
        ];
        let map = Value::dict(entries).expect("hashable keys");
        assert_eq!(map.to_string(), "{1: 'bool', '1': 'text'}");
        let set = Value::set([Value::from(0.0), Value::from(-0.0), Value::from(false), Value::from(0.5)]);
        assert_eq!(set.expect("hashable").to_string(), "{0.0, 0.5}");
        let large = [Value::from(2f64.powi(70)), Value::from(1i128 << 70), Value::from((1i128 << 70) + 1)];
        assert_eq!(Value::set(large).expect("hashable").to_string(), "{1.1805916207174113e+21, 1180591620717411303425}");
    }

    #[test]
    fn a_list_inside_a_tuple_is_no_key() {
        let key = Value::Tuple(vec![Value::from(1), Value::List(vec![])]);
        let error = Value::dict([(key, Value::Null)]).expect_err("a list cannot be hashed");
        assert_eq!(error.to_string(), "a list cannot be a key or an element of a set, because it can change");
    }

    #[test]
    fn equality_is_that_of_what_is_stored() {
        assert_eq!(Value::from(f64::NAN), Value::from(f64::NAN));
        assert_ne!(Value::from(0.0), Value::from(-0.0));
        assert_ne!(Value::from(1), Value::from(1.0));
        assert_ne!(Value::List(vec![]), Value::Tuple(vec![]));
        assert_ne!(Value::from(true), Value::from(1));
        assert_eq!(Array::vector(vec![f64::NAN].into()), Array::vector(vec![f64::NAN].into()));
    }

    #[test]
    fn a_shape_holds_as_many_elements_as_there_are() {
        assert!(Array::new(vec![0, usize::MAX, usize::MAX], Elements::Bool(vec![])).is_ok());
        assert!(Array::new(vec![usize::MAX, usize::MAX], Elements::Bool(vec![])).is_err());
        assert!(Array::new(vec![2, 3], Elements::Bool(vec![true; 5])).is_err());
        assert!(Array::complex(vec![], Elements::Text(vec!["a".into()]), Elements::Text(vec!["b".into()])).is_err());
        let field = |n: usize| Field::Array(Array::vector(vec![0u8; n].into()));
        let error = RecordArray::new(vec![("a".into(), field(1)), ("b".into(), field(2))]).expect_err("two shapes");
        assert_eq!(error.to_string(), "field `b` has the shape [2], the record array [1]");
        let error = RecordArray::new(vec![("a".into(), field(1)), ("a".into(), field(1))]).expect_err("one name");
        assert_eq!(error.to_string(), "the field `a` appears twice");
    }

    #[test]
    fn json_is_what_python_would_write() {
        let value = Value::dict([
            (Value::from("z"), Value::Tuple(vec![Value::from(1), Value::from(2.5), Value::Null])),
            (Value::from("a"), Value::from(u64::MAX)),
        ])
        .expect("text keys");
        let json = value.to_json().expect("JSON holds it");
        assert_eq!(json.to_string(), r#"{"z":[1,2.5,null],"a":18446744073709551615}"#);
        let back = Value::from(json);
        assert_eq!(back.to_string(), "{'z': [1, 2.5, None], 'a': 18446744073709551615}");
    }

    #[test]
    fn json_refuses_what_the_servers_would() {
        let message = |value: Value| value.to_json().expect_err("not JSON").to_string();
        assert_eq!(message(Value::from(f64::NAN)), "nan is not a JSON number");
        assert_eq!(message(Value::List(vec![Value::from(f64::NEG_INFINITY)])), "-inf is not a JSON number");
        assert_eq!(message(Value::from(1i128 << 64)), "18446744073709551616 does not fit a JSON number of 64 bits");
        let keyed = |key: Value| Value::Map(vec![(key, Value::Null)]);
        assert_eq!(message(keyed(Value::from(1))), "the key 1 is an integer; names in a JSON object are text");
        assert_eq!(message(keyed(Value::Tuple(vec![]))), "the key () is a tuple; names in a JSON object are text");
        assert_eq!(message(Value::Set(vec![])), "JSON cannot hold a set");
        assert_eq!(message(Value::from(vec![1u8])), "JSON cannot hold bytes");
    }
}
