//! Values of attributes in Rust: from the wire into a type, and back.
//!
//! A [`Field`] is a Rust type that an attribute can have. Reading ([`Cell`]) goes from the driver's row into the type, without a detour
//! through texts; writing gives a [`Given`], which is checked and brought into the form of the column when it is sent.
//!
//! | attribute | Rust |
//! |---|---|
//! | integers | `i8` … `i64`, `u8` … `u64`; a number that does not fit is an error |
//! | `bool` | [`bool`]; of the numbers 0 and 1 |
//! | `float`, `float32`, `double`, `float64` | [`f32`], [`f64`] |
//! | `decimal` | [`rust_decimal::Decimal`] up to 28 digits, [`Decimal`] for any |
//! | `char`, `varchar`, `text`, `enum` | [`String`]; generated enums |
//! | `date`, `datetime`, `timestamp` | [`chrono::NaiveDate`], [`chrono::NaiveDateTime`] |
//! | `time` | [`chrono::TimeDelta`]: the MySQL family has ±838 hours |
//! | `year` | [`u16`] |
//! | `uuid` | [`uuid::Uuid`] |
//! | `json` | [`serde_json::Value`] |
//! | `blob` of datajoint 0.14, `<blob>` | [`Blob`] |
//! | `blob` and `bytes` of datajoint 2 | [`Vec<u8>`] |
//! | `attach`, `<attach>` | [`Attachment`] |
//! | kept in a store: `blob@s`, `<blob@>`, `<npy@s>`, … | [`External`] |
//! | may be NULL | [`Option`] of the above |
//! | any | [`Value`], by the declared type |
//!
//! A `timestamp` of the MySQL family is a moment that the server shows in the time zone of the session, which djc leaves as the server has it,
//! as datajoint does; two programs with different zones read different texts of the same moment. Elsewhere it is stored as it was given.

mod attachment;
mod blob;
mod cell;
mod dynamic;
mod external;
mod moment;
mod number;
mod text;
mod typed;
mod variant;

use djc_core::value::Value;

pub use attachment::Attachment;
pub use blob::Blob;
pub(crate) use blob::{is_packed, packs};
pub use cell::{Cell, ReadError};
pub use djc_core::value::Decimal;
pub use external::{Content, External, FilePath, Npy, Object};
pub use typed::Typed;
pub use variant::UnknownVariant;

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
    /// Content that is in a store already, for another row that refers to it.
    Stored(crate::codec::Reference),
    /// What the column itself holds: a reference to content that was put into a store.
    Column(djc_core::plan::Literal),
}

/// A Rust type that an attribute can have.
pub trait Field: Sized + Send + 'static {
    /// Reads it.
    ///
    /// # Errors
    /// A value that the type cannot hold as it is: nothing is rounded, cut or replaced.
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError>;

    /// Hands it over.
    fn give(self) -> Given;
}

impl<F: Field> Field for Option<F> {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        if cell.is_null() { Ok(None) } else { F::read(cell).map(Some) }
    }

    fn give(self) -> Given {
        self.map_or(Given::Value(Value::Null), Field::give)
    }
}
