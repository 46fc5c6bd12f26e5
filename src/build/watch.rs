//! What cargo has to watch.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::project::{self, CONFIG_NAME, LoadOptions, normal};

/// Returns the files and folders on which the pipeline depends: the settings, all sources, and the folders in which a new source would count.
///
/// Cargo looks into a folder as deep as it goes, and would never come to rest where it finds what it builds itself: of a folder around `OUT_DIR` only those inside count that
/// hold sources.
pub(super) fn lines(options: &LoadOptions, out: Option<&Path>) -> Vec<String> {
    let directory = std::path::absolute(&options.directory).unwrap_or_else(|_| options.directory.clone());
    let mut watched: BTreeSet<PathBuf> = BTreeSet::new();
    // What cannot be read is reported by whoever needs it; here it is watched, so that the next run sees that it is there.
    let sources: Vec<PathBuf> = project::list(options).unwrap_or_default().iter().map(|path| normal(&directory.join(path))).collect();
    let given: Vec<PathBuf> = options.paths.iter().map(|path| normal(&directory.join(path))).collect();
    watched.extend(given.iter().cloned());
    watched.extend(sources.iter().cloned());
    let start = given.first().map_or(directory.as_path(), |path| if path.is_dir() { path } else { path.parent().unwrap_or(path) });
    // A `djc.toml` that comes to stand nearer than the one that counts would count.
    let settings = start.ancestors().map(|folder| folder.join(CONFIG_NAME)).find(|path| path.is_file());
    watched.extend(settings.iter().cloned());
    watched.extend(sources.iter().filter_map(|path| path.parent()).map(Path::to_path_buf));
    let is_around =
        |path: &Path| out.is_some_and(|out| out.starts_with(path)) || path.join("target").is_dir() || path.join("Cargo.toml").is_file();
    let around: Vec<PathBuf> = watched.iter().filter(|path| path.is_dir() && is_around(path)).cloned().collect();
    for folder in around {
        watched.remove(&folder);
        let inside = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        watched.extend(inside.filter(|path| path.is_dir() && !is_around(path) && sources.iter().any(|source| source.starts_with(path))));
    }
    // A folder is watched with all that is in it.
    let folders: Vec<PathBuf> = watched.iter().filter(|path| path.is_dir()).cloned().collect();
    watched.retain(|path| !folders.iter().any(|folder| folder != path && path.starts_with(folder)));
    watched.iter().filter_map(|path| path.to_str().map(str::to_string)).collect()
}
