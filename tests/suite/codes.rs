//! Every code is reported by something, once for each finding, and the examples of the pages are true.

use std::fs;

use djc::diag::codes::CODES;
use serde_json::Value;

use crate::support::{TestProject, collect, root};

/// Returns how often `djc check` reports a code, with all that it said.
fn reported(project: &TestProject, code: &str, arguments: &[&str]) -> (usize, String) {
    let said = project.djc(&[&["check", "--format", "json"], arguments].concat());
    let output: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.text()));
    let found = output["diagnostics"].as_array().expect("a list of findings");
    (found.iter().filter(|finding| finding["code"] == code).count(), said.text())
}

/// An example of a page: the files that stand with it, what is wrong, and what is right.
struct Example {
    with: Vec<(String, String)>,
    wrong: String,
    right: String,
}

/// Reads the blocks below `With NAME:`, `Reported:` and `Fine:`; `None` for a page without such a pair.
fn example(page: &str) -> Option<Example> {
    let mut example = Example { with: Vec::new(), wrong: String::new(), right: String::new() };
    let mut label = "";
    let mut block: Option<String> = None;
    for line in page.lines() {
        match (&mut block, line.starts_with("```")) {
            (None, true) => block = Some(String::new()),
            (None, false) if !line.trim().is_empty() => label = line,
            (None, false) => {}
            (Some(text), false) => *text += &format!("{line}\n"),
            (Some(text), true) => {
                match label {
                    "Reported:" => example.wrong = std::mem::take(text),
                    "Fine:" => example.right = std::mem::take(text),
                    _ => {
                        let name = label.strip_prefix("With `").and_then(|rest| rest.strip_suffix("`:"));
                        example.with.extend(name.map(|name| (name.to_string(), std::mem::take(text))));
                    }
                }
                (label, block) = ("", None);
            }
        }
    }
    (!example.wrong.is_empty() && !example.right.is_empty()).then_some(example)
}

impl Example {
    fn project(&self, text: &str) -> TestProject {
        let project = TestProject::new();
        self.with.iter().for_each(|(name, text)| project.write(name, text));
        project.write("example.dj", text);
        project
    }
}

#[test]
fn examples_of_pages_are_what_they_say() {
    let mut seen = 0;
    let mut untrue = Vec::new();
    for code in CODES {
        let Some(example) = example(code.page()) else { continue };
        seen += 1;
        // Some lints are silent until somebody asks.
        let asked = ["--deny", code.id];
        let (wrong, said) = reported(&example.project(&example.wrong), code.id, &asked);
        if wrong == 0 {
            untrue.push(format!("{}: the wrong example is not reported\n{said}", code.id));
        }
        let (right, said) = reported(&example.project(&example.right), code.id, &asked);
        if right > 0 {
            untrue.push(format!("{}: the right example is reported\n{said}", code.id));
        }
    }
    assert!(seen > 40, "only {seen} pages have an example of both sorts");
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

/// What no other case of the suite provokes: code, definition, and djc.toml.
const CASES: &[(&str, &str, &str)] = &[
    ("DJ0421", "manual A {\n    a : int\n    ---\n    b : varchar(20000)\n}\n", ""),
    ("DJ0429", "manual A {\n    a : int auto_increment\n    ---\n    b : int auto_increment\n    unique index (b)\n}\n", ""),
    ("DJ0430", "manual A {\n    a : int\n    ---\n    b : int auto_increment\n}\n", ""),
    ("DJ0437", "manual A {\n    a : int\n    ---\n    b : enum('x', 'x')\n}\n", ""),
    ("DJ0438", "manual A {\n    a : int\n    ---\n    b : enum('LONG')\n}\n", ""),
    ("DJ0435", "manual A {\n    a : int\n    ---\n    b : int\n    index (b, b)\n}\n", ""),
];

#[test]
fn what_a_server_refuses_is_reported_once() {
    for (code, text, toml) in CASES {
        let text = format!("schema rig\n\n{}", text.replace("LONG", &"x".repeat(300)));
        let project = TestProject::with(&[("rig.dj", text.as_str()), ("djc.toml", &format!("[pipeline]\nsources = [\"*.dj\"]\n{toml}"))]);
        let (times, said) = reported(&project, code, &["--dialect", "mysql"]);
        assert_eq!(times, 1, "{code}\n{said}");
    }
}

#[test]
fn generations_in_one_chain_are_reported_once_and_allowed_by_name() {
    let toml = "[pipeline]\nsources = [\"*.dj\"]\n[schemas.new]\ndatajoint = \"2\"\n";
    let old = "schema old\n\nmanual Subject {\n    subject : varchar(8)\n}\n";
    let new = "schema new\nuse old\n\nmanual Session {\n    -> old.Subject\n    session : int32\n}\n";
    let project = TestProject::with(&[("old.dj", old), ("new.dj", new), ("djc.toml", toml)]);
    assert_eq!(reported(&project, "DJ0440", &[]).0, 1);
    assert_eq!(reported(&project, "DJ0440", &["--allow-shared", "old"]).0, 0);

    let old = "schema old\nuse new\n\nmanual Session {\n    -> new.Subject\n    session : int\n}\n";
    let new = "schema new\n\nmanual Subject {\n    subject : int32\n}\n";
    let project = TestProject::with(&[("old.dj", old), ("new.dj", new), ("djc.toml", toml)]);
    let (times, said) = reported(&project, "DJ0441", &[]);
    assert_eq!(times, 1, "{said}");
}

#[test]
fn errors_without_end_are_cut_once() {
    let text = format!("schema rig\n\nmanual A {{\n{}}}\n", "    ???\n".repeat(5000));
    let project = TestProject::with(&[("rig.dj", text.as_str())]);
    assert_eq!(reported(&project, "DJ0028", &["rig.dj"]).0, 1);
}

/// Said by lowering to callers that have not looked for it first, as `djc` does (DJ0109).
const ONLY_FOR_LIBRARIES: &[&str] = &["DJ0423"];

#[test]
fn every_code_has_a_case() {
    let mut paths = Vec::new();
    collect(&root().join("tests/suite"), &mut paths);
    collect(&root().join("snapshots"), &mut paths);
    let cases: String = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let missing: Vec<&str> = CODES
        .iter()
        .filter(|code| !cases.contains(code.id) && !ONLY_FOR_LIBRARIES.contains(&code.id) && example(code.page()).is_none())
        .map(|code| code.id)
        .collect();
    assert!(missing.is_empty(), "no case provokes {missing:?}");
}
