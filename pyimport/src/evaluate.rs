//! What can be known without running the code: literals, and what is put together from them by simple means.

use djc_core::source::Span;
use djc_core::text::Text;

use crate::sources::{Ancestor, ClassRef, Found, Member, Sources, changes, class_members};
use crate::tree::{Clause, Comparison, Expr, Format, Function, Kind, Operator, Part, Statement};
use crate::value::{Value, ValueKind, dedented, enter};

/// How deep names and expressions are followed.
const DEPTH_MAX: usize = 60;

/// How many values one evaluation may make: more are data, and no business of a definition.
const VALUES_MAX: usize = 20_000;

/// Why something is not known, where nothing better can be said.
pub const RUN_TIME: &str = "known at run time only";

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
    fn new(span: Span, why: &'static str) -> Self {
        Unknown { span, why, others: Vec::new() }
    }

    /// Returns what is said about several things of which the running code takes one.
    pub(crate) fn chosen(mut spans: Vec<Span>) -> Self {
        spans.sort_by_key(|span| span.start);
        let first = spans.remove(0);
        Unknown { span: first, why: "chosen by a condition", others: spans }
    }
}

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

/// A variable that stands for something unknown in a schema name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What the code takes where nothing sets it.
    pub default: Option<String>,
    /// The expression that it stands for.
    pub span: Span,
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

/// Names of a function with their values; `None` for what is not known.
type Locals = [(String, Option<Value>)];

