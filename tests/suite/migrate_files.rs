//! The commands that work on the files of migrations: new, plan, verify.

use std::collections::BTreeMap;
use std::fs;

use djc::migrate::{Manifest, hash};

use crate::support::{TestProject, collect, snapshot};

const TOML: &str = "[pipeline]\nname = \"lab\"\nsources = [\"*.dj\"]\n";

const LAB: &str = "schema lab as \"${USER}_lab\"

lookup Species {
    species : varchar(12)
    contents [('mouse',), ('rat',)]
}

manual Subject {
    subject : varchar(12)
    ---
    -> Species
    weight = null : float    # in grams
    note = '' : varchar(200)
}
";

fn project(lab: &str) -> TestProject {
    TestProject::with(&[("djc.toml", TOML), ("lab.dj", lab)])
}

/// A project with one migration that made everything.
fn begun() -> TestProject {
    let project = project(LAB);
    project.djc(&["migrate", "new", "init"]).exits(0);
    project
}

/// Everything below `migrations`, by path.
fn written(project: &TestProject) -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    collect(&project.path().join("migrations"), &mut paths);
    let name =
        |path: &std::path::Path| path.strip_prefix(project.path()).expect("below the project").to_str().expect("ASCII").replace('\\', "/");
    paths.iter().map(|path| (name(path), fs::read_to_string(path).expect("texts are UTF-8"))).collect()
}

fn edit(project: &TestProject, path: &str, edit: impl Fn(&str) -> String) {
    let text = project.read(path);
    let edited = edit(&text);
    assert_ne!(edited, text, "{path} has what is edited");
    project.write(path, &edited);
}

#[test]
fn a_migration_is_a_folder_that_people_can_read() {
    let project = begun();
    let note = LAB.replace("note = '' : varchar(200)", "note = '' : varchar(80)").replace("weight = null : float ", "mass = null : float ");
    project.write("lab.dj", &note);
    let asked = project.djc(&["migrate", "new", "mass"]).exits(1);
    snapshot("migrate-files", "asked", &asked.text());
    assert_eq!(written(&project).len(), 8, "nothing is written before that is answered");
    let made = project.djc(&["migrate", "new", "Say mass!", "--rename", "lab.Subject.weight=mass"]).exits(0);
    let files = written(&project);
    let second: Vec<(&String, &String)> = files.iter().filter(|(path, _)| path.contains("0002")).collect();
    let text: String = second.iter().map(|(path, text)| format!("== {path}\n{text}")).collect();
    snapshot("migrate-files", "made", &format!("{}\n{text}", made.text()));
    project.djc(&["migrate", "verify"]).exits(0);
    snapshot("migrate-files", "plan", &project.djc(&["migrate", "plan", "2"]).exits(0).text());
    snapshot(
        "migrate-files",
        "plan-down",
        &project.djc(&["migrate", "plan", "say_mass", "--down", "--dialect", "postgres"]).exits(0).text(),
    );
    let sql = project.djc(&["migrate", "plan", "2", "--sql", "--dialect", "sqlite"]).exits(0);
    assert_eq!(sql.stdout, project.read("migrations/0002_say_mass/sqlite.sql"));
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    assert_eq!(written(&begun()), written(&begun()));
}

#[test]
fn nothing_is_written_where_nothing_changed() {
    let project = begun();
    let before = written(&project);
    let said = project.djc(&["migrate", "new", "again"]).exits(0);
    assert!(said.stderr.contains("nothing changed since `0001_init`"), "{}", said.text());
    // What no server sees is no change either.
    project.write("lab.dj", &LAB.replace("manual Subject", "## Whom we look at.\nmanual Subject"));
    project.djc(&["migrate", "new", "again"]).exits(0);
    assert_eq!(written(&project), before);
    project.djc(&["migrate", "plan"]).exits(0);
}

#[test]
fn sources_with_errors_make_no_migration() {
    let project = project(&LAB.replace("varchar(12)\n    ---", "varchar(12)\n    what is this\n    ---"));
    project.djc(&["migrate", "new", "init"]).exits(1);
    assert!(written(&project).is_empty());
    let project = TestProject::with(&[("djc.toml", TOML)]);
    project.djc(&["migrate", "verify"]).exits(2);
}

#[test]
fn what_keeps_a_plan_from_being_made_has_its_place() {
    let project = begun();
    project.write("lab.dj", &LAB.replace("    note =", "    born : date\n    note ="));
    let unfilled = project.djc(&["migrate", "new", "born"]).exits(1);
    assert!(unfilled.stderr.contains("DJ0510") && unfilled.stderr.contains("lab.dj:13:5"), "{}", unfilled.text());
    // A value for rows that had none counts as one for a new attribute.
    project.write(
        "lab.dj",
        &LAB.replace("weight = null : float", "weight : float").replace("manual Subject", "@fill(weight = 20)\nmanual Subject"),
    );
    project.djc(&["migrate", "new", "weighed"]).exits(0);
    assert!(project.read("migrations/0002_weighed/mysql.sql").contains("SET t.`weight` = 20"));
}

