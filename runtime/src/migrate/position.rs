//! Where a live database stands in a plan.
//!
//! A plan knows the catalog behind each of its steps. The database stands at the first of them, from what the ledger says on, that the live tables
//! are: the ledger is behind by one where the wire was cut between a statement and its row, and by more where a person went ahead by hand. Steps that
//! change rows leave no trace in a catalog and are taken again; they can be.
//!
//! Only the tables that the plan changes are looked at. Whatever else differs is no business of a migration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use djc_core::catalog::{Catalog, Table};
use djc_core::dialect::Server;
use djc_core::diff::{self, What, Words};
use djc_core::plan::{self, Action, Plan, TableName};

use super::Job;
use super::error::MigrateError;
use crate::db::Db;
use crate::error::SqlError;
use crate::inspect::InspectOptions;

/// Where a database stands in a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Position {
    /// So many steps are done, and some are left.
    At(usize),
    /// All are done.
    Done,
    /// Nowhere.
    Drifted {
        /// The point of the plan that is nearest.
        nearest: usize,
        /// The tables that differ from it.
        drift: Vec<TableDrift>,
    },
}

/// A table that is not as the plan expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDrift {
    /// The table.
    pub table: TableName,
    /// What differs: what the plan expects, and what is there.
    pub differences: Vec<Words>,
}

/// Returns where the database stands in the plan of a job, of which so many steps are known to be done.
///
/// # Errors
/// What the server says when it is read.
pub async fn position(db: &mut Db, job: &Job<'_>, done: usize) -> Result<Position, MigrateError> {
    let course = Course::new(job.plan, job.from, db.server());
    Ok(course.position(&course.live(db).await?, done))
}

/// The tables that a plan changes, at every point of it.
pub(super) struct Course<'a> {
    plan: &'a Plan,
    server: Server,
    /// The catalogs before the first step and behind each one.
    pub catalogs: Vec<Catalog>,
    /// The tables that look different at some point.
    touched: BTreeSet<TableName>,
}

impl<'a> Course<'a> {
    pub fn new(plan: &'a Plan, from: &Catalog, server: Server) -> Self {
        let catalogs = plan.catalogs(from);
        let mut touched: BTreeSet<TableName> = plan.steps.iter().flat_map(|step| step.action.touches()).collect();
        // A renamed table or column shows in the foreign keys onto it, an enum type in all columns that have it.
        for pair in catalogs.windows(2) {
            touched.extend(changed(&pair[0], &pair[1]));
        }
        touched.retain(|name| !is_service(&name.table));
        Course { plan, server, catalogs, touched }
    }

    /// Returns the tables that the plan changes, by all names that they have in it.
    pub fn touched(&self) -> impl Iterator<Item = &TableName> {
        self.touched.iter()
    }

    /// Returns the schemas of those tables.
    pub fn schemas(&self) -> Vec<String> {
        let schemas: BTreeSet<&String> = self.touched.iter().map(|name| &name.schema).collect();
        schemas.into_iter().cloned().collect()
    }

    /// Reads the tables that the plan changes, normalised.
    pub async fn live(&self, db: &mut Db) -> Result<Catalog, SqlError> {
        Ok(db.inspect(&InspectOptions::of(self.schemas())).await?.catalog)
    }

    /// Returns where a live database (normalised) stands, of which so many steps are known to be done.
    pub fn position(&self, live: &Catalog, done: usize) -> Position {
        let mut judge = Judge { server: self.server, known: HashMap::new() };
        let last = self.plan.steps.len();
        let mut nearest = (usize::MAX, done);
        for at in done.min(last)..=last {
            let wrong = self.wrong(live, at, &mut judge).count();
            if wrong == 0 {
                return if at == last { Position::Done } else { Position::At(at) };
            }
            if wrong < nearest.0 {
                nearest = (wrong, at);
            }
        }
        let (_, nearest) = nearest;
        let drift = self
            .wrong(live, nearest, &mut judge)
            .map(|name| TableDrift {
                table: name.clone(),
                differences: self.differences(table(&self.catalogs[nearest], name), table(live, name)),
            })
            .collect();
        Position::Drifted { nearest, drift }
    }

    /// Returns whether a step changes tables, so that the tables show whether it is done.
    pub fn changes_tables(&self, step: usize) -> bool {
        !changed(&self.catalogs[step], &self.catalogs[step + 1]).is_empty()
    }

