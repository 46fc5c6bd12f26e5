//! `#[serde(with = "djc_core::value::plain::as_array")]`: a vector of numbers is a numpy array of one dimension, not a list.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::super::{Array, Element, Value};
use super::write;

/// What names the array to our serializer; others see a sequence.
pub(super) const NAME: &str = "$djc::array";

/// Writes the numbers.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Element + Serialize, S: Serializer>(numbers: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    write::hand_over(Value::from(Array::vector(T::wrap(numbers.to_vec()))), || serializer.serialize_newtype_struct(NAME, numbers))
}

/// Reads numbers from an array, or from a list of them.
///
/// # Errors
/// What is neither.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Vec::deserialize(deserializer).map_err(D::Error::custom)
}
