//! `djc patch`: definitions are rewritten where they stand, and nothing else is.

use std::fs;
use std::path::{Path, PathBuf};

use djc::core::source::{FileId, SourceMap};
use djc::diag::Level;
use djc::patch::place::Places;
use djc::patch::rename::{self, Renaming};
use djc::patch::{Planned, Unit, format, outcome, settle};
use djc::project::{self, LoadOptions, Project};
use djc_pyimport::strings;

use crate::conformance::packages::{Workflow, workflows};
use crate::support::{TestProject, collect, root, snapshot};

/// Runs every folder under `tests/data/patch`: its files are `src/`, its file `commands` what is done with them, one after the other.
#[test]
fn definitions_are_rewritten_as_recorded() {
    let mut failed = Vec::new();
    for folder in folders("patch") {
        let name = folder.file_name().and_then(|name| name.to_str()).expect("names of cases are ASCII").to_string();
        let project = TestProject::new();
        let mut files = copied(&folder, &project);
        files.retain(|(name, _)| name != "src/commands");
        let mut text = String::new();
        for line in fs::read_to_string(folder.join("commands")).expect("a case says what to run").lines() {
            let outcome = project.djc(&line.split_whitespace().collect::<Vec<_>>());
            text.push_str(&format!("$ djc {line}\n{}", outcome.text()));
            for (name, old) in &mut files {
                let new = project.read(name);
                if new != *old {
                    text.push_str(&format!("=== {name}\n{}", new.replace('\r', "\\r")));
                    assert!(!name.ends_with(".py") || strings::same_but_for_strings(old, &new), "{name}: only strings change");
                    *old = new;
                }
            }
            text.push('\n');
        }
        if std::panic::catch_unwind(|| snapshot("patch", &name, &text)).is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "cases that differ from their snapshots: {failed:?}");
}

fn folders(promise: &str) -> Vec<PathBuf> {
    let data = root().join("tests/data").join(promise);
    let mut folders: Vec<PathBuf> = fs::read_dir(&data).expect("cases").map(|entry| entry.expect("readable").path()).collect();
    folders.sort();
    folders
}

/// Copies a case into `src/` of a project; returns its files.
fn copied(folder: &Path, project: &TestProject) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    let file = |path: PathBuf| {
        let relative = path.strip_prefix(folder).expect("collected below the folder").to_str().expect("ASCII").replace('\\', "/");
        (format!("src/{relative}"), fs::read_to_string(&path).expect("a case is readable UTF-8"))
    };
    let files: Vec<(String, String)> = paths.into_iter().map(file).collect();
    files.iter().for_each(|(name, text)| project.write(name, text));
    files
}

/// Holds what formatting makes of Python sources to its promises; returns how many definitions changed.
fn lawful(paths: &[PathBuf]) -> usize {
    let mut options = LoadOptions::new(root());
    options.paths = paths.to_vec();
    options.vars =
        [("USER_PREFIX", "wild"), ("SITE", "site"), ("USER", "user")].map(|(name, value)| (name.to_string(), value.to_string())).to_vec();
    let before = Project::load(&options).expect("sources that can be read");
    let settled = formatted(&before);
    for (file, new) in &settled.texts {
        let source = before.sources.file(*file);
        if !source.name.ends_with(".dj") {
            only_literals_differ(&source.name, &source.text, new);
        }
        options.unsaved.insert(source.name.clone(), new.clone());
    }
    let after = Project::load(&options).expect("sources that can be read");
    let (old, new) = (project::compile(&before), project::compile(&after));
    assert_eq!(outcome::changed(&old.pipeline, &new.pipeline), Vec::<String>::new(), "the same tables");
    let errors = |compiled: &project::Compiled| compiled.diagnostics.iter().filter(|found| found.level == Level::Error).count();
    assert_eq!(errors(&old), errors(&new), "no new errors");
    assert!(formatted(&after).texts.is_empty(), "formatting twice is formatting once");
    settled.done.len()
}

fn formatted(project: &Project) -> djc::patch::Settled {
    let places = Places::new(&project.sources, &project.files);
    let units = format::units(&project.sources, &places, &project.files, |_| true);
    settle(&project.sources, &places, &units)
}

/// Asserts that two texts are equal byte for byte outside of their string literals, and that one parses as the other does.
fn only_literals_differ(name: &str, old: &str, new: &str) {
    let outside = |text: &str| {
        let mut at = 0;
        let mut out = Vec::new();
        for literal in strings::literals(text) {
            out.push(text[at..literal.inner.start].to_string());
            at = literal.inner.end;
        }
        out.push(text[at..].to_string());
        out
    };
    assert_eq!(outside(old), outside(new), "{name}: bytes outside of literals");
    assert!(strings::same_but_for_strings(old, new), "{name}: the same program");
}

