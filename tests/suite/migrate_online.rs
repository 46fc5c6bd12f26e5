//! Migrations applied to databases: the whole life of one, and everything that may be in its way.

use std::path::PathBuf;

use djc_runtime::{ConnectOptions, DatabaseUrl, Db, Family, SqlValue};
use serde_json::Value;

use crate::support::{Outcome, TestProject, drop_schema, run_sql, server};

const SERVERS: [&str; 3] = ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"];

const BEFORE: &str = "\
schema lab as \"$P\"

manual Subject {
    subject : varchar(8)
    ---
    weight = null : float
    note = \"\" : varchar(200)
}

manual Session {
    -> Subject
    session : int
    ---
    started : datetime
}
";

const AFTER: &str = "\
schema lab as \"$P\"

manual Subject {
    subject : varchar(8)
    ---
    sex = \"U\" : enum('M','F','U')
    note = \"\" : varchar(20)
}

manual Session {
    -> Subject
    session : int
    ---
    started : datetime
    operator = \"nobody\" : varchar(30)
}
";

/// A project with a database of its own.
struct Lab {
    project: TestProject,
    /// What `--database` gets.
    url: String,
    /// The physical schema.
    schema: String,
}

impl Lab {
    fn at(url: String, tag: &str) -> Lab {
        let schema = format!("djo{}{tag}", crate::support::run_id());
        let project = TestProject::with(&[("djc.toml", "[pipeline]\nname = \"lab\"\nsources = [\"*.dj\"]\n")]);
        let lab = Lab { project, url, schema };
        lab.declare(BEFORE);
        lab
    }

    fn sqlite(tag: &str) -> Lab {
        Lab::at("sqlite:lab.db".to_string(), tag)
    }

    /// SQLite, and every server that is there.
    fn each(tag: &'static str) -> impl Iterator<Item = Lab> {
        std::iter::once(Lab::sqlite(tag)).chain(Lab::on_servers(tag))
    }

    /// Every server that is there.
    fn on_servers(tag: &'static str) -> impl Iterator<Item = Lab> {
        SERVERS.into_iter().filter_map(server).map(move |url| Lab::at(url, tag))
    }

