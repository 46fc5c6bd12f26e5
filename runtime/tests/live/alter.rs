//! Every action of a plan on every server: its SQL does to tables with rows what [`Action::apply`] does to a catalog, and no row is lost.
//!
//! A case says which tables there are, which rows stand in them, and which actions follow. Behind every action the live
//! tables are those that the catalog says, and behind the last one they are those of the definitions after and the rows
//! are those that the case expects. Actions that change rows run twice. [`cases::CASES`] runs on every server; what only one family
//! does stands beside.

#[path = "alter/beside.rs"]
mod beside;
#[path = "alter/cases.rs"]
mod cases;
#[path = "alter/cost.rs"]
mod cost;
#[path = "alter/innodb.rs"]
mod innodb;
#[path = "alter/mysql.rs"]
mod mysql;
#[path = "alter/random.rs"]
mod random;
#[path = "alter/standard.rs"]
mod standard;

use std::collections::BTreeMap;

use djc_core::catalog::{Catalog, Change, Column, ColumnDefault, ForeignKey, Index, IndexOrigin, IndexPart, Table};
use djc_core::dialect::{Server, Target};
use djc_core::diff::{self, What};
use djc_core::ir::{Generation, TableId, Tier};
use djc_core::plan::{self, Action, Alteration, TableName, adopt_names, apply_with_names, assume_names};
use djc_runtime::deploy::{DeployOptions, Desired, Silent, deploy};
use djc_runtime::{Db, InspectOptions};

use crate::pipeline::Build;
use crate::support::{On, Place, picture};

/// One way from some tables to others.
pub struct Case {
    /// What it is about.
    pub name: &'static str,
    /// Servers on which it makes no sense, or on which the same is written otherwise.
    pub except: &'static [On],
    /// The tables before: `TIER MODULE.CLASS # COMMENT`, then the lines of the table with two blanks before. Parents first; arrows name the class.
    pub before: &'static str,
    /// The tables after.
    pub after: &'static str,
    /// Rows before: class → rows, separated by `;`, of values separated by `|`, in order of the columns. `NULL` is NULL.
    pub rows: &'static [(&'static str, &'static str)],
    /// The actions.
    pub steps: fn(&World) -> Vec<Action>,
    /// Rows after, by the classes after. Columns in the order of the definitions after; parked ones are no part of it.
    pub kept: &'static [(&'static str, &'static str)],
}

/// The catalogs of a case, and names in them.
pub struct World {
    /// The server.
    pub server: Server,
    /// Before, lowered.
    pub before: Catalog,
    /// After, lowered.
    pub after: Catalog,
    before_names: BTreeMap<String, TableName>,
    after_names: BTreeMap<String, TableName>,
}

impl World {
    /// Returns what is to be deployed before the steps of a case, and the catalogs before and after them.
    fn of(case: &Case, prefix: &str, target: &Target) -> (Desired, World) {
        let ((before, before_classes), (after, after_classes)) = (build(case.before), build(case.after));
        let wanted = before.desired(prefix, target);
        let world = World {
            server: target.server,
            before: wanted.catalog.clone(),
            after: after.desired(prefix, target).catalog,
            before_names: names(&before, &before_classes, prefix),
            after_names: names(&after, &after_classes, prefix),
        };
        (wanted, world)
    }

    /// Returns the stored name of a class before.
    pub fn was(&self, class: &str) -> TableName {
        self.before_names.get(class).unwrap_or_else(|| panic!("no {class} before")).clone()
    }

    /// Returns the stored name of a class after.
    pub fn is(&self, class: &str) -> TableName {
        self.after_names.get(class).unwrap_or_else(|| panic!("no {class} after")).clone()
    }

    /// Returns the table as it was.
    pub fn old_table(&self, class: &str) -> &Table {
        let name = self.was(class);
        self.before.table(&name.schema, &name.table).expect("a table before")
    }

