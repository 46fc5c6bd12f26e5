//! Changes of one row.

use djc_core::value::Value;
use djc_runtime::ErrorKind;
use djc_runtime::insert::update1_in_table;

use super::world::{World, everywhere, int, row, text};

async fn changed(world: &World, class: &str, change: djc_runtime::table::RowMap) -> Result<(), djc_runtime::Error> {
    update1_in_table(&world.db, &world.model, world.table(class), change).await
}

#[tokio::test]
async fn update_changes_what_is_named_of_the_row_with_the_key() {
    everywhere(async |world| {
        world.put("Subj", ["s1", "s2"].map(|name| row([("subj", text(name)), ("age", int(3)), ("note", text("old"))]))).await;
        changed(world, "Subj", row([("subj", text("s1")), ("age", int(4))]))
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|4|old", "s2|3|old"]);
        // The same again touches the row all the same.
        changed(world, "Subj", row([("subj", text("s1")), ("age", int(4))]))
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        // None is the default.
        let reset = row([("note", Value::Null), ("age", Value::Null), ("subj", text("s2"))]);
        changed(world, "Subj", reset).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|4|old", "s2|NULL|"]);
        world.put("Tri", [row([("tri", int(1)), ("a", int(1)), ("b", int(1)), ("n", int(1))])]).await;
        changed(world, "Tri", row([("tri", int(1)), ("n", Value::Null)])).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Tri", "tri, n").await, ["1|7"]);
        // Without a change it asks whether the row is there.
        changed(world, "Subj", row([("subj", text("s1"))])).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
    })
    .await;
}

#[tokio::test]
async fn update_refuses_what_is_not_one_row() {
    everywhere(async |world| {
        world.put("Subj", [row([("subj", text("s1"))])]).await;
        world.put("Sess", [row([("subj", text("s1")), ("sess", int(1)), ("rig", text("A"))])]).await;
        let error = changed(world, "Sess", row([("subj", text("s1")), ("rig", text("B"))])).await.expect_err("half a key");
        assert!(error.details().message.contains("must supply all primary key values; it lacks sess"), "{error}");
        let error = changed(world, "Subj", row([("subj", text("s1")), ("bad", int(1))])).await.expect_err("no such attribute");
        assert_eq!((error.kind(), error.details().message.as_str()), (ErrorKind::UnknownAttribute, "lab.Subj has no attribute `bad`"));
        let error = changed(world, "Subj", row([("subj", text("s7")), ("age", int(1))])).await.expect_err("no such row");
        assert_eq!(error.kind(), ErrorKind::Count, "{error}");
        assert!(error.to_string().contains("one existing entry"), "{error}");
        let error =
            changed(world, "Sess", row([("subj", text("s1")), ("sess", int(1)), ("rig", Value::Null)])).await.expect_err("no default");
        assert_eq!(error.kind(), ErrorKind::MissingValue, "{error}");
        let error = changed(world, "Subj", row([("subj", text("s1")), ("age", int(1 << 40))])).await.expect_err("too great");
        assert_eq!(error.kind(), ErrorKind::Value, "{error}");
    })
    .await;
}

#[tokio::test]
async fn update_that_fails_leaves_its_transaction_as_it_was() {
    everywhere(async |world| {
        let tri = |key: i64, a: i64| row([("tri", int(key)), ("a", int(a)), ("b", int(1)), ("c", text("x"))]);
        world.put("Tri", [tri(1, 1), tri(2, 2)]).await;
        let begun = world.db.begin().await.expect("a transaction");
        let id = world.table("Tri");
        let first = row([("tri", int(1)), ("a", int(5))]);
        update1_in_table(&begun, &world.model, id, first).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        let error = update1_in_table(&begun, &world.model, id, row([("tri", int(2)), ("a", int(5))])).await.expect_err("it is there");
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{error}");
        let last = row([("tri", int(2)), ("a", int(6))]);
        update1_in_table(&begun, &world.model, id, last).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        begun.commit().await.expect("it is whole");
        assert_eq!(world.rows("Tri", "tri, a").await, ["1|5", "2|6"], "{:?}", world.on);
    })
    .await;
}
