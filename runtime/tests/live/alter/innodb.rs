//! What a step costs is what the server says it costs: asked with `ALGORITHM` and `LOCK`, and by whether the table is another one behind it.

use std::collections::BTreeSet;

use djc_core::catalog::{Charset, Column, ColumnType, Index};
use djc_core::dialect::Server;
use djc_core::plan::{Action, Algorithm, Alteration, Cost, Lock, Position, TableName};
use djc_runtime::Db;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};

use super::{World, build, names};
use crate::support::{On, Place};

/// The tables that every case alters.
const TABLES: &str = "
        manual lab.Person
          person : int
        manual lab.Subject
          a : int
          ---
          b : int
          c=null : varchar(20)
          e=null : enum('a','b')
          f=null : float
          i=null : int
        manual lab.Session
          -> lab.Subject
          n : int
          ---
          -> [nullable] lab.Person
          y=null : varchar(10)
          w=null : varchar(20)
          v=null : varchar(300)
          index w
          index v";

struct Case {
    what: &'static str,
    alterations: fn(&World) -> (&'static str, Vec<Alteration>),
    mysql: (Algorithm, Lock),
    mariadb: (Algorithm, Lock),
}

const INSTANT: (Algorithm, Lock) = (Algorithm::Instant, Lock::None);
const SCAN: (Algorithm, Lock) = (Algorithm::Scan, Lock::None);
const REBUILD: (Algorithm, Lock) = (Algorithm::Rebuild, Lock::None);
const NUMBERED: (Algorithm, Lock) = (Algorithm::Rebuild, Lock::Writers);
const COPY: (Algorithm, Lock) = (Algorithm::Copy, Lock::Writers);

const fn case(
    what: &'static str,
    mysql: (Algorithm, Lock),
    mariadb: (Algorithm, Lock),
    alterations: fn(&World) -> (&'static str, Vec<Alteration>),
) -> Case {
    Case { what, alterations, mysql, mariadb }
}

const SUBJECT: &str = "lab.Subject";
const SESSION: &str = "lab.Session";

/// Returns what gives a column another form.
fn modify(world: &World, class: &str, column: &str, change: impl Fn(&mut Column)) -> Alteration {
    let mut column = world.old_column(class, column);
    change(&mut column);
    Alteration::ModifyColumn { column, position: None }
}

/// Returns what adds a column that looks like `c`.
fn add(world: &World, name: &str, position: Position) -> Alteration {
    Alteration::AddColumn { column: Column { name: name.into(), ..world.old_column(SUBJECT, "c") }, position }
}

fn rename(from: &str, to: &str) -> Alteration {
    Alteration::RenameColumn { from: from.into(), to: to.into() }
}

fn index(columns: &[&str], unique: bool) -> Index {
    let parts = columns.iter().map(|name| djc_core::catalog::IndexPart::Column { name: name.to_string(), length: None, descending: false });
    Index { name: None, unique, parts: parts.collect(), origin: djc_core::catalog::IndexOrigin::Declared }
}

fn key(columns: &[&str]) -> Alteration {
    Alteration::SetPrimaryKey(columns.iter().map(|name| name.to_string()).collect())
}

fn new_key(world: &World) -> Alteration {
    let key = world.old_table(SESSION).foreign_keys[1].clone();
    Alteration::AddForeignKey(djc_core::catalog::ForeignKey { columns: vec!["n".into()], ..key })
}

fn collation(name: &str) -> Option<Charset> {
    let charset = name.split('_').next().unwrap_or_default().to_string();
    Some(Charset { charset, collation: name.to_string() })
}

const CASES: &[Case] = &[
    case("a column at the end", INSTANT, INSTANT, |world| (SUBJECT, vec![add(world, "z", Position::Last)])),
    case("a column at the beginning", INSTANT, INSTANT, |world| (SUBJECT, vec![add(world, "z", Position::First)])),
    case("a column in the middle and one that goes", INSTANT, INSTANT, |world| {
        (SUBJECT, vec![add(world, "z", Position::After("a".into())), Alteration::DropColumn("b".into())])
    }),
    case("a numbered column", NUMBERED, NUMBERED, |world| {
        let column = Column { name: "z".into(), auto_increment: true, ..world.old_column(SUBJECT, "a") };
        (SUBJECT, vec![Alteration::AddColumn { column, position: Position::First }, Alteration::AddIndex(index(&["z"], true))])
    }),
    case("a column is renamed", INSTANT, INSTANT, |_| (SUBJECT, vec![rename("c", "cc")])),
    case("a referenced column is renamed", INSTANT, INSTANT, |_| (SUBJECT, vec![rename("a", "aa")])),
    case("a column is parked and takes its name back", INSTANT, INSTANT, |world| {
        (SUBJECT, vec![rename("c", "_djc_c"), add(world, "c", Position::After("b".into()))])
    }),
    case("a comment", INSTANT, INSTANT, |world| (SUBJECT, vec![modify(world, SUBJECT, "c", |it| it.comment = "x".into())])),
    case("a default", INSTANT, INSTANT, |world| {
        let default = djc_core::catalog::ColumnDefault::Literal("x".into());
        (SUBJECT, vec![modify(world, SUBJECT, "c", move |it| it.default = default.clone())])
    }),
    case("the comment of the table", INSTANT, INSTANT, |_| (SUBJECT, vec![Alteration::SetComment("x".into())])),
    case("the comment of the table and a column", REBUILD, INSTANT, |world| {
        (SUBJECT, vec![Alteration::SetComment("x".into()), add(world, "z", Position::Last)])
    }),
    case("NOT NULL", REBUILD, REBUILD, |world| (SUBJECT, vec![modify(world, SUBJECT, "i", |it| it.nullable = false)])),
    case("NULL", REBUILD, REBUILD, |world| (SUBJECT, vec![modify(world, SUBJECT, "b", |it| it.nullable = true)])),
    case("another place", REBUILD, INSTANT, |world| {
        let column = world.old_column(SUBJECT, "c");
        (SUBJECT, vec![Alteration::ModifyColumn { column, position: Some(Position::After("a".into())) }])
    }),
    case("a longer text", INSTANT, INSTANT, |world| (SUBJECT, vec![modify(world, SUBJECT, "c", |it| it.ty = ColumnType::Varchar(63))])),
    case("a text longer than 255 bytes", COPY, INSTANT, |world| {
        (SUBJECT, vec![modify(world, SUBJECT, "c", |it| it.ty = ColumnType::Varchar(64))])
    }),
    case("a long text that gets longer", INSTANT, INSTANT, |world| {
        (SESSION, vec![modify(world, SESSION, "v", |it| it.ty = ColumnType::Varchar(400))])
    }),
    case("a longer text in an index", INSTANT, INSTANT, |world| {
        (SESSION, vec![modify(world, SESSION, "w", |it| it.ty = ColumnType::Varchar(30))])
    }),
    case("a shorter text", COPY, COPY, |world| (SUBJECT, vec![modify(world, SUBJECT, "c", |it| it.ty = ColumnType::Varchar(10))])),
    case("another type", COPY, COPY, |world| {
        (SUBJECT, vec![modify(world, SUBJECT, "f", |it| it.ty = ColumnType::Double { arguments: None, unsigned: false })])
    }),
    case("another collation", INSTANT, INSTANT, |world| {
        (SUBJECT, vec![modify(world, SUBJECT, "c", |it| it.charset = collation("utf8mb4_bin"))])
    }),
    case("another collation in an index", COPY, SCAN, |world| {
        (SESSION, vec![modify(world, SESSION, "w", |it| it.charset = collation("utf8mb4_bin"))])
    }),
    case("another charset", COPY, COPY, |world| (SUBJECT, vec![modify(world, SUBJECT, "c", |it| it.charset = collation("latin1_bin"))])),
    case("one more enum value", INSTANT, INSTANT, |world| {
        (SUBJECT, vec![modify(world, SUBJECT, "e", |it| it.ty = enumeration(&["a", "b", "c"]))])
    }),
    case("enum values in another order", COPY, COPY, |world| {
        (SUBJECT, vec![modify(world, SUBJECT, "e", |it| it.ty = enumeration(&["b", "a"]))])
    }),
    case("an index", SCAN, SCAN, |_| (SUBJECT, vec![Alteration::AddIndex(index(&["c", "b"], false))])),
    case("a unique index", SCAN, SCAN, |_| (SUBJECT, vec![Alteration::AddIndex(index(&["c", "b"], true))])),
    case("an index and a column", REBUILD, REBUILD, |world| {
        (SUBJECT, vec![Alteration::AddIndex(index(&["b"], false)), add(world, "z", Position::Last)])
    }),
    case("an index that goes", INSTANT, INSTANT, |world| {
        (SESSION, vec![Alteration::DropIndex(world.old_table(SESSION).indexes[0].clone())])
    }),
    case("an index that goes and a column", REBUILD, INSTANT, |world| {
        (SESSION, vec![Alteration::DropIndex(world.old_table(SESSION).indexes[0].clone()), add(world, "z", Position::Last)])
    }),
    case("a foreign key that goes with its index", INSTANT, INSTANT, |world| (SESSION, world.drop_references(SESSION, "person"))),
    case("a foreign key that goes and a column", REBUILD, INSTANT, |world| {
        let mut all = world.drop_references(SESSION, "person");
        all.push(add(world, "z", Position::Last));
        (SESSION, all)
    }),
    case("another primary key", REBUILD, REBUILD, |world| {
        (SESSION, vec![modify(world, SESSION, "y", |it| it.nullable = false), key(&["a", "n", "y"])])
    }),
    case("a foreign key", COPY, COPY, |world| (SESSION, vec![new_key(world)])),
    case("another primary key and a foreign key", COPY, COPY, |world| {
        (SESSION, vec![modify(world, SESSION, "y", |it| it.nullable = false), key(&["a", "n", "y"]), new_key(world)])
    }),
];

fn enumeration(values: &[&str]) -> ColumnType {
    ColumnType::Enum { name: None, values: values.iter().map(|value| value.to_string()).collect() }
}

/// Returns what changes when the server writes a table anew, and the numbers of its indexes.
async fn identity(db: &mut Db, table: &TableName) -> (String, BTreeSet<u64>) {
    let infix = if db.server() == Server::MySql { "" } else { "SYS_" };
    let sql = format!(
        "SELECT CONCAT(t.TABLE_ID, ' ', t.SPACE) AS a, i.INDEX_ID AS b FROM information_schema.INNODB_{infix}TABLES AS t \
         JOIN information_schema.INNODB_{infix}INDEXES AS i ON i.TABLE_ID = t.TABLE_ID WHERE t.NAME = '{}/{}'",
        table.schema, table.table
    );
    let rows = db.query(&sql, &[]).await.expect("the table of InnoDB");
    (rows[0].text(0).expect("an identity"), rows.iter().map(|row| row.u64(1).expect("a number")).collect())
}

/// Returns how the server takes the statement: the cheapest that it does not refuse.
async fn asked(db: &mut Db, world: &World, class: &str, sql: &str) -> Cost {
    let before = identity(db, &world.was(class)).await;
    for (algorithm, lock) in [("INSTANT", Lock::None), ("INPLACE", Lock::None), ("INPLACE", Lock::Writers), ("COPY", Lock::Writers)] {
        // INSTANT takes no lock, and MySQL refuses to hear of one.
        let clause = match (algorithm, lock) {
            ("INSTANT", _) => "",
            (_, Lock::None) => ", LOCK=NONE",
            (_, Lock::Writers | Lock::Everybody) => ", LOCK=SHARED",
        };
        if db.execute(&format!("{sql}, ALGORITHM={algorithm}{clause}")).await.is_err() {
            continue;
        }
        let after = identity(db, &world.was(class)).await;
        let (rebuilt, built) = (after.0 != before.0, !after.1.is_subset(&before.1));
        let algorithm = match (algorithm, rebuilt) {
            ("INSTANT", _) => Algorithm::Instant,
            ("INPLACE", true) => Algorithm::Rebuild,
            ("INPLACE", false) if built => Algorithm::Scan,
            ("INPLACE", false) => Algorithm::Instant,
            _ => Algorithm::Copy,
        };
        return Cost { algorithm, lock };
    }
    panic!("the server refuses everything: {sql}");
}

async fn costs_are_true(on: On) {
    let mut wrong = Vec::new();
    for case in CASES {
        let Some(place) = Place::new(on) else { return };
        let mut db = place.connect().await;
        let (tables, classes) = build(TABLES);
        let wanted = tables.desired(&place.prefix, db.target());
        deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the tables are made");
        let names = names(&tables, &classes, &place.prefix);
        let world = World {
            server: db.server(),
            before: wanted.catalog.clone(),
            after: wanted.catalog.clone(),
            before_names: names.clone(),
            after_names: names,
        };
        let (class, alterations) = (case.alterations)(&world);
        let action = Action::AlterTable { table: world.was(class), alterations };
        let statements = db.server().dialect().alter(&action, &world.before);
        let said = db.server().dialect().cost(&action, &world.before, db.target().version);
        let (algorithm, lock) = if on == On::MySql { case.mysql } else { case.mariadb };
        let asked = asked(&mut db, &world, class, &statements[0].sql).await;
        if said != asked || said != (Cost { algorithm, lock }) {
            wrong.push(format!("{}: {said:?} said, {algorithm:?} {lock:?} written down, {asked:?} by the server", case.what));
        }
        place.clean().await;
    }
    assert!(wrong.is_empty(), "{on:?}:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn costs_are_those_of_mysql() {
    costs_are_true(On::MySql).await;
}

#[tokio::test]
async fn costs_are_those_of_mariadb() {
    costs_are_true(On::MariaDb).await;
}
