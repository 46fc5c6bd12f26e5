//! Steps that change rows: each can be repeated, and a second run changes nothing.

use crate::catalog::{Catalog, ColumnType, Statement, Table};
use crate::dialect::{Quoting, SqlWriter};
use crate::plan::{Fill, FillFrom, Literal, TableName};

use super::Flavor;
use super::literal::literal_sql;

const QUOTING: Quoting = Quoting::MySql;

/// Column and value.
type Values = [(String, Literal)];

/// Returns the statement that fills columns of existing rows.
///
/// Columns with `ON UPDATE CURRENT_TIMESTAMP` are set to themselves, or the server would write the time of the migration into rows
/// that no user has touched.
pub(super) fn fill(fill: &Fill, before: &Catalog) -> Statement {
    let table = before.table(&fill.table.schema, &fill.table.table);
    let parents = Parents::of(fill);
    let own = |column: &str| format!("t.{}", QUOTING.name(column));
    let set = fill.columns.iter().map(|(column, from)| format!("{} = {}", own(column), value(column, from, &parents, table)));
    let untouched = table.iter().flat_map(|table| &table.columns).filter(|it| it.on_update.is_some());
    let untouched = untouched.filter(|it| fill.columns.iter().all(|(column, _)| *column != it.name));
    let set: Vec<String> = set.chain(untouched.map(|it| format!("{0} = {0}", own(&it.name)))).collect();

    let name = QUOTING.qualified(&fill.table.schema, &fill.table.table);
    let mut sql = format!("UPDATE {name} AS t{}\nSET {}", parents.joins(), set.join(",\n  "));
    let null = fill.where_null.iter().map(|column| format!("{} IS NULL", own(column)));
    let not_null = fill.where_not_null.iter().map(|column| format!("{} IS NOT NULL", own(column)));
    let conditions: Vec<String> = null.chain(not_null).collect();
    if !conditions.is_empty() {
        sql.push_str("\nWHERE ");
        sql.push_str(&conditions.join(" AND "));
    }
    let columns: Vec<String> = fill.columns.iter().map(|(column, _)| QUOTING.name(column)).collect();
    Statement { sql, summary: format!("fill {} of {name}", columns.join(", ")) }
}

/// The parents that a fill takes values from, each joined once.
struct Parents<'a> {
    joined: Vec<(&'a TableName, &'a [(String, String)])>,
    /// An expression of a person stands beside: then the parents show no column by its own name, which could be meant in it.
    hidden: Vec<(usize, &'a str)>,
}

impl<'a> Parents<'a> {
    fn of(fill: &'a Fill) -> Parents<'a> {
        let mut joined: Vec<(&TableName, &[(String, String)])> = Vec::new();
        for (_, from) in &fill.columns {
            if let FillFrom::Parent { table, on, .. } = from
                && !joined.contains(&(table, on))
            {
                joined.push((table, on));
            }
        }
        let mut out = Parents { joined, hidden: Vec::new() };
        if fill.columns.iter().any(|(_, from)| matches!(from, FillFrom::Sql(_))) {
            for (_, from) in &fill.columns {
                if let FillFrom::Parent { table, column, on } = from {
                    let at = out.at(table, on);
                    out.hidden.push((at, column));
                }
            }
        }
        out
    }

    fn at(&self, table: &TableName, on: &[(String, String)]) -> usize {
        self.joined.iter().position(|it| *it == (table, on)).unwrap_or(0)
    }

    /// Returns the column of a parent as an expression.
    fn column(&self, at: usize, column: &str) -> String {
        match self.hidden.iter().position(|it| *it == (at, column)) {
            Some(number) => format!("p{at}.djc_value_{number}"),
            None => format!("p{at}.{}", QUOTING.name(column)),
        }
    }

    fn joins(&self) -> String {
        let mut out = String::new();
        for (at, (table, on)) in self.joined.iter().enumerate() {
            let name = QUOTING.qualified(&table.schema, &table.table);
            let mut pairs: Vec<String> = Vec::new();
            let mut shown: Vec<String> = Vec::new();
            for (number, (child, parent)) in on.iter().enumerate() {
                let parent = if self.hidden.is_empty() {
                    QUOTING.name(parent)
                } else {
                    shown.push(format!("{} AS djc_key_{number}", QUOTING.name(parent)));
                    format!("djc_key_{number}")
                };
                pairs.push(format!("p{at}.{parent} = t.{}", QUOTING.name(child)));
            }
            let values = self.hidden.iter().enumerate().filter(|(_, (owner, _))| *owner == at);
            shown.extend(values.map(|(number, (_, column))| format!("{} AS djc_value_{number}", QUOTING.name(column))));
            let source = if shown.is_empty() { name } else { format!("(SELECT {} FROM {name})", shown.join(", ")) };
            out.push_str(&format!("\nLEFT JOIN {source} AS p{at} ON {}", pairs.join(" AND ")));
        }
        out
    }
}

fn value(column: &str, from: &FillFrom, parents: &Parents<'_>, table: Option<&Table>) -> String {
    let type_of = |name: &str| table.and_then(|table| table.column(name)).map(|column| &column.ty);
    match from {
        FillFrom::Literal(literal) => literal_for(literal, type_of(column)),
        FillFrom::Sql(expression) => format!("({expression})"),
        FillFrom::Column(source) => {
            let value = format!("t.{}", QUOTING.name(source));
            // In arithmetic an enum is the number of its value; what is meant is the value.
            match (type_of(source), type_of(column)) {
                (Some(from), Some(to)) if is_enum(from) != is_enum(to) && !(from.is_text() && to.is_text()) => {
                    format!("CAST({value} AS CHAR)")
                }
                _ => value,
            }
        }
        FillFrom::Parent { table, column, on } => parents.column(parents.at(table, on), column),
    }
}

fn is_enum(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Enum { .. })
}

