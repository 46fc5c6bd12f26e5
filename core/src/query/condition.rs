//! Restrictions that were checked against what they restrict.

use std::sync::Arc;

use super::block::{Block, Expr, Operand, Said};
use super::{Attribute, Comparison, Matching, Query, QueryError, Restriction, constant, matching};
use crate::model::Model;
use crate::predicate::{Holds, Predicate};
use crate::value::Value;

/// A condition over the columns of a [`Block`].
#[derive(Debug, Clone)]
pub(super) enum Condition {
    True,
    False,
    /// A comparison with constants.
    Compare(Compared, Comparison),
    /// Attributes that are together what one of these rows says; no value is NULL.
    Rows(Vec<Compared>, Vec<Vec<Value>>),
    /// A text.
    Said(Said),
    /// A value inside of JSON that is equal to a constant.
    Path(Said, Value),
    /// A row of another query matches, or none does.
    Match {
        query: Query,
        /// What is equal to which attribute of the query; without any, a row is enough.
        pairs: Vec<(Operand, String)>,
        negated: bool,
    },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    /// Not that. A match inside of it says so itself, since NULL is not the opposite of anything.
    Not(Box<Condition>),
}

/// An attribute that is compared.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub attribute: Attribute,
    pub operand: Operand,
}

impl Condition {
    /// Checks a restriction of the block.
    pub fn of(block: &Block, restriction: &Restriction, matching: Matching, negated: bool) -> Result<Condition, QueryError> {
        Ok(match restriction {
            Restriction::True => constant_truth(!negated),
            Restriction::False => constant_truth(negated),
            Restriction::Predicate(text) => not(negated, Condition::Said(block.said(Predicate::parse(text)?)?)),
            Restriction::Equal(values) => not(negated, Condition::all(equalities(block, values)?)),
            Restriction::Compare { attribute, comparison } => not(negated, compare(compared(block, attribute)?, comparison)?),
            Restriction::Query(query) => {
                let pairs = matching::shared(&block.heading, query.heading(), matching)?;
                let pairs = pairs.into_iter().map(|name| Ok((block.operand(block.attribute(&name)?.0), name)));
                Condition::Match { query: query.clone(), pairs: pairs.collect::<Result<_, QueryError>>()?, negated }
            }
            Restriction::Any(members) => {
                let mut rows = RowSets::default();
                let mut others = Vec::new();
                for member in members {
                    if !rows.take(block, member)? {
                        others.push(Condition::of(block, member, matching, negated)?);
                    }
                }
                let members = rows.conditions().map(|condition| not(negated, condition)).chain(others).collect();
                if negated { Condition::all(members) } else { Condition::any(members) }
            }
            Restriction::All(members) => {
                let members = members.iter().map(|member| Condition::of(block, member, matching, negated));
                let members = members.collect::<Result<_, _>>()?;
                if negated { Condition::any(members) } else { Condition::all(members) }
            }
            Restriction::Not(inner) => Condition::of(block, inner, matching, !negated)?,
        })
    }

