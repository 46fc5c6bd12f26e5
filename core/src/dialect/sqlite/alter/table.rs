//! Changes of one table: what the server can do in place, or else the table written anew.

use std::sync::Arc;

use super::{QUOTING, called_anew, ddl, drop_index, forget, quoted, rebuild};
use crate::catalog::{Catalog, Column, ColumnDefault, ColumnType, IndexPart, Statement, Table};
use crate::dialect::around::around;
use crate::dialect::sqlite::types::type_sql;
use crate::plan::{Action, Alteration, TableName};

pub(super) fn alter(name: &TableName, alterations: &[Alteration], before: &Catalog) -> Vec<Statement> {
    let Some((first, last)) = walk(name, alterations, before, |_, _, _| ()) else { return Vec::new() };
    let in_place = way(name, alterations, before) != Way::Rebuild;
    if !in_place {
        return rebuild::rebuild(name, alterations, &first, &last);
    }
    let table = quoted(name);
    let mut out = Vec::new();
    let mut noted = false;
    walk(name, alterations, before, |now, alteration, after| match alteration {
        Alteration::AddColumn { column, .. } => {
            noted = true;
            let sql = format!("ALTER TABLE {table} ADD COLUMN {}", ddl::column_sql(column, &[]));
            out.push(Statement { sql, summary: format!("add column {} to {table}", QUOTING.name(&column.name)) });
        }
        Alteration::DropColumn(column) => {
            noted = true;
            let column = QUOTING.name(column);
            let sql = format!("ALTER TABLE {table} DROP COLUMN {column}");
            out.push(Statement { sql, summary: format!("drop column {column} of {table}") });
        }
        Alteration::RenameColumn { from, to } => {
            noted = true;
            out.push(rename_column(&table, from, to));
            out.extend(called_anew(now, after, &table));
        }
        Alteration::AddIndex(index) => {
            out.push(ddl::create_index(&table, after.indexes.last().unwrap_or(index), false));
        }
        Alteration::DropIndex(index) => {
            let found = now.indexes.iter().find(|it| it.unique == index.unique && it.parts == index.parts);
            out.extend(found.and_then(drop_index));
        }
        Alteration::ModifyColumn { .. } | Alteration::SetComment(_) | Alteration::SetGeneration(_) => noted = true,
        // They are there already, or the table would be written anew.
        Alteration::SetPrimaryKey(_) | Alteration::AddForeignKey(_) | Alteration::DropForeignKey(_) => {}
    });
    if noted {
        out.push(forget(&name.schema, Some(&name.table)));
        out.push(ddl::note(&last));
    }
    out
}

pub(super) fn rename_column(table: &str, from: &str, to: &str) -> Statement {
    let (one, other) = (QUOTING.name(from), QUOTING.name(to));
    let sql = format!("ALTER TABLE {table} RENAME COLUMN {one} TO {other}");
    Statement { sql, summary: format!("rename column {one} of {table} to {other}") }
}

/// Calls `visit` with each alteration, the table as it is before and as it is behind it; returns the first and the last.
fn walk(
    name: &TableName,
    alterations: &[Alteration],
    before: &Catalog,
    mut visit: impl FnMut(&Table, &Alteration, &Table),
) -> Option<(Arc<Table>, Arc<Table>)> {
    // Indexes of the whole schema share their names; nothing else of other tables matters here.
    let first = before.schemas.get(&name.schema)?.tables.get(&name.table)?.clone();
    let mut catalog = around(before, &[&name.schema]);
    let mut now = first.clone();
    for alteration in alterations {
        Action::AlterTable { table: name.clone(), alterations: vec![alteration.clone()] }.apply(&mut catalog);
        let after = catalog.schemas.get(&name.schema)?.tables.get(&name.table)?.clone();
        visit(&now, alteration, &after);
        now = after;
    }
    Some((first, now))
}

/// How the server takes changes of a table, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dialect::sqlite) enum Way {
    /// Only the text of its definition changes, or the hidden table.
    Text,
    /// An index is built.
    Index,
    /// The server itself writes the rows anew, without a column.
    Rows,
    /// The table is written anew under another name.
    Rebuild,
}

impl Way {
    pub(in crate::dialect::sqlite) fn of(name: &TableName, alterations: &[Alteration], before: &Catalog) -> Way {
        way(name, alterations, before)
    }
}

fn way(name: &TableName, alterations: &[Alteration], before: &Catalog) -> Way {
    let mut worst = Way::Text;
    walk(name, alterations, before, |now, alteration, after| worst = worst.max(one_way(now, alteration, after)));
    worst
}

fn one_way(now: &Table, alteration: &Alteration, after: &Table) -> Way {
    let in_place = match alteration {
        Alteration::AddColumn { column, .. } => can_be_added(column, now),
        Alteration::DropColumn(column) => can_be_dropped(column, now),
        Alteration::RenameColumn { from, to } => !from.eq_ignore_ascii_case(to),
        Alteration::ModifyColumn { column, .. } => now.column(&column.name).is_none_or(|old| is_same(old, column, now)),
        Alteration::SetPrimaryKey(columns) => *columns == now.primary_key,
        Alteration::AddForeignKey(_) => false,
        Alteration::DropForeignKey(_) => now.foreign_keys.len() == after.foreign_keys.len(),
        Alteration::AddIndex(_) | Alteration::DropIndex(_) | Alteration::SetComment(_) | Alteration::SetGeneration(_) => true,
    };
    match alteration {
        _ if !in_place => Way::Rebuild,
        Alteration::AddIndex(_) => Way::Index,
        Alteration::RenameColumn { .. } if now.indexes.iter().zip(&after.indexes).any(|(one, other)| one.name != other.name) => Way::Index,
        Alteration::DropColumn(_) => Way::Rows,
        _ => Way::Text,
    }
}

/// Returns whether the server adds the column to rows that are there.
fn can_be_added(column: &Column, table: &Table) -> bool {
    let constant = match &column.default {
        ColumnDefault::Literal(_) => true,
        ColumnDefault::None | ColumnDefault::Null => column.nullable,
        ColumnDefault::CurrentTimestamp(_) | ColumnDefault::Expression(_) => false,
    };
    constant && !column.auto_increment && !table.primary_key.contains(&column.name)
}

/// Returns whether nothing but the column itself says its name.
fn can_be_dropped(column: &str, table: &Table) -> bool {
    let has = |columns: &[String]| columns.iter().any(|name| name == column);
    let indexed = table.indexes.iter().flat_map(|index| &index.parts).any(|part| match part {
        IndexPart::Column { name, .. } => name == column,
        // Which columns it speaks of is not known.
        IndexPart::Expression(_) => true,
    });
    let referring = table.foreign_keys.iter().any(|key| has(&key.columns) || (key.parent_table == table.name && has(&key.parent_columns)));
    !has(&table.primary_key) && !indexed && !referring
}

/// Returns whether both columns are declared to the server in the same words.
fn is_same(old: &Column, new: &Column, table: &Table) -> bool {
    let check = |ty: &ColumnType| match ty {
        ColumnType::Enum { values, .. } => Some(values.clone()),
        ColumnType::Json => Some(Vec::new()),
        _ => None,
    };
    ddl::column_sql(old, &table.primary_key) == ddl::column_sql(new, &table.primary_key)
        && check(&old.ty) == check(&new.ty)
        && super::convert::conversion("x", old, new) == "x"
        && type_sql(&old.ty) == type_sql(&new.ty)
}
