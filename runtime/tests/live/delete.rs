//! Deletes and drops on real servers: what goes, what is refused, and that what was counted is what went.

use std::collections::BTreeMap;

use djc_core::dialect::Server;
use djc_core::query::Restriction;
use djc_core::value::Value;
use djc_runtime::delete::{self, Preview, Rows, Target};
use djc_runtime::{Connection, ErrorKind, Session};

use crate::account::Account;
use crate::support::{On, Place};

/// A pipeline in two schemas: sessions with a computed table and its part, a table that refers to sessions by another name, and a master whose part refers to sessions.
const TABLES: &[(&str, &str)] = &[
    ("lab.subj", "subj varchar(8) NOT NULL, note varchar(20), PRIMARY KEY (subj)"),
    (
        "lab.sess",
        "subj varchar(8) NOT NULL, sess integer NOT NULL, rig varchar(4), PRIMARY KEY (subj, sess), FOREIGN KEY (subj) REFERENCES {lab.subj} (subj) ON UPDATE CASCADE ON DELETE RESTRICT",
    ),
    (
        "more.__calc",
        "subj varchar(8) NOT NULL, sess integer NOT NULL, PRIMARY KEY (subj, sess), FOREIGN KEY (subj, sess) REFERENCES {lab.sess} (subj, sess) ON UPDATE CASCADE ON DELETE RESTRICT",
    ),
    (
        "more.__calc__peak",
        "subj varchar(8) NOT NULL, sess integer NOT NULL, peak integer NOT NULL, PRIMARY KEY (subj, sess, peak), FOREIGN KEY (subj, sess) REFERENCES {more.__calc} (subj, sess) ON UPDATE CASCADE ON DELETE RESTRICT",
    ),
    (
        "more.ref",
        "rid integer NOT NULL, src_subj varchar(8), src_sess integer, PRIMARY KEY (rid), FOREIGN KEY (src_subj, src_sess) REFERENCES {lab.sess} (subj, sess) ON UPDATE CASCADE ON DELETE RESTRICT",
    ),
    ("more.m2", "m integer NOT NULL, PRIMARY KEY (m)"),
    (
        "more.m2__p",
        "m integer NOT NULL, subj varchar(8) NOT NULL, sess integer NOT NULL, PRIMARY KEY (m, subj, sess), FOREIGN KEY (m) REFERENCES {more.m2} (m) ON UPDATE CASCADE ON DELETE RESTRICT, FOREIGN KEY (subj, sess) REFERENCES {lab.sess} (subj, sess) ON UPDATE CASCADE ON DELETE RESTRICT",
    ),
    (
        "more.m2__q",
        "m integer NOT NULL, q integer NOT NULL, PRIMARY KEY (m, q), FOREIGN KEY (m) REFERENCES {more.m2} (m) ON UPDATE CASCADE ON DELETE RESTRICT",
    ),
];

const ROWS: &[(&str, &str)] = &[
    ("lab.subj", "('s1', ''), ('s2', 'it''s')"),
    ("lab.sess", "('s1', 1, 'A'), ('s1', 2, 'B'), ('s2', 1, 'A')"),
    ("more.__calc", "('s1', 1), ('s2', 1)"),
    ("more.__calc__peak", "('s1', 1, 1), ('s1', 1, 2), ('s2', 1, 1)"),
    ("more.ref", "(1, 's1', 1), (2, NULL, NULL), (3, 's2', 1)"),
    ("more.m2", "(1), (2), (3)"),
    ("more.m2__p", "(1, 's1', 2), (1, 's2', 1), (2, 's2', 1)"),
    ("more.m2__q", "(1, 1), (1, 2), (2, 1), (3, 1)"),
];

struct Lab {
    place: Place,
    connection: Connection,
}

