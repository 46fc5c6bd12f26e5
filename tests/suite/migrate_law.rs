//! Migrations keep every row: random pipelines with random rows, edited at random, taken there and back again on every server.
//!
//! The law, for each case:
//!
//! * A plan whose rehearsal finds no rows in its way comes to its end; one whose rehearsal finds some does not start, and nothing has changed.
//! * Behind it the database is what the edited files say, no difference left. Every column whose type holds the same values holds them, row by row (a hash beside the
//!   key); tables have the rows that they had; new columns have what was said; no row lacks its parent.
//! * Taking it back makes the database what it was, and every value that it had is there again.
//! * Taking it once more works.
//!
//! `DJC_LAW_CASES=5000` takes so many cases on each server, other ones each time; the seed of a case that fails is kept in `migrate_law.seeds` beside this file,
//! and such cases come first from then on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use djc::core::catalog::Catalog;
use djc::core::dialect::Server;
use djc::core::diff::{Difference, What, diff};
use djc::core::ir::Generation;
use djc::core::plan::{HazardKind, Plan, TableName};
use djc::diag::Sink;
use djc::migrate::planner::{Park, Refusal, Request, plan};
use djc::migrate::{Mapping, Pairs, Side};
use djc_runtime::InspectOptions;
use djc_runtime::migrate::{Direction, Job, Ledger, MigrateError, Place as LedgerPlace, RunOptions, Silent, rehearse, run};
use proptest::test_runner::{FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::edits::{Compiled, Edited, edited};
use crate::hashes::Contents;
use crate::kept::Kept;
use crate::pull::Place;
use crate::random;
use crate::rows::{self, Wanted};

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The random pipeline has an error.
    NoCase,
    /// No plan can be made, for a reason that stands.
    Refused,
    /// Rows were in the way, as the rehearsal said.
    Broken,
    /// There and back.
    Held,
}

/// One case: a pipeline, rows, and what is edited.
struct Case {
    generation: Generation,
    before: Compiled,
    after: Compiled,
    edited: Edited,
    mapping: Mapping,
    texts: String,
}

impl Case {
    fn new(numbers: &[u16], edits: &[u16], generation: Generation, prefix: &str, place: &Place) -> Option<Case> {
        let target = place.db.target();
        let files = random::pipeline(numbers, generation);
        let before = Compiled::of(&files, generation, prefix, target)?;
        let edited = edited(&files, edits, generation, |files| Compiled::of(files, generation, prefix, target).is_some());
        let after = Compiled::of(&edited.files, generation, prefix, target)?;
        let mut sink = Sink::new();
        let pairs = Pairs::new(&before.pipeline, &after.pipeline, &edited.intent);
        let mapping = Mapping::new(&edited.intent, &pairs, &side(&before), &side(&after), target.server, &mut sink);
        assert!(!sink.has_errors(), "{:?}", sink.diagnostics());
        let text = |files: &[(String, String)]| files.iter().map(|(_, text)| text.as_str()).collect::<String>();
        let texts = format!("{}\n== was\n{}\n== is\n{}", edited.said.join("\n"), text(&files), text(&edited.files));
        Some(Case { generation, before, after, edited, mapping, texts })
    }
}

fn side(compiled: &Compiled) -> Side<'_> {
    Side { pipeline: &compiled.pipeline, names: &compiled.names, catalog: &compiled.lowered.catalog }
}

/// A server, and the case that is on it.
struct Bench<'a> {
    place: &'a mut Place,
    case: &'a Case,
    schemas: BTreeSet<String>,
    ledger: Ledger,
}

