//! The generation of DataJoint that a schema belongs to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which datajoint reads and writes the tables of a schema.
///
/// A definition means what its generation says: there is no translation between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Generation {
    /// datajoint 0.13 and 0.14: MySQL types as written, packed `longblob`, `blob@store`, `<adapter>`.
    #[default]
    #[serde(rename = "0.14")]
    Classic,
    /// datajoint 2.x: core types with `:type:` markers, codecs, `~lineage`, MySQL and PostgreSQL.
    #[serde(rename = "2")]
    Modern,
}

impl Generation {
    /// Returns the spelling of `djc.toml`: `0.14` or `2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Generation::Classic => "0.14",
            Generation::Modern => "2",
        }
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is neither of the two generations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a generation of DataJoint; write \"0.14\" or \"2\"")]
pub struct UnknownGeneration(pub String);

impl FromStr for Generation {
    type Err = UnknownGeneration;

    /// Reads `0.13`, `0.14`, `2`, and their point releases (`0.14.10`, `2.3.5`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split('.');
        match (parts.next(), parts.next()) {
            (Some("0"), Some("13" | "14")) => Ok(Generation::Classic),
            (Some("2"), _) => Ok(Generation::Modern),
            _ => Err(UnknownGeneration(text.to_string())),
        }
    }
}
