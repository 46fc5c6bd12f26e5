//! What must be true of the rows before a plan runs.

mod sql;

use serde::{Deserialize, Serialize};

use super::TableName;

pub use sql::CheckSql;

/// One question to the live rows, in the names from before the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The table whose rows are asked about.
    pub table: TableName,
    /// Its primary key, by which the rows are named.
    pub key: Vec<String>,
    /// The question.
    pub kind: CheckKind,
    /// The step that fails without, counted from 0.
    pub step: usize,
    /// What to do about such rows, in words.
    pub remedy: String,
}

/// The closed list of questions. Each finds the rows that break the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// NULL in a column that shall have none.
    Null {
        /// The column.
        column: String,
    },
    /// A text or bytes longer than the new type holds.
    TooLong {
        /// The column.
        column: String,
        /// Greatest length.
        max: u64,
        /// Whether it counts bytes; else characters.
        bytes: bool,
    },
    /// A number outside of the new type's range.
    OutOfRange {
        /// The column.
        column: String,
        /// Least value, as written in SQL.
        min: String,
        /// Greatest value.
        max: String,
    },
    /// Digits behind the point, or of the second, that the new type drops.
    LosesDigits {
        /// The column.
        column: String,
        /// The digits that stay.
        digits: u32,
    },
    /// A text that the new type does not read (a number, a date).
    NotOfType {
        /// The column.
        column: String,
        /// The new type, as the server writes it.
        ty: String,
    },
    /// A value that is not among those of the new enum.
    NotInEnum {
        /// The column.
        column: String,
        /// The values that stay.
        values: Vec<String>,
    },
    /// Rows that are equal in columns that shall be unique.
    Duplicates {
        /// The columns; none where all rows get one value, and there can be one row only.
        columns: Vec<String>,
    },
    /// Rows without the parent that a new foreign key asks for.
    Orphans {
        /// Columns of the child.
        columns: Vec<String>,
        /// The parent.
        parent: TableName,
        /// Columns of the parent.
        parent_columns: Vec<String>,
    },
    /// A row of `contents` that shall go and that rows of another table depend on.
    InUse {
        /// The row's key: column and value.
        key: Vec<(String, super::Literal)>,
        /// The child.
        child: TableName,
        /// Columns of the child.
        columns: Vec<String>,
        /// Columns of the row, in the same order.
        parent_columns: Vec<String>,
        /// Rows of the child that go before it, by key: these do not count.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        except: Vec<Vec<(String, super::Literal)>>,
    },
    /// Any row at all, in a table that is dropped or gets a column that nothing fills.
    AnyRow,
}

impl CheckKind {
    /// Returns what the question finds, in words that go on from "rows in which": ``"`weight` is NULL"``.
    pub fn words(&self) -> String {
        match self {
            CheckKind::Null { column } => format!("`{column}` is NULL"),
            CheckKind::TooLong { column, max, bytes } => {
                format!("`{column}` is longer than {max} {}", if *bytes { "bytes" } else { "characters" })
            }
            CheckKind::OutOfRange { column, min, max } => format!("`{column}` is not between {min} and {max}"),
            CheckKind::LosesDigits { column, digits: 0 } => format!("`{column}` has digits behind the point"),
            CheckKind::LosesDigits { column, digits } => format!("`{column}` has more than {digits} digits behind the point"),
            CheckKind::NotOfType { column, ty } => format!("`{column}` does not read as {ty}"),
            CheckKind::NotInEnum { column, values } => format!("`{column}` is none of {}", values.join(", ")),
            CheckKind::Duplicates { columns } if columns.is_empty() => "there is more than one row, and all get one value".to_string(),
            CheckKind::Duplicates { columns } => {
                format!("{} {} the same as in another row", listed(columns), if columns.len() == 1 { "is" } else { "are" })
            }
            CheckKind::Orphans { columns, parent, .. } => format!("{} has no row in {parent}", listed(columns)),
            CheckKind::InUse { child, .. } => format!("rows of {child} depend on what goes"),
            CheckKind::AnyRow => "anything stands".to_string(),
        }
    }
}

fn listed(columns: &[String]) -> String {
    columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
}
