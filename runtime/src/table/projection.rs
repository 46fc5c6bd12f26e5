//! What a projection selects, renames and computes.

use djc_core::query;

use super::{Column, IntoName, IntoNames};

/// A projection. The key is always part of it.
///
/// ```
/// use djc_runtime::table::Projection;
/// let _ = Projection::key().keep("rig").compute("double", "sess * 2");
/// let _ = Projection::all().without("note").rename("source", "subject_id");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Projection(query::Projection);

impl Projection {
    /// The key alone: `proj()`.
    pub fn key() -> Self {
        Projection::default()
    }

    /// Everything: `proj(...)`.
    pub fn all() -> Self {
        Projection(query::Projection { all: true, ..query::Projection::default() })
    }

    /// Keeps dependent attributes.
    pub fn keep(mut self, names: impl IntoNames) -> Self {
        self.0.names.extend(names.into_names());
        self
    }

    /// Leaves dependent attributes out, of a projection of everything.
    pub fn without(mut self, names: impl IntoNames) -> Self {
        self.0.without.extend(names.into_names());
        self
    }

    /// Gives an attribute a new name: `proj(new='old')`. One of the key stays in the key.
    pub fn rename(mut self, new: impl Into<String>, old: impl IntoName) -> Self {
        self.0.renamed.push((new.into(), old.into_name()));
        self
    }

    /// Computes an attribute: `proj(new='expression')`; of `(old)`, a copy under a second name.
    pub fn compute(mut self, new: impl Into<String>, expression: impl Into<String>) -> Self {
        self.0.computed.push((new.into(), expression.into()));
        self
    }
}

impl From<Projection> for query::Projection {
    fn from(projection: Projection) -> Self {
        projection.0
    }
}

impl From<()> for Projection {
    fn from((): ()) -> Self {
        Projection::key()
    }
}

impl From<&str> for Projection {
    fn from(name: &str) -> Self {
        Projection::key().keep(name)
    }
}

impl<T, V> From<Column<T, V>> for Projection {
    fn from(column: Column<T, V>) -> Self {
        Projection::key().keep(column)
    }
}

impl<N: IntoName, const COUNT: usize> From<[N; COUNT]> for Projection {
    fn from(names: [N; COUNT]) -> Self {
        Projection::key().keep(names)
    }
}

/// What an aggregation computes: pairs of a new name and an expression of a group, `("n", "count(*)")`, in an array or a `Vec`.
pub trait IntoComputed {
    /// Returns names and expressions.
    fn into_computed(self) -> Vec<(String, String)>;
}

impl<N: Into<String>, E: Into<String>> IntoComputed for (N, E) {
    fn into_computed(self) -> Vec<(String, String)> {
        vec![(self.0.into(), self.1.into())]
    }
}

impl<N: Into<String>, E: Into<String>, const COUNT: usize> IntoComputed for [(N, E); COUNT] {
    fn into_computed(self) -> Vec<(String, String)> {
        self.into_iter().map(|(name, expression)| (name.into(), expression.into())).collect()
    }
}

impl<N: Into<String>, E: Into<String>> IntoComputed for Vec<(N, E)> {
    fn into_computed(self) -> Vec<(String, String)> {
        self.into_iter().map(|(name, expression)| (name.into(), expression.into())).collect()
    }
}
