//! Two branches of a history, and a migration for those who have no djc.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use djc::core::ir::Generation;
use djc_runtime::{DatabaseUrl, Secret};

use crate::python::with_datajoint;
use crate::support::{TestProject, collect, drop_schema, run_id, server, snapshot};

const TOML: &str = "[pipeline]\nname = \"lab\"\nsources = [\"*.dj\"]\n";

const LAB: &str = "schema lab

manual Subject {
    subject : varchar(12)
    ---
    weight = null : float
    note = '' : varchar(200)
}

manual Rig {
    rig : int
}
";

fn files(project: &TestProject) -> BTreeMap<String, Vec<u8>> {
    let mut paths = Vec::new();
    collect(&project.path().join("migrations"), &mut paths);
    let name = |path: &Path| path.strip_prefix(project.path()).expect("below the project").to_str().expect("ASCII").replace('\\', "/");
    paths.iter().map(|path| (name(path), fs::read(path).expect("readable"))).collect()
}

/// A migration that a branch makes of its sources: each text with the name of the migration and more arguments.
type Branch<'a> = &'a [(&'a str, &'a str, &'a [&'a str])];

/// A project in which two branches were merged that part behind the first migration; the sources are what the merge made of them.
fn merged(theirs: Branch<'_>, ours: Branch<'_>, sources: &str) -> TestProject {
    let project = TestProject::with(&[("djc.toml", TOML), ("lab.dj", LAB)]);
    project.djc(&["migrate", "new", "init"]).exits(0);
    let base = files(&project);
    let mut all = base.clone();
    for branch in [theirs, ours] {
        fs::remove_dir_all(project.path().join("migrations")).expect("there");
        put(&project, &base);
        for (name, text, arguments) in branch {
            project.write("lab.dj", text);
            project.djc(&[&["migrate", "new", name], *arguments].concat()).exits(0);
        }
        all.extend(files(&project));
    }
    put(&project, &all);
    project.write("lab.dj", sources);
    project
}

fn put(project: &TestProject, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        project.write(path, std::str::from_utf8(bytes).expect("texts are UTF-8"));
    }
}

fn folders(project: &TestProject) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(project.path().join("migrations"))
        .expect("there")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("ASCII"))
        .collect();
    names.sort();
    names
}

fn with_region(text: &str) -> String {
    text.replace("    note =", "    region = '' : varchar(8)\n    note =")
}

fn with_session(text: &str) -> String {
    format!("{text}\nmanual Session {{\n    -> Subject\n    session : int\n}}\n")
}

#[test]
fn a_branch_goes_behind_the_other() {
    let both = with_session(&with_region(LAB));
    let project = merged(&[("region", &with_region(LAB), &[])], &[("session", &with_session(LAB), &[])], &both);
    let two = project.djc(&["migrate", "verify"]).exits(1);
    assert!(two.stdout.contains("DJ0545") && two.stdout.contains("djc migrate rebase"), "{}", two.text());
    project.djc(&["migrate", "new", "more"]).exits(1);
    // Without git nobody knows which one others have.
    let asked = project.djc(&["migrate", "rebase"]).exits(2);
    assert!(asked.stderr.contains("--onto 0002_region") && asked.stderr.contains("--onto 0002_session"), "{}", asked.text());
    let before = files(&project);
    project.djc(&["migrate", "rebase", "--onto", "0002_region", "--dry-run"]).exits(0);
    assert_eq!(files(&project), before);
    let done = project.djc(&["migrate", "rebase", "--onto", "0002_region"]).exits(0);
    snapshot("migrate-files", "rebase", &done.text());
    assert_eq!(folders(&project), ["0001_init", "0002_region", "0003_session"]);
    project.djc(&["migrate", "verify"]).exits(0);
    assert!(project.read("migrations/0003_session/state.json").contains("region"));
    let nothing = project.djc(&["migrate", "new", "more"]).exits(0);
    assert!(nothing.stderr.contains("nothing changed"), "{}", nothing.text());
    project.djc(&["migrate", "rebase"]).exits(0);
}

