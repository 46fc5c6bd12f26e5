//! The one form of `djc fmt`.
//!
//! The tree is printed anew: indentation, blanks and columns are the formatter's, words are the author's. Names, defaults,
//! types, options, arguments and rows are taken as written, and comments keep what DataJoint stores of them byte for
//! byte. What could not be read is printed as it stands. docs/book/format.md describes the form for users.

use djc_core::source::{Span, Spanned};

use super::ast::{
    Annotation, Attribute, BodyItem, Contents, ContentsItem, File, Index, Item, ProjectionArgument, Reference, SchemaLine, Separator,
    Table, Use, UseName, UseNames,
};
use super::recover::is_python_space;
use crate::diag::Sink;

/// One step of indentation.
const INDENT: &str = "    ";

/// A left side longer than this takes no part in the alignment of colons, so that one long default does not push the rest away.
const LEFT_MAX: usize = 32;

/// The same for what stands before a comment.
const CODE_MAX: usize = 56;

/// How long a `use` line may grow before its list gets a line per table.
const USE_MAX: usize = 100;

/// Returns the text in its one form.
///
/// Formatting twice is formatting once, and the result means what `text` means. `file` is the tree of `text`. A text with mistakes gets the form as far as
/// it can be read; where its lines, put in order, would be read as something else, it stays as it is.
pub fn format(text: &str, file: &File) -> String {
    let once = printed(text, file);
    if !file.mistaken || printed(&once, &super::parse(file.file, &once, &mut Sink::new())) == once {
        return once;
    }
    text.to_owned()
}

fn printed(text: &str, file: &File) -> String {
    let mut printer = Printer { text, out: String::with_capacity(text.len() + text.len() / 8) };
    printer.file(file);
    printer.out
}

struct Printer<'t> {
    text: &'t str,
    out: String,
}

/// One line of a table, before its columns are known.
struct Row {
    /// What stands before the colon; empty for lines without one.
    left: String,
    /// What stands behind the colon, or the whole line.
    right: String,
    /// The comment with its `#`.
    comment: Option<String>,
    /// Whether `left : right` is an attribute.
    attribute: bool,
}