#[test]
fn formatting_keeps_every_byte_outside_of_definitions() {
    // A circle of imports and Python 2 among them.
    let changed: usize = folders("import").into_iter().chain(folders("patch")).map(|folder| lawful(&[folder])).sum();
    assert!(changed > 10, "{changed} definitions of the cases are not in their form");
}

#[test]
fn formatting_keeps_public_packages_as_they_are_but_for_blanks() {
    for packages in workflows().iter().filter_map(Workflow::fetch) {
        println!(
            "{} definitions formatted in {:?}",
            lawful(&packages),
            packages.iter().filter_map(|path| path.file_name()).collect::<Vec<_>>()
        );
    }
}

/// Renames every attribute of the shipped pipelines, and every table, one at a time.
#[test]
fn renames_mean_what_was_planned_or_are_refused() {
    let mut options = LoadOptions::new(root());
    options.vars = [("PREFIX", "x"), ("USER", "user")].map(|(name, value)| (name.to_string(), value.to_string())).to_vec();
    let (mut renamed, mut refused) = (0, 0);
    for folder in fs::read_dir(root().join("pipelines")).expect("pipelines").map(|entry| entry.expect("readable").path()) {
        options.paths = vec![folder.clone()];
        options.unsaved.clear();
        let project = Project::load(&options).expect("a pipeline that can be read");
        let compiled = project::compile(&project);
        let places = Places::new(&project.sources, &project.files);
        let again = |edits: Vec<Planned>| {
            let unit = Unit { name: "one".to_string(), span: Default::default(), edits: Ok(edits) };
            let settled = settle(&project.sources, &places, &[unit]);
            assert_eq!(settled.done, [0], "{:?}", settled.refused);
            let texts = settled.texts.into_iter().map(|(file, text)| (project.sources.file(file).name.clone(), text));
            let project = Project::load(&LoadOptions { unsaved: texts.collect(), ..options.clone() }).expect("it can be read");
            project::compile(&project).pipeline
        };
        for (id, table) in compiled.pipeline.tables() {
            let plan = rename::table(&compiled.pipeline, &project.sources, &places, &project.files, id, "RenamedHere", true);
            let after = again(plan.expect("no Python here").edits.expect("every edit has a place"));
            let restored = rename::restored(&compiled.pipeline, &after, id, "RenamedHere");
            assert_eq!(outcome::changed(&compiled.pipeline, &restored), Vec::<String>::new(), "{}", compiled.pipeline.qualified_name(id));
            for attribute in &table.heading.attributes {
                let asked = Renaming { table: id, old: &attribute.name, new: "renamed_here", note: true };
                match rename::attribute(&compiled.pipeline, &places, asked) {
                    Ok(plan) => {
                        renamed += 1;
                        let name = format!("{}.{}", compiled.pipeline.qualified_name(id), attribute.name);
                        let after = again(plan.edits.expect("every edit has a place"));
                        assert_eq!(outcome::changed(&plan.expected, &after), Vec::<String>::new(), "{name}");
                    }
                    Err(conflict) => {
                        assert_eq!(conflict.code.id, "DJ0835");
                        refused += 1;
                    }
                }
            }
        }
    }
    println!("{renamed} attributes renamed, {refused} refused");
    assert!(renamed > 100, "{renamed}");
}

const TABLE: &str = "import datajoint as dj\nschema = dj.schema('lab')\n\n\n@schema\nclass A(dj.Manual):\n    definition = 'a:int'\n";

#[test]
fn a_file_in_another_encoding_is_read_and_not_written() {
    let text = format!("# -*- coding: latin-1 -*-\n{}", TABLE.replace("a:int", "a:int # \u{e4}"));
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let project = TestProject::new();
    fs::write(project.path().join("lab.py"), &latin).expect("writable");
    let said = project.djc(&["patch", "format", "lab.py"]).exits(2);
    assert!(said.stderr.contains("`lab.py` is not UTF-8"), "{}", said.text());
    assert_eq!(fs::read(project.path().join("lab.py")).expect("there"), latin);
}

