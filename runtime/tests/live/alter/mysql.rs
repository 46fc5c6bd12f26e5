//! Cases about what MySQL and MariaDB do their own way: numbering, moments, charsets, long names; and what they do to things that no
//! catalog shows.

use djc_core::catalog::Column;
use djc_core::plan::{Action, Alteration, Fill, FillFrom, Literal, Position, TableName};
use djc_runtime::SqlValue;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};

use super::cases::{add, after, alter, modify, park, rename};
use super::{Case, build};
use crate::support::{On, Place};

/// A name as long as names can be.
const LONG: &str = "a23456789_123456789_123456789_123456789_123456789_123456789_1234";

pub const CASES: &[Case] = &[
    Case {
        name: "the server begins to number rows, and stops",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          note : varchar(9)
        manual lab.Session
          session : int auto_increment
          ---
          note : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          note : varchar(9)
        manual lab.Session
          session : int
          ---
          note : varchar(9)",
        rows: &[("lab.Subject", "1|a; 7|b"), ("lab.Session", "1|a; 7|b")],
        steps: |world| {
            let columns = |class: &str, name: &str| alter(world, class, vec![modify(world.column(class, name))]);
            vec![columns("lab.Subject", "subject_id"), columns("lab.Session", "session")]
        },
        kept: &[("lab.Subject", "1|a; 7|b"), ("lab.Session", "1|a; 7|b")],
    },
    Case {
        name: "a numbered key is renamed, widened and gets another column in front",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int auto_increment
          ---
          region='x' : varchar(8)",
        after: "
        manual lab.Subject
          id : bigint auto_increment # longer
          region : varchar(8)",
        rows: &[("lab.Subject", "1|a; 7|b")],
        steps: |world| {
            vec![alter(
                world,
                "lab.Subject",
                vec![
                    rename("subject_id", "id"),
                    modify(world.column("lab.Subject", "id")),
                    modify(world.column("lab.Subject", "region")),
                    Alteration::SetPrimaryKey(world.new_table("lab.Subject").primary_key.clone()),
                ],
            )]
        },
        kept: &[("lab.Subject", "1|a; 7|b")],
    },
    Case {
        name: "filling a column leaves the moments of the last change alone",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          changed=CURRENT_TIMESTAMP() ON UPDATE CURRENT_TIMESTAMP() : timestamp
          weight=null : int",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          changed=CURRENT_TIMESTAMP() ON UPDATE CURRENT_TIMESTAMP() : timestamp
          weight : int
          seen=CURRENT_TIMESTAMP(3) : datetime(3)",
        rows: &[("lab.Subject", "1|2001-02-03 04:05:06|NULL; 2|2002-02-03 04:05:06|5")],
        steps: |world| {
            let seen = Column { nullable: true, ..world.empty_column("lab.Subject", "seen") };
            vec![
                alter(world, "lab.Subject", vec![add(seen, Position::Last)]),
                Action::Fill(Fill {
                    table: world.was("lab.Subject"),
                    columns: vec![("weight".into(), FillFrom::Literal(Literal::Integer(7)))],
                    where_null: vec!["weight".into()],
                    where_not_null: Vec::new(),
                }),
                Action::Fill(Fill {
                    table: world.was("lab.Subject"),
                    columns: vec![("seen".into(), FillFrom::Literal(Literal::Text("2003-01-01 00:00:00.5".into())))],
                    where_null: vec!["seen".into()],
                    where_not_null: Vec::new(),
                }),
                alter(world, "lab.Subject", ["weight", "seen"].map(|name| modify(world.column("lab.Subject", name))).into()),
            ]
        },
        kept: &[("lab.Subject", "1|2001-02-03 04:05:06|7|2003-01-01 00:00:00.500; 2|2002-02-03 04:05:06|5|2003-01-01 00:00:00.500")],
    },
    Case {
        name: "names are as long as they can be",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          note : varchar(9)
        manual lab.Session
          -> lab.Subject
          session : int",
        after: "
        manual lab.A1234567891234567891234567891234567891234567891234567
          a23456789_123456789_123456789_123456789_123456789_123456789_1234 : int
          ---
          b23456789_123456789_123456789_123456789_123456789_123456789_1234 : varchar(9)
          index b23456789_123456789_123456789_123456789_123456789_123456789_1234
        manual lab.B1234567891234567891234567891234567891234567891234567
          -> lab.A1234567891234567891234567891234567891234567891234567
          session : int",
        rows: &[("lab.Subject", "1|a; 7|b"), ("lab.Session", "1|1; 7|2")],
        steps: |world| {
            let (subject, session) = (
                world.is("lab.A1234567891234567891234567891234567891234567891234567"),
                world.is("lab.B1234567891234567891234567891234567891234567891234567"),
            );
            let index = world.new_table("lab.A1234567891234567891234567891234567891234567891234567").indexes[0].clone();
            let keys = world.new_table("lab.B1234567891234567891234567891234567891234567891234567").foreign_keys.clone();
            let all = |table: &TableName, alterations| Action::AlterTable { table: table.clone(), alterations };
            vec![
                Action::RenameTable { from: world.was("lab.Subject"), to: subject.clone() },
                Action::RenameTable { from: world.was("lab.Session"), to: session.clone() },
                all(&subject, vec![rename("subject_id", LONG), rename("note", &LONG.replacen('a', "b", 1)), Alteration::AddIndex(index)]),
                all(&session, vec![rename("subject_id", LONG)]),
                all(&session, keys.iter().cloned().map(Alteration::DropForeignKey).collect()),
                all(&session, keys.into_iter().map(Alteration::AddForeignKey).collect()),
            ]
        },
        kept: &[
            ("lab.A1234567891234567891234567891234567891234567891234567", "1|a; 7|b"),
            ("lab.B1234567891234567891234567891234567891234567891234567", "1|1; 7|2"),
        ],
    },
    Case {
        name: "quotes, percent signs and names that are words",
        except: &[],
        before: "
        manual lab.Order
          select : int
          ---
          key='50 % ''x''' : varchar(20) # 100 % `of` it
          index key",
        after: "
        manual lab.Order
          select : int
          ---
          group=null : varchar(20) # %s, %(x)s ? :y
          key='%' : varchar(20)
          index key, select",
        rows: &[("lab.Order", "1|a?b; 2|%s")],
        steps: |world| {
            let table = world.new_table("lab.Order");
            vec![
                alter(
                    world,
                    "lab.Order",
                    vec![
                        Alteration::DropIndex(world.old_table("lab.Order").indexes[0].clone()),
                        add(world.column("lab.Order", "group"), after("select")),
                        modify(world.column("lab.Order", "key")),
                        Alteration::AddIndex(table.indexes[0].clone()),
                    ],
                ),
                Action::Fill(Fill {
                    table: world.was("lab.Order"),
                    columns: vec![("group".into(), FillFrom::Literal(Literal::Text("? % ' \\ ` \"".into())))],
                    where_null: vec!["group".into()],
                    where_not_null: vec!["key".into()],
                }),
            ]
        },
        kept: &[("lab.Order", "1|? % ' \\ ` \"|a?b; 2|? % ' \\ ` \"|%s")],
    },
    Case {
        name: "a new column takes the name of one that stays in an index, and the index stays with the old one",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
          ---
          name : varchar(20)
          weight : int
          index name, weight",
        after: "
        manual lab.Subject
          subject_id : int
          ---
          name=null : varchar(5)
          nick_name : varchar(20)
          weight : int
          index nick_name, weight",
        rows: &[("lab.Subject", "1|a|5; 2|b|6")],
        steps: |world| {
            let column = world.column("lab.Subject", "name");
            vec![alter(world, "lab.Subject", vec![rename("name", "nick_name"), add(column, after("subject_id"))])]
        },
        kept: &[("lab.Subject", "1|NULL|a|5; 2|NULL|b|6")],
    },
    Case {
        name: "a key column is parked and the rest is the key",
        except: &[],
        before: "
        manual lab.Subject
          subject_id : int
        manual lab.Session
          -> lab.Subject
          session : int
          extra : int
          ---
          note='' : varchar(9)",
        after: "
        manual lab.Subject
          subject_id : int
        manual lab.Session
          -> lab.Subject
          session : int
          ---
          note='' : varchar(9)",
        rows: &[("lab.Subject", "1; 2"), ("lab.Session", "1|1|5|x; 1|2|6|y; 2|1|5|z")],
        steps: |world| {
            let mut all = vec![Alteration::SetPrimaryKey(world.new_table("lab.Session").primary_key.clone())];
            all.extend(park(world, "lab.Session", "extra"));
            vec![alter(world, "lab.Session", all)]
        },
        kept: &[("lab.Session", "1|1|x; 1|2|y; 2|1|z")],
    },
];

