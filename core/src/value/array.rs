//! Arrays: elements of one type, of any rank, the first index running fastest.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Value, serial};

/// The unit that a `datetime64` array counts in, from 1970 on; `k` in DataJoint's type number 65536 + k.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TimeUnit {
    #[serde(rename = "Y")]
    Year,
    #[serde(rename = "M")]
    Month,
    #[serde(rename = "W")]
    Week,
    #[serde(rename = "D")]
    Day,
    #[serde(rename = "h")]
    Hour,
    #[serde(rename = "m")]
    Minute,
    #[serde(rename = "s")]
    Second,
    #[serde(rename = "ms")]
    Milli,
    #[serde(rename = "us")]
    Micro,
    #[serde(rename = "ns")]
    Nano,
    #[serde(rename = "ps")]
    Pico,
    #[serde(rename = "fs")]
    Femto,
    #[serde(rename = "as")]
    Atto,
}

impl TimeUnit {
    /// Every unit, in the order of DataJoint's numbers.
    pub const ALL: [(TimeUnit, &'static str); 13] = [
        (TimeUnit::Year, "Y"),
        (TimeUnit::Month, "M"),
        (TimeUnit::Week, "W"),
        (TimeUnit::Day, "D"),
        (TimeUnit::Hour, "h"),
        (TimeUnit::Minute, "m"),
        (TimeUnit::Second, "s"),
        (TimeUnit::Milli, "ms"),
        (TimeUnit::Micro, "us"),
        (TimeUnit::Nano, "ns"),
        (TimeUnit::Pico, "ps"),
        (TimeUnit::Femto, "fs"),
        (TimeUnit::Atto, "as"),
    ];

    /// Returns numpy's name of the unit, for example `ns`.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// The type of the elements of an [`Array`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names of numpy")]
pub enum ElementType {
    Bool,
    /// A 16-bit unit of MATLAB text.
    Char,
    Float64,
    Float32,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    DateTime64(TimeUnit),
    /// Any value, numpy's `object`.
    Object,
    /// Text, numpy's `U`.
    Text,
}

/// A numpy type whose elements no DataJoint blob holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DataJoint cannot store arrays of {dtype}: {reason}")]
pub struct UnsupportedElement {
    /// The type as numpy writes it.
    pub dtype: String,
    /// What stands against it, and what to do.
    pub reason: &'static str,
}

impl ElementType {
    const NAMED: [(ElementType, &'static str, &'static [&'static str]); 14] = [
        (ElementType::Bool, "bool", &["?", "b1", "bool_"]),
        (ElementType::Char, "char", &[]),
        (ElementType::Float64, "float64", &["f8", "d", "float", "double"]),
        (ElementType::Float32, "float32", &["f4", "f", "single"]),
        (ElementType::Int8, "int8", &["i1", "b"]),
        (ElementType::UInt8, "uint8", &["u1", "B"]),
        (ElementType::Int16, "int16", &["i2", "h"]),
        (ElementType::UInt16, "uint16", &["u2", "H"]),
        (ElementType::Int32, "int32", &["i4", "i"]),
        (ElementType::UInt32, "uint32", &["u4", "I"]),
        (ElementType::Int64, "int64", &["i8", "int", "q"]),
        (ElementType::UInt64, "uint64", &["u8", "uint", "Q"]),
        (ElementType::Object, "object", &["O", "object_"]),
        (ElementType::Text, "str", &["U", "str_"]),
    ];
}

impl FromStr for ElementType {
    type Err = UnsupportedElement;

    /// Reads a numpy type, by name (`float64`) or by code (`<f8`), and says why one cannot be stored.
    ///
    /// Complex types are refused too: a complex array is made of two arrays by [`Array::complex`].
    fn from_str(dtype: &str) -> Result<Self, UnsupportedElement> {
        let refuse = |reason| UnsupportedElement { dtype: dtype.to_owned(), reason };
        if dtype.starts_with('>') {
            return Err(refuse("the bytes are in big-endian order; convert to the native order first"));
        }
        let name = dtype.trim_start_matches(['<', '=', '|']);
        for (element, full, codes) in Self::NAMED {
            if name == full || codes.contains(&name) {
                return Ok(element);
            }
        }
        let is_sized = |prefix: &str| name.strip_prefix(prefix).is_some_and(|size| size.bytes().all(|byte| byte.is_ascii_digit()));
        if is_sized("U") || is_sized("str") {
            return Ok(ElementType::Text);
        }
        if let Some(rest) = name.strip_prefix("datetime64").or_else(|| name.strip_prefix("M8")) {
            let unit = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(rest);
            return match TimeUnit::ALL.iter().find(|(_, name)| *name == unit) {
                Some((unit, _)) => Ok(ElementType::DateTime64(*unit)),
                None => Err(refuse("it needs one plain unit, as in datetime64[ns]")),
            };
        }
        Err(refuse(match name {
            "float16" | "half" | "f2" | "e" => "there is no code for 16-bit floats; use float32",
            "longdouble" | "longfloat" | "float96" | "float128" | "f12" | "f16" | "g" => {
                "there is no code for extended precision; use float64"
            }
            "complex64" | "complex128" | "c8" | "c16" | "F" | "D" => "a complex array is given as its real and its imaginary parts",
            "timedelta" => "there is no code for durations; store a number and say the unit in the comment",
            _ if name.starts_with("timedelta64") || name.starts_with("m8") => {
                "there is no code for durations; store a number and say the unit in the comment"
            }
            _ if is_sized("S") || is_sized("bytes") || is_sized("a") => {
                "there is no code for byte strings of fixed width; use text or one bytes value"
            }
            _ => "the type is not known",
        }))
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ElementType::DateTime64(unit) = self {
            return write!(f, "datetime64[{}]", unit.name());
        }
        let named = Self::NAMED.iter().find(|(element, _, _)| element == self);
        f.write_str(named.map(|(_, name, _)| *name).expect("every other type is in the list"))
    }
}

/// The elements of an array, or of one half of a complex one, in column-major order.
///
/// Equality is that of the bytes DataJoint would store: a NaN equals the same NaN, 0.0 and -0.0 differ.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names of numpy")]
pub enum Elements {
    Bool(Vec<bool>),
    /// 16-bit units of MATLAB text.
    Char(Vec<u16>),
    Float64(#[serde(with = "serial::floats")] Vec<f64>),
    Float32(#[serde(with = "serial::floats")] Vec<f32>),
    Int8(Vec<i8>),
    UInt8(Vec<u8>),
    Int16(Vec<i16>),
    UInt16(Vec<u16>),
    Int32(Vec<i32>),
    UInt32(Vec<u32>),
    Int64(Vec<i64>),
    UInt64(Vec<u64>),
    /// Counts of the unit since 1970; the smallest `i64` is numpy's NaT.
    DateTime64(TimeUnit, Vec<i64>),
    /// Any values. DataJoint tells them from plain arrays by the header only.
    Object(Vec<Value>),
    /// Text of numpy's fixed-width kind. DataJoint writes it as objects and so reads objects back.
    Text(Vec<String>),
}

impl Elements {
    /// Returns how many elements there are.
    pub fn len(&self) -> usize {
        match self {
            Elements::Bool(v) => v.len(),
            Elements::Char(v) | Elements::UInt16(v) => v.len(),
            Elements::Float64(v) => v.len(),
            Elements::Float32(v) => v.len(),
            Elements::Int8(v) => v.len(),
            Elements::UInt8(v) => v.len(),
            Elements::Int16(v) => v.len(),
            Elements::Int32(v) => v.len(),
            Elements::UInt32(v) => v.len(),
            Elements::Int64(v) | Elements::DateTime64(_, v) => v.len(),
            Elements::UInt64(v) => v.len(),
            Elements::Object(v) => v.len(),
            Elements::Text(v) => v.len(),
        }
    }

    /// Tells whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the type of the elements.
    pub fn element_type(&self) -> ElementType {
        match self {
            Elements::Bool(_) => ElementType::Bool,
            Elements::Char(_) => ElementType::Char,
            Elements::Float64(_) => ElementType::Float64,
            Elements::Float32(_) => ElementType::Float32,
            Elements::Int8(_) => ElementType::Int8,
            Elements::UInt8(_) => ElementType::UInt8,
            Elements::Int16(_) => ElementType::Int16,
            Elements::UInt16(_) => ElementType::UInt16,
            Elements::Int32(_) => ElementType::Int32,
            Elements::UInt32(_) => ElementType::UInt32,
            Elements::Int64(_) => ElementType::Int64,
            Elements::UInt64(_) => ElementType::UInt64,
            Elements::DateTime64(unit, _) => ElementType::DateTime64(*unit),
            Elements::Object(_) => ElementType::Object,
            Elements::Text(_) => ElementType::Text,
        }
    }
}

impl PartialEq for Elements {
    fn eq(&self, other: &Self) -> bool {
        use Elements::*;
        match (self, other) {
            (Float64(a), Float64(b)) => a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits())),
            (Float32(a), Float32(b)) => a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits())),
            (Bool(a), Bool(b)) => a == b,
            (Char(a), Char(b)) | (UInt16(a), UInt16(b)) => a == b,
            (Int8(a), Int8(b)) => a == b,
            (UInt8(a), UInt8(b)) => a == b,
            (Int16(a), Int16(b)) => a == b,
            (Int32(a), Int32(b)) => a == b,
            (UInt32(a), UInt32(b)) => a == b,
            (Int64(a), Int64(b)) => a == b,
            (UInt64(a), UInt64(b)) => a == b,
            (DateTime64(unit, a), DateTime64(other, b)) => unit == other && a == b,
            (Object(a), Object(b)) => a == b,
            (Text(a), Text(b)) => a == b,
            (
                Bool(_) | Char(_) | Float64(_) | Float32(_) | Int8(_) | UInt8(_) | Int16(_) | UInt16(_) | Int32(_) | UInt32(_) | Int64(_)
                | UInt64(_) | DateTime64(..) | Object(_) | Text(_),
                _,
            ) => false,
        }
    }
}

impl Eq for Elements {}

/// A shape that does not go with what it should shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The shape asks for another number of elements than there are.
    #[error("a shape of {shape:?} does not fit {found} elements")]
    Count {
        /// The lengths along each dimension.
        shape: Vec<usize>,
        /// How many elements there are.
        found: usize,
    },
    /// A struct array has another number of values than its shape and fields ask for.
    #[error("a shape of {shape:?} with {fields} fields does not fit {found} values")]
    Values {
        /// The lengths along each dimension.
        shape: Vec<usize>,
        /// How many fields there are.
        fields: usize,
        /// How many values there are.
        found: usize,
    },
    /// The imaginary parts are of another type or number than the real parts.
    #[error("{found} imaginary parts of {imaginary} do not fit {real} real parts")]
    Parts {
        /// The type of the real parts.
        real: String,
        /// The type of the imaginary parts.
        imaginary: String,
        /// How many imaginary parts there are.
        found: usize,
    },
    /// Elements of this type have no imaginary part.
    #[error("an array of {0} cannot be complex")]
    NotComplex(String),
    /// A field of a record array has another shape than the record array.
    #[error("field `{field}` has the shape {found:?}, the record array {shape:?}")]
    Field {
        /// The name of the field.
        field: String,
        /// The shape of its array.
        found: Vec<usize>,
        /// The shape of the record array.
        shape: Vec<usize>,
    },
    /// Two fields have one name.
    #[error("the field `{0}` appears twice")]
    Duplicate(String),
}

/// Returns the number of elements of a shape, unless no machine could count them.
///
/// A zero anywhere makes it zero, however large the other lengths are.
pub(crate) fn element_count(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1usize, |count, length| count.checked_mul(*length))
}

