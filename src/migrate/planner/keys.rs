//! Which foreign keys and indexes stay, go and come.

use djc_core::catalog::{ForeignKey, Index, IndexOrigin, IndexPart};
use djc_core::dialect::Server;

use super::analysis::{Analysis, TableChange};
use super::columns::{ColumnChange, ColumnKind};

/// What becomes of the foreign keys of a table.
#[derive(Debug, Default)]
pub(super) struct ForeignKeys<'a> {
    /// Those that go, by position in the old table.
    pub dropped: Vec<DroppedKey>,
    /// Those that come; one that goes and comes again is in both.
    pub added: Vec<&'a ForeignKey>,
    /// By position in the new table: the key of the old one that joined the same rows.
    pub joined: Vec<Option<usize>>,
}

/// A foreign key that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DroppedKey {
    /// Position in the old table.
    pub at: usize,
    /// Whether it goes before its parent changes.
    pub early: bool,
    /// Whether it comes back as it was.
    pub comes_back: bool,
}

/// What becomes of the indexes of a table.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    /// Those that go, by position in the old table.
    pub dropped: Vec<usize>,
    /// Those that come.
    pub added: Vec<Index>,
}

pub(super) fn foreign_keys<'a>(analysis: &Analysis<'a>, change: &TableChange<'a>) -> ForeignKeys<'a> {
    let request = &analysis.request;
    // SQLite takes a table apart and puts it together with foreign keys switched off.
    let watched = analysis.server() != Server::Sqlite;
    let mut out = ForeignKeys { joined: change.foreign_keys.joined.clone(), ..ForeignKeys::default() };
    let mut kept = vec![false; change.to.foreign_keys.len()];
    for (at, key) in change.from.foreign_keys.iter().enumerate() {
        let parent = analysis.change(&key.parent_schema, &key.parent_table);
        let columns: Option<Vec<String>> = key.columns.iter().map(|column| change.final_name(column, request)).collect();
        let parent_columns: Option<Vec<String>> = match parent {
            Some(parent) => key.parent_columns.iter().map(|column| parent.final_name(column, request)).collect(),
            None => Some(key.parent_columns.clone()),
        };
        let same = |other: &ForeignKey| {
            Some(&other.columns) == columns.as_ref()
                && Some(&other.parent_columns) == parent_columns.as_ref()
                && (&other.parent_schema, &other.parent_table) == (&key.parent_schema, &key.parent_table)
                && (other.on_update, other.on_delete) == (key.on_update, key.on_delete)
        };
        let found = change.to.foreign_keys.iter().enumerate().position(|(at, other)| !kept[at] && same(other));
        let early = watched && parent.is_some_and(|parent| parent.is_unsettled(&key.parent_columns));
        let unsettled = early || (watched && key.columns.iter().any(|it| change.of_old(it).is_some_and(ColumnChange::is_unsettled)));
        if let Some(found) = found {
            kept[found] = !unsettled;
        }
        if found.is_none() || unsettled {
            out.dropped.push(DroppedKey { at, early, comes_back: found.is_some() });
        }
    }
    out.added = change.to.foreign_keys.iter().zip(&kept).filter(|(_, kept)| !**kept).map(|(key, _)| key).collect();
    out
}

/// Returns for each foreign key of the new table the one of the old that joined the same rows: onto the same parent, with most columns in common, and none
/// that says otherwise.
pub(super) fn joined(analysis: &Analysis<'_>, change: &TableChange<'_>) -> Vec<Option<usize>> {
    let mut scores = Vec::new();
    for (at, key) in change.to.foreign_keys.iter().enumerate() {
        for (old_at, old) in change.from.foreign_keys.iter().enumerate() {
            if let Some(score) = likeness(analysis, change, key, old) {
                scores.push((std::cmp::Reverse(score), at, old_at));
            }
        }
    }
    scores.sort_unstable();
    let mut out = vec![None; change.to.foreign_keys.len()];
    let mut used = vec![false; change.from.foreign_keys.len()];
    for (_, at, old_at) in scores {
        if out[at].is_none() && !used[old_at] {
            out[at] = Some(old_at);
            used[old_at] = true;
        }
    }
    out
}

