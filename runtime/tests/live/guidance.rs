//! Errors that teach: each mistake is made on every server that knows it, and the error says where, why and what to do.
//!
//! Elsewhere are the mistakes about parts (E-4, E-5: `delete`, `typed/delete`), unknown attributes and rows of computed tables (E-7, E-9: `insert/forms`),
//! drift (E-15: `connection/drift`, `typed/drift`), lost sessions (E-17: `connection/session`), settings (E-19: `connection/settings`, `connect`), locks
//! on definitions (E-20: `deploy`, `migrate/locks`), and restrictions without effect or with quotes in them (E-22, E-23: `delete`, `algebra/scenario`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use djc_core::dialect::Server;
use djc_core::ir::{Generation, SchemaName, TableId, Tier};
use djc_core::model::{Model, Scope};
use djc_core::query::Columns;
use djc_core::state::{Lowering, State};
use djc_core::value::Value;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};
use djc_runtime::fault::{Attempt, Values, Verb, explain, find_insert_fail};
use djc_runtime::field::{Blob, External, ReadError};
use djc_runtime::store::{StoreSpec, Stores};
use djc_runtime::table::{FromRow, RowReader};
use djc_runtime::{Connection, DatabaseUrl, Db, Error, ErrorKind, Options, Session, SqlValue};

use crate::account::Account;
use crate::pipeline::Build;
use crate::support::{On, Place};

const SUBJECT: TableId = TableId(0);
const SESSION: TableId = TableId(1);
const REPORT: TableId = TableId(3);

/// A small lab with a few rows, and somebody who makes mistakes in it.
struct Lab {
    place: Place,
    db: Db,
    model: Arc<Model>,
    scope: Scope,
}

fn build(prefix: &str) -> Build {
    let mut build = Build::new(Generation::Modern, &["lab"]);
    build.pipeline.schemas[0].name = SchemaName::new(format!("{prefix}lab"));
    build.table(
        0,
        Tier::Manual,
        "Subject",
        "",
        "subj : varchar(16)\n---\nage : int32\nweight=null : decimal(6,2)\nborn=null : date\nnote='' : varchar(20)\ntag=null : varchar(8)\nunique index tag",
    );
    build.table(0, Tier::Manual, "Session", "", "-> 0\nsess : int32\n---\nrig : varchar(8)");
    build.table(0, Tier::Computed, "Result", "", "-> 1\n---\nscore : float64");
    build.table(0, Tier::Manual, "Report", "", "rep : int32\n---\n-> 2 (src_subj=subj, src_sess=sess)\n-> [nullable] 0 (reader=subj)");
    build
}

fn model(build: &Build) -> Arc<Model> {
    Model::new(State::new(&build.pipeline, &BTreeSet::from(["lab".to_string()]), Lowering::default()), Default::default(), "")
}

fn text(text: &str) -> SqlValue {
    SqlValue::Text(text.to_string())
}

fn number(number: i64) -> SqlValue {
    SqlValue::I64(number)
}

