//! Rows of `contents` that are written as literals, and the simple ways of putting such rows together.

use djc_core::source::Span;

use crate::evaluate::{self, Place};
use crate::sources::{Found, Sources};
use crate::tree::{Expr, Kind};
use djc_core::text::Text;

/// How deep names are followed.
const DEPTH_MAX: usize = 20;

/// What stands between the brackets of `contents`, from the expression of a class.
///
/// # Errors
/// The first expression that only running the code can tell.
pub fn rows<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Result<Text, Span> {
    rows_at(sources, place, expr, 0)
}

fn rows_at<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr, depth: usize) -> Result<Text, Span> {
    if depth > DEPTH_MAX {
        return Err(expr.span);
    }
    match &expr.kind {
        Kind::List(rows) | Kind::Tuple(rows) => {
            // As it stands, with the author's comments, where nothing has to be filled in.
            if rows.iter().all(is_literal) {
                let file = &sources.modules[place.module].tree;
                let inner = Span { start: expr.span.start + 1, end: expr.span.end - 1, ..expr.span };
                if file.file == expr.span.file && file.text[expr.span.range()].starts_with(['[', '(']) {
                    return Ok(Text::new(&file.text[inner.range()], inner));
                }
            }
            let mut out = Text::default();
            for row in rows {
                let mut written = Text::default();
                value(sources, place, row, &mut written, depth + 1)?;
                out.push_glue("\n", row.span);
                out.push(&written);
                out.push_glue(",", row.span);
            }
            Ok(out)
        }
        Kind::Call { function, arguments, keywords } if keywords.is_empty() => {
            let name = match &function.kind {
                Kind::Name(name) => name.as_str(),
                _ => return Err(expr.span),
            };
            match (name, arguments.as_slice()) {
                ("list" | "tuple", [inner]) => rows_at(sources, place, inner, depth + 1),
                ("zip", columns) if !columns.is_empty() => {
                    let columns =
                        columns.iter().map(|column| elements(sources, place, column, depth + 1)).collect::<Result<Vec<_>, _>>()?;
                    let length = columns.iter().map(Vec::len).min().unwrap_or(0);
                    let mut out = Text::default();
                    for at in 0..length {
                        out.push_glue("\n(", columns[0][at].1.span);
                        for (place, item) in columns.iter().map(|column| &column[at]) {
                            value(sources, *place, item, &mut out, depth + 1)?;
                            out.push_glue(", ", item.span);
                        }
                        out.push_glue("),", columns[0][at].1.span);
                    }
                    Ok(out)
                }
                _ => Err(expr.span),
            }
        }
        Kind::Name(_) | Kind::Attribute(..) => match named(sources, place, expr) {
            Some((place, value)) if value.span != expr.span => rows_at(sources, place, value, depth + 1),
            _ => Err(expr.span),
        },
        _ => Err(expr.span),
    }
}

fn named<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Option<(Place<'t>, &'t Expr)> {
    if let (Kind::Name(name), Some(home)) = (&expr.kind, place.home)
        && let Some(value) = crate::sources::class_members(&home.class.body).rev().find_map(|member| match member {
            crate::sources::Member::Value(known, value) if known == name => Some(value),
            _ => None,
        })
    {
        return Some((place, value));
    }
    match sources.follow(place.module, expr) {
        Some(Found::Value(module, value)) if sources.is_constant(module, value) => Some((Place::top(module), value)),
        _ => None,
    }
}

/// Returns the value behind names and indices.
fn resolved<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr, depth: usize) -> Option<Placed<'t>> {
    if depth > DEPTH_MAX {
        return None;
    }
    match &expr.kind {
        Kind::Name(_) | Kind::Attribute(..) => {
            let (place, found) = named(sources, place, expr).filter(|(_, found)| found.span != expr.span)?;
            resolved(sources, place, found, depth + 1)
        }
        Kind::Subscript(value, index) => {
            let (place, found) = resolved(sources, place, value, depth + 1)?;
            let found = match (&found.kind, &index.kind) {
                (Kind::Dict(items), Kind::Text(wanted)) => {
                    // What is spread into a mapping may hold the key as well.
                    if items.iter().any(|(key, _)| key.is_none()) {
                        return None;
                    }
                    let is_wanted = |key: &Expr| matches!(&key.kind, Kind::Text(text) if text.text == wanted.text);
                    items.iter().rev().find(|(key, _)| key.as_ref().is_some_and(is_wanted)).map(|(_, value)| value)
                }
                (Kind::List(items) | Kind::Tuple(items), Kind::Number(number)) => number.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            resolved(sources, place, found?, depth + 1)
        }
        _ => Some((place, expr)),
    }
}

/// Adds the entries of a mapping, key and value as literals; a later key wins and keeps the first one's place, as in Python.
fn entries<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr, out: &mut Vec<(Text, Text)>, depth: usize) -> Result<(), Span> {
    if depth > DEPTH_MAX {
        return Err(expr.span);
    }
    let Kind::Dict(items) = &expr.kind else { return Err(expr.span) };
    for (key, item) in items {
        let Some(key) = key else {
            let (place, spread) = resolved(sources, place, item, depth + 1).ok_or(item.span)?;
            entries(sources, place, spread, out, depth + 1)?;
            continue;
        };
        let (mut name, mut written) = (Text::default(), Text::default());
        value(sources, place, key, &mut name, depth + 1)?;
        value(sources, place, item, &mut written, depth + 1)?;
        match out.iter_mut().find(|(known, _)| known.text == name.text) {
            Some((_, known)) => *known = written,
            None => out.push((name, written)),
        }
    }
    Ok(())
}

