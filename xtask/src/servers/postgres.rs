//! PostgreSQL from the system's packages.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use super::{Care, Fetch, Found, Server};
use crate::apt;
use crate::error::{Error, Result};
use crate::process::{self, Account, find_program, guarded};

/// Carries the URL to the tests.
pub const VARIABLE: &str = "DJC_TEST_POSTGRES";

struct Postgres {
    /// The folder with `postgres`, `initdb` and `pg_isready`: all of one version.
    programs: PathBuf,
    /// Who runs it when we are root; PostgreSQL refuses root.
    account: Option<Account>,
}

/// Finds PostgreSQL, installing it where we may.
pub(super) fn find(fetch: Fetch) -> Result<Found> {
    let mut programs = look();
    if programs.is_none() && fetch == Fetch::Allowed {
        if let Some(to_do) = apt::install("postgresql")? {
            return Ok(Found::Missing(to_do));
        }
        programs = look();
    }
    let Some(programs) = programs else {
        return Ok(Found::Missing("the package postgresql is there but no folder has `initdb` and `postgres`".into()));
    };
    let account = if process::is_root() {
        let Some(account) = Account::find(&["postgres", "nobody"]) else {
            return Ok(Found::Missing("PostgreSQL refuses to run as root, and there is no account `postgres`".into()));
        };
        if find_program("setpriv", &[]).is_none() {
            return Ok(Found::Missing("PostgreSQL refuses to run as root, and there is no `setpriv` (util-linux)".into()));
        }
        Some(account)
    } else {
        None
    };
    Ok(Found::Here(Box::new(Postgres { programs, account })))
}

/// Returns the folder that has all three programs: PATH first, then Debian's folders, the newest version first.
///
/// What PATH has may be a link or a wrapper whose neighbours are missing, so links are followed.
fn look() -> Option<PathBuf> {
    let whole = |folder: &Path| ["postgres", "initdb", "pg_isready"].iter().all(|name| folder.join(name).is_file());
    let in_path =
        find_program("initdb", &[]).and_then(|file| fs::canonicalize(file).ok()).and_then(|file| file.parent().map(Path::to_path_buf));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let debian = versions.into_iter().rev().map(|(_, folder)| folder);
    in_path.into_iter().chain(debian).find(|folder| whole(folder))
}

impl Server for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn variable(&self) -> &'static str {
        VARIABLE
    }

    fn prepare(&self, home: &Path, password: &str) -> Result<()> {
        let fail = |e| Error::io("prepare the folder of PostgreSQL", e);
        let password_file = home.join("password");
        fs::write(&password_file, password).map_err(fail)?;
        fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)).map_err(fail)?;
        if let Some(account) = &self.account {
            for path in [home, &password_file] {
                chown(path, Some(account.uid), Some(account.gid)).map_err(fail)?;
            }
        }
        // Killed hard, it would leave a segment of shared memory behind.
        let mut initdb = guarded(self.programs.join("initdb").as_os_str(), Signal::SIGTERM, self.account.as_ref());
        initdb.current_dir(home).arg("-D").arg(home.join("data"));
        initdb.args(["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
        initdb.arg("--no-instructions").arg(format!("--pwfile={}", password_file.display()));
        process::capture(&mut initdb).map(drop)
    }

    fn launch(&self, home: &Path, port: u16, care: Care) -> Command {
        // SIGQUIT as the last wish, for the same reason as above.
        let program = self.programs.join("postgres");
        let mut server = guarded(program.as_os_str(), Signal::SIGQUIT, self.account.as_ref());
        server.arg("-D").arg(home.join("data")).arg("-k").arg(home).arg("-p").arg(port.to_string());
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400"]);
        if care == Care::Fast {
            server.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }
        server
    }

    fn version(&self, port: u16) -> Option<String> {
        let mut ask = Command::new(self.programs.join("pg_isready"));
        ask.args(["-q", "-t", "1", "-h", "127.0.0.1", "-p"]).arg(port.to_string());
        let ready = ask.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?.success();
        if !ready {
            return None;
        }
        let said = Command::new(self.programs.join("postgres")).arg("--version").output().ok()?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        Some(said.trim().trim_start_matches("postgres (PostgreSQL) ").to_owned())
    }

    fn url(&self, port: u16, password: &str) -> String {
        format!("postgres://postgres:{password}@127.0.0.1:{port}")
    }

    fn stop_signal(&self) -> Signal {
        // "Immediate shutdown": it ends its own processes, writes nothing, and gives its shared memory back.
        Signal::SIGQUIT
    }
}
