//! What plans will do: a table for people, an object for programs.

use std::collections::BTreeMap;

use djc_core::catalog::Change;
use djc_core::plan::{Action, HazardKind, Parked, Plan, Step, TableName};
use djc_runtime::status::Count;
use serde_json::{Value, json};

use super::super::grid::{Cell, Grid, Style};
use super::super::numbers::{bytes, count};
use crate::diag::counted;

/// How big a table is, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Rows.
    pub rows: Option<Count>,
    /// Data and indexes.
    pub bytes: Option<u64>,
}

/// The tables of a database before the first step.
pub(super) type Sizes = BTreeMap<TableName, Size>;

/// One migration in one direction.
pub(super) struct Showing<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is undone.
    pub down: bool,
    /// What it does here.
    pub plan: &'a Plan,
    /// Steps that are done already.
    pub done: usize,
    /// How big its tables are.
    pub sizes: &'a Sizes,
}

/// Returns the table of a step, as it is called before the step.
pub(super) fn table_of(action: &Action) -> Option<&TableName> {
    match action {
        Action::Create(_) | Action::DropSchema { .. } | Action::AlterEnum { .. } | Action::DropEnum { .. } => None,
        Action::DropTable(table) | Action::ClearLineage(table) => Some(table),
        Action::RenameTable { from, .. } => Some(from),
        Action::AlterTable { table, .. }
        | Action::InsertRows { table, .. }
        | Action::UpdateRow { table, .. }
        | Action::DeleteRow { table, .. } => Some(table),
        Action::Fill(fill) => Some(&fill.table),
        Action::Hand(hand) => hand.touches.first(),
    }
}

/// Returns what a step is about: a table, else a schema or type.
fn subject(action: &Action) -> String {
    match action {
        Action::Create(Change::CreateSchema { name, .. }) | Action::DropSchema { name } => name.clone(),
        Action::Create(Change::CreateEnum { schema, name, .. })
        | Action::AlterEnum { schema, name, .. }
        | Action::DropEnum { schema, name } => format!("{schema}.{name}"),
        Action::Create(Change::CreateTable(table)) => format!("{}.{}", table.schema, table.name),
        Action::Create(Change::AddForeignKey { schema, table, .. } | Change::SetLineage { schema, table, .. }) => {
            format!("{schema}.{table}")
        }
        other => table_of(other).map(TableName::to_string).unwrap_or_default(),
    }
}

fn hazards(step: &Step) -> String {
    let mut kinds: Vec<HazardKind> = step.hazards.iter().map(|hazard| hazard.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

/// What has to be explained in words; who waits is said by the table alone.
fn is_explained(kind: HazardKind) -> bool {
    match kind {
        HazardKind::LosesData | HazardKind::Irreversible | HazardKind::MayFail | HazardKind::BreaksReaders => true,
        HazardKind::BlocksReaders | HazardKind::BlocksWriters | HazardKind::Rewrites | HazardKind::ReadsRows => false,
    }
}

/// Returns what is parked, by the name that it had.
pub(super) fn parked(parked: &Parked) -> String {
    match &parked.column {
        None => format!("table {}", parked.was),
        Some((_, was)) => format!("attribute {}.{was}", parked.was),
    }
}

/// Returns the page of a migration.
pub(super) fn page(showing: &Showing<'_>, color: bool) -> String {
    let Showing { name, down, plan, done, sizes } = showing;
    let total = plan.steps.len();
    let mut out = format!("{}{}: {}", if *down { "undo " } else { "" }, Style::Bold.paint(name, color), counted(total, "step"));
    if *done > 0 {
        out.push_str(&format!(", {done} done"));
    }
    out.push('\n');
    let mut grid = Grid::default();
    let head = |text: &str| Cell::new(text).styled(Style::Dim);
    grid.row([
        head("step"),
        head("table"),
        Cell::number("rows").styled(Style::Dim),
        Cell::number("size").styled(Style::Dim),
        head("hazards"),
        head("change"),
    ]);
    for (at, step) in plan.steps.iter().enumerate().skip(*done) {
        let size = table_of(&step.action).and_then(|table| sizes.get(table)).copied().unwrap_or_default();
        let worst = step.hazards.iter().map(|hazard| hazard.kind).min();
        let style = match worst {
            Some(HazardKind::LosesData | HazardKind::Irreversible) => Style::Red,
            Some(_) => Style::Yellow,
            None => Style::Plain,
        };
        grid.row([
            Cell::new(format!("{}/{total}", at + 1)),
            Cell::new(subject(&step.action)),
            Cell::number(size.rows.map(count).unwrap_or_default()),
            Cell::number(size.bytes.map(bytes).unwrap_or_default()),
            Cell::new(hazards(step)).styled(style),
            Cell::new(&step.reason),
        ]);
    }
    if total > *done {
        out.push_str(&grid.render(2, color));
    }
    for (at, step) in plan.steps.iter().enumerate().skip(*done) {
        for hazard in step.hazards.iter().filter(|hazard| is_explained(hazard.kind)) {
            let allow = hazard.allow.as_ref().map(|allow| format!(" (--allow {allow})")).unwrap_or_default();
            out.push_str(&format!("  {} at step {}: {}{allow}\n", hazard.kind.as_str(), at + 1, hazard.words));
        }
    }
    out
}

/// Returns the object of a migration.
pub(super) fn json(showing: &Showing<'_>) -> Value {
    let Showing { name, down, plan, done, sizes } = showing;
    let tables: BTreeMap<String, Size> = plan
        .steps
        .iter()
        .filter_map(|step| table_of(&step.action))
        .filter_map(|table| Some((table.to_string(), *sizes.get(table)?)))
        .collect();
    json!({
        "migration": name,
        "direction": if *down { "down" } else { "up" },
        "steps_done": done,
        "steps": plan.steps.iter().map(|step| json!({
            "about": subject(&step.action),
            "change": step.reason,
            "changes_rows": step.action.is_data(),
            "hazards": step.hazards.iter().map(|hazard| json!({
                "kind": hazard.kind, "words": hazard.words, "allow": hazard.allow,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "tables": tables.iter().map(|(table, size)| json!({
            "table": table, "rows": size.rows.map(Count::number), "rows_exact": size.rows.map(Count::is_exact), "bytes": size.bytes,
        })).collect::<Vec<_>>(),
        "parked": plan.parked.iter().map(|parked| json!({
            "table": parked.table.to_string(),
            "was": parked.was.to_string(),
            "column": parked.column.as_ref().map(|(hidden, was)| json!({ "hidden": hidden, "was": was })),
        })).collect::<Vec<_>>(),
    })
}
