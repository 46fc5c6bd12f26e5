//! Inserts and updates on every server: what of the specification promise.

#[path = "insert/bad.rs"]
mod bad;
#[path = "insert/duplicates.rs"]
mod duplicates;
#[path = "insert/forms.rs"]
mod forms;
#[path = "insert/large.rs"]
mod large;
#[path = "insert/subj.rs"]
mod subj;
#[path = "insert/typed.rs"]
mod typed;
#[path = "insert/update.rs"]
mod update;
#[path = "insert/world.rs"]
pub mod world;