type Placed<'t> = (Place<'t>, &'t Expr);

fn elements<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr, depth: usize) -> Result<Vec<Placed<'t>>, Span> {
    if depth > DEPTH_MAX {
        return Err(expr.span);
    }
    match &expr.kind {
        Kind::List(items) | Kind::Tuple(items) => Ok(items.iter().map(|item| (place, item)).collect()),
        Kind::Name(_) | Kind::Attribute(..) => match named(sources, place, expr) {
            Some((place, value)) if value.span != expr.span => elements(sources, place, value, depth + 1),
            _ => Err(expr.span),
        },
        _ => Err(expr.span),
    }
}

/// Returns whether `.dj` reads the same text as the same value.
fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Text(_) | Kind::Constant(_) => true,
        Kind::Number(number) => !number.ends_with(['j', 'J']),
        Kind::List(items) | Kind::Tuple(items) => items.iter().all(is_literal),
        Kind::Dict(items) => items.iter().all(|(key, value)| key.as_ref().is_some_and(is_literal) && is_literal(value)),
        Kind::Format(_)
        | Kind::Name(_)
        | Kind::Attribute(..)
        | Kind::Call { .. }
        | Kind::Add(..)
        | Kind::Percent(..)
        | Kind::Or(_)
        | Kind::Subscript(..)
        | Kind::Other => false,
    }
}

/// Writes a value as a literal.
fn value<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr, out: &mut Text, depth: usize) -> Result<(), Span> {
    if depth > DEPTH_MAX {
        return Err(expr.span);
    }
    let list = |open: &str, items: &'t [Expr], close: &str, out: &mut Text| {
        out.push_glue(open, expr.span);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_glue(", ", item.span);
            }
            value(sources, place, item, out, depth + 1)?;
        }
        out.push_glue(close, expr.span);
        Ok(())
    };
    match &expr.kind {
        Kind::Text(text) => {
            out.push_str(&quoted(&text.text), expr.span);
            Ok(())
        }
        Kind::Number(number) if !number.ends_with(['j', 'J']) => {
            out.push_str(number, expr.span);
            Ok(())
        }
        Kind::Constant(word) => {
            out.push_str(word, expr.span);
            Ok(())
        }
        Kind::List(items) => list("[", items, "]", out),
        Kind::Tuple(items) => list("(", items, if items.len() == 1 { ",)" } else { ")" }, out),
        Kind::Dict(_) => {
            let mut all = Vec::new();
            entries(sources, place, expr, &mut all, depth + 1)?;
            out.push_glue("{", expr.span);
            for (at, (key, item)) in all.iter().enumerate() {
                if at > 0 {
                    out.push_glue(", ", expr.span);
                }
                out.push(key);
                out.push_glue(": ", expr.span);
                out.push(item);
            }
            out.push_glue("}", expr.span);
            Ok(())
        }
        Kind::Call { function, arguments, keywords } => {
            let called = match sources.follow(place.module, function) {
                Some(Found::Foreign(dotted)) => dotted,
                _ => match &function.kind {
                    Kind::Name(name) => name.clone(),
                    _ => return Err(expr.span),
                },
            };
            match called.as_str() {
                "dict" if arguments.is_empty() && keywords.iter().all(|(name, _)| name.is_some()) => {
                    out.push_glue("{", expr.span);
                    for (at, (name, item)) in keywords.iter().enumerate() {
                        if at > 0 {
                            out.push_glue(", ", item.span);
                        }
                        out.push_glue(&format!("{}: ", quoted(name.as_deref().unwrap_or_default())), item.span);
                        value(sources, place, item, out, depth + 1)?;
                    }
                    out.push_glue("}", expr.span);
                    Ok(())
                }
                "datetime.date" | "datetime.datetime" | "datetime.time" | "decimal.Decimal" | "uuid.UUID"
                    if keywords.is_empty() && arguments.iter().all(is_literal) =>
                {
                    let name = called.strip_prefix("decimal.").or(called.strip_prefix("uuid.")).unwrap_or(&called);
                    list(&format!("{name}("), arguments, ")", out)
                }
                _ => Err(expr.span),
            }
        }
        Kind::Name(_) | Kind::Attribute(..) | Kind::Subscript(..) => match resolved(sources, place, expr, depth + 1) {
            Some((place, found)) if found.span != expr.span => value(sources, place, found, out, depth + 1),
            _ => Err(expr.span),
        },
        Kind::Format(_) | Kind::Add(..) | Kind::Percent(..) => {
            let text = evaluate::text(sources, place, expr).map_err(|unknown| unknown.span)?;
            out.push_str(&quoted(&text.text), expr.span);
            Ok(())
        }
        Kind::Number(_) | Kind::Or(_) | Kind::Other => Err(expr.span),
    }
}

/// Returns a text as a literal of Python.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
