//! Diagnostics for programs: one JSON object, or GitHub's workflow commands.
//!
//! The JSON is a contract (`version` 1): fields are added, never renamed or removed. Lines and columns count from 1,
//! columns in characters, and an end is the place behind the last character.

use std::borrow::Cow;
use std::io;

use djc_core::source::SourceMap;
use serde::Serialize;

use super::{Confidence, Diagnostic, Level, Place, Summary};

/// One run, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub struct Output {
    /// Version of this shape.
    pub version: u32,
    /// What was found, in order of place.
    pub diagnostics: Vec<Finding>,
    /// How much was found.
    pub summary: Summary,
}

/// One diagnostic in JSON.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// `DJ0123`.
    pub code: &'static str,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// The headline.
    pub message: String,
    /// File, or null when no file is to blame.
    pub file: Option<String>,
    /// First line.
    pub line: Option<usize>,
    /// First column.
    pub column: Option<usize>,
    /// Line of the end.
    pub end_line: Option<usize>,
    /// Column of the end.
    pub end_column: Option<usize>,
    /// The words at the place itself and at the other places that have to do with it.
    pub labels: Vec<FindingLabel>,
    /// What to do, one sentence each.
    pub help: Vec<String>,
    /// Edits that would mend it.
    pub fixes: Vec<FindingFix>,
    /// `module.Table`.
    pub table: Option<String>,
    /// The attribute.
    pub attribute: Option<String>,
}

/// A place with a word about it.
#[derive(Debug, Serialize)]
pub struct FindingLabel {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What about it.
    pub text: String,
    /// Whether this is the place of the finding itself.
    pub primary: bool,
}

/// A set of edits.
#[derive(Debug, Serialize)]
pub struct FindingFix {
    /// What it does.
    pub title: String,
    /// Whether it keeps the meaning, so that `--fix` applies it.
    pub safe: bool,
    /// The edits.
    pub edits: Vec<FindingEdit>,
}

/// A replacement.
#[derive(Debug, Serialize)]
pub struct FindingEdit {
    /// What is replaced; empty to insert.
    #[serde(flatten)]
    pub place: Place,
    /// By what.
    pub text: String,
}

impl Output {
    /// Gathers all diagnostics above [`Level::Allow`].
    pub fn of(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Output {
        let findings = diagnostics.iter().filter(|diagnostic| diagnostic.level != Level::Allow);
        Output {
            version: 1,
            diagnostics: findings.map(|diagnostic| Finding::of(sources, diagnostic)).collect(),
            summary: Summary::of(sources, diagnostics),
        }
    }
}

impl Finding {
    fn of(sources: &SourceMap, diagnostic: &Diagnostic) -> Finding {
        let place = diagnostic.span.map(|span| Place::of(sources, span));
        let own = diagnostic.span.zip(diagnostic.label.as_ref()).map(|(span, text)| FindingLabel {
            place: Place::of(sources, span),
            text: text.clone(),
            primary: true,
        });
        let others = diagnostic.labels.iter().map(|label| FindingLabel {
            place: Place::of(sources, label.span),
            text: label.text.clone(),
            primary: false,
        });
        let fixes = diagnostic.fixes.iter().map(|fix| FindingFix {
            title: fix.title.clone(),
            safe: fix.confidence == Confidence::Safe,
            edits: fix.edits.iter().map(|edit| FindingEdit { place: Place::exact(sources, edit.span), text: edit.text.clone() }).collect(),
        });
        Finding {
            code: diagnostic.code.id,
            level: diagnostic.level.word(),
            message: diagnostic.message.clone(),
            line: place.as_ref().map(|place| place.line),
            column: place.as_ref().map(|place| place.column),
            end_line: place.as_ref().map(|place| place.end_line),
            end_column: place.as_ref().map(|place| place.end_column),
            file: place.map(|place| place.file),
            labels: own.into_iter().chain(others).collect(),
            help: diagnostic.help.clone(),
            fixes: fixes.collect(),
            table: diagnostic.table.clone(),
            attribute: diagnostic.attribute.clone(),
        }
    }
}

/// Writes the JSON object of a run, and a newline.
pub fn write_json(out: &mut dyn io::Write, sources: &SourceMap, diagnostics: &[Diagnostic]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Output::of(sources, diagnostics))?;
    writeln!(out)
}

/// Writes one workflow command a line, which GitHub shows at the line of the file in a pull request.
pub fn write_github(out: &mut dyn io::Write, sources: &SourceMap, diagnostics: &[Diagnostic]) -> io::Result<()> {
    for diagnostic in diagnostics {
        let command = match diagnostic.level {
            Level::Allow => continue,
            Level::Note => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        write!(out, "::{command} ")?;
        if let Some(span) = diagnostic.span {
            let place = Place::of(sources, span);
            write!(out, "file={},line={},endLine={},", property(&place.file), place.line, place.end_line)?;
            // GitHub takes columns only for a range inside of one line.
            if place.line == place.end_line {
                write!(out, "col={},endColumn={},", place.column, place.end_column)?;
            }
        }
        let mut message = diagnostic.message.clone();
        for line in diagnostic.label.iter().chain(&diagnostic.help) {
            message.push('\n');
            message.push_str(line);
        }
        let title = format!("{} {}", diagnostic.code.id, diagnostic.code.slug);
        writeln!(out, "title={}::{}", property(&title), data(&message))?;
    }
    Ok(())
}

/// Escapes the text behind `::`.
fn data(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '\r', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
