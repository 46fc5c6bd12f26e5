//! What stands beside a table that changes: views onto it, the order of its rows, a name that differs in letters' case only.

use djc_core::dialect::Server;
use djc_core::plan::{Action, Position, TableName};
use djc_runtime::Db;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};

use super::cases::{add, alter, modify, rename};
use super::{Case, World, insert, live, quoted};
use crate::support::{On, Place};

const CASE: Case = Case {
    name: "a table with a view onto it",
    except: &[],
    before: "
        manual lab.Kind
          kind : varchar(9)
          ---
          note='' : varchar(9)
        manual lab.Subject
          -> lab.Kind",
    after: "
        manual lab.Kind
          kind : varchar(9)
          ---
          remark : varchar(9) # a NULL is none
          made=CURRENT_TIMESTAMP : timestamp
        manual lab.Subject
          -> lab.Kind",
    rows: &[("lab.Kind", "z|3; a|1; m|2"), ("lab.Subject", "m")],
    steps: |world| {
        let made = add(world.column("lab.Kind", "made"), Position::Last);
        vec![alter(world, "lab.Kind", vec![rename("note", "remark"), modify(world.column("lab.Kind", "remark")), made])]
    },
    kept: &[],
};

async fn texts(db: &mut Db, sql: &str) -> Vec<String> {
    let rows = db.query(sql, &[]).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    rows.iter().map(|row| row.text(0).expect("a text")).collect()
}

async fn take(db: &mut Db, actions: &[Action], world: &mut World) {
    for action in actions {
        for statement in db.server().dialect().alter(action, &world.before) {
            db.execute(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        }
        action.apply(&mut world.before);
    }
}

#[tokio::test]
async fn views_and_the_order_of_rows_outlive_a_change() {
    for on in [On::Sqlite, On::Postgres] {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let (wanted, mut world) = World::of(&CASE, &place.prefix, db.target());
        deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the tables before");
        for (class, rows) in CASE.rows {
            insert(&mut db, &world.was(class), rows).await;
        }
        let (kind, view) = (world.was("lab.Kind"), TableName::new(place.schema("lab"), "seen"));
        let (table, view) = (quoted(&kind, db.server()), quoted(&view, db.server()));
        db.execute(&format!("CREATE VIEW {view} AS SELECT kind, note FROM {table}")).await.expect("a view");
        if db.server() == Server::Sqlite {
            db.execute("PRAGMA foreign_keys = OFF").await.expect("a setting");
        }

        db.begin().await.expect("a transaction");
        take(&mut db, &(CASE.steps)(&world), &mut world).await;
        db.commit().await.expect("a commit");

        assert_eq!(texts(&mut db, &format!("SELECT * FROM {table}")).await, ["z", "a", "m"], "{on:?}");
        assert_eq!(texts(&mut db, &format!("SELECT * FROM {view}")).await, ["z", "a", "m"], "{on:?}");
        if db.server() == Server::Sqlite {
            db.execute("PRAGMA foreign_keys = ON").await.expect("a setting");
        }
        db.execute(&format!("DELETE FROM {table} WHERE kind = 'm'")).await.expect_err("its child refers to it");
        db.execute(&format!("DELETE FROM {table} WHERE kind = 'a'")).await.expect("nobody refers to it");
        db.close().await;
        place.clean().await;
    }
}

#[tokio::test]
async fn sqlite_takes_a_name_that_differs_in_case_only() {
    let place = Place::new(On::Sqlite).expect("it is always there");
    let mut db = place.connect().await;
    let (wanted, mut world) = World::of(&CASE, &place.prefix, db.target());
    deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the tables before");
    for (class, rows) in CASE.rows {
        insert(&mut db, &world.was(class), rows).await;
    }
    let (from, schema) = (world.was("lab.Kind"), place.schema("Lab"));
    let to = TableName::new(&schema, &from.table);
    take(&mut db, &[Action::RenameTable { from, to: to.clone() }], &mut world).await;
    let now = live(&mut db, &world.before, false).await;
    assert!(now.table(&to.schema, &to.table).is_some());
    let child = world.was("lab.Subject");
    let key = &now.table(&child.schema, &child.table).expect("the child").foreign_keys[0];
    assert_eq!((&key.parent_schema, &key.parent_table), (&to.schema, &to.table));
    db.close().await;
}
