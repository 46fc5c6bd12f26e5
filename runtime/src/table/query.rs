//! Relations over typed tables.

use std::marker::PhantomData;

use djc_core::model::Scope;
use djc_core::query::{self, Columns, Keep, Matching, Notice, QueryError, Restriction, Sql, Top};

use super::{FromRow, IntoComputed, IntoNames, IntoOrder, IntoRestriction, Projection, RowMap, Table};

/// The rows of no table in particular: what a join, a projection or an aggregation has.
#[derive(Debug, Clone, Copy)]
pub enum Dynamic {}

/// What a query is over: a table, or [`Dynamic`].
pub trait Relation: 'static {
    /// What a row is read into.
    type Row: FromRow + Send;
    /// What the key of a row is read into.
    type Key: FromRow + Send;

    /// Returns which attributes are the key.
    fn key() -> Columns {
        Columns::Key
    }
}

impl<T: Table> Relation for T {
    type Row = T::Row;
    type Key = T::Key;

    fn key() -> Columns {
        T::Key::columns()
    }
}

impl Relation for Dynamic {
    type Row = RowMap;
    type Key = RowMap;
}

/// A relation: rows of the table `T`, or of a join or projection ([`Dynamic`]).
///
/// Operators are datajoint's: `&` restricts, `-` excludes, `*` joins, `+` unites; each takes queries by value and by reference. Nothing is sent before
/// rows are asked for. An operator that cannot be applied is reported by whatever asks for rows, or by [`Query::check`].
pub struct Query<T = Dynamic> {
    inner: Result<query::Query, QueryError>,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for Query<T> {
    fn clone(&self) -> Self {
        Query { inner: self.inner.clone(), table: PhantomData }
    }
}

impl<T> Query<T> {
    /// Returns a query over what the core made.
    pub fn from_core(inner: Result<query::Query, QueryError>) -> Self {
        Query { inner, table: PhantomData }
    }

    /// Returns the query of the core.
    ///
    /// # Errors
    /// Why an operator could not be applied.
    pub fn check(&self) -> Result<&query::Query, QueryError> {
        self.inner.as_ref().map_err(Clone::clone)
    }

    pub(super) fn into_core(self) -> Result<query::Query, QueryError> {
        self.inner
    }

    fn with<U>(&self, operator: impl FnOnce(&query::Query) -> Result<query::Query, QueryError>) -> Query<U> {
        Query::from_core(self.check().and_then(operator))
    }

    /// Returns the SQL that fetches, with its values; printed, they stand in it.
    ///
    /// # Errors
    /// Why an operator could not be applied, and what this server cannot do.
    pub fn to_sql(&self, scope: &Scope) -> Result<Sql, QueryError> {
        self.check()?.select(scope, &Columns::All)
    }

    /// Returns restrictions that changed nothing, since they share no attribute with the query.
    pub fn notices(&self) -> &[Notice] {
        self.inner.as_ref().map_or(&[], query::Query::notices)
    }

    /// Forgets which table the rows are of: conditions of any table restrict it, and rows are read as maps.
    pub fn dynamic(&self) -> Query<Dynamic> {
        Query::from_core(self.inner.clone())
    }

    /// Keeps the rows that satisfy the restriction: `query & restriction`.
    pub fn restrict(&self, restriction: impl IntoRestriction<T>) -> Query<T> {
        self.with(|query| query.restrict(&restriction.into_restriction()?))
    }

    /// Keeps the other rows: `query - restriction`.
    pub fn exclude(&self, restriction: impl IntoRestriction<T>) -> Query<T> {
        self.with(|query| query.restrict(&Restriction::Not(Box::new(restriction.into_restriction()?))))
    }

    /// Restricts by another query by the names that both have, whatever they mean (datajoint 2: `restrict(…, semantic_check=False)`).
    pub fn restrict_natural<U>(&self, other: &Query<U>) -> Query<T> {
        self.with(|query| query.restrict_to(other.check()?, Matching::Natural))
    }

