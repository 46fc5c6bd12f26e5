//! `djc diff` says what differs between files, git revisions and databases, by meaning, and nothing where nothing does.

use std::process::Command;

use serde_json::Value;

use crate::support::{Outcome, TestProject, drop_schema, root, server, snapshot};

const TOML: &str = "[pipeline]\nsources = [\"*.dj\"]\n[database.dev]\nurl = \"sqlite:dev.db\"\n";

/// The two states of the cases: what is below `tests/data/compare`.
fn states() -> (String, String) {
    let read = |name: &str| std::fs::read_to_string(root().join("tests/data/compare").join(name)).expect("a case");
    (read("from/lab.dj"), read("to/lab.dj"))
}

/// Runs git in a folder, as somebody, without the settings of whoever runs the tests.
fn git(project: &TestProject, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.current_dir(project.path()).args(["-c", "user.name=ana", "-c", "user.email=ana@example.org", "-c", "init.defaultBranch=main"]);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").args(arguments);
    git.output().is_ok_and(|output| output.status.success())
}

/// A repository with two commits, or `None` without git, which is said aloud.
fn repository(folder: &str) -> Option<TestProject> {
    let (from, to) = states();
    let project = TestProject::new();
    if !git(&project, &["init", "--quiet"]) {
        eprintln!("SKIPPED: git is needed");
        return None;
    }
    project.write(&format!("{folder}djc.toml"), TOML);
    project.write(&format!("{folder}lab.dj"), &from);
    project.write("notes.txt", "not ours");
    assert!(git(&project, &["add", "--all"]) && git(&project, &["commit", "--quiet", "--message", "one"]));
    assert!(git(&project, &["tag", "v1"]));
    project.write(&format!("{folder}lab.dj"), &to);
    assert!(git(&project, &["commit", "--quiet", "--all", "--message", "two"]));
    Some(project)
}

/// Runs djc where git can be found.
fn djc(project: &TestProject, arguments: &[&str]) -> Outcome {
    let path = std::env::var_os("PATH").unwrap_or_default();
    crate::support::outcome(project.command().env("PATH", path).args(arguments))
}

fn json(project: &TestProject, arguments: &[&str]) -> Value {
    let said = djc(project, &[&["diff", "--format", "json"], arguments].concat());
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.text()))
}

fn two_folders() -> TestProject {
    let (from, to) = states();
    TestProject::with(&[("from/lab.dj", &from), ("to/lab.dj", &to)])
}

#[test]
fn every_sort_of_difference_is_shown_table_by_table() {
    let project = two_folders();
    snapshot("compare", "folders", &project.djc(&["diff", "from", "to"]).exits(3).text());
    snapshot("compare", "folders_back", &project.djc(&["diff", "to", "from"]).exits(3).text());
    snapshot("compare", "folders_on_postgres", &project.djc(&["diff", "from", "to", "--dialect", "postgres"]).exits(3).text());
    snapshot("compare", "colours", &project.djc(&["diff", "from", "to", "--color", "always"]).exits(3).text());
    let said = project.djc(&["diff", "from", "to", "--format", "json"]).exits(3);
    snapshot("compare", "json", &said.stdout);
    let said = project.djc(&["diff", "from", "from/lab.dj"]).exits(0);
    assert_eq!(said.stdout, "from and from/lab.dj: no difference\n");
}

#[test]
fn python_sources_and_their_import_are_the_same() {
    let project = TestProject::with(&[
        (
            "python/lab.py",
            "import datajoint as dj\nschema = dj.schema('lab')\n@schema\nclass Subject(dj.Manual):\n    definition = \"\"\"\n    # animals\n    subject : int  # number\n    \"\"\"\n",
        ),
        ("lab.dj", "schema lab\n\nmanual Subject {\n    # animals\n    subject : int  # number\n}\n"),
        ("other.dj", "schema lab\n\nmanual Subject {\n    # beasts\n    subject : int  # number\n}\n"),
    ]);
    project.djc(&["diff", "python", "lab.dj"]).exits(0);
    let said = project.djc(&["diff", "python", "other.dj"]).exits(3);
    assert!(said.stdout.contains("table comment: \"animals\" -> \"beasts\""), "{}", said.text());
}

#[test]
fn revisions_are_read_from_git() {
    let Some(project) = repository("") else { return };
    let by_folders = json(&two_folders(), &["from", "to"])["differences"].clone();
    assert!(by_folders.as_array().is_some_and(|list| list.len() > 5));
    for sides in [["git:v1", "git:main"], ["git:v1", "."], ["git:HEAD~1", "lab.dj"], ["git:v1:lab.dj", "git:HEAD:."]] {
        assert_eq!(json(&project, &sides)["differences"], by_folders, "{sides:?}");
    }
    djc(&project, &["diff", "git:HEAD"]).exits(0);
    // What is not committed yet is in the folder, not in the revision.
    project.write("lab.dj", &states().0);
    djc(&project, &["diff", "git:v1"]).exits(0);
    djc(&project, &["diff", "git:HEAD", "."]).exits(3);
    assert_eq!(project.read("lab.dj"), states().0, "nothing is checked out");
}

