//! djc: a schema-as-code compiler for DataJoint.
//!
//! The compiler is a pure function from texts to texts with the world at its edge; see ARCHITECTURE.md for the map.

pub mod build;
pub mod check;
pub mod codegen;
#[cfg(all(feature = "cli", feature = "live"))]
pub mod commands;
pub mod compare;
pub mod config;
pub mod diag;
#[cfg(feature = "live")]
pub mod drift;
pub use djc_core::graph;
#[cfg(feature = "cli")]
pub mod import;
pub mod migrate;
pub mod output;
pub(crate) use djc_core::parallel;
pub mod parser;
#[cfg(feature = "cli")]
pub mod patch;
pub mod problems;
pub mod project;
pub mod resolve;

pub use djc_core as core;
