//! Values as Python's `repr` shows them, for messages; what has no literal is named in angle brackets.

use std::fmt::{self, Display, Formatter, Write};

use chrono::{Datelike, Timelike};

use super::{Complex, Value};

/// Writes a float as Python does: shortest digits, an exponent below 1e-4 and from 1e16 on.
fn float(f: &mut Formatter<'_>, number: f64, whole_suffix: &str) -> fmt::Result {
    if number.is_nan() {
        return f.write_str("nan");
    }
    if number.is_infinite() {
        return f.write_str(if number > 0.0 { "inf" } else { "-inf" });
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("`{:e}` writes a decimal exponent");
    if (-4..16).contains(&exponent) || number == 0.0 {
        write!(f, "{number}")?;
        return f.write_str(if number.fract() == 0.0 { whole_suffix } else { "" });
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(f, "{digits}e{sign}{:02}", exponent.unsigned_abs())
}

fn text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            c if u32::from(c) < 0x20 || (0x7f..0xa0).contains(&u32::from(c)) => {
                write!(f, "\\x{:02x}", u32::from(c))?;
            }
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}

fn bytes(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    write!(f, "b{}", char::from(quote))?;
    for byte in bytes {
        match byte {
            b'\\' => f.write_str("\\\\")?,
            b'\n' => f.write_str("\\n")?,
            b'\r' => f.write_str("\\r")?,
            b'\t' => f.write_str("\\t")?,
            byte if *byte == quote => write!(f, "\\{}", char::from(*byte))?,
            0x20..0x7f => f.write_char(char::from(*byte))?,
            byte => write!(f, "\\x{byte:02x}")?,
        }
    }
    f.write_char(char::from(quote))
}

fn sequence<T>(f: &mut Formatter<'_>, items: &[T], mut one: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        one(f, item)?;
    }
    Ok(())
}

fn shaped(f: &mut Formatter<'_>, what: impl Display, shape: &[usize]) -> fmt::Result {
    write!(f, "<{what}, shape (")?;
    sequence(f, shape, |f, length| length.fmt(f))?;
    f.write_str(if shape.len() == 1 { ",)>" } else { ")>" })
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("None"),
            Value::Bool(value) => f.write_str(if *value { "True" } else { "False" }),
            Value::Int(value) => value.fmt(f),
            Value::Float(value) => float(f, *value, ".0"),
            Value::Complex(Complex { re, im }) => {
                // Python leaves out a real part of plain zero, but not one of minus zero.
                let pure = re.to_bits() == 0;
                if !pure {
                    f.write_char('(')?;
                    float(f, *re, "")?;
                    f.write_str(if im.is_nan() || im.is_sign_positive() { "+" } else { "" })?;
                }
                float(f, *im, "")?;
                f.write_str(if pure { "j" } else { "j)" })
            }
            Value::Text(value) => text(f, value),
            Value::Bytes(value) => bytes(f, value),
            Value::List(values) => {
                f.write_char('[')?;
                sequence(f, values, |f, value| value.fmt(f))?;
                f.write_char(']')
            }
            Value::Tuple(values) => {
                f.write_char('(')?;
                sequence(f, values, |f, value| value.fmt(f))?;
                f.write_str(if values.len() == 1 { ",)" } else { ")" })
            }
            Value::Set(values) if values.is_empty() => f.write_str("set()"),
            Value::Set(values) => {
                f.write_char('{')?;
                sequence(f, values, |f, value| value.fmt(f))?;
                f.write_char('}')
            }
            Value::Map(entries) => {
                f.write_char('{')?;
                sequence(f, entries, |f, (key, value)| write!(f, "{key}: {value}"))?;
                f.write_char('}')
            }
            Value::Decimal(value) => write!(f, "Decimal('{value}')"),
            Value::Date(date) => {
                write!(f, "datetime.date({}, {}, {})", date.year(), date.month(), date.day())
            }
            Value::Time(time) => {
                f.write_str("datetime.time(")?;
                clock(f, *time)?;
                f.write_char(')')
            }
            Value::DateTime(at) => {
                write!(f, "datetime.datetime({}, {}, {}, ", at.year(), at.month(), at.day())?;
                clock(f, at.time())?;
                f.write_char(')')
            }
            Value::Uuid(value) => write!(f, "UUID('{value}')"),
            Value::Array(array) if array.is_scalar() => {
                write!(f, "<numpy scalar of {}>", array.dtype())
            }
            Value::Array(array) => shaped(f, format_args!("array of {}", array.dtype()), array.shape()),
            Value::Records(records) => {
                let names: Vec<_> = records.fields().iter().map(|(name, _)| name.as_str()).collect();
                shaped(f, format_args!("record array of {}", names.join(", ")), records.shape())
            }
            Value::Cell(cell) => shaped(f, "cell array", cell.shape()),
            Value::Struct(structs) => shaped(f, format_args!("struct array of {}", structs.fields().join(", ")), structs.shape()),
        }
    }
}

/// Writes the arguments of Python's `time`, seconds and microseconds only where they count.
fn clock(f: &mut Formatter<'_>, time: chrono::NaiveTime) -> fmt::Result {
    write!(f, "{}, {}", time.hour(), time.minute())?;
    let micros = time.nanosecond() / 1000;
    if time.second() != 0 || micros != 0 {
        write!(f, ", {}", time.second())?;
    }
    if micros != 0 {
        write!(f, ", {micros}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_python_prints_them() {
        // The right side was printed by CPython.
        for (value, repr) in [
            (Value::from(1e16), "1e+16"),
            (Value::from(123456789012345680.0), "1.2345678901234568e+17"),
            (Value::from(1e15), "1000000000000000.0"),
            (Value::from(0.0001), "0.0001"),
            (Value::from(0.00001), "1e-05"),
            (Value::from(-0.0), "-0.0"),
            (Value::from(5e-324), "5e-324"),
            (Value::complex(1.5, -2.0), "(1.5-2j)"),
            (Value::complex(0.0, 1.0), "1j"),
            (Value::complex(-0.0, 1e20), "(-0+1e+20j)"),
            (Value::from("it's"), "\"it's\""),
            (Value::from("'\"\n\u{1}é"), "'\\'\"\\n\\x01é'"),
            (Value::from(vec![0u8, b'a', 0xff]), "b'\\x00a\\xff'"),
            (Value::Tuple(vec![Value::Null]), "(None,)"),
            (Value::Set(vec![]), "set()"),
        ] {
            assert_eq!(value.to_string(), repr);
        }
    }
}