fn row(values: &[(&str, SqlValue)]) -> Values {
    values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

impl Lab {
    async fn new(on: On) -> Option<Lab> {
        let place = Place::new(on)?;
        let mut db = place.connect().await;
        let build = build(&place.prefix);
        let desired = build.desired_as_named(db.target());
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let mut lab = Lab { place, db, model: model(&build), scope: Scope::new(on.server()) };
        let subject =
            |subj: &str, age, tag: &str| row(&[("subj", text(subj)), ("age", number(age)), ("tag", text(tag)), ("note", text("calm"))]);
        lab.insert(SUBJECT, &[subject("s1", 3, "red"), subject("s2", 5, "blue")]).await.expect("subjects");
        let session = |sess| row(&[("subj", text("s1")), ("sess", number(sess)), ("rig", text("A"))]);
        lab.insert(SESSION, &[session(1), session(2)]).await.expect("sessions");
        Some(lab)
    }

    async fn insert(&mut self, table: TableId, rows: &[Values]) -> Result<(), Error> {
        insert(&mut self.db, &self.scope, &self.model, table, rows).await
    }

    fn url(&self) -> String {
        match &self.place.url {
            DatabaseUrl::SqliteFile(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::SqliteMemory | DatabaseUrl::Server(_) => self.place.on.url().expect("the server that the lab is on"),
        }
    }

    async fn connection(&self) -> Connection {
        Connection::open(&self.url(), Options::default()).await.expect("a connection")
    }

    async fn done(self) {
        self.db.close().await;
        self.place.clean().await;
    }
}

/// Inserts, and explains what the server refuses.
async fn insert(db: &mut Db, scope: &Scope, model: &Arc<Model>, table: TableId, rows: &[Values]) -> Result<(), Error> {
    let quoting = db.server().dialect().facts().quoting;
    let names: Vec<String> = rows[0].iter().map(|(name, _)| name.clone()).collect();
    let mut values = Vec::new();
    let mut tuples = Vec::new();
    for row in rows {
        let holes: Vec<String> = (0..row.len()).map(|at| db.placeholder(values.len() + at)).collect();
        values.extend(row.iter().map(|(_, value)| value.clone()));
        tuples.push(format!("({})", holes.join(", ")));
    }
    let sql = scope.table_sql(model, table).expect("a schema without variables");
    let sql = format!("INSERT INTO {sql} {} VALUES {}", quoting.names(&names), tuples.join(", "));
    match db.execute_with(&sql, &values).await {
        Ok(_) => Ok(()),
        Err(error) => Err(explain(db, &Attempt { scope, model, table, verb: Verb::Insert, rows }, error).await),
    }
}

/// Checks kind and fragments of everything that an error says.
fn says(on: On, outcome: Result<(), Error>, kind: ErrorKind, fragments: &[&str]) -> Error {
    let error = outcome.expect_err("a mistake");
    let whole = error.to_string();
    assert_eq!(error.kind(), kind, "{on:?}: {whole}");
    for fragment in fragments {
        assert!(whole.contains(fragment), "{on:?}: `{fragment}` is not in:\n{whole}");
    }
    error
}

#[tokio::test]
async fn parents_that_are_missing_are_named_with_what_they_lack() {
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let session = |subj: &str| row(&[("subj", text(subj)), ("sess", number(9)), ("rig", text("A"))]);
        let error = says(
            on,
            lab.insert(SESSION, &[session("s2"), session("s9")]).await,
            ErrorKind::MissingParent,
            &["lab.Session", "lab.Subject: MISSING (subj = 's9')", "insert into lab.Subject first"],
        );
        assert_eq!(error.details().table.as_deref(), Some("lab.Session"));
        assert!(error.details().values.contains(&("subj".to_string(), "'s9'".to_string())), "{:?}", error.details().values);
        assert!(error.details().source.is_some());
        // Two parents are missing, both under other names; one of them is computed.
        let report =
            |subj: &str, sess, reader| row(&[("rep", number(1)), ("src_subj", text(subj)), ("src_sess", number(sess)), ("reader", reader)]);
        let both = lab.insert(REPORT, &[report("s1", 1, text("zz"))]).await;
        says(
            on,
            both,
            ErrorKind::MissingParent,
            &[
                "lab.Result: MISSING (subj = 's1', sess = 1)",
                "sess is src_sess here",
                "lab.Subject: MISSING (subj = 'zz')",
                "populate lab.Result first",
                "insert into lab.Subject first",
            ],
        );
        // A NULL refers to nothing.
        let one = says(on, lab.insert(REPORT, &[report("s1", 7, SqlValue::Null)]).await, ErrorKind::MissingParent, &["lab.Result"]);
        assert!(!one.to_string().contains("lab.Subject"), "{one}");
        lab.done().await;
    }
}

#[tokio::test]
async fn what_an_insert_refers_to_is_told_before_it_is_made() {
    for on in On::ALL {
        let Some(lab) = Lab::new(on).await else { continue };
        let connection = lab.connection().await;
        let values = |sess: i64| vec![("subj".to_string(), Value::from("s1")), ("sess".to_string(), Value::from(sess))];
        let found = find_insert_fail(&connection, &lab.model, SESSION, &values(1)).await.expect("a look");
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["lab.Subject: (subj = 's1')"], "{on:?}");
        let report = vec![
            ("src_subj".to_string(), Value::from("s1")),
            ("src_sess".to_string(), Value::from(3)),
            ("reader".to_string(), Value::from("s3")),
        ];
        let found = find_insert_fail(&connection, &lab.model, REPORT, &report).await.expect("a look");
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(lines[0], "lab.Result: MISSING (subj = 's1', sess = 3) (subj is src_subj here, sess is src_sess here)", "{on:?}");
        assert!(
            lines[1].starts_with("lab.Subject: MISSING (subj = 's3') (subj is reader here); the nearest that it has is subj = 's"),
            "{lines:?}"
        );
        assert!(found.iter().all(|rows| rows.is_missing()) && found[0].is_populated && !found[1].is_populated);
        let error =
            find_insert_fail(&connection, &lab.model, SUBJECT, &[("agee".to_string(), Value::from(1))]).await.expect_err("no attribute");
        assert_eq!(error.kind(), ErrorKind::UnknownAttribute);
        assert!(error.to_string().contains("did you mean `age`?"), "{error}");
        lab.done().await;
    }
}

