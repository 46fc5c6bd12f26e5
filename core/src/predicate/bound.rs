//! What stands for a value in a statement.

use crate::catalog::ColumnType;
use crate::dialect::Server;
use crate::plan::Literal;

/// How many values a statement binds: SQLite takes 32766, the other servers 65535.
const BOUND_MAX: usize = 30_000;

/// Takes a value and returns what stands for it in the statement: a placeholder, and behind very many of those the constant itself, so that a list of
/// keys may be as long as it is.
pub(crate) fn bound(server: Server, literal: Literal, values: &mut Vec<Literal>) -> String {
    if values.len() >= BOUND_MAX && can_be_written(&literal) {
        return server.dialect().literal_sql(&literal, &ColumnType::Other(String::new()));
    }
    values.push(literal);
    match server {
        Server::MySql | Server::MariaDb | Server::Sqlite => "?".to_string(),
        Server::Postgres => format!("${}", values.len()),
    }
}

/// Whether every server reads the constant as it is bound.
fn can_be_written(literal: &Literal) -> bool {
    match literal {
        Literal::Null | Literal::Bool(_) | Literal::Integer(_) | Literal::Bytes(_) => true,
        Literal::Real(number) => number.is_finite(),
        // A statement of SQLite ends at its first NUL.
        Literal::Text(text) => !text.contains('\0'),
        Literal::Default => false,
    }
}
