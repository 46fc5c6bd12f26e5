//! Texts that remember where each piece was written.
//!
//! A definition in another language may be one literal, or be put together from several, from f-strings and from names. Whatever a front-end reads
//! keeps, beside its text, the [`Segment`]s that lead back into the file of the author.

use std::ops::Range;

use crate::source::{Segment, Span};

/// A text with the places of its pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where its pieces stand, by first byte.
    pub segments: Vec<Segment>,
}

impl Text {
    /// Returns a text that stands for a place, byte for byte where both are equally long.
    pub fn new(text: impl Into<String>, origin: Span) -> Self {
        Text { text: text.into(), segments: vec![Segment { start: 0, origin }] }
    }

    /// Adds a piece that stands for a place.
    pub fn push_str(&mut self, text: &str, origin: Span) {
        if !text.is_empty() {
            self.segments.push(Segment { start: self.text.len() as u32, origin });
            self.text.push_str(text);
        }
    }

    /// Adds words that nobody wrote; messages about them point at the start of `near`.
    pub fn push_glue(&mut self, text: &str, near: Span) {
        self.push_str(text, Span { end: near.start, ..near });
    }

    /// Adds another text.
    pub fn push(&mut self, other: &Text) {
        let shift = self.text.len() as u32;
        self.segments.extend(other.segments.iter().map(|segment| Segment { start: segment.start + shift, origin: segment.origin }));
        self.text.push_str(&other.text);
    }

    /// Returns the piece of a range of bytes.
    pub fn slice(&self, range: Range<usize>) -> Text {
        let mut out = Text { text: self.text[range.clone()].to_string(), segments: Vec::new() };
        for (at, segment) in self.segments.iter().enumerate() {
            let start = segment.start as usize;
            let end = self.segments.get(at + 1).map_or(self.text.len(), |next| next.start as usize);
            let (from, to) = (start.max(range.start), end.min(range.end));
            if from >= to {
                continue;
            }
            let mut origin = segment.origin;
            // What stands there byte for byte is cut there as well; what stands for something else stands for all of it.
            if (origin.end - origin.start) as usize == end - start {
                origin = Span { start: origin.start + (from - start) as u32, end: origin.start + (to - start) as u32, ..origin };
            }
            out.segments.push(Segment { start: (from - range.start) as u32, origin });
        }
        out
    }

    /// Puts another text in the place of a range of bytes.
    pub fn replace(&mut self, range: Range<usize>, by: &Text) {
        let mut out = self.slice(0..range.start);
        out.push(by);
        out.push(&self.slice(range.end..self.text.len()));
        *self = out;
    }

    /// Returns the text without white space at both ends.
    pub fn trimmed(&self) -> Text {
        let start = self.text.len() - self.text.trim_start().len();
        let end = self.text.trim_end().len().max(start);
        self.slice(start..end)
    }

    /// Returns the place that a range of bytes stands for; of several pieces, that of the first.
    pub fn origin(&self, range: Range<usize>) -> Option<Span> {
        Some(self.slice(range).segments.first()?.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn pieces_keep_their_places_when_others_are_replaced() {
        let span = |start, end| Span::new(FileId(0), start, end);
        let mut text = Text::new("-> self.source", span(10, 24));
        text.replace(3..14, &Text::new("Session", span(50, 57)));
        assert_eq!(text.text, "-> Session");
        assert_eq!(text.origin(0..2), Some(span(10, 12)));
        assert_eq!(text.origin(3..10), Some(span(50, 57)));
    }
}
