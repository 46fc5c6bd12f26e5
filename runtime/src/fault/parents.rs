//! Which parents lack the rows that others refer to.
//!
//! datajoint pipelines have a helper for it, `find_insert_fail`, which compares by the names of attributes. Here the columns of each foreign key are
//! followed, so that a renamed attribute is looked for under the name that it has in the parent. Nothing is written.

use std::collections::HashSet;
use std::fmt;

use djc_core::contents::literal;
use djc_core::ir::{ForeignKey, TableId, Tier};
use djc_core::nearest::nearest;
use djc_core::plan::Literal;
use djc_core::value::Value;

use super::attempt::{Attempt, Terms, Verb, show};
use super::{Error, ErrorKind};
use crate::connection::Session;
use crate::db::Db;
use crate::error::SqlError;
use crate::value::SqlValue;

/// What rows refer to in one parent, by one foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentRows {
    /// The parent, as `module.Class`.
    pub parent: String,
    /// Attributes of the child, each with the one of the parent that it refers to.
    pub columns: Vec<(String, String)>,
    /// Values, in the order of the columns, that the parent has no row with.
    pub missing: Vec<Vec<String>>,
    /// Values that it has a row with.
    pub found: Vec<Vec<String>>,
    /// What the parent has that is nearest to the first value that is missing.
    pub nearest: Option<String>,
    /// Whether the parent is filled by `populate`.
    pub is_populated: bool,
}

impl ParentRows {
    /// Returns whether a row is missing.
    pub fn is_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Returns values as those of the parent's attributes.
    fn of_parent(&self, values: &[String]) -> String {
        let pairs = self.columns.iter().zip(values).map(|((_, parent), value)| format!("{parent} = {value}"));
        pairs.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for ParentRows {
    /// Writes one line: the parent, and `MISSING` or what it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |rows: &[Vec<String>]| rows.iter().map(|row| format!("({})", self.of_parent(row))).collect::<Vec<_>>().join(", ");
        if !self.is_missing() {
            return write!(f, "{}: {}", self.parent, list(&self.found));
        }
        write!(f, "{}: MISSING {}", self.parent, list(&self.missing))?;
        let renamed = self.columns.iter().filter(|(child, parent)| child != parent);
        let renamed: Vec<String> = renamed.map(|(child, parent)| format!("{parent} is {child} here")).collect();
        if !renamed.is_empty() {
            write!(f, " ({})", renamed.join(", "))?;
        }
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest that it has is {nearest}"),
            None => Ok(()),
        }
    }
}

/// Returns what a row would refer to, and which parents have no such row. Only reads.
///
/// # Errors
/// An attribute that the table does not have, a value that it cannot hold, and what the server says.
pub async fn find_insert_fail(
    db: &dyn Session,
    model: &std::sync::Arc<djc_core::model::Model>,
    table: TableId,
    row: &[(String, Value)],
) -> Result<Vec<ParentRows>, Error> {
    let scope = db.connection().dialect();
    let (declared, server) = (model.table(table), scope.server);
    let generation = model.pipeline().schema(declared.schema).generation;
    let mut values = Vec::new();
    for (name, value) in row {
        let refused =
            |kind, message: String| Error::new(kind, message).table(model.display_name(table)).value(name.as_str(), value.to_string());
        let Some(attribute) = declared.heading.get(name) else {
            let known = nearest(name, declared.heading.attributes.iter().map(|attribute| attribute.name.as_str()));
            let help = known.map_or(String::new(), |known| format!("; did you mean `{known}`?"));
            return Err(refused(ErrorKind::UnknownAttribute, format!("{} has no attribute `{name}`{help}", model.display_name(table))));
        };
        let column = server.dialect().column_type(&attribute.ty, generation).map_err(|error| refused(ErrorKind::Refused, error.reason))?;
        let stored = match value {
            Value::Null => Literal::Null,
            value => literal(value, &attribute.ty, &column, generation, server)
                .map_err(|reason| refused(ErrorKind::Value, format!("`{name}`: {reason}")))?,
        };
        values.push((name.clone(), bound(stored)));
    }
    let rows = [values];
    let attempt = Attempt { scope, model, table, verb: Verb::Insert, rows: &rows };
    Ok(check(&mut *db.lock().await?, &attempt).await?)
}

/// Returns a literal as it is bound.
fn bound(literal: Literal) -> SqlValue {
    match literal {
        Literal::Null | Literal::Default => SqlValue::Null,
        Literal::Bool(value) => SqlValue::Bool(value),
        Literal::Integer(value) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => SqlValue::I64(value),
            (Err(_), Ok(value)) => SqlValue::U64(value),
            (Err(_), Err(_)) => SqlValue::Text(value.to_string()),
        },
        Literal::Real(value) => SqlValue::F64(value),
        Literal::Text(text) => SqlValue::Text(text),
        Literal::Bytes(bytes) => SqlValue::Bytes(bytes),
    }
}

/// References that are looked for in one statement, and in all.
const CHUNK: usize = 50;
const REFERENCES_MAX: usize = 1000;

