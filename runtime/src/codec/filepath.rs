//! `<filepath@>`: files that others put into a store.

use djc_core::value::Value;
use serde_json::{Map, Value as Json, json};

use super::{For, Kept, timestamp, unfit};
use crate::fault::{Error, ErrorKind};
use crate::field::Given;
use crate::store::Store;

/// Looks for the file, which must be there, and returns what goes into the column.
pub(super) async fn put(store: &Store, kept: &Kept, target: For<'_>, given: Given) -> Result<Map<String, Json>, Error> {
    let text = match &given {
        Given::Path(path) => {
            // Whole paths are taken too where they lie in the store, which datajoint does not.
            let below = path.strip_prefix(&store.spec().location).unwrap_or(path);
            below.to_str().map(str::to_string)
        }
        Given::Value(Value::Text(text)) => Some(text.clone()),
        Given::Default | Given::Value(_) | Given::Attachment { .. } | Given::Stored(_) | Given::Column(_) => None,
    };
    let text = text.ok_or_else(|| unfit(target, "the path of a file in a store", &given))?;
    let path = store.path(&text)?;
    let spec = store.spec();
    let refuse = |why: String| {
        Error::new(ErrorKind::Value, format!("`{}` cannot refer to `{path}` of store `{}`: {why}", target.attribute, store.name()))
            .value(target.attribute, path.as_str())
    };
    for (name, prefix) in [("hash_prefix", &spec.hash_prefix), ("schema_prefix", &spec.schema_prefix)] {
        if path.is_in(prefix) {
            return Err(refuse(format!("datajoint keeps its own files below `{prefix}` ({name})")));
        }
    }
    if let Some(prefix) = spec.filepath_prefix.as_deref().filter(|prefix| !path.is_in(prefix)) {
        return Err(refuse(format!("files lie below `{prefix}` there (filepath_prefix)")));
    }
    let Some(found) = store.stat(&path).await? else {
        return Err(refuse("there is no such file".to_string()).next_step("put the file into the store first"));
    };
    let size = if found.is_folder { Json::Null } else { Json::from(found.size) };
    let metadata = json!({
        "path": path.as_str(), "store": kept.store, "size": size, "is_dir": found.is_folder, "timestamp": timestamp(),
    });
    let Json::Object(metadata) = metadata else { unreachable!("it is written as an object") };
    Ok(metadata)
}
