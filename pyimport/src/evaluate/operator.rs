//! What operators make of two values.

use djc_core::source::Span;
use djc_core::text::Text;

use crate::tree::{Comparison, Operator};
use crate::value::{Value, ValueKind};

pub(super) fn combined(operator: Operator, left: Value, right: Value) -> Option<ValueKind> {
    match (operator, left.kind, right.kind) {
        (Operator::Add, ValueKind::Text(mut left), ValueKind::Text(right)) => {
            left.push(&right);
            Some(ValueKind::Text(left))
        }
        (Operator::Add, ValueKind::List(left), ValueKind::List(right)) => Some(ValueKind::List([left, right].concat())),
        (Operator::Add, ValueKind::Tuple(left), ValueKind::Tuple(right)) => Some(ValueKind::Tuple([left, right].concat())),
        (operator, left, right) => {
            let int = |kind: &ValueKind| Value { span: Span::default(), kind: kind.clone() }.int();
            match (operator, &left, int(&left), &right, int(&right)) {
                (Operator::Add, _, Some(left), _, Some(right)) => left.checked_add(right).map(|sum| ValueKind::Number(sum.to_string())),
                (Operator::Subtract, _, Some(left), _, Some(right)) => {
                    left.checked_sub(right).map(|rest| ValueKind::Number(rest.to_string()))
                }
                (Operator::Multiply, _, Some(left), _, Some(right)) => {
                    left.checked_mul(right).map(|all| ValueKind::Number(all.to_string()))
                }
                (Operator::Multiply, ValueKind::Text(text), None, _, Some(times)) if (0..=1000).contains(&times) => {
                    let mut out = Text::default();
                    (0..times).for_each(|_| out.push(text));
                    Some(ValueKind::Text(out))
                }
                (Operator::Multiply, ValueKind::List(items), None, _, Some(times)) if (0..=1000).contains(&times) => {
                    Some(ValueKind::List((0..times).flat_map(|_| items.clone()).collect()))
                }
                _ => None,
            }
        }
    }
}

pub(super) fn compared(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    let order = || match (left.int(), right.int()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => None,
    };
    // What is written differently may still be equal: 1.0 and 1, texts and their like are not.
    let equal = || match (&left.kind, &right.kind) {
        (ValueKind::Text(left), ValueKind::Text(right)) => Some(left.text == right.text),
        (ValueKind::Constant(left), ValueKind::Constant(right)) => Some(left == right),
        _ => order().map(std::cmp::Ordering::is_eq),
    };
    match comparison {
        Comparison::Equal => equal(),
        Comparison::NotEqual => equal().map(|equal| !equal),
        Comparison::Less => order().map(std::cmp::Ordering::is_lt),
        Comparison::LessOrEqual => order().map(std::cmp::Ordering::is_le),
        Comparison::Greater => order().map(std::cmp::Ordering::is_gt),
        Comparison::GreaterOrEqual => order().map(std::cmp::Ordering::is_ge),
        Comparison::In | Comparison::NotIn => {
            if matches!(right.kind, ValueKind::Text(_)) {
                return None;
            }
            let found = right.elements()?.iter().any(|item| item.is(left));
            Some(found == (comparison == Comparison::In))
        }
    }
}
