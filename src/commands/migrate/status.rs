//! `djc migrate status`: where a database stands.

use djc_core::plan::Parked;
use djc_runtime::ConnectOptions;
use djc_runtime::migrate::{Direction, Entry, State as RunState};
use serde_json::{Value, json};

use super::super::grid::{Cell, Grid, Style};
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::held::{Held, held};
use super::opened::Opened;
use super::site::{Refused, Site, Stop, Where};
use super::stopped::Scene;
use super::{show, told};
use crate::diag::counted;

/// Show which migrations a database has, what is parked, and whether its tables are as they should be
///
/// Only reads. Exits with 3 when migrations are pending, one stopped halfway, or tables differ.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
}

/// How a migration stands.
struct Line<'a> {
    migration: &'a str,
    state: String,
    style: Style,
    when: &'a str,
    by: &'a str,
    applied: bool,
}

/// Something parked.
struct Kept<'a> {
    parked: &'a Parked,
    migration: &'a str,
    since: &'a str,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| status(ui, args, opened).await)
}

async fn status(ui: &Ui, args: &Args, opened: &Opened) -> Result<Exit, Stop> {
    let patience = ui.patience("reading the database");
    let connect = ConnectOptions { read_only: true, ..ConnectOptions::default() };
    let mut site = Site::open(ui, opened, &args.at.database, connect).await?;
    let scene = Scene { migration: "", database: Some(&args.at.database) };
    // What a run has left in the middle is as no state says.
    let compared = site.standing.unfinished.is_none() && site.standing.applied > 0;
    let found = if compared {
        let (expected, schemas) = (site.expected(), site.course.schemas(site.standing.applied));
        held(&mut site.db, &expected, &schemas).await.map_err(|error| Refused::of(&error.into(), &scene))?
    } else {
        Held::default()
    };
    drop(patience);
    let lines = lines(&site);
    let kept = kept(&site);
    let pending = site.course.history.migrations.len() - site.standing.applied;
    let exit = if pending > 0 || site.standing.unfinished.is_some() || !found.differences.is_empty() { Exit::Differs } else { Exit::Fine };
    if ui.format() == Format::Human {
        let color = ui.look(Channel::Out).color;
        ui.print(page(&site, &lines, &kept, &found, compared, color))?;
        let next = match (&site.standing.unfinished, pending) {
            (Some(entry), _) => format!(
                "`{}` stopped halfway: `{}` goes on, `{}` takes it back",
                entry.migration,
                scene.command("resume"),
                scene.command("rollback")
            ),
            (None, 0) => String::new(),
            (None, pending) => format!("{} pending: `{}` shows what would be done", counted(pending, "migration"), scene.command("plan")),
        };
        if !next.is_empty() {
            ui.print(format!("\n{next}\n"))?;
        }
    }
    told::object(ui, opened, &[], object(&site, &lines, &kept, &found, compared))?;
    site.db.close().await;
    Ok(exit)
}

fn lines<'a>(site: &'a Site<'_>) -> Vec<Line<'a>> {
    let baseline = site.entries.iter().rfind(|entry| entry.history == site.course.name && entry.state == RunState::Baseline);
    let adopted = baseline.and_then(|entry| site.course.history.migrations.iter().position(|it| it.folder == entry.migration));
    let migrations = site.course.history.migrations.iter().enumerate();
    let line = |(at, migration): (usize, &'a crate::migrate::Migration)| {
        let entry = site.last_run(at);
        let applied = at < site.standing.applied;
        let (state, style) = match entry {
            Some(entry) if entry.is_unfinished() => (stopped(entry), Style::Red),
            Some(entry) if applied && entry.state == RunState::Finished => ("applied, finished".to_string(), Style::Plain),
            Some(entry) if entry.state == RunState::Baseline => ("adopted".to_string(), Style::Plain),
            Some(_) if applied => ("applied".to_string(), Style::Plain),
            None if applied => ("adopted".to_string(), Style::Plain),
            Some(entry) if entry.direction == Direction::Down => ("pending, rolled back".to_string(), Style::Yellow),
            _ => ("pending".to_string(), Style::Yellow),
        };
        let entry = entry.or(baseline.filter(|_| adopted.is_some_and(|adopted| at <= adopted)));
        let when = entry.map_or("", |entry| entry.ended.as_deref().unwrap_or(&entry.started));
        Line { migration: &migration.folder, state, style, when, by: entry.map_or("", |entry| &entry.by), applied }
    };
    migrations.map(line).collect()
}

