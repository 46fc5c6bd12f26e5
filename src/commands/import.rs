//! `djc import`: tables of other languages become `.dj` files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use djc_core::ir::Generation;
use djc_core::source::SourceMap;
use serde_json::json;

use super::ui::Channel;
use super::{Error, Exit, Format, Ui};
use crate::diag::machine::Output;
use crate::diag::{Level, Sink, counted};
use crate::import::{self, Counts, Imported, matlab, python};
use crate::output::Files;
use crate::project::CONFIG_NAME;

/// Make `.dj` files from table classes in other languages
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    language: Language,
}

#[derive(Debug, Subcommand)]
enum Language {
    Python(Python),
    Matlab(Matlab),
}

/// Read DataJoint classes in Python files and notebooks, without running them
///
/// Writes formatted `.dj` files, one per schema, and djc.toml. Classes are found by their bases, through all files that are read. What only running the
/// code can tell is reported with its place, and nothing is left out silently. Exit 1 when a class could not be converted, or the result has errors.
#[derive(Debug, clap::Args)]
struct Python {
    /// Python files, notebooks, and folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    target: Target,

    /// Which DataJoint the tables belong to: "0.14" or "2"
    #[arg(long, value_name = "VERSION", default_value = "0.14", value_parser = ["0.14", "2"])]
    datajoint: String,

    /// The schema name of a Python module that gets it when `activate` is called
    #[arg(long = "schema", value_name = "MODULE=NAME", value_parser = super::variable)]
    schemas: Vec<(String, String)>,

    /// The table or module that a name means which only a linking module would know
    #[arg(long = "link", value_name = "NAME=MODULE[.TABLE]", value_parser = super::variable)]
    links: Vec<(String, String)>,
}

/// Read DataJoint classes in MATLAB packages, without running them
///
/// Writes formatted `.dj` files, one per schema, and djc.toml. Definitions are the `%{ … %}` comments of classes below `+package` folders, the tier is that of their bases or of
/// the first line of old definitions, and schema names are those of `getSchema.m`. What only MATLAB can tell is reported with its place, and nothing is left
/// out silently. Exit 1 when a class could not be converted, or the result has errors.
#[derive(Debug, clap::Args)]
struct Matlab {
    /// MATLAB files, and folders of them or of packages
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    target: Target,

    /// The schema name of a package whose `getSchema.m` does not tell it
    #[arg(long = "schema", value_name = "PACKAGE=NAME", value_parser = super::variable)]
    schemas: Vec<(String, String)>,
}

/// What is written, and where.
#[derive(Debug, clap::Args)]
struct Target {
    /// Where the files are written
    #[arg(short = 'o', long = "out", value_name = "DIR")]
    out: PathBuf,

    /// Which file a table goes to
    #[arg(long, value_enum, value_name = "LAYOUT", default_value_t = Layout::Schema)]
    layout: Layout,

    /// Replace `.dj` files that exist in DIR; djc.toml is kept
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// One `.dj` file for each schema
    Schema,
    /// One for each module of the sources: a Python file, a MATLAB package
    Module,
}

impl From<Layout> for import::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Schema => import::Layout::Schema,
            Layout::Module => import::Layout::Module,
        }
    }
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    match &args.language {
        Language::Python(args) => run_python(ui, args),
        Language::Matlab(args) => run_matlab(ui, args),
    }
}

fn run_python(ui: &Ui, args: &Python) -> Result<Exit, Error> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let patience = ui.patience("reading Python files");
    let files = import::python_files(&args.paths, &here()?, &BTreeMap::new(), &mut sources, &mut sink)
        .map_err(|(path, source)| Error::Read { path, source })?;
    // A file that is named is read whatever its ending says.
    if files.modules.iter().all(|file| import::is_matlab(&file.path)) && !sink.has_errors() {
        return Err(nothing_to_read("Python", &args.paths, "MATLAB", &import::is_matlab));
    }
    let options = python::Options {
        generation: if args.datajoint == "2" { Generation::Modern } else { Generation::Classic },
        name: super::new::project_name(&args.target.out)?,
        schemas: args.schemas.clone(),
        links: args.links.clone(),
        layout: args.target.layout.into(),
    };
    patience.say(format!("looking for tables in {}", counted(files.modules.len(), "Python file")));
    let imported = python::import(&files, &options, &mut sources, &mut sink);
    drop(patience);
    finish(ui, &args.target, &imported, files.modules.len(), &sources, sink)
}

