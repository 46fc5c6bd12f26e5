//! Creates what a pipeline declares and a database lacks.
//!
//! Nothing that exists is altered: tables that are there are compared and their differences reported. Every step
//! can be repeated, so that a deploy which was cut off anywhere is finished by running it again. On PostgreSQL and SQLite
//! the statements of one table are one transaction; on the MySQL family each CREATE stands alone and is whole by itself.

mod contents;
mod error;

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use djc_core::catalog::{Catalog, Change, Charset, ForeignKey, Table};
use djc_core::dialect::{Lowered, Server};
use djc_core::diff::{self, What, Words};
use djc_core::ir::{Generation, Pipeline, Tier};

use crate::db::Db;
use crate::encode::{charset_of, packet_max};
use crate::error::SqlError;
use crate::inspect::InspectOptions;
use crate::run::{LOCK_WAIT, Runner, Sending, Unit, WATCH};

pub use crate::run::{Blocker, Progress, Silent};
pub use contents::Contents;
pub use error::DeployError;

use contents::{Encoded, count, prepare};

/// What shall be there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desired {
    /// All tables that are known, as lowered, those that are not ours included.
    pub catalog: Catalog,
    /// What makes ours, in dependency order.
    pub changes: Vec<Change>,
    /// Rows of our lookup tables, in dependency order.
    pub contents: Vec<Contents>,
}

impl Desired {
    /// Puts together what a lowered pipeline asks for. `names` are the physical schema names by
    /// [`SchemaId`](djc_core::ir::SchemaId), as [`lower`](djc_core::dialect::lower) had them.
    ///
    /// Contents are taken of lookup tables that the changes create, as datajoint ignores those of other tiers.
    pub fn new(pipeline: &Pipeline, names: &[String], lowered: Lowered) -> Desired {
        let Lowered { catalog, changes, .. } = lowered;
        let mut out = Desired { catalog, changes, contents: Vec::new() };
        for id in &pipeline.order {
            let table = pipeline.table(*id);
            let Some(schema) = names.get(table.schema.0 as usize) else { continue };
            let filled = table.tier == Tier::Lookup && !table.contents.is_empty();
            if filled && out.table(schema, &table.stored).is_some() {
                out.contents.push(Contents {
                    schema: schema.clone(),
                    table: table.stored.clone(),
                    generation: pipeline.schema(table.schema).generation,
                    types: table.heading.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone())).collect(),
                    rows: table.contents.clone(),
                });
            }
        }
        out
    }

    /// Returns our tables.
    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.changes.iter().filter_map(|change| match change {
            Change::CreateTable(table) => Some(&**table),
            Change::CreateSchema { .. } | Change::CreateEnum { .. } | Change::AddForeignKey { .. } | Change::SetLineage { .. } => None,
        })
    }

    fn table(&self, schema: &str, table: &str) -> Option<&Table> {
        self.tables().find(|declared| declared.schema == schema && declared.name == table)
    }
}

/// How to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployOptions {
    /// How long one statement waits for a lock. Short, because on MySQL a waiting CREATE makes every later reader wait too.
    pub lock_wait: Duration,
    /// How often a statement is tried that does not get its lock.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles each time.
    pub backoff: Duration,
    /// Schemas used with datajoint 0.14 under which tables of generation 2 may stand.
    pub allow_shared: Vec<String>,
    /// Only find out what would be done: nothing is sent that changes anything.
    pub dry_run: bool,
    /// Cuts the connection after this many statements, for tests of what a cut wire leaves behind.
    pub cut_after: Option<usize>,
}

impl Default for DeployOptions {
    fn default() -> Self {
        DeployOptions {
            lock_wait: LOCK_WAIT,
            attempts: 5,
            backoff: Duration::from_secs(1),
            allow_shared: Vec::new(),
            dry_run: false,
            cut_after: None,
        }
    }
}

impl DeployOptions {
    fn sending(&self) -> Sending {
        let DeployOptions { lock_wait, attempts, backoff, cut_after, .. } = *self;
        Sending { lock_wait, attempts, backoff, watch: WATCH, cut_after }
    }
}

/// One table that exists and differs. Deploying never alters it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// Physical schema.
    pub schema: String,
    /// Stored name.
    pub table: String,
    /// What differs, one entry per difference.
    pub differences: Vec<Words>,
}

/// What a deploy did and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Schemas that were made.
    pub created_schemas: Vec<String>,
    /// Tables that were made: schema and stored name, service tables included.
    pub created_tables: Vec<(String, String)>,
    /// Declared tables that were there and are as declared.
    pub unchanged: usize,
    /// Declared tables that were there and differ.
    pub differing: Vec<TableDifference>,
    /// Rows that `contents` brought: schema, stored name, how many.
    pub inserted: Vec<(String, String, u64)>,
    /// Tables whose `~lineage` rows were written.
    pub lineage_written: usize,
    /// What else a user should know.
    pub notes: Vec<String>,
    /// Statements that were sent.
    pub statements: usize,
}

