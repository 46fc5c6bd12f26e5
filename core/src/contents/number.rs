//! Numbers of `contents`: their ranges, and decimals in digits.

use super::{Stored, brief, no};
use crate::ir::Decimal;
use crate::value::Value;

/// Returns a whole number, or `None` where the column's default is meant.
fn whole(value: &Value) -> Result<Option<i128>, String> {
    match value {
        Value::Bool(value) => Ok(Some(i128::from(*value))),
        Value::Int(number) => number.to_i128().map(Some).ok_or_else(|| no(value, "a number of 64 bits")),
        Value::Float(number) if number.is_nan() => Ok(None),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(Some(*number as i128)),
        Value::Text(text) if text.is_empty() || is_nan(text) => Ok(None),
        Value::Text(text) => text.trim().parse().map(Some).map_err(|_| no(value, "a whole number")),
        other => Err(no(other, "a whole number")),
    }
}

fn is_nan(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("nan")
}

pub(super) fn whole_in(value: &Value, bits: u8, unsigned: bool) -> Result<Stored, String> {
    let Some(number) = whole(value)? else { return Ok(Stored::Default) };
    let (least, greatest) = if unsigned { (0, (1i128 << bits) - 1) } else { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) };
    if (least..=greatest).contains(&number) {
        Ok(Stored::Integer(number))
    } else {
        Err(format!("{number} is out of range: {least} to {greatest}"))
    }
}

/// Years of one or two digits mean what MySQL makes of them.
pub(super) fn year(value: &Value) -> Result<Stored, String> {
    let Some(number) = whole(value)? else { return Ok(Stored::Default) };
    match number {
        0 if matches!(value, Value::Text(text) if text.trim().len() < 4) => Ok(Stored::Integer(2000)),
        0 | 1901..=2155 => Ok(Stored::Integer(number)),
        1..=69 => Ok(Stored::Integer(2000 + number)),
        70..=99 => Ok(Stored::Integer(1900 + number)),
        _ => Err(format!("{number} is out of range: 1901 to 2155")),
    }
}

/// Returns a floating-point number; `digits` are those of `float(5,2)`.
pub(super) fn real(value: &Value, narrow: bool, unsigned: bool, digits: Option<(u32, u32)>) -> Result<Stored, String> {
    let number: f64 = match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Float(number) => *number,
        Value::Text(text) if text.is_empty() => return Ok(Stored::Default),
        Value::Int(integer) => integer.to_string().parse().map_err(|_| no(value, "a number"))?,
        Value::Decimal(decimal) => decimal.as_str().parse().map_err(|_| no(value, "a number"))?,
        Value::Text(text) => text.trim().parse().map_err(|_| no(value, "a number"))?,
        other => return Err(no(other, "a number")),
    };
    if number.is_nan() {
        return Ok(Stored::Default);
    }
    if unsigned && number < 0.0 {
        return Err(format!("{number} is out of range: the type is unsigned"));
    }
    if narrow && number.is_finite() && (number as f32).is_infinite() {
        return Err(format!("{number:e} is out of range: at most {:e}", f32::MAX));
    }
    if let Some((all, decimals)) = digits {
        let (all, decimals) = (all.min(255) as i32, decimals.min(30) as i32);
        let unit = 10f64.powi(decimals);
        if (number.abs() * unit).round() >= 10f64.powi(all) {
            return Err(format!("{number} is out of range: {all} digits, {decimals} of them behind the point"));
        }
    }
    Ok(Stored::Real(number))
}

pub(super) fn decimal(value: &Value, ty: &Decimal) -> Result<Stored, String> {
    let text = match value {
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) if number.is_finite() => number.as_str().to_string(),
        Value::Decimal(number) if is_nan(number.as_str()) => return Ok(Stored::Default),
        Value::Float(number) if number.is_nan() => return Ok(Stored::Default),
        Value::Float(number) if number.is_finite() => number.to_string(),
        Value::Text(text) if text.is_empty() || is_nan(text) => return Ok(Stored::Default),
        Value::Text(text) => text.trim().to_string(),
        other => return Err(no(other, "a decimal number")),
    };
    let digits = plain(&text).ok_or_else(|| no(value, "a decimal number"))?;
    if (ty.unsigned || ty.zerofill) && digits.starts_with('-') && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        return Err(format!("{text} is out of range: the type is unsigned"));
    }
    match ty.precision {
        // Servers disagree about what no digits mean.
        None | Some(0) => Ok(Stored::Decimal(digits)),
        Some(precision) => round_decimal(&digits, precision, ty.scale.unwrap_or(0)).map(Stored::Decimal),
    }
}

/// More digits than any server keeps.
const DIGITS_MAX: i64 = 2000;

/// Returns a number without its exponent: `-1.50E+3` as `-1500`; `None` when it is no number, or an absurd one.
fn plain(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if !(-DIGITS_MAX..=DIGITS_MAX).contains(&point) || digits.len() as i64 > DIGITS_MAX {
        return None;
    }
    let (whole, fraction) = if point <= 0 {
        ("0".to_string(), "0".repeat(point.unsigned_abs() as usize) + &digits)
    } else if point as usize >= digits.len() {
        (digits.clone() + &"0".repeat(point as usize - digits.len()), String::new())
    } else {
        (digits[..point as usize].to_string(), digits[point as usize..].to_string())
    };
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// Rounds a number in digits (no exponent) to a scale, half away from zero as all servers do for exact numbers.
///
/// # Errors
/// When more digits stand before the point than the precision leaves room for.
pub fn round_decimal(digits: &str, precision: u32, scale: u32) -> Result<String, String> {
    let (negative, magnitude) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let scale = scale as usize;
    let mut kept: Vec<u8> = whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(scale)).collect();
    if fraction.as_bytes().get(scale).is_some_and(|next| *next >= b'5') {
        let mut at = kept.len();
        loop {
            if at == 0 {
                kept.insert(0, b'1');
                break;
            }
            at -= 1;
            if kept[at] == b'9' {
                kept[at] = b'0';
            } else {
                kept[at] += 1;
                break;
            }
        }
    }
    let all = String::from_utf8(kept).map_err(|_| format!("{digits} is not a decimal number"))?;
    let (whole, fraction) = all.split_at(all.len() - scale);
    let whole = whole.trim_start_matches('0');
    if whole.len() > (precision as usize).saturating_sub(scale) {
        return Err(format!("{} is out of range: {precision} digits, {scale} of them behind the point", brief(digits)));
    }
    let zero = whole.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let sign = if negative && !zero { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}
