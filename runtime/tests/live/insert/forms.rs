//! Forms of rows, and what a row may leave out.

use djc_core::value::Value;
use djc_runtime::ErrorKind;
use djc_runtime::connection::Session;
use djc_runtime::insert::{Csv, into_table};

use super::world::{everywhere, int, row, text};

#[tokio::test]
async fn maps_and_values_by_position_are_rows() {
    everywhere(async |world| {
        let done =
            world.put("Subj", [row([("subj", text("s1")), ("age", int(3))]), row([("note", text("it\"s")), ("subj", text("s2"))])]).await;
        assert_eq!((done.inserted, done.skipped, done.id), (2, 0, None));
        let subj = world.table("Subj");
        let positional = vec![vec![text("s3"), int(5), text("a%b")]];
        into_table(&world.db, &world.model, subj, positional).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|3|", "s2|NULL|it\"s", "s3|5|a%b"], "{:?}", world.on);
        let error = into_table(&world.db, &world.model, subj, vec![vec![text("s4")]]).await.expect_err("two are missing");
        assert_eq!(error.kind(), ErrorKind::Value);
        assert_eq!(error.details().message, "row 1: 1 values given, lab.Subj has 3 attributes");
        assert!(error.to_string().contains("subj, age, note"), "{error}");
        assert_eq!(world.count("Subj").await, 3);
    })
    .await;
}

#[tokio::test]
async fn unknown_attributes_are_refused_by_name_or_left_out() {
    everywhere(async |world| {
        let rows = || [row([("subj", text("s9")), ("foo", int(1))])];
        let error = world.refused(world.insert("Subj", rows())).await;
        assert_eq!(
            (error.kind(), error.details().message.as_str()),
            (ErrorKind::UnknownAttribute, "row 1: lab.Subj has no attribute `foo`")
        );
        let error = world.refused(world.insert("Subj", [row([("subj", text("s9")), ("nota", text("x"))])])).await;
        assert!(error.details().message.ends_with("did you mean `note`?"), "{error}");
        assert_eq!(world.count("Subj").await, 0);
        world.insert("Subj", rows()).ignore_extra_fields().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s9|NULL|"]);
        let error = world.refused(world.insert("Subj", [row([("subj", text("a")), ("subj", text("b"))])])).await;
        assert_eq!(error.details().message, "row 1: `subj` is given twice");
    })
    .await;
}

#[tokio::test]
async fn rows_with_different_attributes_get_their_defaults() {
    everywhere(async |world| {
        world.put("Subj", [row([("subj", text("h1"))]), row([("subj", text("h2")), ("age", int(1))])]).await;
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["h1|NULL|", "h2|1|"]);
        // Many of them, in turns.
        let rows = (0..400).map(|id| {
            let mut pairs = vec![("tri", int(id)), ("a", int(id)), ("b", int(0))];
            pairs.extend((id % 2 == 0).then(|| ("n", int(1))));
            pairs.extend((id % 3 == 0).then(|| ("c", text("x"))));
            pairs.into_iter().collect()
        });
        let before = world.db.lock().await.expect("a session").statements_sent();
        world.put("Tri", rows).await;
        let sent = world.db.lock().await.expect("a session").statements_sent() - before;
        assert!(sent < 40, "{:?}: {sent} statements", world.on);
        assert_eq!(world.rows("Tri", "n, c, a").await.iter().filter(|row| row.starts_with("7|NULL|")).count(), 133);
    })
    .await;
}

#[tokio::test]
async fn nothing_nan_and_empty_numbers_are_the_default_and_what_is_needed_is_named() {
    everywhere(async |world| {
        let rows = [
            row([("tri", int(1)), ("a", int(1)), ("b", int(1)), ("n", Value::Null)]),
            row([("tri", int(2)), ("a", int(2)), ("b", int(1)), ("n", Value::from(f64::NAN))]),
            row([("tri", int(3)), ("a", int(3)), ("b", int(1)), ("n", text(""))]),
        ];
        world.put("Tri", rows).await;
        assert_eq!(world.rows("Tri", "tri, n").await, ["1|7", "2|7", "3|7"]);
        world.put("Subj", [row([("subj", text("s1"))])]).await;
        for rig in [None, Some(Value::Null)] {
            let mut pairs = vec![("subj", text("s1")), ("sess", int(1))];
            pairs.extend(rig.map(|rig| ("rig", rig)));
            let error = world.refused(world.insert("Sess", [pairs.into_iter().collect()])).await;
            assert_eq!(error.kind(), ErrorKind::MissingValue);
            assert_eq!(error.details().message, "row 1: `rig` (varchar(8)) has no value, and no default");
        }
        assert_eq!(world.count("Sess").await, 0);
    })
    .await;
}

#[tokio::test]
async fn tables_that_populate_fills_are_guarded() {
    everywhere(async |world| {
        world.put("Subj", [row([("subj", text("s1"))])]).await;
        let rows = || [row([("subj", text("s1")), ("mean", Value::from(0.5))])];
        let error = world.refused(world.insert("Stat", rows())).await;
        assert_eq!(
            (error.kind(), error.details().message.as_str()),
            (ErrorKind::DirectInsert, "lab.Stat is computed: its rows are made by populate")
        );
        assert!(error.to_string().contains("allow_direct_insert"), "{error}");
        assert_eq!(world.count("Stat").await, 0);
        world.insert("Stat", rows()).allow_direct_insert().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Stat", "subj, mean").await, ["s1|0.5"]);
    })
    .await;
}

