//! Restrictions of the command line: predicates, and JSON maps with the values of attributes.

use djc_core::predicate::Predicate;
use djc_core::query::Restriction;
use djc_core::value::Value;
use serde_json::Value as Json;

use crate::diag::Diagnostic;
use crate::diag::codes::DELETE_RESTRICTION;

/// Reads a restriction.
pub(super) fn read(text: &str) -> Result<Restriction, Box<Diagnostic>> {
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '[']) {
        return map(trimmed);
    }
    match Predicate::parse(trimmed) {
        Ok(_) => Ok(Restriction::Predicate(trimmed.to_string())),
        Err(error) => {
            let mark = format!("{}\n{}^", error.text, " ".repeat(error.text[..error.at.min(error.text.len())].chars().count()));
            Err(Box::new(DELETE_RESTRICTION.anywhere(format!("`{trimmed}` is no predicate: {}", error.message)).help(mark)))
        }
    }
}

/// Reads a map, or a list of maps of which one is to hold.
fn map(text: &str) -> Result<Restriction, Box<Diagnostic>> {
    let wrong = |why: String| Box::new(DELETE_RESTRICTION.anywhere(format!("`{text}` is no map of attributes: {why}")));
    match serde_json::from_str(text).map_err(|error| wrong(error.to_string()))? {
        Json::Array(members) => {
            let members = members
                .into_iter()
                .map(|member| of(member).ok_or_else(|| wrong("each member of the list is to be a map of plain values".to_string())));
            Ok(Restriction::Any(members.collect::<Result<_, _>>()?))
        }
        json => of(json).ok_or_else(|| wrong("values are texts, numbers, true, false and null".to_string())),
    }
}

fn of(json: Json) -> Option<Restriction> {
    let Json::Object(map) = json else { return None };
    let values = map.into_iter().map(|(name, value)| Some((name, plain(value)?)));
    Some(Restriction::Equal(values.collect::<Option<_>>()?))
}

fn plain(json: Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::String(text) => Value::Text(text),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number.into()),
            (None, Some(number)) => Value::Int(number.into()),
            (None, None) => Value::Float(number.as_f64()?),
        },
        Json::Array(_) | Json::Object(_) => return None,
    })
}
