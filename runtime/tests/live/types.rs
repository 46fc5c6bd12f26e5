//! Every type on every server: what is put in comes out, by plain SQL and by contents, and what was made reads as declared.

use djc_core::blob;
use djc_core::catalog::ColumnType;
use djc_core::contents::{Stored, store};
use djc_core::ir::type_text::{self, TypeContext};
use djc_core::ir::{AttributeType, CodecStore, Generation, Tier};
use djc_core::value::Value;
use djc_runtime::deploy::{DeployError, DeployOptions, Desired, Silent, deploy};
use djc_runtime::{Db, InspectOptions, SqlValue};

use crate::pipeline::Build;
use crate::support::{On, Place};

/// A type with its smallest and its greatest value, and a third one: unicode where there is text.
struct Case {
    ty: &'static str,
    values: [&'static str; 3],
}

const fn case(ty: &'static str, least: &'static str, greatest: &'static str, other: &'static str) -> Case {
    Case { ty, values: [least, greatest, other] }
}

const UUIDS: [&str; 3] =
    ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "01234567-89ab-cdef-0123-456789abcdef"];
const JSON: [&str; 3] = ["null", r#"{"n": 9007199254740991, "x": [1.5, true]}"#, r#"["größe", "日本", "😀", "\\ \" '"]"#];

const fn uuids(ty: &'static str) -> Case {
    Case { ty, values: UUIDS }
}

/// Values of bytes are their count here.
const fn sizes(ty: &'static str, greatest: &'static str) -> Case {
    Case { ty, values: ["0", greatest, "17"] }
}

const CLASSIC: [Case; 47] = [
    case("tinyint", "-128", "127", "0"),
    case("tinyint unsigned", "0", "255", "128"),
    case("smallint", "-32768", "32767", "-1"),
    case("smallint unsigned", "0", "65535", "32768"),
    case("mediumint", "-8388608", "8388607", "-1"),
    case("mediumint unsigned", "0", "16777215", "8388608"),
    case("int", "-2147483648", "2147483647", "-1"),
    case("int(11)", "-2147483648", "2147483647", "-1"),
    case("int unsigned", "0", "4294967295", "2147483648"),
    case("bigint", "-9223372036854775808", "9223372036854775807", "-1"),
    case("bigint unsigned", "0", "18446744073709551615", "9223372036854775807"),
    case("decimal(5,2)", "-999.99", "999.99", "0.10"),
    case("decimal(9,3) unsigned", "0.000", "999999.999", "0.001"),
    case(
        "decimal(65,30)",
        "-99999999999999999999999999999999999.999999999999999999999999999999",
        "99999999999999999999999999999999999.999999999999999999999999999999",
        "0.000000000000000000000000000001",
    ),
    case("decimal(20)", "-99999999999999999999", "99999999999999999999", "10000"),
    case("float", "-3.4028234e38", "3.4028234e38", "1.1754944e-38"),
    case("float unsigned", "0", "3.4028234e38", "16777217"),
    case("float(5,2)", "-999.5", "999.5", "0.25"),
    case("float(53)", "-1.7976931348623157e308", "1.7976931348623157e308", "0.1"),
    case("double", "-1.7976931348623157e308", "1.7976931348623157e308", "2.2250738585072014e-308"),
    case("real", "-1.7976931348623157e308", "1.7976931348623157e308", "0.1"),
    case("double unsigned", "0", "1.7976931348623157e308", "0.1"),
    case("char(5)", "", "zzzzz", "ä日😀"),
    case("varchar(20)", "", "zzzzzzzzzzzzzzzzzzzz", "größe 日本 😀 'x' \\ %"),
    case("enum('a','größe','it''s', '😀')", "a", "it's", "😀"),
    case("bool", "0", "1", "1"),
    case("date", "1000-01-01", "9999-12-31", "2024-02-29"),
    case("datetime", "1000-01-01 00:00:00", "9999-12-31 23:59:59", "2024-02-29 12:30:00"),
    case("datetime(6)", "1000-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999", "2024-02-29 12:30:00.5"),
    case("time", "00:00:00", "23:59:59", "01:02:03"),
    case("time(3)", "00:00:00.001", "23:59:59.999", "01:02:03.5"),
    case("timestamp", "1970-01-02 00:00:01", "2038-01-18 03:14:07", "2024-02-29 12:30:00"),
    case("timestamp(6)", "1970-01-02 00:00:01.000001", "2038-01-18 03:14:07.999999", "2024-02-29 12:30:00.25"),
    case("year", "1901", "2155", "2024"),
    Case { ty: "json", values: JSON },
    uuids("uuid"),
    sizes("tinyblob", "255"),
    sizes("blob", "65535"),
    sizes("mediumblob", "70000"),
    sizes("longblob", "1000000"),
    sizes("attach", "70000"),
    uuids("blob@raw"),
    uuids("attach@raw"),
    uuids("filepath@raw"),
    sizes("<graph>", "70000"),
    case("numeric(4,1)", "-999.9", "999.9", "0.1"),
    case("time(6)", "00:00:00", "23:59:59.999999", "12:00:00.000001"),
];

const MODERN: [Case; 47] = [
    case("int8", "-128", "127", "0"),
    case("int16", "-32768", "32767", "-1"),
    case("int32", "-2147483648", "2147483647", "-1"),
    case("int64", "-9223372036854775808", "9223372036854775807", "-1"),
    case("tinyint unsigned", "0", "255", "128"),
    case("smallint", "-32768", "32767", "-1"),
    case("mediumint", "-8388608", "8388607", "-1"),
    case("int", "-2147483648", "2147483647", "-1"),
    case("int unsigned", "0", "4294967295", "2147483648"),
    case("bigint", "-9223372036854775808", "9223372036854775807", "-1"),
    case("bigint unsigned", "0", "18446744073709551615", "9223372036854775807"),
    case("float32", "-3.4028234e38", "3.4028234e38", "1.1754944e-38"),
    case("float64", "-1.7976931348623157e308", "1.7976931348623157e308", "2.2250738585072014e-308"),
    case("float", "-3.4028234e38", "3.4028234e38", "0.25"),
    case("double", "-1.7976931348623157e308", "1.7976931348623157e308", "0.1"),
    case("real", "-3.4028234e38", "3.4028234e38", "0.25"),
    case("bool", "0", "1", "1"),
    case("decimal(5,2)", "-999.99", "999.99", "0.10"),
    case("decimal(38,10)", "-9999999999999999999999999999.9999999999", "9999999999999999999999999999.9999999999", "0.0000000001"),
    case("numeric(4,1)", "-999.9", "999.9", "0.1"),
    case("uuid", UUIDS[0], UUIDS[1], UUIDS[2]),
    case("date", "1000-01-01", "9999-12-31", "2024-02-29"),
    case("datetime", "1000-01-01 00:00:00", "9999-12-31 23:59:59", "2024-02-29 12:30:00"),
    case("datetime(3)", "1000-01-01 00:00:00.001", "9999-12-31 23:59:59.999", "2024-02-29 12:30:00.5"),
    case("datetime(6)", "1000-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999", "2024-02-29 12:30:00.5"),
    case("time", "00:00:00", "23:59:59", "01:02:03"),
    case("timestamp", "1970-01-02 00:00:01", "2038-01-18 03:14:07", "2024-02-29 12:30:00"),
    case("year", "1901", "2155", "2024"),
    Case { ty: "json", values: JSON },
    case("char(5)", "", "zzzzz", "ä日😀"),
    case("varchar(20)", "", "zzzzzzzzzzzzzzzzzzzz", "größe 日本 😀 'x' \\ %"),
    case("enum('a','größe','it''s', '😀')", "a", "it's", "😀"),
    case("tinytext", "", "zzzzz", "größe 日本 😀"),
    case("text", "", "zzzzz", "größe 日本 😀"),
    case("mediumtext", "", "zzzzz", "größe 日本 😀"),
    case("longtext", "", "zzzzz", "größe 日本 😀"),
    sizes("bytes", "1000000"),
    sizes("tinyblob", "255"),
    sizes("blob", "65535"),
    sizes("mediumblob", "70000"),
    sizes("longblob", "70000"),
    sizes("<blob>", "70000"),
    sizes("<attach>", "70000"),
    Case { ty: "<blob@>", values: JSON },
    Case { ty: "<hash@raw>", values: JSON },
    Case { ty: "<object@raw>", values: JSON },
    Case { ty: "<filepath@raw>", values: JSON },
];

fn context() -> TypeContext {
    TypeContext { adapters: [("graph".to_string(), "longblob".to_string())].into(), adapted_types: true, filepath: true }
}

/// A column of the tables under test.
struct Column {
    name: String,
    ty: AttributeType,
    column: ColumnType,
    values: [&'static str; 3],
}

impl Column {
    /// Whether `contents` can bring values of the type.
    fn is_writable(&self) -> bool {
        match &self.ty {
            AttributeType::Attach | AttributeType::External(_) | AttributeType::Adapted { .. } => false,
            AttributeType::Codec(codec) => codec.name == "blob" && codec.store == CodecStore::Inline,
            _ => true,
        }
    }

    fn is_packed(&self, generation: Generation) -> bool {
        match &self.ty {
            AttributeType::Blob(_) => generation == Generation::Classic,
            AttributeType::Codec(_) => true,
            _ => false,
        }
    }

    /// The value as it stands in `contents`.
    fn written(&self, text: &str, generation: Generation) -> Value {
        match &self.ty {
            AttributeType::Json => {
                fn value(json: &serde_json::Value) -> Value {
                    match json {
                        serde_json::Value::Null => Value::Null,
                        serde_json::Value::Bool(value) => Value::from(*value),
                        serde_json::Value::Number(number) if number.is_i64() => Value::from(number.as_i64().expect("one")),
                        serde_json::Value::Number(number) => Value::from(number.as_f64().expect("a number")),
                        serde_json::Value::String(text) => Value::from(text.as_str()),
                        serde_json::Value::Array(list) => Value::List(list.iter().map(value).collect()),
                        serde_json::Value::Object(map) => {
                            Value::Map(map.iter().map(|(key, item)| (Value::from(key.as_str()), value(item))).collect())
                        }
                    }
                }
                value(&serde_json::from_str(text).expect("JSON"))
            }
            AttributeType::Blob(_) | AttributeType::Bytes | AttributeType::Codec(_) => {
                let bytes = bytes(text);
                // Packed, a few bytes more are needed than the column may have.
                let cut = if self.is_packed(generation) { bytes.len().min(100) } else { bytes.len() };
                Value::Bytes(bytes[..cut].to_vec())
            }
            _ => Value::from(text),
        }
    }

    /// The value as plain SQL binds it.
    fn bound(&self, text: &str, on: On) -> SqlValue {
        let is_uuid = matches!(self.ty, AttributeType::Uuid | AttributeType::External(_));
        match &self.column {
            ColumnType::Boolean => SqlValue::Bool(text == "1"),
            ColumnType::Integer { .. } | ColumnType::Year => match text.parse() {
                Ok(number) => SqlValue::I64(number),
                // SQLite has no more.
                Err(_) if on == On::Sqlite => SqlValue::I64(i64::MAX),
                Err(_) => SqlValue::U64(text.parse().expect("a number")),
            },
            ColumnType::Float { .. } => SqlValue::F64(f64::from(text.parse::<f32>().expect("a number"))),
            ColumnType::Double { .. } => SqlValue::F64(text.parse().expect("a number")),
            ColumnType::Binary(_) | ColumnType::Blob(_) if is_uuid => {
                SqlValue::Bytes(uuid::Uuid::parse_str(text).expect("a UUID").as_bytes().to_vec())
            }
            ColumnType::Blob(_) => SqlValue::Bytes(bytes(text)),
            _ => text.into(),
        }
    }

    /// A value in the form in which two of them compare.
    fn comparable(&self, value: &SqlValue) -> SqlValue {
        match (value, &self.ty) {
            (SqlValue::U64(number), _) => i64::try_from(*number).map_or(value.clone(), SqlValue::I64),
            (SqlValue::Text(text), AttributeType::Char(_)) => text.trim_end_matches(' ').into(),
            (SqlValue::Text(text), AttributeType::Json | AttributeType::Codec(_)) if self.column == ColumnType::Json => {
                let json: serde_json::Value = serde_json::from_str(text).expect("the server returns JSON");
                json.to_string().into()
            }
            (SqlValue::Bytes(bytes), _) if self.column == ColumnType::Json => {
                self.comparable(&String::from_utf8(bytes.clone()).expect("JSON is text").into())
            }
            _ => value.clone(),
        }
    }
}

/// Bytes of a count, none of them alike in a row.
fn bytes(count: &str) -> Vec<u8> {
    (0..count.parse::<u32>().expect("a count")).map(|number| (number * 31 % 251) as u8).collect()
}

fn columns(on: On, generation: Generation) -> Vec<Column> {
    let cases = match generation {
        Generation::Classic => &CLASSIC,
        Generation::Modern => &MODERN,
    };
    let mut out = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let ty = type_text::parse(case.ty, generation, &context()).unwrap_or_else(|error| panic!("{}: {error:?}", case.ty)).ty;
        match on.server().dialect().column_type(&ty, generation) {
            Ok(column) => out.push(Column { name: format!("c{at}"), ty, column, values: case.values }),
            // The native types of generation 2 are those of one server.
            Err(_) => assert!(generation == Generation::Modern && on == On::Postgres, "{on:?} has no {}", case.ty),
        }
    }
    out
}

/// A manual table with every type, and a lookup table with contents of every type that can have them.
fn everything(columns: &[Column], generation: Generation) -> Build {
    let number = if generation == Generation::Classic { "int" } else { "int32" };
    let mut build = Build::with_types(generation, &["lab"], context());
    let cases = if generation == Generation::Classic { &CLASSIC } else { &MODERN };
    let lines = |writable: bool| {
        let mut lines = format!("k : {number}\n---\n");
        for column in columns.iter().filter(|column| !writable || column.is_writable()) {
            let at: usize = column.name[1..].parse().expect("its number");
            lines.push_str(&format!("{}=null : {} # größe 😀\n", column.name, cases[at].ty));
        }
        lines
    };
    build.table(0, Tier::Manual, "Everything", "größe 😀", &lines(false));
    let lookup = build.table(0, Tier::Lookup, "Chosen", "", &lines(true));
    let mut rows = vec![vec![("k", Value::from(3))]];
    for at in 0..3 {
        let mut row = vec![("k", Value::from(at as i64))];
        for column in columns.iter().filter(|column| column.is_writable()) {
            let text = contents_text(column, at);
            row.push((column.name.as_str(), column.written(text, generation)));
        }
        rows.push(row);
    }
    build.contents(lookup, rows);
    build
}

/// SQLite's integers end earlier.
fn contents_text(column: &Column, at: usize) -> &'static str {
    match column.values[at] {
        "18446744073709551615" if matches!(column.column, ColumnType::Integer { unsigned: false, .. }) => "9223372036854775807",
        text => text,
    }
}

