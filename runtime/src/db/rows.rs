//! The rows of a query, one after the other as the server sends them.

use std::sync::Arc;
use std::time::Duration;

use djc_core::query::Sql;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use sqlx::Either;

use super::raw::Raw;
use super::standing::Standing;
use super::{Db, Link, mysql, postgres, sqlite};
use crate::error::{SqlError, brief};
use crate::value::SqlValue;

/// Rows that are still to come. Only what the driver has read ahead is held in memory.
pub(crate) struct Rows<'a> {
    source: Source<'a>,
    /// What the columns hold; known with the first row.
    layout: Option<Arc<Layout>>,
    standing: &'a mut Standing,
    limit: Duration,
    text: &'a str,
}

/// What a driver gives: rows, and at the end how many.
pub(super) type Driven<'a, Done, Row> = BoxStream<'a, Result<Either<Done, Row>, sqlx::Error>>;

enum Source<'a> {
    MySql(Driven<'a, mysql::Done, mysql::WireRow>),
    Postgres(Driven<'a, postgres::Done, postgres::WireRow>),
    Sqlite(Driven<'a, sqlite::Done, sqlite::WireRow>),
}

/// A row as its driver has it.
pub(crate) enum WireRow {
    MySql(mysql::WireRow),
    Postgres(postgres::WireRow),
    Sqlite(sqlite::WireRow),
}

/// What the columns of a result hold; the same for all of its rows.
pub(crate) enum Layout {
    MySql(Vec<mysql::Kind>),
    Postgres(Vec<postgres::Kind>),
    Sqlite(Vec<sqlite::Kind>),
}

impl Layout {
    fn of(row: &WireRow) -> Result<Layout, SqlError> {
        Ok(match row {
            WireRow::MySql(row) => Layout::MySql(mysql::kinds(row)?),
            WireRow::Postgres(row) => Layout::Postgres(postgres::kinds(row)?),
            WireRow::Sqlite(row) => Layout::Sqlite(sqlite::kinds(row)?),
        })
    }

    /// Returns a value of the kind that a column holds; `None` where each value says it itself.
    #[cfg(feature = "arrow")]
    pub(crate) fn example(&self, at: usize) -> Option<Raw<'static>> {
        match self {
            Layout::MySql(kinds) => kinds[at].example(),
            Layout::Postgres(kinds) => kinds[at].example(),
            Layout::Sqlite(_) => None,
        }
    }

    /// Returns how many columns there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Layout::MySql(kinds) => kinds.len(),
            Layout::Postgres(kinds) => kinds.len(),
            Layout::Sqlite(kinds) => kinds.len(),
        }
    }
}

impl WireRow {
    /// Returns about how many bytes the values take.
    pub(crate) fn size(&self, layout: &Layout) -> usize {
        let of_value = |at| match self.raw(layout, at) {
            Ok(Raw::Text(bytes) | Raw::Bytes(bytes) | Raw::Json(bytes)) => bytes.len(),
            Ok(_) | Err(_) => 16,
        };
        (0..layout.len()).map(of_value).sum()
    }

    /// Reads the value at `at`, which is less than [`Layout::len`].
    pub(crate) fn raw(&self, layout: &Layout, at: usize) -> Result<Raw<'_>, SqlError> {
        match (self, layout) {
            (WireRow::MySql(row), Layout::MySql(kinds)) => mysql::raw(row, at, kinds[at]),
            (WireRow::Postgres(row), Layout::Postgres(kinds)) => postgres::raw(row, at, kinds[at]),
            (WireRow::Sqlite(row), Layout::Sqlite(kinds)) => sqlite::raw(row, at, kinds[at]),
            (WireRow::MySql(_) | WireRow::Postgres(_) | WireRow::Sqlite(_), _) => unreachable!("a result comes from one driver"),
        }
    }
}

