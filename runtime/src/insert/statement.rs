//! The SQL of an insert.

use std::fmt::Write as _;

use djc_core::catalog::{Column, ColumnType};
use djc_core::dialect::Server;

use super::Existing;
use super::target::Target;

impl Target {
    /// Returns an insert of so many rows with a placeholder for each value (MySQL family and SQLite).
    pub(super) fn insert_values(&self, columns: &[usize], rows: usize, existing: Existing) -> String {
        let mut sql = self.head(columns, existing);
        sql.push_str(" VALUES ");
        // Without a column that is given, one that is not stands for the row.
        let row = match (columns.len(), self.server) {
            (0, Server::Sqlite) => "(NULL)".to_string(),
            (0, Server::MySql | Server::MariaDb | Server::Postgres) => "(DEFAULT)".to_string(),
            (count, _) => format!("({}?)", "?,".repeat(count - 1)),
        };
        sql.reserve((row.len() + 1) * rows);
        for at in 0..rows {
            sql.push_str(if at == 0 { "" } else { "," });
            sql.push_str(&row);
        }
        sql.push_str(&self.conflict(existing));
        sql
    }

    /// Returns an insert of rows that come as one array for each column (PostgreSQL). Its text does not depend on how many rows there are, and no
    /// limit of placeholders cuts it.
    pub(super) fn insert_arrays(&self, columns: &[usize], existing: Existing) -> String {
        let dialect = self.server.dialect();
        let mut sql = self.head(columns, existing);
        sql.push_str(" SELECT ");
        let mut arrays = String::new();
        for (at, position) in columns.iter().enumerate() {
            let column = &self.attributes[*position].column;
            let comma = if at == 0 { "" } else { ", " };
            let array = ArrayType::of(column);
            match array.wants_cast(column) {
                true => write!(sql, "{comma}CAST(a{at} AS {})", dialect.type_sql(&column.ty)).expect("a string"),
                false => write!(sql, "{comma}a{at}").expect("a string"),
            }
            write!(arrays, "{comma}CAST(${} AS {}[])", at + 1, array.as_sql()).expect("a string");
        }
        let names: Vec<String> = (0..columns.len()).map(|at| format!("a{at}")).collect();
        write!(sql, " FROM unnest({arrays}) AS given({})", names.join(", ")).expect("a string");
        sql.push_str(&self.conflict(existing));
        sql
    }

    /// Returns an insert of the rows of a query, which has these columns in this order.
    pub(super) fn insert_select(&self, columns: &[usize], select: &str, existing: Existing) -> String {
        let mut sql = self.head(columns, existing);
        // The frame keeps names of the query apart from those of the table; WHERE keeps SQLite from reading ON as part of a join.
        write!(sql, " SELECT * FROM ({select}) AS given WHERE 1 = 1{}", self.conflict(existing)).expect("a string");
        sql
    }

    fn head(&self, columns: &[usize], existing: Existing) -> String {
        let quoting = self.server.dialect().facts().quoting;
        let verb = if existing == Existing::Replace && self.server.is_mysql_family() { "REPLACE" } else { "INSERT" };
        let mut names: Vec<String> = columns.iter().map(|at| self.attributes[*at].name.clone()).collect();
        if names.is_empty() {
            names.extend(self.numbered().map(|at| self.attributes[at].name.clone()).or(self.names().next().map(str::to_string)));
        }
        format!("{verb} INTO {} {}", self.sql, quoting.names(&names))
    }

