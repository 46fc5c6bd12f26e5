//! Relations over typed tables.

use std::marker::PhantomData;
use std::ops::{BitAnd, Mul, Sub};

use djc_core::model::Scope;
use djc_core::query::{self, Columns, Keep, Matching, Order, QueryError, Restriction, Sql, Top};

use super::{Condition, FromRow, RowMap, Table};

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
/// Operators are datajoint's: `&` restricts, `-` excludes, `*` joins, `+` unites. An operator that cannot be applied is reported by whatever asks
/// for rows, or by [`Query::check`].
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

    /// Returns the SQL that fetches, with its values; printed, they stand in it.
    pub fn to_sql(&self, scope: &Scope) -> Result<Sql, QueryError> {
        self.check()?.select(scope, &query::Columns::All)
    }
}

impl<T> Query<T> {
    /// Sorts the rows; of several orders the first counts most, and none is left to the server: the key comes last.
    pub fn order_by(self, order: impl Into<Vec<Order>>) -> Query<T> {
        let top = Top { limit: None, offset: 0, order: Some(order.into()) };
        Query::from_core(self.inner.and_then(|query| query.top(&top)))
    }
}

impl<T: Table> Query<T> {
    /// Returns all rows of the table.
    pub fn all() -> Self {
        Query::from_core(Ok(query::Query::table(T::model(), T::id())))
    }
}

/// What restricts a query over `T`.
pub trait IntoRestriction<T> {
    /// Returns the restriction.
    fn into_restriction(self) -> Result<Restriction, QueryError>;
}

impl<T> IntoRestriction<T> for &str {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Predicate(self.to_string()))
    }
}

impl<T: Table> IntoRestriction<T> for Condition<T> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self.restriction)
    }
}

impl<U> IntoRestriction<Dynamic> for Condition<U> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self.restriction)
    }
}

impl<T, U> IntoRestriction<T> for Query<U> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        self.inner.map(Restriction::Query)
    }
}

impl<T, R: IntoRestriction<T>> BitAnd<R> for Query<T> {
    type Output = Query<T>;

    fn bitand(self, restriction: R) -> Query<T> {
        Query::from_core(self.inner.and_then(|query| query.restrict(&restriction.into_restriction()?)))
    }
}

impl<T, R: IntoRestriction<T>> Sub<R> for Query<T> {
    type Output = Query<T>;

    fn sub(self, restriction: R) -> Query<T> {
        Query::from_core(self.inner.and_then(|query| {
            let restriction = Restriction::Not(Box::new(restriction.into_restriction()?));
            query.restrict(&restriction)
        }))
    }
}

impl<T, U> Mul<Query<U>> for Query<T> {
    type Output = Query<Dynamic>;

    fn mul(self, other: Query<U>) -> Query<Dynamic> {
        Query::from_core(self.inner.and_then(|query| query.join(&other.inner?, Matching::Semantic, Keep::Matching)))
    }
}
