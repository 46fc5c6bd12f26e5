//! Every type on every server, typed and dynamic.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use djc_core::blob;
use djc_core::ir::{AttributeType, Generation, Tier};
use djc_core::query::AttributeKind;
use djc_core::value::{Decimal, Value};
use djc_runtime::deploy::{DeployOptions, Silent, deploy};
use djc_runtime::field::{Attachment, Blob, Field};
use djc_runtime::table::RowMap;
use djc_runtime::{Connection, Session};
use uuid::Uuid;

use super::{Only, declared, dynamic, one, open, run, sql};
use crate::pipeline::Build;
use crate::support::{On, Place};

/// Fetches what was stored, and compares.
type Check = fn(&Connection, String, Vec<Value>) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;

/// A type of datajoint 0.14 and values of it as Rust reads them: least, greatest, another.
struct Case {
    ty: &'static str,
    values: Vec<Value>,
    check: Check,
}

/// A column of `ty` that is read as `F`, with values.
fn case<F: Field + 'static>(ty: &'static str, values: impl IntoIterator<Item = F>) -> Case {
    let plain = |value: F| match value.give() {
        djc_runtime::field::Given::Value(value) => value,
        other => panic!("{ty}: {other:?}"),
    };
    Case { ty, values: values.into_iter().map(plain).collect(), check: |db, text, values| Box::pin(typed::<F>(db, text, values)) }
}