#[test]
fn what_another_server_cannot_hold_is_left_out_for_it() {
    let project = project(
        "schema lab\n\nmanual A {\n    a : int\n    ---\n    b : year\n}\n\nmanual B {\n    -> A\n    ---\n    seen = CURRENT_TIMESTAMP : timestamp\n    unique index (seen)\n}\n",
    );
    let made = project.djc(&["migrate", "new", "init", "--format", "json"]).exits(0);
    let output: serde_json::Value = serde_json::from_str(&made.stdout).expect("one object");
    assert_eq!(output["migration"], "0001_init");
    assert!(
        output["files"].as_array().is_some_and(|files| files.iter().any(|file| file == "migrations/0001_init/mysql.sql")),
        "{}",
        made.text()
    );
    project.djc(&["migrate", "verify"]).exits(0);
}

#[test]
fn hand_written_steps_are_sealed_once_they_are_written() {
    let project = begun();
    project.write("lab.dj", &LAB.replace("    note =", "    region = '' : varchar(8)\n    note ="));
    project.djc(&["migrate", "new", "region", "--hand"]).exits(0);
    let unwritten = project.djc(&["migrate", "verify"]).exits(1);
    assert!(unwritten.stdout.contains("DJ0550"), "{}", unwritten.text());
    project.write(
        "migrations/0002_region/hand.toml",
        "[[step]]\nsummary = \"take the region out of the note\"\nsql = \"hand/step.sql\"\ncheck = \"SELECT COUNT(*) FROM ${lab.Subject} WHERE region = ''\"\ntouches = [\"lab.Subject\"]\n",
    );
    project.write("migrations/0002_region/hand/step.sql", "UPDATE ${lab.Subject} SET region = 'V1' WHERE region = '';\n");
    let unsealed = project.djc(&["migrate", "verify"]).exits(1);
    assert!(unsealed.stdout.contains("DJ0542"), "{}", unsealed.text());
    project.djc(&["migrate", "new", "--amend"]).exits(0);
    project.djc(&["migrate", "verify"]).exits(0);
    snapshot("migrate-files", "hand", &project.read("migrations/0002_region/mysql.sql"));
    // Sealed is sealed, down to a space.
    edit(&project, "migrations/0002_region/hand/step.sql", |text| text.replace("'V1'", "'V2'"));
    let edited = project.djc(&["migrate", "verify"]).exits(1);
    assert!(edited.stdout.contains("hand/step.sql` is not as it was written"), "{}", edited.text());
}

#[test]
fn the_newest_migration_can_be_made_again() {
    let project = begun();
    project.write("lab.dj", &LAB.replace("weight = null : float ", "mass = null : float "));
    project.djc(&["migrate", "new", "mass", "--rename", "lab.Subject.weight=mass"]).exits(0);
    project.write("lab.dj", &LAB.replace("weight = null : float ", "mass = null : double ").replace("varchar(200)", "varchar(250)"));
    project.djc(&["migrate", "new", "--amend"]).exits(0);
    let manifest = project.read("migrations/0002_mass/migration.json");
    assert!(manifest.contains("\"mass\": \"weight\"") && manifest.contains("varchar(250)"), "{manifest}");
    project.djc(&["migrate", "verify"]).exits(0);
    assert_eq!(written(&project).keys().filter(|path| path.ends_with("state.json")).count(), 2);
}

#[test]
fn sql_that_is_edited_or_old_is_named() {
    let project = begun();
    let path = "migrations/0001_init/mysql.sql";
    let good = project.read(path);
    edit(&project, path, |text| text.replace("varchar(200)", "varchar(100)"));
    let edited = project.djc(&["migrate", "verify"]).exits(1);
    assert!(edited.stdout.contains("DJ0547"), "{}", edited.text());
    // As if an older djc had written it.
    let old = hash(good.as_bytes());
    let new = hash(project.read(path).as_bytes());
    edit(&project, "migrations/0001_init/migration.json", |text| text.replace(&old, &new));
    let stale = project.djc(&["migrate", "verify"]).exits(0);
    assert!(stale.stdout.contains("DJ0548"), "{}", stale.text());
    project.djc(&["migrate", "verify", "--write"]).exits(0);
    assert_eq!(project.read(path), good);
    assert!(project.djc(&["migrate", "verify"]).exits(0).stdout.is_empty());
}

#[test]
fn a_state_that_no_steps_lead_to_is_named() {
    let project = begun();
    project.write("lab.dj", &LAB.replace("    note =", "    region = '' : varchar(8)\n    note ="));
    project.djc(&["migrate", "new", "region"]).exits(0);
    // A state that was edited with all its hashes: rows that are there have no value for it.
    let state = "migrations/0002_region/state.json";
    edit(&project, state, |text| text.replacen("{\"Literal\":{\"quote\":\"'\",\"raw\":\"\"}}", "\"Required\"", 1));
    let path = "migrations/0002_region/migration.json";
    let mut manifest: Manifest = serde_json::from_str(&project.read(path)).expect("a manifest");
    manifest.state = hash(project.read(state).as_bytes());
    project.write(path, &manifest.write());
    let said = project.djc(&["migrate", "verify"]).exits(1);
    assert!(said.stdout.contains("DJ0549"), "{}", said.text());
}

#[test]
fn verify_says_what_it_has_for_programs() {
    let said = begun().djc(&["migrate", "verify", "--format", "json"]).exits(0);
    let output: serde_json::Value = serde_json::from_str(&said.stdout).expect("one object");
    assert_eq!(output["history"], "lab");
    assert_eq!(output["migrations"][0]["name"], "0001_init");
    assert_eq!(output["heads"], serde_json::json!(["0001_init"]));
}
