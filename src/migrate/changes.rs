//! What a migration changes, in words of the definitions: each cause once.

use std::collections::{BTreeMap, BTreeSet};

use super::suspicion::{normalised, with_new_names};
use super::{Mapping, Side};
use crate::core::dialect::Server;
use crate::core::diff::{self, Difference, What, Words};
use crate::core::plan::{Action, TableName};
use crate::diag::counted;

/// Further places of one change that are named; the others are counted.
const PLACES_MAX: usize = 3;

/// Returns the changes between two sides that are lowered for a server.
pub(super) fn changes(before: &Side<'_>, now: &Side<'_>, mapping: &Mapping, schemas: &BTreeSet<String>, server: Server) -> Vec<String> {
    let classes: BTreeMap<TableName, String> = [(before, true), (now, false)]
        .into_iter()
        .flat_map(|(side, old)| {
            side.pipeline.tables().map(move |(id, _)| {
                let name = side.table(id);
                let name = if old { mapping.tables.get(&name).cloned().unwrap_or(name) } else { name };
                (name, side.pipeline.qualified_name(id))
            })
        })
        .collect();
    let class = |schema: &str, table: &str| {
        let name = TableName::new(schema, table);
        classes.get(&name).cloned().unwrap_or_else(|| name.to_string())
    };
    let mut out = Vec::new();
    let olds: BTreeMap<TableName, String> =
        before.pipeline.tables().map(|(id, _)| (before.table(id), before.pipeline.qualified_name(id))).collect();
    for (from, to) in &mapping.tables {
        let (old, new) = (olds.get(from).cloned().unwrap_or_else(|| from.to_string()), class(&to.schema, &to.table));
        out.push(match old == new {
            true => format!("{new}: stored as {to}, was {from}"),
            false => format!("{new}: was {old}"),
        });
    }
    // Inherited names follow; only who has the attribute from nobody is worth a line.
    let mut renames: BTreeMap<(&String, &String), Vec<String>> = BTreeMap::new();
    let order: Vec<TableName> = before.pipeline.order.iter().map(|id| before.table(*id)).collect();
    for from in &order {
        for (old, new) in mapping.columns.get(from).into_iter().flatten() {
            let to = mapping.tables.get(from).unwrap_or(from);
            renames.entry((old, new)).or_default().push(class(&to.schema, &to.table));
        }
    }
    for ((old, new), tables) in renames {
        out.push(format!("{}: attribute `{new}`, was `{old}`{}", tables[0], also(&tables[1..])));
    }
    let from = normalised(with_new_names(before.catalog.clone(), mapping), server);
    let to = normalised(now.catalog.clone(), server);
    for difference in diff::diff(&from, &to, Some(schemas)) {
        out.extend(line(&difference, server, &class));
    }
    let mut rows: BTreeMap<&TableName, usize> = BTreeMap::new();
    for action in &mapping.contents {
        match action {
            Action::InsertRows { table, rows: inserted, .. } => *rows.entry(table).or_default() += inserted.len(),
            Action::UpdateRow { table, .. } | Action::DeleteRow { table, .. } => *rows.entry(table).or_default() += 1,
            _ => {}
        }
    }
    for (table, count) in rows {
        let to = mapping.tables.get(table).unwrap_or(table);
        out.push(format!("{}: contents, {}", class(&to.schema, &to.table), counted(count, "row")));
    }
    out
}

/// Returns a difference in words: what is new, what goes, what was and is.
fn line(difference: &Difference, server: Server, class: &dyn Fn(&str, &str) -> String) -> Option<String> {
    let place = match &difference.table {
        Some(table) => class(&difference.schema, table),
        None => format!("schema {}", difference.schema),
    };
    let text = match &difference.what {
        What::Lineage { .. } | What::LineageRemoved { .. } => return None,
        What::SchemaAdded { tables: 0 } => format!("{place}: new"),
        What::SchemaAdded { tables } => format!("{place}: new, with {}", counted(*tables, "table")),
        What::SchemaRemoved { .. } => format!("{place}: goes"),
        What::TableAdded { .. } => format!("{place}: new table"),
        What::TableRemoved { .. } => format!("{place}: table goes"),
        _ => {
            let Words { subject, from, to } = difference.words(server);
            match (from.as_deref(), to.as_deref()) {
                (Some(from), Some(to)) => format!("{place}: {subject}: {to}, was {from}"),
                (Some(""), None) => format!("{place}: {subject} goes"),
                (Some(from), None) => format!("{place}: {subject} goes, was {from}"),
                (None, Some("")) => format!("{place}: new {subject}"),
                (None, Some(to)) => format!("{place}: new {subject}: {to}"),
                (None, None) => format!("{place}: {subject}"),
            }
        }
    };
    let mut places: Vec<String> = difference.consequences.iter().map(|it| class(&it.schema, &it.table)).collect();
    places.dedup();
    Some(text + &also(&places))
}

fn also(places: &[String]) -> String {
    match places.len() {
        0 => String::new(),
        count if count > PLACES_MAX => format!(" (and in {}, and {} more)", places[..PLACES_MAX].join(", "), count - PLACES_MAX),
        _ => format!(" (and in {})", places.join(", ")),
    }
}
