//! `djc delete`: on tables of djc and of the real datajoint, on every server; what is shown is what goes.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use djc::core::ir::Generation;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};
use serde_json::Value;

use crate::python::{run, with_datajoint};
use crate::support::{TestProject, console, drop_schema, outcome, page_says, root, run_id, run_sql, server, shell, walked};

const PAGE: &str = "docs/book/delete.md";

/// Rows of the workshop that the guide deletes from.
fn workshop(project: &TestProject) {
    for entry in fs::read_dir(root().join("pipelines/workshop")).expect("the pipeline is there") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), project.path().join(entry.file_name())).expect("a copy");
    }
    project.djc(&["deploy", "--database", "sqlite:workshop.db"]).exits(0);
    let url = DatabaseUrl::parse(&format!("sqlite:{}", project.path().join("workshop.db").display())).expect("a URL");
    let insert = |table: &str, rows: &str| format!("INSERT INTO \"demo_workshop.{table}\" {rows}");
    let uuid = |digit: char| format!("X'{}'", digit.to_string().repeat(32));
    let (one, two) = (uuid('1'), uuid('2'));
    run_sql(
        &url,
        &[
            insert("subject", "(subject_id, species) VALUES ('m1', 'mouse'), ('m2', 'mouse')"),
            insert("subj_blinded", &format!("VALUES ({one}, 'm1'), ({two}, 'm2')")),
            insert("my_grouping", "VALUES (1, 'controls'), (2, 'all')"),
            insert("my_grouping__my_unit", &format!("VALUES (1, {one}), (2, {one}), (2, {two})")),
            insert("my_analysis_selection", &format!("VALUES ({one}, 'default'), ({one}, 'fast'), ({two}, 'default')")),
            insert(
                "__my_analysis",
                &format!("(subject_id, param_name, mean_rate) VALUES ({one}, 'default', 1.5), ({two}, 'default', 2.5)"),
            ),
            insert(
                "__my_analysis__my_part",
                &format!("(subject_id, param_name, window_start, events) VALUES ({one}, 'default', '0', 3), ({one}, 'default', '1', 4)"),
            ),
        ],
    );
}

#[test]
fn guide_to_deleting_is_true() {
    let project = TestProject::new();
    workshop(&project);
    let page = fs::read_to_string(root().join(PAGE)).expect("the guide is there");
    let said = walked(&page, |language, block| match language {
        "console" => console(block, |line| {
            let said = outcome(&mut shell(project.path(), line));
            // Where the file is and of which version SQLite is differ.
            let lines = said.stdout.lines().filter(|line| !line.starts_with("sqlite:"));
            lines.map(|line| format!("{line}\n")).collect()
        }),
        _ => block.to_string(),
    });
    page_says(PAGE, &page, &said);
}

/// Returns what a command of this project says as JSON.
fn json(project: &TestProject, arguments: &[&str], code: i32) -> Value {
    let said = project.djc(&[&["delete", "--format", "json"], arguments].concat()).exits(code);
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.text()))
}

fn codes(said: &Value) -> Vec<&str> {
    said["diagnostics"].as_array().expect("a list").iter().filter_map(|found| found["code"].as_str()).collect()
}

fn rows(said: &Value) -> BTreeMap<String, u64> {
    let tables = said["delete"]["tables"].as_array().expect("tables");
    tables.iter().map(|loss| (loss["table"].as_str().expect("a name").to_string(), loss["rows"].as_u64().expect("a number"))).collect()
}

