//! What a person should know about a step, and why it is there, in words.

use djc_core::catalog::{Column, ColumnDefault, IndexOrigin, Table};
use djc_core::dialect::Server;
use djc_core::plan::{Algorithm, Alteration, Cost, Fill, FillFrom, Hazard, HazardKind, Lock, PARKED_COLUMN, TableName};

use super::analysis::{Analysis, TableChange};
use super::columns::{ColumnChange, ColumnKind};
use super::fill::Source;
use super::slots::Slot;

fn hazard(kind: HazardKind, words: impl Into<String>) -> Hazard {
    Hazard { kind, allow: None, words: words.into() }
}

/// Returns what the way in which a server does a step means for others.
pub(super) fn of_cost(cost: Cost, server: Server) -> Vec<Hazard> {
    let mut out = Vec::new();
    match cost.algorithm {
        Algorithm::Instant => {}
        Algorithm::Scan => out.push(hazard(HazardKind::ReadsRows, format!("{} reads all rows", server.as_str()))),
        Algorithm::Rebuild | Algorithm::Copy => {
            out.push(hazard(HazardKind::Rewrites, format!("{} writes the table anew: time and room for all its rows", server.as_str())));
        }
    }
    // For an instant everybody waits at every step.
    match cost.lock {
        _ if cost.algorithm == Algorithm::Instant => {}
        Lock::None => {}
        Lock::Writers => out.push(hazard(HazardKind::BlocksWriters, "nobody can write to the table meanwhile")),
        Lock::Everybody => out.push(hazard(HazardKind::BlocksReaders, "nobody can read the table meanwhile")),
    }
    out
}

pub(super) fn renamed_table(from: &TableName, to: &TableName) -> Hazard {
    hazard(HazardKind::BreaksReaders, format!("code that says `{from}` finds no table: it is `{to}` now"))
}

pub(super) fn parked_table(was: &TableName, hidden: &TableName) -> Hazard {
    let words = format!("code that reads `{was}` finds no table; its rows stay in `{}` until `djc migrate finish`", hidden.table);
    hazard(HazardKind::BreaksReaders, words)
}

pub(super) fn dropped_table(was: &TableName) -> Vec<Hazard> {
    vec![
        Hazard { allow: Some(format!("drop:{was}")), ..hazard(HazardKind::LosesData, format!("all rows of `{was}` are gone")) },
        hazard(HazardKind::Irreversible, "a rollback makes the table again, without rows"),
    ]
}

pub(super) fn deleted_row(table: &TableName) -> Hazard {
    Hazard {
        allow: Some(format!("delete:{table}")),
        ..hazard(HazardKind::LosesData, "the row is gone; what anybody wrote into it since is left alone with it")
    }
}

/// Returns the hazards of new names of columns.
pub(super) fn of_names(change: &TableChange<'_>, slot: &Slot) -> Vec<Hazard> {
    let renamed = slot.alterations.iter().filter_map(|alteration| match alteration {
        Alteration::RenameColumn { from, to } if !to.starts_with(PARKED_COLUMN) && !from.starts_with(PARKED_COLUMN) => {
            let words = format!("code that says `{from}` of {} fails: it is `{to}` now", change.name);
            Some(hazard(HazardKind::BreaksReaders, words))
        }
        _ => None,
    });
    renamed.collect()
}

