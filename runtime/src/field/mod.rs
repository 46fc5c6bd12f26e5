//! Values of attributes in Rust: from the wire into a type, and back.
//!
//! A [`Field`] is a Rust type that an attribute can have. Reading ([`Cell`]) goes from the driver's row into the type, without a detour
//! through texts; writing gives a [`Given`], which is checked and brought into the form of the column when it is sent.

use djc_core::query::Attribute;
use djc_core::value::Value;

/// Why a value of the database cannot be had as the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ReadError {
    /// Why, as a sentence without a capital and a period: the value and what was wanted.
    pub reason: String,
}

/// One value of a row as it came from the server.
pub struct Cell<'r> {
    /// What it is a value of.
    pub attribute: &'r Attribute,
}

/// A value on its way to the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// The attribute's default.
    Default,
    /// A value.
    Value(Value),
    /// A file, by name and contents (`attach`, `<attach>`).
    Attachment {
        /// The file's name.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// A file or folder on this machine, which goes into a store (`attach`, `filepath@store`, `<object@>`).
    Path(std::path::PathBuf),
}

/// A Rust type that an attribute can have.
pub trait Field: Sized {
    /// Reads it.
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError>;

    /// Hands it over.
    fn give(self) -> Given;
}
