//! Migrations: from what a database has to what the files say, without losing a row.
//!
//! ```text
//!  state before (history) ─┐                        ┌─ lower ─► Catalog from ─┐
//!                          ├─ intent ─► Intent ─────┤                         ├─ planner ─► core::plan::Plan ─► SQL files, runtime
//!  pipeline now (files) ───┘    (names, annotations)└─ lower ─► Catalog to ───┘
//! ```
//!
//! What a person means (this table was renamed, that attribute gets this value in old rows) is logical and stands in an [`Intent`]; what one server
//! has to do follows from the two catalogs and a [`Mapping`], which is the intent in physical names. Everything here is pure.

mod chain;
mod change;
mod changes;
pub mod contents;
mod declare;
mod draft;
mod export;
mod hand;
mod history;
mod intent;
mod mapping;
mod parked;
pub mod planner;
mod rebase;
mod refusal;
mod replay;
mod sql_files;
mod suspicion;
mod words;

pub use crate::core::state::{Lowering, State, StateError};
pub use chain::{is_hand, read, used};
pub use change::{Change, Ground, Naming, NoPlan, Planned};
pub use contents::Side;
pub use declare::{Declared, declared, newest};
pub use draft::{Draft, Ways, astray, sql};
pub use export::python as python_script;
pub use hand::{HandWritten, template};
pub use history::{Folder, History, MANIFEST, Manifest, Migration, STATE, hash, is_name};
pub use intent::{Answers, Intent, Pairs};
pub use mapping::{Mapping, Moment, TableFills};
pub use parked::with_parked;
pub use rebase::{Fork, Rebase};
pub use refusal::{Refusal, RefusalKind};
pub use replay::{Replayed, owned_by, replay};
pub use sql_files::{DIALECTS, Way, path as sql_path, text as sql_text};
pub use suspicion::{Suspicion, suspicions};