#[test]
fn git_tells_which_branch_stays() {
    let both = with_session(&with_region(LAB));
    let project = merged(&[("region", &with_region(LAB), &[])], &[("session", &with_session(LAB), &[])], &both);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .current_dir(project.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
            .args(arguments);
        command.output().is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q"]) {
        eprintln!("SKIPPED: there is no git");
        return;
    }
    assert!(git(&["add", "djc.toml", "migrations/0001_init", "migrations/0002_region"]) && git(&["commit", "-qm", "main"]));
    assert!(git(&["checkout", "-qb", "mine"]) && git(&["add", "."]) && git(&["commit", "-qm", "mine"]));
    let mut command = project.command();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).args(["migrate", "rebase"]);
    crate::support::outcome(&mut command).exits(0);
    assert_eq!(folders(&project), ["0001_init", "0002_region", "0003_session"]);
}

#[test]
fn names_that_the_other_branch_changed_are_followed() {
    let animal = LAB.replace("manual Subject", "@renamed_from(Subject)\nmanual Animal");
    let mass = LAB.replace("weight = null : float", "mass = null : float    # {weight}");
    let both = animal.replace("weight = null : float", "mass = null : float    # {weight}");
    let project = merged(&[("animal", &animal, &[])], &[("mass", &mass, &[])], &both);
    project.djc(&["migrate", "rebase", "--onto", "animal"]).exits(2);
    project.djc(&["migrate", "rebase", "--onto", "0002_animal"]).exits(0);
    let manifest = project.read("migrations/0003_mass/migration.json");
    assert!(manifest.contains("lab.Animal: attribute `mass`, was `weight`"), "{manifest}");
    project.djc(&["migrate", "verify"]).exits(0);
}

#[test]
fn a_branch_of_two_keeps_them_apart() {
    let rack = LAB.replace("    rig : int\n", "    rig : int\n    ---\n    rack = 0 : int\n");
    let ours = with_session(&rack);
    let both = with_region(&ours);
    let project = merged(&[("region", &with_region(LAB), &[])], &[("rack", &rack, &[]), ("session", &ours, &[])], &both);
    project.djc(&["migrate", "rebase", "--onto", "0002_region"]).exits(0);
    assert_eq!(folders(&project), ["0001_init", "0002_region", "0003_rack", "0004_session"]);
    project.djc(&["migrate", "verify"]).exits(0);
    assert!(!project.read("migrations/0003_rack/state.json").contains("lab.Session"));
}

#[test]
fn what_both_change_is_for_a_person() {
    let mut out = String::new();
    let mut case = |what: &str, project: &TestProject| {
        let before = files(project);
        let said = project.djc(&["migrate", "rebase", "--onto", "0002_long"]).exits(1);
        assert!(said.stderr.contains("DJ0552"), "{}", said.text());
        assert_eq!(files(project), before, "{what}");
        out.push_str(&format!("## {what}\n{}", said.text()));
    };
    let (long, short) = (LAB.replace("varchar(200)", "varchar(255)"), LAB.replace("varchar(200)", "varchar(100)"));
    case("one attribute, two types", &merged(&[("long", &long, &[])], &[("short", &short, &[])], &long));
    let (one, other) = (LAB.replace("weight = null", "mass = null"), LAB.replace("weight = null", "load = null"));
    let rename = ["--rename", "lab.Subject.weight=mass"];
    let rename_other = ["--rename", "lab.Subject.weight=load"];
    case("one attribute, two names", &merged(&[("long", &one, &rename)], &[("short", &other, &rename_other)], &one));
    let gone = LAB.replace("\nmanual Rig {\n    rig : int\n}\n", "");
    let rack = LAB.replace("    rig : int\n", "    rig : int\n    ---\n    rack = 0 : int\n");
    case("dropped here, changed there", &merged(&[("long", &gone, &[])], &[("short", &rack, &[])], &rack));
    case(
        "sources that lack the other branch",
        &merged(&[("long", &with_region(LAB), &[])], &[("short", &with_session(LAB), &[])], &with_session(LAB)),
    );
    let more = with_session(&with_region(LAB)).replace("rig : int\n", "rig : int\n    place : int\n");
    case("sources with more", &merged(&[("long", &with_region(LAB), &[])], &[("short", &with_session(LAB), &[])], &more));
    snapshot("migrate-files", "rebase-conflicts", &out);
}

