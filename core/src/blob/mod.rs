//! DataJoint's blobs: values as the bytes that Python and MATLAB store in blob columns, and back.
//!
//! ```text
//! blob := [ "ZL123" 00  u64 length of raw  zlib stream ]  |  raw
//! raw  := "mYm" 00 value  |  "dj0" 00 value
//! ```
//!
//! All numbers are little-endian. The header is `mYm` where MATLAB's mYm could read the value, and `dj0` as
//! soon as anything of Python is in it. What [`pack`] writes is byte for byte what datajoint-python writes,
//! classic and modern, its defects included, since these bytes are what other programs compare and hash.
//! Only a compressed stream may differ from Python's, as zlib implementations do.
//!
//! Reading trusts nothing: lengths are checked against the bytes that are there before anything is
//! allocated, and [`Limits`] bounds what a compressed blob may grow to, what a value may take in memory and
//! how deep it may nest. Where datajoint shrugs (an unknown header is no value there), reading fails.

mod code;
mod envelope;
mod pack;
mod unpack;

pub use envelope::{compress, decompress};
pub use pack::{PackError, PackOptions, pack, pack_compressed, pack_with};
pub use unpack::{UnpackError, unpack};

/// How deep lists, maps, cells and the like may be nested in each other, when packing and by default when
/// unpacking. Python's own reader ends at a few hundred.
pub const DEPTH_MAX: usize = 128;

/// What reading a blob may cost, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest length of the raw bytes that a compressed blob may inflate to.
    pub inflated_max: u64,
    /// The largest amount of memory that the value may take, in bytes; what is inflated comes on top.
    pub memory_max: u64,
    /// How deep values may be nested in each other.
    pub depth_max: usize,
    /// The width of lengths and counts.
    pub dims: Dims,
    /// What becomes of MATLAB text.
    pub chars: Chars,
}

impl Default for Limits {
    /// One gibibyte inflated, two in memory, [`DEPTH_MAX`] levels, 64-bit lengths, text as datajoint reads it.
    fn default() -> Self {
        Self { inflated_max: 1 << 30, memory_max: 2 << 30, depth_max: DEPTH_MAX, dims: Dims::U64, chars: Chars::Text }
    }
}

/// The width of every length and count in a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dims {
    /// 64 bits, as everything writes today.
    U64,
    /// 32 bits, as an old mYm on a 32-bit machine wrote; datajoint's switch `use_32bit_dims`.
    U32,
}

/// What becomes of an array of MATLAB characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chars {
    /// Text, as datajoint reads it: a row or vector is joined into one text in an array of shape (1), of
    /// other arrays each character is a text. Characters beyond Latin-1 lose their high byte.
    Text,
    /// The array of 16-bit units as it is stored. Nothing is lost.
    Units,
}
