//! A history on one server: the plans that lead from where the database stands to any of its states.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use djc_core::catalog::{Catalog, Charset, Schema};
use djc_core::dialect::Target;
use djc_core::plan::{self, Parked, Plan};
use djc_runtime::migrate::{Direction, Entry, Job, Link, State as RunState};

use super::unplanned;
use crate::diag::{Diagnostic, Sink};
use crate::migrate::planner::Park;
use crate::migrate::{Change, Ground, History, Migration, Naming, NoPlan, Planned, State, owned_by};

/// A history with all that its plans depend on.
pub(super) struct Course<'a> {
    /// The files.
    pub history: &'a History,
    /// Its name.
    pub name: &'a str,
    /// The folder of migrations.
    pub folder: &'a Path,
    /// Variables of schema names.
    pub vars: &'a BTreeMap<String, String>,
    /// The server.
    pub target: Target,
    /// Charsets of the schemas that exist.
    pub charsets: BTreeMap<String, Charset>,
    /// The state before the first migration.
    pub nothing: State,
}

/// One migration in one direction, ready to run.
pub(super) struct Leg {
    /// Its place in the chain, from 0.
    pub at: usize,
    /// Which way.
    pub direction: Direction,
    /// What is there before.
    pub from: Catalog,
    /// The steps.
    pub plan: Plan,
    /// Where its hand-written commands run.
    pub folder: PathBuf,
}

impl Leg {
    /// Returns what is there behind it.
    pub fn behind(&self) -> Catalog {
        self.behind_of(&self.from)
    }

    /// Returns what is there behind it, where more is there before than it knows of.
    pub fn behind_of(&self, from: &Catalog) -> Catalog {
        let mut out = from.clone();
        self.plan.steps.iter().for_each(|step| step.action.apply(&mut out));
        out
    }
}

/// Who runs it, for the ledger.
pub(super) struct Runner {
    /// `ana@rig3`.
    pub by: String,
    /// What hand-written commands find in their environment.
    pub environment: Vec<(String, String)>,
}

impl<'a> Course<'a> {
    /// Returns the migrations as the ledger names them.
    pub fn chain(&self) -> Vec<Link> {
        self.history.migrations.iter().map(|it| Link { migration: it.folder.clone(), hash: it.hash.clone() }).collect()
    }

