//! Who is touched by a delete: from rows that are to go to all rows that stand on them, table by table. Pure.
//!
//! Rows that are to go by themselves are *seeds*. From their tables the references lead to everything downstream, every one of them, two between one
//! pair of tables too. Where the conditions of a seed name nothing but attributes that a reference hands down, they are the child's as they are, so
//! that a restriction of a subject is the same short one ten levels below; elsewhere the child matches the parent's rows. A table that is reached in
//! several ways loses what any of them reaches.

mod error;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::{Edge, Graph, Step};
use crate::ir::{ForeignKey, ReferenceId, TableId, Tier};
use crate::model::Model;
use crate::query::{Matching, Projection, Query, QueryError};

pub use error::CascadeError;

/// All rows that go together.
#[derive(Debug, Clone)]
pub struct Cascade {
    model: Arc<Model>,
    affected: Vec<Affected>,
}

/// Rows of one table that go.
#[derive(Debug, Clone)]
pub struct Affected {
    /// The table.
    pub table: TableId,
    /// The rows.
    pub rows: Query,
    /// The references of the table by which they are reached; none where they are seeds alone.
    pub by: Vec<ReferenceId>,
    /// Whether rows of it are seeds.
    pub is_seed: bool,
    ways: Ways,
}

/// How rows of a table are reached.
#[derive(Debug, Clone, Default)]
struct Ways {
    /// Seeds whose conditions are the table's as they are.
    carried: BTreeSet<usize>,
    /// References whose parent's rows decide.
    matched: Vec<ReferenceId>,
}

/// Rows of a part that go while the rows of its master stay.
#[derive(Debug, Clone)]
pub struct Stray {
    /// The part.
    pub part: TableId,
    /// Its master.
    pub master: TableId,
    /// The rows of the part.
    pub rows: Query,
    /// The rows of the master that stay.
    pub masters: Query,
}

impl Cascade {
    /// Follows the references from seeds: queries over tables of the model, each with conditions only.
    ///
    /// # Errors
    /// A seed that is no table; tables that refer to each other in a circle, of which no order of deletes is right.
    pub fn new(model: &Arc<Model>, seeds: &[Query]) -> Result<Cascade, CascadeError> {
        let mut roots: Vec<TableId> = Vec::new();
        for seed in seeds {
            roots.push(seed.base().ok_or(CascadeError::NoTable)?.1);
        }
        let order = downstream(model, &roots)?;
        let mut cascade = Cascade { model: model.clone(), affected: Vec::with_capacity(order.len()) };
        let mut places: BTreeMap<TableId, usize> = BTreeMap::new();
        for id in order {
            let affected = cascade.reach(id, seeds, &roots, &places)?;
            places.insert(id, cascade.affected.len());
            cascade.affected.push(affected);
        }
        cascade.affected.reverse();
        Ok(cascade)
    }

    /// Returns the tables and what they lose, children before their parents: in this order they can be deleted.
    pub fn affected(&self) -> &[Affected] {
        &self.affected
    }

    /// Returns what a table loses.
    pub fn of(&self, id: TableId) -> Option<&Affected> {
        self.affected.iter().find(|affected| affected.table == id)
    }

    /// Returns the rows of one table that go, those above it being known.
    fn reach(&self, id: TableId, seeds: &[Query], roots: &[TableId], places: &BTreeMap<TableId, usize>) -> Result<Affected, CascadeError> {
        let table = self.model.table(id);
        let mut ways = Ways::default();
        let mut whole: Vec<Query> = Vec::new();
        let own: Vec<usize> = (0..seeds.len()).filter(|at| roots[*at] == id).collect();
        for at in &own {
            if seeds[*at].conditioned().is_some() {
                ways.carried.insert(*at);
            } else {
                // A limit, for one: which rows are meant is for the query to say.
                whole.push(key_of(&seeds[*at])?);
            }
        }
        let mut by = Vec::new();
        for (at, reference) in table.references.iter().enumerate() {
            let Some(parent) = places.get(&reference.parent).map(|place| &self.affected[*place]) else { continue };
            let at = ReferenceId(at as u32);
            by.push(at);
            let carries = |seed: &usize| hands_down(table, reference, &seeds[*seed]);
            if parent.ways.matched.is_empty() && !parent.is_whole(seeds, roots) && parent.ways.carried.iter().all(carries) {
                ways.carried.extend(&parent.ways.carried);
            } else {
                ways.matched.push(at);
                whole.push(brought(&parent.rows, reference)?);
            }
        }
        let carried: Vec<&Query> = ways.carried.iter().map(|seed| &seeds[*seed]).collect();
        let rows = Query::table(&self.model, id).reached(&carried, &whole)?;
        Ok(Affected { table: id, rows, by, is_seed: !own.is_empty(), ways })
    }

