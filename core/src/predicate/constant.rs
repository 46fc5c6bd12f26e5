//! Constants in the form of what they are compared with.

use chrono::{NaiveDateTime, NaiveTime};

use super::Holds;
use super::tree::{Expr, Node};
use crate::contents::{Stored, short_fraction, store};
use crate::dialect::{Quoting, Server};
use crate::ir::{AttributeType, Generation};
use crate::plan::Literal;
use crate::value::Value;

/// A constant as it stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Number(String),
    Text(String),
    Truth(bool),
    Bytes(Vec<u8>),
}

/// What a constant becomes on a server.
#[derive(Debug, PartialEq)]
pub(super) enum Written {
    /// SQL as it is: digits, TRUE.
    Plain(String),
    /// A value that is bound, and on PostgreSQL the type that it is cast to.
    Bound(Literal, Option<&'static str>),
}

impl Constant {
    /// Returns the constant that an expression is.
    pub fn of(expr: &Expr) -> Option<Constant> {
        match &expr.node {
            Node::Number(digits) => Some(Constant::Number(digits.clone())),
            Node::Negative(part) => match &part.node {
                Node::Number(digits) => Some(Constant::Number(format!("-{digits}"))),
                Node::Truth(value) => Some(Constant::Number(format!("-{}", u8::from(*value)))),
                _ => None,
            },
            Node::Text(text) => Some(Constant::Text(text.clone())),
            Node::Truth(value) => Some(Constant::Truth(*value)),
            Node::Bytes(bytes) => Some(Constant::Bytes(bytes.clone())),
            _ => None,
        }
    }

    /// Returns what it is by itself.
    pub fn holds(&self) -> Holds {
        match self {
            Constant::Number(_) => Holds::Number,
            Constant::Text(_) => Holds::Text,
            Constant::Truth(_) => Holds::Truth,
            Constant::Bytes(_) => Holds::Bytes,
        }
    }

    /// Returns how it is written beside something that holds `holds`.
    ///
    /// # Errors
    /// Why it cannot be, as a sentence without a capital and a period.
    pub fn beside(&self, holds: Holds, server: Server) -> Result<Written, String> {
        match (self, holds) {
            (Constant::Number(digits), Holds::Number | Holds::Decimal | Holds::Unknown) => Ok(Written::Plain(digits.clone())),
            (Constant::Number(digits), Holds::Truth) => truth(digits, server),
            (Constant::Number(digits), Holds::Text | Holds::Choice | Holds::Day | Holds::Moment | Holds::Time) => {
                text(digits, holds, server)
            }
            (Constant::Number(digits), Holds::Uuid | Holds::Json | Holds::Bytes) => {
                Err(format!("{digits} is a number and is compared with {}", article(holds)))
            }
            (Constant::Truth(value), Holds::Truth | Holds::Unknown) => {
                Ok(Written::Plain(if *value { "TRUE" } else { "FALSE" }.to_string()))
            }
            (Constant::Truth(value), Holds::Number | Holds::Decimal) => Ok(Written::Plain(u8::from(*value).to_string())),
            (Constant::Truth(value), Holds::Text | Holds::Json) => text(&value.to_string(), Holds::Text, server),
            (Constant::Truth(_), Holds::Choice | Holds::Day | Holds::Moment | Holds::Time | Holds::Uuid | Holds::Bytes) => {
                Err(format!("TRUE and FALSE are compared with {}", article(holds)))
            }
            (Constant::Bytes(bytes), Holds::Uuid) if server == Server::Postgres => match uuid::Uuid::from_slice(bytes) {
                Ok(id) => Ok(Written::Bound(Literal::Text(id.to_string()), Some("uuid"))),
                Err(_) => Err("a UUID has 16 bytes".to_string()),
            },
            (Constant::Bytes(bytes), Holds::Text) => match std::str::from_utf8(bytes) {
                Ok(read) => text(read, Holds::Text, server),
                Err(_) => Err("these bytes are no text".to_string()),
            },
            (Constant::Bytes(bytes), _) => Ok(Written::Bound(Literal::Bytes(bytes.clone()), None)),
            (Constant::Text(text), holds) => self::text(text, holds, server),
        }
    }
}

/// Returns what a kind of value is called, with its article.
pub(super) fn article(holds: Holds) -> &'static str {
    match holds {
        Holds::Text | Holds::Choice => "a text",
        Holds::Number | Holds::Decimal => "a number",
        Holds::Truth => "a truth value",
        Holds::Day | Holds::Moment => "a date",
        Holds::Time => "a time",
        Holds::Uuid => "a UUID",
        Holds::Json => "JSON",
        Holds::Bytes => "bytes",
        Holds::Unknown => "something",
    }
}