impl Report {
    /// Returns whether anything that exists is not as declared.
    pub fn differs(&self) -> bool {
        !self.differing.is_empty()
    }

    fn is_differing(&self, schema: &str, table: &str) -> bool {
        self.differing.iter().any(|differing| differing.schema == schema && differing.table == table)
    }

    /// Returns whether nothing had to be made.
    pub fn is_unchanged(&self) -> bool {
        self.created_schemas.is_empty() && self.created_tables.is_empty() && self.inserted.is_empty() && self.lineage_written == 0
    }
}

/// Creates what is missing. Everything that can be refused without the server is refused before anything is changed.
///
/// # Errors
/// See [`DeployError`]; after any of them, running again is safe.
pub async fn deploy(db: &mut Db, desired: &Desired, options: &DeployOptions, progress: &mut dyn Progress) -> Result<Report, DeployError> {
    let server = db.server();
    let dialect = server.dialect();
    let live = db.inspect_as_reported(&InspectOptions::of(schemas_of(desired))).await.map_err(inspect_error)?.catalog;
    let mut report = Report::default();

    compare(db, desired, &live, &mut report);
    let ours: HashSet<(&str, &str)> = desired.tables().map(|table| (table.schema.as_str(), table.name.as_str())).collect();
    for table in desired.tables().filter(|table| live.table(&table.schema, &table.name).is_none()) {
        check_parents(db, table, desired, &ours, &live, options, &report)?;
    }
    let server_charset = db.target().charset.clone();
    let contents: Vec<Encoded> =
        desired.contents.iter().map(|contents| prepare(contents, desired, &live, server, &server_charset)).collect::<Result<_, _>>()?;
    let packet_max = if contents.is_empty() { 0 } else { packet_max(db).await.map_err(inspect_error)? };

    let changes: Vec<&Change> = desired.changes.iter().filter(|change| is_needed(change, &live, &report)).collect();
    let contents: Vec<Encoded> = contents.into_iter().filter(|contents| is_insertable(contents, desired, &mut report)).collect();
    progress.started(changes.len() + contents.len());
    db.set_lock_wait(options.lock_wait).await.map_err(inspect_error)?;

    if options.dry_run {
        for change in changes {
            progress.statement(&summary(change));
            record(change, &mut report);
            progress.done();
        }
        for rows in &contents {
            let exists = live.table(&rows.schema, &rows.table).is_some();
            let before = if exists { count(db, &rows.schema, &rows.table).await.map_err(|error| count_error(rows, error))? } else { 0 };
            if rows.total as u64 > before {
                progress.statement(&format!("insert the contents of {}.{}", rows.schema, rows.table));
                report.inserted.push((rows.schema.clone(), rows.table.clone(), rows.total as u64 - before));
            }
            progress.done();
        }
        return Ok(report);
    }

    let mut runner = Runner::new(db, options.sending(), progress);
    for change in changes {
        let unit = Unit {
            summary: summary(change),
            schema: Some(schema_of(change).to_string()),
            steps: dialect.render(change).into_iter().map(Into::into).collect(),
            // Rows of ~lineage are replaced as a whole everywhere.
            transaction: dialect.facts().transactional_ddl || matches!(change, Change::SetLineage { .. }),
        };
        runner.run(&unit).await?;
        runner.progress.done();
        record(change, &mut report);
    }
    for rows in &contents {
        let Some(table) = desired.table(&rows.schema, &rows.table) else { continue };
        let before = count(runner.db, &rows.schema, &rows.table).await.map_err(|error| count_error(rows, error))?;
        if rows.total as u64 > before {
            runner.run(&rows.unit(table, server, packet_max)).await?;
            let after = count(runner.db, &rows.schema, &rows.table).await.map_err(|error| count_error(rows, error))?;
            if after > before {
                report.inserted.push((rows.schema.clone(), rows.table.clone(), after - before));
            }
        }
        runner.progress.done();
    }
    report.statements = runner.sent;
    if let Some(watcher) = runner.watcher {
        watcher.close().await;
    }
    Ok(report)
}

fn record(change: &Change, report: &mut Report) {
    match change {
        Change::CreateSchema { name, .. } => report.created_schemas.push(name.clone()),
        Change::CreateTable(table) => report.created_tables.push((table.schema.clone(), table.name.clone())),
        Change::SetLineage { .. } => report.lineage_written += 1,
        Change::CreateEnum { .. } | Change::AddForeignKey { .. } => {}
    }
}

