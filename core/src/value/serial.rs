//! How values appear in serialised state where serde's own form would lose something.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de;

/// A floating-point type whose every bit pattern has a text.
pub(super) trait Float: Copy + FromStr + fmt::Debug {
    fn is_nan(self) -> bool;
    fn bits(self) -> u64;
    /// Returns the number of these bits if they are a NaN of this type.
    fn nan(bits: u64) -> Option<Self>;
    fn plain_nan() -> Self;
    fn from_f64(number: f64) -> Self;
}

impl Float for f64 {
    fn is_nan(self) -> bool {
        self.is_nan()
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
    fn nan(bits: u64) -> Option<Self> {
        Some(f64::from_bits(bits)).filter(|number| number.is_nan())
    }
    fn plain_nan() -> Self {
        f64::NAN
    }
    fn from_f64(number: f64) -> Self {
        number
    }
}

impl Float for f32 {
    fn is_nan(self) -> bool {
        self.is_nan()
    }
    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
    fn nan(bits: u64) -> Option<Self> {
        u32::try_from(bits).ok().map(f32::from_bits).filter(|number| number.is_nan())
    }
    fn plain_nan() -> Self {
        f32::NAN
    }
    fn from_f64(number: f64) -> Self {
        number as f32
    }
}

/// Returns the shortest text that reads back as the same bits. JSON has no NaN, and its readers may miss
/// the last bit of a number, so floats are text in serialised state.
fn text<F: Float>(number: F) -> String {
    match number.is_nan() {
        true if number.bits() == F::plain_nan().bits() => "nan".to_owned(),
        true => format!("nan:{:x}", number.bits()),
        false => format!("{number:?}"),
    }
}

fn parse<F: Float>(text: &str) -> Option<F> {
    match text.strip_prefix("nan") {
        Some("") => Some(F::plain_nan()),
        Some(rest) => F::nan(u64::from_str_radix(rest.strip_prefix(':')?, 16).ok()?),
        None => text.parse().ok(),
    }
}

struct FloatVisitor<F>(PhantomData<F>);

impl<F: Float> de::Visitor<'_> for FloatVisitor<F> {
    type Value = F;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or its text")
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<F, E> {
        Ok(F::from_f64(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<F, E> {
        Ok(F::from_f64(number as f64))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<F, E> {
        Ok(F::from_f64(number as f64))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<F, E> {
        parse(text).ok_or_else(|| E::custom(format_args!("`{text}` is not a floating-point number")))
    }
}

/// One float, as text.
pub(super) mod float {
    use super::{Float, FloatVisitor, PhantomData, text};
    use serde::{Deserializer, Serializer};

    pub fn serialize<F: Float, S: Serializer>(number: &F, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(*number))
    }

    pub fn deserialize<'de, F: Float, D: Deserializer<'de>>(deserializer: D) -> Result<F, D::Error> {
        deserializer.deserialize_any(FloatVisitor(PhantomData))
    }
}

/// Many floats, as texts.
pub(super) mod floats {
    use super::{Float, float, text};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<F: Float, S: Serializer>(numbers: &[F], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(numbers.iter().map(|number| text(*number)))
    }

    pub fn deserialize<'de, F: Float, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<F>, D::Error> {
        #[derive(Deserialize)]
        #[serde(transparent, bound = "F: Float")]
        struct One<F: Float>(#[serde(with = "float")] F);

        let numbers = Vec::<One<F>>::deserialize(deserializer)?;
        Ok(numbers.into_iter().map(|one| one.0).collect())
    }
}

/// Bytes, as hexadecimal text.
pub(super) mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: String = digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect();
        serializer.serialize_str(&text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
                _ => None,
            })
            .collect();
        bytes.ok_or_else(|| de::Error::custom("bytes are pairs of hexadecimal digits"))
    }
}
