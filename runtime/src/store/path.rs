//! Places in a store, which never lie outside of it.

use std::fmt;

/// The path of a file in a store: relative to the store's location, its parts separated by `/`.
///
/// Paths come out of a database and may be anybody's, so what could lead out of the location is no path: an absolute one, `.` or `..` as a
/// part, a NUL, and on Windows backslashes and drive letters. Slashes that are doubled or at the end mean nothing, as in Python.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(String);

/// Why a text is no path in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// Nothing is left of it.
    #[error("it names nothing")]
    Empty,
    /// It begins at the root of the machine.
    #[error("it is absolute, and paths in a store are relative to the store's location")]
    Absolute,
    /// A part is `.` or `..`.
    #[error("`.` and `..` are no parts of a path in a store")]
    Dots,
    /// It has a character that no file name has.
    #[error("it has a character that no file name has")]
    Character,
}

impl StorePath {
    /// Returns the path that a text says.
    ///
    /// # Errors
    /// A text that could lead out of the store.
    pub fn new(text: impl AsRef<str>) -> Result<StorePath, PathProblem> {
        let text = text.as_ref();
        if text.starts_with('/') || (cfg!(windows) && text.starts_with('\\')) {
            return Err(PathProblem::Absolute);
        }
        if text.contains('\0') || (cfg!(windows) && text.contains(['\\', ':'])) {
            return Err(PathProblem::Character);
        }
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        if parts.iter().any(|part| matches!(*part, "." | "..")) {
            return Err(PathProblem::Dots);
        }
        if parts.is_empty() { Err(PathProblem::Empty) } else { Ok(StorePath(parts.join("/"))) }
    }

    /// Returns a path below this one.
    ///
    /// # Errors
    /// As [`StorePath::new`].
    pub fn join(&self, below: &str) -> Result<StorePath, PathProblem> {
        let below = StorePath::new(below)?;
        Ok(StorePath(format!("{}/{below}", self.0)))
    }

    /// Returns the path with an ending.
    pub fn with_ending(&self, ending: &str) -> Result<StorePath, PathProblem> {
        StorePath::new(format!("{}{ending}", self.0))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns whether this lies in the folder.
    pub fn is_in(&self, folder: &str) -> bool {
        let folder = folder.trim_matches('/');
        !folder.is_empty() && self.0.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_store() {
        for (text, problem) in [
            ("", PathProblem::Empty),
            ("//", PathProblem::Absolute),
            ("/etc/passwd", PathProblem::Absolute),
            ("..", PathProblem::Dots),
            ("a/../../b", PathProblem::Dots),
            ("a/./b", PathProblem::Dots),
            ("../secret", PathProblem::Dots),
            ("a\0b", PathProblem::Character),
        ] {
            assert_eq!(StorePath::new(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn odd_names_are_names() {
        for (text, path) in
            [("a//b/", "a/b"), ("sub dir/fü.bin", "sub dir/fü.bin"), ("name=..", "name=.."), ("...", "..."), ("a%2Fb", "a%2Fb")]
        {
            assert_eq!(StorePath::new(text).as_ref().map(StorePath::as_str), Ok(path));
        }
        let path = StorePath::new("_hash/lab/x").expect("a path");
        assert!(path.is_in("_hash/") && path.is_in("_hash/lab") && !path.is_in("_has") && !path.is_in(""));
        assert_eq!(path.join("../y"), Err(PathProblem::Dots));
    }
}