impl Lab {
    /// Makes tables with rows.
    async fn new(on: On, tables: &[(&str, &str)], rows: &[(&str, &str)]) -> Option<Lab> {
        let place = Place::new(on)?;
        let connection = Connection::over(place.connect().await);
        let lab = Lab { place, connection };
        if on != On::Sqlite {
            let schemas: std::collections::BTreeSet<&str> = tables.iter().filter_map(|(name, _)| name.split('.').next()).collect();
            for schema in schemas {
                lab.run(&format!("CREATE SCHEMA {}", lab.place.schema(schema))).await;
            }
        }
        for (name, columns) in tables {
            lab.run(&format!("CREATE TABLE {{{name}}} ({columns})")).await;
        }
        for (name, rows) in rows {
            lab.run(&format!("INSERT INTO {{{name}}} VALUES {rows}")).await;
        }
        Some(lab)
    }

    fn server(&self) -> Server {
        self.connection.dialect().server
    }

    /// Puts the real names in for `{schema.table}`.
    fn sql(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').expect("a closing brace");
            let (schema, table) = name.split_once('.').expect("a name of two parts");
            out += before;
            out += &self.server().table_sql(&self.place.schema(schema), table);
            rest = behind;
        }
        out + rest
    }

    async fn run(&self, text: &str) {
        let sql = self.sql(text);
        let mut db = self.connection.lock().await.expect("a session");
        db.execute(&sql).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{sql}", self.place.on));
    }

    /// Counts the rows of all tables.
    async fn counts(&self, tables: &[(&str, &str)]) -> BTreeMap<String, i64> {
        let mut out = BTreeMap::new();
        for (name, _) in tables {
            let sql = self.sql(&format!("SELECT COUNT(*) AS a FROM {{{name}}}"));
            let mut db = self.connection.lock().await.expect("a session");
            let rows = db.query(&sql, &[]).await.expect("a count");
            out.insert(name.to_string(), rows[0].u64(0).expect("a number") as i64);
        }
        out
    }

    fn target(&self, name: &str, restrictions: &[&str]) -> Target {
        let (schema, table) = name.split_once('.').expect("a name of two parts");
        let restrictions = restrictions.iter().map(|text| Restriction::Predicate(text.to_string())).collect();
        Target { schema: self.place.schema(schema), table: table.to_string(), rows: Rows::Restricted(restrictions) }
    }

    /// Returns what a preview says, without the prefix of this place.
    fn said(&self, preview: &Preview) -> BTreeMap<String, u64> {
        let name = |loss: &delete::Loss| format!("{}.{}", loss.schema.trim_start_matches(&self.place.prefix), loss.table);
        preview.tables.iter().map(|loss| (name(loss), loss.rows)).collect()
    }

    async fn clean(self) {
        drop(self.connection);
        self.place.clean().await;
    }
}

/// Says which tables lost how many rows.
fn lost(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> BTreeMap<String, u64> {
    before.iter().filter(|(name, rows)| after[*name] != **rows).map(|(name, rows)| (name.clone(), (rows - after[name]) as u64)).collect()
}

fn map(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|(name, rows)| (name.to_string(), *rows)).collect()
}

#[tokio::test]
async fn delete_takes_everything_that_stands_on_the_rows_and_nothing_else() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let target = lab.target("lab.sess", &["subj = 's1'", "sess = 1"]);
        let preview = delete::delete(&lab.connection, target.clone()).preview().await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let expected = map(&[("lab.sess", 1), ("more.__calc", 1), ("more.__calc__peak", 2), ("more.ref", 1)]);
        assert_eq!(lab.said(&preview), expected, "{on:?}");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}: a preview changes nothing");
        let deleted = delete::delete(&lab.connection, target).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!(deleted.rows, 1, "{on:?}");
        assert_eq!(lost(&before, &lab.counts(TABLES).await), expected, "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn rows_of_a_part_do_not_go_before_their_master() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let target = || lab.target("lab.sess", &["subj = 's1' and sess = 2"]);
        let error = delete::delete(&lab.connection, target()).await.expect_err("master 1 would stay");
        assert_eq!(error.kind(), ErrorKind::PartBeforeMaster, "{on:?}: {error}");
        let said = error.to_string();
        assert!(said.contains("Attempt to delete part table") && said.contains("M2.P") && said.contains("force_masters"), "{said}");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");

        let deleted = delete::delete(&lab.connection, target()).force_masters().await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!(deleted.rows, 1, "{on:?}");
        let expected = map(&[("lab.sess", 1), ("more.m2", 1), ("more.m2__p", 2), ("more.m2__q", 2)]);
        assert_eq!(lost(&before, &lab.counts(TABLES).await), expected, "{on:?}: master 1 goes with all of its parts, 2 and 3 stay");
        lab.clean().await;
    }
}

