//! djc: a schema-as-code compiler for DataJoint.
//!
//! The compiler is a pure function from texts to texts with the world at its edge; see ARCHITECTURE.md for the map.

pub mod check;
pub mod diag;
pub mod parser;

pub use djc_core as core;
