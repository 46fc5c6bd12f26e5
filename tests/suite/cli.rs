//! The commands are wired as scripts and CI rely on: exit codes, channels, files.

use std::io::Read;

use crate::support::{TestProject, outcome, root, snapshot};

#[test]
fn help_of_each_command_is_as_recorded() {
    let project = TestProject::new();
    let commands = ["", "new", "explain", "completions"];
    for command in commands {
        let words: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let said = project.djc(&words).exits(0);
        let name = if command.is_empty() { "djc" } else { command };
        snapshot("cli/help", name, &said.stdout);
    }
}

#[test]
fn reference_page_of_the_commands_is_current() {
    let path = root().join("docs/book/commands.md");
    let wanted = djc::commands::reference();
    if std::env::var_os("DJC_REGEN").is_some() {
        std::fs::write(&path, &wanted).expect("writable");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/book/commands.md is stale: DJC_REGEN=1 cargo test -p djc reference_page");
}

#[test]
fn explain_takes_numbers_and_names_in_any_letter_case() {
    let project = TestProject::new();
    let by_number = project.djc(&["explain", "dj0001"]).exits(0).stdout;
    assert!(by_number.starts_with("DJ0001: text that fits no rule of the language\n---"), "{by_number}");
    assert_eq!(project.djc(&["explain", "Syntax"]).exits(0).stdout, by_number);
    let json: serde_json::Value =
        serde_json::from_str(&project.djc(&["explain", "DJ0001", "--format", "json"]).exits(0).stdout).expect("JSON");
    assert_eq!(json["codes"][0]["name"], "syntax");
}

#[test]
fn explain_alone_lists_every_code() {
    let listed = TestProject::new().djc(&["explain"]).exits(0).stdout;
    assert_eq!(listed.lines().count(), djc::diag::codes::CODES.len());
}

#[test]
fn unknown_code_is_a_usage_error_that_suggests() {
    let said = TestProject::new().djc(&["explain", "syntaxx"]).exits(2);
    assert!(said.stderr.contains("did you mean `syntax` (DJ0001)"), "{}", said.stderr);
    assert!(said.stdout.is_empty());
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = TestProject::new().djc(&["completions", shell]).exits(0).stdout;
        assert!(script.contains("explain"), "{shell}");
    }
}

#[test]
fn new_refuses_a_folder_that_is_not_empty_and_changes_nothing() {
    let project = TestProject::with(&[("lab/notes.txt", "mine")]);
    let said = project.djc(&["new", "lab"]).exits(2);
    assert!(said.stderr.contains("`lab` is not empty"), "{}", said.stderr);
    assert_eq!(std::fs::read_dir(project.path().join("lab")).expect("readable").count(), 1);
}

#[test]
fn new_refuses_a_file() {
    let project = TestProject::with(&[("lab", "mine")]);
    project.djc(&["new", "lab"]).exits(2);
    assert_eq!(project.read("lab"), "mine");
}

#[test]
fn working_folder_that_is_not_there_is_named() {
    let said = TestProject::new().djc(&["-C", "missing", "explain"]).exits(2);
    assert!(said.stderr.starts_with("djc: cannot work in `missing`"), "{}", said.stderr);
}

#[test]
fn wrong_usage_exits_with_two() {
    let project = TestProject::new();
    project.djc(&["frobnicate"]).exits(2);
    project.djc(&["explain", "--format", "xml"]).exits(2);
    project.djc(&["explain", "--var", "novalue"]).exits(2);
    project.djc(&[]).exits(2);
}

#[test]
fn reader_that_goes_away_is_no_failure() {
    let project = TestProject::new();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_djc"));
    let mut child = command
        .args(["completions", "zsh"])
        .current_dir(project.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("djc starts");
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("readable");
    assert_eq!(child.wait().expect("djc ends").code(), Some(0), "{said}");
    assert!(said.is_empty(), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_behind_stdout_is_a_failure() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("linux has it");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_djc")).arg("explain").stdout(full).output().expect("djc starts");
    assert_eq!(status.status.code(), Some(2));
}

#[test]
fn no_color_and_pipes_keep_colors_out_and_always_brings_them() {
    let project = TestProject::new();
    assert!(!project.djc(&["explain", "syntax"]).stdout.contains('\u{1b}'));
    assert!(project.djc(&["explain", "syntax", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!outcome(project.command().args(["explain", "syntax"]).env("NO_COLOR", "1")).stdout.contains('\u{1b}'));
}
