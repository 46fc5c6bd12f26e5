//! Steps of a plan in the SQL of SQLite.
//!
//! Whoever runs them switches `foreign_keys` off before the transaction begins, since dropping a table would delete its rows one by one
//! and with them those of its children, and asks `foreign_key_check` before it commits. `legacy_alter_table` is off, so that a renamed
//! table takes the foreign keys onto it along; a rebuild switches it on for its own rename, which has to leave them alone.

mod convert;
mod rebuild;
mod table;

use super::ddl::{self, QUOTING};
use super::{DJC_TABLE, physical_name};
use crate::catalog::{Catalog, Change, Index, Statement, Table};
use crate::dialect::around::{around, as_created};
use crate::dialect::rows::Rows;
use crate::plan::{Action, Alteration, TableName};

pub(super) use table::Way;

pub(super) fn alter(action: &Action, before: &Catalog) -> Vec<Statement> {
    match action {
        Action::Create(Change::CreateTable(table)) => ddl::render(&Change::CreateTable(as_created(table, before))),
        Action::Create(Change::AddForeignKey { schema, table, foreign_key }) => {
            table::alter(&TableName::new(schema, table), &[Alteration::AddForeignKey(foreign_key.clone())], before)
        }
        Action::Create(change) => ddl::render(change),
        Action::DropSchema { name } => vec![forget(name, None)],
        // The values of an enum stand in a check of the column, and in no type of their own.
        Action::AlterEnum { .. } | Action::DropEnum { .. } => Vec::new(),
        Action::DropTable(table) => {
            let name = quoted(table);
            let drop = Statement { sql: format!("DROP TABLE {name}"), summary: format!("drop table {name}") };
            vec![drop, forget(&table.schema, Some(&table.table))]
        }
        Action::RenameTable { from, to } => rename(from, to, before),
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
    table: quoted,
    row: "rowid",
    takes_default: false,
    literal: super::literal::literal_sql,
    compared: |_, _| None,
    converted: convert::conversion,
};

fn quoted(table: &TableName) -> String {
    QUOTING.name(&physical_name(&table.schema, &table.table))
}

/// Returns the statement that deletes what the hidden table says of a table, or of a whole schema.
fn forget(schema: &str, table: Option<&str>) -> Statement {
    let mut sql = format!("DELETE FROM {} WHERE \"schema\" = {}", QUOTING.name(DJC_TABLE), QUOTING.text(schema));
    let mut name = schema.to_string();
    if let Some(table) = table {
        sql.push_str(&format!(" AND \"table\" = {}", QUOTING.text(table)));
        name = physical_name(schema, table);
    }
    Statement { sql, summary: format!("forget types and comments of {}", QUOTING.name(&name)) }
}

fn drop_index(index: &Index) -> Option<Statement> {
    let name = QUOTING.name(index.name.as_ref()?);
    Some(Statement { sql: format!("DROP INDEX {name}"), summary: format!("drop index {name}") })
}

/// Returns the statements that give indexes of a table other names, which the server can only do by building them again.
fn called_anew(before: &Table, after: &Table, table: &str) -> Vec<Statement> {
    let renamed = before.indexes.iter().zip(&after.indexes).filter(|(one, other)| one.name != other.name);
    renamed.flat_map(|(one, other)| drop_index(one).into_iter().chain([ddl::create_index(table, other, false)])).collect()
}

/// Renames the table, its indexes that are called after it, and what the hidden table says of it.
fn rename(from: &TableName, to: &TableName, before: &Catalog) -> Vec<Statement> {
    let mut after = around(before, &[&from.schema, &to.schema]);
    Action::RenameTable { from: from.clone(), to: to.clone() }.apply(&mut after);
    let (old, new) = (quoted(from), quoted(to));
    let summary = || format!("rename table {old} to {new}");
    let mut out = Vec::new();
    let mut now = old.clone();
    if old.eq_ignore_ascii_case(&new) {
        // Names that differ in their letters' case only are one name to the server.
        let passing = QUOTING.name(&format!("{}~djc", physical_name(&from.schema, &from.table)));
        out.push(Statement { sql: format!("ALTER TABLE {now} RENAME TO {passing}"), summary: summary() });
        now = passing;
    }
    out.push(Statement { sql: format!("ALTER TABLE {now} RENAME TO {new}"), summary: summary() });
    if let (Some(one), Some(other)) = (before.table(&from.schema, &from.table), after.table(&to.schema, &to.table)) {
        out.extend(called_anew(one, other, &new));
    }
    out.push(forget(&to.schema, Some(&to.table)));
    let text = |text: &str| QUOTING.text(text);
    out.push(Statement {
        sql: format!(
            "UPDATE {} SET \"schema\" = {}, \"table\" = {} WHERE \"schema\" = {} AND \"table\" = {}",
            QUOTING.name(DJC_TABLE),
            text(&to.schema),
            text(&to.table),
            text(&from.schema),
            text(&from.table)
        ),
        summary: format!("note types and comments of {new}"),
    });
    out
}
