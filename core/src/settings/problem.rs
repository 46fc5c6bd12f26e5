//! What is wrong with settings.

use std::fmt;
use std::ops::Range;

use crate::ir::Generation;

/// Something in a file or a variable that does not say what its author thinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named when it was read; `None` for the environment.
    pub file: Option<String>,
    /// The bytes of the file that are meant.
    pub at: Option<Range<usize>>,
    /// What it is.
    pub kind: ProblemKind,
}

/// The kinds of problems. No kind holds a value that could be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A file that is no JSON object; nothing of it is used.
    Malformed {
        /// What the reader says, without its place.
        message: String,
    },
    /// A key that datajoint does not know, and ignores.
    UnknownKey {
        /// The key.
        key: String,
        /// The one that was probably meant.
        near: Option<String>,
        /// Who ignores it.
        generation: Generation,
    },
    /// A value that does not fit; it is not used.
    Value {
        /// The key or the variable.
        name: String,
        /// What fits.
        wanted: &'static str,
    },
    /// Two sections of a store of which one lies in the other; datajoint 2 refuses the store when it is used.
    StorePrefixes {
        /// The store.
        store: String,
        /// The keys with their values.
        prefixes: [(&'static str, String); 2],
    },
    /// A variable of the other generation.
    IgnoredVariable {
        /// Its name.
        name: String,
        /// Which datajoint does not read it.
        generation: Generation,
    },
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemKind::Malformed { message } => write!(f, "these settings cannot be read: {message}"),
            ProblemKind::UnknownKey { key, generation, .. } => write!(f, "datajoint {generation} has no setting `{key}`"),
            ProblemKind::Value { name, wanted } => write!(f, "`{name}` takes {wanted}"),
            ProblemKind::StorePrefixes { store, prefixes: [(one, first), (other, second)] } => {
                write!(f, "in store `{store}`, `{one}` \"{first}\" and `{other}` \"{second}\" overlap")
            }
            ProblemKind::IgnoredVariable { name, generation } => write!(f, "datajoint {generation} does not read the variable `{name}`"),
        }
    }
}
