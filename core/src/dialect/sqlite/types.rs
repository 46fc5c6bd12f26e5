//! What SQLite stores each type as.

use crate::catalog::ColumnType;
use crate::dialect::Unsupported;
use crate::ir::{AttributeType, Size};

pub(super) fn column_type(ty: &AttributeType) -> Result<ColumnType, Unsupported> {
    Ok(match ty {
        AttributeType::Integer(_) | AttributeType::Serial | AttributeType::CoreInteger(_) | AttributeType::Bool | AttributeType::Year => {
            ColumnType::Integer { bits: 64, unsigned: false, display_width: None }
        }
        AttributeType::Float(_) | AttributeType::CoreFloat(_) => ColumnType::Double { arguments: None, unsigned: false },
        AttributeType::Decimal(_)
        | AttributeType::Char(_)
        | AttributeType::Varchar(_)
        | AttributeType::Text(_)
        | AttributeType::Date
        | AttributeType::Datetime(_)
        | AttributeType::Time(_)
        | AttributeType::Timestamp(_) => ColumnType::Text(Size::Long),
        AttributeType::Enum(_) => ColumnType::Enum { name: None, values: Vec::new() },
        AttributeType::Json => ColumnType::Json,
        AttributeType::Uuid | AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Attach | AttributeType::External(_) => {
            ColumnType::Blob(Size::Long)
        }
        AttributeType::Adapted { stored, .. } => column_type(stored)?,
        AttributeType::Codec(codec) => column_type(&codec.stored)?,
        AttributeType::Invalid => return Err(Unsupported { reason: "the type could not be read".to_string() }),
    })
}

/// Returns the storage class.
pub(super) fn type_sql(ty: &ColumnType) -> &'static str {
    match ty {
        ColumnType::Integer { .. } | ColumnType::Boolean | ColumnType::Year => "INTEGER",
        ColumnType::Float { .. } | ColumnType::Double { .. } => "REAL",
        ColumnType::Decimal { .. }
        | ColumnType::Char(_)
        | ColumnType::Varchar(_)
        | ColumnType::Text(_)
        | ColumnType::Date
        | ColumnType::Time(_)
        | ColumnType::Datetime(_)
        | ColumnType::Timestamp(_)
        | ColumnType::Json
        | ColumnType::Enum { .. } => "TEXT",
        ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_) | ColumnType::Uuid => "BLOB",
        ColumnType::Other(text) => affinity(text),
    }
}

/// Returns the storage class of a column whose type somebody else spelled: SQLite's rules of affinity, in their order. What they call numeric is what
/// programs store under such names: days as texts, truth values as whole numbers, and numbers.
fn affinity(text: &str) -> &'static str {
    let text = text.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if has(&["INT"]) => "INTEGER",
        () if has(&["CHAR", "CLOB", "TEXT"]) => "TEXT",
        () if text.is_empty() || has(&["BLOB"]) => "BLOB",
        () if has(&["REAL", "FLOA", "DOUB"]) => "REAL",
        () if has(&["DATE", "TIME", "JSON", "ENUM"]) => "TEXT",
        () if has(&["BOOL"]) => "INTEGER",
        () => "REAL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_others_are_what_sqlite_keeps_in_them() {
        for (text, class) in [
            ("int", "INTEGER"),
            ("BIGINT UNSIGNED", "INTEGER"),
            ("varchar(8)", "TEXT"),
            ("NVARCHAR", "TEXT"),
            ("", "BLOB"),
            ("LONGBLOB", "BLOB"),
            ("double precision", "REAL"),
            ("decimal(5,2)", "REAL"),
            ("datetime", "TEXT"),
            ("boolean", "INTEGER"),
        ] {
            assert_eq!(type_sql(&ColumnType::Other(text.to_string())), class, "{text}");
        }
    }
}
