//! Databases that nobody made for djc: odd names, tables of a thousand columns, schemas that go away while they are read.

use std::sync::atomic::{AtomicBool, Ordering};

use djc_runtime::DatabaseUrl;

use crate::support::{Outcome, TestProject, drop_schema, run_sql, server};

const SERVERS: [&str; 3] = ["DJC_TEST_MARIADB", "DJC_TEST_MYSQL", "DJC_TEST_POSTGRES"];

/// A server, with names of this process.
struct Place {
    url: String,
    prefix: String,
}

impl Place {
    fn each(tag: &str) -> impl Iterator<Item = Place> {
        let prefix = format!("djb{}{tag}_", crate::support::run_id());
        SERVERS.into_iter().filter_map(server).map(move |url| Place { url, prefix: prefix.clone() })
    }

    fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Runs statements written for PostgreSQL; `$` is the prefix.
    fn run(&self, statements: &[&str]) {
        let fit = |sql: &&str| {
            let sql = sql.replace('$', &self.prefix);
            if self.is_postgres() { sql } else { sql.replace("CREATE SCHEMA", "CREATE DATABASE").replace('"', "`") }
        };
        run_sql(&DatabaseUrl::parse(&self.url).expect("a URL"), &statements.iter().map(fit).collect::<Vec<_>>());
    }

    fn pull(&self, project: &TestProject) -> Outcome {
        project.djc(&["pull", "--database", &self.url, "--schema", &format!("{}*", self.prefix), "-o", "out", "--force"])
    }

    fn check(&self, project: &TestProject) -> Outcome {
        project.djc(&["check", "out", "--database", &self.url])
    }

    fn drop(&self, schema: &str) {
        drop_schema(&self.url, &format!("{}{schema}", self.prefix));
    }
}

#[test]
fn names_with_spaces_quotes_and_letters_of_any_language_are_told_and_do_no_harm() {
    for place in Place::each("n") {
        place.run(&[
            "CREATE SCHEMA \"$a 'b\"",
            "CREATE TABLE \"$a 'b\".\"my 'table\" (id int NOT NULL PRIMARY KEY)",
            "CREATE SCHEMA \"$mäuse\"",
            "CREATE TABLE \"$mäuse\".\"größe; drop\" (id int NOT NULL PRIMARY KEY)",
            "CREATE TABLE \"$mäuse\".mouse (id int NOT NULL PRIMARY KEY, \"a 'b\" int, \"größe\" int, weight int)",
        ]);
        let project = TestProject::new();
        let pulled = place.pull(&project);
        let checked = place.check(&project);
        place.run(&["ALTER TABLE \"$mäuse\".mouse DROP COLUMN weight"]);
        let drifted = place.check(&project);
        place.drop("a 'b");
        place.drop("mäuse");
        let pulled = pulled.exits(1);
        for name in ["my 'table", "größe; drop", "column `a 'b`", "column `größe`"] {
            assert!(pulled.stderr.contains(name) || pulled.stdout.contains(name), "{name}: {}", pulled.text());
        }
        let checked = checked.exits(3);
        for told in ["attribute `a 'b`", "attribute `größe`", "größe; drop"] {
            assert!(checked.stdout.contains(told), "{told}: {}", checked.text());
        }
        assert!(!checked.stdout.contains("DJ0610"), "{}", checked.text());
        assert!(drifted.stdout.contains("error[DJ0610]") && drifted.stdout.contains("attribute `weight`"), "{}", drifted.text());
    }
}

#[test]
fn a_table_of_a_thousand_columns_is_pulled_and_one_that_is_lost_is_found() {
    let columns: String = (1..1000).map(|at| format!(", c{at} int NULL")).collect();
    for place in Place::each("w") {
        place.run(&["CREATE SCHEMA \"$wide\"", &format!("CREATE TABLE \"$wide\".wide (id int NOT NULL PRIMARY KEY{columns})")]);
        let project = TestProject::new();
        let pulled = place.pull(&project);
        let same = place.check(&project);
        place.run(&["ALTER TABLE \"$wide\".wide DROP COLUMN c500"]);
        let lost = place.check(&project);
        place.drop("wide");
        pulled.exits(0);
        assert!(same.exits(0).stdout.contains("1 table compared"));
        let lost = lost.exits(3);
        assert_eq!(lost.stdout.matches("[DJ06").count(), 1, "{}", lost.text());
        assert!(lost.stdout.contains("error[DJ0610]") && lost.stdout.contains("`c500`"), "{}", lost.text());
    }
}

#[test]
fn a_schema_that_is_dropped_while_it_is_read_is_never_no_drift() {
    for place in Place::each("d") {
        let make = ["CREATE SCHEMA \"$gone\"", "CREATE TABLE \"$gone\".subject (id int NOT NULL PRIMARY KEY)"];
        let children: Vec<String> = (0..8)
            .map(|at| {
                let reference = "FOREIGN KEY (id) REFERENCES \"$gone\".subject (id) ON UPDATE CASCADE ON DELETE RESTRICT";
                format!("CREATE TABLE \"$gone\".child{at} (id int NOT NULL PRIMARY KEY, {reference})")
            })
            .collect();
        let make: Vec<&str> = make.into_iter().chain(children.iter().map(String::as_str)).collect();
        place.run(&make);
        let project = TestProject::new();
        place.pull(&project).exits(0);
        place.check(&project).exits(0);
        let done = AtomicBool::new(false);
        let said: Vec<(Outcome, Outcome)> = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    place.drop("gone");
                    place.run(&make);
                }
            });
            let other = TestProject::new();
            let said = (0..12).map(|_| (place.check(&project), place.pull(&other))).collect();
            done.store(true, Ordering::Relaxed);
            said
        });
        place.drop("gone");
        let missing = place.check(&project).exits(3);
        assert!(missing.stdout.contains("error[DJ0602]") && missing.stdout.matches("[DJ06").count() == 1, "{}", missing.text());
        for (checked, pulled) in said {
            match checked.code {
                0 => assert!(checked.stdout.contains("9 tables compared"), "{}", checked.text()),
                2 => assert!(!checked.stderr.is_empty() || checked.stdout.contains("DJ0652"), "{}", checked.text()),
                code => assert!(code == 3 && checked.stdout.contains("DJ06"), "{}", checked.text()),
            }
            assert!([0, 1, 2].contains(&pulled.code), "{}", pulled.text());
        }
    }
}
