//! Restrictions as text: `rig = 'A' and sess > 1`, parsed, checked and said again for any server.
//!
//! datajoint hands such texts to the server as they are. Here they are parsed, so that a mistake has a place, so that nothing but a
//! predicate reaches the server, and so that the same text means the same on all of them. The language is what restrictions in DataJoint
//! pipelines use of MySQL's: comparisons, `AND`, `OR`, `NOT`, `XOR`, `&&`, `||`, `!`, `IS [NOT] NULL`, `[NOT] IN`, `[NOT] BETWEEN`,
//! `[NOT] LIKE … [ESCAPE]`, `[NOT] REGEXP`/`RLIKE`, arithmetic, `CASE`, `CAST`, functions that all servers have, `INTERVAL`, texts in single or
//! double quotes, names bare or in back-quotes. An expression of a projection (`sess * 10`, `count(*)`, `max(sess)`) is the same grammar.

mod holds;

use crate::dialect::Server;
use crate::plan::Literal;

pub use holds::Holds;

/// A column as SQL names it, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, qualified and quoted.
    pub sql: String,
    /// What it holds; [`Holds::Unknown`] where nobody knows.
    pub holds: Holds,
}

/// A parsed predicate or expression. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    text: String,
}

/// Why a text is no predicate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PredicateError {
    /// What is wrong, in words; and what to write where that is known.
    pub message: String,
    /// The byte in the text.
    pub at: usize,
    /// The text.
    pub text: String,
}

impl Predicate {
    /// Reads a predicate: something that is true or false.
    ///
    /// # Errors
    /// What is none, with its place: a second statement, a subquery, an aggregate, an unknown function.
    pub fn parse(text: &str) -> Result<Predicate, PredicateError> {
        let _ = text;
        todo!("predicate")
    }

    /// Reads an expression that computes a value; `aggregates` allows `count(*)`, `sum(a)` and the like.
    ///
    /// # Errors
    /// As [`Predicate::parse`].
    pub fn expression(text: &str, aggregates: bool) -> Result<Predicate, PredicateError> {
        let _ = (text, aggregates);
        todo!("predicate")
    }

    /// Returns the text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns each attribute that is mentioned, with the byte in the text where it stands first.
    pub fn attributes(&self) -> Vec<(String, usize)> {
        todo!("predicate")
    }

    /// Returns what the expression comes to, given what columns hold; for an attribute that is computed by it.
    pub fn holds(&self, column: &dyn Fn(&str) -> Holds) -> Holds {
        let _ = column;
        todo!("predicate")
    }

    /// Writes it for a server, in parentheses where it needs them to stand beside `AND` or in a list. Texts and bytes go to `values`, and a
    /// placeholder takes their place; the number of `values` that are there already gives it its number on PostgreSQL. Numbers are written out.
    ///
    /// # Errors
    /// What the server cannot do (`REGEXP` on SQLite), and constants that what they are compared with cannot be (`day = 'today'`).
    pub fn write(
        &self,
        server: Server,
        column: &dyn Fn(&str) -> Column,
        out: &mut String,
        values: &mut Vec<Literal>,
    ) -> Result<(), PredicateError> {
        let _ = (server, column, out, values);
        todo!("predicate")
    }
}
