//! What is kept in a store: references that were fetched, and new content.

use std::path::{Path, PathBuf};

use djc_core::query::AttributeKind;
use djc_core::value::{Array, Value};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{Attachment, Blob, Cell, Field, Given, ReadError};
use crate::codec::{Format, Inner, Kept, Reference, Schema, Stored};
use crate::connection::{BoxFuture, Session};
use crate::db::raw::Raw;
use crate::fault::Error;

/// An attribute that is kept in a store: a reference that was fetched, whose content is read by [`External::get`], or something new that is put
/// when the row is inserted.
///
/// | attribute | `K` |
/// |---|---|
/// | `blob@s`, `<blob@>` | [`Blob`] |
/// | `attach@s`, `<attach@>` | [`Attachment`] |
/// | `filepath@s`, `<filepath@>` | [`FilePath`] |
/// | `<hash@>` | [`Vec<u8>`] |
/// | `<npy@>` | [`Npy`] |
/// | `<object@>` | [`Object`] |
#[derive(Debug, Clone, PartialEq)]
pub struct External<K>(State<K>);

#[derive(Debug, Clone, PartialEq)]
enum State<K> {
    Stored(Reference),
    New(K),
}

/// What can be kept in a store.
pub trait Content: Clone + Send + Sync + 'static {
    /// Hands it over to be put.
    fn give(self) -> Given;

    /// Returns whether attributes of a format hold it.
    fn is_kept_as(format: Format) -> bool;

    /// Reads it.
    ///
    /// # Errors
    /// Content that is missing or not what was stored ([`ErrorKind::Store`](crate::ErrorKind::Store)).
    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>>;
}

impl<K: Content> External<K> {
    /// Returns new content, to be put when the row is inserted.
    pub fn new(content: impl Into<K>) -> Self {
        External(State::New(content.into()))
    }

    /// Returns what the row says of the content; `None` for what is not in a store yet.
    pub fn reference(&self) -> Option<&Reference> {
        match &self.0 {
            State::Stored(reference) => Some(reference),
            State::New(_) => None,
        }
    }

    /// Reads the content, which is what was stored or an error. New content is returned as it is.
    ///
    /// # Errors
    /// Content that is missing, damaged or beyond the store ([`ErrorKind::Store`](crate::ErrorKind::Store)).
    pub async fn get(&self, db: &dyn Session) -> Result<K, Error> {
        match &self.0 {
            State::Stored(reference) => K::get(reference, db).await,
            State::New(content) => Ok(content.clone()),
        }
    }
}

impl<K> From<K> for External<K> {
    fn from(content: K) -> Self {
        External(State::New(content))
    }
}

impl<K: Content> Field for External<K> {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let kept = match &cell.attribute.kind {
            AttributeKind::Declared { ty, .. } => Kept::of(ty),
            AttributeKind::Computed => None,
        };
        let kept = kept.filter(|kept| K::is_kept_as(kept.format));
        let Some(kept) = kept else { return Err(cell.error("the attribute does not keep this in a store".to_string())) };
        let stored = match kept.format {
            Format::Tracked(_) => Stored::Hash(hash(cell)?),
            Format::Hashed(_) | Format::Npy | Format::Object | Format::Filepath => Stored::Json(metadata(cell)?),
        };
        let schema = cell.attribute.home.clone().map(Schema::Modelled);
        Ok(External(State::Stored(Reference { attribute: cell.attribute.name.clone(), kept, schema, stored })))
    }

    fn give(self) -> Given {
        match self.0 {
            State::Stored(reference) => Given::Stored(reference),
            State::New(content) => content.give(),
        }
    }
}

fn hash(cell: &Cell<'_>) -> Result<Uuid, ReadError> {
    match &cell.raw {
        Raw::Uuid(id) => Ok(*id),
        _ => Uuid::from_slice(cell.bytes()?).map_err(|_| cell.wrong("a hash of 16 bytes")),
    }
}

fn metadata(cell: &Cell<'_>) -> Result<Map<String, Json>, ReadError> {
    match serde_json::from_str(cell.text()?) {
        Ok(Json::Object(metadata)) => Ok(metadata),
        Ok(_) | Err(_) => Err(cell.wrong("what datajoint says of content in a store")),
    }
}

impl Content for Blob {
    fn give(self) -> Given {
        Given::Value(self.0)
    }

    fn is_kept_as(format: Format) -> bool {
        matches!(format, Format::Tracked(djc_core::ir::ExternalKind::Blob) | Format::Hashed(Inner::Blob))
    }

    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>> {
        Box::pin(async { reference.value(db).await.map(Blob) })
    }
}

