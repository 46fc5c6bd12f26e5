//! Which server is meant, and who logs in there: what URLs, variables and the files of datajoint say together.
//!
//! [`Found::read`] looks for the files, [`Found::resolve`] makes a [`DatabaseUrl`] of them and says of each part where it came from. A value
//! of the command line wins over the environment, and that over files. A file speaks for its own server and user only, and so do
//! `DJ_USER` and `DJ_PASS` where `DJ_HOST` is set: a password for one server never goes to another.

mod files;
mod resolve;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use djc_core::ir::Generation;
use djc_core::settings::{Origin, Problem, Settings};
use thiserror::Error;

use crate::store::Stores;
use crate::url::{DatabaseUrl, UrlError};

/// What of the world is looked at.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The working folder.
    pub directory: PathBuf,
    /// The user's own folder.
    pub home: Option<PathBuf>,
    /// Where a platform puts secrets, when there are none beside `datajoint.json`.
    pub run_secrets: PathBuf,
    /// The environment.
    pub variables: Variables,
}

impl Surroundings {
    /// Returns those of this process.
    pub fn of_process() -> Surroundings {
        // What is not Unicode names no host and no user.
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Surroundings {
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            home: std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from),
            run_secrets: PathBuf::from("/run/secrets/datajoint"),
            variables: Variables(variables.collect()),
        }
    }
}

/// Environment variables. Printing them gives their names, because some hold passwords.
#[derive(Clone, Default)]
pub struct Variables(pub BTreeMap<String, String>);

impl Variables {
    /// Returns a variable that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What was found: the files that exist, and what is odd about them.
#[derive(Debug, Clone)]
pub struct Found {
    /// The settings of each file, the one that datajoint would read first; without the environment.
    pub files: Vec<SettingsFile>,
    /// What is odd.
    pub notices: Vec<Notice>,
    variables: Variables,
}

/// A file of settings.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    /// As messages name it.
    pub name: String,
    /// What it says, secrets beside it included.
    pub settings: Settings,
    /// Its text without passwords, each byte in its place.
    pub text: String,
}

/// Something worth knowing about where settings come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// About one setting.
    Setting(Problem),
    /// A file that cannot be read.
    Unread {
        /// The file.
        file: String,
        /// Why.
        cause: String,
    },
    /// A file that another one hides.
    Shadowed {
        /// The file.
        file: String,
        /// The one that counts.
        by: String,
    },
    /// A file with a password that other users of the machine may read.
    Exposed {
        /// The file.
        file: String,
    },
}

/// Returns the stores that datajoint's own settings name; a file that datajoint would read first wins.
pub fn stores(surroundings: &Surroundings) -> Stores {
    let found = Found::read(surroundings);
    let files = found.files.iter().map(|file| file.settings.clone());
    // `DJ_STORES` counts without a file too.
    let all = files.chain([Settings::new(Generation::Modern)]);
    all.map(|settings| Stores::from_settings(&settings.with_environment(&surroundings.variables.0).0)).fold(Stores::default(), Stores::or)
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Setting(Problem { file, kind, .. }) => match file {
                Some(file) => write!(f, "{file}: {kind}"),
                None => kind.fmt(f),
            },
            Notice::Unread { file, cause } => write!(f, "cannot read `{file}`: {cause}"),
            Notice::Shadowed { file, by } => write!(f, "`{file}` does not count beside `{by}`"),
            Notice::Exposed { file } => write!(f, "`{file}` holds a password and may be read by other users of this machine"),
        }
    }
}

/// Which database is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// A URL of the command line.
    Url(&'a str),
    /// A `[database.NAME]` of djc.toml.
    Named {
        /// Its name.
        name: &'a str,
        /// Its URL.
        url: &'a str,
    },
    /// The one that datajoint itself would connect to.
    Datajoint,
}

/// A part of a database's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The kind of server.
    Backend,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The user.
    User,
    /// The password.
    Password,
    /// The database of PostgreSQL.
    Database,
    /// Encryption.
    Tls,
    /// The file of SQLite.
    File,
}

impl Part {
    /// Returns the word that is printed.
    pub fn word(self) -> &'static str {
        match self {
            Part::Backend => "backend",
            Part::Host => "host",
            Part::Port => "port",
            Part::User => "user",
            Part::Password => "password",
            Part::Database => "database",
            Part::Tls => "tls",
            Part::File => "file",
        }
    }
}

/// A database and where each part of its address came from.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Where to connect.
    pub url: DatabaseUrl,
    /// The parts, as they are printed: a password as `***`.
    pub parts: Vec<(Part, String, Origin)>,
    /// The settings of datajoint that count, the environment included: safe mode, stores and the rest.
    pub settings: Settings,
}

/// Why no database is known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ResolveError {
    /// The URL is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nothing names a host.
    #[error("no database is named: write --database URL, or let DJ_HOST, datajoint.json or dj_local_conf.json name a host")]
    Nothing,
    /// A backend that djc does not know.
    #[error("`{backend}` ({origin}) is no kind of server: datajoint knows `mysql` and `postgresql`, djc `sqlite` too")]
    Backend {
        /// As written.
        backend: String,
        /// Where.
        origin: Origin,
    },
    /// A port that is none.
    #[error("`{port}` ({origin}) is not a port: write a number from 1 to 65535")]
    Port {
        /// As written.
        port: String,
        /// Where.
        origin: Origin,
    },
    /// A host behind a plugin of datajoint 0.14.
    #[error("the host ({origin}) is looked up by a plugin of datajoint, which djc cannot run: write --database mysql://HOST")]
    Plugin {
        /// Where.
        origin: Origin,
    },
    /// The backend is sqlite, and no file is named.
    #[error("the backend is sqlite, and no `database.path` names the file")]
    NoFile,
    /// The settings that datajoint would read are broken.
    #[error("{file} cannot be read, so it is not known which database is meant: {message}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
}
