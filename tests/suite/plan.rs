//! Plans prove themselves: random edits of random pipelines, there and back, on every server.

use std::collections::{BTreeMap, BTreeSet};

use djc::core::catalog::{Catalog, Table};
use djc::core::dialect::{SERVERS, Server, Target};
use djc::core::ir::Generation;
use djc::core::plan::{Action, Alteration, FillFrom, Plan, Position, TableName};
use djc::diag::Sink;
use djc::migrate::planner::{Park, Refusal, RefusalKind, Request, differences, plan};
use djc::migrate::{Intent, Mapping, Pairs, Side};

use crate::edits::{Compiled, edited};
use crate::random;

/// Returns what a person said, in physical names.
fn mapping(intent: &Intent, before: &Compiled, now: &Compiled, server: Server) -> Mapping {
    fn side(compiled: &Compiled) -> Side<'_> {
        Side { pipeline: &compiled.pipeline, names: &compiled.names, catalog: &compiled.lowered.catalog }
    }
    let pairs = Pairs::new(&before.pipeline, &now.pipeline, intent);
    Mapping::new(intent, &pairs, &side(before), &side(now), server, &mut Sink::new())
}

/// Returns the catalog behind a plan, once each of its steps was one that a server could take.
fn last(plan: &Plan, from: &Catalog, server: Server) -> Catalog {
    let mut catalogs = plan.catalogs(from);
    for (at, (step, before)) in plan.steps.iter().zip(&catalogs).enumerate() {
        let after = &catalogs[at + 1];
        if let Err(why) = sound(&step.action, before, after, server) {
            panic!("step {at} of {:#?}: {why}", plan.steps);
        }
    }
    catalogs.pop().expect("there is always one")
}