impl Content for Attachment {
    fn give(self) -> Given {
        Given::Attachment { name: self.name, bytes: self.bytes }
    }

    fn is_kept_as(format: Format) -> bool {
        matches!(format, Format::Tracked(djc_core::ir::ExternalKind::Attach) | Format::Hashed(Inner::Attachment))
    }

    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>> {
        Box::pin(async { reference.attachment(db).await.map(|(name, bytes)| Attachment { name, bytes }) })
    }
}

impl Content for Vec<u8> {
    fn give(self) -> Given {
        Given::Value(Value::Bytes(self))
    }

    fn is_kept_as(format: Format) -> bool {
        matches!(format, Format::Hashed(_))
    }

    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>> {
        Box::pin(reference.bytes(db))
    }
}

/// A file that a row refers to, and that keeps its own name: `filepath@s` of datajoint 0.14, `<filepath@>` of 2.
///
/// To be inserted, it is a file in the stage of the store (0.14), or a path in the store (2). Read, it is a checked file of this machine: in the
/// stage, in the store's folder, or copied from a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilePath(pub PathBuf);

impl<P: Into<PathBuf>> From<P> for FilePath {
    fn from(path: P) -> Self {
        FilePath(path.into())
    }
}

impl Content for FilePath {
    fn give(self) -> Given {
        Given::Path(self.0)
    }

    fn is_kept_as(format: Format) -> bool {
        matches!(format, Format::Tracked(djc_core::ir::ExternalKind::Filepath) | Format::Filepath)
    }

    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>> {
        Box::pin(async { reference.staged(db).await.map(FilePath) })
    }
}

/// An array in a `.npy` file: `<npy@>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Npy(pub Array);

impl From<Array> for Npy {
    fn from(array: Array) -> Self {
        Npy(array)
    }
}

impl Content for Npy {
    fn give(self) -> Given {
        Given::Value(Value::Array(Box::new(self.0)))
    }

    fn is_kept_as(format: Format) -> bool {
        format == Format::Npy
    }

    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>> {
        Box::pin(async { reference.array(db).await.map(Npy) })
    }
}

impl External<Npy> {
    /// Returns the array's shape, without reading it.
    pub fn shape(&self) -> Option<Vec<usize>> {
        match &self.0 {
            State::New(array) => Some(array.0.shape().to_vec()),
            State::Stored(reference) => {
                let lengths = reference.metadata()?.get("shape")?.as_array()?;
                lengths.iter().map(|length| usize::try_from(length.as_u64()?).ok()).collect()
            }
        }
    }

    /// Returns numpy's name of the type of its elements, without reading it.
    pub fn dtype(&self) -> Option<String> {
        match &self.0 {
            State::New(array) => Some(djc_core::npy::dtype(&array.0)),
            State::Stored(reference) => Some(reference.metadata()?.get("dtype")?.as_str()?.to_string()),
        }
    }
}

/// A file or folder at a place of its own: `<object@>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// What is in a file.
    Bytes {
        /// The ending of its name, with its point (`.tar.gz`), or nothing.
        extension: String,
        /// Its contents.
        bytes: Vec<u8>,
    },
    /// A file or folder of this machine.
    Path(PathBuf),
}

impl Object {
    /// Returns a file or folder of this machine, to be put.
    pub fn path(path: impl AsRef<Path>) -> Object {
        Object::Path(path.as_ref().to_path_buf())
    }
}

impl Content for Object {
    fn give(self) -> Given {
        match self {
            Object::Bytes { extension, bytes } if extension.is_empty() => Given::Value(Value::Bytes(bytes)),
            Object::Bytes { extension, bytes } if extension.starts_with('.') => Given::Attachment { name: extension, bytes },
            Object::Bytes { extension, bytes } => Given::Attachment { name: format!(".{extension}"), bytes },
            Object::Path(path) => Given::Path(path),
        }
    }

    fn is_kept_as(format: Format) -> bool {
        format == Format::Object
    }

    /// Reads a file. A folder is not read at once: see [`Reference::list`], [`Reference::file_bytes`] and [`Reference::download`].
    fn get<'a>(reference: &'a Reference, db: &'a dyn Session) -> BoxFuture<'a, Result<Self, Error>> {
        Box::pin(async {
            let extension = reference.metadata().and_then(|metadata| metadata.get("ext")).and_then(Json::as_str).unwrap_or_default();
            Ok(Object::Bytes { extension: extension.to_string(), bytes: reference.bytes(db).await? })
        })
    }
}
