//! A model lifted from what a server holds says what the definitions said: headings, keys, references, tiers, lineage.

use std::collections::BTreeSet;
use std::sync::Arc;

use djc::core::catalog::Catalog;
use djc::core::dialect::{self, SERVERS, Server, Target, lower};
use djc::core::ir::{AttributeType, Generation, Pipeline, TableId, Tier};
use djc::core::model::Model;
use djc::project::{self, LoadOptions, Project};

use crate::support::root;

/// Returns a shipped pipeline, its physical names, and what a server would report of it.
fn reported(name: &str, server: Server) -> (Pipeline, Vec<String>, Catalog) {
    let project = Project::load(&LoadOptions::new(root().join("pipelines").join(name))).expect("the pipeline is there");
    let project::Compiled { pipeline, names, .. } = project::compile(&project);
    let mut catalog = lower(&pipeline, &names, &Target::new(server), &dialect::Options::default()).catalog;
    for table in catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
        server.dialect().normalize(Arc::make_mut(table));
    }
    (pipeline, names, catalog)
}

/// Returns everything about a table that both sides must agree on, one fact a line.
fn facts(pipeline: &Pipeline, names: &[String], id: TableId, server: Server) -> BTreeSet<String> {
    let table = pipeline.table(id);
    let stored = |id: TableId| {
        let table = pipeline.table(id);
        format!("{}.{}", names[table.schema.0 as usize], table.stored)
    };
    let generation = pipeline.schema(table.schema).generation;
    let mut out = BTreeSet::new();
    let tier = match table.tier {
        Tier::Part { master } => format!("part of {}", stored(master)),
        tier @ (Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed) => tier.word().to_string(),
    };
    out.insert(format!("{tier}, generation {generation}"));
    out.insert(format!("key {:?}", table.heading.primary_key().map(|attribute| &attribute.name).collect::<Vec<_>>()));
    out.insert(format!("order {:?}", table.heading.attributes.iter().map(|attribute| &attribute.name).collect::<Vec<_>>()));
    for attribute in &table.heading.attributes {
        let lineage = attribute.lineage.as_ref().map(|lineage| format!("{}.{}", stored(lineage.table), lineage.attribute));
        let ty = meaning(&attribute.ty, generation, server);
        out.insert(format!("{}: {ty}, NULL {}, from {lineage:?}", attribute.name, attribute.nullable()));
    }
    for reference in &table.references {
        let columns: Vec<String> = reference.columns.iter().map(|map| format!("{}={}", map.child, map.parent)).collect();
        let unique = if reference.unique { ", unique" } else { "" };
        out.insert(format!("-> {} {columns:?}{unique}, part_of {}", stored(reference.parent), reference.part_of));
    }
    out
}

/// Returns the type; spellings that a server does not keep apart are one.
fn meaning(ty: &AttributeType, generation: Generation, server: Server) -> String {
    let physical = server.dialect().column_type(ty, generation).map(|ty| server.dialect().type_sql(&ty));
    let kind = match ty {
        // Only the MySQL family has blobs of several sizes, which the physical type tells apart.
        AttributeType::Blob(_) => "blob".to_string(),
        AttributeType::Bytes => "bytes".to_string(),
        AttributeType::Adapted { name, .. } => format!("<{name}>"),
        AttributeType::Attach | AttributeType::External(_) | AttributeType::Codec(_) | AttributeType::Uuid => format!("{ty:?}"),
        _ => String::new(),
    };
    format!("{kind} {}", physical.unwrap_or_else(|unsupported| unsupported.reason))
}

#[test]
fn lifting_what_was_lowered_gives_the_definitions_back() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for name in ["workshop", "image", "spyglass", "modern"] {
        for server in SERVERS {
            let (pipeline, names, catalog) = reported(name, server);
            let (model, unlifted) = Model::lift(&catalog, server);
            assert!(unlifted.is_empty(), "{name} on {server:?}: {unlifted:?}");
            let lifted_names: Vec<String> = model.pipeline().schemas.iter().map(|schema| schema.name.template().to_string()).collect();
            for (id, table) in pipeline.tables() {
                let physical = &names[table.schema.0 as usize];
                // What a server does not have was reported when it was lowered.
                if catalog.table(physical, &table.stored).is_none() {
                    continue;
                }
                let found = model.find(&format!("{physical}.{}", table.stored));
                let found = found.unwrap_or_else(|| panic!("{name} on {server:?} lacks {physical}.{}", table.stored));
                let (said, lifted) = (facts(&pipeline, &names, id, server), facts(model.pipeline(), &lifted_names, found, server));
                let missing: Vec<&String> = said.difference(&lifted).collect();
                let extra: Vec<&String> = lifted.difference(&said).collect();
                if !(missing.is_empty() && extra.is_empty()) {
                    let stored = &table.stored;
                    wrong.push(format!("{name} on {server:?}, {physical}.{stored}\nsaid {missing:#?}\nlifted {extra:#?}"));
                }
                compared += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} tables differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 200, "{compared} tables are too few");
}
