//! Fixes of findings, in the strings in which definitions are written.

use super::place::Places;
use super::table;
use super::{Planned, Refusal, Unit};
use crate::core::source::{FileId, SourceMap};
use crate::core::text::Text;
use crate::diag::{Confidence, Diagnostic, Edit, Fix, codes};

/// Which fixes are wanted.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Numbers of codes; empty for all.
    pub codes: Vec<&'static str>,
    /// Whether guesses are wanted as well.
    pub likely: bool,
}

impl Choice {
    /// Returns the fix of a finding that is wanted: the first that keeps the meaning, else perhaps the first.
    fn of<'d>(&self, diagnostic: &'d Diagnostic) -> Option<&'d Fix> {
        if !self.codes.is_empty() && !self.codes.contains(&diagnostic.code.id) {
            return None;
        }
        let mut fixes = diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty());
        let first = fixes.clone().next();
        fixes.find(|fix| fix.confidence != Confidence::Likely).or(first.filter(|_| self.likely))
    }
}

/// A fix as a unit of edits.
#[derive(Debug, Clone)]
pub struct Fixing {
    /// The finding's code and what the fix does.
    pub what: (&'static str, String),
    /// Its edits.
    pub unit: Unit,
}

/// Returns a unit for each wanted fix.
pub fn units(sources: &SourceMap, places: &Places<'_>, diagnostics: &[Diagnostic], choice: &Choice) -> Vec<Fixing> {
    let mut texts: Vec<(FileId, Text)> = Vec::new();
    let mut out = Vec::new();
    for diagnostic in diagnostics {
        let Some(fix) = choice.of(diagnostic) else { continue };
        let span = diagnostic.span.unwrap_or(fix.edits[0].span);
        let name = diagnostic.table.clone().or_else(|| places.table_at(span).map(|placed| placed.name.clone()));
        let planned = |edit: &Edit| {
            if !texts.iter().any(|(file, _)| *file == edit.span.file) {
                texts.push((edit.span.file, places.text(edit.span.file)));
            }
            let text = &texts.iter().find(|(file, _)| *file == edit.span.file).expect("put there above").1;
            plan(sources, places, text, edit)
        };
        let edits = fix.edits.iter().map(planned).collect();
        let name = name.unwrap_or_else(|| sources.file(sources.origin(span).file).name.clone());
        out.push(Fixing { what: (diagnostic.code.id, fix.title.clone()), unit: Unit { name, span, edits } });
    }
    out
}

fn plan(sources: &SourceMap, places: &Places<'_>, text: &Text, edit: &Edit) -> Result<Planned, Refusal> {
    if sources.file(edit.span.file).segments().is_empty() {
        return Ok(Planned { table: None, edit: edit.clone() });
    }
    // With the end of its last line; what is behind has no place in a literal. Rows of contents are Python source, in which other spellings are right than in a definition.
    let inside = places.table_at(edit.span).and_then(|placed| Some((placed, table::lines(text, placed.table)?)));
    let range = edit.span.range();
    match inside {
        Some((placed, lines)) if lines.start <= range.start && range.end <= lines.end + 2 => {
            let edit = places.edit(text, lines, range, &edit.text)?;
            Ok(Planned { table: Some(placed.name.clone()), edit })
        }
        _ => {
            let message = "what the fix would change stands outside of the definition";
            Err(Refusal::new(&codes::PATCH_PLACE, edit.span, message, "change it by hand"))
        }
    }
}
