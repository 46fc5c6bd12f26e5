//! The lines of source that a message shows.
//!
//! miette would read whole files for each message and print what it finds. An [`Excerpt`] holds only the few lines
//! around the labels of one diagnostic, from as many files as it names, with long lines clipped and characters that
//! command a terminal replaced; it answers as a source whose offsets run through all of its snippets.

use std::borrow::Cow;
use std::ops::Range;

use djc_core::source::{FileId, LineColumn, SourceMap, Span};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::Diagnostic;

/// Lines shown before and after a label.
const CONTEXT_LINES: usize = 1;
/// Labels over more lines than this are shown at their first line only.
const LABEL_LINES_MAX: usize = 6;
/// Longer lines, in bytes, are clipped around the label.
const LINE_MAX: usize = 160;
/// What a clipped line shows before the label.
const LEAD: usize = 50;

/// The snippets of one diagnostic and its labels in them.
#[derive(Debug)]
pub(super) struct Excerpt {
    snippets: Vec<Snippet>,
    places: Vec<(SourceSpan, LineColumn)>,
    labels: Vec<LabeledSpan>,
}

#[derive(Debug)]
struct Snippet {
    base: usize,
    name: String,
    first_line: usize,
    text: String,
}

/// A label before it is placed.
struct Pending<'a> {
    file: FileId,
    lines: Range<usize>,
    bytes: Range<usize>,
    text: Option<&'a str>,
    primary: bool,
}

/// One line as it is shown: which bytes of the file, and where they stand in the snippet.
struct Shown {
    line: usize,
    source: Range<usize>,
    at: usize,
}

impl Excerpt {
    /// Cuts out what the labels of a diagnostic point at; `None` when it has no place.
    pub(super) fn of(sources: &SourceMap, diagnostic: &Diagnostic, unicode: bool) -> Option<Excerpt> {
        let primary = diagnostic.span?;
        let mut pending = vec![Pending::new(sources, primary, diagnostic.label.as_deref(), true)];
        for label in &diagnostic.labels {
            pending.push(Pending::new(sources, label.span, Some(&label.text), false));
        }
        let mut excerpt = Excerpt { snippets: Vec::new(), places: Vec::new(), labels: Vec::new() };
        let mut base = 0;
        for (file, lines) in line_ranges(sources, &pending) {
            let inside: Vec<&Pending> = pending.iter().filter(|label| label.file == file && lines.contains(&label.lines.start)).collect();
            base = excerpt.push_snippet(sources, file, lines, &inside, base, unicode) + 1;
        }
        Some(excerpt)
    }

    /// Returns the labels, with offsets into this source.
    pub(super) fn labels(&self) -> &[LabeledSpan] {
        &self.labels
    }

    fn push_snippet(
        &mut self,
        sources: &SourceMap,
        id: FileId,
        lines: Range<usize>,
        labels: &[&Pending],
        base: usize,
        unicode: bool,
    ) -> usize {
        let file = sources.file(id);
        let mut text = String::new();
        let mut shown = Vec::new();
        for line in lines.clone() {
            let whole = file.line(line);
            let start = whole.as_ptr() as usize - file.text.as_ptr() as usize;
            let focus = labels.iter().find(|label| label.lines.contains(&line));
            let focus = focus.map_or(0, |label| label.bytes.start.saturating_sub(start).min(whole.len()));
            let window = clip(whole, focus);
            if window.start > 0 {
                text.push_str(ellipsis(unicode));
            }
            shown.push(Shown { line, source: start + window.start..start + window.end, at: text.len() });
            text.push_str(&plain(&whole[window.clone()], unicode));
            if window.end < whole.len() {
                text.push_str(ellipsis(unicode));
            }
            text.push('\n');
        }
        let place = |byte: usize| {
            let line = shown.iter().rev().find(|line| line.source.start <= byte).unwrap_or(&shown[0]);
            let mut end = byte.clamp(line.source.start, line.source.end);
            while !file.text.is_char_boundary(end) {
                end -= 1;
            }
            (line.line, base + line.at + plain(&file.text[line.source.start..end], unicode).len())
        };
        for label in labels {
            let (_, start) = place(label.bytes.start);
            let (_, end) = place(label.bytes.end);
            let span = SourceSpan::from((start, end.saturating_sub(start)));
            self.places.push((span, file.line_column(label.bytes.start as u32)));
            let words = label.text.map(|words| plain(words, unicode).into_owned());
            self.labels.push(if label.primary {
                LabeledSpan::new_primary_with_span(words, span)
            } else {
                LabeledSpan::new_with_span(words, span)
            });
        }
        let next = base + text.len();
        let name = plain(&file.name, unicode).into_owned();
        self.snippets.push(Snippet { base, name, first_line: lines.start, text });
        next
    }
}

