//! One migration, written by hand: this crate cannot plan.

use std::sync::Arc;
use std::time::Duration;

use djc_core::catalog::{Catalog, Change, Column, ColumnDefault, ForeignKey, Index, IndexOrigin, IndexPart};
use djc_core::dialect::Target;
use djc_core::ir::{Generation, Tier};
use djc_core::plan::{Action, Alteration, Fill, FillFrom, HandStep, Literal, Parked, Plan, Position, Script, Step, TableName, matches};
use djc_runtime::deploy::{DeployOptions, deploy};
use djc_runtime::migrate::{Direction, Job, Ledger, MigrateError, RunOptions, RunReport, Silent, run};
use djc_runtime::{Db, InspectOptions, SqlValue};

use crate::pipeline::Build;
use crate::support::{On, Place};

/// From one pipeline to the next in twelve steps.
pub struct Way {
    pub place: Place,
    pub before: Catalog,
    pub changes: Vec<Change>,
    pub plan: Plan,
}

pub const HISTORY: &str = "lab";
pub const MIGRATION: &str = "0002_regions";

impl Way {
    /// Returns the way in a place where the tables before it stand, with rows.
    pub async fn new(on: On) -> Option<Way> {
        let place = Place::new(on)?;
        let mut db = place.connect().await;
        let way = Way::of(place, db.target());
        let desired = djc_runtime::deploy::Desired { catalog: way.before.clone(), changes: way.changes.clone(), contents: Vec::new() };
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        for statement in ROWS {
            way.execute(&mut db, statement).await;
        }
        db.close().await;
        Some(way)
    }

    fn of(place: Place, target: &Target) -> Way {
        let schema = place.schema("lab");
        let old = before().desired(&place.prefix, target);
        let new = after().desired(&place.prefix, target).catalog;
        let plan = plan(&schema, &old.catalog, &new, target.server.is_mysql_family());
        Way { place, before: old.catalog, changes: old.changes, plan }
    }

    pub fn on(&self) -> On {
        self.place.on
    }

    pub fn schema(&self) -> String {
        self.place.schema("lab")
    }

    pub fn table(&self, name: &str) -> TableName {
        TableName::new(self.schema(), name)
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::in_schema(self.schema())
    }

    pub fn job(&self) -> Job<'_> {
        Job {
            history: HISTORY,
            migration: MIGRATION,
            hash: "a1",
            direction: Direction::Up,
            plan: &self.plan,
            from: &self.before,
            version: "0.1.0",
            by: "ana@rig3",
            folder: None,
            environment: &[],
        }
    }

    /// Puts the name of each table that stands in braces.
    pub fn sql(&self, sql: &str) -> String {
        let mut out = String::new();
        let mut rest = sql;
        while let Some((head, tail)) = rest.split_once('{') {
            let (name, tail) = tail.split_once('}').expect("a closed brace");
            out.push_str(head);
            out.push_str(&self.quoted(name));
            rest = tail;
        }
        out + rest
    }

    fn quoted(&self, table: &str) -> String {
        self.on().server().table_sql(&self.schema(), table)
    }

    pub async fn execute(&self, db: &mut Db, sql: &str) {
        db.execute(&self.sql(sql)).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on()));
    }

    pub async fn rows(&self, db: &mut Db, sql: &str) -> Vec<Vec<String>> {
        let rows = db.query(&self.sql(sql), &[]).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on()));
        let text = |value: &SqlValue| match value {
            SqlValue::Null => "NULL".to_string(),
            SqlValue::Text(text) => text.clone(),
            SqlValue::I64(number) => number.to_string(),
            SqlValue::U64(number) => number.to_string(),
            SqlValue::F64(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        rows.iter().map(|row| row.values().iter().map(text).collect()).collect()
    }

    /// Runs the whole plan.
    pub async fn run(&self, db: &mut Db) -> RunReport {
        self.attempt(db, &self.ledger(), &options()).await.unwrap_or_else(|error| panic!("{:?}: {error:?}", self.on()))
    }

    pub async fn attempt(&self, db: &mut Db, ledger: &Ledger, options: &RunOptions) -> Result<RunReport, MigrateError> {
        run(db, ledger, &self.job(), options, &mut Silent).await
    }

    /// Holds the database against the last catalog of the plan, and its rows against those that should be.
    pub async fn assert_arrived(&self, what: &str) {
        let mut db = self.place.connect().await;
        let live = db.inspect(&InspectOptions::of(vec![self.schema()])).await.expect("an inspection").catalog;
        let server = db.server();
        let wanted = self.plan.catalogs(&self.before).pop().expect("the last catalog");
        let names = |catalog: &Catalog| -> Vec<String> {
            let tables = catalog.schemas.get(&self.schema()).expect("the schema").tables.keys();
            let mut names: Vec<String> = tables.filter(|name| *name != "~migrations" && *name != "~lineage").cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(&live), names(&wanted), "{:?}, {what}", self.on());
        for table in wanted.tables().filter(|table| table.name != "~lineage") {
            let found = live.table(&table.schema, &table.name).expect("the table");
            let mut normal = table.clone();
            server.dialect().normalize(&mut normal);
            assert!(matches(table, found, server), "{:?}, {what}:\n{normal:#?}\n{found:#?}", self.on());
        }
        for (sql, rows) in ARRIVED {
            assert_eq!(
                self.rows(&mut db, sql).await.iter().map(|row| row.join(" ")).collect::<Vec<_>>(),
                *rows,
                "{:?}, {what}: {sql}",
                self.on()
            );
        }
        db.close().await;
    }

    pub async fn clean(self) {
        self.place.clean().await;
    }
}