fn quoted(place: &Place, table: &str) -> String {
    match place.on {
        On::Sqlite => format!("\"{}.{table}\"", place.schema("lab")),
        On::MariaDb | On::MySql => format!("`{}`.`{table}`", place.schema("lab")),
        On::Postgres => format!("\"{}\".\"{table}\"", place.schema("lab")),
    }
}

/// Reads a row back with a bound key: MySQL sends values as binary then, with all their digits.
async fn row(db: &mut Db, place: &Place, table: &str, columns: &[&Column], key: i64) -> Vec<SqlValue> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let sql = format!("SELECT {} FROM {} WHERE k = {}", names.join(", "), quoted(place, table), db.placeholder(0));
    let rows = db.query(&sql, &[SqlValue::I64(key)]).await.unwrap_or_else(|error| panic!("{:?}: {error}", place.on));
    assert_eq!(rows.len(), 1, "{:?} {table} {key}", place.on);
    columns.iter().zip(rows[0].values()).map(|(column, value)| column.comparable(value)).collect()
}

async fn insert(db: &mut Db, place: &Place, desired: &Desired, columns: &[Column], key: i64, values: &[SqlValue]) {
    let table = desired.catalog.table(&place.schema("lab"), "everything").expect("it was lowered");
    let sql = format!("INSERT INTO {} (k) VALUES ({key})", quoted(place, "everything"));
    db.execute(&sql).await.unwrap_or_else(|error| panic!("{:?}: {error}", place.on));
    for (column, value) in columns.iter().zip(values) {
        let mark = match place.on {
            On::Postgres => {
                let ty = &table.column(&column.name).expect("it was lowered").ty;
                format!("CAST($1 AS {})", db.server().dialect().type_sql(ty))
            }
            On::Sqlite | On::MariaDb | On::MySql => "?".to_string(),
        };
        let update = format!("UPDATE {} SET {} = {mark} WHERE k = {key}", quoted(place, "everything"), column.name);
        let done = db.execute_with(&update, std::slice::from_ref(value)).await;
        done.unwrap_or_else(|error| panic!("{:?} {:?}: {error}", place.on, column.ty));
    }
}

