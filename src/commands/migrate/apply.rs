//! `djc migrate apply`, and `resume`, which is the same.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use djc_core::plan::{Action, Alteration, Check, CheckKind, Plan, TableName};
use djc_runtime::ConnectOptions;
use djc_runtime::migrate::{Direction, RunOptions, RunReport, rehearse, run as run_job};
use serde_json::{Value, json};

use super::super::question::{agreed, ask, can_ask};
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::course::{Leg, parked_in};
use super::opened::Opened;
use super::preview::{self, Asking, Sight};
use super::site::{Refused, Site, Stop, Where};
use super::steps::Steps;
use super::stopped::Scene;
use super::{show, split, statements, told};
use crate::diag::counted;
use crate::migrate::planner::Park;

/// Apply migrations to a database
///
/// Takes the migrations that the database does not have, in order. Before the first statement it looks for rows in the way, for rights that are missing and for
/// tables of others that depend on what changes, and shows every step. After a crash, a lost connection or a step that failed, run it again: it goes on
/// where it stopped. What is dropped, or converted with a loss, is parked until `djc migrate finish`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,

    /// Stop behind this migration: its number or name
    #[arg(long, value_name = "MIGRATION")]
    to: Option<String>,

    /// Print the statements, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// A step that runs only when allowed by name, as the plan says it: `drop:lab.subject.weight`
    #[arg(long, value_name = "NAME")]
    allow: Vec<String>,

    /// A schema of others whose tables depend on what changes
    #[arg(long, value_name = "SCHEMA")]
    also: Vec<String>,

    /// Park nothing: what is dropped is gone, and no rollback brings it back
    ///
    /// Asks for the number of rows that lose something; in scripts, where nobody can be asked, it stands behind it: --no-park=1204.
    #[arg(long, value_name = "ROWS", num_args = 0..=1, require_equals = true, default_missing_value = "?")]
    no_park: Option<String>,

    /// How long one statement waits for a lock, in seconds
    #[arg(long, value_name = "SECONDS")]
    lock_wait: Option<u64>,

    /// Write the SQL into this folder instead: what the account may not run in files for an administrator, the rest in files for you
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    split: Option<PathBuf>,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| apply(ui, args, opened, opened.count_to(args.to.as_deref())?).await)
}

async fn apply(ui: &Ui, args: &Args, opened: &Opened, until: usize) -> Result<Exit, Stop> {
    let only_looks = args.dry_run || args.split.is_some();
    let connect = ConnectOptions { create: !only_looks, read_only: only_looks, ..ConnectOptions::default() };
    let mut site = Site::alone(ui, opened, &args.at.database, connect).await?;
    ui.say(site.place())?;
    let options = options(args.lock_wait, &args.allow);

    // A run that began is ended first, whichever way it went.
    let began = site.unfinished()?;
    let taken_back = began.as_ref().is_some_and(|leg| leg.direction == Direction::Down);
    let mut legs = legs(&site, began, if taken_back { 0 } else { until })?;
    if legs.is_empty() {
        return nothing(ui, &site, opened, until);
    }
    if let Some(rows) = &args.no_park {
        legs = unparked(ui, &mut site, legs, rows).await?;
    }
    let asking = Asking { allow: &args.allow, also: &args.also, strict: !only_looks };
    let patience = ui.patience("looking at the tables");
    let sights = preview::look(&mut site, &legs, &asking).await?;
    drop(patience);
    print(ui, &site, &legs, &sights)?;
    for name in preview::allowed_in_vain(&legs, &args.allow) {
        ui.say(format!("note: no step asks for `--allow {name}`"))?;
    }
    if let Some(folder) = &args.split {
        return split::write(ui, opened, &mut site, &legs, &sights, folder).await;
    }
    if let Some(refused) = preview::findings(&sights) {
        return refuse(ui, opened, &site, &legs, &sights, refused);
    }
    if args.dry_run {
        return dry(ui, opened, &mut site, &legs, &sights).await;
    }
    site.let_others().await;
    if !args.yes && can_ask() && !agreed(ui)? {
        ui.say("nothing was changed")?;
        return Ok(Exit::Findings);
    }
    let reports = take(ui, &mut site, &legs, &options).await?;
    site.refresh().await?;
    finish(ui, opened, site, &legs, &sights, &reports, taken_back).await
}

/// Returns how to run.
pub(super) fn options(lock_wait: Option<u64>, allow: &[String]) -> RunOptions {
    let mut options = RunOptions { allow: allow.to_vec(), ..RunOptions::default() };
    if let Some(seconds) = lock_wait {
        options.lock_wait = Duration::from_secs(seconds.max(1));
    }
    options
}

