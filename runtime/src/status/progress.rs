//! How far tables are populated.
//!
//! The key source is that of datajoint: the natural join of the keys of all parents that are referred to from the primary key. A table counts as
//! done with a key as soon as it has one row of it.

use std::collections::BTreeSet;

use djc_core::catalog::{Catalog, ForeignKey, Table, TableKind};
use djc_core::dialect::Server;
use djc_core::ir::{StoredTier, parse_stored};

use super::{Count, Status, StatusOptions};
use crate::db::Db;
use crate::error::SqlError;

/// How far a table is populated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// By counts of rows: so many keys, so many of them without rows.
    Keys {
        /// Keys of the key source.
        total: Count,
        /// Those without rows, at least.
        missing: Count,
    },
    /// The definition says its own key source, which the database does not know.
    OwnKeySource,
    /// The key source cannot be estimated, or something in it cannot be read.
    Unknown,
}

/// Returns the references of a table that is populated from its primary key; `None` for other tables.
fn key_source(table: &Table) -> Option<Vec<&ForeignKey>> {
    let stored = parse_stored(&table.name)?;
    let populated = stored.master.is_none() && matches!(stored.tier, StoredTier::Imported | StoredTier::Computed);
    if !populated || table.kind != TableKind::Base {
        return None;
    }
    let in_key = |key: &&ForeignKey| key.columns.iter().all(|column| table.primary_key.contains(column));
    Some(table.foreign_keys.iter().filter(in_key).collect())
}

fn populated(catalog: &Catalog) -> impl Iterator<Item = (&Table, Vec<&ForeignKey>)> {
    catalog.tables().filter_map(|table| Some((table, key_source(table)?)))
}

/// Sets what the row counts say.
pub(super) fn estimate(catalog: &Catalog, options: &StatusOptions, status: &mut Status) {
    for (table, parents) in populated(catalog) {
        let key = (table.schema.clone(), table.name.clone());
        let progress = if options.own_key_source.contains(&key) {
            Progress::OwnKeySource
        } else {
            estimated(&parents, status, &key).unwrap_or(Progress::Unknown)
        };
        if let Some(table) = status.tables.get_mut(&key) {
            table.progress = Some(progress);
        }
    }
}

fn estimated(parents: &[&ForeignKey], status: &Status, key: &(String, String)) -> Option<Progress> {
    let rows = status.tables.get(key)?.rows?;
    let rows_of = |parent: &&ForeignKey| status.tables.get(&(parent.parent_schema.clone(), parent.parent_table.clone()))?.rows;
    let columns = |parent: &ForeignKey| parent.columns.iter().cloned().collect::<BTreeSet<String>>();
    let widest = parents.iter().max_by_key(|parent| parent.columns.len())?;
    let disjoint = {
        let all: usize = parents.iter().map(|parent| parent.columns.len()).sum();
        parents.iter().flat_map(|parent| &parent.columns).collect::<BTreeSet<_>>().len() == all
    };
    let total = if disjoint {
        // Independent parents: every combination.
        parents.iter().map(rows_of).try_fold(Count::Exact(1), |product, rows| {
            let rows = rows?;
            let number = product.number().saturating_mul(rows.number());
            Some(if product.is_exact() && rows.is_exact() { Count::Exact(number) } else { Count::Estimated(number) })
        })?
    } else if parents.iter().all(|parent| columns(parent).is_subset(&columns(widest))) {
        // The others are ancestors of the widest, as a rule; then they take nothing away.
        Count::Estimated(rows_of(widest)?.number())
    } else {
        return None;
    };
    let missing = Count::Estimated(total.number().saturating_sub(rows.number()));
    Some(Progress::Keys { total, missing })
}

/// Counts keys on the server, one query for each populated table.
pub(super) async fn count(db: &mut Db, catalog: &Catalog, options: &StatusOptions, status: &mut Status) -> Result<(), SqlError> {
    for (table, parents) in populated(catalog) {
        let key = (table.schema.clone(), table.name.clone());
        let progress = if options.own_key_source.contains(&key) {
            Progress::OwnKeySource
        } else if parents.is_empty() {
            Progress::Unknown
        } else {
            let sql = anti_join(db, table, &parents);
            let rows = db.union(&[sql], &format!("keys of `{}`.`{}`", table.schema, table.name), &mut status.notes).await?;
            match rows.first() {
                Some(row) => Progress::Keys { total: Count::Exact(row.u64(0)?), missing: Count::Exact(row.opt_u64(1)?.unwrap_or(0)) },
                None => Progress::Unknown,
            }
        };
        if let Some(table) = status.tables.get_mut(&key) {
            table.progress = Some(progress);
        }
    }
    Ok(())
}

/// Returns the query for all keys of the key source, and those without rows.
fn anti_join(db: &Db, table: &Table, parents: &[&ForeignKey]) -> String {
    let quoting = db.server().dialect().facts().quoting;
    // Where each column of the key source comes from: the first parent that has it.
    let mut seen: Vec<(&String, String)> = Vec::new();
    let mut from = String::new();
    for (at, parent) in parents.iter().enumerate() {
        let alias = format!("p{at}");
        let mut equal = Vec::new();
        for (child, column) in parent.columns.iter().zip(&parent.parent_columns) {
            let here = format!("{alias}.{}", quoting.name(column));
            match seen.iter().find(|(known, _)| *known == child) {
                Some((_, there)) => equal.push(format!("{here} = {there}")),
                None => seen.push((child, here)),
            }
        }
        let source = format!("{} AS {alias}", db.source(&parent.parent_schema, &parent.parent_table));
        from = match (at, equal.is_empty()) {
            (0, _) => source,
            (_, true) => format!("{from} CROSS JOIN {source}"),
            (_, false) => format!("{from} JOIN {source} ON {}", equal.join(" AND ")),
        };
    }
    let equal: Vec<String> = seen.iter().map(|(child, there)| format!("t.{} = {there}", quoting.name(child))).collect();
    let target = db.source(&table.schema, &table.name);
    let missing = format!("CASE WHEN EXISTS (SELECT 1 FROM {target} AS t WHERE {}) THEN 0 ELSE 1 END", equal.join(" AND "));
    // The sum of no row is NULL, and PostgreSQL sums to a type of its own.
    let sum = match db.server() {
        Server::Postgres => format!("sum({missing})::bigint"),
        Server::MySql | Server::MariaDb => format!("CAST(sum({missing}) AS UNSIGNED)"),
        Server::Sqlite => format!("sum({missing})"),
    };
    format!("SELECT count(*) AS a, {sum} AS b FROM {from}")
}
