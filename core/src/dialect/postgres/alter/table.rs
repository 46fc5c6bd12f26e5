//! Changes of one table.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{QUOTING, block, convert, ddl, qualified, type_sql};
use crate::catalog::{Catalog, Column, ColumnDefault, ForeignKey, Index, Statement, Table};
use crate::dialect::around::around;
use crate::plan::{Action, Alteration, TableName};

/// Returns the statements, as few as the server takes: what can stand in one `ALTER TABLE` does, so that rows are read and written once.
pub(super) fn alter(name: &TableName, alterations: &[Alteration], before: &Catalog) -> Vec<Statement> {
    if before.table(&name.schema, &name.table).is_none() {
        return Vec::new();
    }
    // Indexes of the whole schema share their names; nothing else of other tables matters here.
    let now = around(before, &[&name.schema]);
    let mut altering = Altering {
        name,
        quoted: qualified(name),
        now,
        pieces: Vec::new(),
        columns: BTreeSet::new(),
        comments: Vec::new(),
        out: Vec::new(),
    };
    let mut key_stands = altering.table().is_some_and(|table| !table.primary_key.is_empty());
    let changes_key = alterations.iter().any(|it| matches!(it, Alteration::SetPrimaryKey(_)));
    for alteration in alterations {
        // A column of the key cannot become nullable, and foreign keys do not let the key go.
        let goes_before = matches!(alteration, Alteration::DropForeignKey(_) | Alteration::DropIndex(_));
        if changes_key && key_stands && !goes_before {
            key_stands = false;
            altering.alone(block::drop_primary_key(&qualified(name)));
        }
        altering.say(alteration);
        Action::AlterTable { table: name.clone(), alterations: vec![alteration.clone()] }.apply(&mut altering.now);
    }
    altering.flush();
    altering.out
}

pub(super) fn drop_foreign_key(table: &TableName, key: &ForeignKey) -> Statement {
    let table = qualified(table);
    match &key.name {
        None => block::drop_foreign_key(&table, key),
        Some(name) => Statement {
            sql: format!("ALTER TABLE {table}\n  DROP CONSTRAINT {}", QUOTING.name(name)),
            summary: format!("drop foreign key {} of {table}", QUOTING.name(name)),
        },
    }
}

pub(super) fn add_foreign_key(table: &TableName, key: &ForeignKey) -> Statement {
    let table = qualified(table);
    let sql = format!("ALTER TABLE {table}\n  ADD {}", ddl::foreign_key_sql(key));
    Statement { sql, summary: format!("add the foreign key {} to {table}", QUOTING.names(&key.columns)) }
}

pub(super) fn rename_index(schema: &str, from: &str, to: &str) -> Statement {
    let from = QUOTING.qualified(schema, from);
    Statement { sql: format!("ALTER INDEX {from} RENAME TO {}", QUOTING.name(to)), summary: format!("rename index {from}") }
}

/// A table on its way.
struct Altering<'a> {
    name: &'a TableName,
    quoted: String,
    /// The schema with what has been said so far.
    now: Catalog,
    /// Parts of the `ALTER TABLE` that is not yet said.
    pieces: Vec<String>,
    /// The columns that they are about.
    columns: BTreeSet<String>,
    /// Comments that are written behind it.
    comments: Vec<Statement>,
    out: Vec<Statement>,
}

