//! Rows one after the other, for results that are larger than memory.

use futures_util::stream::BoxStream;

use super::request::Request;
use crate::connection::Session;
use crate::fault::Error;
use crate::table::{FromRow, Query, Relation};

impl<T: Relation> Query<T> {
    /// Fetches rows one after the other, as the server sends them; only a few are in memory at a time.
    ///
    /// The query is one statement, so that what others delete meanwhile does not matter: all rows are of the moment when it began. The session is
    /// held until the stream is dropped or at its end; what is done in between needs a [`Connection`](crate::Connection) of its own. A stream may be
    /// dropped at any time.
    ///
    /// ```text
    /// let mut sessions = Session::all().stream(&db);
    /// while let Some(session) = sessions.try_next().await? { … }
    /// ```
    pub fn stream<'d>(&self, db: &'d dyn Session) -> BoxStream<'d, Result<T::Row, Error>>
    where
        T::Row: 'd,
    {
        self.stream_as(db)
    }
}

impl<T> Query<T> {
    /// As [`Query::stream`], into another type.
    pub fn stream_as<'d, R: FromRow + Send + 'd>(&self, db: &'d dyn Session) -> BoxStream<'d, Result<R, Error>> {
        rows(db, self.check().map_err(Error::from).and_then(|query| Request::new(query, db, &R::columns())))
    }
}

pub(super) fn rows<'d, R: FromRow + Send + 'd>(db: &'d dyn Session, request: Result<Request, Error>) -> BoxStream<'d, Result<R, Error>> {
    Box::pin(async_stream::try_stream! {
        let request = request?;
        request.ready(db).await?;
        let mut session = db.lock().await?;
        let mut rows = session.patient_rows(&request.sql).await.map_err(|error| request.refused(error))?;
        while let Some((row, layout)) = rows.next().await.map_err(|error| request.refused(error))? {
            yield request.read(&row, layout, R::from_row)?;
        }
    })
}
