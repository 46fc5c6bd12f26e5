//! Rows of `contents`: as they stand where they are literals, and otherwise as literals of what they come to.

use djc_core::source::Span;
use djc_core::text::Text;

use crate::evaluate::{self, Place, Unknown};
use crate::sources::{Found, Sources, class_values};
use crate::tree::{Expr, Kind};
use crate::value::Value;

/// How deep names are followed.
const DEPTH_MAX: usize = 20;

/// Returns what stands between the brackets of `contents`, from an expression.
///
/// # Errors
/// The first expression that only running the code can tell.
pub fn rows<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Result<Text, Unknown> {
    match verbatim(sources, place, expr, 0) {
        Some(text) => Ok(text),
        None => of_value(&evaluate::value(sources, place, expr)?, expr.span),
    }
}

/// Returns what stands between the brackets of `contents`, from a value.
///
/// # Errors
/// When there are no rows in it.
pub fn of_value(value: &Value, whole: Span) -> Result<Text, Unknown> {
    let rows = value.elements().ok_or_else(|| Unknown::new(whole, "no list of rows"))?;
    let mut out = Text::default();
    for row in rows {
        out.push_glue("\n", row.span);
        row.write(&mut out);
        out.push_glue(",", row.span);
    }
    Ok(out)
}

/// Returns rows as they stand, with the author's comments, where nothing has to be filled in.
fn verbatim<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr, depth: usize) -> Option<Text> {
    if depth > DEPTH_MAX {
        return None;
    }
    match &expr.kind {
        Kind::List(rows) | Kind::Tuple(rows) if rows.iter().all(Expr::is_literal) => {
            let file = &sources.modules[place.module].tree;
            let inner = Span { start: expr.span.start + 1, end: expr.span.end - 1, ..expr.span };
            let bracketed = file.file == expr.span.file && file.text[expr.span.range()].starts_with(['[', '(']);
            bracketed.then(|| Text::new(&file.text[inner.range()], inner))
        }
        Kind::Call { function, arguments, keywords } if keywords.is_empty() => match (&function.kind, arguments.as_slice()) {
            (Kind::Name(name), [inner]) if name == "list" || name == "tuple" => verbatim(sources, place, inner, depth + 1),
            _ => None,
        },
        Kind::Name(_) | Kind::Attribute(..) => {
            let (place, value) = named(sources, place, expr).filter(|(_, value)| value.span != expr.span)?;
            verbatim(sources, place, value, depth + 1)
        }
        _ => None,
    }
}

fn named<'t>(sources: &Sources<'t>, place: Place<'t>, expr: &'t Expr) -> Option<(Place<'t>, &'t Expr)> {
    if let (Kind::Name(name), Some(home), true) = (&expr.kind, place.home, place.body) {
        match class_values(&home.class.body, name).collect::<Vec<_>>().as_slice() {
            [] => {}
            [only] => return Some((place, only)),
            _ => return None,
        }
    }
    match sources.follow(place.module, expr) {
        Some(Found::Value(module, value)) if sources.is_constant(module, value) => Some((Place::top(module), value)),
        _ => None,
    }
}
