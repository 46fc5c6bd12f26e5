//! The values of `contents`: Python and JSON literals, with Python's types kept.
//!
//! Nothing is evaluated. The few calls that stand for plain values (`datetime.date(2020, 1, 2)`, `Decimal("1.5")`,
//! `UUID("…")`) are known by name; anything else is refused at its place, because djc never runs Python.

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use djc_core::value::{Int, Value};
use pest::iterators::Pair;
use uuid::Uuid;

use super::expected::Failure;
use super::pairs::{self, Rule};

/// A value that cannot be read; places are bytes of the row.
pub(super) enum LiteralError {
    /// The text fits no rule.
    Syntax(Failure),
    /// The text is well-formed and means nothing.
    Value {
        /// The part that is wrong.
        range: Range<usize>,
        /// What is wrong, as a headline.
        message: String,
        /// What to do.
        help: Option<String>,
    },
}

/// Returns the value that the text of one row means.
pub(super) fn row(text: &str) -> Result<Value, LiteralError> {
    let pair = pairs::parse(Rule::row, text).map_err(LiteralError::Syntax)?;
    value(pair.into_inner().next().expect("a row holds a value"))
}

fn wrong(pair: &Pair<'_, Rule>, message: impl Into<String>) -> LiteralError {
    let span = pair.as_span();
    LiteralError::Value { range: span.start()..span.end(), message: message.into(), help: None }
}

fn helped(pair: &Pair<'_, Rule>, message: impl Into<String>, help: impl Into<String>) -> LiteralError {
    let span = pair.as_span();
    LiteralError::Value { range: span.start()..span.end(), message: message.into(), help: Some(help.into()) }
}

fn value(pair: Pair<'_, Rule>) -> Result<Value, LiteralError> {
    match pair.as_rule() {
        Rule::text => text(pair),
        Rule::constant => Ok(match pair.as_str() {
            "True" | "true" => Value::Bool(true),
            "False" | "false" => Value::Bool(false),
            _ => Value::Null,
        }),
        Rule::number => number(pair),
        Rule::list => elements(pair).map(Value::List),
        Rule::tuple => tuple(pair),
        Rule::braced => braced(pair),
        Rule::call => call(pair),
        other => unreachable!("{other:?} is no value in the grammar"),
    }
}

fn elements(pair: Pair<'_, Rule>) -> Result<Vec<Value>, LiteralError> {
    let inner = pair
        .into_inner()
        .filter(|pair| !matches!(pair.as_rule(), Rule::list_end | Rule::tuple_end | Rule::comma | Rule::remark | Rule::EOI));
    inner.map(value).collect()
}

/// `(1)` is 1, `(1,)` and `()` are tuples.
fn tuple(pair: Pair<'_, Rule>) -> Result<Value, LiteralError> {
    let comma = pair.clone().into_inner().any(|pair| pair.as_rule() == Rule::comma);
    let mut values = elements(pair)?;
    match values.pop() {
        Some(only) if !comma => Ok(only),
        Some(last) => {
            values.push(last);
            Ok(Value::Tuple(values))
        }
        None => Ok(Value::Tuple(values)),
    }
}

fn braced(pair: Pair<'_, Rule>) -> Result<Value, LiteralError> {
    let whole = pair.clone();
    let (mut entries, mut members) = (Vec::new(), Vec::new());
    for entry in pair.into_inner().filter(|pair| pair.as_rule() == Rule::entry) {
        let mut parts = entry.clone().into_inner().filter(|pair| pair.as_rule() != Rule::remark);
        let key = value(parts.next().expect("an entry begins with a value"))?;
        match parts.next() {
            Some(found) => entries.push((key, value(found)?)),
            None => members.push(key),
        }
        if !entries.is_empty() && !members.is_empty() {
            return Err(helped(&entry, "a mapping and a set are mixed", "write `key: value` for every entry"));
        }
    }
    let made = if members.is_empty() { Value::dict(entries) } else { Value::set(members) };
    made.map_err(|error| wrong(&whole, error.to_string()))
}