impl Printer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        if !line.is_empty() {
            for _ in 0..depth {
                self.out.push_str(INDENT);
            }
            self.out.push_str(line);
        }
        self.out.push('\n');
    }

    fn written(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    fn file(&mut self, file: &File) {
        let mut gap = false;
        let mut begun = false;
        let mut after_table = false;
        for (at, item) in file.items.iter().enumerate() {
            if let Item::Blank(_) = item {
                gap = true;
                continue;
            }
            let table = matches!(item, Item::Table(_));
            // A table stands apart from what follows it and from what precedes it, except from a comment right above.
            let above_comment = at > 0 && matches!(file.items[at - 1], Item::Comment(_));
            if begun && (gap || after_table || table && !above_comment) {
                self.out.push('\n');
            }
            (gap, begun, after_table) = (false, true, table);
            match item {
                Item::Schema(line) => self.schema(line),
                Item::Use(line) => self.use_line(line),
                Item::Table(table) => self.table(table, 0),
                Item::Comment(comment) => self.line(0, &format!("#{}", comment.value)),
                Item::Error(span) => self.verbatim(*span, 0),
                Item::Blank(_) => {}
            }
        }
    }

    fn verbatim(&mut self, span: Span, depth: usize) {
        let text = self.written(span).to_owned();
        self.line(depth, text.strip_suffix('\n').unwrap_or(&text));
    }

    fn docs(&mut self, docs: &[Spanned<String>], depth: usize) {
        for doc in docs {
            let line = if doc.value.is_empty() { "##".to_owned() } else { format!("## {}", doc.value) };
            self.line(depth, &line);
        }
    }

    fn schema(&mut self, line: &SchemaLine) {
        self.docs(&line.doc, 0);
        let mut text = if line.external { "extern schema ".to_owned() } else { "schema ".to_owned() };
        text.push_str(&line.name.value);
        if let Some(physical) = &line.physical {
            text.push_str(&format!(" as {}", quoted(&physical.value, '"')));
        }
        self.line(0, &with_comment(text, line.comment.as_ref()));
    }

    fn use_line(&mut self, line: &Use) {
        let mut text = format!("use {}", line.module.value);
        match &line.names {
            UseNames::Module(None) => {}
            UseNames::Module(Some(alias)) => text.push_str(&format!(" as {}", alias.value)),
            UseNames::One(name) => text.push_str(&format!(".{}", use_name(name))),
            UseNames::Many(names) => {
                let names: Vec<String> = names.iter().map(use_name).collect();
                let short = format!("{text}.{{{}}}", names.join(", "));
                text = if short.chars().count() <= USE_MAX {
                    short
                } else {
                    format!("{text}.{{\n{}}}", names.iter().map(|name| format!("{INDENT}{name},\n")).collect::<String>())
                };
            }
        }
        self.line(0, &with_comment(text, line.comment.as_ref()));
    }

    fn annotation(&mut self, annotation: &Annotation, depth: usize) {
        let mut text = format!("@{}", annotation.name.value);
        if let Some(arguments) = &annotation.arguments {
            text.push_str(&format!("({})", arguments.value));
        }
        self.line(depth, &with_comment(text, annotation.comment.as_ref()));
    }

    fn table(&mut self, table: &Table, depth: usize) {
        self.docs(&table.doc, depth);
        for annotation in &table.annotations {
            self.annotation(annotation, depth);
        }
        if table.close.start == table.close.end {
            // Where the table ends is a guess; its text stays as it is.
            self.verbatim(table.span, depth);
            return;
        }
        let tier = match table.tier.value {
            // A misspelt tier stays misspelt: guessing is not formatting.
            _ if table.tier.value.word() != self.written(table.tier.span) => self.written(table.tier.span).to_owned(),
            tier => tier.word().to_owned(),
        };
        let head = format!("{tier} {} {{", table.name.value);
        self.line(depth, &with_comment(head, table.comment.as_ref()));
        self.body(&table.body, depth + 1);
        self.line(depth, &with_comment("}".to_owned(), table.close_comment.as_ref()));
    }

    /// Prints what stands between braces; lines without a blank line between them share their columns.
    fn body(&mut self, body: &[BodyItem], depth: usize) {
        let mut group: Vec<Row> = Vec::new();
        let mut gap = false;
        let mut begun = false;
        let mut after_block = false;
        for (at, item) in body.iter().enumerate() {
            if let BodyItem::Blank(_) = item {
                gap = true;
                continue;
            }
            let block = matches!(item, BodyItem::Part(_) | BodyItem::Contents(_));
            let above_comment = at > 0 && matches!(body[at - 1], BodyItem::Comment(_) | BodyItem::TableComment(_));
            if begun && (gap || after_block || block && !above_comment) {
                self.rows(&mut group, depth);
                self.out.push('\n');
            }
            (gap, begun, after_block) = (false, true, block);
            match item {
                BodyItem::TableComment(comment) => group.push(whole(hash(&comment.value))),
                BodyItem::Comment(comment) => group.push(whole(format!("#{}", comment.value))),
                BodyItem::Separator(separator) => group.push(whole(self::separator(separator))),
                BodyItem::Attribute(attribute) => group.push(self.attribute(attribute)),
                BodyItem::Reference(reference) => group.push(Row {
                    comment: reference.comment.as_ref().map(|comment| hash(&comment.value)),
                    ..whole(self.reference(reference))
                }),
                BodyItem::Index(index) => {
                    group.push(Row { comment: index.comment.as_ref().map(|comment| hash(&comment.value)), ..whole(self::index(index)) })
                }
                BodyItem::Error(span) => group.push(whole(self.written(*span).to_owned())),
                BodyItem::Part(part) => {
                    self.rows(&mut group, depth);
                    self.table(part, depth);
                }
                BodyItem::Contents(contents) => {
                    self.rows(&mut group, depth);
                    self.contents(contents, depth);
                }
                BodyItem::Blank(_) => {}
            }
        }
        self.rows(&mut group, depth);
    }

    /// Prints lines with their colons, then their comments, below each other.
    fn rows(&mut self, rows: &mut Vec<Row>, depth: usize) {
        let width = |text: &str| text.chars().count();
        let lefts = rows.iter().filter(|row| row.attribute).map(|row| width(&row.left));
        let colon = lefts.filter(|left| *left <= LEFT_MAX).max().unwrap_or(0);
        for row in rows.iter_mut().filter(|row| row.attribute) {
            row.right = format!("{:colon$} : {}", row.left, row.right);
        }
        let codes = rows.iter().filter(|row| row.comment.is_some()).map(|row| width(&row.right));
        let column = codes.filter(|code| *code <= CODE_MAX).max().unwrap_or(0);
        for row in rows.drain(..) {
            let line = match row.comment {
                Some(comment) => format!("{:column$}  {comment}", row.right),
                None => row.right,
            };
            self.line(depth, &line);
        }
    }

    fn reference(&self, reference: &Reference) -> String {
        let mut text = "-> ".to_owned();
        if !reference.options.is_empty() {
            let options: Vec<&str> = reference.options.iter().map(|option| option.value.as_str()).collect();
            text.push_str(&format!("[{}] ", options.join(", ")));
        }
        let path: Vec<&str> = reference.target.path.iter().map(|word| word.value.as_str()).collect();
        text.push_str(&path.join("."));
        if reference.target.called {
            text.push_str("()");
        }
        if let Some(projection) = &reference.target.projection {
            let quote = |word: &Spanned<String>| {
                // The author's own quotes, where they can be seen around the word.
                let double = self.text.as_bytes().get((word.span.start as usize).wrapping_sub(1)) == Some(&b'"');
                quoted(&word.value, if double { '"' } else { '\'' })
            };
            let arguments = projection.arguments.iter().map(|argument| match argument {
                ProjectionArgument::Ellipsis(_) => "...".to_owned(),
                ProjectionArgument::Attribute(name) => quote(name),
                ProjectionArgument::Rename { new, old } => format!("{}={}", new.value, quote(old)),
            });
            text.push_str(&format!(".proj({})", arguments.collect::<Vec<_>>().join(", ")));
        }
        text
    }

    fn attribute(&self, attribute: &Attribute) -> Row {
        let mut left = attribute.name.value.clone();
        if let Some(default) = &attribute.default {
            left.push_str(" =");
            if !default.value.is_empty() {
                left.push(' ');
                left.push_str(&default.value);
            }
        }
        let comment = attribute.comment.as_ref().filter(|comment| comment.span.start >= attribute.span.end);
        let comment = comment.map(|comment| {
            let mut text = hash(&comment.value);
            // DataJoint drops every `#` at the end of the line; one more keeps those that it stored.
            if comment.value.ends_with('#') {
                text.push_str(" #");
            }
            text
        });
        // The parser mends some lines to go on; mending is for fixes, so such a line is printed as it stands.
        let bare = |text: &str| text.chars().filter(|c| !is_python_space(*c)).collect::<String>();
        let written = self.written(attribute.span);
        if bare(&format!("{left}:{}", attribute.ty.value)) != bare(written) {
            return Row { comment, ..whole(written.to_owned()) };
        }
        Row { left, right: attribute.ty.value.clone(), comment, attribute: true }
    }

    fn contents(&mut self, contents: &Contents, depth: usize) {
        let closed = self.written(contents.span).ends_with(']') && !contents.rows.iter().any(|row| matches!(row, ContentsItem::Error(_)));
        if !closed {
            self.verbatim(contents.span, depth);
            return;
        }
        self.line(depth, "contents [");
        let mut gap = false;
        let mut begun = false;
        for row in &contents.rows {
            if let ContentsItem::Blank(_) = row {
                gap = begun;
                continue;
            }
            if std::mem::take(&mut gap) {
                self.out.push('\n');
            }
            begun = true;
            match row {
                ContentsItem::Row { span, comment, .. } => {
                    let text = format!("{},", self.written(*span));
                    self.line(depth + 1, &with_comment(text, comment.as_ref()));
                }
                ContentsItem::Comment(comment) => self.line(depth + 1, &format!("#{}", comment.value)),
                ContentsItem::Blank(_) | ContentsItem::Error(_) => {}
            }
        }
        self.line(depth, &with_comment("]".to_owned(), contents.comment.as_ref()));
    }
}

