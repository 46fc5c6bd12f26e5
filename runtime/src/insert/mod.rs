//! Inserts and updates.
//!
//! [`Insert`] says what shall happen; awaited, it happens as a whole or not at all. Every value is checked against the declared type before it
//! is sent, and is bound: nothing is cut to size, rounded away or read as SQL. Many rows go in many statements, each below the greatest packet that the
//! server takes, within one transaction, or within a savepoint of one that runs already.
//!
//! NULL means what it means in datajoint: the default of the attribute. So do NaN and the empty text where a number belongs.

mod csv;
mod kept;
mod packed;
mod prepare;
mod refused;
mod select;
mod send;
mod source;
mod statement;
mod target;
mod update;

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use djc_core::ir::{TableId, Tier};
use djc_core::model::Model;

use crate::connection::{BoxFuture, Session};
use crate::fault::{Error, ErrorKind};
use crate::table::{Dynamic, Insertable, IntoRow, Table};

pub use csv::Csv;
pub use source::{IntoRows, Source};
pub(crate) use target::Targets;
pub use update::{Change, update1, update1_in_table};

/// What happens to a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Existing {
    /// The insert fails.
    #[default]
    Refuse,
    /// The row that is there stays; a conflict in another unique index is an error.
    Skip,
    /// The row that is there stays, whichever unique index says so.
    SkipAny,
    /// The new row takes its place.
    Replace,
}

/// How rows are inserted.
#[derive(Debug, Clone, Default)]
struct Options {
    existing: Existing,
    ignore_extra_fields: bool,
    allow_direct_insert: bool,
    batch_bytes: Option<usize>,
}

/// What an insert did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inserted {
    /// Rows that are new, or took the place of others ([`Insert::replace`]).
    pub inserted: u64,
    /// Rows that were there already and stayed as they were.
    pub skipped: u64,
    /// The number that the server gave, where one row was inserted into a table that numbers its rows.
    pub id: Option<u64>,
}

/// Rows on their way into the table `T`. Awaited, they are inserted.
#[must_use = "nothing is inserted until it is awaited"]
pub struct Insert<'s, T = Dynamic> {
    session: &'s dyn Session,
    table: Result<(Arc<Model>, TableId), Error>,
    source: Source,
    options: Options,
    types: PhantomData<fn() -> T>,
}

/// Inserts rows into a table of people's: manual, lookup, or a part of such. Generated code has it as `Subject::insert(&db, rows)`.
///
/// `rows` are generated rows, maps, values by position, a [`Query`](crate::Query) (`INSERT … SELECT`), or a [`Csv`] file.
pub fn into<'s, T: Insertable>(session: &'s dyn Session, rows: impl IntoRows<T>) -> Insert<'s, T> {
    made(session, rows)
}

/// Inserts one row; see [`into`].
pub fn one<'s, T: Insertable>(session: &'s dyn Session, row: impl IntoRow<T>) -> Insert<'s, T> {
    into(session, [row])
}

/// Inserts rows into a table whoever fills it: what `populate` does with the rows that are made. Rows that a person enters into a computed table have
/// no trace of how they came to be.
pub fn made<'s, T: Table>(session: &'s dyn Session, rows: impl IntoRows<T>) -> Insert<'s, T> {
    let options = Options { allow_direct_insert: true, ..Options::default() };
    Insert { session, table: Ok((T::model().clone(), T::id())), source: rows.into_rows(), options, types: PhantomData }
}

/// Inserts rows into a table of a model. One that `populate` fills wants [`Insert::allow_direct_insert`].
pub fn into_table<'s>(session: &'s dyn Session, model: &Arc<Model>, id: TableId, rows: impl IntoRows<Dynamic>) -> Insert<'s, Dynamic> {
    Insert { session, table: Ok((model.clone(), id)), source: rows.into_rows(), options: Options::default(), types: PhantomData }
}

impl<'s, T> Insert<'s, T> {
    /// Leaves out rows whose primary key is in the table already, or was in a row before. A conflict in another unique index is an error, on every
    /// server; datajoint on the MySQL family skips such rows too ([`Insert::skip_any_duplicates`]).
    pub fn skip_duplicates(mut self) -> Self {
        self.options.existing = Existing::Skip;
        self
    }

    /// Leaves out rows that conflict with others in any unique index.
    pub fn skip_any_duplicates(mut self) -> Self {
        self.options.existing = Existing::SkipAny;
        self
    }

    /// Puts rows in the place of those that have the same primary key. What a row does not say gets its default.
    ///
    /// On the MySQL family this is `REPLACE`: the old row is deleted first, which fails on MariaDB and MySQL 8 where other rows refer to it, and takes
    /// away rows that conflict in any unique index. PostgreSQL and SQLite change the row that is there, so rows may refer to it.
    pub fn replace(mut self) -> Self {
        self.options.existing = Existing::Replace;
        self
    }

    /// Leaves out attributes that the table does not have. Only maps, queries and files can have such.
    pub fn ignore_extra_fields(mut self) -> Self {
        self.options.ignore_extra_fields = true;
        self
    }

    /// Allows rows for an imported or computed table that its `make` did not make.
    pub fn allow_direct_insert(mut self) -> Self {
        self.options.allow_direct_insert = true;
        self
    }

    /// Sends at most about so many bytes in one statement. Without it, half of the greatest packet that the server takes.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.options.batch_bytes = Some(bytes.max(1));
        self
    }

    /// Checks the rows as an insert would, and inserts none. What only the server knows is not checked: whether parents are there, and whether
    /// keys are new.
    ///
    /// # Errors
    /// The first rows that could not be inserted, a line each in the cause.
    pub async fn validate(self) -> Result<(), Error> {
        send::validate(self.plan()?).await
    }

    fn plan(self) -> Result<send::Plan<'s>, Error> {
        let Insert { session, table, source, options, .. } = self;
        let (model, id) = table?;
        if !options.allow_direct_insert {
            guard(&model, id)?;
        }
        Ok(send::Plan { session, model, id, source, options })
    }
}

/// Refuses a table that `populate` fills. Parts are not guarded, as in datajoint.
fn guard(model: &Model, id: TableId) -> Result<(), Error> {
    let name = model.display_name(id);
    match model.table(id).tier {
        Tier::Manual | Tier::Lookup | Tier::Part { .. } => Ok(()),
        tier @ (Tier::Imported | Tier::Computed) => {
            let message = format!("{name} is {}: its rows are made by populate", tier.word());
            Err(Error::new(ErrorKind::DirectInsert, message)
                .table(name)
                .next_step("run populate, which calls the table's make for every key of its parents")
                .next_step("to insert all the same, say allow_direct_insert()"))
        }
    }
}

impl<'s, T> IntoFuture for Insert<'s, T> {
    type Output = Result<Inserted, Error>;
    type IntoFuture = BoxFuture<'s, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let plan = self.plan();
        Box::pin(async move { send::run(plan?).await })
    }
}
