//! PostgreSQL.

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

/// The dialect of PostgreSQL.
#[derive(Debug)]
pub(super) struct PostgresDialect;

pub(super) static POSTGRES: PostgresDialect = PostgresDialect;

static FACTS: Facts = Facts { name: "postgres", identifier_max: 63, transactional_ddl: true, quoting: Quoting::Standard };

/// Returns an anonymous block as a statement; its quotation mark is a word that it does not hold.
fn block(body: &str, summary: String) -> Statement {
    let tag = std::iter::once("$djc$".to_string())
        .chain((2..).map(|number: usize| format!("$djc{number}$")))
        .find(|tag| !body.contains(tag.as_str()))
        .expect("a text does not hold all numbers");
    Statement { sql: format!("DO {tag} {} {tag}", body.trim()), summary }
}

impl Dialect for PostgresDialect {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn column_type(&self, ty: &AttributeType, generation: Generation) -> Result<ColumnType, Unsupported> {
        match generation {
            Generation::Classic => types::classic(ty),
            Generation::Modern => types::modern(ty),
        }
    }

    fn has_marker(&self, ty: &AttributeType, generation: Generation, marker: bool) -> bool {
        match generation {
            Generation::Classic => marker || !types::can_be_undone(ty),
            Generation::Modern => marker,
        }
    }

    fn normalize(&self, table: &mut Table) {
        normalize::normalize(table);
    }

    fn render(&self, change: &Change) -> Vec<Statement> {
        ddl::render(change)
    }

    fn type_sql(&self, ty: &ColumnType) -> String {
        types::type_sql(ty)
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
