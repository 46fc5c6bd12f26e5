//! Streams: memory stays bounded, and one that is dropped leaves nothing behind.

use std::time::Duration;

use djc_runtime::{ConnectOptions, Connection, Session, TryStreamExt};

use super::{Only, computed, open, open_with, sql};
use crate::support::{On, Place};

/// So many rows of a number and a text of so many characters.
fn rows(on: On, count: u64, width: u32) -> String {
    match on {
        On::Postgres => format!("SELECT repeat('x', {width}) AS a FROM generate_series(1, {count})"),
        On::Sqlite => format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT replace(hex(zeroblob({width} / 2)), '0', 'x') AS a FROM n"
        ),
        On::MariaDb => format!("SELECT repeat('x', {width}) AS a FROM mysql.seq_1_to_{count}"),
        On::MySql => format!(
            "WITH RECURSIVE n(i) AS (SELECT /*+ SET_VAR(cte_max_recursion_depth = 10000000) */ 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT repeat('x', {width}) AS a FROM n"
        ),
    }
}

async fn number(db: &dyn Session, number: u64) -> u64 {
    let sql = sql(db.connection().dialect().server, format!("SELECT {number} AS a"), vec![computed("a")]);
    djc_runtime::fetch::sql::<Only<u64>>(db, &sql).await.expect("a number")[0].0
}

fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux says it");
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("pages") * 4096
}

/// Some hundred megabytes come through, and never lie in memory together.
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_bounded() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        const COUNT: u64 = 500;
        let before = resident();
        let mut peak = 0;
        let mut stream =
            djc_runtime::fetch::sql_stream::<Only<String>>(&db, sql(on.server(), rows(on, COUNT, 1_000_000), vec![computed("a")]));
        let mut count = 0;
        while let Some(row) = stream.try_next().await.expect("a row") {
            assert_eq!(row.0.len(), 1_000_000);
            count += 1;
            if count % 25 == 0 {
                peak = peak.max(resident());
            }
        }
        drop(stream);
        assert_eq!(count, COUNT);
        // Other tests run beside this one, and the thread of SQLite is 64 rows ahead.
        assert!(peak.saturating_sub(before) < 250 << 20, "{on:?}: {} MB more", peak.saturating_sub(before) >> 20);
        assert_eq!(number(&db, 7).await, 7);
        place.clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_may_be_dropped_at_any_row() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let db = open(&place).await;
        for taken in [0, 1, 3, 1999, 2000] {
            let mut stream = djc_runtime::fetch::sql_stream::<Only<String>>(&db, sql(on.server(), rows(on, 2000, 10), vec![computed("a")]));
            for _ in 0..taken {
                stream.try_next().await.expect("a row").expect("there are more");
            }
            drop(stream);
            assert_eq!(number(&db, taken).await, taken, "{on:?}");
        }
        // What is left is thrown away, and the transaction lives.
        let transaction = db.begin().await.expect("a transaction");
        let mut stream =
            djc_runtime::fetch::sql_stream::<Only<String>>(&transaction, sql(on.server(), rows(on, 100_000, 100), vec![computed("a")]));
        stream.try_next().await.expect("a row").expect("there are more");
        drop(stream);
        assert_eq!(number(&transaction, 5).await, 5, "{on:?}");
        transaction.commit().await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        place.clean().await;
    }
}

/// A reader may take longer between two rows than a statement may take.
#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_are_waited_for() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let limit = Duration::from_secs(1);
        let db: Connection = open_with(&place, ConnectOptions { operation_timeout: limit, ..ConnectOptions::default() }).await;
        let mut stream =
            djc_runtime::fetch::sql_stream::<Only<String>>(&db, sql(on.server(), rows(on, 40, 1_000_000), vec![computed("a")]));
        let mut count = 0;
        while stream.try_next().await.unwrap_or_else(|error| panic!("{on:?}: {error}")).is_some() {
            count += 1;
            if count == 2 {
                tokio::time::sleep(2 * limit).await;
            }
        }
        drop(stream);
        assert_eq!(count, 40, "{on:?}");
        if on == On::Postgres {
            let sql = sql(on.server(), "SELECT current_setting('statement_timeout') AS a", vec![computed("a")]);
            let rows = djc_runtime::fetch::sql::<Only<String>>(&db, &sql).await.expect("a setting");
            assert_eq!(rows[0].0, "1s", "the limit of statements is as it was");
        }
        place.clean().await;
    }
}
