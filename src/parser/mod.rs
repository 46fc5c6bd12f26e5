//! From text to tree: [`ast`] says what the author wrote.
//!
//! [`parse`] never fails and never panics: what cannot be read becomes an `Error` item and a diagnostic, and reading goes on
//! with the next line. The text is cut into lines and blocks by hand (`recover`), because DataJoint itself cuts a definition into lines
//! before it looks at them; each piece is then read by its rule of the grammar (`pairs`). The parser knows no
//! generation: it reads what classic or modern DataJoint reads, and leaves refusals of one generation to resolve.

use djc_core::source::{FileId, Span, Spanned};

use crate::diag::{Diagnostic, Fix, Sink, codes};

pub mod ast;
mod body;
mod contents;
mod expected;
pub mod format;
mod literal;
mod pairs;
mod recover;
mod slips;
mod swallowed;

use ast::{Annotation, BodyItem, Item, TierWord};
use body::Block;
use pairs::Place;
use recover::Line;

/// How many errors of one file are listed; a file with more is of another kind altogether.
const ERRORS_MAX: usize = 1000;

/// How much of a line is read on after a mistake inside it.
const RESUME_MAX: usize = 10_000;

/// How long a text may be: places are 32-bit numbers.
const TEXT_MAX: usize = u32::MAX as usize - 1;

/// Returns the tree of a `.dj` file; mistakes are reported and leave `Error` items behind.
pub fn parse(file: FileId, text: &str, sink: &mut Sink) -> ast::File {
    let mut parser = Parser { file, text, at: 0, errors: 0, sink };
    if let Some(items) = parser.refuse_binary() {
        return ast::File { file, items, mistaken: true };
    }
    parser.at = mark_len(text);
    let items = parser.file();
    ast::File { file, items, mistaken: parser.errors > 0 }
}

/// Returns what the inside of a table's braces says, from a definition that stands alone, as in a Python class.
///
/// This is DataJoint's own syntax and nothing more: no parts, no contents, no annotations. Spans are places in `text`.
pub fn parse_definition(file: FileId, text: &str, sink: &mut Sink) -> Vec<BodyItem> {
    let mut parser = Parser { file, text, at: 0, errors: 0, sink };
    if parser.refuse_binary().is_some() {
        return vec![BodyItem::Error(Span::new(file, 0, text.len().min(TEXT_MAX)))];
    }
    parser.body(&Block::definition()).items
}

/// Returns how long an editor's byte order mark is, which is no part of the text; with what blank stands before it, since without
/// that it is the head of the file.
fn mark_len(text: &str) -> usize {
    let rest = text.trim_start_matches(|c| c == '\u{feff}' || recover::is_python_space(c));
    text[..text.len() - rest.len()].rfind('\u{feff}').map_or(0, |at| at + '\u{feff}'.len_utf8())
}

/// Reads one text from front to back.
struct Parser<'t, 's> {
    file: FileId,
    text: &'t str,
    at: usize,
    errors: usize,
    sink: &'s mut Sink,
}

/// Documentation and annotations that wait for their item.
#[derive(Default)]
struct Above {
    docs: Vec<Spanned<String>>,
    annotations: Vec<Annotation>,
    /// `##` lines that document the item below, if one follows directly; comments otherwise.
    run: Vec<DocLine>,
    /// Comments that must not become the first line of a body, where they would turn into the table comment.
    late: Vec<Spanned<String>>,
}

/// A `##` line in its two readings.
struct DocLine {
    doc: Spanned<String>,
    comment: Spanned<String>,
}

impl Above {
    /// Takes an annotation; the documentation directly above it belongs to the same item.
    fn annotate(&mut self, annotation: Annotation) {
        self.adopt();
        self.annotations.push(annotation);
    }

    /// Makes the `##` lines directly above documentation.
    fn adopt(&mut self) {
        self.docs.extend(self.run.drain(..).map(|line| line.doc));
    }

    /// Returns the `##` lines that turned out to document nothing, as comments.
    ///
    /// Below an annotation they document its item, whatever stands between: the formatter puts them together.
    fn flush(&mut self) -> impl Iterator<Item = Spanned<String>> {
        if !self.annotations.is_empty() {
            self.adopt();
        }
        self.run.drain(..).map(|line| line.comment)
    }
}

