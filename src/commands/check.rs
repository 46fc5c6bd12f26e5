//! `djc check`: everything that can be known without a server, and with `--database` what a server has of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use djc_core::dialect::{Server, Target};
use djc_core::source::{FileId, Span};

use super::compile::{Compiled, DialectName, Request, compile};
use super::database::DatabaseName;
use super::drift::{self, Drift, drift};
use super::mend::{Mended, mend};
use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::machine::Output;
use crate::diag::{Sink, counted};

/// Check pipelines: syntax, names, keys, types, lints
///
/// Reads all sources of the project and reports what is wrong with them in one run. What a server cannot hold is checked for the
/// servers that djc.toml names below [database], or for MySQL when it names none.
///
/// With --database the pipeline is then held against what is there: each difference is a finding at the place in the source that says
/// otherwise. The session only reads. Exits with 3 when the database differs, and with 2 when the account may not see all of it.
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

    /// Compare with a database: a URL (mysql://, postgres://, sqlite:FILE) or the name of a [database] in djc.toml
    #[arg(long, value_name = "URL|NAME", help_heading = "Drift")]
    database: Option<DatabaseName>,

    /// Do not report differences of a schema, table or attribute: `lab_old`, `lab.tmp_*`, `lab.subject.note`
    #[arg(long, value_name = "PATTERN", requires = "database", help_heading = "Drift")]
    ignore: Vec<String>,

    /// Write what differs into the file of known drift, and report only what is new from then on
    #[arg(long, requires = "database", help_heading = "Drift")]
    accept: bool,

    /// The file of known drift, instead of that of djc.toml or `djc.drift` beside it
    #[arg(long, value_name = "FILE", requires = "database", help_heading = "Drift")]
    baseline: Option<PathBuf>,

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
    let mut compiled = compiled;
    let drift = compared(ui, args, &mut compiled)?;
    report(ui, &compiled, drift.as_ref())?;
    Ok(drift.map_or(Exit::Fine, |drift| drift.exit()).and(compiled.exit()))
}

/// Compares with the database, where one is named and the pipeline is whole.
fn compared(ui: &Ui, args: &Args, compiled: &mut Compiled) -> Result<Option<Drift>, Error> {
    let Some(database) = &args.database else { return Ok(None) };
    if !compiled.has_errors() {
        let baseline = args.baseline.as_deref().map(Path::new);
        let request = drift::Request { database, ignore: &args.ignore, accept: args.accept, baseline };
        let drift = drift(ui, compiled, &request)?;
        if drift.is_compared() {
            return Ok(Some(drift));
        }
    }
    ui.say("the database was not compared: the pipeline has errors")?;
    Ok(None)
}

/// Prints all findings in order of place, and what was looked at.
fn report(ui: &Ui, compiled: &Compiled, drift: Option<&Drift>) -> Result<(), Error> {
    let mut all = Sink::new();
    let found = drift.map_or(&[][..], |drift| drift.diagnostics.as_slice());
    compiled.diagnostics.iter().chain(found).for_each(|diagnostic| all.report(diagnostic.clone()));
    let all = all.into_sorted();
    match (ui.format(), drift) {
        (Format::Json, Some(drift)) => {
            let mut output = serde_json::to_value(Output::of(compiled.sources(), &all)).map_err(std::io::Error::from)?;
            output["drift"] = drift.json();
            ui.print_json(&output)?;
        }
        _ => ui.report(Channel::Out, compiled.sources(), &all)?,
    }
    if ui.format() != Format::Human {
        return Ok(());
    }
    if all.is_empty() {
        // Schemas in Python are texts of their own; what counts is the files that they are in.
        let sources = compiled.sources();
        let file = |file: &FileId| sources.origin(Span::new(*file, 0, 0)).file;
        let files = compiled.project.selected.iter().map(file).collect::<BTreeSet<FileId>>().len();
        let wanted = compiled.wanted();
        let tables = compiled.pipeline.tables.iter().filter(|table| wanted.contains(&table.schema)).count();
        ui.print(format!("{}, {}: no findings\n", counted(files, "file"), counted(tables, "table")))?;
    }
    match drift {
        Some(drift) => ui.print(drift.summary()),
        None => Ok(()),
    }
}

/// Returns the servers to check for.
fn servers(compiled: &Compiled, args: &Args) -> BTreeSet<Server> {
    let named: BTreeSet<Server> = args.dialect.iter().map(|dialect| dialect.server()).collect();
    // With a database, the server that is there is asked what it can hold.
    if named.is_empty() && args.database.is_none() { compiled.project.config.servers() } else { named }
}

/// Says what was mended.
fn tell(ui: &Ui, mended: &Mended, asked: bool) -> Result<(), Error> {
    for ((code, title), times) in &mended.applied {
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        ui.say(format!("fixed {code}: {title}{times}"))?;
    }
    if mended.count() > 0 {
        ui.say(format!("{} in {}", counted(mended.count(), "fix"), counted(mended.files.len(), "file")))?;
    } else if asked {
        ui.say("nothing to fix")?;
    }
    if mended.refused > 0 {
        ui.say(format!("{} left out, because the file would no longer parse", mended.refused))?;
    }
    Ok(())
}
