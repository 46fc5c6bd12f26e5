//! Tables of the one datajoint among those of the other: which client can no longer open what, and whose deletes break.

use std::collections::{BTreeMap, BTreeSet};

use djc_core::catalog::{Catalog, ColumnType, Schema, Table};
use djc_core::dialect::Server;
use djc_core::diff::{Difference, What};
use djc_core::ir::type_text::{self, TypeContext};
use djc_core::ir::{Generation, Size};

use super::place::Places;
use super::{Expected, Finding, baseline};
use crate::diag::codes::{GENERATION_CASCADE, GENERATION_MIX};
use crate::diag::{Code, Diagnostic};

/// Takes out the differences that come of tables of the other generation, and returns what is told of those tables instead.
pub(super) fn findings(
    expected: &Expected,
    live: &Catalog,
    server: Server,
    context: &TypeContext,
    places: &Places,
    differences: &mut Vec<Difference>,
) -> Vec<Finding> {
    let mut out = Vec::new();
    // datajoint 0.14 only knows the MySQL family: elsewhere all is datajoint 2's, and markers say types of either.
    if !server.is_mysql_family() {
        return out;
    }
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for difference in differences.iter() {
        let What::TableAdded { table, .. } = &difference.what else { continue };
        let Some(generation) = expected.modules(&table.schema).map(|module| module.generation).next() else { continue };
        let Some(schema) = live.schemas.get(&table.schema) else { continue };
        if let Some(finding) = undeclared(table, schema, generation, context, places) {
            told.insert((table.schema.clone(), table.name.clone()));
            out.push(finding);
        }
    }
    differences.retain(|it| {
        let place = it.table.as_ref().map(|table| (it.schema.clone(), table.clone()));
        !(matches!(it.what, What::TableAdded { .. }) && place.is_some_and(|place| told.contains(&place)))
    });
    for (schema, tables) in foreign(expected, live) {
        let all = tables.len() > 1 && tables.len() == marked(&expected.catalog.schemas[&schema], &live.schemas[&schema]).count();
        differences.retain(|it| {
            let of_table = it.table.as_ref().is_some_and(|table| it.schema == schema && tables.contains(table));
            let lineage = all && it.schema == schema && matches!(it.what, What::LineageRemoved { .. });
            !(lineage || of_table && matches!(it.what, What::Marker { .. } | What::Lineage { .. }))
        });
        if all {
            let message = format!("schema `{schema}` was made by datajoint 0.14");
            let place = places.schema(&schema);
            out.push(say(&GENERATION_MIX, &schema, None, place, message, "schema: declared 2, found 0.14", None));
            continue;
        }
        for table in tables {
            let declared = places.table(&schema, &table);
            let name = declared.map(|(id, _)| places.name(id));
            let message = format!("`{schema}.{table}` was made by datajoint 0.14");
            let place = declared.map(|(_, table)| table.name_span);
            out.push(say(&GENERATION_MIX, &schema, Some(&table), place, message, "generation: declared 2, found 0.14", name));
        }
    }
    out
}