#[tokio::test]
async fn inserts_and_updates_explain_themselves() {
    use djc_runtime::insert::{into_table, update1_in_table};
    for on in On::ALL {
        let Some(lab) = Lab::new(on).await else { continue };
        let connection = lab.connection().await;
        let values = |values: &[(&str, Value)]| -> djc_runtime::table::RowMap {
            values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
        };
        let session = |subj: &str, sess: i64| values(&[("subj", subj.into()), ("sess", sess.into()), ("rig", "B".into())]);
        let orphan = into_table(&connection, &lab.model, SESSION, [session("s2", 1), session("s9", 1)]).await.map(drop);
        says(on, orphan, ErrorKind::MissingParent, &["lab.Subject: MISSING (subj = 's9')", "insert into lab.Subject first"]);
        let twin = into_table(&connection, &lab.model, SESSION, [session("s2", 1), session("s1", 1)]).await.map(drop);
        says(on, twin, ErrorKind::Duplicate, &["the key subj = 's1', sess = 1", "rig is 'A' there and 'B' here"]);
        let report = [("rep", 1.into()), ("src_subj", "s1".into()), ("src_sess", 1.into())];
        let early = into_table(&connection, &lab.model, REPORT, [values(&report)]).await.map(drop);
        says(on, early, ErrorKind::MissingParent, &["populate lab.Result first"]);
        // In a transaction what was there before stays, and the explanation is the same.
        let transaction = connection.begin().await.expect("a transaction");
        into_table(&transaction, &lab.model, SESSION, [session("s2", 5)]).await.expect("a session");
        let twin = into_table(&transaction, &lab.model, SESSION, [session("s2", 5)]).await.map(drop);
        says(on, twin, ErrorKind::Duplicate, &["the key subj = 's2', sess = 5", "has the same values"]);
        transaction.commit().await.expect("it can go on");
        let tag = update1_in_table(&connection, &lab.model, SUBJECT, values(&[("subj", "s1".into()), ("tag", "blue".into())])).await;
        says(on, tag, ErrorKind::Duplicate, &["the unique tag = 'blue' already", "subj is 's2' there and 's1' here"]);
        lab.done().await;
    }
}

#[tokio::test]
async fn children_that_hold_a_row_are_counted() {
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let sql = format!("DELETE FROM {} WHERE subj = 's1'", lab.scope.table_sql(&lab.model, SUBJECT).expect("a name"));
        let error = lab.db.execute(&sql).await.expect_err("sessions stand on it");
        let rows = [row(&[("subj", text("s1"))])];
        let attempt = Attempt { scope: &lab.scope, model: &lab.model, table: SUBJECT, verb: Verb::Delete, rows: &rows };
        let explained = explain(&mut lab.db, &attempt, error).await;
        let explained =
            says(on, Err(explained), ErrorKind::HasChildren, &["2 row(s) of lab.Session", "use `delete` instead of `delete_quick`"]);
        assert!(explained.details().values.contains(&("lab.Session".to_string(), "2".to_string())));
        lab.done().await;
    }
}

