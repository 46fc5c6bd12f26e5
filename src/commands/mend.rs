//! `--fix`: rounds of reading, mending and writing until nothing safe is left to do.

use std::collections::BTreeMap;
use std::path::PathBuf;

use djc_core::source::{FileId, SourceMap};

use super::Error;
use super::files::with_mark;
use crate::diag::{Diagnostic, Level, Sink, fix};
use crate::output::Files;
use crate::parser;

/// A fix may make room for the next one; a pipeline that is not still after this many rounds has fixes that fight.
const ROUNDS_MAX: usize = 10;

/// What was mended.
#[derive(Debug, Default)]
pub(super) struct Mended {
    /// Files that were written.
    pub files: std::collections::BTreeSet<PathBuf>,
    /// How often each fix was applied, by code and title.
    pub applied: BTreeMap<(&'static str, String), usize>,
    /// Fixes that were left out because a file would no longer parse.
    pub refused: usize,
}

impl Mended {
    /// Returns how many fixes were applied.
    pub fn count(&self) -> usize {
        self.applied.values().sum()
    }
}

/// Runs `compile` and applies the safe fixes of what it reports, until none is left; returns its last outcome.
pub(super) fn mend<T>(
    mut compile: impl FnMut() -> Result<T, Error>,
    findings: impl Fn(&T) -> (&SourceMap, &[Diagnostic]),
) -> Result<(T, Mended), Error> {
    let mut mended = Mended::default();
    let mut outcome = compile()?;
    for _ in 0..ROUNDS_MAX {
        let (sources, diagnostics) = findings(&outcome);
        // A definition inside of another language is mended with care for what is around it, which is not done here.
        let foreign = |diagnostic: &&Diagnostic| {
            diagnostic.span.is_some_and(|span| crate::import::is_foreign(sources.file(sources.origin(span).file).name.as_ref()))
        };
        let diagnostics: Vec<Diagnostic> = diagnostics.iter().filter(|diagnostic| !foreign(diagnostic)).cloned().collect();
        let round = fix::apply(sources, &diagnostics, &syntax_errors);
        mended.refused = round.refused;
        if round.texts.is_empty() {
            break;
        }
        let mut files = Files::new();
        for (id, text) in &round.texts {
            let source = sources.file(*id);
            let path = PathBuf::from(&source.name);
            files.add(&path, with_mark(&path, &source.text, text)?);
            mended.files.insert(path);
        }
        files.write(".".as_ref())?;
        for applied in round.applied {
            *mended.applied.entry(applied).or_default() += 1;
        }
        outcome = compile()?;
    }
    Ok((outcome, mended))
}

/// Returns how many errors of syntax a text has.
fn syntax_errors(id: FileId, text: &str) -> usize {
    let mut sink = Sink::new();
    parser::parse(id, text, &mut sink);
    sink.diagnostics().iter().filter(|diagnostic| diagnostic.level == Level::Error).count()
}
