//! Constants and CURRENT_TIMESTAMP as defaults: whether the server takes them, and their one spelling.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::{DefaultProblem, Server};
use crate::catalog::{ColumnDefault, ColumnType};
use crate::ir::{AttributeType, Default};

/// A default that the server takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoweredDefault {
    pub default: ColumnDefault,
    pub on_update: Option<u8>,
}

/// An attribute's type as far as its default is concerned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typed<'a> {
    pub ty: &'a AttributeType,
    pub server: Server,
    /// The values of an enum.
    pub values: &'a [String],
}

/// Lowers a default; `value` is what its literal says.
pub(super) fn lower(default: &Default, value: Option<&str>, typed: &Typed<'_>) -> Result<LoweredDefault, DefaultProblem> {
    let plain = |default| Ok(LoweredDefault { default, on_update: None });
    match default {
        Default::Required => plain(ColumnDefault::None),
        Default::Null => plain(ColumnDefault::Null),
        Default::Literal(literal) => {
            let value = value.unwrap_or(&literal.raw);
            if literal.quote.is_none() && value.eq_ignore_ascii_case("auto_increment") {
                return Err(DefaultProblem::AutoIncrement);
            }
            plain(ColumnDefault::Literal(typed.constant(value)?))
        }
        Default::CurrentTimestamp { precision, on_update } => typed.current_timestamp(*precision, *on_update),
    }
}

/// Returns a default that has been refused, so that the catalog says what the definition says.
pub(super) fn as_written(default: &Default, value: Option<String>) -> LoweredDefault {
    let (default, on_update) = match default {
        Default::Required => (ColumnDefault::None, None),
        Default::Null => (ColumnDefault::Null, None),
        Default::Literal(_) => (ColumnDefault::Literal(value.unwrap_or_default()), None),
        Default::CurrentTimestamp { precision, on_update } => {
            (ColumnDefault::CurrentTimestamp(precision.unwrap_or(0)), on_update.map(|digits| digits.unwrap_or(0)))
        }
    };
    LoweredDefault { default, on_update }
}

