//! Deploying: what is made, what is left alone, what a cut wire leaves behind, who holds a lock.

use std::time::Duration;

use djc_core::catalog::{Catalog, Change};
use djc_core::ir::{Generation, Tier};
use djc_runtime::deploy::{Blocker, DeployError, DeployOptions, Desired, Progress, Report, Silent, deploy};
use djc_runtime::{Db, InspectOptions, SqlValue};

use crate::pipeline::{Build, lab};
use crate::support::{On, Place};

const BOTH: [Generation; 2] = [Generation::Classic, Generation::Modern];

fn desired(build: &Build, place: &Place, db: &Db) -> Desired {
    build.desired(&place.prefix, db.target())
}

async fn deployed(db: &mut Db, desired: &Desired) -> Report {
    deploy(db, desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{:?}: {error}", db.server()))
}

/// Deploys a pipeline that nothing is wrong with.
async fn made(db: &mut Db, build: &Build, place: &Place) -> Report {
    let wanted = desired(build, place, db);
    deployed(db, &wanted).await
}

async fn attempted(db: &mut Db, build: &Build, place: &Place) -> Result<Report, DeployError> {
    let wanted = desired(build, place, db);
    deploy(db, &wanted, &DeployOptions::default(), &mut Silent).await
}

/// Everything in the schemas of a place: catalog, and the rows of the lookup.
async fn state(place: &Place) -> (Catalog, Vec<Vec<SqlValue>>) {
    let mut db = place.connect().await;
    let schemas = Some(vec![place.schema("lab"), place.schema("ephys")]);
    let catalog = db.inspect(&InspectOptions { schemas, ..InspectOptions::default() }).await.expect("an inspection").catalog;
    let table = match place.on {
        On::Sqlite => format!("\"{}.#kind\"", place.schema("lab")),
        On::MariaDb | On::MySql => format!("`{}`.`#kind`", place.schema("lab")),
        On::Postgres => format!("\"{}\".\"#kind\"", place.schema("lab")),
    };
    let size = if place.on == On::Postgres { "size::text" } else { "size" };
    let sql = format!("SELECT kind, note, params, weight, since, code, flag, price, info, {size} FROM {table} ORDER BY kind");
    let rows = db.query(&sql, &[]).await.expect("the rows of the lookup");
    (catalog, rows.into_iter().map(|row| row.values().to_vec()).collect())
}

#[tokio::test]
async fn everything_is_made_and_the_second_run_does_nothing() {
    for on in On::ALL {
        for generation in BOTH {
            let Some(place) = Place::new(on) else { continue };
            let mut db = place.connect().await;
            let desired = desired(&lab(generation), &place, &db);
            let first = deployed(&mut db, &desired).await;
            assert_eq!(first.created_schemas, [place.schema("lab"), place.schema("ephys")], "{on:?} {generation}");
            let kind = (place.schema("lab"), "#kind".to_string(), 4);
            assert_eq!((first.differing.len(), first.inserted.clone()), (0, vec![kind]), "{on:?} {generation}");
            let second = deployed(&mut db, &desired).await;
            let differences: Vec<String> = second.differing.iter().flat_map(|table| &table.differences).map(|it| it.to_string()).collect();
            assert_eq!(differences, Vec::<String>::new(), "{on:?} {generation}");
            assert!(second.is_unchanged() && second.statements == 0, "{on:?} {generation}: {second:?}");
            place.clean().await;
        }
    }
}

#[tokio::test]
async fn contents_are_stored_by_type() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        made(&mut db, &lab(Generation::Classic), &place).await;
        let (_, rows) = state(&place).await;
        let full = rows.iter().find(|row| row[1] == "ä – 5 €".into()).unwrap_or_else(|| panic!("{on:?}: {rows:?}"));
        assert_eq!(full[0], "größe 'x' \\".into(), "{on:?}");
        let packed = djc_core::blob::pack_compressed(&djc_core::value::Value::Map(vec![(
            djc_core::value::Value::from("window"),
            djc_core::value::Value::from(0.5),
        )]));
        assert_eq!(full[2], SqlValue::Bytes(packed.expect("it packs")), "{on:?}");
        assert_eq!((&full[3], &full[4]), (&SqlValue::F64(1.5), &"2024-02-29".into()), "{on:?}");
        let id = uuid::Uuid::from_u128(1);
        let stored = if on == On::Postgres { id.to_string().into() } else { SqlValue::Bytes(id.as_bytes().to_vec()) };
        assert_eq!(full[5], stored, "{on:?}");
        let truth = |value: bool| if on == On::Postgres { SqlValue::Bool(value) } else { SqlValue::I64(value.into()) };
        assert_eq!((&full[6], &full[7]), (&truth(false), &"12.50".into()), "{on:?}");
        let info = match &full[8] {
            SqlValue::Text(text) => text.replace(' ', ""),
            SqlValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => panic!("{on:?}: {other:?}"),
        };
        assert_eq!((info.as_str(), &full[9]), ("[1,null]", &"it's".into()), "{on:?}");
        // What a row leaves out is its default, and NaN is none.
        let other = rows.iter().find(|row| row[0] == "nan".into()).expect("the row with NaN");
        assert_eq!((&other[1], &other[3], &other[6], &other[9]), (&"none".into(), &SqlValue::Null, &truth(true), &"s".into()), "{on:?}");
        place.clean().await;
    }
}

