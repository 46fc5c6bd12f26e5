//! Rows that belong to a definition: the `contents` of lookup tables.
//!
//! The rule is datajoint's: when `contents` has more rows than the table, all are inserted and those whose key exists
//! are skipped; otherwise nothing happens. A table that numbers its rows gets none.

use djc_core::catalog::{Catalog, Column, ColumnDefault, ColumnType, Statement, Table};
use djc_core::dialect::Server;
use djc_core::ir::{AttributeType, ContentRow, Generation};

use super::Desired;
use super::error::DeployError;
use crate::db::Db;
use crate::encode::{Slot, charset_of, size};
use crate::error::SqlError;
use crate::run::{Step, Unit};
use crate::value::SqlValue;

/// The rows of one lookup table.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// Physical schema.
    pub schema: String,
    /// Stored name.
    pub table: String,
    /// What the definition means.
    pub generation: Generation,
    /// Attribute → type, for all attributes that rows may name; inherited ones with the type of their origin.
    pub types: Vec<(String, AttributeType)>,
    /// The rows.
    pub rows: Vec<ContentRow>,
}

/// Rows ready to be sent: runs of rows that name the same columns.
pub(super) struct Encoded {
    pub schema: String,
    pub table: String,
    pub total: usize,
    groups: Vec<Group>,
}

struct Group {
    columns: Vec<String>,
    rows: Vec<Vec<SqlValue>>,
}

/// Rows in one statement at most; more bring nothing.
const ROWS_MAX: usize = 500;

/// Makes the rows of a table ready, with every check that needs no server.
///
/// `live` tells the charset of columns that exist; new ones get that of their schema.
pub(super) fn prepare(
    contents: &Contents,
    desired: &Desired,
    live: &Catalog,
    server: Server,
    server_charset: &str,
) -> Result<Encoded, DeployError> {
    let Contents { schema, table, generation, types, rows } = contents;
    let name = format!("{schema}.{table}");
    let owner = desired.table(schema, table);
    let mut groups: Vec<Group> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let fail = |attribute: &str, reason: String| DeployError::Contents {
            table: name.clone(),
            row: at,
            attribute: attribute.to_string(),
            reason,
        };
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for (attribute, value) in &row.values {
            let ty = types.iter().find(|(name, _)| name == attribute).map(|(_, ty)| ty);
            let column = owner.and_then(|owner| owner.column(attribute));
            let (Some(ty), Some(column)) = (ty, column) else {
                return Err(fail(attribute, "the table has no such attribute".to_string()));
            };
            let charset = charset_of(schema, table, &column.name, &desired.catalog, live).map_or(server_charset, |it| it.charset.as_str());
            let slot = Slot { ty, generation: *generation, column, server, charset: Some(charset) };
            let Some(value) = slot.encode(value).map_err(|reason| fail(attribute, reason))? else { continue };
            columns.push(attribute.clone());
            values.push(value);
        }
        let left_out = |column: &&Column| !column.nullable && !column.auto_increment && !columns.contains(&column.name);
        let missing = owner.iter().flat_map(|owner| &owner.columns).filter(left_out).find(|column| match column.default {
            // The MySQL family puts the first value of an enum.
            ColumnDefault::None => !(server.is_mysql_family() && matches!(column.ty, ColumnType::Enum { .. })),
            _ => false,
        });
        if let Some(column) = missing {
            return Err(fail(&column.name, "the row has no value for it, and it has no default".to_string()));
        }
        match groups.last_mut() {
            Some(group) if group.columns == columns => group.rows.push(values),
            _ => groups.push(Group { columns, rows: vec![values] }),
        }
    }
    Ok(Encoded { schema: schema.clone(), table: table.clone(), total: rows.len(), groups })
}

/// Returns how many rows the table has.
pub(super) async fn count(db: &mut Db, schema: &str, table: &str) -> Result<u64, SqlError> {
    let sql = format!("SELECT count(*) AS a FROM {}", db.source(schema, table));
    db.query(&sql, &[]).await?.first().map_or(Ok(0), |row| row.u64(0))
}

impl Encoded {
    /// Returns the inserts as one transaction.
    pub fn unit(&self, table: &Table, server: Server, packet_max: usize) -> Unit {
        let name = format!("{}.{}", self.schema, self.table);
        let mut steps = Vec::new();
        for group in &self.groups {
            for batch in batches(group, server, packet_max / 2) {
                let sql = insert(table, &group.columns, batch.len(), server);
                let statement = Statement { sql, summary: format!("insert {} rows into {name}", batch.len()) };
                steps.push(Step { statement, values: batch.iter().flatten().cloned().collect() });
            }
        }
        Unit { summary: format!("insert the contents of {name}"), schema: Some(self.schema.clone()), steps, transaction: true }
    }
}

/// Cuts rows so that neither the count of placeholders nor the size of a statement is too great.
fn batches(group: &Group, server: Server, bytes_max: usize) -> Vec<&[Vec<SqlValue>]> {
    let placeholders = match server {
        Server::MySql | Server::MariaDb | Server::Postgres => 65_535,
        Server::Sqlite => 32_766,
    };
    let rows_max = ROWS_MAX.min(placeholders / group.columns.len().max(1)).max(1);
    let mut out = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, row) in group.rows.iter().enumerate() {
        let size: usize = row.iter().map(size).sum();
        if at > start && (at - start >= rows_max || bytes + size > bytes_max) {
            out.push(&group.rows[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += size;
    }
    out.push(&group.rows[start..]);
    out
}

/// Returns an insert of some rows that skips those whose key exists.
fn insert(table: &Table, columns: &[String], rows: usize, server: Server) -> String {
    let dialect = server.dialect();
    let quoting = dialect.facts().quoting;
    let target = server.table_sql(&table.schema, &table.name);
    let mark = |at: usize, column: &str| match server {
        Server::MySql | Server::MariaDb | Server::Sqlite => "?".to_string(),
        // A bound text goes into a date, a uuid or an enum only when told so.
        Server::Postgres => match table.column(column) {
            Some(column) => format!("CAST(${} AS {})", at + 1, dialect.type_sql(&column.ty)),
            None => format!("${}", at + 1),
        },
    };
    let rows: Vec<String> = (0..rows)
        .map(|row| {
            let marks: Vec<String> = columns.iter().enumerate().map(|(at, column)| mark(row * columns.len() + at, column)).collect();
            format!("({})", marks.join(", "))
        })
        .collect();
    let skip = match (server, table.primary_key.first()) {
        (_, None) => String::new(),
        // As datajoint writes it: the row that is there stays as it is.
        (Server::MySql | Server::MariaDb, Some(first)) => {
            let first = quoting.name(first);
            format!(" ON DUPLICATE KEY UPDATE {first} = {target}.{first}")
        }
        (Server::Postgres | Server::Sqlite, Some(_)) => format!(" ON CONFLICT {} DO NOTHING", quoting.names(&table.primary_key)),
    };
    format!("INSERT INTO {target} {} VALUES {}{skip}", quoting.names(columns), rows.join(", "))
}
