//! Job tables of both generations: `~jobs` of a schema (0.14), `~~name` of a table (2).

use djc_core::catalog::{Catalog, Schema, Table};
use djc_core::dialect::Server;
use djc_core::ir::{StoredTier, parse_stored};

use super::Status;
use crate::db::Db;
use crate::error::SqlError;

/// Jobs of one table by their status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jobs {
    /// Waiting (datajoint 2).
    pub pending: u64,
    /// A worker has it, or has died with it.
    pub reserved: u64,
    /// Failed; not tried again until somebody deletes the job.
    pub error: u64,
    /// Not to be made.
    pub ignore: u64,
    /// Done and kept (datajoint 2).
    pub success: u64,
    /// When the oldest reservation was made, in the server's time.
    pub oldest_reserved: Option<String>,
    /// The latest error.
    pub last_error: Option<JobError>,
}

/// An error of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobError {
    /// When, in the server's time.
    pub at: String,
    /// The first line of its message.
    pub message: String,
}

impl Jobs {
    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pending + self.reserved + self.error + self.ignore + self.success == 0
    }
}

/// The job tables of one database.
struct Source {
    /// SQL of the table.
    table: String,
    schema: String,
    /// The target, or the column that names it.
    target: Result<String, &'static str>,
    /// When a job was reserved, and when it failed.
    times: (&'static str, &'static str),
}

pub(super) async fn read(db: &mut Db, catalog: &Catalog, status: &mut Status) -> Result<(), SqlError> {
    let sources: Vec<Source> = catalog.schemas.values().flat_map(|schema| sources(db, schema)).collect();
    let count = |source: &Source| {
        let target = match &source.target {
            Ok(target) => db.constant(target),
            Err(column) => db.as_text(column),
        };
        let (reserved, _) = source.times;
        format!(
            "SELECT {} AS a, {target} AS b, {} AS c, count(*) AS d, {} AS e FROM {} GROUP BY 2, 3",
            db.constant(&source.schema),
            db.as_text("status"),
            time(db, &format!("min({reserved})")),
            source.table
        )
    };
    let terms: Vec<String> = sources.iter().map(count).collect();
    let mut failing = Vec::new();
    for row in db.union(&terms, "jobs", &mut status.notes).await? {
        let key = (row.text(0)?, row.text(1)?);
        let Some(table) = status.tables.get_mut(&key) else { continue };
        let number = row.u64(3)?;
        match row.text(2)?.as_str() {
            "pending" => table.jobs.pending = number,
            "reserved" => (table.jobs.reserved, table.jobs.oldest_reserved) = (number, row.opt_text(4)?),
            "error" => {
                table.jobs.error = number;
                failing.push(key);
            }
            "ignore" => table.jobs.ignore = number,
            "success" => table.jobs.success = number,
            _ => {}
        }
    }
    let last = |key: &(String, String)| {
        let fits = |source: &&Source| source.schema == key.0 && source.target.as_ref().map_or(true, |target| *target == key.1);
        let source = sources.iter().find(fits)?;
        let (_, failed) = source.times;
        let only = match source.target {
            Ok(_) => String::new(),
            Err(column) => format!(" AND {} = {}", db.as_text(column), db.constant(&key.1)),
        };
        let message = db.as_text("error_message");
        let at = time(db, failed);
        Some(format!(
            "SELECT * FROM (SELECT {} AS a, {} AS b, {at} AS c, {message} AS d FROM {} WHERE status = 'error'{only} \
             ORDER BY {failed} DESC LIMIT 1) AS t",
            db.constant(&key.0),
            db.constant(&key.1),
            source.table
        ))
    };
    let terms: Vec<String> = failing.iter().filter_map(last).collect();
    for row in db.union(&terms, "errors of jobs", &mut status.notes).await? {
        if let Some(table) = status.tables.get_mut(&(row.text(0)?, row.text(1)?)) {
            let message = row.opt_text(3)?.unwrap_or_default().lines().next().unwrap_or_default().to_string();
            table.jobs.last_error = Some(JobError { at: row.opt_text(2)?.unwrap_or_default(), message });
        }
    }
    Ok(())
}

/// Returns the job tables of a schema, those that have the columns they should.
fn sources(db: &Db, schema: &Schema) -> Vec<Source> {
    let has = |table: &Table, columns: &[&str]| columns.iter().all(|name| table.column(name).is_some());
    let mut out = Vec::new();
    for (name, table) in &schema.tables {
        let source = |target, times| Source { table: db.source(&schema.name, name), schema: schema.name.clone(), target, times };
        if name == "~jobs" && has(table, &["table_name", "status", "error_message", "timestamp"]) {
            out.push(source(Err("table_name"), ("timestamp", "timestamp")));
        } else if let Some(word) = name.strip_prefix("~~")
            && has(table, &["status", "error_message", "reserved_time", "completed_time"])
            && let Some(target) = target(schema, word)
        {
            out.push(source(Ok(target), ("reserved_time", "completed_time")));
        }
    }
    out
}

/// Returns the table that `~~word` has the jobs of.
fn target(schema: &Schema, word: &str) -> Option<String> {
    let fits = |name: &&String| {
        name.trim_start_matches('_') == word
            && parse_stored(name).is_some_and(|stored| matches!(stored.tier, StoredTier::Imported | StoredTier::Computed))
    };
    schema.tables.keys().find(fits).cloned()
}

/// Returns a moment as text to the second.
pub(super) fn time(db: &Db, expression: &str) -> String {
    match db.server() {
        Server::MySql | Server::MariaDb => format!("DATE_FORMAT({expression}, '%Y-%m-%d %H:%i:%s')"),
        Server::Postgres => format!("to_char({expression}, 'YYYY-MM-DD HH24:MI:SS')"),
        Server::Sqlite => format!("substr({expression}, 1, 19)"),
    }
}
