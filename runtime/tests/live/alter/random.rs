//! Alterations that nobody thought of, all in one statement: the table is the one that the catalog says, and its rows are there.

use djc_core::catalog::{Catalog, Column, ColumnDefault, ColumnType, Index, IndexOrigin, IndexPart, Table};
use djc_core::plan::{Action, Alteration, Position, TableName, apply_with_names, assume_names};
use djc_runtime::Db;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{assert_live, build, select};
use crate::support::{On, Place};

const TABLES: &str = "
        manual lab.Person
          person : int
        manual lab.Subject
          id : int
          part : int
          ---
          -> [nullable] lab.Person
          note='' : varchar(10) # it's a note
          weight=null : float
          size='s' : enum('s','m')
          at=null : datetime
          index note, weight";

const ROWS: &str = "1|1|NULL|a|1.5|s|2001-01-01 00:00:00; 1|2|7|it's|NULL|m|NULL; 2|1|7||0.25|s|NULL";

/// One draw: what happens, and two choices of it.
type Draw = (u8, u8, u8);

/// Returns what a draw comes to on the table as it is; `None` where it makes no sense.
fn alteration((what, one, other): Draw, table: &Table, number: usize) -> Option<Alteration> {
    let pick = |choice: u8| &table.columns[usize::from(choice) % table.columns.len()];
    let column = pick(one);
    let in_index = |name: &str| {
        let parts = table.indexes.iter().flat_map(|index| &index.parts);
        parts.into_iter().any(|part| matches!(part, IndexPart::Column { name: it, .. } if it == name))
    };
    let used = |name: &str| in_index(name) || table.primary_key.iter().any(|it| it == name);
    let position = match other % 4 {
        0 => Position::First,
        1 => Position::Last,
        _ => Position::After(pick(other.wrapping_mul(7)).name.clone()),
    };
    match what % 9 {
        0 | 1 => {
            let (ty, nullable, default) = match other % 3 {
                0 => (ColumnType::Integer { bits: 32, unsigned: false, display_width: None }, true, ColumnDefault::Null),
                1 => (ColumnType::Varchar(5), false, ColumnDefault::Literal("it's".into())),
                _ => (ColumnType::Datetime(Some(3)), false, ColumnDefault::CurrentTimestamp(3)),
            };
            // Names that have gone are taken again.
            let name = ["note", "weight", "x", "y"].into_iter().find(|name| table.column(name).is_none());
            let name = name.map_or_else(|| format!("n{number}"), str::to_string);
            let column = Column { name, ty, nullable, default, comment: format!("new {number} \\ 5 %"), ..table.columns[0].clone() };
            Some(Alteration::AddColumn { column, position })
        }
        2 => (!used(&column.name)).then(|| Alteration::DropColumn(column.name.clone())),
        3 => {
            let to = ["z", "note", "größe", "group"].into_iter().find(|name| table.column(name).is_none())?;
            Some(Alteration::RenameColumn { from: column.name.clone(), to: to.to_string() })
        }
        4 | 5 => {
            let mut column = column.clone();
            column.comment = format!("now {number}");
            if let ColumnType::Varchar(length) = &mut column.ty {
                *length += u32::from(other);
            }
            if !table.primary_key.contains(&column.name) && column.default == ColumnDefault::None {
                column.nullable = true;
                column.default = ColumnDefault::Null;
            }
            let elsewhere = !matches!(&position, Position::After(name) if *name == column.name);
            Some(Alteration::ModifyColumn { column, position: (other > 99 && elsewhere).then_some(position) })
        }
        6 => {
            let columns = if column.name == pick(other).name { vec![column] } else { vec![column, pick(other)] };
            let part = |column: &&Column| IndexPart::Column { name: column.name.clone(), length: None, descending: false };
            let parts: Vec<IndexPart> = columns.iter().map(part).collect();
            let twice = table.indexes.iter().any(|index| index.parts == parts);
            // An index that begins with the columns of a foreign key takes the place of the one that the server made.
            let serves = table.foreign_keys.iter().any(|key| key.columns[0] == column.name);
            (!twice && !serves).then_some(Alteration::AddIndex(Index { name: None, unique: false, parts, origin: IndexOrigin::Declared }))
        }
        7 => {
            let index = table.indexes.get(usize::from(one) % table.indexes.len().max(1))?;
            (index.origin == IndexOrigin::Declared).then(|| Alteration::DropIndex(index.clone()))
        }
        _ => {
            let mut key = table.primary_key.clone();
            key.reverse();
            Some(if other % 2 == 0 { Alteration::SetPrimaryKey(key) } else { Alteration::SetComment(format!("about {number}")) })
        }
    }
}

