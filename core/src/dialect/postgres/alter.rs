//! Steps of a plan in the SQL of PostgreSQL.
//!
//! A migration is one transaction here, so that a step may be several statements. Names that the server or somebody else chose and that no
//! catalog holds (primary keys, sequences, foreign keys without a name) are asked for where they are needed, in an anonymous block.

mod block;
mod convert;
mod enums;
mod rename;
mod table;

use super::ddl::{self, QUOTING};
use super::types::type_sql;
use crate::catalog::{Catalog, Change, ColumnType, Statement};
use crate::dialect::around::as_created;
use crate::dialect::rows::Rows;
use crate::plan::{Action, TableName};

pub(super) use convert::keeps_rows;

pub(super) fn alter(action: &Action, before: &Catalog) -> Vec<Statement> {
    match action {
        Action::Create(Change::CreateTable(table)) => ddl::render(&Change::CreateTable(as_created(table, before))),
        Action::Create(change) => ddl::render(change),
        Action::DropSchema { name } => {
            let name = QUOTING.name(name);
            vec![Statement { sql: format!("DROP SCHEMA {name}"), summary: format!("drop schema {name}") }]
        }
        Action::AlterEnum { schema, name, values, grown: Some(new) } => enums::grow(schema, name, new, values, before),
        Action::AlterEnum { schema, name, values, grown: None } => enums::alter(schema, name, values, before),
        Action::DropEnum { schema, name } => {
            let name = QUOTING.qualified(schema, name);
            vec![Statement { sql: format!("DROP TYPE {name}"), summary: format!("drop enum type {name}") }]
        }
        Action::DropTable(table) => {
            let name = qualified(table);
            vec![Statement { sql: format!("DROP TABLE {name}"), summary: format!("drop table {name}") }]
        }
        Action::RenameTable { from, to } => rename::rename(from, to, before),
        Action::AlterTable { table, alterations } => table::alter(table, alterations, before),
        Action::Fill(fill) => ROWS.fill(fill, before),
        Action::InsertRows { table, columns, rows } => ROWS.insert(table, columns, rows, before),
        Action::UpdateRow { table, key, was, set } => ROWS.update(table, key, was, set, before),
        Action::DeleteRow { table, key, was } => ROWS.delete(table, key, was, before),
        Action::ClearLineage(table) => ROWS.clear_lineage(table, before),
        Action::Hand(_) => Vec::new(),
    }
}

const ROWS: Rows = Rows {
    quoting: QUOTING,
    table: qualified,
    row: "ctid",
    takes_default: true,
    literal: super::literal::literal_sql,
    // A number of 4 bytes is no other number's equal before that is one, too.
    compared: |value, ty| matches!(ty, ColumnType::Float { .. }).then(|| format!("CAST({value} AS real)")),
    converted: |value, from, to| convert::conversion(value, &from.ty, &to.ty).unwrap_or_else(|| value.to_string()),
};

fn qualified(table: &TableName) -> String {
    QUOTING.qualified(&table.schema, &table.table)
}

/// Returns the type without digits and lengths, for a cast: one that says a length cuts what is longer, an assignment refuses it.
fn bare_type_sql(ty: &ColumnType) -> String {
    match ty {
        ColumnType::Decimal { .. } => "numeric".to_string(),
        ColumnType::Char(_) | ColumnType::Varchar(_) => "text".to_string(),
        ColumnType::Time(_) => "time".to_string(),
        ColumnType::Datetime(_) | ColumnType::Timestamp(_) => "timestamp".to_string(),
        other => type_sql(other),
    }
}