impl Typed<'_> {
    /// Returns the constant in the spelling that [`canonical`] gives it.
    fn constant(&self, value: &str) -> Result<String, DefaultProblem> {
        let call = || looks_like_a_call(value).then(|| DefaultProblem::NotACall(value.to_string()));
        match leaf(self.ty) {
            AttributeType::Integer(integer) => self.integer(value, integer.bits, integer.unsigned),
            AttributeType::Serial => Err(DefaultProblem::NoDefault("a serial number")),
            AttributeType::CoreInteger(8) if self.server == Server::Postgres => self.integer(value, 16, false),
            AttributeType::CoreInteger(bits) => self.integer(value, *bits, false),
            AttributeType::Bool => self.truth(value),
            AttributeType::Decimal(decimal) => {
                let number = Decimal::from_str(value.trim()).or_else(|_| Decimal::from_scientific(value.trim()));
                let number = number.map_err(|_| call().unwrap_or_else(|| DefaultProblem::NotANumber(value.to_string())))?;
                let whole_digits = decimal.precision.unwrap_or(10) - decimal.scale.unwrap_or(0).min(decimal.precision.unwrap_or(10));
                // More digits than this number type has are left to the server.
                let limit = (whole_digits <= 28).then(|| Decimal::from_i128_with_scale(10i128.pow(whole_digits), 0));
                let too_big = limit.is_some_and(|limit| number.abs() >= limit);
                if too_big || (decimal.unsigned && number.is_sign_negative() && !number.is_zero()) {
                    return Err(DefaultProblem::OutOfRange(value.to_string()));
                }
                let mut number = number.round_dp(decimal.scale.unwrap_or(0));
                if self.server == Server::Sqlite {
                    // It is text there, and equal values must be equal texts.
                    number.rescale(decimal.scale.unwrap_or(0));
                    return Ok(number.to_string());
                }
                Ok(number.normalize().to_string())
            }
            AttributeType::Float(float) => self.float(value, float.unsigned),
            AttributeType::CoreFloat(_) => self.float(value, false),
            AttributeType::Char(length) | AttributeType::Varchar(length) => {
                // PostgreSQL only notices when a row is written.
                // MySQL cuts blanks that are too much, and says so in a note only.
                let counted = if self.server == Server::MySql { value.trim_end_matches(' ') } else { value };
                let fits = self.server == Server::Postgres || counted.chars().count() <= *length as usize;
                if fits { Ok(value.to_string()) } else { Err(DefaultProblem::TooLong(value.to_string())) }
            }
            AttributeType::Text(_) if self.server == Server::MySql => Err(DefaultProblem::NoDefault("text")),
            AttributeType::Text(_) => Ok(value.to_string()),
            AttributeType::Enum(_) => self.enumeration(value),
            AttributeType::Date => date(value).ok_or_else(|| call().unwrap_or_else(|| not_a(value, "a date"))),
            AttributeType::Datetime(_) | AttributeType::Timestamp(_) => {
                datetime(value).ok_or_else(|| call().unwrap_or_else(|| not_a(value, "a date and time")))
            }
            AttributeType::Time(_) => {
                // Elsewhere a time is one of the clock; on the MySQL family it may be a duration, and negative.
                let clock = |text: &String| self.server.is_mysql_family() || is_clock(text);
                time(value).filter(clock).ok_or_else(|| call().unwrap_or_else(|| not_a(value, "a time")))
            }
            AttributeType::Year => match value.trim().parse::<u32>() {
                Ok(year) if year == 0 || (1901..=2155).contains(&year) => Ok(year.to_string()),
                _ => Err(not_a(value, "a year")),
            },
            AttributeType::Json if self.server == Server::MySql => Err(DefaultProblem::NoDefault("json")),
            AttributeType::Json => match serde_json::from_str::<serde::de::IgnoredAny>(value) {
                Ok(_) => Ok(value.to_string()),
                Err(_) => Err(DefaultProblem::NotJson(value.to_string())),
            },
            AttributeType::Uuid if self.server == Server::Postgres => match uuid::Uuid::try_parse(value) {
                Ok(uuid) => Ok(uuid.hyphenated().to_string()),
                Err(_) => Err(DefaultProblem::NotAUuid(value.to_string())),
            },
            AttributeType::Uuid => Err(DefaultProblem::NoDefault("a uuid")),
            AttributeType::Blob(_) | AttributeType::Bytes => Err(DefaultProblem::NoDefault("a blob")),
            AttributeType::Attach => Err(DefaultProblem::NoDefault("an attachment")),
            AttributeType::External(_) => Err(DefaultProblem::NoDefault("an external attribute")),
            AttributeType::Adapted { .. } | AttributeType::Codec(_) | AttributeType::Invalid => Ok(value.to_string()),
        }
    }

    fn integer(&self, value: &str, bits: u8, unsigned: bool) -> Result<String, DefaultProblem> {
        let text = value.trim();
        let not_a_number = || {
            if looks_like_a_call(value) {
                DefaultProblem::NotACall(value.to_string())
            } else {
                DefaultProblem::NotANumber(value.to_string())
            }
        };
        let number: i128 = match text.parse() {
            Ok(number) => number,
            // The MySQL family rounds the text of a number, PostgreSQL refuses it.
            Err(_) if self.server == Server::Postgres => return Err(not_a_number()),
            Err(_) => {
                let number = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).map_err(|_| not_a_number())?;
                let rounded = number.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
                rounded.normalize().to_string().parse().map_err(|_| not_a_number())?
            }
        };
        let (least, greatest) = integer_range(bits, unsigned);
        if (least..=greatest).contains(&number) { Ok(number.to_string()) } else { Err(DefaultProblem::OutOfRange(value.to_string())) }
    }

    fn truth(&self, value: &str) -> Result<String, DefaultProblem> {
        let word = value.trim().to_ascii_lowercase();
        let boolean = self.server == Server::Postgres;
        match word.as_str() {
            "true" | "1" if boolean => Ok("true".to_string()),
            "false" | "0" if boolean => Ok("false".to_string()),
            "t" | "yes" | "y" | "on" if boolean => Ok("true".to_string()),
            "f" | "no" | "n" | "off" if boolean => Ok("false".to_string()),
            // datajoint quotes the words and the MySQL family refuses them; they can mean one thing only.
            "true" => Ok("1".to_string()),
            "false" => Ok("0".to_string()),
            number if !boolean && number.parse::<i8>().is_ok() => Ok(number.to_string()),
            _ => Err(DefaultProblem::NotABool(value.to_string())),
        }
    }

    fn float(&self, value: &str, unsigned: bool) -> Result<String, DefaultProblem> {
        match value.trim().parse::<f64>() {
            Ok(number) if !number.is_finite() && self.server != Server::Postgres => Err(DefaultProblem::NotANumber(value.to_string())),
            Ok(number) if unsigned && number < 0.0 => Err(DefaultProblem::OutOfRange(value.to_string())),
            Ok(number) => Ok(number.to_string()),
            Err(_) if looks_like_a_call(value) => Err(DefaultProblem::NotACall(value.to_string())),
            Err(_) => Err(DefaultProblem::NotANumber(value.to_string())),
        }
    }

    fn enumeration(&self, value: &str) -> Result<String, DefaultProblem> {
        let exact = self.values.iter().find(|known| *known == value);
        // The collations of the MySQL family that are usual there do not look at letter case.
        let folded = || {
            let family = self.server.is_mysql_family();
            self.values.iter().find(|known| family && known.to_lowercase() == value.to_lowercase())
        };
        exact.or_else(folded).cloned().ok_or_else(|| DefaultProblem::NotInEnum(value.to_string()))
    }

    fn current_timestamp(&self, precision: Option<u8>, on_update: Option<Option<u8>>) -> Result<LoweredDefault, DefaultProblem> {
        let ty = leaf(self.ty);
        let moment = match ty {
            AttributeType::Datetime(digits) | AttributeType::Timestamp(digits) => Some(digits.unwrap_or(0)),
            _ => None,
        };
        let digits = precision.unwrap_or(0);
        match self.server {
            Server::MySql if moment.is_none() => return Err(DefaultProblem::CurrentTimestamp("is a date and time")),
            Server::MySql if moment != Some(digits) => {
                return Err(DefaultProblem::CurrentTimestamp("needs as many digits in parentheses as the type"));
            }
            // There it is an expression as good as any, and converted.
            Server::MariaDb if moment.is_none() => match ty {
                AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Attach | AttributeType::External(_) => {
                    return Err(DefaultProblem::CurrentTimestamp("is a date and time"));
                }
                _ => {}
            },
            Server::Postgres | Server::Sqlite if moment.is_none() => match ty {
                AttributeType::Date
                | AttributeType::Time(_)
                | AttributeType::Char(_)
                | AttributeType::Varchar(_)
                | AttributeType::Text(_) => {}
                _ => return Err(DefaultProblem::CurrentTimestamp("is a date and time")),
            },
            Server::MySql | Server::MariaDb | Server::Postgres | Server::Sqlite => {}
        }
        let on_update = match on_update {
            None => None,
            Some(_) if !self.server.is_mysql_family() => {
                return Err(DefaultProblem::CurrentTimestamp("follows an update only on the MySQL family"));
            }
            Some(_) if moment.is_none() => {
                return Err(DefaultProblem::CurrentTimestamp("follows an update only in a datetime or timestamp"));
            }
            Some(again) if again.unwrap_or(0) != digits => {
                return Err(DefaultProblem::CurrentTimestamp("needs the same digits behind ON UPDATE"));
            }
            Some(again) => Some(again.unwrap_or(0)),
        };
        Ok(LoweredDefault { default: ColumnDefault::CurrentTimestamp(digits), on_update })
    }
}

