//! Which alterations of a table go into one statement.

use std::sync::Arc;

use super::changes::{is_indexed, is_referenced};
use super::cost::{Target, cost};
use crate::catalog::{Catalog, ForeignKey, IndexPart, Schema, Table};
use crate::plan::{Action, Algorithm, Alteration, TableName};

/// Cuts alterations of one table into those that go into one statement, in their order.
///
/// Three things are kept apart. A column that a foreign key uses is not renamed beside something that writes the table anew: the servers
/// refuse to copy then, and MySQL 9.7 loses track of the keys of the children, which it enforces from then on and can no longer drop.
/// A new column does not take the name of one that is renamed and stays in an index: the servers would put the new one into the index.
/// And on MySQL, what goes (a foreign key, an index) or is said (a comment) stands alone where that spares a rewrite: each of the two
/// statements is instant, and together they are not.
pub(super) fn split(name: &TableName, alterations: &[Alteration], before: &Catalog, target: Target) -> Vec<Vec<Alteration>> {
    if alterations.len() < 2 || before.table(&name.schema, &name.table).is_none() {
        return vec![alterations.to_vec()];
    }
    let mut now = near(name, before);
    let mut out = Vec::new();
    for alterations in around_names(name, alterations, &now) {
        out.extend(in_piece(name, &alterations, &now, target));
        Action::AlterTable { table: name.clone(), alterations }.apply(&mut now);
    }
    out
}

/// Cuts before every new column that takes the name of one which is renamed and used.
fn around_names(name: &TableName, alterations: &[Alteration], before: &Catalog) -> Vec<Vec<Alteration>> {
    let mut out: Vec<Vec<Alteration>> = vec![Vec::new()];
    // What was renamed, by its old name, and what is new, in the statement so far.
    let (mut gone, mut added): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    Walk { name, alterations, before }.each(|alteration, table, now| {
        let takes = match alteration {
            Alteration::AddColumn { column, .. } => gone.contains(&column.name),
            Alteration::RenameColumn { from, to } => gone.contains(to) && added.contains(from),
            _ => false,
        };
        if takes {
            out.push(Vec::new());
            gone.clear();
            added.clear();
        }
        match alteration {
            Alteration::AddColumn { column, .. } => added.push(column.name.clone()),
            Alteration::RenameColumn { from, .. } if is_indexed(table, from) || is_referenced(now, table, from) => gone.push(from.clone()),
            _ => {}
        }
        out.last_mut().expect("it begins with one").push(alteration.clone());
    });
    out
}

fn in_piece(name: &TableName, alterations: &[Alteration], before: &Catalog, target: Target) -> Vec<Vec<Alteration>> {
    let whole = || vec![alterations.to_vec()];
    let walk = Walk { name, alterations, before };
    if alterations.iter().any(|it| matches!(it, Alteration::RenameColumn { .. })) && walk.renames_referenced() {
        return walk.runs(|alteration, table, now| is_note(alteration, table, now) || is_name(alteration, table));
    }
    let at_once = cost(&walk.action(alterations), before, target);
    if !target.is_mysql() || at_once.algorithm != Algorithm::Rebuild {
        return whole();
    }
    let pieces = walk.runs(is_note);
    let mut now = before.clone();
    let are_instant = pieces.iter().all(|piece| {
        let action = walk.action(piece);
        let cost = cost(&action, &now, target);
        action.apply(&mut now);
        cost.algorithm == Algorithm::Instant
    });
    if are_instant { pieces } else { whole() }
}

/// Returns the table with those that refer to it: what is looked at here step by step, and much less to copy than all tables.
fn near(name: &TableName, all: &Catalog) -> Catalog {
    let is_near = |table: &Table| {
        let refers = |key: &ForeignKey| (&key.parent_schema, &key.parent_table) == (&name.schema, &name.table);
        (&table.schema, &table.name) == (&name.schema, &name.table) || table.foreign_keys.iter().any(refers)
    };
    let mut out = Catalog::default();
    for (schema_name, schema) in &all.schemas {
        let tables = schema.tables.iter().filter(|(_, table)| is_near(table)).map(|(name, table)| (name.clone(), Arc::clone(table)));
        let copy = Schema { name: schema.name.clone(), charset: schema.charset.clone(), tables: tables.collect(), ..Schema::default() };
        if !copy.tables.is_empty() {
            out.schemas.insert(schema_name.clone(), copy);
        }
    }
    out
}