async fn every_type(on: On, generation: Generation) {
    let Some(place) = Place::new(on) else { return };
    let columns = columns(on, generation);
    let mut db = place.connect().await;
    let wanted = everything(&columns, generation).desired(&place.prefix, db.target());
    let report = deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await;
    let report = report.unwrap_or_else(|error| panic!("{on:?} {generation}: {error}"));
    assert_eq!((report.differing.len(), report.inserted[0].2), (0, 4), "{on:?} {generation}");

    if generation == Generation::Classic {
        // External attributes refer to the table that tracks their store.
        for id in UUIDS {
            let id = uuid::Uuid::parse_str(id).expect("a UUID");
            let (mark, id) = match on {
                On::Postgres => ("CAST($1 AS uuid)", id.to_string().into()),
                On::Sqlite | On::MariaDb | On::MySql => ("?", SqlValue::Bytes(id.as_bytes().to_vec())),
            };
            let sql = format!("INSERT INTO {} (hash, size) VALUES ({mark}, 0)", quoted(&place, "~external_raw"));
            db.execute_with(&sql, &[id]).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        }
    }
    let all: Vec<&Column> = columns.iter().collect();
    for at in 0..4 {
        let value = |column: &Column| column.values.get(at).map_or(SqlValue::Null, |text| column.bound(text, on));
        let values: Vec<SqlValue> = columns.iter().map(value).collect();
        insert(&mut db, &place, &wanted, &columns, at as i64, &values).await;
        let found = row(&mut db, &place, "everything", &all, at as i64).await;
        for ((column, value), found) in columns.iter().zip(&values).zip(found) {
            assert_eq!(found, column.comparable(value), "{on:?} {generation} {:?} by SQL", column.ty);
        }
    }

    let writable: Vec<&Column> = columns.iter().filter(|column| column.is_writable()).collect();
    for at in 0..4 {
        let found = row(&mut db, &place, "#chosen", &writable, at as i64).await;
        for (column, found) in writable.iter().zip(found) {
            let expected = match column.values.get(at) {
                None => SqlValue::Null,
                Some(_) => {
                    let text = contents_text(column, at);
                    match column.written(text, generation) {
                        Value::Null => SqlValue::Null,
                        value if column.is_packed(generation) => SqlValue::Bytes(blob::pack_compressed(&value).expect("bytes pack")),
                        _ => column.bound(text, on),
                    }
                }
            };
            assert_eq!(found, column.comparable(&expected), "{on:?} {generation} {:?} by contents", column.ty);
        }
    }

    // Values in the tables change nothing about what is there.
    let mut live = db.inspect_as_reported(&InspectOptions::of(vec![place.schema("lab")])).await.expect("an inspection").catalog;
    for name in ["everything", "#chosen"] {
        let mut lowered = wanted.catalog.table(&place.schema("lab"), name).expect("it was lowered").clone();
        let found = live.schemas.get_mut(&place.schema("lab")).and_then(|schema| schema.tables.get_mut(name)).expect("it is there");
        let dialect = db.server().dialect();
        dialect.normalize(&mut lowered);
        let found = std::sync::Arc::make_mut(found);
        dialect.normalize(found);
        assert_eq!(lowered.columns.len(), found.columns.len());
        let differences = djc_runtime::deploy::differences(&lowered, found, db.server());
        assert!(differences.is_empty(), "{on:?} {generation}: {differences:?}");
    }
    let again = deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("a second run");
    assert!(again.is_unchanged() && !again.differs() && again.statements == 0, "{on:?} {generation}: {again:?}");
    place.clean().await;
}

