//! Anonymous blocks: what has to ask the server for a name first.

use askama::Template;

use super::QUOTING;
use crate::catalog::{ForeignKey, Statement};
use crate::plan::TableName;

fn filled(template: &impl Template, summary: String) -> Statement {
    crate::dialect::postgres::block(&template.render().expect("the template only writes into a string"), summary)
}

fn texts(values: &[String]) -> String {
    values.iter().map(|value| QUOTING.text(value)).collect::<Vec<_>>().join(", ")
}

/// Drops the primary key, whatever its constraint is called.
#[derive(Template)]
#[template(path = "dialect/postgres/drop_primary_key.sql", escape = "none")]
struct DropPrimaryKey {
    table: String,
}

pub(super) fn drop_primary_key(table: &str) -> Statement {
    filled(&DropPrimaryKey { table: QUOTING.text(table) }, format!("drop the primary key of {table}"))
}

/// Drops the foreign key over these columns, whatever it is called.
#[derive(Template)]
#[template(path = "dialect/postgres/drop_foreign_key.sql", escape = "none")]
struct DropForeignKey {
    table: String,
    parent: String,
    columns: String,
    parent_columns: String,
}

pub(super) fn drop_foreign_key(table: &str, key: &ForeignKey) -> Statement {
    let parent = QUOTING.qualified(&key.parent_schema, &key.parent_table);
    let view = DropForeignKey {
        table: QUOTING.text(table),
        parent: QUOTING.text(&parent),
        columns: texts(&key.columns),
        parent_columns: texts(&key.parent_columns),
    };
    filled(&view, format!("drop the foreign key {} of {table} onto {parent}", QUOTING.names(&key.columns)))
}

/// Gives constraints and sequences that are called after a renamed table its new name.
#[derive(Template)]
#[template(path = "dialect/postgres/follow_table.sql", escape = "none")]
struct FollowTable {
    table: String,
    from: String,
    to: String,
    schemas: String,
}

/// `table` is the name that it has by then.
pub(super) fn follow_table(table: &str, from: &TableName, to: &TableName) -> Statement {
    let schemas = if from.schema == to.schema { vec![to.schema.clone()] } else { vec![from.schema.clone(), to.schema.clone()] };
    let view =
        FollowTable { table: QUOTING.text(table), from: QUOTING.text(&from.table), to: QUOTING.text(&to.table), schemas: texts(&schemas) };
    filled(&view, format!("rename constraints and sequences of {table} with it"))
}

/// Makes a sequence for a column, as `serial` does, that goes on behind the greatest number.
#[derive(Template)]
#[template(path = "dialect/postgres/number_rows.sql", escape = "none")]
struct NumberRows {
    schema: String,
    table: String,
    column: String,
    sequence: String,
    type_sql: String,
}

pub(super) fn number_rows(table: &TableName, column: &str, type_sql: String) -> Statement {
    let name = super::qualified(table);
    let view = NumberRows {
        schema: QUOTING.text(&table.schema),
        table: QUOTING.text(&name),
        column: QUOTING.text(column),
        sequence: QUOTING.text(&format!("{}_{column}_seq", table.table)),
        type_sql,
    };
    filled(&view, format!("number the rows of {name} in {}", QUOTING.name(column)))
}

/// Takes the sequence of a column away, and the column's own numbering if it has that.
#[derive(Template)]
#[template(path = "dialect/postgres/stop_numbering.sql", escape = "none")]
struct StopNumbering {
    table: String,
    column: String,
}

pub(super) fn stop_numbering(table: &str, column: &str) -> Statement {
    let view = StopNumbering { table: QUOTING.text(table), column: QUOTING.text(column) };
    filled(&view, format!("number the rows of {table} no longer"))
}

/// Lets the sequence of a column count as far as the column's new type goes.
#[derive(Template)]
#[template(path = "dialect/postgres/retype_sequence.sql", escape = "none")]
struct RetypeSequence {
    table: String,
    column: String,
    type_sql: String,
}

pub(super) fn retype_sequence(table: &str, column: &str, type_sql: String) -> Statement {
    let view = RetypeSequence { table: QUOTING.text(table), column: QUOTING.text(column), type_sql };
    filled(&view, format!("let the numbers of {table} go as far as their type"))
}
