//! The types that servers know.

use serde::{Deserialize, Serialize};

use crate::ir::Size;

/// A column type as one server understands it; one value per meaning after normalising.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnType {
    /// Integer of 8, 16, 24, 32 or 64 bits.
    Integer {
        /// Width.
        bits: u8,
        /// No negative values.
        unsigned: bool,
        /// `int(3)`: kept by MariaDB; `None` for the server's own default width, except `tinyint(1)`.
        display_width: Option<u32>,
    },
    /// Fixed point.
    Decimal {
        /// Digits; `None` for PostgreSQL's unlimited `numeric`.
        precision: Option<u32>,
        /// Digits behind the point.
        scale: u32,
        /// No negative values.
        unsigned: bool,
        /// Padded with zeros.
        zerofill: bool,
    },
    /// 4-byte floating point, perhaps with digits and decimals.
    Float {
        /// Digits and decimals, as in `float(5,2)`.
        arguments: Option<(u32, u32)>,
        /// No negative values.
        unsigned: bool,
    },
    /// 8-byte floating point.
    Double {
        /// Digits and decimals.
        arguments: Option<(u32, u32)>,
        /// No negative values.
        unsigned: bool,
    },
    /// Fixed-length text.
    Char(u32),
    /// Text of limited length.
    Varchar(u32),
    /// Text; PostgreSQL and SQLite know only `Long`.
    Text(Size),
    /// Fixed-length bytes.
    Binary(u32),
    /// Bytes of limited length.
    Varbinary(u32),
    /// Bytes; PostgreSQL (`bytea`) and SQLite know only `Long`.
    Blob(Size),
    /// Truth value (PostgreSQL).
    Boolean,
    /// Calendar day.
    Date,
    /// Time of day, with the digits of the second's fraction where they are said.
    ///
    /// No digits mean 0 on the MySQL family and 6 on PostgreSQL; normalising takes away the digits that mean the same as none.
    Time(Option<u8>),
    /// Date and time without zone, digits as for `Time`; the `timestamp without time zone` of PostgreSQL.
    Datetime(Option<u8>),
    /// Moment, of the MySQL family only; digits as for `Time`.
    Timestamp(Option<u8>),
    /// Year.
    Year,
    /// JSON: `json`, `longtext` with a `json_valid` check (MariaDB), `jsonb`. On SQLite text with a check, normalised to `Text(Long)`.
    Json,
    /// UUID (PostgreSQL); the MySQL family and SQLite hold it as 16 bytes.
    Uuid,
    /// Enumeration. `name` is the type on PostgreSQL: its schema and name. On SQLite text with a check, normalised to `Text(Long)`.
    Enum {
        /// Schema and name of the type.
        name: Option<(String, String)>,
        /// Values in order.
        values: Vec<String>,
    },
    /// Anything else, in the server's spelling.
    Other(String),
}

impl ColumnType {
    /// Returns whether values are text, which the MySQL family keeps in a charset.
    pub fn is_text(&self) -> bool {
        matches!(self, ColumnType::Char(_) | ColumnType::Varchar(_) | ColumnType::Text(_) | ColumnType::Enum { .. })
    }
}
