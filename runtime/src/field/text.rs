//! Text, bytes, JSON and UUIDs.

use djc_core::value::Value;
use uuid::Uuid;

use super::{Cell, Field, Given, ReadError};
use crate::db::raw::Raw;

impl Field for String {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        cell.text().map(str::to_string)
    }

    fn give(self) -> Given {
        Given::Value(Value::Text(self))
    }
}

impl Field for Vec<u8> {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        cell.bytes().map(<[u8]>::to_vec)
    }

    fn give(self) -> Given {
        Given::Value(Value::Bytes(self))
    }
}

impl Field for serde_json::Value {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        match cell.raw {
            // MariaDB keeps JSON as text, SQLite too.
            Raw::Json(bytes) | Raw::Text(bytes) | Raw::Bytes(bytes) => {
                serde_json::from_slice(bytes).map_err(|error| cell.wrong(&format!("JSON: {error}")))
            }
            _ => Err(cell.wrong("JSON")),
        }
    }

    fn give(self) -> Given {
        Given::Value(Value::from(self))
    }
}

impl Field for Uuid {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let id = match cell.raw {
            Raw::Uuid(id) => Some(id),
            Raw::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
            Raw::Text(_) => Uuid::parse_str(cell.text()?).ok(),
            _ => None,
        };
        id.ok_or_else(|| cell.wrong("a UUID"))
    }

    fn give(self) -> Given {
        Given::Value(Value::Uuid(self))
    }
}
