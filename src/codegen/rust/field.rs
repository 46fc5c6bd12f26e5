//! What an attribute is in Rust.

use crate::core::ir::{AttributeType, Codec, CodecStore, ExternalKind, FloatWord, Generation, TableId};

/// Digits that a `rust_decimal::Decimal` holds for certain.
const DECIMAL_DIGITS_MAX: u32 = 28;

/// The type of the values of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RustType {
    /// A type of the language: `i32`, `bool`.
    Primitive(&'static str),
    /// `String`.
    Text,
    /// `Vec<u8>`.
    Bytes,
    /// A type that the runtime brings, by its path below that crate.
    Runtime(&'static str),
    /// A value that is kept in a store.
    External(Box<RustType>),
    /// The generated enum of this table's attribute.
    Enum(TableId, String),
    /// A type of the user's, which serde reads and writes.
    Custom(String),
}

/// What equality of a type is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Equality {
    /// `PartialEq` only.
    Partial,
    /// And `Eq`, `Hash`.
    Full,
    /// And `Ord`.
    Ordered,
}

impl RustType {
    /// Returns the type of an attribute that the table itself declares.
    pub fn of(table: TableId, name: &str, ty: &AttributeType, generation: Generation) -> RustType {
        match ty {
            AttributeType::Integer(integer) => RustType::Primitive(match (integer.bits, integer.unsigned) {
                (8, false) => "i8",
                (8, true) => "u8",
                (16, false) => "i16",
                (16, true) => "u16",
                (64, false) => "i64",
                (64, true) => "u64",
                // Rust has no 24 bits; the column's own range is checked on insert.
                (_, false) => "i32",
                (_, true) => "u32",
            }),
            AttributeType::Serial => RustType::Primitive("u64"),
            AttributeType::CoreInteger(bits) => RustType::Primitive(match bits {
                8 => "i8",
                16 => "i16",
                32 => "i32",
                _ => "i64",
            }),
            AttributeType::CoreFloat(bits) => RustType::Primitive(if *bits == 32 { "f32" } else { "f64" }),
            AttributeType::Float(float) => {
                // MySQL takes 25 digits and more for a double, and the `float` of PostgreSQL has 8 bytes.
                let narrow =
                    generation == Generation::Classic && float.word == FloatWord::Float && !matches!(float.arguments, Some((25.., None)));
                RustType::Primitive(if narrow { "f32" } else { "f64" })
            }
            AttributeType::Decimal(decimal) if decimal.precision.is_none_or(|digits| digits <= DECIMAL_DIGITS_MAX) => {
                RustType::Runtime("rust_decimal::Decimal")
            }
            AttributeType::Decimal(_) => RustType::Runtime("field::Decimal"),
            AttributeType::Char(_) | AttributeType::Varchar(_) | AttributeType::Text(_) => RustType::Text,
            AttributeType::Enum(_) => RustType::Enum(table, name.to_string()),
            AttributeType::Bool => RustType::Primitive("bool"),
            AttributeType::Date => RustType::Runtime("chrono::NaiveDate"),
            AttributeType::Datetime(_) | AttributeType::Timestamp(_) => RustType::Runtime("chrono::NaiveDateTime"),
            AttributeType::Time(_) => RustType::Runtime("chrono::TimeDelta"),
            AttributeType::Year => RustType::Primitive("u16"),
            AttributeType::Json => RustType::Runtime("serde_json::Value"),
            AttributeType::Uuid => RustType::Runtime("uuid::Uuid"),
            AttributeType::Blob(_) if generation == Generation::Classic => RustType::Runtime("field::Blob"),
            AttributeType::Blob(_) | AttributeType::Bytes => RustType::Bytes,
            AttributeType::Attach => RustType::Runtime("field::Attachment"),
            AttributeType::External(external) => RustType::External(Box::new(RustType::Runtime(match external.kind {
                ExternalKind::Blob => "field::Blob",
                ExternalKind::Attach => "field::Attachment",
                ExternalKind::Filepath => "field::FilePath",
            }))),
            // What only the program knows that declares the adapter or codec is seen as it is stored.
            AttributeType::Adapted { stored, .. } => RustType::of(table, name, stored, generation),
            AttributeType::Codec(codec) => codec_type(codec).unwrap_or_else(|| RustType::of(table, name, &codec.stored, generation)),
            AttributeType::Invalid => unreachable!("a pipeline with errors is not generated"),
        }
    }

    /// Returns whether a value can be copied by the compiler's means.
    pub fn is_copy(&self) -> bool {
        match self {
            RustType::Primitive(_) | RustType::Enum(..) => true,
            RustType::Runtime(path) => {
                matches!(
                    *path,
                    "rust_decimal::Decimal" | "chrono::NaiveDate" | "chrono::NaiveDateTime" | "chrono::TimeDelta" | "uuid::Uuid"
                )
            }
            RustType::Text | RustType::Bytes | RustType::External(_) | RustType::Custom(_) => false,
        }
    }

    /// Returns what its equality is worth.
    pub fn equality(&self) -> Equality {
        match self {
            RustType::Primitive("f32" | "f64") | RustType::External(_) | RustType::Custom(_) => Equality::Partial,
            RustType::Primitive(_) | RustType::Text | RustType::Bytes | RustType::Enum(..) => Equality::Ordered,
            RustType::Runtime("field::Decimal") => Equality::Full,
            RustType::Runtime(_) if self.is_copy() => Equality::Ordered,
            RustType::Runtime(_) => Equality::Partial,
        }
    }

    /// Returns whether `impl Into<…>` as an argument makes life easier. A number must not be one: a literal would not know its type.
    pub fn is_into(&self) -> bool {
        match self {
            RustType::Text | RustType::Bytes | RustType::External(_) => true,
            RustType::Runtime(_) => !self.is_copy(),
            RustType::Primitive(_) | RustType::Enum(..) | RustType::Custom(_) => false,
        }
    }
}

/// Returns the type of a codec that datajoint itself brings.
fn codec_type(codec: &Codec) -> Option<RustType> {
    let value = match (codec.name.as_str(), &codec.store) {
        ("blob", _) => RustType::Runtime("field::Blob"),
        ("attach", _) => RustType::Runtime("field::Attachment"),
        ("filepath", CodecStore::Default | CodecStore::Named(_)) => RustType::Runtime("field::FilePath"),
        ("hash", CodecStore::Default | CodecStore::Named(_)) => RustType::Bytes,
        ("npy", CodecStore::Default | CodecStore::Named(_)) => RustType::Runtime("field::Npy"),
        ("object", CodecStore::Default | CodecStore::Named(_)) => RustType::Runtime("field::Object"),
        _ => return None,
    };
    Some(match codec.store {
        CodecStore::Inline => value,
        CodecStore::Default | CodecStore::Named(_) => RustType::External(Box::new(value)),
    })
}
