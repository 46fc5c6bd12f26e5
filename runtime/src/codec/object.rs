//! `<object@>` and `<npy@>`: files and folders at paths that say schema, table and key.

use std::io;
use std::path::{Path, PathBuf};

use djc_core::npy;
use djc_core::value::Value;
use serde_json::{Map, Value as Json, json};

use super::{For, Kept, address, timestamp, unfit};
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::store::{Metadata, Store, blocking, source_unreadable};

/// Puts an array.
pub(super) async fn put_array(store: &Store, kept: &Kept, target: For<'_>, given: Given) -> Result<Map<String, Json>, Error> {
    let Given::Value(Value::Array(array)) = given else { return Err(unfit(target, "an array", &given)) };
    let (dtype, shape) = (npy::dtype(&array), array.shape().to_vec());
    let bytes = blocking(move || npy::write(&array)).await;
    let bytes = bytes.map_err(|error| Error::new(ErrorKind::Value, format!("`{}`: {error}", target.attribute)))?;
    let path = address::object(store, target, ".npy")?;
    store.put(&path, bytes).await?;
    let metadata = json!({ "path": path.as_str(), "store": kept.store, "dtype": dtype, "shape": shape });
    let Json::Object(metadata) = metadata else { unreachable!("it is written as an object") };
    Ok(metadata)
}

/// Puts bytes, a file or a folder.
pub(super) async fn put(store: &Store, kept: &Kept, target: For<'_>, given: Given) -> Result<Map<String, Json>, Error> {
    match given {
        Given::Value(Value::Bytes(bytes)) => put_bytes(store, kept, target, None, bytes).await,
        Given::Attachment { name, bytes } => {
            let ending = ending(&name).map(str::to_string);
            put_bytes(store, kept, target, ending.as_deref(), bytes).await
        }
        Given::Path(source) => {
            let metadata = std::fs::metadata(&source).map_err(|error| source_unreadable(&source, &error))?;
            match metadata.is_dir() {
                true => put_folder(store, kept, target, source).await,
                false => {
                    let name = source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    let ending = Path::new(&name).extension().map(|ending| format!(".{}", ending.to_string_lossy()));
                    let path = address::object(store, target, ending.as_deref().unwrap_or_default())?;
                    let size = store.put_file(&path, &source, &Metadata::new()).await?;
                    // Python's `suffix` of a name without one is the empty text.
                    Ok(said(path.as_str(), kept, size, Json::from(ending.unwrap_or_default()), None))
                }
            }
        }
        given @ (Given::Default | Given::Value(_) | Given::Stored(_) | Given::Column(_)) => {
            Err(unfit(target, "bytes, a file or a folder", &given))
        }
    }
}

/// Returns the ending of a name; a name that begins with a point is all ending (`.tar.gz`).
fn ending(name: &str) -> Option<&str> {
    match name.rfind('.') {
        Some(_) if name.starts_with('.') => Some(name),
        Some(at) => Some(&name[at..]),
        None => None,
    }
}

async fn put_bytes(store: &Store, kept: &Kept, target: For<'_>, ending: Option<&str>, bytes: Vec<u8>) -> Result<Map<String, Json>, Error> {
    let path = address::object(store, target, ending.unwrap_or_default())?;
    let size = store.put(&path, bytes).await?;
    Ok(said(path.as_str(), kept, size, ending.map_or(Json::Null, Json::from), None))
}

async fn put_folder(store: &Store, kept: &Kept, target: For<'_>, source: PathBuf) -> Result<Map<String, Json>, Error> {
    let path = address::object(store, target, "")?;
    let root = source.clone();
    let files = blocking(move || walk(&root)).await.map_err(|error| source_unreadable(&source, &error))?;
    let (mut size, mut listed) = (0, Vec::new());
    for name in &files {
        let file = path
            .join(name)
            .map_err(|problem| Error::new(ErrorKind::Value, format!("`{}`: {name:?} cannot be put: {problem}", target.attribute)))?;
        let own = store.put_file(&file, &source.join(name), &Metadata::new()).await?;
        size += own;
        listed.push(json!({ "path": name, "size": own }));
    }
    // Whoever checks the folder finds beside it what was in it.
    let manifest = json!({ "files": listed, "total_size": size, "item_count": files.len(), "created": timestamp() });
    let beside = store.path(&manifest_of(path.as_str()))?;
    store.put(&beside, format!("{manifest:#}").into_bytes()).await?;
    Ok(said(path.as_str(), kept, size, Json::Null, Some(files.len())))
}

/// Returns where the list of a folder's files lies.
pub(super) fn manifest_of(path: &str) -> String {
    format!("{path}.manifest.json")
}

fn said(path: &str, kept: &Kept, size: u64, ext: Json, items: Option<usize>) -> Map<String, Json> {
    let metadata = json!({
        "path": path, "store": kept.store, "size": size, "ext": ext, "is_dir": items.is_some(), "item_count": items, "timestamp": timestamp(),
    });
    let Json::Object(metadata) = metadata else { unreachable!("it is written as an object") };
    metadata
}

/// How deep folders may lie in each other; links can make circles.
const DEPTH_MAX: usize = 64;

/// Returns the files below a folder, by their names from there on.
fn walk(root: &Path) -> io::Result<Vec<String>> {
    let mut out = Vec::new();
    let mut open = vec![(root.to_path_buf(), String::new(), 0)];
    while let Some((folder, before, depth)) = open.pop() {
        if depth > DEPTH_MAX {
            return Err(io::Error::other(format!("{} lies too deep; is there a link that leads back?", folder.display())));
        }
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| io::Error::other(format!("{} is no Unicode", entry.path().display())))?;
            let name = format!("{before}{name}");
            // Links are followed, as Python's copy does.
            if std::fs::metadata(entry.path())?.is_dir() {
                open.push((entry.path(), format!("{name}/"), depth + 1));
            } else {
                out.push(name);
            }
        }
    }
    out.sort();
    Ok(out)
}
