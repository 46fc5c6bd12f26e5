//! `djc migrate export`: a migration for those who have no djc.

use std::path::PathBuf;

use djc_core::dialect::Server;

use super::super::ui::Channel;
use super::super::{Error, Exit, Ui};
use super::folder::Histories;
use super::refused;
use crate::diag::{Level, Sink};
use crate::migrate::{Change, Naming, State, owned_by, python_script};
use crate::output::Files;
use crate::project::{self, LoadOptions};

/// Write a migration as a Python script for MySQL and MariaDB, for those who have no djc
///
/// `alter` of datajoint where that does what is meant, and SQL for what it refuses, ignores or would lose: keys, foreign keys, indexes, tiers, renames. The script says which is which. It does
/// not go on where it was cut off, and parks no values where `alter` drops them: `djc migrate apply` is the better way wherever djc can be had.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A migration, by name, number or hash; without it, the newest
    #[arg(value_name = "MIGRATION")]
    migration: Option<String>,

    /// As a Python script for datajoint
    #[arg(long, required = true)]
    python: bool,

    /// Write into a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    // What `alter` does elsewhere has not been looked into.
    let server = Server::MySql;
    let options = LoadOptions::new(".");
    let mut settings = project::settings(&options)?;
    let mut sources = std::mem::take(&mut settings.sources);
    let mut sink = std::mem::take(&mut settings.sink);
    let Histories { own, place, .. } = Histories::read(&settings.root, &settings.config, &mut sources, &mut sink)?;
    let found = sink.into_sorted();
    if found.iter().any(|found| found.level == Level::Error) {
        ui.report(Channel::Err, &sources, &found)?;
        return Ok(Exit::Findings);
    }
    let migration = match &args.migration {
        Some(word) => own.find(word).ok_or_else(|| Error::Usage(format!("there is no migration `{word}` in `{place}`")))?,
        None => own
            .head()
            .ok_or_else(|| Error::Usage(format!("there is no migration in `{place}`; `djc migrate new init` makes the first one")))?,
    };
    let mut vars = settings.config.vars.clone();
    vars.extend(options.environment);
    vars.extend(ui.vars().iter().cloned());
    let (nothing, owned) = (State::default(), owned_by(&own, migration));
    let change = Change::of(&own, migration, &nothing, &owned);
    let mut sink = Sink::new();
    let text = match python_script(&change, &migration.manifest, Naming::Variables(&vars), server, &mut sink) {
        Ok(text) => text,
        Err(why) => return Err(Error::Usage(refused::words(&why, "MySQL and MariaDB", server))),
    };
    match &args.output {
        Some(path) => {
            let mut files = Files::new();
            files.add(path, text);
            files.write(".".as_ref())?;
        }
        None => ui.print(text)?,
    }
    Ok(Exit::Fine)
}
