//! Days and times of `contents`, read as the MySQL family reads them.
//!
//! The other servers read some of these texts otherwise or not at all, and SQLite keeps any text, so what is sent is written
//! anew.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::no;
use crate::value::Value;

/// Longest span of a `time`: 838:59:59.
const SPAN_MAX: i64 = (838 * 3600 + 59 * 60 + 59) * MICROS;
const MICROS: i64 = 1_000_000;

pub(super) fn date(value: &Value) -> Result<NaiveDate, String> {
    match value {
        Value::Date(date) => Ok(*date),
        Value::DateTime(moment) => Ok(moment.date()),
        Value::Text(text) => read_moment(text).map(|moment| moment.date()).ok_or_else(|| no(value, "a date: write `YYYY-MM-DD`")),
        other => Err(no(other, "a date")),
    }
}

pub(super) fn moment(value: &Value) -> Result<NaiveDateTime, String> {
    match value {
        Value::Date(date) => Ok(date.and_time(NaiveTime::MIN)),
        Value::DateTime(moment) => Ok(*moment),
        Value::Text(text) => {
            read_moment(text).ok_or_else(|| no(value, "a date with a time: write `YYYY-MM-DD hh:mm:ss`, without a time zone"))
        }
        other => Err(no(other, "a date with a time")),
    }
}

/// Returns a time of day or span in microseconds.
pub(super) fn time(value: &Value) -> Result<i64, String> {
    let micros = match value {
        Value::Time(time) => Some(i64::from(time.num_seconds_from_midnight()) * MICROS + i64::from(time.nanosecond() / 1000)),
        Value::Text(text) => read_span(text.trim()),
        other => return Err(no(other, "a time")),
    };
    match micros {
        Some(micros) if micros.abs() <= SPAN_MAX => Ok(micros),
        Some(_) => Err(format!("{value} is out of range: -838:59:59 to 838:59:59")),
        None => Err(no(value, "a time: write `hh:mm:ss`")),
    }
}

/// Reads `2024-05-01 12:00:00.5`, `2024/5/1`, `20240501`, `20240501120000`, with `T` or spaces between day and time.
fn read_moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let (day, rest) = match text.split_once([' ', 'T', 't']) {
        Some((day, rest)) => (day, rest.trim_start()),
        None => (text, ""),
    };
    if !day.is_ascii() {
        return None;
    }
    if day.bytes().all(|byte| byte.is_ascii_digit()) {
        let (day, time) = match day.len() {
            6 | 8 => (day, None),
            12 | 14 if rest.is_empty() => {
                let (day, time) = day.split_at(day.len() - 6);
                (day, Some(time))
            }
            _ => return None,
        };
        let (year, month_day) = day.split_at(day.len() - 4);
        let date = read_date(year, &month_day[..2], &month_day[2..])?;
        let time = match time {
            Some(time) => NaiveTime::from_hms_opt(number(&time[..2])?, number(&time[2..4])?, number(&time[4..])?)?,
            None => read_time(rest)?,
        };
        return Some(date.and_time(time));
    }
    let mut parts = day.split(|c: char| c.is_ascii_punctuation());
    let date = read_date(parts.next()?, parts.next()?, parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    Some(date.and_time(read_time(rest)?))
}

fn read_date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let full = match (year.len(), number(year)?) {
        (1 | 2, year @ 0..=69) => 2000 + year,
        (1 | 2, year) => 1900 + year,
        (4, year @ 1..) => year,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(full).ok()?, number(month)?, number(day)?)
}

/// Reads a time of day; nothing is midnight.
fn read_time(text: &str) -> Option<NaiveTime> {
    if text.is_empty() {
        return Some(NaiveTime::MIN);
    }
    let mut parts = text.splitn(3, ':');
    let hours = number(parts.next()?)?;
    let minutes = parts.next().map_or(Some(0), number)?;
    let (seconds, micros) = parts.next().map_or(Some((0, 0)), seconds)?;
    NaiveTime::from_hms_micro_opt(hours, minutes, seconds, u32::try_from(micros).ok()?)
}

/// Reads `-01:30:00.5`, `12:30`, `1 02:03:04`.
fn read_span(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (days, clock) = match text.split_once(' ') {
        Some((days, clock)) => (number(days)?, clock),
        None => (0, text),
    };
    let mut parts = clock.splitn(3, ':');
    let hours = number(parts.next()?)?;
    let minutes = number(parts.next()?)?;
    let (seconds, micros) = parts.next().map_or(Some((0, 0)), seconds)?;
    if minutes > 59 || seconds > 59 || days > 34 || hours > 999_999 {
        return None;
    }
    let whole = i64::from(days) * 86_400 + i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    let micros = whole * MICROS + micros;
    Some(if negative { -micros } else { micros })
}

/// Reads seconds with a fraction, as seconds and microseconds; digits beyond the sixth are dropped.
fn seconds(text: &str) -> Option<(u32, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    Some((number(whole)?, micros.parse().ok()?))
}

fn number(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) { None } else { text.parse().ok() }
}
