//! Running programs so that none outlives us.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::error::{Error, Result};
use crate::interrupt;

/// How often something that is waited for is looked at.
pub const TICK: Duration = Duration::from_millis(30);

/// Runs a command with our own stdin, stdout and stderr. A code other than 0 is an error with that code.
///
/// When a signal comes, the command and everything that it started is ended first.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let mut child = command.spawn().map_err(|e| Error::io(format!("run {shown}"), e))?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|e| Error::io(format!("wait for {shown}"), e))? {
            break status;
        }
        if let Err(interrupted) = interrupt::check() {
            end_tree(&mut child);
            return Err(interrupted);
        }
        sleep(TICK);
    };
    // A terminal sends Ctrl-C to the command as well; what counts is that we were told to stop.
    interrupt::check()?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Error::Failed { message: format!("{shown}: {status}"), code })
}

/// Runs a command quietly and returns its stdout; on failure the error carries the end of what it said.
pub fn capture(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().map_err(|e| Error::io(format!("run {shown}"), e))?;
    interrupt::check()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::failed(format!("{shown}: {}\n{}", output.status, tail(&String::from_utf8_lossy(&said), 20))))
}

/// Returns the last lines of a text, indented.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(count);
    lines[from..].iter().map(|line| format!("      {line}")).collect::<Vec<_>>().join("\n")
}

/// Returns the path of a program that is in PATH or in one of the other folders.
///
/// Debian keeps servers in `/usr/sbin`, which is not in the PATH of ordinary users.
pub fn find_program(name: &str, also_in: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(also_in.iter().cloned());
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Returns a command that the kernel ends with `signal` when we die, however we die, optionally under another account.
///
/// `setpriv` execs the program, so the child's process id is the program's. It must be spawned from the main thread, or from one that
/// outlives it: for the kernel a thread is a parent. Where there is no `setpriv` (not Linux), the plain program is run.
pub fn guarded(program: &OsStr, signal: Signal, account: Option<&Account>) -> Command {
    let Some(setpriv) = find_program("setpriv", &[]) else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    if let Some(account) = account {
        command.arg(format!("--reuid={}", account.uid)).arg(format!("--regid={}", account.gid)).arg("--clear-groups");
    }
    command.arg("--pdeathsig").arg(signal.as_str().trim_start_matches("SIG"));
    command.arg("--").arg(program);
    command
}

/// An unprivileged account of this machine.
#[derive(Debug, Clone)]
pub struct Account {
    /// The number of the user.
    pub uid: u32,
    /// The number of the user's group.
    pub gid: u32,
}

impl Account {
    /// Returns the first of the named accounts that exists.
    pub fn find(names: &[&str]) -> Option<Account> {
        names
            .iter()
            .find_map(|name| nix::unistd::User::from_name(name).ok().flatten())
            .map(|user| Account { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
    }
}

/// True where we run as root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Asks a child to end with `signal`, then forces it after `patience`. It is gone when this returns.
pub fn end(child: &mut Child, signal: Signal, patience: Duration) {
    send(child, signal);
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(None) => sleep(TICK),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    // It has not been waited for, so the number is still its own.
    send(child, Signal::SIGKILL);
    let _ = child.wait();
}

/// Sends a signal to a child, unless it has ended: then its number may already be another process's.
pub fn send(child: &mut Child, signal: Signal) {
    if let Ok(None) = child.try_wait() {
        let _ = kill(pid_of(child.id()), signal);
    }
}

/// Ends a child with all its descendants: cargo does not pass signals on to the tests that it runs.
fn end_tree(child: &mut Child) {
    let descendants = descendants(child.id());
    for pid in &descendants {
        let _ = kill(pid_of(*pid), Signal::SIGTERM);
    }
    end(child, Signal::SIGTERM, Duration::from_secs(5));
    for pid in descendants {
        let _ = kill(pid_of(pid), Signal::SIGKILL);
    }
}

/// Kills a child and all its descendants at once. It is gone when this returns.
pub fn kill_tree(child: &mut Child) {
    let descendants = descendants(child.id());
    send(child, Signal::SIGKILL);
    for pid in descendants {
        let _ = kill(pid_of(pid), Signal::SIGKILL);
    }
    let _ = child.wait();
}

/// Returns the processes that stand below `root`, as `/proc` shows them; none where there is no `/proc`.
fn descendants(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some(parent) = parent_in_stat(&stat) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        let below = children.get(&pid).cloned().unwrap_or_default();
        found.extend(&below);
        open.extend(below);
    }
    found
}

/// Returns the parent from a line of `/proc/PID/stat`. The second field is the program's name in parentheses and may
/// itself hold blanks and parentheses, so we count from the last one.
fn parent_in_stat(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn pid_of(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).expect("process ids fit into an i32"))
}

/// Returns a command as a person would type it, without our `setpriv`.
fn shown(command: &Command) -> String {
    let mut words: Vec<OsString> = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(OsStr::to_owned));
    if Path::new(&words[0]).ends_with("setpriv")
        && let Some(at) = words.iter().position(|word| word == "--")
    {
        words.drain(..=at);
    }
    if let Some(name) = Path::new(&words[0]).file_name() {
        words[0] = name.to_owned();
    }
    words.truncate(8);
    words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_is_read_behind_a_program_name_with_parentheses() {
        assert_eq!(parent_in_stat("42 (a) b) (c) S 7 42 42 0 -1"), Some(7));
        assert_eq!(parent_in_stat(""), None);
    }

    #[test]
    fn ending_a_shell_ends_what_it_started() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("there is a shell");
        let deadline = Instant::now() + Duration::from_secs(10);
        while descendants(shell.id()).is_empty() && Instant::now() < deadline {
            sleep(TICK);
        }
        let below = descendants(shell.id());
        assert_eq!(below.len(), 1, "the shell runs one sleep");
        end_tree(&mut shell);
        // A killed process may take a moment to go on a busy machine; `sleep 60` would stay for a minute.
        let gone = || {
            let stat = fs::read_to_string(format!("/proc/{}/stat", below[0])).unwrap_or_default();
            let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next().map(str::to_owned));
            matches!(state.as_deref(), None | Some("Z" | "X"))
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !gone() && Instant::now() < deadline {
            sleep(TICK);
        }
        assert!(gone(), "the sleep is gone, or only waits for its parent");
    }

    #[test]
    fn tail_keeps_the_last_lines_and_drops_blank_ones() {
        assert_eq!(tail("a\n\nb\nc\n", 2), "      b\n      c");
    }
}
