//! One spelling per meaning on the MySQL family.

use super::Flavor;
use crate::catalog::{Column, ColumnDefault, ColumnType, IndexPart, Table};
use crate::dialect::normal::{self, Rules};

pub(super) fn normalize(table: &mut Table, flavor: Flavor) {
    for column in &mut table.columns {
        column_type(&mut column.ty, flavor);
        if column.ty == ColumnType::Json {
            // MariaDB keeps json as longtext in utf8mb4_bin.
            column.charset = None;
        }
        default(column);
        three_bytes(&mut column.comment);
        if let ColumnType::Enum { values, .. } = &mut column.ty {
            values.iter_mut().for_each(three_bytes);
        }
    }
    three_bytes(&mut table.comment);
    for part in table.indexes.iter_mut().flat_map(|index| &mut index.parts) {
        if let IndexPart::Expression(text) = part {
            *text = expression(text);
        }
    }
    normal::table(table, &Rules { index_names: true, no_action_restricts: true, keeps_declared: false });
}

/// What describes tables is kept in a charset of three bytes, with `?` for what that lacks; MySQL 9.7 does so as well as MariaDB. The
/// values of an enum are whole inside the table and are only shown so.
fn three_bytes(text: &mut String) {
    if text.chars().any(|c| c > '\u{ffff}') {
        *text = text.chars().map(|c| if c > '\u{ffff}' { '?' } else { c }).collect();
    }
}

/// Brings a type to one spelling.
pub(super) fn column_type(ty: &mut ColumnType, flavor: Flavor) {
    match ty {
        ColumnType::Integer { bits, unsigned, display_width } => {
            let default = match (*bits, *unsigned) {
                (8, false) => 4,
                (8, true) => 3,
                (16, false) => 6,
                (16, true) => 5,
                (24, false) => 9,
                (24, true) => 8,
                (32, false) => 11,
                (32, true) => 10,
                _ => 20,
            };
            let truth = *bits == 8 && !*unsigned && *display_width == Some(1);
            // MySQL shows no width but that of `tinyint(1)`, MariaDB always one.
            if !truth && (flavor == Flavor::MySql || *display_width == Some(default)) {
                *display_width = None;
            }
        }
        ColumnType::Decimal { precision, .. } => *precision = Some(precision.unwrap_or(10)),
        ColumnType::Time(digits) | ColumnType::Datetime(digits) | ColumnType::Timestamp(digits) if *digits == Some(0) => *digits = None,
        ColumnType::Boolean => *ty = ColumnType::Integer { bits: 8, unsigned: false, display_width: Some(1) },
        ColumnType::Uuid => *ty = ColumnType::Binary(16),
        ColumnType::Time(_)
        | ColumnType::Datetime(_)
        | ColumnType::Timestamp(_)
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Char(_)
        | ColumnType::Varchar(_)
        | ColumnType::Text(_)
        | ColumnType::Binary(_)
        | ColumnType::Varbinary(_)
        | ColumnType::Blob(_)
        | ColumnType::Date
        | ColumnType::Year
        | ColumnType::Json
        | ColumnType::Enum { .. }
        | ColumnType::Other(_) => {}
    }
}

/// Brings an expression to one spelling: MySQL quotes the names in it, takes blanks away and puts parentheses around.
fn expression(text: &str) -> String {
    let plain: String = text.replace("\\'", "'").chars().filter(|c| !c.is_whitespace() && *c != '`').collect();
    let mut inner = plain.to_ascii_lowercase();
    while let Some(rest) = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|rest| !rest.contains(['(', ')'])) {
        inner = rest.to_string();
    }
    inner
}

/// Reads constants in the spelling of MariaDB's information schema: `'x'`, `5`, `NULL`, `current_timestamp(3)`.
fn default(column: &mut Column) {
    normal::read_expression(column, |text| {
        let text = text.trim();
        if text.eq_ignore_ascii_case("null") {
            return Some(ColumnDefault::Null);
        }
        if let Some(digits) = normal::current_timestamp(text) {
            return Some(ColumnDefault::CurrentTimestamp(digits));
        }
        if let Some(constant) = normal::string_literal(text, true) {
            return Some(ColumnDefault::Literal(constant));
        }
        text.parse::<f64>().is_ok().then(|| ColumnDefault::Literal(text.to_string()))
    });
}
