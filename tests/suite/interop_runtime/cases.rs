//! Which values go both ways: for each type of the definition language its ends and its oddities.

use djc::core::dialect::Server;
use djc::core::ir::Generation;
use djc::core::value::Value;
use serde_json::Value as Json;

use super::notation::{attachment, boolean, bytes, loaded, none, plain, timedelta, value, vectors};

/// A datajoint and a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    ClassicMariaDb,
    ClassicMySql,
    ModernMariaDb,
    ModernPostgres,
}

impl Place {
    pub fn generation(self) -> Generation {
        match self {
            Place::ClassicMariaDb | Place::ClassicMySql => Generation::Classic,
            Place::ModernMariaDb | Place::ModernPostgres => Generation::Modern,
        }
    }

    pub fn server(self) -> Server {
        match self {
            Place::ClassicMariaDb | Place::ModernMariaDb => Server::MariaDb,
            Place::ClassicMySql => Server::MySql,
            Place::ModernPostgres => Server::Postgres,
        }
    }

    /// The variable with the URL of the server.
    pub fn variable(self) -> &'static str {
        match self.server() {
            Server::MariaDb => "DJC_TEST_MARIADB",
            Server::MySql => "DJC_TEST_MYSQL",
            Server::Postgres => "DJC_TEST_POSTGRES",
            Server::Sqlite => unreachable!("datajoint knows no SQLite"),
        }
    }
}

/// A type and values of it, one table.
pub struct Type {
    /// As definitions say it.
    pub text: &'static str,
    /// The type of the key.
    pub key: &'static str,
    pub values: Vec<Held>,
    /// What Python's session is told before the table, and what undoes it.
    pub session: Option<[&'static str; 2]>,
}

/// A value as both sides have it.
#[derive(Clone)]
pub struct Held {
    /// What messages and exceptions call it.
    pub name: String,
    /// What Python inserts.
    pub given: Json,
    /// What Python fetches.
    pub fetched: Json,
    /// What Rust inserts; `None` for a file, which `given` says.
    pub insert: Option<Value>,
    /// What Rust fetches.
    pub read: Value,
}

impl Held {
    /// A value that is the same on both sides.
    fn same(name: impl Into<String>, json: Json) -> Held {
        let value = value(&json);
        Held { name: name.into(), given: json.clone(), fetched: json, insert: Some(value.clone()), read: value }
    }

    fn fetched(self, fetched: Json) -> Held {
        Held { fetched, ..self }
    }

    fn given(self, given: Json) -> Held {
        Held { given, ..self }
    }

