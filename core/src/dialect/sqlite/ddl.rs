//! Changes in the SQL of SQLite.

use askama::Template;

use super::types::type_sql;
use super::{DJC_TABLE, physical_name};
use crate::catalog::{Change, Column, ColumnDefault, ColumnType, ForeignKey, Index, IndexPart, Statement, Table};
use crate::dialect::{Quoting, SqlWriter};

pub(super) const QUOTING: Quoting = Quoting::Standard;

#[derive(Template)]
#[template(path = "dialect/sqlite/create_table.sql", escape = "none")]
struct CreateTable {
    table: String,
    lines: Vec<String>,
    again: bool,
}

pub(super) fn render(change: &Change) -> Vec<Statement> {
    match change {
        Change::CreateSchema { name, .. } => create_schema(name),
        // The values of an enum stand in a check of the column.
        Change::CreateEnum { .. } => Vec::new(),
        Change::CreateTable(table) => create_table(table),
        // The server cannot add a key to a table that exists; keys stand in the statement that creates it.
        Change::AddForeignKey { .. } => Vec::new(),
        Change::SetLineage { schema, table, rows } => {
            let lineage = QUOTING.name(&physical_name(schema, "~lineage"));
            crate::dialect::writer::set_lineage(QUOTING, &lineage, schema, table, rows)
        }
    }
}

fn create_schema(name: &str) -> Vec<Statement> {
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {} (\n  \"schema\" TEXT NOT NULL,\n  \"table\" TEXT NOT NULL,\n  \"column\" TEXT NOT NULL,\n  \
         \"type\" TEXT,\n  \"comment\" TEXT NOT NULL,\n  \"generation\" TEXT,\n  PRIMARY KEY (\"schema\", \"table\", \"column\")\n)",
        QUOTING.name(DJC_TABLE)
    );
    vec![
        Statement { sql: create, summary: "create the table that keeps types and comments".to_string() },
        keep(
            &[Kept { schema: name, table: "", column: "", ty: None, comment: "", generation: None }],
            &format!("note schema {}", QUOTING.name(name)),
        ),
    ]
}

/// A row of the hidden table.
struct Kept<'a> {
    schema: &'a str,
    table: &'a str,
    column: &'a str,
    ty: Option<&'a str>,
    comment: &'a str,
    generation: Option<&'static str>,
}

fn keep(rows: &[Kept<'_>], summary: &str) -> Statement {
    let mut sql = SqlWriter::new(QUOTING);
    let columns = ["schema", "table", "column", "type", "comment", "generation"].map(str::to_string);
    sql.raw("INSERT OR REPLACE INTO ").name(DJC_TABLE).raw(" ").names(&columns).raw(" VALUES");
    for (at, row) in rows.iter().enumerate() {
        sql.raw(if at == 0 { "\n  (" } else { ",\n  (" });
        sql.text(row.schema).raw(", ").text(row.table).raw(", ").text(row.column).raw(", ");
        match row.ty {
            Some(ty) => sql.text(ty),
            None => sql.raw("NULL"),
        };
        sql.raw(", ").text(row.comment).raw(", ");
        match row.generation {
            Some(generation) => sql.text(generation),
            None => sql.raw("NULL"),
        };
        sql.raw(")");
    }
    Statement { sql: sql.finish(), summary: summary.to_string() }
}

fn create_table(table: &Table) -> Vec<Statement> {
    let name = QUOTING.name(&physical_name(&table.schema, &table.name));
    let mut statements = vec![Statement { sql: table_sql(table, &name, true), summary: format!("create table {name}") }];
    statements.extend(table.indexes.iter().map(|index| create_index(&name, index, true)));
    statements.push(note(table));
    statements
}

/// Returns the `CREATE TABLE` under this name, which is quoted; with `again` it does nothing where there is a table of the name.
pub(super) fn table_sql(table: &Table, name: &str, again: bool) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|column| column_sql(column, &table.primary_key)).collect();
    if !table.columns.iter().any(|column| column.auto_increment && table.primary_key == [column.name.clone()]) {
        lines.push(format!("PRIMARY KEY {}", QUOTING.names(&table.primary_key)));
    }
    lines.extend(table.foreign_keys.iter().map(foreign_key_sql));
    let view = CreateTable { table: name.to_string(), lines, again };
    view.render().expect("the template only writes into a string")
}

