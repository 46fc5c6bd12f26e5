//! Transactions, and sessions that are lost.

use std::time::Duration;

use djc_core::ir::Generation;
use djc_runtime::connection::Session;
use djc_runtime::{ConnectOptions, Connection, ErrorKind, Options, SqlValue};

use super::lab::{Lab, everywhere};
use crate::support::{On, Place};

async fn insert(session: &dyn Session, lab: &Lab, name: &str) {
    let sql = format!("INSERT INTO {} (subject) VALUES ('{name}')", lab.table("subject"));
    session.lock().await.expect("a session").execute(&sql).await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
}

async fn count(session: &dyn Session, lab: &Lab) -> i64 {
    let sql = format!("SELECT count(*) AS a FROM {}", lab.table("subject"));
    let value = session.lock().await.expect("a session").query_value(&sql, &[]).await.expect("a count");
    match value {
        SqlValue::I64(count) => count,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        lab.deploy().await;
        let db = lab.connect().await;
        let transaction = db.begin().await.expect("a transaction");
        insert(&transaction, lab, "a").await;
        assert_eq!(count(&transaction, lab).await, 1);
        transaction.commit().await.expect("it commits");
        let transaction = db.begin().await.expect("a transaction");
        insert(&transaction, lab, "b").await;
        transaction.rollback().await.expect("it rolls back");
        assert_eq!(count(&db, lab).await, 1, "{:?}", lab.on);
        let transaction = db.begin().await.expect("a transaction");
        insert(&transaction, lab, "c").await;
        drop(transaction);
        assert_eq!(count(&db, lab).await, 1, "{:?}: dropped is rolled back", lab.on);
        insert(&db, lab, "d").await;
        assert_eq!(count(&db, lab).await, 2, "{:?}", lab.on);
    })
    .await;
}

#[tokio::test]
async fn the_connection_beside_its_own_transaction_is_not_waited_for_forever() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        let session = ConnectOptions { operation_timeout: Duration::from_secs(1), ..lab.options().session };
        let db = Connection::open(&lab.url(), Options { session, ..lab.options() }).await.expect("a connection");
        let transaction = db.begin().await.expect("a transaction");
        let error = db.ping().await.expect_err("the transaction has the session");
        assert_eq!(error.kind(), ErrorKind::Contention, "{:?}: {error}", lab.on);
        assert!(error.to_string().contains("give the transaction"), "{error}");
        transaction.rollback().await.expect("it rolls back");
        db.ping().await.expect("it is free");
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_lost_comes_back_outside_of_a_transaction() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        lab.deploy().await;
        let db = lab.connect().await;
        db.lock().await.expect("a session").sever();
        insert(&db, lab, "a").await;
        let transaction = db.begin().await.expect("a transaction");
        insert(&transaction, lab, "b").await;
        transaction.lock().await.expect("a session").sever();
        for _ in 0..2 {
            let Err(error) = transaction.lock().await else { panic!("{:?}: it is over", lab.on) };
            assert_eq!(error.kind(), ErrorKind::Lost, "{:?}", lab.on);
            assert!(error.to_string().contains("lost during a transaction"), "{:?}: {error}", lab.on);
        }
        let error = transaction.commit().await.expect_err("it is over");
        assert_eq!(error.kind(), ErrorKind::Lost, "{:?}", lab.on);
        assert_eq!(count(&db, lab).await, 1, "{:?}: nothing of it is left", lab.on);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_the_server_ended_comes_back() {
    everywhere(Generation::Modern, async |lab: &Lab| {
        if lab.on == On::Sqlite {
            return;
        }
        lab.deploy().await;
        let db = lab.connect().await;
        let number = if lab.on == On::Postgres { "SELECT pg_backend_pid() AS a" } else { "SELECT CONNECTION_ID() AS a" };
        let end = async || {
            let session = db.lock().await.expect("a session").query(number, &[]).await.expect("a number")[0].u64(0).expect("a number");
            let mut other = lab.place.connect().await;
            let kill = if lab.on == On::Postgres {
                format!("DO $$ BEGIN PERFORM pg_terminate_backend({session}); END $$")
            } else {
                format!("KILL {session}")
            };
            other.execute(&kill).await.expect("it ends");
            other.close().await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        end().await;
        let transaction = db.begin().await.unwrap_or_else(|error| panic!("{:?}: beginning connects anew: {error}", lab.on));
        transaction.rollback().await.expect("it rolls back");
        // One statement may fail; the next has a new session.
        end().await;
        let _ = db.ping().await;
        db.ping().await.unwrap_or_else(|error| panic!("{:?}: {error}", lab.on));
    })
    .await;
}

/// sqlx would close one prepared statement for each new one, and what is sent behind that waits for 40 ms.
#[tokio::test]
async fn hundreds_of_different_statements_do_not_wait() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let begun = std::time::Instant::now();
        for round in 0..2 {
            for number in 0..350 {
                let rows = db
                    .query(&format!("SELECT {number} + ? AS a"), &[SqlValue::I64(1)])
                    .await
                    .unwrap_or_else(|error| panic!("{on:?}: {error}"));
                assert_eq!(rows[0].get(0), &SqlValue::I64(number + 1), "{on:?}, round {round}");
            }
        }
        let took = begun.elapsed();
        println!("{on:?}: 700 statements in {took:?}");
        assert!(took < Duration::from_secs(14), "{on:?}: 700 statements take {took:?}");
        place.clean().await;
    }
}
