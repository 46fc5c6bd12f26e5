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

/// What can be inserted as a row.
pub trait IntoRow {
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

/// Takes the values of a row that is to be inserted.
#[derive(Debug, Default)]
pub struct RowWriter {
    pub(crate) values: Vec<(Cow<'static, str>, Given)>,
}

impl RowWriter {
    /// Takes the value of an attribute.
    pub fn set<V: Field>(&mut self, attribute: impl Into<Cow<'static, str>>, value: V) {
        self.values.push((attribute.into(), value.give()));
    }

    /// Takes the value of an attribute, or leaves it to the attribute's default.
    pub fn set_or_default<V: Field>(&mut self, attribute: impl Into<Cow<'static, str>>, value: Option<V>) {
        self.values.push((attribute.into(), value.map_or(Given::Default, Field::give)));
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

impl IntoRow for RowMap {
    fn into_row(self, out: &mut RowWriter) {
        out.values.extend(self.values.into_iter().map(|(name, value)| (Cow::Owned(name), Given::Value(value))));
    }
}
