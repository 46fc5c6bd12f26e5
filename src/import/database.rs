//! Tables that live in a database, as `.dj` files.
//!
//! What datajoint left on the server is read backwards: stored names become classes, markers become types, foreign keys become arrows
//! in the order that gives the same columns again. The result is compiled and held against the catalog that it came from, so that what
//! no definition can say is reported and never lost in silence. Pure: the catalog is read by whoever calls.

mod arrange;
mod plan;
mod settings;
mod verify;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::core::catalog::{Catalog, Column};
use crate::core::dialect::Target;
use crate::core::dialect::declared::Adapters;
use crate::core::ir::Generation;
use crate::core::source::{SourceMap, Span};
use crate::diag::{Code, Diagnostic, Sink};
use crate::parser::{self, ast};

use plan::Plan;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the catalog was read.
    pub target: Target,
    /// The name of the project.
    pub name: String,
    /// Physical names of the schemas that are written; of others, what these refer to.
    pub schemas: BTreeSet<String>,
    /// Tables (physical schema, stored name) that are written; all when `None`.
    pub only: Option<BTreeSet<(String, String)>>,
    /// Module names by physical schema, where they are not made of it.
    pub modules: BTreeMap<String, String>,
    /// Whether only what others need to refer to is written, as `extern schema`.
    pub external: bool,
    /// The generation of all tables; read from the traces in each schema when `None`.
    pub generation: Option<Generation>,
    /// The URL for `[database.live]`, without a login.
    pub url: Option<String>,
    /// The folder that names of files begin with in messages; empty for none.
    pub folder: String,
}

/// Rows of a table as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// A literal each, in the order of the attributes.
    pub lines: Vec<String>,
}

/// What became of a table that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is in the files.
    Written,
    /// It is one of datajoint's own (`~log`, `~jobs`, `~external_…`), made again when needed.
    Service,
    /// It is a view.
    View,
    /// datajoint would not know it, for this reason.
    NotDataJoint(&'static str),
    /// It is a part of this master, which is not there.
    Orphan(String),
    /// This column of its key has a name that datajoint refuses.
    KeyName(String),
    /// This column of its key has a type that datajoint lacks.
    KeyType(String),
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledFile {
    /// The name of the module.
    pub module: String,
    /// The physical schema.
    pub physical: String,
    /// Which datajoint its tables belong to.
    pub generation: Generation,
    /// Whether it is an `extern schema`.
    pub external: bool,
    /// How many tables it has, parts included.
    pub tables: usize,
    /// Its text, in the form of `djc fmt`.
    pub text: String,
}

/// What a database gave.
#[derive(Debug)]
pub struct Pulled {
    /// The files, by module.
    pub files: Vec<PulledFile>,
    /// The settings that go with them.
    pub config: String,
    /// What became of every table in the schemas that were asked for: (physical schema, stored name).
    pub fates: BTreeMap<(String, String), Fate>,
}

/// Something that is lost, or worth knowing, before its place in a file is known.
#[derive(Debug, Clone)]
struct Finding {
    code: &'static Code,
    place: Place,
    message: String,
    help: Vec<String>,
}

/// Where a finding belongs, in names of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Schema(String),
    Table(String, String),
    Attribute(String, String, String),
}

impl Finding {
    fn new(code: &'static Code, place: Place, message: String) -> Finding {
        Finding { code, place, message, help: Vec::new() }
    }

    fn help(mut self, text: impl Into<String>) -> Finding {
        self.help.push(text.into());
        self
    }
}

/// How often indexes that look like the server's own are looked at again.
const ROUNDS_MAX: usize = 3;

