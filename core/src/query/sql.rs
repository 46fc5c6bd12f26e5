//! A statement with its values.

use super::Attribute;
use crate::dialect::Server;
use crate::plan::Literal;

/// SQL with placeholders, the values for them, and what comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Sql {
    /// The server it is for.
    pub server: Server,
    /// The text; `?`, on PostgreSQL `$1`, stands for a value.
    pub text: String,
    /// The values, in order of their placeholders.
    pub values: Vec<Literal>,
    /// What the result has, in order of its columns; empty for a statement that returns no rows.
    pub columns: Vec<Attribute>,
}

impl std::fmt::Display for Sql {
    /// Writes the statement with its values in it, as one could paste it into a client.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = f;
        todo!("algebra")
    }
}
