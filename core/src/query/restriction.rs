//! Conditions on rows.

use super::Query;
use crate::value::Value;

/// A condition on rows, in all forms that datajoint knows.
#[derive(Debug, Clone)]
pub enum Restriction {
    /// Every row.
    True,
    /// No row.
    False,
    /// A predicate as text, parsed when it is used.
    Predicate(String),
    /// A mapping: equalities of those attributes that exist, the others without effect; `None` is NULL.
    Equal(Vec<(String, Value)>),
    /// A comparison of one attribute, which must exist.
    Compare {
        /// The attribute.
        attribute: String,
        /// How.
        comparison: Comparison,
    },
    /// The rows that match a row of another query; without a shared attribute all, if it has a row.
    Query(Query),
    /// At least one of them; of none, no row.
    Any(Vec<Restriction>),
    /// All of them; of none, every row.
    All(Vec<Restriction>),
    /// Not that.
    Not(Box<Restriction>),
}

/// How an attribute is compared. A NULL satisfies none but those that ask for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// Equal; to `None` is [`Comparison::Null`].
    Eq(Value),
    /// Not equal, or NULL where the value is none.
    Ne(Value),
    /// Less.
    Lt(Value),
    /// Less or equal.
    Le(Value),
    /// Greater.
    Gt(Value),
    /// Greater or equal.
    Ge(Value),
    /// One of these.
    In(Vec<Value>),
    /// From one to the other, both included.
    Between(Value, Value),
    /// A pattern with `%` and `_`, `\` before one that is meant.
    Like(String),
    /// NULL.
    Null,
    /// Not NULL.
    NotNull,
}
