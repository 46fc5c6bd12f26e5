//! What a compile costs: parse, resolve, check and DDL of generated pipelines of 10 to 10 000 tables.
//!
//! `cargo bench` runs it. Linear means time(10 000) ≤ 12 × time(1 000), to be read off the medians of one run.

mod generate;

use djc::config::Config;
use djc::core::source::SourceMap;
use djc::diag::Sink;
use djc::parser::{self, ast};
use djc::resolve;

fn main() {
    divan::main();
}

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

fn parsed(texts: &[(String, String)]) -> Vec<ast::File> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let files = texts.iter().map(|(name, text)| parser::parse(sources.add(name.as_str(), text.as_str()), text, &mut sink)).collect();
    assert!(!sink.has_errors(), "generated pipelines have no errors");
    files
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn parse(bencher: divan::Bencher, tables: usize) {
    let texts = generate::pipeline(tables);
    bencher.bench_local(|| parsed(&texts));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn resolve(bencher: divan::Bencher, tables: usize) {
    let texts = generate::pipeline(tables);
    let files = parsed(&texts);
    bencher.bench_local(|| {
        let mut sink = Sink::new();
        let pipeline = resolve::resolve(&files, &Config::default(), &mut sink);
        assert!(!sink.has_errors(), "{:?}", sink.diagnostics().first());
        pipeline
    });
}
