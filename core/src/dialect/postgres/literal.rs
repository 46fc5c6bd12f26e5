//! Constants in the SQL of PostgreSQL.

use crate::catalog::ColumnType;
use crate::dialect::Quoting;
use crate::plan::Literal;

pub(super) fn literal_sql(literal: &Literal, ty: &ColumnType) -> String {
    match literal {
        Literal::Null => "NULL".to_string(),
        Literal::Default => "DEFAULT".to_string(),
        Literal::Bool(value) => if *value { "TRUE" } else { "FALSE" }.to_string(),
        // The server takes no number for a truth value.
        Literal::Integer(value) if *ty == ColumnType::Boolean => if *value == 0 { "FALSE" } else { "TRUE" }.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Real(value) if value.is_nan() => "'NaN'".to_string(),
        Literal::Real(value) if value.is_infinite() => if *value > 0.0 { "'Infinity'" } else { "'-Infinity'" }.to_string(),
        Literal::Real(value) => format!("{value:?}"),
        Literal::Text(text) => Quoting::Standard.text(text),
        Literal::Bytes(bytes) => format!("'\\x{}'::bytea", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>()),
    }
}
