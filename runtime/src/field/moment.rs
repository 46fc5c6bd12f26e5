//! Days, moments and spans of time.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use djc_core::contents::{Stored, store};
use djc_core::ir::{AttributeType, Generation};
use djc_core::value::Value;

use super::{Cell, Field, Given, ReadError};
use crate::db::raw::{Raw, span};

/// Reads what SQLite keeps as text, as it is read when it is inserted.
fn parsed(cell: &Cell<'_>, ty: &AttributeType, wanted: &str) -> Result<Stored, ReadError> {
    store(&Value::Text(cell.text()?.to_string()), ty, Generation::Modern).map_err(|_| cell.wrong(wanted))
}

impl Field for NaiveDate {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        match cell.raw {
            Raw::Date(date) => Ok(date),
            Raw::Text(_) => match parsed(cell, &AttributeType::Date, "a date")? {
                Stored::Date(date) => Ok(date),
                _ => Err(cell.wrong("a date")),
            },
            _ => Err(cell.wrong("a date")),
        }
    }

    fn give(self) -> Given {
        Given::Value(Value::Date(self))
    }
}

impl Field for NaiveDateTime {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        const WANTED: &str = "a date with a time";
        match cell.raw {
            Raw::Moment(moment) => Ok(moment),
            Raw::Text(_) => match parsed(cell, &AttributeType::Datetime(Some(6)), WANTED)? {
                Stored::Moment(moment) => Ok(moment),
                _ => Err(cell.wrong(WANTED)),
            },
            _ => Err(cell.wrong(WANTED)),
        }
    }

    fn give(self) -> Given {
        Given::Value(Value::DateTime(self))
    }
}

impl Field for TimeDelta {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        cell.micros().map(TimeDelta::microseconds)
    }

    /// Hands it over in microseconds, as servers count.
    fn give(self) -> Given {
        match self.num_microseconds() {
            Some(micros) => Given::Value(time_value(micros)),
            // Some 300 000 years; refused when it is sent.
            None => Given::Value(Value::Text(self.to_string())),
        }
    }
}

impl Cell<'_> {
    /// Returns a time of day or a span in microseconds.
    pub(crate) fn micros(&self) -> Result<i64, ReadError> {
        match self.raw {
            Raw::Time(micros) => Ok(micros),
            Raw::Text(_) => match parsed(self, &AttributeType::Time(Some(6)), "a time")? {
                Stored::Time(micros) => Ok(micros),
                _ => Err(self.wrong("a time")),
            },
            _ => Err(self.wrong("a time")),
        }
    }
}

/// Returns a time as a [`Value`]: a time of day, and beyond a day or below zero the text of it, since Python's values have no span.
pub(crate) fn time_value(micros: i64) -> Value {
    let within = u32::try_from(micros.div_euclid(1_000_000)).ok();
    let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1000).ok();
    match within.zip(nanos).and_then(|(seconds, nanos)| NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)) {
        Some(time) => Value::Time(time),
        None => Value::Text(span(micros)),
    }
}
