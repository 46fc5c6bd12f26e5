//! Futures that are dropped in the middle: nobody reads half an answer of somebody else.

use std::time::Duration;

use djc_runtime::{Connection, ErrorKind, Session};

use super::{Only, computed, open, run, sql};
use crate::support::{On, Place};

fn slow(on: On) -> &'static str {
    match on {
        On::MariaDb | On::MySql => "SELECT sleep(3) AS a",
        On::Postgres => "SELECT 1 AS a FROM pg_sleep(3)",
        On::Sqlite => "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT max(i) AS a FROM n",
    }
}

async fn ask(db: &dyn Session, text: String) -> Result<Vec<u64>, djc_runtime::Error> {
    let sql = sql(db.connection().dialect().server, text, vec![computed("a")]);
    Ok(djc_runtime::fetch::sql::<Only<u64>>(db, &sql).await?.into_iter().map(|row| row.0).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_call_is_nobody_elses_answer() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        assert!(tokio::time::timeout(Duration::from_millis(100), ask(&db, slow(on).to_string())).await.is_err(), "{on:?}");
        assert_eq!(ask(&db, "SELECT 5 AS a".to_string()).await.expect("the connection is there again"), [5], "{on:?}");
        place.clean().await;
    }
}

/// Calls are dropped at every moment from before the statement is sent to the middle of its rows.
#[tokio::test(flavor = "multi_thread")]
async fn calls_dropped_at_any_moment_leave_a_usable_connection() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        let many = |number: u64| match on {
            On::Postgres => format!("SELECT {number} AS a FROM generate_series(1, 3000)"),
            On::MariaDb => format!("SELECT {number} AS a FROM mysql.seq_1_to_3000"),
            On::Sqlite | On::MySql => {
                format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT {number} AS a FROM n")
            }
        };
        let mut dropped = 0;
        for round in 0..150u64 {
            // Each round asks something that no statement was prepared for yet.
            let call = ask(&db, many(round));
            match tokio::time::timeout(Duration::from_micros(37 * round), call).await {
                Err(_) => dropped += 1,
                Ok(rows) => assert!(rows.expect("rows").iter().all(|number| *number == round), "{on:?}"),
            }
            let next = 1000 + round;
            let answer = ask(&db, format!("SELECT {next} AS a")).await.unwrap_or_else(|error| panic!("{on:?} {round}: {error}"));
            assert_eq!(answer, [next], "{on:?}");
        }
        println!("{on:?}: {dropped} of 150 calls were dropped before their end");
        assert!(dropped > 0, "{on:?}: nothing was dropped");
        place.clean().await;
    }
}

/// A transaction whose session is lost commits nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_dropped_in_a_transaction_ends_it() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(place) = Place::new(on) else { continue };
        let db: Connection = open(&place).await;
        let table = on.server().table_sql(&place.schema("cut"), "t");
        let word = if on == On::Postgres { "SCHEMA" } else { "DATABASE" };
        run(&db, &[format!("CREATE {word} {}", place.schema("cut")), format!("CREATE TABLE {table} (a int)")]).await;
        let transaction = db.begin().await.expect("a transaction");
        transaction.lock().await.expect("its session").execute(&format!("INSERT INTO {table} VALUES (1)")).await.expect("a row");
        assert!(tokio::time::timeout(Duration::from_millis(100), ask(&transaction, slow(on).to_string())).await.is_err());
        let error = ask(&transaction, "SELECT 1 AS a".to_string()).await.expect_err("the session was given up");
        assert_eq!(error.kind(), ErrorKind::Lost, "{on:?}: {error}");
        assert!(error.to_string().contains("dropped in the middle"), "{error}");
        let error = transaction.commit().await.expect_err("there is nothing to commit");
        assert_eq!(error.kind(), ErrorKind::Lost, "{on:?}: {error}");
        assert_eq!(ask(&db, format!("SELECT count(*) AS a FROM {table}")).await.expect("a count"), [0], "{on:?}");
        place.clean().await;
    }
}
