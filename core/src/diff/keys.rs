//! Primary keys, foreign keys and indexes of two tables.

use std::collections::BTreeSet;

use super::columns::section;
use super::table::Around;
use super::{Sides, What, is_hidden};
use crate::catalog::{ForeignKey, Index, IndexPart, Table};

/// Compares the keys; `out` holds what differs in the columns.
pub(super) fn compare(from: &Table, to: &Table, around: &Around, out: &mut Vec<What>) {
    let changed: BTreeSet<String> = out
        .iter()
        .filter_map(|what| match what {
            What::ColumnRemoved { column, .. } | What::ColumnAdded { column, .. } => Some(column.name.clone()),
            _ => None,
        })
        .collect();
    let before = out.len();
    primary_key(from, to, around, out);
    let foreign = foreign_keys(from, to, around, &changed, out);
    let supporting = Supporting { from, to, foreign, key_changed: out.len() > before || !changed.is_empty() };
    indexes(&supporting, around, &changed, out);
}

fn primary_key(from: &Table, to: &Table, around: &Around, out: &mut Vec<What>) {
    let new_name = |name: &String| around.names.column(&from.schema, &from.name, name).to_string();
    let ours: Vec<String> = from.primary_key.iter().map(new_name).collect();
    if ours == to.primary_key {
        return;
    }
    if ours.is_empty() || to.primary_key.is_empty() {
        out.push(What::PrimaryKey(Sides::new(&from.primary_key, &to.primary_key).cloned()));
        return;
    }
    for column in from.columns.iter().filter(|column| !is_hidden(&column.name)) {
        let name = new_name(&column.name);
        let sections = Sides::new(section(from, &column.name), section(to, &name));
        if to.column(&name).is_some() && sections.from != sections.to {
            out.push(What::ColumnSection { column: column.name.clone(), sections });
        }
    }
    let common = |one: &[String], other: &[String]| one.iter().filter(|name| other.contains(name)).cloned().collect::<Vec<_>>();
    if common(&ours, &to.primary_key) != common(&to.primary_key, &ours) {
        // Declared in another order, the columns of the key stand in another order as well.
        let rest = |order: &[String]| order.iter().filter(|name| !ours.contains(name)).cloned().collect::<Vec<_>>();
        out.retain(|what| !matches!(what, What::ColumnOrder(orders) if rest(&orders.from) == rest(&orders.to)));
        out.push(What::KeyOrder(Sides::new(ours, to.primary_key.clone())));
    }
}

/// A foreign key of `from`: as it is there, and with the names of `to`.
struct Known<'a> {
    written: &'a ForeignKey,
    renamed: ForeignKey,
}

/// Returns the columns of the keys that differ.
fn foreign_keys(from: &Table, to: &Table, around: &Around, changed: &BTreeSet<String>, out: &mut Vec<What>) -> Vec<Vec<String>> {
    let mut ours: Vec<Known> =
        from.foreign_keys.iter().map(|written| Known { written, renamed: around.names.foreign_key(from, written) }).collect();
    let mut theirs: Vec<&ForeignKey> = to.foreign_keys.iter().collect();
    let mut touched = Vec::new();
    let parent = |key: &ForeignKey| (key.parent_schema.clone(), key.parent_table.clone());
    let actions = |key: &ForeignKey| (key.on_update, key.on_delete);
    let sorted = |columns: &[String]| columns.iter().cloned().collect::<BTreeSet<String>>();

    pair(&mut ours, &mut theirs, |one, other| pairs(one) == pairs(other) && parent(one) == parent(other) && actions(one) == actions(other));
    let sides = |one: &Known, other: &ForeignKey| Box::new(Sides::new(one.written, other).cloned());
    for (one, other) in pair(&mut ours, &mut theirs, |one, other| pairs(one) == pairs(other) && parent(one) == parent(other)) {
        out.push(What::ForeignKeyActions(sides(&one, other)));
    }
    for (one, other) in
        pair(&mut ours, &mut theirs, |one, other| sorted(&one.columns) == sorted(&other.columns) && parent(one) != parent(other))
    {
        touched.extend([one.renamed.columns.clone(), other.columns.clone()]);
        // Whether the other table is known to `from` is found out where both catalogs are at hand.
        out.push(What::ForeignKeyTarget { keys: sides(&one, other), vestigial: false });
    }
    for (one, other) in pair(&mut ours, &mut theirs, |one, other| parent(one) == parent(other)) {
        touched.extend([one.renamed.columns.clone(), other.columns.clone()]);
        // A column that came or went took its place in the key along.
        let (before, after) = (pairs(&one.renamed), pairs(other));
        let follows = before.symmetric_difference(&after).all(|(child, _)| changed.contains(child));
        if !follows {
            out.push(What::ForeignKeyColumns(sides(&one, other)));
        }
    }
    for one in ours {
        touched.push(one.renamed.columns.clone());
        if !one.renamed.columns.iter().any(|column| changed.contains(column)) {
            out.push(What::ForeignKeyRemoved(one.written.clone()));
        }
    }
    for other in theirs {
        touched.push(other.columns.clone());
        if !other.columns.iter().any(|column| changed.contains(column)) {
            out.push(What::ForeignKeyAdded(other.clone()));
        }
    }
    touched
}

