//! Steps of a plan in the SQL of the MySQL family.
//!
//! A step that changes a table is one statement, because the server commits each of them by itself: it is done or not done, and
//! nothing in between. What one statement cannot say on a server is the planner's to split ([`Alteration`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Flavor, ddl, rows};
use crate::catalog::{Catalog, Column, ForeignKey, Index, IndexOrigin, IndexPart, Schema, Statement, Table};
use crate::dialect::{Quoting, SqlWriter};
use crate::plan::{Action, Alteration, TableName, assume_names};

const QUOTING: Quoting = Quoting::MySql;

pub(super) fn alter(action: &Action, before: &Catalog, flavor: Flavor) -> Vec<Statement> {
    match action {
        Action::Create(change) => ddl::render(change),
        Action::DropSchema { name } => drop_schema(name),
        // The values of an enum stand in its columns.
        Action::AlterEnum { .. } | Action::DropEnum { .. } => Vec::new(),
        Action::DropTable(table) => {
            let table = QUOTING.qualified(&table.schema, &table.table);
            vec![Statement { sql: format!("DROP TABLE {table}"), summary: format!("drop table {table}") }]
        }
        Action::RenameTable { from, to } => {
            let (from, to) = (QUOTING.qualified(&from.schema, &from.table), QUOTING.qualified(&to.schema, &to.table));
            vec![Statement { sql: format!("RENAME TABLE {from} TO {to}"), summary: format!("rename table {from} to {to}") }]
        }
        Action::AlterTable { table, alterations } => alter_table(table, alterations, before).into_iter().collect(),
        Action::Fill(fill) => vec![rows::fill(fill, before)],
        Action::InsertRows { table, columns, rows } => rows::insert(table, columns, rows, before, flavor),
        Action::UpdateRow { table, key, was, set } => vec![rows::update(table, (key, was), set, before, flavor)],
        Action::DeleteRow { table, key, was } => vec![rows::delete(table, (key, was), before, flavor)],
        Action::ClearLineage(table) => {
            let mut sql = SqlWriter::new(QUOTING);
            sql.raw("DELETE FROM ").qualified(&table.schema, "~lineage").raw(" WHERE ").name("table_name").raw(" = ").text(&table.table);
            let name = QUOTING.qualified(&table.schema, &table.table);
            vec![Statement { sql: sql.finish(), summary: format!("forget the lineage of {name}") }]
        }
        Action::Hand(_) => Vec::new(),
    }
}

/// Returns what drops a schema that is empty.
///
/// `DROP DATABASE` takes all tables with it. What somebody has put into the schema in the meantime makes the second statement fail.
fn drop_schema(name: &str) -> Vec<Statement> {
    let drop = QUOTING.text(&format!("DROP DATABASE {}", QUOTING.name(name)));
    let refuse = QUOTING.text(&format!("SELECT {}", QUOTING.name(&format!("schema {name} is not empty"))));
    let content = [("TABLES", "TABLE"), ("ROUTINES", "ROUTINE"), ("EVENTS", "EVENT")]
        .map(|(view, what)| format!("SELECT {what}_NAME FROM information_schema.{view} WHERE {what}_SCHEMA = {}", QUOTING.text(name)))
        .join(" UNION ALL ");
    let statement = |sql: String, summary: String| Statement { sql, summary };
    vec![
        statement(
            format!("SET @djc_drop = (SELECT IF(COUNT(*) = 0, {drop}, {refuse}) FROM ({content}) AS content)"),
            format!("see whether schema {} is empty", QUOTING.name(name)),
        ),
        statement("PREPARE djc_drop FROM @djc_drop".to_string(), "refuse if it is not".to_string()),
        statement("EXECUTE djc_drop".to_string(), format!("drop schema {}", QUOTING.name(name))),
        statement("DEALLOCATE PREPARE djc_drop".to_string(), "forget the prepared statement".to_string()),
    ]
}

/// Returns the one statement, or `None` where nothing is to be said to this server.
fn alter_table(name: &TableName, alterations: &[Alteration], before: &Catalog) -> Option<Statement> {
    let table = before.table(&name.schema, &name.table)?;
    let clauses = Changes::read(table, alterations).clauses();
    if clauses.is_empty() {
        return None;
    }
    let name = QUOTING.qualified(&name.schema, &name.table);
    let separator = if clauses.len() == 1 { " " } else { "\n  " };
    let sql = format!("ALTER TABLE {name}{separator}{}", clauses.join(",\n  "));
    Some(Statement { sql, summary: format!("alter table {name}") })
}

