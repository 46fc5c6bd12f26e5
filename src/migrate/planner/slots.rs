//! The changes of one table, put into as few steps as its surroundings allow.

use std::collections::HashSet;

use djc_core::catalog::{Column, ColumnDefault, IndexOrigin};
use djc_core::dialect::Server;
use djc_core::plan::{Alteration, FillFrom, Position, TableName};

use super::analysis::{Analysis, TableChange};
use super::columns::{ColumnKind, unfilled};
use super::fill::Source;
use super::parking;

/// The steps of every table, by position in [`Analysis::changes`].
pub(super) struct Slots {
    pub tables: Vec<TableSlots>,
}

/// The steps of one table; what is empty is no step.
#[derive(Debug, Default)]
pub(super) struct TableSlots {
    /// Columns that change names among each other: one steps aside.
    pub aside: Slot,
    /// Foreign keys in the way, new names, and new columns that something fills.
    pub first: Slot,
    /// All the rest.
    pub main: Slot,
    /// Whether the columns have their new names before `main`.
    pub named_first: bool,
}

/// One step.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Foreign keys that go, by position in the old table.
    pub keys: Vec<usize>,
    /// Indexes that go, by position in the old table.
    pub indexes: Vec<usize>,
    /// What comes behind them.
    pub alterations: Vec<Alteration>,
}

impl Slot {
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.indexes.is_empty() && self.alterations.is_empty()
    }

    fn before(mut self, later: Slot) -> Slot {
        self.keys.extend(later.keys);
        self.indexes.extend(later.indexes);
        self.alterations.extend(later.alterations);
        self
    }
}

impl Slots {
    pub fn new(analysis: &Analysis<'_>) -> Self {
        // Fills say the new names of columns, on both ends.
        let mut filled: HashSet<&TableName> = HashSet::new();
        for change in &analysis.changes {
            for source in change.sources.iter().flatten() {
                if let Source::From(from) = source {
                    filled.insert(&change.name);
                    if let FillFrom::Parent { table, .. } = from {
                        filled.insert(table);
                    }
                }
            }
        }
        Slots { tables: analysis.changes.iter().map(|change| table(analysis, change, filled.contains(&change.name))).collect() }
    }
}

fn table(analysis: &Analysis<'_>, change: &TableChange<'_>, filled: bool) -> TableSlots {
    let builder = Builder { analysis, change, layout: Layout::new(analysis.server(), change) };
    let (aside, names) = builder.names();
    let early_keys: Vec<usize> = change.foreign_keys.dropped.iter().filter(|key| key.early).map(|key| key.at).collect();
    let early = Slot { alterations: builder.early(), ..Slot::default() };
    let main = builder.main();

    let needs_first = !early_keys.is_empty() || !early.is_empty() || !aside.is_empty() || (filled && !names.is_empty());
    let names = Slot { keys: early_keys, indexes: Vec::new(), alterations: names };
    let mut out = TableSlots { aside: Slot { alterations: aside, ..Slot::default() }, named_first: needs_first, ..TableSlots::default() };
    if needs_first {
        (out.first, out.main) = (names.before(early), main);
    } else {
        out.main = names.before(main);
    }
    out
}

struct Builder<'b, 'a> {
    analysis: &'b Analysis<'a>,
    change: &'b TableChange<'a>,
    layout: Layout,
}

impl Builder<'_, '_> {
    /// Returns the renames that need a step before all others, and the others in an order in which each name is free.
    fn names(&self) -> (Vec<Alteration>, Vec<Alteration>) {
        let request = &self.analysis.request;
        let mut pending: Vec<(String, String)> = Vec::new();
        for column in &self.change.columns {
            let Some(from) = column.from else { continue };
            let to = self.change.working_name(&from.name, request);
            if to != from.name {
                pending.push((from.name.clone(), to));
            }
        }
        let mut taken: HashSet<String> = self.change.from.columns.iter().map(|column| column.name.clone()).collect();
        let (mut aside, mut out) = (Vec::new(), Vec::new());
        while !pending.is_empty() {
            match pending.iter().position(|(_, to)| !taken.contains(to)) {
                Some(at) => {
                    let (from, to) = pending.remove(at);
                    taken.remove(&from);
                    taken.insert(to.clone());
                    out.push(Alteration::RenameColumn { from, to });
                }
                // They change names among each other.
                None => {
                    let (from, _) = &mut pending[0];
                    let passing = parking::passing_column(from);
                    taken.remove(from.as_str());
                    taken.insert(passing.clone());
                    aside.push(Alteration::RenameColumn { from: std::mem::replace(from, passing.clone()), to: passing });
                }
            }
        }
        (aside, out)
    }

