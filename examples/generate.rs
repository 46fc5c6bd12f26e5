//! Writes the generated pipeline of the benchmarks to a folder: `cargo run --example generate -- TABLES DIR`.
//!
//! `djc` and everything that measures it from outside then have the same text as `cargo bench`.

#[path = "../benches/generate.rs"]
mod generate;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tables, folder] = arguments.as_slice() else {
        eprintln!("usage: cargo run --example generate -- TABLES DIR");
        return ExitCode::from(2);
    };
    let Ok(tables) = tables.parse() else {
        eprintln!("`{tables}` is no number of tables");
        return ExitCode::from(2);
    };
    match write(tables, folder.into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write into `{folder}`: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(tables: usize, folder: PathBuf) -> std::io::Result<()> {
    std::fs::create_dir_all(&folder)?;
    for (name, text) in generate::pipeline(tables) {
        std::fs::write(folder.join(name), text)?;
    }
    // Without settings the folder would belong to a project above it.
    std::fs::write(folder.join("djc.toml"), "[pipeline]\nsources = [\"*.dj\"]\n")
}
