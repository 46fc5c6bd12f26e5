//! What becomes of values when a column gets another type.
//!
//! The server converts between numbers and text by itself, and leaves in a column what it cannot read as the column's kind.

use super::super::types::type_sql;
use crate::catalog::Column;

/// What a declared type holds, as far as texts have to be written differently for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declared {
    Date,
    /// With the digits of the second's fraction.
    Moment(usize),
    Time,
    Uuid,
    Decimal,
    Other,
}

fn declared(column: &Column) -> Declared {
    let text = column.declared.as_deref().unwrap_or_default().trim().to_ascii_lowercase();
    let (word, arguments) = text.split_once('(').unwrap_or((&text, ""));
    let digits = arguments.trim_end_matches(')').trim().parse().unwrap_or(0);
    match word.trim() {
        "date" => Declared::Date,
        "datetime" | "timestamp" => Declared::Moment(digits),
        "time" => Declared::Time,
        "uuid" => Declared::Uuid,
        "decimal" | "numeric" | "dec" | "fixed" => Declared::Decimal,
        _ => Declared::Other,
    }
}

/// Returns the expression with its value made one for the other column.
pub(super) fn conversion(value: &str, from: &Column, to: &Column) -> String {
    match (type_sql(&from.ty), type_sql(&to.ty)) {
        ("TEXT", "TEXT") => match (declared(from), declared(to)) {
            (Declared::Moment(_), Declared::Date) => format!("substr({value}, 1, 10)"),
            (Declared::Moment(_), Declared::Time) => format!("substr({value}, 12)"),
            (Declared::Date, Declared::Moment(_)) => format!("{value} || ' 00:00:00'"),
            (Declared::Moment(had), Declared::Moment(keeps)) if keeps < had => {
                format!("substr({value}, 1, {})", if keeps == 0 { 19 } else { 20 + keeps })
            }
            _ => value.to_string(),
        },
        ("REAL", "INTEGER") => format!("CAST(round({value}) AS INTEGER)"),
        ("TEXT", "INTEGER") if declared(from) == Declared::Decimal => format!("CAST(round({value}) AS INTEGER)"),
        ("BLOB", "TEXT") if declared(from) == Declared::Uuid => {
            let hex = |from: u8, length: u8| format!("substr(lower(hex({value})), {from}, {length})");
            let groups = [hex(1, 8), hex(9, 4), hex(13, 4), hex(17, 4), hex(21, 12)];
            format!("CASE WHEN {value} IS NOT NULL THEN {} END", groups.join(" || '-' || "))
        }
        ("TEXT", "BLOB") if declared(to) == Declared::Uuid => format!("unhex(replace({value}, '-', ''))"),
        ("BLOB", other @ ("TEXT" | "INTEGER" | "REAL")) => format!("CAST({value} AS {other})"),
        ("TEXT" | "INTEGER" | "REAL", "BLOB") => format!("CAST({value} AS BLOB)"),
        _ => value.to_string(),
    }
}