/// Returns what is to be taken: the rest of a run that began, and the pending migrations behind it.
fn legs(site: &Site<'_>, began: Option<Leg>, until: usize) -> Result<Vec<Leg>, Refused> {
    match began {
        None => site.pending(site.standing.applied, until, &site.parked(), None),
        Some(leg) => {
            let (next, parked) = (leg.at + 1, parked_in(leg.behind()));
            let mut legs = vec![leg];
            if next < until {
                legs.extend(site.pending(next, until, &parked, None)?);
            }
            Ok(legs)
        }
    }
}

fn nothing(ui: &Ui, site: &Site<'_>, opened: &Opened, until: usize) -> Result<Exit, Stop> {
    let applied = site.standing.applied;
    if applied > until {
        let (last, wanted) = (&site.course.migration(applied - 1).folder, &site.course.migration(until - 1).folder);
        return Err(Error::Usage(format!(
            "the database is at `{last}` already, behind `{wanted}`; `djc migrate rollback --to {}` goes back",
            wanted.split('_').next().unwrap_or(wanted)
        ))
        .into());
    }
    let last = applied.checked_sub(1).map_or("nothing", |at| &site.course.migration(at).folder);
    if ui.format() == Format::Human {
        ui.print(format!("nothing to apply: the database is at `{last}`\n"))?;
    }
    told::object(ui, opened, &[], json!({ "command": "apply", "database": site.db.url().to_string(), "migrations": [], "applied": [] }))?;
    Ok(Exit::Fine)
}

pub(super) fn print(ui: &Ui, site: &Site<'_>, legs: &[Leg], sights: &[Sight]) -> Result<(), Error> {
    if ui.format() == Format::Human {
        let color = ui.look(Channel::Out).color;
        ui.print(preview::pages(site, legs, sights, color) + "\n")?;
        ui.flush()?;
    }
    Ok(())
}

/// Says why nothing is started; programs get the plans with it.
pub(super) fn refuse(ui: &Ui, opened: &Opened, site: &Site<'_>, legs: &[Leg], sights: &[Sight], refused: Refused) -> Result<Exit, Stop> {
    if ui.format() != Format::Json {
        return Err(refused.into());
    }
    let about = json!({
        "command": if legs.iter().any(|leg| leg.direction == Direction::Down) { "rollback" } else { "apply" },
        "database": site.db.url().to_string(),
        "migrations": preview::objects(site, legs, sights),
        "applied": [],
    });
    told::object(ui, opened, &refused.findings, about)?;
    Ok(refused.exit)
}

/// Runs them, one behind the other.
pub(super) async fn take(ui: &Ui, site: &mut Site<'_>, legs: &[Leg], options: &RunOptions) -> Result<Vec<(RunReport, Duration)>, Refused> {
    let mut reports = Vec::new();
    for leg in legs {
        let Site { db, ledger, course, runner, database, .. } = &mut *site;
        let migration = &course.migration(leg.at).folder;
        let mut steps = Steps::new(ui, leg.plan.steps.len());
        let started = Instant::now();
        let outcome = run_job(db, ledger, &course.job(leg, runner), options, &mut steps).await;
        steps.finish();
        let report = outcome.map_err(|error| Refused::of(&error, &Scene { migration, database: Some(database) }))?;
        reports.push((report, started.elapsed()));
        if ui.format() == Format::Human {
            let done = if leg.direction == Direction::Up { "applied" } else { "rolled back" };
            // The summary below says it again where this cannot be printed.
            let _ = ui.print(format!(
                "{migration} {done}: {} in {:.1} s\n",
                counted(leg.plan.steps.len(), "step"),
                started.elapsed().as_secs_f64()
            ));
            let _ = ui.flush();
        }
    }
    Ok(reports)
}

async fn finish(
    ui: &Ui,
    opened: &Opened,
    site: Site<'_>,
    legs: &[Leg],
    sights: &[Sight],
    reports: &[(RunReport, Duration)],
    taken_back: bool,
) -> Result<Exit, Stop> {
    if ui.format() == Format::Human {
        let parked: Vec<String> = legs.iter().flat_map(|leg| &leg.plan.parked).map(show::parked).collect();
        if !parked.is_empty() {
            ui.print(format!("parked until `djc migrate finish`: {}\n", parked.join(", ")))?;
        }
        if taken_back {
            ui.say(format!("a rollback that had begun is done; `{}` applies what is pending", scene(&site).command("apply")))?;
        }
    }
    let about = json!({
        "command": if taken_back { "rollback" } else { "apply" },
        "database": site.db.url().to_string(),
        "migrations": preview::objects(&site, legs, sights),
        "applied": legs.iter().zip(reports).map(|(leg, (report, took))| done(&site, leg, report, *took)).collect::<Vec<_>>(),
    });
    told::object(ui, opened, &[], about)?;
    site.db.close().await;
    Ok(Exit::Fine)
}

