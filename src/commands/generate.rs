//! `djc generate`: SQL, Python and Rust of a pipeline, as files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use djc_core::ir::Tier;
use djc_pyimport::read;
use djc_pyimport::tree::Statement;

use super::compile::{Compiled, Request, compile};
use super::ui::Channel;
use super::{Error, Exit, Ui};
use crate::codegen::python::{METHODS, Methods};
use crate::codegen::{self, Input, TARGETS, Target};
use crate::diag::{Level, Sink, codes, counted};
use crate::output::Files;
use crate::project::{name_of, normal};

/// More tables than this are counted, not named.
const NAMES_MAX: usize = 5;

/// Write SQL, Python classes and Rust modules of a pipeline
///
/// Without `--target` everything that djc.toml asks for below [generate] is written. Files that djc generated are replaced; others never, unless `--force`
/// says so. All are written in one step, or none.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files and folders; without any, the sources of djc.toml
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// What to write
    #[arg(long, value_name = "TARGET", value_parser = PossibleValuesParser::new(TARGETS.iter().map(|target| target.name())))]
    target: Option<String>,

    /// Where; else the folder that djc.toml names
    #[arg(short = 'o', long = "out", value_name = "DIR", requires = "target")]
    out: Option<PathBuf>,

    /// Write nothing; say which files are not what would be written, and exit with 1 if any
    #[arg(long)]
    check: bool,

    /// Replace files that djc did not generate
    #[arg(long, conflicts_with = "check")]
    force: bool,

    /// A table, module or schema of datajoint 0.14 under which tables of datajoint 2 may stand
    #[arg(long = "allow-shared", value_name = "NAME")]
    shared: Vec<String>,
}

pub(super) fn run(ui: &Ui, args: &Args) -> Result<Exit, Error> {
    let directory = std::path::absolute(".").map_err(|source| Error::Read { path: ".".into(), source })?;
    let request = Request { paths: &args.paths, shared: &args.shared, ..Request::default() };
    let mut compiled = compile(ui, &request)?;
    let asked = targets(&compiled, args, &directory)?;
    // What is merely unwise is the business of `djc check`.
    let needs_variables = asked.iter().any(|(target, _)| target.needs_variables());
    compiled
        .diagnostics
        .retain(|diagnostic| diagnostic.level == Level::Error && (needs_variables || diagnostic.code.id != codes::UNSET_VARIABLE.id));
    let mut wanted = Files::new();
    let mut unmade = Vec::new();
    for (target, out) in &asked {
        let methods = methods(&mut compiled, &out.join(METHODS), &directory)?;
        if compiled.has_errors() {
            continue;
        }
        let mut sink = Sink::new();
        let input = input(&compiled, methods);
        let files = target.generate(&input, &mut sink);
        if target.name() == codegen::python::Python.name() {
            unmade.extend(without_make(&input, out));
        }
        compiled.join(sink);
        files.iter().for_each(|(path, text)| wanted.add(out.join(path), text));
    }
    compiled.diagnostics.retain(|diagnostic| diagnostic.level == Level::Error);
    ui.report_any(Channel::Err, compiled.sources(), &compiled.diagnostics)?;
    if compiled.has_errors() {
        return Ok(compiled.exit());
    }
    let mut states = states(&wanted)?;
    if args.paths.is_empty() {
        states.extend(orphans(&wanted, &asked)?);
    }
    if args.check { check(ui, &states, &directory) } else { write(ui, args, &wanted, &states, &unmade, &directory) }
}

