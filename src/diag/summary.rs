//! How many findings a run had.

use std::collections::BTreeSet;
use std::fmt;

use djc_core::source::SourceMap;
use serde::Serialize;

use super::{Confidence, Diagnostic, Level};

/// The counts of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Findings that stop generation.
    pub errors: usize,
    /// Findings that are probably wrong.
    pub warnings: usize,
    /// Findings that are worth knowing.
    pub notes: usize,
    /// Files with findings.
    pub files: usize,
    /// Findings that `djc check --fix` can mend.
    pub fixable: usize,
    /// Findings in strings of other languages that `djc patch fix` can mend.
    pub patchable: usize,
}

impl Summary {
    /// Counts the findings; those at [`Level::Allow`] are not counted.
    pub fn of(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Summary {
        let mut summary = Summary::default();
        let mut files = BTreeSet::new();
        for diagnostic in diagnostics {
            match diagnostic.level {
                Level::Allow => continue,
                Level::Note => summary.notes += 1,
                Level::Warning => summary.warnings += 1,
                Level::Error => summary.errors += 1,
            }
            files.extend(diagnostic.span.map(|span| sources.origin(span).file));
            let has = |confidence| usize::from(diagnostic.fixes.iter().any(|fix| fix.confidence == confidence));
            summary.fixable += has(Confidence::Safe);
            summary.patchable += has(Confidence::Patch);
        }
        summary.files = files.len();
        summary
    }

    /// Returns whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.errors + self.warnings + self.notes == 0
    }
}

impl fmt::Display for Summary {
    /// Writes `3 errors, 1 warning in 4 files`, or `no findings`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no findings");
        }
        let counts = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let words: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word)).collect();
        f.write_str(&words.join(", "))?;
        if self.files > 0 {
            write!(f, " in {}", counted(self.files, "file"))?;
        }
        Ok(())
    }
}

/// Returns a number with its word, in the plural where it is not one: `1 file`, `3 files`, `2 fixes`.
pub fn counted(count: usize, word: &str) -> String {
    let ending = match word {
        _ if count == 1 => "",
        word if word.ends_with('x') => "es",
        _ => "s",
    };
    format!("{count} {word}{ending}")
}