    /// Returns the migration at a place, from 0.
    pub fn migration(&self, at: usize) -> &'a Migration {
        &self.history.migrations[at]
    }

    /// Returns the state behind so many migrations.
    pub fn state(&self, count: usize) -> &State {
        match count.checked_sub(1) {
            None => &self.nothing,
            Some(at) => &self.history.migrations[at].state,
        }
    }

    /// Returns the tables behind so many migrations, parked things left out.
    pub fn catalog(&self, count: usize) -> Catalog {
        let state = self.state(count);
        let names = Naming::Variables(self.vars).names(&state.pipeline);
        state.lower_beside(&names, &self.owned(count), &self.target, &self.charsets).catalog
    }

    /// Returns the modules that the history owns behind so many migrations.
    fn owned(&self, count: usize) -> BTreeSet<String> {
        count.checked_sub(1).map(|at| self.migration(at).manifest.owns.clone()).unwrap_or_default()
    }

    /// Returns the physical schemas that the history owns behind so many migrations.
    pub fn schemas(&self, count: usize) -> BTreeSet<String> {
        let pipeline = &self.state(count).pipeline;
        let names = Naming::Variables(self.vars).names(pipeline);
        let owned = self.owned(count);
        let owned = pipeline.schemas.iter().zip(names).filter(|(schema, _)| owned.contains(&schema.module));
        owned.map(|(_, name)| name).collect()
    }

    /// Plans the way through a migration, from a database that stands before it and has these parked things.
    pub fn up(&self, at: usize, parked: &Catalog, park: Option<Park<'_>>) -> Result<Leg, Vec<Diagnostic>> {
        let migration = self.migration(at);
        let owned = owned_by(self.history, migration);
        let change = Change::of(self.history, migration, &self.nothing, &owned);
        let mut sink = Sink::new();
        let park = park.unwrap_or(Park::Under(migration.mark()));
        let planned = change.up_on(&self.ground(), parked, park, &mut sink);
        self.leg(at, Direction::Up, planned, sink)
    }

    /// Plans the way back, from where the database stands: behind the migration, or somewhere in it.
    pub fn down(&self, at: usize, from: &Catalog, park: Park<'_>) -> Result<Leg, Vec<Diagnostic>> {
        let migration = self.migration(at);
        let owned = owned_by(self.history, migration);
        let change = Change::of(self.history, migration, &self.nothing, &owned);
        let mut sink = Sink::new();
        let planned = change.down_on(&self.ground(), from, park, &mut sink);
        self.leg(at, Direction::Down, planned, sink)
    }

    fn ground(&self) -> Ground<'_> {
        Ground::new(Naming::Variables(self.vars), &self.target, &self.charsets)
    }

    fn leg(&self, at: usize, direction: Direction, planned: Result<Planned, NoPlan>, sink: Sink) -> Result<Leg, Vec<Diagnostic>> {
        let migration = self.migration(at);
        match planned {
            Ok(Planned { from, plan, .. }) if !sink.has_errors() => {
                Ok(Leg { at, direction, from, plan, folder: self.folder.join(&migration.folder) })
            }
            Ok(_) => Err(sink.into_sorted()),
            Err(why) => {
                let pipeline = &migration.state.pipeline;
                let names = Naming::Variables(self.vars).names(pipeline);
                Err(unplanned::findings(&why, &migration.folder, pipeline, &names, self.target.server))
            }
        }
    }

    /// Returns the job of a leg.
    pub fn job<'b>(&'b self, leg: &'b Leg, runner: &'b Runner) -> Job<'b> {
        let migration = self.migration(leg.at);
        Job {
            history: self.name,
            migration: &migration.folder,
            hash: &migration.hash,
            direction: leg.direction,
            plan: &leg.plan,
            from: &leg.from,
            version: env!("CARGO_PKG_VERSION"),
            by: &runner.by,
            folder: Some(&leg.folder),
            environment: &runner.environment,
        }
    }
}

/// Returns a catalog that holds what runs of a history have parked and not yet dropped, as it is called now.
///
/// The runs are played again, each by the plan that it went by. One that has not ended is left out.
pub(super) fn parked(entries: &[Entry], history: &str) -> Catalog {
    let mut now = Catalog::default();
    for entry in entries.iter().filter(|entry| entry.history == history && !entry.is_unfinished()) {
        let Some(stored) = &entry.stored else { continue };
        for (name, schema) in &stored.from.schemas {
            let known = now.schemas.entry(name.clone()).or_insert_with(|| Schema { name: name.clone(), ..Schema::default() });
            known.enums.extend(schema.enums.clone());
            known.tables.extend(schema.tables.iter().map(|(name, table)| (name.clone(), Arc::clone(table))));
        }
        stored.plan.steps.iter().take(entry.step).for_each(|step| step.action.apply(&mut now));
        if entry.state == RunState::Finished {
            stored.plan.parked.iter().for_each(|parked| forget(&mut now, parked));
        }
    }
    parked_in(now)
}

/// Returns the tables of a catalog that are parked, or have parked columns.
pub(super) fn parked_in(mut catalog: Catalog) -> Catalog {
    let is_parked = |name: &str| name.starts_with(plan::PARKED_COLUMN);
    for schema in catalog.schemas.values_mut() {
        schema.tables.retain(|name, table| plan::is_parked_table(name) || table.columns.iter().any(|column| is_parked(&column.name)));
        schema.lineage = None;
    }
    catalog
}

fn forget(catalog: &mut Catalog, parked: &Parked) {
    let Some(schema) = catalog.schemas.get_mut(&parked.table.schema) else { return };
    match &parked.column {
        None => drop(schema.tables.shift_remove(&parked.table.table)),
        Some((hidden, _)) => {
            if let Some(table) = schema.tables.get_mut(&parked.table.table) {
                Arc::make_mut(table).columns.retain(|column| column.name != *hidden);
            }
        }
    }
}
