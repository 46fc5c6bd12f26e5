//! `djc migrate finish`: lets go of what is parked.

use djc_runtime::ConnectOptions;
use djc_runtime::migrate::{Dropped, RunOptions, finish};
use djc_runtime::status::Count;
use serde_json::{Value, json};

use super::super::grid::{Cell, Grid, Style};
use super::super::numbers::count;
use super::super::question::{agreed, can_ask};
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::opened::Opened;
use super::site::{Refused, Site, Stop, Where};
use super::steps::Steps;
use super::stopped::Scene;
use super::{show, told};
use crate::diag::counted;

/// Drop for good what migrations have parked
///
/// Until then a rollback brings the values back. Says what goes, with the number of rows or values, and asks; in scripts --yes is needed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,

    /// Only what migrations up to this one have parked: its number or name
    #[arg(long, value_name = "MIGRATION")]
    to: Option<String>,

    /// Say what would go, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// How long one statement waits for a lock, in seconds
    #[arg(long, value_name = "SECONDS")]
    lock_wait: Option<u64>,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| let_go(ui, args, opened, opened.count_to(args.to.as_deref())?).await)
}

async fn let_go(ui: &Ui, args: &Args, opened: &Opened, until: usize) -> Result<Exit, Stop> {
    let connect = ConnectOptions { read_only: args.dry_run, ..ConnectOptions::default() };
    let mut site = Site::alone(ui, opened, &args.at.database, connect).await?;
    ui.say(site.place())?;
    let scene = Scene { migration: "", database: Some(&args.at.database) };
    let up_to = args.to.as_ref().map(|_| site.course.migration(until - 1).folder.as_str());
    let history = site.course.name;
    let options = RunOptions { dry_run: true, ..super::apply::options(args.lock_wait, &[]) };
    let mut steps = Steps::new(ui, 0);
    let Site { db, ledger, .. } = &mut site;
    let planned = finish(db, ledger, history, up_to, &options, &mut djc_runtime::migrate::Silent)
        .await
        .map_err(|error| Refused::of(&error, &scene))?;
    site.let_others().await;
    if planned.dropped.is_empty() {
        if ui.format() == Format::Human {
            ui.print("nothing is parked\n")?;
        }
    } else if ui.format() == Format::Human {
        ui.print(table(&planned.dropped, ui.look(Channel::Out).color))?;
        ui.flush()?;
    }
    if args.dry_run || planned.dropped.is_empty() {
        if args.dry_run {
            ui.say("dry run: nothing was changed")?;
        }
        told::object(ui, opened, &[], object(&site, &planned.dropped, &[], true))?;
        return Ok(Exit::Fine);
    }
    if !args.yes {
        if !can_ask() {
            return Err(Error::Usage("no rollback brings back what is dropped now; `--yes` says that this is wanted".to_string()).into());
        }
        if !agreed(ui)? {
            ui.say("nothing was changed")?;
            return Ok(Exit::Findings);
        }
    }
    let options = RunOptions { dry_run: false, ..options };
    let Site { db, ledger, .. } = &mut site;
    let outcome = finish(db, ledger, history, up_to, &options, &mut steps).await;
    steps.finish();
    let report = outcome.map_err(|error| Refused::of(&error, &scene))?;
    if ui.format() == Format::Human {
        ui.print(format!("{} dropped for good\n", counted(report.dropped.len(), "parked thing")))?;
    }
    told::object(ui, opened, &[], object(&site, &report.dropped, &report.finished, false))?;
    site.db.close().await;
    Ok(Exit::Fine)
}

fn table(dropped: &[Dropped], color: bool) -> String {
    let mut grid = Grid::default();
    let head = |word: &str| Cell::new(word).styled(Style::Dim);
    grid.row([head("goes for good"), head("parked by"), Cell::number("rows").styled(Style::Dim)]);
    for Dropped { migration, parked, rows } in dropped {
        grid.row([Cell::new(show::parked(parked)), Cell::new(migration), Cell::number(count(Count::Exact(*rows)))]);
    }
    grid.render(0, color)
}

fn object(site: &Site<'_>, dropped: &[Dropped], finished: &[String], dry: bool) -> Value {
    json!({
        "command": "finish",
        "database": site.db.url().to_string(),
        "dry_run": dry,
        "dropped": dropped.iter().map(|dropped| json!({
            "migration": dropped.migration,
            "was": dropped.parked.was.to_string(),
            "attribute": dropped.parked.column.as_ref().map(|(_, was)| was),
            "table": dropped.parked.table.to_string(),
            "column": dropped.parked.column.as_ref().map(|(hidden, _)| hidden),
            "rows": dropped.rows,
        })).collect::<Vec<_>>(),
        "finished": finished,
    })
}
