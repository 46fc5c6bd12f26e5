//! The tables of a state as definitions again, as far as others refer to them: who builds on a history needs no sources of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::history::Manifest;
use crate::core::ir::{ForeignKey, Generation, Origin, Pipeline, SchemaId, Table, TableId, Tier};
use crate::core::state::State;

/// One module of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub module: String,
    /// Which datajoint it belongs to.
    pub generation: Generation,
    /// `extern schema …`: tables with their keys.
    pub text: String,
}

/// Returns the folder of the newest migration, given the text of each one's `migration.json`; where there are branches, that with the greatest name.
pub fn newest(manifests: &BTreeMap<String, String>) -> Option<&str> {
    let read = |text: &String| serde_json::from_str::<Manifest>(text).ok();
    let known: Vec<(&String, Manifest)> = manifests.iter().filter_map(|(folder, text)| Some((folder, read(text)?))).collect();
    let parents: BTreeSet<&String> = known.iter().filter_map(|(_, manifest)| manifest.parent.as_ref()).collect();
    known.iter().filter(|(_, manifest)| !parents.contains(&manifest.hash)).map(|(folder, _)| folder.as_str()).max()
}

/// Returns the modules of a state as texts.
pub fn declared(state: &State) -> Vec<Declared> {
    let pipeline = &state.pipeline;
    let of = |(at, schema): (usize, &crate::core::ir::Schema)| {
        let text = module(pipeline, SchemaId(at as u32));
        Declared { module: schema.module.clone(), generation: schema.generation, text }
    };
    pipeline.schemas.iter().enumerate().map(of).collect()
}

fn module(pipeline: &Pipeline, id: SchemaId) -> String {
    let schema = pipeline.schema(id);
    let mut out = String::new();
    writeln!(out, "extern schema {} as \"{}\"", schema.module, schema.name).expect("a String takes all that is written");
    let parents = pipeline.tables.iter().filter(|table| table.schema == id).flat_map(|table| &table.references);
    let used: BTreeSet<&str> = parents
        .map(|reference| pipeline.table(reference.parent).schema)
        .filter(|other| *other != id)
        .map(|other| pipeline.schema(other).module.as_str())
        .collect();
    for module in used {
        writeln!(out, "use {module}").expect("a String takes all that is written");
    }
    for (at, table) in pipeline.tables().filter(|(_, table)| table.schema == id && !matches!(table.tier, Tier::Part { .. })) {
        writeln!(out, "\n{} {} {{", table.tier.word(), table.class).expect("a String takes all that is written");
        key(&mut out, pipeline, table, "    ");
        for (_, part) in pipeline.tables().filter(|(_, part)| matches!(part.tier, Tier::Part { master } if master == at)) {
            writeln!(out, "\n    part {} {{", part.class).expect("a String takes all that is written");
            key(&mut out, pipeline, part, "        ");
            out.push_str("    }\n");
        }
        out.push_str("}\n");
    }
    out
}

/// Writes the lines of the key, in the order that gives the same columns.
fn key(out: &mut String, pipeline: &Pipeline, table: &Table, indent: &str) {
    let mut written: BTreeSet<u32> = BTreeSet::new();
    for attribute in table.heading.primary_key().filter(|attribute| !attribute.hidden) {
        let line = match attribute.origin {
            Origin::Reference { reference, .. } => {
                if !written.insert(reference.0) {
                    continue;
                }
                match table.references.get(reference.0 as usize) {
                    Some(reference) => arrow(pipeline, table, reference),
                    None => continue,
                }
            }
            Origin::Own | Origin::Platform => format!("{} : {}", attribute.name, attribute.type_text),
        };
        writeln!(out, "{indent}{line}").expect("a String takes all that is written");
    }
    // A reference whose columns others have brought already.
    for (at, reference) in table.references.iter().enumerate().filter(|(_, reference)| reference.primary) {
        if written.insert(at as u32) {
            writeln!(out, "{indent}{}", arrow(pipeline, table, reference)).expect("a String takes all that is written");
        }
    }
}

fn arrow(pipeline: &Pipeline, table: &Table, reference: &ForeignKey) -> String {
    let parent: TableId = reference.parent;
    let name = pipeline.qualified_name(parent);
    let module = &pipeline.schema(table.schema).module;
    let name = match name.strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix('.')) {
        _ if reference.part_of && !reference.is_renamed() => "master".to_string(),
        Some(inside) => inside.to_string(),
        None => name,
    };
    let renamed: Vec<String> =
        reference.columns.iter().filter(|map| map.child != map.parent).map(|map| format!("{}='{}'", map.child, map.parent)).collect();
    let options = if reference.unique { "[unique] " } else { "" };
    if renamed.is_empty() { format!("-> {options}{name}") } else { format!("-> {options}{name}.proj({})", renamed.join(", ")) }
}