/// Returns the statement that writes the rows of the hidden table for a table and its columns.
pub(super) fn note(table: &Table) -> Statement {
    let (schema, kept_table) = (table.schema.as_str(), table.name.as_str());
    let generation = table.generation.map(|generation| generation.as_str());
    let mut rows = vec![Kept { schema, table: kept_table, column: "", ty: None, comment: &table.comment, generation }];
    rows.extend(table.columns.iter().map(|column| Kept {
        schema,
        table: kept_table,
        column: &column.name,
        ty: column.declared.as_deref(),
        comment: &column.comment,
        generation: None,
    }));
    keep(&rows, &format!("note types and comments of {}", QUOTING.name(&physical_name(schema, kept_table))))
}

pub(crate) fn column_sql(column: &Column, primary_key: &[String]) -> String {
    let mut sql = SqlWriter::new(QUOTING);
    sql.name(&column.name).raw(" ").raw(type_sql(&column.ty));
    if column.auto_increment && primary_key == [column.name.clone()] {
        // Only this spelling makes the column the number of the row.
        sql.raw(" PRIMARY KEY AUTOINCREMENT");
    }
    if !column.nullable {
        sql.raw(" NOT NULL");
    }
    match &column.default {
        ColumnDefault::None => {}
        ColumnDefault::Null if column.nullable => {
            sql.raw(" DEFAULT NULL");
        }
        ColumnDefault::Null => {}
        ColumnDefault::Literal(text) => {
            sql.raw(" DEFAULT ");
            // A number in quotes would be converted by the storage class alone; written plainly it is one at once.
            match column.ty {
                ColumnType::Integer { .. } | ColumnType::Double { .. } if text.parse::<f64>().is_ok() => sql.raw(text),
                _ => sql.text(text),
            };
        }
        ColumnDefault::CurrentTimestamp(0) => {
            sql.raw(" DEFAULT CURRENT_TIMESTAMP");
        }
        ColumnDefault::CurrentTimestamp(_) => {
            sql.raw(" DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))");
        }
        ColumnDefault::Expression(expression) => {
            sql.raw(" DEFAULT (").raw(expression).raw(")");
        }
    }
    match &column.ty {
        ColumnType::Enum { values, .. } if !values.is_empty() => {
            let values: Vec<String> = values.iter().map(|value| QUOTING.text(value)).collect();
            sql.raw(" CHECK (").name(&column.name).raw(" IN (").raw(&values.join(", ")).raw("))");
        }
        ColumnType::Json => {
            // NULL is no JSON to an SQLite before 3.45, which Python may have.
            sql.raw(" CHECK (").name(&column.name).raw(" IS NULL OR json_valid(").name(&column.name).raw("))");
        }
        _ => {}
    }
    sql.finish()
}

fn foreign_key_sql(key: &ForeignKey) -> String {
    crate::dialect::writer::foreign_key(QUOTING, key, &QUOTING.name(&physical_name(&key.parent_schema, &key.parent_table)))
}

/// Returns the statement; with `again` it does nothing where the file has an index of the name.
pub(super) fn create_index(table: &str, index: &Index, again: bool) -> Statement {
    let mut sql = SqlWriter::new(QUOTING);
    let name = index.name.clone().unwrap_or_else(|| format!("{}.index", table.trim_matches('"')));
    sql.raw(if index.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " }).raw(if again { "IF NOT EXISTS " } else { "" });
    sql.name(&name).raw(" ON ").raw(table).raw(" (");
    for (at, part) in index.parts.iter().enumerate() {
        if at > 0 {
            sql.raw(", ");
        }
        match part {
            IndexPart::Column { name, descending, .. } => {
                sql.name(name).raw(if *descending { " DESC" } else { "" });
            }
            IndexPart::Expression(expression) => {
                sql.raw(expression);
            }
        }
    }
    sql.raw(")");
    Statement { sql: sql.finish(), summary: format!("create index {} on {table}", QUOTING.name(&name)) }
}
