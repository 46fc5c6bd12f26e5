//! Changes that labs had to make by hand (docs/book/changes): each is applied to a database with rows and taken back, and what its page says is what was said.
//!
//! `tests/data/labs/NAME` has the definitions before and after, `rows.json` the rows that are put in, what the tables hold afterwards, and what
//! they hold behind a rollback where that is something else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use djc::core::catalog::{Catalog, ColumnType, ForeignKey, Table};
use djc::core::dialect::{Options, Target, lower};
use djc::core::ir::Generation;
use djc::core::plan::TableName;
use djc::project::{self, Compiled, LoadOptions, Project};
use djc_runtime::{ConnectOptions, DatabaseUrl, Db, Family, SqlValue};
use serde_json::Value;

use crate::python::{run, with_datajoint};
use crate::rows::{TableRows, insert};
use crate::support::{
    Outcome, TestProject, collect, console, on_any_day, outcome, page_says, root, run_id, run_sql, server, shell, walked,
};

/// Rows by table, as the files call it.
type Rows = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

/// One change, on one database.
struct Lab {
    name: String,
    project: TestProject,
    url: String,
    /// What the names of its schemas begin with.
    prefix: String,
}

fn folder(name: &str) -> PathBuf {
    root().join("tests/data/labs").join(name)
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(root().join("tests/data/labs")).expect("the labs are there");
    let mut out: Vec<String> = entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    out.sort();
    out
}

impl Lab {
    /// Returns a lab with the tables of before and their rows.
    fn start(name: &str, url: &str, prefix: &str) -> Lab {
        let lab = Lab { name: name.to_string(), project: TestProject::new(), url: url.to_string(), prefix: prefix.to_string() };
        lab.project.write("djc.toml", &fs::read_to_string(root().join("tests/data/labs/djc.toml")).expect("settings"));
        lab.take("before");
        lab.djc(&["migrate", "new", "start"]).exits(0);
        lab.djc(&["migrate", "apply", "--yes", "--database", url]).exits(0);
        lab.fill();
        lab
    }

