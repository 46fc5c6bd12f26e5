//! What attributes keep in a store, read and written as datajoint does: `blob@s`, `attach@s` and `filepath@s` of datajoint 0.14, `<blob@>`,
//! `<attach@>`, `<hash@>`, `<npy@>`, `<object@>` and `<filepath@>` of datajoint 2. docs/book/stores.md says what lies where.
//!
//! The content of a row is put before the row, so that no row is ever without it; where the row then fails, content may stay that nobody
//! refers to, as with datajoint. A fetched attribute is a [`Reference`]: nothing is read before it is asked for, and what is read is held
//! against what the row says.

mod address;
mod attachment;
mod filepath;
mod hashed;
mod object;
mod reference;
mod tracked;

use djc_core::ir::{AttributeType, CodecStore, ExternalKind};
use djc_core::plan::Literal;
use djc_core::value::Value;

use crate::connection::Session;
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::store::Store;

pub(crate) use attachment::save;
pub use reference::{Listed, Reference};
pub(crate) use reference::{Schema, Stored};
pub use tracked::{Tracked, unused};

/// How an attribute keeps what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `blob@s`, `attach@s`, `filepath@s`: the column refers to a row of `~external_s`.
    Tracked(ExternalKind),
    /// `<hash@>`, `<blob@>`, `<attach@>`: named by the hash of the content, once for each schema.
    Hashed(Inner),
    /// `<npy@>`: a `.npy` file at a path of its own.
    Npy,
    /// `<object@>`: a file or folder at a path of its own.
    Object,
    /// `<filepath@>`: a file that others put there.
    Filepath,
}

/// What hashed bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inner {
    /// `<hash@>`: bytes.
    Bytes,
    /// `<blob@>`: a packed value.
    Blob,
    /// `<attach@>`: a file's name, a zero byte and its contents.
    Attachment,
}

/// What an attribute keeps in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How.
    pub format: Format,
    /// The store; `None` for the default one.
    pub store: Option<String>,
}

impl Kept {
    /// Returns what attributes of a type keep in a store; `None` for what stands in the table, and for codecs that are not datajoint's own.
    pub fn of(ty: &AttributeType) -> Option<Kept> {
        match ty {
            AttributeType::External(external) => Some(Kept { format: Format::Tracked(external.kind), store: Some(external.store.clone()) }),
            AttributeType::Adapted { stored, .. } => Kept::of(stored),
            AttributeType::Codec(codec) => {
                let store = match &codec.store {
                    CodecStore::Inline => return None,
                    CodecStore::Default => None,
                    CodecStore::Named(name) => Some(name.clone()),
                };
                let format = match codec.name.as_str() {
                    "hash" => Format::Hashed(Inner::Bytes),
                    "blob" => Format::Hashed(Inner::Blob),
                    "attach" => Format::Hashed(Inner::Attachment),
                    "npy" => Format::Npy,
                    "object" => Format::Object,
                    "filepath" => Format::Filepath,
                    _ => return None,
                };
                Some(Kept { format, store })
            }
            AttributeType::Integer(_)
            | AttributeType::Serial
            | AttributeType::CoreInteger(_)
            | AttributeType::CoreFloat(_)
            | AttributeType::Decimal(_)
            | AttributeType::Float(_)
            | AttributeType::Char(_)
            | AttributeType::Varchar(_)
            | AttributeType::Text(_)
            | AttributeType::Enum(_)
            | AttributeType::Bool
            | AttributeType::Date
            | AttributeType::Datetime(_)
            | AttributeType::Time(_)
            | AttributeType::Timestamp(_)
            | AttributeType::Year
            | AttributeType::Json
            | AttributeType::Uuid
            | AttributeType::Blob(_)
            | AttributeType::Bytes
            | AttributeType::Attach
            | AttributeType::Invalid => None,
        }
    }
}

/// For which attribute of which row something is put.
#[derive(Debug, Clone, Copy)]
pub struct For<'a> {
    /// The physical name of the table's schema.
    pub schema: &'a str,
    /// The name of the table as the server has it.
    pub table: &'a str,
    /// The attribute.
    pub attribute: &'a str,
    /// What the row's key is, in order: paths of objects say it.
    pub key: &'a [(String, Value)],
}

/// Puts what an attribute is given into its store, and returns what goes into the column.
///
/// # Errors
/// What the attribute cannot keep ([`ErrorKind::Value`]), and a store that refuses it ([`ErrorKind::Store`]).
pub async fn put(session: &dyn Session, kept: &Kept, target: For<'_>, given: Given) -> Result<Given, Error> {
    let given = match given {
        // NULL, a default, and what is in a store already stay what they are.
        Given::Default | Given::Value(Value::Null) | Given::Column(_) => return Ok(given),
        Given::Stored(reference) => return reference.again(session, kept, target).await,
        Given::Value(_) | Given::Attachment { .. } | Given::Path(_) => given,
    };
    let store = session.connection().store(kept.store.as_deref(), kept.format == Format::Filepath)?;
    let literal = match kept.format {
        Format::Tracked(kind) => tracked::put(session, &store, kind, target, given).await?,
        Format::Hashed(inner) => json(hashed::put(&store, kept, inner, target, given).await?),
        Format::Npy => json(object::put_array(&store, kept, target, given).await?),
        Format::Object => json(object::put(&store, kept, target, given).await?),
        Format::Filepath => json(filepath::put(&store, kept, target, given).await?),
    };
    Ok(Given::Column(literal))
}

/// Returns a file as `attach` and `<attach>` have it in the table: its name, a zero byte and its contents. What is no file stays what it is.
///
/// # Errors
/// A file that cannot be read, and a name that is none.
pub(crate) async fn attached(target: For<'_>, given: Given) -> Result<Given, Error> {
    match given {
        Given::Attachment { .. } | Given::Path(_) => Ok(Given::Value(Value::Bytes(hashed::attached(target, given).await?))),
        other @ (Given::Default | Given::Value(_) | Given::Stored(_) | Given::Column(_)) => Ok(other),
    }
}

fn json(metadata: serde_json::Map<String, serde_json::Value>) -> Literal {
    Literal::Text(serde_json::Value::Object(metadata).to_string())
}

/// Says that an attribute cannot keep what it is given.
fn unfit(target: For<'_>, wanted: &str, given: &Given) -> Error {
    let what = match given {
        Given::Default => "a default".to_string(),
        Given::Value(value) => format!("{value}").chars().take(60).collect(),
        Given::Attachment { name, .. } => format!("the file `{name}`"),
        Given::Path(path) => path.display().to_string(),
        Given::Stored(_) => "a reference into a store".to_string(),
        Given::Column(_) => "what stands in a column".to_string(),
    };
    Error::new(ErrorKind::Value, format!("`{}` keeps {wanted}, and is given {what}", target.attribute)).value(target.attribute, what)
}

/// Returns the moment as Python's `isoformat` writes it in UTC.
fn timestamp() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// Puts bytes where something of the same content may be already.
async fn put_once(store: &Store, path: &crate::store::StorePath, bytes: Vec<u8>) -> Result<(), Error> {
    // One of another size was damaged, and is put right.
    match store.stat(path).await? {
        Some(found) if !found.is_folder && found.size == bytes.len() as u64 => Ok(()),
        Some(_) | None => store.put(path, bytes).await.map(drop),
    }
}
