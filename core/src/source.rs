//! Where every byte came from.
//!
//! A [`Span`] is a range of bytes in one file of a [`SourceMap`]. A definition that a host language puts
//! together from pieces (an f-string, a concatenation, cells of a notebook) is a *derived* file: its text is
//! the assembled definition, and its [`Segment`]s say which bytes of the real file each piece stands for.
//! Passes work on the text they were given; only the renderers of diagnostics ask for
//! [`SourceMap::origin`]. So a span stays two numbers, wherever the text came from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A range of bytes in a file: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// The file that the bytes are in.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// Returns the span of `start..end` in `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Span { file, start: start as u32, end: end as u32 }
    }

    /// Returns the smallest span that holds both; `other` must be in the same file.
    pub fn to(self, other: Span) -> Self {
        debug_assert_eq!(self.file, other.file, "a span cannot reach across files");
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Returns the range as `usize`, for slicing the text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the empty span just behind this one, where something is missing.
    pub fn after(self) -> Self {
        Span { start: self.end, ..self }
    }
}

/// A value with the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Returns `value` written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

/// A place as a person counts it: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters (not bytes, not cells), from 1.
    pub column: usize,
}

/// A piece of a derived file that stands, byte for byte, in another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// First byte in the derived text.
    pub start: u32,
    /// The bytes of the real file that this piece stands for.
    pub origin: Span,
}

/// One text with its name and line table.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The name that messages print: a path relative to the working folder, with `/`.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
    segments: Vec<Segment>,
}

impl SourceFile {
    fn new(name: String, text: Arc<str>, segments: Vec<Segment>) -> Self {
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        SourceFile { name, text, line_starts, segments }
    }

    /// Returns the line and column of a byte; a byte past the end counts as the end.
    pub fn line_column(&self, byte: u32) -> LineColumn {
        let mut byte = (byte as usize).min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self.line_starts.partition_point(|start| *start as usize <= byte);
        let start = self.line_starts[line - 1] as usize;
        LineColumn { line, column: self.text[start..byte].chars().count() + 1 }
    }

    /// Returns the text of a line (from 1) without its end.
    pub fn line(&self, line: usize) -> &str {
        let start = self.line_starts[line - 1] as usize;
        let end = self.line_starts.get(line).map_or(self.text.len(), |next| *next as usize);
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// Returns the pieces of a derived text, by first byte; none for the text of a real file.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns whether a segment that is not the last stands in the derived text as it does in the real file, so is no glue.
    fn is_copied(&self, at: usize) -> bool {
        let Segment { start, origin } = self.segments[at];
        self.segments[at + 1].start - start == origin.end - origin.start
    }

    /// Returns the number of lines.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }
}

/// All texts of one run.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Returns an empty map.
    pub fn new() -> Self {
        SourceMap::default()
    }

    /// Adds a file and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.push(SourceFile::new(name.into(), text.into(), Vec::new()))
    }

    /// Adds a text that was assembled from pieces of other files; `segments` are sorted by `start`.
    pub fn add_derived(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>, segments: Vec<Segment>) -> FileId {
        self.push(SourceFile::new(name.into(), text.into(), segments))
    }

    /// Gives every file the name that `with` makes of its own, where the texts come from somewhere else than they were read.
    pub fn rename(&mut self, with: impl Fn(&str) -> String) {
        self.files.iter_mut().for_each(|file| file.name = with(&file.name));
    }

    fn push(&mut self, file: SourceFile) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// Returns the file.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Returns all files with their ids, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(at as u32), file))
    }

    /// Returns the text under a span.
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.range()]
    }

    /// Returns the span in the real file that a span stands for; itself for a span of a real file.
    ///
    /// A span that reaches over several segments becomes the range from its first byte to its last when both
    /// are in one file, else the part in the first file. An empty span between two segments, where something is
    /// missing, stands at the end of the first when that is copied text.
    pub fn origin(&self, span: Span) -> Span {
        let file = self.file(span.file);
        let empty = span.start == span.end;
        let piece = |byte: u32| {
            let behind = file.segments.partition_point(|segment| segment.start <= byte).max(1) - 1;
            let at = match behind.checked_sub(1) {
                Some(before) if empty && file.segments[behind].start == byte && file.is_copied(before) => before,
                _ => behind,
            };
            let segment = &file.segments[at];
            let offset = byte.saturating_sub(segment.start).min(segment.origin.end - segment.origin.start);
            (segment.origin.file, segment.origin.start + offset, segment.origin.end)
        };
        if file.segments.is_empty() {
            return span;
        }
        let (first_file, start, first_end) = piece(span.start);
        // The byte behind a span may belong to another piece, so the last byte inside it counts.
        let (last_file, end, last_end) = if empty { piece(span.end) } else { piece(span.end - 1) };
        let end = if empty { end } else { (end + 1).min(last_end) };
        let end = if first_file == last_file && end >= start { end } else { first_end };
        self.origin(Span { file: first_file, start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut map = SourceMap::new();
        let file = map.add("a.dj", "größe : int\nb : int\n");
        assert_eq!(map.file(file).line_column(9), LineColumn { line: 1, column: 8 });
        assert_eq!(map.file(file).line_column(14), LineColumn { line: 2, column: 1 });
        assert_eq!(map.file(file).line(2), "b : int");
    }

    #[test]
    fn derived_spans_lead_back_to_the_real_file() {
        let mut map = SourceMap::new();
        let python = map.add("a.py", "x = 'a : int' + 'b : int'");
        let segments =
            vec![Segment { start: 0, origin: Span::new(python, 5, 12) }, Segment { start: 7, origin: Span::new(python, 17, 24) }];
        let derived = map.add_derived("a.py", "a : intb : int", segments);
        assert_eq!(map.origin(Span::new(derived, 8, 11)), Span::new(python, 18, 21));
        assert_eq!(map.origin(Span::new(derived, 0, 10)), Span::new(python, 5, 20));
    }

    #[test]
    fn what_is_missing_between_two_pieces_is_missing_behind_copied_text() {
        let mut map = SourceMap::new();
        let python = map.add("a.py", "class A: 'a = 1'");
        let copied = Segment { start: 1, origin: Span::new(python, 10, 15) };
        let glue = |start| Segment { start, origin: Span::new(python, 6, 7) };
        let derived = map.add_derived("a.py", "{a = 1 }\n", vec![glue(0), copied, glue(6)]);
        assert_eq!(map.origin(Span::new(derived, 6, 6)), Span::new(python, 15, 15));
        assert_eq!(map.origin(Span::new(derived, 10, 10)), Span::new(python, 7, 7));
    }
}
