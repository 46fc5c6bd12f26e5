//! `djc import`: small sources in Python and MATLAB in, `.dj` files and messages out.

use std::fs;
use std::path::{Path, PathBuf};

use djc::core::source::SourceMap;
use djc::diag::Sink;
use djc::import::{Layout, MatlabFile, matlab};

use crate::support::{TestProject, collect, root, snapshot};

#[test]
fn python_sources_become_dj_files() {
    cases("python", "import");
}

#[test]
fn matlab_packages_become_dj_files() {
    cases("matlab", "matlab");
}

/// Runs every folder under `tests/data/PROMISE`: its files are `src/`, its file `args` holds further arguments.
fn cases(language: &str, promise: &str) {
    let data = root().join("tests/data").join(promise);
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
        let mut line = vec!["import", language, "src", "-o", "out"];
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
            let vars = ["SITE=site", "USER=user", "AQUARIUM_PREFIX=sea_", "DATABASE_PREFIX=big_"].map(|var| ["--var", var]);
            project.djc(&[&["-C", "out", "check"], vars.as_flattened()].concat()).exits(0);
            project.djc(&["-C", "out", "fmt", "--check"]).exits(0);
        }
        if std::panic::catch_unwind(|| snapshot(promise, name, &text)).is_err() {
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

const MATLAB: &str = "%{\n# größe\na : int\n%}\nclassdef A < dj.Manual\nend\n";

#[test]
fn matlab_files_of_old_editors_are_read_and_named() {
    let project = TestProject::new();
    project.write("src/+lab/B.m", &MATLAB.replace("classdef A", "classdef B"));
    let latin: Vec<u8> = MATLAB.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    fs::write(project.path().join("src/+lab/A.m"), latin).expect("writable");
    let outcome = project.djc(&["import", "matlab", "src", "-o", "out", "--schema", "lab=lab"]).exits(0);
    assert!(outcome.stderr.contains("src/+lab/A.m:2:5"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("DJ0723"), "{}", outcome.stderr);
    assert_eq!(project.read("out/lab.dj").matches("# größe").count(), 2, "{}", project.read("out/lab.dj"));
}

#[test]
fn matlab_packages_are_sources_of_every_command() {
    let child = "schema child\n\nuse lab\n\nmanual B {\n    -> lab.A\n}\n";
    let toml = "[pipeline]\nsources = [\"*.dj\", \"matlab\"]\n\n[schemas.lab]\nname = \"rig_lab\"\n";
    let script = ("matlab/run.m", "%{\nrun it\n%}\n");
    let project = TestProject::with(&[("child.dj", child), ("djc.toml", toml), ("matlab/+lab/A.m", MATLAB), script]);
    let outcome = project.djc(&["check"]).exits(0);
    assert_eq!(outcome.stdout, "2 files, 2 tables: no findings\n");
    assert!(project.djc(&["sql"]).exits(0).stdout.contains("REFERENCES `rig_lab`.`a`"));
    let slip = MATLAB.replace("a : int", "a : int,");
    project.write("matlab/+lab/A.m", &slip);
    let outcome = project.djc(&["check", "--fix"]).exits(1);
    assert!(outcome.stdout.contains("matlab/+lab/A.m:3:8"), "{}", outcome.text());
    assert_eq!(project.read("matlab/+lab/A.m"), slip, "a comment of MATLAB is not rewritten");
}

/// An editor saves half of a file, and a disk loses its end.
#[test]
fn matlab_files_that_end_anywhere_are_read_as_far_as_they_go() {
    let data = root().join("tests/data/matlab/classes");
    let mut paths = Vec::new();
    collect(&data, &mut paths);
    let read = |cut: Option<(usize, usize)>| {
        let (mut sources, mut sink) = (SourceMap::new(), Sink::new());
        let file = |(at, path): (usize, &PathBuf)| {
            let text = fs::read_to_string(path).expect("a case is readable UTF-8");
            let end = cut.filter(|(which, _)| *which == at).map_or(text.len(), |(_, end)| end);
            let package = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).expect("a folder");
            MatlabFile {
                file: sources.add(path.display().to_string(), &text[..end]),
                path: path.clone(),
                package: vec![package.trim_start_matches('+').to_string()],
                name: path.file_stem().and_then(|name| name.to_str()).expect("a name").to_string(),
            }
        };
        let files: Vec<MatlabFile> = paths.iter().enumerate().map(file).collect();
        let options = matlab::Options { name: "cut".to_string(), schemas: Vec::new(), layout: Layout::Schema };
        let counts = matlab::import(&files, &options, &mut sources, &mut sink).counts;
        assert_eq!(counts.left_out(), counts.reasons.iter().map(|(_, count)| count).sum::<usize>(), "each has a reason");
        counts.converted
    };
    let whole = read(None);
    for (at, path) in paths.iter().enumerate() {
        let text = fs::read_to_string(path).expect("a case is readable UTF-8");
        for end in (0..text.len()).step_by(5).filter(|end| text.is_char_boundary(*end)) {
            let converted = read(Some((at, end)));
            assert!(converted <= whole, "{} cut at {end}", path.display());
        }
    }
}

/// What an author writes beside attributes: comments, an order, and lines that are empty.
const WRITTEN: &str = "# of the table
# of nobody

# of the group
b_1  :int#beside

#last of the key
# and one more
a_2 = 3 :   int   # 50% {odd} -> 'quoted'
---
# below


c = null : varchar(8)
-> A
# at the end";

#[test]
fn comments_order_and_groups_of_the_author_survive() {
    // White space within a line is the formatter's, and several empty lines are one.
    let shape = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.replace(char::is_whitespace, "")).collect();
        lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
        lines
    };
    let python = format!("{TABLE}\n\n@schema\nclass B(dj.Manual):\n    definition = \"\"\"\n{WRITTEN}\n    \"\"\"\n");
    let matlab = format!("%{{\n{}\n%}}\nclassdef B < dj.Manual\nend\n", WRITTEN.replace("-> A\n", "-> lab.A\n"));
    let project = TestProject::with(&[("python/lab.py", python.as_str()), ("matlab/+lab/B.m", matlab.as_str())]);
    project.write("matlab/+lab/A.m", MATLAB);
    for language in ["python", "matlab"] {
        let out = format!("{language}_dj");
        project.djc(&["import", language, language, "-o", &out]).exits(0);
        let text = project.read(&format!("{out}/lab.dj"));
        let body = text.split_once("manual B {\n").and_then(|(_, rest)| rest.split_once("\n}")).expect("a table").0;
        assert_eq!(shape(body), shape(WRITTEN), "{language}:\n{text}");
    }
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
fn declared_encodings_are_read() {
    let project = TestProject::new();
    let text = TABLE.replace("a : int", "a : wrong  # gr\u{fc}n");
    let bytes: Vec<u8> = format!("# -*- coding: latin-1 -*-\n{text}").chars().map(|c| c as u8).collect();
    fs::create_dir(project.path().join("src")).expect("writable");
    fs::write(project.path().join("src/latin.py"), bytes).expect("writable");
    let outcome = project.djc(&["import", "python", "src", "-o", "out"]).exits(1);
    assert!(outcome.stderr.contains("src/latin.py:8:23"), "{}", outcome.stderr);
    assert!(project.read("out/lab.dj").contains("# gr\u{fc}n"));
}

