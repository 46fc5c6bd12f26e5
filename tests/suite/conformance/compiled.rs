//! What djc makes of an imported package, and what is left of it without the tables that it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use djc::check;
use djc::core::catalog::Catalog;
use djc::core::dialect::{Options, Server, Target, lower};
use djc::core::ir::{Pipeline, TableId, Tier};
use djc::core::source::{SourceMap, Span};
use djc::diag::{Diagnostic, Level, Sink, human};
use djc::parser::ast;
use djc::problems;
use djc::project::{self, LoadOptions, Project};

/// Why a table is refused that has no error itself.
pub const NEED: &str = "what it needs is refused";

/// A folder of `.dj` files, compiled and checked for a server.
pub struct Compiled {
    folder: PathBuf,
    project: Project,
    pub pipeline: Pipeline,
    /// The physical name of each schema.
    pub names: Vec<String>,
    /// What it lowers to.
    pub catalog: Catalog,
    found: Vec<Diagnostic>,
    /// The errors that a table has itself.
    faults: BTreeMap<TableId, Vec<Diagnostic>>,
    /// Errors outside of all tables.
    elsewhere: Vec<Diagnostic>,
    vars: BTreeMap<String, String>,
}

impl Compiled {
    /// Compiles a folder; `vars` are the variables of its schema names.
    pub fn of(folder: &Path, vars: &BTreeMap<String, String>) -> Compiled {
        let mut options = LoadOptions::new(folder);
        options.vars.extend(vars.clone());
        let project = Project::load(&options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let project::Compiled { pipeline, names, diagnostics } = project::compile(&project);
        let mut sink = Sink::new();
        diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
        check::check(&pipeline, &project.files, &check::Settings::default(), &mut sink);
        // As `djc check` does: without stores in djc.toml nobody knows which there are.
        let lowered = lower(&pipeline, &names, &Target::new(Server::MySql), &Options::default());
        problems::report(&pipeline, &lowered.problems, &mut sink);
        let found = sink.into_sorted();
        let mut faults: BTreeMap<TableId, Vec<Diagnostic>> = BTreeMap::new();
        let mut elsewhere = Vec::new();
        for error in found.iter().filter(|diagnostic| diagnostic.level == Level::Error) {
            match error.span.and_then(|span| table_at(&pipeline, span)) {
                Some(table) => faults.entry(table).or_default().push(error.clone()),
                None => elsewhere.push(error.clone()),
            }
        }
        Compiled {
            folder: folder.to_path_buf(),
            project,
            pipeline,
            names,
            catalog: lowered.catalog,
            found,
            faults,
            elsewhere,
            vars: vars.clone(),
        }
    }

    /// Returns the number of tables.
    pub fn tables(&self) -> usize {
        self.pipeline.tables().filter(|(_, table)| self.pipeline.schema(table.schema).owned).count()
    }

    /// Returns `schema.table`, as the server calls it.
    pub fn stored(&self, id: TableId) -> String {
        let table = self.pipeline.table(id);
        format!("{}.{}", self.names[table.schema.0 as usize], table.stored)
    }

    /// Returns whether each table compiles: it has no error itself, and all that it needs (its master, what it refers to) compiles.
    pub fn good(&self) -> Vec<bool> {
        let mut good = vec![false; self.pipeline.tables.len()];
        for id in &self.pipeline.order {
            let table = self.pipeline.table(*id);
            let mut needs = table.references.iter().map(|key| key.parent).chain(match table.tier {
                Tier::Part { master } => Some(master),
                Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => None,
            });
            good[id.0 as usize] = !self.faults.contains_key(id) && needs.all(|parent| good[parent.0 as usize]);
        }
        good
    }

    /// Returns how many tables of these modules compile, and how many there are.
    pub fn count(&self, modules: &BTreeSet<String>) -> (usize, usize) {
        let good = self.good();
        let of_package = |id: &TableId| modules.contains(&self.pipeline.schema(self.pipeline.table(*id).schema).module);
        let all: Vec<TableId> = self.pipeline.order.iter().copied().filter(of_package).collect();
        (all.iter().filter(|id| good[id.0 as usize]).count(), all.len())
    }

    /// Returns all errors as messages.
    pub fn errors(&self) -> Vec<String> {
        let inside = self.faults.values().flatten();
        inside.chain(&self.elsewhere).map(|error| rendered(&self.project.sources, error)).collect()
    }

    /// Returns each refusal once, with how often it stands.
    pub fn refusals(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for error in self.faults.values().flatten().chain(&self.elsewhere) {
            *counts.entry(format!("{}: {}", error.code.id, error.message)).or_default() += 1;
        }
        counts.into_iter().map(|(line, count)| format!("{line} x{count}")).collect()
    }

    /// Returns why each table that does not compile does not: its own error, or the lack of what it needs.
    pub fn refused(&self) -> BTreeMap<String, String> {
        let good = self.good();
        let bad = self.pipeline.tables().filter(|(id, _)| !good[id.0 as usize]);
        bad.map(|(id, _)| {
            let why = self.faults.get(&id).map_or(NEED.to_string(), |errors| {
                let errors: BTreeSet<String> = errors.iter().map(|error| format!("{}: {}", error.code.id, error.message)).collect();
                errors.into_iter().collect::<Vec<_>>().join("; ")
            });
            (self.stored(id), why)
        })
        .collect()
    }

    /// Returns `DJ0301 note x4, …`.
    pub fn codes(&self) -> String {
        let mut codes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for diagnostic in &self.found {
            *codes.entry((diagnostic.code.id, diagnostic.level.word())).or_default() += 1;
        }
        let words: Vec<String> = codes.iter().map(|((code, level), count)| format!("{code} {level} x{count}")).collect();
        if words.is_empty() { "none".to_string() } else { words.join(", ") }
    }

    /// Gives every schema a name that begins with `prefix`, in the settings of the folder.
    pub fn rename_schemas(&self, prefix: &str) {
        let path = self.folder.join("djc.toml");
        let text = fs::read_to_string(&path).expect("readable");
        let mut settings: toml::Table = text.parse().expect("djc.toml is TOML");
        let schemas = settings.entry("schemas").or_insert_with(|| toml::Table::new().into());
        for (schema, name) in self.pipeline.schemas.iter().zip(&self.names) {
            let tables = schemas.as_table_mut().expect("`schemas` is a table");
            let of_schema = tables.entry(schema.module.as_str()).or_insert_with(|| toml::Table::new().into());
            of_schema.as_table_mut().expect("a schema is a table").insert("name".to_string(), format!("{prefix}{name}").into());
        }
        fs::write(path, settings.to_string()).expect("writable");
    }

    /// Takes what does not compile out of the files, until the rest does, and returns that.
    ///
    /// Rows that cannot be stored go alone: datajoint declares their table as well, and fails when it fills it.
    pub fn without_faults(self) -> Compiled {
        if self.faults.is_empty() && self.elsewhere.is_empty() {
            return self;
        }
        let mut cuts: Vec<Vec<Range<usize>>> = self.project.files.iter().map(|file| self.cuts(file)).collect();
        assert!(cuts.iter().any(|cuts| !cuts.is_empty()), "what is wrong can be taken out:\n{}", self.errors().join("\n"));
        for (file, cuts) in self.project.files.iter().zip(&mut cuts) {
            cuts.sort_by_key(|cut| std::cmp::Reverse(cut.start));
            let source = self.project.sources.file(file.file);
            let mut text = source.text.to_string();
            let mut last = usize::MAX;
            for cut in cuts.iter().filter(|cut| !cut.is_empty()) {
                // A part goes with its master.
                if cut.end <= last {
                    text.replace_range(cut.clone(), "");
                    last = cut.start;
                }
            }
            let name = source.name.rsplit('/').next().expect("a file has a name");
            fs::write(self.folder.join(name), text).expect("writable");
        }
        Compiled::of(&self.folder, &self.vars).without_faults()
    }

    /// Returns what must go out of a file.
    fn cuts(&self, file: &ast::File) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let wrong = |span: Span| self.elsewhere.iter().filter_map(|error| error.span).any(|at| span.file == at.file && within(at, span));
        for line in file.uses() {
            match &line.names {
                ast::UseNames::Many(names) => {
                    let lost: Vec<&ast::UseName> = names.iter().filter(|name| wrong(name.name.span)).collect();
                    if lost.len() == names.len() {
                        out.push(range(line.span));
                    }
                    // The comma behind a name goes with it; the one before the last name may stay.
                    let text = &self.project.sources.file(file.file).text;
                    for name in lost.iter().filter(|_| lost.len() < names.len()) {
                        let end = name.alias.as_ref().unwrap_or(&name.name).span.end as usize;
                        let comma = text[end..].find([',', '}']).map_or(end, |at| end + at);
                        let end = if text[comma..].starts_with(',') { comma + 1 } else { end };
                        out.push(name.name.span.start as usize..end);
                    }
                }
                ast::UseNames::One(_) | ast::UseNames::Module(_) if wrong(line.span) => out.push(range(line.span)),
                ast::UseNames::One(_) | ast::UseNames::Module(_) => {}
            }
        }
        file.tables().for_each(|table| self.cut_table(table, &mut out));
        out
    }

