//! Changes that labs make, and the plans that they come to: `tests/data/migrate/NAME/{before,after}.dj` → `snapshots/migrate/NAME-SERVER.snap`.
//!
//! A name that begins with `modern` is for datajoint 2. What a person says stands as annotations in `after.dj`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use djc::config::Config;
use djc::core::catalog::{Catalog, TableKind};
use djc::core::dialect::{Options, Server, Target, lower};
use djc::core::ir::{Generation, Pipeline};
use djc::core::plan::{Action, Plan};
use djc::core::source::SourceMap;
use djc::diag::human::{self, Look};
use djc::diag::{Diagnostic, Sink};
use djc::migrate::planner::{Park, Request, differences, plan};
use djc::migrate::{Answers, Change, Intent, Lowering, Naming, NoPlan, Planned, State};
use djc::{parser, resolve::resolve};

use crate::support::{root, snapshot};

fn pipeline(sources: &mut SourceMap, name: &str, text: &str, generation: Generation) -> Pipeline {
    let mut sink = Sink::new();
    let config = Config { generation, ..Config::default() };
    let file = sources.add(name, text);
    let pipeline = resolve(&[parser::parse(file, text, &mut sink)], &config, &mut sink);
    assert!(!sink.has_errors(), "{name}: {:#?}", sink.diagnostics());
    pipeline
}

fn said(sources: &SourceMap, found: &[Diagnostic]) -> String {
    let mut out = Vec::new();
    human::write(&mut out, sources, found, Look { color: false, unicode: false, width: None }).expect("a list takes all");
    String::from_utf8(out).expect("messages are UTF-8")
}

/// Writes a plan as a person reads it.
fn told(plan: &Plan, from: &Catalog, server: Server) -> String {
    let mut out = String::new();
    let catalogs = plan.catalogs(from);
    for (at, check) in plan.checks.iter().enumerate() {
        let sql = check.sql(server, from);
        writeln!(
            out,
            "check {} for step {}, rows of {} in which {}: {}",
            at + 1,
            check.step + 1,
            check.table,
            check.kind.words(),
            check.remedy
        )
        .expect("a string");
        writeln!(out, "    {}\n    {}", sql.count, sql.rows).expect("a string");
    }
    for (at, (step, before)) in plan.steps.iter().zip(&catalogs).enumerate() {
        writeln!(out, "step {}: {}", at + 1, step.reason).expect("a string");
        for hazard in &step.hazards {
            let allow = hazard.allow.as_ref().map_or(String::new(), |allow| format!(" (--allow {allow})"));
            writeln!(out, "  - {}: {}{allow}", hazard.kind.as_str(), hazard.words).expect("a string");
        }
        if !matches!(step.action, Action::Hand(_)) {
            for statement in server.dialect().alter(&step.action, before) {
                writeln!(out, "    {};", statement.sql.replace('\n', "\n    ")).expect("a string");
            }
        }
    }
    for parked in &plan.parked {
        let what = match &parked.column {
            Some((hidden, name)) => format!("{}.{hidden} has the values of {}.{name}", parked.table, parked.was),
            None => format!("{} has the rows of {}", parked.table, parked.was),
        };
        writeln!(out, "parked: {what}").expect("a string");
    }
    out
}

/// Holds a plan against what it was for.
fn prove(planned: &Planned, target: &Target) {
    let last = planned.plan.catalogs(&planned.from).pop().expect("there is always one");
    let request =
        Request { from: &planned.from, to: &planned.to, mapping: &planned.mapping, target, schemas: &planned.schemas, park: Park::No };
    assert_eq!(differences(&request, &last), [""; 0]);
}

