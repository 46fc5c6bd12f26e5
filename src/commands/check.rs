//! `djc check`: everything that can be known without a server.

use std::collections::BTreeSet;
use std::path::PathBuf;

use djc_core::dialect::{Server, Target};
use djc_core::source::{FileId, Span};

use super::compile::{Compiled, DialectName, Request, compile};
use super::mend::{Mended, mend};
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::counted;

/// Check pipelines: syntax, names, keys, types, lints
///
/// Reads all sources of the project and reports what is wrong with them in one run. What a server cannot hold is checked for the
/// servers that djc.toml names below [database], or for MySQL when it names none.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders; without any, the sources of djc.toml
    ///
    /// Names still resolve against the whole project; only what is found in these files is reported, errors elsewhere included.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Apply the fixes that keep the meaning, then check again
    #[arg(long)]
    fix: bool,

    /// Make an error of a code (number or name), or of all `warnings`
    #[arg(long, value_name = "CODE")]
    deny: Vec<String>,

    /// Do not report a code
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,

    /// Check what this server can hold, instead of those in djc.toml
    #[arg(long, value_enum, value_name = "SERVER")]
    dialect: Vec<DialectName>,

    /// A table, module or schema of datajoint 0.14 under which tables of datajoint 2 may stand
    #[arg(long = "allow-shared", value_name = "NAME")]
    shared: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let request = Request { paths: &args.paths, deny: &args.deny, allow: &args.allow, shared: &args.shared, ..Request::default() };
    let whole = || {
        let mut compiled = compile(ui, &request)?;
        // What is broken already would only be said a second time, in worse words.
        if !compiled.has_errors() {
            for server in servers(&compiled, args) {
                compiled.lower(&Target::new(server));
            }
        }
        Ok(compiled)
    };
    let (compiled, mended) = if args.fix {
        mend(whole, |compiled| (compiled.sources(), compiled.diagnostics.as_slice()))?
    } else {
        (whole()?, Mended::default())
    };
    tell(ui, &mended, args.fix)?;
    ui.report(Channel::Out, compiled.sources(), &compiled.diagnostics)?;
    if ui.format() == Format::Human && compiled.diagnostics.is_empty() {
        // Schemas in Python are texts of their own; what counts is the files that they are in.
        let sources = compiled.sources();
        let file = |file: &FileId| sources.origin(Span::new(*file, 0, 0)).file;
        let files = compiled.project.selected.iter().map(file).collect::<BTreeSet<FileId>>().len();
        let wanted = compiled.wanted();
        let tables = compiled.pipeline.tables.iter().filter(|table| wanted.contains(&table.schema)).count();
        ui.print(format!("{}, {}: no findings\n", counted(files, "file"), counted(tables, "table")))?;
    }
    Ok(compiled.exit())
}

/// Returns the servers to check for.
fn servers(compiled: &Compiled, args: &Args) -> BTreeSet<Server> {
    let named: BTreeSet<Server> = args.dialect.iter().map(|dialect| dialect.server()).collect();
    if named.is_empty() { compiled.project.config.servers() } else { named }
}

/// Says what was mended.
fn tell(ui: &Ui, mended: &Mended, asked: bool) -> Result<(), Error> {
    for ((code, title), times) in &mended.applied {
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        ui.say(format!("fixed {code}: {title}{times}"))?;
    }
    if mended.count() > 0 {
        ui.say(format!("{} in {}", counted(mended.count(), "fix").replace("fixs", "fixes"), counted(mended.files.len(), "file")))?;
    } else if asked {
        ui.say("nothing to fix")?;
    }
    if mended.refused > 0 {
        ui.say(format!("{} left out, because the file would no longer parse", mended.refused))?;
    }
    Ok(())
}