#[test]
fn a_revision_means_the_place_where_one_stands() {
    let Some(project) = repository("pipelines/lab/") else { return };
    let below = |folder: &str, arguments: &[&str]| djc(&project, &[&["-C", folder], arguments].concat());
    below("pipelines/lab", &["diff", "git:HEAD"]).exits(0);
    let said = below("pipelines/lab", &["diff", "git:v1"]).exits(3);
    assert!(said.stdout.contains("git:v1 -> ."), "{}", said.text());
    below("pipelines", &["diff", "git:v1:pipelines/lab", "git:v1:./lab/lab.dj"]).exits(0);
    djc(&project, &["diff", "git:HEAD:pipelines", "pipelines/lab"]).exits(0);
}

#[test]
fn what_cannot_be_read_of_git_is_said() {
    let outside = two_folders();
    let said = djc(&outside, &["diff", "git:main", "to"]).exits(2);
    assert!(said.stderr.contains("`git:main` needs a git repository, and `"), "{}", said.text());
    let said = outside.djc(&["diff", "git:main", "to"]).exits(2);
    assert!(said.stderr.contains("`git:main` needs"), "without PATH: {}", said.text());

    let Some(project) = repository("") else { return };
    for (side, wanted) in [
        ("git:mian", "there is no revision `mian` in this repository; did you mean `git:main`?"),
        ("git:0123456789", "there is no revision `0123456789` in this repository; it has `HEAD`, `main`, `v1`"),
        ("git:--help", "there is no revision `--help`"),
        ("git:", "`git:` names no revision: write git:main"),
        ("git:v1:pipelines", "there is no `pipelines` in `git:v1`; paths begin at the top of the repository"),
    ] {
        let said = djc(&project, &["diff", side, "."]).exits(2);
        assert!(said.stderr.contains(wanted), "{side}: {}", said.text());
        assert!(said.stdout.is_empty(), "{side}: {}", said.text());
    }
    // A file that does not parse is named by revision and path.
    project.write("sub/broken.dj", "schema broken\n\nmanual A {\n    a ; int\n}\n");
    project.write("djc.toml", "[pipeline]\nsources = [\"**/*.dj\"]\n");
    assert!(git(&project, &["add", "--all"]) && git(&project, &["commit", "--quiet", "--message", "three"]));
    let said = djc(&project, &["diff", "git:main", "lab.dj"]).exits(2);
    assert!(said.stderr.contains("git:main:sub/broken.dj:4:") && said.stderr.contains("`git:main` has errors"), "{}", said.text());
}

#[test]
fn sides_that_are_nothing_are_usage_errors() {
    let project = two_folders();
    project.write("djc.toml", TOML);
    let said = project.djc(&["diff", "from", "nowhere"]).exits(2);
    assert!(
        said.stderr.contains("`nowhere` is no file or folder that exists, and no database of djc.toml (it has `dev`)"),
        "{}",
        said.text()
    );
    let said = project.djc(&["diff", "from", "oracle://ana:geheim@lab"]).exits(2);
    assert!(said.stderr.contains("djc does not know databases of the kind `oracle`") && !said.text().contains("geheim"), "{}", said.text());
    let said = project.djc(&["diff", "from/lab.dj", "to/lab.dj", "--schema", "nothing_*"]).exits(2);
    assert!(said.stderr.contains("neither `from/lab.dj` nor `to/lab.dj` has a schema that matches nothing_*"), "{}", said.text());
}

#[test]
fn a_database_is_a_side_on_every_server() {
    let servers = ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"].into_iter().filter_map(server);
    let (from, to) = states();
    let name = format!("djcdiff{}", crate::support::run_id());
    let named = |text: &str| text.replace("schema lab", &format!("schema lab as \"{name}\""));
    let mut deployed = Vec::new();
    for url in servers.chain(["sqlite:dev.db".to_string()]) {
        let project = TestProject::with(&[("from/lab.dj", &named(&from)), ("to/lab.dj", &named(&to))]);
        project.djc(&["deploy", "from", "--yes", "--database", &url]).exits(0);
        project.djc(&["diff", "from", &url]).exits(0);
        project.djc(&["diff", &url, &url, "--schema", &name]).exits(0);
        // What only sources say is left out; the rest is the same from either side.
        let dialect = url.split(':').next().expect("a scheme");
        let of_catalogs = |value: &Value| {
            let only_sources = ["doc", "annotation", "row_added", "row_removed", "row_changed"];
            let list = value["differences"].as_array().expect("a list").iter();
            let list = list.filter(|entry| !only_sources.contains(&entry["kind"].as_str().unwrap_or_default()));
            let mut list: Vec<String> = list.map(|entry| format!("{} {} {}", entry["table"], entry["kind"], entry["subject"])).collect();
            list.sort();
            list
        };
        let by_sources = of_catalogs(&json(&project, &["from", "to", "--dialect", dialect]));
        assert_eq!(of_catalogs(&json(&project, &[&url, "to"])), by_sources, "{dialect}");
        deployed.push(url);
    }
    let mysql_family: Vec<&String> = deployed.iter().filter(|url| url.starts_with("mysql")).collect();
    if let [maria, mysql] = mysql_family.as_slice() {
        TestProject::new().djc(&["diff", maria, mysql, "--schema", &name]).exits(0);
    }
    if let (Some(maria), Some(postgres)) = (mysql_family.first(), deployed.iter().find(|url| url.starts_with("postgres"))) {
        let said = TestProject::new().djc(&["diff", maria, postgres, "--schema", &name]).exits(2);
        assert!(said.stderr.contains("have no common spelling: compare each with the sources"), "{}", said.text());
    }
    deployed.iter().for_each(|url| drop_schema(url, &name));
}
