//! What may differ between two catalogs, and the statements that make it so.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Charset, ForeignKey, Table};

/// One step from one catalog to another. The list is closed: a dialect says each of them in SQL.
///
/// What creates is here; what alters comes with migrations and is added to the same list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A schema.
    CreateSchema {
        /// Physical name.
        name: String,
        /// Charset (MySQL family).
        charset: Option<Charset>,
    },
    /// An enum type (PostgreSQL).
    CreateEnum {
        /// Its schema.
        schema: String,
        /// Its name.
        name: String,
        /// Its values in order.
        values: Vec<String>,
    },
    /// A table with its key, foreign keys, indexes and comments.
    CreateTable(Arc<Table>),
    /// A foreign key onto a table that exists.
    AddForeignKey {
        /// The child's schema.
        schema: String,
        /// The child.
        table: String,
        /// The key.
        foreign_key: ForeignKey,
    },
    /// The `~lineage` rows of one table, replacing those that are there.
    SetLineage {
        /// Schema of the table.
        schema: String,
        /// The table.
        table: String,
        /// Attribute → lineage.
        rows: Vec<(String, String)>,
    },
}

/// One SQL statement, complete and without a semicolon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// What it does, for people: ``create table `lab`.`subject` ``.
    pub summary: String,
}
