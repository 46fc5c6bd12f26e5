//! References of old DataJoint, `(new, …) -> Table(old, …)`, written as projections.
//!
//! Where the old names are left out, `(new) -> Table`, DataJoint up to 0.13 took the one attribute of the parent's key, or the one that the
//! lines above do not hold already. That asks for the keys of all tables, so that what was read is resolved, as often as one reference waits for another.

use std::collections::BTreeMap;

use super::front::Derived;
use crate::config::Config;
use crate::core::ir::{Pipeline, Table};
use crate::core::source::{FileId, Span};
use crate::core::text::Text;
use crate::diag::{Sink, codes};
use crate::parser::{self, ast};
use crate::resolve;

/// How often the references with both names are gone through; each round mends all that it sees.
const ROUNDS_MAX: usize = 3;

/// Translates all references that can be; each is noted, and those that cannot stay as they are.
pub(super) fn translate(modules: &mut [Derived], sink: &mut Sink) {
    for module in modules.iter_mut() {
        translate_named(&mut module.text, sink);
    }
    while translate_implied(modules, sink) {}
}

/// Translates the references that say both names, which the parser has a fix for.
fn translate_named(text: &mut Text, sink: &mut Sink) {
    for _ in 0..ROUNDS_MAX {
        let mut edits: Vec<_> = legacy(FileId::default(), &text.text).into_iter().filter_map(|line| line.written).collect();
        if edits.is_empty() {
            return;
        }
        edits.sort_by_key(|(span, _)| span.start);
        for (span, written) in edits.into_iter().rev() {
            replace(text, span, written, sink);
        }
    }
}

fn replace(text: &mut Text, span: Span, written: String, sink: &mut Sink) {
    let Some(origin) = text.origin(span.range()) else { return };
    let message = format!("a reference of old DataJoint, written as `{written}`");
    sink.report(codes::LEGACY_TRANSLATED.at(origin, message).help("datajoint 0.14 makes the same column from it"));
    text.replace(span.range(), &Text::new(written, origin));
}

/// One reference of old DataJoint.
struct Line {
    /// The line.
    span: Span,
    /// What is to be written instead, and for which part of it.
    written: Option<(Span, String)>,
}

/// Returns the references of old DataJoint in a text.
fn legacy(file: FileId, text: &str) -> Vec<Line> {
    // Most texts have none, and need not be parsed for it.
    let suspicious = |line: &str| line.find("->").is_some_and(|arrow| !line[..arrow].trim().is_empty() && !line[..arrow].contains('#'));
    if !text.lines().any(suspicious) {
        return Vec::new();
    }
    let mut found = Sink::new();
    // Places in a text that no map knows yet.
    parser::parse(file, text, &mut found);
    let lines = found.into_sorted().into_iter().filter(|diagnostic| diagnostic.code.id == codes::LEGACY_REFERENCE.id);
    let line = |diagnostic: crate::diag::Diagnostic| {
        let written = diagnostic.fixes.first().and_then(|fix| fix.edits.first()).map(|edit| (edit.span, edit.text.clone()));
        Some(Line { span: diagnostic.span?, written })
    };
    lines.filter_map(line).collect()
}

/// Translates one reference of each table that implies the old name; returns whether there was one.
fn translate_implied(modules: &mut [Derived], sink: &mut Sink) -> bool {
    let mut open: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
    for (at, module) in modules.iter().enumerate() {
        let file = FileId(at as u32);
        let lines: Vec<Span> = legacy(file, &module.text.text).into_iter().map(|line| line.span).collect();
        if !lines.is_empty() {
            open.insert(file, lines);
        }
    }
    if open.is_empty() {
        return false;
    }
    // The same texts with plain arrows; what stands where does not change.
    let trees: Vec<ast::File> = modules
        .iter()
        .enumerate()
        .map(|(at, module)| {
            let file = FileId(at as u32);
            let mut plain = module.text.text.clone();
            for line in open.get(&file).into_iter().flatten() {
                let arrow = plain[line.range()].find("->").unwrap_or_default();
                plain.replace_range(line.range().start..line.range().start + arrow, &" ".repeat(arrow));
            }
            parser::parse(file, &plain, &mut Sink::new())
        })
        .collect();
    let pipeline = resolve::resolve(&trees, &Config::default(), &mut Sink::new());
    let mut translated = false;
    for (file, lines) in &open {
        let module = &mut modules[file.0 as usize];
        let mut edits = Vec::new();
        for table in pipeline.tables.iter().filter(|table| table.span.file == *file) {
            // What stands in a part is none of its master's; what stands below waits, as it may share the names of this line.
            let first = lines.iter().find(|line| innermost(&pipeline, **line).is_some_and(|found| found.name_span == table.name_span));
            if let Some(line) = first
                && let Some(written) = implied(&pipeline, table, *line, &module.text.text[line.range()], &open)
            {
                edits.push((*line, written));
            }
        }
        edits.sort_by_key(|(span, _)| span.start);
        for (line, (length, written)) in edits.into_iter().rev() {
            let span = Span { end: line.start + length as u32, ..line };
            replace(&mut module.text, span, written, sink);
            translated = true;
        }
    }
    translated
}

/// Returns the table that a line stands in.
fn innermost(pipeline: &Pipeline, line: Span) -> Option<&Table> {
    let around = |table: &&Table| table.span.file == line.file && table.span.start <= line.start && line.end <= table.span.end;
    pipeline.tables.iter().filter(around).max_by_key(|table| table.span.start)
}

/// Returns the projection that `(new) -> Table` means, and how much of the line it stands for.
fn implied(pipeline: &Pipeline, table: &Table, line: Span, text: &str, open: &BTreeMap<FileId, Vec<Span>>) -> Option<(usize, String)> {
    let arrow = text.find("->")?;
    let new = text[..arrow].trim().strip_prefix('(')?.strip_suffix(')')?.trim();
    let code = text.split('#').next().unwrap_or_default().trim_end();
    let reference =
        table.references.iter().find(|reference| line.start <= reference.target_span.start && reference.target_span.end <= line.end)?;
    let target = &text[(reference.target_span.start - line.start) as usize..(reference.target_span.end - line.start) as usize];
    let behind = code.get((reference.target_span.end - line.start) as usize..)?.trim();
    if new.is_empty() || !new.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || !matches!(behind, "" | "()") {
        return None;
    }
    let parent = pipeline.table(reference.parent);
    let waits = |span: &Span| innermost(pipeline, *span).is_some_and(|found| found.name_span == parent.name_span);
    if open.get(&parent.span.file).is_some_and(|lines| lines.iter().any(waits)) {
        return None;
    }
    let key: Vec<&str> = parent.heading.primary_key().map(|attribute| attribute.name.as_str()).collect();
    let above = |name: &str| table.heading.attributes.iter().any(|attribute| attribute.name == name && attribute.span.start < line.start);
    let old = match key.as_slice() {
        [only] => only,
        key => match key.iter().filter(|name| !above(name)).collect::<Vec<_>>().as_slice() {
            [only] => *only,
            _ => return None,
        },
    };
    let options = text[arrow + 2..].trim_start();
    let options = if options.starts_with('[') { options.split_inclusive(']').next().map(|options| format!("{options} ")) } else { None };
    Some((code.len(), format!("-> {}{target}.proj({new}='{old}')", options.unwrap_or_default())))
}
