//! Migrations of a public package between its releases: Spyglass 0.5.4 → 0.5.5 → 0.6.0, with rows, there and back.
//!
//! The releases are downloaded as those of `conformance` are, and nothing of them is kept. What is in the tables is random; every value that a migration has no
//! reason to touch must stand beside its key afterwards, and all of it must be as it was behind a rollback.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use djc::core::catalog::Catalog;
use djc::core::dialect::{Options, Server, Target, lower};
use djc::core::ir::Generation;
use djc::core::plan::TableName;
use djc::import::Layout;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};

use crate::conformance::compiled::Compiled;
use crate::conformance::packages::{Workflow, cache, workflows};
use crate::hashes::Contents;
use crate::labs::drop_schemas;
use crate::rows::{Wanted, insert, rows};
use crate::support::{Outcome, TestProject, outcome, run_id, server};

/// Releases with what a person answers when the next migration is made of them.
const RELEASES: [(&str, &[&str]); 3] = [("0.5.4", &[]), ("0.5.5", &[]), ("0.6.0", &[])];

/// A project that goes from release to release, and its database.
struct Lab {
    project: TestProject,
    url: String,
    server: Server,
    prefix: String,
    /// What the definitions of the latest release make.
    catalog: Catalog,
}

impl Lab {
    fn djc(&self, arguments: &[&str]) -> Outcome {
        outcome(self.project.command().env("USER_PREFIX", "wild").args(arguments))
    }

    /// Puts the definitions of a release into the project; `None`, said aloud, where they cannot be fetched.
    fn take(&mut self, version: &str) -> Option<()> {
        let known =
            workflows().into_iter().find(|workflow| workflow.packages.iter().any(|package| package.starts_with("spyglass-neuro==")));
        let workflow = Workflow { packages: vec![format!("spyglass-neuro=={version}")], ..known? };
        let folders = workflow.fetch()?;
        let out = cache().join(format!("history-{version}-{}", self.prefix));
        workflow.import(&folders, Generation::Classic, Layout::Schema, &out);
        let compiled = Compiled::of(&out, &workflow.vars);
        compiled.rename_schemas(&self.prefix);
        let compiled = Compiled::of(&out, &workflow.vars).without_faults();
        self.catalog = lower(&compiled.pipeline, &compiled.names, &Target::new(self.server), &Options::default()).catalog;
        copy(&out, self.project.path());
        fs::remove_dir_all(&out).expect("the folder is ours");
        Some(())
    }

    fn with_db<T>(&self, work: impl AsyncFnOnce(&mut Db) -> T) -> T {
        let url = match self.url.strip_prefix("sqlite:") {
            Some(file) => DatabaseUrl::SqliteFile(self.project.path().join(file)),
            None => DatabaseUrl::parse(&self.url).expect("a URL"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut db = Db::connect(&url, &ConnectOptions::default()).await.expect("a connection");
            let out = work(&mut db).await;
            db.close().await;
            out
        })
    }

    fn held(&self) -> Contents {
        self.with_db(async |db| Contents::read(db, &self.catalog).await)
    }

    fn fill(&self) {
        let wanted = Wanted { seed: 5, most: 6, tame: true };
        let made = rows(&self.catalog, self.server, wanted);
        self.with_db(async |db| insert(db, &made).await.expect("the rows fit"));
    }
}

/// Puts the definitions of one folder in the place of those of another.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(to).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "dj") {
            fs::remove_file(path).expect("a file");
        }
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

/// Asserts that every column which both releases have holds what it held, beside the key that both have.
fn untouched(version: &str, was: (&Catalog, &Contents), now: (&Catalog, &Contents)) -> usize {
    let mut same = 0;
    let mut wrong = Vec::new();
    for table in was.0.tables() {
        let name = TableName::new(&table.schema, &table.name);
        let (Some(after), Some(before), Some(held)) = (now.0.table(&name.schema, &name.table), was.1.table(&name), now.1.table(&name))
        else {
            continue;
        };
        let key: Vec<String> = table.primary_key.iter().filter(|column| after.column(column).is_some()).cloned().collect();
        if before.len() > held.len() {
            wrong.push(format!("{name}: {} rows, before {}", held.len(), before.len()));
        }
        for column in table.columns.iter().filter(|column| after.column(&column.name).is_some()) {
            // Contents that came are rows more, so that only tables with as many rows are held against each other.
            if before.len() == held.len() {
                match before.hash(&key, &column.name) == held.hash(&key, &column.name) {
                    true => same += 1,
                    false => wrong.push(format!("{name}.{}", column.name)),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{version}: {wrong:#?}");
    same
}

fn releases_follow_each_other(url: &str, server: Server, tag: &str) {
    let prefix = format!("djh{}{tag}_", run_id());
    let mut lab = Lab { project: TestProject::new(), url: url.to_string(), server, prefix, catalog: Catalog::default() };
    let mut held: Vec<(Catalog, Contents)> = Vec::new();
    let mut schemas = BTreeSet::new();
    for (at, (version, answers)) in RELEASES.iter().enumerate() {
        if lab.take(version).is_none() {
            break;
        }
        schemas.extend(lab.catalog.schemas.keys().cloned());
        let name = format!("v{}", version.replace('.', "_"));
        lab.djc(&[&["migrate", "new", &name], *answers].concat()).exits(0);
        let said = lab.djc(&["migrate", "apply", "--yes", "--database", url]).exits(0);
        println!("{url}: {version}\n{}", said.stdout);
        if at == 0 {
            lab.fill();
        }
        lab.djc(&["check", "--database", url]).exits(0);
        let now = lab.held();
        if let Some((catalog, was)) = held.last() {
            let same = untouched(version, (catalog, was), (&lab.catalog, &now));
            println!("{url}: {version}: {same} columns hold what they held");
        }
        held.push((lab.catalog.clone(), now));
    }
    while held.len() > 1 {
        held.pop();
        let (catalog, was) = held.last().expect("one is left");
        lab.djc(&["migrate", "rollback", "--to", &format!("{:04}", held.len()), "--yes", "--database", url]).exits(0);
        lab.catalog = catalog.clone();
        assert_eq!(was.differences(&lab.held()), Vec::<String>::new(), "{url}: behind the rollback to {}", RELEASES[held.len() - 1].0);
    }
    drop_schemas(url, &schemas);
}

#[test]
fn releases_of_spyglass_follow_each_other_on_sqlite() {
    releases_follow_each_other("sqlite:lab.db", Server::Sqlite, "sq");
}

#[test]
fn releases_of_spyglass_follow_each_other_on_mariadb() {
    server("DJC_TEST_MARIADB").into_iter().for_each(|url| releases_follow_each_other(&url, Server::MariaDb, "ma"));
}
