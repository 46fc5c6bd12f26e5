//! Functions and methods that were read: what they get, and what they return or yield.

use djc_core::source::Span;

use super::call::Call;
use super::scope::{Locals, Place, set};
use super::{Evaluator, Unknown};
use crate::sources::changes;
use crate::tree::{Expr, Function, Kind, Statement};
use crate::value::{Value, ValueKind};

impl<'t> Evaluator<'_, 't, '_> {
    /// Returns what a function gets for its parameters.
    pub(super) fn passed(
        &mut self,
        place: Place<'t>,
        call: Call<'t>,
        function: &'t Function,
        locals: &Locals,
        depth: usize,
    ) -> Result<Vec<(String, Option<Value>)>, Unknown> {
        let not_followed = || Unknown::new(call.whole, "a call that djc does not follow");
        let mut passed = Vec::new();
        for (at, argument) in call.arguments.iter().enumerate() {
            let (name, _) = function.parameters.get(at).ok_or_else(not_followed)?;
            set(&mut passed, name, Some(self.operand(place, argument, locals, depth)?));
        }
        for (name, argument) in call.keywords {
            let name = name.as_ref().ok_or_else(not_followed)?;
            set(&mut passed, name, Some(self.operand(place, argument, locals, depth)?));
        }
        for (name, default) in &function.parameters {
            if !passed.iter().any(|(known, _)| known == name) {
                // Defaults belong to the place of the function; those that are no literals stay unknown.
                let value = default.as_ref().and_then(|default| self.value(Place::top(place.module), default, &[], depth).ok());
                passed.push((name.clone(), value));
            }
        }
        Ok(passed)
    }

    /// Returns what a function returns, or the list of what it yields.
    pub(super) fn run(
        &mut self,
        place: Place<'t>,
        function: &'t Function,
        mut locals: Vec<(String, Option<Value>)>,
        depth: usize,
    ) -> Result<Value, Unknown> {
        let depth = depth + 1;
        let mut yielded: Option<Vec<Value>> = None;
        for statement in &function.body {
            match statement {
                Statement::Assign { targets, value } => match targets.as_slice() {
                    [Expr { kind: Kind::Name(name), .. }] => {
                        let known = self.value(place, value, &locals, depth).ok();
                        set(&mut locals, name, known);
                    }
                    _ => forget(statement, &mut locals),
                },
                Statement::Expression(Expr { kind: Kind::Yield { value, many }, .. }) => {
                    let rows = yielded.get_or_insert_default();
                    if *many {
                        rows.extend(self.elements(place, value, &locals, depth)?);
                    } else {
                        rows.push(self.value(place, value, &locals, depth)?);
                    }
                }
                other => {
                    if let Some(span) = yields(other) {
                        return Err(Unknown::new(span, "yielded in a loop or a branch"));
                    }
                    forget(other, &mut locals);
                }
            }
        }
        match (yielded, function.returns.as_slice()) {
            (Some(rows), []) => Ok(Value { span: function.name.span, kind: ValueKind::List(rows) }),
            (None, [Some(value)]) => self.value(place, value, &locals, depth),
            (None, [_, _, ..]) => {
                let spans: Vec<Span> = function.returns.iter().flatten().map(|value| value.span).collect();
                if spans.is_empty() {
                    Err(Unknown::new(function.name.span, "a function that returns nothing"))
                } else {
                    Err(Unknown::chosen(spans))
                }
            }
            (None, [] | [None]) => Err(Unknown::new(function.name.span, "a function that returns nothing")),
            (Some(_), _) => Err(Unknown::new(function.name.span, "a function that yields, and returns as well")),
        }
    }
}

/// Makes all names unknown that a statement changes, or may change.
fn forget(statement: &Statement, locals: &mut Vec<(String, Option<Value>)>) {
    for (name, value) in locals.iter_mut() {
        if changes(std::slice::from_ref(statement), name) > 0 {
            *value = None;
        }
    }
    if let Statement::Assign { targets, .. } = statement {
        for target in targets {
            if let Kind::Name(name) = &target.kind {
                set(locals, name, None);
            }
        }
    }
    for statement in statement.blocks().into_iter().flatten() {
        forget(statement, locals);
    }
}

/// Returns the place of a `yield` inside of a statement.
fn yields(statement: &Statement) -> Option<Span> {
    match statement {
        Statement::Expression(Expr { kind: Kind::Yield { .. }, span }) => Some(*span),
        other => other.blocks().into_iter().flatten().find_map(yields),
    }
}
