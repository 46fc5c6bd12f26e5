//! Front-ends for tables that are written in other languages: each yields `.dj` text that leads back, byte by byte, into its sources.
//!
//! So every later pass (and every message) works on them as on files of the language, and `djc import` is the front-end followed by
//! the formatter.

pub mod database;
mod decisions;
mod encoding;
mod files;
mod front;
mod legacy;
pub mod matlab;
mod notebook;
pub mod python;

pub use files::{MatlabFile, PythonFile, PythonFiles, holds, is_foreign, is_matlab, is_python, is_source, matlab_files, python_files};
pub use front::{Counts, Declared, Imported, ImportedFile, Layout};