/// Makes the tables, alters one, and asserts that it is as expected, with its rows.
async fn alters(db: &mut Db, place: &Place, draws: &[Draw]) {
    let (tables, _) = build(TABLES);
    let wanted = tables.desired(&place.prefix, db.target());
    deploy(db, &wanted, &DeployOptions::default(), &mut Silent).await.expect("the tables are made");
    let subject = TableName::new(place.schema("lab"), "subject");
    super::insert(db, &TableName::new(place.schema("lab"), "person"), "7").await;
    super::insert(db, &subject, ROWS).await;

    let mut now: Catalog = wanted.catalog.clone();
    for table in now.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
        assume_names(std::sync::Arc::make_mut(table));
    }
    let before = now.clone();
    // The columns that stay, by the names from before and from behind.
    let mut kept: Vec<(String, String)> = Vec::new();
    let table = before.table(&subject.schema, &subject.table).expect("it is made");
    kept.extend(table.columns.iter().map(|column| (column.name.clone(), column.name.clone())));
    let mut alterations = Vec::new();
    for (number, draw) in draws.iter().enumerate() {
        let table = now.table(&subject.schema, &subject.table).expect("it stays");
        let Some(alteration) = alteration(*draw, table, number) else { continue };
        match &alteration {
            Alteration::DropColumn(name) => kept.retain(|(_, now)| now != name),
            Alteration::RenameColumn { from, to } => kept.iter_mut().filter(|(_, now)| now == from).for_each(|it| it.1.clone_from(to)),
            _ => {}
        }
        Action::AlterTable { table: subject.clone(), alterations: vec![alteration.clone()] }.apply(&mut now);
        alterations.push(alteration);
    }
    let columns = |pick: fn(&(String, String)) -> &String| kept.iter().map(|it| pick(it).clone()).collect::<Vec<String>>();
    let rows = select(db, &subject, &columns(|it| &it.0)).await;
    let mut now = before;
    for piece in db.server().dialect().split(&subject, &alterations, &now, db.target().version) {
        let action = Action::AlterTable { table: subject.clone(), alterations: piece };
        for statement in db.server().dialect().alter(&action, &now) {
            db.execute(&statement.sql).await.unwrap_or_else(|error| panic!("{error}\n{}", statement.sql));
        }
        apply_with_names(&action, &mut now);
    }
    assert_live(db, &now, &format!("{alterations:#?}"), &place.prefix).await;
    assert_eq!(select(db, &subject, &columns(|it| &it.1)).await, rows, "{alterations:#?}");
    for table in ["subject", "person"] {
        db.execute(&format!("DROP TABLE `{}`.`{table}`", subject.schema)).await.expect("it goes");
    }
}

fn random_alterations(on: On, cases: u32) {
    let Some(place) = Place::new(on) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let db = std::cell::RefCell::new(runtime.block_on(place.connect()));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = proptest::collection::vec(any::<Draw>(), 2..12);
    let outcome = runner.run(&strategy, |draws| {
        let db = &mut *db.borrow_mut();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(alters(db, &place, &draws))));
        if let Err(cause) = caught {
            let said = cause.downcast_ref::<String>().cloned().unwrap_or_default();
            let _ = runtime.block_on(async {
                db.execute(&format!("DROP TABLE IF EXISTS `{}`.`subject`", place.schema("lab"))).await?;
                db.execute(&format!("DROP TABLE IF EXISTS `{}`.`person`", place.schema("lab"))).await
            });
            return Err(TestCaseError::fail(said));
        }
        Ok(())
    });
    runtime.block_on(place.clean());
    if let Err(error) = outcome {
        panic!("{on:?}: {error}");
    }
}

#[test]
fn random_alterations_do_on_mariadb_what_they_do_to_a_catalog() {
    random_alterations(On::MariaDb, 60);
}

#[test]
fn random_alterations_do_on_mysql_what_they_do_to_a_catalog() {
    random_alterations(On::MySql, 30);
}