#[tokio::test]
async fn a_part_is_deleted_by_force_only() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let target = || lab.target("more.m2__p", &["m = 1"]);
        let error = delete::delete(&lab.connection, target()).await.expect_err("a part goes with its master");
        assert_eq!(error.kind(), ErrorKind::PartDirectly, "{on:?}: {error}");
        assert!(error.to_string().contains("Cannot delete from a Part directly. Delete from master instead"), "{error}");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");
        let deleted = delete::delete(&lab.connection, target()).force_parts().await.expect("by force");
        assert_eq!((deleted.rows, lost(&before, &lab.counts(TABLES).await)), (2, map(&[("more.m2__p", 2)])), "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn no_is_no_and_what_was_shown_is_what_goes() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let target = || lab.target("lab.subj", &["subj = 's1'"]);
        let mut shown = None;
        let ask = |preview: &Preview| {
            shown = Some(preview.clone());
            false
        };
        let deleted = delete::delete(&lab.connection, target()).force_masters().confirm(ask).await.expect("no is an answer");
        assert_eq!(deleted, delete::Deleted::default(), "{on:?}");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");
        let shown = shown.expect("somebody was asked");

        // Somebody inserts between the numbers and the delete.
        lab.run("INSERT INTO {more.ref} VALUES (9, 's1', 2)").await;
        let error =
            delete::delete(&lab.connection, target()).force_masters().exactly(shown.clone()).await.expect_err("the numbers are old");
        assert_eq!(error.kind(), ErrorKind::Changed, "{on:?}: {error}");
        assert!(error.to_string().contains("came or went"), "{error}");
        lab.run("DELETE FROM {more.ref} WHERE rid = 9").await;
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");

        delete::delete(&lab.connection, target()).force_masters().confirm(|_| true).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!(lost(&before, &lab.counts(TABLES).await), lab.said(&shown), "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn in_a_transaction_a_delete_takes_part_and_asks_nobody() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let target = || lab.target("lab.sess", &["subj = 's1' and sess = 1"]);
        let transaction = lab.connection.begin().await.expect("a transaction");
        let error = delete::delete(&transaction, target()).confirm(|_| true).await.expect_err("a question in a transaction");
        assert_eq!(error.kind(), ErrorKind::Refused, "{on:?}: {error}");
        let error = delete::delete(&transaction, lab.target("lab.sess", &["sess = 2"])).await.expect_err("a part would be left");
        assert_eq!(error.kind(), ErrorKind::PartBeforeMaster, "{on:?}: {error}");
        delete::delete(&transaction, target()).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        transaction.rollback().await.expect("it is rolled back");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}: the delete went with the transaction");
        lab.clean().await;
    }
}

