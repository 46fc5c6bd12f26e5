//! DataJoint's query algebra: operators that check, and SQL with bound values. Nothing here touches a database.
//!
//! A [`Query`] is a value that is cheap to clone. Operators give new ones, or say why they cannot ([`QueryError`]); [`Query::select`] and the like
//! write [`Sql`] for a [`Scope`]. Joins match by lineage as datajoint 2 does ([`Matching::Semantic`]), with natural matching by request.

mod error;
mod heading;
mod restriction;
mod sql;

use std::sync::Arc;

use crate::ir::TableId;
use crate::model::{Model, Scope};

pub use error::{Notice, QueryError};
pub use heading::{Attribute, AttributeKind, Heading};
pub use restriction::{Comparison, Restriction};
pub use sql::Sql;

/// A relation: a table, or what operators made of tables.
#[derive(Debug, Clone)]
pub struct Query {
    node: Arc<Node>,
}

/// What stands behind a [`Query`]: where rows come from, what they have, and which of them are meant.
#[derive(Debug)]
struct Node {
    heading: Heading,
}

/// Which attributes of two relations are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Matching {
    /// Those of one name and one lineage; one name with two lineages is an error (datajoint 2).
    #[default]
    Semantic,
    /// Those of one name, whatever they mean (`@` of datajoint 0.14, `semantic_check=False` of 2).
    Natural,
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Those that match.
    #[default]
    Matching,
    /// All of the left side; the right side must be determined by it.
    Left,
}

/// What `proj` of datajoint selects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    /// Whether all attributes stay that are not named (`...`).
    pub all: bool,
    /// Dependent attributes that stay.
    pub names: Vec<String>,
    /// Dependent attributes that go (`-x`); only with `all`.
    pub without: Vec<String>,
    /// New name, and the attribute that has it from now on.
    pub renamed: Vec<(String, String)>,
    /// New name, and the expression that computes it.
    pub computed: Vec<(String, String)>,
}

/// An order of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The attribute; `None` for all of the key.
    pub attribute: Option<String>,
    /// Downwards.
    pub descending: bool,
}

/// The first rows in an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Top {
    /// How many at most; `None` for all. 0 is no row, where datajoint 0.14 takes it for all.
    pub limit: Option<u64>,
    /// How many are passed over.
    pub offset: u64,
    /// In which order; `None` for one that stands already, or the key.
    pub order: Option<Vec<Order>>,
}

/// What a query is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Everything in the heading.
    All,
    /// The key.
    Key,
    /// These, in this order.
    Named(Vec<String>),
}

impl Query {
    /// Returns all rows of a table.
    pub fn table(model: &Arc<Model>, id: TableId) -> Query {
        let _ = (model, id);
        todo!("algebra")
    }

    /// Returns `U('a', 'b') & query`: the distinct values of these attributes. Without attributes the one row that has none.
    pub fn distinct(&self, attributes: &[&str]) -> Result<Query, QueryError> {
        let _ = attributes;
        todo!("algebra")
    }

    /// Returns what the rows have.
    pub fn heading(&self) -> &Heading {
        &self.node.heading
    }

    /// Returns the table, where the query is one table, perhaps restricted: what can be inserted into, updated and deleted from.
    pub fn base(&self) -> Option<(&Arc<Model>, TableId)> {
        todo!("algebra")
    }

    /// Returns whether a restriction, an order or a limit leaves rows out.
    pub fn is_restricted(&self) -> bool {
        todo!("algebra")
    }

    /// Returns restrictions that changed nothing, since they share no attribute with the query.
    pub fn notices(&self) -> &[Notice] {
        todo!("algebra")
    }

    /// Keeps the rows that satisfy the restriction: `query & restriction`.
    pub fn restrict(&self, restriction: &Restriction) -> Result<Query, QueryError> {
        let _ = restriction;
        todo!("algebra")
    }

    /// As [`Query::restrict`] for another query, with a choice of what matches.
    pub fn restrict_to(&self, other: &Query, matching: Matching) -> Result<Query, QueryError> {
        let _ = (other, matching);
        todo!("algebra")
    }

    /// Selects, renames and computes attributes; the key stays.
    pub fn project(&self, projection: &Projection) -> Result<Query, QueryError> {
        let _ = projection;
        todo!("algebra")
    }

    /// Joins two relations.
    pub fn join(&self, other: &Query, matching: Matching, keep: Keep) -> Result<Query, QueryError> {
        let _ = (other, matching, keep);
        todo!("algebra")
    }

    /// Groups `other` by the key of this and computes attributes of each group; `keep_all` keeps rows without a group, as datajoint 2 does.
    pub fn aggregate(&self, other: &Query, computed: &[(String, String)], keep_all: bool) -> Result<Query, QueryError> {
        let _ = (other, computed, keep_all);
        todo!("algebra")
    }

    /// Groups this query by any of its attributes: `U('a').aggr(query, n='count(*)')`. Without attributes there is one row.
    pub fn group_by(&self, attributes: &[&str], computed: &[(String, String)]) -> Result<Query, QueryError> {
        let _ = (attributes, computed);
        todo!("algebra")
    }

    /// Returns the rows of both.
    pub fn union(&self, other: &Query) -> Result<Query, QueryError> {
        let _ = other;
        todo!("algebra")
    }

    /// Returns the first rows in an order.
    pub fn top(&self, top: &Top) -> Result<Query, QueryError> {
        let _ = top;
        todo!("algebra")
    }

    /// Writes the query that fetches.
    pub fn select(&self, scope: &Scope, columns: &Columns) -> Result<Sql, QueryError> {
        let _ = (scope, columns);
        todo!("algebra")
    }

    /// Writes the query that counts rows.
    pub fn count(&self, scope: &Scope) -> Result<Sql, QueryError> {
        let _ = scope;
        todo!("algebra")
    }

    /// Writes the query that tells whether there is a row.
    pub fn exists(&self, scope: &Scope) -> Result<Sql, QueryError> {
        let _ = scope;
        todo!("algebra")
    }

    /// Writes the statement that deletes the rows of a table, without regard to children.
    pub fn delete(&self, scope: &Scope) -> Result<Sql, QueryError> {
        let _ = scope;
        todo!("algebra")
    }
}
