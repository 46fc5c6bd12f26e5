//! Which names exist, and what a name means at a place.
//!
//! The order of look-up: `master` and `self`; tables of the same module and their parts; names from `use`; tables of used
//! modules. A part is known by its master's name only, so it never hides a table outside of it.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::core::ir::{SchemaId, TableId};
use crate::core::nearest::nearest;
use crate::core::source::Span;
use crate::diag::{Diagnostic, Fix, Level, Sink, codes};
use crate::parser::ast::{self, Ident, UseName, UseNames};

/// Everything that was declared, and the names by which each file knows it.
#[derive(Debug)]
pub(super) struct Scopes<'a> {
    /// The modules in order of their names; the position is the [`SchemaId`].
    pub modules: Vec<Module<'a>>,
    /// The tables, parts behind their master; the position is the [`TableId`].
    pub tables: Vec<Declared<'a>>,
    module_ids: HashMap<&'a str, SchemaId>,
    names: HashMap<(SchemaId, &'a str), TableId>,
    parts: HashMap<(TableId, &'a str), TableId>,
    files: Vec<FileScope<'a>>,
    /// The first module that has a table of the name; made when a name is not found.
    anywhere: OnceCell<HashMap<&'a str, SchemaId>>,
    /// How many more names are compared for suggestions.
    comparisons: Cell<usize>,
}

/// How many names are compared in a run to say what may have been meant. The first thousand mistakes of a large pipeline have their
/// suggestions; whoever has more of them than that has another problem.
const COMPARISONS_MAX: usize = 1_000_000;

/// A module.
#[derive(Debug)]
pub(super) struct Module<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its schema line; `None` for a file without one.
    pub line: Option<&'a ast::SchemaLine>,
    /// Its tables.
    pub tables: Vec<TableId>,
}

/// A table or part as declared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared<'a> {
    /// Its tree.
    pub ast: &'a ast::Table,
    /// Its module.
    pub module: SchemaId,
    /// The master, for a part.
    pub master: Option<TableId>,
    file: usize,
}

/// What `use` lines brought into a file.
#[derive(Debug)]
struct FileScope<'a> {
    module: SchemaId,
    tables: HashMap<&'a str, (Option<TableId>, Span)>,
    modules: HashMap<&'a str, Option<SchemaId>>,
    /// Behind which byte a `use` line would stand.
    insert_use: Span,
}

/// The name of a module whose file has no schema line; a diagnostic has been reported by the parser.
const UNNAMED: &str = "unnamed";

impl<'a> Scopes<'a> {
    /// Collects all modules, tables and `use` lines.
    pub fn collect(files: &'a [ast::File], sink: &mut Sink) -> Self {
        let mut scopes = Scopes {
            modules: Vec::new(),
            tables: Vec::new(),
            module_ids: HashMap::new(),
            names: HashMap::new(),
            parts: HashMap::new(),
            files: Vec::new(),
            anywhere: OnceCell::new(),
            comparisons: Cell::new(COMPARISONS_MAX),
        };
        let mut sorted: Vec<(&'a str, Option<&'a ast::SchemaLine>, usize)> = (files.iter().enumerate())
            .map(|(at, file)| {
                let line = file.schemas().next();
                (line.map_or(UNNAMED, |line| line.name.value.as_str()), line, at)
            })
            .collect();
        sorted.sort_by_key(|(name, _, at)| (*name, *at));
        let mut module_of_file = vec![SchemaId(0); files.len()];
        for (name, line, at) in sorted {
            module_of_file[at] = scopes.module(name, line, sink);
        }
        // Numbering tables module by module keeps the tables of one schema together.
        let mut by_module: Vec<usize> = (0..files.len()).collect();
        by_module.sort_by_key(|at| (module_of_file[*at], *at));
        for at in by_module {
            for table in files[at].tables() {
                scopes.declare(table, module_of_file[at], at, sink);
            }
        }
        for (at, file) in files.iter().enumerate() {
            let scope = scopes.file_scope(file, module_of_file[at], sink);
            scopes.files.push(scope);
        }
        scopes
    }

    fn module(&mut self, name: &'a str, line: Option<&'a ast::SchemaLine>, sink: &mut Sink) -> SchemaId {
        let id = SchemaId(self.modules.len() as u32);
        if let Some(line) = line {
            match self.module_ids.entry(name) {
                Entry::Occupied(first) => {
                    let first = *first.get();
                    let mut found = codes::DUPLICATE_MODULE
                        .at(line.name.span, format!("the schema `{name}` is declared by two files"))
                        .help("give one of them another name; two modules may still share one physical schema with `schema NAME as \"PHYSICAL\"`");
                    if let Some(other) = self.modules[first.0 as usize].line {
                        found = found.label(other.name.span, "declared here first");
                    }
                    sink.report(found);
                    // Its tables join the first module, so that their names are found.
                    return first;
                }
                Entry::Vacant(entry) => entry.insert(id),
            };
        }
        self.modules.push(Module { name, line, tables: Vec::new() });
        id
    }

