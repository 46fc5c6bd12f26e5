//! `djc migrate rollback`.

use std::collections::BTreeSet;

use djc_core::catalog::Catalog;
use djc_core::plan::{Action, HazardKind, Parked, Step};
use djc_runtime::ConnectOptions;
use djc_runtime::migrate::{Direction, Entry, Position, State as RunState, position};
use serde_json::json;

use super::super::question::{agreed, can_ask};
use super::super::{Error, Exit, Format, Ui};
use super::apply::{done, options, print, refuse, take};
use super::course::Leg;
use super::opened::Opened;
use super::preview::{self, Asking};
use super::site::{Refused, Site, Stop, Where};
use super::stopped::{Scene, drifted};
use super::told;
use crate::diag::Diagnostic;
use crate::diag::codes::NO_WAY_BACK;
use crate::migrate::planner::Park;
use crate::migrate::with_parked;

/// Take back the last migrations
///
/// The newest first, each as a plan of its own: attributes and tables that were dropped come back with their values, as long as `djc migrate finish` has not
/// dropped them for good. What the migration brought is parked in turn, so that applying it again loses nothing. Without --to it takes back one migration: one that stopped
/// halfway, or the last.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,

    /// The migration that stays, its number or name; 0 for the time before the first
    #[arg(long, value_name = "MIGRATION")]
    to: Option<String>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// A loss that is known, as the message spells it out
    #[arg(long, value_name = "NAME")]
    allow: Vec<String>,

    /// A schema of others whose tables depend on what changes
    #[arg(long, value_name = "SCHEMA")]
    also: Vec<String>,

    /// How long one statement waits for a lock, in seconds
    #[arg(long, value_name = "SECONDS")]
    lock_wait: Option<u64>,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| {
        let stays = match args.to.as_deref() {
            Some("0") => Some(0),
            Some(word) => Some(opened.count_to(Some(word))?),
            None => None,
        };
        roll_back(ui, args, opened, stays).await
    })
}

async fn roll_back(ui: &Ui, args: &Args, opened: &Opened, stays: Option<usize>) -> Result<Exit, Stop> {
    let connect = ConnectOptions { read_only: args.dry_run, ..ConnectOptions::default() };
    let mut site = Site::alone(ui, opened, &args.at.database, connect).await?;
    ui.say(site.place())?;
    let (legs, lost) = back(&mut site, stays, &args.allow).await?;
    if legs.is_empty() {
        let at = site.standing.applied.checked_sub(1).map_or("the time before the first migration", |at| &site.course.migration(at).folder);
        if ui.format() == Format::Human {
            ui.print(format!("nothing to take back: the database is at `{at}`\n"))?;
        }
        told::object(
            ui,
            opened,
            &[],
            json!({ "command": "rollback", "database": site.db.url().to_string(), "migrations": [], "applied": [] }),
        )?;
        return Ok(Exit::Fine);
    }
    let asking = Asking { allow: &args.allow, also: &args.also, strict: !args.dry_run };
    let sights = preview::look(&mut site, &legs, &asking).await?;
    print(ui, &site, &legs, &sights)?;
    let mut findings: Vec<Diagnostic> = sights.iter().flat_map(|sight| sight.findings.clone()).collect();
    findings.extend(lost);
    if !findings.is_empty() {
        return refuse(ui, opened, &site, &legs, &sights, Refused { findings, exit: Exit::Findings });
    }
    site.let_others().await;
    if args.dry_run {
        ui.say("dry run: nothing was changed")?;
    } else if !args.yes && can_ask() && !agreed(ui)? {
        ui.say("nothing was changed")?;
        return Ok(Exit::Findings);
    }
    let reports = if args.dry_run { Vec::new() } else { take(ui, &mut site, &legs, &options(args.lock_wait, &args.allow)).await? };
    let about = json!({
        "command": "rollback",
        "dry_run": args.dry_run,
        "database": site.db.url().to_string(),
        "migrations": preview::objects(&site, &legs, &sights),
        "applied": legs.iter().zip(&reports).map(|(leg, (report, took))| done(&site, leg, report, *took)).collect::<Vec<_>>(),
    });
    told::object(ui, opened, &[], about)?;
    site.db.close().await;
    Ok(Exit::Fine)
}