    /// Returns the table as it shall be.
    pub fn new_table(&self, class: &str) -> &Table {
        let name = self.is(class);
        self.after.table(&name.schema, &name.table).expect("a table after")
    }

    /// Returns a column as it was.
    pub fn old_column(&self, class: &str, column: &str) -> Column {
        self.old_table(class).column(column).unwrap_or_else(|| panic!("no {class}.{column} before")).clone()
    }

    /// Returns a column as it shall be.
    pub fn column(&self, class: &str, column: &str) -> Column {
        self.new_table(class).column(column).unwrap_or_else(|| panic!("no {class}.{column} after")).clone()
    }

    /// Returns the column as it shall be, but nullable and without a default: as it stands until it is filled.
    pub fn empty_column(&self, class: &str, column: &str) -> Column {
        Column { nullable: true, default: ColumnDefault::Null, auto_increment: false, ..self.column(class, column) }
    }

    /// Returns what drops the foreign keys that the table had over the column, with their indexes where the server made them.
    pub fn drop_references(&self, class: &str, column: &str) -> Vec<Alteration> {
        let table = self.old_table(class);
        let keys: Vec<&ForeignKey> = table.foreign_keys.iter().filter(|key| key.columns.iter().any(|it| it == column)).collect();
        let mut out: Vec<Alteration> = keys.iter().map(|key| Alteration::DropForeignKey((*key).clone())).collect();
        out.extend(implied(table, &keys).into_iter().map(Alteration::DropIndex));
        out
    }

    /// Returns what adds the foreign keys that the table shall have over the column, with their indexes where the server makes them.
    pub fn add_references(&self, class: &str, column: &str) -> Vec<Alteration> {
        let table = self.new_table(class);
        let keys: Vec<&ForeignKey> = table.foreign_keys.iter().filter(|key| key.columns.iter().any(|it| it == column)).collect();
        let mut out: Vec<Alteration> = implied(table, &keys).into_iter().map(Alteration::AddIndex).collect();
        out.extend(keys.into_iter().map(|key| Alteration::AddForeignKey(key.clone())));
        out
    }

    /// Returns what makes the enum types that are new (PostgreSQL).
    pub fn new_enums(&self) -> Vec<Action> {
        let there = |schema: &str, name: &str| self.before.schemas.get(schema).is_some_and(|it| it.enums.contains_key(name));
        let enums = self.after.schemas.values().flat_map(|schema| schema.enums.iter().map(|(name, values)| (&schema.name, name, values)));
        let new = enums.filter(|(schema, name, _)| !there(schema, name));
        new.map(|(schema, name, values)| {
            Action::Create(Change::CreateEnum { schema: schema.clone(), name: name.clone(), values: values.clone() })
        })
        .collect()
    }
}

/// Returns the indexes that a table has for its foreign keys alone.
fn implied(table: &Table, keys: &[&ForeignKey]) -> Vec<Index> {
    let serves = |index: &&Index| {
        !index.unique
            && matches!(index.origin, IndexOrigin::Implied | IndexOrigin::Supporting)
            && keys.iter().any(|key| index_columns(index) == key.columns)
    };
    table.indexes.iter().filter(serves).cloned().collect()
}

/// Returns the columns that an index is over.
pub fn index_columns(index: &Index) -> Vec<String> {
    let columns = index.parts.iter().filter_map(|part| match part {
        IndexPart::Column { name, .. } => Some(name.clone()),
        IndexPart::Expression(_) => None,
    });
    columns.collect()
}

