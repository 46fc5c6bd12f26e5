//! Stores: folders and buckets that keep what is too large for a table.
//!
//! A [`Store`] reads and writes whole files at [`StorePath`]s, which cannot lead out of it. A file appears when all of it is there, and what
//! is read is held against what its row says ([`Expected`]): size and MD5. Which store is meant comes from datajoint's own settings
//! ([`Stores`]). What lies where is the business of [`codec`](crate::codec).

#[cfg(feature = "s3")]
mod bucket;
mod checksum;
mod folder;
mod path;
mod spec;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use checksum::Checksum;
pub use path::{PathProblem, StorePath};
pub use spec::{Protocol, S3, StoreSpec, Stores};

pub(crate) use crate::blocking::blocking;
use crate::fault::{Error, ErrorKind};
use checksum::Running;
use folder::Folder;
pub(crate) use folder::write_whole;

/// A folder or a bucket that is open.
#[derive(Debug, Clone)]
pub struct Store {
    name: Arc<str>,
    spec: Arc<StoreSpec>,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(Folder),
    #[cfg(feature = "s3")]
    Bucket(bucket::Bucket),
}

/// What is put into a store.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// A file of this machine.
    File(&'a Path),
}

/// What a bucket keeps beside an object.
pub type Metadata = Vec<(&'static str, String)>;

/// What is known of a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Its size in bytes; of a folder nothing in particular.
    pub size: u64,
    /// Whether it is a folder, or in a bucket what keys have in common.
    pub is_folder: bool,
}

/// What a file should be, as its row says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its MD5.
    pub checksum: Option<Checksum>,
    /// A text that the MD5 begins with.
    pub before: String,
}

struct Copied {
    size: u64,
}

/// Why a store did not do what it was asked for.
enum Fail {
    Io(io::Error),
    /// The file of this machine that was to be put.
    Source(io::Error),
    /// A link leads there.
    Outside(PathBuf),
    IsFolder,
    /// The size is another one than that of the row.
    Size(u64),
    Checksum(Checksum),
    #[cfg(feature = "s3")]
    Other(String),
}

impl From<io::Error> for Fail {
    fn from(error: io::Error) -> Self {
        Fail::Io(error)
    }
}