fn number(pair: Pair<'_, Rule>) -> Result<Value, LiteralError> {
    let whole = pair.clone();
    let mut negative = false;
    let mut digits = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::sign => negative = part.as_str().starts_with('-'),
            _ => digits = Some(part),
        }
    }
    let digits = digits.expect("a number has digits");
    let sign = if negative { -1.0 } else { 1.0 };
    let plain: String = digits.as_str().chars().filter(|c| *c != '_').collect();
    let integer = |text: &str, radix: u32| {
        let signed = if negative { format!("-{text}") } else { text.to_owned() };
        Int::from_str_radix(&signed, radix).map(Value::Int).map_err(|error| wrong(&whole, error.to_string()))
    };
    match digits.as_rule() {
        Rule::special if plain.eq_ignore_ascii_case("nan") => Ok(Value::Float(f64::NAN)),
        Rule::special => Ok(Value::Float(sign * f64::INFINITY)),
        Rule::radix => {
            let radix = match plain.as_bytes()[1] {
                b'x' | b'X' => 16,
                b'o' | b'O' => 8,
                _ => 2,
            };
            integer(&plain[2..], radix)
        }
        _ if plain.bytes().all(|byte| byte.is_ascii_digit()) => {
            if plain.len() > 1 && plain.starts_with('0') && plain.bytes().any(|byte| byte != b'0') {
                let help = "drop the zeros, or put quotes around a code such as \"007\"";
                return Err(helped(&whole, "a number does not begin with `0`", help));
            }
            integer(&plain, 10)
        }
        _ => {
            let imaginary = plain.ends_with(['j', 'J']);
            let float: f64 = plain.trim_end_matches(['j', 'J']).parse().map_err(|_| wrong(&whole, "not a number"))?;
            Ok(if imaginary { Value::complex(0.0 * sign, sign * float) } else { Value::Float(sign * float) })
        }
    }
}

/// What a string is built of: text, or bytes for `b"…"`.
enum Built {
    Text(String),
    Bytes(Vec<u8>),
}

fn text(pair: Pair<'_, Rule>) -> Result<Value, LiteralError> {
    let whole = pair.clone();
    let mut built: Option<Built> = None;
    for literal in pair.into_inner().filter(|pair| pair.as_rule() == Rule::text_literal) {
        let next = text_literal(literal)?;
        built = Some(match (built, next) {
            (None, next) => next,
            (Some(Built::Text(mut text)), Built::Text(more)) => {
                text.push_str(&more);
                Built::Text(text)
            }
            (Some(Built::Bytes(mut bytes)), Built::Bytes(more)) => {
                bytes.extend(more);
                Built::Bytes(bytes)
            }
            (Some(Built::Text(_) | Built::Bytes(_)), Built::Text(_) | Built::Bytes(_)) => {
                return Err(helped(&whole, "text and bytes stand side by side", "is a comma missing?"));
            }
        });
    }
    Ok(match built.expect("a text has a literal") {
        Built::Text(text) => Value::Text(text),
        Built::Bytes(bytes) => Value::Bytes(bytes),
    })
}

