//! Where the servers are, and places of one's own on them.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use djc_core::catalog::{Catalog, Charset, Table, TableKind};
use djc_core::dialect::Server;
use djc_runtime::{ConnectOptions, DatabaseUrl, Db};

/// A server that tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Sqlite,
    MariaDb,
    Postgres,
    MySql,
}

impl On {
    pub const ALL: [On; 4] = [On::Sqlite, On::MariaDb, On::Postgres, On::MySql];

    fn variable(self) -> Option<&'static str> {
        match self {
            On::Sqlite => None,
            On::MariaDb => Some("DJC_TEST_MARIADB"),
            On::Postgres => Some("DJC_TEST_POSTGRES"),
            On::MySql => Some("DJC_TEST_MYSQL"),
        }
    }

    pub fn server(self) -> Server {
        match self {
            On::Sqlite => Server::Sqlite,
            On::MariaDb => Server::MariaDb,
            On::Postgres => Server::Postgres,
            On::MySql => Server::MySql,
        }
    }

    /// Returns the URL of the server, or says aloud that it is skipped.
    pub fn url(self) -> Option<String> {
        let variable = self.variable()?;
        match std::env::var(variable) {
            Ok(url) if !url.is_empty() => Some(url),
            Ok(_) | Err(_) => {
                let required = std::env::var("DJC_REQUIRE_SERVERS").is_ok_and(|value| !value.is_empty() && value != "0");
                assert!(!required || self == On::MySql, "DJC_REQUIRE_SERVERS is set, but {variable} is not");
                println!("skipped: {self:?}, because {variable} is not set");
                None
            }
        }
    }
}

/// A place on a server: a prefix for schema names that nobody else uses, and for SQLite a file.
pub struct Place {
    pub on: On,
    pub url: DatabaseUrl,
    pub prefix: String,
    folder: Option<tempfile::TempDir>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Place {
    /// Returns a place, or `None` when the server is skipped.
    pub fn new(on: On) -> Option<Place> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("djct{}_{number}_", std::process::id());
        if on == On::Sqlite {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let url = DatabaseUrl::SqliteFile(folder.path().join("test.db"));
            return Some(Place { on, url, prefix, folder: Some(folder) });
        }
        let url = DatabaseUrl::parse(&on.url()?).expect("the test URL is one");
        Some(Place { on, url, prefix, folder: None })
    }

    /// Returns the name of a schema of this place.
    pub fn schema(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Returns the URL of the place with its password, which printing a URL hides.
    pub fn link(&self) -> String {
        match &self.url {
            DatabaseUrl::SqliteFile(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Server(_) | DatabaseUrl::SqliteMemory => self.on.url().expect("the place is on a server"),
        }
    }

    pub async fn connect(&self) -> Db {
        let options = ConnectOptions { create: true, ..ConnectOptions::default() };
        Db::connect(&self.url, &options).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on))
    }

    /// Runs statements that stand one behind the other, separated by lines of `;`.
    pub async fn run(&self, script: &str) {
        let mut db = self.connect().await;
        for statement in script.replace("$S", &self.prefix).split("\n;\n") {
            let statement = statement.trim().trim_end_matches(';');
            if !statement.is_empty() {
                db.execute(statement).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{statement}", self.on));
            }
        }
        db.close().await;
    }

    /// Drops every schema of this place.
    pub async fn clean(self) {
        if self.folder.is_some() {
            return;
        }
        let mut db = self.connect().await;
        let (list, drop): (&str, fn(&str) -> String) = match self.on {
            On::Sqlite => return,
            On::MariaDb | On::MySql => {
                db.execute("SET SESSION foreign_key_checks = 0").await.expect("a session variable");
                ("SELECT SCHEMA_NAME AS a FROM information_schema.SCHEMATA", |name| format!("DROP DATABASE `{name}`"))
            }
            On::Postgres => ("SELECT nspname AS a FROM pg_namespace", |name| format!("DROP SCHEMA \"{name}\" CASCADE")),
        };
        for row in db.query(list, &[]).await.expect("the schemas") {
            let name = row.text(0).expect("a name");
            if name.starts_with(&self.prefix) {
                db.execute(&drop(&name)).await.expect("a schema of this test goes");
            }
        }
        db.close().await;
    }
}

/// Writes a catalog down, a line per thing, with the prefix of the place taken out of every name.
pub fn picture(catalog: &Catalog, prefix: &str) -> String {
    let mut out = String::new();
    let charset = |charset: &Option<Charset>| charset.as_ref().map_or(String::new(), |it| format!(" collation={}", it.collation));
    for schema in catalog.schemas.values() {
        writeln!(out, "schema {}{}", schema.name, charset(&schema.charset)).expect("a string");
        for (name, values) in &schema.enums {
            writeln!(out, "  enum {name} {values:?}").expect("a string");
        }
        for ((table, attribute), lineage) in schema.lineage.iter().flatten() {
            writeln!(out, "  lineage {table} {attribute} = {lineage}").expect("a string");
        }
        for table in schema.tables.values() {
            picture_table(&mut out, table);
        }
    }
    out.replace(prefix, "$S")
}

fn picture_table(out: &mut String, table: &Table) {
    let kind = if table.kind == TableKind::View { "view" } else { "table" };
    writeln!(out, "  {kind} {} {:?}", table.name, table.comment).expect("a string");
    for column in &table.columns {
        write!(out, "    {} {:?} {:?}", column.name, column.ty, column.default).expect("a string");
        for (said, word) in [(column.nullable, " nullable"), (column.auto_increment, " auto_increment")] {
            out.push_str(if said { word } else { "" });
        }
        if let Some(digits) = column.on_update {
            write!(out, " on_update={digits}").expect("a string");
        }
        if let Some(charset) = &column.charset {
            write!(out, " collation={}", charset.collation).expect("a string");
        }
        if let Some(declared) = &column.declared {
            write!(out, " declared={declared}").expect("a string");
        }
        if !column.comment.is_empty() {
            write!(out, " {:?}", column.comment).expect("a string");
        }
        out.push('\n');
    }
    writeln!(out, "    key {:?}", table.primary_key).expect("a string");
    for key in &table.foreign_keys {
        let parent = format!("{}.{} {:?}", key.parent_schema, key.parent_table, key.parent_columns);
        writeln!(out, "    reference {:?} -> {parent} update={:?} delete={:?}", key.columns, key.on_update, key.on_delete)
            .expect("a string");
    }
    for index in &table.indexes {
        let unique = if index.unique { "unique " } else { "" };
        writeln!(out, "    {unique}index {} {:?}", index.name.as_deref().unwrap_or("-"), index.parts).expect("a string");
    }
}