    /// Puts the definitions of one side into the project.
    fn take(&self, side: &str) {
        for entry in fs::read_dir(self.project.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "dj") {
                fs::remove_file(path).expect("a file");
            }
        }
        for entry in fs::read_dir(folder(&self.name).join(side)).expect("the side is there") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), self.project.path().join(entry.file_name())).expect("a copy");
        }
    }

    /// Puts the steps by hand beside the newest migration, if the lab has some; `--amend` takes them in.
    fn by_hand(&self) {
        let from = folder(&self.name).join("hand");
        let migrations = fs::read_dir(self.project.path().join("migrations")).expect("migrations");
        let last = migrations.map(|entry| entry.expect("an entry").path()).max().expect("one migration");
        let mut files = Vec::new();
        collect(&from, &mut files);
        for file in files {
            let to = last.join(file.strip_prefix(&from).expect("below the folder"));
            fs::create_dir_all(to.parent().expect("a folder")).expect("writable");
            fs::copy(&file, to).expect("a copy");
        }
    }

    fn has_hand(&self) -> bool {
        folder(&self.name).join("hand").exists()
    }

    fn djc(&self, arguments: &[&str]) -> Outcome {
        outcome(self.project.command().env("LAB", &self.prefix).args(arguments))
    }

    /// Runs a command line of a page.
    fn shell(&self, line: &str) -> String {
        on_any_day(&outcome(shell(self.project.path(), line).env("LAB", &self.prefix)).stdout)
    }

    fn compiled(&self) -> Compiled {
        let options = LoadOptions { vars: vec![("LAB".to_string(), self.prefix.clone())], ..LoadOptions::new(self.project.path()) };
        project::compile(&Project::load(&options).expect("a project"))
    }

    /// Returns the tables by the names that files give them.
    fn tables(&self, db: &Db) -> (Catalog, BTreeMap<String, TableName>) {
        let compiled = self.compiled();
        let lowered = lower(&compiled.pipeline, &compiled.names, &Target::new(db.server()), &Options::default());
        let physical = |(id, table): (_, &djc::core::ir::Table)| {
            (compiled.pipeline.qualified_name(id), TableName::new(&compiled.names[table.schema.0 as usize], &table.stored))
        };
        (lowered.catalog, compiled.pipeline.tables().map(physical).collect())
    }

    fn rows(&self, side: &str) -> Rows {
        let text = fs::read_to_string(folder(&self.name).join("rows.json")).expect("rows");
        let mut sides: BTreeMap<String, Rows> = serde_json::from_str(&text).expect("rows by table");
        sides.remove(side).or_else(|| sides.remove("before")).expect("rows of the side")
    }

    /// Runs something with a connection.
    fn with_db<T>(&self, work: impl AsyncFnOnce(&mut Db) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let url = match self.url.strip_prefix("sqlite:") {
                Some(file) => DatabaseUrl::SqliteFile(self.project.path().join(file)),
                None => DatabaseUrl::parse(&self.url).expect("a URL"),
            };
            let mut db = Db::connect(&url, &ConnectOptions::default()).await.expect("a connection");
            let out = work(&mut db).await;
            db.close().await;
            out
        })
    }

    fn fill(&self) {
        let rows = self.rows("before");
        self.with_db(async |db| {
            let (catalog, names) = self.tables(db);
            let mut all: Vec<TableRows> = Vec::new();
            for (name, table) in &names {
                let Some(rows) = rows.get(name) else { continue };
                let table = &catalog.schemas[&table.schema].tables[&table.table];
                let of = |row: &BTreeMap<String, Value>| {
                    assert!(row.keys().all(|name| table.column(name).is_some()), "{name} has no such columns: {row:?}");
                    table.columns.iter().map(|column| bound(row.get(&column.name), &column.ty)).collect()
                };
                all.push(TableRows { table: table.clone(), rows: rows.iter().map(of).collect() });
            }
            assert_eq!(all.len(), rows.len(), "{}: rows of tables that are not there", self.name);
            let mut ordered: Vec<TableRows> = Vec::new();
            while !all.is_empty() {
                let waits = |table: &Table| {
                    let is_parent = |other: &TableRows, key: &ForeignKey| {
                        (&other.table.schema, &other.table.name) == (&key.parent_schema, &key.parent_table)
                    };
                    table.foreign_keys.iter().any(|key| all.iter().any(|other| is_parent(other, key)))
                };
                let ready = all.iter().position(|it| !waits(&it.table)).expect("tables have an order");
                ordered.push(all.remove(ready));
            }
            insert(db, &ordered).await.expect("the rows fit");
        });
    }

    /// Returns what the named tables hold.
    fn held(&self, tables: &Rows) -> BTreeMap<String, BTreeSet<String>> {
        self.with_db(async |db| {
            let (_, names) = self.tables(db);
            let mut out = BTreeMap::new();
            for (name, rows) in tables {
                let table = names.get(name).unwrap_or_else(|| panic!("{}: no table {name}", self.name));
                let columns: Vec<String> = rows.first().map(|row| row.keys().cloned().collect()).unwrap_or_default();
                let quoting = db.server().dialect().facts().quoting;
                let list: Vec<String> = columns.iter().map(|column| quoting.name(column)).collect();
                let sql = format!("SELECT {} FROM {}", list.join(", "), db.server().table_sql(&table.schema, &table.table));
                let found = db.query(&sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                let line = |values: &[SqlValue]| {
                    columns.iter().zip(values).map(|(column, value)| format!("{column} = {}", plain(value))).collect::<Vec<_>>().join(", ")
                };
                out.insert(name.clone(), found.iter().map(|row| line(row.values())).collect());
            }
            out
        })
    }

    /// Asserts that the tables hold the rows that the side says, and no others.
    fn holds(&self, side: &str) {
        let wanted = self.rows(side);
        let line = |row: &BTreeMap<String, Value>| {
            row.iter().map(|(column, value)| format!("{column} = {}", plain(&said(value)))).collect::<Vec<_>>().join(", ")
        };
        let expected: BTreeMap<String, BTreeSet<String>> =
            wanted.iter().map(|(name, rows)| (name.clone(), rows.iter().map(line).collect())).collect();
        assert_eq!(self.held(&wanted), expected, "{} on {}: rows of {side}", self.name, self.url);
    }

    fn clean(&self) {
        let compiled = self.compiled();
        let mut all: BTreeSet<String> = compiled.names.iter().cloned().collect();
        self.take("before");
        all.extend(self.compiled().names);
        drop_schemas(&self.url, &all);
    }
}

/// Drops schemas whose tables refer to each other.
pub fn drop_schemas(url: &str, schemas: &BTreeSet<String>) {
    let url = DatabaseUrl::parse(url).expect("a URL");
    let statements: Vec<String> = match &url {
        DatabaseUrl::Server(location) if location.family == Family::Postgres => {
            schemas.iter().map(|schema| format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE")).collect()
        }
        DatabaseUrl::Server(_) => std::iter::once("SET FOREIGN_KEY_CHECKS = 0".to_string())
            .chain(schemas.iter().map(|schema| format!("DROP DATABASE IF EXISTS `{schema}`")))
            .collect(),
        DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => return,
    };
    run_sql(&url, &statements);
}

/// Returns a value of the file as it is bound for a column.
fn bound(value: Option<&Value>, ty: &ColumnType) -> SqlValue {
    match (value.map_or(SqlValue::Null, said), ty) {
        (SqlValue::Text(text), ColumnType::Binary(16)) => {
            SqlValue::Bytes(uuid::Uuid::parse_str(&text).expect("a UUID").into_bytes().into())
        }
        (value, _) => value,
    }
}

fn said(value: &Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Number(number) => match number.as_i64() {
            Some(number) => SqlValue::I64(number),
            None => SqlValue::F64(number.as_f64().expect("a number")),
        },
        Value::String(text) => SqlValue::Text(text.clone()),
        other => panic!("no value of a row: {other}"),
    }
}