/// Returns what it means that foreign keys are away for some steps.
pub(super) fn of_early_keys(change: &TableChange<'_>, slot: &Slot) -> Vec<Hazard> {
    let mut parents: Vec<String> = Vec::new();
    for at in &slot.keys {
        let key = &change.from.foreign_keys[*at];
        let parent = format!("`{}.{}`", key.parent_schema, key.parent_table);
        let comes_back = change.foreign_keys.joined.contains(&Some(*at));
        if comes_back && !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    if parents.is_empty() {
        return Vec::new();
    }
    let words = format!(
        "{} refers to {} again only in its last step: a row without a parent that somebody writes until then makes that step fail",
        change.name,
        parents.join(", ")
    );
    vec![hazard(HazardKind::MayFail, words)]
}

/// Returns the hazards of the step in which a table becomes what it shall be.
pub(super) fn of_main(analysis: &Analysis<'_>, change: &TableChange<'_>, slot: &Slot) -> Vec<Hazard> {
    let mut out = of_names(change, slot);
    let kept = analysis.request.park.mark().is_some();
    for (column, source) in change.columns.iter().zip(&change.sources) {
        let was = column.from.map_or("", |from| from.name.as_str());
        match (&column.kind, column.to) {
            (ColumnKind::Gone { .. }, _) if kept => {
                let words = format!("code that reads `{was}` fails; its values stay under a hidden name until `djc migrate finish`");
                out.push(hazard(HazardKind::BreaksReaders, words));
            }
            (ColumnKind::Gone { .. }, _) => {
                let allow = Some(format!("drop:{}.{was}", change.was));
                out.push(Hazard { allow, ..hazard(HazardKind::LosesData, format!("all values of `{was}` are gone")) });
                out.push(hazard(HazardKind::Irreversible, format!("a rollback makes `{was}` again, without values")));
            }
            (ColumnKind::Converted { .. }, Some(to)) => {
                let ty = analysis.server().dialect().type_sql(&to.ty);
                out.push(hazard(HazardKind::BreaksReaders, format!("code that reads `{}` gets {ty}", to.name)));
                if !kept {
                    let allow = Some(format!("convert:{}.{was}", change.was));
                    let words = format!("of `{was}` only what {ty} can say is left");
                    out.push(Hazard { allow, ..hazard(HazardKind::LosesData, words) });
                }
            }
            (ColumnKind::Kept { .. }, Some(to)) => {
                let nullable = column.from.is_some_and(|from| from.nullable);
                // Rows that have no value in what was parked came later, and a rollback parks it again.
                let was_parked = column.from.is_some_and(|from| from.name.starts_with(PARKED_COLUMN));
                if nullable && !was_parked && !to.nullable && matches!(source, Some(Source::From(_))) {
                    let words = format!("a rollback does not know which rows had no `{}`", to.name);
                    out.push(hazard(HazardKind::Irreversible, words));
                }
                if !nullable && to.nullable {
                    out.push(hazard(HazardKind::BreaksReaders, format!("code that reads `{}` may meet None", to.name)));
                }
            }
            (ColumnKind::Added, Some(to)) => {
                let must = !to.nullable && !to.auto_increment && to.default == ColumnDefault::None;
                if must {
                    out.push(hazard(HazardKind::BreaksReaders, format!("code that inserts rows without `{}` fails", to.name)));
                }
            }
            (ColumnKind::Renewed { .. }, _) | (ColumnKind::Kept { .. } | ColumnKind::Converted { .. } | ColumnKind::Added, None) => {}
        }
    }
    out
}

/// Returns the hazards of values that were written since the plan which is undone: nobody has asked whether they can go back.
pub(super) fn of_values_since(change: &TableChange<'_>, fill: &Fill) -> Vec<Hazard> {
    let of = |column: &ColumnChange<'_>| match (&column.kind, column.to) {
        (ColumnKind::Converted { through, parked_before: true, .. }, Some(to)) => {
            let converted = |(name, from): &(String, FillFrom)| name == through && matches!(from, FillFrom::Column(_));
            let words = format!("in rows written since, where `{}` is nothing that its old type says", to.name);
            fill.columns.iter().any(converted).then(|| hazard(HazardKind::MayFail, words))
        }
        _ => None,
    };
    change.columns.iter().filter_map(of).collect()
}

/// Returns what happens to a table that gets another name.
pub(super) fn table_words(from: &TableName, to: &TableName) -> String {
    match (from.schema == to.schema, from.table == to.table) {
        (true, _) => format!("renamed to `{}`", to.table),
        (false, true) => format!("moved to schema `{}`", to.schema),
        (false, false) => format!("moved to `{to}`"),
    }
}