impl<'a> Pending<'a> {
    fn new(sources: &SourceMap, span: Span, text: Option<&'a str>, primary: bool) -> Self {
        let span = sources.origin(span);
        let file = sources.file(span.file);
        let start = (span.start as usize).min(file.text.len());
        let mut end = (span.end as usize).clamp(start, file.text.len());
        // The end of the line is no part of what is wrong.
        end = start + file.text[..end].get(start..).map_or(0, |text| text.trim_end_matches(['\n', '\r']).len());
        let first = file.line_column(start as u32).line;
        let mut last = file.line_column(end as u32).line;
        if last - first >= LABEL_LINES_MAX {
            last = first;
            let line = file.line(first);
            end = line.as_ptr() as usize - file.text.as_ptr() as usize + line.len();
        }
        Pending { file: span.file, lines: first..last + 1, bytes: start..end, text, primary }
    }
}

/// Returns which lines of which files are shown: the primary's first, then in order of the labels; what touches is one range.
fn line_ranges(sources: &SourceMap, labels: &[Pending]) -> Vec<(FileId, Range<usize>)> {
    let mut ranges: Vec<(FileId, Range<usize>)> = Vec::new();
    for label in labels {
        let last = sources.file(label.file).line_count();
        let mut lines = label.lines.start.saturating_sub(CONTEXT_LINES).max(1)..(label.lines.end + CONTEXT_LINES).min(last + 1);
        let touches = |other: &Range<usize>, lines: &Range<usize>| other.start <= lines.end && lines.start <= other.end;
        let mut at = ranges.len();
        while let Some(hit) = ranges.iter().position(|(file, other)| *file == label.file && touches(other, &lines)) {
            let (_, other) = ranges.remove(hit);
            lines = lines.start.min(other.start)..lines.end.max(other.end);
            at = at.min(hit);
        }
        ranges.insert(at.min(ranges.len()), (label.file, lines));
    }
    // The empty line behind a file's last newline shows nothing, unless it is what is meant.
    for (file, lines) in &mut ranges {
        let last = lines.end - 1;
        let meant = labels.iter().any(|label| label.file == *file && label.lines.contains(&last));
        if last > lines.start && !meant && last == sources.file(*file).line_count() && sources.file(*file).line(last).is_empty() {
            lines.end -= 1;
        }
    }
    ranges
}

/// Returns which bytes of a line are shown.
fn clip(line: &str, focus: usize) -> Range<usize> {
    if line.len() <= LINE_MAX {
        return 0..line.len();
    }
    let floor = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(focus.saturating_sub(LEAD).min(line.len() - LINE_MAX));
    start..floor((start + LINE_MAX).min(line.len()))
}

fn ellipsis(unicode: bool) -> &'static str {
    if unicode { "…" } else { "..." }
}

/// Replaces characters that command a terminal or turn the direction of writing; line breaks and tabs stay.
pub(super) fn plain(text: &str, unicode: bool) -> Cow<'_, str> {
    let commands = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    if text.chars().any(commands) {
        let substitute = if unicode { '\u{fffd}' } else { '?' };
        Cow::Owned(text.chars().map(|c| if commands(c) { substitute } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let at = self.snippets.partition_point(|snippet| snippet.base <= span.offset());
        let snippet = at.checked_sub(1).map(|at| &self.snippets[at]).ok_or(MietteError::OutOfBounds)?;
        if span.offset() + span.len() > snippet.base + snippet.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        // Without context miette asks for the place of a label, with context for the snippet around it.
        let place = self.places.iter().find(|(label, _)| lines_before == 0 && label == span).map(|(_, place)| *place);
        let (line, column) = place.map_or((snippet.first_line - 1, 0), |place| (place.line - 1, place.column - 1));
        Ok(Box::new(MietteSpanContents::new_named(
            snippet.name.clone(),
            snippet.text.as_bytes(),
            SourceSpan::from((snippet.base, snippet.text.len())),
            line,
            column,
            snippet.text.matches('\n').count(),
        )))
    }
}
