//! suite.
mod parse;