/// What no catalog shows stays with its table: triggers, checks, privileges on rows that a view gives. What does not stay is refused aloud.
#[tokio::test]
async fn triggers_and_checks_stay_with_their_table_or_stop_the_step() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let (tables, _) = build(
            "\n        manual lab.Subject\n          subject_id : int\n          ---\n          weight=null : int\n          note='' : varchar(9)",
        );
        let wanted = tables.desired(&place.prefix, db.target());
        deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the table is made");
        let (lab, other) = (place.schema("lab"), place.schema("other"));
        for sql in [
            format!("CREATE DATABASE `{other}`"),
            format!("CREATE TRIGGER `{lab}`.t BEFORE INSERT ON `{lab}`.subject FOR EACH ROW SET NEW.note = 'seen'"),
            format!("ALTER TABLE `{lab}`.subject ADD CONSTRAINT `positive` CHECK (weight > 0)"),
        ] {
            db.execute(&sql).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        }
        let mut now = wanted.catalog.clone();
        let name = |schema: &str, table: &str| TableName::new(schema, table);
        let subject = name(&lab, "subject");
        let added = Column { name: "more".into(), ..now.table(&lab, "subject").expect("it is made").columns[1].clone() };
        for action in [
            Action::AlterTable { table: subject.clone(), alterations: vec![add(added, Position::Last)] },
            Action::RenameTable { from: subject.clone(), to: name(&lab, "#animal") },
            Action::AlterTable { table: name(&lab, "#animal"), alterations: vec![rename("more", "most")] },
        ] {
            for statement in db.server().dialect().alter(&action, &now) {
                db.execute(&statement.sql).await.unwrap_or_else(|error| panic!("{on:?}: {error}\n{}", statement.sql));
            }
            action.apply(&mut now);
        }
        db.execute(&format!("INSERT INTO `{lab}`.`#animal` (subject_id, weight) VALUES (1, 5)")).await.expect("a row");
        let note = db.query_value(&format!("SELECT note FROM `{lab}`.`#animal`"), &[]).await.expect("its note");
        assert_eq!(note, SqlValue::from("seen"), "{on:?}: the trigger is there");
        let refused = db.execute(&format!("INSERT INTO `{lab}`.`#animal` (subject_id, weight) VALUES (2, -5)")).await;
        assert!(refused.is_err(), "{on:?}: the check is there");

        let moved = Action::RenameTable { from: name(&lab, "#animal"), to: name(&other, "#animal") };
        let error = db.execute(&db.server().dialect().alter(&moved, &now)[0].sql).await.expect_err("a trigger stays in its schema");
        assert!(error.to_string().contains("1435"), "{on:?}: {error}");
        let renamed = Action::AlterTable { table: name(&lab, "#animal"), alterations: vec![rename("weight", "mass")] };
        let outcome = db.execute(&db.server().dialect().alter(&renamed, &now)[0].sql).await;
        assert_eq!(outcome.is_err(), on == On::MySql, "{on:?}: a check follows the names of columns on MariaDB alone");
        place.clean().await;
    }
}

