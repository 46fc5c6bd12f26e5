//! What can be inserted: rows of many forms, all brought into one.

use djc_core::query;

use crate::fault::Error;
use crate::field::Given;
use crate::table::{IntoRow, Place, Query, RowWriter};

/// What can be inserted into the table `T`: anything that iterates over rows, a query, a file.
pub trait IntoRows<T> {
    /// Hands the rows over.
    fn into_rows(self) -> Source;
}

/// Rows that are to be inserted.
#[derive(Debug)]
pub struct Source(pub(super) Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// Rows that this program has.
    Rows(Rows),
    /// Rows that the server has.
    Query(Box<query::Query>),
    /// None, since something went wrong before.
    Failed(Error),
}

impl<T, I: IntoIterator> IntoRows<T> for I
where
    I::Item: IntoRow<T>,
{
    fn into_rows(self) -> Source {
        let mut rows = Rows::default();
        for row in self {
            row.into_row(&mut rows.writer);
            rows.ends.push(rows.writer.values.len());
        }
        Source(Kind::Rows(rows))
    }
}

/// `INSERT … SELECT`: the attributes that both have are copied, within the server.
impl<T, U> IntoRows<T> for Query<U> {
    fn into_rows(self) -> Source {
        Source(match self.check() {
            Ok(query) => Kind::Query(Box::new(query.clone())),
            Err(error) => Kind::Failed(error.into()),
        })
    }
}

/// The values of rows, one row behind the other.
#[derive(Debug, Default)]
pub(super) struct Rows {
    writer: RowWriter,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the values of all rows, to be changed.
    pub fn rows_mut(&mut self) -> Vec<&mut [(Place, Given)]> {
        let (mut rest, mut start, mut out) = (self.writer.values.as_mut_slice(), 0, Vec::with_capacity(self.ends.len()));
        for end in &self.ends {
            let (row, after) = rest.split_at_mut(end - start);
            out.push(row);
            (rest, start) = (after, *end);
        }
        out
    }

    /// Returns the values of a row.
    pub fn row(&self, at: usize) -> &[(Place, Given)] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.writer.values[start..self.ends[at]]
    }
}