fn run_matlab(ui: &Ui, args: &Matlab) -> Result<Exit, Error> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let patience = ui.patience("reading MATLAB files");
    let files = import::matlab_files(&args.paths, &here()?, &BTreeMap::new(), &mut sources, &mut sink)
        .map_err(|(path, source)| Error::Read { path, source })?;
    if files.iter().all(|file| import::is_python(&file.path)) && !sink.has_errors() {
        return Err(nothing_to_read("MATLAB", &args.paths, "Python", &import::is_python));
    }
    let options = matlab::Options {
        name: super::new::project_name(&args.target.out)?,
        schemas: args.schemas.clone(),
        layout: args.target.layout.into(),
    };
    patience.say(format!("looking for tables in {}", counted(files.len(), "MATLAB file")));
    let imported = matlab::import(&files, &options, &mut sources, &mut sink);
    drop(patience);
    finish(ui, &args.target, &imported, files.len(), &sources, sink)
}

/// Returns the error for paths without a file of the language, with the command for the other language where they have files of that.
fn nothing_to_read(language: &str, paths: &[PathBuf], other: &str, is_other: &dyn Fn(&Path) -> bool) -> Error {
    let mut message = format!("no {language} file below these paths");
    if paths.iter().any(|path| import::holds(path, is_other)) {
        message.push_str(&format!("; `djc import {}` reads the {other} files that are there", other.to_lowercase()));
    }
    Error::Usage(message)
}

fn here() -> Result<PathBuf, Error> {
    std::path::absolute(".").map_err(|source| Error::Read { path: ".".into(), source })
}

/// Writes the files and says what became of the classes.
fn finish(ui: &Ui, target: &Target, imported: &Imported, read: usize, sources: &SourceMap, sink: Sink) -> Result<Exit, Error> {
    let diagnostics = sink.into_sorted();
    let mut out = Files::new();
    for file in &imported.files {
        out.add(format!("{}.dj", file.module), file.text.as_str());
    }
    refuse_to_replace(target, &out)?;
    let keeps_settings = target.out.join(CONFIG_NAME).exists();
    if !keeps_settings && !imported.files.is_empty() {
        out.add(CONFIG_NAME, imported.config.as_str());
    }
    out.write(&target.out)?;
    if ui.format() == Format::Json {
        let mut output = serde_json::to_value(Output::of(sources, &diagnostics)).map_err(std::io::Error::from)?;
        output["import"] = counts_as_json(imported, read);
        ui.print_json(&output)?;
    } else {
        ui.report_any(Channel::Err, sources, &diagnostics)?;
    }
    ui.say(summary(&imported.counts, read, imported.files.len(), target.layout))?;
    if keeps_settings {
        ui.say(format!("`{}` is kept as it is", target.out.join(CONFIG_NAME).display()))?;
    }
    if !imported.files.is_empty() {
        ui.say(format!("next: djc -C {} check", target.out.display()))?;
    }
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) || imported.files.is_empty();
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

/// Returns what became of the classes: a line that counts, and one for each reason to leave some out.
fn summary(counts: &Counts, read: usize, written: usize, layout: Layout) -> String {
    let classes = if counts.found == 1 { "table class" } else { "table classes" };
    let target = match layout {
        Layout::Schema => counted(written, "schema"),
        Layout::Module => counted(written, "module"),
    };
    let mut out = format!(
        "{} {classes} in {}: {} converted into {target}, {} left out",
        counts.found,
        counted(read, "file"),
        counts.converted,
        counts.left_out()
    );
    for (code, count) in &counts.reasons {
        out.push_str(&format!("\n  {count} left out: {} ({})", code.title, code.id));
    }
    out
}

fn counts_as_json(imported: &Imported, read: usize) -> serde_json::Value {
    let reasons = imported.counts.reasons.iter();
    json!({
        "sources": read,
        "files": imported.files.iter().map(|file| format!("{}.dj", file.module)).collect::<Vec<_>>(),
        "found": imported.counts.found,
        "converted": imported.counts.converted,
        "left_out": reasons.map(|(code, count)| json!({"code": code.id, "reason": code.title, "count": count})).collect::<Vec<_>>(),
    })
}

fn refuse_to_replace(target: &Target, files: &Files) -> Result<(), Error> {
    if target.force {
        return Ok(());
    }
    let taken: Vec<&Path> = files.iter().map(|(path, _)| path).filter(|path| target.out.join(path).exists()).collect();
    match taken.as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", counted(rest.len(), "file")) };
            let first = target.out.join(first);
            Err(Error::Usage(format!("`{}`{more} would be replaced; say `--force`, or name another folder", first.display())))
        }
    }
}
