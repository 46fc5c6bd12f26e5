//! Enum values in double quotes.
//!
//! Generation 2 copies the type as written into the column's comment, between double quotes and unescaped, so that its
//! `CREATE TABLE` is an SQL syntax error on the MySQL family. 0.14 has no such copy and works, until the schema moves.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::ENUM_DOUBLE_QUOTES, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for line in subject.attribute_lines() {
        let name = &line.name.value;
        let is_enum = subject.table.heading.get(name).is_some_and(|attribute| matches!(attribute.ty, AttributeType::Enum(_)));
        if !is_enum || !line.ty.value.contains('"') {
            continue;
        }
        let mut found = RULE.code.at(line.ty.span, format!("the enum `{name}` is written with double quotes"));
        if subject.is_classic() {
            found.level = Level::Note;
            found = found.here("datajoint 2 cannot declare this");
        } else {
            found = found.here("datajoint cannot declare this on the MySQL family");
        }
        if let Some(text) = single_quoted(&line.ty.value) {
            found = found.fix(Fix::safe("write single quotes", line.ty.span, text));
        }
        sink.report(found.attribute(name));
    }
}

/// Returns the type with other quotes, unless a value holds something that the other quotes would change.
fn single_quoted(type_text: &str) -> Option<String> {
    let mut open = None;
    let mut out = String::with_capacity(type_text.len());
    for c in type_text.chars() {
        match (open, c) {
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), c) if quote == c => open = None,
            (Some(_), '\'' | '"' | '\\') => return None,
            _ => {}
        }
        out.push(if c == '"' { '\'' } else { c });
    }
    // Two values that touch are one value with a doubled quote.
    (open.is_none() && !type_text.contains("\"\"")).then_some(out)
}
