//! `djc migrate`: changes of tables that have rows.

mod folder;
mod new;
mod plan;
mod refused;
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
    Plan(plan::Args),
    Verify(verify::Args),
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    match &args.command {
        Command::New(args) => new::run(ui, args),
        Command::Plan(args) => plan::run(ui, args),
        Command::Verify(args) => verify::run(ui, args),
    }
}
