//! The closed list of what a plan can do.

use serde::{Deserialize, Serialize};

use crate::catalog::{Change, Column, ForeignKey, Index};
use crate::ir::Generation;

/// The physical name of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableName {
    /// Schema.
    pub schema: String,
    /// Stored name.
    pub table: String,
}

impl TableName {
    /// Returns the name.
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> Self {
        TableName { schema: schema.into(), table: table.into() }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

/// What one step does. A dialect says each of them in SQL ([`Dialect::alter`](crate::dialect::Dialect::alter)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes a schema, an enum type, a table with its keys, or writes `~lineage` rows.
    Create(Change),
    /// Drops a schema that has no tables.
    DropSchema {
        /// Physical name.
        name: String,
    },
    /// Changes the values of an enum type that has a name (PostgreSQL), in all columns that have the type.
    AlterEnum {
        /// Its schema.
        schema: String,
        /// Its name.
        name: String,
        /// The values afterwards, in order.
        values: Vec<String>,
        /// Another name for it. Then values are only added, which leaves the rows alone, and no later step uses one of those: the server lets
        /// nobody do that before the commit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grown: Option<String>,
    },
    /// Drops an enum type that no column has (PostgreSQL).
    DropEnum {
        /// Its schema.
        schema: String,
        /// Its name.
        name: String,
    },
    /// Drops a table that nothing refers to.
    DropTable(TableName),
    /// Gives a table another name, another schema, or both. Foreign keys onto it follow.
    RenameTable {
        /// The name it has.
        from: TableName,
        /// The name it gets.
        to: TableName,
    },
    /// Changes a table, all in one statement where the server can.
    AlterTable {
        /// The table.
        table: TableName,
        /// What, in the order in which it is meant.
        alterations: Vec<Alteration>,
    },
    /// Gives columns of existing rows their values.
    Fill(Fill),
    /// Inserts rows of `contents`; one whose key is there already is left alone.
    InsertRows {
        /// The table.
        table: TableName,
        /// The columns that the rows name.
        columns: Vec<String>,
        /// The rows.
        rows: Vec<Vec<Literal>>,
    },
    /// Changes the row of `contents` with this key, unless somebody has changed it.
    UpdateRow {
        /// The table.
        table: TableName,
        /// The key.
        key: Vec<(String, Literal)>,
        /// What else must stand in the row, perhaps NULL: what the old contents say. A row that says otherwise is left alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        was: Vec<(String, Literal)>,
        /// What it gets.
        set: Vec<(String, Literal)>,
    },
    /// Deletes the row of `contents` with this key, unless somebody has changed it. Rows that other rows depend on are never deleted: a
    /// [`Check`](super::Check) stands before it.
    DeleteRow {
        /// The table.
        table: TableName,
        /// The key.
        key: Vec<(String, Literal)>,
        /// What else must stand in the row, perhaps NULL: what the old contents say. A row that says otherwise is left alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        was: Vec<(String, Literal)>,
    },
    /// Deletes the `~lineage` rows of a table.
    ClearLineage(TableName),
    /// A step that a person wrote.
    Hand(HandStep),
}

/// One change of a table.
///
/// They are meant one after the other, and a server takes all of one [`Action::AlterTable`] at once. What it must not get in one statement, or takes
/// better in two, [`Dialect::split`](crate::dialect::Dialect::split) cuts; what the MySQL family does not take as long as a foreign key is there
/// (another type of a column of either side, another primary key of the parent) the planner keeps apart, since that is about two tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alteration {
    /// A new column. It is nullable, or has a default, or is filled in the same step by the server, or the table is empty.
    AddColumn {
        /// The column.
        column: Column,
        /// Where (MySQL family); elsewhere always the last.
        position: Position,
    },
    /// The column goes, with its values.
    DropColumn(String),
    /// Another name. Foreign keys and indexes follow.
    RenameColumn {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Type, NULL, default, comment, numbering: the column becomes this one; its name stays, values are converted by the server's rules.
    ModifyColumn {
        /// The column as it shall be.
        column: Column,
        /// Where it shall stand, if elsewhere (MySQL family).
        position: Option<Position>,
    },
    /// The primary key is of these columns, in this order.
    SetPrimaryKey(Vec<String>),
    /// A new foreign key.
    AddForeignKey(ForeignKey),
    /// The foreign key goes; the index that the server made for it stays until it is dropped by itself.
    DropForeignKey(ForeignKey),
    /// A new index. One of [`IndexOrigin::Implied`](crate::catalog::IndexOrigin::Implied) is made by the server together with its foreign key: no SQL is written for it.
    AddIndex(Index),
    /// The index goes.
    DropIndex(Index),
    /// The table comment.
    SetComment(String),
    /// Which datajoint it belongs to, where the server keeps that (SQLite).
    SetGeneration(Generation),
}

/// Where a column stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before all others.
    First,
    /// Behind this column.
    After(String),
    /// Behind all others.
    Last,
}

