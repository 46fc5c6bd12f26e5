//! Content that is missing or damaged, and rows that lead somewhere else.

use std::path::Path;

use djc_core::ir::ExternalKind;
use djc_core::value::Value;
use djc_runtime::codec::{For, Kept, Reference, put};
use djc_runtime::field::Given;
use djc_runtime::store::{Expected, Store, StorePath, StoreSpec};
use djc_runtime::{Connection, Error, ErrorKind};
use serde_json::{Value as Json, json};

use super::{codec, connect, files, folder_store, tracked};
use crate::support::{On, Place};

async fn here(below: &Path) -> (Place, Connection, StoreSpec) {
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let spec = folder_store(below);
    let db = connect(&place.url.to_string(), spec.clone()).await;
    (place, db, spec)
}

/// Puts something and returns the metadata that the column would hold.
async fn stored(db: &Connection, name: &str, given: Given) -> Json {
    let ty = codec(name);
    let kept = Kept::of(&ty).expect("it is kept in a store");
    let key = [("id".to_string(), Value::Int(1.into()))];
    let target = For { schema: "lab", table: "recording", attribute: "x", key: &key };
    match put(db, &kept, target, given).await.unwrap_or_else(|error| panic!("{name}: {error}")) {
        Given::Column(djc_core::plan::Literal::Text(text)) => serde_json::from_str(&text).expect("JSON"),
        other => panic!("{other:?} is no metadata"),
    }
}

fn reference(name: &str, metadata: &Json) -> Reference {
    Reference::new("x", &codec(name), "lab", &Value::Text(metadata.to_string())).expect("it is metadata")
}

fn is_about_the_store(error: &Error, path: &str, expected: &str, actual: &str) {
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    let values: Vec<(&str, &str)> = error.details().values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(values, [("store", "s"), ("path", path), ("expected", expected), ("actual", actual)], "{error}");
    assert!(!error.details().next_steps.is_empty(), "{error}");
}

#[tokio::test]
async fn damaged_and_missing_content_is_an_error_that_says_all() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_place, db, spec) = here(folder.path()).await;
    let metadata = stored(&db, "hash", Given::Value(Value::Bytes(b"twelve bytes".to_vec()))).await;
    let path = metadata["path"].as_str().expect("a path").to_string();
    let file = Path::new(&spec.location).join(&path);
    let reference = reference("hash", &metadata);
    assert_eq!(reference.bytes(&db).await.expect("it is there"), b"twelve bytes");

    let expected = "12 bytes, MD5 2e6c9e47a6c5a3c1";
    let expected_of = |error: &Error| error.details().values[2].1.clone();
    std::fs::write(&file, b"TWELVE bytes").expect("a file");
    let error = reference.bytes(&db).await.expect_err("it was damaged");
    assert!(expected_of(&error).starts_with(&expected[..14]), "{error}");
    assert!(error.to_string().contains("its checksum differs"), "{error}");

    std::fs::write(&file, b"short").expect("a file");
    let error = reference.bytes(&db).await.expect_err("it was cut");
    is_about_the_store(&error, &path, &expected_of(&error), "5 bytes");
    // A download leaves nothing of it either.
    let downloads = folder.path().join("downloads");
    reference.download(&db, &downloads).await.expect_err("it was cut");
    assert_eq!(files(&downloads), Vec::<std::path::PathBuf>::new());

    std::fs::remove_file(&file).expect("it was there");
    let error = reference.bytes(&db).await.expect_err("it is gone");
    is_about_the_store(&error, &path, &expected_of(&error), "no file");
    assert!(error.to_string().contains("is missing"), "{error}");

    // Putting the same content again mends it.
    std::fs::write(&file, b"short").expect("a file");
    assert_eq!(stored(&db, "hash", Given::Value(Value::Bytes(b"twelve bytes".to_vec()))).await, metadata);
    assert_eq!(reference.bytes(&db).await.expect("it was mended"), b"twelve bytes");
}

#[tokio::test]
async fn a_folder_without_one_of_its_files_is_damaged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_place, db, spec) = here(folder.path()).await;
    let source = folder.path().join("source");
    std::fs::create_dir_all(source.join("deeper")).expect("a folder");
    std::fs::write(source.join("a.txt"), "1").expect("a file");
    std::fs::write(source.join("deeper/b.txt"), "22").expect("a file");
    let metadata = stored(&db, "object", Given::Path(source)).await;
    assert_eq!((&metadata["size"], &metadata["is_dir"], &metadata["item_count"]), (&json!(3), &json!(true), &json!(2)));
    let reference = reference("object", &metadata);
    let names: Vec<String> = reference.list(&db).await.expect("it is there").into_iter().map(|file| file.path).collect();
    assert_eq!(names, ["a.txt", "deeper/b.txt"]);
    assert_eq!(reference.file_bytes(&db, "deeper/b.txt").await.expect("it is there"), b"22");
    reference.file_bytes(&db, "../../../x").await.expect_err("it leads out");

    let file = Path::new(&spec.location).join(metadata["path"].as_str().expect("a path")).join("deeper/b.txt");
    std::fs::write(&file, "333").expect("a file");
    let error = reference.download(&db, &folder.path().join("out")).await.expect_err("it was changed");
    assert_eq!((error.details().values[2].1.as_str(), error.details().values[3].1.as_str()), ("2 bytes", "3 bytes"), "{error}");
    std::fs::remove_file(&file).expect("it was there");
    let error = reference.list(&db).await.expect_err("it is gone");
    assert_eq!(error.details().values[3].1, "no file", "{error}");
}

