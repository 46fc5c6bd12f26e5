//! What the MySQL family stores each type as, and how many bytes that takes.

use super::Flavor;
use crate::catalog::ColumnType;
use crate::dialect::{Quoting, Server, Unsupported};
use crate::ir::{AttributeType, FloatWord, Generation, Size};

fn unsupported<T>(reason: impl Into<String>) -> Result<T, Unsupported> {
    Err(Unsupported { reason: reason.into() })
}

pub(super) fn column_type(ty: &AttributeType, generation: Generation, flavor: Flavor) -> Result<ColumnType, Unsupported> {
    let signed = |bits| ColumnType::Integer { bits, unsigned: false, display_width: None };
    Ok(match ty {
        AttributeType::Integer(integer) => {
            ColumnType::Integer { bits: integer.bits, unsigned: integer.unsigned, display_width: integer.display_width }
        }
        AttributeType::Serial => ColumnType::Integer { bits: 64, unsigned: true, display_width: None },
        AttributeType::CoreInteger(bits) => signed(*bits),
        AttributeType::CoreFloat(32) => ColumnType::Float { arguments: None, unsigned: false },
        AttributeType::CoreFloat(_) => ColumnType::Double { arguments: None, unsigned: false },
        AttributeType::Decimal(decimal) => {
            let (precision, scale) = (decimal.precision.unwrap_or(10), decimal.scale.unwrap_or(0));
            let scale_max = match flavor {
                Flavor::MySql => 30,
                Flavor::MariaDb => 38,
            };
            if precision > 65 || scale > scale_max {
                return unsupported(format!("at most 65 digits, {scale_max} of them behind the point"));
            }
            // `decimal(0)` means the default number of digits.
            let precision = if precision == 0 { 10 } else { precision };
            ColumnType::Decimal {
                precision: Some(precision),
                scale,
                unsigned: decimal.unsigned || decimal.zerofill,
                zerofill: decimal.zerofill,
            }
        }
        AttributeType::Float(float) => {
            let arguments = match float.arguments {
                Some((digits, Some(decimals))) if digits > 255 || decimals > 30 => {
                    return unsupported("at most 255 digits, 30 of them behind the point");
                }
                Some((digits, Some(decimals))) => Some((digits, decimals)),
                Some((bits, None)) if bits > 53 => return unsupported("at most 53 bits"),
                Some((_, None)) | None => None,
            };
            // `float(25)` asks for more bits than four bytes have.
            let wide = matches!(float.arguments, Some((25.., None)));
            match float.word {
                FloatWord::Float if !wide => ColumnType::Float { arguments, unsigned: float.unsigned },
                FloatWord::Float | FloatWord::Double | FloatWord::Real => ColumnType::Double { arguments, unsigned: float.unsigned },
            }
        }
        AttributeType::Char(length) => ColumnType::Char(*length),
        AttributeType::Varchar(length) => ColumnType::Varchar(*length),
        AttributeType::Text(size) => ColumnType::Text(*size),
        AttributeType::Enum(values) => {
            let values = values.iter().map(|value| value.value(true).trim_end_matches(' ').to_string()).collect();
            ColumnType::Enum { name: None, values }
        }
        AttributeType::Bool => {
            let display_width = match generation {
                Generation::Classic => Some(1),
                Generation::Modern => None,
            };
            ColumnType::Integer { bits: 8, unsigned: false, display_width }
        }
        AttributeType::Date => ColumnType::Date,
        AttributeType::Datetime(digits) => ColumnType::Datetime(*digits),
        AttributeType::Time(digits) => ColumnType::Time(*digits),
        AttributeType::Timestamp(digits) => ColumnType::Timestamp(*digits),
        AttributeType::Year => ColumnType::Year,
        AttributeType::Json => ColumnType::Json,
        AttributeType::Uuid | AttributeType::External(_) => ColumnType::Binary(16),
        AttributeType::Blob(size) => ColumnType::Blob(*size),
        AttributeType::Bytes | AttributeType::Attach => ColumnType::Blob(Size::Long),
        AttributeType::Adapted { stored, .. } => column_type(stored, generation, flavor)?,
        AttributeType::Codec(codec) => column_type(&codec.stored, generation, flavor)?,
        AttributeType::Invalid => return unsupported("the type could not be read"),
    })
}

