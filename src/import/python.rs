//! DataJoint tables in Python sources, read without running them.
//!
//! What the crate `djc-pyimport` finds becomes, per module, a derived `.dj` text of which every byte leads back into a Python file. It
//! is parsed and resolved like any other, and its messages point at the class, or into the string, that they are about.

use djc_pyimport::sources::{Module, Sources};
use djc_pyimport::survey::{Options as SurveyOptions, survey};
use djc_pyimport::{Finding, FindingKind, read, write};

use super::decisions;
use super::files::{PythonFile, PythonFiles};
use super::front::{Declared, Derived, Imported, Layout, Reading};
use super::notebook::{Cell, name_cell};
use crate::core::ir::Generation;
use crate::core::source::SourceMap;
use crate::diag::{Code, Diagnostic, Sink, codes};

/// The stack of the thread that parses; pages that are not touched cost nothing.
const STACK: usize = 256 << 20;

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
    /// Which file a table goes to.
    pub layout: Layout,
}

/// Imports Python modules; what a person should know or decide joins the sink, with its place in the Python files.
pub fn import(files: &PythonFiles, options: &Options, sources: &mut SourceMap, sink: &mut Sink) -> Imported {
    let asked = SurveyOptions { schemas: options.schemas.clone(), links: options.links.clone() };
    decisions::of_python(files, &options.schemas, &options.links, sources, sink);
    let mut found = Sink::new();
    let reading = read_all(files, &asked, options.layout, sources, &mut found);
    let imported = reading.declare(sources, &mut found).import(options.generation, &options.name, sources, &mut found);
    report(found, files, sources, sink, |_| true);
    imported
}

/// Reads Python modules as sources of a project: what they declare is resolved with all else.
pub fn sources(
    files: &PythonFiles,
    names: &[(String, String)],
    links: &[(String, String)],
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Declared {
    let decisions = SurveyOptions { schemas: names.to_vec(), links: links.to_vec() };
    let mut found = Sink::new();
    let declared = read_all(files, &decisions, Layout::Schema, sources, &mut found).declare(sources, &mut found);
    // Names are resolved with those of the `.dj` files, and reported then.
    report(found, files, sources, sink, |diagnostic| diagnostic.code.id != codes::UNREAD_TABLE.id);
    declared
}

/// Hands over what was found, with the numbers of the cells for what is in notebooks.
fn report(found: Sink, files: &PythonFiles, sources: &SourceMap, sink: &mut Sink, wanted: impl Fn(&Diagnostic) -> bool) {
    let cells: Vec<&Cell> = files.modules.iter().flat_map(|file| file.cells.iter().flatten()).collect();
    found
        .into_sorted()
        .into_iter()
        .filter(|diagnostic| wanted(diagnostic))
        .for_each(|diagnostic| sink.report(name_cell(diagnostic, &cells, sources)));
}

fn read_all(files: &PythonFiles, decisions: &SurveyOptions, layout: Layout, sources: &SourceMap, sink: &mut Sink) -> Reading {
    let modules = trees(files, sources);
    let names = Sources::new(&modules);
    let mut survey = survey(&names, decisions);
    if layout == Layout::Module {
        survey.split_by_module(&names);
    }
    let mut findings = std::mem::take(&mut survey.findings);
    let texts = write::write(&names, &survey, decisions, &mut findings);
    if survey.found == 0 {
        let count = crate::diag::counted(files.modules.len(), "Python file");
        sink.report(
            codes::NO_TABLE_CLASSES
                .anywhere(format!("no table class in {count}"))
                .help("table classes inherit from `dj.Manual` and its like, perhaps through classes that must be read as well"),
        );
    }
    let schemas = survey.schemas.iter().zip(texts);
    let variables = survey.schemas.iter().flat_map(|schema| &schema.variables);
    let reading = Reading {
        modules: schemas.map(|(schema, text)| Derived { module: schema.module.clone(), text, span: schema.span }).collect(),
        variables: variables.map(|variable| (variable.name.clone(), variable.default.clone())).collect(),
        adapters: std::mem::take(&mut survey.adapters),
        mixins: std::mem::take(&mut survey.mixins),
        found: survey.found,
        converted: survey.converted(),
        left_out: findings.iter().filter(|finding| finding.skipped.is_some()).map(|finding| code(finding.kind)).collect(),
        unread: findings.iter().filter(|finding| finding.kind == FindingKind::UnreadTable).map(|finding| finding.span).collect(),
    };
    findings.into_iter().for_each(|finding| sink.report(diagnostic(finding)));
    reading
}

/// Returns the trees of all modules.
fn trees(files: &PythonFiles, sources: &SourceMap) -> Vec<Module> {
    let module = |file: &PythonFile| {
        let cells = file.cells.as_ref().map(|cells| cells.iter().map(|cell| cell.code.clone()).collect::<Vec<_>>());
        let tree = read::read(file.file, &sources.file(file.file).text, cells.as_deref());
        Module { dotted: file.dotted.clone(), also: file.also.clone(), package: file.package, tree }
    };
    let read = || files.modules.iter().map(module).collect();
    // What Python allows to be nested needs more room than a thread has by itself.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read);
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(modules)) => modules,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => read(),
        }
    })
}

fn diagnostic(finding: Finding) -> Diagnostic {
    let mut out = code(finding.kind).at(finding.span, finding.message);
    for (span, text) in finding.labels {
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
        FindingKind::UnknownBase => &codes::UNKNOWN_BASE,
        FindingKind::Twice => &codes::CLASS_TWICE,
        FindingKind::Contents => &codes::RUN_TIME_CONTENTS,
        FindingKind::Annotations => &codes::RUN_TIME_ANNOTATIONS,
        FindingKind::Attribute => &codes::RUN_TIME_ATTRIBUTE,
        FindingKind::SchemaName => &codes::ASSUMED_SCHEMA_NAME,
        FindingKind::UnreadTable => &codes::UNREAD_TABLE,
        FindingKind::Linked => &codes::LINKED_TABLE,
    }
}