#[test]
fn what_cannot_be_deleted_is_refused_with_its_code() {
    let project = TestProject::new();
    workshop(&project);
    let at = ["--database", "sqlite:workshop.db"];
    let refused = |arguments: &[&str], code: &str, words: &str| {
        let said = json(&project, &[arguments, &at].concat(), 1);
        assert_eq!(codes(&said), [code], "{said}");
        assert!(said.to_string().contains(words), "{words}: {said}");
    };
    refused(&["Subjekt", "--all"], "DJ0840", "Subject");
    refused(&["Subject", "subject_id = "], "DJ0841", "no predicate");
    refused(&["Subject", "colour = 'red'"], "DJ0841", "colour");
    refused(&["Subject", r#"{"colour": "red"}"#], "DJ0841", "no effect");
    refused(&["Subject", r#"{"colour": [1]}"#], "DJ0841", "values are texts");
    refused(&["Subject", "subject_id = 'm1'"], "DJ0842", "MyUnit");
    refused(&["MyGrouping.MyUnit", "group_id = 1"], "DJ0842", "MyGrouping");
    refused(&["MyAnalysis", "param_name = 'default'"], "DJ0843", "--yes");
    refused(&["Subject"], "DJ0846", "--all");
    for name in ["demo_workshop.subject", "`demo_workshop`.`subject`", "demo_workshop.Subject", "workshop.Subject", "Subject"] {
        let said = json(&project, &[&[name, r#"{"subject_id": "m2"}"#, "--preview", "--force-masters"], at.as_slice()].concat(), 0);
        assert_eq!(rows(&said)["subject"], 1, "{name}: {said}");
    }
    let said = json(&project, &[&["Subject", "subject_id = 'none'", "--yes"], at.as_slice()].concat(), 0);
    assert_eq!(said["delete"]["rows"], 0, "{said}");
}

#[test]
fn tables_of_datajoint_0_14_are_deleted_from_on_mariadb() {
    on_tables_of_datajoint(Generation::Classic, "DJC_TEST_MARIADB");
}

#[test]
fn tables_of_datajoint_0_14_are_deleted_from_on_mysql() {
    on_tables_of_datajoint(Generation::Classic, "DJC_TEST_MYSQL");
}

#[test]
fn tables_of_datajoint_2_are_deleted_from_on_mariadb() {
    on_tables_of_datajoint(Generation::Modern, "DJC_TEST_MARIADB");
}

#[test]
fn tables_of_datajoint_2_are_deleted_from_on_mysql() {
    on_tables_of_datajoint(Generation::Modern, "DJC_TEST_MYSQL");
}

#[test]
fn tables_of_datajoint_2_are_deleted_from_on_postgres() {
    on_tables_of_datajoint(Generation::Modern, "DJC_TEST_POSTGRES");
}

/// The real datajoint declares and fills, djc deletes, and datajoint counts.
fn on_tables_of_datajoint(generation: Generation, variable: &str) {
    let Some(url) = server(variable) else { return };
    let Some(python) = with_datajoint(generation) else { return };
    let prefix = format!("djl{}{}{}_", run_id(), generation.as_str().chars().next().expect("a digit"), variable.len());
    let ask = |what: &str| -> BTreeMap<String, u64> {
        let mut command = Command::new(&python);
        command.arg(root().join("tests/python/delete.py")).args([&url, &prefix, what]).current_dir(std::env::temp_dir());
        let said = run(&mut command).unwrap_or_else(|error| panic!("{error}"));
        serde_json::from_str(said.lines().last().expect("a line")).expect("counts")
    };
    let before = ask("declare");
    let project = TestProject::new();
    let at = ["--database", url.as_str()];
    let session = format!("{prefix}lab.Session");

    // What another master's part stands on is refused, and nothing is changed.
    let said = json(&project, &[&[&session, "subject = 's1'", "--yes"], at.as_slice()].concat(), 1);
    assert_eq!(codes(&said), ["DJ0842"], "{said}");
    assert_eq!(ask("count"), before, "{generation}");

    let said = json(&project, &[&[&session, "subject = 's1' and session = 1", "--yes"], at.as_slice()].concat(), 0);
    assert_eq!(said["delete"]["deleted"], true, "{said}");
    let shown = rows(&said);
    assert_eq!((shown["session"], shown["__calc"], shown["__calc__peak"], shown["note"]), (1, 1, 3, 1), "{said}");
    let after = ask("count");
    let left = |name: &str| before[name] - after[name];
    assert_eq!((left("session"), left("calc"), left("peak"), left("note"), left("member")), (1, 1, 3, 1, 0), "{generation}");

    let said = json(&project, &[&[&session, r#"{"subject": "s1", "session": 2}"#, "--yes", "--force-masters"], at.as_slice()].concat(), 0);
    assert_eq!(rows(&said)["group"], 1, "{said}");
    let last = ask("count");
    assert_eq!(
        (after["group"] - last["group"], after["member"] - last["member"], after["label"] - last["label"]),
        (1, 2, 2),
        "{generation}"
    );
    for schema in ["more", "lab"] {
        drop_schema(&url, &format!("{prefix}{schema}"));
    }
}

#[test]
fn rows_that_refer_to_rows_of_their_own_table_are_refused() {
    let project = TestProject::new();
    let url = DatabaseUrl::parse(&format!("sqlite:{}", project.path().join("circle.db").display())).expect("a URL");
    fs::write(project.path().join("circle.db"), "").expect("an empty file");
    let node = "CREATE TABLE \"lab.node\" (node integer NOT NULL PRIMARY KEY, up integer REFERENCES \"lab.node\" (node))";
    run_sql(&url, &[node.to_string(), "INSERT INTO \"lab.node\" VALUES (1, NULL), (2, 1)".to_string()]);
    let said = json(&project, &["lab.node", "node = 1", "--yes", "--database", "sqlite:circle.db"], 1);
    assert_eq!(codes(&said), ["DJ0848"], "{said}");
}

#[test]
fn rows_that_somebody_else_works_on_are_left_alone() {
    let project = TestProject::new();
    workshop(&project);
    let url = DatabaseUrl::parse(&format!("sqlite:{}", project.path().join("workshop.db").display())).expect("a URL");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut other = Db::connect(&url, &ConnectOptions::default()).await.expect("a connection");
        other.begin().await.expect("a transaction that writes");
        let said = json(&project, &["Subject", "subject_id = 'm2'", "--force-masters", "--yes", "--database", "sqlite:workshop.db"], 1);
        assert_eq!(codes(&said), ["DJ0849"], "{said}");
        assert!(said.to_string().contains("another program"), "{said}");
        other.rollback().await.expect("it was open");
        other.close().await;
    });
}

#[test]
fn rows_that_come_while_others_go_stop_the_delete() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let project = TestProject::new();
    let schema = format!("djlc{}", run_id());
    let admin = DatabaseUrl::parse(&url).expect("a URL");
    run_sql(
        &admin,
        &[
            format!("CREATE DATABASE `{schema}`"),
            format!("CREATE TABLE `{schema}`.subject (subject int NOT NULL PRIMARY KEY)"),
            format!(
                "CREATE TABLE `{schema}`.note (note int NOT NULL PRIMARY KEY, subject int NOT NULL, FOREIGN KEY (subject) REFERENCES `{schema}`.subject (subject))"
            ),
            format!("INSERT INTO `{schema}`.subject VALUES (1), (2)"),
        ],
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut other = runtime.block_on(async {
        let mut other = Db::connect(&admin, &ConnectOptions::default()).await.expect("a connection");
        other.begin().await.expect("a transaction");
        other.execute(&format!("INSERT INTO `{schema}`.note VALUES (1, 1)")).await.expect("a row that nobody sees yet");
        other
    });
    let table = format!("{schema}.subject");
    let said = std::thread::scope(|scope| {
        let delete = scope.spawn(|| json(&project, &[&table, "subject = 1", "--yes", "--database", &url], 1));
        // It has counted no notes, and waits for the subject that the new one refers to.
        runtime.block_on(async {
            let waits = format!(
                "SELECT COUNT(*) AS a FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE 'DELETE%{schema}%'"
            );
            while other.query(&waits, &[]).await.expect("an answer")[0].u64(0).expect("a number") == 0 && !delete.is_finished() {
                tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            }
            other.commit().await.expect("it commits");
        });
        delete.join().expect("the command ends")
    });
    assert_eq!(codes(&said), ["DJ0845"], "{said}");
    assert!(said.to_string().contains("came in"), "{said}");
    drop_schema(&url, &schema);
}

#[test]
fn tables_below_that_the_account_does_not_see_are_told_and_stop_the_delete() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let project = TestProject::new();
    let (lab, more, user) = (format!("djlu{}_lab", run_id()), format!("djlu{}_more", run_id()), format!("djlu{}", run_id()));
    let admin = DatabaseUrl::parse(&url).expect("a URL");
    run_sql(
        &admin,
        &[
            format!("CREATE DATABASE `{lab}`"),
            format!("CREATE DATABASE `{more}`"),
            format!("CREATE TABLE `{lab}`.subject (subject int NOT NULL PRIMARY KEY)"),
            format!(
                "CREATE TABLE `{more}`.note (subject int NOT NULL PRIMARY KEY, FOREIGN KEY (subject) REFERENCES `{lab}`.subject (subject))"
            ),
            format!("INSERT INTO `{lab}`.subject VALUES (1), (2)"),
            format!("INSERT INTO `{more}`.note VALUES (1)"),
            format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'sesame'"),
            format!("GRANT SELECT, DELETE, CREATE TEMPORARY TABLES ON `{lab}`.* TO '{user}'@'%'"),
            // With it InnoDB's own tables can be read, which show all foreign keys.
            format!("GRANT PROCESS ON *.* TO '{user}'@'%'"),
        ],
    );
    let place = url.rsplit_once('@').expect("a URL with a login").1;
    let theirs = format!("mysql://{user}:sesame@{place}");
    let table = format!("{lab}.subject");
    let shown = json(&project, &[&table, "subject = 1", "--preview", "--database", &theirs], 0);
    assert_eq!(codes(&shown), ["DJ0847"], "{shown}");
    let held = json(&project, &[&table, "subject = 1", "--yes", "--database", &theirs], 1);
    assert_eq!(codes(&held), ["DJ0844"], "{held}");
    assert!(held.to_string().contains("note"), "{held}");
    let free = json(&project, &[&table, "subject = 2", "--yes", "--database", &theirs], 0);
    assert_eq!(free["delete"]["rows"], 1, "{free}");
    run_sql(&admin, &[format!("DROP USER '{user}'@'%'"), format!("DROP DATABASE `{more}`"), format!("DROP DATABASE `{lab}`")]);
}
