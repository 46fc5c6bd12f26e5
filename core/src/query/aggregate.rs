//! `query.aggr(…)`, and universal sets.

use std::collections::BTreeSet;

use super::block::{Block, Expr, Group};
use super::project::computed_attribute;
use super::{Attribute, Heading, Keep, Matching, QueryError};
use crate::predicate::Predicate;

impl Block {
    /// Groups `other` by the key of this.
    pub fn aggregated(&self, other: &Block, computed: &[(String, String)], keep_all: bool) -> Result<Block, QueryError> {
        let Aggregates { computed, mentioned } = Aggregates::read(computed)?;
        let keep = if keep_all { Keep::Left } else { Keep::Matching };
        let key: Vec<&str> = self.heading.primary_key().map(|attribute| attribute.name.as_str()).collect();
        let left = self.open(|name| mentioned.contains(name) || key.contains(&name));
        let right = other.open(|name| mentioned.contains(name));
        let joined = left.joined_freely(&right, Matching::Semantic, keep)?;
        joined.grouped_by(&key, computed)
    }

    /// Groups this by some of its attributes.
    pub fn grouped(&self, attributes: &[&str], computed: &[(String, String)]) -> Result<Block, QueryError> {
        let Aggregates { computed, mentioned } = Aggregates::read(computed)?;
        for name in attributes {
            self.attribute(name)?;
        }
        self.open(|name| mentioned.contains(name) || attributes.contains(&name)).grouped_by(attributes, computed)
    }

    /// Returns the distinct values of some attributes.
    pub fn distinct(&self, attributes: &[&str]) -> Result<Block, QueryError> {
        let mut selected: Vec<(Attribute, Expr)> = Vec::new();
        let keeps_key = self.heading.primary_key().all(|attribute| attributes.contains(&attribute.name.as_str()));
        let mut block = if self.group.is_some() || self.distinct || self.top.as_ref().is_some_and(|top| top.cuts()) {
            self.wrapped()
        } else {
            self.clone()
        };
        for name in attributes {
            let (at, attribute) = block.attribute(name)?;
            if !selected.iter().any(|(known, _)| known.name == attribute.name) {
                selected.push((Attribute { in_key: true, ..attribute.clone() }, block.columns[at].clone()));
            }
        }
        let (attributes, columns) = selected.into_iter().unzip();
        block.heading = Heading { attributes };
        block.columns = columns;
        // Rows differ by their key already.
        block.distinct = !keeps_key || block.heading.attributes.is_empty();
        // An order may be by what is no longer there.
        block.top = None;
        Ok(block)
    }

    fn grouped_by(mut self, attributes: &[&str], computed: Vec<(&String, Predicate)>) -> Result<Block, QueryError> {
        let mut selected: Vec<(Attribute, Expr)> = Vec::new();
        for name in attributes {
            let (at, attribute) = self.attribute(name)?;
            if !selected.iter().any(|(known, _)| known.name == attribute.name) {
                selected.push((Attribute { in_key: true, ..attribute.clone() }, self.columns[at].clone()));
            }
        }
        let by = selected.iter().map(|(_, column)| column.clone()).collect();
        for (name, predicate) in computed {
            if selected.iter().any(|(known, _)| known.name == *name) {
                return Err(QueryError::Refused(format!("there is an attribute `{name}` in the aggregation already")));
            }
            let said = self.said(predicate)?;
            selected.push((computed_attribute(name), Expr::Computed(said)));
        }
        let (attributes, columns) = selected.into_iter().unzip();
        self.heading = Heading { attributes };
        self.columns = columns;
        self.group = Some(Group { by, having: Vec::new() });
        self.top = None;
        Ok(self)
    }
}

/// What an aggregation computes.
struct Aggregates<'a> {
    /// New names, and the expressions.
    computed: Vec<(&'a String, Predicate)>,
    /// The attributes that they are computed from.
    mentioned: BTreeSet<String>,
}

impl<'a> Aggregates<'a> {
    fn read(texts: &'a [(String, String)]) -> Result<Self, QueryError> {
        let mut aggregates = Aggregates { computed: Vec::new(), mentioned: BTreeSet::new() };
        for (name, text) in texts {
            let predicate = Predicate::expression(text, true)?;
            aggregates.mentioned.extend(predicate.attributes().into_iter().map(|(attribute, _)| attribute));
            aggregates.computed.push((name, predicate));
        }
        Ok(aggregates)
    }
}
