//! Constants in the SQL of the MySQL family.

use crate::catalog::ColumnType;
use crate::dialect::Quoting;
use crate::plan::Literal;

/// Returns the constant; what stands beside text is text, or the server would compare or convert as numbers.
pub(super) fn literal_sql(literal: &Literal, ty: &ColumnType) -> String {
    match literal {
        Literal::Null => "NULL".to_string(),
        Literal::Default => "DEFAULT".to_string(),
        Literal::Bool(value) => u8::from(*value).to_string(),
        Literal::Integer(value) if ty.is_text() => Quoting::MySql.text(&value.to_string()),
        Literal::Integer(value) => value.to_string(),
        Literal::Real(value) if ty.is_text() => Quoting::MySql.text(&value.to_string()),
        Literal::Real(value) => format!("{value:?}"),
        Literal::Text(text) => Quoting::MySql.text(text),
        Literal::Bytes(bytes) => format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>()),
    }
}
