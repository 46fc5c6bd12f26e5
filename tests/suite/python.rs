//! Python for tests: environments with the real datajoint, made under target/python from PyPI on first use.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use djc::core::ir::Generation;

use crate::support::root;

/// Returns the interpreter of an environment with the datajoint of that generation; `None`, said aloud, where PyPI is out of reach.
pub fn with_datajoint(generation: Generation) -> Option<PathBuf> {
    let (name, packages): (&str, &[&str]) = match generation {
        Generation::Classic => ("datajoint-0.14.10", &["datajoint==0.14.10", "setuptools<80", "cryptography"]),
        Generation::Modern => ("datajoint-2.3.5", &["datajoint==2.3.5", "psycopg2-binary", "cryptography"]),
    };
    // One lock for each, so that two environments can be made at once.
    static ONE_AT_A_TIME: [Mutex<()>; 2] = [Mutex::new(()), Mutex::new(())];
    let lock = &ONE_AT_A_TIME[usize::from(generation == Generation::Modern)];
    let _guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
    let home = root().join("target/python").join(name);
    let python = home.join("bin/python");
    let ready = home.join("ready");
    if !ready.exists() {
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(home.parent().expect("a folder in target")).expect("target can be written");
        let made = Command::new("python3").args(["-m", "venv"]).arg(&home).output();
        let installed = made.is_ok_and(|made| made.status.success())
            && Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"])
                .args(packages)
                .output()
                .is_ok_and(|out| out.status.success());
        if !installed {
            eprintln!("SKIPPED: what needs {name}; `python3 -m venv` and PyPI are needed");
            return None;
        }
        std::fs::write(&ready, packages.join("\n")).expect("target can be written");
    }
    Some(python)
}

/// Returns a Python that has pip.
pub fn with_pip() -> Option<PathBuf> {
    let works = Command::new("python3").args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success());
    works.then(|| PathBuf::from("python3"))
}

/// Runs a command and returns what it prints; else the last line of what it says.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stderr);
    Err(said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it fails without a word").to_string())
}
