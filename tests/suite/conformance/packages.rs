//! The packages that are looked at: which they are, how they are fetched, and their import into djc.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use djc::core::ir::Generation;
use djc::core::source::SourceMap;
use djc::diag::{Diagnostic, Level, Sink};
use djc::import::{Imported, ImportedFile, Layout, python, python_files};
use serde::Deserialize;

use super::compiled::rendered;
use crate::python::{run, with_pip};
use crate::support::root;

/// Names packages, `NAME==VERSION …`, to look at instead of those in conformance/packages.toml.
const CHOICE: &str = "DJC_CONFORMANCE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    workflow: Vec<Workflow>,
}

/// Packages that are looked at together; conformance/packages.toml says what each field means.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Workflow {
    pub packages: Vec<String>,
    pub linking: Option<String>,
    pub schemas: Vec<String>,
    pub links: Vec<String>,
    pub stores: Vec<String>,
    pub folders: Vec<String>,
    pub custom: BTreeMap<String, String>,
    pub vars: BTreeMap<String, String>,
    pub unbound: Vec<String>,
}

/// Returns the workflows: those of conformance/packages.toml, or one of the packages that the environment names.
pub fn workflows() -> Vec<Workflow> {
    let text = fs::read_to_string(conformance().join("packages.toml")).expect("conformance/packages.toml is readable");
    let known = toml::from_str::<Packages>(&text).unwrap_or_else(|error| panic!("conformance/packages.toml: {error}")).workflow;
    let Some(chosen) = choice() else { return known };
    // What is known of a package goes for its other versions as well.
    let name = |package: &str| package.split("==").next().unwrap_or_default().to_string();
    let names: BTreeSet<String> = chosen.iter().map(|package| name(package)).collect();
    let like = known.into_iter().find(|workflow| workflow.packages.iter().map(|package| name(package)).collect::<BTreeSet<_>>() == names);
    vec![Workflow { packages: chosen, ..like.unwrap_or_default() }]
}

/// Returns the packages that the environment names.
pub fn choice() -> Option<Vec<String>> {
    let text = std::env::var(CHOICE).ok()?;
    let words: Vec<String> = text.split_whitespace().map(str::to_string).collect();
    (!words.is_empty()).then_some(words)
}

impl Workflow {
    /// Returns the folders of all packages, downloaded unless an earlier run did; `None`, said aloud, when that cannot be.
    pub fn fetch(&self) -> Option<Vec<PathBuf>> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut folders = Vec::new();
        for package in &self.packages {
            match download(package) {
                Ok(folder) => folders.push(folder),
                Err(reason) => {
                    eprintln!("SKIPPED: {package} cannot be downloaded, so nothing is said of {}: {reason}", self.packages.join(", "));
                    return None;
                }
            }
        }
        Some(folders)
    }

    /// Returns the module that a lab writes to link the packages.
    pub fn linking_module(&self) -> Option<PathBuf> {
        self.linking.as_ref().map(|file| conformance().join("workflows").join(file))
    }

    /// Imports the packages as `djc import python` does and writes the project; every class must come through.
    pub fn import(&self, packages: &[PathBuf], generation: Generation, layout: Layout, out: &Path) -> Imported {
        let paths: Vec<PathBuf> = packages.iter().cloned().chain(self.linking_module()).collect();
        let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
        let files = python_files(&paths, root(), &BTreeMap::new(), &mut sources, &mut sink)
            .unwrap_or_else(|(path, error)| panic!("{}: {error}", path.display()));
        let options = python::Options {
            generation,
            name: "conformance".to_string(),
            layout,
            schemas: pairs(&self.schemas),
            links: pairs(&self.links),
        };
        let imported = python::import(&files, &options, &mut sources, &mut sink);
        let unbound = |found: &Diagnostic| self.unbound.iter().any(|class| found.message.contains(&format!("`{class}`")));
        // What generation 2 refuses of 0.14 is counted by the caller.
        let errors: Vec<Diagnostic> = sink
            .into_sorted()
            .into_iter()
            .filter(|found| found.level == Level::Error && !unbound(found))
            .filter(|found| generation == Generation::Classic || found.code.id.starts_with("DJ07"))
            .collect();
        assert!(errors.is_empty(), "{}", errors.iter().map(|error| rendered(&sources, error)).collect::<String>());
        assert_eq!(imported.counts.left_out(), self.unbound.len(), "classes that were left out");
        write(&imported, out);
        imported
    }
}

fn pairs(words: &[String]) -> Vec<(String, String)> {
    words.iter().filter_map(|word| word.split_once('=')).map(|(name, to)| (name.to_string(), to.to_string())).collect()
}

fn write(imported: &Imported, out: &Path) {
    let _ = fs::remove_dir_all(out);
    fs::create_dir_all(out).expect("writable");
    for file in &imported.files {
        fs::write(out.join(format!("{}.dj", file.module)), &file.text).expect("writable");
    }
    fs::write(out.join("djc.toml"), &imported.config).expect("writable");
}

/// Returns the modules whose Python file lies in the folder of a package.
pub fn modules_of(imported: &Imported, package: &str) -> BTreeSet<String> {
    let folder = folder_name(package);
    let inside = |file: &&ImportedFile| file.origin.split('/').any(|part| part == folder);
    imported.files.iter().filter(inside).map(|file| file.module.clone()).collect()
}

/// Returns the folder of what belongs to the suite and is no Rust.
pub fn conformance() -> PathBuf {
    root().join("conformance")
}

/// Returns the folder where packages and what is made of them are kept.
pub fn cache() -> PathBuf {
    root().join("target/wild")
}

/// Returns `NAME-VERSION` of `NAME==VERSION`.
pub fn folder_name(package: &str) -> String {
    package.replace("==", "-")
}

/// Returns the folder with the files of a package, downloaded unless an earlier run did.
fn download(package: &str) -> Result<PathBuf, String> {
    let folder = cache().join(folder_name(package));
    if folder.exists() {
        return Ok(folder);
    }
    let python = with_pip().ok_or("there is no python3 with pip")?;
    let wheels = tempfile::tempdir().map_err(|error| error.to_string())?;
    let pip = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"];
    let patience = ["--timeout", "15", "--retries", "1", "-d"];
    run(Command::new(&python).args(pip).args(patience).arg(wheels.path()).arg(package))?;
    let wheel = fs::read_dir(wheels.path())
        .map_err(|error| error.to_string())?
        .find_map(|entry| entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "whl")))
        .ok_or("pip left no wheel")?;
    // Unpacked beside its place and then moved there: a run that is interrupted leaves no half of a package.
    fs::create_dir_all(cache()).map_err(|error| error.to_string())?;
    let beside = tempfile::tempdir_in(cache()).map_err(|error| error.to_string())?;
    run(Command::new(&python).args(["-m", "zipfile", "-e"]).arg(wheel).arg(beside.path().join("package")))?;
    fs::rename(beside.path().join("package"), &folder).map_err(|error| error.to_string())?;
    Ok(folder)
}
