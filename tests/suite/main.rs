//! The one test binary of djc: a module for each promise.

mod bad_input;
mod check;
mod cli;
mod codes;
mod conformance;
mod deploy;
mod diag;
mod forms;
mod import;
mod interop;
mod limits;
mod parse;
mod python;
mod replay;
mod resolve;
mod sql;
mod support;
mod tidy;
