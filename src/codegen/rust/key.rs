//! Keys flow along references: what the key of a row says about the keys of its ancestors.

use std::collections::BTreeMap;

use super::name::{Taken, snake};
use super::package::Package;
use crate::core::ir::{ColumnMap, ForeignKey, Pipeline, TableId};

/// The attributes of an ancestor's key, each with the attribute that has its value.
type Map = Vec<ColumnMap>;

/// What the keys of all tables say about those of their ancestors.
pub(super) struct Ancestors(Vec<BTreeMap<TableId, Option<Map>>>);

impl Ancestors {
    /// Follows the references of all keys.
    pub fn new(pipeline: &Pipeline) -> Self {
        let mut all: Vec<BTreeMap<TableId, Option<Map>>> = vec![BTreeMap::new(); pipeline.tables.len()];
        for id in &pipeline.order {
            let mut known: BTreeMap<TableId, Option<Map>> = BTreeMap::new();
            // Two ways that do not come to the same are none: which was meant?
            let mut add = |ancestor: TableId, map: Option<Map>| match known.get_mut(&ancestor) {
                Some(other) if *other != map => *other = None,
                Some(_) => {}
                None => {
                    known.insert(ancestor, map);
                }
            };
            for reference in pipeline.table(*id).references.iter().filter(|reference| reference.primary && reference.parent != *id) {
                add(reference.parent, Some(reference.columns.clone()));
                for (ancestor, map) in &all[reference.parent.0 as usize] {
                    add(*ancestor, map.as_ref().and_then(|map| through(map, reference)));
                }
            }
            all[id.0 as usize] = known;
        }
        Ancestors(all)
    }

    /// Returns the ancestors whose key the key of a table holds, in one way only.
    pub fn of(&self, id: TableId) -> impl Iterator<Item = (TableId, &[ColumnMap])> {
        self.0[id.0 as usize]
            .iter()
            .filter_map(move |(ancestor, map)| Some((*ancestor, map.as_deref()?)))
            .filter(move |(ancestor, _)| *ancestor != id)
    }
}

/// Returns a map that is about a parent as one about its child.
fn through(map: &[ColumnMap], reference: &ForeignKey) -> Option<Map> {
    map.iter()
        .map(|column| {
            let own = reference.columns.iter().find(|own| own.parent == column.child)?;
            Some(ColumnMap { child: own.child.clone(), parent: column.parent.clone() })
        })
        .collect()
}

/// Returns how the keys of a table's parents are called, reference by reference: by the parent, and by the attributes where two lead to one.
pub(super) fn accessors<'p>(package: &Package<'p>, id: TableId) -> Vec<(&'p ForeignKey, String)> {
    let table = package.pipeline.table(id);
    let mut taken = Taken::new(["key"]);
    let parents: Vec<String> = table.references.iter().map(|reference| snake(&package.pipeline.table(reference.parent).class)).collect();
    let name = |(at, reference): (usize, &'p ForeignKey)| {
        let alone = parents.iter().filter(|parent| **parent == parents[at]).count() == 1;
        let renamed: Vec<&str> = reference.columns.iter().filter(|map| map.child != map.parent).map(|map| map.child.as_str()).collect();
        let name = match alone || renamed.is_empty() {
            true => format!("{}_key", parents[at]),
            false => format!("{}_key_by_{}", parents[at], renamed.join("_and_")),
        };
        (reference, taken.free(&name, "_"))
    };
    table.references.iter().enumerate().map(name).collect()
}
