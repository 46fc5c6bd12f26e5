//! Texts that can be known without running the code: literals, and what is put together from them by simple means.

use djc_core::source::Span;

use crate::sources::{Ancestor, ClassRef, Found, Member, Sources, class_members};
use crate::tree::{Expr, Kind, Part, Statement};
use djc_core::text::Text;

/// How deep names and expressions are followed.
const DEPTH_MAX: usize = 60;

/// Something that is known at run time only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The expression.
    pub span: Span,
    /// Why it is not known, as the end of a sentence: "`x` is …".
    pub why: &'static str,
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
}

impl Place<'_> {
    /// Returns the top level of a module.
    pub fn top(module: usize) -> Self {
        Place { module, home: None, owner: None }
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
pub fn text<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Result<Text, Unknown> {
    Evaluator { sources, mode: Mode::Strict }.text(place, expr, &[], 0)
}

/// Returns a schema name; what is not known becomes `${VARIABLE}`, named after the environment variable, the setting or the name behind it.
pub fn template<'t>(sources: &Sources<'t>, module: usize, expr: &'t Expr, variables: &mut Vec<Variable>) -> Result<Text, Unknown> {
    Evaluator { sources, mode: Mode::Variables(variables) }.text(Place::top(module), expr, &[], 0)
}

/// Returns the text of an attribute or property of a class, its own or an inherited one; `None` where there is none.
///
/// # Errors
/// As for [`text`].
pub fn member<'t>(sources: &Sources<'t>, class: ClassRef<'t>, name: &str) -> Result<Option<Text>, Unknown> {
    Evaluator { sources, mode: Mode::Strict }.member(class, name, None, 0)
}

/// Returns what a base class puts into `self.name` when an object is made.
///
/// # Errors
/// As for [`text`].
pub fn assigned_to_self<'t>(sources: &Sources<'t>, class: ClassRef<'t>, name: &str) -> Result<Option<Text>, Unknown> {
    for base in sources.ancestors(class) {
        let Ancestor::Read(base) = base else { continue };
        for member in class_members(&base.class.body) {
            let Member::Function(function) = member else { continue };
            if let Some(value) = self_assignment(&function.body, name) {
                let place = Place { module: base.module, home: Some(base), owner: Some(class) };
                return text(sources, place, value).map(Some);
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
        Statement::Block(body) => self_assignment(body, name),
        _ => None,
    })
}

/// Names of a function's parameters with what was passed.
type Locals<'a> = [(String, Text)];

struct Evaluator<'s, 't, 'v> {
    sources: &'s Sources<'t>,
    mode: Mode<'v>,
}

impl<'t> Evaluator<'_, 't, '_> {
    fn text(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals<'_>, depth: usize) -> Result<Text, Unknown> {
        if depth > DEPTH_MAX {
            return Err(Unknown { span: expr.span, why: "made of too many steps" });
        }
        match self.known(place, expr, locals, depth) {
            Err(unknown) => match &mut self.mode {
                Mode::Strict => Err(unknown),
                Mode::Variables(variables) => {
                    let variable = variable(self.sources, place.module, expr);
                    let text = Text::new(format!("${{{}}}", variable.name), expr.span);
                    variables.push(variable);
                    Ok(text)
                }
            },
            known => known,
        }
    }

