//! What a row says of content in a store, and reading it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use djc_core::blob::{Limits, unpack};
use djc_core::ir::{AttributeType, ExternalKind};
use djc_core::npy;
use djc_core::query::Home;
use djc_core::value::{Array, Value};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::attachment::{aliases, file_name, save};
use super::object::manifest_of;
use super::{For, Format, Inner, Kept, tracked};
use crate::connection::Session;
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::store::{Checksum, Expected, Store, StorePath};

/// What a column holds of content that is in a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The attribute, for messages.
    pub(crate) attribute: String,
    pub(crate) kept: Kept,
    /// The schema of the table that has the attribute.
    pub(crate) schema: Option<Schema>,
    pub(crate) stored: Stored,
}

/// The schema of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Schema {
    /// By its name on the server.
    Physical(String),
    /// As a model names it.
    Modelled(Arc<Home>),
}

/// What stands in the column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stored {
    /// The hash that `~external_STORE` knows more of (datajoint 0.14).
    Hash(Uuid),
    /// All that is known (datajoint 2).
    Json(Map<String, Json>),
}

/// A file in a folder that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path in the folder.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Where content is and what it should be.
struct Located {
    store: Store,
    path: StorePath,
    expected: Expected,
    /// Of an attachment of datajoint 0.14, its name.
    name: Option<String>,
}

impl Reference {
    /// Returns the reference that a column holds, of an attribute of this type in a table of this physical schema; for rows that are read as maps.
    ///
    /// # Errors
    /// An attribute that keeps nothing in a store, and a value that is no reference ([`ErrorKind::Read`]).
    pub fn new(attribute: &str, ty: &AttributeType, schema: &str, stored: &Value) -> Result<Reference, Error> {
        let wrong = |why: &str| Error::new(ErrorKind::Read, format!("`{attribute}`: {stored} {why}"));
        let kept = Kept::of(ty).ok_or_else(|| wrong("is the value itself: the attribute keeps nothing in a store"))?;
        let stored = match (kept.format, stored) {
            (Format::Tracked(_), Value::Uuid(hash)) => Stored::Hash(*hash),
            (Format::Tracked(_), Value::Bytes(hash)) => Stored::Hash(Uuid::from_slice(hash).map_err(|_| wrong("is no hash of 16 bytes"))?),
            (Format::Tracked(_), _) => return Err(wrong("is no hash of 16 bytes")),
            (_, Value::Text(text)) => match serde_json::from_str(text) {
                Ok(Json::Object(metadata)) => Stored::Json(metadata),
                Ok(_) | Err(_) => return Err(wrong("does not say where content is")),
            },
            (_, value) => match value.to_json() {
                Ok(Json::Object(metadata)) => Stored::Json(metadata),
                Ok(_) | Err(_) => return Err(wrong("does not say where content is")),
            },
        };
        Ok(Reference { attribute: attribute.to_string(), kept, schema: Some(Schema::Physical(schema.to_string())), stored })
    }

    /// Returns how the content is kept.
    pub fn format(&self) -> Format {
        self.kept.format
    }

    /// Returns what datajoint 2 wrote into the column (`path`, `size`, `dtype`, `shape`, …); `None` for datajoint 0.14, where the column is a hash.
    pub fn metadata(&self) -> Option<&Map<String, Json>> {
        match &self.stored {
            Stored::Hash(_) => None,
            Stored::Json(metadata) => Some(metadata),
        }
    }

    /// Returns the hash in a column of datajoint 0.14.
    pub fn hash(&self) -> Option<Uuid> {
        match &self.stored {
            Stored::Hash(hash) => Some(*hash),
            Stored::Json(_) => None,
        }
    }

