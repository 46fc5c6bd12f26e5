//! What a value of `contents` is in a column of its type, whatever the server.
//!
//! datajoint hands each value to the server and lets it refuse. [`store`] refuses what every server would refuse, so that `djc check` can
//! say so without one, and gives the rest one form, so that the same definition stores the same value everywhere. What only one
//! server refuses is [`literal`]'s to say, which gives the value the form of that server's column.

mod literal;
mod moment;
mod number;

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use crate::blob;
use crate::ir::{AttributeType, CodecStore, FloatWord, Generation, Size, SqlLiteral};
use crate::value::Value;

pub use literal::{literal, short_fraction};
pub use number::round_decimal;

/// A value as its type means it.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    /// The column's default: None, and in a number NaN or an empty text, as datajoint has it.
    Default,
    /// A whole number.
    Integer(i128),
    /// A floating-point number, perhaps infinite.
    Real(f64),
    /// A fixed-point number in digits without an exponent; rounded to its scale where the type says one.
    Decimal(String),
    /// A text.
    Text(String),
    /// A day.
    Date(NaiveDate),
    /// A point in time, in microseconds.
    Moment(NaiveDateTime),
    /// A time of day, or a span of up to 838:59:59 either way, in microseconds.
    Time(i64),
    /// JSON, written out.
    Json(String),
    /// A UUID.
    Uuid(Uuid),
    /// Bytes as the column has them: packed where the type packs.
    Bytes(Vec<u8>),
}

/// Why a value cannot stand in `contents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// The value does not fit its type; no server would take it.
    Value(String),
    /// datajoint could write it and djc cannot: codecs, adapters, stores.
    Unwritable(String),
}

impl Unfit {
    /// Returns the reason as a sentence without a capital and a period.
    pub fn reason(&self) -> &str {
        match self {
            Unfit::Value(reason) | Unfit::Unwritable(reason) => reason,
        }
    }
}

/// Returns what a value is in a column of this type.
///
/// # Errors
/// [`Unfit::Value`] for a value of the wrong kind, out of the type's range or not in its list. A number with a fraction is refused in an
/// integer, although the MySQL family would round it: what is stored would not be what is written.
pub fn store(value: &Value, ty: &AttributeType, generation: Generation) -> Result<Stored, Unfit> {
    if *value == Value::Null {
        return Ok(Stored::Default);
    }
    let unwritable = |what: String| Err(Unfit::Unwritable(format!("{what}; insert such rows from Python")));
    let stored = match ty {
        AttributeType::Integer(integer) => number::whole_in(value, integer.bits, integer.unsigned),
        AttributeType::Serial => number::whole_in(value, 64, true),
        AttributeType::CoreInteger(bits) => number::whole_in(value, *bits, false),
        AttributeType::Year => number::year(value),
        AttributeType::Bool => number::whole_in(value, 8, false),
        AttributeType::CoreFloat(bits) => number::real(value, *bits == 32, false, None),
        AttributeType::Float(float) => {
            // Generation 2 hands `float` to the server as it is, and that of PostgreSQL has 8 bytes.
            let narrow =
                generation == Generation::Classic && float.word == FloatWord::Float && !matches!(float.arguments, Some((25.., None)));
            let digits = float.arguments.and_then(|(digits, decimals)| decimals.map(|decimals| (digits, decimals)));
            number::real(value, narrow, float.unsigned, digits)
        }
        AttributeType::Decimal(decimal) => number::decimal(value, decimal),
        AttributeType::Char(length) | AttributeType::Varchar(length) => text(value).and_then(|text| short(text, *length)),
        AttributeType::Text(_) => text(value).map(Stored::Text),
        AttributeType::Enum(values) => text(value).and_then(|text| one_of(text, values)),
        AttributeType::Date => moment::date(value).map(Stored::Date),
        AttributeType::Datetime(_) | AttributeType::Timestamp(_) => moment::moment(value).map(Stored::Moment),
        AttributeType::Time(_) => moment::time(value).map(Stored::Time),
        AttributeType::Json => value.to_json().map(|json| Stored::Json(json.to_string())).map_err(|error| error.to_string()),
        AttributeType::Uuid => uuid(value).map(Stored::Uuid),
        AttributeType::Blob(size) if generation == Generation::Classic => packed(value).and_then(|bytes| held(bytes, *size)),
        AttributeType::Blob(size) => raw(value).and_then(|bytes| held(bytes, *size)),
        AttributeType::Bytes => raw(value).map(Stored::Bytes),
        AttributeType::Codec(codec) if codec.name == "blob" && codec.store == CodecStore::Inline => packed(value).map(Stored::Bytes),
        AttributeType::Codec(codec) => return unwritable(format!("djc cannot write values of the codec <{}>", codec.name)),
        AttributeType::Adapted { name, .. } => return unwritable(format!("djc cannot write values of the adapter <{name}>")),
        AttributeType::Attach => return unwritable("attachments cannot stand in contents".to_string()),
        AttributeType::External(_) => return unwritable("values in a store cannot stand in contents".to_string()),
        AttributeType::Invalid => return Err(Unfit::Unwritable("the type of the attribute is not known".to_string())),
    };
    stored.map_err(Unfit::Value)
}

