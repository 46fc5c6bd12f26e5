//! `djc patch`: definitions are changed where they stand, in Python classes or `.dj` files.

mod draft;
mod fix;
mod format;
mod rename;

use clap::Subcommand;

use super::{Error, Exit, Ui};

/// Change definitions where they stand, in Python classes and `.dj` files
///
/// In a Python file only what stands between the quotes of a definition is written anew; every other byte stays. The result is compiled before anything is
/// written: a patch that would bring an error, or another meaning, is thrown away. What cannot be changed safely is reported with its place.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Format(format::Args),
    Fix(fix::Args),
    Rename(rename::Args),
}

/// What is done with the result.
#[derive(Debug, Clone, Copy, clap::Args)]
struct Mode {
    /// Write nothing; show what would change
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,

    /// Write nothing; show what would change, and exit with 1 if anything would
    #[arg(long)]
    check: bool,
}

impl Mode {
    fn writes(self) -> bool {
        !self.diff && !self.check
    }

    /// Returns the verb for what was done, or would be.
    fn said(self, done: &str) -> String {
        if self.writes() { done.to_string() } else { format!("would be {done}") }
    }
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    match &args.what {
        What::Format(args) => format::run(ui, args),
        What::Fix(args) => fix::run(ui, args),
        What::Rename(args) => rename::run(ui, args),
    }
}
