//! Definitions as others write them: public packages, downloaded when the tests run and imported, compile.
//!
//! Nothing of the packages is kept in the repository. Without Python, pip or PyPI the test says aloud that it skips.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use djc::check;
use djc::core::catalog::Catalog;
use djc::core::dialect::{Options, Server, Target, lower};
use djc::core::ir::{Generation, Pipeline, TableId, Tier};
use djc::core::source::{SourceMap, Span};
use djc::diag::{Diagnostic, Level, Sink, human};
use djc::import::python;
use djc::import::{Imported, ImportedFile, Layout, python_files};
use djc::problems;
use djc::project::{self, LoadOptions, Project};

use crate::support::root;

/// Packages that are compiled together, each with what the linking module of a lab would say.
struct Workflow {
    packages: &'static [(&'static str, &'static str)],
    links: &'static [&'static str],
    /// What a lab brings of its own, as Python.
    lab: Option<&'static str>,
    /// Tables (`module.Table`) that datajoint 0.14 refuses as well, with the code here and the reason there.
    refused: &'static [(&'static str, &'static str, &'static str)],
}

const SKULL_REFERENCE: &str = "\
import datajoint as dj

schema = dj.schema('own')


@schema
class SkullReference(dj.Lookup):
    definition = 'skull_reference : varchar(60)'
";

const WORKFLOWS: &[Workflow] = &[
    Workflow { packages: &[("spyglass-neuro", "0.6.0")], links: &[], lab: None, refused: &[] },
    Workflow {
        packages: &[
            ("element-array-ephys", "0.2.11"),
            ("element-lab", "0.3.0"),
            ("element-animal", "0.1.8"),
            ("element-session", "0.1.6"),
            ("element-event", "0.2.3"),
        ],
        links: &[
            "ephys=ephys_acute",
            "Session=session_with_id.Session",
            "Project=project.Project",
            "Experimenter=lab.User",
            "Source=lab.Source",
        ],
        lab: Some(SKULL_REFERENCE),
        refused: &[],
    },
];

