//! What may stand where, as far as it is known without the columns.

use super::function::Role;
use super::tree::{Compare, Expr, Node};
use super::write::holds;
use super::{Holds, Wrong};

/// Checks something that is true or false.
pub(super) fn predicate(root: &Expr) -> Result<(), Wrong> {
    expression(root, false)?;
    condition(root)
}

/// Checks something that has a value.
pub(super) fn expression(root: &Expr, aggregates: bool) -> Result<(), Wrong> {
    value(root)?;
    if !aggregates && let Some(found) = aggregate_in(root) {
        return wrong(found, "an aggregate belongs in the attributes of `aggr`; restrict by the attribute that it computes");
    }
    Ok(())
}

fn wrong(place: &Expr, message: &str) -> Result<(), Wrong> {
    Err(Wrong::new(place.at, message.to_string()))
}

pub(super) fn is_aggregate(expr: &Expr) -> bool {
    matches!(&expr.node, Node::Call(call) if call.function.role == Role::Aggregate)
}

fn aggregate_in(expr: &Expr) -> Option<&Expr> {
    let mut found = None;
    expr.walk(&mut |part| {
        if found.is_none() && is_aggregate(part) {
            found = Some(part);
        }
    });
    found
}

/// Checks that a part has a value, and all parts of it.
fn value(expr: &Expr) -> Result<(), Wrong> {
    match &expr.node {
        Node::Interval(..) => return wrong(expr, "an interval is added to a date or taken from one: `start + interval 1 day`"),
        Node::Row(_) => {
            return wrong(expr, "a row in parentheses is compared with rows only: `(a, b) = (1, 2)`, `(a, b) IN ((1, 2), (3, 4))`");
        }
        Node::Compare(Compare::Eq | Compare::Ne | Compare::NullSafe, left, right) if is_row(left) || is_row(right) => {
            rows_alike(left, std::slice::from_ref(right))?;
            return members(left).chain(members(right)).try_for_each(value);
        }
        Node::In(operand, list, _) if is_row(operand) || list.iter().any(is_row) => {
            rows_alike(operand, list)?;
            return members(operand).chain(list.iter().flat_map(members)).try_for_each(value);
        }
        Node::Compare(Compare::NullSafe, ..) => {}
        Node::Compare(_, left, right) if is_null(left) || is_null(right) => {
            return wrong(expr, "nothing is equal to NULL, greater or less; write IS NULL or IS NOT NULL");
        }
        Node::In(_, list, _) if list.iter().any(is_null) => {
            return wrong(expr, "nothing is equal to NULL; leave it out of the list and add `or x IS NULL`");
        }
        Node::Not(part) | Node::IsTruth(part, ..) => condition(part)?,
        Node::All(parts) | Node::Any(parts) => parts.iter().try_for_each(condition)?,
        Node::Xor(left, right) => [left, right].into_iter().try_for_each(|part| condition(part))?,
        Node::Case { operand: None, branches, .. } => branches.iter().try_for_each(|(when, _)| condition(when))?,
        Node::Call(call) => {
            if is_aggregate(expr)
                && let Some(inner) = call.arguments.iter().find_map(aggregate_in)
            {
                return wrong(inner, "an aggregate of an aggregate has no meaning");
            }
            if call.distinct && !is_aggregate(expr) {
                return wrong(expr, "DISTINCT belongs in an aggregate: `count(distinct x)`");
            }
        }
        _ => {}
    }
    let mut outcome = Ok(());
    expr.node.each(&mut |part| {
        if outcome.is_ok() {
            outcome = value(part);
        }
    });
    outcome
}

fn is_row(expr: &Expr) -> bool {
    matches!(expr.node, Node::Row(_))
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.node, Node::Null)
}

/// Returns the values of a row; of anything else, itself.
fn members(expr: &Expr) -> impl Iterator<Item = &Expr> {
    match &expr.node {
        Node::Row(members) => members.iter(),
        _ => std::slice::from_ref(expr).iter(),
    }
}

fn rows_alike(left: &Expr, others: &[impl std::borrow::Borrow<Expr>]) -> Result<(), Wrong> {
    let count = members(left).count();
    match others.iter().map(std::borrow::Borrow::borrow).find(|other| members(other).count() != count || is_row(other) != is_row(left)) {
        Some(other) => wrong(other, &format!("a row of {} value(s) is compared with one of {count}", members(other).count())),
        None => Ok(()),
    }
}

/// Checks that a part can be true or false.
fn condition(expr: &Expr) -> Result<(), Wrong> {
    match holds(expr, &|_| Holds::Unknown) {
        Holds::Text | Holds::Choice => wrong(expr, "a text is no condition; compare it with something"),
        Holds::Day | Holds::Moment | Holds::Time => wrong(expr, "a date is no condition; compare it with something"),
        Holds::Uuid | Holds::Json | Holds::Bytes => wrong(expr, "this is no condition; compare it with something"),
        Holds::Number | Holds::Decimal | Holds::Truth | Holds::Unknown => Ok(()),
    }
}