/// Plans the way back, newest first, with what it cannot bring back.
async fn back(site: &mut Site<'_>, stays: Option<usize>, allow: &[String]) -> Result<(Vec<Leg>, Vec<Diagnostic>), Stop> {
    let applied = site.standing.applied;
    let mut legs = Vec::new();
    let mut lost = Vec::new();
    let mut now = with_parked(site.expected(), &site.parked());
    // What began and did not end goes first.
    let began = site.unfinished()?;
    let mut next = applied;
    match &began {
        Some(leg) if leg.direction == Direction::Up => {
            let taken = done_of(site, leg).await?;
            let (taken, left) = leg.plan.steps.split_at(taken);
            taken.iter().for_each(|step| step.action.apply(&mut now));
            let parked: Vec<Parked> = leg.plan.parked.iter().filter(|parked| is_there(&now, parked)).cloned().collect();
            let mut back = one_back(site, leg.at, &now, &parked)?;
            // What a person wrote and nobody ran needs no undoing.
            back.plan.steps.retain(|step| !left.iter().any(|left| undoes(&step.action, &left.action)));
            legs.push(back);
            lost.extend(losses(site, leg.at, taken, false, allow));
        }
        Some(leg) => {
            next = leg.at;
            legs.extend(site.unfinished()?);
        }
        None => {}
    }
    let stays = stays.unwrap_or(if began.is_some() { next } else { applied.saturating_sub(1) });
    for at in (stays..next).rev() {
        if let Some(leg) = legs.last() {
            now = leg.behind_of(&now);
        }
        let run = site.last_run(at).filter(|entry| entry.direction == Direction::Up);
        let finished = run.is_some_and(|entry| entry.state == RunState::Finished);
        let plan = run.and_then(|entry: &Entry| entry.stored.as_ref()).map(|stored| stored.plan.clone()).unwrap_or_default();
        let parked = if finished { &[] } else { plan.parked.as_slice() };
        legs.push(one_back(site, at, &now, parked)?);
        lost.extend(losses(site, at, &plan.steps, finished && !plan.parked.is_empty(), allow));
    }
    Ok((legs, lost))
}

/// Returns whether a hand-written step takes back another one.
fn undoes(action: &Action, other: &Action) -> bool {
    match (action, other) {
        (Action::Hand(undo), Action::Hand(hand)) => undo.summary.strip_prefix("undo: ") == Some(&hand.summary),
        _ => false,
    }
}

/// Returns how many steps of a run that stopped are done.
async fn done_of(site: &mut Site<'_>, leg: &Leg) -> Result<usize, Refused> {
    let known = site.standing.unfinished.as_ref().map_or(0, |entry| entry.step);
    let Site { db, course, runner, database, .. } = site;
    let scene = Scene { migration: &course.migration(leg.at).folder, database: Some(database) };
    match position(db, &course.job(leg, runner), known).await.map_err(|error| Refused::of(&error, &scene))? {
        Position::At(done) => Ok(done),
        Position::Done => Ok(leg.plan.steps.len()),
        Position::Drifted { drift, nearest } => Err(Refused::one(drifted(&drift, nearest, &scene))),
    }
}

fn is_there(catalog: &Catalog, parked: &Parked) -> bool {
    let table = catalog.table(&parked.table.schema, &parked.table.table);
    match &parked.column {
        None => table.is_some(),
        Some((hidden, _)) => table.is_some_and(|table| table.column(hidden).is_some()),
    }
}

fn one_back(site: &Site<'_>, at: usize, from: &Catalog, parked: &[Parked]) -> Result<Leg, Refused> {
    let mark = free_mark(site.course.migration(at).mark(), from);
    let park = Park::Back { parked, mark: &mark };
    site.course.down(at, from, park).map_err(|findings| Refused { findings, exit: Exit::Findings })
}

/// Returns a mark under which nothing is parked yet: a migration may be taken back more than once.
fn free_mark(mark: &str, from: &Catalog) -> String {
    let names: BTreeSet<&str> = from
        .tables()
        .flat_map(|table| std::iter::once(table.name.as_str()).chain(table.columns.iter().map(|column| column.name.as_str())))
        .collect();
    let is_free = |mark: &String| {
        let (column, table) = (format!("_djc_{mark}_"), format!("~djc_{mark}_"));
        !names.iter().any(|name| name.starts_with(&column) || name.starts_with(&table))
    };
    let tries = std::iter::once(format!("{mark}u")).chain((2..).map(|at| format!("{mark}u{at}")));
    tries.into_iter().find(is_free).expect("there are more marks than names")
}

/// Says what taking a migration back does not bring back.
fn losses(site: &Site<'_>, at: usize, steps: &[Step], finished: bool, allow: &[String]) -> Vec<Diagnostic> {
    let migration = &site.course.migration(at).folder;
    let name = format!("irreversible:{migration}");
    if allow.contains(&name) {
        return Vec::new();
    }
    let mut words: Vec<String> = Vec::new();
    for hazard in steps.iter().flat_map(|step| &step.hazards) {
        if matches!(hazard.kind, HazardKind::Irreversible | HazardKind::LosesData) {
            words.push(hazard.words.clone());
        }
    }
    if finished {
        words.push("what it had parked was dropped for good by `djc migrate finish`".to_string());
    }
    let finding = |words: String| {
        NO_WAY_BACK
            .anywhere(format!("`{migration}` cannot be taken back as it was: {words}"))
            .help(format!("nothing was changed; `--allow {name}` takes back what can be"))
    };
    words.into_iter().map(finding).collect()
}