/// Generation 2 has every kind of step, so the slower servers are only cut in that one.
///
/// Deploys with the wire cut after 1, 2, 3 … statements, each time from nothing, each time finished by a second run.
async fn cuts_converge(on: On, generation: Generation) {
    let Some(whole) = Place::new(on) else { return };
    let mut db = whole.connect().await;
    let reference = made(&mut db, &lab(generation), &whole).await;
    let (expected, rows) = state(&whole).await;
    let expected = format!("{expected:?}").replace(&whole.prefix, "$S");
    for cut in 1..=reference.statements {
        let Some(place) = Place::new(on) else { return };
        let mut db = place.connect().await;
        let wanted = desired(&lab(generation), &place, &db);
        let options = DeployOptions { cut_after: Some(cut), ..DeployOptions::default() };
        let error = deploy(&mut db, &wanted, &options, &mut Silent).await.expect_err("the wire is cut");
        assert!(matches!(error, DeployError::Lost { .. }), "{on:?} cut {cut}: {error}");
        drop(db);
        let mut db = place.connect().await;
        let again = deployed(&mut db, &wanted).await;
        assert!(!again.differs(), "{on:?} cut {cut}: {:?}", again.differing);
        let (found, found_rows) = state(&place).await;
        assert_eq!(format!("{found:?}").replace(&place.prefix, "$S"), expected, "{on:?} cut {cut}");
        assert_eq!(found_rows, rows, "{on:?} cut {cut}");
        place.clean().await;
    }
    assert!(reference.statements >= 8, "{on:?}: only {} statements", reference.statements);
    whole.clean().await;
}

#[tokio::test]
async fn cut_after_any_statement_converges_on_sqlite() {
    for generation in BOTH {
        cuts_converge(On::Sqlite, generation).await;
    }
}

#[tokio::test]
async fn cut_after_any_statement_converges_on_mariadb() {
    cuts_converge(On::MariaDb, Generation::Modern).await;
}

#[tokio::test]
async fn cut_after_any_statement_converges_on_postgres() {
    cuts_converge(On::Postgres, Generation::Modern).await;
}

#[tokio::test]
async fn cut_after_any_statement_converges_on_mysql() {
    cuts_converge(On::MySql, Generation::Modern).await;
}

