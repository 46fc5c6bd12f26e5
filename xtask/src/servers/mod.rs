//! Private database servers: found or fetched, started together, gone at the end.
//!
//! The work is in three phases. Finding (and installing) comes first, on its own, because apt-get wants no company.
//! Making the data folders runs side by side. Launching is done by the main thread: the kernel is asked to end each
//! server when the thread that launched it dies, see `process::guarded`.

mod fleet;
mod greeting;
mod mariadb;
mod mysql;
mod postgres;
mod private;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;

pub use fleet::Fleet;
pub use private::{Kind, Private};

use crate::args::{MySql, ServerOptions};
use crate::error::{Error, Result};
use crate::{interrupt, process, report};

/// What a server does for its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Nothing: DDL is mostly waiting for the disk, and what would be lost with the power is of no interest.
    Fast,
    /// What its defaults are: it is killed and has to have everything that it said was done.
    Durable,
}

/// One kind of server, with its programs found.
trait Server: Sync {
    /// Returns the name that people know it by.
    fn name(&self) -> &'static str;
    /// Returns the variable that carries its URL to the tests.
    fn variable(&self) -> &'static str;
    /// Makes the data folder inside `home`, which exists and is empty.
    fn prepare(&self, home: &Path, password: &str) -> Result<()>;
    /// Returns the command that runs the server in the foreground.
    fn launch(&self, home: &Path, port: u16, care: Care) -> Command;
    /// Returns the server's version once it takes connections, `None` before.
    fn version(&self, port: u16) -> Option<String>;
    /// Returns the URL of its administrator.
    fn url(&self, port: u16, password: &str) -> String;
    /// Returns the signal that ends it at once with nothing left behind.
    fn stop_signal(&self) -> Signal;
}

/// Whether programs that are missing may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetch {
    /// Where we may.
    Allowed,
    /// What is not here is missing.
    Never,
}

/// What became of a server that was asked for.
enum Found {
    /// Its programs are here.
    Here(Box<dyn Server>),
    /// It cannot be had; the text says why and what to do.
    Missing(String),
}

/// One line of the summary: a server and what became of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The server's name.
    pub name: &'static str,
    /// What became of it.
    pub state: State,
}

/// What became of a server.
#[derive(Debug, Clone)]
pub enum State {
    /// It runs; the version is what it says of itself.
    Runs(String),
    /// The variable was set already, and we start none.
    Given,
    /// It was not asked for; the text says what would.
    NotAsked(&'static str),
    /// It was asked for and cannot be had.
    Missing(String),
}

impl Outcome {
    /// Returns the line of the summary.
    pub fn line(&self) -> String {
        match &self.state {
            State::Runs(version) => format!("{} {version}", self.name),
            State::Given => format!("{}: the one that the environment names", self.name),
            State::NotAsked(how) => format!("{}: not asked for ({how})", self.name),
            State::Missing(why) => format!("{}: SKIPPED. {why}", self.name),
        }
    }

    /// True when tests that need this server were left out though they should have run.
    pub fn is_missing(&self) -> bool {
        matches!(self.state, State::Missing(_))
    }
}

/// Starts MariaDB and PostgreSQL, and MySQL when it is asked for.
///
/// A server that cannot be had is no error here (the outcomes say so), except a required MySQL: what its absence means is for the
/// caller to decide. A server that is there and does not start is an error.
pub fn start(mysql: MySql) -> Result<Fleet> {
    let mut outcomes = Vec::new();
    let mut servers = Vec::new();
    let mut look = |name: &'static str, variable: &str, find: &dyn Fn(Fetch) -> Result<Found>| -> Result<()> {
        interrupt::check()?;
        if std::env::var_os(variable).is_some_and(|url| !url.is_empty()) {
            outcomes.push(Outcome { name, state: State::Given });
            return Ok(());
        }
        match find(Fetch::Allowed)? {
            Found::Here(server) => servers.push(server),
            Found::Missing(why) => {
                report::say(&format!("    {name} cannot be had: {why}"));
                outcomes.push(Outcome { name, state: State::Missing(why) });
            }
        }
        Ok(())
    };
    look("MariaDB", mariadb::VARIABLE, &mariadb::find)?;
    look("PostgreSQL", postgres::VARIABLE, &postgres::find)?;
    match mysql {
        MySql::Absent => {
            let given = std::env::var_os(mysql::VARIABLE).is_some_and(|url| !url.is_empty());
            let state = if given { State::Given } else { State::NotAsked("--mysql starts it") };
            outcomes.push(Outcome { name: "MySQL", state });
        }
        MySql::Wanted | MySql::Required => look("MySQL", mysql::VARIABLE, &mysql::find)?,
    }
    if mysql == MySql::Required
        && let Some(missing) = outcomes.iter().find(|outcome| outcome.name == "MySQL" && outcome.is_missing())
    {
        return Err(Error::failed(format!("{} (and --mysql=require was given)", missing.line())));
    }
    report::step("start the servers", || Fleet::launch(servers, outcomes, Care::Fast))
}

/// `cargo xtask servers`: starts all and runs a command, or stays until a signal comes.
pub fn serve(options: &ServerOptions) -> Result<()> {
    let mut fleet = start(options.mysql)?;
    let result = match options.command.split_first() {
        Some((program, arguments)) => run_with(&fleet, program, arguments),
        None => stay(&mut fleet),
    };
    drop(fleet);
    result
}

fn run_with(fleet: &Fleet, program: &OsString, arguments: &[OsString]) -> Result<()> {
    // The command is run where the person stands, not in the workspace's folder.
    process::run(Command::new(program).args(arguments).envs(fleet.variables()))
}

/// Prints the URLs and waits. The signal that ends the waiting is what the person wants: no error.
fn stay(fleet: &mut Fleet) -> Result<()> {
    for (variable, url) in fleet.variables() {
        report::print(&format!("export {variable}='{url}'"));
    }
    report::say("    Paste these lines into another shell. The servers stay until Ctrl-C.");
    loop {
        if interrupt::check().is_err() {
            return Ok(());
        }
        fleet.check_alive()?;
        std::thread::sleep(process::TICK);
    }
}
