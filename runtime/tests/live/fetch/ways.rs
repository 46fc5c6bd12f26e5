//! Every way of fetching a query, on tables of a pipeline.

use djc_core::query::{Columns, Order, Query as Untyped, Restriction, Top};
use djc_runtime::field::ReadError;
use djc_runtime::table::{Column, Dynamic, FromRow, RowMap, RowReader};
use djc_runtime::{ErrorKind, Query, TryStreamExt};

use crate::insert::world::{World, everywhere, int, row, text};

/// As generated code has it.
#[derive(Debug, PartialEq)]
struct Sess {
    subj: String,
    sess: i32,
    rig: String,
}

impl FromRow for Sess {
    fn columns() -> Columns {
        Columns::Named(["subj", "sess", "rig"].map(str::to_string).to_vec())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Sess { subj: row.take()?, sess: row.take()?, rig: row.take()? })
    }
}

/// Attributes in another order than that of the table.
#[derive(Debug, PartialEq)]
struct Subj {
    age: Option<u8>,
    subj: String,
}

impl FromRow for Subj {
    fn columns() -> Columns {
        Columns::Named(["age", "subj"].map(str::to_string).to_vec())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Subj { age: row.take()?, subj: row.take()? })
    }
}

fn sess(subj: &str, sess: i32, rig: &str) -> Sess {
    Sess { subj: subj.to_string(), sess, rig: rig.to_string() }
}

fn all(world: &World, class: &str) -> Query {
    Query::from_core(Ok(Untyped::table(&world.model, world.table(class))))
}

fn top(query: &Query, limit: u64, offset: u64, order: &[(&str, bool)]) -> Query {
    let order = order.iter().map(|(name, descending)| Order { attribute: Some(name.to_string()), descending: *descending });
    Query::from_core(query.check().expect("a query").top(&Top { limit: Some(limit), offset, order: Some(order.collect()) }))
}

fn equal(query: &Query, pairs: &[(&str, &str)]) -> Query {
    let pairs = pairs.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Query::from_core(query.check().expect("a query").restrict(&Restriction::Equal(pairs)))
}

