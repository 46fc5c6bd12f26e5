//! What an attribute may hold.
//!
//! The enum says what the author wrote, not what a server stores: `bool` is one variant although it is
//! `tinyint(1)`, `tinyint`, `boolean` or `INTEGER` in a database. Reading the text is in
//! [`type_text`](super::type_text), storing it is each dialect's `column_type`.

use serde::{Deserialize, Serialize};

/// The type of an attribute as its definition says it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttributeType {
    /// A native integer of the MySQL family: `int`, `tinyint(3) unsigned`, `bigint auto_increment`.
    Integer(Integer),
    /// `serial`: an unsigned 64-bit auto-increment number with a unique index of its own.
    Serial,
    /// `int8` … `int64`, generation 2; the number is the width in bits.
    CoreInteger(u8),
    /// `float32`, `float64`, generation 2; the number is the width in bits.
    CoreFloat(u8),
    /// `decimal(p,s)`, `numeric(p)`, `dec`, `fixed`.
    Decimal(Decimal),
    /// `float`, `double`, `real` of the MySQL family.
    Float(Float),
    /// `char(n)`.
    Char(u32),
    /// `varchar(n)`.
    Varchar(u32),
    /// `tinytext`, `text`, `mediumtext`, `longtext`; generation 2 only.
    Text(Size),
    /// `enum(…)`: the values in order, as the SQL literals say them before any server reads escapes.
    Enum(Vec<SqlLiteral>),
    /// `bool`, and `boolean` in classic.
    Bool,
    /// `date`.
    Date,
    /// `datetime(fsp)`; digits of the second's fraction.
    Datetime(Option<u8>),
    /// `time(fsp)`.
    Time(Option<u8>),
    /// `timestamp(fsp)`.
    Timestamp(Option<u8>),
    /// `year`.
    Year,
    /// `json`.
    Json,
    /// `uuid`.
    Uuid,
    /// `tinyblob` … `longblob`: packed values in classic, raw bytes in generation 2.
    Blob(Size),
    /// `bytes`, generation 2: raw bytes.
    Bytes,
    /// `attach`, classic: file name, NUL, contents.
    Attach,
    /// `blob@store`, `attach@store`, `filepath@store`, classic: a hash that refers to `~external_store`.
    External(External),
    /// `<name>`, classic: an adapter's attribute with the type that the adapter says.
    Adapted {
        /// The adapter's name.
        name: String,
        /// What it is stored as.
        stored: Box<AttributeType>,
    },
    /// `<name>`, `<name@>`, `<name@store>`, generation 2.
    Codec(Codec),
    /// Not known; a diagnostic has been reported and nothing is generated.
    Invalid,
}

/// A native integer type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Integer {
    /// Width in bits: 8, 16, 24, 32 or 64.
    pub bits: u8,
    /// The display width, as in `int(11)`; it means nothing but MariaDB keeps it.
    pub display_width: Option<u32>,
    /// `unsigned`.
    pub unsigned: bool,
    /// `auto_increment`.
    pub auto_increment: bool,
}

/// A fixed-point type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decimal {
    /// Which word was written; generation 2 on PostgreSQL knows only some.
    pub word: DecimalWord,
    /// All digits; 10 where absent (PostgreSQL: no limit).
    pub precision: Option<u32>,
    /// Digits behind the point; 0 where absent.
    pub scale: Option<u32>,
    /// `unsigned`.
    pub unsigned: bool,
    /// `zerofill`, generation 2.
    pub zerofill: bool,
}

/// The word a fixed-point type was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DecimalWord {
    /// `decimal`.
    Decimal,
    /// `numeric`.
    Numeric,
    /// `dec`.
    Dec,
    /// `fixed`.
    Fixed,
}

/// A native floating-point type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Float {
    /// Which word was written.
    pub word: FloatWord,
    /// Digits and decimals, as in `float(5,2)`.
    pub arguments: Option<(u32, Option<u32>)>,
    /// `unsigned`.
    pub unsigned: bool,
}