impl Store {
    /// Opens a store.
    ///
    /// # Errors
    /// A folder that is not there, or settings that name no bucket.
    pub fn open(name: &str, spec: StoreSpec) -> Result<Store, Error> {
        let fail = |why: String| unusable(name, &why);
        let place = match &spec.protocol {
            Protocol::File => Folder::open(Path::new(&spec.location), spec.follow_links)
                .map(Place::Folder)
                .map_err(|error| fail(format!("its folder {} cannot be used: {error}", spec.location)))?,
            #[cfg(feature = "s3")]
            Protocol::S3(s3) => {
                if spec.location.starts_with('/') || spec.location.contains("//") {
                    return Err(fail(format!("`{}` as the location of a bucket makes keys with an empty part", spec.location)));
                }
                bucket::Bucket::open(spec.location.trim_end_matches('/'), s3).map(Place::Bucket).map_err(fail)?
            }
            #[cfg(not(feature = "s3"))]
            Protocol::S3(_) => return Err(fail("djc-runtime was built without its feature `s3`".to_string())),
        };
        Ok(Store { name: name.into(), spec: Arc::new(spec), place })
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the settings say of it.
    pub fn spec(&self) -> &StoreSpec {
        &self.spec
    }

    /// Returns where the file is on this machine; `None` in a bucket.
    pub fn local(&self, path: &StorePath) -> Option<PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(folder.local(path)),
            #[cfg(feature = "s3")]
            Place::Bucket(_) => None,
        }
    }

    /// Returns the path that a text of a row says.
    ///
    /// # Errors
    /// A text that could lead out of the store ([`ErrorKind::Store`]).
    pub fn path(&self, text: &str) -> Result<StorePath, Error> {
        StorePath::new(text).map_err(|problem| {
            Error::new(ErrorKind::Store, format!("store `{}`: {text:?} is no path in it: {problem}", self.name))
                .value("store", &*self.name)
                .value("path", text)
                .next_step("find out who wrote this row: it names a file that no program of datajoint puts there")
        })
    }

    /// Returns whether something is there, and what.
    pub async fn stat(&self, path: &StorePath) -> Result<Option<Stat>, Error> {
        let found = match &self.place {
            Place::Folder(folder) => {
                let (folder, path) = (folder.clone(), path.clone());
                blocking(move || folder.stat(&path)).await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.stat(path).await,
        };
        found.map_err(|fail| self.error(path, &Expected::default(), fail))
    }

    /// Puts bytes, in the place of what is there.
    pub async fn put(&self, path: &StorePath, bytes: Vec<u8>) -> Result<u64, Error> {
        let outcome = match &self.place {
            Place::Folder(folder) => {
                let (folder, path) = (folder.clone(), path.clone());
                blocking(move || folder.put(&path, &Content::Bytes(&bytes))).await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.put(path, &Content::Bytes(&bytes), &Metadata::new()).await,
        };
        outcome.map_err(|fail| self.error(path, &Expected::default(), fail))
    }

    /// Puts a file of this machine, in the place of what is there, and returns its size. Large ones are never in memory as a whole.
    pub async fn put_file(&self, path: &StorePath, source: &Path, metadata: &Metadata) -> Result<u64, Error> {
        let outcome = match &self.place {
            Place::Folder(folder) => {
                let (folder, path, source) = (folder.clone(), path.clone(), source.to_path_buf());
                blocking(move || folder.put(&path, &Content::File(&source))).await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.put(path, &Content::File(source), metadata).await,
        };
        let _ = metadata;
        outcome.map_err(|fail| match fail {
            Fail::Source(error) => source_unreadable(source, &error),
            fail => self.error(path, &Expected::default(), fail),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A file that is missing or not what is expected ([`ErrorKind::Store`]).
    pub async fn get(&self, path: &StorePath, expected: &Expected) -> Result<Vec<u8>, Error> {
        let outcome = match &self.place {
            Place::Folder(folder) => {
                let (folder, path, size) = (folder.clone(), path.clone(), expected.size);
                blocking(move || folder.get(&path, size)).await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.get(path, expected.size).await,
        };
        let outcome = match (outcome, expected.checksum.is_some()) {
            (Ok(bytes), true) => {
                let expected = expected.clone();
                blocking(move || {
                    let actual = Checksum::behind(&expected.before, &bytes);
                    expected.check(bytes.len() as u64, actual).map(|()| bytes)
                })
                .await
            }
            (Ok(bytes), false) => expected.check_size(bytes.len() as u64).map(|()| bytes),
            (Err(fail), _) => Err(fail),
        };
        outcome.map_err(|fail| self.error(path, expected, fail))
    }

    /// Copies a file to this machine. It appears there when it is what is expected.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn get_file(&self, path: &StorePath, to: &Path, expected: &Expected) -> Result<u64, Error> {
        if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| target_unwritable(to, &error))?;
        }
        let outcome = match &self.place {
            Place::Folder(folder) => {
                let (folder, path, to, expected) = (folder.clone(), path.clone(), to.to_path_buf(), expected.clone());
                blocking(move || {
                    write_whole(&to, |file| {
                        let mut running = Running::new(&expected.before);
                        let copied = folder.copy(&path, file, &mut running)?;
                        expected.check(copied.size, running.finish()).map(|()| copied.size)
                    })
                })
                .await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => self.download(bucket, path, to, expected).await,
        };
        outcome.map_err(|fail| self.error(path, expected, fail))
    }

    #[cfg(feature = "s3")]
    async fn download(&self, bucket: &bucket::Bucket, path: &StorePath, to: &Path, expected: &Expected) -> Result<u64, Fail> {
        let unfinished = folder::Unfinished::beside(to);
        let mut file = unfinished.create()?;
        let mut running = Running::new(&expected.before);
        let copied = bucket.copy(path, &mut file, &mut running).await?;
        expected.check(copied.size, running.finish())?;
        unfinished.finish(file, to)?;
        Ok(copied.size)
    }

    /// Returns the files below a folder with their sizes; their names begin behind it.
    pub async fn list(&self, folder: &StorePath) -> Result<Vec<(String, u64)>, Error> {
        let outcome = match &self.place {
            Place::Folder(place) => {
                let (place, folder) = (place.clone(), folder.clone());
                blocking(move || place.list(&folder)).await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.list(folder).await,
        };
        outcome.map_err(|fail| self.error(folder, &Expected::default(), fail))
    }

    /// Removes a file. One that is not there is no error.
    pub async fn remove(&self, path: &StorePath) -> Result<(), Error> {
        let outcome = match &self.place {
            Place::Folder(folder) => {
                let (folder, path) = (folder.clone(), path.clone());
                blocking(move || folder.remove(&path)).await
            }
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.remove(path).await,
        };
        outcome.map_err(|fail| self.error(path, &Expected::default(), fail))
    }

    /// Says what went wrong with a file, and what to do (E-21).
    fn error(&self, path: &StorePath, expected: &Expected, fail: Fail) -> Error {
        let name = &self.name;
        let begin = |what: String| {
            Error::new(ErrorKind::Store, format!("store `{name}`: {what}")).value("store", &**name).value("path", path.as_str())
        };
        let place = match &self.place {
            Place::Folder(folder) => folder.local(path).display().to_string(),
            #[cfg(feature = "s3")]
            Place::Bucket(_) => path.to_string(),
        };
        let again = "put the right file back from a copy, or compute and insert the row again";
        match fail {
            Fail::Io(error) if error.kind() == io::ErrorKind::NotFound => begin(format!("`{path}` is missing"))
                .value("expected", expected.to_string())
                .value("actual", "no file")
                .cause(format!("there is nothing at {place}, though a row refers to it"))
                .next_step(format!("check that the location of store `{name}` is the one that the row was written with, and is mounted"))
                .next_step(again),
            Fail::Io(error) | Fail::Source(error) => {
                begin(format!("`{path}` cannot be used: {error}")).cause(format!("the operating system says so of {place}"))
            }
            Fail::Outside(found) => begin(format!("`{path}` leads out of the store"))
                .cause(format!("a link in it leads to {}", found.display()))
                .next_step("take the link away, or set `follow_links` of this store where links in it are meant"),
            Fail::IsFolder => begin(format!("`{path}` is a folder")).next_step("download it, or read the files in it one by one"),
            Fail::Size(actual) => begin(format!("`{path}` is not what was stored: its size differs"))
                .value("expected", expected.to_string())
                .value("actual", format!("{actual} bytes"))
                .cause(format!("{} bytes were stored, and there are {actual} at {place}", expected.size.unwrap_or_default()))
                .next_step(again)
                .next_step("if the file was changed on purpose, refresh what its row says of it"),
            Fail::Checksum(actual) => begin(format!("`{path}` is not what was stored: its checksum differs"))
                .value("expected", expected.to_string())
                .value("actual", format!("MD5 {}", actual.hex()))
                .cause(format!("the content of {place} was changed or damaged"))
                .next_step(again)
                .next_step("if the file was changed on purpose, refresh what its row says of it"),
            #[cfg(feature = "s3")]
            Fail::Other(said) => begin(format!("`{path}` cannot be used")).cause(said),
        }
    }
}

impl Expected {
    fn check_size(&self, actual: u64) -> Result<(), Fail> {
        if self.size.is_some_and(|size| size != actual) { Err(Fail::Size(actual)) } else { Ok(()) }
    }

    fn check(&self, size: u64, checksum: Checksum) -> Result<(), Fail> {
        self.check_size(size)?;
        if self.checksum.is_some_and(|expected| expected != checksum) { Err(Fail::Checksum(checksum)) } else { Ok(()) }
    }

    /// Returns the MD5 of a file of this machine, and its size.
    pub(crate) async fn of_file(before: &str, path: &Path) -> Result<(u64, Checksum), Error> {
        let (before, path) = (before.to_string(), path.to_path_buf());
        blocking(move || {
            let read = || -> io::Result<(u64, Checksum)> {
                let mut running = Running::new(&before);
                let mut file = File::open(&path)?;
                let size = io::copy(&mut file, &mut running)?;
                Ok((size, running.finish()))
            };
            read().map_err(|error| source_unreadable(&path, &error))
        })
        .await
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.size, self.checksum) {
            (None, None) => f.write_str("a file"),
            (Some(size), None) => write!(f, "{size} bytes"),
            (None, Some(sum)) => write!(f, "MD5 {}", sum.hex()),
            (Some(size), Some(sum)) => write!(f, "{size} bytes, MD5 {}", sum.hex()),
        }
    }
}

/// Says that a store cannot be used at all.
pub(crate) fn unusable(name: &str, why: &str) -> Error {
    Error::new(ErrorKind::Store, format!("store `{name}` cannot be used: {why}")).value("store", name).next_step(format!(
        "put `stores.{name}` right in datajoint.json (dj_local_conf.json for datajoint 0.14), or give it in `Options::stores`"
    ))
}

pub(crate) fn source_unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Value, format!("{} cannot be read: {error}", path.display())).next_step("name a file that is there")
}

pub(crate) fn target_unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Store, format!("{} cannot be written: {error}", path.display()))
}