/// Reads the definitions of a case.
fn build(text: &str) -> (Build, Vec<String>) {
    let heads: Vec<&str> =
        text.lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).filter(|line| !line.trim().is_empty()).collect();
    let mut modules: Vec<&str> = Vec::new();
    let mut tables: Vec<(&str, &str, &str, Vec<&str>)> = Vec::new();
    for line in heads {
        if line.starts_with(' ') {
            tables.last_mut().expect("a head before lines").3.push(line.trim());
            continue;
        }
        let (head, comment) = line.split_once(" # ").unwrap_or((line, ""));
        let (tier, class) = head.split_once(' ').expect("TIER MODULE.CLASS");
        let module = class.split_once('.').expect("MODULE.CLASS").0;
        if !modules.contains(&module) {
            modules.push(module);
        }
        tables.push((tier, class, comment, Vec::new()));
    }
    let mut build = Build::new(Generation::Classic, &modules);
    let classes: Vec<String> = tables.iter().map(|(_, class, _, _)| class.to_string()).collect();
    for (tier, class, comment, lines) in &tables {
        let tier = match *tier {
            "manual" => Tier::Manual,
            "lookup" => Tier::Lookup,
            "imported" => Tier::Imported,
            "computed" => Tier::Computed,
            other => panic!("{other} is no tier"),
        };
        let (module, name) = class.split_once('.').expect("MODULE.CLASS");
        let number = modules.iter().position(|it| *it == module).expect("a module of this case");
        // Arrows name classes here and numbers there.
        let lines: Vec<String> = lines.iter().map(|line| arrow(line, &classes)).collect();
        build.table(number as u32, tier, name, comment, &lines.join("\n"));
    }
    (build, classes)
}

fn arrow(line: &str, classes: &[String]) -> String {
    let Some(rest) = line.strip_prefix("-> ") else { return line.to_string() };
    let (options, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((options, rest)) => (format!("[{options}] "), rest),
        None => (String::new(), rest),
    };
    let (class, renamed) = rest.split_once(" (").map_or((rest, String::new()), |(class, renamed)| (class, format!(" ({renamed}")));
    let number = classes.iter().position(|it| it == class).unwrap_or_else(|| panic!("no {class} above"));
    format!("-> {options}{number}{renamed}")
}

fn names(build: &Build, classes: &[String], prefix: &str) -> BTreeMap<String, TableName> {
    let table = |at: usize| build.pipeline.table(TableId(at as u32));
    let name = |at: usize, class: &String| {
        let (module, _) = class.split_once('.').expect("MODULE.CLASS");
        (class.clone(), TableName::new(format!("{prefix}{module}"), table(at).stored.clone()))
    };
    classes.iter().enumerate().map(|(at, class)| name(at, class)).collect()
}

fn quoted(name: &TableName, server: Server) -> String {
    server.table_sql(&name.schema, &name.table)
}

fn cells(rows: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = rows
        .split(';')
        .filter(|row| !row.trim().is_empty())
        .map(|row| row.split('|').map(|cell| cell.trim().to_string()).collect())
        .collect();
    rows.sort();
    rows
}

async fn insert(db: &mut Db, table: &TableName, rows: &str) {
    let quoting = db.server().dialect().facts().quoting;
    for row in rows.split(';').filter(|row| !row.trim().is_empty()) {
        let values: Vec<String> =
            row.split('|').map(str::trim).map(|cell| if cell == "NULL" { cell.into() } else { quoting.text(cell) }).collect();
        let sql = format!("INSERT INTO {} VALUES ({})", quoted(table, db.server()), values.join(", "));
        db.execute(&sql).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{sql}", db.server()));
    }
}