/// Returns what an adapter or codec is stored as, and any other type itself.
pub(super) fn leaf(ty: &AttributeType) -> &AttributeType {
    match ty {
        AttributeType::Adapted { stored, .. } => leaf(stored),
        AttributeType::Codec(codec) => leaf(&codec.stored),
        other => other,
    }
}

/// Returns the least and the greatest value.
pub(super) fn integer_range(bits: u8, unsigned: bool) -> (i128, i128) {
    let values = 1i128 << bits;
    if unsigned { (0, values - 1) } else { (-values / 2, values / 2 - 1) }
}

fn not_a(value: &str, what: &'static str) -> DefaultProblem {
    DefaultProblem::NotATime(value.to_string(), what)
}

fn looks_like_a_call(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphabetic()) && value.contains('(') && value.trim_end().ends_with(')')
}

/// Returns the constant in one spelling, or as it is where the type has only one or the text is none of its values.
pub(super) fn canonical(ty: &ColumnType, text: &str) -> String {
    let spelled = match ty {
        ColumnType::Integer { .. } => text.trim().parse::<i128>().ok().map(|number| number.to_string()),
        ColumnType::Decimal { .. } => Decimal::from_str(text.trim()).ok().map(|number| number.normalize().to_string()),
        ColumnType::Float { .. } | ColumnType::Double { .. } => text.trim().parse::<f64>().ok().map(|number| number.to_string()),
        ColumnType::Boolean => match text {
            "1" | "t" => Some("true".to_string()),
            "0" | "f" => Some("false".to_string()),
            _ => None,
        },
        ColumnType::Date => date(text),
        ColumnType::Datetime(_) | ColumnType::Timestamp(_) => datetime(text),
        ColumnType::Time(_) => time(text),
        ColumnType::Char(_)
        | ColumnType::Varchar(_)
        | ColumnType::Text(_)
        | ColumnType::Binary(_)
        | ColumnType::Varbinary(_)
        | ColumnType::Blob(_)
        | ColumnType::Year
        | ColumnType::Json
        | ColumnType::Uuid
        | ColumnType::Enum { .. }
        | ColumnType::Other(_) => None,
    };
    spelled.unwrap_or_else(|| text.to_string())
}

