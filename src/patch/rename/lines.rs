//! The edits of a rename, line by line.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use djc_pyimport::strings;

use super::super::place::Places;
use super::super::table::Placed;
use super::super::{Planned, Refusal};
use super::{Renaming, bare_words};
use crate::core::ir::{IndexPart, Pipeline, TableId, type_text};
use crate::core::source::{FileId, Span, Spanned};
use crate::core::text::Text;
use crate::parser::ast::{self, BodyItem, ContentsItem, ProjectionArgument};

/// Collects the edits until one cannot be made.
pub(super) struct Lines<'e, 's> {
    pipeline: &'e Pipeline,
    places: &'e Places<'s>,
    tables: &'e BTreeSet<TableId>,
    asked: Renaming<'e>,
    texts: HashMap<FileId, Text>,
    planned: Vec<Planned>,
    refusal: Option<Refusal>,
    braces: bool,
    older: Option<String>,
    by_hand: Vec<Span>,
}

/// What has been collected.
pub(super) struct Done {
    pub edits: Result<Vec<Planned>, Refusal>,
    /// Whether the old name stands in braces in a comment.
    pub braces: bool,
    /// The older name whose note gave way.
    pub older: Option<String>,
    /// Places for a person to look at.
    pub by_hand: Vec<Span>,
}

impl<'e, 's> Lines<'e, 's> {
    pub fn new(pipeline: &'e Pipeline, places: &'e Places<'s>, tables: &'e BTreeSet<TableId>, asked: Renaming<'e>) -> Self {
        Lines {
            pipeline,
            places,
            tables,
            asked,
            texts: HashMap::new(),
            planned: Vec::new(),
            refusal: None,
            braces: false,
            older: None,
            by_hand: Vec::new(),
        }
    }

    pub fn done(self) -> Done {
        Done { edits: self.refusal.map_or(Ok(self.planned), Err), braces: self.braces, older: self.older, by_hand: self.by_hand }
    }

    /// Edits the definition of a table, and what stands above it.
    pub fn table(&mut self, id: TableId) {
        let places = self.places;
        let Some(placed) = places.table_named(self.pipeline.table(id).name_span) else { return };
        let has = self.tables.contains(&id);
        for annotation in &placed.table.annotations {
            self.annotation(id, placed, annotation, has);
        }
        for item in &placed.table.body {
            match item {
                BodyItem::Attribute(line) if has && line.name.value == self.asked.old => {
                    self.put(placed, line.name.span, self.asked.new);
                    self.note(id, placed, line);
                }
                BodyItem::Reference(line) => self.reference(id, placed, line, has),
                BodyItem::Index(line) if has => line.arguments.iter().for_each(|argument| self.index_argument(placed, argument)),
                BodyItem::Contents(contents) if has => contents.rows.iter().for_each(|row| self.row(placed, row)),
                _ => {}
            }
        }
    }

    fn annotation(&mut self, id: TableId, placed: &Placed<'_>, annotation: &ast::Annotation, has: bool) {
        let Renaming { old, new, .. } = self.asked;
        let Some(arguments) = &annotation.arguments else { return };
        let place = |range: &Range<usize>| sub(arguments.span, range.clone());
        match annotation.name.value.as_str() {
            "renamed" if has => {
                for piece in pieces(&arguments.value) {
                    let Some((older, _)) = arguments.value[piece.clone()].split_once("->").filter(|(_, name)| name.trim() == old) else {
                        continue;
                    };
                    if self.is_noted(id) {
                        let start = piece.start + older.len() - older.trim_start().len();
                        self.put(placed, place(&(start..start + older.trim().len())), old);
                        self.older = Some(older.trim().to_string());
                    }
                    let end = piece.start + arguments.value[piece.clone()].trim_end().len();
                    self.put(placed, place(&(end - old.len()..end)), new);
                }
            }
            "fill" if has => {
                for piece in pieces(&arguments.value) {
                    let text = &arguments.value[piece.clone()];
                    if text.split_once('=').is_some_and(|(name, _)| name.trim() == old) {
                        let start = piece.start + text.len() - text.trim_start().len();
                        self.put(placed, place(&(start..start + old.len())), new);
                    }
                }
            }
            // Which table of the expression the name belongs to is for the author to see.
            "key_source" => self.by_hand.extend(strings::words(&arguments.value, old).map(|word| place(&word))),
            _ => {}
        }
    }

    fn reference(&mut self, id: TableId, placed: &Placed<'_>, line: &ast::Reference, has: bool) {
        let Renaming { old, new, .. } = self.asked;
        let Some(reference) = self.pipeline.table(id).references.iter().find(|reference| reference.span == line.span) else { return };
        let parent = self.tables.contains(&reference.parent);
        for argument in line.target.projection.iter().flat_map(|projection| &projection.arguments) {
            match argument {
                ProjectionArgument::Rename { new: name, old: from } => {
                    if has && name.value == old {
                        self.put(placed, name.span, new);
                    }
                    if parent && from.value.trim() == old {
                        self.word(placed, from);
                    }
                }
                // Without effect, and an error when the parent lacks it.
                ProjectionArgument::Attribute(name) if parent && name.value.trim().trim_start_matches('-').trim() == old => {
                    self.word(placed, name);
                }
                ProjectionArgument::Attribute(_) | ProjectionArgument::Ellipsis(_) => {}
            }
        }
    }

