//! Arrays as the files that `numpy.save` writes (`.npy`), which `<npy@>` of datajoint 2 keeps in a store.
//!
//! ```text
//! npy    := 93 "NUMPY" version u8, minor u8, u16 or (from 2 on) u32 length of header, header, elements
//! header := a Python dict with `descr`, `fortran_order` and `shape`, spaces up to a multiple of 64, a line feed
//! ```
//!
//! Versions 1 to 3 are read, of either byte order and either order of elements. What is written has the elements in column-major order, as
//! [`Array`] has them; numpy reads both. Elements that no [`Array`] holds (half floats, records, objects) are an error.

mod header;
mod order;

use crate::value::array::{Array, ElementType, Elements, ShapeError, TimeUnit};

use header::{Header, Kind};

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Why bytes are no array, or an array has no such file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NpyError {
    /// It does not begin as such a file does.
    #[error("it is no .npy file")]
    Magic,
    /// A version that nobody writes yet.
    #[error("it is a .npy file of version {0}, which djc does not know")]
    Version(u8),
    /// The header is cut off or cannot be read.
    #[error("its header cannot be read: {0}")]
    Header(String),
    /// The elements are of a type that no array here has.
    #[error("its elements are `{0}`, which djc does not read")]
    Element(String),
    /// There are fewer or more bytes than the header says.
    #[error("its header asks for {expected} bytes of elements, and there are {found}")]
    Length {
        /// What shape and type ask for.
        expected: usize,
        /// What is there.
        found: usize,
    },
    /// A text that is none.
    #[error("an element is no text")]
    Text,
    /// The parts do not fit each other.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// numpy would have to pickle it.
    #[error("an array of {0} has no .npy file: numpy would pickle it")]
    NotWritable(String),
}

/// Reads a file.
///
/// # Errors
/// Bytes that are no such file, cut off or too long, and elements that no [`Array`] holds.
pub fn read(bytes: &[u8]) -> Result<Array, NpyError> {
    let (header, data) = Header::read(bytes)?;
    let count = header.count()?;
    let expected = count.checked_mul(header.width).ok_or_else(|| NpyError::Header("its shape is beyond all machines".to_string()))?;
    if data.len() != expected {
        return Err(NpyError::Length { expected, found: data.len() });
    }
    let header = &header;
    macro_rules! numbers {
        ($type:ty) => {
            header.ordered(data.chunks_exact(size_of::<$type>()).map(|bytes| {
                let bytes = bytes.try_into().expect("chunks are so long");
                if header.big_endian { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) }
            }))
        };
    }
    macro_rules! complex {
        ($type:ty, $variant:ident) => {{
            let parts: Vec<$type> = data
                .chunks_exact(size_of::<$type>())
                .map(|bytes| {
                    let bytes = bytes.try_into().expect("chunks are so long");
                    if header.big_endian { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) }
                })
                .collect();
            let half = |at: usize| Elements::$variant(header.ordered(parts.iter().skip(at).step_by(2).copied()));
            return Ok(Array::complex(header.shape.clone(), half(0), half(1))?);
        }};
    }
    let elements = match header.kind {
        Kind::Bool => Elements::Bool(header.ordered(data.iter().map(|byte| *byte != 0))),
        Kind::Int8 => Elements::Int8(numbers!(i8)),
        Kind::Int16 => Elements::Int16(numbers!(i16)),
        Kind::Int32 => Elements::Int32(numbers!(i32)),
        Kind::Int64 => Elements::Int64(numbers!(i64)),
        Kind::UInt8 => Elements::UInt8(numbers!(u8)),
        Kind::UInt16 => Elements::UInt16(numbers!(u16)),
        Kind::UInt32 => Elements::UInt32(numbers!(u32)),
        Kind::UInt64 => Elements::UInt64(numbers!(u64)),
        Kind::Float32 => Elements::Float32(numbers!(f32)),
        Kind::Float64 => Elements::Float64(numbers!(f64)),
        Kind::DateTime(unit) => Elements::DateTime64(unit, numbers!(i64)),
        Kind::Complex64 => complex!(f32, Float32),
        Kind::Complex128 => complex!(f64, Float64),
        Kind::Text => {
            let texts: Result<Vec<String>, NpyError> = match header.width {
                // numpy has texts of no characters, which take no bytes.
                0 => Ok(vec![String::new(); count]),
                width => data.chunks_exact(width).map(|bytes| text(bytes, header.big_endian)).collect(),
            };
            Elements::Text(header.ordered(texts?.into_iter()))
        }
    };
    Ok(Array::new(header.shape.clone(), elements)?)
}

