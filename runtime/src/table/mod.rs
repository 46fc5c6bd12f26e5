//! Tables as types: what generated modules are made of.
//!
//! Generated code has a type for each table (`Subject`) that names its row, its key and what is inserted; [`Query`] is a relation over it. Tiers are
//! traits: [`Insertable`] for manual and lookup tables and their parts, [`AutoPopulated`] for imported and computed ones.

mod column;
mod name;
mod operators;
mod order;
mod projection;
mod query;
mod restriction;
mod row;
mod universal;

use std::sync::Arc;

use djc_core::ir::TableId;
use djc_core::model::Model;
use djc_core::value::Value;

pub use column::{Column, Condition, IntoField, TextField};
pub use name::{IntoName, IntoNames};
pub use order::{IntoOrder, OrderBy};
pub use projection::{IntoComputed, Projection};
pub use query::{Dynamic, Query, Relation};
pub use restriction::{AllOf, AnyOf, IntoRestriction, IntoRestrictions, Not, all_of, any_of, not};
pub use row::{FromRow, IntoRow, RowMap, RowReader, RowWriter};
pub(crate) use row::{Place, Selection};
pub use universal::U;

/// A table of a pipeline.
pub trait Table: Sized + Send + Sync + 'static {
    /// A whole row.
    type Row: FromRow + Send;
    /// The primary key of a row.
    type Key: FromRow + Key + Send;
    /// What is inserted: attributes with a default are optional.
    type New: IntoRow<Self> + Send;

    /// `module.Class`, `module.Master.Part`.
    const NAME: &'static str;

    /// Returns the pipeline that it belongs to.
    fn model() -> &'static Arc<Model>;

    /// Returns which table of it this is.
    fn id() -> TableId {
        Self::model().find(Self::NAME).expect("generated code and its model were written together")
    }

    /// Returns all rows.
    fn all() -> Query<Self> {
        Query::all()
    }
}

/// A table whose rows people enter: manual, lookup, and the parts of such.
///
/// ```
/// # use djc_generated::workshop::workshop::{NewSubject, Subject};
/// # async fn right(db: &djc_runtime::Connection) -> Result<(), djc_runtime::Error> {
/// Subject::insert1(db, NewSubject::new("m1")).await?;
/// # Ok(()) }
/// ```
///
/// A row of a computed table is made and not entered:
///
/// ```compile_fail,E0599
/// # use djc_generated::workshop::workshop::{MyAnalysis, NewMyAnalysis};
/// # async fn wrong(db: &djc_runtime::Connection, row: NewMyAnalysis) -> Result<(), djc_runtime::Error> {
/// MyAnalysis::insert1(db, row).await?;
/// # Ok(()) }
/// ```
///
/// ```compile_fail,E0277
/// # use djc_generated::workshop::workshop::{MyAnalysis, NewMyAnalysis};
/// # async fn wrong(db: &djc_runtime::Connection, row: NewMyAnalysis) -> Result<(), djc_runtime::Error> {
/// djc_runtime::insert::one::<MyAnalysis>(db, row).await?;
/// # Ok(()) }
/// ```
pub trait Insertable: Table {}

/// A table that is filled by `populate`: imported, computed. Its rows and those of its parts are inserted while it is made.
pub trait AutoPopulated: Table {}

/// A table whose rows can be deleted by themselves: every one but parts, which go with their masters.
pub trait Deletable: Table {}

/// A part of a master; deleted with it.
pub trait PartOf: Table {
    /// The master.
    type Master: Table;
}

/// The key of a row: restricts every query that has attributes of these names.
pub trait Key: Clone + IntoRow<Dynamic> {
    /// Returns the attributes and their values.
    fn to_values(&self) -> Vec<(String, Value)> {
        let mut out = RowWriter::default();
        self.clone().into_row(&mut out);
        out.into_values()
    }
}

impl<K: Key> IntoRow<Dynamic> for &K {
    fn into_row(self, out: &mut RowWriter) {
        self.clone().into_row(out);
    }
}

impl<K: Key> Key for &K {}
