//! Constants in the SQL of SQLite.

use crate::catalog::ColumnType;
use crate::dialect::Quoting;
use crate::plan::Literal;

pub(super) fn literal_sql(literal: &Literal, _ty: &ColumnType) -> String {
    match literal {
        Literal::Null => "NULL".to_string(),
        // The server has no DEFAULT as a value; whoever writes a row leaves such a column out.
        Literal::Default => "NULL".to_string(),
        Literal::Bool(value) => u8::from(*value).to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Real(value) if value.is_infinite() => if *value > 0.0 { "9e999" } else { "-9e999" }.to_string(),
        Literal::Real(value) => format!("{value:?}"),
        Literal::Text(text) => Quoting::Standard.text(text),
        Literal::Bytes(bytes) => format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>()),
    }
}
