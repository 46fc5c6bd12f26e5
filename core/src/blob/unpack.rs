//! Bytes to values.

use chrono::{NaiveDate, NaiveTime};
use uuid::Uuid;

use super::{Chars, Dims, Limits, code, envelope};
use crate::value::array::element_count;
use crate::value::records::value_count;
use crate::value::{Array, Cell, Complex, Elements, Field, Int, RecordArray, ShapeError, Struct, Value};

/// Bytes that are no blob of DataJoint, or that go beyond the [`Limits`]. Places count from the start of the
/// bytes, in a compressed blob of the inflated ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// There are no bytes.
    #[error("not a DataJoint blob: it is empty")]
    Empty,
    /// The bytes start with none of the headers; they are another program's.
    #[error("not a DataJoint blob: it starts with `{0}` instead of `mYm` or `dj0`")]
    Header(String),
    /// The bytes end too early for what they announce.
    #[error("the blob is cut off or damaged: byte {at} announces {wanted} bytes where {left} are left")]
    Truncated {
        /// Where the announced content starts.
        at: usize,
        /// How many bytes it takes at least.
        wanted: u64,
        /// How many there are.
        left: u64,
    },
    /// A value is shorter than the length in front of it says.
    #[error("the blob is damaged: the value at byte {at} leaves {left} bytes of its length unused")]
    Length {
        /// Where the value starts.
        at: usize,
        /// How many bytes it leaves.
        left: usize,
    },
    /// Something follows after the end.
    #[error("{left} bytes follow after the end of {after}")]
    Trailing {
        /// What has ended.
        after: &'static str,
        /// How many bytes follow.
        left: u64,
    },
    /// The compressed stream is damaged.
    #[error("the compressed blob is damaged: {0}")]
    Inflate(String),
    /// The compressed stream holds another number of bytes than the blob says.
    #[error("the compressed blob holds {} bytes than the {declared} it declares", if *longer { "more" } else { "fewer" })]
    InflatedLength {
        /// The length in the blob.
        declared: u64,
        /// Whether there are more bytes than that, rather than fewer.
        longer: bool,
    },
    /// A limit would be exceeded.
    #[error("{what} would take {wanted} bytes, more than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How many bytes it would take.
        wanted: u64,
        /// How many it may take.
        limit: u64,
    },
    /// Values are nested deeper than the limit.
    #[error("values are nested more than {limit} deep")]
    TooDeep {
        /// How deep they may be.
        limit: usize,
    },
    /// No value starts with this byte.
    #[error("byte {at} is {code:#04x}, which starts no value")]
    Code {
        /// Where the byte is.
        at: usize,
        /// The byte.
        code: u8,
    },
    /// Something of MATLAB that cannot be read.
    #[error("byte {at} starts {what}, which DataJoint cannot read")]
    Unsupported {
        /// Where it starts.
        at: usize,
        /// What it is.
        what: &'static str,
    },
    /// An array of a type with an unknown number.
    #[error("the array at byte {at} has elements of the unknown type {id}")]
    ElementType {
        /// Where the array starts.
        at: usize,
        /// The number of the type.
        id: u32,
    },
    /// What stands there is no text, date or the like, although it should be.
    #[error("byte {at} starts {what} that is not valid: {found}")]
    Invalid {
        /// Where it starts.
        at: usize,
        /// What it should be.
        what: &'static str,
        /// What it is.
        found: String,
    },
    /// Shapes or field names contradict each other.
    #[error("at byte {at}: {error}")]
    Shape {
        /// Where the array starts.
        at: usize,
        /// What does not fit.
        error: ShapeError,
    },
}

