//! The edge of djc: arguments, terminal, files and servers. One file per command; the doc comments here and there are the help.
//!
//! What is found in a pipeline is the result of a command (exit 1); what keeps a command from running is an [`Error`] (exit 2).

mod check;
mod compile;
mod completions;
mod config;
mod database;
mod delete;
mod deploy;
mod diff;
mod drift;
mod error;
mod exit;
mod explain;
mod files;
mod fmt;
mod generate;
mod grid;
mod import;
mod mend;
mod migrate;
mod new;
mod numbers;
mod patch;
mod patience;
mod pull;
mod question;
mod reference;
mod sql;
mod status;
mod ui;

use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use error::Error;
pub use exit::Exit;
pub use reference::reference;
pub use ui::{Color, Format, Ui};

/// Schema-as-code compiler for DataJoint.
///
/// djc reads `.dj` files (DataJoint definitions with a schema line and tiers around them), checks them as a whole, and makes the
/// tables that DataJoint would have declared, on MySQL, MariaDB, PostgreSQL and SQLite.
///
/// Exit codes: 0 fine; 1 findings, or refused; 2 could not run, connect or read; 3 the database differs.
#[derive(Debug, Parser)]
#[command(name = "djc", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Work in this folder instead of the current one
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    directory: Option<PathBuf>,

    /// When to use colours; `auto` asks the terminal and the variable NO_COLOR
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, global = true)]
    color: Color,

    /// How findings are reported
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Human, global = true)]
    format: Format,

    /// Set a variable of schema names; wins over the environment and over djc.toml
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable, global = true)]
    vars: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Sql(sql::Args),
    Fmt(fmt::Args),
    Patch(patch::Args),
    Deploy(deploy::Args),
    Delete(delete::Args),
    Migrate(migrate::Args),
    Generate(generate::Args),
    Status(status::Args),
    Diff(diff::Args),
    Config(config::Args),
    Import(import::Args),
    Pull(pull::Args),
    New(new::Args),
    Explain(explain::Args),
    Completions(completions::Args),
}

/// Reads `NAME=VALUE`.
fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("write NAME=VALUE".to_string()),
    }
}

/// Runs the command that the arguments of the process ask for.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(report_panic));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version arrive here too; printing them into a closed pipe is no failure.
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed } else { Exit::Fine }.into();
        }
    };
    // The parser keeps its depth limits, but a deep tree still takes a deep stack: more than some platforms give to `main`.
    let worker = std::thread::Builder::new().name("djc".to_string()).stack_size(64 << 20).spawn(move || run(cli));
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => exit.into(),
        // The panic has been reported by the hook.
        Ok(Err(_)) => Exit::Failed.into(),
        Err(error) => {
            eprintln!("djc: cannot start a thread: {error}");
            Exit::Failed.into()
        }
    }
}

fn run(cli: Cli) -> Exit {
    let ui = Ui::new(cli.global.color, cli.global.format, cli.global.vars);
    if let Some(directory) = cli.global.directory
        && let Err(source) = std::env::set_current_dir(&directory)
    {
        return ui.fail(&Error::Folder { path: directory, source });
    }
    let outcome = match cli.command {
        Command::Check(args) => check::run(&ui, &args),
        Command::Sql(args) => sql::run(&ui, &args),
        Command::Deploy(args) => deploy::run(&ui, &args),
        Command::Delete(args) => delete::run(&ui, &args),
        Command::Migrate(args) => migrate::run(&ui, &args),
        Command::Diff(args) => diff::run(&ui, &args),
        Command::Status(args) => status::run(&ui, &args),
        Command::Config(args) => config::run(&ui, &args),
        Command::Fmt(args) => fmt::run(&ui, &args),
        Command::Generate(args) => generate::run(&ui, &args),
        Command::Import(args) => import::run(&ui, &args),
        Command::Pull(args) => pull::run(&ui, &args),
        Command::Patch(args) => patch::run(&ui, &args),
        Command::New(args) => new::run(&ui, &args),
        Command::Explain(args) => explain::run(&ui, &args),
        Command::Completions(args) => completions::run(&ui, &args),
    };
    // What is still in the buffer of stdout belongs to the command: a full disk is its failure.
    match outcome.and_then(|exit| ui.flush().map(|()| exit)) {
        Ok(exit) => exit,
        Err(error) => ui.fail(&error),
    }
}

fn report_panic(info: &panic::PanicHookInfo<'_>) {
    let message = info
        .payload()
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string())
        .or_else(|| info.payload().downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_string());
    let place = info.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    eprintln!("djc: this is a bug in djc, not in your pipeline: {message}{place}");
    eprintln!("djc: please report it with the command and the files at {}/issues", env!("CARGO_PKG_REPOSITORY"));
}