pub(super) fn type_sql(ty: &ColumnType) -> String {
    let sign = |unsigned: bool| if unsigned { " unsigned" } else { "" };
    let pair = |arguments: &Option<(u32, u32)>| arguments.map(|(a, b)| format!("({a},{b})")).unwrap_or_default();
    let digits = |word: &str, digits: &Option<u8>| match digits {
        None => word.to_string(),
        Some(digits) => format!("{word}({digits})"),
    };
    match ty {
        ColumnType::Integer { bits, unsigned, display_width } => {
            let width = display_width.map(|width| format!("({width})")).unwrap_or_default();
            format!("{}{width}{}", integer_word(*bits), sign(*unsigned))
        }
        ColumnType::Decimal { precision, scale, unsigned, zerofill } => {
            let filled = if *zerofill { " zerofill" } else { "" };
            format!("decimal({},{scale}){}{filled}", precision.unwrap_or(10), sign(*unsigned))
        }
        ColumnType::Float { arguments, unsigned } => format!("float{}{}", pair(arguments), sign(*unsigned)),
        ColumnType::Double { arguments, unsigned } => format!("double{}{}", pair(arguments), sign(*unsigned)),
        ColumnType::Char(length) => format!("char({length})"),
        ColumnType::Varchar(length) => format!("varchar({length})"),
        ColumnType::Text(size) => format!("{}text", size.prefix()),
        ColumnType::Binary(length) => format!("binary({length})"),
        ColumnType::Varbinary(length) => format!("varbinary({length})"),
        ColumnType::Blob(size) => format!("{}blob", size.prefix()),
        ColumnType::Boolean => "tinyint(1)".to_string(),
        ColumnType::Date => "date".to_string(),
        ColumnType::Time(fraction) => digits("time", fraction),
        ColumnType::Datetime(fraction) => digits("datetime", fraction),
        ColumnType::Timestamp(fraction) => digits("timestamp", fraction),
        ColumnType::Year => "year".to_string(),
        ColumnType::Json => "json".to_string(),
        ColumnType::Uuid => "binary(16)".to_string(),
        ColumnType::Enum { values, .. } => {
            let values: Vec<String> = values.iter().map(|value| Quoting::MySql.text(value)).collect();
            format!("enum({})", values.join(","))
        }
        ColumnType::Other(text) => text.clone(),
    }
}

/// Returns the word of an integer of so many bits.
pub(crate) fn integer_word(bits: u8) -> &'static str {
    match bits {
        8 => "tinyint",
        16 => "smallint",
        24 => "mediumint",
        32 => "int",
        _ => "bigint",
    }
}

/// Returns how many bytes a character takes at most.
pub(crate) fn bytes_per_char(charset: &str) -> u64 {
    match charset {
        "utf8mb4" | "utf32" | "utf16" | "utf16le" | "gb18030" => 4,
        "utf8" | "utf8mb3" | "eucjpms" | "ujis" => 3,
        "ucs2" | "gbk" | "big5" | "sjis" | "cp932" | "gb2312" | "euckr" => 2,
        _ => 1,
    }
}

fn fraction_bytes(digits: &Option<u8>) -> u64 {
    u64::from(digits.unwrap_or(0).div_ceil(2))
}

/// Returns the bytes of a fixed-point number: nine digits in four bytes, the rest in as few as hold them.
fn decimal_bytes(precision: u32, scale: u32) -> u64 {
    let part = |digits: u32| u64::from(digits / 9) * 4 + [0, 1, 1, 2, 2, 3, 3, 4, 4][(digits % 9) as usize];
    part(precision - scale.min(precision)) + part(scale)
}

