//! Tables that one side has under another name, and tables that only one side has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::Names;
use super::{Consequence, Difference, Sides, What, is_hidden, is_service};
use crate::catalog::{Catalog, Column, ForeignKey, Schema, Table, TableKind};
use crate::ir::{StoredName, parse_stored};

/// Tables of one side.
type Tables<'a> = Vec<&'a Arc<Table>>;

/// What became of the tables that only one side has by their name.
pub(super) struct Moved<'a> {
    pub names: Names<'a>,
    pub found: Vec<Difference>,
}

impl<'a> Moved<'a> {
    pub fn find(from: &'a Catalog, to: &'a Catalog, compared: &dyn Fn(&str) -> bool) -> Self {
        let mut moved = Moved { names: Names::default(), found: Vec::new() };
        for (name, ours) in from.schemas.iter().filter(|(name, _)| compared(name)) {
            if let Some(theirs) = to.schemas.get(name) {
                moved.schema(ours, theirs);
            }
        }
        moved
    }

    fn schema(&mut self, ours: &'a Schema, theirs: &'a Schema) {
        let mut gone: Tables = ours.tables.values().filter(|table| !theirs.tables.contains_key(&table.name)).collect();
        let is_new = |table: &&Arc<Table>| !ours.tables.contains_key(&table.name) && !is_service(&table.name);
        let mut new: Tables = theirs.tables.values().filter(is_new).collect();
        if !gone.is_empty() && !new.is_empty() {
            self.tiers(&mut gone, &mut new);
            self.renames(&mut gone, &mut new);
        }
        for table in gone {
            // A schema without lineage is said as one, its table included.
            if table.name == super::lineage::TABLE && ours.lineage.is_some() {
                continue;
            }
            let parts = ours.tables.keys().filter(|part| is_part_of(part, &table.name) && theirs.tables.contains_key(*part)).cloned();
            let what = What::TableRemoved { table: Arc::clone(table), parts: parts.collect() };
            self.found.push(Difference::of_table(table, what));
        }
        for table in new {
            let master = parse_stored(&table.name).and_then(|stored| stored.master);
            let orphan = master.is_some_and(|master| !theirs.tables.contains_key(&master) && !ours.tables.contains_key(&master));
            self.found.push(Difference::of_table(table, What::TableAdded { table: Arc::clone(table), orphan }));
        }
    }

    /// Pairs tables whose names differ in the tier alone, whatever their bodies.
    fn tiers(&mut self, gone: &mut Tables<'a>, new: &mut Tables<'a>) {
        let master = |table: &Table| parse_stored(&table.name).filter(|stored| stored.master.is_none());
        let pairs: Vec<(&Arc<Table>, StoredName, &Arc<Table>, StoredName)> = gone
            .iter()
            .filter_map(|table| {
                let stored = master(table)?;
                let mut same = new.iter().filter_map(|other| Some((*other, master(other).filter(|it| it.base == stored.base)?)));
                let (other, theirs) = same.next()?;
                same.next().is_none().then_some((*table, stored, other, theirs))
            })
            .collect();
        for (table, ours, other, theirs) in pairs {
            let what = What::TierChanged { to: other.name.clone(), tiers: Sides::new(ours.tier, theirs.tier) };
            self.pair(table, other, what, gone, new);
        }
    }

    /// Pairs tables with one body, where there is no second that would do as well; masters first, because parts follow them.
    fn renames(&mut self, gone: &mut Tables<'a>, new: &mut Tables<'a>) {
        let is_part = |table: &Table| parse_stored(&table.name).is_some_and(|stored| stored.master.is_some());
        for parts in [false, true] {
            let mut bodies: BTreeMap<String, (Tables, Tables)> = BTreeMap::new();
            for table in gone.iter().filter(|table| is_part(table) == parts && !is_service(&table.name)) {
                bodies.entry(body(table)).or_default().0.push(table);
            }
            for table in new.iter().filter(|table| is_part(table) == parts) {
                if let Some((_, others)) = bodies.get_mut(&body(table)) {
                    others.push(table);
                }
            }
            for (ours, theirs) in bodies.into_values() {
                if let ([table], [other]) = (ours.as_slice(), theirs.as_slice())
                    && gone.iter().any(|it| it.name == table.name)
                {
                    self.pair(table, other, What::TableRenamed { to: other.name.clone() }, gone, new);
                }
            }
        }
    }

    /// Takes two tables for one, and with them the parts that follow.
    fn pair(&mut self, table: &'a Arc<Table>, other: &'a Arc<Table>, what: What, gone: &mut Tables<'a>, new: &mut Tables<'a>) {
        let mut difference = Difference::of_table(table, what);
        let followers: Vec<(&'a Arc<Table>, &'a Arc<Table>)> = gone
            .iter()
            .filter(|part| is_part_of(&part.name, &table.name))
            .filter_map(|part| {
                let name = format!("{}{}", other.name, &part.name[table.name.len()..]);
                new.iter().find(|it| it.name == name).map(|it| (*part, *it))
            })
            .collect();
        self.names.add_table(table, other);
        let mut taken: BTreeSet<(&str, &str)> = BTreeSet::from([(table.name.as_str(), other.name.as_str())]);
        for (part, other) in followers {
            self.names.add_table(part, other);
            difference.consequences.push(Consequence { schema: part.schema.clone(), table: part.name.clone(), column: None });
            taken.insert((&part.name, &other.name));
        }
        gone.retain(|it| !taken.iter().any(|(from, _)| *from == it.name));
        new.retain(|it| !taken.iter().any(|(_, to)| *to == it.name));
        self.found.push(difference);
    }
}

/// Returns whether the name is that of a part, or of a part's part, of the master.
fn is_part_of(name: &str, master: &str) -> bool {
    name.strip_prefix(master).is_some_and(|rest| rest.starts_with("__"))
}

/// Returns what makes two tables look the same: everything but names, comments and the parents of foreign keys, which may have new names too.
fn body(table: &Table) -> String {
    let columns: Vec<Column> =
        table.columns.iter().filter(|column| !is_hidden(&column.name)).map(|column| Column { charset: None, ..column.clone() }).collect();
    let mut keys: Vec<(&Vec<String>, &Vec<String>)> = table.foreign_keys.iter().map(shape).collect();
    keys.sort();
    format!("{:?} {columns:?} {:?} {keys:?}", table.kind == TableKind::View, table.primary_key)
}

fn shape(key: &ForeignKey) -> (&Vec<String>, &Vec<String>) {
    (&key.columns, &key.parent_columns)
}
