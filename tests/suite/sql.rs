//! The SQL of each dialect: sources below `tests/data/sql`, compiled for every server.

use std::fmt::Write as _;

use djc::config::Config;
use djc::core::dialect::{Options, SERVERS, Server, Target, lower};
use djc::core::ir::Generation;
use djc::core::source::SourceMap;
use djc::diag::Sink;
use djc::{parser, resolve};

use crate::support::cases_into;

/// Returns what creates the schema from nothing, and the problems above it.
fn sql(name: &str, text: &str, server: Server) -> String {
    let generation = if name.starts_with("modern") { Generation::Modern } else { Generation::Classic };
    let config = Config { generation, ..Config::default() };
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let file = sources.add(name, text);
    let tree = parser::parse(file, text, &mut sink);
    let pipeline = resolve::resolve(&[tree], &config, &mut sink);
    assert!(!sink.has_errors(), "the sources are without fault: {:#?}", sink.diagnostics());
    let names: Vec<String> = pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect();
    let lowered = lower(&pipeline, &names, &Target::new(server), &Options { add_job_metadata: true, ..Options::default() });
    let mut out = String::new();
    for problem in &lowered.problems {
        writeln!(out, "-- {}", problem.kind).expect("a string");
    }
    for change in &lowered.changes {
        for statement in server.dialect().render(change) {
            writeln!(out, "-- {}\n{};\n", statement.summary, statement.sql).expect("a string");
        }
    }
    out
}

#[test]
fn every_dialect_says_the_same_tables() {
    for server in SERVERS {
        cases_into("sql", &format!("sql/{}", server.as_str().to_lowercase()), |name, text| sql(name, text, server));
    }
}
