//! Measures `djc check --database` against the floor: the plain client reading what it has to read.
//!
//! `cargo build --release && cargo run --release --example drift -- mysql://root@127.0.0.1 200 1000 5000`
//!
//! For each size the generated pipeline of the benchmarks is deployed to a server of the MySQL family; then `mariadb` and `djc` take turns, so that
//! what else the machine does falls on both. The client asks information_schema for the columns that djc asks for, with its
//! output thrown away. The schemas are dropped at the end.

mod client;
#[path = "../benches/generate.rs"]
mod generate;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use client::{Client, djc, run};

/// Turns of each; the medians count.
const TURNS: usize = 5;

/// What the client reads; `{}` stands for the names of the schemas.
const QUERIES: [&str; 6] = [
    "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ({})",
    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ({})",
    "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLUMN_COMMENT, COLLATION_NAME, ORDINAL_POSITION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN ({})",
    "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, COLLATION FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN ({})",
    "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA IN ({})",
    "SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA IN ({}) AND REFERENCED_TABLE_NAME IS NOT NULL",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((url, sizes)) = arguments.split_first() else {
        eprintln!("usage: cargo run --release --example drift -- mysql://USER:PASSWORD@HOST:PORT TABLES...");
        return ExitCode::from(2);
    };
    println!("| tables | `mariadb` reads | `djc check --database` | ratio |\n|---|---|---|---|");
    for size in sizes {
        let Ok(tables) = size.parse() else {
            eprintln!("`{size}` is no number of tables");
            return ExitCode::from(2);
        };
        if let Err(error) = measure(url, tables) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(url: &str, tables: usize) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("djc_drift_{}_{tables}", std::process::id()));
    let schemas = write(tables, &folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut deploy = djc(&folder);
    run(deploy.args(["deploy", "--yes", "--database", url]))?;
    let client = Client::new(url)?;
    let names = schemas.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let floor = QUERIES.map(|query| query.replace("{}", &names)).join("; ");
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        theirs.push(run(client.command().args(["-N", "-B", "-e", &floor]))?);
        ours.push(run(djc(&folder).args(["check", "--database", url, "--format", "json"]))?);
    }
    let drop: String = schemas.iter().map(|name| format!("DROP DATABASE {name}; ")).collect();
    run(client.command().args(["-e", &format!("SET FOREIGN_KEY_CHECKS = 0; {drop}")]))?;
    let (theirs, ours) = (median(theirs), median(ours));
    println!(
        "| {tables} | {:.3} s | {:.3} s | {:.2} |",
        theirs.as_secs_f64(),
        ours.as_secs_f64(),
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Writes the pipeline; returns its physical schemas.
fn write(tables: usize, folder: &Path) -> std::io::Result<Vec<String>> {
    std::fs::create_dir_all(folder)?;
    let mut toml = "[pipeline]\nsources = [\"*.dj\"]\n".to_string();
    let mut schemas = Vec::new();
    for (name, text) in generate::pipeline(tables) {
        let module = name.trim_end_matches(".dj");
        let physical = format!("djcbench_{}_{module}", std::process::id());
        toml.push_str(&format!("[schemas.{module}]\nname = \"{physical}\"\n"));
        schemas.push(physical);
        std::fs::write(folder.join(&name), text)?;
    }
    std::fs::write(folder.join("djc.toml"), toml)?;
    Ok(schemas)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
