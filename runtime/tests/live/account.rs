//! Accounts with few rights.

use djc_runtime::{ConnectOptions, DatabaseUrl, Db, InspectOptions, Inspection, Secret};

use crate::support::{On, Place};

const PASSWORD: &str = "Unseen_1x";

/// An account of a place, which goes with it.
pub struct Account<'a> {
    place: &'a Place,
    name: String,
}

impl<'a> Account<'a> {
    /// Makes an account with these rights; `$A` stands for it and `$S` for the prefix of the place.
    pub async fn new(place: &'a Place, word: &str, grants: &[&str]) -> Account<'a> {
        let account = Account { place, name: format!("{}{word}", place.prefix) };
        let mut script = vec![match place.on {
            On::Postgres => format!("CREATE ROLE $A LOGIN PASSWORD '{PASSWORD}'"),
            On::MariaDb | On::MySql | On::Sqlite => format!("CREATE USER $A IDENTIFIED BY '{PASSWORD}'"),
        }];
        script.extend(grants.iter().map(|grant| grant.to_string()));
        place.run(&script.join("\n;\n").replace("$A", &account.in_sql())).await;
        account
    }

    pub fn in_sql(&self) -> String {
        if self.place.on == On::Postgres { format!("\"{}\"", self.name) } else { format!("'{}'@'%'", self.name) }
    }

    /// Returns where it logs in, with its password.
    pub fn url(&self) -> String {
        let DatabaseUrl::Server(location) = &self.place.url else { panic!("a server") };
        format!("{}://{}:{PASSWORD}@{}:{}", location.family.scheme(), self.name, location.host, location.port())
    }

    /// Logs in.
    pub async fn connect(&self, read_only: bool) -> Db {
        let DatabaseUrl::Server(mut location) = self.place.url.clone() else { panic!("a server") };
        location.user = Some(self.name.clone());
        location.password = Some(Secret::new(PASSWORD.to_string()));
        let connect = ConnectOptions { read_only, ..ConnectOptions::default() };
        Db::connect(&DatabaseUrl::Server(location), &connect).await.expect("the account may log in")
    }

    /// Returns what it may read.
    pub async fn inspect(&self, options: &InspectOptions) -> Inspection {
        let mut db = self.connect(true).await;
        let inspection = db.inspect(options).await.expect("what may be read is read");
        db.close().await;
        inspection
    }

    /// Gives it more rights.
    pub async fn grant(&self, grants: &[String]) {
        self.place.run(&grants.join("\n;\n")).await;
    }

    pub async fn drop(self) {
        let script = match self.place.on {
            On::Postgres => format!("DROP OWNED BY {0} CASCADE\n;\nDROP ROLE {0}", self.in_sql()),
            On::MariaDb | On::MySql | On::Sqlite => format!("DROP USER {}", self.in_sql()),
        };
        self.place.run(&script).await;
    }
}