/// The word a floating-point type was written with; servers disagree about the width of `float` and `real`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FloatWord {
    /// `float`: 4 bytes on the MySQL family, 8 on PostgreSQL.
    Float,
    /// `double`: 8 bytes; unknown on PostgreSQL.
    Double,
    /// `real`: 8 bytes on the MySQL family, 4 on PostgreSQL.
    Real,
}

/// The four sizes of text and blob types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Size {
    /// Up to 255 bytes.
    Tiny,
    /// Up to 64 KiB.
    Regular,
    /// Up to 16 MiB.
    Medium,
    /// Up to 4 GiB.
    Long,
}

impl Size {
    /// Returns `tiny`, nothing, `medium` or `long`.
    pub fn prefix(self) -> &'static str {
        match self {
            Size::Tiny => "tiny",
            Size::Regular => "",
            Size::Medium => "medium",
            Size::Long => "long",
        }
    }

    /// Returns how many bytes it holds at most.
    pub fn bytes_max(self) -> u64 {
        match self {
            Size::Tiny => 0xff,
            Size::Regular => 0xffff,
            Size::Medium => 0xff_ffff,
            Size::Long => 0xffff_ffff,
        }
    }
}

/// An attribute kept in a store, classic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct External {
    /// What is kept.
    pub kind: ExternalKind,
    /// Name of the store.
    pub store: String,
}

/// Returns the name of the table that datajoint 0.14 keeps of what is in a store.
pub fn tracking_table(store: &str) -> String {
    format!("~external_{store}")
}

/// What an external attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExternalKind {
    /// A packed value.
    Blob,
    /// A file with its name.
    Attach,
    /// A file that lives in the store.
    Filepath,
}

/// A codec of generation 2.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Codec {
    /// Name, case-sensitive.
    pub name: String,
    /// Where the data goes.
    pub store: CodecStore,
    /// What the column holds.
    pub stored: Box<AttributeType>,
}

/// The `@` part of a codec.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CodecStore {
    /// No `@`: in the table.
    Inline,
    /// `@` alone: the configured default store.
    Default,
    /// `@name`.
    Named(String),
}

/// A text as it stands in a definition, with the quotes it was written in.
///
/// The MySQL family reads backslash escapes inside quotes, PostgreSQL does not, so the value is only known to a dialect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SqlLiteral {
    /// `'` or `"`, or `None` for a bare word.
    pub quote: Option<char>,
    /// What stands between the quotes, escapes and doubled quotes as written.
    pub raw: String,
}

impl SqlLiteral {
    /// Returns a bare (unquoted) literal.
    pub fn bare(raw: impl Into<String>) -> Self {
        SqlLiteral { quote: None, raw: raw.into() }
    }

    /// Returns a literal in single quotes; `raw` is taken as written between them.
    pub fn quoted(raw: impl Into<String>) -> Self {
        SqlLiteral { quote: Some('\''), raw: raw.into() }
    }

    /// Returns the text with doubled quotes undone and, when `backslash` is set, escapes read as the MySQL family reads them.
    pub fn value(&self, backslash: bool) -> String {
        let Some(quote) = self.quote else { return self.raw.clone() };
        let mut out = String::with_capacity(self.raw.len());
        let mut chars = self.raw.chars().peekable();
        while let Some(c) = chars.next() {
            if c == quote && chars.peek() == Some(&quote) {
                chars.next();
                out.push(quote);
            } else if c == '\\' && backslash {
                match chars.next() {
                    None => out.push('\\'),
                    Some(escaped) => push_mysql_escape(&mut out, escaped),
                }
            } else {
                out.push(c);
            }
        }
        out
    }
}

/// Returns a text as the MySQL family stores it when it stands between quotes in a statement: `\t` becomes a TAB.
pub fn mysql_unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                None => out.push('\\'),
                Some(escaped) => push_mysql_escape(&mut out, escaped),
            },
            _ => out.push(c),
        }
    }
    out
}

fn push_mysql_escape(out: &mut String, escaped: char) {
    match escaped {
        '0' => out.push('\0'),
        'b' => out.push('\u{8}'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'Z' => out.push('\u{1a}'),
        // `\%` and `\_` keep their backslash outside of patterns.
        '%' | '_' => {
            out.push('\\');
            out.push(escaped);
        }
        other => out.push(other),
    }
}
