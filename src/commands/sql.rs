//! `djc sql`: the DDL, whole, in dependency order.

use std::path::PathBuf;

use djc_core::dialect::Target;

use super::compile::{DialectName, Request, compile};
use super::ui::Channel;
use super::{Error, Exit, Ui};
use crate::codegen;
use crate::diag::Level;
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
    let wanted = compiled.wanted();
    let schemas = wanted.iter().map(|id| compiled.pipeline.schema(*id));
    let text = codegen::sql::whole(&lowered.changes, schemas, args.dialect.server());
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
