//! Migrations: from what a database has to what the files say, without losing a row.
//!
//! ```text
//!  state before (history) ─┐                        ┌─ lower ─► Catalog from ─┐
//!                          ├─ intent ─► Intent ─────┤                         ├─ planner ─► core::plan::Plan ─► SQL files, runtime
//!  pipeline now (files) ───┘    (names, annotations)└─ lower ─► Catalog to ───┘
//! ```
//!
//! What a person means (this table was renamed, that attribute gets this value in old rows) is logical and stands in an [`Intent`]; what one server
//! has to do follows from the two catalogs and a [`Mapping`], which is the intent in physical names. Everything here is pure.

pub mod contents;
mod mapping;
pub mod planner;

pub use mapping::{Intent, Mapping, Moment, TableFills};