    /// Returns whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.metadata().is_some_and(|metadata| metadata.get("is_dir") == Some(&Json::Bool(true)))
    }

    /// Returns what the column holds, for another row that refers to the same content.
    pub(super) async fn again(self, session: &dyn Session, kept: &Kept, target: For<'_>) -> Result<Given, Error> {
        let same_place = match &self.stored {
            // A hash means a row of the tracking table of its own schema.
            Stored::Hash(_) => self.schema(session)?.as_deref() == Some(target.schema) && self.kept == *kept,
            Stored::Json(_) => self.kept.format == kept.format && self.kept.store == kept.store,
        };
        match self.stored {
            Stored::Hash(hash) if same_place => Ok(Given::Column(tracked::hash_literal(session.connection().dialect().server, hash))),
            Stored::Json(metadata) if same_place => Ok(Given::Column(super::json(metadata))),
            Stored::Hash(_) | Stored::Json(_) => Err(Error::new(
                ErrorKind::Value,
                format!("`{}` cannot refer to what `{}` refers to: it is kept elsewhere or otherwise", target.attribute, self.attribute),
            )
            .next_step("read the content first (`.get(&db).await`) and insert it")),
        }
    }

    /// Returns the schema by its name on the server.
    fn schema(&self, db: &dyn Session) -> Result<Option<String>, Error> {
        match &self.schema {
            None => Ok(None),
            Some(Schema::Physical(name)) => Ok(Some(name.clone())),
            Some(Schema::Modelled(home)) => {
                let name = home.resolve(db.connection().dialect());
                name.map(Some).map_err(|error| Error::new(ErrorKind::Refused, error.to_string()))
            }
        }
    }

    /// Finds where the content is.
    async fn located(&self, db: &dyn Session) -> Result<Located, Error> {
        let connection = db.connection();
        match &self.stored {
            Stored::Hash(hash) => {
                let name = self.kept.store.as_deref().unwrap_or_default();
                let Some(schema) = self.schema(db)? else {
                    let message = format!("`{}`: it is not known which schema `~external_{name}` belongs to", self.attribute);
                    return Err(Error::new(ErrorKind::Store, message).next_step("fetch the attribute from its table"));
                };
                let row = tracked::find(db, &schema, name, *hash).await?;
                let store = connection.store(Some(name), false)?;
                let path = row.path(&store, &schema)?;
                let expected = row.expected(connection.stores().checksum_size_limit);
                Ok(Located { store, path, expected, name: row.attachment_name })
            }
            Stored::Json(metadata) => {
                // 2.3.5 writes an empty text where it means the default store.
                let name = metadata.get("store").and_then(Json::as_str).filter(|name| !name.is_empty());
                let store = connection.store(name, self.kept.format == Format::Filepath)?;
                let path = store.path(self.text("path")?)?;
                let size = metadata.get("size").and_then(Json::as_u64).filter(|_| !self.is_folder());
                let checksum = match self.kept.format {
                    Format::Hashed(_) => {
                        let hash = self.text("hash")?;
                        Some(Checksum::from_base32(hash).ok_or_else(|| self.unreadable(&format!("`{hash}` is no hash of datajoint")))?)
                    }
                    Format::Tracked(_) | Format::Npy | Format::Object | Format::Filepath => None,
                };
                Ok(Located { store, path, expected: Expected { size, checksum, before: String::new() }, name: None })
            }
        }
    }

    fn text(&self, key: &str) -> Result<&str, Error> {
        let found = self.metadata().and_then(|metadata| metadata.get(key)).and_then(Json::as_str);
        found.ok_or_else(|| self.unreadable(&format!("it has no `{key}`")))
    }

    fn unreadable(&self, why: &str) -> Error {
        let text = self.metadata().map(|metadata| Json::Object(metadata.clone()).to_string()).unwrap_or_default();
        Error::new(ErrorKind::Store, format!("`{}`: what the row says of its content cannot be used: {why}", self.attribute))
            .value(&self.attribute, text)
            .next_step("insert the row again")
    }

    /// Reads all bytes, which are what the row says or an error.
    ///
    /// # Errors
    /// Content that is missing, damaged or a folder ([`ErrorKind::Store`]).
    pub async fn bytes(&self, db: &dyn Session) -> Result<Vec<u8>, Error> {
        let Located { store, path, expected, .. } = self.located(db).await?;
        if self.is_folder() {
            return Err(Error::new(ErrorKind::Store, format!("store `{}`: `{path}` is a folder", store.name()))
                .next_step("download it, or list it and read the files in it"));
        }
        store.get(&path, &expected).await
    }

    /// Reads a value (`blob@s`, `<blob@>`).
    pub async fn value(&self, db: &dyn Session) -> Result<Value, Error> {
        let bytes = self.bytes(db).await?;
        let unpacked = crate::store::blocking(move || unpack(&bytes, &Limits::default())).await;
        unpacked.map_err(|error| Error::new(ErrorKind::Read, format!("`{}`: {error}", self.attribute)))
    }

    /// Reads an array (`<npy@>`).
    pub async fn array(&self, db: &dyn Session) -> Result<Array, Error> {
        let Located { store, path, expected, .. } = self.located(db).await?;
        let bytes = store.get(&path, &expected).await?;
        let read = crate::store::blocking(move || npy::read(&bytes)).await;
        let damaged = |why: String, actual: String| {
            Error::new(ErrorKind::Store, format!("store `{}`: `{path}` is not what was stored: {why}", store.name()))
                .value("store", store.name())
                .value("path", path.as_str())
                .value("expected", format!("{} {}", self.text("dtype").unwrap_or("?"), self.shape_text()))
                .value("actual", actual)
                .next_step("put the right file back from a copy, or compute and insert the row again")
        };
        let array = read.map_err(|error| damaged(error.to_string(), "a damaged file".to_string()))?;
        let said = self.metadata().and_then(|metadata| metadata.get("shape")).and_then(Json::as_array);
        let shape: Vec<Json> = array.shape().iter().map(|length| Json::from(*length)).collect();
        match said {
            Some(said) if *said != shape => {
                Err(damaged("its shape differs".to_string(), format!("{} {}", npy::dtype(&array), Json::Array(shape))))
            }
            Some(_) | None => Ok(array),
        }
    }

    fn shape_text(&self) -> String {
        self.metadata().and_then(|metadata| metadata.get("shape")).map_or("?".to_string(), Json::to_string)
    }

    /// Reads a file with its name (`attach@s`, `<attach@>`).
    pub async fn attachment(&self, db: &dyn Session) -> Result<(String, Vec<u8>), Error> {
        let Located { store, path, expected, name } = self.located(db).await?;
        let bytes = store.get(&path, &expected).await?;
        match name {
            Some(name) => Ok((name, bytes)),
            None => self.split(bytes),
        }
    }

    fn split(&self, bytes: Vec<u8>) -> Result<(String, Vec<u8>), Error> {
        let end = bytes.iter().position(|byte| *byte == 0);
        let name = end.and_then(|end| std::str::from_utf8(&bytes[..end]).ok().map(str::to_string));
        match (name, end) {
            (Some(name), Some(end)) => {
                file_name(&name)?;
                Ok((name, bytes[end + 1..].to_vec()))
            }
            (None, _) | (_, None) => Err(Error::new(
                ErrorKind::Read,
                format!("`{}` is no attachment: a file name and a zero byte stand in front of the contents", self.attribute),
            )),
        }
    }

    /// Copies the content to this machine and returns where it is: a file into the folder `to` under its own name, or, where another file
    /// is called so, under the next (`name_0000.ext` as datajoint 0.14 has it, `name_1.ext` as 2 does); a folder as `to` itself.
    ///
    /// # Errors
    /// Content that is missing or damaged ([`ErrorKind::Store`]); then nothing is left in `to`.
    pub async fn download(&self, db: &dyn Session, to: &Path) -> Result<PathBuf, Error> {
        let Located { store, path, expected, name } = self.located(db).await?;
        if self.is_folder() {
            for file in self.list(db).await? {
                let inside = path.join(&file.path).map_err(|problem| self.unreadable(&format!("{:?}: {problem}", file.path)))?;
                let local = StorePath::new(&file.path).map_err(|problem| self.unreadable(&format!("{:?}: {problem}", file.path)))?;
                let expected = Expected { size: Some(file.size), ..Expected::default() };
                store.get_file(&inside, &to.join(local.as_str()), &expected).await?;
            }
            return Ok(to.to_path_buf());
        }
        let name = match (name, self.kept.format) {
            (Some(name), _) => name,
            (None, Format::Hashed(Inner::Attachment)) => {
                let (name, bytes) = self.split(store.get(&path, &expected).await?)?;
                return save(&name, bytes, to, self.kept.format).await;
            }
            (None, _) => path.file_name().to_string(),
        };
        for place in aliases(to, &name, self.kept.format) {
            if !place.exists() {
                store.get_file(&path, &place, &expected).await?;
                return Ok(place);
            }
            // Only a checksum tells that the file is the same.
            if place.is_file() && expected.checksum.is_some() {
                let (_, checksum) = Expected::of_file(&expected.before, &place).await?;
                if Some(checksum) == expected.checksum {
                    return Ok(place);
                }
            }
        }
        unreachable!("there is always another name")
    }

    /// Returns the files of a folder, which are all there and as large as they were, where datajoint left a list of them beside it.
    pub async fn list(&self, db: &dyn Session) -> Result<Vec<Listed>, Error> {
        let Located { store, path, .. } = self.located(db).await?;
        let found: Vec<Listed> = store.list(&path).await?.into_iter().map(|(path, size)| Listed { path, size }).collect();
        let beside = store.path(&manifest_of(path.as_str()))?;
        if self.kept.format != Format::Object || store.stat(&beside).await?.is_none() {
            return Ok(found);
        }
        let manifest = store.get(&beside, &Expected::default()).await?;
        let manifest: Json = serde_json::from_slice(&manifest)
            .map_err(|error| Error::new(ErrorKind::Store, format!("store `{}`: `{beside}` cannot be read: {error}", store.name())))?;
        for file in manifest["files"].as_array().into_iter().flatten() {
            let (Some(name), size) = (file["path"].as_str(), file["size"].as_u64()) else { continue };
            let actual = found.iter().find(|found| found.path == name);
            if actual.map(|found| found.size) != size {
                let what = if actual.is_none() { "is missing" } else { "is not what was stored: its size differs" };
                return Err(Error::new(ErrorKind::Store, format!("store `{}`: `{path}/{name}` {what}", store.name()))
                    .value("store", store.name())
                    .value("path", format!("{path}/{name}"))
                    .value("expected", size.map_or("a file".to_string(), |size| format!("{size} bytes")))
                    .value("actual", actual.map_or("no file".to_string(), |found| format!("{} bytes", found.size)))
                    .next_step("put the right file back from a copy, or compute and insert the row again"));
            }
        }
        Ok(found)
    }

    /// Reads a file of a folder.
    pub async fn file_bytes(&self, db: &dyn Session, inside: &str) -> Result<Vec<u8>, Error> {
        let Located { store, path, .. } = self.located(db).await?;
        let path = path.join(inside).map_err(|problem| Error::new(ErrorKind::Value, format!("{inside:?} is no path: {problem}")))?;
        store.get(&path, &Expected::default()).await
    }

    /// Returns a file of this machine that is what the row says: of `filepath@s` the one in the stage, which is copied there where it is
    /// missing; of `<filepath@>` the one in the store's folder, or from a bucket a copy below `download_path`.
    pub async fn staged(&self, db: &dyn Session) -> Result<PathBuf, Error> {
        let Located { store, path, expected, .. } = self.located(db).await?;
        let stage = match self.kept.format {
            Format::Tracked(ExternalKind::Filepath) => store.spec().stage.clone(),
            Format::Tracked(_) | Format::Hashed(_) | Format::Npy | Format::Object | Format::Filepath => None,
        };
        let downloads = || db.connection().stores().download_path.clone().unwrap_or_default();
        let local = match (stage, store.local(&path)) {
            (Some(stage), _) => stage.join(path.as_str()),
            // The file itself; a link that leads out of the store is refused here.
            (None, Some(own)) => match store.stat(&path).await? {
                Some(_) => own,
                None => return store.get(&path, &expected).await.map(|_| own),
            },
            (None, None) => downloads().join(path.as_str()),
        };
        if self.is_folder() {
            return if local.is_dir() { Ok(local) } else { self.download(db, &local).await };
        }
        if !local.is_file() {
            store.get_file(&path, &local, &expected).await?;
            return Ok(local);
        }
        // A file that is there already may be somebody's work, and is never replaced.
        let size = std::fs::metadata(&local).map(|metadata| metadata.len()).unwrap_or_default();
        let differs = match (expected.size, expected.checksum) {
            (Some(expected), _) if expected != size => Some(format!("{size} bytes")),
            (_, Some(checksum)) => {
                let (_, actual) = Expected::of_file("", &local).await?;
                (actual != checksum).then(|| format!("{size} bytes, MD5 {}", actual.hex()))
            }
            (_, None) => None,
        };
        match differs {
            None => Ok(local),
            Some(actual) => Err(Error::new(
                ErrorKind::Store,
                format!("store `{}`: {} is not what was stored as `{path}`", store.name(), local.display()),
            )
            .value("store", store.name())
            .value("path", path.as_str())
            .value("expected", expected.to_string())
            .value("actual", actual)
            .next_step(format!("move {} away, and it is copied from the store again", local.display()))
            .next_step("if the file was changed on purpose, refresh what its row says of it")),
        }
    }
}