/// Checks that `shape` holds exactly `found` elements.
pub(crate) fn check_count(shape: &[usize], found: usize) -> Result<(), ShapeError> {
    match element_count(shape) == Some(found) {
        true => Ok(()),
        false => Err(ShapeError::Count { shape: shape.to_vec(), found }),
    }
}

/// A numpy array, or with rank 0 a numpy scalar.
///
/// Elements are typed vectors in column-major order, real and imaginary parts apart, as DataJoint stores
/// them: packing and unpacking copy memory, and a vector can become the storage of an ndarray as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Array {
    shape: Vec<usize>,
    elements: Elements,
    #[serde(skip_serializing_if = "Option::is_none")]
    imaginary: Option<Elements>,
}

#[derive(Deserialize)]
struct Unchecked {
    shape: Vec<usize>,
    elements: Elements,
    #[serde(default)]
    imaginary: Option<Elements>,
}

impl TryFrom<Unchecked> for Array {
    type Error = ShapeError;

    fn try_from(unchecked: Unchecked) -> Result<Self, ShapeError> {
        match unchecked.imaginary {
            Some(imaginary) => Self::complex(unchecked.shape, unchecked.elements, imaginary),
            None => Self::new(unchecked.shape, unchecked.elements),
        }
    }
}

impl Array {
    /// Returns the array of this shape with these elements in column-major order.
    ///
    /// # Errors
    /// The shape must hold as many elements as there are.
    pub fn new(shape: Vec<usize>, elements: Elements) -> Result<Self, ShapeError> {
        check_count(&shape, elements.len())?;
        Ok(Self { shape, elements, imaginary: None })
    }

