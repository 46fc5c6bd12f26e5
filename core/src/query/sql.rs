//! A statement with its values.

use super::Attribute;
use crate::catalog::ColumnType;
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
    ///
    /// A query for a key without attributes returns one column that means nothing, so that there is something to count.
    pub columns: Vec<Attribute>,
}

impl std::fmt::Display for Sql {
    /// Writes the statement with its values in it, as one could paste it into a client.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dialect = self.server.dialect();
        let unknown = ColumnType::Other(String::new());
        let literal = |at: usize| self.values.get(at).map(|literal| dialect.literal_sql(literal, &unknown));
        let mut next = 0;
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find(['?', '$', '\'', '"', '`']) {
            let (before, here) = rest.split_at(at);
            f.write_str(before)?;
            let length = match here.as_bytes()[0] {
                quote @ (b'\'' | b'"' | b'`') => self.quoted(here, quote),
                b'$' => 1 + here[1..].bytes().take_while(u8::is_ascii_digit).count(),
                _ => 1,
            };
            let (piece, behind) = here.split_at(length);
            let value = match (piece.as_bytes()[0], self.server) {
                (b'?', Server::MySql | Server::MariaDb | Server::Sqlite) => {
                    next += 1;
                    literal(next - 1)
                }
                (b'$', Server::Postgres) => piece[1..].parse::<usize>().ok().and_then(|number| literal(number.checked_sub(1)?)),
                (_, _) => None,
            };
            f.write_str(value.as_deref().unwrap_or(piece))?;
            rest = behind;
        }
        f.write_str(rest)
    }
}

impl Sql {
    /// Returns the length of a quoted name or text at the head of `text`.
    fn quoted(&self, text: &str, quote: u8) -> usize {
        let escapes = self.server.is_mysql_family() && quote != b'`';
        let bytes = text.as_bytes();
        let mut at = 1;
        while at < bytes.len() && bytes[at] != quote {
            at += if escapes && bytes[at] == b'\\' { 2 } else { 1 };
        }
        (at + 1).min(bytes.len())
    }
}