#[tokio::test]
async fn what_exists_and_differs_is_reported_and_left_alone() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut old = Build::new(Generation::Classic, &["lab"]);
        old.table(0, Tier::Manual, "Subject", "old", "subject_id : int\n---\nage : int\nname : varchar(20)\nextra=null : date");
        made(&mut db, &old, &place).await;
        let mut new = Build::new(Generation::Classic, &["lab"]);
        new.table(0, Tier::Manual, "Subject", "new", "subject_id : int\n---\nage : int\nname : varchar(30)\nweight : float");
        let report = made(&mut db, &new, &place).await;
        let words: Vec<String> = report.differing[0].differences.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(format!("differing_on_{}", format!("{on:?}").to_lowercase()), words.join("\n"));
        assert!(report.differs() && report.statements == 0, "{on:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn contents_are_added_only_when_there_are_more_than_rows() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let rows = |names: &[&'static str]| names.iter().map(|name| vec![("kind", (*name).into())]).collect::<Vec<_>>();
        let mut build = Build::new(Generation::Classic, &["lab"]);
        let kind = build.table(0, Tier::Lookup, "Kind", "", "kind : varchar(9)");
        build.contents(kind, rows(&["a", "b"]));
        assert_eq!(made(&mut db, &build, &place).await.inserted[0].2, 2, "{on:?}");
        // As many as there are: nothing, even though they are others.
        build.contents(kind, rows(&["c", "d"]));
        assert!(made(&mut db, &build, &place).await.inserted.is_empty(), "{on:?}");
        // More: all that are not there yet.
        build.contents(kind, rows(&["a", "c", "d"]));
        assert_eq!(made(&mut db, &build, &place).await.inserted[0].2, 2, "{on:?}");
        // A table that numbers its rows gets none, and a note.
        let number = build.table(0, Tier::Lookup, "Numbered", "", "id : int auto_increment\n---\nname : varchar(9)");
        build.contents(number, vec![vec![("name", "x".into())]]);
        let report = made(&mut db, &build, &place).await;
        assert!(report.inserted.is_empty() && report.notes.len() == 1, "{on:?} {report:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn character_that_the_charset_lacks_is_refused_before_anything_is_sent() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        place.run("CREATE DATABASE `$Slab` CHARACTER SET latin1").await;
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Classic, &["lab"]);
        let kind = build.table(0, Tier::Lookup, "Kind", "", "kind : varchar(9)");
        build.contents(kind, vec![vec![("kind", "größe €".into())], vec![("kind", "Łódź".into())]]);
        let error = attempted(&mut db, &build, &place).await.expect_err("latin1");
        assert!(matches!(&error, DeployError::Contents { row: 1, .. }), "{error}");
        let catalog = db.inspect(&InspectOptions::of(vec![place.schema("lab")])).await.expect("an inspection").catalog;
        assert_eq!(catalog.tables().count(), 0, "nothing was made");
        build.contents(kind, vec![vec![("kind", "größe €".into())]]);
        let report = made(&mut db, &build, &place).await;
        assert_eq!(report.notes, [format!("schema `{}` exists with charset latin1 and keeps it", place.schema("lab"))]);
        place.clean().await;
    }
}

#[tokio::test]
async fn foreign_key_onto_a_table_of_another_charset_is_refused_before_anything_is_sent() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        place.run("CREATE DATABASE `$Slab` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci").await;
        place
            .run("CREATE TABLE `$Slab`.`subject` (`subject` varchar(8) NOT NULL, PRIMARY KEY (`subject`)) COLLATE utf8mb4_unicode_ci")
            .await;
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Classic, &["lab", "ephys"]);
        let subject = build.table(0, Tier::Manual, "Subject", "", "subject : varchar(8)");
        build.table(1, Tier::Manual, "Session", "", &format!("-> {}", subject.0));
        let error = attempted(&mut db, &build, &place).await.expect_err("two collations");
        assert!(matches!(&error, DeployError::ParentCharset { parent_charset, .. } if parent_charset == "utf8mb4_unicode_ci"), "{error}");
        let catalog = db.inspect(&InspectOptions::of(vec![place.schema("ephys")])).await.expect("an inspection").catalog;
        assert!(catalog.schemas.is_empty(), "nothing was made");
        // The server agrees: what is refused would have failed.
        let sql = format!(
            "CREATE TABLE `{0}`.`session` (`subject` varchar(8) NOT NULL, PRIMARY KEY (`subject`), \
             FOREIGN KEY (`subject`) REFERENCES `{0}`.`subject` (`subject`)) COLLATE utf8mb4_general_ci",
            place.schema("lab")
        );
        db.execute(&sql).await.expect_err("InnoDB joins one collation only");
        place.clean().await;
    }
}

