//! What of Python matters to djc, as plain data: classes, assignments, imports, and expressions that may be constants.

use std::sync::Arc;

use djc_core::source::{FileId, Span, Spanned};

use djc_core::text::Text;

/// One file.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: Arc<str>,
    /// Its statements.
    pub body: Vec<Statement>,
    /// What is no Python of today; the rest of the file is read all the same.
    pub errors: Vec<Spanned<String>>,
}

/// One statement; those that cannot matter are left out.
#[derive(Debug, Clone)]
pub enum Statement {
    /// `import a.b as c`: dotted name and alias of each.
    Import(Vec<(String, Option<String>)>),
    /// `from ..a import b as c`.
    ImportFrom {
        /// The dots before the name.
        level: u32,
        /// The name behind the dots.
        module: Option<String>,
        /// Name and alias of each; `*` is a name.
        names: Vec<(String, Option<String>)>,
    },
    /// A class.
    Class(Class),
    /// A function or a method.
    Function(Function),
    /// `a = b = value`, with or without an annotation.
    Assign {
        /// What is assigned to.
        targets: Vec<Expr>,
        /// The value.
        value: Expr,
    },
    /// An expression that stands alone.
    Expression(Expr),
    /// `if`, `try`, `with`, `for`, `while`: all their statements, in the order in which they are to be read; what is most likely run comes last.
    Block(Vec<Statement>),
}

/// A class.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name.
    pub name: Spanned<String>,
    /// What stands in the parentheses.
    pub bases: Vec<Expr>,
    /// What stands above with `@`.
    pub decorators: Vec<Expr>,
    /// What stands inside.
    pub body: Vec<Statement>,
    /// The documentation string.
    pub doc: Option<Text>,
    /// Comments on lines of their own directly above; `None` for a blank line between them.
    pub comments: Vec<Option<Text>>,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    /// What it returns, at each `return`; `None` for nothing.
    pub returns: Vec<Option<Expr>>,
    /// Its statements.
    pub body: Vec<Statement>,
}

/// An expression with its place.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Where.
    pub span: Span,
    /// Its form.
    pub kind: Kind,
}

/// The forms of expressions that can be followed.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A string: its value.
    Text(Text),
    /// An f-string.
    Format(Vec<Part>),
    /// A number, as written, with its sign.
    Number(String),
    /// `None`, `True`, `False`.
    Constant(&'static str),
    /// A name.
    Name(String),
    /// `value.name`.
    Attribute(Box<Expr>, String),
    /// `function(arguments)`.
    Call {
        /// What is called.
        function: Box<Expr>,
        /// By position.
        arguments: Vec<Expr>,
        /// By name; `None` for `**more`.
        keywords: Vec<(Option<String>, Expr)>,
    },
    /// `left + right`.
    Add(Box<Expr>, Box<Expr>),
    /// `left % right`.
    Percent(Box<Expr>, Box<Expr>),
    /// `left or right`.
    Or(Vec<Expr>),
    /// `value[index]`.
    Subscript(Box<Expr>, Box<Expr>),
    /// `[…]`.
    List(Vec<Expr>),
    /// `(…)`.
    Tuple(Vec<Expr>),
    /// `{key: value}`; a key of `None` for `**more`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// Anything else.
    Other,
}

/// A piece of an f-string.
#[derive(Debug, Clone)]
pub enum Part {
    /// Text.
    Text(Text),
    /// `{expression}`; `plain` without conversion and format.
    Value {
        /// What stands there.
        value: Expr,
        /// Whether it is put in as it is.
        plain: bool,
    },
}