    fn read(self, read: Value) -> Held {
        Held { read, ..self }
    }
}

fn of(text: &'static str, values: Vec<Held>) -> Type {
    Type { text, key: "", values, session: None }
}

/// A type whose values are written as one text each.
fn all(text: &'static str, kind: &str, values: &[&str]) -> Type {
    of(text, values.iter().map(|text| Held::same(*text, plain(kind, text))).collect())
}

/// Whole numbers.
fn ints(text: &'static str, values: &[&str]) -> Type {
    all(text, "int", values)
}

const DOUBLES: [&str; 10] = [
    "0",
    "-0.0",
    "0.1",
    "0.30000000000000004",
    "-1.7976931348623157e308",
    "1.7976931348623157e308",
    "2.2250738585072014e-308",
    "5e-324",
    "1e300",
    "9007199254740993.5",
];

fn doubles(text: &'static str) -> Type {
    all(text, "float", &DOUBLES)
}

/// Numbers of four bytes with the six digits in which the MySQL family prints them for Python; PostgreSQL prints the shortest text that is no other
/// number of four bytes.
const SINGLES: [(&str, &str); 8] = [
    ("0", "0"),
    ("-0.0", "-0.0"),
    ("0.1", "0.1"),
    ("-3.4028234663852886e38", "-3.40282e38"),
    ("3.4028234663852886e38", "3.40282e38"),
    ("1.1754943508222875e-38", "1.17549e-38"),
    ("1.401298464324817e-45", "1.4013e-45"),
    ("16777217", "16777200"),
];

fn singles(place: Place, text: &'static str) -> Type {
    let held = |(number, printed): &(&str, &str)| {
        let json = plain("float", number);
        let nearest = f64::from(number.parse::<f32>().expect("a number"));
        let shortest = format!("{:?}", nearest as f32);
        let fetched = if place.server().is_mysql_family() { printed.to_string() } else { shortest };
        Held::same(*number, json).read(Value::Float(nearest)).fetched(plain("float", &fetched))
    };
    of(text, SINGLES.iter().map(held).collect())
}

/// Texts that something on the way might take for its own.
const TEXTS: [&str; 25] = [
    "",
    " ",
    "a",
    "größe",
    "e\u{301}a\u{308}\u{20e3}",
    "שלום עולם",
    "\u{202e}abc\u{202c}",
    "日本語",
    "😀👩\u{200d}👩\u{200d}👧\u{10ffff}",
    "\u{feff}bom",
    "'",
    "''\"\"``",
    "%",
    "%s %(a)s %% 100 %",
    "\\",
    "\\' \\n \\0 \\\\",
    "line\nline\r\n\ttab",
    "  on both sides  ",
    "NULL",
    "nan",
    "{a} {0} {{}}",
    "$1 ? :a @b",
    "'; DROP TABLE x; --",
    "\u{1}\u{1a}\u{7f}\u{85}\u{2028}",
    "0",
];

fn texts(text: &'static str, more: &[&str]) -> Type {
    all(text, "str", &[&TEXTS[..], more].concat())
}

fn longest(text: &'static str, content: &str) -> Type {
    let name = format!("{} characters", content.chars().count());
    of(text, vec![Held::same(name, plain("str", content))])
}

/// Texts of a fixed length, which PostgreSQL fills with spaces. They are no part of the text for djc, as for SQL itself.
fn chars(place: Place) -> Type {
    let held = |text: &&str| {
        let filled = format!("{text}{}", " ".repeat(10 - text.chars().count()));
        let held = Held::same(*text, plain("str", text));
        if place.server().is_mysql_family() { held } else { held.fetched(plain("str", &filled)) }
    };
    of("char(10)", ["", "a", "größe", "日本語😀", "0123456789", "it's 5 %"].iter().map(held).collect())
}

fn enums(text: &'static str, values: &[&str]) -> Type {
    all(text, "str", values)
}

const DATES: [&str; 5] = ["0001-01-01", "1000-01-01", "1969-12-31", "2024-02-29", "9999-12-31"];
const MOMENTS: [&str; 4] = ["0001-01-01T00:00:00", "1000-01-01T00:00:00", "2024-02-29T12:30:00", "9999-12-31T23:59:59"];
const MILLIS: [&str; 2] = ["1000-01-01T00:00:00.001000", "9999-12-31T23:59:59.999000"];
const MICROS: [&str; 4] = ["1000-01-01T00:00:00.000001", "9999-12-31T23:59:59.999999", "2024-02-29T12:30:00", "2024-02-29T12:30:00.500000"];
const STAMPS: [&str; 3] = ["1970-01-01T00:00:01", "2024-02-29T12:30:00", "2038-01-19T03:14:07"];
const STAMP_MICROS: [&str; 2] = ["1970-01-01T00:00:01.000001", "2038-01-19T03:14:07.999999"];

/// Spans of time, which the MySQL family calls times.
fn spans(text: &'static str, values: &[(&str, i64)]) -> Type {
    let held = |(text, micros): &(&str, i64)| Held::same(*text, timedelta(*micros));
    of(text, values.iter().map(held).collect())
}

const SPANS: [(&str, i64); 7] = [
    ("00:00:00", 0),
    ("12:34:56", 45_296_000_000),
    ("23:59:59", 86_399_000_000),
    ("24:00:00", 86_400_000_000),
    ("838:59:59", 3_020_399_000_000),
    ("-838:59:59", -3_020_399_000_000),
    ("-01:30:00", -5_400_000_000),
];
const SPAN_MICROS: [(&str, i64); 4] = [
    ("-00:00:00.000001", -1),
    ("12:00:00.000001", 43_200_000_001),
    ("838:59:58.999999", 3_020_398_999_999),
    ("-01:30:00.500000", -5_400_500_000),
];

const UUIDS: [&str; 4] = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "01234567-89ab-cdef-0123-456789abcdef",
    "00112233-2200-5c27-0025-0a0d00000000",
];

