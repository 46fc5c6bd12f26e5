//! DataJoint tables in Python sources, read without running them.
//!
//! What the crate `djc-pyimport` finds becomes, per schema, a derived `.dj` text of which every byte leads back into a Python file. It
//! is parsed and resolved like any other, and its messages point at the class, or into the string, that they are about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use djc_pyimport::sources::{Module, Sources};
use djc_pyimport::survey::{Options as SurveyOptions, survey};
use djc_pyimport::{Finding, FindingKind, read, write};

use super::files::PythonFiles;
use crate::config;
use crate::core::ir::Generation;
use crate::core::source::{FileId, SourceMap, Span};
use crate::core::text::Text;
use crate::diag::{Code, Diagnostic, Level, Sink, codes};
use crate::parser::{self, ast};
use crate::resolve;

/// How often references of old DataJoint are mended; each round mends all that it sees.
const ROUNDS_MAX: usize = 3;

/// What the command line decides.
#[derive(Debug, Clone)]
pub struct Options {
    /// The DataJoint that the tables belong to.
    pub generation: Generation,
    /// The name of the project.
    pub name: String,
    /// Schema names of Python modules that leave them to `activate`.
    pub schemas: Vec<(String, String)>,
    /// What names mean that only a linking module would know.
    pub links: Vec<(String, String)>,
}

/// What an import gave.
#[derive(Debug)]
pub struct Imported {
    /// The schemas, in order of their modules.
    pub files: Vec<ImportedFile>,
    /// The settings that go with them.
    pub config: String,
    /// Table classes that were found, parts included.
    pub found: usize,
    /// Those of them that were converted.
    pub converted: usize,
}

/// One schema as a `.dj` file.
#[derive(Debug, Clone)]
pub struct ImportedFile {
    /// The name of its module.
    pub module: String,
    /// Its text, in the form of `djc fmt`.
    pub text: String,
    /// The Python file that makes the schema.
    pub origin: String,
}

impl Imported {
    /// Returns the number of classes that are left out; a finding says why, for each.
    pub fn skipped(&self) -> usize {
        self.found - self.converted
    }
}

/// What Python modules declare.
#[derive(Debug)]
pub struct Declared {
    /// A tree for each schema.
    pub trees: Vec<ast::File>,
    /// The same as formatted text.
    pub files: Vec<ImportedFile>,
    /// Variables of schema names, with what the code takes where nothing sets them.
    pub variables: BTreeMap<String, Option<String>>,
    found: usize,
    converted: usize,
    /// References that were reported as leading to no table.
    unread: Vec<Span>,
}

/// Imports Python modules; what a person should know or decide joins the sink, with its place in the Python files.
pub fn import(files: &PythonFiles, options: &Options, sources: &mut SourceMap, sink: &mut Sink) -> Imported {
    let declared = declare(files, &options.schemas, &options.links, sources, sink);
    let config = settings(&declared, options);
    check(&declared, &config, sources, sink);
    Imported { files: declared.files, config, found: declared.found, converted: declared.converted }
}

/// Reads Python modules as sources of a project: what they declare is resolved with all else.
pub fn sources(files: &PythonFiles, names: &[(String, String)], sources: &mut SourceMap, sink: &mut Sink) -> Declared {
    let mut found = Sink::new();
    let declared = declare(files, names, &[], sources, &mut found);
    // Names are resolved with those of the `.dj` files, and reported then.
    let here = |diagnostic: &Diagnostic| diagnostic.code.id != codes::UNREAD_TABLE.id;
    found.into_sorted().into_iter().filter(here).for_each(|diagnostic| sink.report(diagnostic));
    declared
}