/// Reads the column as `Option<F>` and holds it against the values, with a NULL behind them.
async fn typed<F: Field>(db: &Connection, line: String, expected: Vec<Value>) {
    let (ty, text) = line.split_once('\n').expect("a type and a statement");
    let sql = sql(db.dialect().server, text, vec![declared("a", ty)]);
    let rows = djc_runtime::fetch::sql::<Only<Option<F>>>(db, &sql).await.unwrap_or_else(|error| panic!("{ty}: {error}"));
    let found: Vec<Value> = rows
        .into_iter()
        .map(|row| match row.0.give() {
            djc_runtime::field::Given::Value(value) => value,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, expected, "{:?} {ty}", db.dialect().server);
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn moment(text: &str) -> NaiveDateTime {
    text.parse().expect("a moment")
}

fn micros(count: i64) -> TimeDelta {
    TimeDelta::microseconds(count)
}

fn cases() -> Vec<Case> {
    let rust = |text: &str| rust_decimal::Decimal::from_str_exact(text).expect("a decimal");
    let text = |text: &str| text.to_string();
    let ids = [Uuid::nil(), Uuid::max(), Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)];
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let map = Value::Map(vec![(Value::from("window"), Value::Tuple(vec![Value::from(0.5), Value::Null]))]);
    let long = "9".repeat(35);
    vec![
        case("tinyint", [i8::MIN, i8::MAX, -1]),
        case("tinyint unsigned", [u8::MIN, u8::MAX, 128]),
        case("smallint", [i16::MIN, i16::MAX, -1]),
        case("smallint unsigned", [u16::MIN, u16::MAX, 32768]),
        case("mediumint", [-8_388_608i32, 8_388_607, -1]),
        case("mediumint unsigned", [0u32, 16_777_215, 8_388_608]),
        case("int", [i32::MIN, i32::MAX, -1]),
        case("int unsigned", [u32::MIN, u32::MAX, 1 << 31]),
        case("bigint", [i64::MIN, i64::MAX, -1]),
        // More, SQLite does not have.
        case("bigint unsigned", [0u64, i64::MAX as u64, 7]),
        case("bool", [false, true, true]),
        case("float", [f32::MIN, f32::MAX, 0.1]),
        case("double", [f64::MIN, f64::MAX, 0.1]),
        case("decimal(5,2)", [rust("-999.99"), rust("999.99"), rust("0.10")]),
        case("decimal(65,30)", [decimal(&format!("-{long}.{}", "9".repeat(30))), decimal(&format!("0.{}1", "0".repeat(29)))]),
        case("char(5)", [text("zzzzz"), text("ä日😀")]),
        case("varchar(40)", [text(""), text("größe 日本 😀 'x' \\ % \" ` ; --"), text("\t\n\r")]),
        case("enum('a','größe','it''s', '😀')", [text("a"), text("it's"), text("😀")]),
        case("date", [day("1000-01-01"), day("9999-12-31"), day("2024-02-29")]),
        case("datetime", [moment("1000-01-01T00:00:00"), moment("9999-12-31T23:59:59"), moment("2024-02-29T12:30:00")]),
        case("datetime(6)", [moment("1000-01-01T00:00:00.000001"), moment("9999-12-31T23:59:59.999999"), moment("2024-02-29T12:30:00.5")]),
        case("timestamp", [moment("1970-01-02T00:00:01"), moment("2038-01-18T03:14:07"), moment("2024-02-29T12:30:00")]),
        case("timestamp(6)", [moment("1970-01-02T00:00:01.000001"), moment("2024-02-29T12:30:00.25")]),
        case("time", [micros(0), micros(86_399_000_000), micros(3_723_000_000)]),
        case("time(6)", [micros(1), micros(86_399_999_999)]),
        case("year", [1901u16, 2155, 2024]),
        case("json", [json("{\"n\": 9007199254740991, \"x\": [1.5, true, null]}"), json("[\"größe\", \"日本\", \"😀\", \"\\\\ \\\" '\"]")]),
        case("uuid", ids),
        case("longblob", [Blob(Value::from(5)), Blob(map), Blob(Value::Text("x".repeat(5000)))]),
    ]
}

/// What is put in by `contents` comes out, typed and dynamic.
#[tokio::test(flavor = "multi_thread")]
async fn every_type_reads_as_its_rust_type() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut build = Build::new(Generation::Classic, &["lab"]);
        let cases = cases();
        for (at, case) in cases.iter().enumerate() {
            let table = build.table(0, Tier::Lookup, &format!("T{at}"), "", &format!("k : int\n---\na=null : {}", case.ty));
            let mut rows: Vec<Vec<(&str, Value)>> =
                (0i64..).zip(&case.values).map(|(k, value)| vec![("k", Value::from(k)), ("a", value.clone())]).collect();
            rows.push(vec![("k", Value::from(99))]);
            build.contents(table, rows);
        }
        let mut db = place.connect().await;
        let desired = build.desired(&place.prefix, &db.target().clone());
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        db.close().await;

        let db = open(&place).await;
        for (at, case) in cases.iter().enumerate() {
            let table = on.server().table_sql(&place.schema("lab"), &format!("#t{at}"));
            let text = format!("SELECT a FROM {table} ORDER BY k");
            let mut expected = case.values.clone();
            expected.push(Value::Null);
            (case.check)(&db, format!("{}\n{text}", case.ty), expected.clone()).await;

            let sql = sql(on.server(), &text, vec![declared("a", case.ty)]);
            let rows: Vec<RowMap> = djc_runtime::fetch::sql(&db, &sql).await.unwrap_or_else(|error| panic!("{on:?} {}: {error}", case.ty));
            let found: Vec<Value> = rows.iter().map(|row| row.get("a").expect("it was asked for").clone()).collect();
            assert_eq!(found, expected, "{on:?} {}", case.ty);
        }
        place.clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_the_mysql_family_go_beyond_a_day_and_below_zero() {
    for on in [On::MariaDb, On::MySql, On::Sqlite] {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let cast = |text: &str| if on == On::Sqlite { format!("'{text}'") } else { format!("CAST('{text}' AS time(6))") };
        for (text, count) in [
            ("838:59:59", 3_020_399_000_000),
            ("-838:59:59", -3_020_399_000_000),
            ("-00:00:00.000001", -1),
            ("24:00:00", 86_400_000_000),
            ("-01:30:00.5", -5_400_500_000),
        ] {
            assert_eq!(one::<TimeDelta>(&db, "time(6)", &cast(text)).await.expect(text), micros(count), "{on:?} {text}");
            assert_eq!(dynamic(&db, "time(6)", &cast(text)).await, Value::from(text), "{on:?}");
        }
        place.clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_dates_are_null_and_days_that_are_none_are_errors() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let table = on.server().table_sql(&place.schema("zero"), "t");
        run(
            &db,
            &[
                format!("CREATE DATABASE {}", place.schema("zero")),
                format!("CREATE TABLE {table} (k int, d date NOT NULL, m datetime(6) NOT NULL)"),
                "SET SESSION sql_mode = ''".to_string(),
                format!("INSERT INTO {table} VALUES (0, '0000-00-00', '0000-00-00'), (1, '2024-02-00', '2024-00-01 12:00:00')"),
            ],
        )
        .await;
        let part = |column: &str, k: u32| format!("{column} FROM {table} WHERE k = {k} LIMIT 1 -- ");
        assert_eq!(one::<Option<NaiveDate>>(&db, "date", &part("d", 0)).await.expect("no day"), None);
        assert_eq!(one::<Option<NaiveDateTime>>(&db, "datetime(6)", &part("m", 0)).await.expect("no moment"), None);
        assert_eq!(dynamic(&db, "date", &part("d", 0)).await, Value::Null);
        let error = one::<NaiveDate>(&db, "date", &part("d", 0)).await.expect_err("no day");
        assert!(error.to_string().contains("0000-00-00 is not a date"), "{error}");
        for (column, ty, shown) in [("d", "date", "2024-02-00"), ("m", "datetime(6)", "2024-00-01")] {
            let error = one::<Value>(&db, ty, &part(column, 1)).await.expect_err("no day");
            assert!(error.to_string().contains(shown), "{error}");
            assert!(one::<Option<NaiveDate>>(&db, "date", &part("d", 1)).await.is_err());
        }
        place.clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expressions_compute_is_what_the_server_says() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        assert_eq!(one::<u64>(&db, "", "count(*)").await.expect("a count"), 1, "{on:?}");
        // A decimal for the MySQL family, and a whole number all the same.
        assert_eq!(one::<i64>(&db, "", "sum(41 + 1)").await.expect("a sum"), 42, "{on:?}");
        assert!((one::<f64>(&db, "", "avg(x) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS t -- ").await.expect("a mean") - 1.5).abs() < 1e-9);
        assert_eq!(one::<String>(&db, "", "'größe 😀'").await.expect("a text"), "größe 😀", "{on:?}");
        assert!(one::<bool>(&db, "", "1 = 1").await.expect("a truth value"), "{on:?}");
        assert_eq!(one::<Option<i32>>(&db, "", "NULL").await.expect("nothing"), None, "{on:?}");
        assert_eq!(dynamic(&db, "", "NULL").await, Value::Null, "{on:?}");
        assert_eq!(dynamic(&db, "", "-7").await, Value::from(-7), "{on:?}");
        let text = dynamic(&db, "", if on == On::MySql || on == On::MariaDb { "concat('a', 1)" } else { "'a' || 1" }).await;
        assert_eq!(text, Value::from("a1"), "{on:?}");
        place.clean().await;
    }
}

/// A `tinyint(1)` without a sign goes to 255; the driver calls it a truth value.
#[tokio::test(flavor = "multi_thread")]
async fn small_unsigned_numbers_keep_their_upper_half() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let table = on.server().table_sql(&place.schema("small"), "t");
        run(
            &db,
            &[
                format!("CREATE DATABASE {}", place.schema("small")),
                format!("CREATE TABLE {table} (a tinyint(1) unsigned, b tinyint(1), c bit(10), d varchar(9) COLLATE utf8mb4_bin)"),
                format!("INSERT INTO {table} VALUES (200, -100, 1000, 'größe')"),
            ],
        )
        .await;
        let part = |column: &str| format!("{column} FROM {table} LIMIT 1 -- ");
        assert_eq!(one::<u8>(&db, "tinyint unsigned", &part("a")).await.expect("a number"), 200, "{on:?}");
        assert_eq!(one::<i8>(&db, "bool", &part("b")).await.expect("a number"), -100, "{on:?}");
        assert_eq!(dynamic(&db, "bool", &part("b")).await, Value::from(-100), "{on:?}");
        assert_eq!(one::<u16>(&db, "", &part("c")).await.expect("a number"), 1000, "{on:?}");
        // The driver calls a text that compares by bytes VARBINARY.
        assert_eq!(dynamic(&db, "", &part("d")).await, Value::from("größe"), "{on:?}");
        place.clean().await;
    }
}