    /// Returns what an insert says about rows that are there.
    fn conflict(&self, existing: Existing) -> String {
        let key = &self.table.primary_key;
        let quoting = self.server.dialect().facts().quoting;
        match (existing, self.server) {
            (Existing::Refuse, _) | (Existing::Replace, Server::MySql | Server::MariaDb) => String::new(),
            (Existing::SkipAny, Server::Postgres | Server::Sqlite) => " ON CONFLICT DO NOTHING".to_string(),
            (Existing::Skip, Server::Postgres | Server::Sqlite) => format!(" ON CONFLICT {} DO NOTHING", quoting.names(key)),
            (Existing::Skip | Existing::SkipAny, Server::MySql | Server::MariaDb) => self.keep(existing),
            (Existing::Replace, Server::Postgres | Server::Sqlite) => {
                let rest = self.table.columns.iter().filter(|column| !key.contains(&column.name));
                let rest: Vec<String> =
                    rest.map(|column| quoting.name(&column.name)).map(|name| format!("{name} = excluded.{name}")).collect();
                match rest.as_slice() {
                    [] => format!(" ON CONFLICT {} DO NOTHING", quoting.names(key)),
                    rest => format!(" ON CONFLICT {} DO UPDATE SET {}", quoting.names(key), rest.join(", ")),
                }
            }
        }
    }

    /// Returns how the MySQL family keeps the row that is there.
    ///
    /// `ON DUPLICATE KEY` is said of every unique index. Where the row that was found has another key than the new one, it was found by
    /// another index: then NULL is put into the key, which the server refuses. Nothing is read before, so that it holds whatever
    /// others insert in between. Rows that were kept are counted in a variable, since the server counts them as it counts new ones.
    fn keep(&self, existing: Existing) -> String {
        let quoting = self.server.dialect().facts().quoting;
        let names: Vec<String> = self.table.primary_key.iter().map(|name| quoting.name(name)).collect();
        let Some(first) = names.first().map(|name| format!("{}.{name}", self.sql)) else { return String::new() };
        let counted = format!("IF(({SKIPPED} := {SKIPPED} + 1) IS NULL, NULL, {first})");
        let kept = match existing {
            Existing::Refuse | Existing::Replace | Existing::SkipAny => counted,
            Existing::Skip => {
                let same: Vec<String> = names.iter().map(|name| format!("{}.{name} <=> VALUES({name})", self.sql)).collect();
                format!("IF({}, {counted}, NULL)", same.join(" AND "))
            }
        };
        format!(" ON DUPLICATE KEY UPDATE {} = {kept}", names[0])
    }
}

/// The variable of the MySQL family that counts rows which were kept.
pub(super) const SKIPPED: &str = "@djc_skipped";

/// As what the values of a column travel to PostgreSQL, where a statement takes them as an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArrayType {
    Bool,
    Integer,
    Real,
    Bytes,
    Text,
}

impl ArrayType {
    pub fn of(column: &Column) -> ArrayType {
        match column.ty {
            ColumnType::Boolean => ArrayType::Bool,
            ColumnType::Integer { .. } | ColumnType::Year => ArrayType::Integer,
            ColumnType::Float { .. } | ColumnType::Double { .. } => ArrayType::Real,
            ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_) => ArrayType::Bytes,
            ColumnType::Decimal { .. }
            | ColumnType::Char(_)
            | ColumnType::Varchar(_)
            | ColumnType::Text(_)
            | ColumnType::Date
            | ColumnType::Time(_)
            | ColumnType::Datetime(_)
            | ColumnType::Timestamp(_)
            | ColumnType::Json
            | ColumnType::Uuid
            | ColumnType::Enum { .. }
            | ColumnType::Other(_) => ArrayType::Text,
        }
    }

    fn as_sql(self) -> &'static str {
        match self {
            ArrayType::Bool => "boolean",
            ArrayType::Integer => "bigint",
            ArrayType::Real => "double precision",
            ArrayType::Bytes => "bytea",
            ArrayType::Text => "text",
        }
    }

    /// Whether the server wants to be told what a value is; an integer fits by itself, or does not fit, a text is no date.
    fn wants_cast(self, column: &Column) -> bool {
        self == ArrayType::Text && !matches!(column.ty, ColumnType::Char(_) | ColumnType::Varchar(_) | ColumnType::Text(_))
    }
}
