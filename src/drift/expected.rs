//! What a database should have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_core::catalog::{Catalog, Charset};
use djc_core::dialect::Server;
use djc_core::diff::Difference;
use djc_core::ir::{self, Pipeline, SchemaId};

use super::place::Places;
use crate::config::Config;

/// What a pipeline comes to on the server that is looked at.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// The model.
    pub pipeline: &'a Pipeline,
    /// Physical schema names, by [`SchemaId`].
    pub names: &'a [String],
    /// All declared tables, normalised; schemas with the charset that is asked for, where one is.
    pub catalog: Catalog,
    /// The physical schemas that are compared: those that the pipeline owns and nobody left out.
    pub compared: BTreeSet<String>,
    /// The modules that are asked about.
    wanted: BTreeSet<SchemaId>,
}

impl<'a> Expected<'a> {
    /// Puts it together. `catalog` is what lowering for the server gave; `ignored` says which schemas to leave out.
    pub fn new(
        pipeline: &'a Pipeline,
        names: &'a [String],
        wanted: BTreeSet<SchemaId>,
        mut catalog: Catalog,
        server: Server,
        ignored: impl Fn(&str) -> bool,
    ) -> Self {
        let dialect = server.dialect();
        for table in catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            dialect.normalize(Arc::make_mut(table));
        }
        let owned = wanted.iter().filter(|id| pipeline.schema(**id).owned).map(|id| names[id.0 as usize].clone());
        let compared = owned.filter(|name| !ignored(name)).collect();
        Expected { pipeline, names, catalog, compared, wanted }
    }

    /// Returns every schema to read: those that are compared and those of their parents.
    pub fn schemas(&self) -> Vec<String> {
        let mut schemas = self.compared.clone();
        for name in &self.compared {
            let tables = self.catalog.schemas.get(name).into_iter().flat_map(|schema| schema.tables.values());
            schemas.extend(tables.flat_map(|table| &table.foreign_keys).map(|key| key.parent_schema.clone()));
        }
        schemas.into_iter().collect()
    }

    /// Says which charset each schema should have, now that it is known what is there.
    ///
    /// A schema that exists keeps its own, so djc.toml counts where it names a charset, and the collation where it names one. Where it names
    /// none, a schema has the charset of most of its tables: one that has another was changed.
    pub fn ask_charsets(&mut self, config: &Config, live: &Catalog) {
        let mut asked: BTreeMap<&str, &ir::Charset> = BTreeMap::new();
        for (schema, name) in self.pipeline.schemas.iter().zip(self.names) {
            let own = config.schemas.get(&schema.module).and_then(|settings| settings.charset.as_ref());
            if let Some(charset) = own.or_else(|| config.charset_span.map(|_| &config.charset)) {
                asked.entry(name).or_insert(charset);
            }
        }
        for (name, schema) in &mut self.catalog.schemas {
            let there = live.schemas.get(name).and_then(|schema| schema.charset.as_ref());
            schema.charset = match asked.get(name.as_str()) {
                Some(ir::Charset::Named { charset, collation }) => match there {
                    Some(there) if collation.is_none() && there.charset == *charset => Some(there.clone()),
                    _ => schema.charset.take(),
                },
                Some(ir::Charset::Server) | None => live.schemas.get(name).and_then(usual_charset),
            };
        }
    }

    /// Returns whether a difference is about a module that is asked about; what nothing declares is about all of them.
    pub(super) fn wants(&self, places: &Places, difference: &Difference) -> bool {
        let table = difference.table.as_deref().and_then(|table| places.table(&difference.schema, table));
        table.is_none_or(|(_, table)| self.wanted.contains(&table.schema))
    }

    /// Returns the modules of a physical schema.
    pub(super) fn modules<'p>(&'p self, schema: &'p str) -> impl Iterator<Item = &'p ir::Schema> {
        self.pipeline.schemas.iter().zip(self.names).filter(move |(_, name)| *name == schema).map(|(module, _)| module)
    }
}

/// Returns the charset of more than half of the tables, else that of the schema.
fn usual_charset(schema: &djc_core::catalog::Schema) -> Option<Charset> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let charsets = || schema.tables.values().filter_map(|table| table.charset.as_ref());
    charsets().for_each(|it| *counts.entry((&it.charset, &it.collation)).or_default() += 1);
    let usual = counts.into_iter().max_by_key(|(_, count)| *count).filter(|(_, count)| count * 2 > charsets().count());
    let usual = usual.map(|((charset, collation), _)| Charset { charset: charset.to_string(), collation: collation.to_string() });
    usual.or_else(|| schema.charset.clone())
}
