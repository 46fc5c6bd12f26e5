//! How SQLite takes a step: whoever writes to the file keeps all other writers out until the migration commits.

use super::alter::Way;
use crate::catalog::{Catalog, Change};
use crate::plan::{Action, Algorithm, Cost, Lock};

pub(super) fn cost(action: &Action, before: &Catalog, _version: Option<(u32, u32, u32)>) -> Cost {
    let algorithm = match action {
        Action::AlterTable { table, alterations } => match Way::of(table, alterations, before) {
            Way::Text => Algorithm::Instant,
            Way::Index => Algorithm::Scan,
            Way::Rows => Algorithm::Rebuild,
            Way::Rebuild => Algorithm::Copy,
        },
        // The pages of a table that goes are freed one by one.
        Action::DropTable(_) => Algorithm::Scan,
        // Indexes that are called after the table are built again.
        Action::RenameTable { from, .. } => match before.table(&from.schema, &from.table) {
            Some(table) if !table.indexes.is_empty() => Algorithm::Scan,
            Some(_) | None => Algorithm::Instant,
        },
        Action::Fill(_) | Action::Create(Change::AddForeignKey { .. }) => Algorithm::Copy,
        // There is no statement for them.
        Action::AlterEnum { .. } | Action::DropEnum { .. } | Action::Hand(_) => {
            return Cost { algorithm: Algorithm::Instant, lock: Lock::None };
        }
        Action::Create(_)
        | Action::DropSchema { .. }
        | Action::InsertRows { .. }
        | Action::UpdateRow { .. }
        | Action::DeleteRow { .. }
        | Action::ClearLineage(_) => Algorithm::Instant,
    };
    Cost { algorithm, lock: Lock::Writers }
}