/// As a user has it, but quick.
pub fn options() -> RunOptions {
    RunOptions { backoff: Duration::from_millis(50), allow: vec!["drop:lab.note".to_string()], ..RunOptions::default() }
}

const ROWS: &[&str] = &[
    "INSERT INTO {#kind} (kind, note) VALUES ('rat', 'brown'), ('mouse', 'small')",
    "INSERT INTO {subject} (subject_id, kind, name, weight) VALUES (1, 'rat', 'Tom', 300), (2, 'mouse', 'Jerry', NULL)",
    "INSERT INTO {session} (subject_id, session) VALUES (1, 1), (1, 2), (2, 1)",
    "INSERT INTO {note} (note_id, text) VALUES (7, 'kept')",
];

/// What is asked behind the plan, and what the answer is.
const ARRIVED: &[(&str, &[&str])] = &[
    ("SELECT kind, note FROM {#species} ORDER BY kind", &["mouse small", "rat brown"]),
    (
        "SELECT subject_id, kind, nickname, sex, _djc_0002_weight FROM {subject} ORDER BY subject_id",
        &["1 rat Tom U 300", "2 mouse Jerry U NULL"],
    ),
    ("SELECT subject_id, session, region_id FROM {session} ORDER BY subject_id, session", &["1 1 1", "1 2 1", "2 1 2"]),
    ("SELECT region_id, region FROM {region} ORDER BY region_id", &["1 cortex", "2 cerebellum", "3 thalamus"]),
    ("SELECT note_id, text FROM {~djc_0002_note}", &["7 kept"]),
];

fn before() -> Build {
    let mut build = Build::new(Generation::Classic, &["lab"]);
    let kind = build.table(0, Tier::Lookup, "Kind", "kinds of animals", "kind : varchar(16)\n---\nnote='' : varchar(100)");
    let subject = format!("subject_id : int\n---\n-> {}\nname : varchar(30)\nweight=null : int", kind.0);
    let subject = build.table(0, Tier::Manual, "Subject", "", &subject);
    build.table(0, Tier::Manual, "Session", "", &format!("-> {}\nsession : int", subject.0));
    build.table(0, Tier::Manual, "Note", "", "note_id : int\n---\ntext : varchar(100)");
    build.table(0, Tier::Manual, "Untouched", "", "id : int\n---\nvalue=null : int");
    build
}

fn after() -> Build {
    let mut build = Build::new(Generation::Classic, &["lab"]);
    let species = build.table(0, Tier::Lookup, "Species", "kinds of animals", "kind : varchar(16)\n---\nnote='' : varchar(100)");
    let subject = format!("subject_id : int\n---\n-> {}\nnickname : varchar(30)\nsex : varchar(1)", species.0);
    let subject = build.table(0, Tier::Manual, "Subject", "", &subject);
    let region = build.table(0, Tier::Manual, "Region", "", "region_id : int\n---\nregion : varchar(30)");
    build.table(0, Tier::Manual, "Session", "", &format!("-> {}\nsession : int\n---\n-> {}", subject.0, region.0));
    build.table(0, Tier::Manual, "Untouched", "", "id : int\n---\nvalue=null : int");
    build
}

