//! From two catalogs to the steps between them.

use std::collections::BTreeSet;

use djc_core::catalog::Catalog;
use djc_core::dialect::Target;
use djc_core::plan::{Parked, Plan, TableName};

use super::Mapping;

/// What is to be planned.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is there: lowered for the target, with the parked columns and tables of earlier migrations where they matter.
    pub from: &'a Catalog,
    /// What shall be there, lowered for the same target.
    pub to: &'a Catalog,
    /// What has another name, what fills new columns, rows of contents, hand-written steps.
    pub mapping: &'a Mapping,
    /// The server.
    pub target: &'a Target,
    /// The physical schemas that may be changed; tables of others are only referred to.
    pub schemas: &'a BTreeSet<String>,
    /// Where what is dropped or narrowed goes.
    pub park: Park<'a>,
}

/// Where what is dropped or narrowed goes.
#[derive(Debug, Clone, Copy)]
pub enum Park<'a> {
    /// Under a hidden name with this mark (`0007`), until the migration is finished.
    Under(&'a str),
    /// Nowhere: it is gone.
    No,
    /// Back: the plan undoes one that parked these, and brings them out again.
    Back {
        /// What the plan that is undone has parked.
        parked: &'a [Parked],
        /// What the undoing itself parks under.
        mark: &'a str,
    },
}

/// Why no plan can be made. Each becomes a diagnostic of the DJ05xx band.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What it is about.
    pub table: TableName,
    /// The column, if one.
    pub column: Option<String>,
    /// Why.
    pub kind: RefusalKind,
}

/// The reasons not to plan.
#[derive(Debug, Clone, PartialEq)]
pub enum RefusalKind {
    /// Existing rows need a value in a new column, and nothing says which: `@fill`, a default, or a parent.
    NeedsFill {
        /// Whether the column joins the primary key.
        key: bool,
    },
    /// The server cannot convert one type into the other.
    Unconvertible {
        /// As written in SQL.
        from: String,
        /// As written in SQL.
        to: String,
    },
    /// A table outside of the schemas that may be changed refers to what changes.
    Foreign {
        /// The table that refers.
        child: TableName,
    },
    /// The table lives with another generation of datajoint afterwards.
    Generation,
    /// A table becomes a view or the reverse.
    Relation,
}

/// Plans the way from one catalog to the other.
///
/// The plan proves itself: behind its last step the simulated catalog is `to`, but for what is parked; anything else is a bug of djc.
///
/// # Errors
/// All reasons not to plan, at once.
pub fn plan(request: &Request<'_>) -> Result<Plan, Vec<Refusal>> {
    todo!("{request:?}")
}