#[tokio::test]
async fn a_query_is_rows_that_stay_on_the_server() {
    everywhere(async |world| {
        // Names of both tables are the same, so that they must be told apart.
        let into = |rows: djc_runtime::Query| into_table(&world.db, &world.model, world.table("Copy"), rows);
        let rows = [("s1", 3, "one"), ("s2", 4, "two ?"), ("s3", 5, "three")];
        world.put("Subj", rows.map(|(subj, age, note)| row([("subj", text(subj)), ("age", int(age)), ("note", text(note))]))).await;
        world.put("Sess", [row([("subj", text("s1")), ("sess", int(1)), ("rig", text("A"))])]).await;
        let done = into(world.all("Subj") & "age > 3 and note like '%?'").await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!((done.inserted, done.skipped), (1, 0), "{:?}", world.on);
        assert_eq!(world.rows("Copy", "subj, age, note").await, ["s2|4|two ?"], "{:?}", world.on);
        let error = into(world.all("Subj")).await.expect_err("s2 is there");
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{error}");
        let done = into(world.all("Subj")).skip_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!((done.inserted, done.skipped), (2, 1), "{:?}", world.on);
        assert_eq!(world.count("Copy").await, 3);
        let error = into(world.all("Sess")).await.expect_err("it has more");
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute, "{error}");
        let done =
            into(world.all("Sess")).ignore_extra_fields().skip_duplicates().await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!((done.inserted, done.skipped), (0, 1), "{:?}", world.on);
        let lacking = into_table(&world.db, &world.model, world.table("Sess"), world.all("Subj")).ignore_extra_fields();
        let error = lacking.await.expect_err("it has no sess");
        assert_eq!(error.kind(), ErrorKind::MissingValue, "{error}");
        let error = into(world.all("Subj") & "nope = 1").await.expect_err("no such attribute");
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute, "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_file_is_rows() {
    everywhere(async |world| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("subjects.csv");
        std::fs::write(&path, "subj,age,note\ns1,3,\"one, two\"\ns2,,\"say \"\"hi\"\"\"\n").expect("a file");
        let rows = Csv::read(&path).expect("it is one");
        into_table(&world.db, &world.model, world.table("Subj"), rows).await.unwrap_or_else(|error| panic!("{:?}: {error}", world.on));
        assert_eq!(world.rows("Subj", "subj, age, note").await, ["s1|3|one, two", "s2|NULL|say \"hi\""]);
        let short = Csv::from_reader(&b"subj,age\ns3\n"[..], "short.csv").expect_err("a value is missing");
        assert!(short.to_string().contains("line: 2"), "{short}");
        let bytes = Csv::from_reader(&b"subj\n\xff\n"[..], "bytes.csv").expect_err("no UTF-8");
        assert!(bytes.to_string().contains("UTF-8"), "{bytes}");
        assert!(Csv::read(folder.path().join("none.csv")).is_err());
    })
    .await;
}

#[tokio::test]
async fn the_server_numbers_rows() {
    everywhere(async |world| {
        let first = world.put("Log", [row([("what", text("a"))])]).await;
        assert_eq!((first.inserted, first.id), (1, Some(1)), "{:?}", world.on);
        let nothing = world.put("Log", [row([])]).await;
        assert_eq!(nothing.id, Some(2), "{:?}", world.on);
        let many = world.put("Log", (0..40).map(|_| row([]))).await;
        assert_eq!((many.inserted, many.id), (40, None));
        let given = world.put("Log", [row([("log", int(100))])]).await;
        assert_eq!(given.id, None);
        assert_eq!(world.count("Log").await, 43);
    })
    .await;
}

#[tokio::test]
async fn rows_that_refer_to_each_other_keep_their_order() {
    everywhere(async |world| {
        let rows = (0..300).map(|id| {
            let mut pairs = vec![("node", int(id))];
            pairs.extend((id > 0).then(|| ("above", int(id - 1))));
            pairs.extend((id % 2 == 0).then(|| ("n", int(1))));
            pairs.into_iter().collect()
        });
        world.put("Node", rows).await;
        assert_eq!(world.count("Node").await, 300);
    })
    .await;
}

#[tokio::test]
async fn validate_says_everything_and_inserts_nothing() {
    everywhere(async |world| {
        let rows = || {
            [
                row([("subj", text("s1"))]),
                row([("subj", text("much too long"))]),
                row([("age", int(1))]),
                row([("subj", text("s2")), ("age", text("old"))]),
            ]
        };
        let error = world.insert("Subj", rows()).validate().await.expect_err("three are wrong");
        assert_eq!(error.details().message, "3 rows cannot be inserted into lab.Subj");
        for part in
            ["row 2: `subj` (varchar(8))", "row 3: `subj` (varchar(8)) has no value", "row 4: `age` (int): 'old' is not a whole number"]
        {
            assert!(error.to_string().contains(part), "{error}");
        }
        world.insert("Subj", rows().into_iter().take(1)).validate().await.expect("the first is right");
        assert_eq!(world.count("Subj").await, 0);
    })
    .await;
}