fn plan(schema: &str, old: &Catalog, new: &Catalog, mysql: bool) -> Plan {
    let name = |table: &str| TableName::new(schema, table);
    let column = |catalog: &Catalog, table: &str, column: &str| {
        catalog.table(schema, table).and_then(|table| table.column(column)).unwrap_or_else(|| panic!("no {table}.{column}")).clone()
    };
    let open = |column: Column| Column { nullable: true, default: ColumnDefault::Null, ..column };
    let alter = |table: &str, alterations: Vec<Alteration>| Action::AlterTable { table: name(table), alterations };
    let rename = |from: &str, to: &str| Action::RenameTable { from: name(from), to: name(to) };
    let text = |text: &str| Literal::Text(text.to_string());

    let (sex, region) = (column(new, "subject", "sex"), column(new, "session", "region_id"));
    let weight = column(old, "subject", "weight");
    let parked = "_djc_0002_weight".to_string();
    let session = new.table(schema, "session").expect("the session");
    let key: ForeignKey = session.foreign_keys.iter().find(|key| key.parent_table == "region").expect("the key").clone();
    let of_region = |index: &&Index| matches!(index.parts.as_slice(), [IndexPart::Column { name, .. }] if name == "region_id");
    let implied: Vec<Alteration> = session.indexes.iter().filter(of_region).cloned().map(Alteration::AddIndex).collect();
    assert!(!mysql || session.indexes.iter().filter(of_region).all(|index| index.origin == IndexOrigin::Implied));
    let region_table = new.schemas[schema].tables["region"].clone();
    let fill = |table: &str, column: &str, from: FillFrom| {
        Action::Fill(Fill {
            table: name(table),
            columns: vec![(column.into(), from)],
            where_null: vec![column.into()],
            where_not_null: Vec::new(),
        })
    };
    let actions = vec![
        rename("#kind", "#species"),
        alter(
            "subject",
            vec![
                Alteration::RenameColumn { from: "name".into(), to: "nickname".into() },
                Alteration::AddColumn { column: open(sex.clone()), position: Position::After("nickname".into()) },
                Alteration::RenameColumn { from: "weight".into(), to: parked.clone() },
            ],
        ),
        Action::Create(Change::CreateTable(Arc::clone(&region_table))),
        alter("session", vec![Alteration::AddColumn { column: open(region.clone()), position: Position::Last }]),
        Action::InsertRows {
            table: name("region"),
            columns: vec!["region_id".into(), "region".into()],
            rows: vec![vec![Literal::Integer(1), text("cortex")], vec![Literal::Integer(2), text("cerebellum")]],
        },
        fill(
            "session",
            "region_id",
            FillFrom::Parent { table: name("subject"), column: "subject_id".into(), on: vec![("subject_id".into(), "subject_id".into())] },
        ),
        fill("subject", "sex", FillFrom::Literal(text("U"))),
        alter(
            "session",
            [vec![Alteration::ModifyColumn { column: region, position: None }], implied, vec![Alteration::AddForeignKey(key)]].concat(),
        ),
        alter("subject", vec![Alteration::ModifyColumn { column: sex, position: None }]),
        rename("note", "~djc_0002_note"),
        Action::InsertRows {
            table: name("region"),
            columns: vec!["region_id".into(), "region".into()],
            rows: vec![vec![Literal::Integer(3), text("thalamus")]],
        },
    ];
    let steps = actions.into_iter().map(|action| Step { action, hazards: Vec::new(), reason: "as the test says".into() }).collect();
    let parked = vec![
        Parked { table: name("subject"), was: name("subject"), column: Some((parked, weight.name)) },
        Parked { table: name("~djc_0002_note"), was: name("note"), column: None },
    ];
    Plan { steps, checks: Vec::new(), parked }
}

/// Returns a hand-written step of SQL.
pub fn by_hand(summary: &str, script: &str, check: &str, touches: Vec<TableName>) -> Step {
    let hand = HandStep { summary: summary.into(), run: Script::Sql(script.into()), check: check.into(), touches };
    Step { action: Action::Hand(hand), hazards: Vec::new(), reason: summary.into() }
}
