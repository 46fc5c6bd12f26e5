//! Where the values of new and converted columns come from.

use std::collections::HashSet;

use djc_core::catalog::{Column, ColumnDefault, ForeignKey};
use djc_core::plan::{Action, Fill, FillFrom, PARKED_COLUMN, TableName};

use super::super::contents;
use super::analysis::{Analysis, Place, TableChange};
use super::columns::ColumnKind;
use super::draft::Draft;
use super::{Moment, Refusal, RefusalKind, hazard};

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// The server gives them when the column is made: its default, a number, NULL.
    Server {
        /// Whether the column is made before others are filled, because those read it or stand behind it.
        early: bool,
    },
    /// A step fills them in.
    From(FillFrom),
}

/// Finds the sources of all new and converted columns, parents first, and refuses those that have none.
pub(super) fn sources(analysis: &mut Analysis<'_>) {
    // Columns whose conversion a person said, here or above: those below take the values of their parent.
    let mut said: HashSet<(usize, usize)> = HashSet::new();
    let order = analysis.order.clone();
    for place in order {
        let Place::Changed(at) = place else { continue };
        for position in 0..analysis.changes[at].columns.len() {
            match source(analysis, at, position, &mut said) {
                Ok(source) => analysis.changes[at].sources[position] = source,
                Err((column, key)) => {
                    let table = analysis.changes[at].name.clone();
                    analysis.refusals.push(Refusal { table, column: Some(column), kind: RefusalKind::NeedsFill { key } });
                }
            }
        }
    }
}

/// Returns the source of one column; the error is the column that needs one, and whether it is in the key.
fn source(
    analysis: &mut Analysis<'_>,
    at: usize,
    position: usize,
    said: &mut HashSet<(usize, usize)>,
) -> Result<Option<Source>, (String, bool)> {
    let change = &analysis.changes[at];
    let (column, Some(to)) = (&change.columns[position], change.columns[position].to) else { return Ok(None) };
    let asked = analysis.request.mapping.fills.get(&change.name).and_then(|fills| fills.get(&to.name)).cloned();
    match &column.kind {
        ColumnKind::Gone { .. } => Ok(None),
        // A value for rows that have none, where NULL is no longer allowed.
        ColumnKind::Kept { .. } => {
            let Some(from) = column.from.filter(|from| from.nullable && !to.nullable) else { return Ok(None) };
            if asked.is_some() || !from.name.starts_with(PARKED_COLUMN) {
                return Ok(asked.map(Source::From));
            }
            // On the way back: rows written since the column was parked.
            if let Some(default) = default(to) {
                return Ok(Some(Source::From(default)));
            }
            let above = parent(analysis, at, position);
            above.iter().for_each(|parent| read_early(analysis, parent.at));
            Ok(above.map(|parent| Source::From(parent.from)))
        }
        ColumnKind::Renewed { .. } => Ok(Some(Source::From(FillFrom::Column(to.name.clone())))),
        ColumnKind::Converted { parked_before, rekeyed, .. } => {
            if let Some(asked) = asked {
                said.insert((at, position));
                return Ok(Some(Source::From(asked)));
            }
            let (rekeyed, parked_before) = (*rekeyed, *parked_before);
            let above = parent(analysis, at, position);
            if let Some(Parent { from, at: above }) = above
                && (rekeyed || above.is_some_and(|it| said.contains(&it)))
            {
                read_early(analysis, above);
                said.insert((at, position));
                return Ok(Some(Source::From(from)));
            }
            if parked_before {
                // Rows written since then: those of children have what their parent gets.
                said.insert((at, position));
            }
            Ok(Some(Source::From(FillFrom::Column(to.name.clone()))))
        }
        ColumnKind::Added => {
            if let Some(asked) = asked {
                return Ok(Some(Source::From(asked)));
            }
            let in_order = change.columns.iter().any(|column| matches!(column.kind, ColumnKind::Renewed { .. }));
            if gives_itself(to) {
                return Ok(Some(Source::Server { early: (in_order || by_hand(analysis)) && !to.auto_increment }));
            }
            match parent(analysis, at, position) {
                Some(Parent { from, at: above }) => {
                    read_early(analysis, above);
                    Ok(Some(Source::From(from)))
                }
                None if to.nullable => Ok(Some(Source::Server { early: in_order || by_hand(analysis) })),
                None => Err((to.name.clone(), change.to.primary_key.contains(&to.name))),
            }
        }
    }
}

/// Notes that children read a column, so that it is made before they are filled.
fn read_early(analysis: &mut Analysis<'_>, column: Option<(usize, usize)>) {
    if let Some((table, column)) = column
        && let Some(Source::Server { early }) = &mut analysis.changes[table].sources[column]
    {
        *early = true;
    }
}

/// Returns the default of a column as a value: a column that was parked has none of its own by then.
fn default(column: &Column) -> Option<FillFrom> {
    match &column.default {
        ColumnDefault::None | ColumnDefault::Null => None,
        ColumnDefault::Literal(_) => contents::default(column).map(FillFrom::Literal),
        ColumnDefault::CurrentTimestamp(_) => Some(FillFrom::Sql("CURRENT_TIMESTAMP".to_string())),
        ColumnDefault::Expression(sql) => Some(FillFrom::Sql(sql.clone())),
    }
}

