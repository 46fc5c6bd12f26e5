//! `&`, `-`, `*`, `+` between queries, by value and by reference. A query is cheap to clone.

use std::ops::{Add, BitAnd, Mul, Sub};

use super::{Dynamic, IntoRestriction, Query};

impl<T, R: IntoRestriction<T>> BitAnd<R> for Query<T> {
    type Output = Query<T>;

    fn bitand(self, restriction: R) -> Query<T> {
        self.restrict(restriction)
    }
}

impl<T, R: IntoRestriction<T>> BitAnd<R> for &Query<T> {
    type Output = Query<T>;

    fn bitand(self, restriction: R) -> Query<T> {
        self.restrict(restriction)
    }
}

impl<T, R: IntoRestriction<T>> Sub<R> for Query<T> {
    type Output = Query<T>;

    fn sub(self, restriction: R) -> Query<T> {
        self.exclude(restriction)
    }
}

impl<T, R: IntoRestriction<T>> Sub<R> for &Query<T> {
    type Output = Query<T>;

    fn sub(self, restriction: R) -> Query<T> {
        self.exclude(restriction)
    }
}

macro_rules! binary {
    ($operator:ident, $function:ident, $method:ident) => {
        impl<T, U> $operator<Query<U>> for Query<T> {
            type Output = Query<Dynamic>;

            fn $function(self, other: Query<U>) -> Query<Dynamic> {
                self.$method(&other)
            }
        }

        impl<T, U> $operator<&Query<U>> for Query<T> {
            type Output = Query<Dynamic>;

            fn $function(self, other: &Query<U>) -> Query<Dynamic> {
                self.$method(other)
            }
        }

        impl<T, U> $operator<Query<U>> for &Query<T> {
            type Output = Query<Dynamic>;

            fn $function(self, other: Query<U>) -> Query<Dynamic> {
                self.$method(&other)
            }
        }

        impl<T, U> $operator<&Query<U>> for &Query<T> {
            type Output = Query<Dynamic>;

            fn $function(self, other: &Query<U>) -> Query<Dynamic> {
                self.$method(other)
            }
        }
    };
}

binary!(Mul, mul, join);
binary!(Add, add, union);
