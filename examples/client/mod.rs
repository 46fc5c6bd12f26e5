//! The plain client and the `djc` that are measured against each other.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Returns the `djc` that stands beside this example.
pub fn djc(folder: &Path) -> Command {
    let here = std::env::current_exe().unwrap_or_default();
    let built = here.parent().and_then(Path::parent).map_or_else(|| PathBuf::from("djc"), |folder| folder.join("djc"));
    let mut command = Command::new(built);
    command.current_dir(folder);
    command
}

/// How the plain client logs in.
pub struct Client {
    arguments: Vec<String>,
    password: String,
}

impl Client {
    /// Reads the login out of a URL.
    pub fn new(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("mysql://").ok_or("only servers of the MySQL family are measured")?;
        let (login, place) = rest.rsplit_once('@').ok_or("the URL has no user")?;
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = place.split_once(':').unwrap_or((place, "3306"));
        let arguments =
            [("-h", host), ("-P", port), ("-u", user)].into_iter().flat_map(|(name, value)| [name.to_string(), value.to_string()]);
        Ok(Client { arguments: arguments.collect(), password: password.to_string() })
    }

    /// Returns the command, logged in.
    pub fn command(&self) -> Command {
        let mut command = Command::new("mariadb");
        command.args(&self.arguments).env("MYSQL_PWD", &self.password);
        command
    }
}

/// Runs a command to its end with its output thrown away; returns how long it took.
pub fn run(command: &mut Command) -> Result<Duration, String> {
    let began = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(began.elapsed())
    } else {
        Err(format!("{}: {}", command.get_program().display(), String::from_utf8_lossy(&output.stderr)))
    }
}
