//! Values as two programs tell them to each other: the notation of `core/tests/data/blob-vectors.json`, which says the exact type of Python.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use djc::core::blob::{Limits, unpack};
use djc::core::value::{Array, Decimal, Elements, Value};
use djc_runtime::field::{Field, Given};
use serde_json::{Value as Json, json};

pub fn none() -> Json {
    json!({"t": "none"})
}

pub fn boolean(value: bool) -> Json {
    json!({"t": "bool", "v": value})
}

/// A kind that is written as one text: `int`, `float`, `str`, `date`, `decimal`, `uuid`, …
pub fn plain(kind: &str, text: &str) -> Json {
    json!({"t": kind, "v": text})
}

pub fn bytes(content: &[u8]) -> Json {
    json!({"t": "bytes", "hex": hex(content)})
}

pub fn timedelta(micros: i64) -> Json {
    json!({"t": "timedelta", "us": micros.to_string()})
}

pub fn attachment(name: &str, content: &[u8]) -> Json {
    json!({"t": "attachment", "name": name, "hex": hex(content)})
}

/// What `json.loads` makes of a text.
pub fn loaded(text: &str) -> Json {
    fn of(json: &Json) -> Json {
        match json {
            Json::Null => none(),
            Json::Bool(value) => boolean(*value),
            Json::Number(number) if number.is_f64() => plain("float", &number.to_string()),
            Json::Number(number) => plain("int", &number.to_string()),
            Json::String(text) => plain("str", text),
            Json::Array(values) => json!({"t": "list", "v": values.iter().map(of).collect::<Vec<_>>()}),
            Json::Object(entries) => {
                json!({"t": "dict", "v": entries.iter().map(|(key, value)| json!([plain("str", key), of(value)])).collect::<Vec<_>>()})
            }
        }
    }
    of(&serde_json::from_str(text).expect("JSON"))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("pairs of hexadecimal digits")).collect()
}

fn list<'a>(json: &'a Json, key: &str) -> &'a [Json] {
    json[key].as_array().unwrap_or_else(|| panic!("`{key}` is no array in {json}"))
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {json}"))
}

/// Returns the value of a notation, which is not an array of any kind.
pub fn value(json: &Json) -> Value {
    match text(json, "t") {
        "none" => Value::Null,
        "bool" => Value::Bool(json["v"].as_bool().expect("a truth value")),
        "int" => Value::Int(text(json, "v").parse().expect("an integer")),
        "float" => Value::Float(number(&json["v"])),
        "str" => Value::from(text(json, "v")),
        "bytes" => Value::Bytes(unhex(text(json, "hex"))),
        "list" => Value::List(list(json, "v").iter().map(value).collect()),
        "tuple" => Value::Tuple(list(json, "v").iter().map(value).collect()),
        "dict" => Value::Map(list(json, "v").iter().map(|pair| (value(&pair[0]), value(&pair[1]))).collect()),
        "date" => Value::from(text(json, "v").parse::<NaiveDate>().expect("a date")),
        "time" => Value::from(text(json, "v").parse::<NaiveTime>().expect("a time")),
        "datetime" => Value::from(text(json, "v").parse::<NaiveDateTime>().expect("a moment")),
        "decimal" => Value::from(text(json, "v").parse::<Decimal>().expect("a decimal")),
        "uuid" => Value::from(text(json, "v").parse::<uuid::Uuid>().expect("a UUID")),
        "timedelta" => {
            let micros = text(json, "us").parse().expect("microseconds");
            match chrono::TimeDelta::microseconds(micros).give() {
                Given::Value(value) => value,
                other => panic!("{other:?} for a span of time"),
            }
        }
        kind => panic!("{kind} is no single value"),
    }
}

