//! `djc migrate`: changes of tables that have rows.

mod apply;
mod baseline;
mod course;
mod export;
mod finish;
mod folder;
mod held;
mod new;
mod opened;
mod plan;
mod preview;
mod rebase;
mod refused;
mod rehearsal;
mod rollback;
mod rows;
mod scratch;
mod show;
mod site;
mod split;
mod statements;
mod status;
mod steps;
mod stopped;
mod told;
mod unplanned;
mod verify;

use clap::Subcommand;

use super::{Error, Exit, Ui};

/// Change tables that have rows: write, check and apply migrations
///
/// A migration is a folder below `migrations/` that says what changed since the one before, with SQL for each server. Making one needs no database.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Apply(apply::Args),
    /// Go on with a migration that stopped halfway: the same as apply
    Resume(apply::Args),
    Rollback(rollback::Args),
    Baseline(baseline::Args),
    Status(status::Args),
    Finish(finish::Args),
    Plan(plan::Args),
    Verify(verify::Args),
    Rebase(rebase::Args),
    Export(export::Args),
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    match &args.command {
        Command::New(args) => new::run(ui, args),
        Command::Apply(args) | Command::Resume(args) => apply::run(ui, args),
        Command::Rollback(args) => rollback::run(ui, args),
        Command::Baseline(args) => baseline::run(ui, args),
        Command::Status(args) => status::run(ui, args),
        Command::Finish(args) => finish::run(ui, args),
        Command::Plan(args) => plan::run(ui, args),
        Command::Verify(args) => verify::run(ui, args),
        Command::Rebase(args) => rebase::run(ui, args),
        Command::Export(args) => export::run(ui, args),
    }
}
