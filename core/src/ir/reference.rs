//! Foreign keys and indexes.

use serde::{Deserialize, Serialize};

use super::TableId;
use crate::source::Span;

/// Position of a foreign key in its table's `references`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReferenceId(pub u32);

/// One reference line (`-> Parent`): an edge of the dependency graph. Two edges may join one pair of tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The parent.
    pub parent: TableId,
    /// The columns in the parent's key order.
    pub columns: Vec<ColumnMap>,
    /// `[nullable]`.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub nullable: bool,
    /// `[unique]`.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub unique: bool,
    /// Whether the line stands in the key section: its columns are part of the child's key.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub primary: bool,
    /// Whether this ties a part to its master.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub part_of: bool,
    /// The line.
    #[serde(skip)]
    pub span: Span,
    /// The name of the parent in the line.
    #[serde(skip)]
    pub target_span: Span,
}

impl ForeignKey {
    /// Returns whether any column has another name than in the parent.
    pub fn is_renamed(&self) -> bool {
        self.columns.iter().any(|map| map.child != map.parent)
    }
}

/// One column of a foreign key on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ColumnMap {
    /// Name in the child.
    pub child: String,
    /// Name in the parent.
    pub parent: String,
}

/// An index line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// `unique index`.
    pub unique: bool,
    /// What is indexed, in order.
    pub parts: Vec<IndexPart>,
    /// The line.
    #[serde(skip)]
    pub span: Span,
}

/// One argument of an index line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexPart {
    /// An attribute, perhaps its first characters only, perhaps downwards: `a`, `` `a` ``, `a(10)`, `a DESC`.
    Attribute {
        /// The attribute's name.
        name: String,
        /// Prefix length.
        length: Option<u32>,
        /// `DESC`.
        descending: bool,
    },
    /// A value inside a json attribute: `a.path:type`.
    JsonPath {
        /// The attribute's name.
        name: String,
        /// The path without the leading `$.`.
        path: String,
        /// The SQL type that the value is returned as, or none.
        returning: Option<String>,
    },
    /// Any other expression, passed to the server as written.
    Expression(String),
}
