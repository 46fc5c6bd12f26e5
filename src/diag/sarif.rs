//! Diagnostics as SARIF 2.1.0, the format that code-scanning services take.
//!
//! Each code that fired is a rule with its page as help; each finding is a result with its region, the places that it
//! disagrees with, and its fixes. The output holds no date, no machine name and no absolute path.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use djc_core::source::SourceMap;
use serde_json::{Value, json};

use super::{Code, Diagnostic, Fix, Level, Place};

/// Writes one log with one run, and a newline.
pub fn write(out: &mut dyn io::Write, sources: &SourceMap, diagnostics: &[Diagnostic]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(sources, diagnostics))?;
    writeln!(out)
}

/// Returns the log as JSON.
pub fn log(sources: &SourceMap, diagnostics: &[Diagnostic]) -> Value {
    let findings: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.level != Level::Allow).collect();
    let mut rules: BTreeMap<&str, (usize, &'static Code)> =
        findings.iter().map(|diagnostic| (diagnostic.code.id, (0, diagnostic.code))).collect();
    for (at, rule) in rules.values_mut().enumerate() {
        rule.0 = at;
    }
    let results: Vec<Value> = findings.iter().map(|diagnostic| result(sources, diagnostic, rules[diagnostic.code.id].0)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "djc",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.values().map(|(_, code)| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "name": code.slug,
        "shortDescription": { "text": code.title },
        "help": { "text": super::pages::text(code.page()), "markdown": code.page() },
        "defaultConfiguration": { "level": level(code.level) },
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Allow => "none",
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn result(sources: &SourceMap, diagnostic: &Diagnostic, rule: usize) -> Value {
    let mut text = diagnostic.message.clone();
    for line in diagnostic.label.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(line);
    }
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": rule,
        "level": level(diagnostic.level),
        "message": { "text": text },
    });
    let mut location = json!({});
    if let Some(span) = diagnostic.span {
        location["physicalLocation"] = physical(&Place::of(sources, span));
    }
    if let Some(table) = &diagnostic.table {
        let full = diagnostic.attribute.as_ref().map_or(table.clone(), |attribute| format!("{table}.{attribute}"));
        let kind = if diagnostic.attribute.is_some() { "member" } else { "type" };
        location["logicalLocations"] = json!([{ "fullyQualifiedName": full, "kind": kind }]);
    }
    if location.as_object().is_some_and(|fields| !fields.is_empty()) {
        result["locations"] = json!([location]);
    }
    if !diagnostic.labels.is_empty() {
        let related = diagnostic
            .labels
            .iter()
            .map(|label| json!({ "physicalLocation": physical(&Place::of(sources, label.span)), "message": { "text": label.text } }));
        result["relatedLocations"] = related.collect();
    }
    if !diagnostic.fixes.is_empty() {
        result["fixes"] = diagnostic.fixes.iter().map(|proposed| fix(sources, proposed)).collect();
    }
    result
}

fn fix(sources: &SourceMap, fix: &Fix) -> Value {
    let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let place = Place::exact(sources, edit.span);
        changes.entry(uri(&place.file)).or_default().push(json!({
            "deletedRegion": region(&place),
            "insertedContent": { "text": edit.text },
        }));
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .map(|(uri, replacements)| json!({ "artifactLocation": { "uri": uri }, "replacements": replacements }))
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn physical(place: &Place) -> Value {
    json!({ "artifactLocation": { "uri": uri(&place.file) }, "region": region(place) })
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

/// Returns a file name as a relative URI reference: what a path may hold stays, all else is percent-encoded.
fn uri(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => out.push(byte as char),
            other => write!(out, "%{other:02X}").expect("a String takes all that is written"),
        }
    }
    out
}
