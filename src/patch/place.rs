//! Where a piece of a derived text is written, and how a new text is spelled there.

use std::collections::BTreeMap;
use std::ops::Range;

use djc_pyimport::strings::{self, Literal};

use super::Refusal;
use super::table::{self, Tables};
use crate::core::source::{FileId, SourceMap, Span};
use crate::core::text::Text;
use crate::diag::{Edit, codes};
use crate::parser::ast;

/// The literals of all files that derived texts were read from, and who uses them.
pub struct Places<'s> {
    sources: &'s SourceMap,
    tables: BTreeMap<FileId, Tables<'s>>,
    literals: BTreeMap<FileId, Vec<Literal>>,
    /// What the definitions took out of each file.
    runs: BTreeMap<FileId, Vec<Run>>,
}

/// Bytes of a real file that stand one behind the other in a derived text.
struct Run {
    start: u32,
    end: u32,
    /// How far this one and those before it reach.
    reach: u32,
    table: Option<String>,
}

/// How a piece of a text relates to the place that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Byte for byte.
    Verbatim,
    /// An escape, a doubled brace, a line end of two characters.
    Escape,
    /// A name that is written otherwise there, or words that nobody wrote.
    Other,
}

struct Piece {
    range: Range<usize>,
    origin: Span,
    nature: Nature,
}

const BY_HAND: &str = "write it as one literal in its class, or change it by hand";

impl<'s> Places<'s> {
    /// Looks through the files that the trees were read from.
    pub fn new(sources: &'s SourceMap, trees: &'s [ast::File]) -> Self {
        let tables = trees.iter().map(|tree| (tree.file, Tables::of(tree))).collect();
        let mut places = Places { sources, tables, literals: BTreeMap::new(), runs: BTreeMap::new() };
        for tree in trees {
            places.take(tree.file);
        }
        for runs in places.runs.values_mut() {
            runs.sort_by_key(|run| (run.start, run.end));
            let mut reach = 0;
            for run in runs {
                reach = reach.max(run.end);
                run.reach = reach;
            }
        }
        places
    }

    fn take(&mut self, file: FileId) {
        let mut last: Option<Run> = None;
        let mut file_of_last = file;
        let segments = self.sources.file(file).segments();
        for segment in segments {
            let origin = segment.origin;
            if origin.start == origin.end {
                continue;
            }
            let continued = last.as_mut().filter(|run| file_of_last == origin.file && run.end == origin.start);
            if let Some(run) = continued {
                run.end = origin.end;
                continue;
            }
            if let Some(run) = last.take() {
                self.runs.entry(file_of_last).or_default().push(run);
            }
            self.literals.entry(origin.file).or_insert_with(|| strings::literals(&self.sources.file(origin.file).text));
            let table = self.tables[&file].holding(segment.start).map(|placed| placed.name.clone());
            last = Some(Run { start: origin.start, end: origin.end, reach: 0, table });
            file_of_last = origin.file;
        }
        if let Some(run) = last {
            self.runs.entry(file_of_last).or_default().push(run);
        }
    }

    /// Returns the tables whose definitions hold a place of a real file, with how often they do.
    pub(super) fn tables_of(&self, span: Span) -> Vec<(Option<String>, usize)> {
        let mut out: Vec<(Option<String>, usize)> = Vec::new();
        let Some(runs) = self.runs.get(&span.file) else { return out };
        let begun = runs.partition_point(|run| run.start <= span.end);
        for run in runs[..begun].iter().rev().take_while(|run| run.reach >= span.start) {
            // A place of no length is at the border of a run as well as inside of it.
            if run.end < span.start || span.start < span.end && (run.end == span.start || run.start == span.end) {
                continue;
            }
            match out.iter_mut().find(|(table, _)| *table == run.table) {
                Some((_, count)) => *count += 1,
                None => out.push((run.table.clone(), 1)),
            }
        }
        out
    }

