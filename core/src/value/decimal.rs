//! Python's `Decimal`, in its canonical text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The largest exponent Python's `decimal` knows on 64-bit machines.
const EXPONENT_MAX: i64 = 999_999_999_999_999_999;

/// A decimal number as Python's `decimal.Decimal` holds it: any number of digits, an exponent, trailing
/// zeros that count, infinities and NaN.
///
/// It is kept as the text that Python's `str` gives, because DataJoint stores just that; no arithmetic is
/// done with it. Equality is equality of this text, so `1.0` and `1.00` differ, as their bytes do.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(String);

/// The text is not a decimal number that Python's `Decimal` would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a decimal number")]
pub struct ParseDecimalError(pub String);

impl Decimal {
    /// Returns the canonical text, for example `-12.340` or `1E+5`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether this is a number, and neither infinite nor NaN.
    pub fn is_finite(&self) -> bool {
        self.0.ends_with(|c: char| c.is_ascii_digit()) && !self.0.contains("NaN")
    }

    /// Returns the number as a decimal of 96 bits, or nothing where that would lose digits.
    pub fn to_rust_decimal(&self) -> Option<rust_decimal::Decimal> {
        let number = match self.0.contains('E') {
            true => rust_decimal::Decimal::from_scientific(&self.0).ok()?,
            false => rust_decimal::Decimal::from_str_exact(&self.0).ok()?,
        };
        // The scale is bounded there; a number that came back different was rounded.
        (Self::from(number).normalized() == self.normalized()).then_some(number)
    }

    /// Returns the digits without trailing zeros and the power of ten they count.
    fn normalized(&self) -> Option<(bool, String, i64)> {
        let Parts { negative, digits, exponent } = parts(&self.0)?;
        let trimmed = digits.trim_end_matches('0');
        let dropped = i64::try_from(digits.len() - trimmed.len()).ok()?;
        Some(match trimmed.is_empty() {
            true => (false, String::new(), 0),
            false => (negative, trimmed.to_owned(), exponent + dropped),
        })
    }
}

/// A finite number: `digits` times ten to the power of `exponent`; no leading zeros except in `0` itself.
struct Parts {
    negative: bool,
    digits: String,
    exponent: i64,
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parts(text: &str) -> Option<Parts> {
    let (negative, rest) = sign(text);
    let (mantissa, power) = match rest.split_once(['e', 'E']) {
        Some((mantissa, power)) => {
            let (_, digits) = sign(power);
            if digits.is_empty() || !all_digits(digits) {
                return None;
            }
            (mantissa, power.parse::<i64>().ok()?)
        }
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let all = [whole, fraction].concat();
    let significant = all.trim_start_matches('0');
    let digits = if significant.is_empty() { "0".to_owned() } else { significant.to_owned() };
    let exponent = power.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let adjusted = exponent.checked_add(i64::try_from(digits.len()).ok()?)?;
    (adjusted.abs() <= EXPONENT_MAX).then_some(Parts { negative, digits, exponent })
}

/// Tells whether a text is what Python would write for its number, which most are: no exponent, no spare zeros in front, and not so small that Python
/// would write an exponent.
fn is_canonical(text: &str) -> bool {
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match magnitude.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (magnitude, None),
    };
    let small = whole == "0";
    let plain_whole = !whole.is_empty() && all_digits(whole) && (small || !whole.starts_with('0'));
    plain_whole && fraction.is_none_or(|fraction| !fraction.is_empty() && all_digits(fraction) && !(small && fraction.len() > 6))
}

impl Parts {
    /// Writes the number as Python's `str` does: plain where the exponent is small and not positive.
    fn canonical(&self) -> String {
        let Parts { negative, digits, exponent } = self;
        let minus = if *negative { "-" } else { "" };
        let point = exponent + digits.len() as i64;
        if *exponent > 0 || point <= -6 {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            return format!("{minus}{first}{dot}{rest}E{:+}", point - 1);
        }
        if point <= 0 {
            return format!("{minus}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
        }
        let (whole, fraction) = digits.split_at(point as usize);
        let dot = if fraction.is_empty() { "" } else { "." };
        format!("{minus}{whole}{dot}{fraction}")
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads what Python's `Decimal(text)` reads, and keeps what `str` gives back.
    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        if is_canonical(text) {
            return Ok(Self(text.to_owned()));
        }
        let trimmed = text.trim();
        if let Some(parts) = parts(trimmed) {
            return Ok(Self(parts.canonical()));
        }
        let (negative, rest) = sign(trimmed);
        let minus = if negative { "-" } else { "" };
        let lower = rest.to_ascii_lowercase();
        if lower == "inf" || lower == "infinity" {
            return Ok(Self(format!("{minus}Infinity")));
        }
        let (name, payload) = match (lower.strip_prefix("nan"), lower.strip_prefix("snan")) {
            (Some(payload), _) => ("NaN", payload),
            (None, Some(payload)) => ("sNaN", payload),
            (None, None) => return Err(ParseDecimalError(text.to_owned())),
        };
        if !all_digits(payload) {
            return Err(ParseDecimalError(text.to_owned()));
        }
        Ok(Self(format!("{minus}{name}{}", payload.trim_start_matches('0'))))
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(number: rust_decimal::Decimal) -> Self {
        number.to_string().parse().expect("rust_decimal writes plain digits with a point")
    }
}

impl TryFrom<String> for Decimal {
    type Error = ParseDecimalError;

    fn try_from(text: String) -> Result<Self, ParseDecimalError> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_what_python_prints() {
        // The right side was printed by CPython's decimal module.
        for (text, canonical) in [
            ("-12.340", "-12.340"),
            ("1e5", "1E+5"),
            ("100e3", "1.00E+5"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1E-7"),
            ("00.500", "0.500"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0", "-0"),
            ("0E5", "0E+5"),
            ("0.00", "0.00"),
            ("123e-2", "1.23"),
            ("+7", "7"),
            ("inf", "Infinity"),
            ("-nan007", "-NaN7"),
            ("snan", "sNaN"),
            ("-0.000000", "-0.000000"),
            ("0.0000012", "0.0000012"),
            ("0.00000000", "0E-8"),
            ("10.00000001", "10.00000001"),
        ] {
            assert_eq!(text.parse::<Decimal>().expect(text).as_str(), canonical, "{text}");
        }
    }

    #[test]
    fn text_that_is_no_decimal_is_refused() {
        for text in ["", ".", "-", "1e", "1e+", "e5", "1.2.3", "1,5", "nanx", "0x1", "1e99999999999999999999", "٣"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_96_bit_decimal_is_given_only_without_loss() {
        let exact: Decimal = "-12.340".parse().expect("a decimal");
        assert_eq!(exact.to_rust_decimal().map(|d| d.to_string()).as_deref(), Some("-12.340"));
        let large: Decimal = "1E+5".parse().expect("a decimal");
        assert_eq!(large.to_rust_decimal(), Some(rust_decimal::Decimal::from(100_000)));
        for text in ["1E+40", "1E-40", "NaN", "Infinity", "0.12345678901234567890123456789012345"] {
            assert_eq!(text.parse::<Decimal>().expect(text).to_rust_decimal(), None, "{text}");
        }
    }
}