impl Bench<'_> {
    /// Holds the case to the law.
    async fn hold(&mut self, wanted: Wanted) -> Result<Fate, String> {
        let server = self.place.db.server();
        let (before, after) = (&self.case.before.lowered, &self.case.after.lowered);
        let forth = match self.plan(&before.catalog, &after.catalog, &self.case.mapping, Park::Under("0001")) {
            Ok(plan) => plan,
            Err(refusals) => return if refusals.is_empty() { Err("refused without a reason".to_string()) } else { Ok(Fate::Refused) },
        };
        self.place.create(&before.changes).await?;
        let rows = rows::rows(&before.catalog, server, wanted);
        rows::insert(&mut self.place.db, &rows).await?;
        let held = Contents::read(&mut self.place.db, &before.catalog).await;

        let rehearsal = rehearse(&mut self.place.db, &forth, &before.catalog).await.map_err(|error| format!("rehearsal: {error}"))?;
        if let Some(unasked) = rehearsal.unasked.first() {
            return Err(format!("the server does not answer {:?}: {}", unasked.check, unasked.cause));
        }
        let outcome = self.run(&forth, &before.catalog, Direction::Up, "0001_there").await;
        if !rehearsal.broken.is_empty() {
            match outcome {
                Err(MigrateError::Broken { .. }) => {}
                Err(error) => return Err(format!("stopped otherwise than rehearsed: {}\n{:?}", said(&error), rehearsal.broken)),
                Ok(()) => return Err(format!("applied though the rehearsal finds {:?}", rehearsal.broken)),
            }
            self.is_like(&before.catalog, "though nothing was to start").await?;
            let now = Contents::read(&mut self.place.db, &before.catalog).await;
            return nothing(held.differences(&now), "though nothing was to start").map(|()| Fate::Broken);
        }
        outcome.map_err(|error| format!("rehearsed clean, and stopped: {}\n{}", said(&error), told(&forth)))?;
        self.is_like(&after.catalog, "behind the plan").await.map_err(|fault| format!("{fault}\n{}", told(&forth)))?;
        let there = Contents::read(&mut self.place.db, &after.catalog).await;
        let kept = Kept { server, from: (&before.catalog, &held), to: (&after.catalog, &there), mapping: &self.case.mapping };
        nothing(kept.faults(), "behind the plan").map_err(|fault| format!("{fault}\n{}", told(&forth)))?;

        let behind = forth.catalogs(&before.catalog).pop().expect("a plan has a catalog before its first step");
        let inverse = self.case.mapping.inverse();
        let park = Park::Back { parked: &forth.parked, mark: "0001b" };
        let back = self
            .plan(&behind, &before.catalog, &inverse, park)
            .map_err(|refusals| format!("no way back: {refusals:?}\n{}", told(&forth)))?;
        let both = |fault: String| format!("{fault}\n{}\n-- back\n{}", told(&forth), told(&back));
        self.run(&back, &behind, Direction::Down, "0001_there")
            .await
            .map_err(|error| both(format!("on the way back: {}", said(&error))))?;
        self.is_like(&before.catalog, "taken back").await.map_err(both)?;
        let again = Contents::read(&mut self.place.db, &before.catalog).await;
        let irreversible = forth.steps.iter().flat_map(|step| &step.hazards).any(|hazard| hazard.kind == HazardKind::Irreversible);
        if !irreversible {
            nothing(held.differences(&again), "taken back").map_err(both)?;
        }

        let start = back.catalogs(&behind).pop().expect("a plan has a catalog before its first step");
        let anew = self.plan(&start, &after.catalog, &self.case.mapping, Park::Under("0002"));
        let anew = anew.map_err(|refusals| both(format!("not once more: {refusals:?}")))?;
        let all = |fault: String| both(format!("{fault}\n{}\n", told(&anew)));
        self.run(&anew, &start, Direction::Up, "0001_there").await.map_err(|error| all(format!("once more: {}", said(&error))))?;
        self.is_like(&after.catalog, "taken once more").await.map_err(all)?;
        let now = Contents::read(&mut self.place.db, &after.catalog).await;
        nothing(if irreversible { Vec::new() } else { there.differences(&now) }, "taken once more").map_err(all)?;
        Ok(Fate::Held)
    }

    fn plan(&self, from: &Catalog, to: &Catalog, mapping: &Mapping, park: Park<'_>) -> Result<Plan, Vec<Refusal>> {
        plan(&Request { from, to, mapping, target: self.place.db.target(), schemas: &self.schemas, park })
    }

    async fn run(&mut self, plan: &Plan, from: &Catalog, direction: Direction, migration: &str) -> Result<(), MigrateError> {
        let hazards = plan.steps.iter().flat_map(|step| &step.hazards);
        let options = RunOptions { allow: hazards.filter_map(|hazard| hazard.allow.clone()).collect(), ..RunOptions::default() };
        let job = Job {
            history: "law",
            migration,
            hash: "0",
            direction,
            plan,
            from,
            version: "0",
            by: "the law",
            folder: None,
            environment: &[],
        };
        run(&mut self.place.db, &self.ledger, &job, &options, &mut Silent).await.map(drop)
    }

    /// Holds the live database against a lowered catalog; what is parked and the ledger do not count.
    async fn is_like(&mut self, lowered: &Catalog, when: &str) -> Result<(), String> {
        let server = self.place.db.server();
        let live = self.place.db.inspect(&InspectOptions::of(self.schemas.iter().cloned().collect())).await.expect("an inspection").catalog;
        let mut expected = lowered.clone();
        for table in expected.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            server.dialect().normalize(std::sync::Arc::make_mut(table));
        }
        let differences = diff(&expected, &live, Some(&self.schemas));
        // Where columns cannot be told their place, new ones stand at the end.
        let counts = |it: &&Difference| server.is_mysql_family() || !matches!(it.what, What::ColumnOrder(_));
        let lines = differences
            .iter()
            .filter(counts)
            .map(|it| format!("{}.{}: {}", it.schema, it.table.as_deref().unwrap_or("*"), it.words(server)));
        nothing(lines.collect(), when)
    }
}

