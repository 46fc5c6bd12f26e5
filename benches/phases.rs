//! The phases of a compilation in memory, as `djc sql` runs them.

use std::collections::BTreeSet;

use djc::check::{self, Settings};
use djc::config::Config;
use djc::core::catalog::Catalog;
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

/// What a migration stands between: both catalogs, and the schemas.
#[allow(dead_code, reason = "the benchmark of memory plans nothing")]
pub struct Change {
    target: Target,
    from: Catalog,
    to: Catalog,
    schemas: BTreeSet<String>,
}

#[allow(dead_code, reason = "the benchmark of memory plans nothing")]
impl Change {
    /// In every schema the key of the first table gets a wider type, which all that stand below inherit.
    pub fn of(texts: &[(String, String)], server: Server) -> Change {
        let catalog = |texts: &[(String, String)]| {
            let (sources, ids) = sources(texts);
            lower(&resolve(&parse(&sources, &ids)), server).catalog
        };
        let wider = |(name, text): &(String, String)| (name.clone(), text.replace("_t0_id : int unsigned ", "_t0_id : bigint unsigned "));
        let from = catalog(texts);
        let to = catalog(&texts.iter().map(wider).collect::<Vec<_>>());
        assert_ne!(from, to, "something changes");
        Change { target: Target::new(server), schemas: from.schemas.keys().cloned().collect(), from, to }
    }

    /// Plans it; returns how many steps there are.
    pub fn plan(&self) -> usize {
        let mapping = Mapping::default();
        let Change { target, from, to, schemas } = self;
        let request = Request { from, to, mapping: &mapping, target, schemas, park: Park::Under("0002") };
        planner::plan(&request).expect("nothing stands in the way").steps.len()
    }
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