#[tokio::test]
async fn every_type_keeps_its_values_on_sqlite() {
    for generation in [Generation::Classic, Generation::Modern] {
        every_type(On::Sqlite, generation).await;
    }
}

#[tokio::test]
async fn every_type_keeps_its_values_on_mariadb() {
    for generation in [Generation::Classic, Generation::Modern] {
        every_type(On::MariaDb, generation).await;
    }
}

#[tokio::test]
async fn every_type_keeps_its_values_on_postgres() {
    for generation in [Generation::Classic, Generation::Modern] {
        every_type(On::Postgres, generation).await;
    }
}

#[tokio::test]
async fn every_type_keeps_its_values_on_mysql() {
    for generation in [Generation::Classic, Generation::Modern] {
        every_type(On::MySql, generation).await;
    }
}

/// Deploys a lookup table with one value and returns why that is refused; nothing may be there afterwards.
async fn refusal(on: On, ty: &str, value: Value, charset: &str) -> Option<String> {
    let place = Place::new(on)?;
    let mut db = place.connect().await;
    let mut build = Build::new(Generation::Classic, &["lab"]);
    build.pipeline.schemas[0].charset = djc_core::ir::Charset::Named { charset: charset.to_string(), collation: None };
    let table = build.table(0, Tier::Lookup, "Kind", "", &format!("kind : int\n---\na=null : {ty}"));
    build.contents(table, vec![vec![("kind", Value::from(1)), ("a", value)]]);
    let wanted = build.desired(&place.prefix, db.target());
    let before = db.statements_sent();
    let error = deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.err();
    let catalog = db.inspect(&InspectOptions::of(vec![place.schema("lab")])).await.expect("an inspection").catalog;
    if let Some(error) = error {
        assert!(matches!(error, DeployError::Contents { .. }), "{on:?} {ty}: {error}");
        assert!(catalog.schemas.is_empty(), "{on:?} {ty}: something was made before {error}");
        assert!(db.statements_sent() > before, "the server was looked at");
        let text = error.to_string().replace(&place.prefix, "");
        place.clean().await;
        return Some(text);
    }
    place.clean().await;
    None
}