async fn fill(world: &World) {
    let subj = [
        row([("subj", text("s1")), ("age", int(3))]),
        row([("subj", text("s2")), ("note", text("it\"s"))]),
        row([("subj", text("s3")), ("age", int(5)), ("note", text("a%b"))]),
    ];
    world.put("Subj", subj).await;
    let sess = [("s1", 1, "A"), ("s1", 2, "B"), ("s2", 1, "A"), ("s2", 3, "B")];
    world.put("Sess", sess.map(|(subj, sess, rig)| row([("subj", text(subj)), ("sess", int(sess)), ("rig", text(rig))]))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_keys_columns_and_counts_are_fetched() {
    everywhere(async |world| {
        fill(world).await;
        let (db, on) = (&world.db, world.on);
        let everything = all(world, "Sess");
        let expected = [sess("s1", 1, "A"), sess("s1", 2, "B"), sess("s2", 1, "A"), sess("s2", 3, "B")];
        assert_eq!(everything.fetch_as::<Sess>(db).await.expect("rows"), expected, "{on:?}");
        let maps = everything.fetch(db).await.expect("rows");
        assert_eq!(maps[1], [("subj", text("s1")), ("sess", int(2)), ("rig", text("B"))].into_iter().collect(), "{on:?}");
        assert_eq!(everything.fetch_maps(db).await.expect("rows"), maps, "{on:?}");

        let one = equal(&everything, &[("subj", "s1"), ("rig", "B")]);
        assert_eq!(one.fetch1_as::<Sess>(db).await.expect("one row"), sess("s1", 2, "B"), "{on:?}");
        assert_eq!(one.fetch1(db).await.expect("one row"), maps[1], "{on:?}");
        let keys: Vec<RowMap> = one.keys(db).await.expect("a key");
        assert_eq!(keys[0], [("subj", text("s1")), ("sess", int(2))].into_iter().collect(), "{on:?}");

        let rigs = everything.column(db, Column::<Dynamic, String>::new("rig")).await.expect("a column");
        assert_eq!(rigs, ["A", "B", "A", "B"], "{on:?}");
        let ages = all(world, "Subj").column(db, Column::<Dynamic, Option<u8>>::new("age")).await.expect("a column");
        assert_eq!(ages, [Some(3), None, Some(5)], "{on:?}");

        assert_eq!(everything.count(db).await.expect("a count"), 4, "{on:?}");
        assert!(!everything.is_empty(db).await.expect("an answer"), "{on:?}");
        let none = equal(&everything, &[("rig", "C")]);
        assert_eq!(none.count(db).await.expect("a count"), 0, "{on:?}");
        assert!(none.is_empty(db).await.expect("an answer"), "{on:?}");
        assert_eq!(none.fetch_as::<Sess>(db).await.expect("no rows"), [], "{on:?}");
        assert!(everything.contains(db, "sess = 3").await.expect("an answer"), "{on:?}");
        assert!(!everything.contains(db, "sess = 4").await.expect("an answer"), "{on:?}");

        let ordered = top(&everything, 2, 0, &[("sess", true), ("subj", false)]);
        assert_eq!(ordered.fetch_as::<Sess>(db).await.expect("rows"), [sess("s2", 3, "B"), sess("s1", 2, "B")], "{on:?}");
        assert_eq!(top(&everything, 9, 1, &[]).fetch(db).await.expect("rows").len(), 3, "{on:?}");
        let nothing = top(&everything, 0, 0, &[]);
        assert_eq!((nothing.fetch(db).await.expect("rows").len(), nothing.is_empty(db).await.expect("an answer")), (0, true), "{on:?}");

        let mut stream = everything.stream_as::<Sess>(db);
        let mut streamed = Vec::new();
        while let Some(row) = stream.try_next().await.expect("a row") {
            streamed.push(row);
        }
        assert_eq!(streamed, expected, "{on:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_is_read_as_a_pair_and_what_both_have_comes_once() {
    everywhere(async |world| {
        fill(world).await;
        let join: Query = all(world, "Subj") * all(world, "Sess");
        let mut pairs = join.fetch_as::<(Subj, Sess)>(&world.db).await.expect("rows");
        pairs.sort_by_key(|(_, sess)| (sess.subj.clone(), sess.sess));
        assert_eq!(pairs.len(), 4, "{:?}", world.on);
        assert_eq!(pairs[1], (Subj { age: Some(3), subj: "s1".into() }, sess("s1", 2, "B")), "{:?}", world.on);
        assert_eq!(pairs[2].0.age, None, "{:?}", world.on);
        let error = join.fetch_as::<(RowMap, Sess)>(&world.db).await.expect_err("a map takes all");
        assert!(error.to_string().contains("wants more"), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_cannot_be_read_is_an_error_that_says_where() {
    everywhere(async |world| {
        fill(world).await;
        let (db, on) = (&world.db, world.on);
        let everything = all(world, "Sess");
        let error = everything.fetch1(db).await.expect_err("four rows");
        assert_eq!((error.kind(), error.details().table.as_deref()), (ErrorKind::Count, Some("lab.Sess")), "{on:?}");
        assert!(error.to_string().contains("lab.Sess has 4"), "{error}");
        let error = equal(&everything, &[("rig", "C")]).fetch1(db).await.expect_err("no row");
        assert!(error.kind() == ErrorKind::Count && error.to_string().contains("has none"), "{error}");

        let error = everything.column(db, Column::<Dynamic, i32>::new("rg")).await.expect_err("no such attribute");
        assert!(error.kind() == ErrorKind::UnknownAttribute && error.to_string().contains("`rig`"), "{error}");
        let error = everything.fetch_as::<Subj>(db).await.expect_err("no such attribute");
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute, "{error}");

        world.put("Subj", [row([("subj", text("old")), ("age", int(300))])]).await;
        let error = all(world, "Subj").fetch_as::<Subj>(db).await.expect_err("300 is no u8");
        let details = error.details();
        assert_eq!((error.kind(), details.table.as_deref()), (ErrorKind::Read, Some("lab.Subj")), "{on:?}");
        let values: Vec<(&str, &str)> = details.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(values, [("age", "300"), ("subj", "'old'")], "{on:?} {error}");
        assert!(error.to_string().contains("attribute `age` of lab.Subj cannot be read: 300"), "{error}");
        // The rest of the answer is nobody's.
        assert_eq!(everything.count(db).await.expect("a count"), 4, "{on:?}");
    })
    .await;
}