/// Values for columns of existing rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// The table.
    pub table: TableName,
    /// Column → where its values come from.
    pub columns: Vec<(String, FillFrom)>,
    /// Only rows in which every one of these is NULL, so that the step can be repeated and what a user wrote stays.
    pub where_null: Vec<String>,
    /// Only rows in which every one of these is not NULL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub where_not_null: Vec<String>,
}

/// Where the values of a filled column come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillFrom {
    /// A constant.
    Literal(Literal),
    /// An expression over the columns of the table, as its author wrote it.
    Sql(String),
    /// Another column of the same row, converted by the server's rules.
    Column(String),
    /// The parent's row. All of one [`Fill`] that name the same parent by the same columns are one join.
    Parent {
        /// The parent.
        table: TableName,
        /// The parent's column with the value.
        column: String,
        /// Which rows belong together: column of the child, column of the parent.
        on: Vec<(String, String)>,
    },
}

/// A constant as one server stores it in one column; see [`Dialect::literal_sql`](crate::dialect::Dialect::literal_sql).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// NULL.
    Null,
    /// The column's default.
    Default,
    /// A truth value (PostgreSQL).
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A floating-point number.
    Real(f64),
    /// Text, and whatever the server reads from text: dates, decimals, enums, JSON, UUIDs of PostgreSQL.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A step that a person wrote: SQL for this server, or a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandStep {
    /// What it does, for people.
    pub summary: String,
    /// What runs.
    pub run: Script,
    /// A query that proves the step done: it brings no rows, or 0 in its first column.
    pub check: String,
    /// Tables that it may change; only these may look other than the plan expects while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<TableName>,
}

/// What a hand-written step runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// SQL statements, separated by `;` at the end of a line.
    Sql(String),
    /// A command with its arguments, run in the folder of the migration; the database is in its environment.
    Command(Vec<String>),
}

impl Action {
    /// Returns the tables that look different behind the step, by the names they have before and behind it.
    pub fn touches(&self) -> Vec<TableName> {
        match self {
            Action::Create(Change::CreateTable(table)) => vec![TableName::new(&table.schema, &table.name)],
            Action::Create(Change::AddForeignKey { schema, table, .. }) => vec![TableName::new(schema, table)],
            Action::Create(Change::CreateSchema { .. } | Change::CreateEnum { .. } | Change::SetLineage { .. })
            | Action::DropSchema { .. }
            | Action::AlterEnum { .. }
            | Action::DropEnum { .. }
            | Action::Fill(_)
            | Action::InsertRows { .. }
            | Action::UpdateRow { .. }
            | Action::DeleteRow { .. }
            | Action::ClearLineage(_) => Vec::new(),
            Action::DropTable(table) | Action::AlterTable { table, .. } => vec![table.clone()],
            Action::RenameTable { from, to } => vec![from.clone(), to.clone()],
            Action::Hand(hand) => hand.touches.clone(),
        }
    }

    /// Returns the tables whose rows the step reads or writes.
    pub fn reads(&self) -> Vec<TableName> {
        match self {
            Action::Fill(fill) => {
                let parent = |from: &FillFrom| match from {
                    FillFrom::Parent { table, .. } => Some(table.clone()),
                    FillFrom::Literal(_) | FillFrom::Sql(_) | FillFrom::Column(_) => None,
                };
                let parents = fill.columns.iter().filter_map(|(_, from)| parent(from));
                parents.chain([fill.table.clone()]).collect()
            }
            Action::InsertRows { table, .. } | Action::UpdateRow { table, .. } | Action::DeleteRow { table, .. } => vec![table.clone()],
            Action::Create(_)
            | Action::DropSchema { .. }
            | Action::AlterEnum { .. }
            | Action::DropEnum { .. }
            | Action::DropTable(_)
            | Action::RenameTable { .. }
            | Action::AlterTable { .. }
            | Action::ClearLineage(_)
            | Action::Hand(_) => Vec::new(),
        }
    }

    /// Returns whether the step changes rows and no table: running it again does no harm, and no catalog shows that it ran.
    pub fn is_data(&self) -> bool {
        matches!(
            self,
            Action::Fill(_)
                | Action::InsertRows { .. }
                | Action::UpdateRow { .. }
                | Action::DeleteRow { .. }
                | Action::ClearLineage(_)
                | Action::Create(Change::SetLineage { .. })
                | Action::Hand(_)
        )
    }
}
