//! From text to tree: [`ast`] says what the author wrote.

pub mod ast;
