//! Packed values.

use djc_core::blob::{Limits, UnpackError, unpack};
use djc_core::ir::{AttributeType, CodecStore, Generation};
use djc_core::query::AttributeKind;
use djc_core::value::Value;

use super::{Cell, Field, Given, ReadError};

/// A packed value: what Python or MATLAB put into a `blob` of datajoint 0.14 or a `<blob>` of datajoint 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob(pub Value);

/// Returns whether values of a type stand packed in the column.
pub(crate) fn packs(ty: &AttributeType, generation: Generation) -> bool {
    match ty {
        AttributeType::Blob(_) => generation == Generation::Classic,
        AttributeType::Codec(codec) if codec.name == "blob" && codec.store == CodecStore::Inline => true,
        AttributeType::Adapted { stored, .. } => packs(stored, generation),
        AttributeType::Codec(codec) => packs(&codec.stored, generation),
        _ => false,
    }
}

/// Returns whether values of an attribute are unpacked when they are read.
pub(crate) fn is_packed(kind: &AttributeKind) -> bool {
    match kind {
        AttributeKind::Declared { ty, generation } => packs(ty, *generation),
        AttributeKind::Computed => false,
    }
}

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
