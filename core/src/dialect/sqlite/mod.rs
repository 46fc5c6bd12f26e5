//! The embedded SQLite: one file for all schemas.
//!
//! A table is named `schema.table`. The server knows five storage classes and no comments; what it forgets is kept in the
//! hidden table [`DJC_TABLE`], whose rows are written with the statements that create:
//!
//! | `schema` | `table` | `column` | `type` | `comment` | `generation` |
//! |---|---|---|---|---|---|
//! | name | empty | empty | NULL | empty | NULL |
//! | name | name | empty | NULL | of the table | `0.14` or `2` |
//! | name | name | name | as declared | of the column, no marker | NULL |

mod alter;
mod cost;
mod ddl;
mod literal;
mod normalize;
mod types;

use super::{Dialect, Facts, Quoting, Unsupported};
use crate::catalog::{Catalog, Change, ColumnType, Statement, Table};
use crate::ir::{AttributeType, Generation};
use crate::plan::{Action, Alteration, Cost, Literal, TableName};

/// The hidden table that keeps declared types, comments and empty schemas.
pub const DJC_TABLE: &str = "~djc";

/// Returns the name of a table inside the file.
pub fn physical_name(schema: &str, table: &str) -> String {
    format!("{schema}.{table}")
}

/// The dialect of SQLite.
#[derive(Debug)]
pub(super) struct SqliteDialect;

pub(super) static SQLITE: SqliteDialect = SqliteDialect;

static FACTS: Facts = Facts { name: "sqlite", identifier_max: usize::MAX, transactional_ddl: true, quoting: Quoting::Standard };

impl Dialect for SqliteDialect {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn column_type(&self, ty: &AttributeType, _generation: Generation) -> Result<ColumnType, Unsupported> {
        types::column_type(ty)
    }

    fn has_marker(&self, _ty: &AttributeType, _generation: Generation, _marker: bool) -> bool {
        false
    }

    fn normalize(&self, table: &mut Table) {
        normalize::normalize(table);
    }

    fn render(&self, change: &Change) -> Vec<Statement> {
        ddl::render(change)
    }

    fn type_sql(&self, ty: &ColumnType) -> String {
        types::type_sql(ty).to_string()
    }

    fn alter(&self, action: &Action, before: &Catalog) -> Vec<Statement> {
        alter::alter(action, before)
    }

    fn cost(&self, action: &Action, before: &Catalog, version: Option<(u32, u32, u32)>) -> Cost {
        cost::cost(action, before, version)
    }

    fn split(
        &self,
        _table: &TableName,
        alterations: &[Alteration],
        _before: &Catalog,
        _version: Option<(u32, u32, u32)>,
    ) -> Vec<Vec<Alteration>> {
        vec![alterations.to_vec()]
    }

    fn literal_sql(&self, literal: &Literal, ty: &ColumnType) -> String {
        literal::literal_sql(literal, ty)
    }
}