fn text_literal(pair: Pair<'_, Rule>) -> Result<Built, LiteralError> {
    let (mut raw, mut bytes) = (false, false);
    let mut inner = None;
    for part in pair.into_inner() {
        if part.as_rule() == Rule::prefix {
            raw = part.as_str().contains(['r', 'R']);
            bytes = part.as_str().contains(['b', 'B']);
        } else {
            inner = part.into_inner().next();
        }
    }
    let inner = inner.expect("a string has an inside");
    // Python reads a file with universal newlines, so a string never holds the CR of a CRLF.
    let written = inner.as_str().replace("\r\n", "\n");
    let at = inner.as_span().start();
    if bytes && !written.is_ascii() {
        return Err(helped(&inner, "bytes hold ASCII characters only", r"write others as `\xhh`"));
    }
    if raw {
        return Ok(if bytes { Built::Bytes(written.into_bytes()) } else { Built::Text(written) });
    }
    // Places inside a string with CRLFs are off by one each; such a string is marked whole.
    let same = written.len() == inner.as_str().len();
    let refuse = |range: Range<usize>, message: &str| LiteralError::Value {
        range: if same { at + range.start..at + range.end } else { at..inner.as_span().end() },
        message: message.to_owned(),
        help: None,
    };
    let points = unescape(&written, bytes).map_err(|(range, message)| refuse(range, message))?;
    if bytes {
        // Escapes of bytes are at most three octal digits; Python takes the low byte.
        return Ok(Built::Bytes(points.into_iter().map(|point| (point & 0xff) as u8).collect()));
    }
    let mut text = String::with_capacity(points.len());
    let mut points = points.into_iter().peekable();
    while let Some(point) = points.next() {
        let low = points.peek().copied().filter(|low| (0xdc00..0xe000).contains(low));
        let point = match (point, low) {
            // JSON writes characters beyond U+FFFF as two surrogates.
            (0xd800..0xdc00, Some(low)) => {
                points.next();
                0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
            }
            (point, _) => point,
        };
        let c = char::from_u32(point).ok_or_else(|| refuse(0..written.len(), "half of a surrogate pair is no character"))?;
        text.push(c);
    }
    Ok(Built::Text(text))
}

/// Returns the code points that a string with Python's escapes stands for.
fn unescape(text: &str, bytes: bool) -> Result<Vec<u32>, (Range<usize>, &'static str)> {
    let mut points = Vec::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if c != '\\' {
            points.push(c as u32);
            continue;
        }
        let Some((_, escape)) = rest.next() else {
            points.push('\\' as u32);
            break;
        };
        let mut digits = |count: usize| -> Option<u32> {
            let mut number = 0u32;
            for _ in 0..count {
                let (_, digit) = rest.next_if(|(_, c)| c.is_ascii_hexdigit())?;
                number = number << 4 | digit.to_digit(16)?;
            }
            Some(number)
        };
        let short = (at..at + 2, "this escape needs more hexadecimal digits");
        let point = match escape {
            '\n' => continue,
            '\\' | '\'' | '"' => escape as u32,
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            'x' => digits(2).ok_or(short)?,
            'u' if !bytes => digits(4).ok_or(short)?,
            'U' if !bytes => digits(8).ok_or(short)?,
            'N' if !bytes => return Err((at..at + 2, r"characters by name are not known here; write `\u` and four digits")),
            '0'..='7' => {
                let mut number = escape as u32 - '0' as u32;
                for _ in 0..2 {
                    match rest.next_if(|(_, c)| ('0'..='7').contains(c)) {
                        Some((_, digit)) => number = number * 8 + (digit as u32 - '0' as u32),
                        None => break,
                    }
                }
                number
            }
            other => {
                // Python keeps the backslash of an escape that it does not know.
                points.push('\\' as u32);
                other as u32
            }
        };
        points.push(point);
    }
    Ok(points)
}

