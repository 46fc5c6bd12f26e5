//! What a person said about a change, and the same in physical names.

use std::collections::BTreeMap;

use djc_core::ir::Fill;
use djc_core::plan::{Action, FillFrom, HandStep, TableName};
use serde::{Deserialize, Serialize};

/// What a person said about a change, in names of the definitions. It is part of a migration and the same for every server.
///
/// Tables are called `module.Class` or `module.Master.Part`. Whatever is not named here keeps its name, is new, or goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Tables with another name, module or master: new → old. A part whose master has another name follows without being named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, String>,
    /// Attributes with another name: table (new name) → new → old. Those that inherit them follow without being named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, BTreeMap<String, String>>,
    /// What rows that are there get in a new attribute: table (new name) → attribute → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fill: BTreeMap<String, BTreeMap<String, Fill>>,
    /// Steps that a person wrote, in order, each with the moment it runs at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hand: Vec<(Moment, HandStep)>,
}

/// When a hand-written step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Before anything else.
    First,
    /// When all new tables and columns are there (those without a value still nullable), and nothing is gone yet: the place to move rows.
    Between,
    /// Behind everything else.
    Last,
}

/// An [`Intent`] in physical names, with what the planner needs beside the two catalogs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    /// Tables with another name: from → to; parts, and tables whose tier changed, are named here too.
    pub tables: BTreeMap<TableName, TableName>,
    /// Columns with another name, inherited ones included: table as `from` calls it → old → new.
    pub columns: BTreeMap<TableName, BTreeMap<String, String>>,
    /// What existing rows get in new columns, said by a person: table as `to` calls it → column → value.
    pub fills: TableFills,
    /// Changes of `contents`: inserts and updates behind the last change of a table, deletes before it.
    pub contents: Vec<Action>,
    /// Hand-written steps.
    pub hand: Vec<(Moment, HandStep)>,
}

/// Table → column → value.
pub type TableFills = BTreeMap<TableName, BTreeMap<String, FillFrom>>;