#[test]
fn a_module_that_another_history_takes_over_keeps_its_tables() {
    let project =
        TestProject::with(&[("djc.toml", TOML), ("lab.dj", LAB), ("rigs.dj", "schema rigs\n\nmanual Room {\n    room : int\n}\n")]);
    project.djc(&["migrate", "new", "init"]).exits(0);
    project.write("rigs.dj", "extern schema rigs\n\nmanual Room {\n    room : int\n}\n");
    project.write("lab.dj", &with_region(LAB));
    let made = project.djc(&["migrate", "new", "region"]).exits(0);
    assert!(made.stdout.contains("region") && !made.stdout.contains("rigs"), "{}", made.text());
    project.djc(&["migrate", "verify"]).exits(0);
    assert!(!project.read("migrations/0002_region/mysql.sql").contains("rigs"));
}

#[test]
fn a_lab_builds_on_the_history_of_a_package() {
    let common = "schema common as \"${PREFIX}_common\"\n\nmanual Subject {\n    subject : varchar(12)\n    ---\n    note = '' : varchar(80)\n\n    part Mark {\n        -> master\n        mark : int\n    }\n}\n\nmanual Other {\n    other : int\n}\n";
    let lab = "schema lab\nuse common\n\nmanual Session {\n    -> common.Subject\n    session : int\n}\n\nmanual Pick {\n    -> common.Subject.Mark.proj(chosen='mark')\n    ---\n    -> Session\n}\n";
    let project = TestProject::with(&[
        ("package/djc.toml", "[pipeline]\nname = \"package\"\n"),
        ("package/common.dj", common),
        ("lab/djc.toml", "[pipeline]\nname = \"lab\"\nsources = [\"*.dj\"]\n[migrate]\nuses = [\"../package/migrations\"]\n"),
        ("lab/lab.dj", lab),
    ]);
    let early = project.djc(&["-C", "lab", "migrate", "new", "init"]).exits(1);
    assert_eq!(early.stderr.matches("DJ0551").count(), 1, "{}", early.text());
    project.djc(&["-C", "package", "migrate", "new", "init"]).exits(0);
    // The sources of the package are not here; its history is.
    project.djc(&["-C", "lab", "check", "--var", "PREFIX=x"]).exits(0);
    project.djc(&["-C", "lab", "migrate", "new", "init"]).exits(0);
    project.djc(&["-C", "lab", "migrate", "verify"]).exits(0);
    let sql = project.read("lab/migrations/0001_init/mysql.sql");
    assert!(
        sql.contains("REFERENCES `${PREFIX}_common`.`subject`") && !sql.contains("CREATE TABLE IF NOT EXISTS `${PREFIX}_common`"),
        "{sql}"
    );
    let state = project.read("lab/migrations/0001_init/state.json");
    assert!(state.contains("\"common.Subject.Mark\"") && !state.contains("\"common.Other\""), "{state}");

    // What the package changes is the package's to migrate, and what follows from it in the lab is the lab's.
    project.write("package/common.dj", &common.replace("varchar(12)", "varchar(12)\n    colony = 'main' : varchar(8)"));
    project.djc(&["-C", "package", "migrate", "new", "colony"]).exits(0);
    let follow = project.djc(&["-C", "lab", "migrate", "new", "colony"]).exits(0);
    assert!(follow.stdout.contains("lab.Session: new attribute `colony`"), "{}", follow.text());
    assert!(!follow.stdout.contains("common."), "{}", follow.text());
    project.djc(&["-C", "lab", "migrate", "verify"]).exits(0);
    fs::remove_dir_all(project.path().join("package/migrations/0002_colony")).expect("there");
    let older = project.djc(&["-C", "lab", "migrate", "verify"]).exits(1);
    assert!(older.stdout.contains("DJ0551"), "{}", older.text());
}

