//! Diagnostics: what is wrong, where, and what to do.
//!
//! A mistake in a file is data, not an error: passes return their best result and report into a [`Sink`]. Codes
//! stand in one table ([`codes`]); the renderers beside this file turn diagnostics into text, JSON, GitHub annotations and SARIF.

pub mod codes;
mod excerpt;
pub mod fix;
pub mod human;
pub mod machine;
pub mod pages;
mod place;
pub mod sarif;
mod summary;

pub use place::Place;
pub use summary::{Summary, counted};

use djc_core::source::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Worth knowing; never changes an exit code.
    Note,
    /// Probably wrong, or a trap; an error under `--deny warnings`.
    Warning,
    /// Nothing is generated.
    Error,
}

impl Level {
    /// Returns the word that messages and machine output print.
    pub fn word(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// A kind of diagnostic: one line of the table in [`codes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `DJ0123`; never reused.
    pub id: &'static str,
    /// A short kebab-case name: `unknown-table`.
    pub slug: &'static str,
    /// The level when neither `djc.toml` nor `@allow` says otherwise.
    pub level: Level,
    /// One line for listings: what it is about.
    pub title: &'static str,
}

impl Code {
    /// Returns a diagnostic of this kind at `span`.
    ///
    /// `message` is one lower-case phrase without a full stop, names in backticks.
    pub fn at(&'static self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { span: Some(span), ..self.anywhere(message) }
    }

    /// Returns a diagnostic of this kind that has no place in a source file.
    pub fn anywhere(&'static self, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code: self,
            level: self.level,
            message: message.into(),
            span: None,
            label: None,
            labels: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
            table: None,
            attribute: None,
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: &'static Code,
    /// Its level: the code's own until levels are applied.
    pub level: Level,
    /// The headline.
    pub message: String,
    /// The smallest span that is wrong; `None` when no file is to blame.
    pub span: Option<Span>,
    /// Text under the carets of `span`.
    pub label: Option<String>,
    /// What it disagrees with.
    pub labels: Vec<Label>,
    /// What to do, one sentence each.
    pub help: Vec<String>,
    /// Edits that would mend it.
    pub fixes: Vec<Fix>,
    /// `module.Table`, for machine output.
    pub table: Option<String>,
    /// The attribute, for machine output.
    pub attribute: Option<String>,
}

impl Diagnostic {
    /// Sets the text under the primary carets.
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Adds a place that the finding disagrees with.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a sentence that says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds an edit that mends it.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Names the table for machine output.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// Names the attribute for machine output.
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.attribute = Some(name.into());
        self
    }
}

/// A second place with a word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What about it.
    pub text: String,
}

/// A set of edits that mends one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does: `write \`---\``.
    pub title: String,
    /// Whether tools may apply it unasked.
    pub confidence: Confidence,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Returns a fix that keeps the meaning, so that `djc check --fix` applies it.
    pub fn safe(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Fix { title: title.into(), confidence: Confidence::Safe, edits: vec![Edit { span, text: text.into() }] }
    }

    /// Returns a fix that is probably meant; it is offered, never applied unasked.
    pub fn likely(title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Fix { confidence: Confidence::Likely, ..Fix::safe(title, span, text) }
    }

    /// Adds an edit.
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self
    }
}

/// Whether a fix may be applied unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// Keeps the meaning.
    Safe,
    /// Keeps the meaning, and stands in a string of another language: `djc patch fix` applies it.
    Patch,
    /// A guess.
    Likely,
}

/// Replaces the bytes of `span` by `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// Collects diagnostics.
#[derive(Debug, Clone, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    /// Returns an empty sink.
    pub fn new() -> Self {
        Sink::default()
    }

    /// Takes a diagnostic.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Takes all diagnostics of another sink.
    pub fn append(&mut self, other: Sink) {
        self.diagnostics.extend(other.diagnostics);
    }

    /// Returns whether any error was reported.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// Returns what was reported so far, in order of reporting.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns all diagnostics, by place in the files, those without a place last.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.span.is_none(), diagnostic.span, diagnostic.code.id));
        self.diagnostics
    }
}