    /// Returns of the catalog before the first step what a resumed run needs: the tables that the plan names or changes, and those that
    /// stand in foreign keys of them.
    pub fn kept_from(&self) -> Catalog {
        let mut kept = self.touched.clone();
        kept.extend(self.plan.steps.iter().flat_map(|step| step.action.reads()));
        for catalog in &self.catalogs {
            let parents = self.touched.iter().filter_map(|name| table(catalog, name)).flat_map(|table| &table.foreign_keys);
            kept.extend(parents.map(|key| TableName::new(&key.parent_schema, &key.parent_table)));
        }
        let mut out = self.catalogs[0].clone();
        for schema in out.schemas.values_mut() {
            schema.tables.retain(|_, table| kept.contains(&TableName::new(&table.schema, &table.name)));
            schema.lineage = schema.lineage.is_some().then(BTreeMap::new);
        }
        out
    }

    /// Returns whether a live database (normalised) is as the plan expects it behind so many steps.
    pub fn is_at(&self, live: &Catalog, at: usize) -> bool {
        self.wrong(live, at, &mut Judge { server: self.server, known: HashMap::new() }).next().is_none()
    }

    /// Returns the tables that are not as the plan expects them behind so many steps.
    fn wrong<'b>(&'b self, live: &'b Catalog, at: usize, judge: &'b mut Judge) -> impl Iterator<Item = &'b TableName> {
        // A hand-written step that was cut off may have its tables look like anything.
        let open: &[TableName] = match self.plan.steps.get(at).map(|step| &step.action) {
            Some(Action::Hand(hand)) => &hand.touches,
            Some(_) | None => &[],
        };
        self.touched.iter().filter(move |name| {
            !open.contains(name)
                && match (table(&self.catalogs[at], name), table(live, name)) {
                    (None, None) => false,
                    (Some(expected), Some(found)) => !judge.agree(expected, found),
                    (Some(_), None) | (None, Some(_)) => true,
                }
        })
    }

    fn differences(&self, expected: Option<&Arc<Table>>, found: Option<&Arc<Table>>) -> Vec<Words> {
        let table = |from: Option<String>, to: Option<String>| vec![Words { subject: "table".to_string(), from, to }];
        match (expected, found) {
            (None, None) => Vec::new(),
            (Some(_), None) => table(Some(String::new()), None),
            (None, Some(_)) => table(None, Some(String::new())),
            (Some(expected), Some(found)) => {
                let mut expected = Table::clone(expected);
                self.server.dialect().normalize(&mut expected);
                let counts = |what: &What| !plan::is_passing(what, self.server);
                let mut words: Vec<Words> =
                    diff::tables(&expected, found).iter().filter(|it| counts(&it.what)).map(|it| it.words(self.server)).collect();
                let (ours, theirs) = (plan::parked_columns(&expected), plan::parked_columns(found));
                let parked = |name: &String| format!("parked column `{name}`");
                words.extend(ours.difference(&theirs).map(|it| Words { subject: parked(it), from: Some(String::new()), to: None }));
                words.extend(theirs.difference(&ours).map(|it| Words { subject: parked(it), from: None, to: Some(String::new()) }));
                words
            }
        }
    }
}

/// Compares tables, each pair once.
struct Judge {
    server: Server,
    known: HashMap<(*const Table, *const Table), bool>,
}

impl Judge {
    fn agree(&mut self, expected: &Arc<Table>, found: &Arc<Table>) -> bool {
        let server = self.server;
        *self.known.entry((Arc::as_ptr(expected), Arc::as_ptr(found))).or_insert_with(|| plan::matches(expected, found, server))
    }
}

pub(super) fn table<'a>(catalog: &'a Catalog, name: &TableName) -> Option<&'a Arc<Table>> {
    catalog.schemas.get(&name.schema)?.tables.get(&name.table)
}

/// Returns the tables that differ between two catalogs of one plan, where what does not differ is shared.
fn changed(before: &Catalog, behind: &Catalog) -> BTreeSet<TableName> {
    let tables = |catalog: &Catalog| -> BTreeMap<TableName, *const Table> {
        let of = |table: &Arc<Table>| (TableName::new(&table.schema, &table.name), Arc::as_ptr(table));
        catalog.schemas.values().flat_map(|schema| schema.tables.values().map(of)).collect()
    };
    let (before, behind) = (tables(before), tables(behind));
    let differs = |name: &&TableName| before.get(*name) != behind.get(*name);
    before.keys().chain(behind.keys()).filter(differs).cloned().collect()
}

/// Returns whether a table is datajoint's own, declared a little differently by each of its versions.
fn is_service(table: &str) -> bool {
    table.starts_with('~') && !plan::is_parked_table(table)
}
