//! Why no plan can be made.

use djc_core::plan::TableName;

/// Why no plan can be made. Each becomes a diagnostic of the DJ05xx band.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What it is about, as `to` calls it; as `from` does where `to` lacks it.
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