/// Returns a text of four bytes a character, without the zeros behind it.
fn text(bytes: &[u8], big_endian: bool) -> Result<String, NpyError> {
    let units = bytes.chunks_exact(4).map(|bytes| {
        let bytes = bytes.try_into().expect("chunks are so long");
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    });
    let text: Option<String> = units.map(char::from_u32).collect();
    Ok(text.ok_or(NpyError::Text)?.trim_end_matches('\0').to_string())
}

/// Returns the file of an array.
///
/// # Errors
/// Arrays of objects and of MATLAB's characters, which numpy has no such files of.
pub fn write(array: &Array) -> Result<Vec<u8>, NpyError> {
    let (descr, width) = descr(array)?;
    let mut out = header::written(&descr, array.shape());
    out.reserve(array.len() * width);
    macro_rules! numbers {
        ($elements:expr) => {
            $elements.iter().for_each(|element| out.extend_from_slice(&element.to_le_bytes()))
        };
    }
    macro_rules! complex {
        ($real:expr, $imaginary:expr) => {
            for (real, imaginary) in $real.iter().zip($imaginary) {
                out.extend_from_slice(&real.to_le_bytes());
                out.extend_from_slice(&imaginary.to_le_bytes());
            }
        };
    }
    match (array.elements(), array.imaginary()) {
        (Elements::Float64(real), Some(Elements::Float64(imaginary))) => complex!(real, imaginary),
        (Elements::Float32(real), Some(Elements::Float32(imaginary))) => complex!(real, imaginary),
        (Elements::Bool(elements), _) => out.extend(elements.iter().map(|element| u8::from(*element))),
        (Elements::Float64(elements), _) => numbers!(elements),
        (Elements::Float32(elements), _) => numbers!(elements),
        (Elements::Int8(elements), _) => numbers!(elements),
        (Elements::UInt8(elements), _) => out.extend_from_slice(elements),
        (Elements::Int16(elements), _) => numbers!(elements),
        (Elements::UInt16(elements) | Elements::Char(elements), _) => numbers!(elements),
        (Elements::Int32(elements), _) => numbers!(elements),
        (Elements::UInt32(elements), _) => numbers!(elements),
        (Elements::Int64(elements) | Elements::DateTime64(_, elements), _) => numbers!(elements),
        (Elements::UInt64(elements), _) => numbers!(elements),
        (Elements::Text(elements), _) => {
            for element in elements {
                let before = out.len();
                element.chars().for_each(|c| out.extend_from_slice(&u32::from(c).to_le_bytes()));
                out.resize(before + width, 0);
            }
        }
        (Elements::Object(_), _) => return Err(NpyError::NotWritable("objects".to_string())),
    }
    Ok(out)
}

/// Returns numpy's name of the type in files, and the bytes of an element.
fn descr(array: &Array) -> Result<(String, usize), NpyError> {
    let plain = |descr: &str, width| Ok((descr.to_string(), width));
    let complex = array.imaginary().is_some();
    match array.elements().element_type() {
        ElementType::Float64 if complex => plain("<c16", 16),
        ElementType::Float32 if complex => plain("<c8", 8),
        other if complex => Err(NpyError::NotWritable(format!("complex {other}"))),
        ElementType::Bool => plain("|b1", 1),
        ElementType::Float64 => plain("<f8", 8),
        ElementType::Float32 => plain("<f4", 4),
        ElementType::Int8 => plain("|i1", 1),
        ElementType::UInt8 => plain("|u1", 1),
        ElementType::Int16 => plain("<i2", 2),
        ElementType::UInt16 => plain("<u2", 2),
        ElementType::Int32 => plain("<i4", 4),
        ElementType::UInt32 => plain("<u4", 4),
        ElementType::Int64 => plain("<i8", 8),
        ElementType::UInt64 => plain("<u8", 8),
        ElementType::DateTime64(unit) => Ok((format!("<M8[{}]", unit.name()), 8)),
        ElementType::Text => {
            let characters = text_len(array).unwrap_or(0);
            Ok((format!("<U{characters}"), 4 * characters))
        }
        ElementType::Char => Err(NpyError::NotWritable("MATLAB characters".to_string())),
        ElementType::Object => Err(NpyError::NotWritable("objects".to_string())),
    }
}

