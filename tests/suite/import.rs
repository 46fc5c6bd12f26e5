//! `djc import python`: small Python sources in, `.dj` files and messages out.

use std::fs;

use crate::support::{TestProject, collect, root, snapshot};

/// Runs every folder under `tests/data/import`: its files are `src/`, its file `args` holds further arguments.
#[test]
fn python_sources_become_dj_files() {
    let data = root().join("tests/data/import");
    let mut failed = Vec::new();
    let mut names: Vec<String> =
        fs::read_dir(&data).expect("cases").map(|entry| entry.expect("readable").file_name().into_string().expect("ASCII")).collect();
    names.sort();
    for name in &names {
        let project = TestProject::new();
        let mut files = Vec::new();
        collect(&data.join(name), &mut files);
        let mut args = Vec::new();
        for path in files {
            let relative = path.strip_prefix(data.join(name)).expect("collected below the folder");
            let relative = relative.to_str().expect("names of cases are ASCII").replace('\\', "/");
            let text = fs::read_to_string(&path).expect("a case is readable UTF-8");
            if relative == "args" {
                args = text.split_whitespace().map(str::to_string).collect();
            } else {
                project.write(&format!("src/{relative}"), &text);
            }
        }
        let mut line = vec!["import", "python", "src", "-o", "out"];
        line.extend(args.iter().map(String::as_str));
        let outcome = project.djc(&line);
        let mut text = format!("djc {}\n{}", line.join(" "), outcome.text());
        let mut written = Vec::new();
        collect(&project.path().join("out"), &mut written);
        for path in written {
            let file = path.file_name().and_then(|name| name.to_str()).expect("djc writes ASCII names");
            text.push_str(&format!("\n=== {file}\n{}", fs::read_to_string(&path).expect("djc writes UTF-8")));
        }
        if outcome.code == 0 {
            // What was imported without an error passes `djc check`, and is in its one form.
            let vars = ["--var", "SITE=site", "--var", "USER=user"];
            project.djc(&[&["-C", "out", "check"], &vars[..]].concat()).exits(0);
            project.djc(&["-C", "out", "fmt", "--check"]).exits(0);
        }
        if std::panic::catch_unwind(|| snapshot("import", name, &text)).is_err() {
            failed.push(name.clone());
        }
    }
    assert!(failed.is_empty(), "cases that differ from their snapshots: {failed:?}");
}

const TABLE: &str = "import datajoint as dj\nschema = dj.schema('lab')\n\n\n@schema\nclass A(dj.Manual):\n    definition = 'a : int'\n";

#[test]
fn files_that_cannot_be_read_are_named_and_the_others_imported() {
    let project = TestProject::with(&[("src/good.py", TABLE)]);
    fs::write(project.path().join("src/latin.py"), b"# gr\xfc\xdfe\n").expect("writable");
    let outcome = project.djc(&["import", "python", "src", "-o", "out"]).exits(1);
    assert!(outcome.stderr.contains("src/latin.py:1:5"), "{}", outcome.stderr);
    assert!(project.read("out/lab.dj").contains("manual A {"));
}

#[test]
fn machines_read_what_became_of_the_classes() {
    let stray =
        format!("{TABLE}\n\nclass Stray(dj.Manual):\n    definition = 'a : int'\n\n\nclass Lost(Stray):\n    definition = 'b : int'\n");
    let project = TestProject::with(&[("a.py", stray.as_str())]);
    let outcome = project.djc(&["import", "python", "a.py", "-o", "out", "--format", "json"]).exits(1);
    let output: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("one JSON object");
    // A class that others inherit from is a template.
    let reason = "a table class whose schema cannot be told";
    let wanted = serde_json::json!({
        "sources": 1, "files": ["lab.dj"], "found": 2, "converted": 1,
        "left_out": [{"code": "DJ0703", "reason": reason, "count": 1}],
    });
    assert_eq!(output["import"], wanted);
    assert_eq!(output["diagnostics"][0]["line"], 14, "{}", outcome.stdout);
    assert_eq!(outcome.stderr, "", "nothing for people");
}

