//! Every blob that datajoint-python was seen to write, both ways, and laws on values made up.
//!
//! `data/blob-vectors.json` holds values and the bytes that datajoint 0.14.10 and 2.3.5 made of them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use djc_core::blob::{self, Chars, Dims, Limits, PackError, PackOptions, UnpackError, pack, pack_compressed, unpack};
use djc_core::value::{Array, Cell, Decimal, ElementType, Elements, Field, Int, RecordArray, Struct, TimeUnit, UnsupportedElement, Value};
use proptest::prelude::*;
use serde_json::Value as Json;

fn vectors() -> Json {
    serde_json::from_str(include_str!("data/blob-vectors.json")).expect("the vectors are JSON")
}

fn list<'a>(json: &'a Json, key: &str) -> &'a Vec<Json> {
    json[key].as_array().unwrap_or_else(|| panic!("`{key}` is no array in {json}"))
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text in {json}"))
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |i| u8::from_str_radix(&hex[i..i + 2], 16).expect("pairs of hexadecimal digits");
    (0..hex.len()).step_by(2).map(digits).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn float(json: &Json) -> f64 {
    // "nan", "inf", "-inf" and "-0.0" are text.
    json.as_f64().unwrap_or_else(|| json.as_str().and_then(|text| text.parse().ok()).expect("a float"))
}

fn integer<T: std::str::FromStr<Err: std::fmt::Debug>>(json: &Json) -> T {
    json.as_str().expect("integers are text").parse().expect("an integer")
}

/// The count of a datetime64 in its text form.
fn datetime64(unit: TimeUnit, json: &Json) -> i64 {
    let text = json.as_str().expect("datetime64 is text");
    if text == "NaT" {
        return i64::MIN;
    }
    let full = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00") };
    let at = full.parse::<NaiveDateTime>().expect("ISO 8601").and_utc();
    match unit {
        TimeUnit::Day => at.timestamp() / 86_400,
        TimeUnit::Second => at.timestamp(),
        TimeUnit::Nano => at.timestamp_nanos_opt().expect("the year is near"),
        unit => panic!("no vector has the unit {unit:?}"),
    }
}

fn elements(dtype: &str, values: &[Json]) -> Result<Elements, UnsupportedElement> {
    Ok(match dtype.parse()? {
        ElementType::Bool => Elements::Bool(values.iter().map(|v| v.as_bool().expect("a bool")).collect()),
        ElementType::Char => {
            let unit = |v: &Json| v.as_str().and_then(|text| text.encode_utf16().next()).expect("a character");
            Elements::Char(values.iter().map(unit).collect())
        }
        ElementType::Float64 => Elements::Float64(values.iter().map(float).collect()),
        ElementType::Float32 => Elements::Float32(values.iter().map(|v| float(v) as f32).collect()),
        ElementType::Int8 => Elements::Int8(values.iter().map(integer).collect()),
        ElementType::UInt8 => Elements::UInt8(values.iter().map(integer).collect()),
        ElementType::Int16 => Elements::Int16(values.iter().map(integer).collect()),
        ElementType::UInt16 => Elements::UInt16(values.iter().map(integer).collect()),
        ElementType::Int32 => Elements::Int32(values.iter().map(integer).collect()),
        ElementType::UInt32 => Elements::UInt32(values.iter().map(integer).collect()),
        ElementType::Int64 => Elements::Int64(values.iter().map(integer).collect()),
        ElementType::UInt64 => Elements::UInt64(values.iter().map(integer).collect()),
        ElementType::DateTime64(unit) => Elements::DateTime64(unit, values.iter().map(|v| datetime64(unit, v)).collect()),
        ElementType::Object => Elements::Object(values.iter().map(value).collect()),
        ElementType::Text => Elements::Text(values.iter().map(|v| v.as_str().expect("text").to_owned()).collect()),
    })
}

