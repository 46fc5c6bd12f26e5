//! Why it cannot be said what a delete takes with it.

use crate::query::QueryError;

/// Why it cannot be said what a delete takes with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CascadeError {
    /// A join or projection has no rows of its own.
    #[error("only rows of a table can be deleted, not those of a join, projection or aggregation")]
    NoTable,
    /// Tables refer to each other in a circle, which DataJoint has not.
    #[error("{} refer to each other in a circle, so that no order of deletes is right", tables.join(" → "))]
    Circle {
        /// The way around, the first table again at its end.
        tables: Vec<String>,
    },
    /// A query of the cascade cannot be made.
    #[error("{0}")]
    Query(#[from] QueryError),
}