/// What `alter` can say and what it cannot, before and after; `SCHEMA` is put in.
const BEFORE: &str = "schema lab as \"SCHEMA\"

manual Subject {
    subject : varchar(12)
    ---
    weight = null : float    # in grams
    note = '' : varchar(100)
    old = 0 : int
}

manual Session {
    -> Subject
    session : int
    ---
    memo = '' : varchar(20)
}
";

const AFTER: &str = "schema lab as \"SCHEMA\"

@fill(sex = 'F')
manual Subject {
    subject : varchar(12)
    ---
    mass = null : float    # {weight} in grams, as weighed
    note = '' : varchar(150)
    sex : enum('M', 'F')
}

manual Session {
    -> Subject
    session : int
    ---
    memo = '' : varchar(20)    # 100% true
    index (memo)
}

manual Rig {
    rig : int
}
";

fn exported(schema: &str) -> TestProject {
    let project = TestProject::with(&[("djc.toml", TOML), ("lab.dj", &BEFORE.replace("SCHEMA", schema))]);
    project.djc(&["migrate", "new", "init"]).exits(0);
    project.write("lab.dj", &AFTER.replace("SCHEMA", schema));
    project.djc(&["migrate", "new", "grams"]).exits(0);
    project.djc(&["migrate", "export", "--python", "-o", "migrate.py"]).exits(0);
    project
}

#[test]
fn an_exported_migration_says_what_alter_cannot() {
    snapshot("migrate-files", "export", &exported("lab").read("migrate.py"));
}

#[test]
fn an_exported_migration_runs_under_datajoint() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let Some(python) = with_datajoint(Generation::Classic) else { return };
    let schema = format!("djc_export_{}", run_id());
    let project = exported(&schema);
    let parsed = DatabaseUrl::parse(&url).expect("a URL");
    let DatabaseUrl::Server(location) = &parsed else { panic!("{url} is a server") };
    let password = location.password.as_ref().map(Secret::reveal).unwrap_or_default().to_string();
    let settings = serde_json::json!({
        "database.host": location.host, "database.port": location.port(), "database.user": location.user, "database.password": password,
        "database.use_tls": false, "safemode": false, "loglevel": "ERROR",
    });
    project.write("dj_local_conf.json", &settings.to_string());
    project.write("lab.py", &classes(&schema, BEFORE));
    let run = |what: &[&str]| {
        let output = Command::new(&python).current_dir(project.path()).args(what).output().expect("python starts");
        assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    };
    run(&["-c", "import lab\nlab.Subject.insert1(dict(subject='a', weight=3))\nlab.Session.insert1(dict(subject='a', session=1))"]);
    project.write("lab.py", &classes(&schema, AFTER));
    run(&["migrate.py"]);
    run(&[
        "-c",
        "import lab\nassert lab.Subject.fetch1() == dict(subject='a', mass=3.0, note='', sex='F'), lab.Subject.fetch1()\nassert len(lab.Rig()) == 0",
    ]);
    // As datajoint leaves it, it is what djc wants.
    project.djc(&["check", "--database", &url]).exits(0);
    drop_schema(&url, &schema);
}

/// The same definitions as classes of datajoint 0.14.
fn classes(schema: &str, text: &str) -> String {
    let mut out = format!("import datajoint as dj\n\nschema = dj.Schema('{schema}')\n");
    for table in text.split("manual ").skip(1) {
        let (head, rest) = table.split_once(" {\n").expect("a table");
        let body = rest.split("\n}").next().expect("a body");
        out.push_str(&format!("\n\n@schema\nclass {head}(dj.Manual):\n    definition = \"\"\"\n{body}\n    \"\"\"\n"));
    }
    out
}