fn inspect_error(error: SqlError) -> DeployError {
    match error {
        error if error.is_lost() => DeployError::Lost { statement: "reading the database".to_string(), source: Box::new(error) },
        error => DeployError::Inspect(error),
    }
}

fn count_error(rows: &Encoded, error: SqlError) -> DeployError {
    let statement = format!("count the rows of {}.{}", rows.schema, rows.table);
    match error {
        error if error.is_lost() => DeployError::Lost { statement, source: Box::new(error) },
        error => DeployError::Refused { statement, sql: String::new(), source: Box::new(error) },
    }
}

/// Returns every schema that is declared or referred to.
fn schemas_of(desired: &Desired) -> Vec<String> {
    let mut out: BTreeSet<String> = BTreeSet::new();
    for table in desired.tables() {
        out.extend(table.foreign_keys.iter().map(|key| key.parent_schema.clone()));
    }
    out.extend(desired.changes.iter().map(|change| schema_of(change).to_string()));
    out.into_iter().collect()
}

fn schema_of(change: &Change) -> &str {
    match change {
        Change::CreateSchema { name, .. } => name,
        Change::CreateTable(table) => &table.schema,
        Change::CreateEnum { schema, .. } | Change::AddForeignKey { schema, .. } | Change::SetLineage { schema, .. } => schema,
    }
}

fn summary(change: &Change) -> String {
    match change {
        Change::CreateSchema { name, .. } => format!("create schema {name}"),
        Change::CreateEnum { schema, name, .. } => format!("create type {schema}.{name}"),
        Change::CreateTable(table) => format!("create table {}.{}", table.schema, table.name),
        Change::AddForeignKey { schema, table, foreign_key } => {
            format!("add a foreign key to {schema}.{table} onto {}.{}", foreign_key.parent_schema, foreign_key.parent_table)
        }
        Change::SetLineage { schema, table, .. } => format!("write the lineage of {schema}.{table}"),
    }
}

/// Whether a change still has to be made.
fn is_needed(change: &Change, live: &Catalog, report: &Report) -> bool {
    match change {
        Change::CreateSchema { name, .. } => !live.schemas.contains_key(name),
        Change::CreateEnum { schema, name, .. } => live.schemas.get(schema).is_none_or(|schema| !schema.enums.contains_key(name)),
        Change::CreateTable(table) => live.table(&table.schema, &table.name).is_none(),
        Change::AddForeignKey { schema, table, foreign_key } => live.table(schema, table).is_none_or(|table| {
            !table.foreign_keys.iter().any(|key| {
                key.columns == foreign_key.columns
                    && (&key.parent_schema, &key.parent_table) == (&foreign_key.parent_schema, &foreign_key.parent_table)
            })
        }),
        Change::SetLineage { schema, table, rows } => {
            if report.is_differing(schema, table) {
                return false;
            }
            let Some(found) = live.schemas.get(schema).and_then(|schema| schema.lineage.as_ref()) else { return true };
            let found: BTreeSet<(&str, &str)> = found
                .iter()
                .filter(|((owner, _), _)| owner == table)
                .map(|((_, attribute), lineage)| (attribute.as_str(), lineage.as_str()))
                .collect();
            found != rows.iter().map(|(attribute, lineage)| (attribute.as_str(), lineage.as_str())).collect()
        }
    }
}

/// Says how a declared table differs from a live one, both normalised.
///
/// The order of columns counts on the MySQL family only: the other servers can only append, so there a difference is none by itself.
pub fn differences(declared: &Table, found: &Table, server: Server) -> Vec<Words> {
    let counts = |what: &What| server.is_mysql_family() || !matches!(what, What::ColumnOrder(_));
    diff::tables(declared, found).iter().filter(|difference| counts(&difference.what)).map(|it| it.words(server)).collect()
}

/// Compares every declared table that exists.
fn compare(db: &Db, desired: &Desired, live: &Catalog, report: &mut Report) {
    let dialect = db.server().dialect();
    for declared in desired.tables() {
        let Some(found) = live.table(&declared.schema, &declared.name) else { continue };
        // Service tables are whoever made them's: other versions of datajoint declare them a little differently.
        if declared.name.starts_with('~') {
            report.unchanged += 1;
            continue;
        }
        let (mut declared, mut found) = (declared.clone(), found.clone());
        dialect.normalize(&mut declared);
        dialect.normalize(&mut found);
        let differences = differences(&declared, &found, db.server());
        if differences.is_empty() {
            report.unchanged += 1;
        } else {
            report.differing.push(TableDifference { schema: declared.schema, table: declared.name, differences });
        }
    }
    for change in &desired.changes {
        match change {
            Change::CreateSchema { name, charset: Some(declared), .. } => {
                let found = live.schemas.get(name).and_then(|schema| schema.charset.as_ref());
                if let Some(found) = found.filter(|found| found.charset != declared.charset) {
                    report.notes.push(format!("schema `{name}` exists with charset {} and keeps it", found.charset));
                }
            }
            Change::CreateEnum { schema, name, values } => {
                let found = live.schemas.get(schema).and_then(|schema| schema.enums.get(name));
                if let Some(found) = found.filter(|found| *found != values) {
                    report
                        .notes
                        .push(format!("type `{schema}.{name}` exists with the values {found:?} and keeps them; declared are {values:?}"));
                }
            }
            Change::CreateSchema { .. } | Change::CreateTable(_) | Change::AddForeignKey { .. } | Change::SetLineage { .. } => {}
        }
    }
}