/// All alterations of one statement, sorted by what they are.
///
/// They are meant one after the other. The server takes them all at once: what goes by the names from before, what comes and where it
/// stands by the names from behind.
struct Changes {
    /// The table behind all of them; what was there has a name, and what is new and has none gets it from the server.
    after: Table,
    columns: Vec<Slot>,
    dropped_columns: Vec<String>,
    dropped_keys: Vec<String>,
    dropped_indexes: Vec<String>,
    /// Names that keys and indexes had before.
    names: BTreeSet<String>,
    drops_primary_key: bool,
    adds_primary_key: bool,
    comment: bool,
}

/// A column in the order behind all alterations.
struct Slot {
    /// What it was called before; `None` for a new one.
    was: Option<String>,
    name: String,
    modified: bool,
    moved: bool,
}

impl Changes {
    fn read(before: &Table, alterations: &[Alteration]) -> Changes {
        let mut now = before.clone();
        assume_names(&mut now);
        let keys = now.foreign_keys.iter().filter_map(|key| key.name.clone());
        let mut out = Changes {
            columns: Vec::new(),
            dropped_columns: Vec::new(),
            dropped_keys: Vec::new(),
            dropped_indexes: Vec::new(),
            names: keys.chain(now.indexes.iter().filter_map(|index| index.name.clone())).collect(),
            drops_primary_key: false,
            adds_primary_key: false,
            comment: false,
            after: before.clone(),
        };
        let slot = |column: &Column| Slot { was: Some(column.name.clone()), name: column.name.clone(), modified: false, moved: false };
        out.columns.extend(now.columns.iter().map(slot));
        let name = TableName::new(&before.schema, &before.name);
        let mut catalog = alone(now);
        for alteration in alterations {
            if let Some(now) = catalog.table(&name.schema, &name.table) {
                out.take(alteration, now);
            }
            Action::AlterTable { table: name.clone(), alterations: vec![alteration.clone()] }.apply(&mut catalog);
        }
        if let Some(now) = catalog.table(&name.schema, &name.table) {
            out.after.clone_from(now);
        }
        // The catalog has them in the order that all moves lead to.
        out.columns.sort_by_key(|slot| out.after.columns.iter().position(|column| column.name == slot.name));
        out
    }

    /// Notes one alteration; `now` is the table before it.
    fn take(&mut self, alteration: &Alteration, now: &Table) {
        match alteration {
            Alteration::AddColumn { column, .. } => {
                self.columns.push(Slot { was: None, name: column.name.clone(), modified: false, moved: false });
            }
            Alteration::DropColumn(name) => {
                let Some(at) = self.columns.iter().position(|slot| slot.name == *name) else { return };
                self.dropped_columns.extend(self.columns.remove(at).was);
            }
            Alteration::RenameColumn { from, to } => {
                for slot in self.columns.iter_mut().filter(|slot| slot.name == *from) {
                    slot.name.clone_from(to);
                }
            }
            Alteration::ModifyColumn { column, position } => {
                for slot in self.columns.iter_mut().filter(|slot| slot.name == column.name) {
                    slot.modified = true;
                    slot.moved |= position.is_some();
                }
            }
            Alteration::SetPrimaryKey(columns) => {
                self.drops_primary_key = !now.primary_key.is_empty();
                self.adds_primary_key = !columns.is_empty();
            }
            Alteration::DropForeignKey(key) => {
                let found = now.foreign_keys.iter().find(|it| {
                    it.columns == key.columns
                        && (&it.parent_schema, &it.parent_table) == (&key.parent_schema, &key.parent_table)
                        && it.parent_columns == key.parent_columns
                });
                self.dropped_keys.extend(found.and_then(|key| key.name.clone()));
            }
            Alteration::DropIndex(index) => {
                let found = now.indexes.iter().find(|it| it.unique == index.unique && it.parts == index.parts);
                self.dropped_indexes.extend(found.and_then(|index| index.name.clone()));
            }
            Alteration::SetComment(_) => self.comment = true,
            // What they add stands in the table behind all. This server does not keep the generation.
            Alteration::AddForeignKey(_) | Alteration::AddIndex(_) | Alteration::SetGeneration(_) => {}
        }
    }