/// Keys are in the order in which `jsonb` keeps them.
const JSONS: [&str; 15] = [
    r#"{"a": 1, "b": [1.5, true, null, "größe 日本 😀"], "nested": {"": {"x": [[], {}, [[1]]]}}}"#,
    "[]",
    "{}",
    r#"["'", "\"", "\\", "%s", "\n\t", "{0}", "\u0001"]"#,
    r#"{"%": "%s", "'\"\\": 0, "größe 😀": 1}"#,
    "[9007199254740993, -9223372036854775808, 9223372036854775807, 18446744073709551615]",
    "[0.1, 2.2250738585072014e-308, 0.30000000000000004]",
    "[1e300]",
    "[0, 1, -1, 1.0]",
    "5",
    "1.5",
    "true",
    r#""text""#,
    r#""""#,
    r#""5""#,
];

/// Documents; MariaDB calls them texts, and so does datajoint 0.14.
fn documents(place: Place) -> Type {
    let held = |text: &&str| {
        let held = Held::same(*text, loaded(text));
        if place != Place::ClassicMariaDb {
            return held;
        }
        let compact = serde_json::from_str::<Json>(text).expect("JSON").to_string();
        held.given(plain("str", &compact)).fetched(plain("str", &compact))
    };
    of("json", JSONS.iter().map(held).collect())
}

/// Truth values. On the MySQL family they are small numbers, which datajoint leaves as they are.
fn truths(place: Place, text: &'static str) -> Type {
    let held = |truth: bool| {
        let held = Held::same(truth.to_string(), boolean(truth));
        if place.server() == Server::Postgres { held } else { held.fetched(plain("int", if truth { "1" } else { "0" })) }
    };
    of(text, vec![held(false), held(true)])
}

/// Every blob that datajoint was seen to write.
fn packed(text: &'static str) -> Type {
    let held = vectors().into_iter().map(|vector| Held {
        name: vector.id,
        given: vector.given,
        fetched: vector.fetched,
        insert: Some(vector.insert),
        read: vector.read,
    });
    of(text, held.collect())
}

/// A few packed values, for each size of column.
fn few_packed(text: &'static str) -> Type {
    of(text, vec![Held::same("list", loaded("[1, 2.5, \"größe\", null]")), Held::same("empty text", plain("str", ""))])
}

/// Bytes that are kept as they are.
fn raw(text: &'static str, length: usize) -> Type {
    let every: Vec<u8> = (0..=255).take(length).map(|byte| byte as u8).collect();
    let most: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
    let named: [(&str, &[u8]); 4] = [("none", b""), ("zero", b"\0"), ("every byte", &every), ("longest", &most)];
    of(text, named.iter().map(|(name, content)| Held::same(*name, bytes(content))).collect())
}

fn files(text: &'static str) -> Type {
    let held = |name: &str, content: &[u8]| {
        let json = attachment(name, content);
        Held { name: name.to_string(), given: json.clone(), fetched: json, insert: None, read: Value::Null }
    };
    let every: Vec<u8> = (0..=255).collect();
    of(text, vec![held("notes.txt", b"one\ntwo"), held("größe 日本 'x' %.tar.gz", &every), held("empty", b"")])
}

