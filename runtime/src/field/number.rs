//! Numbers and truth values.

use djc_core::ir::{AttributeType, FloatWord};
use djc_core::query::AttributeKind;
use djc_core::value::{Decimal, Value};

use super::{Cell, Field, Given, ReadError};
use crate::db::raw::Raw;

impl Cell<'_> {
    /// Returns a whole number, whatever the server calls its type: a sum of integers is a decimal for the MySQL family.
    pub(crate) fn whole(&self) -> Option<i128> {
        match &self.raw {
            Raw::Int(number) => Some(i128::from(*number)),
            Raw::UInt(number) => Some(i128::from(*number)),
            Raw::Decimal(digits) => {
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                if fraction.bytes().all(|digit| digit == b'0') { whole.parse().ok() } else { None }
            }
            Raw::Null
            | Raw::ZeroDate
            | Raw::Bool(_)
            | Raw::Float(_)
            | Raw::Double(_)
            | Raw::Text(_)
            | Raw::Bytes(_)
            | Raw::Json(_)
            | Raw::Date(_)
            | Raw::Moment(_)
            | Raw::Time(_)
            | Raw::Uuid(_)
            | Raw::Odd(_) => None,
        }
    }
}

macro_rules! whole {
    ($($int:ty),*) => {$(
        impl Field for $int {
            fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
                let number = match cell.raw {
                    Raw::Int(number) => <$int>::try_from(number).ok(),
                    Raw::UInt(number) => <$int>::try_from(number).ok(),
                    _ => cell.whole().and_then(|number| <$int>::try_from(number).ok()),
                };
                number.ok_or_else(|| match cell.whole() {
                    Some(number) => {
                        let (least, most) = (<$int>::MIN, <$int>::MAX);
                        cell.error(format!("{number} does not fit `{}` ({least} to {most})", stringify!($int)))
                    }
                    None => cell.wrong("a whole number"),
                })
            }

            fn give(self) -> Given {
                Given::Value(Value::from(i128::from(self)))
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Field for bool {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        match cell.raw {
            Raw::Bool(value) => Ok(value),
            Raw::Int(number @ (0 | 1)) => Ok(number == 1),
            Raw::UInt(number @ (0 | 1)) => Ok(number == 1),
            _ => Err(cell.wrong("a truth value (0 or 1)")),
        }
    }

    fn give(self) -> Given {
        Given::Value(Value::Bool(self))
    }
}

impl Field for f64 {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let number = match &cell.raw {
            Raw::Double(number) => Some(*number),
            Raw::Float(number) => Some(f64::from(*number)),
            // Whole numbers up to 2^53 are exact; a mean of integers is a decimal for the MySQL family, and nearest is all there is.
            Raw::Int(number) => Some(*number as f64).filter(|float| *float as i64 == *number),
            Raw::UInt(number) => Some(*number as f64).filter(|float| *float as u64 == *number),
            Raw::Decimal(digits) => digits.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| cell.wrong("a floating-point number"))
    }

    fn give(self) -> Given {
        Given::Value(Value::Float(self))
    }
}

impl Field for f32 {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        if let Raw::Float(number) = cell.raw {
            return Ok(number);
        }
        let wide = f64::read(cell)?;
        let narrow = wide as f32;
        // SQLite has no floats of four bytes: where the type has four, rounding is what the type means.
        if f64::from(narrow) == wide || wide.is_nan() || (is_narrow(&cell.attribute.kind) && narrow.is_finite()) {
            return Ok(narrow);
        }
        Err(cell.error("it does not fit `f32`; read it as `f64`".to_string()))
    }

    fn give(self) -> Given {
        Given::Value(Value::Float(f64::from(self)))
    }
}

fn is_narrow(kind: &AttributeKind) -> bool {
    match kind {
        AttributeKind::Declared { ty: AttributeType::CoreFloat(bits), .. } => *bits == 32,
        AttributeKind::Declared { ty: AttributeType::Float(float), .. } => float.word == FloatWord::Float,
        AttributeKind::Declared { .. } | AttributeKind::Computed => false,
    }
}

impl Field for Decimal {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let decimal = match &cell.raw {
            Raw::Decimal(digits) => digits.parse().ok(),
            // SQLite keeps decimals as text.
            Raw::Text(_) => cell.text()?.parse().ok(),
            Raw::Int(number) => number.to_string().parse().ok(),
            Raw::UInt(number) => number.to_string().parse().ok(),
            _ => None,
        };
        decimal.ok_or_else(|| cell.wrong("a decimal number"))
    }

    fn give(self) -> Given {
        Given::Value(Value::Decimal(self))
    }
}

impl Field for rust_decimal::Decimal {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        let exact = match &cell.raw {
            Raw::Decimal(digits) => rust_decimal::Decimal::from_str_exact(digits).ok(),
            Raw::Int(number) => Some(rust_decimal::Decimal::from(*number)),
            Raw::UInt(number) => Some(rust_decimal::Decimal::from(*number)),
            _ => None,
        };
        match exact {
            Some(decimal) => Ok(decimal),
            None => {
                let decimal = Decimal::read(cell)?;
                let fitting = decimal.to_rust_decimal();
                fitting
                    .ok_or_else(|| cell.error("it has more digits than `rust_decimal::Decimal`; read it as `field::Decimal`".to_string()))
            }
        }
    }

    fn give(self) -> Given {
        Given::Value(Value::Decimal(self.into()))
    }
}
