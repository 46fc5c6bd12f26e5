//! Blobs and json as types of the program's own.

use djc_core::value::{Value, plain};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Cell, Field, Given, ReadError};

/// A blob or json that serde reads into a type and writes from it: a struct is a mapping, as Python has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed<T>(pub T);

impl<T: Serialize + DeserializeOwned + Send + 'static> Field for Typed<T> {
    /// # Errors
    /// A value that is not as the type wants it: a field that is missing, a number that does not fit.
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let value = Value::read(cell)?;
        plain::to(value).map(Typed).map_err(|error| cell.error(error.to_string()))
    }

    /// # Panics
    /// When the type's own `Serialize` fails, or makes a map with keys that no mapping can have (a list).
    fn give(self) -> Given {
        Given::Value(plain::from(&self.0).unwrap_or_else(|error| panic!("a value of a type that serde cannot write: {error}")))
    }
}
