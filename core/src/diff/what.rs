//! The closed list of what may differ.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::TypeEffect;
use crate::catalog::{Charset, Column, ColumnDefault, ForeignKey, Index, Table, TableKind};
use crate::ir::{Generation, StoredTier};

/// The same thing on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides<T> {
    /// As `from` has it.
    pub from: T,
    /// As `to` has it.
    pub to: T,
}

impl<T> Sides<T> {
    /// Returns the two as one.
    pub fn new(from: T, to: T) -> Self {
        Sides { from, to }
    }
}

impl<T> Sides<T> {
    pub(super) fn map<U>(self, with: impl Fn(T) -> U) -> Sides<U> {
        Sides { from: with(self.from), to: with(self.to) }
    }
}

impl<T: Clone> Sides<&T> {
    pub(super) fn cloned(self) -> Sides<T> {
        Sides { from: self.from.clone(), to: self.to.clone() }
    }
}

/// What differs, with the details of both sides. Names are those of `from`, except where only `to` has something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    // Schemas.
    /// `to` lacks the schema.
    SchemaRemoved {
        /// How many tables it has.
        tables: usize,
    },
    /// Only `to` has the schema.
    SchemaAdded {
        /// How many tables it has.
        tables: usize,
    },
    /// Default charset or collation of the schema (MySQL family).
    SchemaCharset(Sides<Charset>),
    /// `to` keeps no lineage for the schema: `~lineage` is missing or cannot be read.
    LineageRemoved {
        /// Whether there is a table of that name, without the columns it should have.
        broken: bool,
    },

    // Tables.
    /// `to` lacks the table.
    TableRemoved {
        /// The table.
        table: Arc<Table>,
        /// Its parts that `to` still has.
        parts: Vec<String>,
    },
    /// Only `to` has the table.
    TableAdded {
        /// The table.
        table: Arc<Table>,
        /// Whether it is a part by its name and `to` lacks the master.
        orphan: bool,
    },
    /// Probably the same table: `to` lacks it and has one with the same body that `from` lacks.
    TableRenamed {
        /// The stored name in `to`.
        to: String,
    },
    /// The same name in another tier.
    TierChanged {
        /// The stored name in `to`.
        to: String,
        /// The tiers.
        tiers: Sides<StoredTier>,
    },
    /// A table on one side, a view on the other.
    Relation(Sides<TableKind>),
    /// Which datajoint it belongs to, where the server keeps that (SQLite).
    Generation(Sides<Generation>),
    /// The server keeps the declared types and comments beside the table (SQLite), and has none for this one.
    Unrecorded,
    /// The table comment.
    TableComment(Sides<String>),
    /// Comments that `to` has encoded twice: UTF-8 that was read as Latin-1 when it was stored.
    CommentsEncodedTwice {
        /// All of the table.
        comments: Vec<EncodedTwice>,
    },
    /// Storage engine (MySQL family).
    Engine(Sides<String>),
    /// Charset or collation of the table (MySQL family).
    TableCharset(Sides<Charset>),

    // Columns.
    /// `to` lacks the column.
    ColumnRemoved {
        /// The column.
        column: Column,
        /// Where it stands.
        section: Section,
    },
    /// Only `to` has the column.
    ColumnAdded {
        /// The column.
        column: Column,
        /// Where it stands.
        section: Section,
    },
    /// Probably the same column: `to` lacks it and has one with the same definition that `from` lacks.
    ColumnRenamed {
        /// The name in `from`.
        column: String,
        /// The name in `to`.
        to: String,
    },
    /// The column is in the key on one side and not on the other.
    ColumnSection {
        /// Its name.
        column: String,
        /// Where it stands.
        sections: Sides<Section>,
    },
    /// The columns that both have stand in another order. Only the MySQL family can put a column anywhere but at the end.
    ColumnOrder(Sides<Vec<String>>),
    /// The type.
    ColumnType {
        /// Its name.
        column: String,
        /// What becomes of values.
        effect: TypeEffect,
        /// Both columns.
        columns: Box<Sides<Column>>,
    },
    /// The values of an enum.
    EnumValues {
        /// The column's name.
        column: String,
        /// What becomes of values.
        effect: TypeEffect,
        /// The enums.
        enums: EnumSides,
    },
    /// The `:type:` marker by which datajoint knows what the bytes are; on SQLite the declared type beside the same storage.
    Marker {
        /// The column's name.
        column: String,
        /// The types between the colons.
        markers: Sides<Option<String>>,
    },
    /// Whether NULL is allowed.
    Nullable {
        /// The column's name.
        column: String,
        /// Whether it is.
        nullable: Sides<bool>,
    },
    /// The default.
    Default {
        /// The column's name.
        column: String,
        /// The defaults.
        defaults: Sides<ColumnDefault>,
    },
    /// The comment behind the marker.
    ColumnComment {
        /// The column's name.
        column: String,
        /// The comments.
        comments: Sides<String>,
    },
    /// Whether the server numbers the rows.
    AutoIncrement {
        /// The column's name.
        column: String,
        /// Whether it does.
        numbered: Sides<bool>,
    },
    /// `ON UPDATE CURRENT_TIMESTAMP(n)`.
    OnUpdate {
        /// The column's name.
        column: String,
        /// The digits.
        digits: Sides<Option<u8>>,
    },
    /// Charset or collation of the column (MySQL family).
    ColumnCharset {
        /// The column's name.
        column: String,
        /// The charsets.
        charsets: Sides<Charset>,
    },

    // Keys.
    /// One side has no primary key.
    PrimaryKey(Sides<Vec<String>>),
    /// The same key columns in another order.
    KeyOrder(Sides<Vec<String>>),
    /// `to` lacks the foreign key.
    ForeignKeyRemoved(ForeignKey),
    /// Only `to` has the foreign key.
    ForeignKeyAdded(ForeignKey),
    /// The columns refer to another table.
    ForeignKeyTarget {
        /// The keys.
        keys: Box<Sides<ForeignKey>>,
        /// Whether only `to` has the other table.
        vestigial: bool,
    },
    /// `ON DELETE` or `ON UPDATE`.
    ForeignKeyActions(Box<Sides<ForeignKey>>),
    /// The same parent by other columns.
    ForeignKeyColumns(Box<Sides<ForeignKey>>),
    /// `to` lacks the index.
    IndexRemoved(Index),
    /// Only `to` has the index.
    IndexAdded(Index),
    /// The same columns in another order, in another direction, or unique on one side only.
    IndexChanged(Box<Sides<Index>>),

    // Lineage.
    /// Rows of `~lineage` about the table that only one side has, or that say another origin.
    Lineage {
        /// The rows.
        rows: Vec<LineageRow>,
    },
}

