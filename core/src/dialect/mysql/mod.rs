//! MySQL and MariaDB; MariaDB is a flavour inside.

mod alter;
mod changes;
mod cost;
mod ddl;
mod literal;
mod normalize;
mod rows;
mod split;
pub(super) mod types;

use super::{Dialect, Facts, Quoting, Unsupported};
use crate::catalog::{Catalog, Change, ColumnType, Statement, Table};
use crate::ir::{AttributeType, Generation};
use crate::plan::{Action, Alteration, Cost, Literal, TableName};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    MySql,
    MariaDb,
}

/// The dialect of both.
#[derive(Debug)]
pub(super) struct MySqlDialect {
    flavor: Flavor,
}

pub(super) static MYSQL: MySqlDialect = MySqlDialect { flavor: Flavor::MySql };
pub(super) static MARIADB: MySqlDialect = MySqlDialect { flavor: Flavor::MariaDb };

static FACTS: Facts = Facts { name: "mysql", identifier_max: 64, transactional_ddl: false, quoting: Quoting::MySql };

impl Dialect for MySqlDialect {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn column_type(&self, ty: &AttributeType, generation: Generation) -> Result<ColumnType, Unsupported> {
        types::column_type(ty, generation, self.flavor)
    }

    fn has_marker(&self, _ty: &AttributeType, _generation: Generation, marker: bool) -> bool {
        marker
    }

    fn normalize(&self, table: &mut Table) {
        normalize::normalize(table, self.flavor);
    }

    fn render(&self, change: &Change) -> Vec<Statement> {
        ddl::render(change)
    }

    fn type_sql(&self, ty: &ColumnType) -> String {
        types::type_sql(ty)
    }

    fn alter(&self, action: &Action, before: &Catalog) -> Vec<Statement> {
        alter::alter(action, before, self.flavor)
    }

    fn cost(&self, action: &Action, before: &Catalog, version: Option<(u32, u32, u32)>) -> Cost {
        cost::cost(action, before, cost::Target { flavor: self.flavor, version })
    }

    fn split(
        &self,
        table: &TableName,
        alterations: &[Alteration],
        before: &Catalog,
        version: Option<(u32, u32, u32)>,
    ) -> Vec<Vec<Alteration>> {
        split::split(table, alterations, before, cost::Target { flavor: self.flavor, version })
    }

    fn literal_sql(&self, literal: &Literal, ty: &ColumnType) -> String {
        literal::literal_sql(literal, ty)
    }
}