#[tokio::test]
async fn contents_that_do_not_fit_are_refused_before_anything_is_made() {
    let bad: [(&str, Value); 12] = [
        ("tinyint", Value::from(128)),
        ("int unsigned", Value::from(-1)),
        ("int", Value::from(1.5)),
        ("decimal(5,2)", Value::from("1000")),
        ("float", Value::from(1e39)),
        ("enum('a','b')", Value::from("c")),
        ("varchar(3)", Value::from("äöüß")),
        ("date", Value::from("2023-02-29")),
        ("datetime", Value::from("2024-01-01 25:00:00")),
        ("uuid", Value::from("1")),
        ("year", Value::from(1900)),
        ("tinyblob", Value::Bytes((0..=255).collect())),
    ];
    for on in On::ALL {
        if on != On::Sqlite && on.url().is_none() {
            continue;
        }
        for (ty, value) in &bad {
            let parsed = type_text::parse(ty, Generation::Classic, &context()).expect("a type").ty;
            assert!(store(value, &parsed, Generation::Classic).is_err(), "{ty}: `djc check` sees it too");
            let said = refusal(on, ty, value.clone(), "utf8mb4").await;
            assert!(said.is_some_and(|said| said.contains("`a`")), "{on:?} {ty} {value}");
        }
    }
}

