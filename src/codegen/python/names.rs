//! What the names of one `.dj` file are called in its Python module, and the imports that brings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::package::{Kind, Package};
use super::text::listed;
use crate::core::ir::{SchemaId, Table, TableId};
use crate::parser::ast::{self, Ident, UseName, UseNames};

/// Names that a module has for itself.
const OWN: [&str; 7] = ["dj", "schema", "datetime", "decimal", "uuid", "methods", "_referenced"];

/// Something that is imported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Import {
    /// The module of another schema.
    Module(SchemaId),
    /// A class of another schema.
    Class(SchemaId, String),
    /// A name of a module that djc does not make: `lab.mixins`, `Audited`.
    Foreign(String, String),
    /// A variable of schema names.
    Variable(String),
}

/// The names of one module.
pub(super) struct Names<'a> {
    package: &'a Package<'a>,
    schema: SchemaId,
    modules: HashMap<&'a str, &'a str>,
    classes: HashMap<&'a str, (&'a str, &'a str)>,
    taken: BTreeSet<String>,
    imports: BTreeMap<Import, String>,
}

impl<'a> Names<'a> {
    pub fn new(package: &'a Package<'a>, schema: SchemaId, file: &'a ast::File) -> Self {
        let mut names = Names {
            package,
            schema,
            modules: HashMap::new(),
            classes: HashMap::new(),
            taken: OWN.iter().map(|name| (*name).to_string()).collect(),
            imports: BTreeMap::new(),
        };
        names.taken.extend(file.tables().map(|table| table.name.value.clone()));
        for line in file.uses() {
            let module = line.module.value.as_str();
            let mut bring = |one: &'a UseName| {
                let known_as = one.alias.as_ref().unwrap_or(&one.name);
                names.classes.entry(&known_as.value).or_insert((module, &one.name.value));
            };
            match &line.names {
                UseNames::Module(alias) => {
                    names.modules.insert(alias.as_ref().map_or(module, |alias| alias.value.as_str()), module);
                }
                UseNames::One(one) => bring(one),
                UseNames::Many(many) => many.iter().for_each(bring),
            }
        }
        names
    }

    /// Returns the name under which something is imported, the one that is wanted if nothing else has it.
    fn import(&mut self, import: Import, wanted: &str) -> String {
        if let Some(known) = self.imports.get(&import) {
            return known.clone();
        }
        let mut name = wanted.to_string();
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        self.imports.insert(import, name.clone());
        name
    }

    /// Returns how a name of a module that djc does not make is known here.
    pub fn foreign(&mut self, module: &str, name: &str) -> String {
        self.import(Import::Foreign(module.to_string(), name.to_string()), name)
    }

    /// Returns how a variable of schema names is known here.
    pub fn variable(&mut self, name: &str) -> String {
        self.import(Import::Variable(name.to_string()), name)
    }

    /// Returns how a table is written that the author reaches by a path.
    pub fn table(&mut self, path: &[Ident], id: TableId) -> String {
        let table = self.package.input.pipeline.table(id);
        let own = own_path(self.package, table);
        if let [first, ..] = path
            && matches!(first.value.as_str(), "master" | "self")
        {
            return joined(path);
        }
        if table.schema == self.schema {
            return own.join(".");
        }
        let by_module = path.len() > own.len();
        let first = path.first().map_or(own[0], |first| first.value.as_str());
        self.elsewhere(table.schema, &own, first, by_module)
    }

    fn elsewhere(&mut self, schema: SchemaId, own: &[&str], first: &str, by_module: bool) -> String {
        let module = self.package.input.pipeline.schema(schema).module.as_str();
        let is_virtual = self.package.kind(schema) == Kind::Virtual;
        if is_virtual || by_module {
            let wanted = if by_module { first } else { module };
            let name = self.import(Import::Module(schema), wanted);
            return format!("{name}.{}", own.join("."));
        }
        let (class, rest) = own.split_first().expect("a table has a name");
        let name = self.import(Import::Class(schema, (*class).to_string()), first);
        std::iter::once(name.as_str()).chain(rest.iter().copied()).collect::<Vec<_>>().join(".")
    }

    /// Returns how the head of a dotted name in an expression is written, with the number of words that it stands for; `None`
    /// for what is no name of a table here.
    pub fn expression(&mut self, words: &[&str]) -> Option<(String, usize)> {
        let pipeline = self.package.input.pipeline;
        let class_of = |module: &str, class: &str| {
            let at = pipeline.schemas.iter().position(|schema| schema.module == module)?;
            let known = pipeline.schemas[at].tables.iter().any(|id| pipeline.table(*id).class == class);
            known.then_some(SchemaId(at as u32))
        };
        let first = *words.first()?;
        let here = pipeline.schema(self.schema).module.as_str();
        if class_of(here, first).is_some() {
            return None;
        }
        if let Some((module, class)) = self.classes.get(first).copied() {
            let schema = class_of(module, class)?;
            return Some((self.elsewhere(schema, &[class], first, false), 1));
        }
        let module = *self.modules.get(first)?;
        let class = *words.get(1)?;
        let schema = class_of(module, class)?;
        if schema == self.schema {
            return Some((class.to_string(), 2));
        }
        Some((self.elsewhere(schema, &[class], first, true), 2))
    }

    /// Returns the lines that import from modules that djc does not make, datajoint left out.
    pub fn foreign_lines(&self) -> Vec<String> {
        let mut by_module: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (import, name) in &self.imports {
            if let Import::Foreign(module, known) = import {
                by_module.entry(module).or_default().push(aliased(known, name));
            }
        }
        by_module.iter().map(|(module, names)| from(module, names)).collect()
    }

    /// Returns the lines that import from the package itself.
    pub fn own_lines(&self) -> Vec<String> {
        let mut modules = Vec::new();
        let mut by_module: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (import, name) in &self.imports {
            let module_of = |schema: &SchemaId| self.package.input.pipeline.schema(*schema).module.as_str();
            match import {
                Import::Module(schema) if self.package.kind(*schema) == Kind::Virtual => {
                    let module = module_of(schema);
                    by_module.entry(format!(".{module}")).or_default().push(aliased(module, name));
                }
                Import::Module(schema) => modules.push(aliased(module_of(schema), name)),
                Import::Class(schema, class) => {
                    by_module.entry(format!(".{}", module_of(schema))).or_default().push(aliased(class, name));
                }
                Import::Variable(variable) => by_module.entry("._variables".to_string()).or_default().push(aliased(variable, name)),
                Import::Foreign(..) => {}
            }
        }
        let mut lines = Vec::new();
        if !modules.is_empty() {
            lines.push(from(".", &modules));
        }
        lines.extend(by_module.iter().map(|(module, names)| from(module, names)));
        lines
    }

    /// Returns the names of all tables and modules that are imported, sorted.
    pub fn referenced(&self) -> Vec<String> {
        let of_tables = self.imports.iter().filter(|(import, _)| matches!(import, Import::Module(_) | Import::Class(..)));
        let mut names: Vec<String> = of_tables.map(|(_, name)| name.clone()).collect();
        names.sort();
        names
    }
}

/// Returns the names that lead to a table inside its module.
pub(super) fn own_path<'p>(package: &Package<'p>, table: &'p Table) -> Vec<&'p str> {
    let master = package.input.pipeline.master(table).map(|master| master.class.as_str());
    master.into_iter().chain([table.class.as_str()]).collect()
}

fn joined(path: &[Ident]) -> String {
    path.iter().map(|ident| ident.value.as_str()).collect::<Vec<_>>().join(".")
}

fn aliased(name: &str, known_as: &str) -> String {
    if name == known_as { name.to_string() } else { format!("{name} as {known_as}") }
}

fn from(module: &str, names: &[String]) -> String {
    let line = format!("from {module} import {}", names.join(", "));
    if super::text::width(&line) <= super::text::WIDTH { line } else { listed(&format!("from {module} import ("), names, ")", 0) }
}
