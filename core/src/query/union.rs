//! `query + query`.

use super::block::{Block, Expr, What};
use super::{Attribute, Heading, Keep, Matching, Projection, Query, QueryError, Restriction, matching};

impl Block {
    /// Returns the rows of both: those that are in one and those that are in the other, a row of both once.
    ///
    /// Where one side has dependent attributes, rows that only the other side has are NULL there.
    pub fn united(&self, other: &Block) -> Result<Block, QueryError> {
        let key = |heading: &Heading| {
            let mut names: Vec<String> = heading.primary_key().map(|attribute| attribute.name.clone()).collect();
            names.sort();
            names
        };
        let (ours, theirs) = (key(&self.heading), key(&other.heading));
        if ours != theirs {
            let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(QueryError::Refused(format!(
                "a union needs the same key on both sides: {} on the left, {} on the right",
                list(&ours),
                list(&theirs)
            )));
        }
        let dependent = self.heading.attributes.iter().find(|attribute| !attribute.in_key && other.position(&attribute.name).is_some());
        if let Some(attribute) = dependent {
            return Err(QueryError::Refused(format!(
                "a union cannot decide between two values of `{}`, which is a dependent attribute on both sides; leave it out of one in a projection",
                attribute.name
            )));
        }
        matching::shared(&self.heading, &other.heading, Matching::Semantic)?;

        let only_keys = self.heading.attributes.iter().chain(&other.heading.attributes).all(|attribute| attribute.in_key);
        let (left, right) = if only_keys {
            (self.clone(), other.in_order(&self.heading))
        } else {
            let left = self.joined_freely(other, Matching::Semantic, Keep::Left)?;
            let ours = Query::of(self.projected(&Projection::default())?);
            let rest = other.restricted(&Restriction::Not(Box::new(Restriction::Query(ours))), Matching::Semantic)?;
            let right = rest.in_order(&left.heading);
            (left, right)
        };
        let mut heading = left.heading.clone();
        for (attribute, other) in heading.attributes.iter_mut().zip(&right.heading.attributes) {
            attribute.nullable |= other.nullable;
        }
        let notices = self.notices.iter().chain(&other.notices).cloned().collect();
        let block = Block::over(heading, What::Union(Query::of(left), Query::of(right)));
        Ok(Block { notices, ..block })
    }

    /// Brings the attributes into the order of another heading; those that are not here are NULL.
    fn in_order(&self, heading: &Heading) -> Block {
        let absent = heading.attributes.iter().any(|attribute| self.position(&attribute.name).is_none());
        let mut block = if absent && self.distinct { self.wrapped() } else { self.clone() };
        let mut attributes = Vec::new();
        let mut columns = Vec::new();
        for attribute in &heading.attributes {
            match block.position(&attribute.name) {
                Some(at) => {
                    attributes.push(block.heading.attributes[at].clone());
                    columns.push(block.columns[at].clone());
                }
                None => {
                    attributes.push(Attribute { nullable: true, ..attribute.clone() });
                    columns.push(Expr::Null);
                }
            }
        }
        (block.heading, block.columns) = (Heading { attributes }, columns);
        block
    }
}