/// Refuses a table whose parent is nowhere, and one of generation 2 under a parent that datajoint 0.14 uses.
fn check_parents(
    db: &Db,
    table: &Table,
    desired: &Desired,
    ours: &HashSet<(&str, &str)>,
    live: &Catalog,
    options: &DeployOptions,
    report: &Report,
) -> Result<(), DeployError> {
    let name = |schema: &str, table: &str| format!("{schema}.{table}");
    for key in &table.foreign_keys {
        let declared = ours.contains(&(key.parent_schema.as_str(), key.parent_table.as_str()));
        let found = live.table(&key.parent_schema, &key.parent_table);
        let child = name(&table.schema, &table.name);
        let parent = name(&key.parent_schema, &key.parent_table);
        if !declared && found.is_none() {
            return Err(DeployError::MissingParent { child, parent });
        }
        if db.server().is_mysql_family() {
            check_charsets(table, key, &desired.catalog, live)?;
        }
        // datajoint 0.14 only knows the MySQL family.
        if !db.server().is_mysql_family()
            || table.generation != Some(Generation::Modern)
            || options.allow_shared.contains(&key.parent_schema)
        {
            continue;
        }
        let generation = desired.catalog.table(&key.parent_schema, &key.parent_table).and_then(|parent| parent.generation);
        // datajoint 2 writes ~lineage whenever it declares a table, datajoint 0.14 never does.
        let made_by_classic = found.is_some() && live.schemas.get(&key.parent_schema).is_some_and(|schema| schema.lineage.is_none());
        let shared = match generation {
            Some(Generation::Classic) => true,
            // A deploy that was cut off may have left a parent of ours without its rows of ~lineage.
            Some(Generation::Modern) if declared => made_by_classic && report.is_differing(&key.parent_schema, &key.parent_table),
            Some(Generation::Modern) | None => made_by_classic,
        };
        if shared {
            return Err(DeployError::SharedParent { child, parent, parent_schema: key.parent_schema.clone() });
        }
    }
    Ok(())
}

/// Refuses a foreign key over text onto a table that exists with another charset or collation.
fn check_charsets(table: &Table, key: &ForeignKey, declared: &Catalog, live: &Catalog) -> Result<(), DeployError> {
    let Some(parent) = live.table(&key.parent_schema, &key.parent_table) else { return Ok(()) };
    for (name, parent_name) in key.columns.iter().zip(&key.parent_columns) {
        if !table.column(name).is_some_and(|column| column.ty.is_text()) || !parent.column(parent_name).is_some_and(|it| it.ty.is_text()) {
            continue;
        }
        let ours = charset_of(&table.schema, &table.name, name, declared, live);
        let theirs = charset_of(&parent.schema, &parent.name, parent_name, declared, live);
        let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
        if ours.joins(theirs) {
            continue;
        }
        let word = |it: &Charset| if ours.charset == theirs.charset { it.collation.clone() } else { it.charset.clone() };
        return Err(DeployError::ParentCharset {
            child: format!("{}.{}", table.schema, table.name),
            column: name.clone(),
            child_charset: word(ours),
            parent: format!("{}.{}", parent.schema, parent.name),
            parent_charset: word(theirs),
        });
    }
    Ok(())
}

/// Whether the rows of a table may be inserted, with a note where not.
fn is_insertable(contents: &Encoded, desired: &Desired, report: &mut Report) -> bool {
    let name = format!("{}.{}", contents.schema, contents.table);
    let table = desired.table(&contents.schema, &contents.table);
    if table.is_some_and(|table| table.columns.iter().any(|column| column.auto_increment)) {
        report.notes.push(format!("the contents of `{name}` are not inserted, because the table numbers its rows (auto_increment)"));
        return false;
    }
    if report.is_differing(&contents.schema, &contents.table) {
        report.notes.push(format!("the contents of `{name}` are not inserted, because the table differs from its definition"));
        return false;
    }
    true
}
