//! Applying fixes to texts.
//!
//! Only fixes that keep the meaning are applied. Those that overlap wait for the next round, and a fix that would leave
//! a file with more syntax errors than before is left out: `djc check --fix` never breaks a file.

use std::collections::BTreeMap;

use djc_core::source::{FileId, SourceMap, Span};

use super::{Confidence, Diagnostic, Edit, Fix};

/// The outcome of one round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// New texts of the files that change.
    pub texts: BTreeMap<FileId, String>,
    /// What was done: the code and the title of each applied fix, in order of place.
    pub applied: Vec<(&'static str, String)>,
    /// Fixes left out because the file would no longer parse.
    pub refused: usize,
}

/// Applies the safe fixes of a run.
///
/// Of each diagnostic the first safe fix counts. `syntax_errors` says how many errors a text with that file's name has.
pub fn apply(sources: &SourceMap, diagnostics: &[Diagnostic], syntax_errors: &dyn Fn(FileId, &str) -> usize) -> Round {
    let mut chosen: Vec<(&Diagnostic, &Fix)> = Vec::new();
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for diagnostic in diagnostics {
        let safe = diagnostic.fixes.iter().find(|fix| fix.confidence == Confidence::Safe && !fix.edits.is_empty());
        let Some(fix) = safe else { continue };
        if let Some(placed) = place(sources, fix)
            && fits(&edits, &placed)
        {
            take(&mut edits, placed);
            chosen.push((diagnostic, fix));
        }
    }
    let before = |id: FileId| syntax_errors(id, &sources.file(id).text);
    let worse = |edits: &BTreeMap<FileId, Vec<Edit>>| {
        edits.iter().any(|(id, edits)| syntax_errors(*id, &edited(&sources.file(*id).text, edits)) > before(*id))
    };
    let mut round = Round::default();
    if worse(&edits) {
        // One of them is at fault: try them one by one.
        edits.clear();
        chosen.retain(|(_, fix)| {
            let placed = place(sources, fix).expect("only fixes that have a place were chosen");
            let mut attempt = edits.clone();
            take(&mut attempt, placed);
            let keep = !worse(&attempt);
            if keep {
                edits = attempt;
            } else {
                round.refused += 1;
            }
            keep
        });
    }
    round.applied = chosen.iter().map(|(diagnostic, fix)| (diagnostic.code.id, fix.title.clone())).collect();
    round.texts = edits.into_iter().map(|(id, edits)| (id, edited(&sources.file(id).text, &edits))).collect();
    round
}

/// Returns the edits of a fix in the real files; `None` when an edit stands over a seam of pieces, so that it has no one place.
fn place(sources: &SourceMap, fix: &Fix) -> Option<Vec<Edit>> {
    let placed = fix.edits.iter().map(|edit| {
        let span = sources.origin(edit.span);
        let whole = sources.file(span.file).text.get(span.range());
        let same = whole.is_some() && whole == sources.file(edit.span.file).text.get(edit.span.range());
        same.then(|| Edit { span, text: edit.text.clone() })
    });
    placed.collect()
}

/// Returns whether no edit touches one that is already taken; the very same edit twice is one edit.
fn fits(taken: &BTreeMap<FileId, Vec<Edit>>, edits: &[Edit]) -> bool {
    edits.iter().all(|edit| {
        let others = taken.get(&edit.span.file).map_or(&[][..], |others| others);
        others.iter().all(|other| other == edit || !touches(other.span, edit.span))
    })
}

/// Two edits that begin or end at one byte do not commute, so they touch.
fn touches(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

fn take(edits: &mut BTreeMap<FileId, Vec<Edit>>, placed: Vec<Edit>) {
    for edit in placed {
        let file = edits.entry(edit.span.file).or_default();
        if !file.contains(&edit) {
            file.push(edit);
        }
    }
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        out.push_str(&text[at..range.start]);
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::codes;

    fn run(text: &str, fixes: &[Fix], syntax_errors: &dyn Fn(&str) -> usize) -> (String, Round) {
        let mut sources = SourceMap::new();
        let file = sources.add("a.dj", text);
        let diagnostics: Vec<Diagnostic> = fixes.iter().map(|fix| codes::SYNTAX.at(fix.edits[0].span, "x").fix(fix.clone())).collect();
        let round = apply(&sources, &diagnostics, &|_, text| syntax_errors(text));
        (round.texts.get(&file).cloned().unwrap_or_else(|| text.to_string()), round)
    }

    fn span(start: usize, end: usize) -> Span {
        Span::new(FileId(0), start, end)
    }

    #[test]
    fn overlapping_fixes_wait_for_the_next_round() {
        let fixes = [Fix::safe("one", span(0, 3), "ONE"), Fix::safe("two", span(2, 5), "TWO"), Fix::safe("three", span(8, 9), "")];
        let (text, round) = run("one two three", &fixes, &|_| 0);
        assert_eq!(text, "ONE two hree");
        assert_eq!(round.applied.len(), 2);
    }

    #[test]
    fn a_fix_of_several_edits_is_applied_whole_or_not_at_all() {
        let fixes = [Fix::safe("first", span(4, 7), "TWO"), Fix::safe("both", span(0, 3), "ONE").and(span(4, 5), "x")];
        assert_eq!(run("one two three", &fixes, &|_| 0).0, "one TWO three");
    }

    #[test]
    fn likely_fixes_are_not_applied() {
        assert_eq!(run("one", &[Fix::likely("guess", span(0, 3), "two")], &|_| 0).0, "one");
    }

    #[test]
    fn a_fix_that_breaks_the_file_is_left_out_and_the_others_stay() {
        let fixes = [Fix::safe("good", span(0, 1), "b"), Fix::safe("bad", span(2, 3), "{")];
        let (text, round) = run("a a", &fixes, &|text| text.matches('{').count());
        assert_eq!((text.as_str(), round.refused, round.applied.len()), ("b a", 1, 1));
    }

    #[test]
    fn the_same_edit_from_two_findings_is_one_edit() {
        let fixes = [Fix::safe("insert", span(1, 1), "-"), Fix::safe("insert", span(1, 1), "-")];
        assert_eq!(run("ab", &fixes, &|_| 0).0, "a-b");
    }
}
