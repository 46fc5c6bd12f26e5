//! What becomes of values when a column gets another type.

use super::{bare_type_sql, type_sql};
use crate::catalog::ColumnType;

/// What the server's casts go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Bytes,
    Boolean,
    Date,
    Moment,
    Time,
    Json,
    Uuid,
    Enum,
    Other,
}

fn kind(ty: &ColumnType) -> Kind {
    match ty {
        ColumnType::Integer { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Year => Kind::Number,
        ColumnType::Char(_) | ColumnType::Varchar(_) | ColumnType::Text(_) | ColumnType::Enum { name: None, .. } => Kind::Text,
        ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_) => Kind::Bytes,
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::Date => Kind::Date,
        ColumnType::Datetime(_) | ColumnType::Timestamp(_) => Kind::Moment,
        ColumnType::Time(_) => Kind::Time,
        ColumnType::Json => Kind::Json,
        ColumnType::Uuid => Kind::Uuid,
        ColumnType::Enum { name: Some(_), .. } => Kind::Enum,
        ColumnType::Other(_) => Kind::Other,
    }
}

/// Returns the expression that makes a value of the one type one of the other; `None` where the server's cast of an assignment does.
///
/// That cast refuses what does not fit, so it is taken wherever there is one, and no cast here says a length or digits.
pub(super) fn conversion(value: &str, from: &ColumnType, to: &ColumnType) -> Option<String> {
    let cast = || Some(format!("{value}::{}", bare_type_sql(to)));
    let by_text = || Some(format!("{value}::text::{}", bare_type_sql(to)));
    match (kind(from), kind(to)) {
        _ if type_sql(from) == type_sql(to) => None,
        (Kind::Bytes, Kind::Text) => Some(format!("convert_from({value}, 'UTF8')")),
        (Kind::Text, Kind::Bytes) => Some(format!("convert_to({value}, 'UTF8')")),
        (Kind::Uuid, Kind::Bytes) => Some(format!("uuid_send({value})")),
        (Kind::Bytes, Kind::Uuid) => Some(format!("encode({value}, 'hex')::uuid")),
        (_, Kind::Text) => None,
        (Kind::Text, _) => cast(),
        (Kind::Number, Kind::Boolean) => Some(format!("{value} <> 0")),
        (Kind::Boolean, Kind::Number) => Some(format!("{value}::integer")),
        (Kind::Number, Kind::Number)
        | (Kind::Date, Kind::Moment)
        | (Kind::Moment, Kind::Date | Kind::Time | Kind::Moment)
        | (Kind::Time, Kind::Time) => None,
        _ => by_text(),
    }
}

/// Returns whether a column can have the other type while its rows stay as they are on disk.
pub(in crate::dialect::postgres) fn keeps_rows(from: &ColumnType, to: &ColumnType) -> bool {
    let digits = |digits: &Option<u8>| digits.unwrap_or(6);
    match (from, to) {
        _ if type_sql(from) == type_sql(to) => true,
        (ColumnType::Varchar(from), ColumnType::Varchar(to)) => to >= from,
        (ColumnType::Varchar(_), ColumnType::Text(_)) => true,
        (ColumnType::Decimal { .. }, ColumnType::Decimal { precision: None, .. }) => true,
        (
            ColumnType::Decimal { precision: Some(from), scale: from_scale, .. },
            ColumnType::Decimal { precision: Some(to), scale: to_scale, .. },
        ) => to >= from && to_scale == from_scale,
        (ColumnType::Time(from), ColumnType::Time(to))
        | (ColumnType::Datetime(from) | ColumnType::Timestamp(from), ColumnType::Datetime(to) | ColumnType::Timestamp(to)) => {
            digits(to) >= digits(from)
        }
        _ => false,
    }
}