#[tokio::test]
async fn a_duplicate_shows_what_is_there() {
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let subject = |subj: &str, age, weight: &str, tag: &str| {
            // The column takes a text as a number on the MySQL family and SQLite.
            let mut values = vec![("subj", text(subj)), ("age", number(age)), ("tag", text(tag))];
            if on != On::Postgres {
                values.push(("weight", text(weight)));
            }
            row(&values)
        };
        let by_key = lab.insert(SUBJECT, &[subject("s9", 1, "1", "x"), subject("s1", 4, "2", "red")]).await;
        says(
            on,
            by_key,
            ErrorKind::Duplicate,
            &["lab.Subject has a row with the key subj = 's1' already", "age is 3 there and 4 here", "skip_duplicates()", "update1"],
        );
        let by_index = lab.insert(SUBJECT, &[subject("s8", 4, "2", "blue")]).await;
        says(on, by_index, ErrorKind::Duplicate, &["the unique tag = 'blue' already", "subj is 's2' there and 's8' here"]);
        let twice = lab.insert(SUBJECT, &[subject("n1", 4, "2", "a"), subject("n1", 4, "2", "b")]).await;
        says(on, twice, ErrorKind::Duplicate, &["two of the rows for lab.Subject have the same subj = 'n1'"]);
        let same = lab.insert(SESSION, &[row(&[("subj", text("s1")), ("sess", number(1)), ("rig", text("A"))])]).await;
        says(on, same, ErrorKind::Duplicate, &["has the same values"]);
        lab.done().await;
    }
}

#[tokio::test]
async fn a_missing_value_names_the_attribute_and_its_type() {
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let none = lab.insert(SUBJECT, &[row(&[("subj", text("s5"))])]).await;
        says(on, none, ErrorKind::MissingValue, &["`age` of lab.Subject has no value", "`age : int32`"]);
        let null = lab.insert(SUBJECT, &[row(&[("subj", text("s5")), ("age", SqlValue::Null)])]).await;
        says(on, null, ErrorKind::MissingValue, &["`age` of lab.Subject"]);
        if matches!(on, On::MariaDb | On::MySql) {
            let large = lab.insert(SUBJECT, &[row(&[("subj", text("s5")), ("age", number(1 << 40))])]).await;
            says(on, large, ErrorKind::Value, &["`age` of lab.Subject cannot hold the value", "`age : int32`"]);
        }
        lab.done().await;
    }
}

#[tokio::test]
async fn a_denied_command_shows_the_grants_that_matter() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(lab) = Lab::new(on).await else { continue };
        let session = [row(&[("subj", text("s1")), ("sess", number(9)), ("rig", text("A"))])];
        let reader = match on {
            On::Postgres => vec!["GRANT USAGE ON SCHEMA \"$Slab\" TO $A", "GRANT SELECT ON ALL TABLES IN SCHEMA \"$Slab\" TO $A"],
            On::MariaDb | On::MySql | On::Sqlite => vec!["GRANT SELECT ON `$Slab`.* TO $A"],
        };
        let stranger = match on {
            On::Postgres => vec![],
            // `_` is any character in a grant.
            On::MariaDb | On::MySql | On::Sqlite => vec!["GRANT ALL ON `alice\\_%`.* TO $A"],
        };
        let account = Account::new(&lab.place, "r", &reader).await;
        let mut db = account.connect(false).await;
        let schema = lab.place.schema("lab");
        let refused = insert(&mut db, &lab.scope, &lab.model, SESSION, &session).await;
        says(
            on,
            refused,
            ErrorKind::Denied,
            &["may not INSERT on lab.Session", &schema, "SELECT", "ask an administrator for: GRANT INSERT"],
        );
        db.close().await;
        account.drop().await;
        let account = Account::new(&lab.place, "x", &stranger).await;
        let mut db = account.connect(false).await;
        let refused = insert(&mut db, &lab.scope, &lab.model, SESSION, &session).await;
        let fragments: &[&str] = match on {
            On::Postgres => &["may not even use the schema", "GRANT USAGE ON SCHEMA"],
            On::MariaDb | On::MySql | On::Sqlite => &["no grant of this account matches", "alice\\_%", "SCHEMA_PREFIX", "dj_guest"],
        };
        says(on, refused, ErrorKind::Denied, fragments);
        db.close().await;
        account.drop().await;
        lab.done().await;
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_told_apart_from_a_wrong_prefix() {
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let report = [row(&[("rep", number(1))])];
        let sql = lab.scope.table_sql(&lab.model, REPORT).expect("a name");
        lab.db.execute(&format!("DROP TABLE {sql}")).await.expect("the report goes");
        says(
            on,
            lab.insert(REPORT, &report).await,
            ErrorKind::MissingTable,
            &["lab.Report is not in this database", "never declared, or was dropped", "djc deploy"],
        );
        lab.model = model(&build(&format!("{}nobody_", lab.place.prefix)));
        let elsewhere = lab.insert(SUBJECT, &[row(&[("subj", text("s1"))])]).await;
        says(on, elsewhere, ErrorKind::MissingTable, &["there is no schema", "prefix"]);
        lab.done().await;
    }
}