    fn declare(&mut self, ast: &'a ast::Table, module: SchemaId, file: usize, sink: &mut Sink) {
        let id = TableId(self.tables.len() as u32);
        match self.names.entry((module, ast.name.value.as_str())) {
            Entry::Occupied(first) => {
                let first = self.tables[first.get().0 as usize].ast;
                sink.report(duplicate_table(ast, first, self.modules[module.0 as usize].name));
                return;
            }
            Entry::Vacant(entry) => entry.insert(id),
        };
        self.push(Declared { ast, module, master: None, file });
        for part in ast.parts() {
            let part_id = TableId(self.tables.len() as u32);
            match self.parts.entry((id, part.name.value.as_str())) {
                Entry::Occupied(first) => {
                    let first = self.tables[first.get().0 as usize].ast;
                    sink.report(duplicate_table(part, first, &ast.name.value));
                    continue;
                }
                Entry::Vacant(entry) => entry.insert(part_id),
            };
            self.push(Declared { ast: part, module, master: Some(id), file });
        }
    }

    fn push(&mut self, declared: Declared<'a>) {
        self.modules[declared.module.0 as usize].tables.push(TableId(self.tables.len() as u32));
        self.tables.push(declared);
    }

    fn file_scope(&self, file: &'a ast::File, module: SchemaId, sink: &mut Sink) -> FileScope<'a> {
        let start = Span::new(file.file, 0, 0);
        let schema = file.schemas().next().map_or(start, |line| line.comment.as_ref().map_or(line.span, |comment| comment.span).after());
        let last = file.uses().last().map_or(schema, |line| line.comment.as_ref().map_or(line.span, |comment| comment.span).after());
        let mut scope = FileScope { module, tables: HashMap::new(), modules: HashMap::new(), insert_use: last };
        for line in file.uses() {
            let name = line.module.value.as_str();
            let id = self.module_ids.get(name).copied();
            if id.is_none() {
                let mut found = codes::UNKNOWN_MODULE
                    .at(line.module.span, format!("no file declares the schema `{name}`"))
                    .help("the name is that of the `schema` line, not of the file; `sources` in djc.toml says which files are read");
                if let Some(near) = self.suggestion(name, || self.modules.iter().map(|module| module.name)) {
                    found = found.fix(Fix::likely(format!("use `{near}`"), line.module.span, near));
                }
                sink.report(found);
            }
            match &line.names {
                UseNames::Module(alias) => {
                    scope.modules.insert(alias.as_ref().map_or(name, |alias| alias.value.as_str()), id);
                }
                UseNames::One(one) => self.bring(&mut scope, one, id, sink),
                UseNames::Many(many) => many.iter().for_each(|one| self.bring(&mut scope, one, id, sink)),
            }
        }
        scope
    }

    /// Adds one table of a `use` line to what a file knows.
    fn bring(&self, scope: &mut FileScope<'a>, one: &'a UseName, module: Option<SchemaId>, sink: &mut Sink) {
        let class = one.name.value.as_str();
        let table = module.and_then(|module| self.names.get(&(module, class)).copied());
        if let (Some(module), None) = (module, table) {
            sink.report(self.unknown_in_module(&one.name, module));
        }
        let known_as = one.alias.as_ref().unwrap_or(&one.name);
        if let Some(own) = self.names.get(&(scope.module, known_as.value.as_str())).filter(|own| table.is_some() && Some(**own) != table) {
            let mut found = codes::AMBIGUOUS_USE
                .at(known_as.span, format!("`{}` is also a table of this schema, which is the one that the name means", known_as.value))
                .label(self.tables[own.0 as usize].ast.name.span, "this one")
                .help(format!("give the other one another name: `{class} as Other{class}`"));
            // The order of look-up says what is meant; it may not be what the author meant.
            found.level = Level::Warning;
            sink.report(found);
        }
        match scope.tables.entry(known_as.value.as_str()) {
            Entry::Vacant(entry) => {
                entry.insert((table, known_as.span));
            }
            Entry::Occupied(mut first) => {
                let (other, span) = *first.get();
                if other.is_some() && table.is_some() && other != table {
                    let found = codes::AMBIGUOUS_USE
                        .at(known_as.span, format!("`{}` is brought in twice, for two tables", known_as.value))
                        .label(span, "brought in here first")
                        .help(format!("give one of them another name: `{class} as Other{class}`"));
                    sink.report(found);
                }
                if other.is_none() {
                    first.insert((table, known_as.span));
                }
            }
        }
    }

    /// Returns what a dotted name means inside a table; `None` when it means nothing, which has been reported.
    ///
    /// A table's own name and `self` mean the table itself; whether that may be is the caller's matter.
    pub fn look_up(&self, from: TableId, path: &[Ident], sink: &mut Sink) -> Option<TableId> {
        match self.find(from, path) {
            Ok(found) => found,
            Err(diagnostic) => {
                sink.report(*diagnostic);
                None
            }
        }
    }

    /// As [`Scopes::look_up`]; `Ok(None)` when the reason has been reported elsewhere.
    fn find(&self, from: TableId, path: &[Ident]) -> Result<Option<TableId>, Box<Diagnostic>> {
        let declared = &self.tables[from.0 as usize];
        let file = &self.files[declared.file];
        let Some((first, rest)) = path.split_first() else { return Ok(None) };
        let name = first.value.as_str();
        let owner = match (name, declared.master) {
            ("self", _) => from,
            ("master", Some(master)) => master,
            ("master", None) => {
                let found = codes::NO_MASTER
                    .at(first.span, format!("`{}` is no part, so there is no `master`", declared.ast.name.value))
                    .help("write the name of the table");
                return Err(Box::new(found));
            }
            _ => match self.names.get(&(file.module, name)) {
                Some(table) => *table,
                None => match file.tables.get(name) {
                    Some((Some(table), _)) => *table,
                    Some((None, _)) => return Ok(None),
                    None => return self.find_in_module(from, first, rest),
                },
            },
        };
        self.find_part(owner, first, rest).map(Some)
    }

    /// Follows the name of a part behind that of its master.
    fn find_part(&self, owner: TableId, owner_name: &Ident, rest: &[Ident]) -> Result<TableId, Box<Diagnostic>> {
        let [part, deeper @ ..] = rest else { return Ok(owner) };
        let master = self.tables[owner.0 as usize].ast;
        if let Some(found) = self.parts.get(&(owner, part.value.as_str())) {
            return match deeper {
                [] => Ok(*found),
                [beyond, ..] => Err(Box::new(codes::UNKNOWN_TABLE.at(beyond.span, format!("the part `{}` has no parts", part.value)))),
            };
        }
        let mut found = codes::UNKNOWN_TABLE
            .at(part.span, format!("`{}` has no part `{}`", master.name.value, part.value))
            .label(master.name.span, "declared here");
        if let Some(near) = self.suggestion(&part.value, || master.parts().map(|part| part.name.value.as_str())) {
            found = found.help(format!("did you mean `{}.{near}`?", owner_name.value));
            found = found.fix(Fix::likely(format!("write `{near}`"), part.span, near));
        } else if owner_name.value == "self" {
            found = found.help("`self.name` is an attribute of a Python class; write the name of the table that it holds");
        }
        Err(Box::new(found))
    }

    /// Looks `module.Table` and `module.Table.Part` up.
    fn find_in_module(&self, from: TableId, first: &Ident, rest: &[Ident]) -> Result<Option<TableId>, Box<Diagnostic>> {
        let file = &self.files[self.tables[from.0 as usize].file];
        let name = first.value.as_str();
        let own = (self.modules[file.module.0 as usize].name == name).then_some(Some(file.module));
        let Some(module) = file.modules.get(name).copied().or(own) else {
            return Err(Box::new(self.unknown(from, first, rest)));
        };
        let Some(module) = module else { return Ok(None) };
        let Some((table, rest)) = rest.split_first() else {
            return Err(Box::new(module_alone(first)));
        };
        match self.names.get(&(module, table.value.as_str())) {
            Some(found) => self.find_part(*found, table, rest).map(Some),
            None => Err(Box::new(self.unknown_in_module(table, module))),
        }
    }

    fn unknown_in_module(&self, table: &Ident, module: SchemaId) -> Diagnostic {
        let module = &self.modules[module.0 as usize];
        let mut found = codes::UNKNOWN_TABLE.at(table.span, format!("the schema `{}` has no table `{}`", module.name, table.value));
        if let Some(line) = module.line {
            found = found.label(line.name.span, "declared here");
        }
        if let Some(near) = self.suggestion(&table.value, || self.classes(module)) {
            found = found.help(format!("did you mean `{near}`?")).fix(Fix::likely(format!("write `{near}`"), table.span, near));
        }
        found
    }

    /// Says what is wrong with a name that nothing in its file knows.
    fn unknown(&self, from: TableId, first: &Ident, rest: &[Ident]) -> Diagnostic {
        let declared = &self.tables[from.0 as usize];
        let file = &self.files[declared.file];
        let name = first.value.as_str();
        if rest.is_empty() && self.module_ids.contains_key(name) {
            return module_alone(first);
        }
        if let Some(module) = self.module_ids.get(name) {
            let line = self.modules[module.0 as usize].line.map(|line| line.name.span);
            let found = codes::MODULE_NOT_USED
                .at(first.span, format!("the module `{name}` is not brought in"))
                .help(format!("write `use {name}` below the schema line"))
                .fix(self.add_use(file, name));
            return line.into_iter().fold(found, |found, span| found.label(span, "declared here"));
        }
        if !rest.is_empty() {
            let found = codes::UNKNOWN_TABLE.at(first.span, format!("`{name}` is neither a table nor a module here"));
            let known = || file.modules.keys().copied().chain(self.modules.iter().map(|module| module.name));
            return self.suggest(found, first, || self.known(file).chain(sorted(known())));
        }
        // A part by its bare name, as a class body in Python does not know it either.
        let master = declared.master.unwrap_or(from);
        if let Some(part) = self.parts.get(&(master, name)) {
            let way = if declared.master.is_some() { "master" } else { self.tables[master.0 as usize].ast.name.value.as_str() };
            let found = codes::UNKNOWN_TABLE
                .at(first.span, format!("`{name}` is a part, which only its master's name leads to"))
                .label(self.tables[part.0 as usize].ast.name.span, "declared here");
            return found.fix(Fix::safe(format!("write `{way}.{name}`"), first.span, format!("{way}.{name}")));
        }
        if let Some(module) = self.anywhere().get(name) {
            let other = self.modules[module.0 as usize].name;
            return codes::MODULE_NOT_USED
                .at(first.span, format!("the table `{name}` is not brought in from `{other}`"))
                .help(format!("write `use {other}.{name}` below the schema line"))
                .fix(self.add_use(file, &format!("{other}.{name}")));
        }
        let found = codes::UNKNOWN_TABLE.at(first.span, format!("no table is named `{name}`"));
        self.suggest(found, first, || self.known(file))
    }

    /// Returns the first module that has a table, by the table's name.
    fn anywhere(&self) -> &HashMap<&'a str, SchemaId> {
        self.anywhere.get_or_init(|| {
            let mut first: HashMap<&'a str, SchemaId> = HashMap::with_capacity(self.names.len());
            for (module, name) in self.names.keys() {
                first.entry(name).and_modify(|first| *first = *module.min(first)).or_insert(*module);
            }
            first
        })
    }