fn number(json: &Json) -> f64 {
    json.as_f64().unwrap_or_else(|| json.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{json} is no number")))
}

/// Returns the notation in one form: floats as texts that tell every bit, nothing that is only for people.
pub fn exact(json: &Json) -> Json {
    let float = |json: &Json| Json::from(format!("{:?}", number(json)));
    let each = |values: &[Json]| values.iter().map(exact).collect::<Vec<_>>();
    let mut out = json.clone();
    for word in ["order", "as"] {
        out.as_object_mut().expect("a notation is an object").remove(word);
    }
    let dtype = json["dtype"].as_str().unwrap_or_default();
    match text(json, "t") {
        "float" => out["v"] = float(&json["v"]),
        "complex" => ["re", "im"].iter().for_each(|part| out[part] = float(&json[part])),
        "list" | "tuple" | "set" => out["v"] = each(list(json, "v")).into(),
        "dict" => out["v"] = list(json, "v").iter().map(|pair| Json::from(each(&[pair[0].clone(), pair[1].clone()]))).collect(),
        "npscalar" if dtype.starts_with("float") => out["v"] = float(&json["v"]),
        "ndarray" if dtype.starts_with("float") => out["values"] = list(json, "values").iter().map(float).collect(),
        "ndarray" if dtype.starts_with("complex") => {
            out["values"] = list(json, "values").iter().map(|pair| json!([float(&pair[0]), float(&pair[1])])).collect();
        }
        "ndarray" if dtype == "object" => out["values"] = each(list(json, "values")).into(),
        "cell" if dtype.is_empty() => out["values"] = each(list(json, "values")).into(),
        "struct" => out["values"] = list(json, "values").iter().map(|row| Json::from(each(row.as_array().expect("a row")))).collect(),
        "recarray" => out["fields"] = list(json, "fields").iter().map(|field| json!([field[0], exact(&field[1])])).collect(),
        _ => {}
    }
    out
}

/// A packed value that datajoint of both generations was seen to write.
pub struct Vector {
    pub id: String,
    /// What Python packs.
    pub given: Json,
    /// What Python unpacks.
    pub fetched: Json,
    /// What Rust packs.
    pub insert: Value,
    /// What Rust unpacks.
    pub read: Value,
}

/// Returns all of them.
pub fn vectors() -> Vec<Vector> {
    // Where the notation says only what a value is once it was packed.
    const ORIGINALS: [&str; 5] = ["range", "deque", "ordereddict", "bytearray", "frozenset_empty"];
    let file: Json = serde_json::from_str(include_str!("../../../core/tests/data/blob-vectors.json")).expect("the vectors are JSON");
    let vector = |vector: &Json| {
        let (id, mut given) = (text(vector, "id").to_string(), vector["value"].clone());
        let read = unpack(&unhex(text(vector, "hex")), &Limits::default()).unwrap_or_else(|error| panic!("{id}: {error}"));
        let insert = if given["dtype"] == "char" { chars(&given) } else { read.clone() };
        if ORIGINALS.contains(&id.as_str()) {
            given["as"] = Json::from(id.as_str());
        }
        let fetched = if vector["unpacks_to"].is_null() { &vector["value"] } else { &vector["unpacks_to"] };
        Vector { fetched: fetched.clone(), id, given, insert, read }
    };
    let mut out: Vec<Vector> = list(&file, "vectors").iter().map(vector).collect();
    assert_eq!(out.len(), 79);
    out.extend(list(&file, "compression").iter().filter(|vector| vector["value"]["random"].is_null()).map(compressed));
    out
}

/// Characters of MATLAB, which reading makes texts of.
fn chars(json: &Json) -> Value {
    let units = list(json, "values").iter().map(|unit| unit.as_str().and_then(|text| text.encode_utf16().next()).expect("a character"));
    let shape = list(json, "shape").iter().map(|length| length.as_u64().expect("a length") as usize);
    Value::from(Array::new(shape.collect(), Elements::Char(units.collect())).expect("the shape fits"))
}

/// Values on both sides of the length from which on blobs are compressed.
fn compressed(vector: &Json) -> Vector {
    let (id, given) = (text(vector, "id").to_string(), vector["value"].clone());
    let fill = number(&given["fill"]);
    let (value, fetched) = match text(&given, "t") {
        "bytes" => {
            let content = vec![fill as u8; given["length"].as_u64().expect("a length") as usize];
            (Value::Bytes(content.clone()), bytes(&content))
        }
        _ => {
            let length = given["shape"][0].as_u64().expect("a length") as usize;
            let fetched = json!({"t": "ndarray", "dtype": given["dtype"], "shape": given["shape"], "values": vec![fill; length]});
            (Value::from(Array::vector(vec![fill; length].into())), fetched)
        }
    };
    Vector { id, given, fetched, insert: value.clone(), read: value }
}