#[test]
fn what_is_nested_without_end_is_named_and_the_rest_imported() {
    let deep = format!("x = {}\n", "(".repeat(200_000));
    let chain = format!("x = {}1\n", "not ".repeat(200_000));
    let allowed = format!("x = {}1{}\ny = 'a'{}\n", "[".repeat(200), "]".repeat(200), " + 'b'".repeat(900));
    let files = [("src/deep.py", deep.as_str()), ("src/chain.py", &chain), ("src/allowed.py", &allowed), ("src/good.py", TABLE)];
    let project = TestProject::with(&files);
    let outcome = project.djc(&["import", "python", "src", "-o", "out"]).exits(1);
    assert_eq!(outcome.stderr.matches("nested deeper than Python allows").count(), 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("1 table class in 4 files: 1 converted"), "{}", outcome.stderr);
}

#[test]
fn names_of_a_linking_module_stand_in_the_settings() {
    let child = "import datajoint as dj\nschema = dj.schema('child')\n\n\n@schema\nclass B(dj.Manual):\n    definition = '-> Subject'\n";
    let project = TestProject::with(&[("src/lab.py", TABLE), ("src/child.py", child)]);
    project.write("djc.toml", "[pipeline]\nsources = [\"src\"]\n");
    let outcome = project.djc(&["check"]).exits(1);
    assert!(outcome.stdout.contains("src/child.py:7:22"), "{}", outcome.text());
    project.write("djc.toml", "[pipeline]\nsources = [\"src\"]\n\n[python.links]\nSubject = \"lab.A\"\n");
    project.djc(&["check"]).exits(0);
    project.write("djc.toml", "[pipeline]\nsources = [\"src\"]\n\n[python.link]\nSubject = \"lab.A\"\n");
    let outcome = project.djc(&["check"]).exits(1);
    assert!(outcome.stdout.contains("did you mean `links`"), "{}", outcome.text());
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
    project.djc(&["import", "matlab", "empty", "-o", "out"]).exits(2);
    let outcome = project.djc(&["import", "python", "none", "-o", "out"]).exits(1);
    assert!(outcome.stderr.contains("DJ0712"), "{}", outcome.stderr);
    assert!(!project.path().join("out").exists(), "nothing is written for nothing");
}

