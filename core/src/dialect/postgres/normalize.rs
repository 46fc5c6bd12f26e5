//! One spelling per meaning on PostgreSQL.

use crate::catalog::{Column, ColumnDefault, ColumnType, Table};
use crate::dialect::normal::{self, Rules};
use crate::ir::Size;

pub(super) fn normalize(table: &mut Table) {
    for column in &mut table.columns {
        column_type(&mut column.ty);
        default(column);
    }
    table.engine = None;
    normal::table(table, &Rules { index_names: false, no_action_restricts: false, keeps_declared: false });
}

fn column_type(ty: &mut ColumnType) {
    match ty {
        ColumnType::Time(digits) | ColumnType::Datetime(digits) if *digits == Some(6) => *digits = None,
        ColumnType::Timestamp(digits) => *ty = ColumnType::Datetime(digits.filter(|digits| *digits != 6)),
        ColumnType::Integer { bits, unsigned, display_width } => {
            *bits = if *bits <= 16 {
                16
            } else if *bits <= 32 {
                32
            } else {
                64
            };
            (*unsigned, *display_width) = (false, None);
        }
        ColumnType::Text(size) | ColumnType::Blob(size) => *size = Size::Long,
        ColumnType::Time(_)
        | ColumnType::Datetime(_)
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Char(_)
        | ColumnType::Varchar(_)
        | ColumnType::Binary(_)
        | ColumnType::Varbinary(_)
        | ColumnType::Boolean
        | ColumnType::Date
        | ColumnType::Year
        | ColumnType::Json
        | ColumnType::Uuid
        | ColumnType::Enum { .. }
        | ColumnType::Other(_) => {}
    }
}

/// Reads constants as `pg_get_expr` writes them: `'x'::character varying`, `'-1.5'::numeric`, `5`, `true`, `NULL::text`.
fn default(column: &mut Column) {
    if matches!(&column.default, ColumnDefault::Expression(text) if text.starts_with("nextval(")) {
        column.default = ColumnDefault::None;
        column.auto_increment = true;
    }
    normal::read_expression(column, |text| {
        let text = text.trim();
        let constant = without_casts(text);
        if constant.eq_ignore_ascii_case("null") {
            return Some(ColumnDefault::Null);
        }
        if let Some(digits) = normal::current_timestamp(constant) {
            return Some(ColumnDefault::CurrentTimestamp(digits));
        }
        if let Some(constant) = normal::string_literal(constant, false) {
            return Some(ColumnDefault::Literal(constant));
        }
        // Backslashes make `pg_get_expr` write `E'…'` with both kinds of escapes.
        if let Some(constant) = constant.strip_prefix('E').and_then(|literal| normal::string_literal(literal, true)) {
            return Some(ColumnDefault::Literal(constant));
        }
        let bare = constant.trim_start_matches('(').trim_end_matches(')');
        let word = matches!(bare, "true" | "false");
        (word || bare.parse::<f64>().is_ok()).then(|| ColumnDefault::Literal(bare.to_string()))
    });
}

/// Takes `::type` away from the end, as often as it stands there, and parentheses around what is left.
fn without_casts(text: &str) -> &str {
    let mut rest = text.trim();
    loop {
        let Some(at) = rest.rfind("::") else { return rest };
        let (constant, ty) = (&rest[..at], &rest[at + 2..]);
        // Inside a quoted text `::` is text.
        let is_type = !ty.contains('\'') && !constant.is_empty() && constant.matches('\'').count() % 2 == 0;
        if !is_type {
            return rest;
        }
        rest = constant.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(constant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_are_taken_away_outside_of_quotes() {
        for (text, plain) in [
            ("'x'::character varying", "'x'"),
            ("'a::b'::character varying", "'a::b'"),
            ("('x'::character varying)::text", "'x'"),
            ("NULL::timestamp without time zone", "NULL"),
            ("CURRENT_TIMESTAMP(3)", "CURRENT_TIMESTAMP(3)"),
            ("'-1.5'::double precision", "'-1.5'"),
        ] {
            assert_eq!(without_casts(text), plain);
        }
    }
}