#[test]
fn definitions_of_public_packages_compile() {
    let mut wrong = Vec::new();
    for (at, workflow) in WORKFLOWS.iter().enumerate() {
        let Some(sources) = downloaded(workflow) else { continue };
        for generation in ["0.14", "2"] {
            let out = cache().join(format!("dj-{at}-{generation}"));
            let imported = import(&sources, workflow, generation, Layout::Schema, &out);
            let run = Run::of(&out);
            assert_eq!(run.tables(), imported.counts.found, "every table class that was found is in the pipeline");
            for (package, version) in workflow.packages {
                let modules = modules_of(&imported, package);
                let (good, all) = run.count(&modules);
                assert!(all > 0, "{package} holds tables");
                println!("{package} {version}: {generation}: {good} of {all} tables compile");
            }
            fs::write(out.join("mysql.sql"), run.sql.join(";\n") + ";\n").expect("writable");
            println!("    {} statements of SQL in {} ms; findings: {}", run.sql.len(), run.took.as_millis(), run.codes());
            if generation == "0.14" {
                let out = cache().join(format!("dj-{at}-modules"));
                let imported = import(&sources, workflow, generation, Layout::Module, &out);
                let by_module = Run::of(&out);
                println!("    {} files, one for each Python module", imported.files.len());
                assert!(by_module.catalog == run.catalog, "the layout of the files changes no table");
                for folder in [&cache().join(format!("dj-{at}-{generation}")), &out] {
                    let read = crate::generate::reads_back(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
                    println!("    {read} tables are read back from the Python that djc generates");
                }
                wrong.extend(run.unexpected(workflow.refused));
                let whole = cache().join(format!("dj-{at}-{generation}"));
                crate::pull::project_survives(&whole, &[("USER_PREFIX", "wild")], Generation::Classic);
            } else {
                run.refusals().iter().for_each(|line| println!("    {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "what datajoint 0.14 accepts and djc refuses:\n{}", wrong.join("\n"));
}

/// Returns the folders of the packages that are compiled together, as many as can be had.
pub fn workflows() -> Vec<Vec<PathBuf>> {
    WORKFLOWS.iter().filter_map(downloaded).collect()
}

/// Returns the folders of the packages of a workflow; without one of them the test says aloud that it skips.
fn downloaded(workflow: &Workflow) -> Option<Vec<PathBuf>> {
    let Some(python) = python() else {
        eprintln!("SKIPPED: no python3 with pip; the definitions of public packages are not compiled");
        return None;
    };
    let mut sources = Vec::new();
    for (package, version) in workflow.packages {
        match download(&python, package, version) {
            Ok(folder) => sources.push(folder),
            Err(reason) => {
                eprintln!("SKIPPED: {package} {version} cannot be downloaded, so its definitions are not compiled: {reason}");
                return None;
            }
        }
    }
    Some(sources)
}

/// What compiling one folder of `.dj` files gave.
struct Run {
    sources: SourceMap,
    pipeline: Pipeline,
    found: Vec<Diagnostic>,
    /// The error, if any, that a table has itself.
    faults: BTreeMap<TableId, Vec<Diagnostic>>,
    /// Errors outside of all tables.
    elsewhere: Vec<Diagnostic>,
    catalog: Catalog,
    /// The SQL for MySQL.
    sql: Vec<String>,
    took: Duration,
}

impl Run {
    fn of(folder: &Path) -> Run {
        let started = Instant::now();
        let mut options = LoadOptions::new(folder);
        // A part of a schema name that Spyglass reads from a setting.
        options.vars.push(("USER_PREFIX".to_string(), "wild".to_string()));
        let project = Project::load(&options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let project::Compiled { pipeline, names, diagnostics } = project::compile(&project);
        let mut sink = Sink::new();
        diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
        check::check(&pipeline, &project.files, &check::Settings::default(), &mut sink);
        // As `djc check` does: without stores in djc.toml nobody knows which there are.
        let lowered = lower(&pipeline, &names, &Target::new(Server::MySql), &Options::default());
        problems::report(&pipeline, &lowered.problems, &mut sink);
        let dialect = Server::MySql.dialect();
        let sql: Vec<String> = lowered.changes.iter().flat_map(|change| dialect.render(change)).map(|statement| statement.sql).collect();
        let took = started.elapsed();
        let found = sink.into_sorted();
        let mut faults: BTreeMap<TableId, Vec<Diagnostic>> = BTreeMap::new();
        let mut elsewhere = Vec::new();
        for error in found.iter().filter(|diagnostic| diagnostic.level == Level::Error) {
            match error.span.and_then(|span| table_at(&pipeline, span)) {
                Some(table) => faults.entry(table).or_default().push(error.clone()),
                None => elsewhere.push(error.clone()),
            }
        }
        Run { sources: project.sources, pipeline, found, faults, elsewhere, catalog: lowered.catalog, sql, took }
    }

    /// Returns the number of tables.
    fn tables(&self) -> usize {
        self.pipeline.tables().filter(|(_, table)| self.pipeline.schema(table.schema).owned).count()
    }

    /// Returns how many tables of these modules compile, and how many there are. A table compiles when it has no error itself and
    /// all that it needs (its master, what it refers to) compiles.
    fn count(&self, modules: &BTreeSet<String>) -> (usize, usize) {
        let mut good = vec![false; self.pipeline.tables.len()];
        for id in &self.pipeline.order {
            let table = self.pipeline.table(*id);
            let mut needs = table.references.iter().map(|key| key.parent).chain(match table.tier {
                Tier::Part { master } => Some(master),
                Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => None,
            });
            good[id.0 as usize] = !self.faults.contains_key(id) && needs.all(|parent| good[parent.0 as usize]);
        }
        let of_package = |id: &TableId| modules.contains(&self.pipeline.schema(self.pipeline.table(*id).schema).module);
        let all: Vec<TableId> = self.pipeline.order.iter().copied().filter(of_package).collect();
        (all.iter().filter(|id| good[id.0 as usize]).count(), all.len())
    }

    /// Returns the errors that are not in the list, and what of the list no longer happens.
    fn unexpected(&self, refused: &[(&str, &str, &str)]) -> Vec<String> {
        let mut known: BTreeSet<(String, &str)> = refused.iter().map(|(table, code, _)| ((*table).to_string(), *code)).collect();
        let mut wrong: Vec<String> = self.elsewhere.iter().map(|error| self.rendered(error)).collect();
        for (id, errors) in &self.faults {
            let name = self.pipeline.qualified_name(*id);
            for error in errors {
                let key = (name.clone(), error.code.id);
                known.remove(&key);
                if !refused.iter().any(|(table, code, _)| *table == key.0 && *code == key.1) {
                    wrong.push(self.rendered(error));
                }
            }
        }
        wrong.extend(known.into_iter().map(|(table, code)| format!("{table} is no longer refused with {code}: take it off the list")));
        wrong
    }

    /// Returns each refusal once, with how often it stands.
    fn refusals(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for error in self.faults.values().flatten().chain(&self.elsewhere) {
            *counts.entry(format!("{}: {}", error.code.id, error.message)).or_default() += 1;
        }
        counts.into_iter().map(|(line, count)| format!("{line} x{count}")).collect()
    }

    fn rendered(&self, error: &Diagnostic) -> String {
        rendered(&self.sources, error)
    }

    /// Returns `DJ0301 ×4, …`.
    fn codes(&self) -> String {
        let mut codes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for diagnostic in &self.found {
            *codes.entry((diagnostic.code.id, diagnostic.level.word())).or_default() += 1;
        }
        let words: Vec<String> = codes.iter().map(|((code, level), count)| format!("{code} {level} x{count}")).collect();
        if words.is_empty() { "none".to_string() } else { words.join(", ") }
    }
}

fn rendered(sources: &SourceMap, error: &Diagnostic) -> String {
    let mut out = Vec::new();
    let look = human::Look { color: false, unicode: false, width: None };
    human::write(&mut out, sources, std::slice::from_ref(error), look).expect("a Vec takes all that is written");
    String::from_utf8(out).expect("messages are UTF-8")
}

/// Returns the table around a place; parts stand behind their masters, so that the last one is the innermost.
fn table_at(pipeline: &Pipeline, place: Span) -> Option<TableId> {
    let around = |span: Span| span.file == place.file && span.start <= place.start && place.start <= span.end;
    pipeline.tables().filter(|(_, table)| around(table.span)).map(|(id, _)| id).last()
}

/// Returns the modules whose Python file lies in the folder of a package.
fn modules_of(imported: &Imported, package: &str) -> BTreeSet<String> {
    let inside = |file: &&ImportedFile| file.origin.split('/').any(|folder| folder.starts_with(package));
    imported.files.iter().filter(inside).map(|file| file.module.clone()).collect()
}

fn cache() -> PathBuf {
    root().join("target/wild")
}

/// Returns a Python that has pip.
fn python() -> Option<PathBuf> {
    let works = Command::new("python3").args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success());
    works.then(|| PathBuf::from("python3"))
}

/// Returns the folder with the files of a package, downloaded unless an earlier run did.
fn download(python: &Path, package: &str, version: &str) -> Result<PathBuf, String> {
    let folder = cache().join(format!("{package}-{version}"));
    if folder.exists() {
        return Ok(folder);
    }
    let wheels = tempfile::tempdir().map_err(|error| error.to_string())?;
    let pip = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"];
    let patience = ["--timeout", "15", "--retries", "1", "-d"];
    let requirement = format!("{package}=={version}");
    run(Command::new(python).args(pip).args(patience).arg(wheels.path()).arg(requirement))?;
    let wheel = fs::read_dir(wheels.path())
        .map_err(|error| error.to_string())?
        .find_map(|entry| entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "whl")))
        .ok_or("pip left no wheel")?;
    // Unpacked beside its place and then moved there: a run that is interrupted leaves no half of a package.
    fs::create_dir_all(cache()).map_err(|error| error.to_string())?;
    let beside = tempfile::tempdir_in(cache()).map_err(|error| error.to_string())?;
    run(Command::new(python).args(["-m", "zipfile", "-e"]).arg(wheel).arg(beside.path().join("package")))?;
    match fs::rename(beside.path().join("package"), &folder) {
        Err(error) if !folder.exists() => Err(error.to_string()),
        _ => Ok(folder),
    }
}

/// Imports packages into one project; every class must come through.
fn import(packages: &[PathBuf], workflow: &Workflow, generation: &str, layout: Layout, out: &Path) -> Imported {
    let lab = tempfile::tempdir().expect("a temporary folder");
    let mut paths = packages.to_vec();
    if let Some(text) = workflow.lab {
        fs::write(lab.path().join("own.py"), text).expect("writable");
        paths.push(lab.path().to_path_buf());
    }
    let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
    let started = Instant::now();
    let files = python_files(&paths, root(), &BTreeMap::new(), &mut sources, &mut sink)
        .unwrap_or_else(|(path, error)| panic!("{}: {error}", path.display()));
    let options = python::Options {
        generation: if generation == "2" { Generation::Modern } else { Generation::Classic },
        name: "wild".to_string(),
        schemas: Vec::new(),
        layout,
        links: workflow.links.iter().filter_map(|link| link.split_once('=')).map(|(name, to)| (name.to_string(), to.to_string())).collect(),
    };
    let imported = python::import(&files, &options, &mut sources, &mut sink);
    println!("{} tables imported in {} ms", imported.counts.converted, started.elapsed().as_millis());
    assert_eq!(imported.counts.left_out(), 0, "classes that were left out");
    let found = sink.into_sorted();
    // What generation 2 refuses of 0.14 is counted by the caller.
    let errors: Vec<&Diagnostic> =
        found.iter().filter(|found| found.level == Level::Error && (generation == "0.14" || found.code.id.starts_with("DJ07"))).collect();
    assert!(errors.is_empty(), "{}", errors.iter().map(|error| rendered(&sources, error)).collect::<String>());
    fs::create_dir_all(out).expect("writable");
    for entry in fs::read_dir(out).expect("a folder") {
        fs::remove_file(entry.expect("readable").path()).expect("what an earlier run wrote can go");
    }
    for file in &imported.files {
        fs::write(out.join(format!("{}.dj", file.module)), &file.text).expect("writable");
    }
    fs::write(out.join("djc.toml"), &imported.config).expect("writable");
    imported
}

/// Runs a command and returns what it prints; else the last line of what it says.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stderr);
    Err(said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it fails without a word").to_string())
}
