//! The real MySQL, which Debian's stable releases do not have.
//!
//! It comes from Debian's unstable release: a private apt root with the mirror and the keys that the machine already
//! uses fetches the packages once, and they are unpacked into `target/servers/mysql`. Nothing of the system changes.
//! Its C library is newer than the system's, so the server runs through its own loader.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use super::mariadb::shared_options;
use super::{Care, Fetch, Found, Server, greeting};
use crate::error::{Error, Result};
use crate::process::{self, find_program, guarded};
use crate::{binary_folder, report};

/// Carries the URL to the tests.
pub const VARIABLE: &str = "DJC_TEST_MYSQL";

/// What is fetched, with everything that these need.
const PACKAGES: [&str; 2] = ["mysql-server-core", "mysql-client-core"];

/// The key ring that signs every Debian release, unstable included.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

struct MySql {
    root: PathBuf,
    /// Debian's name for this kind of machine, as its library folders have it.
    triplet: String,
}

/// Finds the unpacked MySQL, fetching it the first time. That it cannot be had is no error.
pub(super) fn find(fetch: Fetch) -> Result<Found> {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    let target = binary_folder()?.parent().expect("cargo builds into TARGET/PROFILE").to_path_buf();
    let root = target.join("servers/mysql");
    let server = MySql { root: root.clone(), triplet };
    if server.mysqld().is_file() {
        return Ok(Found::Here(Box::new(server)));
    }
    if fetch == Fetch::Never {
        return Ok(Found::Missing("it is not fetched yet; `cargo xtask test --mysql` does".into()));
    }
    match report::step("fetch MySQL (once)", || unpack(&root)) {
        Ok(()) if server.mysqld().is_file() && server.loader().is_some() => Ok(Found::Here(Box::new(server))),
        Ok(()) => Ok(Found::Missing(format!("{} was unpacked but has no server for {}", root.display(), server.triplet))),
        Err(error @ Error::Interrupted(_)) => Err(error),
        Err(error) => Ok(Found::Missing(error.to_string())),
    }
}

/// Fetches and unpacks the packages into `root`, which appears only when it is whole.
fn unpack(root: &Path) -> Result<()> {
    for program in ["apt-get", "dpkg"] {
        if find_program(program, &[]).is_none() {
            return Err(Error::failed(format!("MySQL comes from Debian packages, and there is no {program} here")));
        }
    }
    let mirror = mirror().ok_or_else(|| Error::failed("apt's sources name no Debian mirror"))?;
    let servers = root.parent().expect("the folder has a parent");
    let fail = |e| Error::io(format!("write into {}", servers.display()), e);
    fs::create_dir_all(servers).map_err(fail)?;
    let work = tempfile::Builder::new().prefix("mysql-fetch-").tempdir_in(servers).map_err(fail)?;
    let apt = PrivateApt::new(work.path(), &mirror).map_err(fail)?;
    process::run(apt.get().arg("update"))?;
    process::run(apt.get().args(["install", "-y", "--download-only", "--no-install-recommends"]).args(PACKAGES))?;
    let unpacked = work.path().join("root");
    fs::create_dir(&unpacked).map_err(fail)?;
    for entry in fs::read_dir(apt.archives()).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        if file.extension().is_some_and(|extension| extension == "deb") {
            process::capture(Command::new("dpkg").arg("-x").arg(&file).arg(&unpacked))?;
        }
    }
    fs::rename(&unpacked, root).map_err(fail)
}

/// An apt that knows one release and has nothing installed, all inside one folder.
struct PrivateApt {
    folder: PathBuf,
}

impl PrivateApt {
    fn new(work: &Path, mirror: &str) -> std::io::Result<PrivateApt> {
        let folder = work.join("apt");
        for name in ["state/lists/partial", "cache/archives/partial", "etc/parts"] {
            fs::create_dir_all(folder.join(name))?;
        }
        // An empty list of installed packages makes apt fetch the C library and all else too.
        fs::write(folder.join("status"), "")?;
        fs::write(folder.join("etc/sources.list"), format!("deb [signed-by={KEYRING}] {mirror} sid main\n"))?;
        Ok(PrivateApt { folder })
    }

    fn archives(&self) -> PathBuf {
        self.folder.join("cache/archives")
    }

    /// Returns apt-get on the private folders. Proxies and the like come from the system's configuration as usual.
    fn get(&self) -> Command {
        let mut command = Command::new("apt-get");
        command.arg("-qq");
        let places = [
            ("Dir::State", "state"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::sourcelist", "etc/sources.list"),
            // The system's own sources and pins would choose other packages.
            ("Dir::Etc::sourceparts", "etc/parts"),
            ("Dir::Etc::preferences", "etc/parts/none"),
            ("Dir::Etc::preferencesparts", "etc/parts"),
        ];
        for (option, place) in places {
            command.arg("-o").arg(format!("{option}={}", self.folder.join(place).display()));
        }
        // The account that apt downloads under cannot write into our folder.
        command.args(["-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none", "-o", "Acquire::Retries=3"]);
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(std::io::stderr());
        command
    }
}

/// Returns the address of the Debian mirror that apt is set up with.
fn mirror() -> Option<String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    let mut parts: Vec<PathBuf> =
        fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    parts.sort();
    files.extend(parts);
    files.iter().find_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        match file.extension()?.to_str()? {
            "list" => mirror_in_lines(&text),
            "sources" => mirror_in_stanzas(&text),
            _ => None,
        }
    })
}

