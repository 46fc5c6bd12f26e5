//! What a step costs, held against what the servers do: the locks that it has, and whether the table is another file or page afterwards.

use std::collections::BTreeSet;

use djc_core::dialect::{Server, sqlite_table_name};
use djc_core::plan::{Action, Algorithm, Lock, TableName};
use djc_runtime::Db;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};

use super::{Case, World, cases, insert, quoted, standard};
use crate::support::{On, Place};

/// Returns where the rows of a table are.
async fn place_of(db: &mut Db, table: &TableName) -> u64 {
    let (sql, name) = match db.server() {
        Server::Sqlite => ("SELECT rootpage AS a FROM sqlite_master WHERE name = ?", sqlite_table_name(&table.schema, &table.table)),
        _ => ("SELECT pg_relation_filenode($1::text::regclass)::bigint AS a", quoted(table, db.server())),
    };
    db.query(sql, &[name.into()]).await.expect("the place")[0].u64(0).expect("a number")
}

/// Returns who waits for the locks that this transaction has on the table.
async fn lock_on(db: &mut Db, table: &TableName) -> Lock {
    let sql = "SELECT DISTINCT mode AS a FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND relation = $1::text::regclass";
    let rows = db.query(sql, &[quoted(table, db.server()).into()]).await.expect("the locks");
    let modes: BTreeSet<String> = rows.iter().map(|row| row.text(0).expect("a mode")).collect();
    if modes.contains("AccessExclusiveLock") {
        Lock::Everybody
    } else if ["ExclusiveLock", "ShareRowExclusiveLock", "ShareLock"].iter().any(|mode| modes.contains(*mode)) {
        Lock::Writers
    } else {
        Lock::None
    }
}

async fn run(case: &Case, place: &Place) {
    let mut db = place.connect().await;
    let server = db.server();
    let (wanted, world) = World::of(case, &place.prefix, db.target());
    deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the tables before");
    for (class, rows) in case.rows {
        insert(&mut db, &world.was(class), rows).await;
    }
    if server == Server::Sqlite {
        db.execute("PRAGMA foreign_keys = OFF").await.expect("a setting");
    }
    let mut now = world.before.clone();
    for (at, action) in (case.steps)(&world).iter().enumerate() {
        let cost = server.dialect().cost(action, &now, None);
        let altered = match action {
            Action::AlterTable { table, .. } => Some(table),
            _ => None,
        };
        db.begin().await.expect("a transaction");
        let before = match altered {
            Some(table) => place_of(&mut db, table).await,
            None => 0,
        };
        let statements = server.dialect().alter(action, &now);
        for statement in std::iter::repeat_n(&statements, if action.is_data() { 2 } else { 1 }).flatten() {
            db.execute(&statement.sql).await.unwrap_or_else(|error| panic!("{}: {error}\n{}", case.name, statement.sql));
        }
        if let Some(table) = altered {
            let what = format!("{server:?}: {}: step {at}: {action:?}", case.name);
            let written_anew = place_of(&mut db, table).await != before;
            let said = match server {
                // The server writes a table without a column in place.
                Server::Sqlite => cost.algorithm == Algorithm::Copy,
                _ => cost.algorithm >= Algorithm::Rebuild,
            };
            assert_eq!(said, written_anew, "{what}: whether the table is written anew");
            if server == Server::Postgres {
                assert_eq!(cost.lock, lock_on(&mut db, table).await, "{what}: who waits");
            }
        }
        db.commit().await.expect("a commit");
        action.apply(&mut now);
    }
    db.close().await;
}

async fn run_all(on: On) {
    for case in cases::CASES.iter().chain(standard::CASES).filter(|case| !case.except.contains(&on)) {
        let Some(place) = Place::new(on) else { return };
        run(case, &place).await;
        place.clean().await;
    }
}

#[tokio::test]
async fn postgres_locks_and_rewrites_what_the_cost_says() {
    run_all(On::Postgres).await;
}

#[tokio::test]
async fn sqlite_rewrites_what_the_cost_says() {
    run_all(On::Sqlite).await;
}