/// Returns the bytes that a whole column takes in an index; `None` for types that an index cannot hold whole.
pub(crate) fn key_bytes(ty: &ColumnType, bytes_per_char: u64) -> Option<u64> {
    match ty {
        ColumnType::Char(length) | ColumnType::Varchar(length) => Some(u64::from(*length) * bytes_per_char),
        ColumnType::Binary(length) | ColumnType::Varbinary(length) => Some(u64::from(*length)),
        ColumnType::Text(_) | ColumnType::Blob(_) | ColumnType::Json => None,
        ColumnType::Other(_) => Some(0),
        fixed => Some(fixed_bytes(fixed)),
    }
}

fn fixed_bytes(ty: &ColumnType) -> u64 {
    match ty {
        ColumnType::Integer { bits, .. } => u64::from(*bits) / 8,
        ColumnType::Decimal { precision, scale, .. } => decimal_bytes(precision.unwrap_or(10), *scale),
        ColumnType::Float { .. } => 4,
        ColumnType::Double { .. } => 8,
        ColumnType::Boolean | ColumnType::Year => 1,
        ColumnType::Date => 3,
        ColumnType::Time(digits) => 3 + fraction_bytes(digits),
        ColumnType::Datetime(digits) => 5 + fraction_bytes(digits),
        ColumnType::Timestamp(digits) => 4 + fraction_bytes(digits),
        ColumnType::Uuid => 16,
        ColumnType::Enum { values, .. } => {
            if values.len() > 255 {
                2
            } else {
                1
            }
        }
        ColumnType::Char(_)
        | ColumnType::Varchar(_)
        | ColumnType::Text(_)
        | ColumnType::Binary(_)
        | ColumnType::Varbinary(_)
        | ColumnType::Blob(_)
        | ColumnType::Json
        | ColumnType::Other(_) => 0,
    }
}

/// Returns the bytes that count towards the 65 535 of a row: long text and blobs with their pointer only.
pub(crate) fn row_bytes(ty: &ColumnType, bytes_per_char: u64) -> u64 {
    let length_bytes = |bytes: u64| if bytes > 255 { bytes + 2 } else { bytes + 1 };
    match ty {
        ColumnType::Char(length) => u64::from(*length) * bytes_per_char,
        ColumnType::Varchar(length) => length_bytes(u64::from(*length) * bytes_per_char),
        ColumnType::Binary(length) => u64::from(*length),
        ColumnType::Varbinary(length) => length_bytes(u64::from(*length)),
        ColumnType::Text(size) | ColumnType::Blob(size) => {
            8 + match size {
                Size::Tiny => 1,
                Size::Regular => 2,
                Size::Medium => 3,
                Size::Long => 4,
            }
        }
        ColumnType::Json => 12,
        fixed => fixed_bytes(fixed),
    }
}

/// Returns the bytes that a column takes at most inside a page of InnoDB, as the server counts when it creates the table.
///
/// MySQL counts 40 bytes of every long value. MariaDB counts the 20 of a pointer for values that may lie outside of the
/// page, and everything for those of at most 255 bytes, which may not. Both were measured (MySQL 9.7, MariaDB 10.11).
pub(crate) fn page_bytes(ty: &ColumnType, bytes_per_char: u64, server: Server) -> u64 {
    let variable = |bytes: u64| match server {
        Server::MariaDb if bytes > 255 => 21,
        Server::MariaDb => bytes + 1,
        Server::MySql | Server::Postgres | Server::Sqlite => bytes.min(40) + 1,
    };
    match ty {
        // A `char` of a charset with several bytes per character is stored like a `varchar`.
        ColumnType::Char(length) if bytes_per_char == 1 => u64::from(*length),
        ColumnType::Char(length) | ColumnType::Varchar(length) => variable(u64::from(*length) * bytes_per_char),
        ColumnType::Binary(length) => u64::from(*length),
        ColumnType::Varbinary(length) => variable(u64::from(*length)),
        ColumnType::Text(_) | ColumnType::Blob(_) | ColumnType::Json => variable(u64::MAX),
        fixed => fixed_bytes(fixed),
    }
}
