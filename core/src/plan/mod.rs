//! How one catalog becomes another while rows stay where they are: the steps, what each may cost, and what rows may be in its way.
//!
//! A [`Plan`] is data. Each [`Step`] is one [`Action`], and an action is a function from catalog to catalog ([`Action::apply`]), so that the
//! catalog behind every step is known without a server ([`Plan::catalogs`]). Two things rest on that: a plan proves itself (the last catalog is
//! the one that was asked for), and a runner recognises on a live server which steps are done, whoever did them.
//!
//! Catalogs here are lowered ones, not normalised: an SQLite enum still knows its values. [`matches()`] compares one table of
//! theirs with a live one.

mod action;
mod apply;
mod check;
mod cost;
mod hazard;
mod index_names;
mod names;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Table};
use crate::dialect::Server;
use crate::diff::{self, What};

pub use action::{Action, Alteration, Fill, FillFrom, HandStep, Literal, Position, Script, TableName};
pub use check::{Check, CheckKind, CheckSql};
pub use cost::{Algorithm, Cost, Lock};
pub use hazard::{Hazard, HazardKind};
pub use names::{adopt_names, apply_with_names, assume_names};

/// All steps from one catalog to another, in order, for one server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The steps. On the MySQL family each that changes a table is one statement, so that a cut leaves it done or not done.
    pub steps: Vec<Step>,
    /// What must be true of the rows before the first step.
    pub checks: Vec<Check>,
    /// What is kept under a hidden name until the migration is finished.
    pub parked: Vec<Parked>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// What a person should know before it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hazards: Vec<Hazard>,
    /// The change in the definitions that asks for it, in words: `lab.Subject: attribute `weight` dropped`.
    pub reason: String,
}

/// Something that is no longer declared and kept until `djc migrate finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The table as it is called behind the plan; the hidden name of a parked table.
    pub table: TableName,
    /// What it was called before.
    pub was: TableName,
    /// The column's hidden name and the one it had; `None` for a whole table.
    pub column: Option<(String, String)>,
}

/// What parked columns begin with. datajoint hides columns that begin with `_`, and leaves them out of its comparisons.
pub const PARKED_COLUMN: &str = "_djc_";

/// What parked tables begin with. datajoint takes tables that begin with `~` for its own and shows none of them.
pub const PARKED_TABLE: &str = "~djc_";

impl Plan {
    /// Returns the catalogs before the first step and behind each one; tables that a step leaves alone are shared.
    pub fn catalogs(&self, from: &Catalog) -> Vec<Catalog> {
        let mut out = Vec::with_capacity(self.steps.len() + 1);
        let mut now = from.clone();
        for step in &self.steps {
            out.push(now.clone());
            step.action.apply(&mut now);
        }
        out.push(now);
        out
    }

    /// Returns the same as [`Plan::catalogs`], with the names that a server of the MySQL family gives to foreign keys and indexes which have none.
    ///
    /// They are for statements that are written without a server; one that is asked has the true ones ([`adopt_names`]).
    pub fn catalogs_with_names(&self, from: &Catalog, server: Server) -> Vec<Catalog> {
        if !server.is_mysql_family() {
            return self.catalogs(from);
        }
        let mut now = from.clone();
        for table in now.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            assume_names(Arc::make_mut(table));
        }
        let mut out = Vec::with_capacity(self.steps.len() + 1);
        for step in &self.steps {
            out.push(now.clone());
            apply_with_names(&step.action, &mut now);
        }
        out.push(now);
        out
    }
}

/// Returns whether a live table (normalised) is the table that a plan expects at some point.
///
/// Comments, the order of columns outside of the MySQL family, and hidden columns of datajoint's own do not count; parked columns do.
pub fn matches(expected: &Table, live: &Table, server: Server) -> bool {
    let mut expected = expected.clone();
    server.dialect().normalize(&mut expected);
    parked_columns(&expected) == parked_columns(live)
        && diff::tables(&expected, live).iter().all(|difference| is_passing(&difference.what, server))
}

/// Returns the columns of a table that djc has parked.
pub fn parked_columns(table: &Table) -> BTreeSet<String> {
    table.columns.iter().map(|it| it.name.clone()).filter(|name| name.starts_with(PARKED_COLUMN)).collect()
}

/// Returns whether a difference does not keep a live table from being the one that a plan expects.
pub fn is_passing(what: &What, server: Server) -> bool {
    match what {
        What::TableComment(_) | What::ColumnComment { .. } | What::CommentsEncodedTwice { .. } => true,
        What::ColumnOrder(_) => !server.is_mysql_family(),
        _ => false,
    }
}

/// Returns whether a table of the name is one that djc has parked.
pub fn is_parked_table(name: &str) -> bool {
    name.starts_with(PARKED_TABLE)
}

/// Returns the tables of a catalog that are named, as far as they exist.
pub fn tables<'a>(catalog: &'a Catalog, names: &'a [TableName]) -> impl Iterator<Item = &'a Arc<Table>> {
    names.iter().filter_map(|name| catalog.schemas.get(&name.schema)?.tables.get(&name.table))
}
