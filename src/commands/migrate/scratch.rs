//! `djc migrate verify --scratch`: the whole history, there and back, on a database that nobody misses.

use djc_core::dialect::Server;
use djc_runtime::migrate::{Direction, Ledger, Place, RunOptions, Silent, run as run_job};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};
use serde_json::{Value, json};

use super::super::database::{DatabaseName, database};
use super::super::{Error, Exit, Format, Ui};
use super::course::Leg;
use super::held::held;
use super::opened::Opened;
use super::site::{Refused, Site, Stop};
use super::stopped::{Scene, findings};
use super::told;
use crate::diag::codes::{SCRATCH_DIFFERS, SCRATCH_FAILED};
use crate::diag::{Diagnostic, counted};
use crate::migrate::planner::Park;
use crate::migrate::with_parked;

/// Applies all migrations and takes them back, one by one, and holds the tables against the states each time.
pub(super) fn run(ui: &Ui, name: Option<&DatabaseName>) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| verify(ui, name, opened).await)
}

async fn verify(ui: &Ui, name: Option<&DatabaseName>, opened: &Opened) -> Result<Exit, Stop> {
    let memory: DatabaseName = "sqlite::memory:".parse().expect("every text is a name");
    let called = name.unwrap_or(&memory);
    // A command that a person wrote has a connection of its own, and what is in memory has one only.
    let commands = opened.history().migrations.iter().flat_map(|it| &it.hand).any(|hand| hand.command.is_some());
    let folder = tempfile::tempdir()?;
    let url = match name {
        Some(name) => database(ui, Some(name), &opened.settings.config, &opened.settings.root)?,
        None if commands => DatabaseUrl::SqliteFile(folder.path().join("scratch.db")),
        None => DatabaseUrl::SqliteMemory,
    };
    let connect = ConnectOptions { create: true, ..ConnectOptions::default() };
    let mut site = Site::open_at(ui, opened, called, &url, connect).await?;
    let names = opened.schema_names();
    let there = site.db.schema_names().await.map_err(Box::new)?;
    if let Some(taken) = names.iter().find(|name| there.contains(name)) {
        return Err(
            Error::Usage(format!("{url} has a schema `{taken}` already; a scratch database has none of the history's schemas")).into()
        );
    }
    if let Place::File(_) = site.ledger.place {
        site.ledger = Ledger::in_schema(opened.first_schema());
    }
    let outcome = there_and_back(ui, &mut site).await;
    clear(&mut site, &names).await?;
    let steps = outcome?;
    if ui.format() == Format::Human {
        let count = counted(site.course.history.migrations.len(), "migration");
        ui.print(format!(
            "{}: {count} applied and taken back, {}, and the tables are as the states say each time\n",
            site.db.version_text(),
            counted(steps, "step")
        ))?;
    }
    told::object(ui, opened, &[], object(&site, steps))?;
    site.db.close().await;
    Ok(Exit::Fine)
}

async fn there_and_back(ui: &Ui, site: &mut Site<'_>) -> Result<usize, Stop> {
    let count = site.course.history.migrations.len();
    let mut steps = 0;
    for at in 0..count {
        let legs = site.pending(at, at + 1, &site.parked(), None)?;
        for leg in &legs {
            steps += take(ui, site, leg).await?;
            compare(site, leg, at + 1).await?;
        }
    }
    for at in (0..count).rev() {
        let now = with_parked(site.course.catalog(at + 1), &site.parked());
        let parked = site.last_run(at).and_then(|entry| entry.stored.as_ref()).map(|stored| stored.plan.parked.clone()).unwrap_or_default();
        let mark = format!("{}u", site.course.migration(at).mark());
        let leg = site.course.down(at, &now, Park::Back { parked: &parked, mark: &mark });
        let leg = leg.map_err(|findings| Refused { findings, exit: Exit::Findings })?;
        steps += take(ui, site, &leg).await?;
        compare(site, &leg, at).await?;
    }
    Ok(steps)
}

async fn take(ui: &Ui, site: &mut Site<'_>, leg: &Leg) -> Result<usize, Stop> {
    let way = if leg.direction == Direction::Up { "applying" } else { "taking back" };
    let _patience = ui.patience(&format!("{way} {}", site.course.migration(leg.at).folder));
    // Everything may happen to a database that nobody misses.
    let allow = leg.plan.steps.iter().flat_map(|step| &step.hazards).filter_map(|hazard| hazard.allow.clone()).collect();
    let options = RunOptions { allow, ..RunOptions::default() };
    let Site { db, ledger, course, runner, database, .. } = &mut *site;
    let migration = &course.migration(leg.at).folder;
    if let Err(error) = run_job(db, ledger, &course.job(leg, runner), &options, &mut Silent).await {
        let (found, exit) = findings(&error, &Scene { migration, database: Some(database) });
        let way = if leg.direction == Direction::Up { "does not run" } else { "cannot be taken back" };
        let why: Vec<String> = found.iter().map(|found| found.message.clone()).collect();
        let failed = SCRATCH_FAILED.anywhere(format!("`{migration}` {way} on an empty {}", db.server().as_str()));
        let failed = why.into_iter().fold(failed, Diagnostic::help);
        return Err(Refused { findings: vec![failed], exit }.into());
    }
    site.refresh().await?;
    Ok(leg.plan.steps.len())
}

/// Holds the tables against the state behind so many migrations.
async fn compare(site: &mut Site<'_>, leg: &Leg, count: usize) -> Result<(), Stop> {
    let expected = site.course.catalog(count);
    let mut schemas = site.course.schemas(leg.at);
    schemas.extend(site.course.schemas(leg.at + 1));
    let found = held(&mut site.db, &expected, &schemas).await.map_err(Box::new)?;
    let migration = &site.course.migration(leg.at).folder;
    let which = if leg.direction == Direction::Up { "state".to_string() } else { "state before it, when it is taken back".to_string() };
    let mut finding = SCRATCH_DIFFERS.anywhere(format!("`{migration}` does not lead to its {which}"));
    if found.differences.is_empty() && found.extra.is_empty() {
        return Ok(());
    }
    for (table, words) in &found.differences {
        finding = words.iter().fold(finding, |finding, words| finding.help(format!("`{table}`: {words}")));
    }
    finding = found.extra.iter().fold(finding, |finding, table| finding.help(format!("`{table}` is there and in no state")));
    Err(Refused::one(finding).into())
}

/// Drops what was made on a server; a file in a temporary folder and memory go by themselves.
async fn clear(site: &mut Site<'_>, names: &[String]) -> Result<(), Stop> {
    let db: &mut Db = &mut site.db;
    let there = db.schema_names().await.map_err(Box::new)?;
    for name in names.iter().filter(|name| there.contains(name)) {
        let quoted = db.server().dialect().facts().quoting.name(name);
        let sql = match db.server() {
            Server::MySql | Server::MariaDb => format!("DROP DATABASE {quoted}"),
            Server::Postgres => format!("DROP SCHEMA {quoted} CASCADE"),
            Server::Sqlite => continue,
        };
        db.execute(&sql).await.map_err(Box::new)?;
    }
    Ok(())
}

fn object(site: &Site<'_>, steps: usize) -> Value {
    json!({
        "command": "verify",
        "database": site.db.url().to_string(),
        "server": site.db.version_text(),
        "migrations": site.course.history.migrations.iter().map(|it| &it.folder).collect::<Vec<_>>(),
        "steps": steps,
    })
}