#[tokio::test]
async fn a_lock_and_a_lost_connection_say_what_to_do() {
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let mut other = lab.place.connect().await;
        let session = session_of(&mut other).await;
        other.begin().await.expect("a transaction");
        let sql = format!("UPDATE {} SET age = age + 1 WHERE subj = 's1'", lab.scope.table_sql(&lab.model, SUBJECT).expect("a name"));
        other.execute(&sql).await.expect("a row");
        lab.db.set_lock_wait(Duration::from_secs(1)).await.expect("a setting");
        let error = lab.db.execute(&sql).await.expect_err("the row is held");
        let attempt = Attempt { scope: &lab.scope, model: &lab.model, table: SUBJECT, verb: Verb::Update, rows: &[] };
        let whose = session.map_or("does not say who".to_string(), |session| format!("session {session} of "));
        let fragments = ["UPDATE on lab.Subject", "another session", "try again", &whose];
        let error = says(on, Err(explain(&mut lab.db, &attempt, error).await), ErrorKind::Contention, &fragments);
        assert_eq!(error.details().values.is_empty(), session.is_none(), "{on:?}: {:?}", error.details());
        other.rollback().await.expect("the end");
        other.sever();
        let error = other.execute(&sql).await.expect_err("the wire is cut");
        says(on, Err(explain(&mut other, &attempt, error).await), ErrorKind::Lost, &["nothing is left behind"]);
        lab.done().await;
    }
}

/// Returns the number of a session.
async fn session_of(db: &mut Db) -> Option<u64> {
    let sql = match db.server() {
        Server::MySql | Server::MariaDb => "SELECT CONNECTION_ID() AS a",
        Server::Postgres => "SELECT pg_backend_pid() AS a",
        Server::Sqlite => return None,
    };
    Some(db.query(sql, &[]).await.expect("a number")[0].u64(0).expect("a number"))
}

#[tokio::test]
async fn sessions_that_wait_for_each_other_are_told_so() {
    for on in [On::MariaDb, On::MySql, On::Postgres] {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let table = lab.scope.table_sql(&lab.model, SUBJECT).expect("a name");
        let change = |subj: &str| format!("UPDATE {table} SET age = age + 1 WHERE subj = '{subj}'");
        let mut other = lab.place.connect().await;
        for (db, subj) in [(&mut lab.db, "s1"), (&mut other, "s2")] {
            db.begin().await.expect("a transaction");
            db.execute(&change(subj)).await.expect("a row");
        }
        let (theirs, ours) = (change("s1"), change("s2"));
        let outcome = tokio::join!(
            async {
                let outcome = lab.db.execute(&ours).await;
                lab.db.rollback().await.expect("it ends");
                outcome
            },
            async {
                let outcome = other.execute(&theirs).await;
                other.rollback().await.expect("it ends");
                outcome
            }
        );
        let error = outcome.0.err().or(outcome.1.err()).expect("one of them loses");
        let attempt = Attempt { scope: &lab.scope, model: &lab.model, table: SUBJECT, verb: Verb::Update, rows: &[] };
        let fragments = ["waited for each other", "try again; inside of a transaction, all of it"];
        says(on, Err(explain(&mut lab.db, &attempt, error).await), ErrorKind::Contention, &fragments);
        lab.done().await;
    }
}

