//! Values to bytes.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use zerocopy::{Immutable, IntoBytes};

use super::{DEPTH_MAX, code, envelope};
use crate::value::{Array, Cell, Complex, Elements, Field, Int, RecordArray, Struct, Value};

/// How a value is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackOptions {
    /// Compress what is longer than 1000 bytes, where it helps. datajoint does by default.
    pub compress: bool,
    /// Allow values that only Python knows (header `dj0`); classic's `enable_python_native_blobs`.
    pub python_native: bool,
}

impl Default for PackOptions {
    /// As datajoint by default: both.
    fn default() -> Self {
        Self { compress: true, python_native: true }
    }
}

/// A value that a blob cannot hold, or that DataJoint could not read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Whole numbers end at 65535 bytes.
    #[error("a whole number of {0} bytes is too long: blobs hold 65535 bytes")]
    IntTooLong(u64),
    /// Python's dates lie in the years 1 to 9999.
    #[error("the year {0} is outside of 1 to 9999, all that Python's dates know")]
    Year(i32),
    /// Times are stored in microseconds.
    #[error("the time {0} is finer than a microsecond, all that blobs hold")]
    Precision(NaiveTime),
    /// Python knows no leap seconds.
    #[error("the time {0} is a leap second, which Python does not know")]
    LeapSecond(NaiveTime),
    /// A NUL ends a field name.
    #[error("the field name {0:?} contains a NUL character")]
    NulInName(String),
    /// DataJoint cannot read a record array back that has no fields.
    #[error("a record array without fields cannot be stored")]
    NoFields,
    /// There are more fields than 32 bits count.
    #[error("{0} fields are too many")]
    TooManyFields(usize),
    /// A key of a map or an element of a set that Python could not hash when reading.
    #[error(transparent)]
    Unhashable(#[from] crate::value::Unhashable),
    /// The value is nested deeper than [`DEPTH_MAX`].
    #[error("values are nested more than {DEPTH_MAX} deep")]
    TooDeep,
    /// Values of Python are not allowed, and this is one.
    #[error("{0} needs Python-native blobs, which are turned off")]
    PythonNative(&'static str),
}

/// Returns the uncompressed blob of a value.
///
/// ```
/// use djc_core::{blob, value::Value};
/// assert_eq!(blob::pack(&Value::from(127)).unwrap(), b"dj0\0\x0a\x01\0\x7f");
/// ```
///
/// # Errors
/// Whatever DataJoint could not store or read back is refused.
pub fn pack(value: &Value) -> Result<Vec<u8>, PackError> {
    pack_with(value, PackOptions { compress: false, ..PackOptions::default() })
}

/// Returns the blob of a value as datajoint inserts it: compressed if that is worth it.
///
/// # Errors
/// Those of [`pack`].
pub fn pack_compressed(value: &Value) -> Result<Vec<u8>, PackError> {
    pack_with(value, PackOptions::default())
}

/// Returns the blob of a value.
///
/// # Errors
/// Those of [`pack`], and values of Python where the options forbid them.
pub fn pack_with(value: &Value, options: PackOptions) -> Result<Vec<u8>, PackError> {
    let mut writer = Writer { out: code::MYM.to_vec(), python: None, depth: 0 };
    writer.value(value)?;
    let Writer { mut out, python, .. } = writer;
    if let Some(kind) = python {
        if !options.python_native {
            return Err(PackError::PythonNative(kind));
        }
        out[..code::DJ0.len()].copy_from_slice(code::DJ0);
    }
    Ok(if options.compress { envelope::compress(out) } else { out })
}

struct Writer {
    out: Vec<u8>,
    /// The first thing written that only Python can read.
    python: Option<&'static str>,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), PackError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(PackError::TooDeep);
        }
        match value {
            // These decide by their contents.
            Value::Array(_) | Value::Cell(_) | Value::Struct(_) => {}
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
            | Value::Records(_) => self.needs_python(value.kind()),
        }
        match value {
            Value::Null => self.out.push(code::NULL),
            Value::Bool(value) => self.out.extend([code::BOOL, u8::from(*value)]),
            Value::Int(value) => self.int(value)?,
            Value::Float(value) => {
                self.out.push(code::FLOAT);
                self.out.extend(value.to_le_bytes());
            }
            Value::Complex(Complex { re, im }) => {
                self.out.push(code::COMPLEX);
                self.out.extend(re.to_le_bytes());
                self.out.extend(im.to_le_bytes());
            }
            Value::Text(text) => self.bytes(code::TEXT, text.as_bytes()),
            Value::Bytes(bytes) => self.bytes(code::BYTES, bytes),
            Value::Decimal(decimal) => self.bytes(code::DECIMAL, decimal.as_str().as_bytes()),
            Value::List(values) => self.sequence(code::LIST, values)?,
            Value::Tuple(values) => self.sequence(code::TUPLE, values)?,
            Value::Set(values) => {
                values.iter().try_for_each(hashable)?;
                self.sequence(code::SET, values)?;
            }
            Value::Map(entries) => {
                self.out.push(code::MAP);
                self.length(entries.len());
                for (key, value) in entries {
                    hashable(key)?;
                    self.sized(key)?;
                    self.sized(value)?;
                }
            }
            Value::Date(date) => self.moment(Some(*date), None)?,
            Value::Time(time) => self.moment(None, Some(*time))?,
            Value::DateTime(at) => self.moment(Some(at.date()), Some(at.time()))?,
            Value::Uuid(uuid) => {
                self.out.push(code::UUID);
                self.out.extend(uuid.as_bytes());
            }
            Value::Array(array) => self.array(array)?,
            Value::Records(records) => self.records(records)?,
            Value::Cell(cell) => self.cell(cell)?,
            Value::Struct(structs) => self.structs(structs)?,
        }
        self.depth -= 1;
        Ok(())
    }

    fn needs_python(&mut self, kind: &'static str) {
        self.python.get_or_insert(kind);
    }

    fn length(&mut self, length: usize) {
        self.out.extend((length as u64).to_le_bytes());
    }

    fn shape(&mut self, shape: &[usize]) {
        self.length(shape.len());
        for length in shape {
            self.length(*length);
        }
    }

    fn bytes(&mut self, code: u8, bytes: &[u8]) {
        self.out.push(code);
        self.length(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// Writes something after its length in bytes.
    fn with_length(&mut self, write: impl FnOnce(&mut Self) -> Result<(), PackError>) -> Result<(), PackError> {
        let start = self.out.len();
        self.length(0);
        let body = self.out.len();
        write(self)?;
        let length = (self.out.len() - body) as u64;
        self.out[start..body].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    fn sized(&mut self, value: &Value) -> Result<(), PackError> {
        self.with_length(|writer| writer.value(value))
    }

    fn sequence(&mut self, code: u8, values: &[Value]) -> Result<(), PackError> {
        self.out.push(code);
        self.length(values.len());
        values.iter().try_for_each(|value| self.sized(value))
    }

    fn int(&mut self, value: &Int) -> Result<(), PackError> {
        // Python's writer leaves room for a sign that -128 and its like would not need.
        let width = value.bit_length() / 8 + 1;
        let short = u16::try_from(width).map_err(|_| PackError::IntTooLong(width))?;
        self.out.push(code::INT);
        self.out.extend(short.to_le_bytes());
        self.out.extend(value.to_le_bytes(usize::from(short)));
        Ok(())
    }

    fn moment(&mut self, date: Option<NaiveDate>, time: Option<NaiveTime>) -> Result<(), PackError> {
        let date = match date {
            None => -1,
            Some(date) if !(1..=9999).contains(&date.year()) => {
                return Err(PackError::Year(date.year()));
            }
            Some(date) => date.year() * 10_000 + date.month() as i32 * 100 + date.day() as i32,
        };
        let time = match time {
            None => -1,
            Some(time) if time.nanosecond() >= 1_000_000_000 => {
                return Err(PackError::LeapSecond(time));
            }
            Some(time) if time.nanosecond() % 1000 != 0 => return Err(PackError::Precision(time)),
            Some(time) => {
                let clock = time.hour() * 10_000 + time.minute() * 100 + time.second();
                i64::from(clock) * 1_000_000 + i64::from(time.nanosecond() / 1000)
            }
        };
        self.out.push(code::DATETIME);
        self.out.extend(i32::to_le_bytes(date));
        self.out.extend(i64::to_le_bytes(time));
        Ok(())
    }

    fn array(&mut self, array: &Array) -> Result<(), PackError> {
        self.out.push(code::ARRAY);
        self.shape(array.shape());
        if array.is_scalar() {
            self.needs_python("a numpy scalar");
        }
        let id = match array.elements() {
            Elements::Bool(_) => code::MX_BOOL,
            Elements::Char(_) => code::MX_CHAR,
            Elements::Float64(_) => code::MX_FLOAT64,
            Elements::Float32(_) => code::MX_FLOAT32,
            Elements::Int8(_) => code::MX_INT8,
            Elements::UInt8(_) => code::MX_UINT8,
            Elements::Int16(_) => code::MX_INT16,
            Elements::UInt16(_) => code::MX_UINT16,
            Elements::Int32(_) => code::MX_INT32,
            Elements::UInt32(_) => code::MX_UINT32,
            Elements::Int64(_) => code::MX_INT64,
            Elements::UInt64(_) => code::MX_UINT64,
            Elements::DateTime64(unit, _) => {
                self.needs_python("an array of datetime64");
                code::datetime64(*unit)
            }
            Elements::Object(_) => {
                self.needs_python("an array of objects");
                code::MX_OBJECT
            }
            Elements::Text(_) => {
                self.needs_python("an array of text");
                code::MX_OBJECT
            }
        };
        self.out.extend(id.to_le_bytes());
        self.out.extend(u32::from(array.imaginary().is_some()).to_le_bytes());
        self.elements(array.elements(), array.shape())?;
        array.imaginary().map_or(Ok(()), |imaginary| self.elements(imaginary, array.shape()))
    }

    fn elements(&mut self, elements: &Elements, shape: &[usize]) -> Result<(), PackError> {
        match elements {
            Elements::Bool(v) => self.out.extend(v.iter().map(|x| u8::from(*x))),
            Elements::Char(v) => self.fixed(&row_major(v, shape), u16::to_le_bytes),
            Elements::Float64(v) => self.fixed(v, f64::to_le_bytes),
            Elements::Float32(v) => self.fixed(v, f32::to_le_bytes),
            Elements::Int8(v) => self.fixed(v, i8::to_le_bytes),
            Elements::UInt8(v) => self.out.extend_from_slice(v),
            Elements::Int16(v) => self.fixed(v, i16::to_le_bytes),
            Elements::UInt16(v) => self.fixed(v, u16::to_le_bytes),
            Elements::Int32(v) => self.fixed(v, i32::to_le_bytes),
            Elements::UInt32(v) => self.fixed(v, u32::to_le_bytes),
            Elements::Int64(v) | Elements::DateTime64(_, v) => self.fixed(v, i64::to_le_bytes),
            Elements::UInt64(v) => self.fixed(v, u64::to_le_bytes),
            Elements::Object(v) => v.iter().try_for_each(|value| self.sized(value))?,
            Elements::Text(v) => {
                for text in v {
                    self.with_length(|writer| {
                        writer.bytes(code::TEXT, text.as_bytes());
                        Ok(())
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Writes elements of one width: as they lie in memory where that is the order of bytes in a blob.
    fn fixed<T: Copy + IntoBytes + Immutable, const WIDTH: usize>(&mut self, elements: &[T], to_bytes: impl Fn(T) -> [u8; WIDTH]) {
        if cfg!(target_endian = "little") {
            self.out.extend_from_slice(elements.as_bytes());
        } else {
            self.out.extend(elements.iter().flat_map(|element| to_bytes(*element)));
        }
    }

    fn names<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a str>) -> Result<(), PackError> {
        let count = u32::try_from(names.len()).map_err(|_| PackError::TooManyFields(names.len()))?;
        self.out.extend(count.to_le_bytes());
        for name in names {
            if name.contains('\0') {
                return Err(PackError::NulInName(name.to_owned()));
            }
            self.out.extend_from_slice(name.as_bytes());
            self.out.push(0);
        }
        Ok(())
    }

    fn records(&mut self, records: &RecordArray) -> Result<(), PackError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(PackError::TooDeep);
        }
        if records.fields().is_empty() {
            return Err(PackError::NoFields);
        }
        self.out.push(code::RECORDS);
        self.names(records.fields().iter().map(|(name, _)| name.as_str()))?;
        for (_, field) in records.fields() {
            match field {
                Field::Array(array) => self.array(array)?,
                Field::Records(records) => self.records(records)?,
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn cell(&mut self, cell: &Cell) -> Result<(), PackError> {
        self.out.push(code::CELL);
        self.shape(cell.shape());
        cell.values().iter().try_for_each(|value| self.sized(value))
    }

    fn structs(&mut self, structs: &Struct) -> Result<(), PackError> {
        self.out.push(code::STRUCT);
        self.shape(structs.shape());
        self.names(structs.fields().iter().map(String::as_str))?;
        structs.values().iter().try_for_each(|value| self.sized(value))
    }
}

fn hashable(value: &Value) -> Result<(), PackError> {
    value.unhashable().map_or(Ok(()), |unhashable| Err(unhashable.into()))
}

/// Returns column-major characters in row-major order.
///
/// datajoint writes arrays of characters in the wrong order, and reads them in the right one; only vectors
/// survive the way there and back. We write its bytes.
fn row_major(units: &[u16], shape: &[usize]) -> Vec<u16> {
    if shape.len() < 2 || units.is_empty() {
        return units.to_vec();
    }
    let mut strides = vec![1; shape.len()];
    for i in 1..shape.len() {
        strides[i] = strides[i - 1] * shape[i - 1];
    }
    let mut index = vec![0; shape.len()];
    let mut out = Vec::with_capacity(units.len());
    for _ in units {
        let place: usize = index.iter().zip(&strides).map(|(i, stride)| i * stride).sum();
        out.push(units[place]);
        for dimension in (0..shape.len()).rev() {
            index[dimension] += 1;
            if index[dimension] < shape[dimension] {
                break;
            }
            index[dimension] = 0;
        }
    }
    out
}
