//! The resolved model of a pipeline: plain data, every name looked up, keys flowed along references.
//!
//! Tables live in one arena and are named by [`TableId`]; a [`ForeignKey`] is an edge of the dependency
//! multigraph. The model is logical: no dialect has spoken yet ([`crate::dialect::lower`] makes a catalog of it),
//! schema names are still templates, and spans lead back to the source. Everything is serialisable, because
//! migration states, review and generated code carry it; spans are left out there.

mod attribute_type;
mod generation;
mod heading;
mod name;
mod reference;
pub mod type_text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use attribute_type::{
    AttributeType, Codec, CodecStore, Decimal, DecimalWord, External, ExternalKind, Float, FloatWord, Integer, Size, SqlLiteral,
    mysql_unescape, tracking_table,
};
pub use generation::{Generation, UnknownGeneration};
pub use heading::{Attribute, Default, Heading, Lineage, Origin};
pub use name::{
    ClassNameError, SchemaName, StoredName, StoredTier, UnsetVariable, camel_case, parse_stored, snake_case, stored_name, table_name_max,
};
pub use reference::{ColumnMap, ForeignKey, Index, IndexPart, ReferenceId};

use crate::source::Span;
use crate::value::Value;

/// Most truth values say no, and are left out of what is serialised.
fn is_false(value: &bool) -> bool {
    !value
}

/// Position of a schema in [`Pipeline::schemas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SchemaId(pub u32);

/// Position of a table in [`Pipeline::tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableId(pub u32);

/// All schemas and tables of one run.
#[derive(Debug, Clone, std::default::Default, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The modules, in order of their names.
    pub schemas: Vec<Schema>,
    /// The tables of all schemas; parts stand behind their master.
    pub tables: Vec<Table>,
    /// Every table in an order in which each stands behind all that it references.
    pub order: Vec<TableId>,
}

impl Pipeline {
    /// Returns the schema.
    pub fn schema(&self, id: SchemaId) -> &Schema {
        &self.schemas[id.0 as usize]
    }

    /// Returns the table.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.0 as usize]
    }

    /// Returns all tables with their ids.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &Table)> {
        self.tables.iter().enumerate().map(|(at, table)| (TableId(at as u32), table))
    }

    /// Returns the master of a part.
    pub fn master(&self, table: &Table) -> Option<&Table> {
        match table.tier {
            Tier::Part { master } => Some(self.table(master)),
            Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => None,
        }
    }

    /// Returns `module.Class` or `module.Master.Part`, the name that messages print.
    pub fn qualified_name(&self, id: TableId) -> String {
        let table = self.table(id);
        let module = &self.schema(table.schema).module;
        match self.master(table) {
            Some(master) => format!("{module}.{}.{}", master.class, table.class),
            None => format!("{module}.{}", table.class),
        }
    }
}

/// One schema: what a `.dj` file declares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The name after `schema`, unique in the pipeline.
    pub module: String,
    /// The physical name, perhaps with variables; several modules may share one.
    pub name: SchemaName,
    /// Which datajoint its tables belong to.
    pub generation: Generation,
    /// Whether djc makes and keeps its tables; `false` for `extern schema`.
    pub owned: bool,
    /// What a new schema is created with.
    pub charset: Charset,
    /// The `##` text above the schema line.
    pub doc: Option<String>,
    /// Its tables, in order of declaration.
    pub tables: Vec<TableId>,
    /// The schema line.
    #[serde(skip)]
    pub span: Span,
}

/// The character set of a new schema on the MySQL family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charset {
    /// Whatever the server says.
    Server,
    /// A name, and its collation or the one djc writes for it.
    Named {
        /// As in `utf8mb4`.
        charset: String,
        /// As in `utf8mb4_general_ci`.
        collation: Option<String>,
    },
}

impl Charset {
    /// Reads what djc.toml and the command line write: a charset, a collation, which begins with the name of its charset, or `server`.
    pub fn parse(text: &str) -> Option<Charset> {
        if text.eq_ignore_ascii_case("server") {
            return Some(Charset::Server);
        }
        let (charset, collation) = match text.split_once('_') {
            Some((charset, _)) => (charset.to_string(), Some(text.to_string())),
            None => (text.to_string(), None),
        };
        let is_name = !charset.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then_some(Charset::Named { charset, collation })
    }
}

impl std::default::Default for Charset {
    fn default() -> Self {
        Charset::Named { charset: "utf8mb4".to_string(), collation: None }
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its schema.
    pub schema: SchemaId,
    /// The class name (`MyTable`; for a part its own, without the master's).
    pub class: String,
    /// The stored name (`__my_table`, `__my_table__unit`).
    pub stored: String,
    /// How rows come to be.
    pub tier: Tier,
    /// The table comment, as the first comment line says it.
    pub comment: String,
    /// The `##` text above the table.
    pub doc: Option<String>,
    /// Attributes.
    pub heading: Heading,
    /// Foreign keys, in order of their lines.
    pub references: Vec<ForeignKey>,
    /// Index lines, in order.
    pub indexes: Vec<Index>,
    /// Rows that belong to the definition.
    pub contents: Vec<ContentRow>,
    /// What stands above the table with `@`.
    pub annotations: Annotations,
    /// The whole item.
    #[serde(skip)]
    pub span: Span,
    /// The class name.
    #[serde(skip)]
    pub name_span: Span,
}

/// How rows come to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Tier {
    /// Entered by people.
    Manual,
    /// Few, fixed rows that belong to the definition.
    Lookup,
    /// Made by `populate` from outside data.
    Imported,
    /// Made by `populate` from other tables.
    Computed,
    /// Belongs to a master and is filled with it.
    Part {
        /// The master.
        master: TableId,
    },
}

impl Tier {
    /// Returns the word of the language.
    pub fn word(&self) -> &'static str {
        match self {
            Tier::Manual => "manual",
            Tier::Lookup => "lookup",
            Tier::Imported => "imported",
            Tier::Computed => "computed",
            Tier::Part { .. } => "part",
        }
    }
}

/// One row of `contents`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContentRow {
    /// Attribute name → value; attributes that the row leaves out take their default.
    pub values: indexmap::IndexMap<String, Value>,
    /// The row.
    #[serde(skip)]
    pub span: Span,
}

/// What stands above a table with `@`, checked.
#[derive(Debug, Clone, std::default::Default, PartialEq, Serialize, Deserialize)]
pub struct Annotations {
    /// `@mixin(spyglass, …)`.
    pub mixins: Vec<String>,
    /// `@merge`.
    pub merge: bool,
    /// `@key_source(EXPR)`, as written.
    pub key_source: Option<String>,
    /// `@parallel_make`.
    pub parallel_make: bool,
    /// `@no_transaction`.
    pub no_transaction: bool,
    /// `@nwb_table(Nwbfile)`.
    pub nwb_table: Option<TableId>,
    /// `@renamed_from(OldName)`.
    pub renamed_from: Option<String>,
    /// `@renamed(old -> new)`, attribute by attribute: new → old.
    pub renamed: BTreeMap<String, String>,
    /// `@fill(attr = …)`.
    pub fill: BTreeMap<String, Fill>,
    /// `@allow(DJ0301)`: codes that are silent on this table.
    pub allow: Vec<String>,
}

/// What existing rows get in a new attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fill {
    /// A constant.
    Value(Value),
    /// `sql("…")`: an expression over the columns of the table.
    Sql(String),
}