#[tokio::test]
async fn hidden_columns_are_no_difference() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Modern, &["lab"]);
        build.table(0, Tier::Manual, "Subject", "", "subject : varchar(8)");
        made(&mut db, &build, &place).await;
        let table = match on {
            On::Sqlite => format!("\"{}.subject\"", place.schema("lab")),
            On::MariaDb | On::MySql => format!("`{}`.`subject`", place.schema("lab")),
            On::Postgres => format!("\"{}\".\"subject\"", place.schema("lab")),
        };
        db.execute(&format!("ALTER TABLE {table} ADD COLUMN _prov varchar(9)")).await.expect("a hidden column");
        assert!(!made(&mut db, &build, &place).await.differs(), "{on:?}");
        db.execute(&format!("ALTER TABLE {table} ADD COLUMN seen varchar(9)")).await.expect("a plain column");
        assert!(made(&mut db, &build, &place).await.differs(), "{on:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn modern_table_under_classic_parent_needs_to_be_allowed() {
    for on in [On::MariaDb, On::MySql] {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut classic = Build::new(Generation::Classic, &["lab"]);
        classic.table(0, Tier::Manual, "Subject", "", "subject_id : varchar(8)");
        made(&mut db, &classic, &place).await;
        let mut modern = Build::new(Generation::Modern, &["lab", "ephys"]);
        let subject = modern.table(0, Tier::Manual, "Subject", "", "subject_id : varchar(8)");
        modern.table(1, Tier::Manual, "Session", "", &format!("-> {}\nday : date", subject.0));
        modern.pipeline.schemas[0].owned = false;
        let wanted = desired(&modern, &place, &db);
        let error = deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect_err("the parent is shared");
        assert!(matches!(&error, DeployError::SharedParent { .. }), "{error}");
        let options = DeployOptions { allow_shared: vec![place.schema("lab")], ..DeployOptions::default() };
        deploy(&mut db, &wanted, &options, &mut Silent).await.expect("it is allowed by name");
        place.clean().await;
    }
}

#[tokio::test]
async fn parent_that_is_nowhere_is_named() {
    let Some(place) = Place::new(On::Sqlite) else { return };
    let mut db = place.connect().await;
    let mut build = lab(Generation::Classic);
    build.pipeline.schemas[0].owned = false;
    let error = attempted(&mut db, &build, &place).await.expect_err("no parent");
    assert!(matches!(&error, DeployError::MissingParent { .. }), "{error}");
}

#[derive(Default)]
struct Heard {
    waiting: Vec<Blocker>,
    steps: (usize, usize),
}

impl Progress for Heard {
    fn started(&mut self, total: usize) {
        self.steps.0 = total;
    }
    fn statement(&mut self, _: &str) {}
    fn done(&mut self) {
        self.steps.1 += 1;
    }
    fn waiting(&mut self, _: &str, blockers: &[Blocker]) {
        self.waiting.extend_from_slice(blockers);
    }
}