fn declare(
    files: &PythonFiles,
    schemas: &[(String, String)],
    links: &[(String, String)],
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Declared {
    let module = |file: &super::files::PythonFile| Module {
        dotted: file.dotted.clone(),
        package: file.package,
        tree: read::read(file.file, &sources.file(file.file).text, file.notebook),
    };
    let modules: Vec<Module> = files.modules.iter().map(module).collect();
    let names = Sources::new(&modules);
    let decisions = SurveyOptions { schemas: schemas.to_vec(), links: links.to_vec() };
    let found = survey(&names, &decisions);
    let mut findings = found.findings.clone();
    let texts = write::write(&names, &found, &decisions, &mut findings);
    let unread = findings.iter().filter(|finding| finding.kind == FindingKind::UnreadTable).map(|finding| finding.span).collect();
    findings.into_iter().for_each(|finding| sink.report(diagnostic(finding)));
    if found.found == 0 {
        let count = crate::diag::counted(files.modules.len(), "Python file");
        sink.report(
            codes::NO_TABLE_CLASSES
                .anywhere(format!("no table class in {count}"))
                .help("table classes inherit from `dj.Manual` and its like, perhaps through classes that must be read as well"),
        );
    }
    let mut trees = Vec::new();
    let mut formatted = Vec::new();
    for (schema, mut text) in found.schemas.iter().zip(texts) {
        translate(&mut text, sink);
        let name = sources.file(schema.span.file).name.clone();
        let file = sources.add_derived(name.clone(), text.text.as_str(), text.segments);
        let tree = parser::parse(file, &text.text, sink);
        let text = parser::format::format(&text.text, &tree);
        formatted.push(ImportedFile { module: schema.module.clone(), text, origin: name });
        trees.push(tree);
    }
    let variables = found.schemas.iter().flat_map(|schema| &schema.variables);
    Declared {
        trees,
        files: formatted,
        variables: variables.map(|variable| (variable.name.clone(), variable.default.clone())).collect(),
        found: found.found,
        converted: found.converted(),
        unread,
    }
}

/// Writes references of old DataJoint as projections.
fn translate(text: &mut Text, sink: &mut Sink) {
    for _ in 0..ROUNDS_MAX {
        let mut found = Sink::new();
        // Places in a text that no map knows yet.
        parser::parse(FileId::default(), &text.text, &mut found);
        let mut edits: Vec<_> = found
            .diagnostics()
            .iter()
            .filter(|diagnostic| diagnostic.code.id == codes::LEGACY_REFERENCE.id)
            .filter_map(|diagnostic| diagnostic.fixes.first())
            .flat_map(|fix| fix.edits.clone())
            .collect();
        if edits.is_empty() {
            return;
        }
        edits.sort_by_key(|edit| edit.span.start);
        for edit in edits.into_iter().rev() {
            let Some(origin) = text.origin(edit.span.range()) else { continue };
            let message = format!("a reference of old DataJoint, written as `{}`", edit.text);
            sink.report(codes::LEGACY_TRANSLATED.at(origin, message).help("datajoint 0.14 makes the same column from it"));
            text.replace(edit.span.range(), &Text::new(edit.text, origin));
        }
    }
}

/// Resolves what was read and keeps the errors; the rest is for `djc check`.
fn check(declared: &Declared, config: &str, sources: &SourceMap, sink: &mut Sink) {
    let mut found = Sink::new();
    let config = config::read(FileId::default(), config, &mut found);
    resolve::resolve(&declared.trees, &config, &mut found);
    for diagnostic in found.into_sorted() {
        let place = diagnostic.span.map(|span| sources.origin(span));
        let known = place.is_some_and(|place| {
            declared.unread.iter().any(|span| span.file == place.file && span.start <= place.end && place.start <= span.end)
        });
        if diagnostic.level == Level::Error && !known {
            sink.report(diagnostic);
        }
    }
}

/// Returns `djc.toml`.
fn settings(declared: &Declared, options: &Options) -> String {
    let generation = match options.generation {
        Generation::Classic => "0.14",
        Generation::Modern => "2",
    };
    let mut out = format!("[pipeline]\nname = \"{}\"\nsources = [\"*.dj\"]\ndatajoint = \"{generation}\"\n", options.name);
    if !declared.variables.is_empty() {
        out.push_str("\n[pipeline.vars]\n");
        for (name, default) in &declared.variables {
            match default {
                Some(default) => writeln!(out, "{name} = {}", toml::Value::String(default.clone())),
                None => writeln!(out, "# {name} = \"…\"  # what the code reads when it runs"),
            }
            .expect("a String takes all that is written");
        }
    }
    // The tables exist, so that the switch was on.
    let holds = |word: &str| declared.files.iter().any(|file| file.text.contains(word));
    if options.generation == Generation::Classic && holds("filepath@") {
        out.push_str("\n[datajoint]\nsupport_filepath_management = true\n");
    }
    out
}

fn diagnostic(finding: Finding) -> Diagnostic {
    let mut out = code(finding.kind).at(finding.span, finding.message);
    if let Some((span, text)) = finding.label {
        out = out.label(span, text);
    }
    if let Some(class) = finding.skipped {
        out = out.table(class);
    }
    finding.help.into_iter().fold(out, Diagnostic::help)
}

fn code(kind: FindingKind) -> &'static Code {
    match kind {
        FindingKind::Syntax => &codes::PYTHON_SYNTAX,
        FindingKind::Definition => &codes::RUN_TIME_DEFINITION,
        FindingKind::NoSchema => &codes::TABLE_WITHOUT_SCHEMA,
        FindingKind::Place => &codes::TABLE_CLASS_PLACE,
        FindingKind::Twice => &codes::CLASS_TWICE,
        FindingKind::Contents => &codes::RUN_TIME_CONTENTS,
        FindingKind::Attribute => &codes::RUN_TIME_ATTRIBUTE,
        FindingKind::SchemaName => &codes::ASSUMED_SCHEMA_NAME,
        FindingKind::UnreadTable => &codes::UNREAD_TABLE,
        FindingKind::Linked => &codes::LINKED_TABLE,
    }
}
