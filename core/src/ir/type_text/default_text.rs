//! Reading what stands between `=` and `:`.

use super::scan::quoted;
use crate::ir::{Default, Generation, SqlLiteral};

/// Why the text is no default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefaultError {
    /// A quote is opened and never closed, or closed by the other kind.
    #[error("the quote at the start of the default is not closed")]
    Unterminated,
    /// Something stands behind a closed quote or a constant; datajoint hands it to the server as SQL.
    #[error("`{rest}` behind the default means nothing")]
    TextAfter {
        /// What is too much.
        rest: String,
    },
    /// `CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP`: datajoint quotes it, and the server refuses the text as a date.
    #[error("datajoint passes `ON UPDATE` on only in the form with parentheses")]
    OnUpdateWithoutParentheses,
}

/// Reads the default of an attribute line, as the generation reads it.
///
/// `null` in any letter case is NULL; `CURRENT_TIMESTAMP` with or without parentheses is the only expression. Everything
/// else is a constant: quoted, or a bare word, which may look like a call (`now()`) and is not one.
pub fn parse_default(text: &str, generation: Generation) -> Result<Default, DefaultError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Default::Required);
    }
    if text.eq_ignore_ascii_case("null") {
        return Ok(Default::Null);
    }
    let head = text.split('(').next().unwrap_or_default();
    if head.eq_ignore_ascii_case("current_timestamp") {
        return current_timestamp(text);
    }
    if head.eq_ignore_ascii_case("null") {
        return Err(DefaultError::TextAfter { rest: text[head.len()..].to_string() });
    }
    match (text.chars().next(), generation) {
        // datajoint 2 takes the inner text as it is and doubles the single quotes in it.
        (Some('"'), Generation::Modern) if text.len() > 1 && text.ends_with('"') => {
            let inner = &text[1..text.len() - 1];
            Ok(Default::Literal(SqlLiteral::quoted(inner.replace('\'', "''"))))
        }
        (Some('"'), Generation::Modern) => Ok(Default::Literal(SqlLiteral::bare(text))),
        (Some('"' | '\''), _) => match quoted(text) {
            None => Err(DefaultError::Unterminated),
            Some((literal, "")) => Ok(Default::Literal(literal)),
            Some((_, rest)) => Err(DefaultError::TextAfter { rest: rest.trim().to_string() }),
        },
        _ if head.trim_end().to_ascii_uppercase().starts_with("CURRENT_TIMESTAMP ") && text.to_ascii_uppercase().contains("ON UPDATE") => {
            Err(DefaultError::OnUpdateWithoutParentheses)
        }
        _ => Ok(Default::Literal(SqlLiteral::bare(text))),
    }
}

fn current_timestamp(text: &str) -> Result<Default, DefaultError> {
    const WORD: &str = "current_timestamp";
    let (precision, rest) = digits(&text[WORD.len()..])?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok(Default::CurrentTimestamp { precision, on_update: None });
    }
    let too_much = || DefaultError::TextAfter { rest: rest.to_string() };
    let mut words = rest.splitn(3, char::is_whitespace);
    let on_update = words.next().is_some_and(|word| word.eq_ignore_ascii_case("on"))
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case("update"));
    let call = words.next().unwrap_or_default().trim();
    let named = call.get(..WORD.len()).is_some_and(|word| word.eq_ignore_ascii_case(WORD));
    if !on_update || !named {
        return Err(too_much());
    }
    let (on_update, rest) = digits(&call[WORD.len()..])?;
    if !rest.trim().is_empty() {
        return Err(too_much());
    }
    Ok(Default::CurrentTimestamp { precision, on_update: Some(on_update) })
}

/// Reads `(n)` or `()` at the start.
fn digits(text: &str) -> Result<(Option<u8>, &str), DefaultError> {
    let too_much = || DefaultError::TextAfter { rest: text.trim().to_string() };
    let Some(open) = text.strip_prefix('(') else { return Ok((None, text)) };
    let (inner, rest) = open.split_once(')').ok_or_else(too_much)?;
    match inner.trim() {
        "" => Ok((None, rest)),
        number => match number.parse::<u8>() {
            Ok(digits) if digits <= 6 => Ok((Some(digits), rest)),
            _ => Err(too_much()),
        },
    }
}
