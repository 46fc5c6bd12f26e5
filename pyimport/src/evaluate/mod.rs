//! What can be known without running the code: literals, and what is put together from them by simple means.

mod call;
mod collection;
mod function;
mod operator;
mod scope;
mod text;
mod variable;

use djc_core::source::Span;
use djc_core::text::Text;

use crate::sources::{Ancestor, ClassRef, Member, Sources, class_members};
use crate::tree::{Expr, Function, Kind, Operator, Part, Statement};
use crate::value::{Value, ValueKind, enter};
use call::Call;
use operator::{combined, compared};
use scope::Locals;

pub use scope::{Place, chosen};
pub use variable::Variable;

/// How deep names and expressions are followed.
const DEPTH_MAX: usize = 60;

/// How many values one evaluation may make: more are data, and no business of a definition.
const VALUES_MAX: usize = 20_000;

/// Why something is not known, where nothing better can be said.
pub const RUN_TIME: &str = "known at run time only";

/// Why something is not known that takes more than [`DEPTH_MAX`] or [`VALUES_MAX`] allow.
const TOO_MANY: &str = "made of too many steps";

/// Something that is known at run time only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The expression.
    pub span: Span,
    /// Why it is not known.
    pub why: &'static str,
    /// What it may be instead, where a condition decides.
    pub others: Vec<Span>,
}

impl Unknown {
    pub(crate) fn new(span: Span, why: &'static str) -> Self {
        Unknown { span, why, others: Vec::new() }
    }

    /// Returns what is said about several things of which the running code takes one.
    pub(crate) fn chosen(mut spans: Vec<Span>) -> Self {
        spans.sort_by_key(|span| span.start);
        let first = spans.remove(0);
        Unknown { span: first, why: "chosen by a condition", others: spans }
    }
}

/// What happens to expressions that are not known.
enum Mode<'v> {
    /// The whole is not known.
    Strict,
    /// They become `${VARIABLE}`.
    Variables(&'v mut Vec<Variable>),
}

/// Returns the value of an expression.
///
/// # Errors
/// The first expression that only running the code can tell.
pub fn value<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Result<Value, Unknown> {
    Evaluator::new(sources, Mode::Strict).value(place, expr, &[], 0)
}

/// Returns the text that an expression is.
///
/// # Errors
/// As for [`value`].
pub fn text<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Result<Text, Unknown> {
    Evaluator::new(sources, Mode::Strict).text(place, expr, &[], 0)
}

/// Returns a schema name; what is not known becomes `${VARIABLE}`, named after the environment variable, the setting or the name behind it.
pub fn template<'t>(sources: &Sources<'t>, module: usize, expr: &'t Expr, variables: &mut Vec<Variable>) -> Result<Text, Unknown> {
    Evaluator::new(sources, Mode::Variables(variables)).text(Place::top(module), expr, &[], 0)
}

/// Returns what a method or property of a class returns, or the rows that it yields.
///
/// # Errors
/// As for [`value`].
pub fn returned<'t>(sources: &Sources<'t>, place: Place<'t>, function: &'t Function) -> Result<Value, Unknown> {
    Evaluator::new(sources, Mode::Strict).run(place, function, Vec::new(), 0)
}

/// Returns the text of an attribute or property of a class, its own or an inherited one; `None` where there is none, or it is `None`.
///
/// # Errors
/// As for [`value`].
pub fn member<'t>(sources: &Sources<'t>, class: ClassRef<'t>, name: &str) -> Result<Option<Text>, Unknown> {
    match Evaluator::new(sources, Mode::Strict).member(class, name, None, 0)? {
        Some(Value { kind: ValueKind::Text(text), .. }) => Ok(Some(text)),
        None | Some(Value { kind: ValueKind::Constant("None"), .. }) => Ok(None),
        Some(Value { span, .. }) => Err(Unknown::new(span, "no text")),
    }
}

/// Returns what a base class puts into `self.name` when an object is made.
///
/// # Errors
/// As for [`value`].
pub fn assigned_to_self<'t>(sources: &Sources<'t>, class: ClassRef<'t>, name: &str) -> Result<Option<Text>, Unknown> {
    for base in sources.ancestors(class) {
        let Ancestor::Read(base) = base else { continue };
        for member in class_members(&base.class.body) {
            let Member::Function(function) = member else { continue };
            if let Some(value) = self_assignment(&function.body, name) {
                return text(sources, Place::of_method(base, class), value).map(Some);
            }
        }
    }
    Ok(None)
}

fn self_assignment<'t>(body: &'t [Statement], name: &str) -> Option<&'t Expr> {
    body.iter().find_map(|statement| match statement {
        Statement::Assign { targets, value } => targets.iter().find_map(|target| match &target.kind {
            Kind::Attribute(of, attribute) if attribute == name && matches!(&of.kind, Kind::Name(of) if of == "self") => Some(value),
            _ => None,
        }),
        other => other.blocks().into_iter().find_map(|body| self_assignment(body, name)),
    })
}

struct Evaluator<'s, 't, 'v> {
    sources: &'s Sources<'t>,
    mode: Mode<'v>,
    /// How many values were made.
    made: usize,
}