/// Where a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// In the primary key.
    Key,
    /// Below it.
    Dependent,
}

/// A comment that was encoded twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncodedTwice {
    /// The column, as `from` calls it; `None` for the table comment.
    pub column: Option<String>,
    /// What it should say, and what `to` has, the marker left out.
    pub comments: Sides<String>,
    /// The column as `to` has it, marker included.
    pub found: Option<Column>,
}

/// The values of an enum on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumSides {
    /// The type, where it has a name of its own and is shared (PostgreSQL): schema and name in `to`.
    pub name: Option<(String, String)>,
    /// The values in order.
    pub values: Sides<Vec<String>>,
}

/// A row of `~lineage` that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageRow {
    /// The attribute.
    pub attribute: String,
    /// Its origin, `None` without a row.
    pub origins: Sides<Option<String>>,
}

impl What {
    /// Returns the column that it is about.
    pub fn column(&self) -> Option<&str> {
        match self {
            What::ColumnRemoved { column, .. } | What::ColumnAdded { column, .. } => Some(&column.name),
            What::ColumnRenamed { column, .. }
            | What::ColumnSection { column, .. }
            | What::ColumnType { column, .. }
            | What::EnumValues { column, .. }
            | What::Marker { column, .. }
            | What::Nullable { column, .. }
            | What::Default { column, .. }
            | What::ColumnComment { column, .. }
            | What::AutoIncrement { column, .. }
            | What::OnUpdate { column, .. }
            | What::ColumnCharset { column, .. } => Some(column),
            What::SchemaRemoved { .. }
            | What::SchemaAdded { .. }
            | What::SchemaCharset(_)
            | What::LineageRemoved { .. }
            | What::TableRemoved { .. }
            | What::TableAdded { .. }
            | What::TableRenamed { .. }
            | What::TierChanged { .. }
            | What::Relation(_)
            | What::Generation(_)
            | What::Unrecorded
            | What::TableComment(_)
            | What::CommentsEncodedTwice { .. }
            | What::Engine(_)
            | What::TableCharset(_)
            | What::ColumnOrder(_)
            | What::PrimaryKey(_)
            | What::KeyOrder(_)
            | What::ForeignKeyRemoved(_)
            | What::ForeignKeyAdded(_)
            | What::ForeignKeyTarget { .. }
            | What::ForeignKeyActions(_)
            | What::ForeignKeyColumns(_)
            | What::IndexRemoved(_)
            | What::IndexAdded(_)
            | What::IndexChanged(_)
            | What::Lineage { .. } => None,
        }
    }
}
