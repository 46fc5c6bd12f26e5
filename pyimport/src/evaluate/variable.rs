//! What stands for the unknown in a schema name: the environment variable, the setting or the name behind an expression.

use djc_core::source::Span;

use super::DEPTH_MAX;
use crate::sources::{Found, Sources};
use crate::tree::{Expr, Kind};

/// A variable that stands for something unknown in a schema name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What the code takes where nothing sets it.
    pub default: Option<String>,
    /// The expression that it stands for.
    pub span: Span,
}

/// Returns the variable for something that is not known.
pub(super) fn variable(sources: &Sources<'_>, module: usize, expr: &Expr) -> Variable {
    let (name, default) = setting(sources, module, expr).unwrap_or_else(|| (last_word(expr), None));
    let mut clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if !clean.starts_with(|c: char| c.is_ascii_alphabetic()) {
        clean = format!("NAME_{clean}");
    }
    Variable { name: clean.trim_end_matches('_').to_string(), default, span: expr.span }
}

/// Returns the environment variable, or the setting of datajoint, that an expression reads, with its default.
pub(super) fn setting(sources: &Sources<'_>, module: usize, expr: &Expr) -> Option<(String, Option<String>)> {
    let literal = |expr: &Expr| match &expr.kind {
        Kind::Text(text) => Some(text.text.clone()),
        _ => None,
    };
    let foreign = |expr: &Expr| match sources.follow(module, expr) {
        Some(Found::Foreign(dotted)) => Some(dotted),
        _ => None,
    };
    match &expr.kind {
        Kind::Or(choices) => {
            let (name, default) = setting(sources, module, choices.first()?)?;
            Some((name, default.or_else(|| choices.last().and_then(literal))))
        }
        Kind::Call { function, arguments, .. } => {
            let called = foreign(function);
            match called.as_deref() {
                Some("os.getenv" | "os.environ.get") => Some((literal(arguments.first()?)?, arguments.get(1).and_then(literal))),
                Some("getpass.getuser" | "os.getlogin") => Some(("USER".to_string(), None)),
                _ => match &function.kind {
                    Kind::Attribute(value, method) if method == "get" && is_setting(sources, module, value, 0) => {
                        Some((literal(arguments.first()?)?, arguments.get(1).and_then(literal)))
                    }
                    _ => None,
                },
            }
        }
        Kind::Subscript(value, index) => match foreign(value).as_deref() {
            Some("os.environ") => Some((literal(index)?, None)),
            _ => is_setting(sources, module, value, 0).then(|| literal(index)).flatten().map(|name| (name, None)),
        },
        _ => None,
    }
}

/// Returns whether an expression is `dj.config` or a part of it.
fn is_setting(sources: &Sources<'_>, module: usize, expr: &Expr, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    match &expr.kind {
        Kind::Subscript(value, _) => is_setting(sources, module, value, depth + 1),
        Kind::Call { function, .. } => match &function.kind {
            Kind::Attribute(value, method) => method == "get" && is_setting(sources, module, value, depth + 1),
            _ => false,
        },
        _ => match sources.follow(module, expr) {
            Some(Found::Foreign(dotted)) => dotted == "datajoint.config",
            Some(Found::Value(module, value)) if value.span != expr.span => is_setting(sources, module, value, depth + 1),
            _ => false,
        },
    }
}

/// Returns the last name in an expression.
fn last_word(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Name(name) | Kind::Attribute(_, name) => name.clone(),
        Kind::Call { function, .. } => last_word(function),
        Kind::Subscript(value, index) => match &index.kind {
            Kind::Text(text) => text.text.clone(),
            _ => last_word(value),
        },
        Kind::Or(choices) => choices.first().map_or_else(|| "name".to_string(), last_word),
        _ => "name".to_string(),
    }
}
