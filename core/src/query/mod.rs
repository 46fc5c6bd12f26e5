//! DataJoint's query algebra: operators that check, and SQL with bound values. Nothing here touches a database.
//!
//! A [`Query`] is a value that is cheap to clone. Operators give new ones, or say why they cannot ([`QueryError`]); [`Query::select`] and the like
//! write [`Sql`] for a [`Scope`]. Joins match by lineage as datajoint 2 does ([`Matching::Semantic`]), with natural matching by request.

mod aggregate;
mod block;
mod condition;
mod constant;
mod error;
mod heading;
mod join;
mod matching;
mod project;
mod restrict;
mod restriction;
mod sql;
mod top;
mod transfer;
mod union;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use block::{Block, Expr, What};

use crate::ir::TableId;
use crate::model::{Model, Scope};

pub use error::{Notice, QueryError};
pub use heading::{Attribute, AttributeKind, Heading, Home};
pub use restriction::{Comparison, Restriction};
pub use sql::Sql;

/// A relation: a table, or what operators made of tables.
#[derive(Debug, Clone)]
pub struct Query {
    block: Arc<Block>,
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
    fn of(block: Block) -> Query {
        Query { block: Arc::new(block) }
    }

    fn block(&self) -> &Block {
        &self.block
    }

    /// Returns all rows of a table.
    pub fn table(model: &Arc<Model>, id: TableId) -> Query {
        Query::of(Block::table(model, id))
    }

    /// Returns `U('a', 'b') & query`: the distinct values of these attributes, which are the key. Without attributes the one row that has none, if
    /// the query has rows.
    ///
    /// # Errors
    /// An attribute that is not there.
    pub fn distinct(&self, attributes: &[&str]) -> Result<Query, QueryError> {
        self.block.distinct(attributes).map(Query::of)
    }

    /// Returns what the rows have.
    pub fn heading(&self) -> &Heading {
        &self.block.heading
    }

    /// Returns the table, where the query is one table, perhaps restricted: what can be inserted into, updated and deleted from.
    pub fn base(&self) -> Option<(&Arc<Model>, TableId)> {
        let block = self.block();
        let [source] = block.sources.as_slice() else { return None };
        let What::Table(model, id) = &source.what else { return None };
        let own = |(attribute, column): (&Attribute, &Expr)| matches!(column, Expr::Column { name, .. } if *name == attribute.name);
        let plain = block.group.is_none() && !block.distinct && block.heading.attributes.iter().zip(&block.columns).all(own);
        plain.then_some((model, *id))
    }

    /// Returns the models of all tables that are read, each once: those that rows come from, and those that restrict them.
    pub fn models(&self) -> Vec<&Arc<Model>> {
        let mut models = Vec::new();
        self.block.models(&mut models);
        models
    }

    /// Returns whether a restriction or a limit leaves rows out. An order does not.
    pub fn is_restricted(&self) -> bool {
        self.block.is_restricted()
    }

    /// Returns restrictions that changed nothing, since they share no attribute with the query.
    pub fn notices(&self) -> &[Notice] {
        &self.block.notices
    }

    /// Keeps the rows that satisfy the restriction: `query & restriction`.
    ///
    /// Another query restricts by the attributes that both have; a NULL matches none. What is not kept by a query is what is kept by its negation.
    /// In all other conditions NULL is what it is to the server: neither a condition nor its negation keeps a row where it cannot be told.
    ///
    /// # Errors
    /// A text that is no predicate, an attribute of a text or comparison that is not there, a value that the attribute could not hold, and another query
    /// in which an attribute of the same name means something else.
    pub fn restrict(&self, restriction: &Restriction) -> Result<Query, QueryError> {
        self.block.restricted(restriction, Matching::Semantic).map(Query::of)
    }

    /// As [`Query::restrict`] for another query, with a choice of what matches.
    ///
    /// # Errors
    /// As [`Query::restrict`].
    pub fn restrict_to(&self, other: &Query, matching: Matching) -> Result<Query, QueryError> {
        self.block.restricted(&Restriction::Query(other.clone()), matching).map(Query::of)
    }

    /// Selects, renames and computes attributes; the key stays.
    ///
    /// # Errors
    /// An attribute that is not there, one of the key left out, a name that is taken, a text that is no expression.
    pub fn project(&self, projection: &Projection) -> Result<Query, QueryError> {
        self.block.projected(projection).map(Query::of)
    }

    /// Joins two relations. The key is that of the left side and then that of the right one; of a left join that of the left side.
    ///
    /// # Errors
    /// An attribute of one name and two meanings; a left join whose right side has a key attribute that the left side lacks.
    pub fn join(&self, other: &Query, matching: Matching, keep: Keep) -> Result<Query, QueryError> {
        self.block.joined(other.block(), matching, keep).map(Query::of)
    }

    /// Groups `other` by the key of this and computes attributes of each group; `keep_all` keeps rows without a group, as datajoint 2 does. Such a row
    /// is one row of its group all the same: `count(*)` is 1, and the count of an attribute of `other` is 0.
    ///
    /// # Errors
    /// As [`Query::join`] and [`Query::project`].
    pub fn aggregate(&self, other: &Query, computed: &[(String, String)], keep_all: bool) -> Result<Query, QueryError> {
        self.block.aggregated(other.block(), computed, keep_all).map(Query::of)
    }

    /// Groups this query by any of its attributes: `U('a').aggr(query, n='count(*)')`. Without attributes there is one row.
    ///
    /// # Errors
    /// As [`Query::project`].
    pub fn group_by(&self, attributes: &[&str], computed: &[(String, String)]) -> Result<Query, QueryError> {
        self.block.grouped(attributes, computed).map(Query::of)
    }

    /// Returns the rows of both, those of one key once.
    ///
    /// # Errors
    /// Keys that differ, and a dependent attribute that both sides have.
    pub fn union(&self, other: &Query) -> Result<Query, QueryError> {
        self.block.united(other.block()).map(Query::of)
    }

    /// Returns the first rows in an order. The key comes last in every order, so that none is left to the server.
    ///
    /// A limit upon a limit takes of the rows that are there already; so do offsets. NULL comes before everything else on all servers.
    ///
    /// # Errors
    /// An attribute that is not there.
    pub fn top(&self, top: &Top) -> Result<Query, QueryError> {
        self.block.topped(top).map(Query::of)
    }

    /// Writes the query that fetches.
    ///
    /// # Errors
    /// An attribute that is not there, and what this server cannot do: a value that it cannot hold, a function that it does not have, a variable of a
    /// schema name that has no value.
    pub fn select(&self, scope: &Scope, columns: &Columns) -> Result<Sql, QueryError> {
        self.block.select(scope, columns)
    }

    /// Writes the query that counts rows.
    ///
    /// # Errors
    /// As [`Query::select`].
    pub fn count(&self, scope: &Scope) -> Result<Sql, QueryError> {
        self.block.count(scope)
    }

    /// Writes the query that tells whether there is a row.
    ///
    /// # Errors
    /// As [`Query::select`].
    pub fn exists(&self, scope: &Scope) -> Result<Sql, QueryError> {
        self.block.exists(scope)
    }

    /// Writes the statement that deletes the rows of a table, without regard to children.
    ///
    /// # Errors
    /// As [`Query::select`], and a query that is not one table.
    pub fn delete(&self, scope: &Scope) -> Result<Sql, QueryError> {
        self.block.delete(scope)
    }
}