/// Says that a value is not what is wanted; a long one is cut.
fn no(value: &Value, what: &str) -> String {
    format!("{} is not {what}", brief(&value.to_string()))
}

fn brief(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN { text.to_string() } else { text.chars().take(SHOWN - 1).chain(['…']).collect() }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(u8::from(*value).to_string()),
        Value::Int(number) => Ok(number.to_string()),
        Value::Decimal(number) => Ok(number.as_str().to_string()),
        Value::Date(date) => Ok(date.format("%Y-%m-%d").to_string()),
        Value::Time(time) => Ok(time.format("%H:%M:%S%.f").to_string()),
        Value::DateTime(moment) => Ok(moment.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
        Value::Uuid(id) => Ok(id.to_string()),
        // Python's repr: `1.0`, not `1`.
        Value::Float(_) => Ok(value.to_string()),
        other => Err(no(other, "a text")),
    }
}

/// Spaces at the end count for no server.
fn short(text: String, length: u32) -> Result<Stored, String> {
    let found = text.trim_end_matches(' ').chars().count();
    if found > length as usize {
        let shown = brief(&Value::Text(text).to_string());
        return Err(format!("{shown} has {found} characters, the type holds {length}"));
    }
    Ok(Stored::Text(text))
}

/// Letter case and spaces at the end are for the server to judge: the MySQL family does not look at them.
fn one_of(text: String, values: &[SqlLiteral]) -> Result<Stored, String> {
    // Most values stand in the list as they are.
    if !text.contains(['\'', '"', '\\']) && values.iter().any(|value| value.raw == text) {
        return Ok(Stored::Text(text));
    }
    let plain = |text: &str| text.trim_end_matches(' ').to_lowercase();
    let wanted = plain(&text);
    if values.iter().any(|value| plain(&value.value(true)) == wanted || plain(&value.value(false)) == wanted) {
        return Ok(Stored::Text(text));
    }
    let list: Vec<String> = values.iter().map(|value| format!("'{}'", value.value(true))).collect();
    Err(format!("{} is not in the list: {}", brief(&Value::Text(text).to_string()), brief(&list.join(", "))))
}

fn uuid(value: &Value) -> Result<Uuid, String> {
    match value {
        Value::Uuid(id) => Ok(*id),
        Value::Text(text) => Uuid::parse_str(text.trim()).map_err(|_| no(value, "a UUID")),
        Value::Bytes(bytes) => Uuid::from_slice(bytes).map_err(|_| no(value, "a UUID")),
        other => Err(no(other, "a UUID")),
    }
}

fn packed(value: &Value) -> Result<Vec<u8>, String> {
    blob::pack_compressed(value).map_err(|error| error.to_string())
}

fn raw(value: &Value) -> Result<Vec<u8>, String> {
    match value {
        Value::Bytes(bytes) => Ok(bytes.clone()),
        other => Err(no(other, "raw bytes; for any value use <blob>")),
    }
}

