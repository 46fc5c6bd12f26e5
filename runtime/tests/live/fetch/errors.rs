//! What cannot be read: an error each, never a panic, never a value that was cut.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use djc_core::dialect::Server;
use djc_core::value::{Decimal, Value};
use djc_runtime::field::{Attachment, Blob, Cell, Field, Given, ReadError};
use djc_runtime::{Connection, ErrorKind};
use uuid::Uuid;

use super::{Only, computed, declared, one, open, sql};
use crate::support::{On, Place};

/// Reads an expression as a type that it is not, and checks what the error says.
async fn refused<V: Field + std::fmt::Debug>(db: &Connection, ty: &str, expression: &str, words: &[&str]) {
    let server = db.dialect().server;
    let error = match one::<V>(db, ty, expression).await {
        Ok(value) => panic!("{server:?} {expression} was read as {value:?}"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Read, "{error}");
    let message = error.to_string();
    for word in words.iter().chain(&["`a`"]) {
        assert!(message.contains(word), "{server:?} {expression}: {word} is missing in: {message}");
    }
    assert_eq!(error.details().values[0].0, "a", "{message}");
}

#[derive(Debug)]
enum Size {
    Small,
}

/// As generated code does it.
impl Field for Size {
    fn read(cell: &Cell<'_>) -> Result<Self, ReadError> {
        cell.variant(|text| match text {
            "small" => Some(Size::Small),
            _ => None,
        })
    }

    fn give(self) -> Given {
        Given::Value(Value::from("small"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_a_type_cannot_hold_are_named() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        refused::<u8>(&db, "int", "300", &["300", "`u8`", "0 to 255"]).await;
        refused::<i8>(&db, "int", "-129", &["-129", "-128 to 127"]).await;
        refused::<u32>(&db, "int", "-1", &["-1", "`u32`"]).await;
        refused::<i64>(&db, "bigint unsigned", if on == On::Sqlite { "'x'" } else { "18446744073709551615" }, &[]).await;
        refused::<bool>(&db, "bool", "2", &["2 is not a truth value"]).await;
        refused::<i32>(&db, "int", "'12'", &["'12' is not a whole number"]).await;
        refused::<i32>(&db, "int", "NULL", &["NULL", "Option"]).await;
        refused::<String>(&db, "varchar(9)", "12", &["12 is not text"]).await;
        refused::<f64>(&db, "double", "'x'", &["floating-point"]).await;
        refused::<NaiveDate>(&db, "date", "'x'", &["'x'", "a date"]).await;
        refused::<NaiveDateTime>(&db, "datetime", "12", &["12", "a date with a time"]).await;
        refused::<TimeDelta>(&db, "time", "12", &["12", "a time"]).await;
        refused::<Uuid>(&db, "uuid", "'7'", &["'7' is not a UUID"]).await;
        refused::<serde_json::Value>(&db, "json", "'{'", &["JSON"]).await;
        refused::<Size>(&db, "enum('small','big')", "'big'", &["'big'", "enum", "anew", "`String`"]).await;
        assert!(matches!(one::<Size>(&db, "enum('small')", "'small'").await, Ok(Size::Small)));
        // A whole number is a float where it is one exactly.
        assert!((one::<f64>(&db, "", "3").await.expect("a number") - 3.0).abs() < f64::EPSILON);
        refused::<f64>(&db, "", "9007199254740993", &["9007199254740993"]).await;
        place.clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_other_programs_are_named() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let bytes = |hex: &str| if on == On::Postgres { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") };
        refused::<Blob>(&db, "longblob", &bytes("89504e470d0a1a0a"), &["8 bytes (89504e470d0a1a0a)", "not a DataJoint blob", "`Vec<u8>`"])
            .await;
        let others = one::<Vec<u8>>(&db, "longblob", &bytes("89504e470d0a1a0a")).await.expect("bytes are bytes");
        assert_eq!(others, b"\x89PNG\r\n\x1a\n", "{on:?}");
        refused::<Value>(&db, "longblob", &bytes("6d596d00"), &["4 bytes"]).await;
        refused::<Blob>(&db, "longblob", &bytes(""), &["0 bytes", "empty"]).await;
        refused::<Blob>(&db, "longblob", "'text'", &[]).await;
        // A bomb: `ZL123`, a length of 2^62, and nothing in it.
        refused::<Blob>(&db, "longblob", &bytes("5a4c313233000000000000000040789c"), &[]).await;
        refused::<Uuid>(&db, "uuid", &bytes("0102"), &["2 bytes (0102) is not a UUID"]).await;
        refused::<Attachment>(&db, "attach", &bytes("6162"), &["file name"]).await;
        refused::<Attachment>(&db, "attach", &bytes("006162"), &["file name"]).await;
        refused::<Vec<u8>>(&db, "longblob", "12", &["12 is not bytes"]).await;
        if on != On::Postgres {
            refused::<String>(&db, "varchar(9)", &bytes("61ff62"), &["byte 1 is no UTF-8"]).await;
        }
        place.clean().await;
    }
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let db = open(&place).await;
    // A text of SQLite may be anything.
    refused::<String>(&db, "varchar(9)", "CAST(x'61ff62' AS TEXT)", &["byte 1 is no UTF-8"]).await;
    refused::<Value>(&db, "varchar(9)", "CAST(x'61ff62' AS TEXT)", &["byte 1 is no UTF-8"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_never_rounded() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let long = format!("CAST('{}.5' AS decimal(40,5))", "9".repeat(35));
        refused::<rust_decimal::Decimal>(&db, "decimal(40,5)", &long, &["more digits"]).await;
        assert_eq!(one::<Decimal>(&db, "decimal(40,5)", &long).await.expect("digits").as_str(), format!("{}.50000", "9".repeat(35)));
        refused::<i64>(&db, "", "CAST('1.5' AS decimal(5,2))", &["1.50 is not a whole number"]).await;
        assert_eq!(one::<i64>(&db, "", "CAST('2.00' AS decimal(5,2))").await.expect("a whole number"), 2);
        let double = if on == On::Postgres { "CAST(0.1 AS double precision)" } else { "0.1e0" };
        refused::<f32>(&db, "double", double, &["`f32`"]).await;
        if on == On::Postgres {
            refused::<NaiveDate>(&db, "date", "'infinity'::date", &["infinity is not a date"]).await;
            refused::<NaiveDateTime>(&db, "datetime", "'-infinity'::timestamp", &["-infinity"]).await;
            refused::<Value>(&db, "", "'infinity'::timestamp", &["infinity"]).await;
            refused::<rust_decimal::Decimal>(&db, "decimal(5,2)", "'NaN'::numeric", &["NaN"]).await;
        }
        place.clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_the_row_by_its_key_and_more_columns_than_there_are() {
    let place = Place::new(On::Sqlite).expect("SQLite is always there");
    let db = open(&place).await;
    let mut key = declared("subject", "varchar(20)");
    key.in_key = true;
    let query = sql(Server::Sqlite, "SELECT 's1' AS subject, 5 AS age UNION ALL SELECT 's2', 500", vec![key, declared("age", "int")]);
    let error = djc_runtime::fetch::sql::<Pair>(&db, &query).await.expect_err("500 is no u8");
    assert_eq!(error.details().values, [("age".to_string(), "500".to_string()), ("subject".to_string(), "'s2'".to_string())], "{error}");

    let query = sql(Server::Sqlite, "SELECT 1 AS a, 2 AS b", vec![computed("a")]);
    let error = djc_runtime::fetch::sql::<Only<i32>>(&db, &query).await.err().expect("two columns");
    assert!(error.to_string().contains("2 columns"), "{error}");
    let query = sql(Server::Sqlite, "SELECT 1 AS a", vec![computed("a")]);
    let error = djc_runtime::fetch::sql::<Pair>(&db, &query).await.expect_err("one column");
    assert!(error.to_string().contains("wants more") || error.to_string().contains("not text"), "{error}");
}

#[derive(Debug)]
struct Pair {
    _subject: String,
    _age: u8,
}

impl djc_runtime::table::FromRow for Pair {
    fn columns() -> djc_core::query::Columns {
        djc_core::query::Columns::All
    }

    fn from_row(row: &mut djc_runtime::table::RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Pair { _subject: row.take()?, _age: row.take()? })
    }
}