/// Returns which column stands for which, whatever their order.
fn pairs(key: &ForeignKey) -> BTreeSet<(String, String)> {
    key.columns.iter().cloned().zip(key.parent_columns.iter().cloned()).collect()
}

/// Takes those that fit out of both lists.
fn pair<'k, 'a>(
    ours: &mut Vec<Known<'a>>,
    theirs: &mut Vec<&'k ForeignKey>,
    fits: impl Fn(&ForeignKey, &ForeignKey) -> bool,
) -> Vec<(Known<'a>, &'k ForeignKey)> {
    let mut out = Vec::new();
    let mut rest = Vec::new();
    for one in std::mem::take(ours) {
        match theirs.iter().position(|other| fits(&one.renamed, other)) {
            Some(at) => out.push((one, theirs.remove(at))),
            None => rest.push(one),
        }
    }
    *ours = rest;
    out
}

/// What says whether an index only serves a foreign key.
struct Supporting<'a> {
    from: &'a Table,
    to: &'a Table,
    /// Columns of foreign keys that differ.
    foreign: Vec<Vec<String>>,
    /// Whether the primary key differs, which may serve a foreign key as well as an index does.
    key_changed: bool,
}

impl Supporting<'_> {
    /// Returns whether the index came or went with something that has been said.
    fn explains(&self, index: &Index) -> bool {
        let Some(columns) = names(index) else { return false };
        let follows = |key: &Vec<String>| columns.len() >= key.len() && columns[..key.len()] == *key;
        let serves = |table: &Table| table.foreign_keys.iter().any(|key| key.columns == columns);
        self.foreign.iter().any(|key| follows(key) && (!index.unique || columns == *key))
            || (self.key_changed && !index.unique && (serves(self.from) || serves(self.to)))
    }
}

fn indexes(supporting: &Supporting, around: &Around, changed: &BTreeSet<String>, out: &mut Vec<What>) {
    let mut theirs: Vec<&Index> = supporting.to.indexes.iter().collect();
    let mut ours: Vec<(&Index, Index)> = Vec::new();
    for index in &supporting.from.indexes {
        let renamed = renamed(index, supporting.from, around);
        match theirs.iter().position(|other| other.unique == renamed.unique && other.parts == renamed.parts) {
            Some(at) => drop(theirs.remove(at)),
            None => ours.push((index, renamed)),
        }
    }
    // The server takes a column that is dropped out of the indexes that have it.
    for (_, renamed) in &ours {
        let mut rest = renamed.clone();
        rest.parts.retain(|part| !matches!(part, IndexPart::Column { name, .. } if changed.contains(name)));
        if let Some(at) = theirs.iter().position(|other| other.unique == rest.unique && other.parts == rest.parts) {
            theirs.remove(at);
        }
    }
    let touches = |index: &Index| names(index).is_some_and(|columns| columns.iter().any(|column| changed.contains(column)));
    ours.retain(|(_, index)| !touches(index));
    theirs.retain(|index| !touches(index));
    for likeness in [same_parts, same_columns] {
        let mut rest = Vec::new();
        for (index, renamed) in ours {
            match theirs.iter().position(|other| likeness(&renamed, other)) {
                Some(at) => {
                    let other = theirs.remove(at);
                    if !supporting.explains(&renamed) && !supporting.explains(other) {
                        out.push(What::IndexChanged(Box::new(Sides::new(index, other).cloned())));
                    }
                }
                None => rest.push((index, renamed)),
            }
        }
        ours = rest;
    }
    for (index, renamed) in ours {
        // The server drops the index of a foreign key when a wider one can serve it.
        let served = theirs.iter().any(|other| is_head(&renamed, other)) && !renamed.unique;
        if !served && !supporting.explains(&renamed) {
            out.push(What::IndexRemoved(index.clone()));
        }
    }
    for index in theirs {
        if !supporting.explains(index) {
            out.push(What::IndexAdded(index.clone()));
        }
    }
}

/// Returns an index of `from` with the names of `to`.
fn renamed(index: &Index, table: &Table, around: &Around) -> Index {
    let mut out = index.clone();
    for part in &mut out.parts {
        match part {
            IndexPart::Column { name, .. } => *name = around.names.column(&table.schema, &table.name, name).to_string(),
            IndexPart::Expression(text) => {
                for (old, new) in around.names.columns_of(table) {
                    *text = text.replace(old, new);
                }
            }
        }
    }
    out
}

/// Returns the columns of an index without expressions.
fn names(index: &Index) -> Option<Vec<String>> {
    index
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Column { name, .. } => Some(name.clone()),
            IndexPart::Expression(_) => None,
        })
        .collect()
}

fn same_parts(one: &Index, other: &Index) -> bool {
    one.parts == other.parts
}

fn same_columns(one: &Index, other: &Index) -> bool {
    let sorted = |index: &Index| {
        names(index).map(|mut names| {
            names.sort();
            names
        })
    };
    sorted(one).is_some() && sorted(one) == sorted(other)
}

/// Returns whether the columns of one index begin another.
fn is_head(index: &Index, wider: &Index) -> bool {
    names(index).zip(names(wider)).is_some_and(|(index, wider)| wider.len() > index.len() && wider[..index.len()] == index[..])
}
