//! Steps of a plan in the SQL of PostgreSQL.

use super::ddl;
use crate::catalog::{Catalog, Statement};
use crate::plan::Action;

pub(super) fn alter(action: &Action, _before: &Catalog) -> Vec<Statement> {
    match action {
        Action::Create(change) => ddl::render(change),
        other => todo!("{other:?}"),
    }
}
