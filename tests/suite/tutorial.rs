//! The page "Typed tables in Rust" is true: its program is the one of examples/workshop, and says on every server what stands there.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::support::{TestProject, build_example, console, outcome, page_says, root, run_id, server, walked};

const PAGE: &str = "docs/book/rust.md";

/// Returns the program, built.
fn program() -> PathBuf {
    build_example();
    let suite = std::env::current_exe().expect("this binary has a path");
    suite.parent().and_then(|deps| deps.parent()).expect("target/debug/deps").join("djc-example-workshop")
}

/// Returns what the program says on a database, with the prefix of the page in the names of schemas.
fn said(program: &Path, project: &TestProject, url: &str, prefix: &str) -> String {
    let mut command = Command::new(program);
    command.arg(url).current_dir(project.path()).env_clear().env("HOME", project.path()).env("SCHEMA_PREFIX", prefix);
    outcome(&mut command).exits(0).stdout.replace(prefix, "demo")
}

/// Returns what is the same on every server: all but the SQL.
fn without_sql(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !["SELECT", "FROM", "WHERE"].iter().any(|word| line.starts_with(word))).collect()
}

#[test]
fn tutorial_in_rust_is_true() {
    let program = program();
    let project = TestProject::new();
    let page = fs::read_to_string(root().join(PAGE)).expect("the page is there");
    let example = |path: &str| fs::read_to_string(root().join("examples/workshop").join(path)).expect("the example is there");
    let walk = walked(&page, |language, block| match (language, block.lines().next().unwrap_or_default()) {
        ("console", _) => console(block, |line| {
            let url = line.strip_prefix("cargo run -q -- ").expect("the program is run");
            said(&program, &project, url, "demo")
        }),
        ("rust", head @ "// build.rs") => {
            format!("{head}\n{}", example("build.rs").replace("../../pipelines/workshop", "pipeline"))
        }
        ("rust", head @ "// src/main.rs") => format!("{head}\n{}", example("src/main.rs")),
        _ => block.to_string(),
    });
    page_says(PAGE, &page, &walk);

    let first = said(&program, &TestProject::new(), "sqlite:workshop.db", "demo");
    for variable in ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"] {
        let Some(url) = server(variable) else { continue };
        let prefix = format!("tutorial_{}", run_id());
        let there = said(&program, &project, &url, &prefix);
        crate::support::drop_schema(&url, &format!("{prefix}_workshop"));
        assert_eq!(without_sql(&there), without_sql(&first), "{variable}");
    }
}
