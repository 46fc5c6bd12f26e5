//! The codes of the format, each named once.

use crate::value::TimeUnit;

pub(super) const MYM: &[u8] = b"mYm\0";
pub(super) const DJ0: &[u8] = b"dj0\0";
pub(super) const COMPRESSED: &[u8] = b"ZL123\0";

// The first byte of a value.
pub(super) const ARRAY: u8 = b'A';
pub(super) const CELL: u8 = b'C';
pub(super) const STRUCT: u8 = b'S';
pub(super) const RECORDS: u8 = b'F';
pub(super) const SPARSE: u8 = b'P';
pub(super) const NULL: u8 = 0xff;
pub(super) const TUPLE: u8 = 0x01;
pub(super) const LIST: u8 = 0x02;
pub(super) const SET: u8 = 0x03;
pub(super) const MAP: u8 = 0x04;
pub(super) const TEXT: u8 = 0x05;
pub(super) const BYTES: u8 = 0x06;
pub(super) const INT: u8 = 0x0a;
pub(super) const BOOL: u8 = 0x0b;
pub(super) const COMPLEX: u8 = 0x0c;
pub(super) const FLOAT: u8 = 0x0d;
pub(super) const DECIMAL: u8 = b'd';
pub(super) const DATETIME: u8 = b't';
pub(super) const UUID: u8 = b'u';

// The type of the elements of an array; MATLAB's class numbers up to 16.
pub(super) const MX_UNKNOWN: u32 = 0;
pub(super) const MX_CELL: u32 = 1;
pub(super) const MX_STRUCT: u32 = 2;
pub(super) const MX_BOOL: u32 = 3;
pub(super) const MX_CHAR: u32 = 4;
pub(super) const MX_OBJECT: u32 = 5;
pub(super) const MX_FLOAT64: u32 = 6;
pub(super) const MX_FLOAT32: u32 = 7;
pub(super) const MX_INT8: u32 = 8;
pub(super) const MX_UINT8: u32 = 9;
pub(super) const MX_INT16: u32 = 10;
pub(super) const MX_UINT16: u32 = 11;
pub(super) const MX_INT32: u32 = 12;
pub(super) const MX_UINT32: u32 = 13;
pub(super) const MX_INT64: u32 = 14;
pub(super) const MX_UINT64: u32 = 15;
pub(super) const MX_FUNCTION: u32 = 16;
const DATETIME64: u32 = 65536;

/// Returns the number of the type `datetime64` in this unit.
pub(super) fn datetime64(unit: TimeUnit) -> u32 {
    DATETIME64 + unit as u32
}

/// Returns the unit of a `datetime64` from the number of the type.
pub(super) fn time_unit(id: u32) -> Option<TimeUnit> {
    let index = usize::try_from(id.checked_sub(DATETIME64)?).ok()?;
    TimeUnit::ALL.get(index).map(|(unit, _)| *unit)
}