    fn cut_table(&self, table: &ast::Table, out: &mut Vec<Range<usize>>) {
        let ids = self.pipeline.tables().filter(|(_, known)| known.span == table.span).map(|(id, _)| id);
        let errors: Vec<&Diagnostic> = ids.filter_map(|id| self.faults.get(&id)).flatten().collect();
        let rows = table.body.iter().filter_map(|item| match item {
            ast::BodyItem::Contents(contents) => Some(contents.span),
            _ => None,
        });
        let rows: Vec<Span> = rows.collect();
        let in_rows = |error: &&Diagnostic| error.span.is_some_and(|at| rows.iter().any(|rows| within(at, *rows)));
        if errors.iter().any(|error| !in_rows(error)) {
            let heads = table.doc.iter().map(|line| line.span.start).chain(table.annotations.iter().map(|one| one.span.start));
            let start = heads.chain([table.span.start]).min().expect("a table has a place");
            // The words before the text of a doc line are no part of its span.
            let text = &self.project.sources.file(table.span.file).text;
            let line = text[..start as usize].rfind('\n').map_or(0, |at| at + 1);
            out.push(line..table.span.end as usize);
        } else if !errors.is_empty() {
            out.extend(rows.into_iter().map(range));
        }
        table.parts().for_each(|part| self.cut_table(part, out));
    }
}

fn range(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

fn within(at: Span, span: Span) -> bool {
    span.start <= at.start && at.start <= span.end
}

/// Returns a finding as a person sees it.
pub fn rendered(sources: &SourceMap, error: &Diagnostic) -> String {
    let mut out = Vec::new();
    let look = human::Look { color: false, unicode: false, width: None };
    human::write(&mut out, sources, std::slice::from_ref(error), look).expect("a Vec takes all that is written");
    String::from_utf8(out).expect("messages are UTF-8")
}

/// Returns the table around a place; parts stand behind their masters, so that the last one is the innermost.
fn table_at(pipeline: &Pipeline, place: Span) -> Option<TableId> {
    let around = |span: Span| span.file == place.file && within(place, span);
    pipeline.tables().filter(|(_, table)| around(table.span)).map(|(id, _)| id).last()
}