/// Holds a step against what is there before it.
fn sound(action: &Action, before: &Catalog, after: &Catalog, server: Server) -> Result<(), String> {
    let find = |name: &TableName| before.table(&name.schema, &name.table).ok_or(format!("{name} is not there"));
    let has = |table: &Table, column: &str| match table.column(column) {
        Some(column) => Ok(column.clone()),
        None => Err(format!("{}.{} has no {column}", table.schema, table.name)),
    };
    match action {
        Action::Fill(fill) => {
            let table = find(&fill.table)?;
            for column in fill.columns.iter().map(|(column, _)| column).chain(&fill.where_null).chain(&fill.where_not_null) {
                has(table, column)?;
            }
            for (_, from) in &fill.columns {
                match from {
                    FillFrom::Column(column) => drop(has(table, column)?),
                    FillFrom::Parent { table: parent, column, on } => {
                        let parent = find(parent)?;
                        has(parent, column)?;
                        for (child, above) in on {
                            has(table, child)?;
                            has(parent, above)?;
                        }
                    }
                    FillFrom::Literal(_) | FillFrom::Sql(_) => {}
                }
            }
        }
        Action::RenameTable { from, to } => {
            find(from)?;
            if before.table(&to.schema, &to.table).is_some() {
                return Err(format!("{to} is there already"));
            }
        }
        Action::AlterTable { table, alterations } => {
            let old = find(table)?;
            let new = after.table(&table.schema, &table.table).ok_or("it is gone")?;
            let mut names: BTreeSet<String> = old.columns.iter().map(|column| column.name.clone()).collect();
            for alteration in alterations {
                match alteration {
                    Alteration::RenameColumn { from, to } if !names.remove(from) || !names.insert(to.clone()) => {
                        return Err(format!("{from} cannot become {to}"));
                    }
                    Alteration::AddColumn { column, position } => {
                        if let Position::After(name) = position
                            && !names.contains(name)
                        {
                            return Err(format!("{name} is not there"));
                        }
                        if !names.insert(column.name.clone()) {
                            return Err(format!("{} is there already", column.name));
                        }
                    }
                    Alteration::DropColumn(name) if !names.remove(name) => return Err(format!("{name} is not there")),
                    Alteration::ModifyColumn { column, .. } if !names.contains(&column.name) => {
                        return Err(format!("{} is not there", column.name));
                    }
                    Alteration::DropForeignKey(key) if !old.foreign_keys.contains(key) => return Err(format!("no {key:?}")),
                    Alteration::DropIndex(index) if !old.indexes.contains(index) => return Err(format!("no {index:?}")),
                    Alteration::AddForeignKey(key) => {
                        let parent = after.table(&key.parent_schema, &key.parent_table).ok_or("no parent")?;
                        for (child, above) in key.columns.iter().zip(&key.parent_columns) {
                            let (child, above) = (has(new, child)?, has(parent, above)?);
                            if std::mem::discriminant(&child.ty) != std::mem::discriminant(&above.ty) {
                                return Err(format!("{:?} refers to {:?}", child.ty, above.ty));
                            }
                        }
                        if parent.primary_key != key.parent_columns && !key.parent_table.starts_with('~') {
                            return Err(format!("{key:?} onto {:?}", parent.primary_key));
                        }
                    }
                    _ => {}
                }
            }
            for name in &new.primary_key {
                if has(new, name)?.nullable {
                    return Err(format!("{name} of the key may be NULL"));
                }
            }
            if server == Server::Sqlite {
                return Ok(());
            }
            // What other tables refer to stays as it is while they do, and so does the key.
            for child in before.tables() {
                for key in child.foreign_keys.iter().filter(|key| (&key.parent_schema, &key.parent_table) == (&table.schema, &table.table))
                {
                    let renamed = |name: &String| {
                        alterations.iter().fold(name.clone(), |name, alteration| match alteration {
                            Alteration::RenameColumn { from, to } if *from == name => to.clone(),
                            _ => name,
                        })
                    };
                    if old.primary_key.iter().map(renamed).collect::<Vec<_>>() != new.primary_key {
                        return Err(format!("the key changes below {}", child.name));
                    }
                    for column in &key.parent_columns {
                        if has(old, column)?.ty != has(new, &renamed(column))?.ty {
                            return Err(format!("{column} changes below {}", child.name));
                        }
                    }
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Plans there and back and holds both ends against what was asked for; returns how many steps there were, or why there is no plan.
fn there_and_back(before: &Compiled, after: &Compiled, intent: &Intent, target: &Target) -> Result<usize, Vec<Refusal>> {
    let schemas: BTreeSet<String> = before.names.iter().chain(&after.names).cloned().collect();
    let mapping = mapping(intent, before, after, target.server);
    let (from, to) = (&before.lowered.catalog, &after.lowered.catalog);
    let request = Request { from, to, mapping: &mapping, target, schemas: &schemas, park: Park::Under("0007") };
    let there = plan(&request)?;
    let end = last(&there, from, target.server);
    assert_eq!(differences(&request, &end), [""; 0], "{:#?}", there.steps);

    let text = serde_json::to_string(&there).expect("a plan is data");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("it is read back"), there);

    let inverse = mapping.inverse();
    let park = Park::Back { parked: &there.parked, mark: "0007u" };
    let request = Request { from: &end, to: from, mapping: &inverse, target, schemas: &schemas, park };
    let back = match plan(&request) {
        Ok(back) => back,
        Err(refusals) => panic!("no way back: {refusals:#?}\n{:#?}", there.steps),
    };
    assert_eq!(differences(&request, &last(&back, &end, target.server)), [""; 0], "{:#?}\n{:#?}", there.steps, back.steps);
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
    let cases = std::env::var("DJC_PLAN_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
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

/// Plans from one text to another with names as said; returns the plan, proved.
fn planned(before: &str, after: &str, mapping: &Mapping, server: Server) -> Plan {
    let target = Target::new(server);
    let compiled = |text: &str| {
        Compiled::of(&[("lab".to_string(), text.to_string())], Generation::Classic, "", &target).expect("the text is without fault")
    };
    let (before, after) = (compiled(before), compiled(after));
    let (from, to) = (&before.lowered.catalog, &after.lowered.catalog);
    let schemas = BTreeSet::from(["lab".to_string()]);
    let request = Request { from, to, mapping, target: &target, schemas: &schemas, park: Park::Under("0007") };
    let plan = plan(&request).expect("there is a plan");
    assert_eq!(differences(&request, &last(&plan, from, server)), [""; 0], "{:#?}", plan.steps);
    plan
}

fn lab(table: &str) -> TableName {
    TableName::new("lab", table)
}

#[test]
fn columns_and_tables_change_names_among_each_other() {
    let before = "schema lab\n\nmanual Box {\n    box : int\n    ---\n    width : float\n    height : double\n}\n\nmanual Lid {\n    lid : int\n    ---\n    -> Box\n}\n";
    let after = "schema lab\n\nmanual Lid {\n    box : int\n    ---\n    height : float\n    width : double\n}\n\nmanual Box {\n    lid : int\n    ---\n    -> Lid\n}\n";
    let renamed = [("width", "height"), ("height", "width")].map(|(old, new)| (old.to_string(), new.to_string()));
    let mapping = Mapping {
        tables: BTreeMap::from([(lab("box"), lab("lid")), (lab("lid"), lab("box"))]),
        columns: BTreeMap::from([(lab("box"), BTreeMap::from(renamed))]),
        ..Mapping::default()
    };
    for server in SERVERS {
        let plan = planned(before, after, &mapping, server);
        assert!(plan.parked.is_empty() && plan.checks.is_empty(), "{plan:#?}");
        // Three for each pair, on one of them a name aside.
        let alters = plan.steps.iter().filter(|step| matches!(step.action, Action::AlterTable { .. })).count();
        assert_eq!((alters, plan.steps.len() - alters), (2, 3), "{:#?}", plan.steps);
    }
}

#[test]
fn a_name_that_is_given_to_another_is_free_before() {
    let before = "schema lab\n\nmanual Animal {\n    animal : int\n    ---\n    name : int\n    alias : varchar(20)\n    index (alias)\n}\n\nmanual Mouse {\n    mouse : int\n    ---\n    tag : int\n    name : varchar(20)\n    index (name)\n}\n\nmanual Weighing {\n    -> Mouse\n    day : date\n}\n\nmanual Sighting {\n    -> Animal\n    day : date\n}\n";
    let after = "schema lab\n\nmanual Animal {\n    mouse : int\n    ---\n    name : int\n    index (name)\n}\n\nmanual Weighing {\n    -> Animal\n    day : date\n}\n";
    let mapping = Mapping {
        tables: BTreeMap::from([(lab("mouse"), lab("animal"))]),
        columns: BTreeMap::from([(lab("mouse"), BTreeMap::from([("tag".to_string(), "name".to_string())]))]),
        ..Mapping::default()
    };
    for server in SERVERS {
        let plan = planned(before, after, &mapping, server);
        let parked: Vec<String> = plan.parked.iter().map(|parked| format!("{} was {}", parked.table.table, parked.was.table)).collect();
        assert_eq!(parked, ["animal was mouse", "~djc_0007_sighting was sighting", "~djc_0007_animal was animal"]);
    }
}