/// The calls that stand for values; the module before the dot may be left out, as after `from datetime import date`.
fn call(pair: Pair<'_, Rule>) -> Result<Value, LiteralError> {
    let whole = pair.clone();
    let mut name = String::new();
    let mut positional = Vec::new();
    let mut named: Vec<(String, Value)> = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::function => name = part.as_str().to_owned(),
            Rule::call_argument => {
                let mut keyword = None;
                for piece in part.into_inner() {
                    match piece.as_rule() {
                        Rule::keyword => keyword = Some(piece.as_str().to_owned()),
                        Rule::remark => {}
                        _ => match keyword.take() {
                            Some(keyword) => named.push((keyword, value(piece)?)),
                            None => positional.push(value(piece)?),
                        },
                    }
                }
            }
            _ => {}
        }
    }
    let made = match name.as_str() {
        "dict" if positional.is_empty() => Value::dict(named.into_iter().map(|(key, value)| (Value::Text(key), value))).ok(),
        "set" if positional.is_empty() && named.is_empty() => Value::set([]).ok(),
        "float" if named.is_empty() => float(&positional),
        "Decimal" | "decimal.Decimal" if named.is_empty() => match positional.as_slice() {
            [Value::Text(text)] => text.parse().ok().map(Value::Decimal),
            [Value::Int(int)] => int.to_string().parse().ok().map(Value::Decimal),
            _ => None,
        },
        "UUID" | "uuid.UUID" => match (positional.as_slice(), named.as_slice()) {
            ([Value::Text(text)], []) => uuid(text),
            ([], [(key, Value::Text(text))]) if key == "hex" => uuid(text),
            _ => None,
        },
        "date" | "datetime.date" => numbers(&positional, &named, &DATE_TIME[..3]).and_then(date).map(Value::Date),
        "time" | "datetime.time" => numbers(&positional, &named, &DATE_TIME[3..]).and_then(|n| time(&n)).map(Value::Time),
        "datetime" | "datetime.datetime" => numbers(&positional, &named, &DATE_TIME).and_then(|n| {
            let date = date(n[..3].to_vec())?;
            Some(Value::DateTime(NaiveDateTime::new(date, time(&n[3..])?)))
        }),
        _ => {
            let help = "write the value itself; a row that needs Python is inserted by Python";
            return Err(helped(&whole, format!("`{name}(…)` would have to be run"), help));
        }
    };
    made.ok_or_else(|| wrong(&whole, format!("these arguments make no `{name}`")))
}

fn float(arguments: &[Value]) -> Option<Value> {
    let number = match arguments {
        [] => 0.0,
        [Value::Float(float)] => *float,
        [Value::Int(int)] => int.to_string().parse().ok()?,
        [Value::Text(text)] => text.trim().replace('_', "").parse().ok()?,
        _ => return None,
    };
    Some(Value::Float(number))
}

/// Python's `UUID` drops braces, hyphens and `urn:uuid:` before it reads 32 digits.
fn uuid(text: &str) -> Option<Value> {
    let digits: String = text.replace("urn:", "").replace("uuid:", "").chars().filter(|c| !"{}-".contains(*c)).collect();
    (digits.len() == 32).then(|| Uuid::try_parse(&digits).ok()).flatten().map(Value::Uuid)
}

const DATE_TIME: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "microsecond"];

/// Returns one number per name; those of a time may be left out.
fn numbers(positional: &[Value], named: &[(String, Value)], names: &[&str]) -> Option<Vec<u32>> {
    if positional.len() > names.len() || named.iter().any(|(key, _)| !names.contains(&key.as_str())) {
        return None;
    }
    let given = |at: usize, name: &str| {
        let by_name = named.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        match (positional.get(at), by_name) {
            (Some(value), None) | (None, Some(value)) => match value {
                Value::Int(int) => int.to_u64().and_then(|number| u32::try_from(number).ok()),
                _ => None,
            },
            (None, None) => (!DATE_TIME[..3].contains(&name)).then_some(0),
            (Some(_), Some(_)) => None,
        }
    };
    names.iter().enumerate().map(|(at, name)| given(at, name)).collect()
}

fn date(numbers: Vec<u32>) -> Option<NaiveDate> {
    let [year, month, day] = numbers[..] else { return None };
    (1..=9999).contains(&year).then(|| NaiveDate::from_ymd_opt(year as i32, month, day)).flatten()
}

fn time(numbers: &[u32]) -> Option<NaiveTime> {
    let [hour, minute, second, microsecond] = numbers[..] else { return None };
    // A leap second is a large fraction in chrono and an error in Python.
    (microsecond < 1_000_000).then(|| NaiveTime::from_hms_micro_opt(hour, minute, second, microsecond)).flatten()
}
