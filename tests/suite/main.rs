//! The one test binary of djc: a module for each promise.

mod cli;
mod diag;
mod interop;
mod parse;
mod support;
mod tidy;
mod wild;
