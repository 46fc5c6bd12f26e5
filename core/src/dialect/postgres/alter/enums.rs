//! Other values for an enum type.

use super::{QUOTING, qualified, table};
use crate::catalog::{Catalog, Column, ColumnType, ForeignKey, Statement, Table};
use crate::plan::TableName;

/// Adds values to a type in their places and gives it the name that goes with them; no row changes.
pub(super) fn grow(schema: &str, name: &str, new: &str, values: &[String], before: &Catalog) -> Vec<Statement> {
    let quoted = QUOTING.qualified(schema, name);
    let known = before.schemas.get(schema).and_then(|schema| schema.enums.get(name)).map(Vec::as_slice).unwrap_or_default();
    let mut out = Vec::new();
    for (at, value) in values.iter().enumerate().filter(|(_, value)| !known.contains(value)) {
        // The one before is there: it was, or has just been added.
        let place = match (at.checked_sub(1).map(|at| &values[at]), known.first()) {
            (Some(previous), _) => format!(" AFTER {}", QUOTING.text(previous)),
            (None, Some(first)) => format!(" BEFORE {}", QUOTING.text(first)),
            (None, None) => String::new(),
        };
        let value = QUOTING.text(value);
        let sql = format!("ALTER TYPE {quoted} ADD VALUE {value}{place}");
        out.push(Statement { sql, summary: format!("add {value} to enum type {quoted}") });
    }
    let sql = format!("ALTER TYPE {quoted} RENAME TO {}", QUOTING.name(new));
    out.push(Statement { sql, summary: format!("name enum type {quoted} after its values") });
    out
}

/// Makes a type of the name with the new values, gives it to all columns that have the old one, and drops that.
///
/// `ALTER TYPE … ADD VALUE` leaves the rows alone ([`grow`]), but takes none away and nothing in the same transaction can use the new value.
pub(super) fn alter(schema: &str, name: &str, values: &[String], before: &Catalog) -> Vec<Statement> {
    let quoted = QUOTING.qualified(schema, name);
    let of_type =
        |column: &&Column| matches!(&column.ty, ColumnType::Enum { name: Some((owner, ty)), .. } if owner == schema && ty == name);
    let users: Vec<&Table> = before.tables().filter(|table| table.columns.iter().any(|column| of_type(&column))).collect();
    let has = |schema: &str, table: &str, columns: &[String]| {
        users.iter().any(|user| {
            user.schema == schema
                && user.name == table
                && user.columns.iter().any(|column| of_type(&column) && columns.contains(&column.name))
        })
    };
    // No operator compares values of two enum types, so that a foreign key over them has to wait outside.
    let keys: Vec<(TableName, &ForeignKey)> = before
        .tables()
        .flat_map(|table| table.foreign_keys.iter().map(|key| (TableName::new(&table.schema, &table.name), key)))
        .filter(|(child, key)| {
            has(&child.schema, &child.table, &key.columns) || has(&key.parent_schema, &key.parent_table, &key.parent_columns)
        })
        .collect();

    let mut out: Vec<Statement> = keys.iter().map(|(child, key)| table::drop_foreign_key(child, key)).collect();
    let old = format!("{}_djc_old", name.chars().take(50).collect::<String>());
    out.push(Statement {
        sql: format!("ALTER TYPE {quoted} RENAME TO {}", QUOTING.name(&old)),
        summary: format!("put the old enum type {quoted} aside"),
    });
    let listed: Vec<String> = values.iter().map(|value| QUOTING.text(value)).collect();
    out.push(Statement {
        sql: format!("CREATE TYPE {quoted} AS ENUM ({})", listed.join(", ")),
        summary: format!("create enum type {quoted}"),
    });
    for user in users {
        let name = qualified(&TableName::new(&user.schema, &user.name));
        let mut pieces = Vec::new();
        for column in user.columns.iter().filter(of_type) {
            let written = QUOTING.name(&column.name);
            let default = super::ddl::default_sql(column);
            if default.is_some() {
                pieces.push(format!("ALTER COLUMN {written} DROP DEFAULT"));
            }
            pieces.push(format!("ALTER COLUMN {written} TYPE {quoted} USING {written}::text::{quoted}"));
            if let Some(default) = default {
                pieces.push(format!("ALTER COLUMN {written} SET DEFAULT {default}"));
            }
        }
        out.push(Statement {
            sql: format!("ALTER TABLE {name}\n  {}", pieces.join(",\n  ")),
            summary: format!("give {name} the new values of {quoted}"),
        });
    }
    let old = QUOTING.qualified(schema, &old);
    out.push(Statement { sql: format!("DROP TYPE {old}"), summary: format!("drop the old enum type {quoted}") });
    out.extend(keys.iter().map(|(child, key)| table::add_foreign_key(child, key)));
    out
}
