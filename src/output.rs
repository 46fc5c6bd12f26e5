//! Files that djc writes: held in memory until all are known, then written in one step.
//!
//! Each text goes into a temporary file beside its target and is renamed over it when every one of them is complete, so
//! that a full disk or a missing permission leaves the old files as they were.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What is to be written, by path.
#[derive(Debug, Clone, Default)]
pub struct Files {
    texts: BTreeMap<PathBuf, String>,
}

/// A file that could not be written; nothing was changed, unless the message says so.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`", path.display())]
pub struct OutputError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// A temporary file that goes away unless it is put in place.
struct Draft {
    temporary: PathBuf,
    target: PathBuf,
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove, which is no error.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl Files {
    /// Returns an empty set.
    pub fn new() -> Self {
        Files::default()
    }

    /// Adds a file; a second text for one path replaces the first.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) {
        self.texts.insert(path.into(), text.into());
    }

    /// Returns paths and texts, in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// Writes all files under `root` (an absolute path stays what it is), making folders as needed.
    ///
    /// A target that exists and is no regular file (a terminal, a pipe, `/dev/null`) is written to, not replaced.
    pub fn write(&self, root: &Path) -> Result<(), OutputError> {
        let mut folders = Vec::new();
        let result = self.write_into(root, &mut folders);
        if result.is_err() {
            // Only what this call made and left empty goes.
            for folder in folders.iter().rev() {
                let _ = fs::remove_dir(folder);
            }
        }
        result
    }

    fn write_into(&self, root: &Path, folders: &mut Vec<PathBuf>) -> Result<(), OutputError> {
        let mut drafts = Vec::new();
        let mut streams = Vec::new();
        for (path, text) in &self.texts {
            let path = root.join(path);
            let failed = |source| OutputError { path: path.clone(), source };
            match fs::metadata(&path) {
                Ok(meta) if meta.is_dir() => return Err(failed(io::Error::from(io::ErrorKind::IsADirectory))),
                Ok(meta) if !meta.is_file() => streams.push((path, text)),
                Ok(meta) => {
                    // A link stays a link: the file that it leads to is replaced.
                    let target = fs::canonicalize(&path).map_err(failed)?;
                    drafts.push(draft(target, text, Some(meta.permissions())).map_err(failed)?);
                }
                Err(_) => {
                    if let Some(folder) = path.parent() {
                        let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
                        let before = folders.len();
                        folders.extend(missing.map(Path::to_path_buf));
                        folders[before..].reverse();
                        fs::create_dir_all(folder).map_err(failed)?;
                    }
                    drafts.push(draft(path.clone(), text, None).map_err(failed)?);
                }
            }
        }
        for draft in &drafts {
            fs::rename(&draft.temporary, &draft.target).map_err(|source| OutputError { path: draft.target.clone(), source })?;
        }
        for (path, text) in streams {
            let written = fs::OpenOptions::new().write(true).open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(|source| OutputError { path, source })?;
        }
        Ok(())
    }
}

fn draft(target: PathBuf, text: &str, permissions: Option<fs::Permissions>) -> io::Result<Draft> {
    // A file that may not be written must not be replaced either, though the folder would allow it.
    if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied));
    }
    let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let name = format!(".{}.{}.djc-new", name.to_string_lossy(), std::process::id());
    let draft = Draft { temporary: target.with_file_name(name), target };
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).open(&draft.temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_that_cannot_be_written_leaves_the_others_as_they_were() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("a.sql"), "old").expect("writable");
        fs::create_dir(folder.path().join("b.sql")).expect("writable");
        let mut files = Files::new();
        files.add("a.sql", "new");
        files.add("b.sql", "new");
        let error = files.write(folder.path()).expect_err("b.sql is a folder");
        assert!(error.path.ends_with("b.sql"));
        assert_eq!(fs::read_to_string(folder.path().join("a.sql")).expect("still there"), "old");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 2, "no temporary file stays");
    }

    #[test]
    fn folders_made_for_nothing_go_away() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("z.sql")).expect("writable");
        let mut files = Files::new();
        files.add("a/b/c.sql", "new");
        files.add("z.sql", "new");
        files.write(folder.path()).expect_err("z.sql is a folder");
        assert!(!folder.path().join("a").exists());
    }

    #[test]
    fn folders_are_made_and_files_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut files = Files::new();
        files.add("deep/er/a.sql", "one");
        files.write(folder.path()).expect("written");
        files.add("deep/er/a.sql", "two");
        files.write(folder.path()).expect("written again");
        assert_eq!(fs::read_to_string(folder.path().join("deep/er/a.sql")).expect("there"), "two");
    }
}
