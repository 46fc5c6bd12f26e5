//! The real datajoint behind a migration: it opens every table, describes each as one that never was migrated, has its rows, and puts new ones beside them.
//!
//! A laboratory's database is one that datajoint made: Python of either generation declares and fills the tables of `tests/data/migrate_crash/before.dj`, djc
//! takes it over with a baseline and migrates it to `after.dj` (an attribute more in the key of eleven tables, renames, tiers, an enum, parked columns), and
//! `tests/python/migrated.py` looks at it again.

use std::process::Command;

use djc::core::ir::Generation;
use serde_json::{Value, json};

use crate::interop::Shipped;
use crate::python::with_datajoint;
use crate::support::{TestProject, drop_schema, root, server};

#[test]
fn datajoint_0_14_goes_on_behind_a_migration_on_mariadb() {
    datajoint_goes_on(Generation::Classic, "DJC_TEST_MARIADB");
}

#[test]
fn datajoint_2_goes_on_behind_a_migration_on_mariadb() {
    datajoint_goes_on(Generation::Modern, "DJC_TEST_MARIADB");
}

#[test]
fn datajoint_2_goes_on_behind_a_migration_on_postgres() {
    datajoint_goes_on(Generation::Modern, "DJC_TEST_POSTGRES");
}

/// Returns one of the two files in the words of a generation.
fn text(file: &str, generation: Generation) -> String {
    let path = root().join("tests/data/migrate_crash").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match generation {
        Generation::Modern => text,
        Generation::Classic => {
            [("int16", "smallint"), ("int32", "int"), ("int64", "bigint"), ("float64", "double"), ("<blob>", "longblob")]
                .iter()
                .fold(text, |text, (new, old)| text.replace(new, old))
        }
    }
}

fn datajoint_goes_on(generation: Generation, variable: &str) {
    let Some(url) = server(variable) else { return };
    let Some(python) = with_datajoint(generation) else { return };
    let last = if generation == Generation::Classic { 'a' } else { 'b' };
    let tag = format!("djcy{}{}{last}", crate::support::run_id(), variable.to_ascii_lowercase().chars().last().expect("a name"));
    let schema = json!({ "module": "lab", "ours": format!("{tag}o"), "theirs": format!("{tag}t") });
    let (ours, theirs) = (format!("{tag}o"), format!("{tag}t"));
    let toml = format!(
        "[pipeline]\nname = \"lab\"\ndatajoint = \"{}\"\nsources = [\"*.dj\"]\n\n[schemas.lab]\nname = \"{ours}\"\n",
        generation.as_str()
    );
    let project = TestProject::with(&[("djc.toml", &toml)]);
    let python = |when: &str, file: &str| -> Value {
        let shipped = Shipped::of(toml.clone(), vec![("lab.dj".to_string(), text(file, generation))]);
        let spec = json!({
            "generation": generation.as_str(), "url": url, "schemas": [schema], "tables": shipped.tables(),
            "rows": project.path().join("rows.pickle"), "gone": ["Scratch"], "changed": { "Species": ["latin"] },
            "columns": {
                "Species": { "latin": "scientific" }, "Session": { "operator": "experimenter" }, "Recording": { "": "Acquisition" },
                "Recording.Channel": { "": "Acquisition.Channel" },
            },
        });
        project.write("spec.json", &spec.to_string());
        let script = root().join("tests/python/migrated.py");
        let out = Command::new(&python).arg(script).arg(project.path().join("spec.json")).arg(when).output().expect("python starts");
        let (printed, errors) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        let report = printed.lines().last().and_then(|line| serde_json::from_str(line).ok());
        report.unwrap_or_else(|| panic!("no report {when} the migration:\n{printed}\n{errors}"))
    };
    let clean = |report: &Value| {
        let findings = report["findings"].as_array().expect("a list of findings");
        assert!(findings.is_empty(), "{variable}, {generation}:\n{}", serde_json::to_string_pretty(findings).expect("JSON"));
    };

    let before = python("before", "before.dj");
    clean(&before);
    project.write("lab.dj", &text("before.dj", generation));
    project.djc(&["migrate", "new", "start"]).exits(0);
    project.djc(&["migrate", "baseline", "--database", &url]).exits(0);
    project.write("lab.dj", &text("after.dj", generation));
    project.djc(&["migrate", "new", "colonies"]).exits(0);
    project.djc(&["migrate", "apply", "--database", &url]).exits(0);
    let behind = python("behind", "after.dj");
    clean(&behind);
    project.djc(&["check", "--database", &url]).exits(0);
    println!(
        "datajoint {} on {variable}: {} rows from before come back from {} tables, {} new ones beside them",
        behind["datajoint"], before["rows"], behind["tables"], behind["rows"]
    );
    [ours, theirs].iter().for_each(|schema| drop_schema(&url, schema));
}