#[test]
fn sources_of_the_other_language_name_its_command() {
    let class = "%{\n a : int\n%}\nclassdef A < dj.Manual\nend\n";
    let project = TestProject::with(&[("packages/+lab/A.m", class), ("modules/lab.py", "x = 1\n"), ("empty/readme.txt", "")]);
    let refused = |language: &str, path: &str| project.djc(&["import", language, path, "-o", "out"]).exits(2).stderr;
    let said = refused("python", "packages");
    assert_eq!(said, "djc: no Python file below these paths; `djc import matlab` reads the MATLAB files that are there\n");
    assert_eq!(refused("python", "packages/+lab/A.m"), said, "a file as well");
    let said = refused("matlab", "modules");
    assert_eq!(said, "djc: no MATLAB file below these paths; `djc import python` reads the Python files that are there\n");
    assert_eq!(refused("matlab", "modules/lab.py"), said, "a file as well");
    assert_eq!(refused("python", "empty"), "djc: no Python file below these paths\n");
}

#[cfg(unix)]
#[test]
fn circles_of_links_are_not_walked() {
    let project = TestProject::with(&[("src/a.py", TABLE)]);
    let link =
        |to: &str, from: &str| std::os::unix::fs::symlink(project.path().join(to), project.path().join(from)).expect("links can be made");
    link("src", "src/again");
    link(".", "src/up");
    let outcome = project.djc(&["import", "python", "src", "src/a.py", "-o", "out"]).exits(0);
    assert!(outcome.stderr.contains("1 table class in 1 file: 1 converted"), "{}", outcome.stderr);
    // A link to somewhere else is followed, and one to nowhere is named.
    project.write("other/b.py", &TABLE.replace("'lab'", "'other'"));
    link("other", "src/other");
    link("nowhere.py", "src/lost.py");
    let outcome = project.djc(&["import", "python", "src", "-o", "out2"]).exits(1);
    assert!(outcome.stderr.contains("2 table classes in 2 files: 2 converted"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cannot read `src/lost.py`"), "{}", outcome.stderr);
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
