//! Elements of lists and their like, and comprehensions.

use super::scope::{Locals, Place, set};
use super::{Evaluator, RUN_TIME, Unknown};
use crate::tree::{Clause, Expr, Kind};
use crate::value::{Value, ValueKind};

impl<'t> Evaluator<'_, 't, '_> {
    pub(super) fn items(&mut self, place: Place<'t>, items: &'t [Expr], locals: &Locals, depth: usize) -> Result<Vec<Value>, Unknown> {
        let mut out = Vec::new();
        for item in items {
            match &item.kind {
                Kind::Starred(inner) => out.extend(self.elements(place, inner, locals, depth)?),
                _ => out.push(self.value(place, item, locals, depth)?),
            }
        }
        Ok(out)
    }

    pub(super) fn elements(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals, depth: usize) -> Result<Vec<Value>, Unknown> {
        let value = self.value(place, expr, locals, depth)?;
        value.elements().ok_or_else(|| Unknown::new(expr.span, RUN_TIME))
    }

    #[allow(clippy::too_many_arguments, reason = "the pieces of one expression")]
    pub(super) fn comprehension(
        &mut self,
        place: Place<'t>,
        key: Option<&'t Expr>,
        element: &'t Expr,
        clauses: &'t [Clause],
        locals: &Locals,
        depth: usize,
        out: &mut Vec<(Value, Value)>,
    ) -> Result<(), Unknown> {
        let Some((clause, inner)) = clauses.split_first() else {
            let value = self.value(place, element, locals, depth)?;
            let key = key.map_or_else(|| Ok(value.clone()), |key| self.value(place, key, locals, depth))?;
            out.push((key, value));
            return Ok(());
        };
        'values: for value in self.elements(place, &clause.values, locals, depth)? {
            let mut locals = locals.to_vec();
            if !bind(&clause.target, value, &mut locals) {
                return Err(Unknown::new(clause.target.span, "taken apart in a way that djc does not follow"));
            }
            for condition in &clause.conditions {
                match self.value(place, condition, &locals, depth)?.kind {
                    ValueKind::Constant("True") => {}
                    ValueKind::Constant("False") => continue 'values,
                    _ => return Err(Unknown::new(condition.span, RUN_TIME)),
                }
            }
            self.comprehension(place, key, element, inner, &locals, depth, out)?;
        }
        Ok(())
    }
}

/// Binds the target of a loop; returns whether that is understood.
fn bind(target: &Expr, value: Value, locals: &mut Vec<(String, Option<Value>)>) -> bool {
    match &target.kind {
        Kind::Name(name) => {
            set(locals, name, Some(value));
            true
        }
        Kind::Tuple(targets) | Kind::List(targets) => match value.elements() {
            Some(items) if items.len() == targets.len() => targets.iter().zip(items).all(|(target, item)| bind(target, item, locals)),
            _ => false,
        },
        _ => false,
    }
}
