//! Foreign keys, and whether their columns fit.

use super::{At, Draft, Drafts, Keys, Pass};
use crate::catalog::{Action, Column, ColumnType, ForeignKey, Table};
use crate::dialect::{ProblemKind, Server};
use crate::ir::{self, Generation, TableId};

impl Pass<'_> {
    /// Adds a foreign key for each reference, in order.
    pub(super) fn references(&mut self, id: TableId, table: &ir::Table, lowered: &Table, drafts: &Drafts, keys: &mut Keys) {
        let dialect = self.dialect;
        for reference in &table.references {
            let parent_table = self.pipeline.table(reference.parent);
            let Some(Draft { table: parent, .. }) = &drafts[reference.parent.0 as usize] else { continue };
            let key = ForeignKey {
                name: None,
                columns: reference.columns.iter().map(|map| map.child.clone()).collect(),
                parent_schema: parent.schema.clone(),
                parent_table: parent.name.clone(),
                parent_columns: reference.columns.iter().map(|map| map.parent.clone()).collect(),
                on_update: Action::Cascade,
                on_delete: Action::Restrict,
            };
            let mut problems = Vec::new();
            for map in &reference.columns {
                let (Some(child), Some(parent)) = (lowered.column(&map.child), parent.column(&map.parent)) else { continue };
                if !fits(child, parent, self.server()) {
                    problems.push(ProblemKind::ForeignKeyType {
                        column: map.child.clone(),
                        child: dialect.type_sql(&child.ty),
                        parent_column: map.parent.clone(),
                        parent: dialect.type_sql(&parent.ty),
                    });
                } else if self.server().is_mysql_family()
                    && child.ty.is_text()
                    && let Some((child, parent)) = self.in_force(table.schema).clash(self.in_force(parent_table.schema))
                {
                    problems.push(ProblemKind::ForeignKeyCharset { column: map.child.clone(), child, parent });
                }
            }
            let generations = (self.generation(table), self.generation(parent_table));
            if generations == (Generation::Modern, Generation::Classic) {
                let parent = self.pipeline.qualified_name(reference.parent);
                if !self.options.mixed_parents.contains(&parent) {
                    problems.push(ProblemKind::ModernUnderClassic { parent });
                }
            }
            for kind in problems {
                let attribute = match &kind {
                    ProblemKind::ForeignKeyType { column, .. } | ProblemKind::ForeignKeyCharset { column, .. } => Some(column.clone()),
                    _ => None,
                };
                self.report(At { table: id, span: reference.span, attribute: attribute.as_deref() }, kind);
            }
            // A key whose columns are missing has been reported with them.
            let complete = key.columns.iter().all(|name| lowered.column(name).is_some());
            if complete && !key.columns.is_empty() {
                keys.foreign_keys.push(key);
            }
        }
        self.foreign_key_names(id, table, keys);
    }

    /// The MySQL family makes up `<table>_ibfk_<n>` and refuses its own name when that is too long.
    fn foreign_key_names(&mut self, id: TableId, table: &ir::Table, keys: &Keys) {
        let max = match self.server() {
            Server::MySql => 64,
            // One less than for names that are written.
            Server::MariaDb => 63,
            Server::Postgres | Server::Sqlite => return,
        };
        let name = format!("{}_ibfk_{}", table.stored, keys.foreign_keys.len());
        let length = name.chars().count();
        if !keys.foreign_keys.is_empty() && length > max {
            let at = At { table: id, span: table.name_span, attribute: None };
            self.report(at, ProblemKind::NameTooLong { what: "foreign key", name, length, max });
        }
    }
}

/// Returns whether the server takes the two as columns of one foreign key.
fn fits(child: &Column, parent: &Column, server: Server) -> bool {
    use ColumnType::*;
    match server {
        // SQLite compares values, not types; the declared classes must agree all the same.
        Server::Sqlite => {
            std::mem::discriminant(&child.ty) == std::mem::discriminant(&parent.ty) || (child.ty.is_text() && parent.ty.is_text())
        }
        Server::Postgres => match (&child.ty, &parent.ty) {
            (Enum { name: a, .. }, Enum { name: b, .. }) => a == b,
            (a, b) => {
                let number = |ty: &ColumnType| matches!(ty, Integer { .. } | Decimal { .. } | Float { .. } | Double { .. });
                let text = |ty: &ColumnType| matches!(ty, Char(_) | Varchar(_) | Text(_));
                let moment = |ty: &ColumnType| matches!(ty, Date | Datetime(_) | Timestamp(_));
                (number(a) && number(b))
                    || (text(a) && text(b))
                    || (moment(a) && moment(b))
                    || std::mem::discriminant(a) == std::mem::discriminant(b)
            }
        },
        Server::MySql | Server::MariaDb => match (&child.ty, &parent.ty) {
            (Integer { bits: a, unsigned: x, .. }, Integer { bits: b, unsigned: y, .. }) => a == b && x == y,
            (Char(_) | Varchar(_), Char(_) | Varchar(_)) => true,
            // Digits and lengths may differ; InnoDB compares kinds of values (measured on MySQL 9.7 and MariaDB 10.11).
            (Datetime(_) | Timestamp(_), Datetime(_) | Timestamp(_)) => true,
            (Enum { values: a, .. }, Enum { values: b, .. }) => (a.len() > 255) == (b.len() > 255),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        },
    }
}