    /// MariaDB and MySQL.
    fn on_mysql_family(tag: &'static str) -> impl Iterator<Item = Lab> {
        SERVERS[..2].iter().copied().filter_map(server).map(move |url| Lab::at(url, tag))
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    fn declare(&self, text: &str) {
        self.project.write("lab.dj", &text.replace("$P", &self.schema));
    }

    fn address(&self) -> DatabaseUrl {
        match self.is_sqlite() {
            true => DatabaseUrl::SqliteFile(self.project.path().join("lab.db")),
            false => DatabaseUrl::parse(&self.url).expect("a URL"),
        }
    }

    /// Returns a statement for this server: `[table]` is a table of the schema.
    fn fit(&self, sql: &str) -> String {
        let mut out = String::new();
        let mut rest = sql;
        while let Some((before, behind)) = rest.split_once('[') {
            let (table, after) = behind.split_once(']').expect("a closing bracket");
            out += before;
            out += &match self.address() {
                DatabaseUrl::Server(location) if location.family == Family::Postgres => format!("\"{}\".\"{table}\"", self.schema),
                DatabaseUrl::Server(_) => format!("`{}`.`{table}`", self.schema),
                DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => format!("\"{}.{table}\"", self.schema),
            };
            rest = after;
        }
        out + rest
    }

    fn sql(&self, statements: &[&str]) {
        run_sql(&self.address(), &statements.iter().map(|sql| self.fit(sql)).collect::<Vec<_>>());
    }

    /// Returns what a query brings, a row a line.
    fn ask(&self, sql: &str) -> String {
        let sql = self.fit(sql);
        let rows = in_runtime(async {
            let mut db = Db::connect(&self.address(), &ConnectOptions::default()).await.expect("a connection");
            let rows = db.query(&sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            db.close().await;
            rows
        });
        let value = |value: &SqlValue| match value {
            SqlValue::Null => "NULL".to_string(),
            SqlValue::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let lines = rows.iter().map(|row| (0..row.columns().len()).map(|at| value(row.get(at))).collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Runs a command of `djc migrate` on the database.
    fn migrate(&self, words: &[&str]) -> Outcome {
        self.project.djc(&[&["migrate"], words, &["--database", &self.url]].concat())
    }

    /// Makes the next migration of the sources.
    #[track_caller]
    fn new_migration(&self, words: &[&str]) {
        self.project.djc(&[&["migrate", "new"], words].concat()).exits(0);
    }

    /// Makes the first migration, applies it, and fills in rows.
    fn with_rows(self) -> Lab {
        self.new_migration(&["init"]);
        self.migrate(&["apply"]).exits(0);
        self.sql(&[
            "INSERT INTO [subject] (subject, weight, note) VALUES ('m1', 20.5, 'first'), ('m2', NULL, '')",
            "INSERT INTO [session] (subject, session, started) VALUES ('m1', 1, '2026-01-02 03:04:05')",
        ]);
        self
    }

    /// Makes a second migration that drops, adds and narrows.
    fn changed(self) -> Lab {
        self.declare(AFTER);
        self.new_migration(&["change", "--drop", "lab.Subject.weight"]);
        self
    }

    fn json(&self, words: &[&str], exit: i32) -> Value {
        let said = self.migrate(&[words, &["--format", "json"]].concat()).exits(exit);
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.text()))
    }

    fn folder(&self, migration: &str) -> PathBuf {
        self.project.path().join("migrations").join(migration)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !self.is_sqlite() && !std::thread::panicking() {
            drop_schema(&self.url, &self.schema);
        }
    }
}

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

#[track_caller]
fn says(said: &Outcome, words: &[&str]) {
    for word in words {
        assert!(said.stdout.contains(word) || said.stderr.contains(word), "`{word}` is not in\n{}", said.text());
    }
}

#[test]
fn a_migration_lives_from_new_to_finish() {
    for lab in Lab::each("life") {
        let lab = lab.with_rows().changed();
        let pending = lab.migrate(&["status"]).exits(3);
        says(&pending, &["0001_init", "0002_change", "pending", "2 tables as they should be"]);

        let said = lab.migrate(&["apply"]).exits(0);
        says(&said, &["0002_change applied", "parked until `djc migrate finish`", "weight"]);
        assert!(said.stdout.contains("step 1/") && said.stdout.contains(" done\n"), "{}", said.text());
        assert_eq!(lab.ask("SELECT subject, sex, note FROM [subject] ORDER BY subject"), "m1 U first\nm2 U ");
        assert_eq!(lab.ask("SELECT subject, operator FROM [session]"), "m1 nobody");
        says(&lab.migrate(&["apply"]).exits(0), &["nothing to apply: the database is at `0002_change`"]);
        says(&lab.migrate(&["status"]).exits(0), &["_djc_0002_weight", "2 tables as they should be"]);

        // What was typed in between is kept by going back and forth.
        lab.sql(&["UPDATE [subject] SET sex = 'F' WHERE subject = 'm2'"]);
        says(&lab.migrate(&["rollback"]).exits(0), &["0002_change rolled back"]);
        assert_eq!(lab.ask("SELECT subject, note FROM [subject] WHERE weight > 20 ORDER BY subject"), "m1 first");
        assert_eq!(lab.ask("SELECT subject FROM [subject] WHERE weight IS NULL"), "m2");
        says(&lab.migrate(&["status"]).exits(3), &["rolled back"]);
        lab.migrate(&["resume"]).exits(0);
        assert_eq!(lab.ask("SELECT subject, sex FROM [subject] ORDER BY subject"), "m1 U\nm2 F");

        let asked = lab.migrate(&["finish"]).exits(2);
        says(&asked, &["attribute", "weight", "--yes"]);
        lab.migrate(&["finish", "--yes"]).exits(0);
        says(&lab.migrate(&["finish", "--yes"]).exits(0), &["nothing is parked"]);
        let status = lab.migrate(&["status"]).exits(0);
        says(&status, &["finished", "2 tables as they should be"]);
        assert!(!status.stdout.contains("_djc_"), "{}", status.text());
        says(&lab.migrate(&["rollback"]).exits(1), &["DJ0575", "--allow irreversible:0002_change"]);
    }
}

#[test]
fn a_dry_run_prints_the_statements_and_makes_nothing() {
    let lab = Lab::sqlite("dry");
    lab.new_migration(&["init"]);
    let said = lab.migrate(&["apply", "--dry-run"]).exits(0);
    says(&said, &["CREATE TABLE", "dry run: nothing was changed"]);
    assert!(!lab.project.path().join("lab.db").exists());
    let lab = lab.with_first_applied();
    let lab = lab.changed();
    says(&lab.migrate(&["apply", "--dry-run"]).exits(0), &["ALTER TABLE", "0002_change"]);
    assert_eq!(lab.ask("SELECT count(weight) AS a FROM [subject]"), "I64(0)");
    says(&lab.migrate(&["rollback", "--dry-run", "--to", "0"]).exits(0), &["undo 0001_init"]);
    lab.migrate(&["status"]).exits(3);
}

#[test]
fn programs_get_one_object() {
    let lab = Lab::sqlite("json");
    lab.new_migration(&["init"]);
    let applied = lab.json(&["apply"], 0);
    assert_eq!(applied["migrate"]["applied"][0]["migration"], "0001_init");
    assert_eq!(applied["migrate"]["applied"][0]["direction"], "up");
    assert_eq!(applied["diagnostics"], Value::Array(Vec::new()));
    let status = lab.json(&["status"], 0);
    assert_eq!(status["migrate"]["applied"], 1);
    assert_eq!(status["migrate"]["migrations"][0]["state"], "applied");
    let lab = lab.changed();
    let planned = lab.json(&["apply", "--dry-run"], 0);
    assert_eq!(planned["migrate"]["migrations"][0]["migration"], "0002_change");
    assert!(
        planned["migrate"]["migrations"][0]["statements"][0]["sql"][0].as_str().is_some_and(|sql| sql.starts_with("ALTER")),
        "{planned:#}"
    );
    lab.json(&["apply"], 0);
    assert_eq!(lab.json(&["status"], 0)["migrate"]["parked"][0]["attribute"], "weight");
    assert_eq!(lab.json(&["finish", "--yes"], 0)["migrate"]["dropped"][0]["column"], "_djc_0002_weight");
}

impl Lab {
    fn with_first_applied(self) -> Lab {
        self.migrate(&["apply"]).exits(0);
        self
    }
}

#[test]
fn words_that_mean_no_migration_are_told_which_there_are() {
    let lab = Lab::sqlite("words");
    says(&lab.migrate(&["apply"]).exits(2), &["there is no migration in `migrations`", "djc migrate new init"]);
    says(&lab.migrate(&["baseline"]).exits(2), &["djc migrate new init"]);
    let lab = lab.with_rows().changed();
    says(&lab.migrate(&["apply", "--to", "9"]).exits(2), &["there is no migration `9`", "0001_init", "0002_change"]);
    lab.migrate(&["apply"]).exits(0);
    says(&lab.migrate(&["apply", "--to", "1"]).exits(2), &["djc migrate rollback --to 0001"]);
    says(&lab.migrate(&["rollback", "--to", "2"]).exits(0), &["nothing to take back"]);
}

#[test]
fn everything_can_be_taken_back_and_applied_again() {
    for lab in Lab::each("back") {
        let lab = lab.with_rows().changed();
        lab.migrate(&["apply"]).exits(0);
        lab.migrate(&["rollback", "--to", "0"]).exits(0);
        says(&lab.migrate(&["status"]).exits(3), &["nothing is applied", "~djc_0001u_"]);
        lab.migrate(&["apply"]).exits(0);
        assert_eq!(lab.ask("SELECT subject, note FROM [subject] ORDER BY subject"), "m1 first\nm2 ");
        assert_eq!(lab.ask("SELECT subject, operator FROM [session]"), "m1 nobody");
        lab.migrate(&["status"]).exits(0);
    }
}

#[test]
fn a_migration_that_was_made_anew_is_not_the_one_that_was_applied() {
    let lab = Lab::sqlite("edited").with_rows();
    std::fs::remove_dir_all(lab.folder("0001_init")).expect("a folder");
    lab.declare(AFTER);
    lab.new_migration(&["init"]);
    says(&lab.migrate(&["apply"]).exits(1), &["DJ0560", "`0001_init` was applied as"]);
}

#[test]
fn a_database_ahead_of_the_files_is_left_alone() {
    let lab = Lab::sqlite("ahead").with_rows().changed();
    lab.migrate(&["apply"]).exits(0);
    std::fs::remove_dir_all(lab.folder("0002_change")).expect("a folder");
    for command in [&["apply"][..], &["status"], &["rollback"], &["finish", "--yes"]] {
        says(&lab.migrate(command).exits(1), &["DJ0561", "`0002_change`", "pull"]);
    }
}

#[test]
fn a_ledger_that_somebody_edited_is_not_believed() {
    let lab = Lab::sqlite("ledger").with_rows().changed();
    lab.migrate(&["apply"]).exits(0);
    lab.sql(&["UPDATE [~migrations] SET state = 'perhaps' WHERE number = 2"]);
    says(&lab.migrate(&["status"]).exits(1), &["DJ0562", "row 2", "`perhaps`"]);
    lab.sql(&["UPDATE [~migrations] SET state = 'done', plan = '{' WHERE number = 2"]);
    says(&lab.migrate(&["apply"]).exits(1), &["DJ0562", "its plan"]);
    lab.sql(&["DELETE FROM [~migrations] WHERE number = 1", "UPDATE [~migrations] SET plan = NULL"]);
    says(&lab.migrate(&["apply"]).exits(1), &["DJ0562", "`0001_init` before it was not"]);
    assert_eq!(lab.ask("SELECT count(*) AS a FROM [subject]"), "I64(2)");
}

#[test]
fn tables_that_somebody_changed_are_shown_before_anything_runs() {
    for lab in Lab::each("drift") {
        let lab = lab.with_rows().changed();
        lab.sql(&["ALTER TABLE [subject] ADD COLUMN colour varchar(10)"]);
        let said = lab.migrate(&["apply"]).exits(1);
        says(&said, &["DJ0563", "`colour`", "djc check", "nothing was sent"]);
        says(&lab.migrate(&["status"]).exits(3), &["colour"]);
        lab.sql(&["ALTER TABLE [subject] DROP COLUMN colour"]);
        lab.migrate(&["apply"]).exits(0);
    }
}

#[test]
fn what_an_administrator_ran_by_hand_counts_as_done() {
    for lab in Lab::each("hand") {
        let lab = lab.with_rows().changed();
        let said = lab.json(&["apply", "--dry-run"], 0);
        let steps = said["migrate"]["migrations"][0]["statements"].as_array().expect("steps").clone();
        let all: Vec<String> = steps
            .iter()
            .flat_map(|step| step["sql"].as_array().expect("statements"))
            .map(|sql| sql.as_str().expect("SQL").to_string())
            .collect();
        run_sql(&lab.address(), &all);
        says(&lab.migrate(&["apply"]).exits(0), &["0002_change applied"]);
        assert_eq!(lab.ask("SELECT subject, sex FROM [subject] ORDER BY subject"), "m1 U\nm2 U");
        lab.migrate(&["status"]).exits(0);
        lab.migrate(&["rollback"]).exits(0);
        assert_eq!(lab.ask("SELECT subject FROM [subject] WHERE weight > 20"), "m1");
    }
}

#[test]
fn a_database_that_deploy_made_is_adopted() {
    for lab in Lab::each("base") {
        lab.project.djc(&["deploy", "--yes", "--database", &lab.url]).exits(0);
        lab.new_migration(&["init"]);
        let lab = lab.changed();
        says(&lab.migrate(&["baseline"]).exits(1), &["DJ0576", "`weight`", "--at"]);
        says(&lab.migrate(&["baseline", "--at", "1", "--dry-run"]).exits(0), &["dry run"]);
        says(&lab.migrate(&["baseline", "--at", "1"]).exits(0), &["adopted: 2 tables as behind `0001_init`", "1 migration pending"]);
        says(&lab.migrate(&["status"]).exits(3), &["adopted", "pending"]);
        says(&lab.migrate(&["baseline", "--at", "1"]).exits(1), &["already knows this history"]);
        lab.migrate(&["apply"]).exits(0);
        lab.migrate(&["status"]).exits(0);
    }
}

#[test]
fn tables_without_a_ledger_are_no_drift_but_a_database_to_adopt() {
    let lab = Lab::sqlite("noledger");
    lab.project.djc(&["deploy", "--database", &lab.url]).exits(0);
    lab.declare(AFTER);
    lab.new_migration(&["init"]);
    says(&lab.migrate(&["apply"]).exits(1), &["DJ0578", "djc migrate baseline"]);
}

#[test]
fn a_database_adopted_as_it_is_keeps_its_differences_to_itself() {
    let lab = Lab::sqlite("accept");
    lab.project.djc(&["deploy", "--database", &lab.url]).exits(0);
    lab.declare(AFTER);
    lab.new_migration(&["init"]);
    says(&lab.migrate(&["baseline", "--accept"]).exits(0), &["differ and are accepted"]);
    says(&lab.migrate(&["status"]).exits(3), &["adopted", "weight"]);
}

#[test]
fn rows_in_the_way_are_counted_and_named_before_anything_runs() {
    for lab in Lab::each("rows") {
        let lab = lab.with_rows();
        lab.sql(&["UPDATE [subject] SET note = 'far longer than twenty characters' WHERE subject = 'm2'"]);
        let lab = lab.changed();
        // SQLite keeps no lengths, so there nothing can be too long.
        if lab.is_sqlite() {
            lab.migrate(&["apply"]).exits(0);
            continue;
        }
        says(&lab.migrate(&["apply"]).exits(1), &["DJ0564", "1 row of", "more than 20 characters in `note`", "subject = m2"]);
        assert_eq!(lab.json(&["apply"], 1)["migrate"]["migrations"][0]["rows_in_the_way"][0]["first"][0][0], "m2");
        assert_eq!(lab.ask("SELECT subject FROM [subject] WHERE weight > 20"), "m1");
        lab.sql(&["UPDATE [subject] SET note = 'short' WHERE subject = 'm2'"]);
        lab.migrate(&["apply"]).exits(0);
    }
}

#[test]
fn a_moment_that_becomes_a_day_has_its_time_again_after_a_rollback() {
    for lab in Lab::each("day") {
        let lab = lab.with_rows();
        lab.declare(&BEFORE.replace("started : datetime", "started : date"));
        lab.new_migration(&["day"]);
        lab.migrate(&["apply"]).exits(0);
        assert_eq!(lab.ask("SELECT CAST(started AS CHAR(20)) AS a FROM [session]").trim(), "2026-01-02", "{}", lab.url);
        lab.migrate(&["rollback"]).exits(0);
        let moment = lab.ask("SELECT CAST(started AS CHAR(30)) AS a FROM [session]");
        assert_eq!(moment.trim(), "2026-01-02 03:04:05", "{}", lab.url);
    }
}

#[test]
fn nothing_is_parked_when_somebody_types_how_many_rows_lose_something() {
    let lab = Lab::sqlite("nopark").with_rows().changed();
    says(&lab.migrate(&["apply", "--no-park"]).exits(2), &["2 rows would lose something for good", "--no-park=2"]);
    says(&lab.migrate(&["apply", "--no-park=3"]).exits(2), &["--no-park=2"]);
    let refused = lab.migrate(&["apply", "--no-park=2"]).exits(1);
    says(&refused, &["DJ0565", "--allow "]);
    let allow = refused.stderr.split("--allow ").nth(1).and_then(|rest| rest.split(['`', ')']).next()).expect("a name").to_string();
    lab.migrate(&["apply", "--no-park=2", "--allow", &allow]).exits(0);
    assert!(!lab.migrate(&["status"]).exits(0).stdout.contains("_djc_"));
    says(&lab.migrate(&["rollback"]).exits(1), &["DJ0575"]);
    lab.migrate(&["rollback", "--allow", "irreversible:0002_change"]).exits(0);
    assert_eq!(lab.ask("SELECT count(*) AS a FROM [subject] WHERE weight IS NULL"), "I64(2)");
}

#[test]
fn tables_of_others_that_depend_on_what_changes_are_named() {
    // On SQLite nothing changes with the length of a text.
    for lab in Lab::on_servers("others") {
        let lab = lab.with_rows();
        let other = format!("{}_x", lab.schema);
        let theirs = format!("schema other as \"{other}\"\nuse lab\n\nmanual Trial {{\n    -> lab.Subject\n    trial : int\n}}\n");
        let ours = lab.project.read("lab.dj").replace("schema lab", "extern schema lab");
        let project = TestProject::with(&[("djc.toml", "[pipeline]\nsources = [\"*.dj\"]\n"), ("lab.dj", &ours), ("other.dj", &theirs)]);
        project.djc(&["deploy", "other.dj", "--yes", "--database", &lab.url]).exits(0);
        // The key of the parent becomes longer, and with it the column of a table that nobody here owns.
        lab.declare(&BEFORE.replace("varchar(8)", "varchar(16)"));
        lab.new_migration(&["longer"]);
        says(&lab.migrate(&["apply"]).exits(1), &["DJ0568", &format!("{other}.trial"), &format!("--also {other}")]);
        drop_schema(&lab.url, &other);
    }
}

#[test]
fn a_hand_written_step_that_fails_is_mended_and_taken_again() {
    for lab in Lab::each("step") {
        let lab = lab.with_rows();
        lab.new_migration(&["moved", "--empty", "--hand"]);
        let toml = |check: &str| {
            format!(
                "[[step]]\nsummary = \"mark the notes\"\nmoment = \"last\"\nsql = \"hand/step.sql\"\ncheck = \"{check}\"\ntouches = [\"lab.Subject\"]\n"
            )
        };
        let write = |file: &str, text: &str| std::fs::write(lab.folder("0002_moved").join(file), text).expect("writable");
        write("hand.toml", &toml("SELECT count(*) FROM ${lab.Subject} WHERE note = ''"));
        write("hand/step.sql", "UPDATE ${lab.Subject} SET note = 'none' WHERE nota = '';\n");
        lab.project.djc(&["migrate", "new", "--amend"]).exits(0);
        let failed = lab.migrate(&["apply"]);
        assert!(failed.code > 0, "{}", failed.text());
        says(&failed, &["nota", "djc migrate resume"]);
        says(&lab.migrate(&["finish", "--yes"]), &["DJ0577", "`0002_moved` began and did not end"]);
        says(&lab.migrate(&["status"]).exits(3), &["failed at step 1/1", "goes on"]);
        write("hand/step.sql", "UPDATE ${lab.Subject} SET note = 'none' WHERE note = 'nowhere';\n");
        lab.project.djc(&["migrate", "new", "--amend"]).exits(0);
        says(&lab.migrate(&["resume"]).exits(2), &["DJ0573", "its check still finds"]);
        write("hand/step.sql", "UPDATE ${lab.Subject} SET note = 'none' WHERE note = '';\n");
        lab.project.djc(&["migrate", "new", "--amend"]).exits(0);
        lab.migrate(&["resume"]).exits(0);
        assert_eq!(lab.ask("SELECT note FROM [subject] ORDER BY subject"), "first\nnone");
    }
}

/// A session of somebody else, held open until it is told to end.
struct Other {
    end: std::sync::mpsc::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Other {
    /// Runs statements in a transaction that stays open.
    fn begins(lab: &Lab, statements: &[&str]) -> Other {
        let (address, statements) = (lab.address(), statements.iter().map(|sql| lab.fit(sql)).collect::<Vec<_>>());
        let (end, ended) = std::sync::mpsc::channel();
        let (ready, begun) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            in_runtime(async {
                let mut db = Db::connect(&address, &ConnectOptions::default()).await.expect("a connection");
                db.begin().await.expect("a transaction");
                for sql in statements {
                    db.query(&sql, &[]).await.expect("a statement");
                }
                ready.send(()).expect("somebody waits");
                let _ = ended.recv();
                let _ = db.rollback().await;
            });
        });
        begun.recv().expect("the transaction began");
        Other { end, thread: Some(thread) }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.end.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn two_runs_never_meet() {
    let lab = Lab::sqlite("busy").with_rows().changed();
    let other = Other::begins(&lab, &["SELECT 1 AS a"]);
    let said = lab.migrate(&["apply", "--lock-wait", "1"]);
    assert!(said.code > 0 && (said.stderr.contains("DJ0569") || said.stderr.contains("DJ0570")), "{}", said.text());
    drop(other);
    lab.migrate(&["apply"]).exits(0);
}

#[test]
fn who_holds_a_lock_is_named_and_a_connection_that_is_cut_is_resumed() {
    for lab in Lab::on_servers("lock") {
        let lab = lab.with_rows().changed();
        let other = Other::begins(&lab, &["SELECT subject FROM [subject]"]);
        let said = lab.migrate(&["apply", "--lock-wait", "1"]).exits(2);
        says(&said, &["DJ0570", "no lock in 5 attempts", "djc migrate resume"]);

        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_djc"));
        command.current_dir(lab.project.path()).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", lab.project.path());
        command.args(["migrate", "resume", "--lock-wait", "100", "--database", &lab.url]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let child = command.spawn().expect("djc starts");
        let waiting = if lab.url.starts_with("postgres") {
            format!(
                "SELECT pid::bigint AS a FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE%{}%' AND wait_event_type = 'Lock'",
                lab.schema
            )
        } else {
            format!("SELECT ID AS a FROM information_schema.PROCESSLIST WHERE INFO LIKE 'ALTER TABLE%{}%'", lab.schema)
        };
        let session = (0..200).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            let found = lab.ask(&waiting);
            found.trim_matches(|c: char| !c.is_ascii_digit()).rsplit("64(").next().filter(|it| !it.is_empty()).map(str::to_string)
        });
        let session = session.expect("the ALTER waits");
        lab.ask(&if lab.url.starts_with("postgres") {
            format!("SELECT pg_terminate_backend({session}) AS a")
        } else {
            format!("KILL {session}")
        });
        let output = child.wait_with_output().expect("djc ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains("DJ0571") && told.contains("djc migrate resume"), "{told}");
        drop(other);
        lab.migrate(&["resume"]).exits(0);
        assert_eq!(lab.ask("SELECT subject, sex FROM [subject] ORDER BY subject"), "m1 U\nm2 U");
        lab.migrate(&["status"]).exits(0);
    }
}

#[test]
fn what_a_server_refuses_is_told_with_the_statement() {
    for lab in Lab::on_servers("refuse") {
        let lab = lab.with_rows();
        lab.new_migration(&["full", "--empty", "--hand"]);
        let write = |file: &str, text: &str| std::fs::write(lab.folder("0002_full").join(file), text).expect("writable");
        let step = "[[step]]\nsummary = \"too much\"\nsql = \"hand/step.sql\"\ncheck = \"SELECT 1\"\n";
        write("hand.toml", step);
        let raise = |code: &str| match lab.url.starts_with("postgres") {
            true => format!("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$;\n"),
            false => format!("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}, MESSAGE_TEXT = 'no';\n"),
        };
        let (full, other) = if lab.url.starts_with("postgres") { ("53100", "P0001") } else { ("1114", "1644") };
        for (error, code) in [(full, "DJ0572"), (other, "DJ0574")] {
            write("hand/step.sql", &raise(error));
            lab.project.djc(&["migrate", "new", "--amend"]).exits(0);
            says(&lab.migrate(&["apply"]).exits(2), &[code, "step 1 of 1", "djc migrate resume"]);
            lab.migrate(&["rollback", "--allow", "irreversible:0002_full"]).exits(0);
        }
    }
}

#[test]
fn an_account_with_few_rights_gets_the_grants_and_a_plan_in_two_files() {
    for lab in Lab::on_mysql_family("few") {
        let lab = lab.with_rows().changed();
        let user = format!("{}_u", lab.schema);
        lab.sql(&[
            &format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'sesame'"),
            &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON `{}`.* TO '{user}'@'%'", lab.schema),
        ]);
        let DatabaseUrl::Server(location) = lab.address() else { unreachable!("a server") };
        let theirs = format!("mysql://{user}:sesame@{}:{}", location.host, location.port.unwrap_or(3306));
        let migrate = |words: &[&str]| lab.project.djc(&[&["migrate"], words, &["--database", &theirs]].concat());
        let refused = migrate(&["apply"]).exits(1);
        says(&refused, &["DJ0566", "ALTER", "--split"]);
        assert!(!refused.text().contains("sesame"), "{}", refused.text());
        says(&migrate(&["apply", "--split", "by"]).exits(0), &["1-admin.sql", "for an administrator"]);
        let admin = lab.project.read("by/1-admin.sql");
        assert!(admin.contains("ALTER TABLE") && admin.contains("When all are done"), "{admin}");
        let statements: Vec<String> =
            admin.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n").split(";\n").map(str::to_string).collect();
        run_sql(&lab.address(), &statements.into_iter().filter(|sql| !sql.trim().is_empty()).collect::<Vec<_>>());
        migrate(&["apply"]).exits(0);
        migrate(&["status"]).exits(0);
        // A key that changes may be somebody's parent, whom the account does not see.
        lab.declare(&AFTER.replace("varchar(8)", "varchar(16)"));
        lab.new_migration(&["longer"]);
        says(&migrate(&["apply"]).exits(1), &["DJ0567", "GRANT PROCESS"]);
        lab.sql(&[&format!("DROP USER '{user}'@'%'")]);
    }
}

#[test]
fn a_rehearsal_shows_pending_migrations_and_the_rows_in_their_way() {
    for lab in Lab::each("plan") {
        let lab = lab.with_rows();
        says(&lab.migrate(&["plan"]).exits(0), &["nothing is pending"]);
        let lab = lab.changed();
        says(&lab.migrate(&["plan"]).exits(0), &["0002_change", "no row is in the way", "breaks readers"]);
        if !lab.is_sqlite() {
            lab.sql(&["UPDATE [subject] SET note = 'far longer than twenty characters'"]);
            says(&lab.migrate(&["plan"]).exits(1), &["DJ0564", "2 rows of", "subject = m1; subject = m2"]);
            assert_eq!(lab.json(&["plan"], 1)["migrate"]["migrations"][0]["rows_in_the_way"][0]["rows"], 2);
        }
        says(&lab.migrate(&["status"]).exits(3), &["pending"]);
    }
}

#[test]
fn a_history_is_proved_on_a_database_that_nobody_misses() {
    for lab in Lab::each("scratch") {
        lab.new_migration(&["init"]);
        let lab = lab.changed();
        let verify = |words: &[&str]| lab.project.djc(&[&["migrate", "verify", "--scratch"], words].concat());
        let url: &[&str] = if lab.is_sqlite() { &[] } else { &[&lab.url] };
        says(&verify(url).exits(0), &["2 migrations applied and taken back"]);
        lab.new_migration(&["odd", "--empty", "--hand"]);
        let write = |file: &str, text: &str| std::fs::write(lab.folder("0003_odd").join(file), text).expect("writable");
        let step = "[[step]]\nsummary = \"too much\"\nsql = \"hand/step.sql\"\ncheck = \"SELECT 1 - count(*) FROM ${lab.Subject}\"\ntouches = [\"lab.Session\"]\n";
        write("hand.toml", step);
        let secret = "ALTER TABLE ${lab.Session} DROP COLUMN started;\nINSERT INTO ${lab.Subject} (subject) VALUES ('x');\n";
        for (sql, code) in [(secret, "DJ0580"), ("DELETE FROM nowhere;\n", "DJ0581")] {
            write("hand/step.sql", sql);
            lab.project.djc(&["migrate", "new", "--amend"]).exits(0);
            let said = verify(url);
            assert!(said.code > 0, "{}", said.text());
            says(&said, &[code, "`0003_odd`"]);
        }
        if !lab.is_sqlite() {
            // Nothing is left behind.
            lab.sql(&[&if lab.url.starts_with("postgres") {
                format!("CREATE SCHEMA \"{}\"", lab.schema)
            } else {
                format!("CREATE DATABASE `{}`", lab.schema)
            }]);
        }
    }
}

#[test]
fn rows_that_came_after_a_rollback_get_their_values_when_it_is_applied_again() {
    for lab in Lab::each("again") {
        let lab = lab.with_rows().changed();
        lab.migrate(&["apply"]).exits(0);
        lab.migrate(&["rollback"]).exits(0);
        lab.sql(&["INSERT INTO [subject] (subject, weight, note) VALUES ('m3', 30, 'late')"]);
        lab.migrate(&["apply"]).exits(0);
        assert_eq!(lab.ask("SELECT subject, sex FROM [subject] ORDER BY subject"), "m1 U\nm2 U\nm3 U");
    }
}

#[test]
fn a_run_that_stopped_halfway_is_taken_back_from_there() {
    // Where the server takes all steps in one transaction, nothing stops halfway.
    for lab in Lab::on_mysql_family("half") {
        let lab = lab.with_rows();
        lab.declare(AFTER);
        lab.new_migration(&["change", "--drop", "lab.Subject.weight", "--hand"]);
        let write = |file: &str, text: &str| std::fs::write(lab.folder("0002_change").join(file), text).expect("writable");
        write("hand.toml", "[[step]]\nsummary = \"fail\"\nmoment = \"last\"\nsql = \"hand/step.sql\"\ncheck = \"SELECT 1\"\n");
        write("hand/step.sql", "DELETE FROM nowhere;\n");
        lab.project.djc(&["migrate", "new", "--amend", "--drop", "lab.Subject.weight"]).exits(0);
        says(&lab.migrate(&["apply"]), &["nowhere", "djc migrate resume", "djc migrate rollback"]);
        says(&lab.migrate(&["status"]).exits(3), &["failed at step 3/3"]);
        assert_eq!(lab.ask("SELECT subject, sex FROM [subject] WHERE subject = 'm1'"), "m1 U");
        lab.migrate(&["rollback", "--allow", "irreversible:0002_change"]).exits(0);
        assert_eq!(lab.ask("SELECT subject FROM [subject] WHERE weight > 20"), "m1");
        let status = lab.migrate(&["status"]).exits(3);
        says(&status, &["rolled back", "2 tables as they should be"]);
    }
}

#[test]
fn a_rollback_that_stopped_is_resumed_as_a_rollback() {
    for lab in Lab::each("undo") {
        let lab = lab.with_rows();
        lab.new_migration(&["marked", "--empty", "--hand"]);
        let write = |file: &str, text: &str| std::fs::write(lab.folder("0002_marked").join(file), text).expect("writable");
        let step = "[[step]]\nsummary = \"mark\"\nsql = \"hand/step.sql\"\ncheck = \"SELECT count(*) FROM ${lab.Subject} WHERE note <> 'marked'\"\n\
                    undo = { sql = \"hand/undo.sql\", check = \"SELECT count(*) FROM ${lab.Subject} WHERE note = 'marked'\" }\n";
        write("hand.toml", step);
        write("hand/step.sql", "UPDATE ${lab.Subject} SET note = 'marked';\n");
        write("hand/undo.sql", "UPDATE ${lab.Subject} SET note = 'first' WHERE subject = 'm1';\n");
        lab.project.djc(&["migrate", "new", "--amend"]).exits(0);
        lab.migrate(&["apply"]).exits(0);
        says(&lab.migrate(&["rollback"]).exits(2), &["DJ0573", "its check still finds", "passed over"]);
        says(&lab.migrate(&["status"]).exits(3), &["rolling back, failed at step 1/1"]);
        lab.sql(&["UPDATE [subject] SET note = ''"]);
        says(&lab.migrate(&["resume"]).exits(0), &["0002_marked rolled back", "a rollback that had begun is done", "djc migrate apply"]);
        says(&lab.migrate(&["status"]).exits(3), &["pending, rolled back"]);
        lab.migrate(&["apply"]).exits(0);
        assert_eq!(lab.ask("SELECT note FROM [subject] ORDER BY subject"), "marked\nmarked");
    }
}

/// Takes out what differs from run to run.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut line = line.to_string();
        while let Some(at) = line.find("2026-").or_else(|| line.find("202").filter(|at| line[*at..].get(4..5) == Some("-"))) {
            let end = (at + 20).min(line.len());
            line.replace_range(at..end, "(when)");
        }
        if let Some(at) = line.find("\"seconds\": ") {
            line.replace_range(at.., "\"seconds\": 0.0");
        }
        if let (true, Some(at)) = (line.contains(" in ") && line.ends_with(" s"), line.rfind(" in ")) {
            line.truncate(at);
        }
        for (key, end) in [("\"by\": ", ""), ("SQLite 3.", "")] {
            if let Some(at) = line.find(key) {
                line.truncate(at + key.len());
                line += end;
            }
        }
        if let Some((before, _)) = line.split_once("(when)  ") {
            line = format!("{before}(when)");
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

#[test]
fn pages_and_objects_are_as_recorded() {
    let mut lab = Lab::sqlite("page");
    lab.schema = "lab".to_string();
    lab.declare(BEFORE);
    let lab = lab.with_rows().changed();
    let show = |name: &str, said: &Outcome| crate::support::snapshot("migrate-online", name, &steady(&said.text()));
    show("status_pending", &lab.migrate(&["status"]));
    show("plan", &lab.migrate(&["plan"]));
    show("plan_json", &lab.migrate(&["plan", "--format", "json"]));
    show("apply", &lab.migrate(&["apply"]));
    show("status", &lab.migrate(&["status"]));
    show("status_json", &lab.migrate(&["status", "--format", "json"]));
    show("rollback_json", &lab.migrate(&["rollback", "--format", "json"]));
    show("apply_json", &lab.migrate(&["apply", "--format", "json"]));
    show("finish_json", &lab.migrate(&["finish", "--yes", "--format", "json"]));
    show("refused_json", &lab.migrate(&["rollback", "--format", "json"]));
    lab.sql(&["ALTER TABLE [subject] ADD COLUMN colour text"]);
    show("status_drifted", &lab.migrate(&["status"]));
    show("nothing", &lab.migrate(&["apply"]));
}
