//! From the rows of one table to those of another, as a delete follows references.

use std::collections::BTreeSet;

use super::block::{Block, Expr, Sorted};
use super::condition::Condition;
use super::{Matching, Query, QueryError, Restriction};

impl Query {
    /// Returns the attributes that the conditions on a table name, where the query is one table and nothing but conditions on its own
    /// attributes decides about its rows.
    pub fn conditioned(&self) -> Option<BTreeSet<&str>> {
        self.base()?;
        if self.block().top.as_ref().is_some_and(Sorted::cuts) {
            return None;
        }
        let (mut names, mut own) = (BTreeSet::new(), true);
        for condition in &self.block().conditions {
            condition.each_operand(&mut |expr, _| match expr {
                Expr::Column { source: 0, name } => {
                    names.insert(name.as_str());
                }
                Expr::Column { .. } | Expr::Computed(_) | Expr::Null => own = false,
            });
        }
        own.then_some(names)
    }

    /// Returns whether rows of other tables decide about its rows.
    pub fn reads_others(&self) -> bool {
        self.base().is_none() || self.block().conditions.iter().any(Condition::has_query)
    }

    /// Returns the rows of another table that satisfy the conditions on this one: the same table of another model. `None` where more than conditions
    /// decides, or the other table lacks an attribute.
    pub fn carried_to(&self, table: &Query) -> Option<Query> {
        let there = self.conditioned()?.into_iter().all(|name| table.heading().get(name).is_some());
        there.then(|| table.reached(&[self], &[]).ok()).flatten()
    }

    /// Returns the rows of a table that satisfy any of the conditions of `carried`, or match a row of any of `matched` by names. Each of `carried` is
    /// [conditioned](Query::conditioned) by attributes that the table has.
    ///
    /// # Errors
    /// What cannot be asked for.
    pub(crate) fn reached(&self, carried: &[&Query], matched: &[Query]) -> Result<Query, QueryError> {
        let mut block: Block = self.block().clone();
        let mut ways: Vec<Condition> = carried.iter().map(|query| Condition::all(query.block().conditions.clone())).collect();
        for query in matched {
            ways.push(Condition::of(&block, &Restriction::Query(query.clone()), Matching::Natural, false)?);
        }
        block.add(Condition::any(ways));
        Ok(Query::of(block))
    }

    /// Returns the rows that match no row of the other query by names.
    pub(crate) fn without(&self, other: &Query) -> Result<Query, QueryError> {
        let not = Restriction::Not(Box::new(Restriction::Query(other.clone())));
        self.block().restricted(&not, Matching::Natural).map(Query::of)
    }
}
