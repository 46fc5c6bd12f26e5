//! What djc does with the forms that people write and with those that datajoint is odd about: the rows of `docs/book/decisions.md`.
//!
//! A case is one file, named by what is special about it; a line `# --- NAME` begins another file of its project, or the rest of its
//! `djc.toml`. Each is checked, and where nothing is wrong compiled, for 0.14 on MySQL and for generation 2 on MySQL and PostgreSQL.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::{TestProject, cases, collect, root, server};

/// The generation, the server, and what they are called in snapshots.
const TARGETS: [(&str, &str, &str); 3] =
    [("0.14", "mysql", "datajoint 0.14, MySQL"), ("2", "mysql", "datajoint 2, MySQL"), ("2", "postgres", "datajoint 2, PostgreSQL")];

/// Cuts a case into the files of its project.
fn project(text: &str, generation: &str) -> TestProject {
    let mut files = vec![("forms.dj".to_string(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("# --- ") {
            Some(name) => files.push((name.trim().to_string(), String::new())),
            None => files.last_mut().expect("there is a first file").1.push_str(line),
        }
    }
    let pipeline = format!("[pipeline]\nsources = [\"*.dj\"]\ndatajoint = \"{generation}\"\n\n");
    if !files.iter().any(|(name, _)| name == "djc.toml") {
        files.push(("djc.toml".to_string(), String::new()));
    }
    let project = TestProject::new();
    for (name, text) in files {
        project.write(&name, &if name == "djc.toml" { format!("{pipeline}{text}") } else { text });
    }
    project
}

/// Returns the statements about tables, without those that every schema has.
fn statements(sql: &str) -> String {
    let every = ["--", "CREATE DATABASE", "CREATE SCHEMA"];
    let kept = sql.split("\n\n").map(str::trim).filter(|statement| !every.iter().any(|head| statement.starts_with(head)));
    kept.filter(|statement| !statement.contains("~lineage")).map(|statement| format!("{statement}\n")).collect()
}

fn outcome(text: &str, generation: &str, dialect: &str) -> String {
    let project = project(text, generation);
    // The notes about native types would stand beside every `int` of a case that serves both generations.
    let check = project.djc(&["check", "--allow", "native-type", "--dialect", dialect]);
    let mut out = format!("{}{}", check.stdout, check.stderr);
    if check.code == 0 {
        out.push('\n');
        out.push_str(&statements(&project.djc(&["sql", "--dialect", dialect]).exits(0).stdout));
    } else {
        assert_eq!(check.code, 1, "{out}");
    }
    out
}

#[test]
fn every_form_is_accepted_or_refused_as_decided() {
    cases("forms", |_, text| {
        let mut out = format!("{}\n", text.trim_end());
        let mut before: Vec<(&str, String)> = Vec::new();
        for (generation, dialect, title) in TARGETS {
            let outcome = outcome(text, generation, dialect);
            out.push_str(&format!("\n========== {title}\n"));
            match before.iter().find(|(_, known)| *known == outcome) {
                Some((same, _)) => out.push_str(&format!("as {same}\n")),
                None => out.push_str(&outcome),
            }
            before.push((title, outcome));
        }
        out
    });
}

/// Forms that no deploy can make for a reason that only the server at hand knows: MariaDB has no such index, the parent is not there.
const NOT_DEPLOYED: [&str; 3] = ["indexes/expression", "indexes/json_path", "names/tables_of_somebody_else"];

/// Gives every schema of a case a physical name of its own.
fn apart(text: &str, prefix: &str) -> String {
    let rename = |line: &str| match line.strip_prefix("schema ").map(|rest| rest.split_once(" as \"").unwrap_or((rest, rest))) {
        Some((module, physical)) => format!("schema {module} as \"{prefix}{}\"\n", physical.trim_end_matches('"')),
        None => format!("{line}\n"),
    };
    text.lines().map(rename).collect()
}

/// Deploys every case that `djc check` accepts twice; returns what went wrong.
fn deploy_all(generation: &str, dialect: &str, url: &str) -> Vec<String> {
    let data = root().join("tests/data/forms");
    let mut paths = Vec::new();
    collect(&data, &mut paths);
    let mut wrong = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        let name = path.with_extension("").strip_prefix(&data).expect("collected below it").display().to_string().replace('\\', "/");
        if NOT_DEPLOYED.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(path).expect("a case is readable UTF-8");
        let prefix = format!("form{number}_{}_", generation.replace('.', ""));
        let project = project(&apart(&text, &prefix), generation);
        if project.djc(&["check", "--dialect", dialect]).code != 0 {
            continue;
        }
        for time in ["the first", "the second"] {
            let outcome = project.djc(&["deploy", "--database", url]);
            if outcome.code != 0 {
                wrong.push(format!("{name} for datajoint {generation} on {dialect}, {time} time: {}", outcome.text()));
                break;
            }
        }
    }
    wrong
}

#[test]
fn every_accepted_form_can_be_deployed_and_deployed_again() {
    let mut targets = vec![("0.14", "sqlite", "sqlite:forms.db".to_string()), ("2", "sqlite", "sqlite:forms.db".to_string())];
    for (generation, dialect, variable) in
        [("0.14", "mysql", "DJC_TEST_MARIADB"), ("2", "mysql", "DJC_TEST_MARIADB"), ("2", "postgres", "DJC_TEST_POSTGRES")]
    {
        targets.extend(server(variable).map(|url| (generation, dialect, url)));
    }
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> =
            targets.iter().map(|(generation, dialect, url)| scope.spawn(|| deploy_all(generation, dialect, url))).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a thread reports, it does not panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A row of the page: the codes that it says, and its cases.
struct Row {
    codes: BTreeSet<String>,
    cases: Vec<String>,
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/book/decisions.md")).expect("the page is there");
    let mut rows = Vec::new();
    for line in page.lines().filter(|line| line.starts_with('|') && line.contains('`')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, _, djc, cases] = cells.as_slice() else { panic!("a row of five cells: {line}") };
        let codes = djc.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 6 && word.starts_with("DJ"));
        let cases = cases.split('`').skip(1).step_by(2);
        rows.push(Row { codes: codes.map(str::to_string).collect(), cases: cases.map(str::to_string).collect() });
    }
    rows
}

#[test]
fn every_case_stands_in_the_table_of_decisions_and_every_row_has_its_cases() {
    let data = root().join("tests/data/forms");
    let mut paths = Vec::new();
    collect(&data, &mut paths);
    let name = |path: &Path| path.with_extension("").strip_prefix(&data).expect("collected below it").display().to_string();
    let there: BTreeSet<String> = paths.iter().map(|path| name(path).replace('\\', "/")).collect();
    let named: BTreeSet<String> = rows().into_iter().flat_map(|row| row.cases).collect();
    let differ: Vec<_> = there.symmetric_difference(&named).collect();
    assert!(differ.is_empty(), "cases that no row names, or rows that name no case: {differ:#?}");
}

#[test]
fn the_codes_of_a_row_are_those_that_its_cases_show() {
    for row in rows() {
        let snapshot = |case: &String| fs::read_to_string(root().join(format!("snapshots/forms/{case}.snap"))).expect("every case has one");
        let shown: String = row.cases.iter().map(snapshot).collect();
        for code in &row.codes {
            assert!(shown.contains(&format!("[{code}]")), "the row of {:?} says {code}, which no snapshot of it shows", row.cases);
        }
        // A row without a code says that djc is silent, or refers to the row above.
        assert!(row.codes.is_empty() || !row.cases.is_empty(), "{:?} have no case", row.codes);
    }
}