#[test]
fn files_that_exist_are_not_replaced_unasked() {
    let project = TestProject::with(&[("a.py", TABLE), ("out/lab.dj", "mine\n"), ("out/djc.toml", "[pipeline]\n")]);
    let outcome = project.djc(&["import", "python", "a.py", "-o", "out"]).exits(2);
    assert!(outcome.stderr.contains("`out/lab.dj`"), "{}", outcome.stderr);
    assert_eq!(project.read("out/lab.dj"), "mine\n");
    project.djc(&["import", "python", "a.py", "-o", "out", "--force"]).exits(0);
    assert!(project.read("out/lab.dj").starts_with("schema lab\n"));
    assert_eq!(project.read("out/djc.toml"), "[pipeline]\n", "settings are kept");
}

#[test]
fn paths_that_lead_nowhere_are_usage() {
    let project = TestProject::with(&[("empty/readme.txt", ""), ("none/x.py", "x = 1\n")]);
    project.djc(&["import", "python", "missing", "-o", "out"]).exits(2);
    project.djc(&["import", "python", "empty", "-o", "out"]).exits(2);
    let outcome = project.djc(&["import", "python", "none", "-o", "out"]).exits(1);
    assert!(outcome.stderr.contains("DJ0712"), "{}", outcome.stderr);
    assert!(!project.path().join("out").exists(), "nothing is written for nothing");
}

#[cfg(unix)]
#[test]
fn circles_of_links_are_not_walked() {
    let project = TestProject::with(&[("src/a.py", TABLE)]);
    std::os::unix::fs::symlink(project.path().join("src"), project.path().join("src/again")).expect("links can be made");
    let outcome = project.djc(&["import", "python", "src", "src/a.py", "-o", "out"]).exits(0);
    assert!(outcome.stderr.contains("1 table class in 1 file: 1 converted"), "{}", outcome.stderr);
}

#[test]
fn python_folders_are_sources_of_every_command() {
    let wrong = TABLE.replace("'a : int'", "'''\n    a : int\n    ---\n    b : no_such_type\n    '''");
    let project = TestProject::with(&[("src/lab.py", wrong.as_str())]);
    let outcome = project.djc(&["check", "src"]).exits(1);
    assert!(outcome.stdout.contains("src/lab.py:10:9"), "the message is about the Python file: {}", outcome.text());
    let slip = TABLE.replace("'a : int'", "'a : int unsigned,'");
    project.write("src/lab.py", &slip);
    let outcome = project.djc(&["check", "src", "--fix"]);
    assert_eq!(project.read("src/lab.py"), slip, "a string of Python is not rewritten");
    assert!(outcome.text().contains("1 can be fixed with `djc patch fix`"), "{}", outcome.text());
    project.write("src/lab.py", TABLE);
    let outcome = project.djc(&["check", "src"]).exits(0);
    assert_eq!(outcome.stdout, "1 file, 1 table: no findings\n");
    let outcome = project.djc(&["sql", "src/lab.py"]).exits(0);
    assert!(outcome.stdout.contains("CREATE TABLE IF NOT EXISTS `lab`.`a`"), "{}", outcome.stdout);
}

#[test]
fn python_and_dj_files_make_one_pipeline() {
    let child = "schema child\n\nuse lab\n\nmanual B {\n    -> lab.A\n}\n";
    let toml = "[pipeline]\nsources = [\"*.dj\", \"src\"]\n\n[schemas.lab]\nname = \"${HOST}_lab\"\n";
    let python = TABLE.replace("dj.schema('lab')", "dj.schema()");
    let project = TestProject::with(&[("child.dj", child), ("src/lab.py", python.as_str()), ("djc.toml", toml)]);
    let outcome = project.djc(&["check", "--var", "HOST=rig"]).exits(0);
    assert_eq!(outcome.stdout, "2 files, 2 tables: no findings\n");
    let outcome = project.djc(&["sql", "--var", "HOST=rig"]).exits(0);
    assert!(outcome.stdout.contains("REFERENCES `rig_lab`.`a`"), "{}", outcome.stdout);
    // The formatter and the fixes leave Python alone.
    project.djc(&["fmt"]).exits(0);
    project.djc(&["check", "--fix", "--var", "HOST=rig"]).exits(0);
    assert_eq!(project.read("src/lab.py"), python);
}