    /// Returns the complex array with these real and imaginary parts.
    ///
    /// Parts of whole numbers are MATLAB's; numpy only has those of floats.
    ///
    /// # Errors
    /// Both halves must be of one numeric type and as many as the shape holds.
    pub fn complex(shape: Vec<usize>, real: Elements, imaginary: Elements) -> Result<Self, ShapeError> {
        check_count(&shape, real.len())?;
        match &real {
            Elements::Bool(_) | Elements::Char(_) | Elements::DateTime64(..) | Elements::Object(_) | Elements::Text(_) => {
                return Err(ShapeError::NotComplex(real.element_type().to_string()));
            }
            Elements::Float64(_)
            | Elements::Float32(_)
            | Elements::Int8(_)
            | Elements::UInt8(_)
            | Elements::Int16(_)
            | Elements::UInt16(_)
            | Elements::Int32(_)
            | Elements::UInt32(_)
            | Elements::Int64(_)
            | Elements::UInt64(_) => {}
        }
        if real.element_type() != imaginary.element_type() || real.len() != imaginary.len() {
            return Err(ShapeError::Parts {
                real: real.element_type().to_string(),
                imaginary: imaginary.element_type().to_string(),
                found: imaginary.len(),
            });
        }
        Ok(Self { shape, elements: real, imaginary: Some(imaginary) })
    }