/// The alterations of a table, one after the other.
struct Walk<'a> {
    name: &'a TableName,
    alterations: &'a [Alteration],
    before: &'a Catalog,
}

impl Walk<'_> {
    fn action(&self, alterations: &[Alteration]) -> Action {
        Action::AlterTable { table: self.name.clone(), alterations: alterations.to_vec() }
    }

    /// Calls `see` for each alteration with the table and the catalog before it.
    fn each(&self, mut see: impl FnMut(&Alteration, &Table, &Catalog)) {
        let mut now = self.before.clone();
        for alteration in self.alterations {
            if let Some(table) = now.table(&self.name.schema, &self.name.table) {
                see(alteration, table, &now);
            }
            self.action(std::slice::from_ref(alteration)).apply(&mut now);
        }
    }

    fn renames_referenced(&self) -> bool {
        let mut found = false;
        self.each(|alteration, table, now| {
            found |= matches!(alteration, Alteration::RenameColumn { from, .. } if is_referenced(now, table, from));
        });
        found
    }

    /// Cuts wherever one kind follows the other.
    fn runs(&self, kind: impl Fn(&Alteration, &Table, &Catalog) -> bool) -> Vec<Vec<Alteration>> {
        let mut out: Vec<(bool, Vec<Alteration>)> = Vec::new();
        self.each(|alteration, table, now| {
            let kind = kind(alteration, table, now);
            match out.last_mut() {
                Some((last, piece)) if *last == kind => piece.push(alteration.clone()),
                _ => out.push((kind, vec![alteration.clone()])),
            }
        });
        out.into_iter().map(|(_, piece)| piece).collect()
    }
}

/// Returns whether it is a note in the catalog of the server that nothing else in the statement makes possible.
fn is_note(alteration: &Alteration, table: &Table, now: &Catalog) -> bool {
    match alteration {
        Alteration::DropForeignKey(_) | Alteration::SetComment(_) => true,
        Alteration::DropIndex(index) => {
            let mut without = table.clone();
            without.indexes.retain(|it| it.unique != index.unique || it.parts != index.parts);
            !lacks_index(&without, now)
        }
        Alteration::AddColumn { .. }
        | Alteration::DropColumn(_)
        | Alteration::RenameColumn { .. }
        | Alteration::ModifyColumn { .. }
        | Alteration::SetPrimaryKey(_)
        | Alteration::AddForeignKey(_)
        | Alteration::AddIndex(_)
        | Alteration::SetGeneration(_) => false,
    }
}

/// Returns whether it changes what a column is called, or what is said about it, and nothing in the rows.
fn is_name(alteration: &Alteration, table: &Table) -> bool {
    match alteration {
        Alteration::RenameColumn { .. } => true,
        Alteration::ModifyColumn { column, position: None } => table.column(&column.name).is_some_and(|old| {
            (&old.ty, old.nullable, old.auto_increment, &old.charset)
                == (&column.ty, column.nullable, column.auto_increment, &column.charset)
        }),
        _ => false,
    }
}

/// Returns whether a foreign key, of the table or onto it, finds no index that begins with its columns.
fn lacks_index(table: &Table, now: &Catalog) -> bool {
    let begins = |columns: &[String]| {
        let key = table.primary_key.iter().take(columns.len()).eq(columns);
        key || table.indexes.iter().any(|index| {
            let parts = index.parts.iter().take(columns.len()).map(|part| match part {
                IndexPart::Column { name, length: None, .. } => Some(name),
                IndexPart::Column { .. } | IndexPart::Expression(_) => None,
            });
            parts.eq(columns.iter().map(Some))
        })
    };
    let onto = now.tables().flat_map(|other| &other.foreign_keys);
    let onto = onto.filter(|key| (&key.parent_schema, &key.parent_table) == (&table.schema, &table.name));
    !table.foreign_keys.iter().all(|key| begins(&key.columns)) || !onto.into_iter().all(|key| begins(&key.parent_columns))
}
