//! What the author wrote: spans, comments, blank lines and order; nothing resolved, no generation assumed.
//!
//! Every front-end (`.dj`, later Python, notebooks, MATLAB, live catalogs) yields this tree. It keeps all that the
//! formatter needs to print the file again. A line that fits no rule is kept as `Error`, so a broken file still has a tree.

use djc_core::source::{FileId, Span, Spanned};
use djc_core::value::Value;

/// A word with its place.
pub type Ident = Spanned<String>;

/// A whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// The file.
    pub file: FileId,
    /// Everything at the top level, in order, blank lines and comments included.
    pub items: Vec<Item>,
    /// Whether something in it could not be read as it stands, and was reported.
    pub mistaken: bool,
}

impl File {
    /// Returns the schema lines; a good file has one.
    pub fn schemas(&self) -> impl Iterator<Item = &SchemaLine> {
        self.items.iter().filter_map(|item| match item {
            Item::Schema(line) => Some(line),
            Item::Use(_) | Item::Table(_) | Item::Comment(_) | Item::Blank(_) | Item::Error(_) => None,
        })
    }

    /// Returns the `use` lines in order.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.items.iter().filter_map(|item| match item {
            Item::Use(line) => Some(line),
            Item::Schema(_) | Item::Table(_) | Item::Comment(_) | Item::Blank(_) | Item::Error(_) => None,
        })
    }

    /// Returns the tables in order; parts are inside their masters.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.items.iter().filter_map(|item| match item {
            Item::Table(table) => Some(table.as_ref()),
            Item::Schema(_) | Item::Use(_) | Item::Comment(_) | Item::Blank(_) | Item::Error(_) => None,
        })
    }
}

/// One thing at the top level.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `schema NAME [as "PHYSICAL"]` or `extern schema …`.
    Schema(SchemaLine),
    /// `use …`.
    Use(Use),
    /// A table with its braces.
    Table(Box<Table>),
    /// A `#` line; the text after the `#`, as written.
    Comment(Spanned<String>),
    /// One or more blank lines; how many.
    Blank(Spanned<usize>),
    /// Text that fits nothing; a diagnostic has been reported.
    Error(Span),
}

/// `schema NAME`, `schema NAME as "PHYSICAL"`, `extern schema NAME …`.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaLine {
    /// The `##` lines directly above, without the `##` and one blank.
    pub doc: Vec<Spanned<String>>,
    /// `extern`: the tables of this file belong to somebody else.
    pub external: bool,
    /// The module name.
    pub name: Ident,
    /// The physical name when it is written, without its quotes.
    pub physical: Option<Spanned<String>>,
    /// A `#` comment at the end of the line.
    pub comment: Option<Spanned<String>>,
    /// The line, without documentation.
    pub span: Span,
}

/// `use a`, `use a.{B, C}`, `use a.B as D`.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The module.
    pub module: Ident,
    /// What is brought in.
    pub names: UseNames,
    /// A `#` comment at the end of the line.
    pub comment: Option<Spanned<String>>,
    /// The line.
    pub span: Span,
}

/// What a `use` line brings in.
#[derive(Debug, Clone, PartialEq)]
pub enum UseNames {
    /// The module itself, perhaps under another name: `use a`, `use a as b`.
    Module(Option<Ident>),
    /// One table: `use a.B`, `use a.B as C`.
    One(UseName),
    /// Several tables: `use a.{B, C as D}`.
    Many(Vec<UseName>),
}

/// One table of a `use` line.
#[derive(Debug, Clone, PartialEq)]
pub struct UseName {
    /// Its class.
    pub name: Ident,
    /// The name here.
    pub alias: Option<Ident>,
}

/// A table or, inside another, a part.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The `##` lines directly above, without the `##` and one blank.
    pub doc: Vec<Spanned<String>>,
    /// What stands above with `@`.
    pub annotations: Vec<Annotation>,
    /// `manual`, `lookup`, `imported`, `computed`, `part`.
    pub tier: Spanned<TierWord>,
    /// The class name.
    pub name: Ident,
    /// A `#` comment behind the opening brace.
    pub comment: Option<Spanned<String>>,
    /// What stands between the braces, in order.
    pub body: Vec<BodyItem>,
    /// The whole, from tier word to closing brace.
    pub span: Span,
    /// The closing brace; empty where it is missing.
    pub close: Span,
    /// A `#` comment behind the closing brace.
    pub close_comment: Option<Spanned<String>>,
}

impl Table {
    /// Returns the parts in order.
    pub fn parts(&self) -> impl Iterator<Item = &Table> {
        self.body.iter().filter_map(|item| match item {
            BodyItem::Part(part) => Some(part.as_ref()),
            _ => None,
        })
    }
}

