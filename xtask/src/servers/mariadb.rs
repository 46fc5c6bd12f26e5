//! MariaDB from the system's packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use super::{Care, Fetch, Found, Server, greeting};
use crate::apt;
use crate::error::{Error, Result};
use crate::process::{self, find_program, guarded};

/// Carries the URL to the tests.
pub const VARIABLE: &str = "DJC_TEST_MARIADB";

struct MariaDb {
    server: PathBuf,
    install: PathBuf,
}

/// Finds MariaDB, installing it where we may.
pub(super) fn find(fetch: Fetch) -> Result<Found> {
    if let Some(server) = look() {
        return Ok(Found::Here(Box::new(server)));
    }
    if fetch == Fetch::Never {
        return Ok(Found::Missing("`mariadbd` is not here".into()));
    }
    if let Some(to_do) = apt::install("mariadb-server")? {
        return Ok(Found::Missing(to_do));
    }
    Ok(match look() {
        Some(server) => Found::Here(Box::new(server)),
        None => Found::Missing("the package mariadb-server is there but `mariadbd` is not in PATH".into()),
    })
}

fn look() -> Option<MariaDb> {
    let also_in = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")];
    Some(MariaDb { server: find_program("mariadbd", &also_in)?, install: find_program("mariadb-install-db", &also_in)? })
}

impl Server for MariaDb {
    fn name(&self) -> &'static str {
        "MariaDB"
    }

    fn variable(&self) -> &'static str {
        VARIABLE
    }

    fn prepare(&self, home: &Path, password: &str) -> Result<()> {
        let init = accounts(password);
        fs::write(home.join("init.sql"), init).map_err(|e| Error::io("write the accounts of MariaDB", e))?;
        let mut install = guarded(self.install.as_os_str(), Signal::SIGKILL, None);
        install.arg("--no-defaults").arg(format!("--datadir={}", home.join("data").display()));
        // A server that starts clears `#sql…` files out of its folder for temporary files, those of another server too.
        install.env("TMPDIR", home);
        install.args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]);
        if process::is_root() {
            install.arg("--user=root");
        }
        process::capture(&mut install).map(drop)
    }

    fn launch(&self, home: &Path, port: u16, care: Care) -> Command {
        let mut server = guarded(self.server.as_os_str(), Signal::SIGKILL, None);
        server.arg("--no-defaults").args(shared_options(home, port));
        if care == Care::Fast {
            server.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--sync-frm=OFF"]);
        }
        if process::is_root() {
            server.arg("--user=root");
        }
        server
    }

    fn version(&self, port: u16) -> Option<String> {
        greeting::version(port)
    }

    fn url(&self, port: u16, password: &str) -> String {
        format!("mysql://root:{password}@127.0.0.1:{port}")
    }

    fn stop_signal(&self) -> Signal {
        // Its data is deleted next; an orderly end would take a second and flush what nobody reads.
        Signal::SIGKILL
    }
}

/// Returns the options that MariaDB and MySQL share: everything private, everything in `home`.
pub(super) fn shared_options(home: &Path, port: u16) -> Vec<String> {
    let inside = |name: &str| home.join(name).display().to_string();
    vec![
        format!("--datadir={}", inside("data")),
        format!("--tmpdir={}", home.display()),
        format!("--socket={}", inside("sock")),
        format!("--pid-file={}", inside("pid")),
        format!("--init-file={}", inside("init.sql")),
        format!("--port={port}"),
        "--bind-address=127.0.0.1".into(),
        "--skip-name-resolve".into(),
        "--max-connections=400".into(),
    ]
}

/// Returns the statements that leave one administrator, with a password, for TCP and for the socket. One per line.
fn accounts(password: &str) -> String {
    ["127.0.0.1", "localhost"].iter().fold(String::new(), |sql, host| {
        sql + &format!("CREATE OR REPLACE USER 'root'@'{host}' IDENTIFIED BY '{password}';\n")
            + &format!("GRANT ALL PRIVILEGES ON *.* TO 'root'@'{host}' WITH GRANT OPTION;\n")
            + &format!("GRANT PROXY ON ''@'' TO 'root'@'{host}' WITH GRANT OPTION;\n")
    })
}
