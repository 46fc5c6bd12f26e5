//! What stands above a table with `@`: names checked, arguments read.

use super::Builder;
use crate::core::contents::{Stored, store};
use crate::core::ir::{Annotations, Default, Fill, TableId, Tier};
use crate::core::nearest::nearest;
use crate::core::source::{Span, Spanned};
use crate::core::value::Value;
use crate::diag::{Fix, Sink, codes};
use crate::parser::ast::{self, Ident};

/// Which tables an annotation may stand on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    Manual,
    Populated,
}

/// An annotation of the language.
struct Known {
    name: &'static str,
    place: Place,
    /// How it is written; `None` for one without arguments.
    form: Option<&'static str>,
    /// Whether it may stand several times above one table.
    repeats: bool,
}

const KNOWN: [Known; 10] = [
    Known { name: "mixin", place: Place::Anywhere, form: Some("@mixin(spyglass)"), repeats: true },
    Known { name: "merge", place: Place::Manual, form: None, repeats: false },
    Known { name: "key_source", place: Place::Populated, form: Some("@key_source(Parent & 'restriction')"), repeats: false },
    Known { name: "parallel_make", place: Place::Populated, form: None, repeats: false },
    Known { name: "no_transaction", place: Place::Populated, form: None, repeats: false },
    Known { name: "nwb_table", place: Place::Anywhere, form: Some("@nwb_table(Table)"), repeats: false },
    Known { name: "renamed_from", place: Place::Anywhere, form: Some("@renamed_from(OldName)"), repeats: false },
    Known { name: "renamed", place: Place::Anywhere, form: Some("@renamed(old -> new)"), repeats: true },
    Known { name: "fill", place: Place::Anywhere, form: Some("@fill(attribute = 'value')"), repeats: true },
    Known { name: "allow", place: Place::Anywhere, form: Some("@allow(DJ0301)"), repeats: true },
];

