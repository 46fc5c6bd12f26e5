//! Where the servers are, and places of one's own on them.

use std::sync::atomic::{AtomicU32, Ordering};

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