#[tokio::test]
async fn schema_with_something_in_it_is_not_dropped() {
    for on in [On::MariaDb, On::MySql] {
        for content in ["CREATE TABLE `$S`.t (a int PRIMARY KEY)", "CREATE VIEW `$S`.v AS SELECT 1", "CREATE PROCEDURE `$S`.p() SELECT 1"] {
            let Some(place) = Place::new(on) else { continue };
            let mut db = place.connect().await;
            let schema = place.schema("it's");
            db.execute(&format!("CREATE DATABASE `{schema}`")).await.expect("a schema");
            db.execute(&content.replace("$S", &schema)).await.expect("something in it");
            let statements = db.server().dialect().alter(&Action::DropSchema { name: schema.clone() }, &Default::default());
            let mut refused = None;
            for statement in &statements {
                if let Err(error) = db.execute(&statement.sql).await {
                    refused = Some(error.to_string());
                    break;
                }
            }
            assert!(refused.is_some_and(|said| said.contains("is not empty")), "{on:?}: {content}");
            assert!(db.schema_names().await.expect("the schemas").contains(&schema), "{on:?}");
            place.clean().await;
        }
    }
}

#[tokio::test]
async fn row_that_another_unique_index_refuses_is_an_error() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let (tables, _) = build(
            "\n        lookup lab.Kind\n          kind : varchar(9)\n          ---\n          code : int\n          unique index code",
        );
        let wanted = tables.desired(&place.prefix, db.target());
        deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the table is made");
        let row = |kind: &str, code: i128| vec![Literal::Text(kind.into()), Literal::Integer(code)];
        let insert = |rows| Action::InsertRows {
            table: TableName::new(place.schema("lab"), "#kind"),
            columns: vec!["kind".into(), "code".into()],
            rows,
        };
        for (rows, fits) in [
            (vec![row("a", 1), row("b", 2)], true),
            (vec![row("A", 7)], true),
            (vec![row("c", 2)], false),
            (vec![row("much too long", 3)], false),
            (vec![row("d", i128::from(i64::MAX))], false),
        ] {
            let mut outcome = Ok(0);
            for statement in db.server().dialect().alter(&insert(rows.clone()), &wanted.catalog) {
                outcome = outcome.and(db.execute(&statement.sql).await);
            }
            assert_eq!(outcome.is_ok(), fits, "{on:?} {rows:?}: {outcome:?}");
        }
        let count = db.query_value(&format!("SELECT count(*) AS a FROM `{}`.`#kind`", place.schema("lab")), &[]).await.expect("a count");
        assert_eq!(count, SqlValue::I64(2), "{on:?}: `A` is `a` to the key");
        place.clean().await;
    }
}
