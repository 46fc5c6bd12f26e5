//! Calls: of functions that were read, of those of Python that are known, and of methods of texts and mappings.

use djc_core::source::Span;
use djc_core::text::Text;

use super::scope::{Locals, Place};
use super::{Evaluator, RUN_TIME, TOO_MANY, Unknown, VALUES_MAX};
use crate::sources::Found;
use crate::tree::{Expr, Kind};
use crate::value::{Value, ValueKind, dedented, enter};

/// The pieces of a call.
#[derive(Clone, Copy)]
pub(super) struct Call<'t> {
    pub(super) whole: Span,
    pub(super) function: &'t Expr,
    pub(super) arguments: &'t [Expr],
    pub(super) keywords: &'t [(Option<String>, Expr)],
}

impl<'t> Evaluator<'_, 't, '_> {
    pub(super) fn call(&mut self, place: Place<'t>, call: Call<'t>, locals: &Locals, depth: usize) -> Result<Value, Unknown> {
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
                if numbers.len() > VALUES_MAX { unknown(TOO_MANY) } else { of(ValueKind::List(numbers)) }
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
                    return unknown(TOO_MANY);
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
}

fn pair(value: &Value) -> Option<(Value, Value)> {
    match value.elements()?.as_slice() {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    }
}
