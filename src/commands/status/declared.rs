//! What the sources say beside the database.

use std::collections::BTreeSet;

use djc_core::catalog::Catalog;
use djc_core::dialect::Server;
use djc_core::ir::Table;
use djc_runtime::Db;
use djc_runtime::inspect::Inspection;
use djc_runtime::status::TableKey;

use super::super::Error;
use super::super::compile::Compiled;
use super::super::drift::{ignored, known};
use crate::diag::Level;
use crate::diag::codes::{NOT_SEEN, SCHEMA_MISSING, TABLE_MISSING, UNDECLARED_TABLE};
use crate::drift::{self, Expected, baseline};

/// How the sources and the database differ.
pub(super) enum Drift {
    /// The sources have errors, so that nothing can be compared.
    Broken,
    /// None of their schemas is here.
    Elsewhere {
        /// How many they have.
        schemas: usize,
    },
    /// Compared, as `djc check --database` does.
    Compared(Comparison),
}

/// How the tables of sources and database compare.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Tables that the sources declare.
    pub declared: usize,
    /// Those that are not there.
    pub missing: usize,
    /// Those that are there and differ.
    pub differing: BTreeSet<TableKey>,
    /// Tables that no source declares.
    pub undeclared: usize,
    /// Differences that were accepted, and are in none of the above.
    pub known: usize,
}

/// What the sources declare.
pub(super) struct Declared {
    compiled: Compiled,
    /// As this server would hold it.
    catalog: Catalog,
    pub tables: BTreeSet<TableKey>,
    pub own_key_source: BTreeSet<TableKey>,
}

impl Declared {
    pub async fn of(db: &mut Db, mut compiled: Compiled) -> Result<Declared, Error> {
        compiled.live_charsets = db.charsets_of(&compiled.names).await.map_err(Box::new)?;
        let catalog = compiled.lower(&db.target().clone()).catalog;
        let key = |table: &Table| (compiled.names[table.schema.0 as usize].clone(), table.stored.clone());
        let tables = compiled.pipeline.tables.iter();
        Ok(Declared {
            tables: tables.clone().map(key).collect(),
            own_key_source: tables.filter(|table| table.annotations.key_source.is_some()).map(key).collect(),
            catalog,
            compiled,
        })
    }

    /// Compares, in the schemas whose names match; what djc.toml and the file of known drift leave out is left out here too.
    pub fn drift(&self, live: &Inspection, server: Server, patterns: &[glob::Pattern]) -> Result<Drift, Error> {
        let compiled = &self.compiled;
        if compiled.has_errors() {
            return Ok(Drift::Broken);
        }
        let config = &compiled.project.config;
        let ignored = ignored(config, &[])?;
        let leave = |schema: &str| {
            ignored.schemas.matches(schema) || !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.matches(schema))
        };
        let mut expected = Expected::new(&compiled.pipeline, &compiled.names, compiled.wanted(), self.catalog.clone(), server, leave);
        if !expected.compared.iter().any(|name| live.catalog.schemas.contains_key(name)) {
            return Ok(Drift::Elsewhere { schemas: expected.compared.len() });
        }
        expected.ask_charsets(config, &live.catalog);
        let settings = drift::Settings { levels: compiled.levels.clone(), ignored, types: config.type_context() };
        let mut found = drift::findings(&expected, live, server, &settings);
        // What may not be seen is told by itself.
        found.retain(|finding| finding.diagnostic.level != Level::Allow && finding.diagnostic.code.id != NOT_SEEN.id);
        let known = known(compiled)?;
        let count = found.len();
        found.retain(|finding| !known.knows(&finding.identity));

        let of = |schema: &str| self.tables.iter().filter(|(name, _)| name == schema).count();
        let declared = expected.compared.iter().map(|schema| of(schema)).sum();
        let mut out = Comparison { declared, known: count - found.len(), ..Comparison::default() };
        for finding in found {
            let id = finding.diagnostic.code.id;
            let mut place = baseline::place(&finding.identity).split('.');
            match (place.next(), place.next()) {
                (Some(schema), _) if id == SCHEMA_MISSING.id => out.missing += of(schema),
                _ if id == TABLE_MISSING.id => out.missing += 1,
                _ if id == UNDECLARED_TABLE.id => out.undeclared += 1,
                (Some(schema), Some(table)) => drop(out.differing.insert((schema.to_string(), table.to_string()))),
                (_, _) => {}
            }
        }
        Ok(Drift::Compared(out))
    }
}
