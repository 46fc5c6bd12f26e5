//! Deleting rows with everything that stands on them, and dropping tables.
//!
//! A delete follows the *live* graph: all tables downstream, in all schemas, those of Python included that the program was never told of. It counts what
//! goes, asks if it is to ask, and then deletes children before parents in one transaction; when the numbers are not those that were shown, nothing
//! has happened. Rows of a part never go without their master's row unless the caller says so: [`Delete::force_parts`] leaves such masters behind,
//! [`Delete::force_masters`] takes them along, with their other parts and whatever stands on those, until nothing changes.
//!
//! [`delete_quick`](crate::Query::delete_quick) and [`drop_quick`] touch one table and leave the rest to the server.

mod drop;
mod live;
mod log;
mod pin;
mod preview;
mod quick;
mod refused;
mod run;
mod walk;

use std::future::{Future, IntoFuture};

use djc_core::query::Sql;

use crate::connection::{BoxFuture, Session};
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};
use crate::table::{Deletable, PartOf, Query, Table};
use crate::value::SqlValue;

pub use drop::{Drop, Dropped, drop, drop_quick, drop_table};
pub use live::{Rows, Target};
pub use preview::{Deleted, Lonely, Loss, Preview};

/// What happens to rows of a part whose master would stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Parts {
    /// Nothing is deleted.
    #[default]
    Refuse,
    /// They go.
    Force,
    /// Their masters go with them.
    WithMasters,
}

/// Asks whether to go on.
type Confirm<'s> = Box<dyn FnMut(&Preview) -> bool + Send + 's>;

/// A delete that runs when it is awaited.
pub struct Delete<'s> {
    session: &'s dyn Session,
    target: Result<Target, Error>,
    parts: Parts,
    confirm: Option<Confirm<'s>>,
    shown: Option<Preview>,
}

/// Returns a delete of rows of any table, by the names that the server knows.
pub fn delete(session: &dyn Session, target: Target) -> Delete<'_> {
    Delete { session, target: Ok(target), parts: Parts::Refuse, confirm: None, shown: None }
}

impl<T: Deletable> Query<T> {
    /// Deletes the rows with everything that stands on them.
    ///
    /// ```no_run
    /// # async fn run(db: &djc_runtime::Connection, query: djc_runtime::Query<impl djc_runtime::table::Deletable>) -> Result<(), djc_runtime::Error> {
    /// println!("{}", query.delete(db).preview().await?);
    /// let deleted = query.delete(db).await?;
    /// # let _ = deleted; Ok(()) }
    /// ```
    pub fn delete<'s>(&self, db: &'s dyn Session) -> Delete<'s> {
        Delete { session: db, target: target(self, db), parts: Parts::Refuse, confirm: None, shown: None }
    }
}

impl<T: PartOf> Query<T> {
    /// Deletes rows of a part. Without [`Delete::force_parts`] or [`Delete::force_masters`] this is refused, since a part goes with its master.
    pub fn delete_part<'s>(&self, db: &'s dyn Session) -> Delete<'s> {
        Delete { session: db, target: target(self, db), parts: Parts::Refuse, confirm: None, shown: None }
    }
}

impl<T: Table> Query<T> {
    /// Deletes the rows of this table alone, without a question; returns how many. The server refuses when other rows stand on them.
    pub async fn delete_quick(&self, db: &dyn Session) -> Result<u64, Error> {
        quick::delete(db, self.check()?).await
    }
}

fn target<T>(query: &Query<T>, db: &dyn Session) -> Result<Target, Error> {
    Target::of(query.check()?, db.connection().dialect())
}

impl<'s> Delete<'s> {
    /// Lets rows of parts go while their masters stay.
    pub fn force_parts(mut self) -> Self {
        self.parts = Parts::Force;
        self
    }

    /// Takes the masters of parts along that lose rows, with all of their parts.
    pub fn force_masters(mut self) -> Self {
        self.parts = Parts::WithMasters;
        self
    }

    /// Asks before anything is deleted. What the answer was given for is what goes: when rows came in between, nothing is deleted.
    pub fn confirm(mut self, ask: impl FnMut(&Preview) -> bool + Send + 's) -> Self {
        self.confirm = Some(Box::new(ask));
        self
    }

    /// Deletes what a preview has shown and nothing else: when rows came in between, nothing is deleted.
    pub fn exactly(mut self, preview: Preview) -> Self {
        self.shown = Some(preview);
        self
    }

    /// Returns what would be deleted, with exact numbers. Nothing is changed.
    pub fn preview(&self) -> impl Future<Output = Result<Preview, Error>> + Send {
        let (session, target, parts) = (self.session, self.target(), self.parts);
        async move { run::preview(session, &target?, parts).await.map(|(_, preview)| preview) }
    }

    fn target(&self) -> Result<Target, Error> {
        match &self.target {
            Ok(target) => Ok(target.clone()),
            Err(error) => Err(Error::new(error.kind(), error.details().message.clone())),
        }
    }
}

impl<'s> IntoFuture for Delete<'s> {
    type Output = Result<Deleted, Error>;
    type IntoFuture = BoxFuture<'s, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { run::delete(self.session, &self.target?, self.parts, self.confirm, self.shown).await })
    }
}

/// Returns the values of a statement as they are bound.
fn bound(sql: &Sql) -> Result<Vec<SqlValue>, Error> {
    let values: Option<Vec<SqlValue>> = sql.values.iter().cloned().map(SqlValue::from_literal).collect();
    values.ok_or_else(|| Error::from(SqlError::Unexpected("DEFAULT is no value to compare with".to_string())))
}

/// Returns the error for a part that is deleted or dropped by itself.
fn part_directly(verb: &str, part: &str, master: &str) -> Error {
    let error = Error::new(ErrorKind::PartDirectly, format!("Cannot {verb} from a Part directly. {} from master instead", capital(verb)));
    error.table(part).cause(format!("`{part}` is a part of `{master}`, and a master without its parts is half a result"))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
