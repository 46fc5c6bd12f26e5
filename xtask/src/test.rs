//! `cargo xtask test`: every test of the workspace, with servers.

use std::ffi::OsString;
use std::process::Command;
use std::time::Instant;

use crate::args::TestOptions;
use crate::error::{Error, Result};
use crate::servers::{self, Fleet};
use crate::{cargo, on_ci, process, report};

/// Builds the tests, then runs them on the servers.
pub fn run(options: &TestOptions) -> Result<()> {
    build(options)?;
    run_built(options)
}

/// Starts the servers, runs the tests, stops the servers, and says what was run on what.
pub fn run_built(options: &TestOptions) -> Result<()> {
    let start = Instant::now();
    let mut fleet = if options.no_servers { None } else { Some(servers::start(options.mysql)?) };
    let outcome = report::step("run the tests", || run_tests(options, fleet.as_ref()));
    if let Some(Err(death)) = fleet.as_mut().map(Fleet::check_alive) {
        // It explains a row of failed tests better than they do.
        report::say(&format!("    {death}"));
    }
    let lines = match &fleet {
        Some(fleet) => fleet.outcomes().to_vec(),
        None => Vec::new(),
    };
    drop(fleet);

    report::say("==> summary");
    if options.no_servers {
        report::say("    servers: none started (--no-servers); tests that need one were SKIPPED unless the environment names one");
    }
    for line in &lines {
        report::say(&format!("    {}", line.line()));
    }
    // A MySQL that was wanted and could not be had is only said; one that was required has failed before.
    let missing: Vec<&str> =
        lines.iter().filter(|outcome| outcome.is_missing() && outcome.name != "MySQL").map(|outcome| outcome.name).collect();
    let time = report::seconds(start.elapsed());
    match outcome {
        Err(error) => {
            report::say(&format!("==> tests FAILED ({time})"));
            Err(error)
        }
        Ok(()) if on_ci() && !missing.is_empty() => {
            report::say(&format!("==> tests FAILED ({time})"));
            Err(Error::failed(format!("CI is set, and there was no {}", missing.join(" and no "))))
        }
        Ok(()) => {
            let skipped = lines.iter().any(servers::Outcome::is_missing) || options.no_servers;
            let word = if skipped { "passed, with servers SKIPPED" } else { "passed" };
            report::say(&format!("==> tests {word} ({time})"));
            Ok(())
        }
    }
}

fn run_tests(options: &TestOptions, fleet: Option<&Fleet>) -> Result<()> {
    let mut command = cargo_test(options, false);
    command.args(behind_dashes(options)).envs(options.variables.iter().map(|(name, value)| (name, value)));
    if let Some(fleet) = fleet {
        command.envs(fleet.variables());
    }
    if on_ci() && !options.no_servers {
        command.env("DJC_REQUIRE_SERVERS", "1");
    }
    process::run(&mut command)
}

/// Builds the tests, and `djc` with them.
///
/// Building first keeps the servers from idling for minutes, and its time apart from that of the tests.
pub fn build(options: &TestOptions) -> Result<()> {
    if cargo_words(options).any(|word| word == "--doc") {
        // Cargo refuses to build documentation tests without running them.
        return Ok(());
    }
    report::step("build the tests", || process::run(cargo_test(options, true).args(behind_dashes(options))))
}

/// Returns `cargo test` with everything up to the arguments of the test programs.
fn cargo_test(options: &TestOptions, only_build: bool) -> Command {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast"]);
    if only_build {
        command.arg("--no-run");
    }
    if !names_packages(options) {
        command.arg("--workspace");
    }
    command.args(cargo_words(options));
    command
}

/// Returns the arguments for cargo itself.
fn cargo_words(options: &TestOptions) -> impl Iterator<Item = &OsString> {
    options.cargo_args.iter().take_while(|word| *word != "--")
}

/// Returns the arguments for the test programs, with the dashes that lead them.
fn behind_dashes(options: &TestOptions) -> impl Iterator<Item = &OsString> {
    options.cargo_args.iter().skip_while(|word| *word != "--")
}

/// True when the arguments choose packages themselves: cargo would ignore the choice beside `--workspace`.
fn names_packages(options: &TestOptions) -> bool {
    cargo_words(options)
        .filter_map(|word| word.to_str())
        .any(|word| word.starts_with("-p") || word == "--package" || word.starts_with("--package=") || word == "--workspace")
}