    /// Returns the rows of parts that go while their masters stay. A part that is reached through its master alone has none, and is left out without
    /// asking anybody.
    ///
    /// # Errors
    /// What the model cannot say of a part and its master.
    pub fn strays(&self, seeds: &[Query]) -> Result<Vec<Stray>, CascadeError> {
        let mut strays = Vec::new();
        for affected in &self.affected {
            let table = self.model.table(affected.table);
            let Tier::Part { master } = table.tier else { continue };
            let Some((at, tie)) = self.tie(affected.table, master) else { continue };
            let above = self.of(master);
            let along =
                |seed: &usize| above.is_some_and(|above| above.ways.carried.contains(seed)) && hands_down(table, tie, &seeds[*seed]);
            let only_along = affected.ways.matched.iter().all(|way| *way == at) && affected.ways.carried.iter().all(along);
            if only_along && !(affected.is_seed && affected.ways.carried.is_empty()) {
                continue;
            }
            let rows = match above {
                Some(above) => affected.rows.without(&brought(&above.rows, tie)?)?,
                None => affected.rows.clone(),
            };
            let up = taken_back(&rows, tie)?;
            let masters = Query::table(&self.model, master).restrict_to(&up, Matching::Natural)?;
            strays.push(Stray { part: affected.table, master, rows, masters });
        }
        Ok(strays)
    }

    /// Returns the reference by which a part belongs to its master.
    fn tie(&self, part: TableId, master: TableId) -> Option<(ReferenceId, &ForeignKey)> {
        let references = || self.model.table(part).references.iter().enumerate().filter(|(_, reference)| reference.parent == master);
        let (at, tie) = references().find(|(_, reference)| reference.part_of).or_else(|| references().find(|(_, it)| it.primary))?;
        Some((ReferenceId(at as u32), tie))
    }
}

impl Affected {
    /// Whether a seed decides about its rows by more than conditions.
    fn is_whole(&self, seeds: &[Query], roots: &[TableId]) -> bool {
        self.is_seed && (0..seeds.len()).any(|at| roots[at] == self.table && seeds[at].conditioned().is_none())
    }
}

/// Returns the tables that stand on any of these, themselves included, parents first.
fn downstream(model: &Arc<Model>, roots: &[TableId]) -> Result<Vec<TableId>, CascadeError> {
    let mut reached: BTreeSet<TableId> = BTreeSet::new();
    let mut open: Vec<TableId> = roots.to_vec();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(model.children(id).iter().map(|(child, _)| *child));
        }
    }
    let steps = reached.iter().flat_map(|child| {
        let references = model.table(*child).references.iter().enumerate();
        references.filter(|(_, reference)| reached.contains(&reference.parent)).map(|(at, reference)| Step {
            child: *child,
            parent: reference.parent,
            edge: Edge::Reference(ReferenceId(at as u32)),
        })
    });
    let graph = Graph::from_steps(model.pipeline().tables.len(), steps.collect::<Vec<_>>());
    if let Some(cycle) = graph.cycles().first() {
        let around = cycle.steps.iter().map(|step| step.child).chain(cycle.steps.first().map(|step| step.child));
        return Err(CascadeError::Circle { tables: around.map(|id| model.display_name(id)).collect() });
    }
    Ok(graph.order().into_iter().filter(|id| reached.contains(id)).collect())
}

/// Returns whether the conditions of a seed hold for a child's row exactly when they hold for the row that it refers to: they name what the reference
/// hands down under its own name, and the reference is never NULL.
fn hands_down(child: &crate::ir::Table, reference: &ForeignKey, seed: &Query) -> bool {
    let nullable = |name: &str| child.heading.get(name).is_none_or(|attribute| attribute.nullable());
    let same = |name: &str| reference.columns.iter().any(|map| map.child == name && map.parent == name);
    let is_hidden = |name: &str| child.heading.get(name).is_some_and(|attribute| attribute.hidden);
    let names = seed.conditioned();
    !reference.columns.iter().any(|map| nullable(&map.child) || is_hidden(&map.child))
        && names.is_some_and(|names| names.into_iter().all(same))
}

/// Returns the rows of a parent under the names that they have in the child.
fn brought(parent: &Query, reference: &ForeignKey) -> Result<Query, QueryError> {
    let columns = reference.columns.iter().map(|map| (map.parent.as_str(), map.child.as_str()));
    renamed(parent, columns.collect())
}

/// Returns the rows of a child under the names that they have in the parent.
fn taken_back(child: &Query, reference: &ForeignKey) -> Result<Query, QueryError> {
    let columns = reference.columns.iter().map(|map| (map.child.as_str(), map.parent.as_str()));
    renamed(child, columns.collect())
}

/// Returns nothing but these attributes, with new names. Hidden ones tell nothing apart: of a table with one row, a row is enough.
fn renamed(query: &Query, columns: Vec<(&str, &str)>) -> Result<Query, QueryError> {
    let columns: Vec<(&str, &str)> = columns.into_iter().filter(|(old, _)| query.heading().get(old).is_some()).collect();
    let old: BTreeSet<&str> = columns.iter().map(|(old, _)| *old).collect();
    let key: BTreeSet<&str> = query.heading().primary_key().map(|attribute| attribute.name.as_str()).collect();
    let query = match old == key && old.len() == columns.len() && !old.is_empty() {
        true => query.clone(),
        false => query.distinct(&old.into_iter().collect::<Vec<_>>())?,
    };
    let renamed = columns.iter().filter(|(old, new)| old != new).map(|(old, new)| (new.to_string(), old.to_string())).collect();
    query.project(&Projection { renamed, ..Projection::default() })
}

fn key_of(query: &Query) -> Result<Query, QueryError> {
    query.project(&Projection::default())
}