pub(super) fn done(site: &Site<'_>, leg: &Leg, report: &RunReport, took: Duration) -> Value {
    // What a server counts where it writes a table anew says nothing.
    let changes_rows = |step: usize| leg.plan.steps.get(step).is_some_and(|step| step.action.is_data());
    json!({
        "migration": site.course.migration(leg.at).folder,
        "direction": leg.direction.as_str(),
        "resumed": report.resumed,
        "began_at": report.began_at,
        "steps": report.steps.len(),
        "rows": report.steps.iter().filter(|step| changes_rows(step.step)).map(|step| step.rows).sum::<u64>(),
        "seconds": took.as_secs_f64(),
    })
}

fn scene<'a>(site: &'a Site<'_>) -> Scene<'a> {
    Scene { migration: "", database: Some(site.database) }
}

/// Prints the statements.
async fn dry(ui: &Ui, opened: &Opened, site: &mut Site<'_>, legs: &[Leg], sights: &[Sight]) -> Result<Exit, Stop> {
    let scripts = statements::of(site, legs, sights).await?;
    for (leg, script) in legs.iter().zip(&scripts) {
        let total = leg.plan.steps.len();
        for step in script {
            if ui.format() == Format::Human {
                ui.print(format!("-- {}, step {}/{total}: {}\n", site.course.migration(leg.at).folder, step.at + 1, step.reason))?;
                for statement in &step.statements {
                    ui.print(format!("{statement};\n"))?;
                }
            }
        }
    }
    ui.say("dry run: nothing was changed")?;
    let mut objects = preview::objects(site, legs, sights);
    for (object, script) in objects.iter_mut().zip(&scripts) {
        object["statements"] = json!(script.iter().map(|step| json!({ "step": step.at + 1, "sql": step.statements })).collect::<Vec<_>>());
    }
    let about = json!({ "command": "apply", "dry_run": true, "database": site.db.url().to_string(), "migrations": objects, "applied": [] });
    told::object(ui, opened, &[], about)?;
    Ok(Exit::Fine)
}

/// Plans again without parking, when somebody says how many rows lose something by it.
async fn unparked(ui: &Ui, site: &mut Site<'_>, legs: Vec<Leg>, said: &str) -> Result<Vec<Leg>, Stop> {
    let (began, first) = match legs.first() {
        Some(leg) if site.standing.unfinished.is_some() => (1, leg.at + 1),
        Some(leg) => (0, leg.at),
        None => return Ok(legs),
    };
    let until = first + legs.len() - began;
    let mut legs = legs;
    legs.truncate(began);
    let parked = legs.first().map_or_else(|| site.parked(), |leg| parked_in(leg.behind()));
    legs.extend(site.pending(first, until, &parked, Some(Park::No))?);
    let mut rows = 0;
    for leg in &legs[began..] {
        rows += losing_rows(site, leg).await?;
    }
    if rows == 0 {
        return Ok(legs);
    }
    let said = match said {
        "?" if can_ask() => ask(ui, &format!("{} lose something for good. Type the number to go on:", counted(rows as usize, "row")))?,
        other => other.to_string(),
    };
    if said.replace([' ', '_', ','], "") == rows.to_string() {
        return Ok(legs);
    }
    Err(Error::Usage(format!(
        "--no-park: {} would lose something for good; `--no-park={rows}` says that this is known",
        counted(rows as usize, "row")
    ))
    .into())
}

/// Returns how many rows lose a value, or are lost, by a plan.
async fn losing_rows(site: &mut Site<'_>, leg: &Leg) -> Result<u64, Stop> {
    let mut tables: Vec<&TableName> = Vec::new();
    for step in &leg.plan.steps {
        let losing = match &step.action {
            Action::DropTable(table) => Some(table),
            Action::AlterTable { table, alterations } if alterations.iter().any(|it| matches!(it, Alteration::DropColumn(_))) => {
                Some(table)
            }
            _ => None,
        };
        tables.extend(losing.filter(|table| !tables.contains(table)));
    }
    let from = |table: &TableName| leg.from.table(&table.schema, &table.table);
    let checks = tables.into_iter().filter_map(|table| {
        let key = from(table)?.primary_key.clone();
        Some(Check { table: table.clone(), key, kind: CheckKind::AnyRow, step: 0, remedy: String::new() })
    });
    let asked = Plan { checks: checks.collect(), ..Plan::default() };
    let Site { db, course, database, .. } = site;
    let scene = Scene { migration: &course.migration(leg.at).folder, database: Some(database) };
    let found = rehearse(db, &asked, &leg.from).await.map_err(|error| Refused::of(&error, &scene))?;
    Ok(found.broken.iter().map(|broken| broken.rows).sum())
}