impl<'t> Parser<'t, '_> {
    fn line(&self) -> Option<Line<'t>> {
        Line::at(self.text, self.at)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn place(&self, start: usize) -> Place {
        Place { file: self.file, start }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors += 1;
        match self.errors.cmp(&ERRORS_MAX) {
            std::cmp::Ordering::Less => self.sink.report(diagnostic),
            std::cmp::Ordering::Equal => {
                let more = codes::TOO_MANY_ERRORS
                    .at(diagnostic.span.unwrap_or(self.span(0, 0)), format!("{ERRORS_MAX} errors in this file; the rest is not listed"))
                    .help("is this a `.dj` file?");
                self.sink.report(more);
            }
            std::cmp::Ordering::Greater => {}
        }
    }

    /// Reads on in the middle of a line. A line of thousands of mistakes is given up, since each would cost its whole length.
    fn resume(&mut self, at: usize, line_end: usize) {
        if line_end - at <= RESUME_MAX {
            self.at = at;
        }
    }

    /// Reports a text that is no text, and returns the item that stands for it.
    fn refuse_binary(&mut self) -> Option<Vec<Item>> {
        if self.text.len() > TEXT_MAX {
            let diagnostic = codes::NOT_TEXT.at(self.span(0, 0), "the file is longer than 4 gigabytes");
            self.report(diagnostic.help("split it: one file declares one schema"));
            return Some(vec![Item::Error(self.span(0, TEXT_MAX))]);
        }
        let nul = self.text.bytes().position(|byte| byte == 0)?;
        let diagnostic = codes::NOT_TEXT
            .at(self.span(nul, nul + 1), "the file holds a NUL byte, so it is no text")
            .help("a definition is plain text in UTF-8; was the file saved as UTF-16, or is it of another kind?");
        self.report(diagnostic);
        Some(vec![Item::Error(self.span(0, self.text.len()))])
    }

    /// Reads the top level.
    fn file(&mut self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        let mut above = Above::default();
        let mut schema: Option<Span> = None;
        let mut schema_tried = false;
        let mut first_table: Option<Span> = None;
        while let Some(line) = self.line() {
            let text = line.text;
            if text.is_empty() {
                items.extend(above.flush().map(Item::Comment));
                let blank = self.blank_lines();
                // Blank lines between an annotation and its table are not worth keeping.
                if above.annotations.is_empty() {
                    items.push(Item::Blank(blank));
                }
                continue;
            }
            if text.starts_with('#') {
                self.at = line.next;
                let comment = self.comment(&line);
                if recover::is_doc(text) {
                    above.run.push(DocLine { doc: self.doc(&line), comment });
                } else {
                    items.extend(above.flush().map(Item::Comment));
                    items.push(Item::Comment(comment));
                }
                continue;
            }
            let (word, _) = recover::head_word(text);
            if text.starts_with('@') {
                match self.annotation(&line) {
                    Some(annotation) => above.annotate(annotation),
                    None => {
                        items.extend(above.flush().map(Item::Comment));
                        items.push(Item::Error(self.trimmed_span(line.start)));
                    }
                }
            } else if recover::head(text).is_some() || pairs::tier_word(word).is_some() {
                above.adopt();
                let Above { docs, annotations, .. } = std::mem::take(&mut above);
                let start = line.start;
                let table = self.table(&line, docs, annotations, true);
                first_table = first_table.or(Some(self.span(start, start + word.len())));
                items.push(match table {
                    Some(table) if table.tier.value != TierWord::Part => Item::Table(Box::new(table)),
                    Some(_) | None => Item::Error(self.trimmed_span(start)),
                });
            } else if word == "schema" || word == "extern" {
                schema_tried = true;
                self.at = line.next;
                above.adopt();
                let docs = std::mem::take(&mut above.docs);
                self.dangling(&mut above, &mut items);
                items.push(match pairs::schema(text, self.place(line.start)) {
                    Ok(found) => {
                        match schema {
                            Some(first) => self.report(
                                codes::DUPLICATE_SCHEMA
                                    .at(found.span, "a second schema line in this file")
                                    .label(first, "the first one")
                                    .help("a file declares one schema; move what follows to a file of its own"),
                            ),
                            None => schema = Some(found.span),
                        }
                        Item::Schema(ast::SchemaLine { doc: docs, ..found })
                    }
                    Err(failure) => {
                        let diagnostic = slips::schema(text, self.place(line.start), &failure);
                        self.report(diagnostic);
                        Item::Error(self.span(line.start, line.end()))
                    }
                });
            } else if word == "use" {
                items.extend(above.flush().map(Item::Comment));
                self.dangling(&mut above, &mut items);
                items.push(self.use_line(&line));
            } else {
                items.extend(above.flush().map(Item::Comment));
                self.at = line.next;
                let span = self.span(line.start, line.end());
                // Unknown lines below each other are one mistake, not many.
                match items.last_mut() {
                    Some(Item::Error(last))
                        if slips::is_same_mistake(&self.text[last.range()], text)
                            && self.text[last.end as usize..line.start].matches('\n').count() == 1 =>
                    {
                        *last = last.to(span);
                    }
                    Some(_) | None => {
                        let diagnostic = slips::top_level(text, self.place(line.start));
                        self.report(diagnostic);
                        items.push(Item::Error(span));
                    }
                }
            }
        }
        items.extend(above.flush().map(Item::Comment));
        self.dangling(&mut above, &mut items);
        if schema.is_none() && !schema_tried {
            let start = mark_len(self.text);
            let message = match first_table {
                Some(_) => "this file does not say which schema its tables belong to",
                None => "this file declares nothing",
            };
            let span = first_table.unwrap_or(self.span(start, start));
            self.report(codes::MISSING_SCHEMA.at(span, message).help("begin the file with a line such as `schema my_schema`"));
        }
        items
    }

    /// Returns the span from `start` to the last byte that is no white space before the place where reading goes on.
    fn trimmed_span(&self, start: usize) -> Span {
        let text = self.text[start..self.at.max(start)].trim_end_matches(recover::is_python_space);
        self.span(start, start + text.len())
    }

    /// Reads a run of blank lines.
    fn blank_lines(&mut self) -> Spanned<usize> {
        let start = self.at;
        let mut count = 0;
        while let Some(line) = self.line().filter(|line| line.text.is_empty()) {
            count += 1;
            self.at = line.next;
        }
        Spanned::new(count, self.span(start, self.at))
    }

    /// Returns the comment that a `#` line is: what follows the `#`, as written.
    fn comment(&self, line: &Line<'_>) -> Spanned<String> {
        Spanned::new(line.text[1..].to_owned(), self.span(line.start + 1, line.end()))
    }

    /// Returns the documentation that a `##` line is: without the `##` and one blank.
    fn doc(&self, line: &Line<'_>) -> Spanned<String> {
        let text = &line.text[2..];
        let text = text.strip_prefix(' ').unwrap_or(text);
        Spanned::new(text.to_owned(), self.span(line.end() - text.len(), line.end()))
    }

    /// Reports annotations that no table follows, and keeps them as text.
    fn dangling(&mut self, above: &mut Above, items: &mut Vec<Item>) {
        let docs = above.docs.drain(..).map(|doc| Spanned::new(format!("# {}", doc.value), doc.span));
        items.extend(docs.map(Item::Comment));
        for annotation in above.annotations.drain(..) {
            let whole = annotation.comment.as_ref().map_or(annotation.span, |comment| annotation.span.to(comment.span));
            items.push(Item::Error(whole));
            let diagnostic = codes::DANGLING_ANNOTATION
                .at(annotation.span, format!("`@{}` stands above no table", annotation.name.value))
                .help("write annotations directly above the table or part that they are about");
            self.report(diagnostic);
        }
    }

    /// Reads an annotation, whose arguments may reach over several lines.
    fn annotation(&mut self, line: &Line<'t>) -> Option<Annotation> {
        self.at = line.next;
        let (name, rest) = recover::head_word(&line.text[1..]);
        let mut piece = line.text;
        if rest.trim_start_matches([' ', '\t']).starts_with('(') {
            let open = line.end() - rest.trim_start_matches([' ', '\t']).len();
            match recover::balanced(self.text, open) {
                Ok(end) => {
                    let last = Line::at(self.text, end).unwrap_or(Line { start: end, text: "", next: end });
                    // What follows the parenthesis on its line belongs to the annotation: a comment, or a mistake.
                    piece = &self.text[line.start..if last.text.is_empty() { end } else { last.end() }];
                    self.at = last.next.max(line.next);
                }
                Err(problem) => {
                    let (span, message) = self.imbalance(problem);
                    // Only the first line is lost; what follows may well be a table.
                    let help = "close what was opened, on this line or on the next";
                    self.report(codes::ANNOTATION_SYNTAX.at(span, message).help(help));
                    return None;
                }
            }
        }
        if name == "schema" {
            let diagnostic = slips::schema_decorator(piece, self.place(line.start));
            self.report(diagnostic);
            return None;
        }
        match pairs::annotation(piece, self.place(line.start)) {
            Ok(annotation) => Some(annotation),
            Err(failure) => {
                let diagnostic = slips::annotation(piece, self.place(line.start), &failure);
                self.report(diagnostic);
                None
            }
        }
    }

    /// Returns the place and the headline of brackets that do not fit.
    fn imbalance(&self, problem: recover::Imbalance) -> (Span, String) {
        let shown = |at: usize| &self.text[at..at + 1];
        match problem {
            recover::Imbalance::Open { opener, .. } => (self.span(opener, opener + 1), format!("`{}` is never closed", shown(opener))),
            recover::Imbalance::Mismatch { opener, closer } => {
                (self.span(closer, closer + 1), format!("`{}` cannot close `{}`", shown(closer), shown(opener)))
            }
            recover::Imbalance::Quote { quote } => {
                (self.span(quote, quote + 1), format!("the string that begins with `{}` has no end", shown(quote)))
            }
            recover::Imbalance::Deep { opener, .. } => {
                (self.span(opener, opener + 1), format!("brackets nest deeper than {} levels", recover::NESTING_MAX))
            }
        }
    }

    /// Reads a `use` line, whose braces may reach over several lines.
    fn use_line(&mut self, line: &Line<'t>) -> Item {
        self.at = line.next;
        let mut piece = line.text;
        let code = line.text.split('#').next().unwrap_or_default();
        if let Some(open) = code.find('{').filter(|_| !code.contains('}')) {
            // The list ends at its brace; a line that cannot be part of a list ends it too.
            let mut at = line.next;
            let mut whole = !line.text[open..].contains('#');
            while let Some(next) = Line::at(self.text, at).filter(|_| whole) {
                let list = next.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_, \t}".contains(&b));
                let closes = next.text.contains('}');
                whole = list || closes;
                at = next.next;
                if closes {
                    piece = &self.text[line.start..next.end()];
                    self.at = next.next;
                    break;
                }
            }
        }
        match pairs::use_line(piece, self.place(line.start)) {
            Ok(found) => Item::Use(found),
            Err(failure) => {
                let diagnostic = slips::use_line(piece, self.place(line.start), &failure);
                self.report(diagnostic);
                Item::Error(self.trimmed_span(line.start))
            }
        }
    }

    /// Reads a table or part from its head to its closing brace. Without a name there is no table.
    fn table(&mut self, line: &Line<'t>, doc: Vec<Spanned<String>>, annotations: Vec<Annotation>, top: bool) -> Option<ast::Table> {
        let place = self.place(line.start);
        self.at = line.next;
        let mut head = pairs::table_head(line.text, place);
        let mut closed = None;
        if let Err(failure) = &head {
            let fixed = slips::table_head(line.text, place, failure);
            // `{}` is a table with nothing to say.
            let brace = line.text.find('{').map(|brace| brace + 1);
            let tail = brace.map_or("", |brace| recover::strip(&line.text[brace..]));
            if let Some(brace) = brace.filter(|_| fixed.head.is_some()) {
                if tail.starts_with('}') {
                    let close = line.end() - recover::strip(&line.text[brace..]).len();
                    closed = Some(close);
                } else if !tail.is_empty() && !tail.starts_with('#') {
                    // The rest of the line is the first line of the body.
                    self.resume(line.end() - tail.len(), line.end());
                }
            }
            if closed.is_none() || fixed.always {
                for diagnostic in fixed.diagnostics {
                    self.report(diagnostic);
                }
            }
            if !line.text.contains('{') {
                self.brace_on_next_line();
            }
            head = fixed.head.ok_or(failure.clone());
        }
        let found = head.as_ref().ok();
        let name = found.map(|head| head.name.clone());
        if let Some(name) = &name {
            self.check_table_name(name);
        }
        let is_part = found.is_some_and(|head| head.tier.value == TierWord::Part);
        if is_part && top {
            let span = found.map_or(self.span(line.start, line.end()), |head| head.tier.span.to(head.name.span));
            self.report(
                codes::PART_PLACE
                    .at(span, "a part outside of its master")
                    .help("move it between the braces of the table that it is a part of"),
            );
        }
        let head_span = match found {
            Some(head) => head.tier.span.to(head.name.span),
            None => self.span(line.start, line.end()),
        };
        let read = match closed {
            Some(close) => self.close_line(close),
            // A tier word alone opens nothing.
            None if found.is_none() && self.at == line.next && !line.text.contains('{') => return None,
            None => self.body(&Block::braces(head_span, name.map(|name| name.value), is_part || !top)),
        };
        let head = head.ok()?;
        let span = self.span(line.start, (read.close.end as usize).max(head_span.end as usize));
        Some(ast::Table {
            doc,
            annotations,
            tier: head.tier,
            name: head.name,
            comment: head.comment,
            body: read.items,
            span,
            close: read.close,
            close_comment: read.close_comment,
        })
    }

    /// Skips a brace that stands alone on the line below its head.
    fn brace_on_next_line(&mut self) {
        let mut at = self.at;
        while let Some(line) = Line::at(self.text, at) {
            if line.text == "{" {
                self.at = line.next;
            }
            if !line.text.is_empty() {
                return;
            }
            at = line.next;
        }
    }

    fn check_table_name(&mut self, name: &ast::Ident) {
        if name.value.starts_with(|c: char| c.is_ascii_uppercase()) {
            return;
        }
        let better = slips::camel_case(&name.value);
        let mut diagnostic = codes::TABLE_NAME
            .at(name.span, format!("the table name `{}` does not begin with a capital letter", name.value))
            .help("tables are named as DataJoint's classes: `MyTable`, which the database keeps as `my_table`");
        if !better.is_empty() {
            diagnostic = diagnostic.fix(Fix::likely(format!("write `{better}`"), name.span, better));
        }
        self.report(diagnostic);
    }
}
