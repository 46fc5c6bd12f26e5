//! The inside of the braces of a table, line by line.

use djc_core::source::{Span, Spanned};

use super::ast::{BodyItem, Item, Separator, TierWord};
use super::pairs::{self, ReferenceProblem};
use super::recover::{self, Line};
use super::{Above, DocLine, Parser, slips, swallowed};
use crate::diag::{Fix, codes};

/// Which braces are read.
pub(super) struct Block {
    /// The head of the table; `None` for a definition that stands alone.
    head: Option<Span>,
    /// The table, for messages.
    name: Option<String>,
    /// Whether it is a part, which holds no parts.
    part: bool,
}

impl Block {
    /// A definition that stands alone: all lines are DataJoint's.
    pub fn definition() -> Self {
        Block { head: None, name: None, part: true }
    }

    /// The braces of a table or part.
    pub fn braces(head: Span, name: Option<String>, part: bool) -> Self {
        Block { head: Some(head), name, part }
    }
}

/// What was read between braces.
pub(super) struct Body {
    /// The lines.
    pub items: Vec<BodyItem>,
    /// The closing brace; empty where it is missing.
    pub close: Span,
    /// The comment behind it.
    pub close_comment: Option<Spanned<String>>,
}

impl<'t> Parser<'t, '_> {
    /// Reads up to the closing brace, or to the end of a definition that stands alone.
    pub(super) fn body(&mut self, block: &Block) -> Body {
        let mut items = Vec::new();
        let mut above = Above::default();
        let mut first = true;
        // Parts inside parts do not exist; their lines are checked and dropped, under one span.
        let mut strays: Vec<usize> = Vec::new();
        let mut kept: Option<Vec<BodyItem>> = None;
        while let Some(line) = self.line() {
            let text = line.text;
            if text.is_empty() {
                items.extend(above.flush().map(BodyItem::Comment));
                let blank = self.blank_lines();
                if above.annotations.is_empty() {
                    items.push(BodyItem::Blank(blank));
                }
                continue;
            }
            if text.starts_with('#') {
                self.at = line.next;
                if std::mem::take(&mut first) {
                    items.push(self.table_comment(&line));
                    continue;
                }
                let comment = self.comment(&line);
                if recover::is_doc(text) && !block.part {
                    above.run.push(DocLine { doc: self.doc(&line), comment });
                } else {
                    items.extend(above.flush().map(BodyItem::Comment));
                    let nothing = items.iter().all(|item| matches!(item, BodyItem::Blank(_)));
                    match nothing && !above.annotations.is_empty() {
                        true => above.late.push(comment),
                        false => items.push(BodyItem::Comment(comment)),
                    }
                }
                continue;
            }
            first = false;
            if block.head.is_some() {
                if text.starts_with('}') {
                    items.extend(above.flush().map(BodyItem::Comment));
                    self.dangling_in_body(&mut above, &mut items);
                    if let Some(start) = strays.pop() {
                        let end = self.close_line(line.start);
                        if strays.is_empty() {
                            items = kept.take().unwrap_or_default();
                            items.push(BodyItem::Error(self.span(start, end.close.end as usize)));
                        }
                        continue;
                    }
                    let end = self.close_line(line.start);
                    items.extend(end.items);
                    return Body { items, ..end };
                }
                if let Some(head) = recover::head(text) {
                    let tier = pairs::tier_word(head.word).or_else(|| slips::nearest_tier(head.word));
                    let is_part = !matches!(tier, Some(TierWord::Manual | TierWord::Lookup | TierWord::Imported | TierWord::Computed));
                    if !is_part && head.brace {
                        break;
                    }
                    if is_part && block.part {
                        // A part that is indented no deeper than this one stands beside it, and this one was not closed.
                        let own = block.head.map_or(0, |head| self.indentation(head.start as usize));
                        if strays.is_empty() && self.indentation(line.start) <= own {
                            break;
                        }
                        self.at = line.next;
                        self.report(
                            codes::PART_PLACE
                                .at(self.span(line.start, line.end()), "a part inside a part")
                                .help("parts stand directly inside their master; close this part first"),
                        );
                        if kept.is_none() {
                            kept = Some(std::mem::take(&mut items));
                        }
                        strays.push(line.start);
                        continue;
                    }
                    if is_part {
                        above.adopt();
                        let Above { docs, annotations, late, .. } = std::mem::take(&mut above);
                        let start = line.start;
                        items.push(match self.table(&line, docs, annotations, false) {
                            Some(part) => BodyItem::Part(Box::new(part)),
                            None => BodyItem::Error(self.trimmed_span(start)),
                        });
                        items.extend(late.into_iter().map(BodyItem::Comment));
                        continue;
                    }
                }
                if text.starts_with('@') && !block.part {
                    match self.annotation(&line) {
                        Some(annotation) => above.annotate(annotation),
                        None => {
                            items.extend(above.flush().map(BodyItem::Comment));
                            items.push(BodyItem::Error(self.trimmed_span(line.start)));
                        }
                    }
                    continue;
                }
                items.extend(above.flush().map(BodyItem::Comment));
                self.dangling_in_body(&mut above, &mut items);
                if recover::opens_contents(text) {
                    let contents = self.contents(&line);
                    items.push(BodyItem::Contents(contents));
                    continue;
                }
                if let Some(code) = brace_at_end(text) {
                    let at = line.start + code.len() + text[code.len()..].find('}').unwrap_or(0);
                    let brace = self.span(at, at + 1);
                    self.report(
                        codes::STRAY_BRACE
                            .at(brace, "the closing brace stands behind the last line of the table")
                            .help("a type and a comment run to the end of their line, so `}` needs a line of its own")
                            .fix(Fix::safe("move `}` to the next line", brace, "\n}")),
                    );
                    self.at = at;
                    items.push(self.definition_line(&Line { text: code, ..line }));
                    continue;
                }
            }
            self.at = line.next;
            items.push(self.definition_line(&line));
        }
        items.extend(above.flush().map(BodyItem::Comment));
        self.dangling_in_body(&mut above, &mut items);
        if let Some(start) = strays.first() {
            items = kept.take().unwrap_or_default();
            items.push(BodyItem::Error(self.trimmed_span(*start)));
        }
        let end = self.trimmed_span(0).end as usize;
        if let Some(head) = block.head {
            let who = block.name.as_ref().map_or("this block".to_owned(), |name| format!("`{name}`"));
            let mut diagnostic =
                codes::UNCLOSED_BLOCK.at(head, format!("{who} has no closing brace")).help("close it with `}` at the head of a line");
            if let Some(line) = self.line() {
                diagnostic = diagnostic.label(self.span(line.start, line.end()), "the next one begins here");
            }
            self.report(diagnostic.fix(Fix::likely("write `}`", self.span(end, end), "\n}")));
        }
        Body { items, close: self.span(end, end), close_comment: None }
    }

    /// Returns how far the line that holds `at` is indented.
    fn indentation(&self, at: usize) -> usize {
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        self.text[line..at].len() - self.text[line..at].trim_start().len()
    }

    /// Reads the line of a closing brace at `brace`; what follows it is a comment or a mistake.
    pub(super) fn close_line(&mut self, brace: usize) -> Body {
        let line = Line::at(self.text, brace).unwrap_or(Line { start: brace, text: "", next: brace });
        self.at = line.next;
        let close = self.span(brace, brace + 1);
        let mut body = Body { items: Vec::new(), close, close_comment: None };
        let rest = recover::strip(line.text.get(1..).unwrap_or_default());
        let span = self.span(line.end() - rest.len(), line.end());
        if let Some(comment) = rest.strip_prefix('#') {
            let comment = recover::strip(comment);
            body.close_comment = Some(Spanned::new(comment.to_owned(), self.span(line.end() - comment.len(), line.end())));
        } else if rest == ";" || rest == "," {
            self.report(
                codes::STRAY_BRACE
                    .at(span, format!("`{rest}` behind a closing brace"))
                    .help("nothing follows the brace of a table")
                    .fix(Fix::safe(format!("remove `{rest}`"), span, "")),
            );
        } else if !rest.is_empty() {
            self.report(codes::STRAY_BRACE.at(span, "text behind a closing brace").help("begin a new line after `}`").fix(Fix::safe(
                "begin a new line",
                self.span(brace + 1, span.start as usize),
                "\n",
            )));
            // It is read as what it would be on a line of its own.
            self.resume(span.start as usize, line.end());
        }
        body
    }

    fn dangling_in_body(&mut self, above: &mut Above, items: &mut Vec<BodyItem>) {
        let mut kept = Vec::new();
        self.dangling(above, &mut kept);
        items.extend(kept.into_iter().filter_map(|item| match item {
            Item::Error(span) => Some(BodyItem::Error(span)),
            Item::Comment(comment) => Some(BodyItem::Comment(comment)),
            Item::Blank(_) | Item::Schema(_) | Item::Use(_) | Item::Table(_) => None,
        }));
        items.extend(above.late.drain(..).map(BodyItem::Comment));
    }

    /// Returns the table comment that the first line is.
    fn table_comment(&mut self, line: &Line<'t>) -> BodyItem {
        let text = recover::strip(&line.text[1..]);
        let start = line.end() - text.len();
        let span = self.span(start, line.end());
        if text.starts_with(':') {
            self.report(
                codes::TABLE_COMMENT_COLON
                    .at(self.span(start, start + 1), "the table comment begins with a colon")
                    .help("DataJoint refuses it, because it marks its own types with `:`; begin with a word"),
            );
        }
        BodyItem::TableComment(Spanned::new(text.to_owned(), span))
    }

    /// Reads one line of DataJoint's definition language.
    fn definition_line(&mut self, line: &Line<'t>) -> BodyItem {
        let text = line.text;
        let place = self.place(line.start);
        let span = self.span(line.start, line.end());
        if text.starts_with("---") || text.starts_with("___") {
            let underscores = text.starts_with('_');
            let mark = if underscores { '_' } else { '-' };
            let free = recover::strip(text[3..].trim_start_matches(|c| c == mark || recover::is_python_space(c)));
            return BodyItem::Separator(Separator { underscores, text: free.to_owned(), span });
        }
        if recover::is_reference(text) {
            if !text.starts_with("->") {
                let diagnostic = slips::arrow_inside(text, place);
                self.report(diagnostic);
                return BodyItem::Error(span);
            }
            if self.too_deep(line) {
                return BodyItem::Error(span);
            }
            return match pairs::reference(text, place) {
                Ok(reference) => BodyItem::Reference(reference),
                Err(problem) => {
                    let diagnostic = match problem {
                        ReferenceProblem::Syntax(failure) => slips::reference(text, place, &failure),
                        ReferenceProblem::Expression { span, what } => slips::expression(span, &what),
                    };
                    self.report(diagnostic);
                    BodyItem::Error(span)
                }
            };
        }
        if recover::is_index(text) {
            if self.too_deep(line) {
                return BodyItem::Error(span);
            }
            return match pairs::index(text, place) {
                Ok(index) => BodyItem::Index(index),
                Err(failure) => {
                    let diagnostic = slips::index(text, place, &failure);
                    self.report(diagnostic);
                    BodyItem::Error(span)
                }
            };
        }
        match pairs::attribute(text, place) {
            Ok(mut attribute) => {
                for diagnostic in swallowed::mend_attribute(&mut attribute, text, place) {
                    if diagnostic.level == crate::diag::Level::Error {
                        self.report(diagnostic);
                    } else {
                        self.sink.report(diagnostic);
                    }
                }
                BodyItem::Attribute(attribute)
            }
            Err(failure) => {
                let diagnostic = slips::attribute(text, place, &failure);
                self.report(diagnostic);
                BodyItem::Error(span)
            }
        }
    }

    /// Reports a line whose parentheses nest deeper than the grammar should follow.
    fn too_deep(&mut self, line: &Line<'_>) -> bool {
        let deep = recover::nests_too_deep(line.text);
        if deep {
            let message = format!("parentheses nest deeper than {} levels", recover::NESTING_MAX);
            self.report(codes::NESTING_DEPTH.at(self.span(line.start, line.end()), message));
        }
        deep
    }
}

/// Returns the line without a `}` that was meant to close the block, if one stands at its end.
///
/// A brace inside a comment or with its partner on the line is no such brace.
fn brace_at_end(text: &str) -> Option<&str> {
    let code = text.trim_end_matches(|c| c == '}' || recover::is_python_space(c));
    let honest = code.len() == text.len() || code == "%" || code.contains('#') || code.contains('{');
    (!honest).then_some(code)
}
