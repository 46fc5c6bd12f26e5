//! Changes in the SQL of the MySQL family.

use askama::Template;

use super::types::type_sql;
use crate::catalog::{Change, Charset, Column, ColumnDefault, ForeignKey, Index, IndexOrigin, IndexPart, Statement, Table};
use crate::dialect::{Quoting, SqlWriter};

const QUOTING: Quoting = Quoting::MySql;

#[derive(Template)]
#[template(path = "dialect/mysql/create_table.sql", escape = "none")]
struct CreateTable {
    table: String,
    lines: Vec<String>,
    engine: String,
    comment: Option<String>,
}

pub(super) fn render(change: &Change) -> Vec<Statement> {
    match change {
        Change::CreateSchema { name, charset, .. } => vec![create_schema(name, charset.as_ref())],
        // The values of an enum stand in its columns.
        Change::CreateEnum { .. } => Vec::new(),
        Change::CreateTable(table) => vec![create_table(table)],
        Change::AddForeignKey { schema, table, foreign_key } => {
            let table_name = QUOTING.qualified(schema, table);
            vec![Statement {
                sql: format!("ALTER TABLE {table_name} ADD {}", foreign_key_sql(foreign_key)),
                summary: format!("add a foreign key to {table_name}"),
            }]
        }
        Change::SetLineage { schema, table, rows } => {
            crate::dialect::writer::set_lineage(QUOTING, &QUOTING.qualified(schema, "~lineage"), schema, table, rows)
        }
    }
}

fn create_schema(name: &str, charset: Option<&Charset>) -> Statement {
    let mut sql = SqlWriter::new(QUOTING);
    sql.raw("CREATE DATABASE IF NOT EXISTS ").name(name);
    if let Some(charset) = charset {
        sql.raw(" CHARACTER SET ").raw(&word(&charset.charset)).raw(" COLLATE ").raw(&word(&charset.collation));
    }
    Statement { sql: sql.finish(), summary: format!("create schema {}", QUOTING.name(name)) }
}

/// Returns the name of a charset or collation; both are words that cannot be quoted.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn create_table(table: &Table) -> Statement {
    let mut lines: Vec<String> = table.columns.iter().map(column_sql).collect();
    lines.push(format!("PRIMARY KEY {}", QUOTING.names(&table.primary_key)));
    lines.extend(table.foreign_keys.iter().map(foreign_key_sql));
    lines.extend(table.indexes.iter().filter(|index| index.origin != IndexOrigin::Implied).map(index_sql));
    let name = QUOTING.qualified(&table.schema, &table.name);
    let view = CreateTable {
        table: name.clone(),
        lines,
        engine: word(table.engine.as_deref().unwrap_or("InnoDB")),
        comment: (!table.comment.is_empty()).then(|| QUOTING.text(&table.comment)),
    };
    let sql = view.render().expect("the template only writes into a string");
    Statement { sql, summary: format!("create table {name}") }
}

/// Returns a column as it stands in `CREATE TABLE`.
pub(crate) fn column_sql(column: &Column) -> String {
    let mut sql = SqlWriter::new(QUOTING);
    sql.name(&column.name).raw(" ").raw(&type_sql(&column.ty));
    if let Some(charset) = &column.charset {
        sql.raw(" CHARACTER SET ").raw(&word(&charset.charset)).raw(" COLLATE ").raw(&word(&charset.collation));
    }
    // A nullable timestamp has to say so, or old servers give it the time of the insert.
    sql.raw(if column.nullable { " NULL" } else { " NOT NULL" });
    match &column.default {
        ColumnDefault::None => {}
        ColumnDefault::Null if column.nullable => {
            sql.raw(" DEFAULT NULL");
        }
        ColumnDefault::Null => {}
        ColumnDefault::Literal(text) => {
            sql.raw(" DEFAULT ").text(text);
        }
        ColumnDefault::CurrentTimestamp(digits) => {
            sql.raw(" DEFAULT ").raw(&current_timestamp(*digits));
        }
        ColumnDefault::Expression(expression) => {
            sql.raw(" DEFAULT (").raw(expression).raw(")");
        }
    }
    if let Some(digits) = column.on_update {
        sql.raw(" ON UPDATE ").raw(&current_timestamp(digits));
    }
    if column.auto_increment {
        sql.raw(" AUTO_INCREMENT");
    }
    if !column.comment.is_empty() {
        sql.raw(" COMMENT ").text(&column.comment);
    }
    sql.finish()
}

fn current_timestamp(digits: u8) -> String {
    if digits == 0 { "CURRENT_TIMESTAMP".to_string() } else { format!("CURRENT_TIMESTAMP({digits})") }
}

/// Returns a foreign key as it stands in `CREATE TABLE`.
pub(super) fn foreign_key_sql(key: &ForeignKey) -> String {
    crate::dialect::writer::foreign_key(QUOTING, key, &QUOTING.qualified(&key.parent_schema, &key.parent_table))
}

/// Returns an index as it stands in `CREATE TABLE`.
pub(super) fn index_sql(index: &Index) -> String {
    let mut sql = SqlWriter::new(QUOTING);
    sql.raw(if index.unique { "UNIQUE INDEX" } else { "INDEX" });
    if let Some(name) = &index.name {
        sql.raw(" ").name(name);
    }
    sql.raw(" (");
    for (at, part) in index.parts.iter().enumerate() {
        if at > 0 {
            sql.raw(", ");
        }
        match part {
            IndexPart::Column { name, length, descending } => {
                sql.name(name);
                if let Some(length) = length {
                    sql.raw(&format!("({length})"));
                }
                if *descending {
                    sql.raw(" DESC");
                }
            }
            IndexPart::Expression(expression) => {
                sql.raw("(").raw(expression).raw(")");
            }
        }
    }
    sql.raw(")");
    sql.finish()
}
