//! What every command does first: read the project, resolve it, check it, lower it for servers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use djc_core::catalog;
use djc_core::dialect::{self, Lowered, Server, Target};
use djc_core::ir::{Charset, Pipeline, SchemaId, TableId};
use djc_core::source::SourceMap;

use super::{Error, Exit, Ui};
use crate::check::{self, Levels, Settings};
use crate::config::Config;
use crate::diag::codes;
use crate::diag::{Confidence, Diagnostic, Level, Sink};
use crate::problems;
use crate::project::{self, LoadOptions, Project};

/// The servers that SQL is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum DialectName {
    /// MySQL and MariaDB
    #[value(alias = "mariadb")]
    Mysql,
    /// PostgreSQL
    #[value(alias = "postgresql")]
    Postgres,
    /// SQLite
    Sqlite,
}

impl DialectName {
    pub(super) fn server(self) -> Server {
        match self {
            DialectName::Mysql => Server::MySql,
            DialectName::Postgres => Server::Postgres,
            DialectName::Sqlite => Server::Sqlite,
        }
    }
}

/// What is asked of a compilation.
#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    /// Files and folders of the command line.
    pub paths: &'a [PathBuf],
    /// Codes that are errors.
    pub deny: &'a [String],
    /// Codes that are silent.
    pub allow: &'a [String],
    /// Charset of new schemas, over `djc.toml`.
    pub charset: Option<Charset>,
    /// Another folder than the working one, and the one that stands for the top of what it was taken from.
    pub directory: Option<(&'a Path, &'a Path)>,
    /// What the names of files begin with, where there is such a folder.
    pub label: String,
    /// Tables, modules or schemas under which tables of the other generation may stand.
    pub shared: &'a [String],
    /// Texts that count instead of what the disk holds, by the names of their files.
    pub unsaved: BTreeMap<String, String>,
}

/// A pipeline with all that was found in it.
pub(super) struct Compiled {
    /// Where it was read from.
    pub project: Project,
    /// What it declares, as complete as its mistakes allow.
    pub pipeline: Pipeline,
    /// Physical schema names, by [`SchemaId`].
    pub names: Vec<String>,
    /// What was found, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Charsets of physical schemas that exist, where a server was asked.
    pub live_charsets: BTreeMap<String, catalog::Charset>,
    /// Levels of `djc.toml` and the command line.
    pub levels: Levels,
    shared: Vec<String>,
}

impl Compiled {
    /// Returns whether anything keeps tables from being made.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// Returns how a command ends by what was found alone: a source that could not be read is worse than a mistake in one.
    pub fn exit(&self) -> Exit {
        let unread = [codes::UNREADABLE_SOURCE.id, codes::SOURCE_NOT_TEXT.id, codes::SOURCE_TOO_LARGE.id];
        if self.diagnostics.iter().any(|diagnostic| unread.contains(&diagnostic.code.id)) {
            Exit::Failed
        } else if self.has_errors() {
            Exit::Findings
        } else {
            Exit::Fine
        }
    }

    /// Returns the texts that spans point into.
    pub fn sources(&self) -> &SourceMap {
        &self.project.sources
    }

    /// Returns the schemas of the files that the command line names, those of all files when it names none.
    pub fn wanted(&self) -> BTreeSet<SchemaId> {
        let schemas = self.pipeline.schemas.iter().enumerate();
        let selected = schemas.filter(|(_, schema)| self.project.selected.contains(&schema.span.file));
        selected.map(|(at, _)| SchemaId(at as u32)).collect()
    }

    /// Returns the tables under which tables of the other generation may stand: those that the command line names, by themselves, by
    /// their module or by their physical schema, and the parents of those that `@allow` it.
    fn shared_tables(&self) -> impl Iterator<Item = TableId> {
        let named = |id: TableId| {
            let schema = self.pipeline.table(id).schema;
            let is = |name: &String| {
                *name == self.pipeline.schema(schema).module
                    || *name == self.names[schema.0 as usize]
                    || *name == self.pipeline.qualified_name(id)
            };
            self.shared.iter().any(is)
        };
        let named = self.pipeline.tables().map(|(id, _)| id).filter(move |id| named(*id));
        let allowing = self.pipeline.tables.iter().filter(|table| problems::allows_mixing(table));
        named.chain(allowing.flat_map(|table| table.references.iter().map(|reference| reference.parent)))
    }

    /// Returns the physical schemas under which tables of the other generation may stand.
    pub fn shared_schemas(&self) -> Vec<String> {
        let mut schemas: BTreeSet<String> =
            self.shared_tables().map(|id| self.names[self.pipeline.table(id).schema.0 as usize].clone()).collect();
        // A schema that is only in the database has no module.
        schemas.extend(self.shared.iter().cloned());
        schemas.into_iter().collect()
    }

    /// Returns how the wanted schemas are lowered.
    pub fn lowering(&self) -> dialect::Options {
        let config = &self.project.config;
        dialect::Options {
            add_hidden_timestamp: config.datajoint.add_hidden_timestamp,
            add_job_metadata: config.datajoint.add_job_metadata,
            provenance: config.datajoint.provenance,
            wanted: Some(self.wanted()),
            stores: stores(config),
            mixed_parents: self.shared_tables().map(|id| self.pipeline.qualified_name(id)).collect(),
            live_charsets: self.live_charsets.clone(),
        }
    }