/// Returns the rows of a table in these columns as texts, in order.
async fn select(db: &mut Db, table: &TableName, columns: &[String]) -> Vec<Vec<String>> {
    let server = db.server();
    let quoting = server.dialect().facts().quoting;
    let text = |column: &String| match (server, quoting.name(column)) {
        (Server::MySql | Server::MariaDb, name) => format!("CAST({name} AS CHAR) AS {name}"),
        (Server::Postgres, name) => format!("CAST({name} AS TEXT) AS {name}"),
        // A whole number of a REAL column would be written with its point.
        (Server::Sqlite, name) => {
            format!("CASE typeof({name}) WHEN 'real' THEN printf('%.15g', {name}) ELSE CAST({name} AS TEXT) END AS {name}")
        }
    };
    let columns: Vec<String> = columns.iter().map(text).collect();
    let sql = format!("SELECT {} FROM {}", columns.join(", "), quoted(table, server));
    let rows = db.query(&sql, &[]).await.unwrap_or_else(|error| panic!("{server:?}: {error}\n{sql}"));
    let cell = |row: &djc_runtime::Row, at: usize| row.opt_text(at).expect("a text").unwrap_or_else(|| "NULL".to_string());
    let mut rows: Vec<Vec<String>> = rows.iter().map(|row| (0..columns.len()).map(|at| cell(row, at)).collect()).collect();
    rows.sort();
    rows
}

async fn live(db: &mut Db, catalog: &Catalog, reported: bool) -> Catalog {
    let options = InspectOptions::of(catalog.schemas.keys().cloned().collect());
    let outcome = if reported { db.inspect_as_reported(&options).await } else { db.inspect(&options).await };
    outcome.unwrap_or_else(|error| panic!("{:?}: {error}", db.server())).catalog
}

/// Asserts that the live tables are those that the catalog says.
async fn assert_live(db: &mut Db, expected: &Catalog, what: &str, prefix: &str) {
    let server = db.server();
    let live = live(db, expected, false).await;
    for (name, schema) in &expected.schemas {
        let there: Vec<&String> = live.schemas.get(name).map(|it| it.tables.keys().collect()).unwrap_or_default();
        let mut wanted: Vec<&String> = schema.tables.keys().collect();
        wanted.sort();
        let ours: Vec<&String> = there.into_iter().filter(|table| server != Server::Sqlite || wanted.contains(table)).collect();
        assert_eq!(ours, wanted, "{what}: the tables of {name}");
        if server == Server::Postgres {
            assert_eq!(live.schemas.get(name).map(|it| &it.enums), Some(&schema.enums), "{what}: the enum types of {name}");
            // Comparing takes no notice of it, but whoever looks at the table does.
            let sql = "SELECT column_name::text AS a FROM information_schema.columns \
                       WHERE table_schema::text = $1 AND is_nullable = 'NO' AND column_default LIKE 'NULL%'";
            let left = db.query(sql, &[name.as_str().into()]).await.expect("columns");
            assert!(left.is_empty(), "{what}: NULL stays the default of what is not nullable: {left:?}");
        }
    }
    for table in expected.tables() {
        let found = live.table(&table.schema, &table.name).expect("listed above");
        let mut normal = table.clone();
        server.dialect().normalize(&mut normal);
        let differences: Vec<What> = diff::tables(&normal, found).into_iter().map(|it| it.what).collect();
        assert!(plan::matches(table, found, server), "{what}: {differences:?}\nexpected {normal:#?}\nfound {found:#?}");
        if server.is_mysql_family() {
            assert_eq!(&normal, found, "{what}\n{}", picture(&live, prefix));
        }
    }
}

/// Whence the names of keys and indexes come that a server chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// From the live tables, as a runner has them.
    Live,
    /// Nowhere: those that the server would have chosen, as a file of SQL has them.
    Assumed,
}