fn array(shape: Vec<usize>, dtype: &str, values: &[Json]) -> Result<Array, UnsupportedElement> {
    let half = match dtype {
        "complex64" => "float32",
        "complex128" => "float64",
        dtype => return Ok(Array::new(shape, elements(dtype, values)?).expect("the shape fits")),
    };
    let part = |i: usize| elements(half, &values.iter().map(|pair| pair[i].clone()).collect::<Vec<_>>());
    Ok(Array::complex(shape, part(0)?, part(1)?).expect("the shape fits"))
}

fn shape(json: &Json) -> Vec<usize> {
    list(json, "shape").iter().map(|length| length.as_u64().expect("a length") as usize).collect()
}

fn records(json: &Json) -> RecordArray {
    let field = |field: &Json| {
        let content = match text(&field[1], "t") {
            "recarray" => Field::Records(records(&field[1])),
            _ => Field::Array(array(shape(&field[1]), text(&field[1], "dtype"), list(&field[1], "values")).expect("a known type")),
        };
        (field[0].as_str().expect("a name").to_owned(), content)
    };
    let records = RecordArray::new(list(json, "fields").iter().map(field).collect()).expect("the shapes fit");
    assert_eq!(records.shape(), shape(json));
    records
}

/// Reads the notation that the vectors explain at their head.
fn value(json: &Json) -> Value {
    let many = || list(json, "v").iter().map(value).collect::<Vec<_>>();
    match text(json, "t") {
        "none" => Value::Null,
        "bool" => Value::from(json["v"].as_bool().expect("a bool")),
        "int" => Value::Int(text(json, "v").parse().expect("an integer")),
        "float" => Value::from(float(&json["v"])),
        "complex" => Value::complex(float(&json["re"]), float(&json["im"])),
        "str" => Value::from(text(json, "v")),
        "bytes" if json["fill"].is_number() => {
            let fill = json["fill"].as_u64().expect("a byte") as u8;
            Value::from(vec![fill; json["length"].as_u64().expect("a length") as usize])
        }
        "bytes" => Value::from(bytes(text(json, "hex"))),
        "list" => Value::List(many()),
        "tuple" => Value::Tuple(many()),
        "set" => Value::Set(many()),
        "dict" => Value::Map(list(json, "v").iter().map(|pair| (value(&pair[0]), value(&pair[1]))).collect()),
        "date" => Value::from(text(json, "v").parse::<NaiveDate>().expect("a date")),
        "time" => Value::from(text(json, "v").parse::<NaiveTime>().expect("a time")),
        "datetime" => {
            let text = text(json, "v");
            // A zone is dropped with the clock time kept; our values have no zone to begin with.
            let local = DateTime::parse_from_rfc3339(text).map(|at| at.naive_local());
            Value::from(local.unwrap_or_else(|_| text.parse().expect("a datetime")))
        }
        "decimal" => Value::from(text(json, "v").parse::<Decimal>().expect("a decimal")),
        "uuid" => Value::from(text(json, "v").parse::<uuid::Uuid>().expect("a UUID")),
        "ndarray" if json["fill"].is_number() => {
            let shape = shape(json);
            let elements = Elements::from(vec![float(&json["fill"]); shape.iter().product()]);
            Value::from(Array::new(shape, elements).expect("the shape fits"))
        }
        "ndarray" => Value::from(array(shape(json), text(json, "dtype"), list(json, "values")).expect("a known type")),
        "npscalar" => Value::from(array(vec![], text(json, "dtype"), &[json["v"].clone()]).expect("a known type")),
        "recarray" => Value::from(records(json)),
        "cell" => Value::from(Cell::new(shape(json), list(json, "values").iter().map(value).collect()).expect("fits")),
        "struct" => {
            let fields = list(json, "fields").iter().map(|name| name.as_str().expect("a name").to_owned()).collect();
            let rows = list(json, "values").iter();
            let values = rows.flat_map(|row| row.as_array().expect("a row").iter().map(value)).collect();
            Value::from(Struct::new(shape(json), fields, values).expect("the shape fits"))
        }
        kind => panic!("unknown notation {kind}"),
    }
}

