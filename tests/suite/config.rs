//! Which database is meant and who logs in is shown with its origin, and no password ever is.

use std::fs;
use std::process::Command;

use djc::core::ir::Generation;
use serde_json::Value;

use crate::python::with_datajoint;
use crate::support::{Outcome, TestProject, outcome, server, snapshot};

const TOML: &str = "[pipeline]\nname = \"x\"\n\n[database.dev]\nurl = \"sqlite:dev.db\"\n\n[database.lab]\nurl = \"mysql://ana:geheim@lab.example.org?tls=off\"\n";

const CLASSIC: &str = r#"{
  "database.host": "db.example.org",
  "database.user": "ben",
  "database.password": "geheim",
  "database.prot": 3307,
  "safemode": "yes",
  "stores": {"raw": {"protocol": "s3", "secret_key": "geheim"}},
  "custom": {"spyglass_dirs": {"base": "data"}}
}
"#;

fn project(files: &[(&str, &str)]) -> TestProject {
    let project = TestProject::with(files);
    for (name, _) in files {
        private(&project, name);
    }
    project
}

#[cfg(unix)]
fn private(project: &TestProject, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(project.path().join(name), fs::Permissions::from_mode(0o600)).expect("our own file");
}

#[cfg(not(unix))]
fn private(_project: &TestProject, _name: &str) {}

fn djc(project: &TestProject, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    outcome(project.command().envs(variables.iter().copied()).args(arguments))
}

#[test]
fn every_value_is_shown_with_its_origin() {
    let classic = project(&[("djc.toml", TOML), ("dj_local_conf.json", CLASSIC)]);
    let said = djc(&classic, &[("DJ_USER", "cyd"), ("DJ_PORT", "4")], &["config"]).exits(0);
    snapshot("config", "all_databases", &said.text());
    let said = djc(&classic, &[], &["config", "--database", "mysql://ben@db.example.org"]).exits(0);
    snapshot("config", "a_url_completed_by_a_file", &said.text());

    let json = r#"{"database": {"host": "pg.example.org", "backend": "postgresql", "use_tls": true}, "jobs": {"auto_refresh": false}}"#;
    let modern = project(&[("datajoint.json", json), (".secrets/database.password", "geheim\n"), ("dj_local_conf.json", CLASSIC)]);
    let said = djc(&modern, &[("DJ_USER", "cyd")], &["config", "--format", "json"]).exits(0);
    snapshot("config", "json", &said.text());
}

#[test]
fn what_is_wrong_says_what_to_do() {
    let nothing = TestProject::new();
    let said = djc(&nothing, &[], &["config"]).exits(0);
    assert!(said.stdout.contains("settings of datajoint: no database is named: write --database URL"), "{}", said.text());
    let said = djc(&nothing, &[], &["config", "--database", "lab"]).exits(2);
    assert!(said.stderr.contains("there is no database `lab`: djc.toml names no database"), "{}", said.text());
    let said = djc(&project(&[("djc.toml", TOML)]), &[], &["config", "--database", "lob"]).exits(2);
    assert!(said.stderr.contains("djc.toml has `dev`, `lab`"), "{}", said.text());
    let broken = project(&[("dj_local_conf.json", "{\n  \"database.host\": \"lab\",\n}\n")]);
    snapshot("config", "broken_json", &djc(&broken, &[], &["config"]).exits(0).text());
    // A database that is named otherwise is not kept waiting by it.
    broken.write("lab.dj", "schema lab\n\nmanual Subject {\n    # animals\n    subject : int  # number\n}\n");
    let said = djc(&broken, &[], &["deploy", "--database", "sqlite:lab.db"]).exits(0);
    assert!(said.stderr.contains("warning[DJ0811]"), "{}", said.text());
}

#[test]
fn overlapping_sections_of_a_store_are_found() {
    let json = r#"{"database": {"host": "lab"}, "stores": {"raw": {"protocol": "file", "location": "d", "filepath_prefix": "_hash/x"}}}"#;
    let said = djc(&project(&[("datajoint.json", json)]), &[], &["config"]).exits(0);
    assert!(said.stdout.contains("warning[DJ0818]") && said.stdout.contains("datajoint.json:1:"), "{}", said.text());
}

