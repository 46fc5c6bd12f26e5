//! Steps of a plan in the SQL of the MySQL family.
//!
//! A step that changes a table is one statement, because the server commits each of them by itself: it is done or not done, and
//! nothing in between. What one statement cannot say on a server is the planner's to split ([`Alteration`]).

use super::changes::Changes;
use super::{Flavor, ddl, rows};
use crate::catalog::{Catalog, ForeignKey, Statement};
use crate::dialect::{Quoting, SqlWriter};
use crate::plan::{Action, Alteration, TableName};

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

impl Changes {
    /// Returns the clauses: what goes, then columns, then what comes.
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
        out.extend(self.new_keys().map(|key| format!("ADD {}", ddl::foreign_key_sql(&self.unlike_dropped(key)))));
        out.extend(self.new_indexes().map(|index| format!("ADD {}", ddl::index_sql(index))));
        if self.comment {
            out.push(format!("COMMENT = {}", QUOTING.text(&self.after.comment)));
        }
        out
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
            None => Some(format!("ADD COLUMN {}{}", ddl::column_sql(column), position(!self.is_end(at)))),
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