#[test]
fn values_pack_to_the_bytes_of_datajoint() {
    let vectors = vectors();
    let vectors = list(&vectors, "vectors");
    for vector in vectors {
        let packed = pack(&value(&vector["value"])).unwrap_or_else(|error| panic!("{}: {error}", vector["id"]));
        assert_eq!(hex(&packed), text(vector, "hex"), "{}", vector["id"]);
    }
    assert_eq!(vectors.len(), 79);
}

#[test]
fn bytes_of_datajoint_unpack_to_the_values() {
    let vectors = vectors();
    for vector in list(&vectors, "vectors") {
        // Where reading normalises, the vector says to what: text arrays come back as object arrays, character
        // arrays as text. Its byte arrays and zones have no other form in our values, and a `struct` or `cell`
        // stays one.
        let expected = if vector["unpacks_to"].is_null() { &vector["value"] } else { &vector["unpacks_to"] };
        let found = unpack(&bytes(text(vector, "hex")), &Limits::default());
        assert_eq!(found, Ok(value(expected)), "{}", vector["id"]);
    }
}

#[test]
fn character_arrays_are_kept_as_they_are_on_request() {
    let vectors = vectors();
    let limits = Limits { chars: Chars::Units, ..Limits::default() };
    let vector = list(&vectors, "vectors").iter().find(|vector| vector["id"] == "arr_char").expect("the vector");
    assert_eq!(unpack(&bytes(text(vector, "hex")), &limits), Ok(value(&vector["value"])));
}

#[test]
fn compressed_blobs_unpack_to_the_same_bytes() {
    let vectors = vectors();
    let vectors = list(&vectors, "compression");
    for vector in vectors {
        let (id, raw_bytes) = (&vector["id"], vector["raw_bytes"].as_u64().expect("a length"));
        let value = match vector["value"]["random"] == true {
            false => value(&vector["value"]),
            // Any bytes without repetition: a xorshift generator's.
            true => {
                let mut state = 88_172_645_463_325_252u64;
                let mut next = || {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    state as u8
                };
                Value::from((0..vector["value"]["length"].as_u64().expect("a length")).map(|_| next()).collect::<Vec<_>>())
            }
        };
        let raw = pack(&value).expect("it packs");
        assert_eq!(raw.len() as u64, raw_bytes, "{id}");
        let blob = pack_compressed(&value).expect("it packs");
        let compressed = vector["compressed"].as_bool().unwrap_or(true);
        assert_eq!(blob.starts_with(b"ZL123\0"), compressed, "{id}");
        assert_eq!(blob == raw, !compressed, "{id}");
        assert_eq!(unpack(&blob, &Limits::default()).as_ref(), Ok(&value), "{id}");
        if let Some(theirs) = vector["hex"].as_str() {
            let theirs = bytes(theirs);
            assert_eq!(blob::decompress(&theirs, &Limits::default()).expect("it inflates").as_ref(), raw, "{id}");
        }
    }
    assert_eq!(vectors.len(), 4);
}

