//! How PostgreSQL takes a step.
//!
//! A lock is held until the migration commits, so that it lasts as long as the steps behind it.

use super::alter::keeps_rows;
use crate::catalog::{Catalog, Change, Column, ColumnDefault, Table};
use crate::plan::{Action, Algorithm, Alteration, Cost, Lock};

const NOTHING: Cost = Cost { algorithm: Algorithm::Instant, lock: Lock::None };

pub(super) fn cost(action: &Action, before: &Catalog, _version: Option<(u32, u32, u32)>) -> Cost {
    match action {
        // The parents of a new table are locked as for a foreign key; there is nothing to read.
        Action::Create(Change::CreateTable(table)) if !table.foreign_keys.is_empty() => of(Algorithm::Instant, Lock::Writers),
        Action::Create(Change::AddForeignKey { .. }) => of(Algorithm::Scan, Lock::Writers),
        Action::Create(Change::CreateSchema { .. } | Change::CreateEnum { .. } | Change::CreateTable(_) | Change::SetLineage { .. })
        | Action::DropSchema { .. }
        | Action::DropEnum { .. }
        | Action::InsertRows { .. }
        | Action::UpdateRow { .. }
        | Action::DeleteRow { .. }
        | Action::ClearLineage(_)
        | Action::Hand(_) => NOTHING,
        Action::AlterEnum { grown: Some(_), .. } => NOTHING,
        Action::AlterEnum { grown: None, .. } => of(Algorithm::Rebuild, Lock::Everybody),
        Action::DropTable(_) | Action::RenameTable { .. } => of(Algorithm::Instant, Lock::Everybody),
        // Others read on; who changes one of the rows waits for the end of the migration.
        Action::Fill(_) => of(Algorithm::Copy, Lock::Writers),
        Action::AlterTable { table, alterations } => {
            let table = before.table(&table.schema, &table.table);
            let mut now = table.cloned();
            let mut worst = NOTHING;
            for alteration in alterations {
                let cost = alteration_cost(alteration, now.as_ref());
                worst = of(worst.algorithm.max(cost.algorithm), worst.lock.max(cost.lock));
                // A column is known by its new name from here on; nothing else changes what the next one costs.
                if let (Alteration::RenameColumn { from, to }, Some(table)) = (alteration, &mut now)
                    && let Some(column) = table.columns.iter_mut().find(|column| column.name == *from)
                {
                    column.name.clone_from(to);
                }
            }
            worst
        }
    }
}

fn of(algorithm: Algorithm, lock: Lock) -> Cost {
    Cost { algorithm, lock }
}

fn alteration_cost(alteration: &Alteration, table: Option<&Table>) -> Cost {
    match alteration {
        Alteration::AddColumn { column, .. } => {
            // A default that is one value for all rows is kept beside them.
            let one_value = match column.default {
                ColumnDefault::None | ColumnDefault::Null | ColumnDefault::Literal(_) | ColumnDefault::CurrentTimestamp(_) => true,
                ColumnDefault::Expression(_) => false,
            };
            of(if one_value && !column.auto_increment { Algorithm::Instant } else { Algorithm::Rebuild }, Lock::Everybody)
        }
        Alteration::ModifyColumn { column, .. } => match table.and_then(|table| table.column(&column.name)) {
            Some(old) => modify(old, column),
            None => NOTHING,
        },
        Alteration::SetPrimaryKey(_) => of(Algorithm::Scan, Lock::Everybody),
        Alteration::AddForeignKey(_) | Alteration::AddIndex(_) => of(Algorithm::Scan, Lock::Writers),
        Alteration::DropColumn(_) | Alteration::RenameColumn { .. } | Alteration::DropForeignKey(_) | Alteration::DropIndex(_) => {
            of(Algorithm::Instant, Lock::Everybody)
        }
        Alteration::SetComment(_) | Alteration::SetGeneration(_) => NOTHING,
    }
}

fn modify(old: &Column, new: &Column) -> Cost {
    let becomes_needed = old.nullable && !new.nullable;
    let numbers = !old.auto_increment && new.auto_increment;
    let same = (&old.ty, old.nullable, old.auto_increment) == (&new.ty, new.nullable, new.auto_increment)
        && super::ddl::default_sql(old) == super::ddl::default_sql(new);
    if same {
        return NOTHING;
    }
    let algorithm = if !keeps_rows(&old.ty, &new.ty) {
        Algorithm::Rebuild
    } else if becomes_needed || numbers {
        Algorithm::Scan
    } else {
        Algorithm::Instant
    };
    of(algorithm, Lock::Everybody)
}
