//! One value of a row, and why it cannot be had as what was asked for.

use std::fmt;

use djc_core::query::Attribute;

use crate::db::raw::{Raw, span};

/// Why a value of the database cannot be had as the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{attribute}`: {reason}")]
pub struct ReadError {
    /// The attribute.
    pub attribute: String,
    /// Its value, a long one cut.
    pub value: String,
    /// Why, as a sentence without a capital and a period: the value and what was wanted.
    pub reason: String,
}

/// One value of a row as it came from the server.
pub struct Cell<'r> {
    /// What it is a value of.
    pub attribute: &'r Attribute,
    pub(crate) raw: Raw<'r>,
}

impl Cell<'_> {
    /// Returns whether the value is NULL. A day of zeros, which old SQL modes of the MySQL family let in, is NULL too: it is no day.
    pub fn is_null(&self) -> bool {
        matches!(self.raw, Raw::Null | Raw::ZeroDate)
    }

    /// Returns the text.
    ///
    /// # Errors
    /// NULL, another kind of value, and bytes that are no UTF-8.
    pub fn text(&self) -> Result<&str, ReadError> {
        match self.raw {
            // What the MySQL family calls bytes may be text: of a function, or with a collation that compares bytes.
            Raw::Text(bytes) | Raw::Json(bytes) | Raw::Bytes(bytes) => {
                std::str::from_utf8(bytes).map_err(|error| self.wrong(&format!("text: byte {} is no UTF-8", error.valid_up_to())))
            }
            Raw::Null
            | Raw::ZeroDate
            | Raw::Bool(_)
            | Raw::Int(_)
            | Raw::UInt(_)
            | Raw::Float(_)
            | Raw::Double(_)
            | Raw::Decimal(_)
            | Raw::Date(_)
            | Raw::Moment(_)
            | Raw::Time(_)
            | Raw::Uuid(_)
            | Raw::Odd(_) => Err(self.wrong("text")),
        }
    }

    /// Returns the bytes as they are stored: packed where the attribute is packed.
    ///
    /// # Errors
    /// NULL and another kind of value.
    pub fn bytes(&self) -> Result<&[u8], ReadError> {
        match self.raw {
            Raw::Bytes(bytes) => Ok(bytes),
            Raw::Null
            | Raw::ZeroDate
            | Raw::Bool(_)
            | Raw::Int(_)
            | Raw::UInt(_)
            | Raw::Float(_)
            | Raw::Double(_)
            | Raw::Decimal(_)
            | Raw::Text(_)
            | Raw::Json(_)
            | Raw::Date(_)
            | Raw::Moment(_)
            | Raw::Time(_)
            | Raw::Uuid(_)
            | Raw::Odd(_) => Err(self.wrong("bytes")),
        }
    }

    /// Returns the variant of an enum that a text stands for; generated code calls it.
    ///
    /// # Errors
    /// As [`Cell::text`], and where `find` knows no variant: the database has a value that the code was not built with.
    pub fn variant<E>(&self, find: impl FnOnce(&str) -> Option<E>) -> Result<E, ReadError> {
        let text = self.text()?;
        find(text).ok_or_else(|| {
            let reason = "it is not among the values of the enum that this program was built with";
            self.error(format!("{reason}; generate its tables anew from the definitions that the database has, or read it as `String`"))
        })
    }

    /// Returns the error for a value that is not what is wanted (`a date`, `a whole number`).
    pub fn wrong(&self, wanted: &str) -> ReadError {
        let value = self.shown();
        let reason = match self.raw {
            Raw::Null => format!("the value is NULL, and not {wanted}; read it as an `Option`"),
            _ => format!("{value} is not {wanted}"),
        };
        ReadError { attribute: self.attribute.name.clone(), value, reason }
    }

    /// Returns an error about the value, with the reason as a sentence without a capital and a period.
    pub fn error(&self, reason: String) -> ReadError {
        let value = self.shown();
        ReadError { attribute: self.attribute.name.clone(), reason: format!("{value}: {reason}"), value }
    }

    /// Writes the value for a message.
    fn shown(&self) -> String {
        match &self.raw {
            Raw::Null => "NULL".to_string(),
            Raw::ZeroDate => "0000-00-00".to_string(),
            Raw::Bool(value) => value.to_string(),
            Raw::Int(number) => number.to_string(),
            Raw::UInt(number) => number.to_string(),
            Raw::Float(number) => number.to_string(),
            Raw::Double(number) => number.to_string(),
            Raw::Decimal(digits) => digits.to_string(),
            Raw::Text(bytes) | Raw::Json(bytes) => format!("'{}'", brief(&String::from_utf8_lossy(&bytes[..bytes.len().min(400)]))),
            Raw::Bytes(bytes) => bytes_shown(bytes),
            Raw::Date(date) => date.to_string(),
            Raw::Moment(moment) => moment.to_string(),
            Raw::Time(micros) => span(*micros),
            Raw::Uuid(id) => id.to_string(),
            Raw::Odd(text) => text.clone(),
        }
    }
}

impl fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.attribute.name, self.shown())
    }
}

fn brief(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN { text.to_string() } else { text.chars().take(SHOWN - 1).chain(['…']).collect() }
}

fn bytes_shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 12;
    let mut shown: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > SHOWN {
        shown.push('…');
    }
    format!("{} bytes ({shown})", bytes.len())
}