    /// Returns the name of the innermost table that holds a place of a text.
    pub(super) fn table_at(&self, span: Span) -> Option<&table::Placed<'s>> {
        self.tables.get(&span.file)?.holding(span.start)
    }

    /// Returns the table whose class name stands at a place.
    pub(super) fn table_named(&self, name: Span) -> Option<&table::Placed<'s>> {
        self.table_at(name).filter(|placed| placed.table.name.span == name)
    }

    /// Returns the tables of a tree.
    pub(super) fn tables_in(&self, file: FileId) -> &[table::Placed<'s>] {
        self.tables.get(&file).map_or(&[], Tables::all)
    }

    /// Returns whether a text is one that a front-end derived for a schema.
    pub(super) fn is_schema(&self, file: FileId) -> bool {
        self.tables.contains_key(&file)
    }

    /// Returns the whole text of a file with the places of its pieces.
    pub(super) fn text(&self, file: FileId) -> Text {
        let source = self.sources.file(file);
        match source.segments() {
            [] => Text::new(&*source.text, Span::new(file, 0, source.text.len())),
            segments => Text { text: source.text.to_string(), segments: segments.to_vec() },
        }
    }

    /// Returns a piece of a text as its author wrote it: names that were written anew get their own spelling back.
    pub(super) fn as_written(&self, text: &Text) -> Text {
        let mut out = Text::default();
        for piece in self.pieces(text) {
            let written = &self.sources.file(piece.origin.file).text[piece.origin.range()];
            let renamed = piece.nature == Nature::Other && self.literal(piece.origin).is_some();
            if renamed && !written.contains(['\\', '\n', '\r']) {
                out.push_str(written, piece.origin);
            } else {
                out.push(&text.slice(piece.range));
            }
        }
        out
    }

    /// Returns the edit of a real file that puts `by` into the place of a range of a text.
    ///
    /// `scope` is the definition around it: where a range of no length stands between two literals, the one that holds most of the definition gets the new text.
    pub(super) fn edit(&self, text: &Text, scope: Range<usize>, range: Range<usize>, by: &str) -> Result<Edit, Refusal> {
        let pieces = self.pieces(text);
        if range.is_empty() {
            return self.insertion(&pieces, scope, range.start, by);
        }
        let touched = pieces.iter().filter(|piece| piece.range.start < range.end && range.start < piece.range.end);
        let mut place: Option<Span> = None;
        for piece in touched {
            let cut = piece.range.start < range.start || range.end < piece.range.end;
            if piece.nature == Nature::Other || cut && piece.nature == Nature::Escape {
                return Err(self.assembled(piece.origin));
            }
            let mut origin = piece.origin;
            if piece.nature == Nature::Verbatim {
                origin.start += range.start.saturating_sub(piece.range.start) as u32;
                origin.end -= piece.range.end.saturating_sub(range.end) as u32;
            }
            place = Some(match place {
                None => origin,
                Some(place) if place.file == origin.file && place.end == origin.start => Span { end: origin.end, ..place },
                Some(place) => return Err(self.assembled(place)),
            });
        }
        let place = place.expect("a range that is not empty touches a piece of its text");
        self.spelled(place, by)
    }

    fn insertion(&self, pieces: &[Piece], scope: Range<usize>, at: usize, by: &str) -> Result<Edit, Refusal> {
        let point = |piece: &Piece| {
            let offset = match piece.nature {
                _ if at == piece.range.start => piece.origin.start,
                _ if at == piece.range.end => piece.origin.end,
                Nature::Verbatim => piece.origin.start + (at - piece.range.start) as u32,
                Nature::Escape | Nature::Other => return None,
            };
            (piece.origin.start < piece.origin.end).then_some(Span { start: offset, end: offset, ..piece.origin })
        };
        let near = pieces.iter().filter(|piece| piece.range.start <= at && at <= piece.range.end);
        let home = self.home(pieces, scope);
        let candidates: Vec<Span> = near.filter_map(point).collect();
        let at_home = |span: &&Span| home.is_some() && self.literal(**span).map(|literal| (span.file, literal.start)) == home;
        match candidates.iter().find(at_home).or(candidates.first()) {
            Some(place) => self.spelled(*place, by),
            None => {
                let near = pieces.iter().find(|piece| at <= piece.range.end).map(|piece| piece.origin);
                Err(self.assembled(near.unwrap_or_default()))
            }
        }
    }

    /// Returns the literal that holds most of a definition: its file and first byte.
    fn home(&self, pieces: &[Piece], scope: Range<usize>) -> Option<(FileId, usize)> {
        let mut sizes: BTreeMap<(FileId, usize), usize> = BTreeMap::new();
        for piece in pieces.iter().filter(|piece| scope.start <= piece.range.start && piece.range.end <= scope.end) {
            if let Some(literal) = self.literal(piece.origin) {
                *sizes.entry((piece.origin.file, literal.start)).or_default() += piece.range.len();
            }
        }
        sizes.into_iter().max_by_key(|(_, size)| *size).map(|(home, _)| home)
    }

    fn spelled(&self, place: Span, by: &str) -> Result<Edit, Refusal> {
        let file = self.sources.file(place.file);
        if !file.segments().is_empty() {
            let message = "this definition stands in a cell of a notebook, which djc reads and does not write";
            let help = "change the cell by hand, or move the class into a Python file";
            return Err(Refusal::new(&codes::PATCH_NOTEBOOK, place, message, help));
        }
        let line_end = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
        if !self.literals.contains_key(&place.file) {
            return Ok(Edit { span: place, text: if line_end == "\n" { by.to_string() } else { by.replace('\n', line_end) } });
        }
        let Some(literal) = self.literal(place) else { return Err(self.assembled(place)) };
        let Some(text) = literal.spell(by, line_end) else {
            let message = format!("`{}` cannot be written in this literal", by.replace('\n', "\\n"));
            let help = "take the `r` away from the literal, or change it by hand";
            return Err(Refusal::new(&codes::PATCH_SPELLING, place, message, help));
        };
        Ok(Edit { span: place, text })
    }

    fn assembled(&self, place: Span) -> Refusal {
        Refusal::new(&codes::PATCH_PLACE, place, "this text does not stand in one literal as it is read", BY_HAND)
    }

    /// Returns the literal that holds a place.
    fn literal(&self, place: Span) -> Option<&Literal> {
        let literals = self.literals.get(&place.file)?;
        let range = place.range();
        let holds = |literal: &&Literal| literal.inner.start <= range.start && range.end <= literal.inner.end;
        let behind = literals.partition_point(|literal| literal.inner.start <= range.start);
        // The last that begins before it, unless that one is a value inside of an f-string.
        literals[..behind].iter().rev().take(8).find(holds)
    }

    fn pieces(&self, text: &Text) -> Vec<Piece> {
        let ends = text.segments.iter().skip(1).map(|segment| segment.start as usize).chain([text.text.len()]);
        let piece = |(segment, end): (&crate::core::source::Segment, usize)| {
            let range = segment.start as usize..end;
            let written = &self.sources.file(segment.origin.file).text[segment.origin.range()];
            let nature = if written == &text.text[range.clone()] {
                Nature::Verbatim
            } else if ["\\", "\r", "{{", "}}"].iter().any(|head| written.starts_with(head)) && range.len() <= 4 {
                Nature::Escape
            } else {
                Nature::Other
            };
            Piece { range, origin: segment.origin, nature }
        };
        text.segments.iter().zip(ends).map(piece).collect()
    }
}