/// Returns one text for what servers give back in several forms.
fn plain(value: &SqlValue) -> String {
    let text = match value {
        SqlValue::Null => "NULL".to_string(),
        SqlValue::Bool(value) => value.to_string(),
        SqlValue::I64(number) => number.to_string(),
        SqlValue::U64(number) => number.to_string(),
        SqlValue::F64(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Bytes(bytes) => uuid::Uuid::from_slice(bytes).expect("16 bytes").to_string(),
    };
    text.parse::<f64>().map_or(text, |number| number.to_string())
}

/// Applies a change on a server and takes it back.
fn change_keeps_rows(name: &str, url: &str, prefix: &str) {
    let lab = Lab::start(name, url, prefix);
    lab.holds("before");
    lab.take("after");
    lab.djc(&["migrate", "new", "change"]).exits(0);
    if lab.has_hand() {
        lab.by_hand();
        lab.djc(&["migrate", "new", "--amend"]).exits(0);
    }
    lab.djc(&["migrate", "apply", "--yes", "--database", url]).exits(0);
    lab.holds("after");
    lab.djc(&["check", "--database", url]).exits(0);
    lab.djc(&["migrate", "rollback", "--to", "0001", "--yes", "--database", url]).exits(0);
    lab.take("before");
    lab.holds("back");
    lab.djc(&["check", "--database", url]).exits(0);
    lab.clean();
}

/// Does so with every change.
fn changes_keep_rows(url: &str, tag: &str) {
    let mut failed = Vec::new();
    for (at, name) in names().iter().enumerate() {
        let prefix = format!("djl{}{tag}{at}", run_id());
        if std::panic::catch_unwind(|| change_keeps_rows(name, url, &prefix)).is_err() {
            failed.push(name.clone());
        }
    }
    assert!(failed.is_empty(), "{url}: changes that lose something: {failed:?}");
}

#[test]
fn changes_keep_rows_on_sqlite() {
    changes_keep_rows("sqlite:lab.db", "sq");
}

#[test]
fn changes_keep_rows_on_mariadb() {
    server("DJC_TEST_MARIADB").into_iter().for_each(|url| changes_keep_rows(&url, "ma"));
}

#[test]
fn changes_keep_rows_on_mysql() {
    server("DJC_TEST_MYSQL").into_iter().for_each(|url| changes_keep_rows(&url, "my"));
}

#[test]
fn changes_keep_rows_on_postgres() {
    server("DJC_TEST_POSTGRES").into_iter().for_each(|url| changes_keep_rows(&url, "pg"));
}

/// Returns what datajoint 0.14 does about the change when it is asked, on MariaDB; `None` where there is none.
fn datajoint_says(name: &str) -> Option<String> {
    let url = server("DJC_TEST_MARIADB")?;
    let python = with_datajoint(Generation::Classic)?;
    let lab = Lab { name: name.to_string(), project: TestProject::new(), url: url.clone(), prefix: format!("djl{}alter", run_id()) };
    lab.project.write("djc.toml", &fs::read_to_string(root().join("tests/data/labs/djc.toml")).expect("settings"));
    for side in ["before", "after"] {
        lab.take(side);
        lab.djc(&["generate", "--target", "python", "-o", side]).exits(0);
    }
    let script = root().join("tests/python/alter.py");
    let rows = folder(name).join("rows.json");
    let python = |mode: &str| {
        let mut command = Command::new(&python);
        command.env("LAB", &lab.prefix).arg(&script).args([mode, &url]).arg(lab.project.path()).arg(&rows);
        run(&mut command).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    python("declare");
    let said = python("alter").replace(&lab.prefix, "demo");
    lab.clean();
    Some(said)
}

/// Walks the page of a change on SQLite, and returns it with what was really said.
fn said_on_the_way(name: &str, page: &str) -> String {
    let lab = Lab::start(name, "sqlite:lab.db", "demo");
    lab.take("after");
    let mut files = Vec::new();
    collect(&folder(name), &mut files);
    let shown: Vec<String> = files.iter().map(|path| fs::read_to_string(path).expect("a text")).collect();
    let out = walked(page, |language, block| match language {
        "console" => console(block, |line| {
            let said = lab.shell(line);
            if line.ends_with("--hand") {
                lab.by_hand();
            }
            said
        }),
        "text" => datajoint_says(name).unwrap_or_else(|| block.to_string()),
        _ => {
            assert!(shown.iter().any(|text| text.contains(block)), "{name}: no file of the change has\n{block}");
            block.to_string()
        }
    });
    lab.holds("after");
    out
}

#[test]
fn pages_of_changes_are_true() {
    let list = fs::read_to_string(root().join("docs/book/changes/README.md")).expect("the list is there");
    let mut wrong = Vec::new();
    for name in names() {
        assert!(list.contains(&format!("({name}.md)")), "the list leaves {name} out");
        let path = format!("docs/book/changes/{name}.md");
        let page = fs::read_to_string(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let walk = std::panic::catch_unwind(|| page_says(&path, &page, &said_on_the_way(&name, &page)));
        wrong.extend(walk.is_err().then_some(name));
    }
    assert!(wrong.is_empty(), "pages that say something else than was said: {wrong:?}");
}
