//! The one test binary of djc: a module for each promise.

mod bad_input;
mod check;
mod cli;
mod codes;
mod config;
mod deploy;
mod diag;
mod diff;
mod drift;
mod forms;
mod generate;
mod import;
mod interop;
mod limits;
mod parse;
mod patch;
mod pull;
mod random;
mod replay;
mod resolve;
mod sql;
mod status;
mod support;
mod tidy;
mod wild;
