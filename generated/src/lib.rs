// Written by `cargo xtask regen`; do not edit.
//! The tables of pipelines/, a module for each: what `djc generate --target rust` writes.

#[rustfmt::skip]
pub mod image;

#[rustfmt::skip]
pub mod modern;

#[rustfmt::skip]
pub mod spyglass;

#[rustfmt::skip]
pub mod workshop;
