//! One question to the server, and how its answer is read.

use std::sync::Arc;

use djc_core::ir::TableId;
use djc_core::model::Model;
use djc_core::query::{Attribute, AttributeKind, Columns, Query, Sql};

use super::ahead::Ahead;
use crate::connection::{Session, all_ready};
use crate::db::{Db, Layout, WireRow};
use crate::error::SqlError;
use crate::fault::{self, Attempt, Error, ErrorKind, Verb};
use crate::field::{self, ReadError};
use crate::table::{RowReader, Selection};

/// How a row is read.
pub(super) trait Read<R>: Fn(&mut RowReader<'_>) -> Result<R, ReadError> + Copy + Send + Sync + 'static {}

impl<R, F: Fn(&mut RowReader<'_>) -> Result<R, ReadError> + Copy + Send + Sync + 'static> Read<R> for F {}

/// A query with its SQL, and where what is wanted stands in its rows.
pub(super) struct Request {
    pub(super) sql: Sql,
    pub(super) selection: Selection,
    /// What messages call it.
    subject: String,
    /// The table, where it is one.
    base: Option<(Arc<Model>, TableId)>,
    /// What the database is held against first.
    models: Vec<Arc<Model>>,
}

impl Request {
    /// Returns the question for these columns of a query.
    pub(super) fn new(query: &Query, db: &dyn Session, wanted: &Columns) -> Result<Request, Error> {
        let scope = db.connection().dialect();
        let (sql, order) = match wanted {
            Columns::All | Columns::Key => {
                let sql = query.select(scope, wanted)?;
                let order = (0..sql.columns.len()).collect();
                (sql, order)
            }
            Columns::Named(names) => {
                let mut once: Vec<String> = Vec::with_capacity(names.len());
                let mut order = Vec::with_capacity(names.len());
                for name in names {
                    let at = once.iter().position(|known| known == name).unwrap_or(once.len());
                    if at == once.len() {
                        once.push(name.clone());
                    }
                    order.push(at);
                }
                (query.select(scope, &Columns::Named(once))?, order)
            }
        };
        Ok(Request::asking(query, sql, order))
    }

    /// Returns a question about a query whose answer is one value.
    pub(super) fn value(query: &Query, mut sql: Sql) -> Request {
        if sql.columns.is_empty() {
            let answer = Attribute {
                name: "answer".to_string(),
                in_key: false,
                nullable: false,
                kind: AttributeKind::Computed,
                lineage: None,
                home: None,
            };
            sql.columns.push(answer);
        }
        Request::asking(query, sql, vec![0])
    }

    /// Returns the question that is written already, for all of its columns.
    pub(super) fn written(mut sql: Sql) -> Request {
        let columns = std::mem::take(&mut sql.columns);
        let order = (0..columns.len()).collect();
        let selection = Selection::new(columns, order);
        Request { sql, selection, subject: "the query".to_string(), base: None, models: Vec::new() }
    }

    fn asking(query: &Query, mut sql: Sql, order: Vec<usize>) -> Request {
        let selection = Selection::new(std::mem::take(&mut sql.columns), order);
        let base = query.base();
        let subject = base.map_or("the query".to_string(), |(model, table)| model.display_name(table));
        let models = query.models().into_iter().cloned().collect();
        Request { sql, selection, subject, base: base.map(|(model, table)| (Arc::clone(model), table)), models }
    }

    /// Asks, and reads each row of the answer.
    pub(super) async fn collect<R: Send + 'static>(self: &Arc<Self>, db: &dyn Session, read: impl Read<R>) -> Result<Vec<R>, Error> {
        self.ready(db).await?;
        let mut session = db.lock().await?;
        match self.collect_once(&mut session, read).await? {
            Ok(rows) => Ok(rows),
            // A session that was replaced is asked once more; reading twice does no harm.
            Err(error @ SqlError::Lost { .. }) if !db.in_transaction() => {
                session.give_up(&error);
                drop(session);
                let mut session = db.lock().await?;
                self.collect_once(&mut session, read).await?.map_err(|error| self.refused(error))
            }
            Err(error) => {
                if error.is_lost() {
                    session.give_up(&error);
                }
                Err(self.explained(&mut session, db, error).await)
            }
        }
    }

    /// Holds the database against what the tables were generated for, before they are first read.
    pub(super) async fn ready(&self, db: &dyn Session) -> Result<(), Error> {
        all_ready(db, &self.models).await
    }

    /// Asks once; the inner error is what the server or the wire says.
    async fn collect_once<R: Send + 'static>(
        self: &Arc<Self>,
        session: &mut Db,
        read: impl Read<R>,
    ) -> Result<Result<Vec<R>, SqlError>, Error> {
        let mut rows = match session.rows(&self.sql).await {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(error)),
        };
        if self.selection.columns.iter().any(|attribute| field::is_packed(&attribute.kind)) {
            let mut ahead = Ahead::new(Arc::clone(self), read);
            loop {
                match rows.next().await {
                    Ok(Some((row, layout))) => ahead.push(row, layout).await?,
                    Ok(None) => return Ok(Ok(ahead.finish(rows.layout()).await?)),
                    Err(error) => return Ok(Err(error)),
                }
            }
        }
        let mut out = Vec::new();
        loop {
            match rows.next().await {
                Ok(Some((row, layout))) => out.push(self.read(&row, layout, read)?),
                Ok(None) => return Ok(Ok(out)),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// Reads a row.
    pub(super) fn read<R>(&self, row: &WireRow, layout: &Layout, read: impl Read<R>) -> Result<R, Error> {
        self.check(layout)?;
        read(&mut RowReader::new(row, layout, &self.selection)).map_err(|error| self.unreadable(error, row, layout))
    }

    /// Checks that the server answers with the columns that were asked for.
    pub(super) fn check(&self, layout: &Layout) -> Result<(), Error> {
        let (found, expected) = (layout.len(), self.selection.columns.len());
        // A key without attributes is asked for with one column that means nothing.
        if found == expected || expected == 0 {
            return Ok(());
        }
        Err(SqlError::Unexpected(format!("the server answers with {found} columns, not with {expected}")).into())
    }

    /// Makes an error of a value that cannot be read, with the key of its row.
    pub(super) fn unreadable(&self, error: ReadError, row: &WireRow, layout: &Layout) -> Error {
        let ReadError { attribute, value, reason } = error;
        let place = if attribute.is_empty() { self.subject.clone() } else { format!("attribute `{attribute}` of {}", self.subject) };
        let mut fault = self.named(Error::new(ErrorKind::Read, format!("{place} cannot be read: {reason}")));
        if !attribute.is_empty() {
            fault = fault.value(attribute.clone(), value);
        }
        let key = RowReader::new(row, layout, &self.selection).key();
        key.into_iter().filter(|(name, _)| *name != attribute).fold(fault, |fault, (name, value)| fault.value(name, value))
    }

    /// Explains a table that is not there, may not be read or is locked; which of several tables it is, the server says.
    async fn explained(&self, session: &mut Db, db: &dyn Session, error: SqlError) -> Error {
        let is_about = |stored: &str| match &error {
            // SQLite has no number of its own for it.
            SqlError::Server { code, message, .. } => {
                let named = code.is_denied() || code.is_missing() || message.starts_with("no such table");
                code.is_contention() || named && message.contains(stored)
            }
            SqlError::Lost { .. }
            | SqlError::Timeout { .. }
            | SqlError::Decode { .. }
            | SqlError::Arguments { .. }
            | SqlError::Unexpected(_) => false,
        };
        match &self.base {
            Some((model, table)) if is_about(&model.table(*table).stored) => {
                let attempt = Attempt { scope: db.connection().dialect(), model, table: *table, verb: Verb::Select, rows: &[] };
                fault::explain(session, &attempt, error).await
            }
            Some(_) | None => self.refused(error),
        }
    }

    /// Makes an error of the server's refusal.
    pub(super) fn refused(&self, error: SqlError) -> Error {
        let error = Error::from(error);
        self.named(error)
    }

    fn named(&self, error: Error) -> Error {
        if self.base.is_some() { error.table(self.subject.clone()) } else { error }
    }

    /// Returns the error for a number of rows that is not one.
    pub(super) fn count_error(&self, found: u64) -> Error {
        let (message, step) = match found {
            0 => {
                (format!("fetch1 needs one row, and {} has none", self.subject), "Check the restriction; `fetch` takes any number of rows.")
            }
            found => (
                format!("fetch1 needs one row, and {} has {found}", self.subject),
                "Restrict it by the whole key of the row; `fetch` takes any number of rows.",
            ),
        };
        self.named(Error::new(ErrorKind::Count, message)).next_step(step)
    }
}
