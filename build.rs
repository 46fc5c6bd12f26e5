//! Gathers `docs/codes/DJ*.md` into one table, so that `djc explain` needs no files beside the binary.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR for build scripts");
    let folder = Path::new(&root).join("docs/codes");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_string();
        if name.starts_with("DJ") && path.extension().is_some_and(|extension| extension == "md") {
            println!("cargo::rerun-if-changed={}", path.display());
            pages.push((name, path));
        }
    }
    pages.sort();
    let mut table = String::from("&[\n");
    for (name, path) in pages {
        writeln!(table, "    ({name:?}, include_str!({:?})),", path.display().to_string()).expect("a String takes all that is written");
    }
    table.push_str("]\n");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts")).join("pages.rs");
    if fs::read_to_string(&out).ok().as_deref() != Some(table.as_str()) {
        fs::write(out, table)?;
    }
    Ok(())
}
