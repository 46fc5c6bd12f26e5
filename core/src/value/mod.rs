//! Dynamic values (placeholder until the blob branch lands).
use serde::{Deserialize, Serialize};
/// A dynamic value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// No value.
    Null,
}
