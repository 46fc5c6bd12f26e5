//! The rows of `~lineage` that datajoint 2 joins by.

use std::collections::BTreeMap;

use super::Whole;
use crate::catalog::Change;
use crate::ir::{self, Generation, TableId};

impl Whole<'_> {
    /// Traces every attribute of a table to where its value was first introduced.
    ///
    /// An attribute of a reference has the parent's lineage, the last reference winning; an own attribute of the key is its
    /// own origin; an own dependent attribute has none.
    pub(super) fn lineage_of(&mut self, id: TableId, table: &ir::Table) {
        // Only generation 2 keeps lineage; its tables may stand under tables of the other.
        if self.pass.pipeline.schemas.iter().all(|schema| schema.generation == Generation::Classic) {
            return;
        }
        let schema = self.pass.name(table.schema);
        let mut traced: BTreeMap<String, String> = BTreeMap::new();
        for reference in &table.references {
            let parent = self.pass.pipeline.table(reference.parent);
            for map in &reference.columns {
                let known = self.lineage.get(&reference.parent).and_then(|lineage| lineage.get(&map.parent));
                let origin =
                    known.cloned().unwrap_or_else(|| format!("{}.{}.{}", self.pass.name(parent.schema), parent.stored, map.parent));
                traced.insert(map.child.clone(), origin);
            }
        }
        let singleton = table.heading.key.is_empty().then(|| "_singleton".to_string());
        let own = table.heading.primary_key().map(|attribute| attribute.name.clone()).chain(singleton);
        for name in own {
            let origin = format!("{schema}.{}.{name}", table.stored);
            traced.entry(name).or_insert(origin);
        }

        if self.pass.generation(table) == Generation::Modern && self.pass.pipeline.schema(table.schema).owned {
            let rows: Vec<(String, String)> = table
                .heading
                .attributes
                .iter()
                .map(|attribute| attribute.name.as_str())
                .chain(table.heading.key.is_empty().then_some("_singleton"))
                .filter_map(|name| Some((name.to_string(), traced.get(name)?.clone())))
                .collect();
            if let Some(entry) = self.out.catalog.schemas.get_mut(schema) {
                let kept = entry.lineage.get_or_insert_default();
                kept.extend(rows.iter().map(|(attribute, origin)| ((table.stored.clone(), attribute.clone()), origin.clone())));
            }
            if self.pass.is_wanted(table.schema) {
                let change = Change::SetLineage { schema: schema.to_string(), table: table.stored.clone(), rows };
                self.out.changes.push(change);
            }
        }
        self.lineage.insert(id, traced);
    }
}
