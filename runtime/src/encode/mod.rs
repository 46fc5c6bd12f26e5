//! Values on their way into a column: one encoder for the `contents` of lookup tables and for every insert and update.
//!
//! What the type means is said by [`djc_core::contents`]; here stands what only a live database knows: the charset of the column.

mod charset;

use djc_core::catalog::{Column, ColumnType};
use djc_core::contents::literal;
use djc_core::dialect::Server;
use djc_core::ir::{AttributeType, Generation};
use djc_core::value::Value;

use crate::db::Db;
use crate::error::SqlError;
use crate::value::SqlValue;

pub(crate) use charset::{charset_of, first_unholdable};

/// An attribute and the column that holds it on one server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    /// What the attribute was declared as.
    pub ty: &'a AttributeType,
    /// What the type means.
    pub generation: Generation,
    /// What the server made of it.
    pub column: &'a Column,
    /// Which server.
    pub server: Server,
    /// The charset of the column, where it is known.
    pub charset: Option<&'a str>,
}

impl Slot<'_> {
    /// Returns the value as it is bound, or `None` where the column's default is meant.
    ///
    /// # Errors
    /// What the column cannot hold: a sentence without a capital and a period.
    pub fn encode(&self, value: &Value) -> Result<Option<SqlValue>, String> {
        let literal = literal(value, self.ty, &self.column.ty, self.generation, self.server)?;
        let value = SqlValue::from_literal(literal);
        if let (Some(SqlValue::Text(text)), true) = (&value, self.server.is_mysql_family()) {
            // JSON has no charset of its own there.
            let charset = if self.column.ty == ColumnType::Json { "utf8mb4" } else { self.charset.unwrap_or("utf8mb4") };
            if let Some(c) = first_unholdable(text, charset) {
                return Err(format!("the charset {charset} of the column cannot hold the character {c:?}"));
            }
        }
        Ok(value)
    }
}

/// Returns what a value takes in a packet, about.
pub(crate) fn size(value: &SqlValue) -> usize {
    match value {
        SqlValue::Null | SqlValue::Bool(_) | SqlValue::I64(_) | SqlValue::U64(_) | SqlValue::F64(_) => 12,
        SqlValue::Text(text) => text.len() + 12,
        SqlValue::Bytes(bytes) => bytes.len() + 12,
    }
}

/// Returns the greatest statement that the server takes, in bytes.
pub(crate) async fn packet_max(db: &mut Db) -> Result<usize, SqlError> {
    match db.server() {
        Server::MySql | Server::MariaDb => {
            let rows = db.query("SELECT @@max_allowed_packet AS a", &[]).await?;
            let bytes = rows.first().map_or(Ok(0), |row| row.u64(0))?;
            Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
        }
        Server::Postgres | Server::Sqlite => Ok(64 << 20),
    }
}
