//! What becomes of a table in one statement.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Catalog, Column, ForeignKey, Index, IndexOrigin, IndexPart, Schema, Table};
use crate::plan::{Action, Alteration, TableName, assume_names};

/// All alterations of one statement, sorted by what they are.
///
/// They are meant one after the other. The server takes them all at once: what goes by the names from before, what comes and where it
/// stands by the names from behind.
pub(super) struct Changes {
    /// The table behind all of them; what was there has a name, and what is new and has none gets it from the server.
    pub after: Table,
    pub columns: Vec<Slot>,
    pub dropped_columns: Vec<String>,
    pub dropped_keys: Vec<String>,
    pub dropped_indexes: Vec<String>,
    /// Names that keys and indexes had before.
    names: BTreeSet<String>,
    pub drops_primary_key: bool,
    pub adds_primary_key: bool,
    pub comment: bool,
}

/// A column in the order behind all alterations.
pub(super) struct Slot {
    /// What it was called before; `None` for a new one.
    pub was: Option<String>,
    pub name: String,
    pub modified: bool,
    pub moved: bool,
}

impl Changes {
    /// Reads the alterations in the order in which they are meant.
    pub fn read(before: &Table, alterations: &[Alteration]) -> Changes {
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

    /// Returns the foreign keys that are new.
    pub fn new_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.after.foreign_keys.iter().filter(|key| !self.stays(&key.name, &self.dropped_keys))
    }

    /// Returns the indexes that are new, but for those that the server makes together with a new foreign key. For a key that was there,
    /// another index served until now, and the server makes none.
    pub fn new_indexes(&self) -> impl Iterator<Item = &Index> {
        let comes_by_itself = |index: &Index| index.origin == IndexOrigin::Implied && self.new_keys().any(|key| serves(index, key));
        self.after.indexes.iter().filter(move |index| !self.stays(&index.name, &self.dropped_indexes) && !comes_by_itself(index))
    }

    /// Returns whether a key or index is one that was there before.
    fn stays(&self, name: &Option<String>, dropped: &[String]) -> bool {
        name.as_ref().is_some_and(|name| self.names.contains(name) && !dropped.contains(name))
    }

    /// Returns whether only new columns stand from this one on, so that they come to stand there by themselves.
    pub fn is_end(&self, at: usize) -> bool {
        self.columns[at..].iter().all(|slot| slot.was.is_none())
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

/// Returns whether a foreign key, of the table or of another one, uses the column.
pub(super) fn is_referenced(catalog: &Catalog, table: &Table, column: &str) -> bool {
    let own = table.foreign_keys.iter().any(|key| key.columns.iter().any(|it| it == column));
    own || catalog.tables().flat_map(|other| &other.foreign_keys).any(|key| {
        (&key.parent_schema, &key.parent_table) == (&table.schema, &table.name) && key.parent_columns.iter().any(|it| it == column)
    })
}

/// Returns whether the column is in the primary key or in an index.
pub(super) fn is_indexed(table: &Table, column: &str) -> bool {
    let mut parts = table.indexes.iter().flat_map(|index| &index.parts);
    table.primary_key.iter().any(|it| it == column) || parts.any(|part| matches!(part, IndexPart::Column { name, .. } if name == column))
}
