//! suite.
mod parse;
//! The one test binary of djc: a module for each promise.

mod cli;
mod diag;
mod support;
mod tidy;