    /// Returns the columns that something fills.
    fn early(&self) -> Vec<Alteration> {
        let mut out = Vec::new();
        for (at, column) in self.change.columns.iter().enumerate() {
            let Some(to) = column.to else { continue };
            let column = match (&column.kind, &self.change.sources[at]) {
                (ColumnKind::Added, Some(Source::From(_))) => unfilled(to, &to.name),
                (ColumnKind::Added, Some(Source::Server { early: true })) => to.clone(),
                (ColumnKind::Converted { through, parked_before: false, .. } | ColumnKind::Renewed { through, .. }, _) => {
                    unfilled(to, through)
                }
                _ => continue,
            };
            let position = self.layout.early_position(self.change, at);
            out.push(Alteration::AddColumn { column, position });
        }
        out
    }

    fn main(&self) -> Slot {
        let (change, request) = (self.change, &self.analysis.request);
        let mut out: Vec<Alteration> = Vec::new();
        let mut parked: Vec<Column> = Vec::new();
        let mut dropped: Vec<String> = Vec::new();
        for column in &change.columns {
            let Some(from) = column.from else { continue };
            let working = change.working_name(&from.name, request);
            match (&column.kind, parking::parked_column(request.park, &from.name)) {
                (ColumnKind::Kept { .. } | ColumnKind::Added, _) => {}
                (ColumnKind::Converted { .. } | ColumnKind::Gone { .. }, Some(hidden)) => {
                    if working != hidden {
                        out.push(Alteration::RenameColumn { from: working, to: hidden.clone() });
                    }
                    parked.push(Column { name: hidden, ..from.clone() });
                }
                (ColumnKind::Converted { .. }, None) | (ColumnKind::Renewed { .. }, _) => out.push(Alteration::DropColumn(working)),
                (ColumnKind::Gone { .. }, None) => dropped.push(working),
            }
            if let (ColumnKind::Converted { through, .. } | ColumnKind::Renewed { through, .. }, Some(to)) = (&column.kind, column.to) {
                out.push(Alteration::RenameColumn { from: through.clone(), to: to.name.clone() });
            }
        }
        for (at, column) in change.columns.iter().enumerate() {
            let Some(to) = column.to else { continue };
            let position = self.layout.moved_position(change, at);
            let modify = match (&column.kind, &change.sources[at]) {
                (ColumnKind::Kept { modified, .. }, _) => *modified || position.is_some(),
                (ColumnKind::Converted { parked_before: true, .. }, _) => true,
                (ColumnKind::Converted { .. } | ColumnKind::Renewed { .. }, _) | (ColumnKind::Added, Some(Source::From(_))) => {
                    unfilled(to, &to.name) != *to
                }
                (ColumnKind::Added, Some(Source::Server { early: true })) => false,
                (ColumnKind::Added, _) => {
                    out.push(Alteration::AddColumn { column: to.clone(), position: self.layout.position(change, at) });
                    false
                }
                (ColumnKind::Gone { .. }, _) => false,
            };
            if modify {
                out.push(Alteration::ModifyColumn { column: to.clone(), position });
            }
        }
        if change.key_changes {
            out.push(Alteration::SetPrimaryKey(change.to.primary_key.clone()));
        }
        for column in parked {
            let idle = unfilled(&column, &column.name);
            // What is nullable and has no value of its own to give may stay as it is.
            let same = column.nullable && !column.auto_increment && column.on_update.is_none();
            if !(same && matches!(column.default, ColumnDefault::None | ColumnDefault::Null)) {
                out.push(Alteration::ModifyColumn { column: idle, position: None });
            }
        }
        out.extend(dropped.into_iter().map(Alteration::DropColumn));
        let (implied, declared): (Vec<_>, Vec<_>) =
            change.indexes.added.iter().cloned().partition(|index| index.origin == IndexOrigin::Implied);
        out.extend(declared.into_iter().map(Alteration::AddIndex));
        out.extend(change.foreign_keys.added.iter().map(|key| Alteration::AddForeignKey((*key).clone())));
        out.extend(implied.into_iter().map(Alteration::AddIndex));
        if change.comment_changes {
            out.push(Alteration::SetComment(change.to.comment.clone()));
        }
        Slot {
            keys: change.foreign_keys.dropped.iter().filter(|key| !key.early).map(|key| key.at).collect(),
            indexes: change.indexes.dropped.clone(),
            alterations: out,
        }
    }
}