/// Returns the value in a blob, compressed or not.
///
/// What datajoint normalises when reading is normalised here too: arrays of text come back as arrays of
/// objects, MATLAB text as [`Limits::chars`] says. Beyond it nothing is: shapes and the kinds of MATLAB
/// containers stay, where datajoint's reading of cells differs between its versions.
///
/// # Errors
/// All bytes must be one value of the format, within the limits.
pub fn unpack(blob: &[u8], limits: &Limits) -> Result<Value, UnpackError> {
    let raw = envelope::decompress(blob, limits)?;
    if raw.is_empty() {
        return Err(UnpackError::Empty);
    }
    if !raw.starts_with(code::MYM) && !raw.starts_with(code::DJ0) {
        let shown = raw[..raw.len().min(8)].escape_ascii().to_string();
        return Err(UnpackError::Header(shown));
    }
    let mut reader = Reader { bytes: &raw, at: code::MYM.len(), limits, memory: 0, depth: 0 };
    let value = reader.value()?;
    match reader.left() {
        0 => Ok(value),
        left => Err(UnpackError::Trailing { after: "the value", left: left as u64 }),
    }
}

struct Reader<'a> {
    /// What may be read: the whole blob, or up to the end of the value that is being read.
    bytes: &'a [u8],
    at: usize,
    limits: &'a Limits,
    /// What the value takes so far.
    memory: u64,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn truncated(&self, wanted: u64) -> UnpackError {
        UnpackError::Truncated { at: self.at, wanted, left: self.left() as u64 }
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], UnpackError> {
        if count > self.left() as u64 {
            return Err(self.truncated(count));
        }
        let start = self.at;
        self.at += count as usize;
        Ok(&self.bytes[start..self.at])
    }

    fn fixed<const WIDTH: usize>(&mut self) -> Result<[u8; WIDTH], UnpackError> {
        let bytes = self.take(WIDTH as u64)?;
        Ok(bytes.try_into().expect("as many bytes were taken"))
    }

    fn u32(&mut self) -> Result<u32, UnpackError> {
        self.fixed().map(u32::from_le_bytes)
    }

    fn f64(&mut self) -> Result<f64, UnpackError> {
        self.fixed().map(f64::from_le_bytes)
    }

    /// Returns the width of a length or count.
    fn width(&self) -> u64 {
        match self.limits.dims {
            Dims::U64 => 8,
            Dims::U32 => 4,
        }
    }

    fn length(&mut self) -> Result<u64, UnpackError> {
        match self.limits.dims {
            Dims::U64 => self.fixed().map(u64::from_le_bytes),
            Dims::U32 => self.u32().map(u64::from),
        }
    }

    /// Checks a count of things that take at least `each` bytes in the blob, and that become a `T` each.
    ///
    /// After this a vector for them may be allocated: there are bytes for all of them, and memory.
    fn room<T>(&mut self, count: u64, each: u64) -> Result<usize, UnpackError> {
        let wanted = count.saturating_mul(each);
        if wanted > self.left() as u64 {
            return Err(self.truncated(wanted));
        }
        self.charge(count.saturating_mul(size_of::<T>() as u64))?;
        Ok(count as usize)
    }

    fn charge(&mut self, bytes: u64) -> Result<(), UnpackError> {
        self.memory = self.memory.saturating_add(bytes);
        match self.memory <= self.limits.memory_max {
            true => Ok(()),
            false => Err(UnpackError::TooLarge { what: "the value", wanted: self.memory, limit: self.limits.memory_max }),
        }
    }

    fn descend(&mut self) -> Result<(), UnpackError> {
        self.depth += 1;
        match self.depth <= self.limits.depth_max {
            true => Ok(()),
            false => Err(UnpackError::TooDeep { limit: self.limits.depth_max }),
        }
    }

    fn value(&mut self) -> Result<Value, UnpackError> {
        self.descend()?;
        let at = self.at;
        let [code] = self.fixed()?;
        let value = match code {
            code::NULL => Value::Null,
            code::BOOL => Value::Bool(self.fixed::<1>()? != [0]),
            code::INT => self.int()?,
            code::FLOAT => Value::Float(self.f64()?),
            code::COMPLEX => Value::Complex(Complex { re: self.f64()?, im: self.f64()? }),
            code::TEXT => Value::Text(self.text("text")?),
            code::BYTES => {
                let bytes = self.counted()?;
                self.charge(bytes.len() as u64)?;
                Value::Bytes(bytes.to_vec())
            }
            code::DECIMAL => {
                let text = self.text("a decimal number")?;
                // Finding the canonical form takes a few copies.
                self.charge(8 * text.len() as u64)?;
                Value::Decimal(text.parse().map_err(|_| invalid(at, "a decimal number", &text))?)
            }
            code::DATETIME => self.moment(at)?,
            code::UUID => Value::Uuid(Uuid::from_bytes(self.fixed()?)),
            code::LIST => Value::List(self.sequence()?),
            code::TUPLE => Value::Tuple(self.sequence()?),
            code::SET => Value::Set(self.sequence()?),
            code::MAP => self.map()?,
            code::ARRAY => Value::from(self.array(at)?),
            code::RECORDS => Value::from(self.records(at)?),
            code::CELL => self.cell(at)?,
            code::STRUCT => self.structs(at)?,
            code::SPARSE => {
                return Err(UnpackError::Unsupported { at, what: "a sparse array of MATLAB" });
            }
            code => return Err(UnpackError::Code { at, code }),
        };
        self.depth -= 1;
        Ok(value)
    }

    /// Reads a value that takes exactly the length in front of it.
    fn sized(&mut self) -> Result<Value, UnpackError> {
        let length = self.length()?;
        if length > self.left() as u64 {
            return Err(self.truncated(length));
        }
        let whole = self.bytes;
        let start = self.at;
        self.bytes = &whole[..start + length as usize];
        let value = self.value()?;
        if self.left() > 0 {
            return Err(UnpackError::Length { at: start, left: self.left() });
        }
        self.bytes = whole;
        Ok(value)
    }

    fn many(&mut self, count: usize) -> Result<Vec<Value>, UnpackError> {
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.sized()?);
        }
        Ok(values)
    }

    /// The fewest bytes that a value takes: its length and its code.
    fn sized_min(&self) -> u64 {
        self.width() + 1
    }

    fn sequence(&mut self) -> Result<Vec<Value>, UnpackError> {
        let count = self.length()?;
        let count = self.room::<Value>(count, self.sized_min())?;
        self.many(count)
    }

    fn map(&mut self) -> Result<Value, UnpackError> {
        let count = self.length()?;
        let count = self.room::<(Value, Value)>(count, 2 * self.sized_min())?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push((self.sized()?, self.sized()?));
        }
        Ok(Value::Map(entries))
    }

    fn counted(&mut self) -> Result<&'a [u8], UnpackError> {
        let count = self.length()?;
        self.take(count)
    }

    fn text(&mut self, what: &'static str) -> Result<String, UnpackError> {
        let bytes = self.counted()?;
        let at = self.at - bytes.len();
        self.charge(bytes.len() as u64)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(UnpackError::Invalid { at, what, found: error.to_string() }),
        }
    }

    fn int(&mut self) -> Result<Value, UnpackError> {
        let width = u16::from_le_bytes(self.fixed()?);
        // A number beyond 64 bits is a box, and its sign takes a copy to find.
        self.charge(if width > 8 { 4 * u64::from(width) + 64 } else { 0 })?;
        Ok(Value::Int(Int::from_le_bytes(self.take(u64::from(width))?)))
    }

    fn moment(&mut self, at: usize) -> Result<Value, UnpackError> {
        let date = i32::from_le_bytes(self.fixed()?);
        let time = i64::from_le_bytes(self.fixed()?);
        let as_date = |number: i32| {
            let positive = u32::try_from(number).ok()?;
            NaiveDate::from_ymd_opt(number / 10_000, positive / 100 % 100, positive % 100)
                .filter(|_| (10_000..100_000_000).contains(&number))
        };
        let as_time = |number: i64| {
            let micros = u32::try_from(number % 1_000_000).ok()?;
            let clock = u32::try_from(number / 1_000_000).ok()?;
            NaiveTime::from_hms_micro_opt(clock / 10_000, clock / 100 % 100, clock % 100, micros)
        };
        let value = match (date, time) {
            (-1, -1) => None,
            (-1, time) => as_time(time).map(Value::Time),
            (date, -1) => as_date(date).map(Value::Date),
            (date, time) => as_date(date).zip(as_time(time)).map(|(date, time)| Value::DateTime(date.and_time(time))),
        };
        value.ok_or_else(|| invalid(at, "a date or time", &format!("{date} and {time}")))
    }

    fn shape(&mut self) -> Result<Vec<usize>, UnpackError> {
        let rank = self.length()?;
        let rank = self.room::<usize>(rank, self.width())?;
        let mut shape = Vec::with_capacity(rank);
        for _ in 0..rank {
            let length = self.length()?;
            shape.push(usize::try_from(length).map_err(|_| self.truncated(length))?);
        }
        Ok(shape)
    }

    /// Returns the number of elements of a shape. What no machine could count does not fit the bytes left.
    fn count(&self, shape: &[usize]) -> Result<u64, UnpackError> {
        let count = element_count(shape).ok_or_else(|| self.truncated(u64::MAX))?;
        Ok(count as u64)
    }

    fn array(&mut self, at: usize) -> Result<Array, UnpackError> {
        self.charge(size_of::<Array>() as u64)?;
        let shape = self.shape()?;
        let id = self.u32()?;
        let complex = match self.u32()? {
            0 => false,
            1 => true,
            flag => {
                return Err(invalid(at, "an array whose complex flag", &flag.to_string()));
            }
        };
        let count = self.count(&shape)?;
        let shaped = |error| UnpackError::Shape { at, error };
        if id == code::MX_CHAR && !complex && self.limits.chars == Chars::Text {
            let (shape, texts) = self.chars(shape, count)?;
            return Array::new(shape, Elements::Text(texts)).map_err(shaped);
        }
        let real = self.elements(at, id, count)?;
        if complex {
            let imaginary = self.elements(at, id, count)?;
            return Array::complex(shape, real, imaginary).map_err(shaped);
        }
        Array::new(shape, real).map_err(shaped)
    }

    fn elements(&mut self, at: usize, id: u32, count: u64) -> Result<Elements, UnpackError> {
        let unsupported = |what| Err(UnpackError::Unsupported { at, what });
        Ok(match id {
            code::MX_BOOL => Elements::Bool(self.numbers(count, |byte: [u8; 1]| byte != [0])?),
            code::MX_CHAR => Elements::Char(self.numbers(count, u16::from_le_bytes)?),
            code::MX_FLOAT64 => Elements::Float64(self.numbers(count, f64::from_le_bytes)?),
            code::MX_FLOAT32 => Elements::Float32(self.numbers(count, f32::from_le_bytes)?),
            code::MX_INT8 => Elements::Int8(self.numbers(count, i8::from_le_bytes)?),
            code::MX_UINT8 => Elements::UInt8(self.numbers(count, u8::from_le_bytes)?),
            code::MX_INT16 => Elements::Int16(self.numbers(count, i16::from_le_bytes)?),
            code::MX_UINT16 => Elements::UInt16(self.numbers(count, u16::from_le_bytes)?),
            code::MX_INT32 => Elements::Int32(self.numbers(count, i32::from_le_bytes)?),
            code::MX_UINT32 => Elements::UInt32(self.numbers(count, u32::from_le_bytes)?),
            code::MX_INT64 => Elements::Int64(self.numbers(count, i64::from_le_bytes)?),
            code::MX_UINT64 => Elements::UInt64(self.numbers(count, u64::from_le_bytes)?),
            code::MX_OBJECT => {
                let count = self.room::<Value>(count, self.sized_min())?;
                Elements::Object(self.many(count)?)
            }
            code::MX_UNKNOWN => return unsupported("an array of unknown type"),
            code::MX_CELL => return unsupported("an array of cells inside an array of numbers"),
            code::MX_STRUCT => {
                return unsupported("an array of structs inside an array of numbers");
            }
            code::MX_FUNCTION => return unsupported("a function of MATLAB"),
            id => match code::time_unit(id) {
                Some(unit) => Elements::DateTime64(unit, self.numbers(count, i64::from_le_bytes)?),
                None => return Err(UnpackError::ElementType { at, id }),
            },
        })
    }

    /// Reads elements of one width. Of a function pointer the compiler would make a call for each.
    fn numbers<T, const WIDTH: usize>(&mut self, count: u64, from_bytes: impl Fn([u8; WIDTH]) -> T) -> Result<Vec<T>, UnpackError> {
        let count = self.room::<T>(count, WIDTH as u64)?;
        let (chunks, _) = self.take((count * WIDTH) as u64)?.as_chunks::<WIDTH>();
        Ok(chunks.iter().map(|chunk| from_bytes(*chunk)).collect())
    }

    /// Reads MATLAB text as datajoint does: rows and vectors as one text, else one text per character.
    fn chars(&mut self, shape: Vec<usize>, count: u64) -> Result<(Vec<usize>, Vec<String>), UnpackError> {
        let joined = matches!(shape[..], [_] | [1, _]);
        // A character of Latin-1 takes up to two bytes of UTF-8.
        let count = if joined { self.room::<[u8; 2]>(count, 2)? } else { self.room::<(String, [u8; 2])>(count, 2)? };
        if joined {
            self.charge(size_of::<(usize, String)>() as u64)?;
        }
        let units = self.take(count as u64 * 2)?;
        let low_bytes = units.iter().step_by(2).map(|byte| char::from(*byte));
        if !joined {
            return Ok((shape, low_bytes.map(String::from).collect()));
        }
        let mut text = String::with_capacity(low_bytes.clone().map(char::len_utf8).sum());
        text.extend(low_bytes);
        Ok((vec![1], vec![text]))
    }

    fn names(&mut self) -> Result<Vec<String>, UnpackError> {
        let count = self.u32()?;
        // Besides the names there is, for a while, a list of them that finds duplicates.
        let count = self.room::<(String, &str)>(u64::from(count), 1)?;
        let mut names = Vec::with_capacity(count);
        for _ in 0..count {
            let rest = &self.bytes[self.at..];
            let Some(end) = rest.iter().position(|byte| *byte == 0) else {
                return Err(self.truncated(rest.len() as u64 + 1));
            };
            let name = std::str::from_utf8(&rest[..end]).map_err(|error| invalid(self.at, "the name of a field", &error.to_string()))?;
            self.charge(end as u64)?;
            names.push(name.to_owned());
            self.at += end + 1;
        }
        Ok(names)
    }

    fn records(&mut self, at: usize) -> Result<RecordArray, UnpackError> {
        self.charge(size_of::<RecordArray>() as u64)?;
        let names = self.names()?;
        self.charge((names.len() * size_of::<(String, Field)>()) as u64)?;
        let mut fields = Vec::with_capacity(names.len());
        for name in names {
            let at = self.at;
            self.descend()?;
            let field = match self.fixed()? {
                [code::ARRAY] => Field::Array(self.array(at)?),
                [code::RECORDS] => Field::Records(self.records(at)?),
                [code] => return Err(UnpackError::Code { at, code }),
            };
            self.depth -= 1;
            fields.push((name, field));
        }
        RecordArray::new(fields).map_err(|error| UnpackError::Shape { at, error })
    }

    fn cell(&mut self, at: usize) -> Result<Value, UnpackError> {
        self.charge(size_of::<Cell>() as u64)?;
        let shape = self.shape()?;
        let count = self.count(&shape)?;
        let count = self.room::<Value>(count, self.sized_min())?;
        let cell = Cell::new(shape, self.many(count)?);
        cell.map(Value::from).map_err(|error| UnpackError::Shape { at, error })
    }

    fn structs(&mut self, at: usize) -> Result<Value, UnpackError> {
        self.charge(size_of::<Struct>() as u64)?;
        let shape = self.shape()?;
        let names = self.names()?;
        let count = value_count(&shape, names.len()).ok_or_else(|| self.truncated(u64::MAX))? as u64;
        let count = self.room::<Value>(count, self.sized_min())?;
        let structs = Struct::new(shape, names, self.many(count)?);
        structs.map(Value::from).map_err(|error| UnpackError::Shape { at, error })
    }
}

fn invalid(at: usize, what: &'static str, found: &str) -> UnpackError {
    let found = found.chars().take(100).collect();
    UnpackError::Invalid { at, what, found }
}