    fn clauses(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        out.extend(self.dropped_keys.iter().map(|name| format!("DROP FOREIGN KEY {}", QUOTING.name(name))));
        out.extend(self.dropped_indexes.iter().map(|name| format!("DROP INDEX {}", QUOTING.name(name))));
        if self.drops_primary_key {
            out.push("DROP PRIMARY KEY".to_string());
        }
        out.extend(self.dropped_columns.iter().map(|name| format!("DROP COLUMN {}", QUOTING.name(name))));
        out.extend((0..self.columns.len()).filter_map(|at| self.column_clause(at)));
        if self.adds_primary_key {
            out.push(format!("ADD PRIMARY KEY {}", QUOTING.names(&self.after.primary_key)));
        }
        let keys: Vec<&ForeignKey> = self.after.foreign_keys.iter().filter(|key| !self.stays(&key.name, &self.dropped_keys)).collect();
        out.extend(keys.iter().map(|key| format!("ADD {}", ddl::foreign_key_sql(&self.unlike_dropped(key)))));
        for index in self.after.indexes.iter().filter(|index| !self.stays(&index.name, &self.dropped_indexes)) {
            // The server makes it together with its key; for a key that was there, another index served until now.
            let comes_by_itself = index.origin == IndexOrigin::Implied && keys.iter().any(|key| serves(index, key));
            if !comes_by_itself {
                out.push(format!("ADD {}", ddl::index_sql(index)));
            }
        }
        if self.comment {
            out.push(format!("COMMENT = {}", QUOTING.text(&self.after.comment)));
        }
        out
    }

    /// Returns whether a key or index is one that was there before.
    fn stays(&self, name: &Option<String>, dropped: &[String]) -> bool {
        name.as_ref().is_some_and(|name| self.names.contains(name) && !dropped.contains(name))
    }

    /// Returns the key without its name if one of this name goes in the same statement, which no server takes.
    fn unlike_dropped(&self, key: &ForeignKey) -> ForeignKey {
        let name = key.name.clone().filter(|name| !self.dropped_keys.contains(name));
        ForeignKey { name, ..key.clone() }
    }

    fn column_clause(&self, at: usize) -> Option<String> {
        let slot = &self.columns[at];
        let column = self.after.column(&slot.name)?;
        let position = |placed: bool| if placed { self.position(at) } else { String::new() };
        match &slot.was {
            None => {
                // New columns at the end stand there by themselves.
                let last = self.columns[at..].iter().all(|slot| slot.was.is_none());
                Some(format!("ADD COLUMN {}{}", ddl::column_sql(column), position(!last)))
            }
            Some(was) if slot.modified && *was != slot.name => {
                Some(format!("CHANGE COLUMN {} {}{}", QUOTING.name(was), ddl::column_sql(column), position(slot.moved)))
            }
            Some(_) if slot.modified => Some(format!("MODIFY COLUMN {}{}", ddl::column_sql(column), position(slot.moved))),
            Some(was) if *was != slot.name => Some(format!("RENAME COLUMN {} TO {}", QUOTING.name(was), QUOTING.name(&slot.name))),
            Some(_) => None,
        }
    }

    /// Returns where a column stands: behind the one before it, which is there already or placed by a clause further up.
    fn position(&self, at: usize) -> String {
        match at.checked_sub(1).map(|at| &self.columns[at]) {
            None => " FIRST".to_string(),
            Some(slot) => format!(" AFTER {}", QUOTING.name(&slot.name)),
        }
    }
}

/// Returns whether the index is the one that the server makes for the key.
fn serves(index: &Index, key: &ForeignKey) -> bool {
    let columns = index.parts.iter().map(|part| match part {
        IndexPart::Column { name, length: None, .. } => Some(name),
        IndexPart::Column { .. } | IndexPart::Expression(_) => None,
    });
    columns.eq(key.columns.iter().map(Some))
}

/// Returns a catalog with this table alone.
fn alone(table: Table) -> Catalog {
    let (schema, name) = (table.schema.clone(), table.name.clone());
    let tables = [(name, Arc::new(table))].into_iter().collect();
    Catalog { schemas: [(schema.clone(), Schema { name: schema, tables, ..Schema::default() })].into() }
}
