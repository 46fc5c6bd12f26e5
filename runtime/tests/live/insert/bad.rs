//! Values that mean harm, or that no column holds.

use djc_core::value::Value;
use djc_runtime::ErrorKind;
use djc_runtime::connection::Session;
use djc_runtime::insert::into_table;

use super::world::{everywhere, int, row, text};

#[tokio::test]
async fn sql_in_values_is_text() {
    everywhere(async |world| {
        let values = [
            "'; DROP TABLE subj; --",
            "\\'; SELECT 1; --",
            "\" OR \"\"=\"",
            "` OR 1=1",
            "%s {} $1 ? :a ${x}",
            "\\",
            "a\nb\tc\r",
            "größe 日本 😀",
            "NULL",
            "DEFAULT",
        ];
        let rows = values.iter().enumerate().map(|(id, value)| row([("id", int(id as i64)), ("prose", text(value))]));
        world.put("Every", rows).await;
        let expected: Vec<String> = values.iter().enumerate().map(|(id, value)| format!("{id}|{value}")).collect();
        assert_eq!(world.rows("Every", "id, prose").await, expected, "{:?}", world.on);
    })
    .await;
}

#[tokio::test]
async fn values_out_of_range_are_errors() {
    everywhere(async |world| {
        let wrong: Vec<(&str, Value, &str)> = vec![
            ("tiny", int(128), "out of range"),
            ("tiny", int(-129), "out of range"),
            ("tiny", Value::from(1.5), "whole number"),
            ("tiny", text("1; DROP"), "whole number"),
            ("ubig", int(-1), "out of range"),
            ("ubig", Value::from(1i128 << 64), "out of range"),
            ("flag", int(128), "out of range"),
            ("narrow", Value::from(1e39), "out of range"),
            ("price", text("10000.00"), "out of range"),
            ("price", text("much"), "decimal"),
            ("code", text("no uuid"), "UUID"),
            ("day", text("2023-02-29"), "date"),
            ("at", text("2024-01-01 25:00:00"), "date"),
            ("at", text("2024-01-01 12:00:00+01:00"), "time zone"),
            ("clock", text("839:00:00"), "out of range"),
            ("kind", text("b"), "not in the list"),
            ("letters", text("sixsix"), "6 characters"),
            ("info", Value::from(f64::NAN), "JSON"),
            ("info", Value::Set(vec![]), "JSON"),
            ("letters", Value::List(vec![]), "text"),
        ];
        for (attribute, value, part) in wrong {
            let error = world.refused(world.insert("Every", [row([("id", int(1)), (attribute, value.clone())])])).await;
            assert_eq!(error.kind(), ErrorKind::Value, "{:?} {attribute} {value}: {error}", world.on);
            assert!(error.details().message.starts_with(&format!("row 1: `{attribute}` (")), "{error}");
            assert!(error.details().message.contains(part), "{:?} {attribute} {value}: {error}", world.on);
        }
        assert_eq!(world.count("Every").await, 0, "{:?}", world.on);
    })
    .await;
}

#[tokio::test]
async fn the_greatest_and_smallest_values_arrive() {
    everywhere(async |world| {
        let full = row([
            ("id", int(i64::from(i32::MIN))),
            ("tiny", int(-128)),
            ("ubig", Value::from(u64::MAX)),
            ("flag", Value::from(true)),
            ("narrow", Value::from(f64::from(f32::MAX))),
            ("wide", Value::from(f64::MIN_POSITIVE)),
            ("price", text("-9999.99")),
            ("code", text("ffffffff-ffff-ffff-ffff-ffffffffffff")),
            ("day", text("1000-01-01")),
            ("at", text("9999-12-31 23:59:59.999")),
            ("clock", text("23:59:59")),
            ("kind", text("it's")),
            ("letters", text("äöüß😀")),
            ("info", Value::List(vec![int(1), Value::Null])),
            ("params", Value::List(vec![text("x")])),
        ]);
        let full = match world.on {
            // Its integers end at 2^63 - 1.
            crate::support::On::Sqlite => {
                let refused = world.refused(world.insert("Every", [full.clone()])).await;
                assert!(refused.to_string().contains("greater than the integers of SQLite"), "{refused}");
                full.into_iter().filter(|(name, _)| name != "ubig").collect::<djc_runtime::table::RowMap>()
            }
            _ => full,
        };
        world.put("Every", [full]).await;
        let cast = if world.on == crate::support::On::Postgres { "kind::text" } else { "kind" };
        let rows = world.rows("Every", &format!("id, tiny, flag, price, day, at, clock, {cast}, letters")).await;
        assert_eq!(rows, ["-2147483648|-128|1|-9999.99|1000-01-01|9999-12-31 23:59:59.999|23:59:59|it's|äöüß😀"], "{:?}", world.on);
        if world.on != crate::support::On::Sqlite {
            assert_eq!(world.rows("Every", "ubig").await, ["18446744073709551615"], "{:?}", world.on);
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_charset_lacks_is_said_before_it_is_sent() {
    everywhere(async |world| {
        if !world.db.dialect().server.is_mysql_family() {
            return;
        }
        let mut db = world.place.connect().await;
        let sql = format!("ALTER TABLE {} MODIFY letters varchar(5) CHARACTER SET latin1 NULL", world.sql("Every"));
        db.execute(&sql).await.expect("a column of latin1");
        db.close().await;
        let error = world.refused(world.insert("Every", [row([("id", int(1)), ("letters", text("Łódź"))])])).await;
        assert!(error.details().message.contains("the charset latin1 of the column cannot hold the character 'Ł'"), "{error}");
        world.put("Every", [row([("id", int(1)), ("letters", text("größe"))])]).await;
        assert_eq!(world.rows("Every", "letters").await, ["größe"]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_lost_in_a_transaction_leaves_nothing() {
    everywhere(async |world| {
        let subj = world.table("Subj");
        let transaction = world.db.begin().await.expect("a transaction");
        let rows = |name: &str| [row([("subj", text(name))])];
        into_table(&transaction, &world.model, subj, rows("s1")).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        transaction.lock().await.expect("a session").sever();
        let error = into_table(&transaction, &world.model, subj, rows("s2")).await.expect_err("it is cut");
        assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
        drop(transaction);
        assert_eq!(world.count("Subj").await, 0, "{:?}", world.on);
        // Outside of a transaction the connection comes back.
        into_table(&world.db, &world.model, subj, rows("s3")).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj").await, ["s3"]);
    })
    .await;
}
