//! `cargo xtask ci`: the gate, cheapest first.

use std::time::Instant;

use crate::args::{MySql, TestOptions};
use crate::error::{Error, Result};
use crate::{cargo, process, regen, report, test};

/// What must not be linked into a build script that only compiles pipelines: everything that talks to a server.
const LIVE_CRATES: [&str; 4] = ["sqlx", "libsqlite3-sys", "tokio", "djc-runtime"];

/// The features of the runtime that bring a driver each.
const DRIVERS: [&str; 3] = ["mysql", "postgres", "sqlite"];

/// Runs every step; the first that fails ends it.
pub fn run(mysql: MySql) -> Result<()> {
    let start = Instant::now();
    report::step("format", || process::run(cargo().args(["fmt", "--all", "--check"])))?;
    report::step("lints", || process::run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])))?;
    report::step("documentation", || process::run(cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")))?;
    report::step("djc without servers", without_servers)?;
    report::step("the runtime with one driver", with_one_driver)?;
    let tests = TestOptions { mysql, ..TestOptions::default() };
    // The tests' own djc generates the files: cargo would compile half of the dependencies again for one built alone,
    // because the development dependencies turn on features of theirs.
    test::build(&tests)?;
    regen::run_built(true)?;
    test::run_built(&tests)?;
    report::say(&format!("==> the gate is passed ({})", report::seconds(start.elapsed())));
    Ok(())
}

/// Proves that djc as a build dependency compiles, and links nothing that talks to a server.
fn without_servers() -> Result<()> {
    process::run(cargo().args(["check", "-p", "djc", "--no-default-features"]))?;
    let tree = process::capture(cargo().args([
        "tree",
        "-p",
        "djc",
        "--no-default-features",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let live = live_crates(&tree);
    if live.is_empty() {
        return Ok(());
    }
    Err(Error::failed(format!("djc --no-default-features links {}", live.join(", "))))
}

/// Compiles the runtime as a program has it that knows one server only.
fn with_one_driver() -> Result<()> {
    DRIVERS.iter().try_for_each(|driver| {
        process::run(cargo().args([
            "clippy",
            "-p",
            "djc-runtime",
            "--lib",
            "--no-default-features",
            "--features",
            driver,
            "--",
            "-D",
            "warnings",
        ]))
    })
}

/// Returns the crates of a `cargo tree` that talk to a server.
fn live_crates(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut live: Vec<&str> = names.filter(|name| LIVE_CRATES.iter().any(|live| name == live || name.starts_with("sqlx-"))).collect();
    live.sort_unstable();
    live.dedup();
    live
}

#[cfg(test)]
mod tests {
    use super::live_crates;

    #[test]
    fn crates_of_the_live_side_are_seen_by_whole_names() {
        let tree = "djc v0.1.0 (/x)\nsqlx-core v0.9.0\ntokio v1.54.1\ntokio v1.54.1 (*)\ntokio-like v1.0.0\n\nsqlxish v1\n";
        assert_eq!(live_crates(tree), ["sqlx-core", "tokio"]);
    }
}