    /// Selects, renames and computes attributes; the key stays. `proj(())` is the key, `proj(["rig"])` keeps more, [`Projection`] does the rest.
    pub fn proj(&self, projection: impl Into<Projection>) -> Query<Dynamic> {
        self.with(|query| query.project(&projection.into().into()))
    }

    /// Joins by the attributes that mean the same: `query * other`.
    pub fn join<U>(&self, other: &Query<U>) -> Query<Dynamic> {
        self.with(|query| query.join(other.check()?, Matching::Semantic, Keep::Matching))
    }

    /// Joins by the names that both have, whatever they mean (`@` of datajoint 0.14).
    pub fn join_natural<U>(&self, other: &Query<U>) -> Query<Dynamic> {
        self.with(|query| query.join(other.check()?, Matching::Natural, Keep::Matching))
    }

    /// Joins, and keeps rows without a match: what `other` has is NULL there. A row of this determines at most one of `other`.
    pub fn left_join<U>(&self, other: &Query<U>) -> Query<Dynamic> {
        self.with(|query| query.join(other.check()?, Matching::Semantic, Keep::Left))
    }

    /// Adds the attributes of `other`: [`Query::left_join`] by its name in datajoint 2.
    pub fn extend<U>(&self, other: &Query<U>) -> Query<Dynamic> {
        self.left_join(other)
    }

    /// Unites: `query + other`. Both have the same key, and no dependent attribute in common.
    pub fn union<U>(&self, other: &Query<U>) -> Query<Dynamic> {
        self.with(|query| query.union(other.check()?))
    }

    /// Groups `other` by the key of this and computes attributes of each group: `aggr(&sessions, [("n", "count(sess)")])`.
    ///
    /// Rows without a group stay, as in datajoint 2: `count(*)` is 1 there, the count of an attribute of `other` 0. [`Query::aggr_matching`] leaves
    /// them out.
    pub fn aggr<U>(&self, other: &Query<U>, computed: impl IntoComputed) -> Query<Dynamic> {
        self.with(|query| query.aggregate(other.check()?, &computed.into_computed(), true))
    }

    /// As [`Query::aggr`], without the rows that have no group.
    pub fn aggr_matching<U>(&self, other: &Query<U>, computed: impl IntoComputed) -> Query<Dynamic> {
        self.with(|query| query.aggregate(other.check()?, &computed.into_computed(), false))
    }

    /// Returns the distinct values of some attributes: `U('rig') & query`.
    pub fn distinct(&self, attributes: impl IntoNames) -> Query<Dynamic> {
        let names = attributes.into_names();
        self.with(|query| query.distinct(&names.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// Sorts the rows; of several orders the first counts most, and none is left to the server: the key comes last.
    pub fn order_by(&self, order: impl IntoOrder<T>) -> Query<T> {
        let top = Top { limit: None, offset: 0, order: Some(order.into_order()) };
        self.with(|query| query.top(&top))
    }

    /// Takes so many rows at most, in the order that stands, else in that of the key. 0 is none.
    pub fn limit(&self, limit: u64) -> Query<T> {
        self.with(|query| query.top(&Top { limit: Some(limit), offset: 0, order: None }))
    }

    /// Passes over so many rows, in the order that stands, else in that of the key. After a limit, over so many of its rows.
    pub fn offset(&self, offset: u64) -> Query<T> {
        self.with(|query| query.top(&Top { limit: None, offset, order: None }))
    }
}

impl<T: Table> Query<T> {
    /// Returns all rows of the table.
    pub fn all() -> Self {
        Query::from_core(Ok(query::Query::table(T::model(), T::id())))
    }
}

impl<T> std::fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.inner {
            Ok(query) => f.debug_tuple("Query").field(&query.heading().names().collect::<Vec<_>>()).finish(),
            Err(error) => f.debug_tuple("Query").field(error).finish(),
        }
    }
}