impl Builder<'_> {
    /// Reads the annotations of a table whose heading stands.
    pub(super) fn annotate(&mut self, id: TableId, complete: bool) {
        let ast = self.scopes.tables[id.0 as usize].ast;
        if ast.annotations.is_empty() {
            return;
        }
        let mut out = Annotations::default();
        for (at, annotation) in ast.annotations.iter().enumerate() {
            let Some(known) = known(annotation, &mut self.sink) else { continue };
            let earlier = ast.annotations[..at].iter().find(|other| other.name.value == annotation.name.value);
            if let Some(earlier) = earlier.filter(|_| !known.repeats) {
                let found =
                    codes::ANNOTATION_PLACE.at(annotation.span, format!("`@{}` stands twice above `{}`", known.name, ast.name.value));
                self.sink.report(found.label(earlier.span, "the first one"));
                continue;
            }
            self.check_place(id, annotation, known);
            match (&annotation.arguments, known.form) {
                (None, None) => {}
                (Some(arguments), None) if arguments.value.trim().is_empty() => {}
                (Some(arguments), None) => {
                    let found = codes::ANNOTATION_ARGUMENT.at(arguments.span, format!("`@{}` takes no arguments", known.name));
                    self.sink.report(found.help(format!("write `@{}`", known.name)));
                }
                (Some(arguments), Some(_)) if !arguments.value.trim().is_empty() => {
                    self.read_arguments(id, known, arguments, complete, &mut out);
                    continue;
                }
                (_, Some(form)) => {
                    let found = codes::ANNOTATION_ARGUMENT.at(annotation.span, format!("`@{}` lacks its arguments", known.name));
                    self.sink.report(found.help(format!("write for example `{form}`")));
                    continue;
                }
            }
            match known.name {
                "merge" => out.merge = true,
                "parallel_make" => out.parallel_make = true,
                "no_transaction" => out.no_transaction = true,
                other => unreachable!("`{other}` has arguments, which were read above"),
            }
        }
        self.pipeline.tables[id.0 as usize].annotations = out;
    }

    fn check_place(&mut self, id: TableId, annotation: &ast::Annotation, known: &Known) {
        let table = self.pipeline.table(id);
        let (fits, wanted) = match (known.place, table.tier) {
            (Place::Anywhere, _) => (true, ""),
            (Place::Manual, tier) => (tier == Tier::Manual, "a manual table"),
            (Place::Populated, Tier::Imported | Tier::Computed) => (true, ""),
            (Place::Populated, Tier::Manual | Tier::Lookup | Tier::Part { .. }) => (false, "an imported or computed table"),
        };
        if !fits {
            let found = codes::ANNOTATION_PLACE
                .at(annotation.span, format!("`@{}` stands above {wanted} only", known.name))
                .label(table.name_span, format!("`{}` is a {} table", table.class, table.tier.word()))
                .help("remove it, or change the tier of the table");
            self.sink.report(found);
        }
    }

    fn read_arguments(&mut self, id: TableId, known: &Known, arguments: &Spanned<String>, complete: bool, out: &mut Annotations) {
        let form = known.form.unwrap_or_default();
        let pieces = pieces(arguments);
        let wrong = |span: Span, message: String, sink: &mut Sink| {
            sink.report(codes::ANNOTATION_ARGUMENT.at(span, message).help(format!("write for example `{form}`")));
        };
        let one = |sink: &mut Sink| match pieces.as_slice() {
            [one] => Some(one.clone()),
            _ => {
                wrong(arguments.span, format!("`@{}` takes one argument", known.name), sink);
                None
            }
        };
        match known.name {
            "key_source" => out.key_source = Some(arguments.value.trim().to_string()),
            "mixin" => {
                for piece in pieces {
                    if self.mixins.contains(&piece.value.as_str()) {
                        out.mixins.push(piece.value);
                    } else {
                        let mut found = codes::ANNOTATION_ARGUMENT.at(piece.span, format!("no mixin is named `{}`", piece.value));
                        found = match nearest(&piece.value, self.mixins.iter().copied()) {
                            Some(near) => found.fix(Fix::likely(format!("write `{near}`"), piece.span, near)),
                            None => found.help(format!("there is `{}`; `[mixins.NAME]` in djc.toml adds one", self.mixins.join("`, `"))),
                        };
                        self.sink.report(found);
                    }
                }
            }
            "nwb_table" => {
                let Some(name) = one(&mut self.sink) else { return };
                let path: Vec<Ident> = idents(&name);
                if path.iter().any(|ident| !is_name(&ident.value)) {
                    wrong(name.span, format!("`{}` is no name of a table", name.value), &mut self.sink);
                    return;
                }
                out.nwb_table = self.scopes.look_up(id, &path, &mut self.sink);
            }
            "renamed_from" => {
                let Some(name) = one(&mut self.sink) else { return };
                // A part may be written with its master's name, and a table that comes from elsewhere with its module's.
                let words: Vec<String> = idents(&name).into_iter().map(|ident| ident.value).collect();
                let is_class = |word: &String| word.starts_with(|c: char| c.is_ascii_uppercase());
                if words.len() <= 3 && words.iter().all(|word| is_name(word)) && words.last().is_some_and(is_class) {
                    out.renamed_from = Some(words.join("."));
                } else {
                    wrong(name.span, format!("`{}` is no name of a table", name.value), &mut self.sink);
                }
            }
            "renamed" => {
                for piece in &pieces {
                    match piece.value.split_once("->").map(|(old, new)| (old.trim(), new.trim())) {
                        Some((old, new)) if is_name(old) && is_name(new) => {
                            if self.has_attribute(id, new, piece.span, complete) {
                                out.renamed.insert(new.to_string(), old.to_string());
                            }
                        }
                        _ => wrong(piece.span, format!("`{}` is no rename", piece.value), &mut self.sink),
                    }
                }
            }
            "fill" => {
                for piece in &pieces {
                    match piece.value.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                        Some((name, value)) if is_name(name) => match fill(value) {
                            Some(fill) => {
                                if self.has_attribute(id, name, piece.span, complete) && self.fill_fits(id, name, &fill, piece.span) {
                                    out.fill.insert(name.to_string(), fill);
                                }
                            }
                            None => wrong(piece.span, format!("`{value}` is no constant, and not `sql(\"…\")`"), &mut self.sink),
                        },
                        _ => wrong(piece.span, format!("`{}` does not say which attribute gets what", piece.value), &mut self.sink),
                    }
                }
            }
            "allow" => {
                for piece in &pieces {
                    let name = piece.value.as_str();
                    let code = codes::CODES.iter().find(|code| code.id.eq_ignore_ascii_case(name) || code.slug.eq_ignore_ascii_case(name));
                    match code {
                        Some(code) if out.allow.iter().any(|id| id == code.id) => {}
                        Some(code) => out.allow.push(code.id.to_string()),
                        None => {
                            let mut found = codes::ANNOTATION_ARGUMENT.at(piece.span, format!("`{name}` is no code of djc"));
                            if let Some(near) = nearest(name, codes::CODES.iter().flat_map(|code| [code.id, code.slug])) {
                                found = found.fix(Fix::likely(format!("write `{near}`"), piece.span, near));
                            }
                            self.sink.report(found.help("`djc explain` lists the codes"));
                        }
                    }
                }
            }
            other => unreachable!("`{other}` has no arguments"),
        }
    }

    /// Returns whether the table has the attribute, and reports it if not.
    fn has_attribute(&mut self, id: TableId, name: &str, span: Span, complete: bool) -> bool {
        let table = self.pipeline.table(id);
        if table.heading.get(name).is_some() {
            return true;
        }
        if complete {
            let mut found = codes::ANNOTATION_ARGUMENT
                .at(span, format!("`{}` has no attribute `{name}`", table.class))
                .label(table.name_span, "declared here");
            if let Some(near) = nearest(name, table.heading.attributes.iter().map(|attribute| attribute.name.as_str())) {
                found = found.help(format!("did you mean `{near}`?"));
            }
            self.sink.report(found);
        }
        false
    }

    /// Returns whether a constant fits the type of its attribute, and reports it if not.
    fn fill_fits(&mut self, id: TableId, name: &str, fill: &Fill, span: Span) -> bool {
        let table = self.pipeline.table(id);
        let (Fill::Value(value), Some(attribute)) = (fill, table.heading.get(name)) else { return true };
        let reason = match store(value, &attribute.ty, self.pipeline.schema(table.schema).generation) {
            Ok(Stored::Default) if attribute.default == Default::Required => {
                format!("{value} stands for the default, and the attribute has none")
            }
            Ok(_) => return true,
            Err(unfit) => unfit.reason().to_string(),
        };
        let message = format!("a fill does not fit `{name} : {}`: {reason}", attribute.type_text);
        let mut found = codes::FILL_VALUE.at(span, message).attribute(name).table(self.pipeline.qualified_name(id));
        if attribute.type_span.start < attribute.type_span.end {
            found = found.label(attribute.type_span, "the type");
        }
        self.sink.report(found.help("write a constant of the type, or `sql(\"…\")` for an expression over the columns of the row"));
        false
    }
}

