//! The servers that run for one command, and their end.

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Care, Outcome, Server, State};
use crate::error::{Error, Result};
use crate::{interrupt, process, report};

/// How long a server may take until it answers.
const START_PATIENCE: Duration = Duration::from_secs(90);

/// How long a server may take to end before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// A folder's path must leave room for a socket's name: the system allows 107 bytes for both.
const FOLDER_PATH_MAX: usize = 80;

/// Running servers. Dropping it stops them and deletes their folder.
pub struct Fleet {
    running: Vec<Running>,
    outcomes: Vec<Outcome>,
    folder: Option<TempDir>,
    guard: Option<Child>,
    care: Care,
}

struct Running {
    server: Box<dyn Server>,
    home: PathBuf,
    port: u16,
    password: String,
    child: Child,
}

impl Fleet {
    /// Starts the servers and waits until each answers.
    pub(super) fn launch(servers: Vec<Box<dyn Server>>, outcomes: Vec<Outcome>, care: Care) -> Result<Fleet> {
        let mut fleet = Fleet { running: Vec::new(), outcomes, folder: None, guard: None, care };
        if servers.is_empty() {
            return Ok(fleet);
        }
        let folder = temporary_folder().map_err(|e| Error::io("make a temporary folder", e))?;
        let path = folder.path().to_path_buf();
        fleet.folder = Some(folder);
        fleet.guard = Some(guard(&path).map_err(|e| Error::io("start the guard", e))?);

        let planned: Vec<(PathBuf, String)> = servers.iter().map(|server| (path.join(server.variable()), password())).collect();
        prepare(&servers, &planned)?;
        for (server, (home, password)) in servers.into_iter().zip(planned) {
            interrupt::check()?;
            let port = free_port().map_err(|e| Error::io("find a free port", e))?;
            let child = spawn(server.as_ref(), &home, port, care)?;
            fleet.running.push(Running { server, home, port, password, child });
        }
        for running in &mut fleet.running {
            let version = running.wait_until_ready()?;
            report::say(&format!("    {} {version} on port {}", running.server.name(), running.port));
            fleet.outcomes.push(Outcome { name: running.server.name(), state: State::Runs(version) });
        }
        fleet.outcomes.sort_by_key(|outcome| outcome.name);
        Ok(fleet)
    }

    /// Returns the variables that tell a command where the servers are.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        self.running.iter().map(|r| (r.server.variable(), r.server.url(r.port, &r.password)))
    }

    /// Returns what became of each server that could have been asked for.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Kills every server and all its processes, as when the power goes. Their folders stay.
    pub(super) fn kill(&mut self) {
        for running in &mut self.running {
            process::kill_tree(&mut running.child);
        }
    }

    /// Starts servers that were killed, on the data and the port that they had, and waits until each answers.
    pub(super) fn restart(&mut self) -> Result<()> {
        for running in &mut self.running {
            running.child = spawn(running.server.as_ref(), &running.home, running.port, self.care)?;
            running.wait_until_ready()?;
        }
        Ok(())
    }

    /// Fails when a server has ended by itself.
    pub fn check_alive(&mut self) -> Result<()> {
        for running in &mut self.running {
            if let Ok(Some(status)) = running.child.try_wait() {
                let name = running.server.name();
                return Err(Error::failed(format!("{name} ended by itself ({status})\n{}", running.log())));
            }
        }
        Ok(())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let names: Vec<&str> = self.running.iter().map(|running| running.server.name()).collect();
        // All are told first, so that they end side by side.
        for running in &mut self.running {
            process::send(&mut running.child, running.server.stop_signal());
        }
        for running in &mut self.running {
            process::end(&mut running.child, running.server.stop_signal(), STOP_PATIENCE);
        }
        if let Some(folder) = self.folder.take() {
            let path = folder.path().to_path_buf();
            if let Err(error) = folder.close() {
                // A dying helper process may still have written; the guard tries again for some seconds.
                report::say(&format!("    {} is not deleted yet: {error}", path.display()));
            }
        }
        if let Some(mut guard) = self.guard.take() {
            // Closing its stdin is its signal. It ends at once when the folder is gone.
            drop(guard.stdin.take());
            let _ = guard.wait();
        }
        if !names.is_empty() {
            report::say(&format!("    stopped and deleted: {}", names.join(", ")));
        }
    }
}

impl Running {
    /// Waits until the server answers and returns its version.
    fn wait_until_ready(&mut self) -> Result<String> {
        let name = self.server.name();
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            interrupt::check()?;
            if let Some(version) = self.server.version(self.port) {
                return Ok(version);
            }
            let ended = self.child.try_wait().map_err(|e| Error::io(format!("wait for {name}"), e))?;
            if let Some(status) = ended {
                return Err(Error::failed(format!("{name} did not start ({status})\n{}", self.log())));
            }
            if Instant::now() > deadline {
                return Err(Error::failed(format!("{name} does not answer\n{}", self.log())));
            }
            thread::sleep(process::TICK);
        }
    }

    fn log(&self) -> String {
        process::tail(&String::from_utf8_lossy(&fs::read(log_file(&self.home)).unwrap_or_default()), 20)
    }
}

