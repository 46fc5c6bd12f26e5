//! The guide "Adding djc to an existing lab database" is true: its statements and commands, run in order on a lab that the real datajoint
//! made, with the least account that it names, say what stands there.

use std::process::Command;

use djc::core::ir::Generation;
use djc_runtime::DatabaseUrl;

use crate::python::{run, with_datajoint};
use crate::support::{TestProject, console, outcome, page_says, root, run_sql, server, walked};

const PAGE: &str = "docs/book/adopt.md";

/// A walk along the page, on a lab whose names have a prefix of their own.
struct Walk {
    project: TestProject,
    /// Of the administrator.
    url: String,
    /// Of the schemas, and of the account; the page has `lab_`.
    prefix: String,
    /// The exit code of the last command.
    code: i32,
}

impl Walk {
    fn scheme(&self) -> &str {
        self.url.split_once("://").expect("a URL has a scheme").0
    }

    fn is_postgres(&self) -> bool {
        self.scheme().starts_with("postgres")
    }

    /// Returns a text of the page as it is for this lab.
    fn here(&self, text: &str) -> String {
        let host = self.url.rsplit_once('@').expect("a URL with a host").1;
        text.replace("mysql://lab.example.org", &format!("{}://{host}", self.scheme()))
            .replace("lab\\_", &self.prefix.replace('_', "\\_"))
            .replace("lab_", &self.prefix)
            .replace("'djc'", &format!("'{}'", self.account()))
            .replace("ROLE djc", &format!("ROLE {}", self.account()))
            .replace("TO djc", &format!("TO {}", self.account()))
            .replace('…', "Walk_1")
    }

    fn account(&self) -> String {
        format!("{}djc", self.prefix)
    }

    /// Returns what was said as the page has it, which is of MariaDB: but for the prefix, the address, the version and the generation.
    fn as_on_page(&self, said: &str) -> String {
        let line = |line: &str| {
            let line = line.replace(&self.prefix, "lab_").replace("tables of datajoint 2", "tables of datajoint 0.14");
            match line.split_once(&format!("{}://", self.scheme())) {
                Some(("", rest)) => {
                    let compared = rest.rsplit_once(": ").map(|(_, tail)| tail).filter(|tail| tail.contains("tables compared"));
                    let compared = compared.map(|tail| format!(": {tail}")).unwrap_or_default();
                    format!("mysql://djc:***@lab.example.org: MariaDB 10.11.19{compared}\n")
                }
                _ => line + "\n",
            }
        };
        said.lines().map(line).collect()
    }

    /// Runs the statements of a block, those of the other family of servers left out.
    fn sql(&self, block: &str) {
        let theirs = if self.is_postgres() { "CREATE USER" } else { "CREATE ROLE" };
        if !block.contains(theirs) {
            let statements: Vec<String> = self.here(block).split_terminator(";\n").map(str::to_string).collect();
            run_sql(&DatabaseUrl::parse(&self.url).expect("a URL"), &statements);
        }
    }

    /// Runs a command line in a shell, with what the page exports, and returns what it says.
    fn shell(&mut self, line: &str) -> String {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_djc")).parent().expect("a folder");
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
        let script = format!("exec 2>&1; (exit {}); {}", self.code, self.here(line));
        let mut command = assert_cmd::Command::new("sh");
        command.arg("-c").arg(script).current_dir(self.project.path()).env_clear().env("PATH", path).env("HOME", self.project.path());
        command.env("LC_ALL", "C.UTF-8").env("DJC_DATABASE_USER", self.account()).env("DJC_DATABASE_PASSWORD", "Walk_1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ana").env(format!("GIT_{role}_EMAIL"), "ana@lab.example.org");
        }
        let said = outcome(&mut command);
        self.code = said.code;
        self.as_on_page(&said.stdout)
    }

    /// Walks the page and returns it with what was really said.
    fn along(&mut self, page: &str) -> String {
        walked(page, |language, block| match language {
            "console" => console(block, |line| self.shell(line)),
            "sql" => {
                self.sql(block);
                block.to_string()
            }
            _ => block.to_string(),
        })
    }

    fn clean(&self) {
        let (prefix, account) = (&self.prefix, self.account());
        let statements = if self.is_postgres() {
            vec![format!("DROP SCHEMA {prefix}ephys, {prefix}subject CASCADE"), format!("DROP ROLE {account}")]
        } else {
            vec![format!("DROP DATABASE {prefix}ephys"), format!("DROP DATABASE {prefix}subject"), format!("DROP USER '{account}'@'%'")]
        };
        run_sql(&DatabaseUrl::parse(&self.url).expect("a URL"), &statements);
    }
}

fn guide_is_true_on(variable: &str, generation: Generation) {
    let Some(url) = server(variable) else { return };
    let Some(python) = with_datajoint(generation) else { return };
    let tag = variable.rsplit('_').next().expect("a name").to_lowercase();
    let prefix = format!("dja{}{}_", crate::support::run_id(), &tag[..2]);
    run(Command::new(python).arg(root().join("tests/python/lab.py")).args([&url, &prefix])).expect("datajoint declares the lab");
    let mut walk = Walk { project: TestProject::new(), url, prefix, code: 0 };
    let page = std::fs::read_to_string(root().join(PAGE)).expect("the guide is there");
    let walked = walk.along(&page);
    walk.clean();
    if generation == Generation::Modern {
        // The file of this generation is not the one that the page shows.
        let without_file = |text: &str| {
            text.replace(text.split("```").find(|block| block.contains("$ cat pipeline/lab_subject.dj")).expect("the file"), "")
        };
        assert_eq!(without_file(&page), without_file(&walked));
    } else {
        page_says(PAGE, &page, &walked);
    }
    // What the job runs is what was walked, and ended with drift.
    let job = page.lines().find_map(|line| line.strip_prefix("      - run: djc ")).expect("the job runs djc");
    assert!(page.contains(&format!("$ CI=true djc {job}\n")), "{job}");
    assert!(walked.contains("::error file=pipeline/lab_subject.dj,line="), "{walked}");
}

#[test]
fn guide_is_true_on_mariadb() {
    guide_is_true_on("DJC_TEST_MARIADB", Generation::Classic);
}

#[test]
fn guide_is_true_on_mysql() {
    guide_is_true_on("DJC_TEST_MYSQL", Generation::Classic);
}

#[test]
fn guide_is_true_on_postgres() {
    guide_is_true_on("DJC_TEST_POSTGRES", Generation::Modern);
}
