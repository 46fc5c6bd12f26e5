//! Reads DataJoint tables out of Python sources without running them.
//!
//! Texts in, texts out: [`read::read`] makes a plain [`tree::Tree`] of each file (ruff's types end there), [`sources::Sources`]
//! follows names through imports and classes, [`survey::survey`] finds the tables and their schemas, and [`write::write`] puts each schema into `.dj`
//! text whose [`Segment`](djc_core::source::Segment)s lead back into the Python files. Nothing here touches the world.
//! What cannot be known without running the code is a [`Finding`], never a guess.

#![warn(clippy::disallowed_methods)]

mod annotation;
mod depth;
pub mod evaluate;
mod layout;
mod literal;
pub mod read;
pub mod sources;
pub mod strings;
pub mod survey;
pub mod tree;
mod value;
pub mod write;

use djc_core::source::Span;

/// Something that a person should know or decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which kind.
    pub kind: FindingKind,
    /// Where.
    pub span: Span,
    /// What, as a headline.
    pub message: String,
    /// Other places, with a word about each.
    pub labels: Vec<(Span, String)>,
    /// What to do.
    pub help: Vec<String>,
    /// The class that is left out because of it.
    pub skipped: Option<String>,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// Text that is no Python.
    Syntax,
    /// A definition that only running the code can tell.
    Definition,
    /// A table class that no schema decorates.
    NoSchema,
    /// A table class where none can be: in a function, a part outside of its master.
    Place,
    /// A class in a schema of which no base is known to be a table.
    UnknownBase,
    /// Two classes of one name in one schema.
    Twice,
    /// Contents that only running the code can tell.
    Contents,
    /// Annotations of djc that only running the code can tell.
    Annotations,
    /// A key source, or a file table, that only running the code can tell.
    Attribute,
    /// A schema name that was assumed, or has parts that must be filled in.
    SchemaName,
    /// A table that none of the sources declares.
    UnreadTable,
    /// A name that was linked to the one table of that name.
    Linked,
}

impl Finding {
    fn new(kind: FindingKind, span: Span, message: impl Into<String>) -> Self {
        Finding { kind, span, message: message.into(), labels: Vec::new(), help: Vec::new(), skipped: None }
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    fn or_these(mut self, others: &[Span]) -> Self {
        self.labels.extend(others.iter().map(|other| (*other, "or this".to_string())));
        self
    }

    fn skipping(mut self, class: impl Into<String>) -> Self {
        self.skipped = Some(class.into());
        self
    }
}