    /// Lowers the wanted schemas for a target; what the target cannot hold joins the diagnostics.
    pub fn lower(&mut self, target: &Target) -> Lowered {
        let lowered = dialect::lower(&self.pipeline, &self.names, target, &self.lowering());
        let mut sink = Sink::new();
        problems::report(&self.pipeline, &lowered.problems, &mut sink);
        self.join(sink);
        lowered
    }

    /// Adds what a pass found to the diagnostics.
    pub fn join(&mut self, sink: Sink) {
        let mut sorted = Sink::new();
        for diagnostic in sink.into_sorted() {
            // Another server has said it, or an earlier pass in its own words.
            if !self.diagnostics.contains(&diagnostic) {
                sorted.report(diagnostic);
            }
        }
        for diagnostic in std::mem::take(&mut self.diagnostics) {
            sorted.report(diagnostic);
        }
        self.diagnostics = sorted.into_sorted();
        problems::supersede(&mut self.diagnostics);
    }
}

impl Compiled {
    /// Returns the tables of the wanted schemas as a server would report them.
    pub fn catalog(&mut self, target: &Target) -> catalog::Catalog {
        let mut catalog = self.lower(target).catalog;
        let dialect = target.server.dialect();
        for table in catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            dialect.normalize(Arc::make_mut(table));
        }
        catalog
    }
}

/// Reads, resolves and checks. What is found in files that the command line does not name is left out, unless it is an error.
pub(super) fn compile(ui: &Ui, request: &Request) -> Result<Compiled, Error> {
    let mut options = LoadOptions::new(request.directory.map_or(Path::new("."), |(directory, _)| directory));
    options.paths = request.paths.to_vec();
    options.vars = ui.vars().to_vec();
    options.charset.clone_from(&request.charset);
    options.unsaved.clone_from(&request.unsaved);
    let mut project = Project::load(&options)?;
    if let Some((directory, top)) = request.directory {
        let directory = std::path::absolute(directory)?;
        let below = |name: &str| {
            let path = project::normal(&directory.join(name));
            path.strip_prefix(top).map_or_else(|_| name.to_string(), |path| path.display().to_string())
        };
        project.sources.rename(|name| format!("{}{}", request.label, below(name)));
    }
    let levels = levels(&project.config, request)?;
    let project::Compiled { pipeline, names, mut diagnostics } = project::compile(&project);
    problems::unknown_stores(&pipeline, &project.config, &mut diagnostics);
    levels.apply(&mut diagnostics);
    let mut sink = Sink::new();
    diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
    check::check(&pipeline, &project.files, &Settings { levels: levels.clone() }, &mut sink);
    let mut diagnostics = sink.into_sorted();
    // A definition inside of Python stands in a string, which only `djc patch` rewrites; in notebooks and in MATLAB nothing does.
    for diagnostic in &mut diagnostics {
        let file = diagnostic.span.map(|span| project.sources.file(project.sources.origin(span).file).name.as_str());
        let confidence = match file.map(std::path::Path::new).filter(|file| crate::import::is_foreign(file)) {
            Some(file) if file.extension().is_some_and(|extension| extension == "py") => Confidence::Patch,
            Some(_) => Confidence::Likely,
            None => continue,
        };
        let safe = diagnostic.fixes.iter_mut().filter(|fix| fix.confidence == Confidence::Safe);
        safe.for_each(|fix| fix.confidence = confidence);
    }
    let config_file = project.sources.files().find(|(_, file)| file.name.ends_with(project::CONFIG_NAME)).map(|(id, _)| id);
    diagnostics.retain(|diagnostic| {
        let file = diagnostic.span.map(|span| project.sources.origin(span).file);
        diagnostic.level == Level::Error || file.is_none_or(|file| project.selected.contains(&file) || Some(file) == config_file)
    });
    Ok(Compiled { project, pipeline, names, diagnostics, live_charsets: BTreeMap::new(), levels, shared: request.shared.to_vec() })
}

/// Returns the levels of `djc.toml` with those of the command line over them.
fn levels(config: &Config, request: &Request) -> Result<Levels, Error> {
    let words = |list: &[djc_core::source::Spanned<String>]| list.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
    let mut levels = Levels::new(&words(&config.check.allow), &words(&config.check.deny));
    let mut line = Levels::default();
    for (names, level) in [(request.deny, Level::Error), (request.allow, Level::Allow)] {
        for name in names {
            levels.set(name, level);
            line.set(name, level);
        }
    }
    if let Some(name) = line.unknown().next() {
        return Err(Error::Usage(format!("there is no code `{name}`; `djc explain` lists all of them")));
    }
    Ok(levels)
}

fn stores(config: &Config) -> Option<BTreeSet<String>> {
    (!config.stores.is_empty()).then(|| config.stores.keys().cloned().collect())
}
