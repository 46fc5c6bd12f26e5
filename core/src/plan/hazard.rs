//! What a person should know before a step runs.

use serde::{Deserialize, Serialize};

/// One thing to know about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hazard {
    /// Which kind.
    pub kind: HazardKind,
    /// The words behind `--allow` where the step runs only when allowed by name: `drop:lab.subject.weight`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<String>,
    /// In words, without capital and period.
    pub words: String,
}

/// The kinds of hazard, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HazardKind {
    /// Values are gone afterwards. Runs only when allowed by name.
    LosesData,
    /// No way back: a rollback cannot restore what was.
    Irreversible,
    /// Fails where rows are not as the new table wants them; a [`Check`](super::Check) finds them before.
    MayFail,
    /// Code that was written for the old tables no longer works: names, types, keys that it knows are gone.
    BreaksReaders,
    /// Nobody can read the table while it runs.
    BlocksReaders,
    /// Nobody can write to the table while it runs.
    BlocksWriters,
    /// The server writes the whole table anew: it takes time and room.
    Rewrites,
    /// The server reads the whole table: it takes time.
    ReadsRows,
}

impl HazardKind {
    /// Returns the words that tables and JSON print.
    pub fn as_str(self) -> &'static str {
        match self {
            HazardKind::LosesData => "loses data",
            HazardKind::Irreversible => "not reversible",
            HazardKind::MayFail => "may fail",
            HazardKind::BreaksReaders => "breaks readers",
            HazardKind::BlocksReaders => "blocks readers",
            HazardKind::BlocksWriters => "blocks writers",
            HazardKind::Rewrites => "rewrites the table",
            HazardKind::ReadsRows => "reads all rows",
        }
    }
}
