//! Plans prove themselves: random edits of random pipelines, there and back, on every server.

use std::collections::{BTreeMap, BTreeSet};

use djc::core::catalog::Catalog;
use djc::core::dialect::{SERVERS, Server, Target};
use djc::core::ir::{Generation, Origin, Pipeline, TableId};
use djc::core::plan::{Plan, TableName};
use djc::migrate::planner::{Park, Refusal, RefusalKind, Request, differences, plan};
use djc::migrate::{Intent, Mapping};

use crate::edits::{Compiled, edited};
use crate::random;

/// Returns what a person said, in physical names.
fn mapping(intent: &Intent, before: &Compiled, now: &Compiled, server: Server) -> Mapping {
    let mut out = Mapping::default();
    let physical = |side: &Compiled, id: TableId| {
        let table = side.pipeline.table(id);
        TableName::new(&side.names[table.schema.0 as usize], &table.stored)
    };
    let find = |pipeline: &Pipeline, name: &str| pipeline.tables().map(|(id, _)| id).find(|id| pipeline.qualified_name(*id) == name);
    let mut old_attributes: BTreeMap<TableId, BTreeMap<String, String>> = BTreeMap::new();
    for new in now.pipeline.order.iter().copied() {
        let name = now.pipeline.qualified_name(new);
        let old_name = intent.tables.get(&name).cloned().or_else(|| {
            let (master, part) = name.rsplit_once('.')?;
            Some(format!("{}.{part}", intent.tables.get(master)?))
        });
        let Some(old) = find(&before.pipeline, &old_name.unwrap_or(name.clone())) else { continue };
        let (from, to) = (physical(before, old), physical(now, new));
        let old_heading = &before.pipeline.table(old).heading;
        let mut names = BTreeMap::new();
        for attribute in &now.pipeline.table(new).heading.attributes {
            let said = intent.attributes.get(&name).and_then(|said| said.get(&attribute.name)).cloned();
            let inherited = || {
                let Origin::Reference { reference, parent_attribute } = attribute.origin else { return None };
                let parent = now.pipeline.table(new).references[reference.0 as usize].parent;
                let above = &now.pipeline.table(parent).heading.attributes[parent_attribute].name;
                let known = old_attributes.get(&parent)?.get(above)?;
                (*above == attribute.name).then(|| known.clone())
            };
            let was = said.or_else(inherited).unwrap_or(attribute.name.clone());
            if was != attribute.name && old_heading.get(&was).is_some() && old_heading.get(&attribute.name).is_none() {
                names.insert(attribute.name.clone(), was);
            }
        }
        if !names.is_empty() {
            out.columns.insert(from.clone(), names.iter().map(|(new, old)| (old.clone(), new.clone())).collect());
        }
        old_attributes.insert(new, names);
        for (attribute, fill) in intent.fill.get(&name).into_iter().flatten() {
            let table = now.pipeline.table(new);
            let column = now.lowered.catalog.table(&to.schema, &to.table).and_then(|table| table.column(attribute));
            let (Some(attribute), Some(column)) = (table.heading.get(attribute), column) else { continue };
            let generation = now.pipeline.schema(table.schema).generation;
            if let Ok(from) = djc::migrate::contents::fill(fill, attribute, column, generation, server) {
                out.fills.entry(to.clone()).or_default().insert(attribute.name.clone(), from);
            }
        }
        if from != to {
            out.tables.insert(from, to);
        }
    }
    out
}

/// Returns the names of a mapping the other way round.
fn inverse(mapping: &Mapping) -> Mapping {
    let to = |from: &TableName| mapping.tables.get(from).unwrap_or(from).clone();
    Mapping {
        tables: mapping.tables.iter().map(|(from, to)| (to.clone(), from.clone())).collect(),
        columns: mapping
            .columns
            .iter()
            .map(|(from, names)| (to(from), names.iter().map(|(old, new)| (new.clone(), old.clone())).collect()))
            .collect(),
        ..Mapping::default()
    }
}

fn last(plan: &Plan, from: &Catalog) -> Catalog {
    plan.catalogs(from).pop().expect("there is always one")
}

/// Plans there and back and holds both ends against what was asked for; returns how many steps there were, or why there is no plan.
fn there_and_back(before: &Compiled, after: &Compiled, intent: &Intent, target: &Target) -> Result<usize, Vec<Refusal>> {
    let schemas: BTreeSet<String> = before.names.iter().chain(&after.names).cloned().collect();
    let mapping = mapping(intent, before, after, target.server);
    let (from, to) = (&before.lowered.catalog, &after.lowered.catalog);
    let request = Request { from, to, mapping: &mapping, target, schemas: &schemas, park: Park::Under("0007") };
    let there = plan(&request)?;
    let end = last(&there, from);
    assert_eq!(differences(&request, &end), [""; 0], "{:#?}", there.steps);

    let text = serde_json::to_string(&there).expect("a plan is data");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("it is read back"), there);

    let inverse = inverse(&mapping);
    let park = Park::Back { parked: &there.parked, mark: "0007u" };
    let request = Request { from: &end, to: from, mapping: &inverse, target, schemas: &schemas, park };
    let back = match plan(&request) {
        Ok(back) => back,
        Err(refusals) => panic!("no way back: {refusals:#?}\n{:#?}", there.steps),
    };
    assert_eq!(differences(&request, &last(&back, &end)), [""; 0], "{:#?}\n{:#?}", there.steps, back.steps);
    Ok(there.steps.len())
}

/// Returns the numbers of one case.
fn numbers(seed: u64) -> (Vec<u16>, Vec<u16>) {
    let mut stream = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
    let mut next = || {
        let mut bytes = [0; 160];
        stream.fill(&mut bytes);
        bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect::<Vec<u16>>()
    };
    (next(), next())
}

#[test]
fn plans_of_random_edits_end_where_they_should_and_lead_back() {
    let cases = std::env::var("DJC_PLAN_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let (mut planned, mut refused) = (0, BTreeMap::<String, usize>::new());
    for seed in 0..cases {
        let generation = if seed % 2 == 0 { Generation::Classic } else { Generation::Modern };
        let (first, second) = numbers(seed);
        let files = random::pipeline(&first, generation);
        for server in SERVERS {
            let target = Target::new(server);
            let compiles = |files: &[(String, String)]| Compiled::of(files, generation, "", &target).is_some();
            let Some(before) = Compiled::of(&files, generation, "", &target) else { continue };
            let edited = edited(&files, &second, generation, compiles);
            let after = Compiled::of(&edited.files, generation, "", &target).expect("an edit compiles");
            let outcome = std::panic::catch_unwind(|| there_and_back(&before, &after, &edited.intent, &target));
            match outcome {
                Ok(Ok(_)) => planned += 1,
                Ok(Err(refusals)) => {
                    for refusal in refusals {
                        let kind = match refusal.kind {
                            RefusalKind::NeedsFill { key } => format!("needs fill, key {key}"),
                            other => format!("{other:?}"),
                        };
                        *refused.entry(kind).or_default() += 1;
                    }
                }
                Err(panic) => {
                    eprintln!("seed {seed} on {server:?}: {:#?}", edited.said);
                    for ((name, old), (_, new)) in files.iter().zip(&edited.files) {
                        eprintln!("--- {name} before\n{old}--- {name} after\n{new}");
                    }
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    eprintln!("{planned} planned, refused {refused:#?}");
    assert!(planned > refused.values().sum::<usize>() * 3, "{planned} planned, refused {refused:?}");
}
