//! What keeps a command from running.

use std::io;
use std::path::PathBuf;

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
    #[error("cannot read `{}`", path.display())]
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
    /// Stdout or stderr cannot be written.
    #[error("cannot write the output")]
    Print(#[from] io::Error),
    /// What was asked for makes no sense; the sentence says what does.
    #[error("{0}")]
    Usage(String),
}
