//! A table as generated code has it, made by hand.

use std::sync::Arc;

use djc_core::model::Model;
use djc_core::query::Columns;
use djc_runtime::connection::Session;
use djc_runtime::field::ReadError;
use djc_runtime::insert::{self, Insert, IntoRows};
use djc_runtime::table::{Column, FromRow, Insertable, IntoRow, Key as TableKey, RowReader, RowWriter, Table};

use super::world::MODEL;

#[derive(Debug, Clone, Copy)]
pub struct Subj;

#[allow(non_upper_case_globals, reason = "an attribute is called as it is")]
pub const age: Column<Subj, Option<i32>> = Column::new("age");
#[allow(non_upper_case_globals, reason = "an attribute is called as it is")]
pub const note: Column<Subj, String> = Column::new("note");

impl Subj {
    pub fn insert(db: &dyn Session, rows: impl IntoRows<Subj>) -> Insert<'_, Subj> {
        insert::into(db, rows)
    }

    pub fn insert1(db: &dyn Session, row: impl IntoRow<Subj>) -> Insert<'_, Subj> {
        insert::one(db, row)
    }
}

impl Table for Subj {
    type Row = Row;
    type Key = Key;
    type New = New;
    const NAME: &'static str = "lab.Subj";

    fn model() -> &'static Arc<Model> {
        &MODEL
    }
}

impl Insertable for Subj {}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub subj: String,
    pub age: Option<i32>,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub subj: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct New {
    pub subj: String,
    pub age: Option<i32>,
    pub note: Option<String>,
}

#[allow(clippy::self_named_constructors, reason = "generated code names it so")]
impl New {
    pub fn new(subj: impl Into<String>) -> New {
        New { subj: subj.into(), age: None, note: None }
    }
}

impl FromRow for Row {
    fn columns() -> Columns {
        Columns::Named(["subj", "age", "note"].map(String::from).into())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Row { subj: row.take()?, age: row.take()?, note: row.take()? })
    }
}

impl FromRow for Key {
    fn columns() -> Columns {
        Columns::Key
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Key { subj: row.take()? })
    }
}

impl<T> IntoRow<T> for Key {
    fn into_row(self, out: &mut RowWriter) {
        out.set("subj", self.subj);
    }
}

impl TableKey for Key {}

impl IntoRow<Subj> for New {
    fn into_row(self, out: &mut RowWriter) {
        out.set("subj", self.subj);
        out.set_or_default("age", self.age);
        out.set_or_default("note", self.note);
    }
}

impl IntoRow<Subj> for Row {
    fn into_row(self, out: &mut RowWriter) {
        out.set("subj", self.subj);
        out.set("age", self.age);
        out.set("note", self.note);
    }
}
