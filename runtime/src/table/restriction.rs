//! What restricts a query: conditions, texts, keys, maps, other queries, and lists of such.

use djc_core::query::{QueryError, Restriction};

use super::{Condition, Dynamic, Key, Query, RowMap, Table};

/// What restricts a query over `T`.
///
/// | | keeps rows |
/// |---|---|
/// | [`Condition`] | of its own table that satisfy it; over [`Dynamic`] of any |
/// | `&str`, `String` | that satisfy the predicate, as in `"rig = 'A' and sess > 1"` |
/// | a key, by value or reference; [`RowMap`] | that are equal in the attributes that exist; the others are without effect |
/// | [`Query`] | that match one of its rows in what both have |
/// | array, `Vec`, slice | that one of the members keeps: OR. Of none, no row |
/// | [`all_of`] | that all of the members keep: AND. Of none, every row |
/// | [`not`] | that the restriction does not keep |
/// | `bool` | all, or none |
///
/// An `Option` is none of them: whether nothing means all rows or no row is for the program to say.
///
/// ```compile_fail,E0277
/// # use djc_runtime::table::{Dynamic, Query};
/// fn maybe(query: Query<Dynamic>, key: Option<String>) -> Query<Dynamic> {
///     query & key
/// }
/// ```
///
/// ```
/// # use djc_runtime::table::{Dynamic, Query};
/// fn maybe(query: Query<Dynamic>, key: Option<String>) -> Query<Dynamic> {
///     match key {
///         Some(key) => query & key,
///         None => query & false,
///     }
/// }
/// ```
///
/// Nor is a condition on another table:
///
/// ```compile_fail,E0277
/// # use djc_runtime::table::{Column, Query, Table};
/// fn wrong<Subject: Table, Session: Table>(subjects: Query<Subject>, rig: Column<Session, String>) -> Query<Subject> {
///     subjects & rig.eq("A")
/// }
/// ```
///
/// ```
/// # use djc_runtime::table::{Column, Query, Table};
/// fn right<Subject: Table, Session: Table>(subjects: Query<Subject>, sessions: Query<Session>, rig: Column<Session, String>) -> Query<Subject> {
///     subjects & (sessions & rig.eq("A"))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not restrict a query over `{T}`",
    label = "not a restriction of this query",
    note = "a condition restricts its own table; restrict the query of that table and use it as the restriction: `a & (b & condition)`",
    note = "an `Option` is no restriction: say what nothing means, `true` for every row or `false` for none"
)]
pub trait IntoRestriction<T> {
    /// Returns the restriction.
    ///
    /// # Errors
    /// Why the query that restricts could not be made.
    fn into_restriction(self) -> Result<Restriction, QueryError>;
}

impl<T> IntoRestriction<T> for Restriction {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self)
    }
}

impl<T> IntoRestriction<T> for &str {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Predicate(self.to_string()))
    }
}

impl<T> IntoRestriction<T> for String {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Predicate(self))
    }
}

impl<T> IntoRestriction<T> for &String {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Predicate(self.clone()))
    }
}

impl<T> IntoRestriction<T> for bool {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(if self { Restriction::True } else { Restriction::False })
    }
}

impl<T: Table> IntoRestriction<T> for Condition<T> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self.into())
    }
}

impl<T: Table> IntoRestriction<T> for &Condition<T> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self.restriction().clone())
    }
}

impl<U> IntoRestriction<Dynamic> for Condition<U> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self.into())
    }
}

impl<U> IntoRestriction<Dynamic> for &Condition<U> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(self.restriction().clone())
    }
}

impl<T, K: Key> IntoRestriction<T> for K {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Equal(self.to_values()))
    }
}

impl<T> IntoRestriction<T> for RowMap {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Equal(self.into_iter().collect()))
    }
}

impl<T> IntoRestriction<T> for &RowMap {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        IntoRestriction::<T>::into_restriction(self.clone())
    }
}

impl<T, U> IntoRestriction<T> for Query<U> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        self.into_core().map(Restriction::Query)
    }
}

impl<T, U> IntoRestriction<T> for &Query<U> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        self.check().cloned().map(Restriction::Query)
    }
}

fn any<T, R: IntoRestriction<T>>(members: impl IntoIterator<Item = R>) -> Result<Restriction, QueryError> {
    members.into_iter().map(IntoRestriction::into_restriction).collect::<Result<_, _>>().map(Restriction::Any)
}

impl<T, R: IntoRestriction<T>, const COUNT: usize> IntoRestriction<T> for [R; COUNT] {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        any(self)
    }
}

impl<T, R: IntoRestriction<T>> IntoRestriction<T> for Vec<R> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        any(self)
    }
}

impl<'r, T, R> IntoRestriction<T> for &'r [R]
where
    &'r R: IntoRestriction<T>,
{
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        any(self)
    }
}

impl<'r, T, R> IntoRestriction<T> for &'r Vec<R>
where
    &'r R: IntoRestriction<T>,
{
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        any(self)
    }
}

/// Several restrictions: an array, a `Vec`, or a tuple where they are of different types.
pub trait IntoRestrictions<T> {
    /// Returns the restrictions.
    ///
    /// # Errors
    /// As [`IntoRestriction::into_restriction`].
    fn into_restrictions(self) -> Result<Vec<Restriction>, QueryError>;
}

impl<T, R: IntoRestriction<T>, const COUNT: usize> IntoRestrictions<T> for [R; COUNT] {
    fn into_restrictions(self) -> Result<Vec<Restriction>, QueryError> {
        self.into_iter().map(IntoRestriction::into_restriction).collect()
    }
}

impl<T, R: IntoRestriction<T>> IntoRestrictions<T> for Vec<R> {
    fn into_restrictions(self) -> Result<Vec<Restriction>, QueryError> {
        self.into_iter().map(IntoRestriction::into_restriction).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<T, $($name: IntoRestriction<T>),+> IntoRestrictions<T> for ($($name,)+) {
            #[allow(non_snake_case, reason = "a value is called as its type")]
            fn into_restrictions(self) -> Result<Vec<Restriction>, QueryError> {
                let ($($name,)+) = self;
                Ok(vec![$($name.into_restriction()?),+])
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);

/// All of several restrictions; made by [`all_of`].
#[derive(Debug, Clone)]
pub struct AllOf<R>(R);

/// At least one of several restrictions; made by [`any_of`].
#[derive(Debug, Clone)]
pub struct AnyOf<R>(R);

/// The opposite of a restriction; made by [`not`].
#[derive(Debug, Clone)]
pub struct Not<R>(R);

/// Keeps rows that all of the restrictions keep, as datajoint's `AndList` does. Of none, every row.
pub fn all_of<R>(restrictions: R) -> AllOf<R> {
    AllOf(restrictions)
}

/// Keeps rows that at least one of the restrictions keeps; for a tuple of several types what an array is of one.
pub fn any_of<R>(restrictions: R) -> AnyOf<R> {
    AnyOf(restrictions)
}

/// Keeps rows that the restriction does not keep, as datajoint's `Not` does; `query & not(r)` is `query - r`.
pub fn not<R>(restriction: R) -> Not<R> {
    Not(restriction)
}

impl<T, R: IntoRestrictions<T>> IntoRestriction<T> for AllOf<R> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        self.0.into_restrictions().map(Restriction::All)
    }
}

impl<T, R: IntoRestrictions<T>> IntoRestriction<T> for AnyOf<R> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        self.0.into_restrictions().map(Restriction::Any)
    }
}

impl<T, R: IntoRestriction<T>> IntoRestriction<T> for Not<R> {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::Not(Box::new(self.0.into_restriction()?)))
    }
}