/// Where columns stand, on servers that can put them anywhere.
struct Layout {
    /// By position in the change's columns: whether the column stays where it is. Empty where the server has no order to keep.
    stays: Vec<bool>,
}

impl Layout {
    fn new(server: Server, change: &TableChange<'_>) -> Self {
        if !server.is_mysql_family() {
            return Layout { stays: Vec::new() };
        }
        let place = |name: &str| change.from.columns.iter().position(|column| column.name == name);
        let places: Vec<Option<usize>> = change
            .columns
            .iter()
            .map(|column| match (&column.kind, column.from, column.to) {
                (ColumnKind::Kept { .. }, Some(from), _) => place(&from.name),
                (ColumnKind::Converted { through, parked_before: true, .. }, _, _) => place(through),
                _ => None,
            })
            .collect();
        Layout { stays: longest_rise(&places) }
    }

    /// Returns the place of a column that comes before the others have moved.
    fn early_position(&self, change: &TableChange<'_>, at: usize) -> Position {
        if self.stays.is_empty() {
            return Position::Last;
        }
        let before = (0..at).rev().find(|at| {
            let column = &change.columns[*at];
            let added = matches!(
                (&column.kind, &change.sources[*at]),
                (ColumnKind::Added, Some(Source::From(_) | Source::Server { early: true }))
                    | (ColumnKind::Converted { parked_before: false, .. }, _)
            );
            added || self.stays[*at]
        });
        after(before.and_then(|at| change.columns[at].to).map(|to| change.filled_name(&to.name)))
    }

    /// Returns the place of a column when all before it stand where they belong.
    fn position(&self, change: &TableChange<'_>, at: usize) -> Position {
        if self.stays.is_empty() {
            return Position::Last;
        }
        after(at.checked_sub(1).and_then(|at| change.columns[at].to).map(|to| to.name.clone()))
    }

    /// Returns the place of a column that is there and stands elsewhere.
    fn moved_position(&self, change: &TableChange<'_>, at: usize) -> Option<Position> {
        let is_there = match &change.columns[at].kind {
            ColumnKind::Kept { .. } => true,
            ColumnKind::Converted { parked_before, .. } => *parked_before,
            ColumnKind::Renewed { .. } | ColumnKind::Added | ColumnKind::Gone { .. } => false,
        };
        (is_there && self.stays.get(at) == Some(&false)).then(|| self.position(change, at))
    }
}

fn after(name: Option<String>) -> Position {
    name.map_or(Position::First, Position::After)
}

/// Returns which of the numbers belong to a longest rising row, so that as few as possible have to move.
fn longest_rise(numbers: &[Option<usize>]) -> Vec<bool> {
    // For each length, where the row of that length with the least last number ends; and for each number, what stands before it.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), vec![None; numbers.len()]);
    for (at, number) in numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        let length = ends.partition_point(|end| numbers[*end].is_some_and(|last| last < *number));
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut out = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        out[at] = true;
        next = before[at];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_columns_move_as_can_be() {
        let rise = |numbers: &[usize]| longest_rise(&numbers.iter().copied().map(Some).collect::<Vec<_>>());
        assert_eq!(rise(&[0, 1, 2]), [true, true, true]);
        assert_eq!(rise(&[2, 0, 1]), [false, true, true]);
        assert_eq!(longest_rise(&[Some(1), None, Some(0), Some(2)]).iter().filter(|stays| **stays).count(), 2);
        assert_eq!(rise(&[]), Vec::<bool>::new());
    }
}