#[tokio::test]
async fn session_that_blocks_is_named_and_waited_for() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Modern, &["lab"]);
        let subject = build.table(0, Tier::Manual, "Subject", "", "subject_id : int32");
        made(&mut db, &build, &place).await;
        build.table(0, Tier::Manual, "Session", "", &format!("-> {}\nday : date", subject.0));
        let wanted = desired(&build, &place, &db);
        let mut holder = place.connect().await;
        let schema = place.schema("lab");
        let hold = match on {
            On::Sqlite => vec!["BEGIN IMMEDIATE".to_string()],
            // MariaDB creates under a parent that is in use, so there the rows of ~lineage are held.
            On::MariaDb => vec!["START TRANSACTION".into(), format!("SELECT * FROM `{schema}`.`~lineage` FOR UPDATE")],
            On::MySql => vec!["START TRANSACTION".into(), format!("INSERT INTO `{schema}`.`subject` VALUES (1)")],
            On::Postgres => vec!["BEGIN".into(), format!("INSERT INTO \"{schema}\".\"subject\" VALUES (1)")],
        };
        for sql in &hold {
            holder.execute(sql).await.expect("a lock");
        }
        let options = DeployOptions {
            lock_wait: Duration::from_secs(1),
            attempts: 3,
            backoff: Duration::from_millis(50),
            ..DeployOptions::default()
        };
        let mut heard = Heard::default();
        let error = deploy(&mut db, &wanted, &options, &mut heard).await.expect_err("the lock is held");
        let DeployError::Blocked { attempts: 3, blockers, .. } = &error else { panic!("{on:?}: {error}") };
        if on != On::Sqlite {
            assert!(blockers.iter().any(|blocker| blocker.certain) && !heard.waiting.is_empty(), "{on:?}: {error}");
        }
        // Somebody who lets go in time is only waited for.
        let letting_go = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            holder.rollback().await.expect("it lets go");
        };
        let mut heard = Heard::default();
        let options = DeployOptions { attempts: 6, ..options };
        let (report, ()) = tokio::join!(deploy(&mut db, &wanted, &options, &mut heard), letting_go);
        let report = report.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!((report.lineage_written, heard.steps.0), (1, heard.steps.1), "{on:?}");
        assert!(deployed(&mut db, &wanted).await.is_unchanged(), "{on:?}");
        place.clean().await;
    }
}

#[tokio::test]
async fn account_without_rights_is_told_the_grant() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(place) = Place::new(on) else { continue };
        let user = place.prefix.trim_end_matches('_').to_string();
        let mut root = place.connect().await;
        match on {
            On::Postgres => {
                root.execute(&format!("CREATE USER \"{user}\" PASSWORD 'geheim'")).await.expect("a user");
            }
            On::MariaDb | On::MySql | On::Sqlite => {
                // A server with an anonymous user at localhost would take that one before '%'.
                for host in ["%", "localhost"] {
                    root.execute(&format!("CREATE USER '{user}'@'{host}' IDENTIFIED BY 'geheim'")).await.expect("a user");
                }
            }
        }
        let mut url = place.url.clone();
        let djc_runtime::DatabaseUrl::Server(location) = &mut url else { panic!("a server") };
        location.user = Some(user.clone());
        location.password = Some(djc_runtime::Secret::new("geheim"));
        let mut db = Db::connect(&url, &djc_runtime::ConnectOptions::default()).await.expect("a login");
        let wanted = desired(&lab(Generation::Classic), &place, &db);
        let error = deploy(&mut db, &wanted, &DeployOptions::default(), &mut Silent).await.expect_err("no rights");
        let DeployError::Denied { grant, .. } = &error else { panic!("{on:?}: {error}") };
        assert!(grant.starts_with("GRANT ") && grant.contains("CREATE") && grant.contains(&user), "{on:?}: {grant}");
        db.close().await;
        let drop =
            if on == On::Postgres { format!("DROP USER \"{user}\"") } else { format!("DROP USER '{user}'@'%', '{user}'@'localhost'") };
        root.execute(&drop).await.expect("the user goes");
        place.clean().await;
    }
}

#[tokio::test]
async fn many_rows_go_in_batches() {
    for on in On::ALL {
        let Some(place) = Place::new(on) else { continue };
        let mut db = place.connect().await;
        let mut build = Build::new(Generation::Classic, &["lab"]);
        let kind = build.table(0, Tier::Lookup, "Kind", "", "kind : int\n---\nnote : varchar(200)");
        let rows = (0..1300).map(|number| vec![("kind", number.into()), ("note", "x".repeat(150).into())]).collect();
        build.contents(kind, rows);
        let wanted = desired(&build, &place, &db);
        let report = deployed(&mut db, &wanted).await;
        assert_eq!(report.inserted[0].2, 1300, "{on:?}");
        assert!(wanted.changes.iter().any(|change| matches!(change, Change::CreateTable(_))));
        place.clean().await;
    }
}