fn literal_for(literal: &Literal, ty: Option<&ColumnType>) -> String {
    literal_sql(literal, ty.unwrap_or(&ColumnType::Other(String::new())))
}

/// Returns the statements that insert rows of `contents`, one for each, so that a row whose key is there is skipped and nothing else is:
/// a value that does not fit, or one that another unique index refuses, is an error.
pub(super) fn insert(table: &TableName, columns: &[String], rows: &[Vec<Literal>], before: &Catalog, flavor: Flavor) -> Vec<Statement> {
    let known = before.table(&table.schema, &table.table);
    let name = QUOTING.qualified(&table.schema, &table.table);
    let type_of = |column: &str| known.and_then(|table| table.column(column)).map(|column| &column.ty);
    let summary = format!("insert into {name}");
    let statement = |row: &Vec<Literal>| {
        // A column that is left out gets its default; the word DEFAULT is none of SELECT's.
        let given: Vec<(&String, &Literal)> = columns.iter().zip(row).filter(|(_, value)| **value != Literal::Default).collect();
        let names: Vec<String> = given.iter().map(|(column, _)| (*column).clone()).collect();
        let values: Vec<String> = given.iter().map(|(column, value)| literal_for(value, type_of(column))).collect();
        let key = known.map(|table| table.primary_key.as_slice()).unwrap_or_default();
        let mut sql = SqlWriter::new(QUOTING);
        sql.raw("INSERT INTO ").raw(&name).raw(" ").names(&names);
        if key.iter().all(|column| names.contains(column)) && !key.is_empty() {
            let same = given.iter().filter(|(column, _)| key.contains(column));
            // The inner table is the nearest, so that its columns need no prefix.
            let same: Vec<String> = same.map(|(column, value)| self::same(column, value, type_of(column), false, flavor)).collect();
            sql.raw("\nSELECT ").raw(&values.join(", ")).raw(" FROM DUAL");
            sql.raw("\nWHERE NOT EXISTS (SELECT 1 FROM ").raw(&name).raw(" AS k WHERE ").raw(&same.join(" AND ")).raw(")");
        } else {
            sql.raw(" VALUES (").raw(&values.join(", ")).raw(")");
            // The server makes up a part of the key, so only it knows whether the key is there.
            if let Some(first) = key.first() {
                sql.raw(" ON DUPLICATE KEY UPDATE ").name(first).raw(" = ").raw(&name).raw(".").name(first);
            }
        }
        Statement { sql: sql.finish(), summary: summary.clone() }
    };
    rows.iter().map(statement).collect()
}

/// Returns the condition that a column has this value. `exact` tells texts apart that its collation holds for equal.
fn same(column: &str, literal: &Literal, ty: Option<&ColumnType>, exact: bool, flavor: Flavor) -> String {
    let name = QUOTING.name(column);
    let value = literal_for(literal, ty);
    match (literal, ty) {
        (Literal::Null, _) => format!("{name} IS NULL"),
        (Literal::Default, _) => format!("{name} <=> DEFAULT({name})"),
        // A literal has eight bytes and is never equal to one of four that has digits behind the point.
        (_, Some(ColumnType::Float { .. })) => format!("{name} = CAST({value} AS FLOAT)"),
        (_, Some(ColumnType::Json)) if flavor == Flavor::MySql => format!("{name} = CAST({value} AS JSON)"),
        (_, Some(ty)) if exact && ty.is_text() => format!("CONVERT({name} USING utf8mb4) COLLATE utf8mb4_bin = {value}"),
        _ => format!("{name} = {value}"),
    }
}

/// Returns the conditions for the row with this key, where it still says what it was.
fn this_row(table: &TableName, key: &Values, was: &Values, before: &Catalog, flavor: Flavor) -> String {
    let known = before.table(&table.schema, &table.table);
    let type_of = |column: &str| known.and_then(|table| table.column(column)).map(|column| &column.ty);
    let key = key.iter().map(|(column, value)| same(column, value, type_of(column), false, flavor));
    let was = was.iter().map(|(column, value)| same(column, value, type_of(column), true, flavor));
    key.chain(was).collect::<Vec<String>>().join(" AND ")
}

/// Returns the statement that changes the row with this key.
pub(super) fn update(table: &TableName, (key, was): (&Values, &Values), set: &Values, before: &Catalog, flavor: Flavor) -> Statement {
    let name = QUOTING.qualified(&table.schema, &table.table);
    let known = before.table(&table.schema, &table.table);
    let pair = |(column, value): &(String, Literal)| {
        let ty = known.and_then(|table| table.column(column)).map(|column| &column.ty);
        format!("{} = {}", QUOTING.name(column), literal_for(value, ty))
    };
    let set: Vec<String> = set.iter().map(pair).collect();
    let condition = this_row(table, key, was, before, flavor);
    Statement { sql: format!("UPDATE {name} SET {} WHERE {condition}", set.join(", ")), summary: format!("update a row of {name}") }
}

/// Returns the statement that deletes the row with this key.
pub(super) fn delete(table: &TableName, (key, was): (&Values, &Values), before: &Catalog, flavor: Flavor) -> Statement {
    let name = QUOTING.qualified(&table.schema, &table.table);
    let condition = this_row(table, key, was, before, flavor);
    Statement { sql: format!("DELETE FROM {name} WHERE {condition}"), summary: format!("delete a row of {name}") }
}