/// Makes all data folders side by side.
fn prepare(servers: &[Box<dyn Server>], planned: &[(PathBuf, String)]) -> Result<()> {
    let results: Vec<Result<()>> = thread::scope(|scope| {
        let threads: Vec<_> = servers
            .iter()
            .zip(planned)
            .map(|(server, (home, password))| {
                scope.spawn(move || {
                    fs::create_dir(home).map_err(|e| Error::io(format!("make {}", home.display()), e))?;
                    server.prepare(home, password)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("preparing a server does not panic")).collect()
    });
    results.into_iter().collect()
}

/// Runs one server in a process group of its own: a Ctrl-C in the terminal is for us, we stop the servers in order.
fn spawn(server: &dyn Server, home: &Path, port: u16, care: Care) -> Result<Child> {
    let fail = |e| Error::io(format!("start {}", server.name()), e);
    let log = File::create(log_file(home)).map_err(fail)?;
    let mut command = server.launch(home, port, care);
    command.current_dir(home).stdin(Stdio::null()).stdout(log.try_clone().map_err(fail)?).stderr(log).process_group(0);
    command.spawn().map_err(fail)
}

fn log_file(home: &Path) -> PathBuf {
    home.join("server.log")
}

/// Makes the folder for everything. It may be walked through by other accounts, because PostgreSQL runs under one.
fn temporary_folder() -> io::Result<TempDir> {
    let mut place = std::env::temp_dir();
    if place.as_os_str().len() > FOLDER_PATH_MAX {
        place = PathBuf::from("/tmp");
    }
    let folder = tempfile::Builder::new().prefix("djc-servers-").tempdir_in(place)?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
    Ok(folder)
}

/// Starts a shell that deletes the folder when we are gone, even killed: its stdin is a pipe that only we hold.
///
/// The servers themselves are ended by the kernel then, so it tries until nobody writes any more.
fn guard(folder: &Path) -> io::Result<Child> {
    let script = r#"trap "" INT TERM HUP; read -r _; i=0
        while [ -e "$1" ] && [ "$i" -lt 100 ]; do rm -rf -- "$1" 2>/dev/null; sleep 0.1; i=$((i + 1)); done"#;
    Command::new("sh")
        .args(["-c", script, "djc-servers-guard"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .process_group(0)
        .spawn()
}

/// Returns a port that was free a moment ago. Another process may take it before the server does; then the server says so.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Returns a random password of letters and digits. It keeps other accounts of this machine out, no more.
fn password() -> String {
    use std::hash::{BuildHasher, Hasher};
    // The standard library seeds its hash maps from the system's random source.
    format!("djc{:016x}", std::hash::RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::signal::Signal;

    /// A server that is a shell script.
    struct Script(&'static str);

    impl Server for Script {
        fn name(&self) -> &'static str {
            "Script"
        }
        fn variable(&self) -> &'static str {
            "DJC_TEST_SCRIPT"
        }
        fn prepare(&self, home: &Path, password: &str) -> Result<()> {
            fs::write(home.join("data"), password).map_err(|e| Error::io("write", e))
        }
        fn launch(&self, _home: &Path, _port: u16, _care: Care) -> Command {
            let mut command = process::guarded("sh".as_ref(), Signal::SIGKILL, None);
            command.args(["-c", self.0]);
            command
        }
        fn version(&self, _port: u16) -> Option<String> {
            // It "answers" as soon as it runs, unless its script ends at once.
            self.0.contains("sleep").then(|| "1".to_owned())
        }
        fn url(&self, port: u16, password: &str) -> String {
            format!("script://{password}@127.0.0.1:{port}")
        }
        fn stop_signal(&self) -> Signal {
            Signal::SIGTERM
        }
    }

    #[test]
    fn a_panic_leaves_neither_server_nor_folder_nor_guard() {
        let (report, seen) = std::sync::mpsc::channel();
        let outcome = std::panic::catch_unwind(move || {
            let fleet = Fleet::launch(vec![Box::new(Script("exec sleep 60"))], Vec::new(), Care::Fast).expect("a shell starts");
            let guard = fleet.guard.as_ref().expect("a fleet with servers has a guard").id();
            let folder = fleet.folder.as_ref().expect("a fleet with servers has a folder").path().to_path_buf();
            assert!(folder.join("DJC_TEST_SCRIPT/data").is_file());
            report.send((fleet.running[0].child.id(), guard, folder)).expect("the test listens");
            panic!("the command that used the servers has a bug");
        });
        assert!(outcome.is_err());
        let (server, guard, folder) = seen.recv().expect("the fleet had started");
        assert!(!folder.exists());
        assert!(!Path::new("/proc").join(server.to_string()).exists());
        assert!(!Path::new("/proc").join(guard.to_string()).exists());
    }

    #[test]
    fn a_server_that_ends_at_once_says_what_its_log_says() {
        let servers: Vec<Box<dyn Server>> = vec![Box::new(Script("echo no such option; exit 7"))];
        let Err(error) = Fleet::launch(servers, Vec::new(), Care::Fast) else { panic!("the script ended") };
        let message = error.to_string();
        assert!(message.contains("Script did not start") && message.contains("no such option"), "{message}");
    }
}
