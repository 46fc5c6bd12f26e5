//! What the front-ends share: derived texts become trees, formatted files, and the settings that go with them.
//!
//! A front-end fills a [`Reading`]; from there on no pass knows the language that the tables were written in.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::legacy;
use crate::config;
use crate::core::ir::Generation;
use crate::core::source::{FileId, SourceMap, Span};
use crate::core::text::Text;
use crate::diag::{Code, Level, Sink, codes};
use crate::parser::{self, ast};
use crate::resolve;

/// Which `.dj` file a table goes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// One file for each schema.
    #[default]
    Schema,
    /// One file for each module of the sources: a Python file, a MATLAB package.
    Module,
}

/// One module of the language, as a front-end read it.
#[derive(Debug, Clone)]
pub struct Derived {
    /// Its name.
    pub module: String,
    /// Its `.dj` text, which leads back into the sources.
    pub text: Text,
    /// Where the sources make its schema.
    pub span: Span,
}

/// What a front-end found in its sources.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The modules, in order of their names.
    pub modules: Vec<Derived>,
    /// Variables of schema names, with what the code takes where nothing sets them.
    pub variables: BTreeMap<String, Option<String>>,
    /// Adapters and codecs, with what they store.
    pub adapters: BTreeMap<String, String>,
    /// Mixins by name, with their classes.
    pub mixins: BTreeMap<String, String>,
    /// Table classes that were found, parts included.
    pub found: usize,
    /// Those of them that were converted.
    pub converted: usize,
    /// What is left out, by the finding that says why.
    pub left_out: Vec<&'static Code>,
    /// References that were reported as leading to no table.
    pub unread: Vec<Span>,
}

/// What the sources declare.
#[derive(Debug)]
pub struct Declared {
    /// A tree for each module.
    pub trees: Vec<ast::File>,
    /// The same as formatted text.
    pub files: Vec<ImportedFile>,
    /// Variables of schema names, with what the code takes where nothing sets them.
    pub variables: BTreeMap<String, Option<String>>,
    /// Adapters and codecs that the tables use, with what they store.
    pub adapters: BTreeMap<String, String>,
    /// Mixins that the tables use, with their classes.
    pub mixins: BTreeMap<String, String>,
    counts: Counts,
    unread: Vec<Span>,
}

/// What an import gave.
#[derive(Debug)]
pub struct Imported {
    /// The modules, in order of their names.
    pub files: Vec<ImportedFile>,
    /// The settings that go with them.
    pub config: String,
    /// What became of the table classes.
    pub counts: Counts,
}

/// One module as a `.dj` file.
#[derive(Debug, Clone)]
pub struct ImportedFile {
    /// The name of the module.
    pub module: String,
    /// Its text, in the form of `djc fmt`.
    pub text: String,
    /// The source file that makes its schema.
    pub origin: String,
}

/// What became of the table classes; a finding has the place of each that is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Table classes that were found, parts included.
    pub found: usize,
    /// Those of them that were converted.
    pub converted: usize,
    /// Why the others are left out, and how many for each reason.
    pub reasons: Vec<(&'static Code, usize)>,
}

impl Counts {
    /// Returns the number of classes that are left out.
    pub fn left_out(&self) -> usize {
        self.found - self.converted
    }
}

impl Reading {
    /// Parses and formats what was read.
    pub fn declare(mut self, sources: &mut SourceMap, sink: &mut Sink) -> Declared {
        legacy::translate(&mut self.modules, sink);
        let mut trees = Vec::with_capacity(self.modules.len());
        let mut files = Vec::with_capacity(self.modules.len());
        for Derived { module, text, span } in self.modules {
            let origin = sources.file(span.file).name.clone();
            let file = sources.add_derived(origin.clone(), text.text.as_str(), text.segments);
            let tree = parser::parse(file, &text.text, sink);
            let text = parser::format::format(&text.text, &tree);
            files.push(ImportedFile { module, text, origin });
            trees.push(tree);
        }
        let mut reasons: BTreeMap<&str, (&'static Code, usize)> = BTreeMap::new();
        for code in self.left_out {
            reasons.entry(code.id).or_insert((code, 0)).1 += 1;
        }
        let counts = Counts { found: self.found, converted: self.converted, reasons: reasons.into_values().collect() };
        let is_used = |name: &String| files.iter().any(|file: &ImportedFile| file.text.contains(&format!("<{name}")));
        let adapters = self.adapters.into_iter().filter(|(name, _)| is_used(name)).collect();
        let is_mixed_in = |name: &String| files.iter().any(|file: &ImportedFile| file.text.contains(&format!("@mixin({name})")));
        let mixins = self.mixins.into_iter().filter(|(name, _)| is_mixed_in(name)).collect();
        Declared { trees, files, variables: self.variables, adapters, mixins, counts, unread: self.unread }
    }
}

impl Declared {
    /// Resolves what was read, keeps the errors (the rest is for `djc check`), and adds `djc.toml`.
    pub fn import(self, generation: Generation, name: &str, sources: &SourceMap, sink: &mut Sink) -> Imported {
        let config = self.settings(generation, name);
        self.check(&config, sources, sink);
        Imported { files: self.files, config, counts: self.counts }
    }

    fn check(&self, config: &str, sources: &SourceMap, sink: &mut Sink) {
        let mut found = Sink::new();
        let config = config::read(FileId::default(), config, &mut found);
        resolve::resolve(&self.trees, &config, &mut found);
        for diagnostic in found.into_sorted() {
            let place = diagnostic.span.map(|span| sources.origin(span));
            let known = place.is_some_and(|place| {
                self.unread.iter().any(|span| span.file == place.file && span.start <= place.end && place.start <= span.end)
            });
            // A module that nothing declares is one of the database; the references say so.
            let known = known || diagnostic.code.id == codes::UNKNOWN_MODULE.id;
            if diagnostic.level == Level::Error && !known {
                sink.report(diagnostic);
            }
        }
    }

    /// Returns `djc.toml`.
    fn settings(&self, generation: Generation, name: &str) -> String {
        let version = match generation {
            Generation::Classic => "0.14",
            Generation::Modern => "2",
        };
        let mut out = format!("[pipeline]\nname = \"{name}\"\nsources = [\"*.dj\"]\ndatajoint = \"{version}\"\n");
        if !self.variables.is_empty() {
            out.push_str("\n[pipeline.vars]\n");
            for (name, default) in &self.variables {
                match default {
                    Some(default) => writeln!(out, "{name} = {}", toml::Value::String(default.clone())),
                    None => writeln!(out, "# {name} = \"…\"  # what the code reads when it runs"),
                }
                .expect("a String takes all that is written");
            }
        }
        // The tables exist, so that the switch was on.
        let holds = |word: &str| self.files.iter().any(|file| file.text.contains(word));
        let stores_path = self.adapters.values().any(|stored| stored.starts_with("filepath@"));
        if generation == Generation::Classic && (stores_path || holds("filepath@")) {
            out.push_str("\n[datajoint]\nsupport_filepath_management = true\n");
        }
        for (name, class) in &self.mixins {
            writeln!(out, "\n[mixins.{name}]\nclass = {}", toml::Value::String(class.clone())).expect("a String takes all that is written");
        }
        for (name, stored) in &self.adapters {
            writeln!(out, "\n[adapters.{name}]\ntype = {}", toml::Value::String(stored.clone()))
                .expect("a String takes all that is written");
        }
        out
    }
}
