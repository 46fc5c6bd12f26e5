//! Changes in the SQL of PostgreSQL.

use askama::Template;

use super::block;
use super::types::{serial_sql, type_sql};
use crate::catalog::{Change, Column, ColumnDefault, ForeignKey, Index, IndexPart, Statement, Table};
use crate::dialect::{Quoting, SqlWriter};

pub(super) const QUOTING: Quoting = Quoting::Standard;

#[derive(Template)]
#[template(path = "dialect/postgres/create_table.sql", escape = "none")]
struct CreateTable {
    table: String,
    lines: Vec<String>,
}

pub(super) fn render(change: &Change) -> Vec<Statement> {
    match change {
        Change::CreateSchema { name, .. } => {
            let name = QUOTING.name(name);
            vec![Statement { sql: format!("CREATE SCHEMA IF NOT EXISTS {name}"), summary: format!("create schema {name}") }]
        }
        Change::CreateEnum { schema, name, values } => vec![create_enum(schema, name, values)],
        Change::CreateTable(table) => create_table(table),
        Change::AddForeignKey { schema, table, foreign_key } => {
            let name = QUOTING.qualified(schema, table);
            vec![Statement {
                sql: format!("ALTER TABLE {name} ADD {}", foreign_key_sql(foreign_key)),
                summary: format!("add a foreign key to {name}"),
            }]
        }
        Change::SetLineage { schema, table, rows } => {
            crate::dialect::writer::set_lineage(QUOTING, &QUOTING.qualified(schema, "~lineage"), schema, table, rows)
        }
    }
}

/// Returns the statement for an enum type; the server has no `IF NOT EXISTS` for types.
fn create_enum(schema: &str, name: &str, values: &[String]) -> Statement {
    let name = QUOTING.qualified(schema, name);
    let values: Vec<String> = values.iter().map(|value| QUOTING.text(value)).collect();
    let create = format!("CREATE TYPE {name} AS ENUM ({})", values.join(", "));
    let body = format!("BEGIN\n  {create};\nEXCEPTION WHEN duplicate_object THEN NULL;\nEND");
    block(&body, format!("create enum type {name}"))
}

fn create_table(table: &Table) -> Vec<Statement> {
    let name = QUOTING.qualified(&table.schema, &table.name);
    let mut lines: Vec<String> = table.columns.iter().map(column_sql).collect();
    lines.push(format!("PRIMARY KEY {}", QUOTING.names(&table.primary_key)));
    lines.extend(table.foreign_keys.iter().map(foreign_key_sql));
    let view = CreateTable { table: name.clone(), lines };
    let sql = view.render().expect("the template only writes into a string");
    let mut statements = vec![Statement { sql, summary: format!("create table {name}") }];
    statements.extend(table.indexes.iter().map(|index| create_index(&name, index, true)));
    statements.push(comment_on("TABLE", &name, &table.comment));
    let commented = table.columns.iter().filter(|column| !column.comment.is_empty());
    statements.extend(commented.map(|column| comment_on("COLUMN", &format!("{name}.{}", QUOTING.name(&column.name)), &column.comment)));
    statements
}

pub(super) fn comment_on(what: &str, name: &str, comment: &str) -> Statement {
    Statement {
        sql: format!("COMMENT ON {what} {name} IS {}", QUOTING.text(comment)),
        summary: format!("comment on {} {name}", what.to_lowercase()),
    }
}

pub(crate) fn column_sql(column: &Column) -> String {
    let mut sql = SqlWriter::new(QUOTING);
    let ty = if column.auto_increment { serial_sql(&column.ty).to_string() } else { type_sql(&column.ty) };
    sql.name(&column.name).raw(" ").raw(&ty);
    if !column.nullable {
        sql.raw(" NOT NULL");
    }
    if let Some(default) = default_sql(column) {
        sql.raw(" DEFAULT ").raw(&default);
    }
    sql.finish()
}

/// Returns the default as it is written, if there is one.
pub(super) fn default_sql(column: &Column) -> Option<String> {
    match &column.default {
        ColumnDefault::None => None,
        // The server keeps what is said, and shows it.
        ColumnDefault::Null => column.nullable.then(|| "NULL".to_string()),
        ColumnDefault::Literal(text) => Some(QUOTING.text(text)),
        ColumnDefault::CurrentTimestamp(0) => Some("CURRENT_TIMESTAMP".to_string()),
        ColumnDefault::CurrentTimestamp(digits) => Some(format!("CURRENT_TIMESTAMP({digits})")),
        ColumnDefault::Expression(expression) => Some(expression.clone()),
    }
}

pub(super) fn foreign_key_sql(key: &ForeignKey) -> String {
    crate::dialect::writer::foreign_key(QUOTING, key, &QUOTING.qualified(&key.parent_schema, &key.parent_table))
}

/// Returns the statement; with `again` it does nothing where the schema has an index of the name.
pub(super) fn create_index(table: &str, index: &Index, again: bool) -> Statement {
    let mut sql = SqlWriter::new(QUOTING);
    sql.raw(if index.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
    let mut summary = format!("create an index on {table}");
    if let Some(name) = &index.name {
        sql.raw(if again { "IF NOT EXISTS " } else { "" }).name(name).raw(" ");
        summary = format!("create index {} on {table}", QUOTING.name(name));
    }
    sql.raw("ON ").raw(table).raw(" (");
    for (at, part) in index.parts.iter().enumerate() {
        if at > 0 {
            sql.raw(", ");
        }
        match part {
            IndexPart::Column { name, descending, .. } => {
                sql.name(name).raw(if *descending { " DESC" } else { "" });
            }
            IndexPart::Expression(expression) => {
                sql.raw("(").raw(expression).raw(")");
            }
        }
    }
    sql.raw(")");
    Statement { sql: sql.finish(), summary }
}