/// Reads `2020-1-31`, `2020/01/31` or `20200131`.
fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let (year, month, day) = if text.len() == 8 && text.bytes().all(|c| c.is_ascii_digit()) {
        (text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?)
    } else {
        let mut parts = text.split(['-', '/', '.']);
        let date = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || date.0.len() != 4 {
            return None;
        }
        (date.0.parse().ok()?, date.1.parse().ok()?, date.2.parse().ok()?)
    };
    // Under the mode that datajoint sets no server takes `0000-00-00`.
    chrono::NaiveDate::from_ymd_opt(year, month, day).map(|_: chrono::NaiveDate| format!("{year:04}-{month:02}-{day:02}"))
}

/// Reads a date, perhaps with a time behind a blank or a `T`.
fn datetime(text: &str) -> Option<String> {
    let text = text.trim();
    match text.split_once([' ', 'T']) {
        None => Some(format!("{} 00:00:00", date(text)?)),
        Some((day, clock)) => Some(format!("{} {}", date(day)?, time(clock).filter(|text| is_clock(text))?)),
    }
}

/// Returns whether a time in the one spelling is below 24 hours and not negative.
fn is_clock(text: &str) -> bool {
    text.split(':').next().and_then(|hours| hours.parse::<u32>().ok()).is_some_and(|hours| hours < 24)
}

/// Reads `12:30`, `12:30:05`, `-12:30:05.5`; zeros at the end of the fraction mean nothing.
fn time(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (clock, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut parts = clock.split(':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let seconds: u32 = parts.next().map_or(Some(0), |seconds| seconds.parse().ok())?;
    let fits = parts.next().is_none() && hours <= 838 && minutes < 60 && seconds < 60 && fraction.bytes().all(|c| c.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    fits.then(|| format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Integer, Size};

    fn constant(ty: AttributeType, server: Server, text: &str) -> Result<String, DefaultProblem> {
        Typed { ty: &ty, server, values: &["left".to_string()] }.constant(text)
    }

    #[test]
    fn numbers_keep_to_their_range() {
        let tiny = AttributeType::Integer(Integer { bits: 8, display_width: None, unsigned: false, auto_increment: false });
        assert_eq!(constant(tiny.clone(), Server::MariaDb, "5.5"), Ok("6".to_string()));
        assert!(matches!(constant(tiny.clone(), Server::MariaDb, "200"), Err(DefaultProblem::OutOfRange(_))));
        assert!(matches!(constant(tiny, Server::MariaDb, "now()"), Err(DefaultProblem::NotACall(_))));
    }

    #[test]
    fn truth_values_are_words_too() {
        assert_eq!(constant(AttributeType::Bool, Server::MySql, "true"), Ok("1".to_string()));
        assert_eq!(constant(AttributeType::Bool, Server::Postgres, "1"), Ok("true".to_string()));
        assert!(constant(AttributeType::Bool, Server::MySql, "maybe").is_err());
    }

    #[test]
    fn moments_have_one_spelling() {
        assert_eq!(constant(AttributeType::Datetime(None), Server::MySql, "2020-1-1"), Ok("2020-01-01 00:00:00".to_string()));
        assert_eq!(constant(AttributeType::Time(Some(3)), Server::MySql, "12:30:05.500"), Ok("12:30:05.5".to_string()));
        assert!(constant(AttributeType::Date, Server::MySql, "2020-02-30").is_err());
    }

    #[test]
    fn text_and_json_take_defaults_on_mariadb_only() {
        assert!(constant(AttributeType::Text(Size::Regular), Server::MySql, "x").is_err());
        assert!(constant(AttributeType::Text(Size::Regular), Server::MariaDb, "x").is_ok());
        assert!(constant(AttributeType::Json, Server::MariaDb, "{}").is_ok());
        assert!(constant(AttributeType::Json, Server::MariaDb, "{").is_err());
    }
}
