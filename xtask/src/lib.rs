//! `cargo xtask`: what a developer and the gate run that plain cargo cannot say.
//!
//! ```text
//! cargo xtask test [--mysql[=require]] [--no-servers] [-- ARGS]   every test, on private servers
//! cargo xtask conformance [-- PACKAGE==VERSION...]                public packages, held against the real datajoint
//! cargo xtask servers [--mysql[=require]] [-- CMD...]             the servers alone, for a command or until Ctrl-C
//! cargo xtask regen [--check]                                     what is committed under generated/
//! cargo xtask new-rule NAME                                       the files of a new lint
//! cargo xtask ci [--mysql[=require]]                              the gate, in the order it runs
//! ```
//!
//! # What tests are given
//!
//! | variable | value |
//! |---|---|
//! | `DJC_TEST_MARIADB` | `mysql://root:PASSWORD@127.0.0.1:PORT`, a private MariaDB, server defaults (latin1, small packets) |
//! | `DJC_TEST_MYSQL` | the same for the real MySQL, only with `--mysql` |
//! | `DJC_TEST_POSTGRES` | `postgres://postgres:PASSWORD@127.0.0.1:PORT`, a private PostgreSQL, UTF8, superuser |
//! | `DJC_REQUIRE_SERVERS` | `1` where `CI` is set: a test that lacks MariaDB or PostgreSQL then fails and does not skip |
//!
//! A variable that is already set is handed on as it is and no server is started for it, so that the tests can also
//! be run on a server of your own and commands can be nested: `cargo xtask servers -- cargo xtask test`.
//! Each run has servers of its own, but tests within a run share them: each test makes schemas under names of its own
//! and needs no other test's.
//!
//! # What is promised about the servers
//!
//! Each has a data folder of its own under one temporary folder, a free port on 127.0.0.1 and a random password. They
//! are stopped and the folder is deleted whatever happens: at the end, when a test fails, on a panic, on Ctrl-C,
//! SIGTERM and SIGHUP by [`servers::Fleet`]; and by the kernel and a guard shell when this process itself is killed.
//! Servers that the system runs are neither used nor touched.
//!
//! # Exit codes
//!
//! 0 all well; 1 a step failed (a failing command's own code is passed on); 2 wrong arguments; 3 generated files
//! differ; 128 + N stopped by signal N.

mod apt;
mod args;
mod ci;
mod conformance;
pub mod error;
mod interrupt;
mod new_rule;
mod process;
mod regen;
mod report;
pub mod servers;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use args::Command;
use error::{Error, Result};

/// Runs the command that the arguments say, and returns the exit code.
pub fn main() -> ExitCode {
    let outcome = args::parse(std::env::args_os().skip(1)).and_then(dispatch);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("xtask: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    interrupt::watch()?;
    match command {
        Command::Help => {
            report::print(args::USAGE);
            Ok(())
        }
        Command::Test(options) => test::run(&options),
        Command::Conformance { packages } => conformance::run(&packages),
        Command::Servers(options) => servers::serve(&options),
        Command::Regen { check } => regen::run(check),
        Command::NewRule { name } => new_rule::run(workspace_root(), &name),
        Command::Ci { mysql } => ci::run(mysql),
    }
}

/// Returns the folder of the workspace, where every command is run.
fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Returns the folder that holds this very program, `TARGET/debug`: cargo puts `djc` beside it. Tests stand one folder below.
///
/// Asking where we run from is right for every way to move the target folder (variable, config file, flag).
fn binary_folder() -> Result<PathBuf> {
    let program = std::env::current_exe().map_err(|e| Error::io("find my own program", e))?;
    let folder = program.parent().expect("a program stands in a folder");
    let folder = if folder.ends_with("deps") { folder.parent().expect("cargo builds tests into TARGET/PROFILE/deps") } else { folder };
    Ok(folder.to_path_buf())
}

/// Returns cargo, the one that runs us, in the workspace's folder.
pub fn cargo() -> std::process::Command {
    let mut command = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace_root());
    // What cargo tells a program about its own package would make cargo build `ring`, which asks for it, and all above it anew.
    let of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"].iter().any(|start| name.starts_with(start));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_package) {
            command.env_remove(name);
        }
    }
    command
}

/// True where a continuous-integration machine says that it is one.
fn on_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}
