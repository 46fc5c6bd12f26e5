//! New texts of files, held until they are known to be right, then shown or written together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use djc_core::ir::{Pipeline, TableId};
use djc_core::source::{SourceFile, SourceMap};
use djc_pyimport::strings;
use similar::TextDiff;

use super::Mode;
use crate::commands::compile::{Compiled, Request, compile};
use crate::commands::files::with_mark;
use crate::commands::{Error, Exit, Format, Ui};
use crate::diag::{Diagnostic, Level, codes};
use crate::output::Files;
use crate::patch::{Settled, outcome};

/// How many errors the message about a patch that is thrown away repeats.
const ERRORS_SHOWN: usize = 5;

/// A pipeline as it is, and the texts that a patch would give its files.
pub(super) struct Draft<'u> {
    ui: &'u Ui,
    paths: &'u [PathBuf],
    /// The pipeline as the disk has it.
    pub before: Compiled,
    /// New texts, by the names of their files.
    texts: BTreeMap<String, String>,
}

impl<'u> Draft<'u> {
    /// Reads and compiles a pipeline.
    pub fn new(ui: &'u Ui, paths: &'u [PathBuf]) -> Result<Self, Error> {
        let before = compile(ui, &Request { paths, ..Request::default() })?;
        Ok(Draft { ui, paths, before, texts: BTreeMap::new() })
    }

    /// Takes the new texts of a step; `sources` are those that it was made for.
    pub fn take(&mut self, sources: &SourceMap, settled: &Settled) {
        self.texts.extend(settled.texts.iter().map(|(file, text)| (sources.file(*file).name.clone(), text.clone())));
    }

    /// Returns the number of files that change.
    pub fn files(&self) -> usize {
        self.texts.len()
    }

    /// Forgets all new texts.
    pub fn clear(&mut self) {
        self.texts.clear();
    }

    /// Compiles the pipeline with the new texts.
    pub fn compiled(&self) -> Result<Compiled, Error> {
        compile(self.ui, &Request { paths: self.paths, unsaved: self.texts.clone(), ..Request::default() })
    }

    /// Returns why the new texts must not be written: a program that is another one outside of its strings, new errors, or the tables that `changed` finds.
    pub fn objection(&self, after: &Compiled, changed: impl Fn(&Pipeline) -> Vec<String>) -> Option<Diagnostic> {
        let refused = |message: String| codes::PATCH_THROWN_AWAY.anywhere(message);
        let files = self.old_files().filter(|(file, _)| file.name.ends_with(".py"));
        for (file, new) in files {
            if !strings::same_but_for_strings(&file.text, new) {
                let help = "this is a fault of djc; please report it with the file";
                return Some(refused(format!("the patch would change `{}` outside of its definitions", file.name)).help(help));
            }
        }
        let errors = outcome::new_errors(&self.before.diagnostics, &after.diagnostics);
        if !errors.is_empty() {
            let mut found = refused("with the patch the pipeline would have errors that it does not have now".to_string());
            for error in errors.iter().take(ERRORS_SHOWN) {
                found = found.help(said(after.sources(), error));
            }
            if errors.len() > ERRORS_SHOWN {
                found = found.help(format!("and {} more", errors.len() - ERRORS_SHOWN));
            }
            return Some(found);
        }
        let changed: Vec<String> = changed(&after.pipeline).into_iter().map(|name| format!("`{name}`")).collect();
        let help = "please report it with the file: a patch should not do this";
        (!changed.is_empty()).then(|| refused(format!("with the patch {} would mean something else", changed.join(", "))).help(help))
    }

    /// Shows or writes the new texts.
    pub fn finish(&self, mode: Mode) -> Result<Exit, Error> {
        if mode.writes() {
            let mut files = Files::new();
            for (file, new) in self.old_files() {
                let path = PathBuf::from(&file.name);
                files.add(&path, with_mark(&path, &file.text, new)?);
            }
            files.write(".".as_ref())?;
            return Ok(Exit::Fine);
        }
        if self.ui.format() == Format::Human {
            for (file, new) in self.old_files() {
                let name = &file.name;
                let diff = TextDiff::from_lines(&*file.text, new.as_str());
                self.ui.print(diff.unified_diff().context_radius(3).header(name, &format!("{name} (patched)")).to_string())?;
            }
        }
        Ok(if mode.check && !self.texts.is_empty() { Exit::Findings } else { Exit::Fine })
    }

    /// Returns the files that change, as they are, with their new texts.
    fn old_files(&self) -> impl Iterator<Item = (&SourceFile, &String)> {
        let real = self.before.sources().files().map(|(_, file)| file).filter(|file| file.segments().is_empty());
        real.filter_map(|file| Some((file, self.texts.get(&file.name)?)))
    }
}

/// Returns an error as one line.
fn said(sources: &SourceMap, error: &Diagnostic) -> String {
    let place = error.span.map_or_else(String::new, |span| {
        let span = sources.origin(span);
        let file = sources.file(span.file);
        let at = file.line_column(span.start);
        format!("{}:{}:{}: ", file.name, at.line, at.column)
    });
    format!("{place}{} ({})", error.message, error.code.id)
}

/// Returns the tables that have errors, and all below them: what a fix makes of them is for it to say.
pub(super) fn broken(compiled: &Compiled) -> BTreeSet<String> {
    let pipeline = &compiled.pipeline;
    let errors = compiled.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut places = Vec::new();
    for error in errors {
        named.extend(error.table.clone());
        places.extend(error.span);
    }
    let holds = |id: TableId| {
        let span = pipeline.table(id).span;
        places.iter().any(|place| place.file == span.file && span.start <= place.start && place.start < span.end)
    };
    let mut broken: BTreeSet<TableId> = BTreeSet::new();
    for id in &pipeline.order {
        let below = pipeline.table(*id).references.iter().any(|reference| broken.contains(&reference.parent));
        if below || holds(*id) || named.contains(&pipeline.qualified_name(*id)) {
            broken.insert(*id);
        }
    }
    broken.into_iter().map(|id| pipeline.qualified_name(id)).collect()
}
