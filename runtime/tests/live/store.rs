//! Stores: what real datajoint puts, Rust reads, and the other way round; and what does not belong there.
//!
//! In folders, and in a bucket of s3s-fs, a server that speaks as S3 does.

#[path = "store/damage.rs"]
mod damage;
#[path = "store/interop.rs"]
mod interop;
#[path = "store/python.rs"]
mod python;
#[path = "store/s3.rs"]
mod s3;
#[path = "store/typed.rs"]
mod typed;

use std::path::{Path, PathBuf};

use djc_core::ir::{AttributeType, Codec, CodecStore, External, ExternalKind};
use djc_runtime::store::{StoreSpec, Stores};
use djc_runtime::{ConnectOptions, Connection, Options};

/// Returns the root of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is a member of a workspace")
}

/// Returns the type of an attribute of datajoint 0.14 in the store `s`.
fn tracked(kind: ExternalKind) -> AttributeType {
    AttributeType::External(External { kind, store: "s".to_string() })
}

/// Returns the type of an attribute of datajoint 2 in the store `s`.
fn codec(name: &str) -> AttributeType {
    let store = CodecStore::Named("s".to_string());
    AttributeType::Codec(Codec { name: name.to_string(), store, stored: Box::new(AttributeType::Json) })
}

/// Returns a store in a folder, which is made, with its stage beside it.
fn folder_store(below: &Path) -> StoreSpec {
    let (location, stage) = (below.join("store"), below.join("stage"));
    for folder in [&location, &stage] {
        std::fs::create_dir_all(folder).expect("a temporary folder");
    }
    StoreSpec { stage: Some(stage), ..StoreSpec::folder(location.display().to_string()) }
}

async fn connect(url: &str, spec: StoreSpec) -> Connection {
    let stores = Some(Stores::default().with("s", spec).with_default("s"));
    let session = ConnectOptions { create: true, ..ConnectOptions::default() };
    let options = Options { session, stores, ..Options::default() };
    Connection::open(url, options).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { out.extend(files(&path)) } else { out.push(path) }
    }
    out.sort();
    out
}
