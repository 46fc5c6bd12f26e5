//! A server that this build of the crate does not speak to.
//!
//! It stands in for the module of a driver whose cargo feature is off, so that nothing else asks which ones there are. Nobody has a connection of
//! it, which the compiler knows: what takes one is never called.

use futures_util::stream::BoxStream;
use sqlx::Either;

use super::raw::Raw;
use super::{Call, Failure};
use crate::error::{ServerCode, SqlError};
use crate::value::{Row, SqlArray, SqlValue};

pub(super) const BUILT_IN: bool = false;

/// A connection, of which there is none.
pub(super) enum Connection {}

/// A row, of which there is none.
pub(crate) enum WireRow {}

/// What a column holds that nobody has.
#[derive(Clone, Copy)]
pub(crate) enum Kind {}

#[cfg(feature = "arrow")]
impl Kind {
    pub(super) fn example(self) -> Option<Raw<'static>> {
        match self {}
    }
}

/// What would come at the end of rows.
pub(super) enum Done {}

/// Rows that would come one by one.
type Rows<'a> = BoxStream<'a, Result<Either<Done, WireRow>, sqlx::Error>>;

pub(super) async fn open<A, B>(_: A, _: B) -> Result<Connection, sqlx::Error> {
    Err(sqlx::Error::Configuration("the driver is not built in".into()))
}

pub(super) async fn close(link: Connection) -> Result<(), sqlx::Error> {
    match link {}
}

pub(super) async fn ping(link: &mut Connection) -> Result<(), sqlx::Error> {
    match *link {}
}

#[cfg(not(feature = "mysql"))]
pub(super) fn prepared_count(link: &Connection) -> usize {
    match *link {}
}

#[cfg(not(feature = "mysql"))]
pub(super) async fn forget_prepared(link: &mut Connection) -> Result<(), sqlx::Error> {
    match *link {}
}

pub(super) async fn execute(link: &mut Connection, _: &str, _: Call<'_>) -> Result<u64, Failure> {
    match *link {}
}

#[cfg_attr(feature = "postgres", expect(dead_code, reason = "only PostgreSQL takes arrays"))]
pub(super) async fn execute_arrays(link: &mut Connection, _: &str, _: Vec<SqlArray>) -> Result<u64, Failure> {
    match *link {}
}

pub(super) async fn query(link: &mut Connection, _: &str, _: &[SqlValue]) -> Result<Vec<Row>, Failure> {
    match *link {}
}

pub(super) fn rows<'a>(link: &'a mut Connection, _: &str, _: &[SqlValue]) -> Result<Rows<'a>, SqlError> {
    match *link {}
}

pub(super) fn kinds(row: &WireRow) -> Result<Vec<Kind>, SqlError> {
    match *row {}
}

pub(super) fn raw(row: &WireRow, _: usize, _: Kind) -> Result<Raw<'_>, SqlError> {
    match *row {}
}

pub(super) fn code(_: &dyn sqlx::error::DatabaseError) -> Option<ServerCode> {
    None
}