#[tokio::test]
async fn what_only_one_server_cannot_hold_is_refused_there() {
    let text = Value::from("日本 😀");
    let cases: [(&str, Value, &str, &[On]); 9] = [
        ("varchar(20)", text.clone(), "latin1", &[On::MariaDb, On::MySql]),
        ("varchar(20)", text, "utf8mb3", &[On::MariaDb, On::MySql]),
        ("varchar(20)", Value::from("größe"), "latin1", &[]),
        ("time", Value::from("-01:30:00"), "utf8mb4", &[On::Postgres]),
        ("double", Value::from(f64::INFINITY), "utf8mb4", &[On::MariaDb, On::MySql]),
        ("bigint unsigned", Value::from("18446744073709551615"), "utf8mb4", &[On::Sqlite]),
        ("varchar(20)", Value::from("a\0b"), "utf8mb4", &[On::Postgres]),
        ("enum('a','b')", Value::from("A"), "utf8mb4", &[On::Postgres, On::Sqlite]),
        ("timestamp", Value::from("1500-01-01"), "utf8mb4", &[On::MariaDb, On::MySql]),
    ];
    for on in On::ALL {
        if on != On::Sqlite && on.url().is_none() {
            continue;
        }
        for (ty, value, charset, refused) in &cases {
            let said = refusal(on, ty, value.clone(), charset).await;
            assert_eq!(said.is_some(), refused.contains(&on), "{on:?} {ty} {value}: {said:?}");
        }
    }
}

