//! From Python text to [`Tree`]: the only file that names ruff types.

use std::ops::Range;
use std::sync::Arc;

use djc_core::source::{FileId, Span, Spanned};
use ruff_python_ast::{self as py, StringFlags as _};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_source_file::LineRanges as _;
use ruff_text_size::{Ranged, TextRange};

use crate::depth;
use crate::tree::{Class, Clause, Comparison, Expr, Format, Function, Kind, Operator, Part, Statement, Tree};
use djc_core::text::Text;

/// Returns what a Python file says; what cannot be read is among the errors.
///
/// `cells` are those of a notebook: each is read by itself, so that none suffers from another, and may hold the magics of IPython (`%matplotlib inline`, `!pip`).
pub fn read(file: FileId, text: &Arc<str>, cells: Option<&[Range<usize>]>) -> Tree {
    let mut tree = Tree { file, text: text.clone(), doc: None, body: Vec::new(), errors: Vec::new() };
    match cells {
        None => piece(0..text.len(), Mode::Module, &mut tree),
        Some(cells) => cells.iter().for_each(|cell| piece(cell.clone(), Mode::Ipython, &mut tree)),
    }
    tree
}

/// Adds what a piece of the text says.
fn piece(range: Range<usize>, mode: Mode, tree: &mut Tree) {
    let text = &tree.text.clone()[range.clone()];
    let reader = Reader { file: tree.file, text, start: range.start };
    if let Some(at) = depth::too_deep(text) {
        let place = Span::new(tree.file, range.start + at, range.start + at + 1);
        tree.errors.push(Spanned::new("nested deeper than Python allows".to_string(), place));
        return;
    }
    let parsed = parse_unchecked(text, ParseOptions::from(mode));
    // What ends too early is wrong at its end, and not where the next cell begins.
    let last = text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at);
    let place = |at: TextRange| if at.start().to_usize() > last { reader.place(last, last) } else { reader.span(at) };
    tree.errors.extend(parsed.errors().iter().map(|error| Spanned::new(error.error.to_string(), place(error.location))));
    if let py::Mod::Module(module) = parsed.syntax() {
        tree.doc = tree.doc.take().or_else(|| reader.doc(&module.body));
        tree.body.extend(reader.statements(&module.body));
    }
}

struct Reader<'t> {
    file: FileId,
    /// The text that ruff knows: the file, or a cell.
    text: &'t str,
    /// Where it begins in the file.
    start: usize,
}