fn known(annotation: &ast::Annotation, sink: &mut Sink) -> Option<&'static Known> {
    let name = annotation.name.value.as_str();
    let found = KNOWN.iter().find(|known| known.name == name);
    if found.is_none() {
        let mut report = codes::UNKNOWN_ANNOTATION.at(annotation.name.span, format!("no annotation is named `@{name}`"));
        report = match nearest(name, KNOWN.iter().map(|known| known.name)) {
            Some(near) => {
                report.help(format!("did you mean `@{near}`?")).fix(Fix::likely(format!("write `@{near}`"), annotation.name.span, near))
            }
            None => report.help(format!("there are {}", KNOWN.map(|known| format!("`@{}`", known.name)).join(", "))),
        };
        sink.report(report);
    }
    found
}

/// Cuts arguments at the commas that stand outside of quotes and brackets.
fn pieces(arguments: &Spanned<String>) -> Vec<Spanned<String>> {
    let text = arguments.value.as_str();
    let mut cuts = Vec::new();
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => cuts.push(at),
            (None, _) => {}
        }
    }
    cuts.push(text.len());
    let mut start = 0;
    let mut out = Vec::new();
    for cut in cuts {
        let piece = &text[start..cut];
        let trimmed = piece.trim();
        let offset = start + (piece.len() - piece.trim_start().len());
        out.push(Spanned::new(trimmed.to_string(), inside(arguments, offset, trimmed.len())));
        start = cut + 1;
    }
    // A comma at the end adds nothing.
    if out.len() > 1 && out.last().is_some_and(|piece| piece.value.is_empty()) {
        out.pop();
    }
    out
}

