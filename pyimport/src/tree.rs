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
    /// The documentation string.
    pub doc: Option<Text>,
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
    /// `with`: its statements.
    Block(Vec<Statement>),
    /// `if`, `match`, `try`: of the branches, in the order of the source, one is run.
    Choice {
        /// The branches.
        branches: Vec<Vec<Statement>>,
        /// Whether it is a `try`: what follows the first branch stands in for something that is missing.
        attempt: bool,
    },
    /// `for`, `while`: statements that are run any number of times.
    Loop(Vec<Statement>),
}

impl Statement {
    /// Returns the statements inside, those of classes and functions left out; what is most likely run comes last, as it decides what a name means.
    pub fn blocks(&self) -> Vec<&[Statement]> {
        match self {
            Statement::Block(body) | Statement::Loop(body) => vec![body],
            Statement::Choice { branches, .. } => branches.iter().rev().map(Vec::as_slice).collect(),
            Statement::Import(_)
            | Statement::ImportFrom { .. }
            | Statement::Class(_)
            | Statement::Function(_)
            | Statement::Assign { .. }
            | Statement::Expression(_) => Vec::new(),
        }
    }
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
    /// Comments `# djc: …` in the body, and between the decorators and the name.
    pub notes: Vec<Text>,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: Spanned<String>,
    /// Its parameters, with what they are where nothing is passed.
    pub parameters: Vec<(String, Option<Expr>)>,
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

/// The calls that stand for values in the language as well.
const CALLS: [&str; 6] = ["datetime.date", "datetime.datetime", "datetime.time", "decimal.Decimal", "uuid.UUID", "float"];

impl Expr {
    /// Returns whether `.dj` reads the same text as the same value.
    pub fn is_literal(&self) -> bool {
        match &self.kind {
            Kind::Text(_) | Kind::Constant(_) | Kind::Number(_) | Kind::Literal(_) => true,
            Kind::List(items) | Kind::Tuple(items) => items.iter().all(Expr::is_literal),
            Kind::Dict(items) => items.iter().all(|(key, value)| key.as_ref().is_some_and(Expr::is_literal) && value.is_literal()),
            Kind::Call { function, arguments, keywords } => {
                let called = match &function.kind {
                    Kind::Attribute(module, name) => match &module.kind {
                        Kind::Name(module) => format!("{module}.{name}"),
                        _ => return false,
                    },
                    Kind::Name(name) => name.clone(),
                    _ => return false,
                };
                keywords.is_empty() && CALLS.contains(&called.as_str()) && arguments.iter().all(Expr::is_literal)
            }
            _ => false,
        }
    }
}

/// Returns what a call gets for a name.
pub fn keyword<'t>(keywords: &'t [(Option<String>, Expr)], name: &str) -> Option<&'t Expr> {
    keywords.iter().find(|(known, _)| known.as_deref() == Some(name)).map(|(_, value)| value)
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
    /// Bytes, or a set of literals, as written: the language reads the same.
    Literal(String),
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
    /// `left + right` and its like.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `left == right` and its like.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `yes if test else no`.
    Condition {
        /// What decides.
        test: Box<Expr>,
        /// The value if so.
        yes: Box<Expr>,
        /// The value if not.
        no: Box<Expr>,
    },
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
    /// `*value`, inside of a list.
    Starred(Box<Expr>),
    /// `[element for target in values if condition]`, and the same in other brackets.
    Comprehension {
        /// The key of a mapping.
        key: Option<Box<Expr>>,
        /// What is made of each.
        element: Box<Expr>,
        /// What is gone through, outermost first.
        clauses: Vec<Clause>,
    },
    /// `yield value`; `many` for `yield from values`.
    Yield {
        /// The value.
        value: Box<Expr>,
        /// Whether it holds several.
        many: bool,
    },
    /// Anything else.
    Other,
}

/// What puts two values together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `%`
    Percent,
}

/// What compares two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// `for target in values if condition`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// What gets the values.
    pub target: Expr,
    /// What is gone through.
    pub values: Expr,
    /// What must hold.
    pub conditions: Vec<Expr>,
}

/// A piece of an f-string.
#[derive(Debug, Clone)]
pub enum Part {
    /// Text.
    Text(Text),
    /// `{expression}`.
    Value {
        /// What stands there.
        value: Expr,
        /// How it is written.
        format: Format,
    },
}

/// How a value is written into an f-string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// As `str` does.
    Plain,
    /// By the text behind the colon.
    Spec(String),
    /// In another way.
    Other,
}
