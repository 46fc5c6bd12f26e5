//! Universal sets: all values that some attributes could have.

use std::ops::BitAnd;

use djc_core::query::{QueryError, Restriction};

use super::{Dynamic, IntoComputed, IntoNames, IntoRestriction, Query};

/// datajoint's `U`: all rows that there could be, with some attributes as their key.
///
/// `U::of(["rig"]) & sessions` has the rigs that occur in `sessions`, and [`U::aggr`] groups by them. It restricts nothing itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct U(Vec<String>);

impl U {
    /// Returns the universal set of these attributes; of `()`, the one that has a single row.
    pub fn of(attributes: impl IntoNames) -> U {
        U(attributes.into_names())
    }

    /// Groups a query by these attributes and computes attributes of each group. Without attributes all rows are one group, even where there are none.
    pub fn aggr<T>(&self, query: &Query<T>, computed: impl IntoComputed) -> Query<Dynamic> {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        Query::from_core(query.check().and_then(|query| query.group_by(&names, &computed.into_computed())))
    }

    fn among<T>(&self, query: &Query<T>) -> Query<Dynamic> {
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        Query::from_core(query.check().and_then(|query| query.distinct(&names)))
    }
}

impl<T> BitAnd<Query<T>> for U {
    type Output = Query<Dynamic>;

    fn bitand(self, query: Query<T>) -> Query<Dynamic> {
        self.among(&query)
    }
}

impl<T> BitAnd<&Query<T>> for U {
    type Output = Query<Dynamic>;

    fn bitand(self, query: &Query<T>) -> Query<Dynamic> {
        self.among(query)
    }
}

impl<T> IntoRestriction<T> for U {
    fn into_restriction(self) -> Result<Restriction, QueryError> {
        Ok(Restriction::True)
    }
}