#[cfg(unix)]
#[test]
fn settings_that_cannot_be_read_or_may_be_read_by_all_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let project = project(&[("dj_local_conf.json", CLASSIC)]);
    let path = project.path().join("dj_local_conf.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("our own file");
    let said = djc(&project, &[], &["config"]).exits(0);
    assert!(said.stdout.contains("warning[DJ0814]") && said.stdout.contains("chmod 600 dj_local_conf.json"), "{}", said.text());
    fs::write(&path, b"\xff\xfe").expect("our own file");
    let said = djc(&project, &[], &["config"]).exits(0);
    assert!(said.stdout.contains("warning[DJ0817]"), "{}", said.text());
}

#[test]
fn no_password_is_ever_printed() {
    let toml = format!(
        "{TOML}pasword = \"geheim\"\n\n[database.odd]\nurl = \"oracle://ana:geheim@lab\"\n\n[database.near]\nurl = \"mysql://ana:geheim@127.0.0.1:1\"\n"
    );
    let json = r#"{"database": {"host": "127.0.0.1", "port": 1, "user": "ana", "password": "geheim", "pass": "geheim"}}"#;
    let project = TestProject::with(&[
        ("djc.toml", &toml),
        ("datajoint.json", json),
        ("dj_local_conf.json", CLASSIC),
        ("lab.dj", "schema lab\n\nmanual Subject {\n    # animals\n    subject : int  # number\n}\n"),
    ]);
    let variables = [("DJ_PASS", "geheim"), ("DJC_DATABASE_PASSWORD", "geheim"), ("DJ_STORES", r#"{"a": {"token": "geheim"}}"#)];
    let runs: &[&[&str]] = &[
        &["config"],
        &["config", "--format", "json"],
        &["config", "--database", "mysql://ana:geheim@lab:x"],
        &["check"],
        &["check", "--format", "sarif"],
        &["check", "mysql://ana:geheim@lab"],
        &["deploy", "--database", "near"],
        &["deploy", "--database", "odd"],
        &["deploy", "--database", "mysql://ana:geheim@127.0.0.1:1"],
        &["deploy", "--database", "ana:geheim@lab"],
        &["status", "--database", "near"],
        &["status"],
        &["diff", "lab.dj", "near"],
        &["diff", "lab.dj", "mysql://ana:geheim@127.0.0.1:1"],
        &["diff", "mysql:/ana:geheim@lab", "lab.dj"],
        &["diff", "lab.dj", "ana:geheim@lab"],
        &["check", "ana:geheim@lab"],
        &["fmt", "mysql://ana:geheim@lab"],
        &["import", "python", "mysql://ana:geheim@lab", "-o", "out"],
        &["check", "--database", "near"],
        &["check", "--database", "mysql://ana:geheim@127.0.0.1:1"],
        &["pull", "--database", "mysql://ana:geheim@127.0.0.1:1", "-o", "out"],
        &["deploy", "--databse", "mysql://ana:geheim@lab"],
    ];
    for environment in [&variables[..], &[]] {
        for arguments in runs {
            let said = djc(&project, environment, arguments);
            assert!(!said.text().contains("geheim"), "{arguments:?}\n{}", said.text());
        }
    }
}

#[test]
fn the_settings_of_datajoint_log_in() {
    let Some(url) = server("DJC_TEST_MARIADB") else { return };
    let (login, address) = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).expect("a login");
    let (user, password) = login.split_once(':').expect("a password");
    let (host, port) = address.split_once(':').expect("a port");
    let lab = ("lab.dj", "schema lab as \"djc_config_login\"\n\nmanual Subject {\n    # animals\n    subject : int  # number\n}\n");
    let to = format!("mysql://{address}");
    let dry = ["deploy", "--dry-run", "--database", &to];

    let nobody = project(&[lab]);
    let said = djc(&nobody, &[], &dry);
    assert_eq!(said.code, 2, "{}", said.text());
    djc(&nobody, &[("DJ_USER", user), ("DJ_PASS", password)], &dry).exits(0);
    djc(&nobody, &[("DJC_DATABASE_USER", user), ("DJC_DATABASE_PASSWORD", password)], &dry).exits(0);
    // What is meant for another server is not sent to this one.
    let said = djc(&nobody, &[("DJ_HOST", "db.example.org"), ("DJ_USER", user), ("DJ_PASS", password)], &dry);
    assert_eq!(said.code, 2, "{}", said.text());

    let classic = format!(
        "{{\"database.host\": \"{host}\", \"database.port\": {port}, \"database.user\": \"{user}\", \"database.password\": \"{password}\"}}"
    );
    djc(&project(&[lab, ("dj_local_conf.json", &classic)]), &[], &dry).exits(0);
    let modern = format!("{{\"database\": {{\"host\": \"{host}\", \"port\": {port}, \"user\": \"{user}\"}}}}");
    djc(&project(&[lab, ("datajoint.json", &modern), (".secrets/database.password", password)]), &[], &dry).exits(0);
}

/// Prints host, port and user as the real datajoint would connect, with a password that is only told from others by its length.
const ASK: &str = r#"
import json, warnings
warnings.simplefilter("ignore")
import datajoint as dj
host, port = dj.config["database.host"], dj.config["database.port"]
if ":" in host:
    host, port = host.split(":")
password = dj.config["database.password"]
password = password.get_secret_value() if hasattr(password, "get_secret_value") else password
print(json.dumps({"host": host, "port": str(port), "user": dj.config["database.user"], "password": len(password or "")}))
"#;

#[test]
fn the_real_datajoint_would_connect_to_the_same_place() {
    let classic_port = r#"{"database.host": "lab:3307", "database.port": 3308, "database.user": "ana", "database.password": "four"}"#;
    let classic = r#"{"database.host": "lab", "database.user": "ana", "database.password": "four"}"#;
    let nested = r#"{"database": {"host": "lab", "user": "ana", "port": 3309}}"#;
    let flat = r#"{"database.host": "lab", "database.user": "ana", "database.password": "four"}"#;
    let other = [("DJ_HOST", "other"), ("DJ_USER", "ben"), ("DJ_PASS", "five!")];
    let secrets = (".secrets/database.password", "secret\n");
    type Case<'a> = (Generation, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)]);
    let cases: [Case; 10] = [
        (Generation::Classic, &[("dj_local_conf.json", classic_port)], &[]),
        (Generation::Classic, &[("dj_local_conf.json", classic_port)], &other),
        (Generation::Classic, &[(".datajoint_config.json", classic)], &[("DJ_PORT", "9")]),
        (Generation::Classic, &[("dj_local_conf.json", classic), (".datajoint_config.json", classic_port)], &[]),
        (Generation::Modern, &[("datajoint.json", nested), secrets], &[]),
        (Generation::Modern, &[("datajoint.json", flat), secrets], &[("DJ_PORT", "3310")]),
        (Generation::Modern, &[("datajoint.json", nested), secrets], &other),
        (Generation::Modern, &[("datajoint.json", nested)], &[("DJ_BACKEND", "postgresql"), ("DJ_USER", "")]),
        (Generation::Modern, &[("datajoint.json", nested), secrets], &[("DJ_IGNORE_CONFIG_FILE", "true"), ("DJ_HOST", "other")]),
        (Generation::Modern, &[(".git/HEAD", ""), ("datajoint.json", flat)], &[("DJ_BACKEND", "postgresql")]),
    ];
    for (generation, files, variables) in cases {
        let Some(python) = with_datajoint(generation) else { return };
        let project = project(files);
        let mut ask = Command::new(python);
        ask.arg("-c").arg(ASK).current_dir(project.path()).env_clear().env("HOME", project.path()).envs(variables.iter().copied());
        let output = ask.output().expect("Python starts");
        let theirs: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let said = djc(&project, variables, &["config", "--format", "json"]).exits(0);
        let ours: Value = serde_json::from_str(&said.stdout).expect("JSON");
        let parts = ours["databases"][0]["parts"].as_array().expect("parts");
        let part = |name: &str| parts.iter().find(|part| part["part"] == name).map_or(Value::Null, |part| part["value"].clone());
        for name in ["host", "port", "user"] {
            assert_eq!(part(name), theirs[name], "{name} of {files:?} with {variables:?}");
        }
        assert_eq!(part("password").is_null(), theirs["password"] == 0, "password of {files:?} with {variables:?}");
    }
}