#[tokio::test]
async fn arrays_that_were_changed_are_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_place, db, spec) = here(folder.path()).await;
    let array = |values: Vec<i32>| djc_core::value::Array::vector(values.into());
    let metadata = stored(&db, "npy", Given::Value(Value::Array(Box::new(array(vec![1, 2, 3]))))).await;
    assert_eq!((&metadata["dtype"], &metadata["shape"]), (&json!("int32"), &json!([3])));
    let reference = reference("npy", &metadata);
    assert_eq!(reference.array(&db).await.expect("it is there"), array(vec![1, 2, 3]));
    let file = Path::new(&spec.location).join(metadata["path"].as_str().expect("a path"));
    let other = djc_core::npy::write(&array(vec![1, 2])).expect("an array of numbers");
    std::fs::write(&file, &other).expect("a file");
    let error = reference.array(&db).await.expect_err("it is another array");
    assert_eq!((error.details().values[2].1.as_str(), error.details().values[3].1.as_str()), ("int32 [3]", "int32 [2]"), "{error}");
    std::fs::write(&file, &other[..20]).expect("a file");
    assert_eq!(reference.array(&db).await.expect_err("it is cut off").kind(), ErrorKind::Store);
}

#[tokio::test]
async fn no_row_leads_out_of_the_store() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (_place, db, spec) = here(folder.path()).await;
    std::fs::write(folder.path().join("secret"), "s").expect("a file");
    let secret = folder.path().join("secret").display().to_string();
    for path in ["../secret", "a/../../secret", &secret, "", "/", "a\0b", "./x"] {
        for name in ["filepath", "object", "hash", "npy"] {
            let metadata = json!({"path": path, "store": "s", "hash": "jm5gegf3hy5hga7iufy2md6psi", "size": 1, "is_dir": false});
            let error = reference(name, &metadata).bytes(&db).await.expect_err("it leads out");
            assert_eq!(error.kind(), ErrorKind::Store, "{path:?}: {error}");
            assert!(error.to_string().contains("is no path in it"), "{path:?}: {error}");
        }
        let target = For { schema: "lab", table: "t", attribute: "x", key: &[] };
        let kept = Kept::of(&codec("filepath")).expect("it is kept");
        put(&db, &kept, target, Given::Path(path.into())).await.expect_err("it leads out");
    }
    for name in ["../x", "a/b", "", "..", "/etc/x"] {
        let given = Given::Attachment { name: name.to_string(), bytes: b"x".to_vec() };
        let target = For { schema: "lab", table: "t", attribute: "x", key: &[] };
        for ty in [codec("attach"), tracked(ExternalKind::Attach)] {
            let error = put(&db, &Kept::of(&ty).expect("it is kept"), target, given.clone()).await.expect_err("it is no name");
            assert!(error.to_string().contains("no name of a file"), "{error}");
        }
    }
    // A name with a folder in it, written by somebody else.
    let metadata = stored(&db, "hash", Given::Value(Value::Bytes(b"../../evil\0x".to_vec()))).await;
    let error = reference("attach", &metadata).download(&db, &folder.path().join("out")).await.expect_err("it is no name");
    assert!(error.to_string().contains("no name of a file"), "{error}");
    assert_eq!(files(Path::new(&spec.location)).len(), 1, "nothing else was put");
    assert!(!folder.path().join("evil").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn links_that_lead_out_are_followed_when_that_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let spec = folder_store(folder.path());
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).expect("a folder");
    std::fs::write(outside.join("data"), "x").expect("a file");
    std::os::unix::fs::symlink(&outside, Path::new(&spec.location).join("link")).expect("a link");
    std::fs::write(Path::new(&spec.location).join("own"), "y").expect("a file");
    std::os::unix::fs::symlink("own", Path::new(&spec.location).join("inner")).expect("a link");

    let store = Store::open("s", spec.clone()).expect("it is there");
    let path = |text: &str| StorePath::new(text).expect("a path");
    assert_eq!(store.get(&path("inner"), &Expected::default()).await.expect("it stays inside"), b"y");
    for outcome in [
        store.get(&path("link/data"), &Expected::default()).await.map(drop),
        store.get_file(&path("link/data"), &folder.path().join("copy"), &Expected::default()).await.map(drop),
        store.put(&path("link/new"), b"z".to_vec()).await.map(drop),
        store.put(&path("link/deeper/new"), b"z".to_vec()).await.map(drop),
        store.list(&path("link")).await.map(drop),
        store.remove(&path("link/data")).await.map(drop),
    ] {
        let error = outcome.expect_err("it leads out");
        assert!(error.to_string().contains("leads out of the store"), "{error}");
        assert!(error.to_string().contains("follow_links"), "{error}");
    }
    assert_eq!(files(&outside), [outside.join("data")], "nothing was written or removed there");

    let store = Store::open("s", StoreSpec { follow_links: true, ..spec }).expect("it is there");
    assert_eq!(store.get(&path("link/data"), &Expected::default()).await.expect("it was allowed"), b"x");
    store.put(&path("link/new"), b"z".to_vec()).await.expect("it was allowed");
    assert!(outside.join("new").exists());
}

#[tokio::test]
async fn stores_that_cannot_be_used_say_so() {
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let db = connect(&place.url.to_string(), StoreSpec::folder("/there/is/no/such/folder")).await;
    let error = db.store(Some("s"), false).expect_err("there is no folder");
    assert!(error.to_string().contains("/there/is/no/such/folder"), "{error}");
    let error = db.store(Some("ss"), false).expect_err("nobody named it");
    assert!(error.to_string().contains("no settings name it"), "{error}");
    let error = db.store(None, true).expect_err("there is no default for files");
    assert!(error.to_string().contains("stores.filepath_default"), "{error}");
}
