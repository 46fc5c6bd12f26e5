//! What a name means where it stands: local, in the body of a class, of a module, or a member of a class.

use djc_core::source::Span;

use super::variable::setting;
use super::{Evaluator, Mode, RUN_TIME, Unknown};
use crate::sources::{Ancestor, ClassRef, Found, Member, Sources, class_members, class_values};
use crate::tree::{Expr, Kind, Statement};
use crate::value::Value;

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'t> {
    /// The module.
    pub module: usize,
    /// The class whose body or method it stands in.
    pub home: Option<ClassRef<'t>>,
    /// What `self` and `cls` are.
    pub owner: Option<ClassRef<'t>>,
    /// Whether it stands in the body of the class, where the names of the class are known.
    pub body: bool,
}

impl<'t> Place<'t> {
    /// Returns the top level of a module.
    pub fn top(module: usize) -> Self {
        Place { module, home: None, owner: None, body: false }
    }

    /// Returns the body of a class that another one inherits.
    pub fn of_class(home: ClassRef<'t>, owner: ClassRef<'t>) -> Self {
        Place { module: home.module, home: Some(home), owner: Some(owner), body: true }
    }

    /// Returns a method of a class that another one inherits.
    pub fn of_method(home: ClassRef<'t>, owner: ClassRef<'t>) -> Self {
        Place { body: false, ..Place::of_class(home, owner) }
    }
}

/// Names of a function with their values; `None` for what is not known.
pub(super) type Locals = [(String, Option<Value>)];

pub(super) fn set(locals: &mut Vec<(String, Option<Value>)>, name: &str, value: Option<Value>) {
    match locals.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => locals.push((name.to_string(), value)),
    }
}

impl<'t> Evaluator<'_, 't, '_> {
    pub(super) fn name(&mut self, place: Place<'t>, expr: &'t Expr, name: &str, locals: &Locals, depth: usize) -> Result<Value, Unknown> {
        let unknown = |why| Err(Unknown::new(expr.span, why));
        if let Some((_, value)) = locals.iter().find(|(local, _)| local == name) {
            return value.clone().map_or_else(|| unknown("set in a way that djc does not follow"), Ok);
        }
        if let Some(home) = place.home.filter(|_| place.body) {
            // In the body of a class a name is what was assigned last above.
            let above = class_values(&home.class.body, name).filter(|value| value.span.end <= expr.span.start);
            if let Some(value) = above.max_by_key(|value| value.span.end) {
                let chosen = chosen(&home.class.body, name);
                if chosen.len() > 1 && chosen.contains(&value.span) {
                    return Err(Unknown::chosen(chosen));
                }
                return self.value(place, value, &[], depth);
            }
        }
        match self.sources.look_up(place.module, name) {
            // A name that says more than what is behind it names the variable.
            Some(Found::Value(module, value)) if !self.sources.is_constant(module, value) => unknown("bound or changed more than once"),
            Some(Found::Value(module, value)) if self.is_worth_following(module, value) => {
                self.operand(Place::top(module), value, &[], depth)
            }
            Some(Found::Value(..)) => unknown("computed"),
            _ => unknown("not bound in what was read"),
        }
    }

    pub(super) fn attribute(
        &mut self,
        place: Place<'t>,
        expr: &'t Expr,
        value: &'t Expr,
        name: &str,
        depth: usize,
    ) -> Result<Value, Unknown> {
        let unknown = |why| Err(Unknown::new(expr.span, why));
        let found = match &value.kind {
            Kind::Name(owner) if (owner == "self" || owner == "cls") && place.owner.is_some() => {
                let class = place.owner.expect("asked for above");
                self.member(class, name, None, depth)?
            }
            Kind::Call { function, .. } if matches!(&function.kind, Kind::Name(name) if name == "super") => {
                match (place.owner, place.home) {
                    (Some(owner), Some(home)) => self.member(owner, name, Some(home), depth)?,
                    _ => return unknown("outside of a class"),
                }
            }
            _ => match self.sources.follow(place.module, expr) {
                Some(Found::Value(module, value)) if !self.sources.is_constant(module, value) => {
                    return unknown("bound or changed more than once");
                }
                Some(Found::Value(module, value)) => return self.operand(Place::top(module), value, &[], depth),
                _ => match self.sources.follow(place.module, value) {
                    Some(Found::Class(class)) => self.member(class, name, None, depth)?,
                    _ => return unknown(RUN_TIME),
                },
            },
        };
        found.map_or_else(|| unknown("set when the code runs"), Ok)
    }

    /// Returns whether the value of a name is followed; in schema names, only what is a text or leads to a variable with a better name.
    fn is_worth_following(&self, module: usize, value: &Expr) -> bool {
        match self.mode {
            Mode::Strict => true,
            Mode::Variables(_) => match &value.kind {
                Kind::Text(_) | Kind::Format(_) | Kind::Binary(..) | Kind::Name(_) => true,
                Kind::Attribute(..) | Kind::Call { .. } | Kind::Subscript(..) | Kind::Or(_) => {
                    setting(self.sources, module, value).is_some() || is_local_call(self.sources, module, value)
                }
                _ => false,
            },
        }
    }

    /// Returns the value of a member; `behind` skips all ancestors up to that class, as `super()` does.
    pub(super) fn member(
        &mut self,
        class: ClassRef<'t>,
        name: &str,
        behind: Option<ClassRef<'t>>,
        depth: usize,
    ) -> Result<Option<Value>, Unknown> {
        let mut skipping = behind.is_some();
        for base in self.sources.ancestors(class) {
            let Ancestor::Read(base) = base else { continue };
            if skipping {
                skipping = behind.is_some_and(|behind| behind.id() != base.id());
                continue;
            }
            let chosen = chosen(&base.class.body, name);
            if chosen.len() > 1 {
                return Err(Unknown::chosen(chosen));
            }
            for member in class_members(&base.class.body).rev() {
                match member {
                    Member::Value(known, value) if known == name => {
                        return self.value(Place::of_class(base, class), value, &[], depth).map(Some);
                    }
                    Member::Function(function) if function.name.value == name => {
                        return self.run(Place::of_method(base, class), function, Vec::new(), depth).map(Some);
                    }
                    Member::Value(..) | Member::Function(_) | Member::Class(_) => {}
                }
            }
        }
        Ok(None)
    }
}

/// Returns the values of a name of which a condition chooses one; none where no condition is involved.
pub fn chosen(body: &[Statement], name: &str) -> Vec<Span> {
    fn assigned(body: &[Statement], name: &str, inside: bool, out: &mut Vec<Span>, any: &mut bool) {
        for statement in body {
            match statement {
                Statement::Assign { targets, value } => {
                    if targets.iter().any(|target| matches!(&target.kind, Kind::Name(found) if found == name)) {
                        out.push(value.span);
                        *any |= inside;
                    }
                }
                Statement::Choice { branches, attempt } => {
                    branches.iter().for_each(|body| assigned(body, name, inside || !attempt, out, any));
                }
                other => other.blocks().into_iter().for_each(|body| assigned(body, name, inside, out, any)),
            }
        }
    }
    let (mut out, mut any) = (Vec::new(), false);
    assigned(body, name, false, &mut out, &mut any);
    if any { out } else { Vec::new() }
}

fn is_local_call(sources: &Sources<'_>, module: usize, value: &Expr) -> bool {
    match &value.kind {
        Kind::Call { function, .. } => matches!(sources.follow(module, function), Some(Found::Function(..))),
        _ => false,
    }
}
