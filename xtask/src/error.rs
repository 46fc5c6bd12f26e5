//! Why a command stopped, and the exit code that says so.

use std::fmt;
use std::io;

/// The result of everything that a command does.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a command stopped.
#[derive(Debug)]
pub enum Error {
    /// The arguments make no sense.
    Usage(String),
    /// A step failed; the code is that of the command that failed, or 1.
    Failed {
        /// What failed, and why.
        message: String,
        /// The exit code.
        code: u8,
    },
    /// Committed output is not what would be generated now.
    Stale(String),
    /// A signal asked us to stop.
    Interrupted(u8),
}

impl Error {
    /// Returns a failure with exit code 1.
    pub fn failed(message: impl Into<String>) -> Error {
        Error::Failed { message: message.into(), code: 1 }
    }

    /// Returns a failure of the operating system at something we wanted to `what`.
    pub fn io(what: impl fmt::Display, error: io::Error) -> Error {
        Error::failed(format!("cannot {what}: {error}"))
    }

    /// Returns the code that the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Failed { code, .. } => *code,
            Error::Stale(_) => 3,
            Error::Interrupted(signal) => 128 + signal,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(message) => write!(out, "{message}\n\n{}", crate::args::USAGE),
            Error::Failed { message, .. } | Error::Stale(message) => out.write_str(message),
            Error::Interrupted(signal) => write!(out, "stopped by signal {signal}; everything is cleaned up"),
        }
    }
}
