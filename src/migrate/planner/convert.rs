//! What becomes of the values of a column whose type changes.
//!
//! A type that takes every value of the old one, and one that takes those that a check finds fitting, is changed in place: nothing is lost, and a
//! rollback has nothing to bring back. Anything else is converted into a second column while the old one keeps its values.

use djc_core::catalog::{Column, ColumnType};
use djc_core::dialect::Server;
use djc_core::diff::TypeEffect;
use djc_core::ir::type_text::{self, TypeContext};
use djc_core::ir::{Generation, Size};
use djc_core::plan::CheckKind;

/// How values get from one type to another.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Conversion {
    /// They stay what they are where the checks find none that does not fit.
    InPlace(Vec<CheckKind>),
    /// They become something else.
    Through(Vec<CheckKind>),
    /// The server has no conversion, or one that datajoint would not read.
    Impossible,
}

/// Returns how the values of one column become those of the other.
pub(super) fn conversion(from: &Column, to: &Column, server: Server) -> Conversion {
    use ColumnType as T;
    let (a, b) = (meaning(from, server), meaning(to, server));
    let column = || from.name.clone();
    match TypeEffect::between(&a, &b) {
        TypeEffect::Same | TypeEffect::Widened => return Conversion::InPlace(Vec::new()),
        TypeEffect::Narrowed | TypeEffect::Changed => {}
    }
    let range = |(min, max): (String, String)| CheckKind::OutOfRange { column: column(), min, max };
    // SQLite has few types; there the definition says which one is meant.
    let written = || match (server, &to.declared) {
        (Server::Sqlite, Some(declared)) => declared.clone(),
        _ => server.dialect().type_sql(&to.ty),
    };
    let not_of_type = || CheckKind::NotOfType { column: column(), ty: written() };
    let too_long = |max: u64, bytes: bool| CheckKind::TooLong { column: column(), max, bytes };
    match (&a, &b) {
        (T::Integer { .. } | T::Boolean, T::Integer { bits, unsigned, .. }) => Conversion::InPlace(vec![range(integers(*bits, *unsigned))]),
        (T::Integer { .. }, T::Boolean) => Conversion::Through(vec![range(("0".to_string(), "1".to_string()))]),
        (T::Integer { .. }, T::Decimal { precision, scale, unsigned, .. }) => {
            Conversion::Through(decimals(*precision, *scale, *unsigned).map(range).into_iter().collect())
        }
        (T::Integer { .. } | T::Decimal { .. }, T::Float { .. } | T::Double { .. }) => Conversion::Through(Vec::new()),
        (T::Decimal { .. }, T::Decimal { precision, scale, unsigned, .. }) => {
            let mut checks: Vec<CheckKind> = decimals(*precision, *scale, *unsigned).map(range).into_iter().collect();
            checks.push(CheckKind::LosesDigits { column: column(), digits: *scale });
            Conversion::InPlace(checks)
        }
        (T::Decimal { .. } | T::Float { .. } | T::Double { .. }, T::Integer { bits, unsigned, .. }) => {
            Conversion::Through(vec![range(integers(*bits, *unsigned)), CheckKind::LosesDigits { column: column(), digits: 0 }])
        }
        (T::Float { .. } | T::Double { .. }, T::Decimal { precision, scale, unsigned, .. }) => {
            Conversion::Through(decimals(*precision, *scale, *unsigned).map(range).into_iter().collect())
        }
        (T::Float { .. } | T::Double { .. }, T::Float { .. } | T::Double { .. }) => Conversion::Through(Vec::new()),
        (T::Time(_), T::Time(digits)) | (T::Datetime(_), T::Datetime(digits)) | (T::Timestamp(_), T::Timestamp(digits)) => {
            Conversion::InPlace(vec![CheckKind::LosesDigits { column: column(), digits: u32::from(digits.unwrap_or(0)) }])
        }
        (T::Datetime(_), T::Timestamp(_)) => {
            Conversion::Through(vec![range(("'1970-01-02 00:00:00'".to_string(), "'2038-01-18 00:00:00'".to_string()))])
        }
        (T::Timestamp(_) | T::Datetime(_) | T::Date, T::Datetime(_) | T::Date | T::Timestamp(_)) => Conversion::Through(Vec::new()),
        (T::Enum { values, .. }, T::Enum { values: left, .. }) if values.iter().any(|value| !left.contains(value)) => {
            Conversion::InPlace(vec![CheckKind::NotInEnum { column: column(), values: left.clone() }])
        }
        (T::Char(_) | T::Varchar(_) | T::Text(_), T::Enum { values, .. }) => {
            Conversion::InPlace(vec![CheckKind::NotInEnum { column: column(), values: values.clone() }])
        }
        (T::Enum { values, .. }, text) if text_max(text).is_some() => {
            let (max, bytes) = text_max(text).expect("it was asked for");
            let longest = values.iter().map(|value| if bytes { value.len() } else { value.chars().count() }).max().unwrap_or(0);
            Conversion::InPlace(if longest as u64 <= max { Vec::new() } else { vec![too_long(max, bytes)] })
        }
        (T::Char(_) | T::Varchar(_) | T::Text(_), text) if text_max(text).is_some() => {
            let (max, bytes) = text_max(text).expect("it was asked for");
            Conversion::InPlace(vec![too_long(max, bytes)])
        }
        (T::Binary(_) | T::Varbinary(_) | T::Blob(_), T::Binary(max) | T::Varbinary(max)) => {
            Conversion::InPlace(vec![too_long(u64::from(*max), true)])
        }
        (T::Binary(_) | T::Varbinary(_) | T::Blob(_), T::Blob(size)) => Conversion::InPlace(vec![too_long(bytes_of(*size), true)]),
        // A number, a moment or a JSON value as the server writes it.
        (
            T::Integer { .. }
            | T::Decimal { .. }
            | T::Float { .. }
            | T::Double { .. }
            | T::Date
            | T::Time(_)
            | T::Datetime(_)
            | T::Timestamp(_)
            | T::Year
            | T::Boolean
            | T::Json
            | T::Uuid,
            text,
        ) if text_max(text).is_some() && !(a == T::Uuid && server != Server::Postgres) => {
            let (max, bytes) = text_max(text).expect("it was asked for");
            Conversion::Through(vec![too_long(max, bytes)])
        }
        // A text that is to be read.
        (
            T::Char(_) | T::Varchar(_) | T::Text(_) | T::Enum { .. },
            T::Integer { .. }
            | T::Decimal { .. }
            | T::Float { .. }
            | T::Double { .. }
            | T::Date
            | T::Time(_)
            | T::Datetime(_)
            | T::Timestamp(_)
            | T::Json,
        ) => Conversion::Through(vec![not_of_type()]),
        (T::Char(_) | T::Varchar(_) | T::Text(_), T::Uuid | T::Boolean) if server == Server::Postgres => {
            Conversion::Through(vec![not_of_type()])
        }
        _ => Conversion::Impossible,
    }
}