/// Returns how many characters the longest text has; `None` for an array of anything else.
fn text_len(array: &Array) -> Option<usize> {
    let Elements::Text(elements) = array.elements() else { return None };
    Some(elements.iter().map(|element| element.chars().count()).max().unwrap_or(0))
}

/// Returns what `str(array.dtype)` is in Python, which `<npy@>` writes beside the path.
pub fn dtype(array: &Array) -> String {
    text_len(array).map_or_else(|| array.dtype(), |length| format!("<U{length}"))
}

fn unit(name: &str) -> Option<TimeUnit> {
    TimeUnit::ALL.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `numpy.save` of 2.4 writes for `np.arange(6, dtype='>i2').reshape(2, 3)`.
    fn big_endian_rows() -> Vec<u8> {
        let mut out = b"\x93NUMPY\x01\x00\x76\x00{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }".to_vec();
        out.resize(127, b' ');
        out.push(b'\n');
        out.extend((0..6i16).flat_map(i16::to_be_bytes));
        out
    }

    #[test]
    fn rows_become_columns() {
        let array = read(&big_endian_rows()).expect("numpy wrote it");
        assert_eq!(array, Array::new(vec![2, 3], vec![0i16, 3, 1, 4, 2, 5].into()).expect("six elements"));
    }

    #[test]
    fn what_is_written_is_read() {
        let arrays = [
            Array::new(vec![2, 3], vec![1.5f64, -0.0, f64::NAN, f64::INFINITY, 0.0, 1e-300].into()),
            Array::new(vec![], vec![7u8].into()),
            Array::new(vec![0, 3], Elements::Int64(Vec::new())),
            Array::new(vec![2], vec![true, false].into()),
            Array::new(vec![3], vec!["".to_string(), "ü🐭".to_string(), "abc".to_string()].into()),
            Array::new(vec![2], Elements::DateTime64(TimeUnit::Nano, vec![i64::MIN, 5])),
            Array::complex(vec![1, 2], vec![1f32, 2.0].into(), vec![3f32, 4.0].into()),
            Array::new(vec![2, 2, 2], vec![0u64, 1, 2, 3, 4, 5, 6, u64::MAX].into()),
            Array::new(vec![1], Elements::Text(vec![String::new()])),
        ];
        for array in arrays {
            let array = array.expect("the shape fits");
            let bytes = write(&array).expect("numpy has a file for it");
            assert_eq!(bytes.len() % 64, (array.len() * descr(&array).expect("it has a name").1) % 64, "elements are aligned");
            assert_eq!(read(&bytes), Ok(array));
        }
        let objects = Array::vector(Elements::Object(vec![crate::value::Value::Null]));
        assert_eq!(write(&objects), Err(NpyError::NotWritable("objects".to_string())));
    }

    #[test]
    fn damaged_files_are_errors() {
        let whole = big_endian_rows();
        for len in 0..whole.len() {
            assert!(read(&whole[..len]).is_err(), "cut at {len}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(read(&longer), Err(NpyError::Length { expected: 12, found: 13 }));
        let with = |from: &str, to: &str| {
            let text = String::from_utf8_lossy(&whole[10..128]).replace(from, to);
            let mut out = whole[..10].to_vec();
            out[8] = text.len() as u8;
            out.extend(text.into_bytes());
            out.extend(&whole[128..]);
            read(&out)
        };
        assert_eq!(with(">i2", "<f2"), Err(NpyError::Element("<f2".to_string())));
        assert_eq!(with("'>i2'", "[('a', '<i2')]"), Err(NpyError::Element("[('a', '<i2')]".to_string())));
        assert_eq!(with(">i2", "|O"), Err(NpyError::Element("|O".to_string())));
        assert!(matches!(with("(2, 3)", "(-2, 3)"), Err(NpyError::Header(_))));
        assert!(matches!(with("(2, 3)", "(4294967296, 4294967296, 4)"), Err(NpyError::Header(_))));
        assert_eq!(read(b"\x93NUMPY\x09\x00"), Err(NpyError::Version(9)));
        assert_eq!(read(b"PK\x03\x04...."), Err(NpyError::Magic));
    }
}