/// Returns what is to be made and where.
fn targets(compiled: &Compiled, args: &Args, directory: &Path) -> Result<Vec<(&'static dyn Target, PathBuf)>, Error> {
    let settings = &compiled.project.config.generate;
    let in_project = |out: &str| normal(&compiled.project.root.join(out));
    if let Some(name) = &args.target {
        let target = TARGETS.into_iter().find(|target| target.name() == name).expect("clap knows the names");
        let named = args.out.as_ref().map(|out| normal(&directory.join(out))).or_else(|| target.out(settings).map(in_project));
        let out = named
            .ok_or_else(|| Error::Usage(format!("where to? say `-o DIR`, or `[generate.{name}]` with `out = \"DIR\"` in djc.toml")))?;
        return Ok(vec![(target, out)]);
    }
    if settings.docs.is_some() {
        let name = "docs";
        return Err(Error::Usage(format!(
            "`[generate.{name}]` in djc.toml: this version of djc does not generate {name}; `--target` names one that it does"
        )));
    }
    let asked: Vec<(&'static dyn Target, PathBuf)> =
        TARGETS.into_iter().filter_map(|target| Some((target, in_project(target.out(settings)?)))).collect();
    if asked.is_empty() {
        let sections: Vec<String> = TARGETS.iter().map(|target| format!("`[generate.{}]`", target.name())).collect();
        return Err(Error::Usage(format!(
            "djc.toml asks for nothing: add {} with `out = \"DIR\"`, or say `--target`",
            sections.join(" or ")
        )));
    }
    Ok(asked)
}

fn input(compiled: &Compiled, methods: Methods) -> Input<'_> {
    Input {
        pipeline: &compiled.pipeline,
        names: &compiled.names,
        files: &compiled.project.files,
        sources: compiled.sources(),
        config: &compiled.project.config,
        defaults: &compiled.project.defaults,
        wanted: compiled.wanted(),
        lowering: compiled.lowering(),
        methods,
    }
}

/// Reads which classes the hand-written methods define.
fn methods(compiled: &mut Compiled, folder: &Path, directory: &Path) -> Result<Methods, Error> {
    let mut methods = Methods::default();
    let mut sink = Sink::new();
    for path in files_in(folder)? {
        let (Some(module), Some("py")) =
            (path.file_stem().and_then(|stem| stem.to_str()), path.extension().and_then(|extension| extension.to_str()))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let file = compiled.project.sources.add(name_of(&path, directory), text);
        let tree = read::read(file, &compiled.project.sources.file(file).text, None);
        for error in tree.errors.iter().take(1) {
            sink.report(codes::PYTHON_SYNTAX.at(error.span, format!("not Python 3: {}", error.value)));
        }
        let mut classes = BTreeSet::new();
        class_names(&tree.body, "", &mut classes);
        methods.0.insert(module.to_string(), classes);
    }
    compiled.join(sink);
    Ok(methods)
}

fn class_names(body: &[Statement], outer: &str, out: &mut BTreeSet<String>) {
    for statement in body {
        if let Statement::Class(class) = statement {
            let path = if outer.is_empty() { class.name.value.clone() } else { format!("{outer}.{}", class.name.value) };
            class_names(&class.body, &path, out);
            out.insert(path);
        }
    }
}

/// Returns the populated tables that no hand-written class makes, by the file that would.
fn without_make(input: &Input<'_>, out: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let mut by_file: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for id in &input.wanted {
        let schema = input.pipeline.schema(*id);
        let written = input.methods.0.get(&schema.module);
        let tables = schema.tables.iter().map(|id| input.pipeline.table(*id));
        for table in tables.filter(|table| schema.owned && matches!(table.tier, Tier::Imported | Tier::Computed)) {
            if !written.is_some_and(|classes| classes.contains(&table.class)) {
                let file = out.join(METHODS).join(format!("{}.py", schema.module));
                by_file.entry(file).or_default().push(table.class.clone());
            }
        }
    }
    by_file.into_iter().collect()
}

/// How a file stands to what would be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Current,
    Missing,
    /// It differs from this line on.
    Stale(usize),
    /// It differs, and djc did not make it.
    Foreign,
    /// Nothing makes it any more.
    Orphan,
}

fn states(wanted: &Files) -> Result<BTreeMap<PathBuf, State>, Error> {
    let mut out = BTreeMap::new();
    for (path, text) in wanted.iter() {
        let state = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::Missing,
            Err(source) => return Err(Error::Read { path: path.to_path_buf(), source }),
            Ok(found) if found == text.as_bytes() => State::Current,
            Ok(found) => match String::from_utf8(found) {
                Ok(found) if codegen::is_generated(&found) => {
                    State::Stale(1 + found.lines().zip(text.lines()).take_while(|(found, wanted)| found == wanted).count())
                }
                Ok(_) | Err(_) => State::Foreign,
            },
        };
        out.insert(path.to_path_buf(), state);
    }
    Ok(out)
}

