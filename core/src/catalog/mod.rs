//! The physical model of a database: what a server would report.
//!
//! Declared tables are lowered into it ([`crate::dialect::lower`]), live ones are inspected into it; after
//! [`Dialect::normalize`](crate::dialect::Dialect::normalize) both are compared with `==`. SQL text is never compared.
//! Names are the resolved, physical ones.

mod change;
mod column_type;
pub mod evidence;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::ir::Generation;

pub use change::{Change, Statement};
pub use column_type::ColumnType;

/// Schemas by physical name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The schemas.
    pub schemas: BTreeMap<String, Schema>,
}

impl Catalog {
    /// Returns the table, if both exist.
    pub fn table(&self, schema: &str, table: &str) -> Option<&Table> {
        self.schemas.get(schema)?.tables.get(table).map(Arc::as_ref)
    }

    /// Returns all tables, schema by schema.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.schemas.values().flat_map(|schema| schema.tables.values().map(Arc::as_ref))
    }
}

/// A database of the MySQL family, a schema of PostgreSQL, a name prefix of SQLite.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Physical name.
    pub name: String,
    /// Default charset and collation; `None` where the server has no such thing, or the server's own is wanted.
    pub charset: Option<Charset>,
    /// Enum types of the schema (PostgreSQL): name → values.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Tables by name, in dependency order when lowered, in order of name when inspected. Shared with the changes that create them.
    pub tables: IndexMap<String, Arc<Table>>,
    /// Rows of `~lineage`: (table, attribute) → `schema.table.attribute`; `None` when there is no such table.
    pub lineage: Option<BTreeMap<(String, String), String>>,
}

/// A character set with its collation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charset {
    /// As in `utf8mb4`.
    pub charset: String,
    /// As in `utf8mb4_general_ci`.
    pub collation: String,
}

impl Charset {
    /// Returns whether a foreign key can join text in the two. InnoDB wants one collation; `utf8` is the older name of `utf8mb3`.
    pub fn joins(&self, other: &Charset) -> bool {
        let name = |collation: &str| collation.replacen("utf8mb3", "utf8", 1);
        name(&self.collation) == name(&other.collation)
    }
}

/// A table or view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Physical schema name.
    pub schema: String,
    /// Physical table name.
    pub name: String,
    /// What kind of relation it is.
    pub kind: TableKind,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Column names of the primary key, in its order.
    pub primary_key: Vec<String>,
    /// Foreign keys, in order of declaration when lowered.
    pub foreign_keys: Vec<ForeignKey>,
    /// Indexes besides the primary key, those that the server makes for foreign keys included.
    pub indexes: Vec<Index>,
    /// The table comment as stored; empty for none.
    pub comment: String,
    /// Storage engine (MySQL family).
    pub engine: Option<String>,
    /// Charset and collation of the table itself (MySQL family, inspected); normalising takes it away.
    pub charset: Option<Charset>,
    /// Which datajoint it belongs to. Known when lowered, and when inspected on SQLite from the hidden table; normalising
    /// takes it away elsewhere.
    pub generation: Option<Generation>,
}

impl Table {
    /// Returns the column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What kind of relation a [`Table`] is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableKind {
    /// A table.
    #[default]
    Base,
    /// A view.
    View,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type as the server understands it.
    pub ty: ColumnType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// What a row gets that does not say.
    pub default: ColumnDefault,
    /// The comment as stored, marker included; empty for none. SQLite has no markers, its hidden table keeps the type beside.
    pub comment: String,
    /// Whether the server numbers the rows (`AUTO_INCREMENT`, a sequence, a rowid).
    pub auto_increment: bool,
    /// `ON UPDATE CURRENT_TIMESTAMP(n)`: the digits; `Some(0)` for none.
    pub on_update: Option<u8>,
    /// Charset and collation where the column has its own, different from the table's.
    pub charset: Option<Charset>,
    /// The type text that the definition declared (`int unsigned`, `<blob@raw>`), where it is known:
    /// always when lowered; when inspected, from the marker or from the hidden table of SQLite. Normalising keeps it on
    /// SQLite, where it is the type, and takes it away elsewhere, where `ty` and the marker in `comment` say it.
    pub declared: Option<String>,
}

/// What a row gets that does not name the column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnDefault {
    /// No default clause; for a nullable column that means NULL and is normalised to [`ColumnDefault::Null`].
    None,
    /// NULL.
    Null,
    /// A constant, as its plain text without quotes (`5`, `main`); `true` and `false` for [`ColumnType::Boolean`].
    Literal(String),
    /// `CURRENT_TIMESTAMP(n)`; 0 digits where none are said.
    CurrentTimestamp(u8),
    /// Any other expression, in the server's spelling. Inspection may hand over constants in this spelling too
    /// (`'x'::character varying`, `current_timestamp()`, `'x'`): normalising reads them.
    Expression(String),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name; `None` when lowered for a server that is left to choose.
    pub name: Option<String>,
    /// Columns of the child.
    pub columns: Vec<String>,
    /// Schema of the parent.
    pub parent_schema: String,
    /// The parent.
    pub parent_table: String,
    /// Columns of the parent, in the same order.
    pub parent_columns: Vec<String>,
    /// `ON UPDATE`.
    pub on_update: Action,
    /// `ON DELETE`.
    pub on_delete: Action,
}

/// What a foreign key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Refuses; `NO ACTION` of the MySQL family is the same and normalised to it.
    Restrict,
    /// Follows.
    Cascade,
    /// Sets NULL.
    SetNull,
    /// Sets the default.
    SetDefault,
    /// Refuses at the end of the statement.
    NoAction,
}

impl Action {
    /// Returns the words of SQL, which all servers share.
    pub fn as_sql(self) -> &'static str {
        match self {
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
            Action::NoAction => "NO ACTION",
        }
    }
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Name; `None` when lowered for a server that is left to choose.
    pub name: Option<String>,
    /// Whether it is unique.
    pub unique: bool,
    /// What is indexed.
    pub parts: Vec<IndexPart>,
    /// Why it exists; not part of comparisons by meaning.
    pub origin: IndexOrigin,
}

/// One entry of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexPart {
    /// A column.
    Column {
        /// Name.
        name: String,
        /// Prefix length in characters.
        length: Option<u32>,
        /// Downwards.
        descending: bool,
    },
    /// An expression, in the server's spelling.
    Expression(String),
}

/// Why an index exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexOrigin {
    /// An index line, `unique` of a reference, or a `serial`.
    Declared,
    /// datajoint 2 writes it for a foreign key (PostgreSQL).
    Supporting,
    /// The server makes it for a foreign key by itself (MySQL family); never written in DDL.
    Implied,
    /// Inspected; unknown.
    Live,
}