#[tokio::test]
async fn a_restriction_without_effect_deletes_nothing() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let unknown = Restriction::Equal(vec![("zzz".to_string(), Value::Text("s1".to_string()))]);
        let mut target = lab.target("lab.subj", &[]);
        target.rows = Rows::Restricted(vec![unknown]);
        let error = delete::delete(&lab.connection, target).force_masters().await.expect_err("all rows would go");
        assert_eq!(error.kind(), ErrorKind::NoEffect, "{on:?}: {error}");
        assert!(error.to_string().contains("`zzz`") && error.to_string().contains("`subj`"), "{error}");
        let error = delete::delete(&lab.connection, lab.target("lab.subj", &["nope = 1"])).await.expect_err("no such attribute");
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute, "{on:?}: {error}");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn two_references_to_one_parent_both_count() {
    let tables = [
        ("lab.a", "a integer NOT NULL, PRIMARY KEY (a)"),
        (
            "lab.b",
            "b integer NOT NULL, x integer NOT NULL, y integer NOT NULL, PRIMARY KEY (b), FOREIGN KEY (x) REFERENCES {lab.a} (a), FOREIGN KEY (y) REFERENCES {lab.a} (a)",
        ),
        (
            "lab.c",
            "c integer NOT NULL, b integer NOT NULL, a integer, PRIMARY KEY (c), FOREIGN KEY (b) REFERENCES {lab.b} (b), FOREIGN KEY (a) REFERENCES {lab.a} (a)",
        ),
    ];
    let rows = [
        ("lab.a", "(0), (1), (2), (3)"),
        ("lab.b", "(1, 0, 1), (2, 1, 0), (3, 2, 3)"),
        ("lab.c", "(1, 1, NULL), (2, 3, 0), (3, 3, 3), (4, 2, 0)"),
    ];
    for on in On::ALL {
        let Some(lab) = Lab::new(on, &tables, &rows).await else { continue };
        let before = lab.counts(&tables).await;
        let target = lab.target("lab.a", &["a = 0"]);
        delete::delete(&lab.connection, target).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let expected = map(&[("lab.a", 1), ("lab.b", 2), ("lab.c", 3)]);
        assert_eq!(lost(&before, &lab.counts(&tables).await), expected, "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn a_master_that_goes_does_not_excuse_another_that_stays() {
    let tables = [
        ("lab.a", "a integer NOT NULL, PRIMARY KEY (a)"),
        ("lab.m", "m integer NOT NULL, a integer, PRIMARY KEY (m), FOREIGN KEY (a) REFERENCES {lab.a} (a)"),
        (
            "lab.m__p",
            "m integer NOT NULL, p integer NOT NULL, a integer NOT NULL, PRIMARY KEY (m, p), FOREIGN KEY (m) REFERENCES {lab.m} (m), FOREIGN KEY (a) REFERENCES {lab.a} (a)",
        ),
    ];
    let rows = [("lab.a", "(0), (1), (2), (3), (4)"), ("lab.m", "(1, 0), (2, 4)"), ("lab.m__p", "(1, 1, 0), (2, 1, 0)")];
    for on in On::ALL {
        let Some(lab) = Lab::new(on, &tables, &rows).await else { continue };
        let before = lab.counts(&tables).await;
        let target = || lab.target("lab.a", &["a = 0"]);
        let error = delete::delete(&lab.connection, target()).await.expect_err("master 2 would stay without its part");
        assert_eq!(error.kind(), ErrorKind::PartBeforeMaster, "{on:?}: {error}");
        assert!(error.to_string().contains("1 rows of"), "{on:?}: {error}");
        assert_eq!(lab.counts(&tables).await, before, "{on:?}");
        delete::delete(&lab.connection, target()).force_masters().await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let expected = map(&[("lab.a", 1), ("lab.m", 2), ("lab.m__p", 2)]);
        assert_eq!(lost(&before, &lab.counts(&tables).await), expected, "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn many_masters_are_held_while_their_parts_go() {
    let tables = [
        ("lab.a", "a integer NOT NULL, PRIMARY KEY (a)"),
        ("lab.m", "m integer NOT NULL, PRIMARY KEY (m)"),
        (
            "lab.m__p",
            "m integer NOT NULL, a integer NOT NULL, PRIMARY KEY (m, a), FOREIGN KEY (m) REFERENCES {lab.m} (m), FOREIGN KEY (a) REFERENCES {lab.a} (a)",
        ),
        ("lab.m__q", "m integer NOT NULL, q integer NOT NULL, PRIMARY KEY (m, q), FOREIGN KEY (m) REFERENCES {lab.m} (m)"),
    ];
    for on in On::ALL {
        // More than stand in a statement as they are; on MySQL, which cannot read a temporary table twice, they do.
        let masters = if on == On::MySql { 12_000 } else { 2500 };
        let list = |row: &dyn Fn(usize) -> String| (0..masters).map(row).collect::<Vec<_>>().join(", ");
        let (m, p, q) = (list(&|m| format!("({m})")), list(&|m| format!("({m}, 0)")), list(&|m| format!("({m}, 1)")));
        let rows = [("lab.a", "(0), (1)"), ("lab.m", m.as_str()), ("lab.m__p", p.as_str()), ("lab.m__q", q.as_str())];
        let Some(lab) = Lab::new(on, &tables, &rows).await else { continue };
        lab.run("INSERT INTO {lab.m} VALUES (100000)").await;
        lab.run("INSERT INTO {lab.m__q} VALUES (100000, 1)").await;
        let before = lab.counts(&tables).await;
        let target = lab.target("lab.a", &["a = 0"]);
        let preview = delete::delete(&lab.connection, target.clone())
            .force_masters()
            .preview()
            .await
            .unwrap_or_else(|error| panic!("{on:?}: {error}"));
        delete::delete(&lab.connection, target).force_masters().await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let all = masters as u64;
        let expected = map(&[("lab.a", 1), ("lab.m", all), ("lab.m__p", all), ("lab.m__q", all)]);
        assert_eq!(lost(&before, &lab.counts(&tables).await), expected, "{on:?}");
        assert_eq!(lab.said(&preview), expected, "{on:?}");
        lab.clean().await;
    }
}

/// Four levels, the third with a reference outside of its key.
const LEVELS: &[(&str, &str)] = &[
    ("lab.digit", "d integer NOT NULL, PRIMARY KEY (d)"),
    ("lab.a", "a integer NOT NULL, PRIMARY KEY (a)"),
    ("lab.b", "a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (a, b), FOREIGN KEY (a) REFERENCES {lab.a} (a)"),
    (
        "more._c",
        "c integer NOT NULL, a integer NOT NULL, b integer NOT NULL, PRIMARY KEY (c), FOREIGN KEY (a, b) REFERENCES {lab.b} (a, b)",
    ),
    ("more.__d", "c integer NOT NULL, d integer NOT NULL, PRIMARY KEY (c, d), FOREIGN KEY (c) REFERENCES {more._c} (c)"),
];

#[tokio::test]
async fn a_hundred_thousand_rows_of_several_levels_go() {
    let rows = [("lab.digit", "(0), (1), (2), (3), (4), (5), (6), (7), (8), (9)"), ("lab.a", "(0), (1)")];
    for on in On::ALL {
        let Some(lab) = Lab::new(on, LEVELS, &rows).await else { continue };
        lab.run("INSERT INTO {lab.b} SELECT a.a, x.d * 10 + y.d FROM {lab.a} a, {lab.digit} x, {lab.digit} y").await;
        let number = "v.d * 1000 + w.d * 100 + x.d * 10 + y.d";
        let digits = "{lab.digit} v, {lab.digit} w, {lab.digit} x, {lab.digit} y";
        lab.run(&format!("INSERT INTO {{more._c}} SELECT {number}, 0, x.d * 10 + y.d FROM {digits}")).await;
        lab.run("INSERT INTO {more._c} SELECT 10000 + d, 1, d FROM {lab.digit}").await;
        lab.run("INSERT INTO {more.__d} SELECT c.c, x.d FROM {more._c} c, {lab.digit} x WHERE x.d < 9").await;
        if on == On::Postgres {
            lab.run("ANALYZE {more.__d}").await;
        }
        let before = lab.counts(LEVELS).await;
        let began = std::time::Instant::now();
        let deleted =
            delete::delete(&lab.connection, lab.target("lab.a", &["a = 0"])).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        println!("{on:?}: {} rows in {:?}", deleted.tables.iter().map(|loss| loss.rows).sum::<u64>(), began.elapsed());
        let expected = map(&[("lab.a", 1), ("lab.b", 100), ("more._c", 10_000), ("more.__d", 90_000)]);
        assert_eq!(lost(&before, &lab.counts(LEVELS).await), expected, "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn rows_that_somebody_else_holds_are_left_and_the_session_is_named() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let mut other = lab.place.connect().await;
        let number = match on {
            On::MariaDb | On::MySql => Some("SELECT CONNECTION_ID() AS a"),
            On::Postgres => Some("SELECT pg_backend_pid() AS a"),
            On::Sqlite => None,
        };
        let mut session = None;
        if let Some(number) = number {
            session = Some(other.query(number, &[]).await.expect("a number")[0].u64(0).expect("a number"));
        }
        other.begin().await.expect("a transaction");
        other.execute(&lab.sql("UPDATE {more.__calc} SET sess = sess WHERE subj = 's1'")).await.expect("rows are held");
        other.execute(&lab.sql("DELETE FROM {more.ref} WHERE rid = 1")).await.expect("a row is held");
        lab.connection.lock().await.expect("a session").set_lock_wait(std::time::Duration::from_secs(1)).await.expect("a setting");
        let target = || lab.target("lab.sess", &["subj = 's1' and sess = 1"]);
        let error = delete::delete(&lab.connection, target()).await.expect_err("rows are held");
        let said = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Contention, "{on:?}: {said}");
        match session {
            Some(session) => {
                assert!(said.contains(&format!("session {session} of ")) && said.contains("another session"), "{on:?}: {said}")
            }
            None => assert!(said.contains("another program"), "{said}"),
        }
        other.rollback().await.expect("it ends");
        other.close().await;
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");
        delete::delete(&lab.connection, target()).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        lab.clean().await;
    }
}

#[tokio::test]
async fn columns_of_sqlite_that_djc_did_not_declare_are_what_they_hold() {
    let tables = [
        ("lab.a", "a int NOT NULL, ok boolean, price decimal(5,2), since datetime, note varchar(8), PRIMARY KEY (a)"),
        ("lab.m", "m bigint NOT NULL, PRIMARY KEY (m)"),
        (
            "lab.m__p",
            "m bigint NOT NULL, a int NOT NULL, PRIMARY KEY (m, a), FOREIGN KEY (m) REFERENCES {lab.m} (m), FOREIGN KEY (a) REFERENCES {lab.a} (a)",
        ),
    ];
    let rows = [
        ("lab.a", "(0, 1, 1.5, '2024-01-02 03:04:05', 'x'), (1, 0, 2, NULL, NULL)"),
        ("lab.m", "(7), (8), (9)"),
        ("lab.m__p", "(7, 0), (8, 0), (9, 1)"),
    ];
    let lab = Lab::new(On::Sqlite, &tables, &rows).await.expect("SQLite is always there");
    let before = lab.counts(&tables).await;
    for text in ["a = 0", "ok = 1", "price < 1.75", "since > '2024-01-01'", "note = 'x'", "a < 1 and price = 1.5"] {
        let preview = delete::delete(&lab.connection, lab.target("lab.a", &[text])).force_masters().preview().await;
        let preview = preview.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(lab.said(&preview), map(&[("lab.a", 1), ("lab.m", 2), ("lab.m__p", 2)]), "{text}");
    }
    delete::delete(&lab.connection, lab.target("lab.a", &["a = 0"])).force_masters().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(lost(&before, &lab.counts(&tables).await), map(&[("lab.a", 1), ("lab.m", 2), ("lab.m__p", 2)]));
    lab.clean().await;
}

#[tokio::test]
async fn tables_in_a_circle_are_refused_by_name() {
    let tables =
        [("lab.node", "node integer NOT NULL, parent integer, PRIMARY KEY (node), FOREIGN KEY (parent) REFERENCES {lab.node} (node)")];
    for on in On::ALL {
        let Some(lab) = Lab::new(on, &tables, &[("lab.node", "(1, NULL)")]).await else { continue };
        let error = delete::delete(&lab.connection, lab.target("lab.node", &["node = 1"])).await.expect_err("a circle");
        assert_eq!(error.kind(), ErrorKind::Refused, "{on:?}: {error}");
        assert!(error.to_string().contains("Node") && error.to_string().contains("circle"), "{on:?}: {error}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn drop_goes_down_and_keeps_no_master_without_its_part() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let schema = |name: &str| lab.place.schema(name);
        let error = delete::drop_table(&lab.connection, schema("lab"), "sess").await.expect_err("the part of m2 would go");
        assert_eq!(error.kind(), ErrorKind::PartBeforeMaster, "{on:?}: {error}");
        assert!(error.to_string().contains("Attempt to drop part table"), "{error}");
        let error = delete::drop_table(&lab.connection, schema("more"), "m2__p").await.expect_err("a part");
        assert_eq!(error.kind(), ErrorKind::PartDirectly, "{on:?}: {error}");
        let dropped = delete::drop_table(&lab.connection, schema("more"), "m2").confirm(|_| false).await.expect("no is an answer");
        assert!(dropped.tables.is_empty(), "{on:?}");
        let dropped = delete::drop_table(&lab.connection, schema("more"), "m2").await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let names: Vec<(&str, u64)> = dropped.tables.iter().map(|loss| (loss.table.as_str(), loss.rows)).collect();
        assert_eq!(names, [("m2", 3), ("m2__p", 3), ("m2__q", 4)], "{on:?}");
        let dropped = delete::drop_table(&lab.connection, schema("lab"), "subj").await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!(dropped.tables.len(), 5, "{on:?}: {dropped:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn drop_takes_jobs_and_lineage_along_and_no_transaction() {
    let service = [
        (
            "more.~lineage",
            "table_name varchar(64) NOT NULL, attribute_name varchar(64) NOT NULL, lineage varchar(255) NOT NULL, PRIMARY KEY (table_name, attribute_name)",
        ),
        ("more.~~calc", "subj varchar(8) NOT NULL, sess integer NOT NULL, status varchar(8), PRIMARY KEY (subj, sess)"),
    ];
    let tables: Vec<(&str, &str)> = TABLES.iter().copied().chain(service).collect();
    let lineage = "('__calc', 'subj', 'lab.subj.subj'), ('__calc__peak', 'peak', 'more.__calc__peak.peak'), ('m2', 'm', 'more.m2.m')";
    let rows: Vec<(&str, &str)> = ROWS.iter().copied().chain([("more.~lineage", lineage), ("more.~~calc", "('s1', 1, 'done')")]).collect();
    for on in On::ALL {
        let Some(lab) = Lab::new(on, &tables, &rows).await else { continue };
        let schema = |name: &str| lab.place.schema(name);
        let drop = || delete::drop_table(&lab.connection, schema("more"), "__calc");
        let transaction = lab.connection.begin().await.expect("a transaction");
        let error = delete::drop_table(&transaction, schema("more"), "__calc").await.expect_err("some servers would commit");
        assert_eq!(error.kind(), ErrorKind::Refused, "{on:?}: {error}");
        transaction.rollback().await.expect("it ends");
        let losses = |preview: &Preview| preview.tables.iter().map(|loss| (loss.table.clone(), loss.rows)).collect::<Vec<_>>();
        let expected = [("__calc".to_string(), 2), ("__calc__peak".to_string(), 3)];
        assert_eq!(losses(&drop().preview().await.expect("a preview")), expected, "{on:?}");
        let mut asked = Vec::new();
        let dropped = drop()
            .confirm(|preview| {
                asked = losses(preview);
                true
            })
            .await
            .unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!(asked, expected, "{on:?}: who is asked sees the rows");
        assert_eq!(dropped.tables.len(), 2, "{on:?}");
        for gone in ["{more.__calc}", "{more.__calc__peak}", "{more.~~calc}"] {
            let sql = lab.sql(&format!("SELECT 1 AS a FROM {gone}"));
            assert!(lab.connection.lock().await.expect("a session").query(&sql, &[]).await.is_err(), "{on:?}: {gone} is still there");
        }
        let sql = lab.sql("SELECT table_name AS a FROM {more.~lineage}");
        let left = lab.connection.lock().await.expect("a session").query(&sql, &[]).await.expect("what is left");
        assert_eq!(left.iter().map(|row| row.text(0).expect("a name")).collect::<Vec<_>>(), ["m2"], "{on:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn what_datajoint_0_14_logs_is_logged() {
    const LOG: &str = "id integer NOT NULL AUTO_INCREMENT, timestamp timestamp DEFAULT CURRENT_TIMESTAMP, version varchar(12) NOT NULL, user varchar(255) NOT NULL, host varchar(255) DEFAULT '', event varchar(255) DEFAULT '', PRIMARY KEY (id)";
    let tables: Vec<(&str, &str)> = TABLES.iter().copied().chain([("lab.~log", LOG), ("more.~log", LOG)]).collect();
    for on in [On::MariaDb, On::MySql] {
        let Some(lab) = Lab::new(on, &tables, ROWS).await else { continue };
        let events = async |schema: &str| {
            let sql = lab.sql(&format!("SELECT event AS a, user AS b, version AS c FROM {{{schema}.~log}} ORDER BY id"));
            let rows = lab.connection.lock().await.expect("a session").query(&sql, &[]).await.expect("the log");
            for row in &rows {
                assert!(row.text(1).expect("a user").contains('@') && row.text(2).expect("a version").starts_with("djc "), "{on:?}");
            }
            rows.iter().map(|row| row.text(0).expect("an event").replace(&lab.place.prefix, "")).collect::<Vec<_>>()
        };
        let deleted = delete::delete(&lab.connection, lab.target("lab.sess", &["subj = 's1' and sess = 1"])).await.expect("a delete");
        assert!(deleted.unlogged.is_empty(), "{on:?}: {:?}", deleted.unlogged);
        assert_eq!(events("lab").await, ["DELETE FROM `lab`.`sess`: 1 rows"], "{on:?}");
        let below = ["__calc`: 1", "__calc__peak`: 2", "ref`: 1"].map(|end| format!("DELETE FROM `more`.`{end} rows")).into();
        assert_eq!(events("more").await.into_iter().collect::<std::collections::BTreeSet<_>>(), below, "{on:?}");
        delete::drop_table(&lab.connection, lab.place.schema("more"), "ref").await.expect("a drop");
        assert_eq!(events("more").await.last().map(String::as_str), Some("DROP TABLE `more`.`ref`"), "{on:?}");
        // What cannot be logged is told, and is deleted all the same.
        lab.run("ALTER TABLE {more.~log} DROP COLUMN event").await;
        let deleted = delete::delete(&lab.connection, lab.target("more.m2", &["m = 3"])).await.expect("a delete");
        assert!(deleted.rows == 1 && deleted.unlogged.len() == 2 && deleted.unlogged[0].contains("~log"), "{on:?}: {deleted:?}");
        lab.clean().await;
    }
}

#[tokio::test]
async fn a_child_that_the_account_does_not_see_stops_the_delete_and_is_named() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(lab) = Lab::new(on, TABLES, ROWS).await else { continue };
        let before = lab.counts(TABLES).await;
        let grants: &[&str] = match on {
            On::Postgres => &["GRANT USAGE ON SCHEMA $Slab TO $A", "GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA $Slab TO $A"],
            On::MariaDb | On::MySql | On::Sqlite => &["GRANT SELECT, DELETE, CREATE TEMPORARY TABLES ON $Slab.* TO $A"],
        };
        let account = Account::new(&lab.place, "few", grants).await;
        let connection = Connection::over(account.connect(false).await);
        let error =
            delete::delete(&connection, lab.target("lab.sess", &["subj = 's1' and sess = 1"])).await.expect_err("calc stands on it");
        let said = error.to_string();
        println!("{on:?}: {said}");
        match on {
            // The catalog of PostgreSQL shows all tables, and reading one is refused.
            On::Postgres => assert_eq!(error.kind(), ErrorKind::Denied, "{said}"),
            On::MariaDb | On::MySql | On::Sqlite => assert_eq!(error.kind(), ErrorKind::HasChildren, "{on:?}: {said}"),
        }
        assert!(said.contains("nothing has been deleted"), "{on:?}: {said}");
        assert_eq!(lab.counts(TABLES).await, before, "{on:?}");
        drop(connection);
        account.drop().await;
        lab.clean().await;
    }
}