/// What a program's own adapter or codec keeps, seen by Rust as it is stored: the value of a blob, and below a codec the bytes of one.
fn pairs(place: Place) -> Type {
    let json = loaded(r#"{"a": 1, "b": 2}"#);
    let pair = |key: &str, number: i64| Value::Tuple(vec![Value::from(key), Value::from(number)]);
    let stored = Value::List(vec![pair("a", 1), pair("b", 2)]);
    let read = match place.generation() {
        Generation::Classic => stored.clone(),
        Generation::Modern => Value::Bytes(djc::core::blob::pack(&stored).expect("it packs")),
    };
    of("<pairs>", vec![Held { name: "two".to_string(), given: json.clone(), fetched: json, insert: Some(stored), read }])
}

/// Moments that Python inserts and fetches five hours east of Rust: a `timestamp` is a moment for the MySQL family, everything else is what
/// the clock shows.
fn elsewhere(place: Place, text: &'static str) -> Type {
    let here = "2024-02-29T07:30:00";
    let there = if text == "timestamp" && place.server().is_mysql_family() { "2024-02-29T12:30:00" } else { here };
    let json = plain("datetime", there);
    let held = Held::same(here, plain("datetime", here)).given(json.clone()).fetched(json);
    let (east, back) = match place.server() {
        Server::Postgres => ("SET TIME ZONE 'Asia/Karachi'", "SET TIME ZONE DEFAULT"),
        Server::MariaDb | Server::MySql | Server::Sqlite => ("SET time_zone = '+05:00'", "SET time_zone = DEFAULT"),
    };
    Type { session: Some([east, back]), ..of(text, vec![held]) }
}

fn with_key(key: &'static str) -> Type {
    Type { key, ..all("varchar(8)", "str", &["numbered", "twice"]) }
}

/// Returns all types of a datajoint that a server has.
pub fn types(place: Place) -> Vec<Type> {
    let mut out = match place {
        Place::ClassicMariaDb | Place::ClassicMySql => classic(place),
        Place::ModernMariaDb => core(place).into_iter().chain(native_mysql(place)).collect(),
        Place::ModernPostgres => core(place).into_iter().chain(native_postgres(place)).collect(),
    };
    for ty in &mut out {
        // Every type has NULL.
        ty.values.push(Held::same("(null)", none()));
        if ty.key.is_empty() {
            ty.key = if place.generation() == Generation::Classic { "int" } else { "int32" };
        }
    }
    out
}

/// Integers of the MySQL family.
fn mysql_integers() -> Vec<Type> {
    vec![
        ints("tinyint", &["-128", "127", "0"]),
        ints("tinyint unsigned", &["0", "255"]),
        ints("smallint", &["-32768", "32767"]),
        ints("smallint unsigned", &["0", "65535"]),
        ints("mediumint", &["-8388608", "8388607"]),
        ints("mediumint unsigned", &["0", "16777215"]),
        ints("int", &["-2147483648", "2147483647"]),
        ints("int(11)", &["-2147483648", "2147483647"]),
        ints("integer", &["-2147483648", "2147483647"]),
        ints("int unsigned", &["0", "4294967295"]),
        ints("bigint", &["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
        ints("bigint unsigned", &["0", "18446744073709551615", "9223372036854775808"]),
        ints("year", &["1901", "2155", "2024"]),
        with_key("serial"),
        with_key("int unsigned auto_increment"),
    ]
}

/// Decimals with all digits that the MySQL family has.
const LARGE: [&str; 3] = [
    "-99999999999999999999999999999999999.999999999999999999999999999999",
    "99999999999999999999999999999999999.999999999999999999999999999999",
    "0.000000000000000000000000000001",
];

/// Decimals so small that Python writes them with an exponent.
fn decimals(text: &'static str, values: &[&str]) -> Type {
    let held = |digits: &&str| {
        let held = Held::same(*digits, plain("decimal", digits));
        let zeros = digits.strip_prefix("0.").map(|fraction| fraction.len() - fraction.trim_start_matches('0').len());
        match zeros {
            Some(zeros) if zeros > 5 => held.fetched(plain("decimal", &format!("1E-{}", zeros + 1))),
            _ => held,
        }
    };
    of(text, values.iter().map(held).collect())
}

fn mysql_reals(place: Place) -> Vec<Type> {
    vec![
        singles(place, "float"),
        doubles("double"),
        doubles("real"),
        doubles("float(53)"),
        all("float unsigned", "float", &["0", "0.5"]),
        all("double(8,3)", "float", &["-99999.999", "0.125"]),
        all("decimal(6,2)", "decimal", &["-9999.99", "9999.99", "0.10", "0.00"]),
        all("decimal(6,2) unsigned", "decimal", &["9999.99", "0.01"]),
        all("decimal(6)", "decimal", &["-999999", "999999"]),
        all("decimal", "decimal", &["-9999999999", "9999999999"]),
        all("numeric(4,1)", "decimal", &["-999.9", "0.1"]),
        decimals("decimal(65,30)", &LARGE),
    ]
}

fn mysql_times() -> Vec<Type> {
    vec![
        spans("time", &SPANS),
        spans("time(6)", &SPAN_MICROS),
        all("timestamp", "datetime", &STAMPS),
        all("timestamp(6)", "datetime", &STAMP_MICROS),
    ]
}

fn dates(place: Place) -> Vec<Type> {
    vec![
        all("date", "date", &DATES),
        all("datetime", "datetime", &MOMENTS),
        all("datetime(3)", "datetime", &MILLIS),
        all("datetime(6)", "datetime", &MICROS),
        elsewhere(place, "datetime"),
        elsewhere(place, "timestamp"),
        all("uuid", "uuid", &UUIDS),
    ]
}

fn classic(place: Place) -> Vec<Type> {
    let mut out = mysql_integers();
    out.extend(mysql_reals(place));
    out.extend(mysql_times());
    out.extend(dates(place));
    out.extend([
        truths(place, "bool"),
        truths(place, "boolean"),
        chars(place),
        texts("varchar(200)", &["a\0b"]),
        longest("varchar(16000)", &"😀".repeat(16_000)),
        enums(
            "enum('a','größe','日本 😀','it''s','a b','-1','NULL','','a,b')",
            &["a", "größe", "日本 😀", "it's", "a b", "-1", "NULL", "", "a,b"],
        ),
        documents(place),
        packed("longblob"),
        few_packed("tinyblob"),
        few_packed("blob"),
        few_packed("mediumblob"),
        files("attach"),
        pairs(place),
    ]);
    out
}

/// The core types and codecs of datajoint 2.
fn core(place: Place) -> Vec<Type> {
    let mut out = vec![
        ints("int8", &["-128", "127", "0"]),
        ints("int16", &["-32768", "32767"]),
        ints("int32", &["-2147483648", "2147483647"]),
        ints("int64", &["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
        singles(place, "float32"),
        doubles("float64"),
        all("decimal(6,2)", "decimal", &["-9999.99", "9999.99", "0.10", "0.00"]),
        decimals("decimal(38,10)", &["-9999999999999999999999999999.9999999999", "0.0000000001"]),
        truths(place, "bool"),
        chars(place),
        texts("varchar(200)", &[]),
        longest("varchar(16000)", &"😀".repeat(16_000)),
        documents(place),
        raw("bytes", 100_000),
        packed("<blob>"),
        files("<attach>"),
        pairs(place),
    ];
    out.extend(dates(place));
    // datajoint 2 cuts the list of an enum at every comma and takes quotes away on PostgreSQL.
    out.push(match place.server() {
        Server::Postgres => enums("enum('a','größe','日本 😀','a b','-1','')", &["a", "größe", "日本 😀", "a b", "-1", ""]),
        _ => enums(
            "enum('a','größe','日本 😀','it''s','a b','-1','NULL','','a,b')",
            &["a", "größe", "日本 😀", "it's", "a b", "-1", "NULL", "", "a,b"],
        ),
    });
    out
}

fn native_mysql(place: Place) -> Vec<Type> {
    let mut out = mysql_integers();
    out.extend(mysql_reals(place).into_iter().filter(|ty| ty.text != "decimal(6,2)"));
    out.extend(mysql_times());
    out.extend([
        texts("tinytext", &["a\0b"]),
        texts("text", &["a\0b"]),
        texts("mediumtext", &[]),
        longest("longtext", &"größe 😀 ".repeat(20_000)),
        raw("tinyblob", 255),
        raw("blob", 65_535),
        raw("mediumblob", 100_000),
        raw("longblob", 100_000),
    ]);
    out
}

fn native_postgres(place: Place) -> Vec<Type> {
    let times: [&str; 3] = ["00:00:00", "12:34:56", "23:59:59"];
    vec![
        ints("smallint", &["-32768", "32767"]),
        ints("int", &["-2147483648", "2147483647"]),
        ints("integer", &["-2147483648", "2147483647"]),
        ints("bigint", &["-9223372036854775808", "9223372036854775807"]),
        with_key("serial"),
        doubles("float"),
        singles(place, "real"),
        all("decimal", "decimal", &["-99999999999999999999.5", "1E-20", "0"]),
        all("decimal(6)", "decimal", &["-999999", "999999"]),
        all("numeric(4,1)", "decimal", &["-999.9", "0.1"]),
        all("time", "time", &times),
        all("time(6)", "time", &["00:00:00.000001", "23:59:59.999999"]),
        all("timestamp", "datetime", &MOMENTS),
        all("timestamp(6)", "datetime", &MICROS),
        texts("text", &[]),
        enums("enum('a','NULL')", &["a", "NULL"]),
    ]
}