impl Altering<'_> {
    fn table(&self) -> Option<Arc<Table>> {
        self.now.schemas.get(&self.name.schema)?.tables.get(&self.name.table).cloned()
    }

    /// Returns the table as it is behind the alteration.
    fn behind(&self, alteration: &Alteration) -> Option<Arc<Table>> {
        let mut after = self.now.clone();
        Action::AlterTable { table: self.name.clone(), alterations: vec![alteration.clone()] }.apply(&mut after);
        after.schemas.get(&self.name.schema)?.tables.get(&self.name.table).cloned()
    }

    /// Ends the `ALTER TABLE`.
    fn flush(&mut self) {
        self.columns.clear();
        let pieces = std::mem::take(&mut self.pieces);
        if !pieces.is_empty() {
            let sql = format!("ALTER TABLE {}\n  {}", self.quoted, pieces.join(",\n  "));
            self.out.push(Statement { sql, summary: format!("change table {}", self.quoted) });
        }
        self.out.append(&mut self.comments);
    }

    /// Says something that no `ALTER TABLE` with more in it can.
    fn alone(&mut self, statement: Statement) {
        self.flush();
        self.out.push(statement);
    }

    /// Begins another `ALTER TABLE` if this one is about the column already: the server takes its parts in an order of its own.
    fn about(&mut self, column: &str) {
        if self.columns.contains(column) {
            self.flush();
        }
        self.columns.insert(column.to_string());
    }

    fn comment(&mut self, column: &str, comment: &str) {
        let name = format!("{}.{}", self.quoted, QUOTING.name(column));
        self.comments.push(ddl::comment_on("COLUMN", &name, comment));
    }

    fn say(&mut self, alteration: &Alteration) {
        let Some(table) = self.table() else { return };
        match alteration {
            Alteration::AddColumn { column, .. } => {
                self.about(&column.name);
                self.pieces.push(format!("ADD COLUMN {}", ddl::column_sql(column)));
                if !column.comment.is_empty() {
                    self.comment(&column.name, &column.comment);
                }
            }
            Alteration::DropColumn(column) => {
                if table.column(column).is_some() {
                    self.about(column);
                    self.pieces.push(format!("DROP COLUMN {}", QUOTING.name(column)));
                }
            }
            Alteration::RenameColumn { from, to } => {
                let (one, other) = (QUOTING.name(from), QUOTING.name(to));
                self.alone(Statement {
                    sql: format!("ALTER TABLE {} RENAME COLUMN {one} TO {other}", self.quoted),
                    summary: format!("rename column {one} of {} to {other}", self.quoted),
                });
                let after = self.behind(alteration);
                for (old, new) in table.indexes.iter().zip(after.iter().flat_map(|table| &table.indexes)) {
                    if let (Some(old), Some(new)) = (&old.name, &new.name)
                        && old != new
                    {
                        self.alone(rename_index(&self.name.schema, old, new));
                    }
                }
            }
            Alteration::ModifyColumn { column, .. } => {
                if let Some(old) = table.column(&column.name) {
                    self.modify(old, column);
                }
            }
            Alteration::SetPrimaryKey(columns) => {
                self.pieces.push(format!("ADD PRIMARY KEY {}", QUOTING.names(columns)));
            }
            Alteration::AddForeignKey(key) => self.pieces.push(format!("ADD {}", ddl::foreign_key_sql(key))),
            Alteration::DropForeignKey(key) => {
                let same = |it: &&ForeignKey| {
                    it.columns == key.columns
                        && (&it.parent_schema, &it.parent_table) == (&key.parent_schema, &key.parent_table)
                        && it.parent_columns == key.parent_columns
                };
                match table.foreign_keys.iter().find(same) {
                    None => {}
                    Some(ForeignKey { name: Some(name), .. }) => self.pieces.push(format!("DROP CONSTRAINT {}", QUOTING.name(name))),
                    Some(unnamed) => self.alone(block::drop_foreign_key(&self.quoted, unnamed)),
                }
            }
            Alteration::AddIndex(index) => {
                let after = self.behind(alteration);
                let added = after.as_ref().and_then(|table| table.indexes.last());
                self.alone(ddl::create_index(&self.quoted, added.unwrap_or(index), false));
            }
            Alteration::DropIndex(index) => {
                let found = table.indexes.iter().find(|it| it.unique == index.unique && it.parts == index.parts);
                if let Some(Index { name: Some(name), .. }) = found {
                    let name = QUOTING.qualified(&self.name.schema, name);
                    self.alone(Statement { sql: format!("DROP INDEX {name}"), summary: format!("drop index {name}") });
                }
            }
            Alteration::SetComment(comment) => self.comments.push(ddl::comment_on("TABLE", &self.quoted, comment)),
            // The server does not keep it.
            Alteration::SetGeneration(_) => {}
        }
    }

    fn modify(&mut self, old: &Column, new: &Column) {
        let name = QUOTING.name(&new.name);
        let retyped = type_sql(&old.ty) != type_sql(&new.ty);
        let (mut default, wanted) = (ddl::default_sql(old), ddl::default_sql(new));
        // The server keeps a `DEFAULT NULL` that was written, and datajoint would show it of a column that takes no NULL.
        if old.nullable && old.default == ColumnDefault::Null && !new.nullable && wanted.is_none() {
            default = Some("NULL".to_string());
        }
        if old.auto_increment && !new.auto_increment {
            self.alone(block::stop_numbering(&self.quoted, &new.name));
            default = None;
        }
        self.about(&new.name);
        if retyped {
            // The server converts a default only where it has a cast, and says no more than that it cannot.
            if default.take().is_some() {
                self.pieces.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
            }
            let using = convert::conversion(&name, &old.ty, &new.ty).map(|value| format!(" USING {value}")).unwrap_or_default();
            self.pieces.push(format!("ALTER COLUMN {name} TYPE {}{using}", type_sql(&new.ty)));
        }
        if old.nullable != new.nullable {
            self.pieces.push(format!("ALTER COLUMN {name} {} NOT NULL", if new.nullable { "DROP" } else { "SET" }));
        }
        match (default, wanted) {
            (one, Some(other)) if one.as_ref() != Some(&other) => self.pieces.push(format!("ALTER COLUMN {name} SET DEFAULT {other}")),
            (Some(_), None) => self.pieces.push(format!("ALTER COLUMN {name} DROP DEFAULT")),
            (None | Some(_), _) => {}
        }
        if new.auto_increment && !old.auto_increment {
            self.alone(block::number_rows(self.name, &new.name, type_sql(&new.ty)));
        } else if new.auto_increment && retyped {
            self.alone(block::retype_sequence(&self.quoted, &new.name, type_sql(&new.ty)));
        }
        if old.comment != new.comment {
            self.comment(&new.name, &new.comment);
        }
    }
}
