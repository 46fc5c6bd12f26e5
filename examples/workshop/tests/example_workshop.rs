//! The program from outside, on a database that is not there yet and then is.

use std::path::Path;
use std::process::Command;

/// Runs the program in a folder and returns what it says.
fn said(folder: &Path) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_djc-example-workshop"));
    let out = program.arg("sqlite:workshop.db").current_dir(folder).output().expect("the program starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("text")
}

#[test]
fn what_is_there_is_not_inserted_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (said(folder.path()), said(folder.path()));
    assert!(first.starts_with("3 animals are new\n"), "{first}");
    assert_eq!(second, first.replace("3 animals are new", "0 animals are new"));
}
