//! Rows that are there already, and parents that are not.

use djc_runtime::ErrorKind;
use djc_runtime::insert::into_table;
use djc_runtime::table::RowMap;

use super::world::{World, everywhere, int, row, text};
use crate::support::On;

fn tri(id: i64, a: i64) -> RowMap {
    row([("tri", int(id)), ("a", int(a)), ("b", int(1)), ("c", text("x"))])
}

#[tokio::test]
async fn a_duplicate_is_an_error_or_skipped() {
    everywhere(async |world| {
        world.put("Subj", [row([("subj", text("s1")), ("age", int(3))])]).await;
        let again = || [row([("subj", text("s1")), ("age", int(9)), ("note", text(""))])];
        let error = world.refused(world.insert("Subj", again())).await;
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{:?}: {error}", world.on);
        assert!(error.to_string().contains("skip_duplicates()"), "{error}");
        let done = world.insert("Subj", again()).skip_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!((done.inserted, done.skipped), (0, 1), "{:?}", world.on);
        assert_eq!(world.rows("Subj", "subj, age").await, ["s1|3"]);
        // Some new, some old, some twice among themselves.
        let rows = ["s1", "s2", "s3", "s2", "s4"].map(|name| row([("subj", text(name)), ("age", int(7))]));
        let done = world.insert("Subj", rows).skip_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!((done.inserted, done.skipped), (3, 2), "{:?}", world.on);
        assert_eq!(world.rows("Subj", "subj, age").await, ["s1|3", "s2|7", "s3|7", "s4|7"]);
    })
    .await;
}

#[tokio::test]
async fn another_unique_index_is_no_duplicate_unless_any() {
    everywhere(async |world| {
        world.put("Tri", [tri(1, 1), tri(2, 2)]).await;
        for rows in
            [vec![tri(3, 1)], vec![tri(3, 3), tri(4, 1), tri(5, 5)], (3..2000).map(|id| tri(id, id)).chain([tri(5000, 2)]).collect()]
        {
            let error = world.refused(world.insert("Tri", rows.clone()).skip_duplicates()).await;
            assert_eq!(error.kind(), ErrorKind::Duplicate, "{:?}: {error}", world.on);
            assert!(error.details().message.contains("(a, b, c)"), "{:?}: {error}", world.on);
            assert_eq!(world.rows("Tri", "tri, a").await, ["1|1", "2|2"], "{:?}", world.on);
            let done =
                world.insert("Tri", rows.clone()).skip_any_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
            assert_eq!((done.inserted, done.skipped), (rows.len() as u64 - 1, 1), "{:?}", world.on);
            let mut db = world.place.connect().await;
            db.execute(&format!("DELETE FROM {} WHERE tri > 2", world.sql("Tri"))).await.expect("rows go");
        }
        // Both at once: the key decides.
        let done = world.insert("Tri", [tri(1, 2)]).skip_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!((done.inserted, done.skipped), (0, 1), "{:?}", world.on);
        // NULL in the other index is not the same as NULL.
        let null = |id: i64| row([("tri", int(id)), ("a", int(9)), ("b", int(9))]);
        let done =
            world.insert("Tri", [null(10), null(11)]).skip_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(done.inserted, 2);
    })
    .await;
}

#[tokio::test]
async fn two_that_skip_at_once_leave_each_row_once() {
    everywhere(async |world| {
        let other = world.another().await;
        let rows = || (0..300).map(|id| tri(id, id)).collect::<Vec<_>>();
        let once = async |db: &djc_runtime::Connection| {
            // Another transaction may win; then one tries again.
            for _ in 0..20 {
                match into_table(db, &world.model, world.table("Tri"), rows()).skip_duplicates().batch_bytes(400).await {
                    Ok(done) => return done,
                    Err(error) if error.kind() == ErrorKind::Contention => {}
                    Err(error) => panic!("{:?}: {error}", world.on),
                }
            }
            panic!("{:?}: no end of it", world.on)
        };
        let (one, two) = tokio::join!(once(&world.db), once(&other));
        assert_eq!(one.inserted + two.inserted, 300, "{:?}: {one:?} {two:?}", world.on);
        assert_eq!(one.skipped + two.skipped, 300);
        assert_eq!(world.count("Tri").await, 300);
    })
    .await;
}