async fn run(case: &Case, place: &Place, names_from: Names) {
    let on = place.on;
    let what = format!("{on:?} {names_from:?}: {}", case.name);
    let mut db = place.connect().await;
    let server = db.server();
    let (wanted, world) = World::of(case, &place.prefix, db.target());
    deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    for (class, rows) in case.rows {
        insert(&mut db, &world.was(class), rows).await;
    }
    let mut expected = world.before.clone();
    assert_live(&mut db, &expected, &format!("{what}: before"), &place.prefix).await;

    let transaction = server.dialect().facts().transactional_ddl;
    if server == Server::Sqlite {
        db.execute("PRAGMA foreign_keys = OFF").await.expect("a setting");
    }
    if transaction {
        db.begin().await.expect("a transaction");
    }
    let mut assumed = expected.clone();
    if server.is_mysql_family() {
        for table in assumed.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            assume_names(std::sync::Arc::make_mut(table));
        }
    }
    for (at, action) in pieces(&(case.steps)(&world), &world, db.target()).iter().enumerate() {
        let mut named = match names_from {
            Names::Live => expected.clone(),
            Names::Assumed => assumed.clone(),
        };
        if names_from == Names::Live {
            let reported = live(&mut db, &expected, true).await;
            for table in named.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
                if let Some(found) = reported.table(&table.schema, &table.name) {
                    adopt_names(std::sync::Arc::make_mut(table), found);
                }
            }
        }
        let statements = server.dialect().alter(action, &named);
        let alters = matches!(action, Action::AlterTable { .. } | Action::RenameTable { .. });
        assert!(transaction || !alters || statements.len() == 1, "{what}: step {at} is one statement: {statements:#?}");
        for _ in 0..if action.is_data() { 2 } else { 1 } {
            for statement in &statements {
                db.execute(&statement.sql).await.unwrap_or_else(|error| panic!("{what}: step {at}: {error}\n{}", statement.sql));
            }
        }
        action.apply(&mut expected);
        if server.is_mysql_family() {
            apply_with_names(action, &mut assumed);
        } else {
            action.apply(&mut assumed);
        }
        assert_live(&mut db, &expected, &format!("{what}: behind step {at}"), &place.prefix).await;
    }
    if server == Server::Sqlite {
        let broken = db.query("PRAGMA foreign_key_check", &[]).await.expect("a check");
        assert!(broken.is_empty(), "{what}: {broken:?}");
    }
    if transaction {
        db.commit().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    }
    assert_end(&mut db, case, &world, &expected, &what).await;
}

/// Returns the actions with those that change a table cut as the server takes them, as a planner does it.
fn pieces(actions: &[Action], world: &World, target: &Target) -> Vec<Action> {
    let mut now = world.before.clone();
    let mut out = Vec::new();
    for action in actions {
        match action {
            Action::AlterTable { table, alterations } => {
                let pieces = world.server.dialect().split(table, alterations, &now, target.version);
                out.extend(pieces.into_iter().map(|alterations| Action::AlterTable { table: table.clone(), alterations }));
            }
            other => out.push(other.clone()),
        }
        action.apply(&mut now);
    }
    out
}

/// Asserts that the last catalog is the one after, but for what is parked, and that the rows are those of the case.
async fn assert_end(db: &mut Db, case: &Case, world: &World, last: &Catalog, what: &str) {
    for table in world.after.tables() {
        let reached = last.table(&table.schema, &table.name).unwrap_or_else(|| panic!("{what}: no {} behind the last step", table.name));
        let (mut reached, mut wanted) = (reached.clone(), table.clone());
        reached.columns.retain(|column| !column.name.starts_with(plan::PARKED_COLUMN));
        world.server.dialect().normalize(&mut reached);
        world.server.dialect().normalize(&mut wanted);
        if !world.server.is_mysql_family() {
            for table in [&mut reached, &mut wanted] {
                table.columns.sort_by(|a, b| a.name.cmp(&b.name));
                // Nobody compares them; those of a renamed column keep the name that they had.
                table.indexes.iter_mut().for_each(|index| index.name = None);
            }
        }
        assert_eq!(reached, wanted, "{what}: the steps lead to the tables after");
    }
    for (class, rows) in case.kept {
        let columns: Vec<String> = world.new_table(class).columns.iter().map(|column| column.name.clone()).collect();
        assert_eq!(select(db, &world.is(class), &columns).await, cells(rows), "{what}: the rows of {class}");
    }
}