    /// Joins conditions with AND.
    pub fn all(members: Vec<Condition>) -> Condition {
        let mut kept = Vec::new();
        for member in members {
            match member {
                Condition::True => {}
                Condition::False => return Condition::False,
                Condition::All(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Condition::True,
            1 => kept.remove(0),
            _ => Condition::All(kept),
        }
    }

    /// Joins conditions with OR.
    pub fn any(members: Vec<Condition>) -> Condition {
        let mut kept = Vec::new();
        for member in members {
            match member {
                Condition::True => return Condition::True,
                Condition::False => {}
                Condition::Any(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Condition::False,
            1 => kept.remove(0),
            _ => Condition::Any(kept),
        }
    }

    /// Calls `visit` with each attribute that is compared, and whether it is compared with another query.
    pub fn each_operand<'c>(&'c self, visit: &mut dyn FnMut(&'c Expr, bool)) {
        match self {
            Condition::True | Condition::False => {}
            Condition::Compare(compared, _) => visit(&compared.operand.expr, false),
            Condition::Rows(compared, _) => compared.iter().for_each(|compared| visit(&compared.operand.expr, false)),
            Condition::Said(said) | Condition::Path(said, _) => said.operands.values().for_each(|operand| visit(&operand.expr, false)),
            Condition::Match { pairs, .. } => pairs.iter().for_each(|(operand, _)| visit(&operand.expr, true)),
            Condition::All(members) | Condition::Any(members) => members.iter().for_each(|member| member.each_operand(visit)),
            Condition::Not(inner) => inner.each_operand(visit),
        }
    }

    /// Whether a query stands in it that names columns of this one.
    pub fn is_correlated(&self) -> bool {
        match self {
            Condition::Match { pairs, negated, .. } => *negated && !pairs.is_empty(),
            Condition::All(members) | Condition::Any(members) => members.iter().any(Condition::is_correlated),
            Condition::Not(inner) => inner.is_correlated(),
            Condition::True
            | Condition::False
            | Condition::Compare(..)
            | Condition::Rows(..)
            | Condition::Said(_)
            | Condition::Path(..) => false,
        }
    }

    /// Whether a query stands in it.
    pub fn has_query(&self) -> bool {
        match self {
            Condition::Match { .. } => true,
            Condition::All(members) | Condition::Any(members) => members.iter().any(Condition::has_query),
            Condition::Not(inner) => inner.has_query(),
            Condition::True
            | Condition::False
            | Condition::Compare(..)
            | Condition::Rows(..)
            | Condition::Said(_)
            | Condition::Path(..) => false,
        }
    }

    /// Collects the models of the tables of queries that stand in it.
    pub fn models<'c>(&'c self, models: &mut Vec<&'c Arc<Model>>) {
        match self {
            Condition::Match { query, .. } => query.block().models(models),
            Condition::All(members) | Condition::Any(members) => members.iter().for_each(|member| member.models(models)),
            Condition::Not(inner) => inner.models(models),
            Condition::True
            | Condition::False
            | Condition::Compare(..)
            | Condition::Rows(..)
            | Condition::Said(_)
            | Condition::Path(..) => {}
        }
    }

    /// Moves its columns to another position of their source.
    pub fn moved(&self, by: usize) -> Condition {
        match self {
            Condition::True => Condition::True,
            Condition::False => Condition::False,
            Condition::Compare(compared, comparison) => Condition::Compare(compared.moved(by), comparison.clone()),
            Condition::Rows(compared, rows) => Condition::Rows(compared.iter().map(|compared| compared.moved(by)).collect(), rows.clone()),
            Condition::Said(said) => Condition::Said(said.moved(by)),
            Condition::Path(said, value) => Condition::Path(said.moved(by), value.clone()),
            Condition::Match { query, pairs, negated } => Condition::Match {
                query: query.clone(),
                pairs: pairs.iter().map(|(operand, name)| (operand.moved(by), name.clone())).collect(),
                negated: *negated,
            },
            Condition::All(members) => Condition::All(members.iter().map(|member| member.moved(by)).collect()),
            Condition::Any(members) => Condition::Any(members.iter().map(|member| member.moved(by)).collect()),
            Condition::Not(inner) => Condition::Not(Box::new(inner.moved(by))),
        }
    }
}

impl Compared {
    fn moved(&self, by: usize) -> Compared {
        Compared { attribute: self.attribute.clone(), operand: self.operand.moved(by) }
    }
}

fn constant_truth(truth: bool) -> Condition {
    if truth { Condition::True } else { Condition::False }
}

fn not(negated: bool, condition: Condition) -> Condition {
    match condition {
        condition if !negated => condition,
        Condition::True => Condition::False,
        Condition::False => Condition::True,
        condition => Condition::Not(Box::new(condition)),
    }
}

fn compared(block: &Block, name: &str) -> Result<Compared, QueryError> {
    let (at, attribute) = block.attribute(name)?;
    Ok(Compared { attribute: attribute.clone(), operand: block.operand(at) })
}

/// Returns the equalities of those attributes that exist.
fn equalities(block: &Block, values: &[(String, Value)]) -> Result<Vec<Condition>, QueryError> {
    let mut equalities = Vec::new();
    for (name, value) in values {
        if block.position(name).is_some() {
            equalities.push(compare(compared(block, name)?, &Comparison::Eq(value.clone()))?);
        } else if is_path(block, name) {
            equalities.push(path(block, name, value)?);
        }
    }
    Ok(equalities)
}

/// Whether the name is that of a value inside of an attribute of JSON: `attribute.path`, `attribute.path:type`.
fn is_path(block: &Block, name: &str) -> bool {
    let attribute = name.split_once('.').and_then(|(attribute, _)| block.position(attribute));
    attribute.is_some_and(|at| block.holds(at) == Holds::Json)
}

fn path(block: &Block, name: &str, value: &Value) -> Result<Condition, QueryError> {
    let said = block.said(Predicate::expression(name, false)?)?;
    constant::check_path(said.holds(), value).map_err(|reason| QueryError::Value { attribute: name.to_string(), reason })?;
    Ok(Condition::Path(said, value.clone()))
}

/// Checks the constants of a comparison, and gives those with NULL their own form.
fn compare(compared: Compared, comparison: &Comparison) -> Result<Condition, QueryError> {
    let fail = |reason| QueryError::Value { attribute: compared.attribute.name.clone(), reason };
    let check = |value: &Value| constant::check(&compared.attribute.kind, value).map_err(fail);
    let comparison = match comparison {
        Comparison::Eq(Value::Null) | Comparison::Null => Comparison::Null,
        Comparison::Ne(Value::Null) | Comparison::NotNull => Comparison::NotNull,
        Comparison::In(values) => {
            let constants: Vec<Value> = values.iter().filter(|value| **value != Value::Null).cloned().collect();
            constants.iter().try_for_each(check)?;
            let null = (constants.len() < values.len()).then(|| Condition::Compare(compared.clone(), Comparison::Null));
            let listed = match constants.len() {
                0 => Condition::False,
                _ => Condition::Compare(compared.clone(), Comparison::In(constants)),
            };
            return Ok(Condition::any([listed].into_iter().chain(null).collect()));
        }
        Comparison::Like(_) => {
            match compared.operand.holds {
                Holds::Text | Holds::Choice | Holds::Unknown => {}
                Holds::Number
                | Holds::Decimal
                | Holds::Truth
                | Holds::Day
                | Holds::Moment
                | Holds::Time
                | Holds::Uuid
                | Holds::Json
                | Holds::Bytes => return Err(fail("a pattern is for texts".to_string())),
            }
            comparison.clone()
        }
        Comparison::Between(from, to) => {
            check(from)?;
            check(to)?;
            comparison.clone()
        }
        Comparison::Eq(value)
        | Comparison::Ne(value)
        | Comparison::Lt(value)
        | Comparison::Le(value)
        | Comparison::Gt(value)
        | Comparison::Ge(value) => {
            check(value)?;
            comparison.clone()
        }
    };
    Ok(Condition::Compare(compared, comparison))
}

/// Equalities out of a list that are about the same attributes: thousands of keys are one condition and not thousands.
#[derive(Default)]
struct RowSets {
    sets: Vec<RowSet>,
}

/// Rows of constants for the same attributes.
struct RowSet {
    positions: Vec<usize>,
    compared: Vec<Compared>,
    rows: Vec<Vec<Value>>,
}

impl RowSets {
    /// Takes the member of a list where it is of that kind.
    fn take(&mut self, block: &Block, member: &Restriction) -> Result<bool, QueryError> {
        let Restriction::Equal(values) = member else { return Ok(false) };
        let mut row = Vec::new();
        for (name, value) in values {
            match block.position(name) {
                Some(at) if *value != Value::Null && !row.iter().any(|(other, _)| *other == at) => row.push((at, value)),
                Some(_) => return Ok(false),
                None if is_path(block, name) => return Ok(false),
                None => {}
            }
        }
        if row.is_empty() {
            return Ok(false);
        }
        row.sort_by_key(|(at, _)| *at);
        for (at, value) in &row {
            let attribute = &block.heading.attributes[*at];
            let fail = |reason| QueryError::Value { attribute: attribute.name.clone(), reason };
            constant::check(&attribute.kind, value).map_err(fail)?;
        }
        let positions: Vec<usize> = row.iter().map(|(at, _)| *at).collect();
        let values: Vec<Value> = row.into_iter().map(|(_, value)| value.clone()).collect();
        match self.sets.iter_mut().find(|set| set.positions == positions) {
            Some(set) => set.rows.push(values),
            None => {
                let compared =
                    positions.iter().map(|at| Compared { attribute: block.heading.attributes[*at].clone(), operand: block.operand(*at) });
                let compared = compared.collect();
                self.sets.push(RowSet { positions, compared, rows: vec![values] });
            }
        }
        Ok(true)
    }

    fn conditions(self) -> impl Iterator<Item = Condition> {
        self.sets.into_iter().map(|RowSet { compared, mut rows, .. }| match rows.len() {
            1 => {
                let row = compared.into_iter().zip(rows.remove(0));
                Condition::all(row.map(|(compared, value)| Condition::Compare(compared, Comparison::Eq(value))).collect())
            }
            _ => Condition::Rows(compared, rows),
        })
    }
}