/// Returns the place of a piece of a text; the whole text where the two do not match byte for byte.
fn inside(whole: &Spanned<String>, offset: usize, length: usize) -> Span {
    if whole.span.range().len() != whole.value.len() {
        return whole.span;
    }
    let start = whole.span.start + offset as u32;
    Span { start, end: start + length as u32, ..whole.span }
}

/// Cuts a dotted name.
fn idents(name: &Spanned<String>) -> Vec<Ident> {
    let mut offset = 0;
    let mut out = Vec::new();
    for word in name.value.split('.') {
        out.push(Spanned::new(word.trim().to_string(), inside(name, offset, word.len())));
        offset += word.len() + 1;
    }
    out
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Reads the value of `@fill`: a constant, or `sql("…")`.
fn fill(text: &str) -> Option<Fill> {
    if let Some(inner) = text.strip_prefix("sql").map(str::trim).and_then(|rest| rest.strip_prefix('(')?.strip_suffix(')')) {
        return quoted(inner.trim()).map(Fill::Sql);
    }
    constant(text).map(Fill::Value)
}

fn constant(text: &str) -> Option<Value> {
    match text {
        "None" | "null" | "NULL" => return Some(Value::Null),
        "True" | "true" => return Some(Value::Bool(true)),
        "False" | "false" => return Some(Value::Bool(false)),
        _ => {}
    }
    if let Some(text) = quoted(text) {
        return Some(Value::Text(text));
    }
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    match text.parse() {
        Ok(int) if is_number => Some(Value::Int(int)),
        _ if is_number => text.parse().ok().map(Value::Float),
        _ => None,
    }
}

/// Returns the inside of a quoted text, the usual escapes of Python undone.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut out = String::new();
    let mut chars = text[1..].chars();
    loop {
        match chars.next()? {
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                other @ ('\\' | '\'' | '"') => out.push(other),
                other => {
                    out.push('\\');
                    out.push(other);
                }
            },
            c if c == quote => return chars.as_str().is_empty().then_some(out),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::source::FileId;

    #[test]
    fn commas_in_quotes_and_brackets_do_not_cut() {
        let text = "a = 'x, y', b = sql(\"concat(c, ',')\"),";
        let all = Spanned::new(text.to_string(), Span::new(FileId(0), 10, 10 + text.len()));
        let pieces = pieces(&all);
        assert_eq!(pieces.iter().map(|piece| piece.value.as_str()).collect::<Vec<_>>(), ["a = 'x, y'", "b = sql(\"concat(c, ',')\")"]);
        assert_eq!(pieces[1].span.start, 22);
    }

    #[test]
    fn fills_are_constants_or_sql() {
        assert_eq!(fill("'it\\'s'"), Some(Fill::Value(Value::Text("it's".to_string()))));
        assert_eq!(fill("-1.5"), Some(Fill::Value(Value::Float(-1.5))));
        assert_eq!(fill("sql(\"upper(a)\")"), Some(Fill::Sql("upper(a)".to_string())));
        assert_eq!(fill("now()"), None);
        assert_eq!(fill("'open"), None);
    }
}
