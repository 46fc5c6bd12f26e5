//! Rows: read into types, written from types, or as maps.

use std::borrow::Cow;

use djc_core::query::Columns;
use djc_core::value::Value;

use crate::field::{Field, Given, ReadError};

/// What a row can be read into.
pub trait FromRow: Sized {
    /// Returns which attributes it needs, in the order in which it reads them.
    fn columns() -> Columns;

    /// Reads it.
    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError>;
}

/// What can be inserted as a row of the table `T`.
///
/// Generated rows are of their own table only. Maps, and values by position (tuples, `Vec<Value>`), are of any; what they lack is found when
/// they are inserted.
pub trait IntoRow<T> {
    /// Hands its attributes over.
    fn into_row(self, out: &mut RowWriter);
}

/// Reads the values of a row one after the other, in the order of [`FromRow::columns`].
pub struct RowReader<'r> {
    at: usize,
    row: std::marker::PhantomData<&'r ()>,
}

impl RowReader<'_> {
    /// Reads the next value.
    pub fn take<V: Field>(&mut self) -> Result<V, ReadError> {
        self.at += 1;
        todo!("fetch")
    }
}

/// Takes the values of rows that are to be inserted.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct RowWriter {
    /// The values of all rows, one row behind the other.
    pub(crate) values: Vec<(Place, Given)>,
}

/// Which attribute a value is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The one of this name.
    Named(Cow<'static, str>),
    /// The one at this position of the heading: that of the value in its row.
    InOrder,
}

impl RowWriter {
    /// Takes the value of an attribute.
    pub fn set<V: Field>(&mut self, attribute: impl Into<Cow<'static, str>>, value: V) {
        self.give(attribute, value.give());
    }

    /// Takes the value of an attribute, or leaves it to the attribute's default.
    pub fn set_or_default<V: Field>(&mut self, attribute: impl Into<Cow<'static, str>>, value: Option<V>) {
        self.give(attribute, value.map_or(Given::Default, Field::give));
    }

    /// Takes what an attribute is given.
    pub fn give(&mut self, attribute: impl Into<Cow<'static, str>>, given: Given) {
        self.values.push((Place::Named(attribute.into()), given));
    }

    /// Takes the value of the next attribute in the order of the heading.
    pub fn give_next(&mut self, given: Given) {
        self.values.push((Place::InOrder, given));
    }
}

/// A row by names: what a query over no table in particular gives, and what may be inserted into any table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowMap {
    /// Attributes and values, in the order of the heading.
    pub values: Vec<(String, Value)>,
}

impl FromRow for RowMap {
    fn columns() -> Columns {
        Columns::All
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        let _ = row;
        todo!("fetch")
    }
}

impl<T> IntoRow<T> for RowMap {
    fn into_row(self, out: &mut RowWriter) {
        for (name, value) in self.values {
            out.give(name, Given::Value(value));
        }
    }
}

impl<T> IntoRow<T> for &RowMap {
    fn into_row(self, out: &mut RowWriter) {
        for (name, value) in &self.values {
            out.give(name.clone(), Given::Value(value.clone()));
        }
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for RowMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        RowMap { values: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

/// All values in the order of the heading.
impl<T> IntoRow<T> for Vec<Value> {
    fn into_row(self, out: &mut RowWriter) {
        for value in self {
            out.give_next(Given::Value(value));
        }
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        /// All values in the order of the heading.
        impl<T, $($name: Field),+> IntoRow<T> for ($($name,)+) {
            #[allow(non_snake_case, reason = "a value is called as its type")]
            fn into_row(self, out: &mut RowWriter) {
                let ($($name,)+) = self;
                $(out.give_next($name.give());)+
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
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);