#[tokio::test]
async fn contents_take_one_form_on_every_server() {
    let cases: [(&str, Value, &str); 8] = [
        ("decimal(6,2)", Value::from(12.5), "12.50"),
        ("decimal(6,2)", Value::from("1e3"), "1000.00"),
        ("decimal(6,2)", Value::from("0.005"), "0.01"),
        ("date", Value::from("2024/2/9"), "2024-02-09"),
        ("datetime", Value::from("20240209120000"), "2024-02-09 12:00:00"),
        ("datetime", Value::from("2024-12-31 23:59:59.6"), "2025-01-01 00:00:00"),
        ("time(1)", Value::from("1:02:03.45"), "01:02:03.5"),
        ("year", Value::from(70), "1970"),
    ];
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Classic, &["lab"]);
        for (at, (ty, value, _)) in cases.iter().enumerate() {
            let table = build.table(0, Tier::Lookup, &format!("Kind{at}"), "", &format!("kind : int\n---\na=null : {ty}"));
            build.contents(table, vec![vec![("kind", Value::from(1)), ("a", value.clone())]]);
        }
        let wanted = build.desired(&place.prefix, db.target());
        deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        for (at, (ty, value, expected)) in cases.iter().enumerate() {
            let rows = db.query(&format!("SELECT a FROM {}", quoted(&place, &format!("#kind{at}"))), &[]).await.expect("the row");
            assert_eq!(rows[0].text(0).expect("a value"), *expected, "{on:?} {ty} {value}");
        }
        place.clean().await;
    }
}

#[tokio::test]
async fn enum_without_a_default_is_its_first_value_where_the_server_says_so() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Classic, &["lab"]);
        let table = build.table(0, Tier::Lookup, "Kind", "", "kind : int\n---\na : enum('x','y')");
        build.contents(table, vec![vec![("kind", Value::from(1)), ("a", Value::Null)]]);
        let wanted = build.desired(&place.prefix, db.target());
        match deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await {
            Ok(_) => {
                assert!(matches!(on, On::MariaDb | On::MySql), "{on:?}");
                let rows = db.query(&format!("SELECT a FROM {}", quoted(&place, "#kind")), &[]).await.expect("the row");
                assert_eq!(rows[0].get(0), &"x".into(), "{on:?}");
            }
            Err(error) => {
                assert!(matches!(on, On::Sqlite | On::Postgres) && matches!(error, DeployError::Contents { .. }), "{on:?}: {error}");
            }
        }
        place.clean().await;
    }
}

#[test]
fn what_is_a_default_anywhere_is_one_everywhere() {
    for ty in ["int", "float", "decimal(5,2)", "year"] {
        let parsed = type_text::parse(ty, Generation::Classic, &context()).expect("a type").ty;
        for value in [Value::Null, Value::from(f64::NAN), Value::from("")] {
            assert_eq!(store(&value, &parsed, Generation::Classic), Ok(Stored::Default), "{ty} {value}");
        }
    }
}