/// Returns whether equal values of the two columns are equal for the server.
pub(super) fn is_comparable(one: &Column, other: &Column, server: Server) -> bool {
    let (one, other) = (meaning(one, server), meaning(other, server));
    match server {
        // A day and its midnight are two texts there.
        Server::Sqlite => one == other,
        Server::MySql | Server::MariaDb | Server::Postgres => TypeEffect::between(&one, &other) != TypeEffect::Changed,
    }
}

/// Returns the type by which values are judged: that of the server, and on SQLite, which has few, what the definition says.
fn meaning(column: &Column, server: Server) -> ColumnType {
    let ty = match (&column.ty, server) {
        (ColumnType::Enum { .. } | ColumnType::Json, _) | (_, Server::MySql | Server::MariaDb | Server::Postgres) => column.ty.clone(),
        (_, Server::Sqlite) => declared(column).unwrap_or_else(|| column.ty.clone()),
    };
    // No digits are six of them on PostgreSQL.
    match (ty, server) {
        (ColumnType::Time(None), Server::Postgres) => ColumnType::Time(Some(6)),
        (ColumnType::Datetime(None), Server::Postgres) => ColumnType::Datetime(Some(6)),
        (ty, _) => ty,
    }
}

fn declared(column: &Column) -> Option<ColumnType> {
    let text = column.declared.as_deref()?;
    [Generation::Classic, Generation::Modern].into_iter().find_map(|generation| {
        let ty = type_text::parse(text, generation, &TypeContext::default()).ok()?.ty;
        Server::MariaDb.dialect().column_type(&ty, generation).ok()
    })
}

fn integers(bits: u8, unsigned: bool) -> (String, String) {
    let all = 1i128 << bits;
    let (min, max) = if unsigned { (0, all - 1) } else { (-all / 2, all / 2 - 1) };
    (min.to_string(), max.to_string())
}

/// Returns the least and greatest value of a fixed-point type; `None` where there is no limit.
fn decimals(precision: Option<u32>, scale: u32, unsigned: bool) -> Option<(String, String)> {
    let whole = "9".repeat(precision?.saturating_sub(scale).max(1) as usize);
    let whole = if precision? <= scale { "0".to_string() } else { whole };
    let max = if scale == 0 { whole } else { format!("{whole}.{}", "9".repeat(scale as usize)) };
    Some((if unsigned { "0".to_string() } else { format!("-{max}") }, max))
}

/// Returns how much text a type takes, and whether that is bytes.
fn text_max(ty: &ColumnType) -> Option<(u64, bool)> {
    match ty {
        ColumnType::Char(length) | ColumnType::Varchar(length) => Some((u64::from(*length), false)),
        ColumnType::Text(size) => Some((bytes_of(*size), true)),
        _ => None,
    }
}

fn bytes_of(size: Size) -> u64 {
    match size {
        Size::Tiny => 255,
        Size::Regular => 65_535,
        Size::Medium => (1 << 24) - 1,
        Size::Long => (1 << 32) - 1,
    }
}