impl<'s, 't, 'v> Evaluator<'s, 't, 'v> {
    fn new(sources: &'s Sources<'t>, mode: Mode<'v>) -> Self {
        Evaluator { sources, mode, made: 0 }
    }

    /// Returns what stands on one side of an operator.
    fn operand(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals, depth: usize) -> Result<Value, Unknown> {
        match self.mode {
            Mode::Strict => self.value(place, expr, locals, depth),
            Mode::Variables(_) => Ok(Value::of_text(self.text(place, expr, locals, depth)?, expr.span)),
        }
    }

    fn value(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals, depth: usize) -> Result<Value, Unknown> {
        let unknown = |why| Err(Unknown::new(expr.span, why));
        self.made += 1;
        if depth > DEPTH_MAX || self.made > VALUES_MAX {
            return unknown(TOO_MANY);
        }
        let depth = depth + 1;
        let of = |kind| Ok(Value { span: expr.span, kind });
        match &expr.kind {
            Kind::Text(text) => of(ValueKind::Text(text.clone())),
            Kind::Number(number) if number.ends_with(['j', 'J']) => of(ValueKind::Literal(number.clone())),
            Kind::Literal(written) => of(ValueKind::Literal(written.clone())),
            Kind::Number(number) => of(ValueKind::Number(number.clone())),
            Kind::Constant(word) => of(ValueKind::Constant(word)),
            Kind::Format(parts) => {
                let mut out = Text::default();
                for part in parts {
                    match part {
                        Part::Text(text) => out.push(text),
                        Part::Value { value, format } => out.push(&self.written(place, value, format, locals, depth)?),
                    }
                }
                of(ValueKind::Text(out))
            }
            Kind::Binary(Operator::Percent, template, values) => {
                let out = self.percent(place, expr, template, values, locals, depth)?;
                of(ValueKind::Text(out))
            }
            Kind::Binary(operator, left, right) => {
                let left = self.operand(place, left, locals, depth)?;
                let right = self.operand(place, right, locals, depth)?;
                combined(*operator, left, right).map_or_else(|| unknown(RUN_TIME), of)
            }
            Kind::Compare(comparison, left, right) => {
                let (left, right) = (self.value(place, left, locals, depth)?, self.value(place, right, locals, depth)?);
                match compared(*comparison, &left, &right) {
                    Some(true) => of(ValueKind::Constant("True")),
                    Some(false) => of(ValueKind::Constant("False")),
                    None => unknown(RUN_TIME),
                }
            }
            Kind::Condition { test, yes, no } => match self.value(place, test, locals, depth).map(|test| test.kind) {
                Ok(ValueKind::Constant("True")) => self.value(place, yes, locals, depth),
                Ok(ValueKind::Constant("False")) => self.value(place, no, locals, depth),
                _ => Err(Unknown::chosen(vec![yes.span, no.span])),
            },
            Kind::Name(name) => self.name(place, expr, name, locals, depth),
            Kind::Attribute(value, name) => self.attribute(place, expr, value, name, depth),
            Kind::Subscript(value, index) => {
                let value = self.value(place, value, locals, depth)?;
                let index = self.value(place, index, locals, depth)?;
                let found = match &value.kind {
                    ValueKind::Dict(items) => items.iter().find(|(key, _)| key.is(&index)).map(|(_, value)| value.clone()),
                    ValueKind::List(items) | ValueKind::Tuple(items) => index.int().and_then(|at| {
                        let at = if at < 0 { at + items.len() as i64 } else { at };
                        items.get(usize::try_from(at).ok()?).cloned()
                    }),
                    _ => None,
                };
                found.map_or_else(|| unknown(RUN_TIME), Ok)
            }
            Kind::List(items) => {
                let items = self.items(place, items, locals, depth)?;
                of(ValueKind::List(items))
            }
            Kind::Tuple(items) => {
                let items = self.items(place, items, locals, depth)?;
                of(ValueKind::Tuple(items))
            }
            Kind::Dict(items) => {
                let mut out = Vec::new();
                for (key, item) in items {
                    let found = self.value(place, item, locals, depth)?;
                    match (key, found.kind) {
                        (Some(key), kind) => {
                            let key = self.value(place, key, locals, depth)?;
                            enter(&mut out, key, Value { span: found.span, kind });
                        }
                        (None, ValueKind::Dict(spread)) => spread.into_iter().for_each(|(key, value)| enter(&mut out, key, value)),
                        (None, _) => return Err(Unknown::new(item.span, RUN_TIME)),
                    }
                }
                of(ValueKind::Dict(out))
            }
            Kind::Comprehension { key, element, clauses } => {
                let mut out = Vec::new();
                self.comprehension(place, key.as_deref(), element, clauses, locals, depth, &mut out)?;
                of(match key {
                    None => ValueKind::List(out.into_iter().map(|(_, value)| value).collect()),
                    Some(_) => {
                        let mut items = Vec::new();
                        out.into_iter().for_each(|(key, value)| enter(&mut items, key, value));
                        ValueKind::Dict(items)
                    }
                })
            }
            Kind::Call { function, arguments, keywords } => {
                let call = Call { whole: expr.span, function, arguments, keywords };
                self.call(place, call, locals, depth)
            }
            Kind::Or(_) | Kind::Starred(_) | Kind::Yield { .. } | Kind::Other => unknown(RUN_TIME),
        }
    }
}
