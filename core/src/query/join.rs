//! `query * query`, and left joins.

use super::block::{Block, Expr, Join};
use super::{Attribute, Heading, Keep, Matching, QueryError, matching};

impl Block {
    /// Joins two relations.
    pub fn joined(&self, other: &Block, matching: Matching, keep: Keep) -> Result<Block, QueryError> {
        match keep {
            Keep::Matching => {}
            Keep::Left => self.determines(other)?,
        }
        self.joined_freely(other, matching, keep)
    }

    /// As [`Block::joined`], where a row of the left side may have several of the right one.
    pub fn joined_freely(&self, other: &Block, matching: Matching, keep: Keep) -> Result<Block, QueryError> {
        let shared = matching::shared(&self.heading, &other.heading, matching)?;
        let is_shared = |name: &str| shared.iter().any(|shared| shared == name);
        let mut left = self.open(is_shared);
        let mut right = other.open(is_shared);
        let has_left_joins = right.sources.iter().any(|source| source.join.left);
        let simple = right.sources.len() == 1
            && right.conditions.is_empty()
            && right.columns.iter().all(|column| matches!(column, Expr::Column { .. }));
        match keep {
            Keep::Matching if has_left_joins => right = right.wrapped(),
            Keep::Left if !simple => right = right.wrapped(),
            Keep::Matching | Keep::Left => {}
        }

        let by = left.sources.len();
        let columns: Vec<Expr> = right.columns.iter().map(|column| column.moved(by)).collect();
        left.sources.extend(right.sources.iter().map(|source| {
            let mut source = source.clone();
            source.join.on.iter_mut().for_each(|(before, this)| (*before, *this) = (before.moved(by), this.moved(by)));
            source
        }));
        left.sources[by].join = Join { left: keep == Keep::Left, on: Vec::new() };
        for name in &shared {
            let (Some(at), Some(other_at)) = (left.position(name), right.position(name)) else { continue };
            let source = match &columns[other_at] {
                Expr::Column { source, .. } => *source,
                Expr::Computed(_) | Expr::Null => by,
            };
            let pair = (left.columns[at].clone(), columns[other_at].clone());
            left.sources[source].join.on.push(pair);
        }
        left.conditions.extend(right.conditions.iter().map(|condition| condition.moved(by)));

        let mut attributes: Vec<(Attribute, Expr)> = Vec::new();
        for (attribute, column) in left.heading.attributes.iter().zip(&left.columns) {
            let matched = right.heading.get(&attribute.name);
            let in_key = attribute.in_key || (keep == Keep::Matching && matched.is_some_and(|other| other.in_key));
            // A value that matched is none that is missing.
            let nullable = attribute.nullable && !(keep == Keep::Matching && matched.is_some());
            attributes.push((Attribute { in_key, nullable, ..attribute.clone() }, column.clone()));
        }
        for (attribute, column) in right.heading.attributes.iter().zip(columns) {
            if is_shared(&attribute.name) {
                continue;
            }
            let in_key = attribute.in_key && keep == Keep::Matching;
            let nullable = attribute.nullable || keep == Keep::Left;
            attributes.push((Attribute { in_key, nullable, ..attribute.clone() }, column));
        }
        let (key, dependent): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|(attribute, _)| attribute.in_key);
        let (attributes, columns) = key.into_iter().chain(dependent).unzip();
        left.heading = Heading { attributes };
        left.columns = columns;
        left.top = None;
        left.notices.extend(right.notices);
        Ok(left)
    }

    /// Refuses a left join that would have several rows for one of the left side, or a key that is NULL.
    fn determines(&self, other: &Block) -> Result<(), QueryError> {
        let missing: Vec<String> = other
            .heading
            .primary_key()
            .filter(|attribute| self.position(&attribute.name).is_none())
            .map(|attribute| format!("`{}`", attribute.name))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(QueryError::Refused(format!(
            "the left side of a left join does not determine the right one: it lacks {} of the right side's key",
            missing.join(", ")
        )))
    }
}