    fn known(&mut self, place: Place<'t>, expr: &'t Expr, locals: &Locals<'_>, depth: usize) -> Result<Text, Unknown> {
        let unknown = |why| Err(Unknown { span: expr.span, why });
        match &expr.kind {
            Kind::Text(value) => Ok(value.clone()),
            Kind::Number(number) => Ok(Text::new(number, expr.span)),
            Kind::Format(parts) => {
                let mut out = Text::default();
                for part in parts {
                    match part {
                        Part::Text(text) => out.push(text),
                        Part::Value { value, plain: true } => out.push(&self.text(place, value, locals, depth + 1)?),
                        Part::Value { value, plain: false } => {
                            return Err(Unknown { span: value.span, why: "formatted in a way that djc does not follow" });
                        }
                    }
                }
                Ok(out)
            }
            Kind::Add(left, right) => {
                let mut out = self.text(place, left, locals, depth + 1)?;
                out.push(&self.text(place, right, locals, depth + 1)?);
                Ok(out)
            }
            Kind::Percent(template, values) => {
                let values: Vec<&'t Expr> = match &values.kind {
                    Kind::Tuple(values) => values.iter().collect(),
                    _ => vec![values],
                };
                let mut out = self.text(place, template, locals, depth + 1)?;
                let mut from = 0;
                for value in values {
                    let Some(at) = out.text[from..].find("%s") else { return unknown("formatted in a way that djc does not follow") };
                    let by = self.text(place, value, locals, depth + 1)?;
                    out.replace(from + at..from + at + 2, &by);
                    from += at + by.text.len();
                }
                if out.text[from..].contains('%') { unknown("formatted in a way that djc does not follow") } else { Ok(out) }
            }
            Kind::Name(name) => {
                if let Some((_, value)) = locals.iter().find(|(local, _)| local == name) {
                    return Ok(value.clone());
                }
                if let Some(home) = place.home {
                    let own = class_members(&home.class.body).rev().find_map(|member| match member {
                        Member::Value(known, value) if known == name => Some(value),
                        _ => None,
                    });
                    if let Some(value) = own.filter(|value| value.span != expr.span) {
                        return self.text(place, value, &[], depth + 1);
                    }
                }
                match self.sources.look_up(place.module, name) {
                    // A name that says more than what is behind it names the variable.
                    Some(Found::Value(module, value)) if !self.sources.is_constant(module, value) => unknown("bound more than once"),
                    Some(Found::Value(module, value)) if self.is_worth_following(module, value) => {
                        self.text(Place::top(module), value, &[], depth + 1)
                    }
                    Some(Found::Value(..)) => unknown("computed"),
                    _ => unknown("no text that was read"),
                }
            }
            Kind::Attribute(value, name) => match &value.kind {
                Kind::Name(owner) if (owner == "self" || owner == "cls") && place.owner.is_some() => {
                    let class = place.owner.expect("asked for above");
                    match self.member(class, name, None, depth + 1)? {
                        Some(text) => Ok(text),
                        None => unknown("set at run time"),
                    }
                }
                Kind::Call { function, .. } if matches!(&function.kind, Kind::Name(name) if name == "super") => {
                    match (place.owner, place.home) {
                        (Some(owner), Some(home)) => match self.member(owner, name, Some(home), depth + 1)? {
                            Some(text) => Ok(text),
                            None => unknown("in none of the classes that were read"),
                        },
                        _ => unknown("outside of a class"),
                    }
                }
                _ => match self.sources.follow(place.module, expr) {
                    Some(Found::Value(module, value)) => self.text(Place::top(module), value, &[], depth + 1),
                    _ => match self.sources.follow(place.module, value) {
                        Some(Found::Class(class)) => match self.member(class, name, None, depth + 1)? {
                            Some(text) => Ok(text),
                            None => unknown("set at run time"),
                        },
                        _ => unknown("known at run time only"),
                    },
                },
            },
            Kind::Call { function, arguments, keywords } => self.call(place, expr, function, arguments, keywords, locals, depth),
            Kind::Constant(_) | Kind::Or(_) | Kind::Subscript(..) | Kind::List(_) | Kind::Tuple(_) | Kind::Dict(_) | Kind::Other => {
                unknown("known at run time only")
            }
        }
    }

    /// Returns whether the value of a name is followed; in schema names, only what is a text or leads to a variable with a better name.
    fn is_worth_following(&self, module: usize, value: &Expr) -> bool {
        match self.mode {
            Mode::Strict => true,
            Mode::Variables(_) => match &value.kind {
                Kind::Text(_) | Kind::Format(_) | Kind::Add(..) | Kind::Percent(..) | Kind::Name(_) => true,
                Kind::Attribute(..) | Kind::Call { .. } | Kind::Subscript(..) | Kind::Or(_) => {
                    setting(self.sources, module, value).is_some() || is_local_call(self.sources, module, value)
                }
                Kind::Number(_) | Kind::Constant(_) | Kind::List(_) | Kind::Tuple(_) | Kind::Dict(_) | Kind::Other => false,
            },
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the pieces of one expression")]
    fn call(
        &mut self,
        place: Place<'t>,
        whole: &'t Expr,
        function: &'t Expr,
        arguments: &'t [Expr],
        keywords: &'t [(Option<String>, Expr)],
        locals: &Locals<'_>,
        depth: usize,
    ) -> Result<Text, Unknown> {
        let unknown = |why| Err(Unknown { span: whole.span, why });
        if let Kind::Attribute(value, method) = &function.kind {
            match (method.as_str(), arguments) {
                ("format", _) if keywords.iter().all(|(name, _)| name.is_some()) => {
                    let template = self.text(place, value, locals, depth + 1)?;
                    return self.format(place, whole, template, arguments, keywords, locals, depth);
                }
                ("dedent" | "cleandoc", [text]) => return self.text(place, text, locals, depth + 1),
                ("strip" | "rstrip" | "lstrip", []) => return Ok(self.text(place, value, locals, depth + 1)?.trimmed()),
                ("replace", [old, new]) => {
                    let mut text = self.text(place, value, locals, depth + 1)?;
                    let (old, new) = (self.text(place, old, locals, depth + 1)?, self.text(place, new, locals, depth + 1)?);
                    let mut from = 0;
                    while let Some(at) = text.text[from..].find(&old.text).filter(|_| !old.text.is_empty()) {
                        text.replace(from + at..from + at + old.text.len(), &new);
                        from += at + new.text.len();
                    }
                    return Ok(text);
                }
                _ => {}
            }
        }
        if matches!(&function.kind, Kind::Name(name) if name == "dedent" || name == "str") && arguments.len() == 1 {
            return self.text(place, &arguments[0], locals, depth + 1);
        }
        // A function of the sources that returns one expression.
        if let Some(Found::Function(module, called)) = self.sources.follow(place.module, function)
            && let [Some(result)] = called.returns.as_slice()
        {
            let mut passed = Vec::new();
            for (at, argument) in arguments.iter().enumerate() {
                let Some(name) = called.parameters.get(at) else { return unknown("a call that djc does not follow") };
                passed.push((name.clone(), self.text(place, argument, locals, depth + 1)?));
            }
            for (name, argument) in keywords {
                let Some(name) = name else { return unknown("a call that djc does not follow") };
                passed.push((name.clone(), self.text(place, argument, locals, depth + 1)?));
            }
            return self.text(Place::top(module), result, &passed, depth + 1);
        }
        unknown("known at run time only")
    }

    #[allow(clippy::too_many_arguments, reason = "the pieces of one expression")]
    fn format(
        &mut self,
        place: Place<'t>,
        whole: &'t Expr,
        template: Text,
        arguments: &'t [Expr],
        keywords: &'t [(Option<String>, Expr)],
        locals: &Locals<'_>,
        depth: usize,
    ) -> Result<Text, Unknown> {
        let mut out = Text::default();
        let mut next = 0;
        let mut at = 0;
        let bytes = template.text.as_bytes();
        while at < bytes.len() {
            let Some(brace) = template.text[at..].find(['{', '}']).map(|offset| at + offset) else {
                out.push(&template.slice(at..bytes.len()));
                break;
            };
            out.push(&template.slice(at..brace));
            if bytes.get(brace + 1) == Some(&bytes[brace]) {
                out.push(&template.slice(brace..brace + 1));
                at = brace + 2;
                continue;
            }
            let wrong = Unknown { span: whole.span, why: "formatted in a way that djc does not follow" };
            let Some(end) = template.text[brace..].find('}').map(|offset| brace + offset) else { return Err(wrong) };
            let field = &template.text[brace + 1..end];
            let value = if field.is_empty() {
                next += 1;
                arguments.get(next - 1)
            } else if let Ok(position) = field.parse::<usize>() {
                arguments.get(position)
            } else {
                keywords.iter().find(|(name, _)| name.as_deref() == Some(field)).map(|(_, value)| value)
            };
            let Some(value) = value else { return Err(wrong) };
            out.push(&self.text(place, value, locals, depth + 1)?);
            at = end + 1;
        }
        Ok(out)
    }

    /// Returns the text of a member; `behind` skips all ancestors up to that class, as `super()` does.
    fn member(&mut self, class: ClassRef<'t>, name: &str, behind: Option<ClassRef<'t>>, depth: usize) -> Result<Option<Text>, Unknown> {
        let mut skipping = behind.is_some();
        for base in self.sources.ancestors(class) {
            let Ancestor::Read(base) = base else { continue };
            if skipping {
                skipping = behind.is_some_and(|behind| behind.id() != base.id());
                continue;
            }
            let place = Place { module: base.module, home: Some(base), owner: Some(class) };
            for member in class_members(&base.class.body).rev() {
                match member {
                    Member::Value(known, value) if known == name => return self.text(place, value, &[], depth + 1).map(Some),
                    Member::Function(function) if function.name == name => {
                        return match function.returns.as_slice() {
                            [Some(value)] => self.text(place, value, &[], depth + 1).map(Some),
                            _ => Err(Unknown { span: base.class.name.span, why: "a property that computes its text" }),
                        };
                    }
                    Member::Value(..) | Member::Function(_) | Member::Class(_) => {}
                }
            }
        }
        Ok(None)
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
        Kind::Text(_)
        | Kind::Format(_)
        | Kind::Number(_)
        | Kind::Constant(_)
        | Kind::Add(..)
        | Kind::Percent(..)
        | Kind::List(_)
        | Kind::Tuple(_)
        | Kind::Dict(_)
        | Kind::Other => "name".to_string(),
    }
}
