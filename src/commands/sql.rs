//! `djc sql`: the DDL, whole, in dependency order.

use std::fmt::Write as _;
use std::path::PathBuf;

use djc_core::catalog::Change;
use djc_core::dialect::{Lowered, Target};
use djc_core::ir::Generation;

use super::compile::{Compiled, DialectName, Request, compile};
use super::ui::Channel;
use super::{Error, Exit, Ui};
use crate::diag::{Level, counted};
use crate::output::Files;

/// Print the DDL of a pipeline, in dependency order
///
/// What a server would be told to make the tables from nothing. The same input gives the same bytes. Contents of lookup tables are
/// inserted by `djc deploy`, which encodes their values for the server.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The server to write for
    #[arg(long, value_enum, value_name = "SERVER", default_value_t = DialectName::Mysql)]
    dialect: DialectName,

    /// Write into a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// A table, module or schema of datajoint 0.14 under which tables of datajoint 2 may stand
    #[arg(long = "allow-shared", value_name = "NAME")]
    shared: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let request = Request { paths: &args.paths, shared: &args.shared, ..Request::default() };
    let mut compiled = compile(ui, &request)?;
    // SQL for somebody's script: what is merely unwise is the business of `djc check`.
    compiled.diagnostics.retain(|diagnostic| diagnostic.level == Level::Error);
    let lowered = if compiled.has_errors() { None } else { Some(compiled.lower(&Target::new(args.dialect.server()))) };
    ui.report_any(Channel::Err, compiled.sources(), &compiled.diagnostics)?;
    let Some(lowered) = lowered.filter(|_| !compiled.has_errors()) else { return Ok(compiled.exit()) };
    let text = script(&compiled, &lowered, args.dialect);
    // The process ends here; taking large pipelines apart would only cost time.
    std::mem::forget((compiled, lowered));
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

fn script(compiled: &Compiled, lowered: &Lowered, dialect: DialectName) -> String {
    let wanted = compiled.wanted();
    let schemas = wanted.iter().map(|id| compiled.pipeline.schema(*id)).filter(|schema| schema.owned);
    let mut generations: Vec<Generation> = schemas.clone().map(|schema| schema.generation).collect();
    generations.sort_unstable();
    generations.dedup();
    let generations: Vec<String> = generations.iter().map(|generation| format!("datajoint {generation}")).collect();
    let tables = lowered.changes.iter().filter(|change| matches!(change, Change::CreateTable(_))).count();
    let server = match dialect {
        DialectName::Mysql => "MySQL and MariaDB",
        DialectName::Postgres => "PostgreSQL",
        DialectName::Sqlite => "SQLite",
    };
    let mut out = String::new();
    writeln!(
        out,
        "-- Written by `djc sql` for {server}, as {} would declare it: {} in {}.",
        generations.join(" and "),
        counted(tables, "table"),
        counted(schemas.count(), "schema")
    )
    .expect("a String takes all that is written");
    out.push_str("-- `djc deploy` makes the same tables, leaves those that exist as they are, and inserts contents.\n");
    out.push_str(&crate::script::script(&lowered.changes, dialect.server().dialect()));
    out
}