/// The tier words of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierWord {
    /// `manual`
    Manual,
    /// `lookup`
    Lookup,
    /// `imported`
    Imported,
    /// `computed`
    Computed,
    /// `part`
    Part,
}

impl TierWord {
    /// Returns the word.
    pub fn word(self) -> &'static str {
        match self {
            TierWord::Manual => "manual",
            TierWord::Lookup => "lookup",
            TierWord::Imported => "imported",
            TierWord::Computed => "computed",
            TierWord::Part => "part",
        }
    }
}

/// `@name` or `@name(arguments)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// The word after `@`.
    pub name: Ident,
    /// What stands between the parentheses, as written; `None` without parentheses.
    pub arguments: Option<Spanned<String>>,
    /// A `#` comment at the end of the line.
    pub comment: Option<Spanned<String>>,
    /// The whole.
    pub span: Span,
}

/// One line, or block, between the braces of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyItem {
    /// The first line of a definition when it begins with `#`: the text behind it, trimmed.
    TableComment(Spanned<String>),
    /// Another `#` line: the text behind the `#`, as written.
    Comment(Spanned<String>),
    /// One or more blank lines; how many.
    Blank(Spanned<usize>),
    /// `---` (or `___`) and what follows it on the line.
    Separator(Separator),
    /// `name = default : type # comment`.
    Attribute(Attribute),
    /// `-> [options] Table.proj(…)`.
    Reference(Reference),
    /// `[unique] index (…)`.
    Index(Index),
    /// `part Name { … }`.
    Part(Box<Table>),
    /// `contents [ … ]`.
    Contents(Contents),
    /// A line that fits nothing; a diagnostic has been reported.
    Error(Span),
}

/// The line between key and dependent attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Separator {
    /// Whether it was written with `_` instead of `-`.
    pub underscores: bool,
    /// What stands behind the first three characters, trimmed of further dashes and blanks; free text.
    pub text: String,
    /// The line.
    pub span: Span,
}

/// An attribute line.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name, as written.
    pub name: Ident,
    /// What stands between `=` and `:`, trimmed, quotes included; `None` without `=`; empty for `name = : type`.
    pub default: Option<Spanned<String>>,
    /// The type as written, trimmed.
    pub ty: Spanned<String>,
    /// The comment with all trailing `#` and blanks removed; `None` without `#`.
    pub comment: Option<Spanned<String>>,
    /// The line, without its comment.
    pub span: Span,
}

/// A reference line.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The words between `[` and `]`, as written.
    pub options: Vec<Spanned<String>>,
    /// What the arrow points at.
    pub target: Target,
    /// The trailing comment, which DataJoint drops and the formatter keeps.
    pub comment: Option<Spanned<String>>,
    /// The line, without its comment.
    pub span: Span,
}

/// What an arrow points at: `a.b.Name`, `Name()`, `Name.proj(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The dotted path.
    pub path: Vec<Ident>,
    /// Whether `()` followed the name.
    pub called: bool,
    /// `.proj(…)`, if any.
    pub projection: Option<Projection>,
    /// The whole.
    pub span: Span,
}

/// `.proj(…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The arguments in order.
    pub arguments: Vec<ProjectionArgument>,
    /// From the dot to the closing parenthesis.
    pub span: Span,
}

/// One argument of `.proj`.
#[derive(Debug, Clone, PartialEq)]
pub enum ProjectionArgument {
    /// `...`
    Ellipsis(Span),
    /// `'name'`
    Attribute(Spanned<String>),
    /// `new='old'`; the right side may be an expression, which is without effect in a reference.
    Rename {
        /// The new name.
        new: Ident,
        /// The text between the quotes.
        old: Spanned<String>,
    },
}

/// An index line.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Whether `unique` stands before it.
    pub unique: bool,
    /// What stands between the commas at the top level, trimmed.
    pub arguments: Vec<Spanned<String>>,
    /// The trailing comment.
    pub comment: Option<Spanned<String>>,
    /// The line, without its comment.
    pub span: Span,
}

/// `contents [ … ]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// The rows.
    pub rows: Vec<ContentsItem>,
    /// A `#` comment behind the closing bracket.
    pub comment: Option<Spanned<String>>,
    /// From the word to the closing bracket.
    pub span: Span,
}

/// One thing between the brackets of `contents`.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentsItem {
    /// A row: a tuple, a list or a mapping, with its own text in the span.
    Row {
        /// The value, Python's types kept.
        value: Value,
        /// Where it is written; the formatter keeps its text.
        span: Span,
        /// A comment at the end of the row's last line.
        comment: Option<Spanned<String>>,
    },
    /// A `#` line of its own.
    Comment(Spanned<String>),
    /// One or more blank lines; how many.
    Blank(Spanned<usize>),
    /// Text that is no row; a diagnostic has been reported.
    Error(Span),
}