impl Reader<'_> {
    fn span(&self, range: TextRange) -> Span {
        self.place(range.start().to_usize(), range.end().to_usize())
    }

    fn place(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.start + start, self.start + end)
    }

    fn statements(&self, body: &[py::Stmt]) -> Vec<Statement> {
        body.iter().filter_map(|statement| self.statement(statement)).collect()
    }

    fn statement(&self, statement: &py::Stmt) -> Option<Statement> {
        let alias = |alias: &py::Alias| (alias.name.to_string(), alias.asname.as_ref().map(ToString::to_string));
        Some(match statement {
            py::Stmt::ClassDef(class) => Statement::Class(self.class(class)),
            py::Stmt::FunctionDef(function) => Statement::Function(self.function(function)),
            py::Stmt::Import(import) => Statement::Import(import.names.iter().map(alias).collect()),
            py::Stmt::ImportFrom(import) => Statement::ImportFrom {
                level: import.level,
                module: import.module.as_ref().map(ToString::to_string),
                names: import.names.iter().map(alias).collect(),
            },
            py::Stmt::Assign(assign) => Statement::Assign {
                targets: assign.targets.iter().map(|target| self.expr(target)).collect(),
                value: self.expr(&assign.value),
            },
            py::Stmt::AnnAssign(assign) => {
                Statement::Assign { targets: vec![self.expr(&assign.target)], value: self.expr(assign.value.as_deref()?) }
            }
            py::Stmt::AugAssign(assign) => Statement::Assign {
                targets: vec![self.expr(&assign.target)],
                value: Expr {
                    span: self.span(assign.range),
                    kind: match assign.op {
                        py::Operator::Add => Kind::Binary(Operator::Add, self.boxed(&assign.target), self.boxed(&assign.value)),
                        _ => Kind::Other,
                    },
                },
            },
            py::Stmt::Expr(expression) => Statement::Expression(self.expr(&expression.value)),
            py::Stmt::If(branch) => {
                let others = branch.elif_else_clauses.iter().map(|clause| self.statements(&clause.body));
                let branches = std::iter::once(self.statements(&branch.body)).chain(others).collect();
                Statement::Choice { branches, attempt: false }
            }
            py::Stmt::Match(choice) => {
                Statement::Choice { branches: choice.cases.iter().map(|case| self.statements(&case.body)).collect(), attempt: false }
            }
            py::Stmt::Try(attempt) => {
                let mut first = self.statements(&attempt.body);
                first.extend(self.statements(&attempt.orelse));
                first.extend(self.statements(&attempt.finalbody));
                let mut branches = vec![first];
                for handler in &attempt.handlers {
                    let py::ExceptHandler::ExceptHandler(handler) = handler;
                    branches.push(self.statements(&handler.body));
                }
                Statement::Choice { branches, attempt: true }
            }
            py::Stmt::With(with) => Statement::Block(self.statements(&with.body)),
            py::Stmt::For(repeat) => Statement::Loop(self.statements(&repeat.body)),
            py::Stmt::While(repeat) => Statement::Loop(self.statements(&repeat.body)),
            _ => return None,
        })
    }

    fn class(&self, class: &py::StmtClassDef) -> Class {
        let start = class.decorator_list.first().map_or(class.name.start(), Ranged::start);
        Class {
            name: Spanned::new(class.name.to_string(), self.span(class.name.range())),
            bases: class.arguments.iter().flat_map(|arguments| &arguments.args).map(|base| self.expr(base)).collect(),
            decorators: class.decorator_list.iter().map(|decorator| self.expr(&decorator.expression)).collect(),
            body: self.statements(&class.body),
            doc: self.doc(&class.body),
            comments: self.comments_above(self.text.line_start(start).to_usize()),
            notes: self.notes(class),
        }
    }

    /// Returns the comments `# djc: …` of a class that do not stand above it.
    fn notes(&self, class: &py::StmtClassDef) -> Vec<Text> {
        let mut out = Vec::new();
        let mut from = class.decorator_list.last().map_or(class.name.start(), Ranged::end).to_usize();
        let mut add = |from: usize, to: usize| {
            let mut start = from;
            for line in self.text.get(from..to).unwrap_or_default().split_inclusive('\n') {
                let trimmed = line.trim();
                if trimmed.trim_start_matches('#').trim_start().starts_with("djc:") && trimmed.starts_with('#') {
                    let at = start + line.len() - line.trim_start().len();
                    out.push(Text::new(trimmed, self.place(at, at + trimmed.len())));
                }
                start += line.len();
            }
        };
        add(from, class.name.start().to_usize());
        from = class.arguments.as_ref().map_or(class.name.end(), |arguments| arguments.end()).to_usize();
        for statement in &class.body {
            // What stands above a class inside belongs to that one.
            if !statement.is_class_def_stmt() {
                add(from, statement.start().to_usize());
            }
            from = statement.end().to_usize();
        }
        out
    }

    /// Returns the documentation string that opens a body.
    fn doc(&self, body: &[py::Stmt]) -> Option<Text> {
        match body.first()? {
            py::Stmt::Expr(expression) => match self.expr(&expression.value).kind {
                Kind::Text(value) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the comments between a line and the code above it.
    fn comments_above(&self, line_start: usize) -> Vec<Option<Text>> {
        let mut out = Vec::new();
        let mut at = line_start;
        while at > 0 {
            let start = self.text[..at - 1].rfind('\n').map_or(0, |end| end + 1);
            let line = &self.text[start..at];
            let trimmed = line.trim();
            if trimmed.is_empty() {
                out.push(None);
            } else if trimmed.starts_with('#') && !trimmed.starts_with("#!") && !trimmed.contains("\"\"\"") && !trimmed.contains("'''") {
                let start = start + line.len() - line.trim_start().len();
                out.push(Some(Text::new(trimmed, self.place(start, start + trimmed.len()))));
            } else {
                break;
            }
            at = start;
        }
        // What opens a file (an encoding, a licence) belongs to the file.
        if at == 0 {
            let keep = out.iter().position(Option::is_none).unwrap_or(0);
            out.truncate(keep);
        }
        while out.last().is_some_and(Option::is_none) {
            out.pop();
        }
        out.reverse();
        out.dedup_by(|a, b| a.is_none() && b.is_none());
        out
    }

    fn function(&self, function: &py::StmtFunctionDef) -> Function {
        let mut returns = Vec::new();
        self.returns(&function.body, &mut returns);
        Function {
            name: Spanned::new(function.name.to_string(), self.span(function.name.range())),
            parameters: function
                .parameters
                .iter()
                .map(|parameter| (parameter.name().to_string(), parameter.default().map(|default| self.expr(default))))
                .collect(),
            returns,
            body: self.statements(&function.body),
        }
    }

    fn returns(&self, body: &[py::Stmt], out: &mut Vec<Option<Expr>>) {
        for statement in body {
            match statement {
                py::Stmt::Return(found) => out.push(found.value.as_deref().map(|value| self.expr(value))),
                py::Stmt::If(branch) => {
                    self.returns(&branch.body, out);
                    branch.elif_else_clauses.iter().for_each(|clause| self.returns(&clause.body, out));
                }
                py::Stmt::Try(attempt) => {
                    self.returns(&attempt.body, out);
                    for handler in &attempt.handlers {
                        let py::ExceptHandler::ExceptHandler(handler) = handler;
                        self.returns(&handler.body, out);
                    }
                    self.returns(&attempt.orelse, out);
                    self.returns(&attempt.finalbody, out);
                }
                py::Stmt::With(with) => self.returns(&with.body, out),
                py::Stmt::For(repeat) => self.returns(&repeat.body, out),
                py::Stmt::While(repeat) => self.returns(&repeat.body, out),
                _ => {}
            }
        }
    }

    fn boxed(&self, expr: &py::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn exprs(&self, exprs: &[py::Expr]) -> Vec<Expr> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&self, expr: &py::Expr) -> Expr {
        let span = self.span(expr.range());
        let kind = match expr {
            py::Expr::StringLiteral(string) => {
                let mut value = Text::default();
                for part in &string.value {
                    self.string(part, &mut value);
                }
                if value.segments.is_empty() {
                    value = Text::new("", span);
                }
                Kind::Text(value)
            }
            py::Expr::FString(string) => {
                let mut parts = Vec::new();
                for part in &string.value {
                    match part {
                        py::FStringPart::Literal(literal) => {
                            let mut value = Text::default();
                            self.string(literal, &mut value);
                            parts.push(Part::Text(value));
                        }
                        py::FStringPart::FString(string) => self.f_string(string, &mut parts),
                    }
                }
                Kind::Format(parts)
            }
            py::Expr::NumberLiteral(_) => Kind::Number(self.text[expr.range()].to_string()),
            py::Expr::UnaryOp(unary) if unary.op == py::UnaryOp::USub && unary.operand.is_number_literal_expr() => {
                Kind::Number(self.text[expr.range()].to_string())
            }
            py::Expr::NoneLiteral(_) => Kind::Constant("None"),
            py::Expr::BooleanLiteral(literal) => Kind::Constant(if literal.value { "True" } else { "False" }),
            py::Expr::BytesLiteral(_) => Kind::Literal(self.text[span.range()].to_string()),
            py::Expr::Set(set) if set.elts.iter().all(|item| self.expr(item).is_literal()) => {
                Kind::Literal(self.text[span.range()].to_string())
            }
            py::Expr::Name(name) => Kind::Name(name.id.to_string()),
            py::Expr::Attribute(attribute) => Kind::Attribute(self.boxed(&attribute.value), attribute.attr.to_string()),
            py::Expr::Call(call) => Kind::Call {
                function: self.boxed(&call.func),
                arguments: self.exprs(&call.arguments.args),
                keywords: call
                    .arguments
                    .keywords
                    .iter()
                    .map(|keyword| (keyword.arg.as_ref().map(ToString::to_string), self.expr(&keyword.value)))
                    .collect(),
            },
            py::Expr::BinOp(binary) => match operator(binary.op) {
                Some(operator) => Kind::Binary(operator, self.boxed(&binary.left), self.boxed(&binary.right)),
                None => Kind::Other,
            },
            py::Expr::Compare(compare) => match (&*compare.ops, &*compare.comparators) {
                ([one], [right]) => match comparison(*one) {
                    Some(comparison) => Kind::Compare(comparison, self.boxed(&compare.left), self.boxed(right)),
                    None => Kind::Other,
                },
                _ => Kind::Other,
            },
            py::Expr::If(choice) => {
                Kind::Condition { test: self.boxed(&choice.test), yes: self.boxed(&choice.body), no: self.boxed(&choice.orelse) }
            }
            py::Expr::Starred(starred) => Kind::Starred(self.boxed(&starred.value)),
            py::Expr::ListComp(list) => self.comprehension(None, &list.elt, &list.generators),
            py::Expr::Generator(generator) => self.comprehension(None, &generator.elt, &generator.generators),
            py::Expr::DictComp(dict) => match &dict.key {
                Some(key) => self.comprehension(Some(key), &dict.value, &dict.generators),
                None => Kind::Other,
            },
            py::Expr::Yield(found) => match &found.value {
                Some(value) => Kind::Yield { value: self.boxed(value), many: false },
                None => Kind::Other,
            },
            py::Expr::YieldFrom(found) => Kind::Yield { value: self.boxed(&found.value), many: true },
            py::Expr::BoolOp(choice) if choice.op == py::BoolOp::Or => Kind::Or(self.exprs(&choice.values)),
            py::Expr::Subscript(subscript) => Kind::Subscript(self.boxed(&subscript.value), self.boxed(&subscript.slice)),
            py::Expr::List(list) => Kind::List(self.exprs(&list.elts)),
            py::Expr::Tuple(tuple) => Kind::Tuple(self.exprs(&tuple.elts)),
            py::Expr::Dict(dict) => {
                let item = |item: &py::DictItem| (item.key.as_ref().map(|key| self.expr(key)), self.expr(&item.value));
                Kind::Dict(dict.items.iter().map(item).collect())
            }
            _ => Kind::Other,
        };
        Expr { span, kind }
    }

    fn comprehension(&self, key: Option<&py::Expr>, element: &py::Expr, clauses: &[py::Comprehension]) -> Kind {
        let clause = |clause: &py::Comprehension| Clause {
            target: self.expr(&clause.target),
            values: self.expr(&clause.iter),
            conditions: self.exprs(&clause.ifs),
        };
        Kind::Comprehension {
            key: key.map(|key| self.boxed(key)),
            element: self.boxed(element),
            clauses: clauses.iter().map(clause).collect(),
        }
    }

    fn f_string(&self, string: &py::FString, parts: &mut Vec<Part>) {
        let raw = string.flags.prefix().is_raw();
        for element in &string.elements {
            match element {
                py::InterpolatedStringElement::Literal(literal) => {
                    let mut value = Text::default();
                    self.decode(literal.range, raw, true, &literal.value, &mut value);
                    parts.push(Part::Text(value));
                }
                py::InterpolatedStringElement::Interpolation(inner) => parts.push(Part::Value {
                    value: self.expr(&inner.expression),
                    format: match &inner.format_spec {
                        _ if inner.conversion != py::ConversionFlag::None || inner.debug_text.is_some() => Format::Other,
                        None => Format::Plain,
                        Some(spec) => match &*spec.elements {
                            [py::InterpolatedStringElement::Literal(spec)] => Format::Spec(spec.value.to_string()),
                            _ => Format::Other,
                        },
                    },
                }),
            }
        }
    }

    fn string(&self, literal: &py::StringLiteral, out: &mut Text) {
        let range = TextRange::new(literal.range.start() + literal.flags.opener_len(), literal.range.end() - literal.flags.closer_len());
        self.decode(range, literal.flags.prefix().is_raw(), false, &literal.value, out);
    }

    /// Adds the value of a literal, piece by piece, so that each byte leads back to where it was written.
    fn decode(&self, range: TextRange, raw: bool, formatted: bool, value: &str, out: &mut Text) {
        let written = &self.text[range];
        let start = range.start().to_usize();
        let place = |from: usize, to: usize| self.place(start + from, start + to);
        if written == value && !written.contains('\r') {
            out.push_str(value, place(0, written.len()));
            return;
        }
        let mut pieces = Text::default();
        let (mut begun, mut at) = (0, 0);
        while at < written.len() {
            let rest = &written[at..];
            let special = match rest.as_bytes()[0] {
                b'\r' => Some(("\n".to_string(), if rest.starts_with("\r\n") { 2 } else { 1 })),
                b'{' | b'}' if formatted && (rest.starts_with("{{") || rest.starts_with("}}")) => Some((rest[..1].to_string(), 2)),
                b'\\' if !raw => escape(rest),
                _ => None,
            };
            match special {
                Some((decoded, length)) => {
                    pieces.push_str(&written[begun..at], place(begun, at));
                    pieces.push_str(&decoded, place(at, at + length));
                    at += length;
                    begun = at;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        pieces.push_str(&written[begun..], place(begun, written.len()));
        // The parser's own value is what counts, but for the ends of lines: Python reads all as `\n`, and the parser keeps them.
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        if lines(&pieces.text) == lines(value) { out.push(&pieces) } else { out.push_str(value, place(0, written.len())) }
    }
}

fn operator(op: py::Operator) -> Option<Operator> {
    match op {
        py::Operator::Add => Some(Operator::Add),
        py::Operator::Sub => Some(Operator::Subtract),
        py::Operator::Mult => Some(Operator::Multiply),
        py::Operator::Mod => Some(Operator::Percent),
        _ => None,
    }
}

fn comparison(op: py::CmpOp) -> Option<Comparison> {
    match op {
        py::CmpOp::Eq => Some(Comparison::Equal),
        py::CmpOp::NotEq => Some(Comparison::NotEqual),
        py::CmpOp::Lt => Some(Comparison::Less),
        py::CmpOp::LtE => Some(Comparison::LessOrEqual),
        py::CmpOp::Gt => Some(Comparison::Greater),
        py::CmpOp::GtE => Some(Comparison::GreaterOrEqual),
        py::CmpOp::In => Some(Comparison::In),
        py::CmpOp::NotIn => Some(Comparison::NotIn),
        py::CmpOp::Is | py::CmpOp::IsNot => None,
    }
}

/// Returns what an escape stands for and how long it is; `None` where the backslash is a backslash.
fn escape(text: &str) -> Option<(String, usize)> {
    let second = text[1..].chars().next()?;
    let code = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).map(String::from);
    match second {
        '\n' => Some((String::new(), 2)),
        '\r' => Some((String::new(), if text[2..].starts_with('\n') { 3 } else { 2 })),
        '\\' | '\'' | '"' => Some((second.to_string(), 2)),
        'n' => Some(("\n".to_string(), 2)),
        't' => Some(("\t".to_string(), 2)),
        'r' => Some(("\r".to_string(), 2)),
        'x' => code(text.get(2..4)?, 16).map(|decoded| (decoded, 4)),
        'u' => code(text.get(2..6)?, 16).map(|decoded| (decoded, 6)),
        'U' => code(text.get(2..10)?, 16).map(|decoded| (decoded, 10)),
        '0'..='7' => {
            let digits = text[1..].chars().take(3).take_while(|c| c.is_digit(8)).count();
            code(&text[1..1 + digits], 8).map(|decoded| (decoded, 1 + digits))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Text {
        let tree = read(FileId(0), &Arc::from(text), None);
        match &tree.body[0] {
            Statement::Assign { value: Expr { kind: Kind::Text(value), .. }, .. } => value.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn escapes_keep_the_places_of_what_follows() {
        let found = value("a = 'x\\n' 'y\\x41z'");
        assert_eq!(found.text, "x\nyAz");
        assert_eq!(found.origin(4..5), Some(Span::new(FileId(0), 16, 17)));
    }

    #[test]
    fn continued_lines_keep_the_places_of_what_follows() {
        let found = value("a = \"\"\"\\\r\nx \\\r\ny\r\nz\"\"\"");
        assert_eq!(found.text, "x y\nz");
        assert_eq!(found.origin(4..5), Some(Span::new(FileId(0), 18, 19)));
    }

    #[test]
    fn python_2_leaves_errors_and_a_tree() {
        let tree = read(FileId(0), &Arc::from("print 'a'\nclass B(object):\n    pass\n"), None);
        assert!(!tree.errors.is_empty());
        assert!(tree.body.iter().any(|statement| matches!(statement, Statement::Class(class) if class.name.value == "B")));
    }

    #[test]
    fn cells_do_not_suffer_from_each_other() {
        let text: Arc<str> = Arc::from("a = (\n%magic\nb = 'x'\n");
        let tree = read(FileId(0), &text, Some(&[0..6, 6..13, 13..21]));
        assert_eq!(tree.errors.len(), 1);
        let last = tree.body.last().expect("the last cell is read");
        match last {
            Statement::Assign { value: Expr { span, kind: Kind::Text(_) }, .. } => assert_eq!(*span, Span::new(FileId(0), 17, 20)),
            other => panic!("{other:?}"),
        }
    }
}
