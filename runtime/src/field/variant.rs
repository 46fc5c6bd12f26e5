//! Texts that should be a value of a generated enum.

/// A text that is no value of an enum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is none of {}", values.join(", "))]
pub struct UnknownVariant {
    /// The text.
    pub text: String,
    /// The values that there are.
    pub values: Vec<&'static str>,
}

impl UnknownVariant {
    /// Returns the error for a text; generated code calls it.
    pub fn new(text: &str, values: &[&'static str]) -> Self {
        UnknownVariant { text: text.to_string(), values: values.to_vec() }
    }
}
