//! `djc migrate verify`: whether the files of a history are what they were, and lead where they say.

use djc_core::source::SourceMap;
use serde_json::json;

use super::super::database::DatabaseName;
use super::super::ui::Channel;
use super::super::{Error, Exit, Format, Ui};
use super::folder::Histories;
use super::scratch;
use crate::diag::{Diagnostic, Level, codes, counted};
use crate::migrate::{MANIFEST, Migration, Replayed, hash, replay};
use crate::output::Files;
use crate::project::{self, LoadOptions};

/// Check the files of all migrations: edits, gaps, two heads, steps that do not lead to their state
///
/// Names what was edited, is missing, changed places or was made on two branches; plans every migration again, there and back, for each server, and holds the outcome against its state and
/// its SQL. No database is asked, except an empty one that --scratch names, and no source is read.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write SQL files anew that this djc would write otherwise
    #[arg(long)]
    write: bool,

    /// Then apply all migrations to an empty database and take them back, one by one, and hold the tables against the states each time; without a URL, in SQLite in memory
    #[arg(long, value_name = "URL|NAME", num_args = 0..=1)]
    scratch: Option<Option<DatabaseName>>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let mut settings = project::settings(&LoadOptions::new("."))?;
    let mut sources = std::mem::take(&mut settings.sources);
    let mut sink = std::mem::take(&mut settings.sink);
    let histories = Histories::read(&settings.root, &settings.config, &mut sources, &mut sink)?;
    let Histories { name, own, place, folder, .. } = &histories;
    if own.migrations.is_empty() && sink.diagnostics().is_empty() {
        return Err(Error::Usage(format!("there is no migration in `{place}`; `djc migrate new init` makes the first one")));
    }
    // What comes of a file that was edited says nothing.
    let mut rewritten = 0;
    if !sink.has_errors() {
        for migration in &own.migrations {
            let mut replayed = replay(own, migration, place);
            if args.write && !replayed.stale.is_empty() {
                write(&folder.join(&migration.folder), migration, &replayed)?;
                rewritten += replayed.stale.len();
                replayed.found.retain(|found| found.code.id != codes::HISTORY_SQL_STALE.id);
            }
            replayed.found.into_iter().for_each(|found| sink.report(found));
        }
    }
    let found = sink.into_sorted();
    let failed = found.iter().any(|found| found.level == Level::Error);
    if let Some(database) = args.scratch.as_ref().filter(|_| !failed) {
        ui.report_any(Channel::Err, &sources, &found)?;
        return scratch::run(ui, database.as_ref());
    }
    report(ui, &sources, &found, &histories)?;
    if rewritten > 0 {
        ui.say(format!("wrote {} anew", counted(rewritten, "SQL file")))?;
    }
    if !failed && ui.format() == Format::Human {
        let head = own.head().map_or(String::new(), |head| format!(", the newest is `{}`", head.folder));
        ui.say(format!("{name}: {} in `{place}`{head}; all files are as they were written", counted(own.migrations.len(), "migration")))?;
    }
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

fn report(ui: &Ui, sources: &SourceMap, found: &[Diagnostic], histories: &Histories) -> Result<(), Error> {
    match ui.format() {
        Format::Json => {
            let mut text = Vec::new();
            crate::diag::machine::write_json(&mut text, sources, found)?;
            let mut output: serde_json::Value = serde_json::from_slice(&text).map_err(std::io::Error::from)?;
            output["history"] = json!(histories.name);
            let list =
                histories.own.migrations.iter().map(|it| json!({"name": it.folder, "hash": it.hash, "changes": it.manifest.changes}));
            output["migrations"] = list.collect();
            output["heads"] = json!(histories.own.heads);
            ui.print_json(&output)
        }
        Format::Human | Format::Github | Format::Sarif => ui.report_any(Channel::Out, sources, found),
    }
}

/// Writes the SQL of a migration anew; what the migration is stays.
fn write(folder: &std::path::Path, migration: &Migration, replayed: &Replayed) -> Result<(), Error> {
    let mut files = Files::new();
    let mut manifest = migration.manifest.clone();
    for (path, text) in &replayed.stale {
        manifest.generated.insert(path.clone(), hash(text.as_bytes()));
        files.add(path, text.as_str());
    }
    files.add(MANIFEST, manifest.write());
    Ok(files.write(folder)?)
}