/// Says what a table that no source declares does to those around it, when it is of the other generation.
fn undeclared(table: &Table, schema: &Schema, generation: Generation, context: &TypeContext, places: &Places) -> Option<Finding> {
    let name = format!("{}.{}", table.schema, table.name);
    match generation {
        Generation::Classic => {
            let (column, marker) = table.columns.iter().find_map(|column| Some((&column.name, unreadable(&column.comment, context)?)))?;
            let why = format!("datajoint 0.14 does not know the marker `:{marker}:` of `{column}`");
            // Deletes begin at a parent that the sources know.
            let parents = table.foreign_keys.iter().filter_map(|key| {
                let (id, parent) = places.table(&key.parent_schema, &key.parent_table)?;
                Some((format!("{}.{}", key.parent_schema, key.parent_table), id, parent))
            });
            Some(match parents.into_iter().next() {
                Some((parent, id, declared)) => {
                    let message = format!("deletes from `{parent}` by datajoint 0.14 fail at `{name}`, which no source declares");
                    let words = format!("deletes fail at `{name}`");
                    let (schema, stored) = parent.split_once('.').unwrap_or((&parent, ""));
                    let place = Some(declared.name_span);
                    let mut finding = say(&GENERATION_CASCADE, schema, Some(stored), place, message, &words, Some(places.name(id)));
                    finding.diagnostic = finding.diagnostic.help(why);
                    finding
                }
                None => {
                    let message = format!("table `{name}`, which no source declares, cannot be opened by datajoint 0.14");
                    let words = "table of datajoint 2 is not declared";
                    let mut finding =
                        say(&GENERATION_MIX, &table.schema, Some(&table.name), places.schema(&table.schema), message, words, None);
                    finding.diagnostic = finding.diagnostic.help(why);
                    finding
                }
            })
        }
        Generation::Modern => {
            let blob = table.columns.iter().find(|column| column.ty == ColumnType::Blob(Size::Long) && !column.comment.starts_with(':'))?;
            let traced = schema.lineage.as_ref().is_some_and(|rows| rows.keys().any(|(owner, _)| *owner == table.name));
            if traced {
                return None;
            }
            let message = format!("table `{name}`, which no source declares, was made by datajoint 0.14");
            let words = "table of datajoint 0.14 is not declared";
            let mut finding = say(&GENERATION_MIX, &table.schema, Some(&table.name), places.schema(&table.schema), message, words, None);
            finding.diagnostic = finding.diagnostic.help(format!("datajoint 2 hands out the packed bytes of `{}` as they are", blob.name));
            Some(finding)
        }
    }
}

/// Returns the marker at the head of a comment, if datajoint 0.14 refuses to open a table with it.
fn unreadable<'c>(comment: &'c str, context: &TypeContext) -> Option<&'c str> {
    let (marker, _) = comment.strip_prefix(':')?.split_once(':')?;
    let context = TypeContext { filepath: true, ..context.clone() };
    let known = type_text::parse(marker, Generation::Classic, &context).is_ok_and(|declared| declared.marker);
    (!marker.is_empty() && !known).then_some(marker)
}

/// Returns the tables that are declared for datajoint 2 and have none of its traces, by schema.
fn foreign(expected: &Expected, live: &Catalog) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for schema in &expected.compared {
        let modern = expected.modules(schema).next().is_some_and(|module| module.generation == Generation::Modern);
        let (Some(ours), Some(theirs)) = (expected.catalog.schemas.get(schema), live.schemas.get(schema)) else { continue };
        for table in marked(ours, theirs).filter(|_| modern) {
            let traced = theirs.lineage.as_ref().is_some_and(|rows| rows.keys().any(|(owner, _)| *owner == table.name));
            if !traced && theirs.tables[&table.name].columns.iter().all(|column| !column.comment.starts_with(':')) {
                out.entry(schema.clone()).or_default().insert(table.name.clone());
            }
        }
    }
    out
}

/// Returns the declared tables that should have markers and are there.
fn marked<'a>(ours: &'a Schema, theirs: &'a Schema) -> impl Iterator<Item = &'a Table> {
    let both = ours.tables.values().filter(|table| !table.name.starts_with('~') && theirs.tables.contains_key(&table.name));
    let is_marked = |table: &&Table| table.columns.iter().any(|column| !column.name.starts_with('_') && column.comment.starts_with(':'));
    both.map(|table| &**table).filter(is_marked)
}

fn say(
    code: &'static Code,
    schema: &str,
    table: Option<&str>,
    span: Option<djc_core::source::Span>,
    message: String,
    words: &str,
    name: Option<String>,
) -> Finding {
    let mut diagnostic: Diagnostic = match span {
        Some(span) => code.at(span, message),
        None => code.anywhere(message),
    };
    let place = table.map_or_else(|| schema.to_string(), |table| format!("{schema}.{table}"));
    diagnostic.table = name.or_else(|| table.map(|_| place.clone()));
    Finding { diagnostic, identity: baseline::identity(code.id, &place, words), schema: schema.to_string() }
}
