//! A history held against a database: what every command that touches a server does first.

use std::collections::BTreeMap;

use djc_core::catalog::Catalog;
use djc_runtime::migrate::{Direction, Entry, Ledger, Lock, MigrateError, RunOptions, Standing, State as RunState, standing};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};

use super::super::database::{DatabaseName, database, warn_if_exposed};
use super::super::{Error, Exit, Ui};
use super::course::{Course, Leg, Runner, parked, parked_in};
use super::opened::Opened;
use super::steps::Steps;
use super::stopped::{Scene, findings, ledger_fault};
use crate::diag::Diagnostic;
use crate::migrate::planner::Park;
use crate::migrate::{Naming, State};

/// Which database, for every command that touches one.
#[derive(Debug, clap::Args)]
pub(super) struct Where {
    /// Where: a URL (mysql://, postgres://, sqlite:FILE) or the name of a [database] in djc.toml
    #[arg(long, value_name = "URL|NAME")]
    pub database: DatabaseName,
}

/// A database with the history that is applied to it.
pub(super) struct Site<'a> {
    /// The connection.
    pub db: Db,
    /// Where it is noted what was applied.
    pub ledger: Ledger,
    /// The rows of the ledger, of all histories.
    pub entries: Vec<Entry>,
    /// How far the history is applied.
    pub standing: Standing,
    /// The plans.
    pub course: Course<'a>,
    /// Who runs.
    pub runner: Runner,
    /// The database as it was called.
    pub database: &'a DatabaseName,
    /// Held while the tables are looked at; see [`Site::alone`].
    lock: Option<Lock>,
}

/// What keeps a command from its work and is said as findings.
pub(super) struct Refused {
    pub findings: Vec<Diagnostic>,
    pub exit: Exit,
}

impl Refused {
    pub fn one(finding: Diagnostic) -> Refused {
        Refused { findings: vec![finding], exit: Exit::Findings }
    }

    pub fn of(error: &MigrateError, scene: &Scene<'_>) -> Refused {
        let (findings, exit) = findings(error, scene);
        Refused { findings, exit }
    }
}

/// Why a command ends early.
pub(super) enum Stop {
    /// It could not run.
    Error(Error),
    /// It is refused.
    Refused(Refused),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Error(error.into())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Stop::Refused(refused)
    }
}