    fn index_argument(&mut self, placed: &Placed<'_>, argument: &Spanned<String>) {
        let old = self.asked.old;
        let words = match type_text::parse_index_argument(&argument.value) {
            Ok(IndexPart::Attribute { name, .. } | IndexPart::JsonPath { name, .. }) if name == old => {
                // The first word; what follows is a length, an order or a path.
                strings::words(&argument.value, old).take(1).collect()
            }
            Ok(IndexPart::Expression(_)) => bare_words(&argument.value, old),
            Ok(IndexPart::Attribute { .. } | IndexPart::JsonPath { .. }) | Err(_) => Vec::new(),
        };
        for word in words {
            self.put(placed, sub(argument.span, word), self.asked.new);
        }
    }

    fn row(&mut self, placed: &Placed<'_>, row: &ContentsItem) {
        let ContentsItem::Row { span, .. } = row else { return };
        let text = self.text(span.file).text[span.range()].to_string();
        for key in keys(&text).into_iter().filter(|key| text[key.clone()] == *self.asked.old) {
            self.put(placed, sub(*span, key), self.asked.new);
        }
    }

    /// Says the old name at the head of the comment, as datajoint's `alter` reads it, unless an annotation says it.
    fn note(&mut self, id: TableId, placed: &Placed<'_>, line: &ast::Attribute) {
        let old = self.asked.old;
        let table = self.pipeline.table(id);
        if !self.is_noted(id) || table.annotations.renamed.contains_key(old) {
            return;
        }
        self.braces = true;
        let older = table.heading.get(old).and_then(|attribute| attribute.renamed_from.clone());
        match (&line.comment, older) {
            (Some(comment), Some(older)) => {
                self.put(placed, sub(comment.span, 1..1 + older.len()), old);
                self.older = Some(older);
            }
            (Some(comment), None) => {
                let text = if comment.value.is_empty() { format!(" {{{old}}}") } else { format!("{{{old}}} ") };
                self.put(placed, sub(comment.span, 0..0), &text);
            }
            (None, _) => self.put(placed, line.span.after(), &format!("  # {{{old}}}")),
        }
    }

    fn is_noted(&self, id: TableId) -> bool {
        self.asked.note && id == self.asked.table
    }

    fn word(&mut self, placed: &Placed<'_>, word: &Spanned<String>) {
        if let Some(at) = word.value.find(self.asked.old) {
            self.put(placed, sub(word.span, at..at + self.asked.old.len()), self.asked.new);
        }
    }

    fn put(&mut self, placed: &Placed<'_>, span: Span, by: &str) {
        let places = self.places;
        let edit = places.edit(self.text(span.file), placed.table.span.range(), span.range(), by);
        match edit {
            Ok(edit) => self.planned.push(Planned { table: Some(placed.name.clone()), edit }),
            Err(refusal) => drop(self.refusal.get_or_insert(refusal)),
        }
    }

    fn text(&mut self, file: FileId) -> &Text {
        self.texts.entry(file).or_insert_with(|| self.places.text(file))
    }
}

/// Returns a part of a place.
fn sub(span: Span, range: Range<usize>) -> Span {
    let start = span.start as usize;
    Span::new(span.file, start + range.start, start + range.end)
}

/// Returns the arguments of an annotation: what stands between the commas that are in no brackets and no quotes.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut depth) = (0, 0);
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                out.push(start..at);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    out.push(start..text.len());
    out
}

/// Returns the keys of a row by name, without their quotes.
fn keys(row: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    if !row.starts_with('{') {
        return out;
    }
    let mut depth = 0;
    let mut quote: Option<(char, usize)> = None;
    let mut escaped = false;
    for (at, c) in row.char_indices() {
        match quote {
            Some(_) if std::mem::take(&mut escaped) => {}
            Some(_) if c == '\\' => escaped = true,
            Some((open, start)) if c == open => {
                if depth == 1 && row[at + 1..].trim_start().starts_with(':') {
                    out.push(start..at);
                }
                quote = None;
            }
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some((c, at + 1)),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_row_are_those_of_its_own_mapping() {
        let row = "{'a': {'b': 1}, \"c\": 'a', 'd' : ['e']}";
        let found: Vec<&str> = keys(row).into_iter().map(|range| &row[range]).collect();
        assert_eq!(found, ["a", "c", "d"]);
        assert!(keys("('a', 1)").is_empty());
    }

    #[test]
    fn arguments_end_at_commas_outside_of_quotes() {
        let text = "a = 'x, y', b = sql(\"f(1, 2)\")";
        let found: Vec<&str> = pieces(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["a = 'x, y'", " b = sql(\"f(1, 2)\")"]);
    }
}