/// Returns the generated files that nothing makes any more; other files of the folders are not looked at.
fn orphans(wanted: &Files, asked: &[(&dyn Target, PathBuf)]) -> Result<Vec<(PathBuf, State)>, Error> {
    let known: BTreeSet<&Path> = wanted.iter().map(|(path, _)| path).collect();
    let extensions: BTreeSet<_> = known.iter().filter_map(|path| path.extension()).collect();
    let mut out = Vec::new();
    for (_, folder) in asked {
        for path in files_in(folder)? {
            let of_kind = path.extension().is_some_and(|extension| extensions.contains(extension));
            if of_kind && !known.contains(path.as_path()) && fs::read_to_string(&path).is_ok_and(|text| codegen::is_generated(&text)) {
                out.push((path, State::Orphan));
            }
        }
    }
    Ok(out)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Read { path: folder.to_path_buf(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn check(ui: &Ui, states: &BTreeMap<PathBuf, State>, directory: &Path) -> Result<Exit, Error> {
    let mut differing = 0;
    for (path, state) in states {
        let what = match state {
            State::Current => continue,
            State::Missing => "is missing".to_string(),
            State::Stale(line) => format!("is stale from line {line} on"),
            State::Foreign => "is not what djc would write, and not generated by djc".to_string(),
            State::Orphan => "is made by nothing any more".to_string(),
        };
        differing += 1;
        ui.print(format!("`{}` {what}\n", name_of(path, directory)))?;
    }
    let all = counted(states.len(), "file");
    if differing == 0 {
        ui.say(format!("{all} up to date"))?;
        return Ok(Exit::Fine);
    }
    ui.say(format!("{differing} of {all} differ; `djc generate` writes them"))?;
    Ok(Exit::Findings)
}

fn write(
    ui: &Ui,
    args: &Args,
    wanted: &Files,
    states: &BTreeMap<PathBuf, State>,
    unmade: &[(PathBuf, Vec<String>)],
    directory: &Path,
) -> Result<Exit, Error> {
    let of = |wanted: State| states.iter().filter(move |(_, state)| **state == wanted).map(|(path, _)| path.as_path());
    let foreign: Vec<&Path> = of(State::Foreign).collect();
    if let ([first, rest @ ..], false) = (foreign.as_slice(), args.force) {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", counted(rest.len(), "file")) };
        let first = name_of(first, directory);
        return Err(Error::Usage(format!(
            "`{first}`{more} would be replaced, and djc did not generate it; say `--force`, or name another folder"
        )));
    }
    let mut files = Files::new();
    for (path, text) in wanted.iter().filter(|(path, _)| states.get(*path) != Some(&State::Current)) {
        files.add(path, text);
    }
    let written = files.iter().count();
    files.write(directory)?;
    for path in of(State::Orphan) {
        fs::remove_file(path).map_err(|source| Error::Remove { path: path.to_path_buf(), source })?;
        ui.say(format!("deleted `{}`: nothing makes it any more", name_of(path, directory)))?;
    }
    let current = of(State::Current).count();
    ui.say(format!("{} written, {current} unchanged", counted(written, "file")))?;
    if let Some(line) = unmade_line(unmade, directory) {
        ui.say(line)?;
    }
    Ok(Exit::Fine)
}

/// Says which populated tables have no `make`, and where it would stand.
fn unmade_line(unmade: &[(PathBuf, Vec<String>)], directory: &Path) -> Option<String> {
    let tables: Vec<&str> = unmade.iter().flat_map(|(_, tables)| tables).map(String::as_str).collect();
    let (first, _) = unmade.first()?;
    let place = match unmade {
        [_] => name_of(first, directory),
        _ => name_of(&first.with_file_name("SCHEMA.py"), directory),
    };
    let names = if tables.len() > NAMES_MAX { counted(tables.len(), "populated table") } else { tables.join(", ") };
    Some(format!("no `make` yet for {names}: a class of the table's name in `{place}` brings it"))
}
