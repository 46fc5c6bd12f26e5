//! `query & restriction`.

use super::block::{Block, Expr, Sorted};
use super::condition::Condition;
use super::{Matching, Notice, QueryError, Restriction};

impl Block {
    /// Keeps the rows that satisfy the restriction.
    pub fn restricted(&self, restriction: &Restriction, matching: Matching) -> Result<Block, QueryError> {
        // Rows are cut before they are restricted.
        let mut block = if self.top.as_ref().is_some_and(Sorted::cuts) { self.wrapped() } else { self.clone() };
        let mut condition = Condition::of(&block, restriction, matching, false)?;
        if !block.can_say(&condition) {
            block = block.wrapped();
            condition = Condition::of(&block, restriction, matching, false)?;
        }
        if block.heading_is_untouched(restriction, &condition) {
            let mut names = Vec::new();
            mentioned(restriction, &mut names);
            let query = block.heading.names().map(str::to_string).collect();
            block.notices.push(Notice::NoEffect { restriction: names, query });
        }
        block.add(condition);
        Ok(block)
    }

    /// Whether the condition can be said here, without saying twice what an expression computes; in `HAVING` that is how it is said.
    fn can_say(&self, condition: &Condition) -> bool {
        let mut can = true;
        condition.each_operand(&mut |expr, matched| {
            can &= !matches!(expr, Expr::Computed(_)) || (self.group.is_some() && !matched);
        });
        can
    }

    /// Adds the condition, to the groups where it is about them.
    pub(super) fn add(&mut self, condition: Condition) {
        let conditions = match &mut self.group {
            None => &mut self.conditions,
            Some(group) => {
                let mut of_rows = !group.by.is_empty();
                condition.each_operand(&mut |expr, _| of_rows &= group.by.contains(expr));
                if of_rows { &mut self.conditions } else { &mut group.having }
            }
        };
        match condition {
            Condition::True => {}
            Condition::All(members) => conditions.extend(members),
            other => conditions.push(other),
        }
    }

    /// Whether the restriction was to do something, and does nothing that anybody could have meant.
    fn heading_is_untouched(&self, restriction: &Restriction, condition: &Condition) -> bool {
        match condition {
            Condition::True => !matches!(restriction, Restriction::True),
            Condition::Match { pairs, .. } => pairs.is_empty(),
            Condition::False
            | Condition::Compare(..)
            | Condition::Rows(..)
            | Condition::Said(_)
            | Condition::Path(..)
            | Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(_) => false,
        }
    }
}

/// Collects the attributes that a restriction names.
fn mentioned(restriction: &Restriction, names: &mut Vec<String>) {
    match restriction {
        Restriction::True | Restriction::False | Restriction::Predicate(_) => {}
        Restriction::Equal(values) => names.extend(values.iter().map(|(name, _)| name.clone())),
        Restriction::Compare { attribute, .. } => names.push(attribute.clone()),
        Restriction::Query(query) => names.extend(query.heading().names().map(str::to_string)),
        Restriction::Any(members) | Restriction::All(members) => members.iter().for_each(|member| mentioned(member, names)),
        Restriction::Not(inner) => mentioned(inner, names),
    }
}
