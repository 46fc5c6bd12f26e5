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
        | ColumnType::Enum { .. }
        | ColumnType::Other(_) => "TEXT",
        ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_) | ColumnType::Uuid => "BLOB",
    }
}
