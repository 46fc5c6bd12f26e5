//! Where a span is, as machine output says it.

use djc_core::source::{SourceMap, Span};
use serde::Serialize;

/// A range in a file that a person wrote; lines and columns from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name, relative to the working folder.
    pub file: String,
    /// The line of the first character.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The line of the character behind the last one.
    pub end_line: usize,
    /// The column of the character behind the last one.
    pub end_column: usize,
}

impl Place {
    /// Returns the place of a span in the real file that it stands for, as people see it: a span that takes the
    /// end of its line along ends on that line.
    pub fn of(sources: &SourceMap, span: Span) -> Place {
        let mut place = Place::exact(sources, span);
        if place.end_column == 1 && place.end_line > place.line {
            place.end_line -= 1;
            place.end_column = sources.file(sources.origin(span).file).line(place.end_line).chars().count() + 1;
        }
        place
    }

    /// Returns the place of a span to the character, for edits.
    pub fn exact(sources: &SourceMap, span: Span) -> Place {
        let span = sources.origin(span);
        let file = sources.file(span.file);
        let start = file.line_column(span.start);
        let end = file.line_column(span.end.max(span.start));
        Place { file: file.name.clone(), line: start.line, column: start.column, end_line: end.line, end_column: end.column }
    }
}