/// Runs all cases, one after the other because each looks at its schemas alone, and names those that fail.
async fn run_all(on: On, names_from: Names, cases: &'static [Case]) {
    let mut failed = Vec::new();
    for case in cases.iter().filter(|case| !case.except.contains(&on)) {
        let Some(place) = Place::new(on) else { return };
        let place = std::sync::Arc::new(place);
        let shared = std::sync::Arc::clone(&place);
        // A task of its own, so that a failing case leaves the others and the cleaning up alone.
        let outcome = tokio::task::LocalSet::new()
            .run_until(async move { tokio::task::spawn_local(async move { run(case, &shared, names_from).await }).await })
            .await;
        if outcome.is_err() {
            failed.push(case.name);
        }
        std::sync::Arc::into_inner(place).expect("the task has ended").clean().await;
    }
    assert_eq!(failed, Vec::<&str>::new(), "{on:?} {names_from:?}");
}

#[tokio::test]
async fn actions_do_on_mariadb_what_they_do_to_a_catalog() {
    run_all(On::MariaDb, Names::Live, cases::CASES).await;
    run_all(On::MariaDb, Names::Live, mysql::CASES).await;
}

#[tokio::test]
async fn actions_do_on_mysql_what_they_do_to_a_catalog() {
    run_all(On::MySql, Names::Live, cases::CASES).await;
    run_all(On::MySql, Names::Live, mysql::CASES).await;
}

#[tokio::test]
async fn names_that_mariadb_chose_are_known_without_it() {
    run_all(On::MariaDb, Names::Assumed, cases::CASES).await;
    run_all(On::MariaDb, Names::Assumed, mysql::CASES).await;
}

#[tokio::test]
async fn names_that_mysql_chose_are_known_without_it() {
    run_all(On::MySql, Names::Assumed, cases::CASES).await;
    run_all(On::MySql, Names::Assumed, mysql::CASES).await;
}

/// Writes down what the steps of all cases are in the SQL of a server, and what each costs.
fn written(on: On) -> String {
    let (target, mut out) = (Target::new(on.server()), String::new());
    let dialect = on.server().dialect();
    let own = if on.server().is_mysql_family() { mysql::CASES } else { standard::CASES };
    for case in cases::CASES.iter().chain(own).filter(|case| !case.except.contains(&on)) {
        out.push_str(&format!("# {}\n", case.name));
        let (_, world) = World::of(case, "", &target);
        let mut now = world.before.clone();
        for action in pieces(&(case.steps)(&world), &world, &target) {
            let cost = dialect.cost(&action, &now, None);
            out.push_str(&format!("\n-- {:?}, {:?}\n", cost.algorithm, cost.lock));
            for statement in dialect.alter(&action, &now) {
                out.push_str(&format!("-- {}\n{};\n", statement.summary, statement.sql));
            }
            action.apply(&mut now);
        }
        out.push_str("\n\n");
    }
    out
}

#[test]
fn steps_in_the_sql_of_mysql() {
    insta::assert_snapshot!(written(On::MySql));
}

#[test]
fn steps_in_the_sql_of_postgres() {
    insta::assert_snapshot!(written(On::Postgres));
}

#[test]
fn steps_in_the_sql_of_sqlite() {
    insta::assert_snapshot!(written(On::Sqlite));
}

#[tokio::test]
async fn actions_do_on_postgres_what_they_do_to_a_catalog() {
    run_all(On::Postgres, Names::Live, cases::CASES).await;
    run_all(On::Postgres, Names::Live, standard::CASES).await;
}

#[tokio::test]
async fn names_that_postgres_chose_are_found_by_the_statements() {
    run_all(On::Postgres, Names::Assumed, cases::CASES).await;
    run_all(On::Postgres, Names::Assumed, standard::CASES).await;
}

#[tokio::test]
async fn actions_do_on_sqlite_what_they_do_to_a_catalog() {
    run_all(On::Sqlite, Names::Live, cases::CASES).await;
    run_all(On::Sqlite, Names::Live, standard::CASES).await;
}
