//! Inserts and updates through a table's type.

use djc_runtime::ErrorKind;
use djc_runtime::insert::update1;

use super::subj::{self, Key, New, Row, Subj};
use super::world::everywhere;

#[tokio::test]
async fn typed_rows_tuples_and_whole_rows_are_inserted() {
    everywhere(async |world| {
        let db = &world.db;
        let old = New { age: Some(9), ..New::new("s2") };
        let done = Subj::insert(db, [New::new("s1"), old]).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(done.inserted, 2);
        Subj::insert(db, [("s3".to_string(), None::<i32>, "x".to_string())])
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        let whole = Row { subj: "s4".into(), age: Some(1), note: "y".into() };
        Subj::insert1(db, whole).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|NULL|", "s2|9|", "s3|NULL|x", "s4|1|y"], "{:?}", world.on);
        let error = Subj::insert1(db, New::new("s1")).await.expect_err("it is there");
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{error}");
        let none: Vec<New> = Vec::new();
        assert_eq!(Subj::insert(db, none).await.expect("nothing to do").inserted, 0);
    })
    .await;
}

#[tokio::test]
async fn typed_changes_are_made_to_one_row() {
    everywhere(async |world| {
        let db = &world.db;
        let row = New { age: Some(9), note: Some("n".into()), ..New::new("s1") };
        Subj::insert1(db, row).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        let key = Key { subj: "s1".into() };
        update1::<Subj>(db, &key, [subj::age.set(4), subj::note.reset()]).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|4|"], "{:?}", world.on);
        update1::<Subj>(db, &key, [subj::age.set(None)]).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age").await, ["s1|NULL"], "{:?}", world.on);
        let nobody = Key { subj: "s2".into() };
        let error = update1::<Subj>(db, &nobody, [subj::age.set(4)]).await.expect_err("no such row");
        assert_eq!(error.kind(), ErrorKind::Count, "{error}");
    })
    .await;
}
