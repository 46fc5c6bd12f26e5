//! Restrictions as text: `rig = 'A' and sess > 1`, parsed, checked and said again for any server.
//!
//! datajoint hands such texts to the server as they are. Here they are parsed, so that a mistake has a place, so that nothing but a
//! predicate reaches the server, and so that the same text means the same on all of them. The language is what restrictions in DataJoint
//! pipelines use of MySQL's: comparisons (`<=>` too), `AND`, `OR`, `NOT`, `XOR`, `&&`, `||` (which is OR), `!`, `IS [NOT] NULL`, `[NOT] IN`,
//! `[NOT] BETWEEN`, `[NOT] LIKE … [ESCAPE]`, `[NOT] REGEXP`/`RLIKE`, arithmetic, `CASE`, `CAST`, `COLLATE`, functions that all servers have, `INTERVAL`,
//! texts in single or double quotes, names bare or in back-quotes, paths into JSON (`params.rate:decimal(5,2)`). An expression of a projection
//! (`sess * 10`, `count(*)`, `max(sess)`) is the same grammar.
//!
//! What stays different from server to server, because it lies in the data or costs the index:
//! - `=`, `<` and `IN` go by the column's collation: the MySQL family usually looks at neither letter case nor accents, the others do. `LIKE` and `REGEXP`
//!   look at letter case nowhere (SQLite: of ASCII letters), unless `BINARY` or `COLLATE … _bin` asks for it.
//! - A quotient has as many digits as the server gives; the remainder and `DIV` are the same everywhere, and dividing by zero gives NULL.
//! - SQLite computes days and times in milliseconds and has neither `REGEXP` nor mathematical functions.

mod bound;
mod build;
mod check;
mod constant;
mod function;
mod holds;
mod moment;
mod slip;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use std::sync::Arc;

use crate::dialect::Server;
use crate::plan::Literal;
use tree::{Expr, Node};

pub(crate) use bound::bound;
pub use holds::Holds;

/// A column as SQL names it, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, qualified and quoted.
    pub sql: String,
    /// What it holds; [`Holds::Unknown`] where nobody knows.
    pub holds: Holds,
}

/// What a predicate must know of the attributes that it mentions.
pub trait Columns {
    /// Returns what the attribute holds.
    fn holds(&self, name: &str) -> Holds;

    /// Writes the attribute: a column, qualified and quoted, or an expression in parentheses. Constants of its own go to `values`.
    fn write(&self, name: &str, out: &mut String, values: &mut Vec<Literal>);
}

impl<F: Fn(&str) -> Column> Columns for F {
    fn holds(&self, name: &str) -> Holds {
        self(name).holds
    }

    fn write(&self, name: &str, out: &mut String, _: &mut Vec<Literal>) {
        out.push_str(&self(name).sql);
    }
}

/// A parsed predicate or expression. Cheap to clone; two are equal when their texts are.
#[derive(Clone)]
pub struct Predicate {
    parsed: Arc<Parsed>,
}

struct Parsed {
    text: String,
    root: Expr,
    /// Whether it was read as a predicate; PostgreSQL takes no number for one.
    is_condition: bool,
}

/// Why a text is no predicate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; at character {} of `{}`", self.text[..self.at].chars().count() + 1, self.excerpt())]
pub struct PredicateError {
    /// What is wrong, in words; and what to write where that is known.
    pub message: String,
    /// The byte in the text.
    pub at: usize,
    /// The text.
    pub text: String,
}

impl PredicateError {
    /// Returns the text, or of a long one what stands around the place.
    fn excerpt(&self) -> String {
        const AROUND: usize = 60;
        let from = self.text[..self.at].char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
        let to = self.text[self.at..].char_indices().nth(AROUND).map_or(self.text.len(), |(at, _)| self.at + at);
        let (head, tail) = (if from > 0 { "…" } else { "" }, if to < self.text.len() { "…" } else { "" });
        format!("{head}{}{tail}", &self.text[from..to])
    }
}

/// What is wrong at a place, before the text joins it.
#[derive(Debug)]
struct Wrong {
    at: usize,
    message: String,
}

impl Wrong {
    fn new(at: usize, message: String) -> Wrong {
        Wrong { at, message }
    }

    fn in_text(self, text: &str) -> PredicateError {
        PredicateError { message: self.message, at: self.at, text: text.to_string() }
    }
}

impl Predicate {
    /// Reads a predicate: something that is true or false. A number is true when it is not 0.
    ///
    /// # Errors
    /// What is none, with its place: a second statement, a subquery, an aggregate, an unknown function.
    pub fn parse(text: &str) -> Result<Predicate, PredicateError> {
        Predicate::read(text, true, check::predicate)
    }

    /// Reads an expression that computes a value; `aggregates` allows `count(*)`, `sum(a)` and the like.
    ///
    /// # Errors
    /// As [`Predicate::parse`].
    pub fn expression(text: &str, aggregates: bool) -> Result<Predicate, PredicateError> {
        Predicate::read(text, false, |root| check::expression(root, aggregates))
    }

    fn read(text: &str, is_condition: bool, check: impl FnOnce(&Expr) -> Result<(), Wrong>) -> Result<Predicate, PredicateError> {
        let root = build::build(text).and_then(|root| check(&root).map(|()| root)).map_err(|wrong| wrong.in_text(text))?;
        Ok(Predicate { parsed: Arc::new(Parsed { text: text.to_string(), root, is_condition }) })
    }

    /// Returns the text as it was written.
    pub fn text(&self) -> &str {
        &self.parsed.text
    }

    /// Returns each attribute that is mentioned, with the byte in the text where it stands first.
    pub fn attributes(&self) -> Vec<(String, usize)> {
        let mut found: Vec<(String, usize)> = Vec::new();
        self.parsed.root.walk(&mut |part| {
            let (Node::Attribute(name) | Node::Path(tree::Path { attribute: name, .. })) = &part.node else { return };
            match found.iter_mut().find(|(known, _)| known == name) {
                Some((_, at)) => *at = part.at.min(*at),
                None => found.push((name.clone(), part.at)),
            }
        });
        found.sort_by_key(|(_, at)| *at);
        found
    }

    /// Returns whether there is an aggregate in it.
    pub fn is_aggregate(&self) -> bool {
        let mut any = false;
        self.parsed.root.walk(&mut |part| any |= check::is_aggregate(part));
        any
    }

    /// Returns what the expression comes to, given what columns hold; for an attribute that is computed by it.
    pub fn holds(&self, column: &dyn Fn(&str) -> Holds) -> Holds {
        write::holds(&self.parsed.root, column)
    }

    /// Writes it for a server, in parentheses where it needs them to stand beside `AND` or in a list. Texts and bytes go to `values`, and a
    /// placeholder takes their place; the number of `values` that are there already gives it its number on PostgreSQL. Numbers are written out, and so is what
    /// comes behind more values than servers take.
    ///
    /// # Errors
    /// What the server cannot do (`REGEXP` on SQLite), and constants that what they are compared with cannot be (`day = 'today'`). `out` and
    /// `values` then hold a part of it.
    pub fn write(&self, server: Server, columns: &dyn Columns, out: &mut String, values: &mut Vec<Literal>) -> Result<(), PredicateError> {
        let Parsed { text, root, is_condition } = &*self.parsed;
        write::write(root, *is_condition, text.len(), server, columns, out, values).map_err(|wrong| wrong.in_text(text))
    }
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Predicate) -> bool {
        self.text() == other.text()
    }
}

impl std::fmt::Debug for Predicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Predicate").field(&self.text()).finish()
    }
}