/// Returns an error that says all faults, if there are any.
fn nothing(faults: Vec<String>, when: &str) -> Result<(), String> {
    if faults.is_empty() { Ok(()) } else { Err(format!("{when}:\n  {}", faults.join("\n  "))) }
}

/// Returns an error with the rows that it is about.
fn said(error: &MigrateError) -> String {
    match error {
        MigrateError::Broken { broken } => format!("{error}: {broken:?}"),
        other => other.to_string(),
    }
}

/// Returns the steps of a plan, for a message.
fn told(plan: &Plan) -> String {
    let steps = plan.steps.iter().map(|step| format!("  {:?}\n      because {}", step.action, step.reason));
    let checks = plan.checks.iter().map(|check| format!("  check {:?} before step {}", check.kind, check.step));
    let parked = plan.parked.iter().map(|parked| format!("  parked {parked:?}"));
    steps.chain(checks).chain(parked).collect::<Vec<_>>().join("\n")
}

fn law_on(server: Server, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let Some(place) = runtime.block_on(Place::new(server)) else { return };
    let place = RefCell::new(place);
    let prefix = format!("djcm{}_", crate::support::run_id());
    let asked: Option<u32> = std::env::var("DJC_LAW_CASES").ok().and_then(|text| text.parse().ok());
    let config = proptest::test_runner::Config {
        cases: asked.unwrap_or(cases),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/suite/migrate_law.seeds"))),
        max_shrink_iters: 400,
        ..Default::default()
    };
    // The same cases in every run of the test command, other ones on each server.
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[server as u8; 32])),
    };
    let numbers = |most| proptest::collection::vec(proptest::num::u16::ANY, 0..most);
    let strategy = (numbers(110), numbers(60), proptest::num::u64::ANY, 0..=20_usize, proptest::bool::ANY, proptest::bool::ANY);
    let (fates, begin) = (RefCell::new(Vec::new()), Instant::now());
    let slowest = Cell::new(Duration::ZERO);
    let outcome = runner.run(&strategy, |(numbers, edits, seed, most, tame, modern)| {
        let generation = if modern { Generation::Modern } else { Generation::Classic };
        let mut place = place.borrow_mut();
        let begin = Instant::now();
        let Some(case) = Case::new(&numbers, &edits, generation, &prefix, &place) else {
            fates.borrow_mut().push(Fate::NoCase);
            return Ok(());
        };
        let schemas: BTreeSet<String> = case.before.names.iter().chain(&case.after.names).cloned().collect();
        let ledger = Ledger { place: LedgerPlace::Table(TableName::new(&case.before.names[0], "~migrations")) };
        let outcome = runtime.block_on(async {
            place.clean(&schemas).await;
            let outcome =
                Bench { place: &mut place, case: &case, schemas: schemas.clone(), ledger }.hold(Wanted { seed, most, tame }).await;
            place.clean(&schemas).await;
            outcome
        });
        slowest.set(slowest.get().max(begin.elapsed()));
        let fate = outcome.map_err(|fault| {
            TestCaseError::fail(format!("datajoint {}: {fault}\n{}\n{:?}", case.generation, case.texts, case.edited.intent))
        })?;
        fates.borrow_mut().push(fate);
        Ok(())
    });
    let fates = fates.into_inner();
    let count = |fate| fates.iter().filter(|it| **it == fate).count();
    println!(
        "{}: {} cases there and back, {} that rows broke as rehearsed, {} without a plan, {} pipelines with errors, in {:.1} s (slowest {:.1} s)",
        server.as_str(),
        count(Fate::Held),
        count(Fate::Broken),
        count(Fate::Refused),
        count(Fate::NoCase),
        begin.elapsed().as_secs_f64(),
        slowest.get().as_secs_f64(),
    );
    outcome.unwrap_or_else(|error| panic!("{}: {error}", server.as_str()));
    assert!(count(Fate::Held) * 2 > fates.len(), "most cases are taken there and back");
}

#[test]
fn no_migration_loses_a_value_on_sqlite() {
    law_on(Server::Sqlite, 150);
}

#[test]
fn no_migration_loses_a_value_on_mariadb() {
    law_on(Server::MariaDb, 20);
}

#[test]
fn no_migration_loses_a_value_on_postgres() {
    law_on(Server::Postgres, 50);
}

#[test]
fn no_migration_loses_a_value_on_mysql() {
    law_on(Server::MySql, 6);
}
