//! The rows of `~lineage` of two schemas.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::{Difference, LineageRow, Sides, What, is_hidden};
use crate::catalog::Schema;

/// The table that datajoint 2 keeps in every schema.
pub(super) const TABLE: &str = "~lineage";

/// Compares them, where both sides are known to keep lineage. Rows about tables and columns that only one side has are
/// consequences of that.
pub(super) fn compare(ours: &Schema, theirs: &Schema, names: &Names, out: &mut Vec<Difference>) {
    let Some(from) = &ours.lineage else { return };
    let Some(to) = &theirs.lineage else {
        let broken = theirs.tables.contains_key(TABLE);
        out.push(Difference::of_schema(&ours.name, What::LineageRemoved { broken }));
        return;
    };
    let by_table = |rows| {
        let mut tables: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        let rows: &BTreeMap<(String, String), String> = rows;
        for ((table, attribute), origin) in rows {
            tables.entry(table).or_default().insert(attribute, origin);
        }
        tables
    };
    let (from, to) = (by_table(from), by_table(to));
    for table in ours.tables.values() {
        let (_, name) = names.table(&ours.name, &table.name);
        let Some(other) = theirs.tables.get(name) else { continue };
        let empty = BTreeMap::new();
        let (one, two) = (from.get(table.name.as_str()).unwrap_or(&empty), to.get(name).unwrap_or(&empty));
        let mut rows = Vec::new();
        let mut seen = BTreeSet::new();
        for (attribute, origin) in one {
            let new = names.column(&ours.name, &table.name, attribute);
            seen.insert(new);
            let expected = names.origin(origin);
            let found = two.get(new).map(ToString::to_string);
            let known = is_hidden(attribute) || other.column(new).is_some();
            // A rename by hand leaves the rows as they were, under the old names and with the old origins.
            let left = if found.is_some() { found.as_deref() == Some(*origin) } else { new != *attribute && two.contains_key(attribute) };
            if known && found.as_ref() != Some(&expected) && !left {
                rows.push(LineageRow { attribute: attribute.to_string(), origins: Sides::new(Some(expected), found) });
            }
        }
        for (attribute, origin) in two.iter().filter(|(attribute, _)| !seen.contains(*attribute)) {
            if table.column(attribute).is_some() && other.column(attribute).is_some() {
                rows.push(LineageRow { attribute: attribute.to_string(), origins: Sides::new(None, Some(origin.to_string())) });
            }
        }
        // A table of another name has its rows under the old one.
        let left_behind = name != table.name && two.is_empty();
        if !rows.is_empty() && !left_behind {
            out.push(Difference::of_table(table, What::Lineage { rows }));
        }
    }
}