#[test]
fn types_that_datajoint_rejects_are_refused_by_name() {
    let vectors = vectors();
    let mut messages = Vec::new();
    for vector in list(&vectors, "rejected") {
        // No `Value` can hold any of them: each is refused where its numpy type would become an element type. A
        // plain `timedelta` has no type of elements; there is no variant for it, and its name is refused too.
        let dtype = vector["value"]["dtype"].as_str().unwrap_or("timedelta");
        messages.push(dtype.parse::<ElementType>().expect_err(dtype).to_string());
    }
    insta::assert_snapshot!(messages.join("\n"), @r#"
    DataJoint cannot store arrays of >int32: the bytes are in big-endian order; convert to the native order first
    DataJoint cannot store arrays of float16: there is no code for 16-bit floats; use float32
    DataJoint cannot store arrays of S3: there is no code for byte strings of fixed width; use text or one bytes value
    DataJoint cannot store arrays of timedelta64[s]: there is no code for durations; store a number and say the unit in the comment
    DataJoint cannot store arrays of longdouble: there is no code for extended precision; use float64
    DataJoint cannot store arrays of timedelta: there is no code for durations; store a number and say the unit in the comment
    "#);
}

#[test]
fn what_datajoint_could_not_read_back_is_not_packed() {
    let message = |value: Value| pack(&value).expect_err("no blob holds it").to_string();
    let time = |nanos| NaiveTime::from_hms_nano_opt(23, 59, 59, nanos).expect("a time");
    let deep = (0..200).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    let huge = Int::from_str_radix(&format!("1{}", "0".repeat(65_535 * 2)), 16).expect("hexadecimal");
    let nul = Struct::new(vec![1], vec!["a\0b".into()], vec![Value::Null]).expect("the shape fits");
    let messages = [
        message(Value::from(huge)),
        message(Value::from(NaiveDate::from_ymd_opt(10_000, 1, 1).expect("a date"))),
        message(Value::from(time(1))),
        message(Value::from(time(1_000_000_000))),
        message(Value::from(nul)),
        message(Value::from(RecordArray::new(vec![]).expect("no fields, no conflict"))),
        message(Value::Map(vec![(Value::List(vec![]), Value::Null)])),
        message(deep),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    a whole number of 65536 bytes is too long: blobs hold 65535 bytes
    the year 10000 is outside of 1 to 9999, all that Python's dates know
    the time 23:59:59.000000001 is finer than a microsecond, all that blobs hold
    the time 23:59:60 is a leap second, which Python does not know
    the field name "a\0b" contains a NUL character
    a record array without fields cannot be stored
    a list cannot be a key or an element of a set, because it can change
    values are nested more than 128 deep
    "#);
    let longest = Int::from_str_radix(&"7f".repeat(65_535), 16).expect("hexadecimal");
    let value = Value::from(longest);
    assert_eq!(unpack(&pack(&value).expect("65535 bytes fit"), &Limits::default()), Ok(value));
}

#[test]
fn values_of_python_are_refused_where_they_are_turned_off() {
    let options = PackOptions { compress: false, python_native: false };
    let numbers = Value::from(Array::vector(vec![1.0].into()));
    assert_eq!(blob::pack_with(&numbers, options), pack(&numbers));
    let cell = Value::from(Cell::new(vec![2], vec![numbers, Value::from("x")]).expect("the shape fits"));
    assert_eq!(blob::pack_with(&cell, options), Err(PackError::PythonNative("text")));
}

#[test]
fn damaged_blobs_are_errors_that_say_where() {
    let cases: [(&str, &[u8]); 22] = [
        ("empty", b""),
        ("another program", b"\x89PNG\r\n\x1a\n"),
        ("unknown compression", b"ZL124\0\0\0"),
        ("header alone", b"dj0\0"),
        ("unknown code", b"dj0\0\x99"),
        ("trailing byte", b"dj0\0\xff\0"),
        ("sparse array", b"mYm\0P"),
        ("text cut off", b"dj0\0\x05\xff\0\0\0\0\0\0\0abc"),
        ("text not UTF-8", b"dj0\0\x05\x01\0\0\0\0\0\0\0\xff"),
        ("decimal that is none", b"dj0\0d\x01\0\0\0\0\0\0\0x"),
        ("list of endless length", b"dj0\0\x02\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("element with bytes to spare", b"dj0\0\x02\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\xff\0"),
        ("endless rank", b"mYm\0A\xff\xff\xff\xff\xff\xff\xff\x7f"),
        ("endless shape", b"mYm\0A\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0\x80\x06\0\0\0\0\0\0\0"),
        ("function", b"dj0\0A\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0"),
        ("unknown type of elements", b"dj0\0A\0\0\0\0\0\0\0\0\x0d\0\x01\0\0\0\0\0"),
        ("complex text", b"dj0\0A\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\x01\0\0\0"),
        ("no date and no time", b"dj0\0t\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("no such day", b"dj0\0t\xf7\xd7\x34\x01\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("name without an end", b"mYm\0S\0\0\0\0\0\0\0\0\x01\0\0\0abc"),
        ("two fields of one name", b"dj0\0F\x02\0\0\0a\0a\0A\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\x01A\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\x01"),
        ("value as field", b"dj0\0F\x01\0\0\0a\0\xff"),
    ];
    let mut messages = String::new();
    for (name, blob) in cases {
        let error = unpack(blob, &Limits::default()).expect_err(name);
        messages += &format!("{name}: {error}\n");
    }
    insta::assert_snapshot!(messages, @r#"
    empty: not a DataJoint blob: it is empty
    another program: not a DataJoint blob: it starts with `\x89PNG\r\n\x1a\n` instead of `mYm` or `dj0`
    unknown compression: not a DataJoint blob: it starts with `ZL124\x00\x00\x00` instead of `mYm` or `dj0`
    header alone: the blob is cut off or damaged: byte 4 announces 1 bytes where 0 are left
    unknown code: byte 4 is 0x99, which starts no value
    trailing byte: 1 bytes follow after the end of the value
    sparse array: byte 4 starts a sparse array of MATLAB, which DataJoint cannot read
    text cut off: the blob is cut off or damaged: byte 13 announces 255 bytes where 3 are left
    text not UTF-8: byte 13 starts text that is not valid: invalid utf-8 sequence of 1 bytes from index 0
    decimal that is none: byte 4 starts a decimal number that is not valid: x
    list of endless length: the blob is cut off or damaged: byte 13 announces 18446744073709551615 bytes where 0 are left
    element with bytes to spare: the blob is damaged: the value at byte 21 leaves 1 bytes of its length unused
    endless rank: the blob is cut off or damaged: byte 13 announces 18446744073709551615 bytes where 0 are left
    endless shape: the blob is cut off or damaged: byte 37 announces 18446744073709551615 bytes where 0 are left
    function: byte 4 starts a function of MATLAB, which DataJoint cannot read
    unknown type of elements: the array at byte 4 has elements of the unknown type 65549
    complex text: at byte 4: an array of char cannot be complex
    no date and no time: byte 4 starts a date or time that is not valid: -1 and -1
    no such day: byte 4 starts a date or time that is not valid: 20240375 and -1
    name without an end: the blob is cut off or damaged: byte 17 announces 4 bytes where 3 are left
    two fields of one name: at byte 4: the field `a` appears twice
    value as field: byte 11 is 0xff, which starts no value
    "#);
}

#[test]
fn damaged_compression_is_an_error() {
    let blob = pack_compressed(&Value::from(vec![0u8; 5000])).expect("it packs");
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut blob = blob.clone();
        change(&mut blob);
        unpack(&blob, &Limits::default()).expect_err("it is damaged").to_string()
    };
    let messages = [
        changed(&|blob| blob.truncate(10)),
        changed(&|blob| blob.truncate(blob.len() - 1)),
        changed(&|blob| blob.push(0)),
        changed(&|blob| blob[6] += 1),
        changed(&|blob| blob[6] -= 1),
        changed(&|blob| blob[9] = 1),
        changed(&|blob| blob[13] = 1),
        changed(&|blob| *blob.last_mut().expect("not empty") ^= 1),
        changed(&|blob| blob[14] = 0),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the blob is cut off or damaged: byte 6 announces 8 bytes where 4 are left
    the compressed blob is damaged: the stream is cut off
    1 bytes follow after the end of the compressed stream
    the compressed blob holds fewer bytes than the 5014 it declares
    the compressed blob holds more bytes than the 5012 it declares
    the compressed blob is damaged: the stream is too short for the declared length
    the inflated blob would take 72057594037932949 bytes, more than the limit of 1073741824
    the compressed blob is damaged: deflate decompression error: incorrect data check
    the compressed blob is damaged: deflate decompression error: incorrect header check
    "#);
}

#[test]
fn limits_hold() {
    let bomb = pack_compressed(&Value::from(vec![0u8; 1 << 20])).expect("it packs");
    let limits = Limits { inflated_max: 1 << 19, ..Limits::default() };
    assert_eq!(unpack(&bomb, &limits), Err(UnpackError::TooLarge { what: "the inflated blob", wanted: (1 << 20) + 13, limit: 1 << 19 }));
    let limits = Limits { memory_max: 1 << 19, ..Limits::default() };
    assert!(matches!(unpack(&bomb, &limits), Err(UnpackError::TooLarge { what: "the value", .. })));

    let nested = |depth: usize| {
        let mut blob = vec![0xff];
        for _ in 1..depth {
            let mut outer = vec![0x02];
            outer.extend(1u64.to_le_bytes());
            outer.extend((blob.len() as u64).to_le_bytes());
            outer.append(&mut blob);
            blob = outer;
        }
        [b"dj0\0", &blob[..]].concat()
    };
    assert!(unpack(&nested(blob::DEPTH_MAX), &Limits::default()).is_ok());
    let error = unpack(&nested(blob::DEPTH_MAX + 1), &Limits::default());
    assert_eq!(error, Err(UnpackError::TooDeep { limit: blob::DEPTH_MAX }));
    assert!(unpack(&nested(50_000), &Limits::default()).is_err());
}

#[test]
fn matlab_text_reads_as_text() {
    let chars = |shape: Vec<usize>, text: &str| {
        let units = Elements::Char(text.encode_utf16().collect());
        Value::from(Array::new(shape, units).expect("the shape fits"))
    };
    let read = |value: &Value| match unpack(&pack(value).expect("it packs"), &Limits::default()) {
        Ok(Value::Array(array)) => format!("{:?} {:?}", array.shape(), array.elements()),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(&chars(vec![1, 4], "größ")), r#"[1] Text(["größ"])"#);
    assert_eq!(read(&chars(vec![0], "")), r#"[1] Text([""])"#);
    assert_eq!(read(&chars(vec![2, 1], "ab")), r#"[2, 1] Text(["a", "b"])"#);
    assert_eq!(read(&chars(vec![], "a")), r#"[] Text(["a"])"#);
    // datajoint takes the low byte of ω, U+03C9.
    assert_eq!(read(&chars(vec![1], "ω")), r#"[1] Text(["É"])"#);
    let limits = Limits { chars: Chars::Units, ..Limits::default() };
    let value = chars(vec![1], "ω");
    assert_eq!(unpack(&pack(&value).expect("it packs"), &limits), Ok(value));
}

#[test]
fn lengths_of_32_bits_are_read_on_request() {
    let limits = Limits { dims: Dims::U32, ..Limits::default() };
    let array = b"mYm\0A\x01\0\0\0\x02\0\0\0\x09\0\0\0\0\0\0\0\x01\xff";
    assert_eq!(unpack(array, &limits), Ok(Value::from(Array::vector(vec![1u8, 255].into()))));
    assert!(unpack(array, &Limits::default()).is_err());
    let cell = b"mYm\0C\x01\0\0\0\x01\0\0\0\x12\0\0\0A\x01\0\0\0\x01\0\0\0\x09\0\0\0\0\0\0\0\x07";
    let inner = Value::from(Array::vector(vec![7u8].into()));
    assert_eq!(unpack(cell, &limits), Ok(Value::from(Cell::new(vec![1], vec![inner]).expect("the shape fits"))));
}

#[test]
fn serialised_state_keeps_every_vector() {
    let vectors = vectors();
    for vector in list(&vectors, "vectors") {
        let value = value(&vector["value"]);
        let state = serde_json::to_string(&value).expect("values serialise");
        assert_eq!(serde_json::from_str::<Value>(&state).expect("and come back"), value, "{state}");
    }
    let shape = r#"{"array":{"shape":[3],"elements":{"bool":[true]}}}"#;
    let error = serde_json::from_str::<Value>(shape).expect_err("one element is not three");
    assert!(error.to_string().contains("a shape of [3] does not fit 1 elements"), "{error}");
}

/// Some array, without text and characters, which do not come back as they went.
fn some_array(rank: std::ops::Range<usize>) -> impl Strategy<Value = Array> {
    prop::collection::vec(0usize..4, rank).prop_flat_map(|shape| {
        let n = shape.iter().product::<usize>();
        macro_rules! of {
            ($variant:ident, $element:ty) => {
                prop::collection::vec(any::<$element>(), n).prop_map(Elements::$variant).boxed()
            };
        }
        let number = prop_oneof![
            prop::collection::vec(any::<u64>().prop_map(f64::from_bits), n).prop_map(Elements::Float64),
            prop::collection::vec(any::<u32>().prop_map(f32::from_bits), n).prop_map(Elements::Float32),
            of!(Int8, i8),
            of!(UInt8, u8),
            of!(Int16, i16),
            of!(UInt16, u16),
            of!(Int32, i32),
            of!(UInt32, u32),
            of!(Int64, i64),
            of!(UInt64, u64),
        ];
        let moments = (0usize..13, prop::collection::vec(any::<i64>(), n))
            .prop_map(|(unit, counts)| Elements::DateTime64(TimeUnit::ALL[unit].0, counts));
        let complex = prop::collection::vec((any::<f64>(), any::<f64>()), n).prop_map({
            let shape = shape.clone();
            move |pairs| {
                let (real, imaginary): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
                Array::complex(shape.clone(), real.into(), imaginary.into()).expect("the shape fits")
            }
        });
        let plain = prop_oneof![of!(Bool, bool), number, moments]
            .prop_map(move |elements| Array::new(shape.clone(), elements).expect("the shape fits"));
        prop_oneof![4 => plain, 1 => complex]
    })
}

fn some_key() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        any::<u64>().prop_map(|bits| Value::from(f64::from_bits(bits))),
        ".{0,8}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(Value::from),
    ]
}

fn some_value() -> impl Strategy<Value = Value> {
    let date = (1i32..=9999, 1u32..=366).prop_filter_map("day 366", |(y, d)| NaiveDate::from_yo_opt(y, d));
    let time = (0u32..86_400, 0u32..1_000_000)
        .prop_map(|(seconds, micros)| NaiveTime::from_num_seconds_from_midnight_opt(seconds, micros * 1000).expect("within a day"));
    let records = prop::collection::vec(any::<i16>(), 0..4).prop_map(|numbers| {
        let inner = vec![("ä".to_owned(), Field::Array(Array::vector(numbers.clone().into())))];
        let inner = RecordArray::new(inner).expect("one field");
        let wide: Vec<f64> = numbers.iter().map(|number| f64::from(*number)).collect();
        let fields = vec![("n".into(), Field::Records(inner)), ("x".into(), Field::Array(Array::vector(wide.into())))];
        Value::from(RecordArray::new(fields).expect("one shape"))
    });
    let leaf = prop_oneof![
        4 => some_key(),
        1 => Just(Value::Null),
        1 => (any::<f64>(), any::<f64>()).prop_map(|(re, im)| Value::complex(re, im)),
        1 => "-?[0-9]{1,30}(\\.[0-9]{0,9})?(E-?[0-9]{1,3})?|NaN|-Infinity"
            .prop_map(|text| Value::from(text.parse::<Decimal>().expect("a decimal"))),
        1 => date.clone().prop_map(Value::from),
        1 => time.clone().prop_map(Value::from),
        1 => (date, time).prop_map(|(date, time)| Value::from(date.and_time(time))),
        1 => any::<u128>().prop_map(|bits| Value::from(uuid::Uuid::from_u128(bits))),
        4 => some_array(0..4).prop_map(Value::from),
        1 => records,
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let many = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            many().prop_map(Value::List),
            many().prop_map(Value::Tuple),
            prop::collection::vec(some_key(), 0..4).prop_map(Value::Set),
            prop::collection::vec((some_key(), inner.clone()), 0..4).prop_map(Value::Map),
            many().prop_map(|values| Value::from(Array::vector(values.into()))),
            many().prop_map(|values| Value::from(Cell::new(vec![1, values.len()], values).expect("fits"))),
            (many(), many()).prop_map(|(mut a, mut b)| {
                let rows = a.len().min(b.len());
                a.truncate(rows);
                b.truncate(rows);
                let values = a.into_iter().zip(b).flat_map(|(a, b)| [a, b]).collect();
                Value::from(Struct::new(vec![rows], vec!["a".into(), "b".into()], values).expect("fits"))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unpacking_undoes_packing(value in some_value()) {
        let raw = pack(&value).expect("it packs");
        prop_assert_eq!(unpack(&raw, &Limits::default()), Ok(value.clone()));
        let blob = pack_compressed(&value).expect("it packs");
        prop_assert_eq!(unpack(&blob, &Limits::default()), Ok(value.clone()));
        prop_assert!(blob.len() <= raw.len());
        let state = serde_json::to_string(&value).expect("values serialise");
        prop_assert_eq!(serde_json::from_str::<Value>(&state).expect("and come back"), value);
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..200), dims in any::<bool>()) {
        let dims = if dims { Dims::U32 } else { Dims::U64 };
        let limits = Limits { dims, ..Limits::default() };
        for header in [&b""[..], b"dj0\0", b"mYm\0", b"ZL123\0"] {
            let _ = unpack(&[header, &noise].concat(), &limits);
        }
    }

    #[test]
    fn mutated_blobs_never_panic(
        value in some_value(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut blob = pack(&value).expect("it packs");
        for (place, byte) in changes {
            let place = place.index(blob.len());
            blob[place] = byte;
        }
        if let Some(cut) = cut {
            blob.truncate(cut.index(blob.len()));
        }
        // What still reads as a value is one that packs, unless Python could not hash its keys.
        if let Ok(found) = unpack(&blob, &Limits { chars: Chars::Units, ..Limits::default() }) {
            match pack(&found) {
                Ok(_) | Err(PackError::Unhashable(_) | PackError::NoFields) => {}
                Err(error) => return Err(TestCaseError::fail(format!("{error}"))),
            }
        }
    }

    #[test]
    fn a_truncated_blob_is_no_value(value in some_value(), cut in any::<prop::sample::Index>()) {
        let blob = pack(&value).expect("it packs");
        prop_assert!(unpack(&blob[..cut.index(blob.len())], &Limits::default()).is_err());
    }
}

#[test]
fn the_corpus_of_the_fuzzer_is_read_or_refused() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/blob");
    let limits = Limits { inflated_max: 1 << 22, memory_max: 1 << 24, ..Limits::default() };
    let (mut read, mut refused) = (0, 0);
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let Ok(value) = unpack(&bytes, &limits) else {
            refused += 1;
            continue;
        };
        read += 1;
        let Ok(packed) = pack(&value) else { continue };
        let again = unpack(&packed, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(pack(&again).expect("what was read can be written"), packed, "{}", path.display());
    }
    assert!(read >= 15 && refused >= 10, "{read} read, {refused} refused");
}
