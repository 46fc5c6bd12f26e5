//! Constants in the SQL of the MySQL family.

use crate::catalog::ColumnType;
use crate::dialect::Quoting;
use crate::plan::Literal;

pub(super) fn literal_sql(literal: &Literal, _ty: &ColumnType) -> String {
    match literal {
        Literal::Null => "NULL".to_string(),
        Literal::Default => "DEFAULT".to_string(),
        Literal::Bool(value) => u8::from(*value).to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Real(value) => format!("{value:?}"),
        Literal::Text(text) => Quoting::MySql.text(text),
        Literal::Bytes(bytes) => format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>()),
    }
}