fn held(bytes: Vec<u8>, size: Size) -> Result<Stored, String> {
    if bytes.len() as u64 > size.bytes_max() {
        return Err(format!("the value takes {} bytes, a {}blob holds {}", bytes.len(), size.prefix(), size.bytes_max()));
    }
    Ok(Stored::Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::type_text::{TypeContext, parse};

    /// What each value is in the type, a line each.
    fn table(ty: &str, generation: Generation, values: &[Value]) -> String {
        let parsed = parse(ty, generation, &TypeContext::default()).expect("a type").ty;
        let line = |value: &Value| match store(value, &parsed, generation) {
            Ok(stored) => format!("{} -> {stored:?}\n", brief(&value.to_string())),
            Err(Unfit::Value(reason)) => format!("{} unfit: {reason}\n", brief(&value.to_string())),
            Err(Unfit::Unwritable(reason)) => format!("{} unwritable: {reason}\n", brief(&value.to_string())),
        };
        values.iter().map(line).collect()
    }

    fn texts(values: &[&str]) -> Vec<Value> {
        values.iter().map(|text| Value::from(*text)).collect()
    }

    #[test]
    fn whole_numbers_stay_in_the_range_of_their_type() {
        let values: Vec<Value> = [-129, -128, 0, 127, 128, 255, 256].map(Value::from).into();
        insta::assert_snapshot!("tinyint", table("tinyint", Generation::Classic, &values));
        insta::assert_snapshot!("tinyint_unsigned", table("tinyint unsigned", Generation::Classic, &values));
        let mut others = texts(&["12", "", "x", "9223372036854775808"]);
        others.extend([Value::Null, Value::from(true), Value::from(2.0), Value::from(2.5), Value::from(f64::NAN), Value::List(vec![])]);
        insta::assert_snapshot!("int64", table("int64", Generation::Modern, &others));
        insta::assert_snapshot!("year", table("year", Generation::Classic, &[0, 69, 70, 1900, 1901, 2155, 2156].map(Value::from)));
    }

    #[test]
    fn numbers_with_fractions_are_rounded_as_servers_do_or_refused() {
        let values = texts(&["1.005", "-1.005", "999.994", "999.995", "1e2", "-0.001", "1E-400", "1e400", ".5", "x", "", "nan", "inf"]);
        insta::assert_snapshot!("decimal", table("decimal(5,2)", Generation::Classic, &values));
        insta::assert_snapshot!("decimal_unsigned", table("decimal(5,2) unsigned", Generation::Classic, &values[..2]));
        insta::assert_snapshot!("float", table("float", Generation::Classic, &texts(&["3.5e38", "-1e38", "1e-300", "inf", "x"])));
        insta::assert_snapshot!(
            "float_digits",
            table("float(5,2) unsigned", Generation::Classic, &[999.99, 999.996, -1.0].map(Value::from))
        );
    }

    #[test]
    fn days_and_times_take_one_form() {
        let days = ["2024-02-29", "2023-02-29", "2024/2/9", "20240209", "24-2-9", "2024-02-29 12:30", "0000-00-00", "today", "2024-13-01"];
        insta::assert_snapshot!("date", table("date", Generation::Classic, &texts(&days)));
        let moments = ["2024-01-02 03:04:05.678", "2024-01-02T03:04", "2024-01-02", "20240102030405", "2024-01-02 24:00:00"];
        let zones = ["2024-01-02 03:04:05Z", "2024-01-02 03:04:05+01:00", "2024-01-02 03:04:05.1234567"];
        insta::assert_snapshot!("datetime", table("datetime(6)", Generation::Classic, &texts(&[&moments[..], &zones[..]].concat())));
        let times = ["12:30", "-01:30:00.5", "838:59:59", "839:00:00", "1 02:03:04", "12:60:00", "noon"];
        insta::assert_snapshot!("time", table("time(3)", Generation::Classic, &texts(&times)));
    }

    #[test]
    fn texts_fit_their_length_and_list() {
        insta::assert_snapshot!("varchar", table("varchar(3)", Generation::Classic, &texts(&["äöü", "äöüß", "abc   ", "😀😀😀"])));
        insta::assert_snapshot!("enum", table("enum('a','it''s')", Generation::Classic, &texts(&["a", "A ", "it's", "b", ""])));
        insta::assert_snapshot!("uuid", table("uuid", Generation::Classic, &texts(&["00000000-0000-0000-0000-000000000001", "1"])));
    }

    #[test]
    fn bytes_are_packed_or_raw_and_fit() {
        let long = Value::Bytes((0..=255).chain(0..100).map(|number| number as u8).collect());
        insta::assert_snapshot!("tinyblob", table("tinyblob", Generation::Classic, std::slice::from_ref(&long)));
        insta::assert_snapshot!("bytes", table("bytes", Generation::Modern, &[Value::Bytes(vec![1, 2]), Value::from("x")]));
        insta::assert_snapshot!("attach", table("attach", Generation::Classic, &[long]));
    }
}
