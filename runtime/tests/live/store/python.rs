//! The real datajoint, in environments that are made under target/python from PyPI on first use.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use djc_core::ir::Generation;
use serde_json::Value;

use super::root;

/// Returns the interpreter of an environment with that datajoint; `None`, said aloud, where PyPI is out of reach.
pub fn with_datajoint(generation: Generation, s3: bool) -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // The first two are those of the suite of djc. datajoint 0.14 brings along what it needs for buckets.
    let (name, packages): (&str, &[&str]) = match (generation, s3) {
        (Generation::Classic, _) => ("datajoint-0.14.10", &["datajoint==0.14.10", "setuptools<80", "cryptography"]),
        (Generation::Modern, false) => ("datajoint-2.3.5", &["datajoint==2.3.5", "psycopg2-binary", "cryptography"]),
        (Generation::Modern, true) => ("datajoint-2.3.5-s3", &["datajoint[s3]==2.3.5", "psycopg2-binary", "cryptography"]),
    };
    let home = root().join("target/python").join(name);
    let (python, ready) = (home.join("bin/python"), home.join("ready"));
    if !ready.exists() {
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(home.parent().expect("a folder in target")).expect("target can be written");
        let made = Command::new("python3").args(["-m", "venv"]).arg(&home).output();
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
        let installed = made.is_ok_and(|made| made.status.success())
            && Command::new(&python).args(install).args(packages).output().is_ok_and(|out| out.status.success());
        if !installed {
            println!("skipped: what needs {name}; `python3 -m venv` and PyPI are needed");
            return None;
        }
        std::fs::write(&ready, packages.join("\n")).expect("target can be written");
    }
    Some(python)
}

/// Runs tests/python/stores.py and returns what it prints last.
pub fn run(python: &PathBuf, spec: &Value) -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("spec.json");
    std::fs::write(&file, spec.to_string()).expect("a temporary file");
    // datajoint looks for settings around the working folder.
    let mut command = Command::new(python);
    command.arg(root().join("tests/python/stores.py")).arg(&file).current_dir(folder.path()).env_remove("DJ_STORES");
    let out = command.output().expect("python starts");
    let (printed, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{}:\n{printed}\n{said}", spec["step"]);
    serde_json::from_str(printed.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}:\n{printed}\n{said}"))
}