impl Rows<'_> {
    /// Waits for the next row; `None` behind the last one.
    pub(crate) async fn next(&mut self) -> Result<Option<(WireRow, &Arc<Layout>)>, SqlError> {
        *self.standing = Standing::Midway;
        let outcome = self.wait().await;
        *self.standing = match &outcome {
            Ok(Some(_)) => Standing::Rows,
            Err(error) if error.is_lost() => Standing::Over { cause: error.to_string() },
            Ok(None) | Err(_) => Standing::Ready,
        };
        let Some(row) = outcome? else { return Ok(None) };
        if self.layout.is_none() {
            self.layout = Some(Arc::new(Layout::of(&row)?));
        }
        Ok(self.layout.as_ref().map(|layout| (row, layout)))
    }

    /// Returns what the columns hold, once there was a row.
    pub(crate) fn layout(&self) -> Option<&Layout> {
        self.layout.as_deref()
    }

    async fn wait(&mut self) -> Result<Option<WireRow>, SqlError> {
        loop {
            // Most rows are already here, and a timer for each would cost as much as the row.
            let item = match self.poll().now_or_never() {
                Some(item) => item,
                None => match tokio::time::timeout(self.limit, self.poll()).await {
                    Ok(item) => item,
                    Err(_) => return Err(SqlError::Timeout { seconds: self.limit.as_secs(), statement: brief(self.text) }),
                },
            };
            match item {
                None => return Ok(None),
                Some(Ok(Some(row))) => return Ok(Some(row)),
                // How many rows there were.
                Some(Ok(None)) => {}
                Some(Err(error)) => return Err(SqlError::from_sqlx(error, self.text)),
            }
        }
    }

    async fn poll(&mut self) -> Option<Result<Option<WireRow>, sqlx::Error>> {
        Some(match &mut self.source {
            Source::MySql(rows) => rows.next().await?.map(|item| item.right().map(WireRow::MySql)),
            Source::Postgres(rows) => rows.next().await?.map(|item| item.right().map(WireRow::Postgres)),
            Source::Sqlite(rows) => rows.next().await?.map(|item| item.right().map(WireRow::Sqlite)),
        })
    }
}

impl Db {
    /// Runs a query; its rows are read as they come. A wait for one has the limit of a statement.
    pub(crate) async fn rows<'a>(&'a mut self, sql: &'a Sql) -> Result<Rows<'a>, SqlError> {
        let values = self.bindable(sql)?;
        self.enter(&sql.text).await?;
        self.begin_rows(sql, values)
    }

    /// As [`Db::rows`], for a reader who takes any time between two rows.
    pub(crate) async fn patient_rows<'a>(&'a mut self, sql: &'a Sql) -> Result<Rows<'a>, SqlError> {
        let values = self.bindable(sql)?;
        self.be_patient().await?;
        self.note(&sql.text);
        self.begin_rows(sql, values)
    }

    fn bindable(&self, sql: &Sql) -> Result<Vec<SqlValue>, SqlError> {
        let values: Option<Vec<SqlValue>> = sql.values.iter().cloned().map(SqlValue::from_literal).collect();
        let values = values.ok_or_else(|| SqlError::Unexpected(format!("{}: DEFAULT is no value to compare with", brief(&sql.text))))?;
        self.check_count(&sql.text, &values)?;
        Ok(values)
    }

    fn begin_rows<'a>(&'a mut self, sql: &'a Sql, values: Vec<SqlValue>) -> Result<Rows<'a>, SqlError> {
        let limit = self.options.operation_timeout;
        let text = sql.text.as_str();
        let source = match &mut self.link {
            Link::MySql(link) => Source::MySql(mysql::rows(link, text, &values)?),
            Link::Postgres(link) => Source::Postgres(postgres::rows(link, text, &values)?),
            Link::Sqlite(link) => Source::Sqlite(sqlite::rows(link, text, &values)?),
            Link::Closed { cause } => return Err(SqlError::Lost { statement: brief(text), cause: cause.clone() }),
        };
        Ok(Rows { source, layout: None, standing: &mut self.standing, limit, text })
    }
}
