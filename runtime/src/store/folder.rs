//! A store that is a folder of this machine or of a file server.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::checksum::Running;
use super::{Content, Copied, Fail, Stat, StorePath};

/// Bytes that are in memory at once when a file is copied.
const PIECE: usize = 1 << 20;

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// Its path as it was given.
    location: PathBuf,
    /// The same without links.
    root: PathBuf,
    follow_links: bool,
}

impl Folder {
    pub(super) fn open(location: &Path, follow_links: bool) -> io::Result<Folder> {
        let root = fs::canonicalize(location)?;
        match root.is_dir() {
            true => Ok(Folder { location: location.to_path_buf(), root, follow_links }),
            false => Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder")),
        }
    }

    /// Returns where the file is on this machine.
    pub(super) fn local(&self, path: &StorePath) -> PathBuf {
        self.location.join(path.as_str())
    }

    /// Returns where a file is that exists, unless a link leads out of the store.
    fn existing(&self, path: &StorePath) -> Result<PathBuf, Fail> {
        let found = fs::canonicalize(self.root.join(path.as_str()))?;
        if self.follow_links || found.starts_with(&self.root) { Ok(found) } else { Err(Fail::Outside(found)) }
    }

    /// Returns where a file goes, whose folders are made.
    fn place(&self, path: &StorePath) -> Result<PathBuf, Fail> {
        let place = self.root.join(path.as_str());
        let folder = place.parent().unwrap_or(&self.root);
        // Of what is there already no link may lead out, before anything is made behind it.
        let there = folder.ancestors().find_map(|folder| fs::canonicalize(folder).ok()).unwrap_or_else(|| self.root.clone());
        if !self.follow_links && !there.starts_with(&self.root) {
            return Err(Fail::Outside(there));
        }
        fs::create_dir_all(folder)?;
        Ok(place)
    }

    pub(super) fn stat(&self, path: &StorePath) -> Result<Option<Stat>, Fail> {
        let found = match self.existing(path) {
            Ok(found) => found,
            Err(Fail::Io(error)) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = fs::metadata(found)?;
        Ok(Some(Stat { size: metadata.len(), is_folder: metadata.is_dir() }))
    }

    pub(super) fn put(&self, path: &StorePath, content: &Content<'_>) -> Result<u64, Fail> {
        let place = self.place(path)?;
        write_whole(&place, |file| match content {
            Content::Bytes(bytes) => Ok(file.write_all(bytes).map(|()| bytes.len() as u64)?),
            Content::File(source) => Ok(io::copy(&mut File::open(source).map_err(Fail::Source)?, file)?),
        })
    }

    pub(super) fn get(&self, path: &StorePath, limit: Option<u64>) -> Result<Vec<u8>, Fail> {
        let found = self.existing(path)?;
        let metadata = fs::metadata(&found)?;
        if metadata.is_dir() {
            return Err(Fail::IsFolder);
        }
        match limit {
            // What is larger than its row says is not read: its size is reason enough.
            Some(limit) if metadata.len() > limit => Err(Fail::Size(metadata.len())),
            _ => Ok(fs::read(found)?),
        }
    }

    /// Copies a file out of the store, to be given its name when it was checked.
    pub(super) fn copy(&self, path: &StorePath, out: &mut File, running: &mut Running) -> Result<Copied, Fail> {
        let found = self.existing(path)?;
        let mut source = File::open(found)?;
        let mut piece = vec![0; PIECE];
        let mut size = 0;
        loop {
            let count = source.read(&mut piece)?;
            if count == 0 {
                return Ok(Copied { size });
            }
            running.update(&piece[..count]);
            out.write_all(&piece[..count])?;
            size += count as u64;
        }
    }

    pub(super) fn list(&self, folder: &StorePath) -> Result<Vec<(String, u64)>, Fail> {
        let root = self.existing(folder)?;
        let mut out = Vec::new();
        let mut open = vec![(root, String::new())];
        while let Some((at, before)) = open.pop() {
            for entry in fs::read_dir(at)? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                if is_unfinished(&name) {
                    continue;
                }
                let name = format!("{before}{name}");
                // A link inside a folder is neither followed nor listed: it may lead anywhere, and around in circles.
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    open.push((entry.path(), format!("{name}/")));
                } else if kind.is_file() {
                    out.push((name, entry.metadata()?.len()));
                }
            }
        }
        out.sort();
        Ok(out)
    }

    pub(super) fn remove(&self, path: &StorePath) -> Result<(), Fail> {
        match self.existing(path) {
            Ok(_) => Ok(fs::remove_file(self.root.join(path.as_str()))?),
            Err(Fail::Io(error)) if is_absent(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Writes a file so that it is there as a whole or not at all.
pub(crate) fn write_whole<R, E: From<io::Error>>(place: &Path, write: impl FnOnce(&mut File) -> Result<R, E>) -> Result<R, E> {
    let unfinished = Unfinished::beside(place);
    let mut file = unfinished.create()?;
    let result = write(&mut file)?;
    unfinished.finish(file, place)?;
    Ok(result)
}

/// A file under a name of its own until all of it is there; dropped before, it goes.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn beside(place: &Path) -> Unfinished {
        // A name that is as long as a name may be leaves no room for an ending.
        Unfinished(place.with_file_name(format!("{UNFINISHED}{}", Uuid::new_v4().simple())))
    }

    pub(crate) fn create(&self) -> io::Result<File> {
        File::options().write(true).create_new(true).open(&self.0)
    }

    pub(crate) fn finish(self, file: File, place: &Path) -> io::Result<()> {
        // A row that is committed must find its content, even when the power fails in between.
        file.sync_all()?;
        fs::rename(&self.0, place)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed, it is no longer there.
        let _ = fs::remove_file(&self.0);
    }
}

const UNFINISHED: &str = ".djc-unfinished-";

fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}
