//! Fetching: all rows, one, keys, a column, maps, counts.
//!
//! A query runs when one of these is awaited, and only then. Rows are read into their types as they arrive from the server. A value that cannot
//! be read is an error that names table, attribute, value and the key of the row.

mod ahead;
#[cfg(feature = "arrow")]
mod arrow;
mod request;
mod stream;

use std::sync::Arc;

use djc_core::query::{Columns, Sql, Top};
use futures_util::stream::BoxStream;

use crate::connection::Session;
use crate::fault::Error;
use crate::field::Field;
use crate::table::{Column, FromRow, IntoRestriction, Query, Relation, RowMap, RowReader};
use request::Request;

/// Fetches the rows of a query that is written in SQL already, with its columns said.
///
/// # Errors
/// What the server says, and [`ErrorKind::Read`](crate::ErrorKind::Read).
pub async fn sql<R: FromRow>(db: &dyn Session, sql: &Sql) -> Result<Vec<R>, Error> {
    Arc::new(Request::written(sql.clone())).collect(db, R::from_row).await
}

/// As [`sql`], one row after the other; see [`Query::stream`].
pub fn sql_stream<'d, R: FromRow + Send + 'd>(db: &'d dyn Session, sql: Sql) -> BoxStream<'d, Result<R, Error>> {
    stream::rows(db, Ok(Request::written(sql)))
}

impl<T: Relation> Query<T> {
    /// Fetches all rows.
    ///
    /// # Errors
    /// What an operator refused, what the server says, and [`ErrorKind::Read`](crate::ErrorKind::Read) for a value that the type of its attribute cannot hold.
    pub async fn fetch(&self, db: &dyn Session) -> Result<Vec<T::Row>, Error> {
        self.fetch_as(db).await
    }

    /// Fetches the one row that there is.
    ///
    /// # Errors
    /// [`ErrorKind::Count`](crate::ErrorKind::Count) when there is none, or more than one.
    pub async fn fetch1(&self, db: &dyn Session) -> Result<T::Row, Error> {
        self.fetch1_as(db).await
    }

    /// Fetches the keys of all rows.
    pub async fn keys(&self, db: &dyn Session) -> Result<Vec<T::Key>, Error> {
        let request = Arc::new(Request::new(self.check()?, db, &T::key())?);
        request.collect(db, T::Key::from_row).await
    }
}

impl<T> Query<T> {
    /// Fetches all rows into another type: the row of a table that was joined in, or of both as a pair.
    pub async fn fetch_as<R: FromRow>(&self, db: &dyn Session) -> Result<Vec<R>, Error> {
        let request = Arc::new(Request::new(self.check()?, db, &R::columns())?);
        request.collect(db, R::from_row).await
    }

    /// Fetches the one row that there is into another type.
    ///
    /// # Errors
    /// [`ErrorKind::Count`](crate::ErrorKind::Count) when there is none, or more than one.
    pub async fn fetch1_as<R: FromRow>(&self, db: &dyn Session) -> Result<R, Error> {
        // Two rows prove that there is more than one, and the others stay where they are.
        let query = self.check()?;
        let two = query.top(&Top { limit: Some(2), offset: 0, order: None })?;
        let request = Arc::new(Request::new(&two, db, &R::columns())?);
        let mut rows = request.collect(db, R::from_row).await?;
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row),
            (None, _) => Err(request.count_error(0)),
            (Some(_), false) => Err(request.count_error(self.count(db).await?)),
        }
    }

    /// Fetches all rows as maps, with values of the declared types.
    pub async fn fetch_maps(&self, db: &dyn Session) -> Result<Vec<RowMap>, Error> {
        self.fetch_as(db).await
    }

    /// Fetches the values of one attribute, in the order of the rows.
    pub async fn column<U, V: Field>(&self, db: &dyn Session, column: Column<U, V>) -> Result<Vec<V>, Error> {
        let request = Arc::new(Request::new(self.check()?, db, &Columns::Named(vec![column.name().to_string()]))?);
        request.collect(db, |row: &mut RowReader<'_>| row.take()).await
    }

    /// Counts the rows.
    pub async fn count(&self, db: &dyn Session) -> Result<u64, Error> {
        Ok(self.value(db, self.check()?.count(db.connection().dialect())?).await?.unwrap_or(0))
    }

    /// Returns whether there is no row.
    pub async fn is_empty(&self, db: &dyn Session) -> Result<bool, Error> {
        let exists: Option<bool> = self.value(db, self.check()?.exists(db.connection().dialect())?).await?;
        Ok(!exists.unwrap_or(false))
    }

    /// Returns whether a row satisfies the restriction, as `restriction in query` of datajoint.
    pub async fn contains<R: IntoRestriction<T>>(&self, db: &dyn Session, restriction: R) -> Result<bool, Error> {
        Ok(!(self.clone() & restriction).is_empty(db).await?)
    }

    /// Reads the first value of the first row; no row is `None`.
    async fn value<V: Field>(&self, db: &dyn Session, sql: Sql) -> Result<Option<V>, Error> {
        let request = Arc::new(Request::value(self.check()?, sql));
        Ok(request.collect(db, |row: &mut RowReader<'_>| row.take()).await?.pop())
    }
}