async fn with_sessions(world: &World) {
    world.put("Subj", ["s1", "s2"].map(|name| row([("subj", text(name)), ("age", int(3)), ("note", text("old"))]))).await;
    world.put("Sess", [row([("subj", text("s1")), ("sess", int(1)), ("rig", text("A"))])]).await;
}

#[tokio::test]
async fn replace_puts_a_new_row_in_the_place_of_a_leaf() {
    everywhere(async |world| {
        with_sessions(world).await;
        let new = |name: &str| [row([("subj", text(name)), ("age", int(8))])];
        let done = world.insert("Subj", new("s2")).replace().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(done.inserted, 1);
        let outcome = world.insert("Subj", new("s1")).replace().await;
        match world.on {
            // The row would be deleted first, and a session refers to it.
            On::MariaDb => {
                let error = outcome.expect_err("a session refers to it");
                assert_eq!(error.kind(), ErrorKind::HasChildren, "{error}");
                assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|3|old", "s2|8|"]);
            }
            // MySQL 9 sees that the key stays; before it was as MariaDB.
            On::MySql if outcome.is_err() => {
                assert_eq!(outcome.expect_err("a session refers to it").kind(), ErrorKind::HasChildren);
                assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|3|old", "s2|8|"]);
            }
            On::MySql | On::Postgres | On::Sqlite => {
                outcome.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
                assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|8|", "s2|8|"]);
            }
        }
        assert_eq!(world.count("Sess").await, 1, "{:?}: the session is still there", world.on);
        // Of rows with one key the last stays.
        let rows = (0..50).map(|age| row([("subj", text("s3")), ("age", int(age))]));
        world.insert("Subj", rows).replace().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age").await[2], "s3|49");
    })
    .await;
}

#[tokio::test]
async fn a_row_without_its_parent_is_refused() {
    everywhere(async |world| {
        with_sessions(world).await;
        let rows = [
            row([("subj", text("s2")), ("sess", int(1)), ("rig", text("A"))]),
            row([("subj", text("nosuch")), ("sess", int(1)), ("rig", text("A"))]),
        ];
        let error = world.refused(world.insert("Sess", rows)).await;
        assert_eq!(error.kind(), ErrorKind::MissingParent, "{:?}: {error}", world.on);
        assert_eq!(error.details().table.as_deref(), Some("lab.Sess"));
        assert_eq!(world.count("Sess").await, 1, "{:?}", world.on);
    })
    .await;
}

#[tokio::test]
async fn in_a_transaction_a_failed_insert_leaves_nothing_of_itself() {
    everywhere(async |world| {
        let transaction = world.db.begin().await.expect("a transaction");
        let subj = world.table("Subj");
        let rows = |names: &[&str]| names.iter().map(|name| row([("subj", text(name))])).collect::<Vec<_>>();
        into_table(&transaction, &world.model, subj, rows(&["s1"])).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        // Three statements, the last of which fails.
        let error = into_table(&transaction, &world.model, subj, rows(&["s2", "s3", "s1"])).batch_bytes(1).await.expect_err("s1 is there");
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{:?}: {error}", world.on);
        let error = into_table(&transaction, &world.model, subj, rows(&["s1"])).await.expect_err("s1 is there");
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{:?}: {error}", world.on);
        into_table(&transaction, &world.model, subj, rows(&["s4", "s5"]))
            .batch_bytes(1)
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        transaction.commit().await.expect("it is committed");
        assert_eq!(world.rows("Subj", "subj").await, ["s1", "s4", "s5"], "{:?}", world.on);
    })
    .await;
}
