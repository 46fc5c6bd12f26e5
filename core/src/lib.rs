//! The pure part of djc: what the compiler and the runtime share. No I/O, no async, no clock.
//!
//! * [`source`]: where every byte came from.
//! * [`ir`]: the logical model of a pipeline, resolved.
//! * [`catalog`]: the physical model of a database, what a server reports.
//! * [`dialect`]: how the first becomes the second, and how the second is said in SQL.
//! * [`diff`]: what differs between two catalogs, by meaning.
//! * [`plan`]: how one catalog becomes another while rows stay where they are.
//! * [`graph`], [`state`], [`model`]: which table stands on which; a pipeline as text; what a query knows of the tables.
//! * [`predicate`], [`query`]: DataJoint's query algebra, from operators to SQL with bound values.
//! * [`cascade`]: which rows a delete takes with it.
//! * [`contents`]: what a value of a lookup table is in its column.
//! * [`nearest`]: the name that was probably meant, for messages of every phase.
//! * [`settings`], [`secret`]: what datajoint's own settings say, and what of it is never printed.
//! * [`arrow`]: references in definitions of other languages, and the `use` lines that they need.
//! * [`text`]: texts put together from pieces, each with the place it was written at, for the front-ends of other languages.
//! * [`value`], [`blob`]: dynamic values, and DataJoint's bytes for them.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

pub mod arrow;
pub mod blob;
pub mod cascade;
pub mod catalog;
pub mod contents;
pub mod dialect;
pub mod diff;
pub mod graph;
pub mod ir;
pub mod model;
pub mod nearest;
pub mod npy;
pub mod parallel;
pub mod plan;
pub mod predicate;
pub mod query;
pub mod secret;
pub mod settings;
pub mod source;
pub mod state;
pub mod text;
pub mod value;
