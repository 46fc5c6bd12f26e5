//! `djc completions`: what a shell needs to complete djc's arguments.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Error, Exit, Ui};

/// Print the completion script of a shell
///
/// For bash: `djc completions bash > ~/.local/share/bash-completion/completions/djc`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "djc", &mut script);
    ui.print(String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
