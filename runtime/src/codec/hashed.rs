//! `<hash@>` and what stands on it: `<blob@>`, `<attach@>`.

use djc_core::blob::pack_compressed;
use djc_core::value::Value;
use serde_json::{Map, Value as Json, json};

use super::attachment::file_name;
use super::{For, Inner, Kept, address, put_once, unfit};
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::store::{Checksum, Store, blocking, source_unreadable};

/// Puts content under its hash and returns what goes into the column.
pub(super) async fn put(store: &Store, kept: &Kept, inner: Inner, target: For<'_>, given: Given) -> Result<Map<String, Json>, Error> {
    let bytes = match (inner, given) {
        (Inner::Blob, Given::Value(value)) => packed(target, value).await?,
        (Inner::Bytes, Given::Value(Value::Bytes(bytes))) => bytes,
        (Inner::Attachment, given @ (Given::Attachment { .. } | Given::Path(_))) => attached(target, given).await?,
        (Inner::Blob, given) => return Err(unfit(target, "a value", &given)),
        (Inner::Bytes, given) => return Err(unfit(target, "bytes", &given)),
        (Inner::Attachment, given) => return Err(unfit(target, "a file", &given)),
    };
    let size = bytes.len();
    let (bytes, checksum) = blocking(move || {
        let checksum = Checksum::of(&bytes);
        (bytes, checksum)
    })
    .await;
    let path = address::hashed(store, target.schema, checksum)?;
    put_once(store, &path, bytes).await?;
    let metadata = json!({
        "hash": checksum.base32(), "path": path.as_str(), "schema": target.schema, "store": kept.store, "size": size,
    });
    let Json::Object(metadata) = metadata else { unreachable!("it is written as an object") };
    Ok(metadata)
}

/// Returns a value as datajoint inserts it.
pub(super) async fn packed(target: For<'_>, value: Value) -> Result<Vec<u8>, Error> {
    let packed = blocking(move || pack_compressed(&value)).await;
    packed.map_err(|error| Error::new(ErrorKind::Value, format!("`{}`: {error}", target.attribute)))
}

/// Returns a file as its name, a zero byte and its contents.
pub(super) async fn attached(target: For<'_>, given: Given) -> Result<Vec<u8>, Error> {
    match given {
        Given::Attachment { name, bytes } => Ok(named(file_name(&name)?, &bytes)),
        Given::Path(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let read = path.clone();
            let bytes = blocking(move || std::fs::read(read)).await.map_err(|error| source_unreadable(&path, &error))?;
            Ok(named(file_name(&name)?, &bytes))
        }
        given @ (Given::Default | Given::Value(_) | Given::Stored(_) | Given::Column(_)) => Err(unfit(target, "a file", &given)),
    }
}

fn named(name: &str, bytes: &[u8]) -> Vec<u8> {
    [name.as_bytes(), &[0], bytes].concat()
}