/// Reads apt's older form: `deb [options] ADDRESS SUITE COMPONENT…`.
fn mirror_in_lines(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("deb ")?.trim_start();
        let rest = if rest.starts_with('[') { rest.split_once(']')?.1 } else { rest };
        let mut words = rest.split_whitespace();
        let (address, suite) = (words.next()?, words.next()?);
        (is_debian(address, suite) && words.any(|word| word == "main")).then(|| address.to_owned())
    })
}

/// Reads apt's newer form: stanzas of `Field: values`.
fn mirror_in_stanzas(text: &str) -> Option<String> {
    text.split("\n\n").find_map(|stanza| {
        let field = |name: &str| {
            stanza.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let (addresses, suites, components) = (field("URIs")?, field("Suites")?, field("Components")?);
        let address = addresses.split_whitespace().next()?;
        let suite = suites.split_whitespace().next()?;
        let whole =
            field("Types")?.split_whitespace().any(|word| word == "deb") && components.split_whitespace().any(|word| word == "main");
        (whole && is_debian(address, suite)).then(|| address.to_owned())
    })
}

/// True for the archive itself: not its security branch, not another publisher's.
fn is_debian(address: &str, suite: &str) -> bool {
    address.trim_end_matches('/').ends_with("/debian") && !suite.contains("security")
}

impl MySql {
    fn mysqld(&self) -> PathBuf {
        self.root.join("usr/sbin/mysqld")
    }

    /// Returns the loader that came with the packages' C library.
    fn loader(&self) -> Option<PathBuf> {
        let folder = self.root.join("usr/lib").join(&self.triplet);
        let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        files.find(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux")))
    }

    /// Returns the server's command up to where its data is.
    fn command(&self) -> Command {
        let loader = self.loader().expect("finding MySQL made sure of its loader");
        let inside = |path: &str| self.root.join(path).display().to_string();
        let libraries = format!("{}:{}", inside(&format!("lib/{}", self.triplet)), inside(&format!("usr/lib/{}", self.triplet)));
        let mut command = guarded(loader.as_os_str(), Signal::SIGKILL, None);
        command.arg("--library-path").arg(libraries).arg(self.mysqld()).arg("--no-defaults");
        command.arg(format!("--basedir={}", inside("usr")));
        command.arg(format!("--lc-messages-dir={}", inside("usr/share/mysql")));
        command.arg(format!("--character-sets-dir={}", inside("usr/share/mysql/charsets")));
        command.arg(format!("--plugin-dir={}", inside("usr/lib/mysql/plugin")));
        command.arg("--secure-file-priv=NULL");
        if process::is_root() {
            command.arg("--user=root");
        }
        command
    }
}

impl Server for MySql {
    fn name(&self) -> &'static str {
        "MySQL"
    }

    fn variable(&self) -> &'static str {
        VARIABLE
    }

    fn prepare(&self, home: &Path, password: &str) -> Result<()> {
        fs::write(home.join("init.sql"), accounts(password)).map_err(|e| Error::io("write the accounts of MySQL", e))?;
        let mut command = self.command();
        command.arg(format!("--datadir={}", home.join("data").display())).arg("--initialize-insecure");
        command.arg(format!("--tmpdir={}", home.display()));
        process::capture(&mut command).map(drop)
    }

    fn launch(&self, home: &Path, port: u16, care: Care) -> Command {
        let mut command = self.command();
        command.args(shared_options(home, port)).args(["--mysqlx=OFF", "--skip-log-bin"]);
        if care == Care::Fast {
            command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF"]);
        }
        command
    }

    fn version(&self, port: u16) -> Option<String> {
        greeting::version(port)
    }

    fn url(&self, port: u16, password: &str) -> String {
        format!("mysql://root:{password}@127.0.0.1:{port}")
    }

    fn stop_signal(&self) -> Signal {
        Signal::SIGKILL
    }
}

/// Returns the statements that make the administrator for TCP and close the one that has no password. One per line.
fn accounts(password: &str) -> String {
    format!(
        "CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n\
         ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirror_is_read_from_both_forms_and_is_never_the_security_branch() {
        let lines = "# deb http://x/debian sid main\ndeb http://a/debian-security bookworm-security main\n\
                     deb [arch=amd64 signed-by=/k] http://b/debian/ bookworm main contrib\n";
        assert_eq!(mirror_in_lines(lines).as_deref(), Some("http://b/debian/"));
        let stanzas = "Types: deb\nURIs: http://a/debian-security\nSuites: bookworm-security\nComponents: main\n\n\
                       Types: deb\n# a comment: here\nURIs: http://c/debian\nSuites: bookworm bookworm-updates\nComponents: main\n";
        assert_eq!(mirror_in_stanzas(stanzas).as_deref(), Some("http://c/debian"));
    }

    #[test]
    fn other_publishers_are_no_mirror() {
        assert_eq!(mirror_in_lines("deb https://packages.example.org/apt sdk main\n"), None);
        assert_eq!(mirror_in_lines("deb-src http://b/debian bookworm main\n"), None);
    }
}
