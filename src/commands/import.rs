//! `djc import`: tables of other languages become `.dj` files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use djc_core::ir::Generation;
use djc_core::source::SourceMap;

use super::ui::Channel;
use super::{Error, Exit, Ui};
use crate::diag::{Level, Sink, counted};
use crate::import::{self, python};
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
}

/// Read DataJoint classes in Python files and notebooks, without running them
///
/// Writes one formatted `.dj` file per schema, and djc.toml. Classes are found by their bases, through all files that are read. What only running the
/// code can tell is reported with its place, and nothing is left out silently. Exit 1 when a class could not be converted, or the result has errors.
#[derive(Debug, clap::Args)]
struct Python {
    /// Python files, notebooks, and folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Where the files are written
    #[arg(short = 'o', long = "out", value_name = "DIR")]
    out: PathBuf,

    /// Which DataJoint the tables belong to: "0.14" or "2"
    #[arg(long, value_name = "VERSION", default_value = "0.14", value_parser = ["0.14", "2"])]
    datajoint: String,

    /// The schema name of a Python module that gets it when `activate` is called
    #[arg(long = "schema", value_name = "MODULE=NAME", value_parser = super::variable)]
    schemas: Vec<(String, String)>,

    /// The table or module that a name means which only a linking module would know
    #[arg(long = "link", value_name = "NAME=MODULE[.TABLE]", value_parser = super::variable)]
    links: Vec<(String, String)>,

    /// Replace `.dj` files that exist in DIR; djc.toml is kept
    #[arg(long)]
    force: bool,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    match &args.language {
        Language::Python(args) => run_python(ui, args),
    }
}

fn run_python(ui: &Ui, args: &Python) -> Result<Exit, Error> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let directory = std::path::absolute(".").map_err(|source| Error::Read { path: ".".into(), source })?;
    let files = import::python_files(&args.paths, &directory, &BTreeMap::new(), &mut sources, &mut sink)
        .map_err(|(path, source)| Error::Read { path, source })?;
    if files.modules.is_empty() && !sink.has_errors() {
        return Err(Error::Usage("no Python file below these paths".to_string()));
    }
    let options = python::Options {
        generation: if args.datajoint == "2" { Generation::Modern } else { Generation::Classic },
        name: super::new::project_name(&args.out)?,
        schemas: args.schemas.clone(),
        links: args.links.clone(),
    };
    let imported = python::import(&files, &options, &mut sources, &mut sink);
    let diagnostics = sink.into_sorted();
    let mut out = Files::new();
    for file in &imported.files {
        out.add(format!("{}.dj", file.module), file.text.as_str());
    }
    refuse_to_replace(args, &out)?;
    let keeps_settings = args.out.join(CONFIG_NAME).exists();
    if !keeps_settings && !imported.files.is_empty() {
        out.add(CONFIG_NAME, imported.config.as_str());
    }
    out.write(&args.out)?;
    ui.report_any(Channel::Err, &sources, &diagnostics)?;
    ui.say(format!(
        "{} in {}: {} converted into {}, {} left out",
        counted(imported.found, "table class").replace("classs", "classes"),
        counted(files.modules.len(), "file"),
        imported.converted,
        counted(imported.files.len(), "schema"),
        imported.skipped()
    ))?;
    if keeps_settings {
        ui.say(format!("`{}` is kept as it is", args.out.join(CONFIG_NAME).display()))?;
    }
    if !imported.files.is_empty() {
        ui.say(format!("next: djc -C {} check", args.out.display()))?;
    }
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error) || imported.files.is_empty();
    Ok(if failed { Exit::Findings } else { Exit::Fine })
}

fn refuse_to_replace(args: &Python, files: &Files) -> Result<(), Error> {
    if args.force {
        return Ok(());
    }
    let taken: Vec<&Path> = files.iter().map(|(path, _)| path).filter(|path| args.out.join(path).exists()).collect();
    match taken.as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", counted(rest.len(), "file")) };
            let first = args.out.join(first);
            Err(Error::Usage(format!("`{}`{more} would be replaced; say `--force`, or name another folder", first.display())))
        }
    }
}