/// Returns whether a person moves rows in between, who needs all new columns.
fn by_hand(analysis: &Analysis<'_>) -> bool {
    analysis.request.mapping.hand.iter().any(|(moment, _)| *moment == Moment::Between)
}

/// Returns whether the server has a value for the column in rows that are there.
fn gives_itself(column: &Column) -> bool {
    let default = match column.default {
        ColumnDefault::None | ColumnDefault::Null => false,
        ColumnDefault::Literal(_) | ColumnDefault::CurrentTimestamp(_) | ColumnDefault::Expression(_) => true,
    };
    default || column.auto_increment
}

/// The parent's column that a column is filled from.
struct Parent {
    from: FillFrom,
    /// Its table and position, where that changes as well.
    at: Option<(usize, usize)>,
}

/// Returns where a parent has the value of an inherited column: joined by the foreign key that the old table had.
fn parent(analysis: &Analysis<'_>, at: usize, position: usize) -> Option<Parent> {
    let change = &analysis.changes[at];
    let name = &change.columns[position].to?.name;
    let joined = change.to.foreign_keys.iter().zip(&change.foreign_keys.joined);
    let brings = |(key, old): (&ForeignKey, &Option<usize>)| {
        let inherited = key.columns.iter().position(|column| column == name)?;
        let old = &change.from.foreign_keys[(*old)?];
        let parent = analysis.change(&key.parent_schema, &key.parent_table);
        let wanted = &key.parent_columns[inherited];
        let above = |column: &String| parent.map_or_else(|| column.clone(), |parent| parent.working_name(column, &analysis.request));
        let on = old.columns.iter().zip(&old.parent_columns);
        let on = on.map(|(child, parent)| (change.working_name(child, &analysis.request), above(parent))).collect();
        let from = FillFrom::Parent {
            table: TableName::new(&key.parent_schema, &key.parent_table),
            column: parent.map_or_else(|| wanted.clone(), |parent| parent.filled_name(wanted)),
            on,
        };
        let at = parent.and_then(|parent| Some((analysis.position_of(&parent.name)?, parent.position(wanted)?)));
        // A column that numbers its rows is made together with its key, when children have been filled.
        let numbered = at.is_some_and(|(table, column)| {
            let column = &analysis.changes[table].columns[column];
            column.kind == ColumnKind::Added && column.to.is_some_and(|to| to.auto_increment)
        });
        (!numbered).then_some(Parent { from, at })
    };
    joined.into_iter().find_map(brings)
}

impl Draft<'_> {
    /// Gives new and converted columns their values, parents first.
    pub fn fill(&mut self, analysis: &Analysis<'_>) {
        for place in &analysis.order {
            let Place::Changed(at) = place else { continue };
            for fill in fills(&analysis.changes[*at]) {
                let columns: Vec<&str> = fill.columns.iter().map(|(name, _)| name.as_str()).collect();
                let reason = format!("values of {}", hazard::listed(&columns));
                let reason = format!("{}: {reason}", fill.table);
                let hazards = hazard::of_values_since(&analysis.changes[*at], &fill);
                self.step(Action::Fill(fill), reason, hazards);
            }
        }
    }
}

/// Returns the steps that fill a table: one for each parent, one for what needs none, and one for each column of which only some rows need a value.
fn fills(change: &TableChange<'_>) -> Vec<Fill> {
    let mut out: Vec<Fill> = Vec::new();
    let (mut plain, mut apart): (Vec<(String, FillFrom)>, Vec<Fill>) = (Vec::new(), Vec::new());
    for (column, source) in change.columns.iter().zip(&change.sources) {
        let (Some(to), Some(Source::From(from))) = (column.to, source) else { continue };
        let name = change.filled_name(&to.name);
        let some_rows = match (&column.kind, from) {
            (ColumnKind::Kept { .. }, _) => Some(Vec::new()),
            (ColumnKind::Converted { .. } | ColumnKind::Renewed { .. }, FillFrom::Column(old))
                if column.from.is_some_and(|from| from.nullable) =>
            {
                Some(vec![old.clone()])
            }
            _ => None,
        };
        if let Some(where_not_null) = some_rows {
            apart.push(Fill {
                table: change.name.clone(),
                columns: vec![(name.clone(), from.clone())],
                where_null: vec![name],
                where_not_null,
            });
            continue;
        }
        let FillFrom::Parent { table, on, .. } = from else {
            plain.push((name, from.clone()));
            continue;
        };
        let same =
            |fill: &&mut Fill| matches!(&fill.columns[0].1, FillFrom::Parent { table: other, on: by, .. } if other == table && by == on);
        match out.iter_mut().find(same) {
            Some(fill) => fill.columns.push((name, from.clone())),
            None => out.push(Fill {
                table: change.name.clone(),
                columns: vec![(name, from.clone())],
                where_null: Vec::new(),
                where_not_null: Vec::new(),
            }),
        }
    }
    if !plain.is_empty() {
        out.push(Fill { table: change.name.clone(), columns: plain, where_null: Vec::new(), where_not_null: Vec::new() });
    }
    for fill in &mut out {
        fill.where_null = fill.columns.iter().map(|(name, _)| name.clone()).collect();
    }
    out.append(&mut apart);
    out
}
