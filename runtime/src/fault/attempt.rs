//! What was tried when a server refused, and how the rows of it are looked for.

use std::sync::Arc;

use djc_core::dialect::{Quoting, Server};
use djc_core::ir::{Table, TableId};
use djc_core::model::{Model, Scope};
use djc_core::predicate::Holds;

use crate::db::Db;
use crate::error::SqlError;
use crate::value::SqlValue;

/// What was tried when a server refused.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Where.
    pub scope: &'a Scope,
    /// What is known of tables.
    pub model: &'a Arc<Model>,
    /// The table.
    pub table: TableId,
    /// What was to be done with its rows.
    pub verb: Verb,
    /// The rows, as they were sent: attributes with the values that were bound. Empty where they are not known.
    pub rows: &'a [Values],
}

/// The values of one row by attribute, as they are bound.
pub type Values = Vec<(String, SqlValue)>;

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Rows are fetched.
    Select,
    /// Rows are inserted.
    Insert,
    /// Rows are changed.
    Update,
    /// Rows are deleted.
    Delete,
}

impl Verb {
    /// Returns the command, which is also the name of the privilege.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Select => "SELECT",
            Verb::Insert => "INSERT",
            Verb::Update => "UPDATE",
            Verb::Delete => "DELETE",
        }
    }
}

/// Conditions on columns, with the values that they bind.
#[derive(Default)]
pub(super) struct Terms {
    pub sql: String,
    pub values: Vec<SqlValue>,
}

impl<'a> Attempt<'a> {
    pub(super) fn server(&self) -> Server {
        self.scope.server
    }

    pub(super) fn quoting(&self) -> Quoting {
        self.server().dialect().facts().quoting
    }

    pub(super) fn own(&self) -> &'a Table {
        self.model.table(self.table)
    }

    /// Returns `module.Class`.
    pub(super) fn name(&self, id: TableId) -> String {
        self.model.display_name(id)
    }

    /// Returns the table in SQL; a schema without a name has no rows either.
    pub(super) fn sql(&self, id: TableId) -> Result<String, SqlError> {
        self.scope.table_sql(self.model, id).map_err(|error| SqlError::Unexpected(error.to_string()))
    }

    /// Returns the attributes of a heading in SQL, with the names that they have.
    pub(super) fn columns(&self, id: TableId) -> String {
        let names = self.model.table(id).heading.attributes.iter().filter(|attribute| !attribute.hidden);
        names.map(|attribute| self.quoting().name(&attribute.name)).collect::<Vec<_>>().join(", ")
    }

    /// Adds the condition that a column of a table has a value.
    pub(super) fn equal(&self, terms: &mut Terms, table: TableId, column: &str, value: &SqlValue) {
        let holds = self.model.table(table).heading.get(column).map_or(Holds::Unknown, |attribute| Holds::of(&attribute.ty));
        let name = self.quoting().name(column);
        if !terms.sql.is_empty() && !terms.sql.ends_with('(') {
            terms.sql.push_str(" AND ");
        }
        if *value == SqlValue::Null {
            terms.sql.push_str(&format!("{name} IS NULL"));
            return;
        }
        terms.values.push(value.clone());
        let at = terms.values.len();
        let is_text = matches!(value, SqlValue::Text(_));
        let term = match (self.server(), holds) {
            (Server::MySql | Server::MariaDb | Server::Sqlite, _) => format!("{name} = ?"),
            (Server::Postgres, Holds::Choice) => format!("CAST({name} AS text) = ${at}"),
            (Server::Postgres, Holds::Day) => format!("{name} = CAST(${at} AS date)"),
            (Server::Postgres, Holds::Moment) => format!("{name} = CAST(${at} AS timestamp)"),
            (Server::Postgres, Holds::Time) => format!("{name} = CAST(${at} AS time)"),
            (Server::Postgres, Holds::Uuid) => format!("{name} = CAST(${at} AS uuid)"),
            (Server::Postgres, Holds::Json) => format!("{name} = CAST(${at} AS jsonb)"),
            (Server::Postgres, Holds::Number | Holds::Decimal) if is_text => format!("{name} = CAST(${at} AS numeric)"),
            (Server::Postgres, _) => format!("{name} = ${at}"),
        };
        terms.sql.push_str(&term);
    }

    /// Returns the first row of a table that has these values.
    pub(super) async fn row(&self, db: &mut Db, table: TableId, values: &[(&str, &SqlValue)]) -> Result<Option<Values>, SqlError> {
        let mut terms = Terms::default();
        for (column, value) in values {
            self.equal(&mut terms, table, column, value);
        }
        let sql = format!("SELECT {} FROM {} WHERE {} LIMIT 1", self.columns(table), self.sql(table)?, terms.sql);
        let rows = db.query(&sql, &terms.values).await?;
        Ok(rows.first().map(|row| row.columns().iter().cloned().zip(row.values().iter().cloned()).collect()))
    }
}

/// Returns a value as people write it; a long one is cut.
pub(super) fn show(value: &SqlValue) -> String {
    const SHOWN: usize = 60;
    let text = match value {
        SqlValue::Null => "NULL".to_string(),
        SqlValue::Bool(value) => value.to_string(),
        SqlValue::I64(value) => value.to_string(),
        SqlValue::U64(value) => value.to_string(),
        SqlValue::F64(value) => value.to_string(),
        SqlValue::Text(text) => format!("'{text}'"),
        SqlValue::Bytes(bytes) => match uuid::Uuid::from_slice(bytes) {
            Ok(id) => id.to_string(),
            Err(_) => format!("{} bytes", bytes.len()),
        },
    };
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN - 1).chain(['…']).collect() }
}

/// Returns whether two values are the same, of which one was bound and the other is what the server shows.
pub(super) fn same(bound: &SqlValue, shown: &SqlValue) -> bool {
    let text = |value: &SqlValue| match value {
        SqlValue::Text(text) => text.clone(),
        SqlValue::Bool(value) => u8::from(*value).to_string(),
        other => show(other),
    };
    let (left, right) = (text(bound), text(shown));
    let plain = |text: &str| text.trim_end_matches(' ').to_string();
    bound == shown
        || plain(&left) == plain(&right)
        || matches!((left.parse::<f64>(), right.parse::<f64>()), (Ok(left), Ok(right)) if left == right)
}
