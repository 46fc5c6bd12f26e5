//! What becomes of values when the type of a column changes.

use serde::{Deserialize, Serialize};

use crate::catalog::ColumnType;
use crate::ir::Size;

/// What becomes of the values of one type in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeEffect {
    /// The same values, spelled or laid out differently.
    Same,
    /// All fit, and more.
    Widened,
    /// Some no longer fit.
    Narrowed,
    /// They are something else.
    Changed,
}

impl TypeEffect {
    /// Returns what it comes to when one thing shrinks and perhaps another grows.
    fn of(shrinks: bool, grows: bool) -> Self {
        match (shrinks, grows) {
            (true, _) => TypeEffect::Narrowed,
            (false, true) => TypeEffect::Widened,
            (false, false) => TypeEffect::Same,
        }
    }

    fn sizes<T: PartialOrd>(from: T, to: T) -> Self {
        TypeEffect::of(to < from, to > from)
    }

    /// Returns what becomes of values of `from` in a column of `to`.
    pub fn between(from: &ColumnType, to: &ColumnType) -> Self {
        use ColumnType as T;
        if from == to {
            return TypeEffect::Same;
        }
        match (from, to) {
            (T::Integer { bits, unsigned, .. }, T::Integer { bits: to_bits, unsigned: to_unsigned, .. }) => {
                let (low, high) = range(*bits, *unsigned);
                let (to_low, to_high) = range(*to_bits, *to_unsigned);
                TypeEffect::of(to_low > low || to_high < high, to_low < low || to_high > high)
            }
            (
                T::Decimal { precision, scale, unsigned, .. },
                T::Decimal { precision: to_precision, scale: to_scale, unsigned: to_unsigned, .. },
            ) => {
                let whole = |precision: Option<u32>, scale: u32| precision.map_or(u32::MAX, |precision| precision.saturating_sub(scale));
                let fraction = |precision: Option<u32>, scale: u32| if precision.is_none() { u32::MAX } else { scale };
                let (a, b) = (whole(*precision, *scale), whole(*to_precision, *to_scale));
                let (c, d) = (fraction(*precision, *scale), fraction(*to_precision, *to_scale));
                TypeEffect::of(b < a || d < c || (*to_unsigned && !unsigned), b > a || d > c || (*unsigned && !to_unsigned))
            }
            (T::Float { arguments, unsigned }, T::Float { arguments: to_arguments, unsigned: to_unsigned })
            | (T::Double { arguments, unsigned }, T::Double { arguments: to_arguments, unsigned: to_unsigned }) => {
                let digits = |arguments: Option<(u32, u32)>| arguments.map_or((u32::MAX, u32::MAX), |(all, places)| (all - places, places));
                let ((a, b), (c, d)) = (digits(*arguments), digits(*to_arguments));
                TypeEffect::of(c < a || d < b || (*to_unsigned && !unsigned), c > a || d > b || (*unsigned && !to_unsigned))
            }
            (T::Float { .. }, T::Double { arguments: None, unsigned: false }) => TypeEffect::Widened,
            (T::Double { .. }, T::Float { .. }) => TypeEffect::Narrowed,
            (T::Time(digits), T::Time(to)) | (T::Datetime(digits), T::Datetime(to)) | (T::Timestamp(digits), T::Timestamp(to)) => {
                TypeEffect::sizes(digits.unwrap_or(0), to.unwrap_or(0))
            }
            (T::Date, T::Datetime(_)) => TypeEffect::Widened,
            (T::Datetime(_), T::Date | T::Timestamp(_)) | (T::Timestamp(_), T::Date) => TypeEffect::Narrowed,
            (T::Enum { values, .. }, T::Enum { values: to_values, .. }) => {
                TypeEffect::of(values.iter().any(|value| !to_values.contains(value)), to_values.iter().any(|value| !values.contains(value)))
            }
            _ => match (text_bytes(from).zip(text_bytes(to)), bytes(from).zip(bytes(to))) {
                (Some((from, to)), _) | (None, Some((from, to))) => TypeEffect::sizes(from, to),
                (None, None) => TypeEffect::Changed,
            },
        }
    }
}

fn range(bits: u8, unsigned: bool) -> (i128, i128) {
    let all = 1i128 << bits;
    if unsigned { (0, all - 1) } else { (-all / 2, all / 2 - 1) }
}

fn size_bytes(size: Size) -> u64 {
    match size {
        Size::Tiny => 255,
        Size::Regular => 65_535,
        Size::Medium => (1 << 24) - 1,
        Size::Long => (1 << 32) - 1,
    }
}

/// Returns how many bytes of text the type takes, four for each character.
fn text_bytes(ty: &ColumnType) -> Option<u64> {
    match ty {
        ColumnType::Char(length) | ColumnType::Varchar(length) => Some(u64::from(*length) * 4),
        ColumnType::Text(size) => Some(size_bytes(*size)),
        _ => None,
    }
}

fn bytes(ty: &ColumnType) -> Option<u64> {
    match ty {
        ColumnType::Binary(length) | ColumnType::Varbinary(length) => Some(u64::from(*length)),
        ColumnType::Blob(size) => Some(size_bytes(*size)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::TypeEffect::{Changed, Narrowed, Same, Widened};
    use super::*;

    fn integer(bits: u8, unsigned: bool) -> ColumnType {
        ColumnType::Integer { bits, unsigned, display_width: None }
    }

    fn decimal(precision: u32, scale: u32) -> ColumnType {
        ColumnType::Decimal { precision: Some(precision), scale, unsigned: false, zerofill: false }
    }

    #[test]
    fn narrowing_is_what_some_value_does_not_survive() {
        let values = |words: &[&str]| ColumnType::Enum { name: None, values: words.iter().map(ToString::to_string).collect() };
        for (from, to, effect) in [
            (integer(32, false), integer(64, false), Widened),
            (integer(32, true), integer(32, false), Narrowed),
            (integer(8, true), integer(16, false), Widened),
            (ColumnType::Varchar(32), ColumnType::Varchar(16), Narrowed),
            (ColumnType::Varchar(32), ColumnType::Char(32), Same),
            (ColumnType::Varchar(255), ColumnType::Text(Size::Regular), Widened),
            (ColumnType::Blob(Size::Long), ColumnType::Blob(Size::Regular), Narrowed),
            (decimal(6, 2), decimal(6, 3), Narrowed),
            (decimal(6, 2), decimal(7, 3), Widened),
            (ColumnType::Double { arguments: None, unsigned: false }, ColumnType::Float { arguments: None, unsigned: false }, Narrowed),
            (ColumnType::Datetime(Some(3)), ColumnType::Datetime(None), Narrowed),
            (ColumnType::Datetime(None), ColumnType::Date, Narrowed),
            (values(&["a", "b"]), values(&["a", "b", "c"]), Widened),
            (values(&["a", "b"]), values(&["b", "a"]), Same),
            (values(&["a", "b"]), values(&["a", "c"]), Narrowed),
            (integer(32, false), ColumnType::Varchar(255), Changed),
        ] {
            assert_eq!(TypeEffect::between(&from, &to), effect, "{from:?} -> {to:?}");
        }
    }
}