    /// Returns the name that was probably meant, as long as not too many have been compared.
    fn suggestion<'n, N: Iterator<Item = &'n str>>(&self, name: &str, known: impl FnOnce() -> N) -> Option<&'n str> {
        let left = self.comparisons.get();
        if left == 0 {
            return None;
        }
        let mut compared = 0;
        let near = nearest(name, known().take(left).inspect(|_| compared += 1));
        self.comparisons.set(left - compared);
        near
    }

    fn suggest<'n, N: Iterator<Item = &'n str>>(&self, found: Diagnostic, name: &Ident, known: impl FnOnce() -> N) -> Diagnostic {
        match self.suggestion(&name.value, known) {
            Some(near) => found.help(format!("did you mean `{near}`?")).fix(Fix::likely(format!("write `{near}`"), name.span, near)),
            None => found.help("declare it, or bring it in with `use MODULE.Table`"),
        }
    }

    /// Returns the fix that adds a `use` line; it is offered only, since the name might be a slip.
    fn add_use(&self, file: &FileScope<'a>, what: &str) -> Fix {
        let text = if file.insert_use.end == 0 { format!("use {what}\n") } else { format!("\nuse {what}") };
        Fix::likely(format!("add `use {what}`"), file.insert_use, text)
    }

    /// Returns the names of tables that a file knows, in an order of its own.
    fn known(&self, file: &FileScope<'a>) -> impl Iterator<Item = &'a str> {
        let own = self.classes(&self.modules[file.module.0 as usize]);
        own.chain(sorted(file.tables.keys().copied()))
    }

    fn classes(&self, module: &Module<'a>) -> impl Iterator<Item = &'a str> {
        let tables: Vec<&'a str> = (module.tables.iter().map(|id| &self.tables[id.0 as usize]))
            .filter(|table| table.master.is_none())
            .map(|table| table.ast.name.value.as_str())
            .collect();
        tables.into_iter()
    }
}

/// Brings names out of a hash map into an order that does not change from run to run.
fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.into_iter()
}

fn module_alone(module: &Ident) -> Diagnostic {
    codes::UNKNOWN_TABLE
        .at(module.span, format!("`{}` is a module, not a table", module.value))
        .help(format!("write the table too: `{}.Table`", module.value))
}

fn duplicate_table(second: &ast::Table, first: &ast::Table, place: &str) -> Diagnostic {
    codes::DUPLICATE_TABLE
        .at(second.name.span, format!("`{}` is declared twice in `{place}`", second.name.value))
        .label(first.name.span, "declared here first")
        .help("give one of them another name, or remove it")
}
