//! Lines in the order that gives the same columns again: which columns arrows bring, and which stand for themselves.

use super::plan::{Plan, Planned, TableAt, is_hidden};
use crate::core::catalog::{Column, Index, IndexPart};
use crate::core::dialect::declared::normalized_column;
use crate::core::dialect::{Server, inherited};
use crate::core::diff::encoded_once;
use crate::core::ir::Generation;

/// One line of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An attribute, by the name of its column.
    Attribute(String),
    /// An arrow, by its place in [`Planned::links`].
    Arrow { link: usize, nullable: bool, unique: bool },
    /// What is above belongs to the key.
    Separator,
}

/// A body in order, and the indexes that its arrows say.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub lines: Vec<Line>,
    /// Places in the live table's indexes of those that an arrow makes.
    pub indexes: Vec<usize>,
}

/// Arranges one table.
pub(super) fn arrange(plan: &Plan, at: TableAt, server: Server) -> Body {
    let table = plan.table(at);
    let module = plan.module_of(at);
    let mut arranger = Arranger {
        plan,
        table,
        server,
        generation: module.generation,
        physical: &module.physical,
        present: Vec::new(),
        pending: (0..table.links.len()).collect(),
        body: Body::default(),
    };
    let key = table.key();
    arranger.section(&key, true);
    let live = &table.live;
    let dependent: Vec<&Column> =
        live.columns.iter().filter(|column| !is_hidden(&column.name) && !live.primary_key.contains(&column.name)).collect();
    if !module.external && (!dependent.is_empty() || !arranger.pending.is_empty()) {
        arranger.body.lines.push(Line::Separator);
        arranger.section(&dependent, false);
    }
    arranger.body
}

struct Arranger<'a> {
    plan: &'a Plan,
    table: &'a Planned,
    server: Server,
    generation: Generation,
    physical: &'a str,
    present: Vec<&'a str>,
    /// Links without a line, in order.
    pending: Vec<usize>,
    body: Body,
}

impl<'a> Arranger<'a> {
    fn section(&mut self, columns: &[&'a Column], in_key: bool) {
        let mut at = 0;
        while at < columns.len() {
            self.arrows_that_bring_nothing();
            if self.present.contains(&columns[at].name.as_str()) {
                at += 1;
                continue;
            }
            match self.arrow_for(&columns[at..], in_key) {
                Some((link, brings, nullable)) => {
                    self.push_arrow(link, nullable);
                    self.present.extend(columns[at..at + brings].iter().map(|column| column.name.as_str()));
                    at += brings;
                }
                None => {
                    self.body.lines.push(Line::Attribute(columns[at].name.clone()));
                    self.present.push(&columns[at].name);
                    at += 1;
                }
            }
        }
        self.arrows_that_bring_nothing();
    }

    fn arrows_that_bring_nothing(&mut self) {
        let complete: Vec<usize> = self
            .pending
            .iter()
            .copied()
            .filter(|link| self.table.links[*link].key.columns.iter().all(|name| self.present.contains(&name.as_str())))
            .collect();
        for link in complete {
            self.push_arrow(link, false);
        }
    }

    fn push_arrow(&mut self, link: usize, nullable: bool) {
        self.pending.retain(|pending| *pending != link);
        let columns = child_columns(self.plan, self.table, link);
        let index = self.table.live.indexes.iter().enumerate().find(|(at, index)| {
            index.unique && !self.body.indexes.contains(at) && whole_columns(index).is_some_and(|names| names == columns)
        });
        let unique = index.map(|(at, _)| at);
        self.body.indexes.extend(unique);
        self.body.lines.push(Line::Arrow { link, nullable, unique: unique.is_some() });
    }

    /// Returns the first arrow that brings exactly what comes next: how many columns, and whether they may be NULL.
    fn arrow_for(&mut self, next: &[&Column], in_key: bool) -> Option<(usize, usize, bool)> {
        for link in self.pending.clone() {
            let key = &self.table.links[link].key;
            if in_key && !key.columns.iter().all(|name| self.table.live.primary_key.contains(name)) {
                continue;
            }
            let columns = child_columns(self.plan, self.table, link);
            let brings: Vec<&str> = columns.iter().copied().filter(|name| !self.present.contains(name)).collect();
            let fits = brings.len() <= next.len() && brings.iter().zip(next).all(|(name, column)| *name == column.name);
            let nullable = next[..brings.len().min(next.len())].iter().all(|column| column.nullable);
            if brings.is_empty() || !fits {
                continue;
            }
            let same = next[..brings.len()].iter().all(|column| {
                let as_inherited = self.inherited(link, column, nullable && !in_key);
                as_inherited.is_some_and(|inherited| {
                    let (ours, theirs) = (normalized_column(column, self.server), normalized_column(&inherited, self.server));
                    // A client that encodes twice did so once more for each table that inherits the comment.
                    let same_comment = ours.comment == theirs.comment || encoded_once(&ours.comment).as_ref() == Some(&theirs.comment);
                    let facts = |column: Column| Column { charset: None, comment: String::new(), name: String::new(), ..column };
                    same_comment && facts(ours) == facts(theirs)
                })
            });
            if same {
                return Some((link, brings.len(), nullable && !in_key));
            }
        }
        None
    }

    /// Returns what an arrow makes of the column.
    fn inherited(&self, link: usize, column: &Column, nullable: bool) -> Option<Column> {
        let link = &self.table.links[link];
        let place = link.key.columns.iter().position(|name| *name == column.name)?;
        let parent = self.plan.table(link.parent).live.column(&link.key.parent_columns[place])?;
        let mut brought = inherited(parent, self.generation, self.server, self.physical);
        brought.nullable = nullable;
        Some(brought)
    }
}

/// Returns the columns of a link in the order in which its arrow brings them: that of the parent's key.
pub(super) fn child_columns<'p>(plan: &Plan, table: &'p Planned, link: usize) -> Vec<&'p str> {
    let link = &table.links[link];
    let parent = plan.table(link.parent);
    let child = |name: &String| {
        let place = link.key.parent_columns.iter().position(|known| known == name)?;
        Some(link.key.columns[place].as_str())
    };
    parent.live.primary_key.iter().filter_map(child).collect()
}

/// Returns the columns of an index that holds nothing but whole columns upwards.
pub(super) fn whole_columns(index: &Index) -> Option<Vec<&str>> {
    let column = |part: &'_ IndexPart| match part {
        IndexPart::Column { length: None, descending: false, .. } => true,
        IndexPart::Column { .. } | IndexPart::Expression(_) => false,
    };
    index.parts.iter().all(column).then(|| {
        index
            .parts
            .iter()
            .filter_map(|part| match part {
                IndexPart::Column { name, .. } => Some(name.as_str()),
                IndexPart::Expression(_) => None,
            })
            .collect()
    })
}