fn whole(line: String) -> Row {
    Row { left: String::new(), right: line, comment: None, attribute: false }
}

/// Returns a comment whose text, read again, is the same.
fn hash(comment: &str) -> String {
    match comment.chars().next() {
        None => "#".to_owned(),
        // `##` is read as a comment that begins with `#`.
        Some('#') => format!("#{comment}"),
        Some(_) => format!("# {comment}"),
    }
}

fn with_comment(mut text: String, comment: Option<&Spanned<String>>) -> String {
    if let Some(comment) = comment {
        text.push_str("  ");
        text.push_str(&hash(&comment.value));
    }
    text
}

/// Returns the text in quotes; strings of the language have no escapes, so the other quote is taken where needed.
fn quoted(text: &str, quote: char) -> String {
    let quote = match (quote, text.contains(quote)) {
        ('"', true) => '\'',
        ('\'', true) => '"',
        (quote, _) => quote,
    };
    format!("{quote}{text}{quote}")
}

fn use_name(name: &UseName) -> String {
    match &name.alias {
        Some(alias) => format!("{} as {}", name.name.value, alias.value),
        None => name.name.value.clone(),
    }
}

fn separator(separator: &Separator) -> String {
    let mark = if separator.underscores { "___" } else { "---" };
    if separator.text.is_empty() { mark.to_owned() } else { format!("{mark} {}", separator.text) }
}

fn index(index: &Index) -> String {
    let arguments: Vec<&str> = index.arguments.iter().map(|argument| argument.value.as_str()).collect();
    format!("{}index ({})", if index.unique { "unique " } else { "" }, arguments.join(", "))
}
