//! Asks the rows whether a plan would come to its end, and how large the tables are that it changes. Nothing is written.

use std::collections::BTreeSet;

use djc_core::catalog::Catalog;
use djc_core::plan::{Check, Plan, TableName};

use super::error::MigrateError;
use crate::db::Db;
use crate::error::SqlError;
use crate::inspect::InspectOptions;
use crate::status::{Count, StatusOptions};
use crate::value::Row;

/// What the rows say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rehearsal {
    /// Checks that find rows.
    pub broken: Vec<Broken>,
    /// Checks that the server did not answer.
    pub unasked: Vec<Unasked>,
    /// The tables that the plan changes and that exist, in order.
    pub sizes: Vec<Size>,
}

/// A check that finds rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The check.
    pub check: Check,
    /// How many rows.
    pub rows: u64,
    /// The first five, each by the values of [`Check::key`].
    pub keys: Vec<Vec<String>>,
}

/// A check that the server did not answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Unasked {
    /// The check.
    pub check: Check,
    /// The server's words.
    pub cause: String,
}

/// How large a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// The table.
    pub table: TableName,
    /// Rows, mostly estimated.
    pub rows: Option<Count>,
    /// Bytes of rows and indexes.
    pub bytes: Option<u64>,
}

/// Asks the checks of a plan, and the sizes of the tables that it changes.
///
/// # Errors
/// A connection that is lost. What the server refuses to answer is listed.
pub async fn rehearse(db: &mut Db, plan: &Plan, from: &Catalog) -> Result<Rehearsal, MigrateError> {
    let mut out = Rehearsal { sizes: sizes(db, plan, from).await?, ..Rehearsal::default() };
    for check in &plan.checks {
        match ask(db, check, from).await {
            Ok((0, _)) => {}
            Ok((rows, keys)) => out.broken.push(Broken { check: check.clone(), rows, keys }),
            Err(error) if error.is_lost() => return Err(error.into()),
            Err(error) => out.unasked.push(Unasked { check: check.clone(), cause: error.to_string() }),
        }
    }
    Ok(out)
}

/// Returns how many rows break the plan, and the first of them.
async fn ask(db: &mut Db, check: &Check, from: &Catalog) -> Result<(u64, Vec<Vec<String>>), SqlError> {
    let sql = check.sql(db.server(), from);
    let count = db.query(&sql.count, &[]).await?.first().map_or(Ok(0), |row| row.u64(0))?;
    if count == 0 {
        return Ok((0, Vec::new()));
    }
    let text = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_string());
    let rows = db.query(&sql.rows, &[]).await?;
    let key = |row: &Row| (0..sql.columns.len()).map(|at| row.opt_text(at).map(text)).collect();
    Ok((count, rows.iter().map(key).collect::<Result<_, _>>()?))
}

async fn sizes(db: &mut Db, plan: &Plan, from: &Catalog) -> Result<Vec<Size>, SqlError> {
    let touched: BTreeSet<TableName> = plan.steps.iter().flat_map(|step| step.action.touches()).collect();
    let schemas: BTreeSet<&String> = touched.iter().map(|table| &table.schema).collect();
    let live = db.inspect(&InspectOptions::of(schemas.into_iter().cloned().collect())).await?.catalog;
    let mut tables = from.clone();
    for (name, schema) in &mut tables.schemas {
        schema.tables.retain(|table, _| touched.contains(&TableName::new(name, table)) && live.table(name, table).is_some());
    }
    let status = db.status(&tables, &StatusOptions::default()).await?;
    let size = |table: &TableName| {
        let found = status.tables.get(&(table.schema.clone(), table.table.clone()))?;
        let bytes = found.data_bytes.zip(found.index_bytes).map(|(data, indexes)| data + indexes);
        Some(Size { table: table.clone(), rows: found.rows, bytes: bytes.or(found.data_bytes) })
    };
    Ok(touched.iter().filter_map(size).collect())
}
