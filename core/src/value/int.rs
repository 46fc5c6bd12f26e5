//! Python's integer: any size, and as cheap as an `i64` where it fits one.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use num_bigint::{BigInt, Sign};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A whole number of any size.
///
/// Numbers that fit an `i64` are held without allocating, and only those: the two representations never
/// hold the same number, so equality is equality of numbers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Int(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    Big(Box<BigInt>),
}

/// More digits than any number has that a blob can hold: 65535 bytes, written in binary.
const DIGITS_MAX: usize = 65_535 * 8;

/// The text is not a whole number in the asked-for base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIntError {
    /// Something else than digits and a sign.
    #[error("`{0}` is not a whole number")]
    NotANumber(String),
    /// So many digits that nothing could store it, and that reading it would take long.
    #[error("a whole number of {0} digits is too long for DataJoint")]
    TooLong(usize),
}

impl Int {
    /// Returns the number as an `i64` if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::Big(_) => None,
        }
    }

    /// Returns the number as a `u64` if it fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(value) => u64::try_from(*value).ok(),
            Repr::Big(value) => u64::try_from(value.as_ref()).ok(),
        }
    }

    /// Returns the number as an `i128` if it fits.
    pub fn to_i128(&self) -> Option<i128> {
        match &self.0 {
            Repr::Small(value) => Some(i128::from(*value)),
            Repr::Big(value) => i128::try_from(value.as_ref()).ok(),
        }
    }

    /// Returns the number as a big integer of `num-bigint`.
    pub fn to_big(&self) -> BigInt {
        match &self.0 {
            Repr::Small(value) => BigInt::from(*value),
            Repr::Big(value) => value.as_ref().clone(),
        }
    }

    /// Tells whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(value) => *value < 0,
            Repr::Big(value) => value.sign() == Sign::Minus,
        }
    }

    /// Returns the number whose digits in `radix` (2 to 36) are `digits`, with an optional sign.
    ///
    /// Python's `0x` prefixes are the caller's; underscores between digits are accepted as Python accepts them.
    pub fn from_str_radix(digits: &str, radix: u32) -> Result<Self, ParseIntError> {
        let refuse = || ParseIntError::NotANumber(digits.to_owned());
        if !(2..=36).contains(&radix) {
            return Err(refuse());
        }
        if let Ok(value) = i64::from_str_radix(digits, radix) {
            return Ok(Self::from(value));
        }
        let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
        if unsigned.len() > DIGITS_MAX {
            return Err(ParseIntError::TooLong(unsigned.len()));
        }
        // Python wants each underscore between two digits.
        if unsigned.split('_').any(|run| run.is_empty() || !run.chars().all(|c| c.is_digit(radix))) {
            return Err(refuse());
        }
        let magnitude: String = unsigned.chars().filter(|c| *c != '_').collect();
        let value = BigInt::parse_bytes(magnitude.as_bytes(), radix).ok_or_else(refuse)?;
        Ok(Self::from(if digits.starts_with('-') { -value } else { value }))
    }

    /// Returns the number of bits of the magnitude, 0 for zero, as Python's `abs(n).bit_length()`.
    pub fn bit_length(&self) -> u64 {
        match &self.0 {
            Repr::Small(value) => u64::from(u64::BITS - value.unsigned_abs().leading_zeros()),
            Repr::Big(value) => value.bits(),
        }
    }

    /// Returns the two's complement form in exactly `width` bytes, lowest byte first.
    ///
    /// `width` must hold the number; DataJoint's own rule for it, `bit_length / 8 + 1`, always does.
    pub(crate) fn to_le_bytes(&self, width: usize) -> Vec<u8> {
        let mut bytes = match &self.0 {
            Repr::Small(value) => value.to_le_bytes().to_vec(),
            Repr::Big(value) => value.to_signed_bytes_le(),
        };
        bytes.resize(width, if self.is_negative() { 0xff } else { 0 });
        bytes
    }

    /// Returns the number whose two's complement form, lowest byte first, is `bytes`; no bytes are zero.
    pub(crate) fn from_le_bytes(bytes: &[u8]) -> Self {
        if bytes.len() <= 8 {
            let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
            let mut wide = [if negative { 0xff } else { 0 }; 8];
            wide[..bytes.len()].copy_from_slice(bytes);
            return Self::from(i64::from_le_bytes(wide));
        }
        Self::from(BigInt::from_signed_bytes_le(bytes))
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl From<i32> for Int {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<u32> for Int {
    fn from(value: u32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<u64> for Int {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(small) => Self::from(small),
            Err(_) => Self(Repr::Big(Box::new(BigInt::from(value)))),
        }
    }
}

impl From<i128> for Int {
    fn from(value: i128) -> Self {
        Self::from(BigInt::from(value))
    }
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Self::from(small),
            Err(_) => Self(Repr::Big(Box::new(value))),
        }
    }
}

impl FromStr for Int {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        Self::from_str_radix(text, 10)
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => value.fmt(f),
            Repr::Big(value) => value.fmt(f),
        }
    }
}

impl fmt::Debug for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A number where it fits an `i64`, its decimal digits as text otherwise.
impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Small(value) => serializer.serialize_i64(*value),
            Repr::Big(value) => serializer.collect_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or its digits as text")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Int, E> {
                Ok(Int::from(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Int, E> {
                Ok(Int::from(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Int, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_representation_whatever_it_came_from() {
        assert_eq!(Int::from(BigInt::from(7)), Int::from(7));
        assert_eq!(Int::from(7u64), "0_07".parse().expect("digits with an underscore"));
        assert_eq!(Int::from_str_radix("-fF", 16), Ok(Int::from(-255)));
        assert_eq!(Int::from_le_bytes(&[5, 0, 0, 0, 0, 0, 0, 0, 0]), Int::from(5));
    }

    #[test]
    fn text_that_is_no_number_is_refused() {
        for text in ["", "-", "+-1", "--99999999999999999999", "1__0", "_1", "1_", "1.0", "0x10", "१२"] {
            assert_eq!(text.parse::<Int>(), Err(ParseIntError::NotANumber(text.into())), "{text}");
        }
    }

    #[test]
    fn order_goes_across_the_border_of_64_bits() {
        let big: Int = "9223372036854775808".parse().expect("digits");
        assert!(big > Int::from(i64::MAX));
        assert_eq!(big.to_u64(), Some(1 << 63));
        assert!(Int::from(i128::MIN) < Int::from(i64::MIN));
    }
}
