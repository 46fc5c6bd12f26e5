//! Why an operator cannot be applied.

use crate::ir::UnsetVariable;
use crate::predicate::PredicateError;

/// Why a query cannot be made or written. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A text is no predicate.
    #[error("{0}")]
    Predicate(#[from] PredicateError),
    /// An attribute that is not there.
    #[error("attribute `{attribute}` is not found in the query{}", nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownAttribute {
        /// The name.
        attribute: String,
        /// The most similar one.
        nearest: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
    /// A value that the attribute cannot hold.
    #[error("`{attribute}`: {reason}")]
    Value {
        /// The attribute.
        attribute: String,
        /// Why not.
        reason: String,
    },
    /// One name with two meanings.
    #[error("{}", lineage(attribute, left.as_deref(), right.as_deref()))]
    Lineage {
        /// The attribute.
        attribute: String,
        /// Its lineage on the left; `None` for a dependent attribute, which means the same as no other.
        left: Option<String>,
        /// And on the right.
        right: Option<String>,
    },
    /// Anything else that the operator does not allow.
    #[error("{0}")]
    Refused(String),
    /// A schema name with a variable that nothing gives a value.
    #[error("{0}")]
    Variable(#[from] UnsetVariable),
}

fn lineage(attribute: &str, left: Option<&str>, right: Option<&str>) -> String {
    const RENAME: &str = "rename one of them in a projection, or leave it out";
    match (left, right) {
        (Some(left), Some(right)) => format!("cannot join on attribute `{attribute}`: different lineages ({left} vs {right}); {RENAME}"),
        (None, None) => format!("cannot join on attribute `{attribute}`: it is a dependent attribute on both sides; {RENAME}"),
        (Some(known), None) | (None, Some(known)) => {
            let (with, without) = if left.is_some() { ("left", "right") } else { ("right", "left") };
            format!(
                "cannot join on attribute `{attribute}`: it is that of {known} on the {with}, and has no lineage on the {without}; {RENAME}. If it is a key \
                 there too, the lineage of its schema is missing and wants to be rebuilt"
            )
        }
    }
}

/// Something about a query that works, and is perhaps not what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A restriction shares no attribute with the query and left every row in it.
    NoEffect {
        /// The attributes of the restriction.
        restriction: Vec<String>,
        /// Those of the query.
        query: Vec<String>,
    },
}