fn set(locals: &mut Vec<(String, Option<Value>)>, name: &str, value: Option<Value>) {
    match locals.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => locals.push((name.to_string(), value)),
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

    /// Returns the text of an expression; what is not known may become a variable.
    fn text(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals, depth: usize) -> Result<Text, Unknown> {
        self.written(place, expr, &Format::Plain, locals, depth)
    }

    /// Returns the text that an expression becomes inside of another one.
    fn written(&mut self, place: Place<'t>, expr: &'t Expr, format: &Format, locals: &Locals, depth: usize) -> Result<Text, Unknown> {
        let wrong = || Unknown::new(expr.span, "formatted in a way that djc does not follow");
        let found = self.value(place, expr, locals, depth).and_then(|value| match format {
            Format::Plain => value.shown().ok_or_else(|| Unknown::new(expr.span, "no text")),
            Format::Spec(spec) => value.formatted(spec).ok_or_else(wrong),
            Format::Other => Err(wrong()),
        });
        match (found, &mut self.mode) {
            (Err(_), Mode::Variables(variables)) => {
                let variable = variable(self.sources, place.module, expr);
                let text = Text::new(format!("${{{}}}", variable.name), expr.span);
                variables.push(variable);
                Ok(text)
            }
            (found, _) => found,
        }
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
            return unknown("made of too many steps");
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

    fn items(&mut self, place: Place<'t>, items: &'t [Expr], locals: &Locals, depth: usize) -> Result<Vec<Value>, Unknown> {
        let mut out = Vec::new();
        for item in items {
            match &item.kind {
                Kind::Starred(inner) => out.extend(self.elements(place, inner, locals, depth)?),
                _ => out.push(self.value(place, item, locals, depth)?),
            }
        }
        Ok(out)
    }

    fn elements(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals, depth: usize) -> Result<Vec<Value>, Unknown> {
        let value = self.value(place, expr, locals, depth)?;
        value.elements().ok_or_else(|| Unknown::new(expr.span, RUN_TIME))
    }

    fn name(&mut self, place: Place<'t>, expr: &'t Expr, name: &str, locals: &Locals, depth: usize) -> Result<Value, Unknown> {
        let unknown = |why| Err(Unknown::new(expr.span, why));
        if let Some((_, value)) = locals.iter().find(|(local, _)| local == name) {
            return value.clone().map_or_else(|| unknown("set in a way that djc does not follow"), Ok);
        }
        if let Some(home) = place.home.filter(|_| place.body) {
            // In the body of a class a name is what was assigned last above.
            let above = class_members(&home.class.body).filter_map(|member| match member {
                Member::Value(known, value) if known == name && value.span.end <= expr.span.start => Some(value),
                Member::Value(..) | Member::Function(_) | Member::Class(_) => None,
            });
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

    fn attribute(&mut self, place: Place<'t>, expr: &'t Expr, value: &'t Expr, name: &str, depth: usize) -> Result<Value, Unknown> {
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

    #[allow(clippy::too_many_arguments, reason = "the pieces of one expression")]
    fn comprehension(
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

    fn call(&mut self, place: Place<'t>, call: Call<'t>, locals: &Locals, depth: usize) -> Result<Value, Unknown> {
        let unknown = |why| Err(Unknown::new(call.whole, why));
        let called = match self.sources.follow(place.module, call.function) {
            Some(Found::Function(module, function)) => {
                let passed = self.passed(place, call, function, locals, depth)?;
                return self.run(Place::top(module), function, passed, depth);
            }
            Some(Found::Foreign(dotted)) => dotted,
            Some(Found::Class(_) | Found::Module(_) | Found::Value(..)) => return unknown(RUN_TIME),
            None => match &call.function.kind {
                Kind::Name(name) => name.clone(),
                Kind::Attribute(value, method) => return self.method(place, call, value, method, locals, depth),
                _ => return unknown(RUN_TIME),
            },
        };
        let of = |kind| Ok(Value { span: call.whole, kind });
        if let ([argument], []) = (call.arguments, call.keywords) {
            match called.as_str() {
                "textwrap.dedent" | "inspect.cleandoc" => {
                    let text = self.text(place, argument, locals, depth)?;
                    return of(ValueKind::Text(dedented(&text, called == "inspect.cleandoc")));
                }
                "str" => {
                    let text = self.text(place, argument, locals, depth)?;
                    return of(ValueKind::Text(text));
                }
                "list" => {
                    let items = self.elements(place, argument, locals, depth)?;
                    return of(ValueKind::List(items));
                }
                "tuple" => {
                    let items = self.elements(place, argument, locals, depth)?;
                    return of(ValueKind::Tuple(items));
                }
                "len" => {
                    let length = self.elements(place, argument, locals, depth)?.len();
                    return Ok(Value::of_int(length as i64, call.whole));
                }
                "enumerate" => {
                    let items = self.elements(place, argument, locals, depth)?.into_iter().enumerate();
                    let pair = |(at, item): (usize, Value)| Value {
                        span: item.span,
                        kind: ValueKind::Tuple(vec![Value::of_int(at as i64, item.span), item]),
                    };
                    return of(ValueKind::List(items.map(pair).collect()));
                }
                _ => {}
            }
        }
        match called.as_str() {
            "range" if call.keywords.is_empty() => {
                let bounds = self.items(place, call.arguments, locals, depth)?;
                let bounds: Option<Vec<i64>> = bounds.iter().map(Value::int).collect();
                let (start, end, step) = match bounds.as_deref() {
                    Some([end]) => (0, *end, 1),
                    Some([start, end]) => (*start, *end, 1),
                    Some([start, end, step]) if *step != 0 => (*start, *end, *step),
                    _ => return unknown(RUN_TIME),
                };
                let within = |at: &i64| if step > 0 { *at < end } else { *at > end };
                let numbers = std::iter::successors(Some(start), |at| at.checked_add(step)).take_while(within).take(VALUES_MAX + 1);
                let numbers: Vec<Value> = numbers.map(|number| Value::of_int(number, call.whole)).collect();
                if numbers.len() > VALUES_MAX { unknown("made of too many steps") } else { of(ValueKind::List(numbers)) }
            }
            "zip" if call.keywords.is_empty() && !call.arguments.is_empty() => {
                let columns = self.columns(place, call, locals, depth)?;
                let length = columns.iter().map(Vec::len).min().unwrap_or(0);
                let row = |at: usize| {
                    let items: Vec<Value> = columns.iter().map(|column| column[at].clone()).collect();
                    Value { span: items[0].span, kind: ValueKind::Tuple(items) }
                };
                of(ValueKind::List((0..length).map(row).collect()))
            }
            "itertools.product" if call.keywords.is_empty() && !call.arguments.is_empty() => {
                let columns = self.columns(place, call, locals, depth)?;
                if columns.iter().map(Vec::len).try_fold(1_usize, usize::checked_mul).is_none_or(|rows| rows > VALUES_MAX) {
                    return unknown("made of too many steps");
                }
                let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
                for column in columns {
                    let longer = |row: &Vec<Value>| {
                        let with = |item: &Value| row.iter().chain([item]).cloned().collect();
                        column.iter().map(with).collect::<Vec<Vec<Value>>>()
                    };
                    rows = rows.iter().flat_map(longer).collect();
                }
                of(ValueKind::List(rows.into_iter().map(|row| Value { span: call.whole, kind: ValueKind::Tuple(row) }).collect()))
            }
            "dict" => {
                let mut out = Vec::new();
                for argument in call.arguments {
                    let found = self.value(place, argument, locals, depth)?;
                    let entries = match found.kind {
                        ValueKind::Dict(items) => Some(items),
                        ValueKind::List(pairs) | ValueKind::Tuple(pairs) => pairs.iter().map(pair).collect(),
                        _ => None,
                    };
                    let Some(entries) = entries else { return unknown(RUN_TIME) };
                    entries.into_iter().for_each(|(key, value)| enter(&mut out, key, value));
                }
                for (name, argument) in call.keywords {
                    let found = self.value(place, argument, locals, depth)?;
                    match (name, found.kind) {
                        (Some(name), kind) => {
                            let key = Value::of_text(Text::new(name, argument.span), argument.span);
                            enter(&mut out, key, Value { span: found.span, kind });
                        }
                        (None, ValueKind::Dict(spread)) => spread.into_iter().for_each(|(key, value)| enter(&mut out, key, value)),
                        (None, _) => return unknown(RUN_TIME),
                    }
                }
                of(ValueKind::Dict(out))
            }
            "datetime.date" | "datetime.datetime" | "datetime.time" | "decimal.Decimal" | "uuid.UUID" if call.keywords.is_empty() => {
                let arguments = self.items(place, call.arguments, locals, depth)?;
                let name = called.strip_prefix("decimal.").or(called.strip_prefix("uuid.")).unwrap_or(&called);
                of(ValueKind::Call(name.to_string(), arguments))
            }
            "float" if call.keywords.is_empty() => {
                let arguments = self.items(place, call.arguments, locals, depth)?;
                of(ValueKind::Call("float".to_string(), arguments))
            }
            "set" if call.keywords.is_empty() && call.arguments.is_empty() => of(ValueKind::Literal("set()".to_string())),
            array if array.starts_with("numpy.") => unknown("made by numpy; the language has no literal for it"),
            _ => unknown(RUN_TIME),
        }
    }

    fn columns(&mut self, place: Place<'t>, call: Call<'t>, locals: &Locals, depth: usize) -> Result<Vec<Vec<Value>>, Unknown> {
        call.arguments.iter().map(|column| self.elements(place, column, locals, depth)).collect()
    }

    /// Returns what a function gets for its parameters.
    fn passed(
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
    fn run(
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

    fn method(
        &mut self,
        place: Place<'t>,
        call: Call<'t>,
        value: &'t Expr,
        method: &str,
        locals: &Locals,
        depth: usize,
    ) -> Result<Value, Unknown> {
        let unknown = |why| Err(Unknown::new(call.whole, why));
        let of_text = |text: Text| Ok(Value::of_text(text, call.whole));
        match (method, call.arguments) {
            ("format", _) if call.keywords.iter().all(|(name, _)| name.is_some()) => {
                let template = self.text(place, value, locals, depth)?;
                of_text(self.format(place, call, &template, locals, depth)?)
            }
            ("strip" | "rstrip" | "lstrip", []) => {
                let text = self.text(place, value, locals, depth)?;
                let start = if method == "rstrip" { 0 } else { text.text.len() - text.text.trim_start().len() };
                let end = if method == "lstrip" { text.text.len() } else { text.text.trim_end().len().max(start) };
                of_text(text.slice(start..end))
            }
            ("lower" | "upper", []) => {
                let mut text = self.text(place, value, locals, depth)?;
                if !text.text.is_ascii() {
                    return unknown(RUN_TIME);
                }
                if method == "lower" {
                    text.text.make_ascii_lowercase()
                } else {
                    text.text.make_ascii_uppercase()
                }
                of_text(text)
            }
            ("replace", [old, new]) => {
                let mut text = self.text(place, value, locals, depth)?;
                let (old, new) = (self.text(place, old, locals, depth)?, self.text(place, new, locals, depth)?);
                let mut from = 0;
                while let Some(at) = text.text[from..].find(&old.text).filter(|_| !old.text.is_empty()) {
                    text.replace(from + at..from + at + old.text.len(), &new);
                    from += at + new.text.len();
                }
                of_text(text)
            }
            ("join", [pieces]) => {
                let between = self.text(place, value, locals, depth)?;
                let mut out = Text::default();
                for (at, piece) in self.elements(place, pieces, locals, depth)?.into_iter().enumerate() {
                    let ValueKind::Text(piece) = piece.kind else { return unknown(RUN_TIME) };
                    if at > 0 {
                        out.push(&between);
                    }
                    out.push(&piece);
                }
                of_text(out)
            }
            ("items" | "values" | "keys" | "copy", []) => {
                let found = self.value(place, value, locals, depth)?;
                let ValueKind::Dict(items) = found.kind else {
                    return if method == "copy" { Ok(found) } else { unknown(RUN_TIME) };
                };
                let kind = match method {
                    "copy" => ValueKind::Dict(items),
                    "keys" => ValueKind::List(items.into_iter().map(|(key, _)| key).collect()),
                    "values" => ValueKind::List(items.into_iter().map(|(_, value)| value).collect()),
                    _ => {
                        let pair = |(key, value): (Value, Value)| Value { span: key.span, kind: ValueKind::Tuple(vec![key, value]) };
                        ValueKind::List(items.into_iter().map(pair).collect())
                    }
                };
                Ok(Value { span: call.whole, kind })
            }
            _ => unknown(RUN_TIME),
        }
    }

    /// Returns a template of `str.format` with its fields filled in.
    fn format(&mut self, place: Place<'t>, call: Call<'t>, template: &Text, locals: &Locals, depth: usize) -> Result<Text, Unknown> {
        let wrong = || Unknown::new(call.whole, "formatted in a way that djc does not follow");
        let mut out = Text::default();
        let mut next = 0;
        let mut at = 0;
        let bytes = template.text.as_bytes();
        while let Some(brace) = template.text[at..].find(['{', '}']).map(|offset| at + offset) {
            out.push(&template.slice(at..brace));
            if bytes.get(brace + 1) == Some(&bytes[brace]) {
                out.push(&template.slice(brace..brace + 1));
                at = brace + 2;
                continue;
            }
            let end = template.text[brace..].find('}').map(|offset| brace + offset).ok_or_else(wrong)?;
            let field = template.text.get(brace + 1..end).ok_or_else(wrong)?;
            let (field, spec) = field.split_once(':').unwrap_or((field, ""));
            let value = if field.is_empty() {
                next += 1;
                call.arguments.get(next - 1)
            } else if let Ok(position) = field.parse::<usize>() {
                call.arguments.get(position)
            } else {
                call.keywords.iter().find(|(name, _)| name.as_deref() == Some(field)).map(|(_, value)| value)
            };
            let format = if spec.is_empty() { Format::Plain } else { Format::Spec(spec.to_string()) };
            out.push(&self.written(place, value.ok_or_else(wrong)?, &format, locals, depth)?);
            at = end + 1;
        }
        out.push(&template.slice(at..bytes.len()));
        Ok(out)
    }

    /// Returns `template % values`.
    fn percent(
        &mut self,
        place: Place<'t>,
        whole: &'t Expr,
        template: &'t Expr,
        values: &'t Expr,
        locals: &Locals,
        depth: usize,
    ) -> Result<Text, Unknown> {
        let wrong = || Unknown::new(whole.span, "formatted in a way that djc does not follow");
        let template = self.text(place, template, locals, depth)?;
        let by_position: Vec<&'t Expr> = match &values.kind {
            Kind::Tuple(values) => values.iter().collect(),
            _ => vec![values],
        };
        let by_name: &'t [(Option<Expr>, Expr)] = match &values.kind {
            Kind::Dict(items) => items,
            _ => &[],
        };
        let mut out = Text::default();
        let (mut at, mut next) = (0, 0);
        while let Some(sign) = template.text[at..].find('%').map(|offset| at + offset) {
            out.push(&template.slice(at..sign));
            let rest = &template.text[sign + 1..];
            if rest.starts_with('%') {
                out.push(&template.slice(sign..sign + 1));
                at = sign + 2;
                continue;
            }
            let (name, spec) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                Some((name, spec)) => (Some(name), spec),
                None => (None, rest),
            };
            let length = spec.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)? + 1;
            let format = match &spec[..length] {
                "s" => Format::Plain,
                "i" => Format::Spec("d".to_string()),
                other => Format::Spec(other.to_string()),
            };
            let value = match name {
                Some(name) => {
                    let is_key = |key: &Option<Expr>| matches!(key, Some(Expr { kind: Kind::Text(key), .. }) if key.text == name);
                    by_name.iter().find(|(key, _)| is_key(key)).map(|(_, value)| value)
                }
                None => {
                    next += 1;
                    by_position.get(next - 1).copied()
                }
            };
            out.push(&self.written(place, value.ok_or_else(wrong)?, &format, locals, depth)?);
            at = sign + 1 + (rest.len() - spec.len()) + length;
        }
        out.push(&template.slice(at..template.text.len()));
        Ok(out)
    }

    /// Returns the value of a member; `behind` skips all ancestors up to that class, as `super()` does.
    fn member(&mut self, class: ClassRef<'t>, name: &str, behind: Option<ClassRef<'t>>, depth: usize) -> Result<Option<Value>, Unknown> {
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

/// The pieces of a call.
#[derive(Clone, Copy)]
struct Call<'t> {
    whole: Span,
    function: &'t Expr,
    arguments: &'t [Expr],
    keywords: &'t [(Option<String>, Expr)],
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

/// Returns the place of a `yield` inside of a statement.
fn yields(statement: &Statement) -> Option<Span> {
    match statement {
        Statement::Expression(Expr { kind: Kind::Yield { .. }, span }) => Some(*span),
        other => other.blocks().into_iter().flatten().find_map(yields),
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

fn pair(value: &Value) -> Option<(Value, Value)> {
    match value.elements()?.as_slice() {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    }
}

fn combined(operator: Operator, left: Value, right: Value) -> Option<ValueKind> {
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

fn compared(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
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

fn is_local_call(sources: &Sources<'_>, module: usize, value: &Expr) -> bool {
    match &value.kind {
        Kind::Call { function, .. } => matches!(sources.follow(module, function), Some(Found::Function(..))),
        _ => false,
    }
}

/// Returns the variable for something that is not known.
fn variable(sources: &Sources<'_>, module: usize, expr: &Expr) -> Variable {
    let (name, default) = setting(sources, module, expr).unwrap_or_else(|| (last_word(expr), None));
    let mut clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    if !clean.starts_with(|c: char| c.is_ascii_alphabetic()) {
        clean = format!("NAME_{clean}");
    }
    Variable { name: clean.trim_end_matches('_').to_string(), default, span: expr.span }
}

/// Returns the environment variable, or the setting of datajoint, that an expression reads, with its default.
fn setting(sources: &Sources<'_>, module: usize, expr: &Expr) -> Option<(String, Option<String>)> {
    let literal = |expr: &Expr| match &expr.kind {
        Kind::Text(text) => Some(text.text.clone()),
        _ => None,
    };
    let foreign = |expr: &Expr| match sources.follow(module, expr) {
        Some(Found::Foreign(dotted)) => Some(dotted),
        _ => None,
    };
    match &expr.kind {
        Kind::Or(choices) => {
            let (name, default) = setting(sources, module, choices.first()?)?;
            Some((name, default.or_else(|| choices.last().and_then(literal))))
        }
        Kind::Call { function, arguments, .. } => {
            let called = foreign(function);
            match called.as_deref() {
                Some("os.getenv" | "os.environ.get") => Some((literal(arguments.first()?)?, arguments.get(1).and_then(literal))),
                Some("getpass.getuser" | "os.getlogin") => Some(("USER".to_string(), None)),
                _ => match &function.kind {
                    Kind::Attribute(value, method) if method == "get" && is_setting(sources, module, value, 0) => {
                        Some((literal(arguments.first()?)?, arguments.get(1).and_then(literal)))
                    }
                    _ => None,
                },
            }
        }
        Kind::Subscript(value, index) => match foreign(value).as_deref() {
            Some("os.environ") => Some((literal(index)?, None)),
            _ => is_setting(sources, module, value, 0).then(|| literal(index)).flatten().map(|name| (name, None)),
        },
        _ => None,
    }
}

/// Returns whether an expression is `dj.config` or a part of it.
fn is_setting(sources: &Sources<'_>, module: usize, expr: &Expr, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    match &expr.kind {
        Kind::Subscript(value, _) => is_setting(sources, module, value, depth + 1),
        Kind::Call { function, .. } => match &function.kind {
            Kind::Attribute(value, method) => method == "get" && is_setting(sources, module, value, depth + 1),
            _ => false,
        },
        _ => match sources.follow(module, expr) {
            Some(Found::Foreign(dotted)) => dotted == "datajoint.config",
            Some(Found::Value(module, value)) if value.span != expr.span => is_setting(sources, module, value, depth + 1),
            _ => false,
        },
    }
}

/// Returns the last name in an expression.
fn last_word(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Name(name) | Kind::Attribute(_, name) => name.clone(),
        Kind::Call { function, .. } => last_word(function),
        Kind::Subscript(value, index) => match &index.kind {
            Kind::Text(text) => text.text.clone(),
            _ => last_word(value),
        },
        Kind::Or(choices) => choices.first().map_or_else(|| "name".to_string(), last_word),
        _ => "name".to_string(),
    }
}