/// Returns names with commas between.
pub(super) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Returns in words what alterations make of a table.
pub(super) fn reason(alterations: &[Alteration], before: &Table, server: Server) -> String {
    let mut now = before.columns.clone();
    let (mut let_go, mut set): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut words: Vec<String> = Vec::new();
    for alteration in alterations {
        match alteration {
            Alteration::AddColumn { column, .. } if column.name.starts_with(PARKED_COLUMN) => {
                words.push("room for converted values".to_string())
            }
            Alteration::AddColumn { column, .. } => words.push(format!("`{}` is new", column.name)),
            Alteration::DropColumn(name) => words.push(format!("`{name}` is dropped")),
            Alteration::RenameColumn { from, to } => {
                words.push(match (from.starts_with(PARKED_COLUMN), to.starts_with(PARKED_COLUMN)) {
                    (true, _) => format!("`{to}` takes its values"),
                    (false, true) => format!("`{from}` is put aside"),
                    (false, false) => format!("`{from}` is now `{to}`"),
                });
                now.iter_mut().filter(|column| column.name == *from).for_each(|column| column.name.clone_from(to));
            }
            Alteration::ModifyColumn { column, .. } if column.name.starts_with(PARKED_COLUMN) => {}
            Alteration::ModifyColumn { column, position } => {
                let before = now.iter().find(|it| it.name == column.name);
                words.push(format!("`{}` {}", column.name, modified(before, column, position.is_some(), server)));
            }
            Alteration::SetPrimaryKey(columns) => words.push(format!("the key is {}", columns.join(", "))),
            Alteration::AddForeignKey(key) => set.push(format!("{}.{}", key.parent_schema, key.parent_table)),
            Alteration::DropForeignKey(key) => let_go.push(format!("{}.{}", key.parent_schema, key.parent_table)),
            // What the server makes and drops together with a foreign key.
            Alteration::AddIndex(index) | Alteration::DropIndex(index) if index.origin == IndexOrigin::Implied => {}
            Alteration::AddIndex(index) if index.unique => words.push("a unique index is new".to_string()),
            Alteration::AddIndex(_) => words.push("an index is new".to_string()),
            Alteration::DropIndex(_) => words.push("an index goes".to_string()),
            Alteration::SetComment(_) => words.push("another comment".to_string()),
            Alteration::SetGeneration(_) => words.push("generation of datajoint".to_string()),
        }
    }
    let refers = |mut names: Vec<String>, words: &str| {
        names.dedup();
        (!names.is_empty()).then(|| format!("{words} {}", names.join(", ")))
    };
    words.extend(refers(let_go, "lets go of"));
    words.extend(refers(set, "refers to"));
    words.dedup();
    words.join(", ")
}

/// Returns in words what differs in a column.
fn modified(before: Option<&Column>, column: &Column, moved: bool, server: Server) -> String {
    let dialect = server.dialect();
    let mut words = Vec::new();
    if let Some(before) = before {
        let text = |column: &Column| match (server, &column.declared) {
            (Server::Sqlite, Some(declared)) => declared.clone(),
            _ => dialect.type_sql(&column.ty),
        };
        let (old, new) = (text(before), text(column));
        if old != new {
            words.push(format!("becomes {new}, was {old}"));
        }
        match (before.nullable, column.nullable) {
            (true, false) => words.push("must have a value".to_string()),
            (false, true) => words.push("may be NULL".to_string()),
            (true, true) | (false, false) if before.default != column.default => words.push("has another default".to_string()),
            (true, true) | (false, false) => {}
        }
        if before.auto_increment != column.auto_increment {
            let not = if column.auto_increment { "" } else { "no longer " };
            words.push(format!("is {not}numbered by the server"));
        }
        if before.comment != column.comment {
            words.push("has another comment".to_string());
        }
    }
    if moved {
        words.push("stands elsewhere".to_string());
    }
    if words.is_empty() { "as declared".to_string() } else { words.join(" and ") }
}
