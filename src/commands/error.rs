//! What keeps a command from running.

use std::io;
use std::path::PathBuf;

use djc_core::secret::without_passwords;
use djc_runtime::ConnectError;
use djc_runtime::deploy::DeployError;

use super::Exit;
use crate::output::OutputError;
use crate::project::ProjectError;

/// Why a command could not run; exit 2.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `-C` names no folder.
    #[error("cannot work in `{}`", path.display())]
    Folder {
        /// As given.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", without_passwords(&path.to_string_lossy()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to work on.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A file cannot be removed.
    #[error("cannot remove `{}`", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Stdout or stderr cannot be written.
    #[error("cannot write the output")]
    Print(#[from] io::Error),
    /// No connection to the database.
    #[error(transparent)]
    Connect(#[from] Box<ConnectError>),
    /// A question to the database failed.
    #[error(transparent)]
    Database(#[from] Box<djc_runtime::SqlError>),
    /// The runtime could not do what it was asked for.
    #[error(transparent)]
    Runtime(#[from] Box<djc_runtime::Error>),
    /// A deploy stopped.
    #[error(transparent)]
    Deploy(#[from] Box<DeployError>),
    /// What was asked for makes no sense; the sentence says what does.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// Returns a sentence that says what to do, where there is one.
    pub fn help(&self) -> Option<String> {
        match self {
            Error::Connect(error) => error.help(),
            Error::Deploy(error) => match error.as_ref() {
                // The library speaks of allowing; here is the word for it.
                DeployError::SharedParent { parent_schema, .. } => {
                    error.help().map(|help| format!("{help} (`--allow-shared {parent_schema}`)"))
                }
                other => other.help(),
            },
            Error::Database(error) if error.is_lost() => Some("The connection broke off; run the same command again.".to_string()),
            Error::Folder { .. }
            | Error::Read { .. }
            | Error::Project(_)
            | Error::Output(_)
            | Error::Database(_)
            | Error::Runtime(_)
            | Error::Remove { .. }
            | Error::Print(_)
            | Error::Usage(_) => None,
        }
    }

    /// Returns the exit code: what djc itself refuses is 1, what it could not do is 2.
    pub fn exit(&self) -> Exit {
        match self {
            Error::Deploy(error) => match error.as_ref() {
                DeployError::MissingParent { .. }
                | DeployError::SharedParent { .. }
                | DeployError::ParentCharset { .. }
                | DeployError::Contents { .. } => Exit::Findings,
                DeployError::Lost { .. }
                | DeployError::Blocked { .. }
                | DeployError::Denied { .. }
                | DeployError::Refused { .. }
                | DeployError::Inspect(_) => Exit::Failed,
            },
            Error::Folder { .. }
            | Error::Read { .. }
            | Error::Project(_)
            | Error::Output(_)
            | Error::Remove { .. }
            | Error::Connect(_)
            | Error::Database(_)
            | Error::Runtime(_)
            | Error::Print(_)
            | Error::Usage(_) => Exit::Failed,
        }
    }
}
