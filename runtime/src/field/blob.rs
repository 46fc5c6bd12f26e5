//! Packed values.

use djc_core::blob::{Limits, UnpackError, unpack};
use djc_core::value::Value;

use super::{Cell, Field, Given, ReadError};

/// A packed value: what Python or MATLAB put into a `blob` of datajoint 0.14 or a `<blob>` of datajoint 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob(pub Value);

impl Field for Blob {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        unpack(cell.bytes()?, &Limits::default()).map(Blob).map_err(|error| match error {
            UnpackError::Header(_) => cell.error(format!("{error}; read it as `Vec<u8>` to have the bytes of the other program")),
            error => cell.error(error.to_string()),
        })
    }

    fn give(self) -> Given {
        Given::Value(self.0)
    }
}

impl From<Value> for Blob {
    fn from(value: Value) -> Self {
        Blob(value)
    }
}