/// datajoint reads a `timestamp` in the zone of the session, and so does djc, which changes no zone.
#[tokio::test(flavor = "multi_thread")]
async fn timestamps_are_read_in_the_zone_of_the_session() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let table = on.server().table_sql(&place.schema("zone"), "t");
        run(
            &db,
            &[
                "SET time_zone = '+00:00'".to_string(),
                format!("CREATE DATABASE {}", place.schema("zone")),
                format!("CREATE TABLE {table} (s timestamp(6) NULL, d datetime(6))"),
                format!("INSERT INTO {table} VALUES ('2024-02-29 12:30:00.5', '2024-02-29 12:30:00.5')"),
            ],
        )
        .await;
        let part = |column: &str| format!("{column} FROM {table} LIMIT 1 -- ");
        for (zone, expected) in
            [("+00:00", "2024-02-29T12:30:00.5"), ("+05:30", "2024-02-29T18:00:00.5"), ("-12:00", "2024-02-29T00:30:00.5")]
        {
            run(&db, &[format!("SET time_zone = '{zone}'")]).await;
            assert_eq!(one::<NaiveDateTime>(&db, "timestamp(6)", &part("s")).await.expect("a moment"), moment(expected), "{on:?}");
            assert_eq!(dynamic(&db, "timestamp(6)", &part("s")).await, Value::DateTime(moment(expected)), "{on:?}");
            // A datetime is no moment, and has no zone.
            let plain = one::<NaiveDateTime>(&db, "datetime(6)", &part("d")).await.expect("a moment");
            assert_eq!(plain, moment("2024-02-29T12:30:00.5"), "{on:?}");
        }
        place.clean().await;
    }
}