/// Returns how many pairs of columns two foreign keys of a table have in common, and how many columns of the child; `None` where they join other rows.
fn likeness(analysis: &Analysis<'_>, change: &TableChange<'_>, key: &ForeignKey, old: &ForeignKey) -> Option<(usize, usize)> {
    if (&old.parent_schema, &old.parent_table) != (&key.parent_schema, &key.parent_table) {
        return None;
    }
    let parent = analysis.change(&key.parent_schema, &key.parent_table);
    let (mut pairs, mut columns) = (0, 0);
    for (child, above) in old.columns.iter().zip(&old.parent_columns) {
        let child = change.of_old(child).map_or(Some(child.as_str()), ColumnChange::logical);
        columns += usize::from(child.is_some_and(|child| key.columns.iter().any(|column| column == child)));
        let above = logical_above(parent, above);
        let (Some(child), Some(above)) = (child, above) else { continue };
        if key.columns.iter().zip(&key.parent_columns).any(|(a, b)| a == child && b == above) {
            pairs += 1;
        } else if parent.is_none_or(|parent| parent.to.primary_key.iter().any(|column| column == above)) {
            return None;
        }
        // Else the parent has another key, and rows are found by the old one.
    }
    Some((pairs, columns))
}

fn logical_above<'n>(parent: Option<&'n TableChange<'_>>, column: &'n str) -> Option<&'n str> {
    match parent {
        Some(parent) => parent.of_old(column).map_or(Some(column), ColumnChange::logical),
        None => Some(column),
    }
}

/// Returns the columns, by position, that stay and refer to another column of the parent than before: they hold what that column holds in the row that
/// they referred to.
pub(super) fn rekeyed(analysis: &Analysis<'_>, change: &TableChange<'_>) -> Vec<usize> {
    let mut out = Vec::new();
    for (key, old) in change.to.foreign_keys.iter().zip(&change.foreign_keys.joined) {
        let Some(old) = old.map(|at| &change.from.foreign_keys[at]) else { continue };
        let parent = analysis.change(&key.parent_schema, &key.parent_table);
        for (column, above) in key.columns.iter().zip(&key.parent_columns) {
            let Some(position) = change.position(column) else { continue };
            let Some(from) = change.columns[position].from else { continue };
            let was = old.columns.iter().position(|old| *old == from.name).map(|at| old.parent_columns[at].as_str());
            if was.is_some_and(|was| logical_above(parent, was) != Some(above)) && !out.contains(&position) {
                out.push(position);
            }
        }
    }
    out
}

pub(super) fn indexes(analysis: &Analysis<'_>, change: &TableChange<'_>, foreign_keys: &ForeignKeys<'_>) -> Indexes {
    let mut kept = vec![false; change.to.indexes.len()];
    let mut out = Indexes::default();
    for (at, index) in change.from.indexes.iter().enumerate() {
        let part = |part: &IndexPart| match part {
            IndexPart::Column { name, .. } if change.of_old(name).is_some_and(|it| matches!(it.kind, ColumnKind::Renewed { .. })) => None,
            IndexPart::Column { name, length, descending } => {
                let name = change.final_name(name, &analysis.request)?;
                Some(IndexPart::Column { name, length: *length, descending: *descending })
            }
            IndexPart::Expression(text) => Some(IndexPart::Expression(text.clone())),
        };
        let parts: Option<Vec<IndexPart>> = index.parts.iter().map(part).collect();
        // Names follow those of tables and columns by themselves.
        let same = |other: &Index| other.unique == index.unique && Some(&other.parts) == parts.as_ref();
        match change.to.indexes.iter().enumerate().position(|(at, other)| !kept[at] && same(other)) {
            Some(found) => kept[found] = true,
            None => out.dropped.push(at),
        }
    }
    for (index, _) in change.to.indexes.iter().zip(&kept).filter(|(_, kept)| !**kept) {
        let columns: Vec<&str> = index.parts.iter().filter_map(column_name).collect();
        // The server makes an index for a foreign key when it makes the key, not for one that stands.
        let comes_with_key = foreign_keys.added.iter().any(|key| key.columns == columns);
        let origin = match index.origin {
            IndexOrigin::Implied if !comes_with_key => IndexOrigin::Declared,
            origin => origin,
        };
        out.added.push(Index { origin, ..index.clone() });
    }
    out
}

fn column_name(part: &IndexPart) -> Option<&str> {
    match part {
        IndexPart::Column { name, .. } => Some(name),
        IndexPart::Expression(_) => None,
    }
}
