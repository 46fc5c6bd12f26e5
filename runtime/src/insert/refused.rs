//! What a server's refusal of rows means.

use std::sync::Arc;

use djc_core::ir::TableId;
use djc_core::model::{Model, Scope};

use super::Existing;
use super::source::Rows;
use super::target::Target;
use crate::db::Db;
use crate::error::SqlError;
use crate::fault::{self, Attempt, Error, ErrorKind, Values, Verb};
use crate::table::Place;

/// The table whose rows were refused.
pub(super) struct Refused<'a> {
    pub scope: &'a Scope,
    pub model: &'a Arc<Model>,
    pub id: TableId,
    pub target: &'a Target,
}

/// How many rows are looked at; an error names one of them anyway.
const ROWS_MAX: usize = 1000;

impl Refused<'_> {
    /// Says what went wrong with rows; `of` are those of the statement that failed.
    pub async fn rows(&self, db: &mut Db, rows: &Arc<Rows>, of: &[usize], existing: Existing, error: SqlError) -> Error {
        if let Some(code) = error.code()
            && existing == Existing::Skip
            // NULL in the key of a row that is kept: it was found by another index than the key.
            && (code.is(&[1062, 1555, 2067], &["23505"]) || self.target.server.is_mysql_family() && code.is(&[1048], &[]))
        {
            return self.other_index(error);
        }
        let values: Vec<Values> = of.iter().take(ROWS_MAX).map(|at| self.values(rows.row(*at).iter())).collect();
        self.explain(db, Verb::Insert, &values, error).await
    }

    /// Says what went wrong with the change of one row.
    pub async fn update(&self, db: &mut Db, row: &[(Place, crate::field::Given)], error: SqlError) -> Error {
        let values = [self.values(row.iter())];
        self.explain(db, Verb::Update, &values, error).await
    }

    async fn explain(&self, db: &mut Db, verb: Verb, rows: &[Values], error: SqlError) -> Error {
        let attempt = Attempt { scope: self.scope, model: self.model, table: self.id, verb, rows };
        fault::explain(db, &attempt, error).await
    }

    /// Returns the values of a row as they were bound; those without one are left out.
    fn values<'r>(&self, row: impl Iterator<Item = &'r (Place, crate::field::Given)>) -> Values {
        let position = |at: usize, place: &Place| match place {
            Place::InOrder => Some(at),
            Place::Named(name) => self.target.position(name),
        };
        let bound = |(at, (place, given)): (usize, &(Place, crate::field::Given))| {
            let at = position(at, place)?;
            let value = self.target.encode(at, given).ok()??;
            Some((self.target.attributes[at].name.clone(), value))
        };
        row.enumerate().filter_map(bound).collect()
    }

    fn other_index(&self, error: SqlError) -> Error {
        let name = &self.target.name;
        let unique: Vec<String> = self.target.unique().map(|columns| format!("({})", columns.join(", "))).collect();
        let message = match unique.as_slice() {
            [] => format!("a row of {name} with another key has the same value in a unique index"),
            unique => format!("a row of {name} with another key has the same {}", unique.join(" or ")),
        };
        Error::new(ErrorKind::Duplicate, message)
            .table(name)
            .cause(error.to_string())
            .source(error)
            .next_step("to leave such rows out too, say skip_any_duplicates()")
            .next_step("to change the row that is there, use update1")
    }
}
