//! What the real datajoint makes of a package: `conformance/declare.py` runs, and this is its report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use djc::core::ir::Generation;
use serde::Deserialize;
use serde_json::{Value, json};

use super::packages::{Workflow, conformance};

/// What the server and datajoint say of one table: by fact (`columns`, `indexes`, `alter`, …) rows or a text.
pub type Facts = BTreeMap<String, Value>;

/// The report of one run.
#[derive(Deserialize)]
pub struct Declared {
    /// The version of datajoint.
    pub datajoint: String,
    /// How many modules were imported,
    pub modules: usize,
    /// which of them raised what,
    pub failed: BTreeMap<String, String>,
    /// and what was not installed and had a stand-in.
    pub stand_ins: Vec<String>,
    /// Tables that this run made.
    pub declared: Vec<String>,
    /// Tables that are not there.
    pub refused: Vec<Refusal>,
    /// Tables that are there, whose contents could not be inserted.
    pub contents: Vec<Refusal>,
    /// All tables of the schemas, as `schema.table`.
    pub tables: BTreeMap<String, Facts>,
}

/// A table that could not be made.
#[derive(Deserialize)]
pub struct Refusal {
    pub table: String,
    pub error: String,
    /// Whether the package raised it, and not datajoint.
    pub own: bool,
}

/// One run of datajoint over the modules of a workflow.
pub struct Run<'a> {
    pub python: &'a Path,
    pub url: &'a str,
    pub generation: Generation,
    /// What the names of all schemas begin with.
    pub prefix: &'a str,
}

impl Run<'_> {
    /// Lets datajoint bind the classes of these packages; what it lacks in the schemas it declares.
    pub fn packages(&self, workflow: &Workflow, packages: &[PathBuf]) -> Declared {
        self.declare(workflow, packages, &[], workflow.linking_module())
    }

    /// Lets datajoint bind the classes that djc generated into a folder; mixins come from the packages.
    pub fn generated(&self, workflow: &Workflow, folder: &Path, packages: &[PathBuf]) -> Declared {
        self.declare(workflow, &[folder.to_path_buf()], packages, None)
    }

    /// All modules below `roots` are imported; those of `beside` can be.
    fn declare(&self, workflow: &Workflow, roots: &[PathBuf], beside: &[PathBuf], linking: Option<PathBuf>) -> Declared {
        let spec = json!({
            "generation": self.generation.as_str(), "url": self.url, "prefix": self.prefix, "roots": roots, "beside": beside, "linking": linking,
            "stores": workflow.stores, "folders": workflow.folders, "custom": workflow.custom,
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("spec.json");
        std::fs::write(&path, spec.to_string()).expect("writable");
        let out = Command::new(self.python).arg(conformance().join("declare.py")).arg(path).output().expect("python starts");
        let printed = String::from_utf8_lossy(&out.stdout);
        let last = printed.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("no report: {error}\n{printed}\n{}", String::from_utf8_lossy(&out.stderr)))
    }

    /// Drops all schemas with the prefix.
    pub fn drop_schemas(&self) {
        let spec = json!({ "url": self.url, "prefix": self.prefix });
        let mut drop = Command::new(self.python);
        let out = drop.arg(conformance().join("drop.py")).arg(spec.to_string()).output().expect("python starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
}
