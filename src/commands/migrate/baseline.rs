//! `djc migrate baseline`: adopts a database that no migration has made.

use djc_core::catalog::Catalog;
use djc_core::plan::Plan;
use djc_runtime::ConnectOptions;
use djc_runtime::migrate::{Direction, RunOptions, baseline};
use serde_json::json;

use super::super::{Error, Exit, Format, Ui};
use super::course::Leg;
use super::held::{Held, held};
use super::opened::Opened;
use super::site::{Refused, Site, Stop, Where};
use super::stopped::Scene;
use super::told;
use crate::diag::codes::BASELINE_DIFFERS;
use crate::diag::counted;

/// Adopt a database that datajoint or `djc deploy` has made
///
/// Holds every table against the state behind a migration, and notes that the migrations up to it are done. Nothing is changed in the tables.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,

    /// The migration whose state the database has, its number or name; the last one without this
    #[arg(long = "at", value_name = "MIGRATION")]
    migration: Option<String>,

    /// Adopt it although tables differ
    #[arg(long)]
    accept: bool,

    /// Compare, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    told::on_history(ui, async |opened| adopt(ui, args, opened, opened.count_to(args.migration.as_deref())?).await)
}

async fn adopt(ui: &Ui, args: &Args, opened: &Opened, count: usize) -> Result<Exit, Stop> {
    let connect = ConnectOptions { read_only: args.dry_run, ..ConnectOptions::default() };
    let mut site = Site::alone(ui, opened, &args.at.database, connect).await?;
    let expected = site.course.catalog(count);
    let schemas = site.course.schemas(count);
    let migration = &site.course.migration(count - 1).folder;
    let scene = Scene { migration, database: Some(&args.at.database) };
    let Held { differences, tables, extra } =
        held(&mut site.db, &expected, &schemas).await.map_err(|error| Refused::of(&error.into(), &scene))?;
    if ui.format() == Format::Human {
        for table in &extra {
            ui.print(format!("note: `{table}` is no table of the history, and stays as it is\n"))?;
        }
    }
    if !differences.is_empty() && !args.accept {
        let verb = if differences.len() == 1 { "is" } else { "are" };
        let found = BASELINE_DIFFERS.anywhere(format!("{} {verb} not as behind `{migration}`", counted(differences.len(), "table")));
        let found = differences
            .iter()
            .fold(found, |found, (table, words)| words.iter().fold(found, |found, words| found.help(format!("`{table}`: {words}"))));
        let help = "nothing was written; mend the tables, name another migration with `--at`, or adopt them as they are with `--accept`";
        return Err(Refused::one(found.help(help)).into());
    }
    let leg = Leg {
        at: count - 1,
        direction: Direction::Up,
        from: Catalog::default(),
        plan: Plan::default(),
        folder: opened.histories.folder.join(migration),
    };
    if !args.dry_run {
        let Site { db, ledger, course, runner, .. } = &mut site;
        baseline(db, ledger, &course.job(&leg, runner), &RunOptions::default()).await.map_err(|error| Refused::of(&error, &scene))?;
    }
    if ui.format() == Format::Human {
        let how = match differences.len() {
            0 => format!("{} as behind `{migration}`", counted(tables, "table")),
            differing => format!("{} compared, {differing} differ and are accepted", counted(tables, "table")),
        };
        let what = if args.dry_run { "dry run, nothing was written" } else { "adopted" };
        ui.print(format!("{what}: {how}\n"))?;
        let left = site.course.history.migrations.len() - count;
        if left > 0 {
            ui.print(format!("{} pending; `{}` applies them\n", counted(left, "migration"), scene.command("apply")))?;
        }
    }
    let about = json!({
        "command": "baseline",
        "database": site.db.url().to_string(),
        "dry_run": args.dry_run,
        "migration": migration,
        "tables": tables,
        "differing": differences.iter().map(|(table, words)| json!({
            "table": table.to_string(), "differences": words.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "extra": extra.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    told::object(ui, opened, &[], about)?;
    site.db.close().await;
    Ok(Exit::Fine)
}
