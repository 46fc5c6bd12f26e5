//! `query & Top(…)`: order, limit and offset.

use super::block::{Block, Operand, Sort, Sorted};
use super::{Order, QueryError, Top};

impl Block {
    /// Returns the first rows in an order.
    pub fn topped(&self, top: &Top) -> Result<Block, QueryError> {
        let mut block = self.clone();
        let order = match (&top.order, &self.top) {
            (Some(order), _) => self.sorts(order)?,
            (None, Some(standing)) => standing.order.clone(),
            (None, None) => self.sorts(&[])?,
        };
        block.top = Some(match &self.top {
            None => Sorted { order, limit: top.limit, offset: top.offset },
            Some(standing) if !standing.cuts() => Sorted { order, limit: top.limit, offset: top.offset },
            // The rows that are wanted now, out of those that were wanted before.
            Some(standing) if standing.order == order => {
                let left = standing.limit.map(|limit| limit.saturating_sub(top.offset));
                let limit = [left, top.limit].into_iter().flatten().min();
                Sorted { order, limit, offset: standing.offset.saturating_add(top.offset) }
            }
            Some(_) => {
                block = self.wrapped();
                let order = block.sorts(top.order.as_deref().unwrap_or_default())?;
                Sorted { order, limit: top.limit, offset: top.offset }
            }
        });
        Ok(block)
    }

    /// Returns an order that leaves nothing to the server: what was asked for, then the key.
    fn sorts(&self, order: &[Order]) -> Result<Vec<Sort>, QueryError> {
        let mut sorts: Vec<Sort> = Vec::new();
        for level in order {
            match &level.attribute {
                Some(name) => self.sort(self.attribute(name)?.0, level.descending, &mut sorts),
                None => self.sort_by_key(level.descending, &mut sorts),
            }
        }
        self.sort_by_key(false, &mut sorts);
        Ok(sorts)
    }

    fn sort_by_key(&self, descending: bool, sorts: &mut Vec<Sort>) {
        for (at, attribute) in self.heading.attributes.iter().enumerate() {
            if attribute.in_key {
                self.sort(at, descending, sorts);
            }
        }
    }

    /// Adds a level unless it is there, where it would decide nothing.
    fn sort(&self, at: usize, descending: bool, sorts: &mut Vec<Sort>) {
        let operand: Operand = self.operand(at);
        if !sorts.iter().any(|sort| sort.operand == operand) {
            sorts.push(Sort { operand, nullable: self.heading.attributes[at].nullable, descending });
        }
    }
}