#[tokio::test]
async fn a_transaction_that_the_server_ended_is_over() {
    // On PostgreSQL it only fails from then on, until it is rolled back.
    for on in [On::MariaDb, On::MySql] {
        let Some(lab) = Lab::new(on).await else { continue };
        let table = lab.scope.table_sql(&lab.model, SUBJECT).expect("a name");
        let change = async |session: &dyn Session, subj: &str| {
            let sql = format!("UPDATE {table} SET age = age + 1 WHERE subj = '{subj}'");
            session.lock().await.expect("a session").execute(&sql).await
        };
        let (one, other) = (lab.connection().await, lab.connection().await);
        let (first, second) = (one.begin().await.expect("a transaction"), other.begin().await.expect("a transaction"));
        change(&first, "s1").await.expect("a row");
        change(&second, "s2").await.expect("a row");
        let outcome = tokio::join!(change(&first, "s2"), change(&second, "s1"));
        let (lost, won) = if outcome.0.is_err() { (first, second) } else { (second, first) };
        won.rollback().await.expect("it ends");
        // What it did next would be committed by itself.
        let next = lost.lock().await.map(drop);
        says(on, next, ErrorKind::Contention, &["the transaction is over", "begin it again"]);
        says(on, lost.commit().await, ErrorKind::Contention, &["nothing of it is left"]);
        for connection in [one, other] {
            connection.begin().await.expect("another one").commit().await.expect("it commits");
        }
        lab.done().await;
    }
}

/// What a store keeps of a row.
struct Kept(External<Blob>);

impl FromRow for Kept {
    fn columns() -> Columns {
        Columns::Named(vec!["data".to_string()])
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        row.take().map(Kept)
    }
}

#[tokio::test]
async fn content_that_is_gone_or_damaged_is_named_with_its_place() {
    use djc_core::query::Query;
    for (on, generation) in On::ALL.into_iter().flat_map(|on| [(on, Generation::Modern), (on, Generation::Classic)]) {
        // datajoint 0.14 does not know PostgreSQL.
        if (on, generation) == (On::Postgres, Generation::Classic) {
            continue;
        }
        let Some(place) = Place::new(on) else { continue };
        let ty = if generation == Generation::Modern { "<blob@raw>" } else { "blob@raw" };
        let mut build = Build::new(generation, &["lab"]);
        build.pipeline.schemas[0].name = SchemaName::new(format!("{}lab", place.prefix));
        let int = if generation == Generation::Modern { "int32" } else { "int" };
        build.table(0, Tier::Manual, "Scan", "", &format!("scan : {int}\n---\ndata : {ty}"));
        let mut db = place.connect().await;
        let desired = build.desired_as_named(db.target());
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        db.close().await;
        let folder = tempfile::tempdir().expect("a folder");
        let stores = Some(Stores::default().with("raw", StoreSpec::folder(folder.path().display().to_string())));
        let connection = Connection::open(&place.link(), Options { stores, ..Options::default() }).await.expect("a connection");
        let model = model(&build);
        let row: djc_runtime::table::RowMap = [("scan", Value::from(1)), ("data", Value::from("what was measured"))].into_iter().collect();
        djc_runtime::insert::into_table(&connection, &model, SUBJECT, [row]).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        let scans = djc_runtime::Query::<djc_runtime::table::Dynamic>::from_core(Ok(Query::table(&model, SUBJECT)));
        let Kept(content) = scans.fetch1_as(&connection).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        assert_eq!(content.get(&connection).await.expect("it is there"), Blob(Value::from("what was measured")), "{on:?}");
        let file = file_below(folder.path());
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name").to_string();
        std::fs::write(&file, b"other").expect("a file");
        let damaged = content.get(&connection).await.map(drop);
        let error = says(on, damaged, ErrorKind::Store, &["`raw`", &name, "5 "]);
        assert!(!error.details().next_steps.is_empty(), "{error}");
        std::fs::remove_file(&file).expect("it was there");
        let gone = content.get(&connection).await.map(drop);
        let error = says(on, gone, ErrorKind::Store, &["`raw`", &name, "is missing"]);
        assert!(error.details().values.iter().any(|(name, _)| name == "expected"), "{:?}", error.details());
        drop(connection);
        place.clean().await;
    }
}

