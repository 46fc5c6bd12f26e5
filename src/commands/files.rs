//! Which `.dj` files a command is about, and what may be written over one.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Ui};
use crate::project::{self, LoadOptions};

/// Returns the `.dj` files below the paths, sorted and without doubles; a path that is a file is taken whatever its name.
///
/// Folders that begin with a dot, and `target`, are left out. Without paths the sources of `djc.toml` count.
pub(super) fn dj_files(ui: &Ui, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    if paths.is_empty() {
        let mut options = LoadOptions::new(".");
        options.vars = ui.vars().to_vec();
        return Ok(project::list(&options)?);
    }
    let mut found = Vec::new();
    for path in paths {
        // Messages name `lab.dj`, not `./lab.dj`.
        let path = path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
        let meta = fs::metadata(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
        if meta.is_dir() {
            below(path, &mut found)?;
        } else {
            found.push(path.to_path_buf());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |source| Error::Read { path: folder.to_path_buf(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let path = path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path);
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Links to folders are not followed, so that no circle is walked.
        if entry.file_type().map_err(failed)?.is_dir() {
            if !name.starts_with('.') && name != "target" {
                below(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "dj") {
            found.push(path);
        }
    }
    Ok(())
}

/// Returns the new text with the byte order mark that the file has; refuses a file that changed since it was read.
pub(super) fn with_mark(path: &PathBuf, old: &str, new: &str) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let Ok(on_disk) = String::from_utf8(bytes) else {
        let path = path.display();
        return Err(Error::Usage(format!(
            "`{path}` is not UTF-8, and djc writes no other encoding; save it as UTF-8 (nothing was changed)"
        )));
    };
    match on_disk.strip_suffix(old) {
        Some("") => Ok(new.to_string()),
        Some("\u{feff}") => Ok(format!("\u{feff}{new}")),
        _ => Err(Error::Usage(format!("`{}` changed while djc was reading it; it stays as it is", path.display()))),
    }
}
