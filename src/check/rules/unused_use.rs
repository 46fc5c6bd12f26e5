//! A name that is brought in and not used says that the schema depends on another, which it does not.
//!
//! Readers, and tools that deploy or copy one schema with all that it needs, follow the line for nothing.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::parser::ast::{self, Annotation, BodyItem, Ident, Item, Table, Use, UseName, UseNames};

/// The rule.
pub const RULE: Rule = Rule { code: &codes::UNUSED_USE, check: Check::File(check) };

fn check(_: &Context, file: &ast::File, sink: &mut Sink) {
    if file.uses().next().is_none() {
        return;
    }
    let mut words = BTreeSet::new();
    for table in file.tables() {
        collect(table, &mut words);
    }
    for (at, item) in file.items.iter().enumerate() {
        let Item::Use(line) = item else { continue };
        let unused: Vec<&Ident> = names(line).into_iter().filter(|name| !words.contains(name.value.as_str())).collect();
        let all = unused.len() == names(line).len();
        for name in &unused {
            let mut found = RULE.code.at(name.span, format!("`{}` is brought in and never used", name.value));
            // One edit takes the whole line out; it is offered once, or edits would overlap.
            if all && name.span == unused[0].span {
                found = found.fix(Fix::safe("remove the line", whole_line(file, at, line), ""));
            } else if !all && let Some(fix) = without(line, &unused, name) {
                found = found.fix(fix);
            }
            sink.report(found);
        }
    }
}

/// Returns the names that the line makes known in the file.
fn names(line: &Use) -> Vec<&Ident> {
    fn known(name: &UseName) -> &Ident {
        name.alias.as_ref().unwrap_or(&name.name)
    }
    match &line.names {
        UseNames::Module(alias) => vec![alias.as_ref().unwrap_or(&line.module)],
        UseNames::One(name) => vec![known(name)],
        UseNames::Many(names) => names.iter().map(known).collect(),
    }
}

/// Collects the first words of what arrows point at, and every word of annotations (a `@key_source` names tables too).
fn collect<'a>(table: &'a Table, words: &mut BTreeSet<&'a str>) {
    for Annotation { arguments, .. } in &table.annotations {
        let text = arguments.as_ref().map_or("", |arguments| arguments.value.as_str());
        words.extend(text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()));
    }
    for item in &table.body {
        match item {
            BodyItem::Reference(line) => words.extend(line.target.path.first().map(|word| word.value.as_str())),
            BodyItem::Part(part) => collect(part, words),
            _ => {}
        }
    }
}

fn whole_line(file: &ast::File, at: usize, line: &Use) -> Span {
    let own = line.comment.as_ref().map_or(line.span, |comment| Span { end: comment.span.end, ..line.span });
    match file.items.get(at + 1) {
        Some(Item::Use(next)) => Span { end: next.span.start, ..own },
        Some(Item::Blank(next)) => Span { end: next.span.start.max(own.end), ..own },
        _ => own,
    }
}

/// Writes the braces again without the unused names; offered with the first of them.
fn without(line: &Use, unused: &[&Ident], name: &Ident) -> Option<Fix> {
    let UseNames::Many(all) = &line.names else { return None };
    if unused.first().map(|first| first.span) != Some(name.span) {
        return None;
    }
    let first = all.first()?;
    let last = all.last()?;
    let end = last.alias.as_ref().unwrap_or(&last.name).span;
    let kept: Vec<String> = all
        .iter()
        .filter(|name| !unused.iter().any(|unused| unused.span == name.alias.as_ref().unwrap_or(&name.name).span))
        .map(|name| match &name.alias {
            Some(alias) => format!("{} as {}", name.name.value, alias.value),
            None => name.name.value.clone(),
        })
        .collect();
    Some(Fix::safe("remove what is not used", first.name.span.to(end), kept.join(", ")))
}
