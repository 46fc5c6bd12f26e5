//! The phases of a compilation in memory, as `djc sql` runs them.

use djc::check::{self, Settings};
use djc::config::Config;
use djc::core::dialect::{self, Lowered, Options, Server, Target};
use djc::core::ir::Pipeline;
use djc::core::source::{FileId, SourceMap};
use djc::diag::Sink;
use djc::migrate::Mapping;
use djc::migrate::planner::{self, Park, Request};
use djc::parser::ast;
use djc::{codegen, project, resolve};

/// The texts in memory, as they are after reading.
pub fn sources(texts: &[(String, String)]) -> (SourceMap, Vec<FileId>) {
    let mut sources = SourceMap::new();
    let ids = texts.iter().map(|(name, text)| sources.add(name.as_str(), text.as_str())).collect();
    (sources, ids)
}

/// Parses on all processors.
pub fn parse(sources: &SourceMap, ids: &[FileId]) -> Vec<ast::File> {
    let mut sink = Sink::new();
    let files = project::parse_all(sources, ids, &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.diagnostics().first());
    files
}

/// Looks names up and lets keys flow.
pub fn resolve(files: &[ast::File]) -> Pipeline {
    let mut sink = Sink::new();
    let pipeline = resolve::resolve(files, &Config::default(), &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.diagnostics().first());
    pipeline
}

/// Runs all lints; returns how many findings there are.
pub fn check(pipeline: &Pipeline, files: &[ast::File]) -> usize {
    let mut sink = Sink::new();
    check::check(pipeline, files, &Settings::default(), &mut sink);
    sink.diagnostics().len()
}

/// Lowers for a server.
pub fn lower(pipeline: &Pipeline, server: Server) -> Lowered {
    let names: Vec<String> = pipeline.schemas.iter().map(|schema| schema.name.template().to_string()).collect();
    let lowered = dialect::lower(pipeline, &names, &Target::new(server), &Options::default());
    assert!(lowered.problems.is_empty(), "{:?}", lowered.problems.first());
    lowered
}

/// Writes the DDL; returns its length.
pub fn render(lowered: &Lowered, server: Server) -> usize {
    codegen::sql::script(&lowered.changes, server.dialect()).len()
}

/// Plans the way from one state to another; returns how many steps it has.
#[allow(dead_code, reason = "measured by one of the benchmarks that share this module")]
pub fn plan(from: &Lowered, to: &Lowered, server: Server) -> usize {
    let schemas = to.catalog.schemas.keys().cloned().collect();
    let (mapping, target) = (Mapping::default(), Target::new(server));
    let request =
        Request { from: &from.catalog, to: &to.catalog, mapping: &mapping, target: &target, schemas: &schemas, park: Park::Under("0002") };
    planner::plan(&request).expect("the change can be planned").steps.len()
}

/// All that a compile makes, the DDL's length included.
#[allow(dead_code, reason = "held so that taking it apart is the caller's, who may not count it")]
pub struct Made {
    sources: SourceMap,
    files: Vec<ast::File>,
    pipeline: Pipeline,
    lowered: Lowered,
    length: usize,
}

/// All of it, from texts to DDL.
pub fn compile(texts: &[(String, String)], server: Server) -> Made {
    let (sources, ids) = sources(texts);
    let files = parse(&sources, &ids);
    let pipeline = resolve(&files);
    let findings = check(&pipeline, &files);
    let lowered = lower(&pipeline, server);
    let length = findings + render(&lowered, server);
    Made { sources, files, pipeline, lowered, length }
}
