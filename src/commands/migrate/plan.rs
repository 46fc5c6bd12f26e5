//! `djc migrate plan`: what the next migration would do, or what one does.

use serde_json::json;

use super::super::compile::DialectName;
use super::super::database::DatabaseName;
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::folder::Histories;
use super::new::{Proposal, Wanted, propose};
use super::refused;
use super::rehearsal;
use crate::diag::{Level, counted};
use crate::migrate::{Answers, Manifest, Planned, Way, Ways, replay, sql_text};
use crate::project::{self, LoadOptions};

/// Show what the next migration would do, or what one does, step by step
///
/// Without a name: what `djc migrate new` would write now. With the name, the number or the hash of a migration: its steps, with what a person should know before each. No database is
/// asked, unless one is named: then the migrations that it does not have are rehearsed on it, up to the named one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A migration, by name, number or hash; without it, what the sources change
    #[arg(value_name = "MIGRATION")]
    migration: Option<String>,

    /// Ask this database, in a session that only reads: how big its tables are, which rows are in the way. Ends with 1 where some are
    #[arg(long, value_name = "URL|NAME", conflicts_with_all = ["dialect", "down", "sql", "renames", "drops"])]
    database: Option<DatabaseName>,

    /// The server; without it, the first that djc.toml names, or MySQL
    #[arg(long, value_enum, value_name = "SERVER")]
    dialect: Option<DialectName>,

    /// The way back
    #[arg(long)]
    down: bool,

    /// Print the SQL instead of the steps
    #[arg(long)]
    sql: bool,

    /// What has another name, as `djc migrate new` takes it
    #[arg(long = "rename", value_name = "OLD=NEW", value_parser = super::super::variable)]
    renames: Vec<(String, String)>,

    /// What goes, as `djc migrate new` takes it
    #[arg(long = "drop", value_name = "OLD")]
    drops: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    if let Some(database) = &args.database {
        return rehearsal::run(ui, database, args.migration.as_deref());
    }
    let mut settings = project::settings(&LoadOptions::new("."))?;
    let server = args.dialect.map_or_else(|| settings.config.servers().into_iter().next(), |dialect| Some(dialect.server()));
    let (manifest, ways) = match &args.migration {
        None => {
            let answers = Answers { renames: args.renames.clone(), drops: args.drops.clone() };
            match propose(ui, &Wanted { name: None, answers, ..Wanted::default() })? {
                Ok(Proposal { draft, .. }) => (draft.manifest, draft.ways),
                Err(exit) => return Ok(exit),
            }
        }
        Some(word) => {
            let mut sources = std::mem::take(&mut settings.sources);
            let mut sink = std::mem::take(&mut settings.sink);
            let Histories { own, place, .. } = Histories::read(&settings.root, &settings.config, &mut sources, &mut sink)?;
            let found = sink.into_sorted();
            if found.iter().any(|found| found.level == Level::Error) {
                ui.report(Channel::Err, &sources, &found)?;
                return Ok(Exit::Findings);
            }
            let Some(migration) = own.find(word) else {
                let known: Vec<String> = own.migrations.iter().map(|it| format!("`{}`", it.folder)).collect();
                let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
                return Err(Error::Usage(format!("there is no migration `{word}` in `{place}`; there is {known}")));
            };
            (migration.manifest.clone(), replay(&own, migration, &place).ways)
        }
    };
    let ways = ways.into_iter().find(|ways| server.is_none_or(|server| ways.server == server)).expect("every server has its ways");
    let way = if args.down { Way::Down } else { Way::Up };
    let planned = match if args.down { &ways.down } else { &ways.up } {
        Ok(planned) => planned,
        Err(why) => return Err(Error::Usage(refused::words(why, ways.name, ways.server))),
    };
    if args.sql {
        ui.print(sql_text(&manifest, planned, ways.server, way))?;
        return Ok(Exit::Fine);
    }
    match ui.format() {
        Format::Json => {
            let output = json!({
                "version": 1,
                "migration": args.migration.as_ref().map(|_| &manifest.name),
                "dialect": ways.dialect,
                "way": if args.down { "down" } else { "up" },
                "changes": manifest.changes,
                "plan": planned.plan,
            });
            ui.print_json(&output)?;
        }
        Format::Human | Format::Github | Format::Sarif => ui.print(text(args.migration.is_some(), &manifest, planned, &ways, way))?,
    }
    Ok(Exit::Fine)
}

fn text(made: bool, manifest: &Manifest, planned: &Planned, ways: &Ways, way: Way) -> String {
    let steps = &planned.plan.steps;
    let what = match (made, way) {
        (true, Way::Up) => manifest.name.clone(),
        (true, Way::Down) => format!("back from {}", manifest.name),
        (false, Way::Up) => "the next migration".to_string(),
        (false, Way::Down) => "back from the next migration".to_string(),
    };
    if steps.is_empty() {
        return format!("{what} changes nothing on {}\n", ways.name);
    }
    let mut out = format!("{what}: {} on {}\n", counted(steps.len(), "step"), ways.name);
    for (at, step) in steps.iter().enumerate() {
        out.push_str(&format!("{:3}  {}\n", at + 1, step.reason));
        for hazard in &step.hazards {
            let allow = hazard.allow.as_ref().map_or(String::new(), |word| format!(" (--allow {word})"));
            out.push_str(&format!("     {}: {}{allow}\n", hazard.kind.as_str(), hazard.words));
        }
    }
    if !planned.plan.checks.is_empty() {
        let count = counted(planned.plan.checks.len(), "question");
        out.push_str(&format!("{count} to the rows before the first step: `djc migrate plan --database URL` asks them\n"));
    }
    if !planned.plan.parked.is_empty() {
        out.push_str("kept under hidden names until `djc migrate finish`:\n");
        for parked in &planned.plan.parked {
            out.push_str(&match &parked.column {
                Some((hidden, column)) => format!("     {}.{column} as {hidden}\n", parked.was),
                None => format!("     {} as {}\n", parked.was, parked.table.table),
            });
        }
    }
    out
}
