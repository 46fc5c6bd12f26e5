//! What stands on a table, and nothing else: all schemas, with a constant number of queries.

use std::collections::{BTreeMap, BTreeSet};

use djc_core::ir::parse_stored;

use super::referrer::{self, Referrer};
use super::{InspectOptions, Inspection};
use crate::db::Db;
use crate::error::SqlError;

/// Service tables that tell the generations apart and go with their tables, or log what happens.
const SERVICE: [&str; 4] = ["~lineage", "~jobs", "~external", "~log"];

/// The tables that stand on a table, whatever schema they are in, with the masters of parts among them and what stands on those.
#[derive(Debug, Clone)]
pub struct Downstream {
    /// What they are, normalised. Other tables of their schemas are not in it.
    pub inspection: Inspection,
    /// Foreign keys of tables that the server names and does not show.
    pub unseen: Vec<Referrer>,
}

impl Db {
    /// Reads what stands on these tables (`schema`, stored name), directly or not.
    pub async fn downstream(&mut self, tables: &[(String, String)]) -> Result<Downstream, SqlError> {
        let edges = referrer::all(self).await?;
        let mut children: BTreeMap<(&str, &str), Vec<&Referrer>> = BTreeMap::new();
        for edge in &edges {
            children.entry((&edge.parent_schema, &edge.parent_table)).or_default().push(edge);
        }
        let mut reached: BTreeSet<(String, String)> = BTreeSet::new();
        let mut open: Vec<(String, String)> = tables.to_vec();
        while let Some((schema, table)) = open.pop() {
            if reached.contains(&(schema.clone(), table.clone())) {
                continue;
            }
            let below = children.get(&(schema.as_str(), table.as_str())).into_iter().flatten();
            open.extend(below.map(|edge| (edge.schema.clone(), edge.table.clone())));
            // Whether a part may lose rows is a question to its master.
            let master = parse_stored(&table).and_then(|name| name.master);
            open.extend(master.map(|master| (schema.clone(), master)));
            reached.insert((schema, table));
        }
        let schemas: BTreeSet<String> = reached.iter().map(|(schema, _)| schema.clone()).collect();
        let jobs = |table: &String| format!("~~{}", table.trim_start_matches('_'));
        let mut names: BTreeSet<String> = reached.iter().flat_map(|(_, table)| [table.clone(), jobs(table)]).collect();
        names.extend(SERVICE.map(str::to_string));
        let options =
            InspectOptions { schemas: Some(schemas.into_iter().collect()), tables: Some(names.into_iter().collect()), referrers: false };
        let inspection = self.inspect(&options).await?;
        let is_hidden = |edge: &&Referrer| {
            reached.contains(&(edge.parent_schema.clone(), edge.parent_table.clone()))
                && inspection.catalog.table(&edge.schema, &edge.table).is_none()
        };
        let mut unseen: Vec<Referrer> = edges.iter().filter(is_hidden).cloned().collect();
        unseen.dedup();
        Ok(Downstream { inspection, unseen })
    }
}
