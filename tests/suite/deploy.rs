//! `djc deploy` holds a pipeline against the server that is there, not against the one that djc.toml imagines.

use crate::support::{TestProject, server};

/// Returns a project whose schemas nobody else uses, and the URL of a server of the MySQL family.
fn on_mysql_family(name: &str, files: &[(&str, &str)]) -> Vec<(TestProject, String)> {
    let urls = ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL"].into_iter().filter_map(server);
    let project = |url: String| {
        let mine = |text: &str| text.replace("$P", &format!("djct_{}_{name}", crate::support::run_id()));
        let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, mine(text))).collect();
        (TestProject::with(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>()), url)
    };
    urls.map(project).collect()
}

#[test]
fn key_that_fits_the_charset_of_a_schema_that_exists_is_taken() {
    let lab = "schema lab as \"$P_lab\"\n\nmanual First {\n    a : int\n}\n";
    // 2000 bytes in latin1, 8000 in utf8mb4, of 3072.
    let wide = "\nmanual Wide {\n    a : varchar(1000)\n    b : varchar(1000)\n}\n";
    for (project, url) in on_mysql_family("kept", &[("lab.dj", lab)]) {
        project.djc(&["deploy", "lab.dj", "--database", &url, "--charset", "latin1"]).exits(0);
        project.write("lab.dj", &(project.read("lab.dj") + wide));
        let said = project.djc(&["deploy", "lab.dj", "--database", &url]).exits(0);
        assert!(said.stdout.contains("exists with charset latin1 and keeps it"), "{}", said.text());
        let elsewhere = project.read("lab.dj").replace("_lab\"", "_new\"");
        project.write("new.dj", &elsewhere.replace("schema lab", "schema new"));
        let refused = project.djc(&["deploy", "new.dj", "--database", &url]).exits(1);
        assert!(refused.stderr.contains("utf8mb4"), "{}", refused.text());
    }
}

#[test]
fn reference_into_a_schema_of_another_charset_is_a_finding() {
    let lab = "schema lab as \"$P_lab\"\n\nmanual Subject {\n    subject : varchar(8)\n}\n";
    let rig = "schema rig as \"$P_rig\"\nuse lab\n\nmanual Session {\n    -> lab.Subject\n}\n";
    let toml = "[pipeline]\nsources = [\"*.dj\"]\n";
    for (project, url) in on_mysql_family("joined", &[("lab.dj", lab), ("rig.dj", rig), ("djc.toml", toml)]) {
        project.djc(&["deploy", "lab.dj", "--database", &url, "--charset", "latin1"]).exits(0);
        let refused = project.djc(&["deploy", "rig.dj", "--database", &url]).exits(1);
        assert!(refused.stderr.contains("DJ0434") && refused.stderr.contains("rig.dj:5:5"), "{}", refused.text());
        project.djc(&["deploy", "rig.dj", "--database", &url, "--charset", "latin1"]).exits(0);
    }
}

#[test]
fn what_only_mysql_refuses_is_no_matter_on_mariadb() {
    // MariaDB keeps a digest for a unique index of 4000 bytes.
    let lab = "schema lab as \"$P_lab\"\n\nmanual Note {\n    note : int\n    ---\n    text : varchar(1000)\n    unique index (text)\n}\n";
    for (project, url) in on_mysql_family("digest", &[("lab.dj", lab)]) {
        let said = project.djc(&["deploy", "lab.dj", "--database", &url]);
        let is_mariadb = std::env::var("DJC_TEST_MARIADB").is_ok_and(|mariadb| mariadb == url);
        said.exits(if is_mariadb { 0 } else { 1 });
    }
}

#[test]
fn modules_of_one_physical_schema_make_it_once() {
    let one = "schema one as \"shared\"\n\nmanual A {\n    a : int\n}\n";
    let two = "schema two as \"shared\"\nuse one.A\n\nmanual B {\n    -> A\n}\n";
    let toml = "[pipeline]\nsources = [\"*.dj\"]\n[schemas.two]\ncharset = \"latin1\"\n";
    let project = TestProject::with(&[("one.dj", one), ("two.dj", two), ("djc.toml", toml)]);
    let said = project.djc(&["sql"]).exits(0);
    assert_eq!(said.stdout.matches("CREATE DATABASE").count(), 1, "{}", said.stdout);
    let made = project.djc(&["deploy", "--database", "sqlite:lab.db"]).exits(0);
    assert!(made.stdout.contains("1 schema and 2 tables created"), "{}", made.text());
}
