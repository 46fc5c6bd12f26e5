//! What a value is, as far as a predicate must know it to mean the same on all servers.

use crate::ir::AttributeType;

/// What a column or an expression holds.
///
/// The MySQL family compares almost anything with anything. The other servers do not, so a constant takes the form of what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holds {
    /// A text.
    Text,
    /// A text out of a list; a type of its own on PostgreSQL.
    Choice,
    /// A number in one of the server's own number types.
    Number,
    /// A fixed-point number, which SQLite keeps as text.
    Decimal,
    /// True or false; a type of its own on PostgreSQL.
    Truth,
    /// A calendar day.
    Day,
    /// A day with a time.
    Moment,
    /// A time of day, or a span.
    Time,
    /// A UUID: 16 bytes but on PostgreSQL.
    Uuid,
    /// JSON.
    Json,
    /// Bytes.
    Bytes,
    /// Nobody knows.
    Unknown,
}

impl Holds {
    /// Returns what an attribute of this type holds.
    pub fn of(ty: &AttributeType) -> Holds {
        match ty {
            AttributeType::Integer(_)
            | AttributeType::Serial
            | AttributeType::CoreInteger(_)
            | AttributeType::CoreFloat(_)
            | AttributeType::Float(_)
            | AttributeType::Year => Holds::Number,
            AttributeType::Decimal(_) => Holds::Decimal,
            AttributeType::Char(_) | AttributeType::Varchar(_) | AttributeType::Text(_) => Holds::Text,
            AttributeType::Enum(_) => Holds::Choice,
            AttributeType::Bool => Holds::Truth,
            AttributeType::Date => Holds::Day,
            AttributeType::Datetime(_) | AttributeType::Timestamp(_) => Holds::Moment,
            AttributeType::Time(_) => Holds::Time,
            AttributeType::Json => Holds::Json,
            // What is kept in a store is referred to by a hash.
            AttributeType::Uuid | AttributeType::External(_) => Holds::Uuid,
            AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Attach => Holds::Bytes,
            AttributeType::Adapted { stored, .. } => Holds::of(stored),
            AttributeType::Codec(codec) => Holds::of(&codec.stored),
            AttributeType::Invalid => Holds::Unknown,
        }
    }
}
