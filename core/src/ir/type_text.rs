//! Reading the type text of an attribute line, as each generation reads it.
//!
//! Written by the dialect part; see the tests beside `definition-cases.json`.