/// Whatever becomes of a rename, a machine reads one report, on stdout.
#[test]
fn a_rename_is_reported_to_machines_as_one_object() {
    let report = |name: &str, new: &str, code: i32, also: &[&str]| {
        let project = TestProject::new();
        copied(&root().join("tests/data/patch/rename_table"), &project);
        also.iter().for_each(|broken| project.write("src/broken.dj", broken));
        let said = project.djc(&["-C", "src", "patch", "rename", name, new, "--format", "json"]).exits(code);
        assert_eq!(said.stderr, "", "{name}");
        let json: serde_json::Value = serde_json::from_str(&said.stdout).expect("one JSON object");
        let found = json["diagnostics"].as_array().expect("a list").iter();
        found.map(|found| found["code"].as_str().expect("a code").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(report("lab.Subject", "Animal", 0, &[]), ["DJ0836"], "done, with a place for a person");
    assert_eq!(report("lab.Visit", "Stay", 0, &[]), Vec::<String>::new(), "done, with nothing to say");
    assert_eq!(report("code.Trial", "Attempt", 1, &[])[..2], ["DJ0837", "DJ0836"], "refused, with places for a person");
    let broken = report("lab.Visit", "Stay", 1, &["schema broken\nmanual A {\n    a : int\n    -> lab.Gone\n    ---\n}\n"]);
    assert!(!broken.is_empty(), "refused for the errors of the pipeline");
}

/// What stops a rename is not hidden among what does not.
#[test]
fn a_rename_in_a_pipeline_with_errors_shows_those_alone() {
    let text = "schema lab\n\nmanual A {\n    a : int\n    ---\n    -> Gone\n}\n\nmanual B {\n    b : float\n}\n";
    let project = TestProject::with(&[("lab.dj", text)]);
    let levels = |arguments: &[&str]| {
        let said = project.djc(&[arguments, &["--format", "json"]].concat()).exits(1);
        let json: serde_json::Value = serde_json::from_str(&said.stdout).expect("one JSON object");
        let found = json["diagnostics"].as_array().expect("a list").iter();
        found.map(|found| found["level"].as_str().expect("a level").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(levels(&["check", "lab.dj"]), ["error", "warning"]);
    assert_eq!(levels(&["patch", "rename", "lab.A.a", "c", "lab.dj"]), ["error"]);
}

#[test]
fn byte_order_marks_stay() {
    let project = TestProject::with(&[("marked.py", &format!("\u{feff}{TABLE}"))]);
    project.djc(&["patch", "format", "marked.py"]).exits(0);
    assert_eq!(project.read("marked.py"), format!("\u{feff}{}", TABLE.replace("a:int", "a : int")));
}

#[cfg(unix)]
#[test]
fn one_file_that_cannot_be_written_keeps_all_as_they_were() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |project: &TestProject, name: &str, mode| {
        fs::set_permissions(project.path().join(name), fs::Permissions::from_mode(mode)).expect("changeable");
    };
    let project = TestProject::with(&[("lab.py", TABLE), ("other.py", &TABLE.replace("'lab'", "'other'"))]);
    mode(&project, "other.py", 0o440);
    let said = project.djc(&["patch", "format", "lab.py", "other.py"]).exits(2);
    assert!(said.stderr.contains("cannot write") && said.stderr.contains("other.py"), "{}", said.stderr);
    assert_eq!(project.read("lab.py"), TABLE);
    mode(&project, "lab.py", 0o750);
    project.djc(&["patch", "format", "lab.py"]).exits(0);
    let now = fs::metadata(project.path().join("lab.py")).expect("there").permissions().mode();
    assert_eq!(now & 0o777, 0o750, "permissions stay");
}

#[test]
fn every_spelling_is_read_back_as_what_was_meant() {
    let texts = ["plain", "it's \"both\"", "{braces} }{", "back\\slash", "tab\there", "line\nend", "\"", "''", "end\"", "ü µ 🐭"];
    for quote in ["'", "\"", "'''", "\"\"\""] {
        for prefix in ["", "f", "r", "u", "rf"] {
            for text in texts {
                let source = format!("a = {prefix}{quote}x{quote}\n");
                let literal = strings::literals(&source).remove(0);
                let Some(spelled) = literal.spell(text, "\n") else {
                    assert!(literal.raw, "only a raw literal cannot say {text:?}: {source}");
                    continue;
                };
                let mut written = source.clone();
                written.replace_range(literal.inner, &format!("x{spelled}y"));
                let mut sources = SourceMap::new();
                let file: FileId = sources.add("a.py", written.as_str());
                let tree = djc_pyimport::read::read(file, &sources.file(file).text, None);
                assert!(tree.errors.is_empty(), "{written}");
                let value = match &tree.body[0] {
                    djc_pyimport::tree::Statement::Assign { value, .. } => match &value.kind {
                        djc_pyimport::tree::Kind::Text(value) => value.text.clone(),
                        djc_pyimport::tree::Kind::Format(parts) => parts
                            .iter()
                            .map(|part| match part {
                                djc_pyimport::tree::Part::Text(value) => value.text.clone(),
                                djc_pyimport::tree::Part::Value { .. } => panic!("{written}"),
                            })
                            .collect(),
                        other => panic!("{other:?}"),
                    },
                    other => panic!("{other:?}"),
                };
                assert_eq!(value, format!("x{text}y"), "{written}");
            }
        }
    }
}
