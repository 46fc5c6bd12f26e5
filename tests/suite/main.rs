//! The one test binary of djc: a module for each promise.

mod check;
mod cli;
mod diag;
mod import;
mod interop;
mod parse;
mod replay;
mod resolve;
mod support;
mod tidy;
mod wild;
