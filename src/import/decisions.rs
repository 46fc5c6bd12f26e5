//! What the command line decides about sources, held against them: a slip in a name would else decide nothing, without a word.

use std::collections::BTreeSet;

use super::files::{MatlabFile, PythonFiles};
use crate::core::nearest::nearest;
use crate::core::source::SourceMap;
use crate::diag::{Diagnostic, Sink, codes};

/// Reports each `--schema` that names no Python module, and each `--link` whose name no source says.
pub(super) fn of_python(
    files: &PythonFiles,
    schemas: &[(String, String)],
    links: &[(String, String)],
    sources: &SourceMap,
    sink: &mut Sink,
) {
    let mut modules = BTreeSet::new();
    for file in &files.modules {
        modules.insert(file.dotted.as_str());
        modules.extend(file.dotted.rsplit('.').next());
    }
    report_schemas("Python module", &modules, schemas, sink);
    if links.is_empty() {
        return;
    }
    let texts = files.modules.iter().map(|file| &*sources.file(file.file).text);
    let words: BTreeSet<&str> = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    for (name, target) in links.iter().filter(|(name, _)| !words.contains(name.as_str())) {
        let message = format!("`--link {name}={target}` decides nothing: no source says `{name}`");
        sink.report(meant(codes::UNUSED_DECISION.anywhere(message), name, &words));
    }
}

/// Reports each `--schema` that names no MATLAB package.
pub(super) fn of_matlab(files: &[MatlabFile], schemas: &[(String, String)], sink: &mut Sink) {
    let packages: BTreeSet<String> =
        files.iter().flat_map(|file| (1..=file.package.len()).map(|length| file.package[..length].join("."))).collect();
    report_schemas("MATLAB package", &packages.iter().map(String::as_str).collect(), schemas, sink);
}

fn report_schemas(kind: &str, known: &BTreeSet<&str>, schemas: &[(String, String)], sink: &mut Sink) {
    for (name, schema) in schemas.iter().filter(|(name, _)| !known.contains(name.as_str())) {
        let message = format!("`--schema {name}={schema}` decides nothing: no {kind} that was read is called `{name}`");
        sink.report(meant(codes::UNUSED_DECISION.anywhere(message), name, known));
    }
}

fn meant(found: Diagnostic, name: &str, known: &BTreeSet<&str>) -> Diagnostic {
    match nearest(name, known.iter().copied()) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found,
    }
}