/// Says how far a run is that has not ended; whether somebody is at it cannot be seen from the ledger.
fn stopped(entry: &Entry) -> String {
    let way = if entry.direction == Direction::Down { "rolling back, " } else { "" };
    let word = if entry.state == RunState::Failed { "failed at" } else { "at" };
    format!("{way}{word} step {}/{}", (entry.step + 1).min(entry.steps), entry.steps)
}

/// Returns what the runs that are in effect have parked; what was brought back or dropped is not there any more.
fn kept<'a>(site: &'a Site<'_>) -> Vec<Kept<'a>> {
    let there = site.parked();
    let is_there = |parked: &Parked| {
        let table = there.table(&parked.table.schema, &parked.table.table);
        match &parked.column {
            None => table.is_some(),
            Some((hidden, _)) => table.is_some_and(|table| table.column(hidden).is_some()),
        }
    };
    let ours = site.entries.iter().filter(|entry| entry.history == site.course.name);
    let all = ours.filter_map(|entry| Some((entry, &entry.stored.as_ref()?.plan.parked)));
    let kept = all.flat_map(|(entry, parked)| {
        parked.iter().map(move |parked| Kept {
            parked,
            migration: &entry.migration,
            since: entry.ended.as_deref().unwrap_or(&entry.started),
        })
    });
    let mut kept: Vec<Kept<'_>> = kept.filter(|kept| is_there(kept.parked)).collect();
    // The last run that parked something under a name is the one that counts.
    let mut seen = std::collections::BTreeSet::new();
    kept.reverse();
    kept.retain(|kept| seen.insert((kept.parked.table.to_string(), kept.parked.column.clone())));
    kept.reverse();
    kept
}

fn page(site: &Site<'_>, lines: &[Line<'_>], kept: &[Kept<'_>], found: &Held, compared: bool, color: bool) -> String {
    let mut out = format!("{}: {}\n", Style::Bold.paint(&site.db.url().to_string(), color), site.db.version_text());
    out.push_str(&format!("history `{}`, ledger {}\n\n", site.course.name, site.ledger));
    let head = |words: &[&str]| words.iter().map(|word| Cell::new(*word).styled(Style::Dim)).collect::<Vec<_>>();
    let mut grid = Grid::default();
    grid.row(head(&["migration", "state", "when", "by"]));
    for line in lines {
        grid.row([Cell::new(line.migration), Cell::new(&line.state).styled(line.style), Cell::new(line.when), Cell::new(line.by)]);
    }
    out.push_str(&grid.render(0, color));
    if !kept.is_empty() {
        let mut grid = Grid::default();
        grid.row(head(&["parked", "as", "by", "since"]));
        for kept in kept {
            let hidden = kept.parked.column.as_ref().map_or(&kept.parked.table.table, |(hidden, _)| hidden);
            grid.row([Cell::new(show::parked(kept.parked)), Cell::new(hidden), Cell::new(kept.migration), Cell::new(kept.since)]);
        }
        out.push('\n');
        out.push_str(&grid.render(0, color));
    }
    out.push('\n');
    if !compared {
        out.push_str(if site.standing.unfinished.is_some() {
            "not compared: a migration stopped halfway\n"
        } else {
            "not compared: nothing is applied\n"
        });
    } else if found.differences.is_empty() {
        out.push_str(&format!("{} as they should be\n", counted(found.tables, "table")));
    } else {
        let mut grid = Grid::default();
        grid.row(head(&["table", "differs"]));
        for (table, words) in &found.differences {
            for words in words {
                grid.row([Cell::new(table.to_string()), Cell::new(words.to_string()).styled(Style::Red)]);
            }
        }
        out.push_str(&grid.render(0, color));
    }
    out
}

fn object(site: &Site<'_>, lines: &[Line<'_>], kept: &[Kept<'_>], found: &Held, compared: bool) -> Value {
    json!({
        "command": "status",
        "database": site.db.url().to_string(),
        "server": site.db.version_text(),
        "history": site.course.name,
        "ledger": site.ledger.to_string(),
        "applied": site.standing.applied,
        "migrations": lines.iter().map(|line| json!({
            "migration": line.migration, "applied": line.applied, "state": line.state, "when": line.when, "by": line.by,
        })).collect::<Vec<_>>(),
        "parked": kept.iter().map(|kept| json!({
            "was": kept.parked.was.to_string(),
            "attribute": kept.parked.column.as_ref().map(|(_, was)| was),
            "table": kept.parked.table.to_string(),
            "column": kept.parked.column.as_ref().map(|(hidden, _)| hidden),
            "migration": kept.migration,
            "since": kept.since,
        })).collect::<Vec<_>>(),
        "compared": compared,
        "tables": found.tables,
        "differing": found.differences.iter().map(|(table, words)| json!({
            "table": table.to_string(), "differences": words.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}