    /// Returns the array of rank one with these elements.
    pub fn vector(elements: Elements) -> Self {
        Self { shape: vec![elements.len()], elements, imaginary: None }
    }

    /// Returns the length along each dimension; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns how many elements there are.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Tells whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Tells whether this is a numpy scalar, an array of rank 0.
    pub fn is_scalar(&self) -> bool {
        self.shape.is_empty()
    }

    /// Returns the elements, or their real parts, in column-major order.
    pub fn elements(&self) -> &Elements {
        &self.elements
    }

    /// Returns the imaginary parts of a complex array.
    pub fn imaginary(&self) -> Option<&Elements> {
        self.imaginary.as_ref()
    }

    /// Returns the shape, the elements or real parts, and the imaginary parts, without copying.
    pub fn into_parts(self) -> (Vec<usize>, Elements, Option<Elements>) {
        (self.shape, self.elements, self.imaginary)
    }

    /// Returns numpy's name of the type, for example `float64`, `complex64` or `datetime64[ns]`.
    ///
    /// Complex whole numbers are `complex128`, which is what numpy makes of them.
    pub fn dtype(&self) -> String {
        match (&self.imaginary, &self.elements) {
            (None, elements) => elements.element_type().to_string(),
            (Some(_), Elements::Float32(_)) => "complex64".to_owned(),
            (Some(_), _) => "complex128".to_owned(),
        }
    }
}

macro_rules! from_vectors {
    ($($element:ty => $variant:ident),*) => {$(
        impl From<Vec<$element>> for Elements {
            fn from(elements: Vec<$element>) -> Self {
                Elements::$variant(elements)
            }
        }
    )*};
}

from_vectors! {
    bool => Bool, f64 => Float64, f32 => Float32, i8 => Int8, u8 => UInt8, i16 => Int16, u16 => UInt16,
    i32 => Int32, u32 => UInt32, i64 => Int64, u64 => UInt64, Value => Object, String => Text
}
