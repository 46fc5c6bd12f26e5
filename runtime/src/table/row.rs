//! Rows: read into types, written from types, or as maps.

use std::borrow::Cow;
use std::sync::Arc;

use djc_core::query::{Attribute, Columns};
use djc_core::value::Value;

use crate::db::{Layout, WireRow};
use crate::field::{Cell, Field, Given, ReadError};

/// What a row can be read into.
pub trait FromRow: Sized + Send + 'static {
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
    row: &'r WireRow,
    layout: &'r Layout,
    selection: &'r Selection,
    at: usize,
}

/// What a query was asked for, and where each of it stands in the rows that come.
#[derive(Debug)]
pub(crate) struct Selection {
    /// What comes, in order of the columns of the result.
    pub(crate) columns: Vec<Attribute>,
    /// For each value that is read, its place among the columns; a join of two tables has what they share only once.
    pub(crate) order: Vec<usize>,
    /// The name of each value that is read, for maps of all rows.
    names: Arc<Vec<String>>,
}

impl Selection {
    pub(crate) fn new(columns: Vec<Attribute>, order: Vec<usize>) -> Self {
        let names = order.iter().map(|at| columns[*at].name.clone()).collect();
        Selection { columns, order, names: Arc::new(names) }
    }
}

impl<'r> RowReader<'r> {
    pub(crate) fn new(row: &'r WireRow, layout: &'r Layout, selection: &'r Selection) -> Self {
        RowReader { row, layout, selection, at: 0 }
    }

    /// Reads the next value.
    ///
    /// # Errors
    /// A value that is not of this type, and a row that has no more values.
    pub fn take<V: Field>(&mut self) -> Result<V, ReadError> {
        let cell = self.next_cell()?.ok_or_else(|| ReadError {
            attribute: String::new(),
            value: String::new(),
            reason: format!("the row has only {} values; what it is read into wants more", self.selection.order.len()),
        })?;
        V::read(&cell)
    }

    /// Takes the next value as it came; `None` behind the last one.
    ///
    /// # Errors
    /// A value of a type that nothing reads.
    pub fn next_cell(&mut self) -> Result<Option<Cell<'r>>, ReadError> {
        let Some(column) = self.selection.order.get(self.at) else { return Ok(None) };
        self.at += 1;
        self.cell(*column).map(Some)
    }

    fn cell(&self, column: usize) -> Result<Cell<'r>, ReadError> {
        let attribute = &self.selection.columns[column];
        match self.row.raw(self.layout, column) {
            Ok(raw) => Ok(Cell { attribute, raw }),
            Err(error) => Err(ReadError { attribute: attribute.name.clone(), value: String::new(), reason: error.to_string() }),
        }
    }

    /// Returns the names of the values that are still to be read.
    fn names(&self) -> Arc<Vec<String>> {
        match self.at {
            0 => Arc::clone(&self.selection.names),
            at => Arc::new(self.selection.names[at..].to_vec()),
        }
    }

    /// Returns what of the key can be read, for a message about the row.
    pub(crate) fn key(&self) -> Vec<(String, String)> {
        let key = self.selection.columns.iter().enumerate().filter(|(_, attribute)| attribute.in_key);
        let read = key.filter_map(|(at, attribute)| {
            let value = Value::read(&self.cell(at).ok()?).ok()?;
            Some((attribute.name.clone(), value.to_string()))
        });
        read.collect()
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

    /// Returns names and values. What a key never holds, files and defaults, is left out.
    pub(crate) fn into_values(self) -> Vec<(String, Value)> {
        let value = |(place, given): (Place, Given)| match (place, given) {
            (Place::Named(name), Given::Value(value)) => Some((name.into_owned(), value)),
            (Place::Named(_) | Place::InOrder, _) => None,
        };
        self.values.into_iter().filter_map(value).collect()
    }
}

/// Reads two things from one row: the tables of a join, for example.
impl<A: FromRow, B: FromRow> FromRow for (A, B) {
    fn columns() -> Columns {
        both(A::columns(), B::columns())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok((A::from_row(row)?, B::from_row(row)?))
    }
}

/// Reads three things from one row.
impl<A: FromRow, B: FromRow, C: FromRow> FromRow for (A, B, C) {
    fn columns() -> Columns {
        both(both(A::columns(), B::columns()), C::columns())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok((A::from_row(row)?, B::from_row(row)?, C::from_row(row)?))
    }
}

/// Returns the columns of both. What takes all of a row leaves nothing for another: reading says so.
fn both(left: Columns, right: Columns) -> Columns {
    match (left, right) {
        (Columns::Named(mut left), Columns::Named(right)) => {
            left.extend(right);
            Columns::Named(left)
        }
        (Columns::All | Columns::Key | Columns::Named(_), _) => Columns::All,
    }
}

/// A row by names: what a query over no table in particular gives, and what may be inserted into any table.
///
/// Attributes stand in the order of the heading. The rows of one result have their names in common.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowMap {
    names: Arc<Vec<String>>,
    values: Vec<Value>,
}

impl FromRow for RowMap {
    fn columns() -> Columns {
        Columns::All
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        let names = row.names();
        let mut values = Vec::with_capacity(names.len());
        while let Some(cell) = row.next_cell()? {
            values.push(Value::read(&cell)?);
        }
        Ok(RowMap { names, values })
    }
}

impl RowMap {
    /// Returns the value of an attribute.
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        self.iter().find(|(name, _)| *name == attribute).map(|(_, value)| value)
    }

    /// Returns the names of the attributes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the values, in the order of the names.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns names and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }
}

/// Names and values.
impl IntoIterator for RowMap {
    type Item = (String, Value);
    type IntoIter = std::iter::Zip<std::vec::IntoIter<String>, std::vec::IntoIter<Value>>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.names).into_iter().zip(self.values)
    }
}

impl<T> IntoRow<T> for RowMap {
    fn into_row(self, out: &mut RowWriter) {
        for (name, value) in self {
            out.give(name, Given::Value(value));
        }
    }
}

impl<T> IntoRow<T> for &RowMap {
    fn into_row(self, out: &mut RowWriter) {
        for (name, value) in self.iter() {
            out.give(name.to_string(), Given::Value(value.clone()));
        }
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for RowMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let (names, values): (Vec<String>, Vec<Value>) = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).unzip();
        RowMap { names: Arc::new(names), values }
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