/// Returns the one file below a folder.
fn file_below(folder: &std::path::Path) -> std::path::PathBuf {
    let entry = std::fs::read_dir(folder).expect("a folder").next().expect("something is in it").expect("an entry").path();
    if entry.is_dir() { file_below(&entry) } else { entry }
}

#[test]
fn what_a_query_refuses_says_what_to_write() {
    use djc_core::query::{Keep, Matching, Query, Restriction};
    let model = model(&build(""));
    let (subject, session) = (Query::table(&model, SUBJECT), Query::table(&model, SESSION));
    let restricted = |text: &str| subject.restrict(&Restriction::Predicate(text.to_string())).map(drop).map_err(Error::from);
    says(On::Sqlite, restricted("agee > 1"), ErrorKind::UnknownAttribute, &["`agee`", "write `age`"]);
    says(On::Sqlite, restricted("age > 1; drop table subject"), ErrorKind::Predicate, &["behind `;`", "character 8"]);
    let report = Query::table(&model, REPORT);
    let renamed = report
        .project(&djc_core::query::Projection { renamed: vec![("rig".into(), "src_subj".into())], ..Default::default() })
        .expect("a projection");
    let joined = session.join(&renamed, Matching::Semantic, Keep::Matching).map(drop).map_err(Error::from);
    says(On::Sqlite, joined, ErrorKind::Lineage, &["`rig`", "lab.subject.subj", "rename one of them", "join_natural"]);
}

#[tokio::test]
async fn no_connection_says_what_to_check() {
    let error = djc_runtime::connect("mysql://nobody:secret@127.0.0.1:1/").await.map(drop);
    let error = says(On::MySql, error, ErrorKind::Connect, &["127.0.0.1:1", "Check the host name and the port", "it was tried with"]);
    assert!(!error.to_string().contains("secret"));
    for (part, value) in [("host", "127.0.0.1"), ("port", "1"), ("user", "nobody"), ("password", "***")] {
        let found = error.details().values.iter().find(|(name, _)| name == part).map(|(_, value)| value.as_str());
        assert!(found.is_some_and(|found| found.contains(value)), "{part}: {:?}", error.details().values);
        assert!(found.is_some_and(|found| found.contains("the URL")), "{part}: {:?}", error.details().values);
    }
}

#[tokio::test]
async fn a_key_that_is_too_long_names_the_limit() {
    for on in [On::MariaDb, On::MySql] {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let sql = format!("CREATE TABLE `{}`.`long` (a varchar(2000) CHARACTER SET utf8mb4 PRIMARY KEY)", lab.place.schema("lab"));
        let error = lab.db.execute(&sql).await.expect_err("the key has 8000 bytes");
        let attempt = Attempt { scope: &lab.scope, model: &lab.model, table: SUBJECT, verb: Verb::Insert, rows: &[] };
        says(on, Err(explain(&mut lab.db, &attempt, error).await), ErrorKind::Server, &["3072 bytes", "varchar"]);
        lab.done().await;
    }
}

#[tokio::test]
async fn a_fetch_of_a_table_that_is_not_there_says_so() {
    use djc_core::query::Query;
    for on in On::ALL {
        let Some(mut lab) = Lab::new(on).await else { continue };
        let sql = lab.scope.table_sql(&lab.model, REPORT).expect("a name");
        lab.db.execute(&format!("DROP TABLE {sql}")).await.expect("the report goes");
        let connection = Connection::open(&lab.url(), Options { allow_drift: true, ..Options::default() }).await.expect("a connection");
        let reports = djc_runtime::Query::<djc_runtime::table::Dynamic>::from_core(Ok(Query::table(&lab.model, REPORT)));
        let fetched = reports.fetch_maps(&connection).await.map(drop);
        says(on, fetched, ErrorKind::MissingTable, &["lab.Report is not in this database", "djc deploy"]);
        lab.done().await;
    }
}