/// Looks for what rows refer to, one foreign key after the other.
pub(super) async fn check(db: &mut Db, attempt: &Attempt<'_>) -> Result<Vec<ParentRows>, SqlError> {
    let mut out = Vec::new();
    for reference in &attempt.own().references {
        let wanted = wanted(attempt, reference);
        let mut rows = ParentRows {
            parent: attempt.name(reference.parent),
            columns: reference.columns.iter().map(|map| (map.child.clone(), map.parent.clone())).collect(),
            missing: Vec::new(),
            found: Vec::new(),
            nearest: None,
            is_populated: matches!(attempt.model.table(reference.parent).tier, Tier::Imported | Tier::Computed),
        };
        let mut first = None;
        for chunk in wanted.chunks(CHUNK) {
            let there = exist(db, attempt, reference, chunk).await?;
            for (values, there) in chunk.iter().zip(there) {
                let shown = values.iter().map(show).collect();
                if there || is_among(attempt, reference, values) {
                    rows.found.push(shown);
                } else {
                    rows.missing.push(shown);
                    first.get_or_insert(values);
                }
            }
        }
        if let Some(values) = first {
            rows.nearest = nearest_of(db, attempt, reference, values).await?;
        }
        if !wanted.is_empty() {
            out.push(rows);
        }
    }
    Ok(out)
}

/// Returns the different values that rows refer to by a foreign key. A NULL among them refers to nothing.
fn wanted(attempt: &Attempt<'_>, reference: &ForeignKey) -> Vec<Vec<SqlValue>> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for row in attempt.rows {
        let value = |name: &str| row.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        let values: Option<Vec<SqlValue>> = reference.columns.iter().map(|map| value(&map.child)).collect();
        let Some(values) = values.filter(|values| !values.contains(&SqlValue::Null)) else { continue };
        if out.len() < REFERENCES_MAX && seen.insert(format!("{values:?}")) {
            out.push(values);
        }
    }
    out
}

/// Whether the rows themselves bring what they refer to.
fn is_among(attempt: &Attempt<'_>, reference: &ForeignKey, values: &[SqlValue]) -> bool {
    let has = |row: &super::attempt::Values| {
        reference.columns.iter().zip(values).all(|(map, value)| row.iter().any(|(name, own)| *name == map.parent && own == value))
    };
    reference.parent == attempt.table && attempt.rows.iter().any(has)
}

async fn exist(db: &mut Db, attempt: &Attempt<'_>, reference: &ForeignKey, chunk: &[Vec<SqlValue>]) -> Result<Vec<bool>, SqlError> {
    let parent = attempt.sql(reference.parent)?;
    let mut terms = Terms::default();
    for (at, values) in chunk.iter().enumerate() {
        terms.sql.push_str(if at > 0 { ", " } else { "SELECT " });
        terms.sql.push_str(&format!("CASE WHEN EXISTS (SELECT 1 FROM {parent} WHERE ("));
        for (map, value) in reference.columns.iter().zip(values) {
            attempt.equal(&mut terms, reference.parent, &map.parent, value);
        }
        terms.sql.push_str(&format!(")) THEN 1 ELSE 0 END AS a{at}"));
    }
    let rows = db.query(&terms.sql, &terms.values).await?;
    Ok((0..chunk.len()).map(|at| rows.first().is_some_and(|row| row.flag(at))).collect())
}

/// Returns the value of the parent's last column, among the rows that agree in the others, which is nearest to the one that is missing.
async fn nearest_of(db: &mut Db, attempt: &Attempt<'_>, reference: &ForeignKey, values: &[SqlValue]) -> Result<Option<String>, SqlError> {
    let (Some(last), Some(value)) = (reference.columns.last(), values.last()) else { return Ok(None) };
    let mut terms = Terms::default();
    for (map, value) in reference.columns.iter().zip(values).take(values.len() - 1) {
        attempt.equal(&mut terms, reference.parent, &map.parent, value);
    }
    let condition = if terms.sql.is_empty() { String::new() } else { format!(" WHERE {}", terms.sql) };
    let name = attempt.quoting().name(&last.parent);
    let sql = format!("SELECT DISTINCT {name} AS a FROM {}{condition} LIMIT 1000", attempt.sql(reference.parent)?);
    let rows = db.query(&sql, &terms.values).await?;
    let shown: Vec<String> = rows.iter().map(|row| show(row.get(0))).collect();
    if let (SqlValue::I64(wanted), true) = (value, rows.iter().all(|row| matches!(row.get(0), SqlValue::I64(_) | SqlValue::U64(_)))) {
        let number = |at: &usize| match rows[*at].get(0) {
            SqlValue::I64(value) => i128::from(*value),
            SqlValue::U64(value) => i128::from(*value),
            _ => 0,
        };
        let closest = (0..rows.len()).min_by_key(|at| (number(at) - i128::from(*wanted)).abs());
        return Ok(closest.map(|at| format!("{} = {}", last.parent, shown[at])));
    }
    Ok(nearest(&show(value), shown.iter().map(String::as_str)).map(|found| format!("{} = {found}", last.parent)))
}