/// Writes a catalog, as inspected and not normalised, as `.dj` files; what is lost or worth knowing joins the sink, with its place in the
/// files.
pub fn pull(
    catalog: &Catalog,
    rows: &BTreeMap<(String, String), Rows>,
    options: &Options,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Pulled {
    let server = options.target.server;
    let everything = |generation: Option<Generation>| -> Vec<(&Column, Generation)> {
        let of_schema = |schema: &crate::core::catalog::Schema| {
            generation.unwrap_or_else(|| crate::core::catalog::evidence::of_schema(schema, server).0)
        };
        let schemas = catalog.schemas.values();
        schemas
            .flat_map(|schema| {
                let generation = of_schema(schema);
                schema.tables.values().flat_map(|table| &table.columns).map(move |column| (column, generation))
            })
            .collect()
    };
    let adapters = Adapters::read(everything(options.generation).into_iter(), server);
    let types = adapters.context();
    let plan = plan::plan(catalog, options, |column, generation| write::can_write(column, generation, server, &types));
    let adapters = plan.used_adapters(server);
    let config = settings::write(&plan, catalog, &adapters, options);

    let mut declared = BTreeSet::new();
    let mut round = 0;
    let (texts, findings) = loop {
        let mut findings = plan.findings.clone();
        let context = write::Context { plan: &plan, server, types: &types, declared: &declared, rows };
        let texts: Vec<String> = (0..plan.modules.len()).map(|at| formatted(&write::write(&context, at, &mut findings))).collect();
        let mut scratch = SourceMap::new();
        let trees = parsed(&texts, &plan, options, &mut scratch, &mut Sink::new());
        let compiled = verify::compile(&trees, &config, catalog, options, &mut scratch);
        let missing = compiled.missing_indexes(&plan, options);
        round += 1;
        if missing.is_subset(&declared) || round == ROUNDS_MAX {
            compiled.report(&plan, catalog, options, &mut findings);
            break (texts, findings);
        }
        declared.extend(missing);
    };

    // Once more, now that the texts are final and have a place in the caller's map.
    let trees = parsed(&texts, &plan, options, sources, sink);
    let compiled = verify::compile(&trees, &config, catalog, options, sources);
    sink.append(compiled.sink);
    let places = Places::new(&plan, &trees);
    for finding in findings {
        sink.report(places.diagnostic(finding));
    }
    let files = plan.modules.iter().zip(texts).map(|(module, text)| PulledFile {
        module: module.name.clone(),
        physical: module.physical.clone(),
        generation: module.generation,
        external: module.external,
        tables: module.tables.len(),
        text,
    });
    Pulled { files: files.collect(), config, fates: plan.fates }
}

fn formatted(text: &str) -> String {
    let tree = parser::parse(crate::core::source::FileId::default(), text, &mut Sink::new());
    parser::format::format(text, &tree)
}

fn parsed(texts: &[String], plan: &Plan, options: &Options, sources: &mut SourceMap, sink: &mut Sink) -> Vec<ast::File> {
    let slash = if options.folder.is_empty() || options.folder.ends_with('/') { "" } else { "/" };
    let mut one = |(module, text): (&plan::Module, &String)| {
        let file = sources.add(format!("{}{slash}{}.dj", options.folder, module.name), text.as_str());
        parser::parse(file, text, sink)
    };
    plan.modules.iter().zip(texts).map(&mut one).collect()
}

/// Where things of the database stand in the files.
struct Places<'p> {
    plan: &'p Plan,
    schemas: HashMap<String, Span>,
    tables: HashMap<(String, String), (Span, HashMap<String, Span>)>,
}

impl<'p> Places<'p> {
    fn new(plan: &'p Plan, trees: &[ast::File]) -> Places<'p> {
        let mut out = Places { plan, schemas: HashMap::new(), tables: HashMap::new() };
        for (module, tree) in plan.modules.iter().zip(trees) {
            if let Some(line) = tree.schemas().next() {
                out.schemas.entry(module.physical.clone()).or_insert(line.span);
            }
            let mut spans = HashMap::new();
            for table in tree.tables() {
                spans.insert((None, table.name.value.as_str()), table);
                spans.extend(table.parts().map(|part| ((Some(table.name.value.as_str()), part.name.value.as_str()), part)));
            }
            for at in &module.tables {
                let table = plan.table(*at);
                let master = table.master.map(|master| plan.table(master).class.as_str());
                let Some(found) = spans.get(&(master, table.class.as_str())) else { continue };
                let attributes = found.body.iter().filter_map(|item| match item {
                    ast::BodyItem::Attribute(line) => Some((line.name.value.clone(), line.span)),
                    _ => None,
                });
                out.tables.insert((table.live.schema.clone(), table.live.name.clone()), (found.name.span, attributes.collect()));
            }
        }
        out
    }

    fn diagnostic(&self, finding: Finding) -> Diagnostic {
        let (schema, table, attribute) = match &finding.place {
            Place::Schema(schema) => (schema, None, None),
            Place::Table(schema, table) => (schema, Some(table), None),
            Place::Attribute(schema, table, attribute) => (schema, Some(table), Some(attribute)),
        };
        let found = table.and_then(|table| self.tables.get(&(schema.clone(), table.clone())));
        let span = match (found, attribute) {
            (Some((name, attributes)), Some(attribute)) => attributes.get(attribute).or(Some(name)),
            (Some((name, _)), None) => Some(name),
            (None, _) => self.schemas.get(schema),
        };
        let mut out = match span {
            Some(span) => finding.code.at(*span, finding.message),
            None => finding.code.anywhere(finding.message),
        };
        if let Some(at) = table.and_then(|table| self.plan.find(schema, table)) {
            let module = self.plan.table(at).module;
            out = out.table(format!("{}.{}", self.plan.modules[module].name, self.plan.name_from(at, module)));
        }
        if let Some(attribute) = attribute {
            out = out.attribute(attribute.as_str());
        }
        finding.help.into_iter().fold(out, Diagnostic::help)
    }
}