impl<'a> Site<'a> {
    /// Connects, and reads how far the history is applied.
    pub async fn open(ui: &Ui, opened: &'a Opened, database: &'a DatabaseName, options: ConnectOptions) -> Result<Site<'a>, Stop> {
        let url = self::database(ui, Some(database), &opened.settings.config, &opened.settings.root)?;
        Site::open_at(ui, opened, database, &url, options).await
    }

    /// As [`Site::open`], when no other run works on the history; none begins before [`Site::let_others`].
    ///
    /// The tables of a run under way are as no state says: that of somebody else, or the last statement of one whose process was killed.
    pub async fn alone(ui: &Ui, opened: &'a Opened, database: &'a DatabaseName, options: ConnectOptions) -> Result<Site<'a>, Stop> {
        let url = self::database(ui, Some(database), &opened.settings.config, &opened.settings.root)?;
        let mut db = connected(ui, &url, &options).await?;
        let mut steps = Steps::new(ui, 0);
        let patience = RunOptions::default().ledger_wait;
        let lock = Lock::take(&mut db, &opened.ledger(), &opened.histories.name, patience, &mut steps).await;
        steps.finish();
        let lock = lock.map_err(|error| Refused::of(&error, &Scene { migration: "", database: Some(database) }))?;
        Ok(Site { lock: Some(lock), ..Site::read(db, opened, database).await? })
    }

    /// Lets others run, before somebody is asked or a run begins, which holds the database against the plan once more.
    pub async fn let_others(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.release(&mut self.db).await;
        }
    }

    /// Returns where it is and what server answers there, for people.
    pub fn place(&self) -> String {
        format!("{}: {}", self.db.url(), self.db.version_text())
    }

    /// As [`Site::open`], for a database whose address is known.
    pub async fn open_at(
        ui: &Ui,
        opened: &'a Opened,
        database: &'a DatabaseName,
        url: &DatabaseUrl,
        options: ConnectOptions,
    ) -> Result<Site<'a>, Stop> {
        Site::read(connected(ui, url, &options).await?, opened, database).await
    }

    /// Reads how far the history is applied.
    async fn read(mut db: Db, opened: &'a Opened, database: &'a DatabaseName) -> Result<Site<'a>, Stop> {
        let scene = Scene { migration: "", database: Some(database) };
        let stopped = |error: &MigrateError| Refused::of(error, &scene);
        let ledger = opened.ledger();
        let entries = ledger.read(&mut db).await.map_err(|error| stopped(&error))?;
        let names = opened.schema_names();
        let charsets = db.charsets_of(&names).await.map_err(|error| stopped(&error.into()))?;
        let course = Course {
            history: opened.history(),
            name: &opened.histories.name,
            folder: &opened.histories.folder,
            vars: &opened.vars,
            target: db.target().clone(),
            charsets,
            nothing: State::default(),
        };
        let standing = standing(&entries, &opened.histories.name, &course.chain()).map_err(|fault| Refused::one(ledger_fault(&fault)))?;
        let runner = Runner { by: who(), environment: environment(&course, &opened.vars) };
        Ok(Site { db, ledger, entries, standing, course, runner, database, lock: None })
    }

    /// Reads the ledger again, behind a run.
    pub async fn refresh(&mut self) -> Result<(), Stop> {
        let scene = Scene { migration: "", database: Some(self.database) };
        self.entries = self.ledger.read(&mut self.db).await.map_err(|error| Refused::of(&error, &scene))?;
        let chain = self.course.chain();
        self.standing = standing(&self.entries, self.course.name, &chain).map_err(|fault| Refused::one(ledger_fault(&fault)))?;
        Ok(())
    }

    /// Returns what is parked and still there.
    pub fn parked(&self) -> Catalog {
        parked(&self.entries, self.course.name)
    }

    /// Returns the tables as they should be: those behind the last migration that is applied.
    pub fn expected(&self) -> Catalog {
        self.course.catalog(self.standing.applied)
    }

    /// Returns the last run of a migration.
    pub fn last_run(&self, at: usize) -> Option<&Entry> {
        let migration = self.course.migration(at);
        let is = |entry: &&Entry| entry.history == self.course.name && entry.migration == migration.folder && entry.hash == migration.hash;
        self.entries.iter().rev().find(is)
    }

    /// Plans migrations of the chain, from one up to another, each from where the one before leads.
    pub fn pending(&self, from: usize, until: usize, parked: &Catalog, park: Option<Park<'_>>) -> Result<Vec<Leg>, Refused> {
        let mut legs: Vec<Leg> = Vec::new();
        let mut parked = parked.clone();
        for at in from..until {
            // One that was taken back brings back what taking it back has parked.
            let undone = self.last_run(at).filter(|entry| entry.direction == Direction::Down && entry.state == RunState::Done);
            let back = undone.and_then(|entry| entry.stored.as_ref()).map(|stored| stored.plan.parked.as_slice()).unwrap_or_default();
            let mark = self.course.migration(at).mark();
            let park = match park {
                None if !back.is_empty() => Some(Park::Back { parked: back, mark }),
                other => other,
            };
            let leg = self.course.up(at, &parked, park).map_err(|findings| Refused { findings, exit: Exit::Findings })?;
            parked = parked_in(leg.behind());
            legs.push(leg);
        }
        Ok(legs)
    }

    /// Returns the leg that a run which has not ended goes by: the plan that began, or a new one where nothing is done of it or a step was mended.
    pub fn unfinished(&self) -> Result<Option<Leg>, Refused> {
        let Some(entry) = &self.standing.unfinished else { return Ok(None) };
        let Some(at) = self.course.history.migrations.iter().position(|it| it.folder == entry.migration) else { return Ok(None) };
        let anew = entry.hash != self.course.migration(at).hash || (entry.state == RunState::Failed && entry.step == 0);
        if anew && entry.direction == Direction::Up {
            return Ok(self.pending(at, at + 1, &self.parked(), None)?.pop());
        }
        let Some(stored) = &entry.stored else { return Ok(None) };
        let (from, plan) = (stored.from.clone(), stored.plan.clone());
        Ok(Some(Leg { at, direction: entry.direction, from, plan, folder: self.course.folder.join(&entry.migration) }))
    }
}

async fn connected(ui: &Ui, url: &DatabaseUrl, options: &ConnectOptions) -> Result<Db, Stop> {
    // A file that is not there yet is an empty database; looking must not make it.
    let url = match url {
        DatabaseUrl::SqliteFile(path) if !options.create && !path.exists() => &DatabaseUrl::SqliteMemory,
        other => other,
    };
    let db = Db::connect(url, options).await.map_err(|error| Error::from(Box::new(error)))?;
    warn_if_exposed(ui, &db)?;
    Ok(db)
}

/// Returns who runs djc, as the ledger has it.
fn who() -> String {
    let user = whoami::username().unwrap_or_else(|_| "somebody".to_string());
    match whoami::hostname() {
        Ok(host) => format!("{user}@{host}"),
        Err(_) => user,
    }
}

/// Returns what hand-written commands find: the variables of schema names, and the physical name of each module.
fn environment(course: &Course<'_>, vars: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let pipeline = &course.state(course.history.migrations.len()).pipeline;
    let names = Naming::Variables(vars).names(pipeline);
    let modules = pipeline.schemas.iter().zip(names).map(|(schema, name)| (format!("DJC_SCHEMA_{}", schema.module.to_uppercase()), name));
    modules.collect()
}