/// What a declared type means, of both generations: packed or raw, a codec by what it is stored as.
#[tokio::test(flavor = "multi_thread")]
async fn stored_forms_follow_generation_and_codec() {
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let db = open(&place).await;
    let hex = |bytes: &[u8]| format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let packed = blob::pack_compressed(&Value::from("packed")).expect("text packs");
    let bytes = Value::Bytes(packed.clone());
    for (ty, expected) in [
        ("longblob", Value::from("packed")),
        ("<graph>", Value::from("packed")),
        ("<blob>", Value::from("packed")),
        ("bytes", bytes.clone()),
        ("<attach>", bytes.clone()),
    ] {
        assert_eq!(dynamic(&db, ty, &hex(&packed)).await, expected, "{ty}");
    }
    let mut raw = declared("a", "longblob");
    raw.kind = match raw.kind {
        AttributeKind::Declared { ty: ty @ AttributeType::Blob(_), .. } => AttributeKind::Declared { ty, generation: Generation::Modern },
        other => panic!("{other:?}"),
    };
    let sql = sql(db.dialect().server, format!("SELECT {} AS a", hex(&packed)), vec![raw]);
    let rows = djc_runtime::fetch::sql::<Only<Value>>(&db, &sql).await.expect("bytes");
    assert_eq!(rows[0].0, bytes, "a longblob of generation 2 is raw");
    assert_eq!(dynamic(&db, "<blob@>", "'{\"hash\": \"x\"}'").await, Value::Map(vec![(Value::from("hash"), Value::from("x"))]));
    let id = Uuid::from_u128(7);
    assert_eq!(dynamic(&db, "blob@raw", &hex(id.as_bytes())).await, Value::Uuid(id));
    let file = one::<Attachment>(&db, "attach", &hex(b"a b.txt\0\0contents")).await.expect("an attachment");
    assert_eq!((file.name.as_str(), file.bytes.as_slice()), ("a b.txt", &b"\0contents"[..]));
    // SQLite's dates are texts, in whatever form a program wrote them.
    assert_eq!(dynamic(&db, "date", "'2024-2-9'").await, Value::Date(day("2024-02-09")));
    assert_eq!(dynamic(&db, "datetime", "'2024-02-29T12:30:00'").await, Value::DateTime(moment("2024-02-29T12:30:00")));
    assert_eq!(dynamic(&db, "double", "5").await, Value::from(5.0));
    assert_eq!(dynamic(&db, "uuid", "'00000000-0000-0000-0000-000000000007'").await, Value::Uuid(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_what_a_transaction_reads_with() {
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let db = open(&place).await;
    run(&db, &["CREATE TABLE t (a INTEGER)".to_string(), "INSERT INTO t VALUES (1)".to_string()]).await;
    let transaction = db.begin().await.expect("a transaction");
    transaction.lock().await.expect("it has the session").execute("INSERT INTO t VALUES (2)").await.expect("a row");
    let count = sql(db.dialect().server, "SELECT count(*) AS a FROM t", vec![super::computed("a")]);
    assert_eq!(djc_runtime::fetch::sql::<Only<u64>>(&transaction, &count).await.expect("a count")[0].0, 2);
    transaction.rollback().await.expect("it rolls back");
    assert_eq!(djc_runtime::fetch::sql::<Only<u64>>(&db, &count).await.expect("a count")[0].0, 1);
}
