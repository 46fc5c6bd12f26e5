//! A small pipeline as generated code carries it: a model with a fingerprint, and a schema whose name has a variable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_core::dialect::Server;
use djc_core::ir::{Generation, SchemaName, Tier};
use djc_core::model::Model;
use djc_core::state::{Lowering, State};
use djc_runtime::{ConnectOptions, Connection, DatabaseUrl, Error, Options};

use crate::pipeline::Build;
use crate::support::{On, Place};

pub struct Lab {
    pub place: Place,
    pub on: On,
    pub model: Arc<Model>,
}

/// Runs a test on every server.
pub async fn everywhere(generation: Generation, test: impl AsyncFn(&Lab)) {
    for on in On::ALL {
        // datajoint 0.14 knows the MySQL family only, djc SQLite too.
        if generation == Generation::Classic && on == On::Postgres {
            continue;
        }
        let Some(place) = Place::new(on) else { continue };
        let lab = Lab { on, model: model(generation, 1), place };
        test(&lab).await;
        lab.place.clean().await;
    }
}

/// Returns the model with so many more tables.
pub fn model(generation: Generation, more: usize) -> Arc<Model> {
    let mut build = Build::new(generation, &["lab"]);
    build.pipeline.schemas[0].name = SchemaName::new("${SITE}lab");
    let float = if generation == Generation::Modern { "float64" } else { "double" };
    let int = if generation == Generation::Modern { "int32" } else { "int" };
    let subject = build.table(
        0,
        Tier::Manual,
        "Subject",
        "animals",
        &format!(
            "subject : varchar(8)  # name\n---\nweight=null : {float}\nsex='U' : enum('M','F','U')\nnote='' : varchar(40)\nindex note"
        ),
    );
    let session = build.table(0, Tier::Manual, "Session", "", &format!("-> {}\nsession : {int}\n---\nrig : varchar(8)", subject.0));
    build.table(0, Tier::Computed, "Mean", "", &format!("-> {}\n---\nmean : {float}", session.0));
    for at in 0..more {
        build.table(0, Tier::Manual, &format!("Extra{at}"), "", &format!("-> {}\n---\nx : {int}", subject.0));
    }
    let state = State::new(&build.pipeline, &BTreeSet::from(["lab".to_string()]), Lowering::default());
    Model::new(state, BTreeMap::new(), format!("{:064x}", 0xdc + more))
}

impl Lab {
    pub fn options(&self) -> Options {
        Options {
            session: ConnectOptions { create: true, ..ConnectOptions::default() },
            variables: BTreeMap::from([("SITE".to_string(), self.place.prefix.clone())]),
            allow_drift: false,
            ..Options::default()
        }
    }

    pub fn url(&self) -> String {
        match &self.place.url {
            DatabaseUrl::SqliteFile(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Server(_) | DatabaseUrl::SqliteMemory => self.on.url().expect("the place is on it"),
        }
    }

    pub async fn connect(&self) -> Connection {
        Connection::open(&self.url(), self.options()).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on))
    }

    /// Makes the tables.
    pub async fn deploy(&self) {
        self.connect().await.deploy(&self.model).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
    }

    pub async fn verify(&self) -> Result<(), Error> {
        self.connect().await.verify(&self.model).await
    }

    /// Returns the error of a database that is not what the code was built for.
    pub async fn refused(&self) -> Error {
        match self.verify().await {
            Ok(()) => panic!("{:?}: it is accepted", self.on),
            Err(error) => error,
        }
    }

    pub fn schema(&self) -> String {
        self.place.schema("lab")
    }

    pub fn table(&self, stored: &str) -> String {
        self.on.server().table_sql(&self.schema(), stored)
    }

    /// Runs statements by hand, on a session of its own.
    pub async fn by_hand(&self, statements: &[String]) {
        let mut db = self.place.connect().await;
        for sql in statements {
            db.execute(sql).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{sql}", self.on));
        }
        db.close().await;
    }

    pub fn is_mysql_family(&self) -> bool {
        matches!(self.on.server(), Server::MySql | Server::MariaDb)
    }
}