#[test]
fn changes_come_to_plans() {
    let folder = root().join("tests/data/migrate");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("there are cases")
        .map(|entry| entry.expect("a readable folder").file_name().into_string().expect("names of cases are ASCII"))
        .collect();
    names.sort();
    let mut failed = Vec::new();
    for name in &names {
        let read = |file: &str| fs::read_to_string(folder.join(name).join(file)).expect("a case is two files");
        let (before_text, after_text) = (read("before.dj"), read("after.dj"));
        let generation = if name.starts_with("modern") { Generation::Modern } else { Generation::Classic };
        let mut sources = SourceMap::new();
        let before = pipeline(&mut sources, "before.dj", &before_text, generation);
        let now = pipeline(&mut sources, "after.dj", &after_text, generation);
        let owned: BTreeSet<String> =
            before.schemas.iter().chain(&now.schemas).filter(|schema| schema.owned).map(|schema| schema.module.clone()).collect();
        let before = State::new(&before, &owned, Lowering::default());
        for (server, dialect) in [(Server::MySql, "mysql"), (Server::Postgres, "postgres"), (Server::Sqlite, "sqlite")] {
            let target = Target::new(server);
            let mut sink = Sink::new();
            let intent = Intent::of(&before.pipeline, &now, &owned, &Answers::default(), &mut sink);
            let state = State { pipeline: now.clone(), lowering: Lowering::default() };
            let change = Change {
                before: &before,
                now: &state,
                intent: &intent,
                hand: &[],
                files: &Default::default(),
                owned: &owned,
                mark: "0002",
            };
            let mut out = String::new();
            match change.up(Naming::Templates, &target, &mut sink) {
                Ok(up) => {
                    prove(&up, &target);
                    out.push_str(&told(&up.plan, &up.from, server));
                    match change.down(&up, Naming::Templates, &target, &mut sink) {
                        Ok(down) => {
                            prove(&down, &target);
                            writeln!(out, "\n== back\n{}", told(&down.plan, &down.from, server)).expect("a string");
                        }
                        Err(why) => writeln!(out, "\n== no way back: {why:?}").expect("a string"),
                    }
                }
                Err(NoPlan::Refused(refusals)) => {
                    let names = Naming::Templates.names(&now);
                    refusals.iter().for_each(|refusal| sink.report(refusal.diagnostic(&now, &names, server)));
                }
                Err(why) => panic!("{name}: {why:?}"),
            }
            out.push_str(&said(&sources, &sink.into_sorted()));
            let outcome = std::panic::catch_unwind(|| snapshot("migrate", &format!("{name}-{dialect}"), &out));
            if outcome.is_err() {
                failed.push(format!("{name}-{dialect}"));
            }
        }
    }
    assert!(failed.is_empty(), "cases that differ from their snapshots: {failed:?}");
}

#[test]
fn what_cannot_be_planned_is_refused_with_its_place() {
    const LAB: &str = "schema lab\n\nmanual Subject {\n    subject : varchar(12)\n    ---\n    name : varchar(40)\n}\n";
    const OTHER: &str = "schema other\n\nuse lab\n\nmanual Weighing {\n    -> lab.Subject\n    day : date\n}\n";
    let compiled = |text: &str, generation: Generation| {
        let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
        let config = Config { generation, ..Config::default() };
        let trees = [("lab.dj", text), ("other.dj", OTHER)].map(|(name, text)| parser::parse(sources.add(name, text), text, &mut sink));
        let pipeline = resolve(&trees, &config, &mut sink);
        assert!(!sink.has_errors(), "{:#?}", sink.diagnostics());
        let names = Naming::Templates.names(&pipeline);
        let catalog = lower(&pipeline, &names, &Target::new(Server::MySql), &Options::default()).catalog;
        (sources, pipeline, catalog)
    };
    let (_, _, from) = compiled(LAB, Generation::Classic);
    let mut view = from.clone();
    let subject = view.schemas.get_mut("lab").and_then(|schema| schema.tables.get_mut("subject")).expect("the table");
    std::sync::Arc::make_mut(subject).kind = TableKind::View;
    let wider = LAB.replace("subject : varchar(12)", "subject : varchar(24)");
    let gone = LAB.replace("Subject", "Animal").replace("    name : varchar(40)\n", "")
        + "\nmanual Subject {\n    subject : varchar(12)\n    day : date\n}\n";
    let mut out = String::new();
    for (from, text, generation) in [
        (&from, wider.as_str(), Generation::Classic),
        (&from, gone.as_str(), Generation::Classic),
        (&from, LAB, Generation::Modern),
        (&view, LAB, Generation::Classic),
    ] {
        let (sources, pipeline, to) = compiled(text, generation);
        let schemas = BTreeSet::from(["lab".to_string()]);
        let (target, mapping) = (Target::new(Server::MySql), Default::default());
        let request = Request { from, to: &to, mapping: &mapping, target: &target, schemas: &schemas, park: Park::Under("0002") };
        let refusals = plan(&request).expect_err("it is refused");
        let names = Naming::Templates.names(&pipeline);
        let found: Vec<_> = refusals.iter().map(|refusal| refusal.diagnostic(&pipeline, &names, Server::MySql)).collect();
        out.push_str(&said(&sources, &found));
    }
    snapshot("migrate", "refused", &out);
}