fn truth(digits: &str, server: Server) -> Result<Written, String> {
    // Elsewhere a truth value is a number, and 2 is one that no row has.
    if server != Server::Postgres {
        return Ok(Written::Plain(digits.to_string()));
    }
    match digits {
        "0" => Ok(Written::Plain("FALSE".to_string())),
        "1" => Ok(Written::Plain("TRUE".to_string())),
        _ => Err(format!("{digits} is compared with a truth value, which is 0 or 1")),
    }
}

fn text(text: &str, holds: Holds, server: Server) -> Result<Written, String> {
    if server == Server::Postgres && text.contains('\0') {
        return Err("PostgreSQL cannot hold the character U+0000".to_string());
    }
    match holds {
        // The server finds out what it is; a bound text would be a text.
        Holds::Unknown if server == Server::Postgres => Ok(Written::Plain(Quoting::Standard.text(text))),
        Holds::Text | Holds::Choice | Holds::Unknown => Ok(Written::Bound(Literal::Text(text.to_string()), None)),
        Holds::Json => Ok(Written::Bound(Literal::Text(text.to_string()), Some("jsonb"))),
        Holds::Bytes => Ok(Written::Bound(Literal::Bytes(text.as_bytes().to_vec()), None)),
        Holds::Number | Holds::Decimal => number(text).map(Written::Plain),
        Holds::Truth => match text.to_ascii_lowercase().as_str() {
            "0" | "false" => Ok(Written::Plain("FALSE".to_string())),
            "1" | "true" => Ok(Written::Plain("TRUE".to_string())),
            _ => Err(format!("'{text}' is no truth value; write TRUE or FALSE")),
        },
        Holds::Day => match moment(text)? {
            moment if moment.time() == NaiveTime::MIN => Ok(dated(moment.format("%Y-%m-%d").to_string(), "date")),
            moment => Ok(dated(spelled(moment), "timestamp")),
        },
        Holds::Moment => Ok(dated(spelled(moment(text)?), "timestamp")),
        Holds::Time => Ok(dated(time(text)?, "time")),
        Holds::Uuid => match fit(text, &AttributeType::Uuid)? {
            Stored::Uuid(id) if server == Server::Postgres => Ok(Written::Bound(Literal::Text(id.to_string()), Some("uuid"))),
            Stored::Uuid(id) => Ok(Written::Bound(Literal::Bytes(id.as_bytes().to_vec()), None)),
            _ => Err(format!("'{text}' is no UUID")),
        },
    }
}

fn dated(text: String, cast: &'static str) -> Written {
    Written::Bound(Literal::Text(text), Some(cast))
}

/// Returns the number that a text is, in digits that every server reads.
fn number(text: &str) -> Result<String, String> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let is_number = all(whole) && all(fraction) && whole.len() + fraction.len() > 0 && all(exponent_digits) && !exponent_digits.is_empty();
    if is_number { Ok(trimmed.trim_start_matches('+').to_string()) } else { Err(format!("'{text}' is no number")) }
}

fn fit(text: &str, ty: &AttributeType) -> Result<Stored, String> {
    store(&Value::Text(text.to_string()), ty, Generation::Classic).map_err(|unfit| unfit.reason().to_string())
}

/// Returns the moment that a text says, as the MySQL family reads it.
pub(super) fn moment(text: &str) -> Result<NaiveDateTime, String> {
    match fit(text, &AttributeType::Datetime(Some(6)))? {
        Stored::Moment(moment) => Ok(moment),
        _ => Err(format!("'{text}' is no date")),
    }
}

fn spelled(moment: NaiveDateTime) -> String {
    short_fraction(&moment.format("%Y-%m-%d %H:%M:%S%.f").to_string())
}

fn time(text: &str) -> Result<String, String> {
    let Stored::Time(micros) = fit(text, &AttributeType::Time(Some(6)))? else { return Err(format!("'{text}' is no time")) };
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.abs());
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let whole = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    Ok(if fraction == 0 { whole } else { short_fraction(&format!("{whole}.{fraction:06}")) })
}
