//! Small tables on a server, and queries over them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use djc_core::ir::{Generation, SchemaName, Tier};
use djc_core::model::Model;
use djc_core::query::{Query, QueryError, Restriction};
use djc_core::state::{Lowering, State};
use djc_core::value::Value;
use djc_runtime::connection::Options;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};
use djc_runtime::insert::into_table;
use djc_runtime::table::{Dynamic, RowMap};
use djc_runtime::{ConnectOptions, Connection, DatabaseUrl};

use crate::pipeline::Build;
use crate::support::{On, Place};

pub struct World {
    pub on: On,
    pub db: Connection,
    pub model: Arc<Model>,
    place: Place,
}

impl World {
    /// Makes tables of these lines, by class; `None` where the server is skipped.
    pub async fn new(on: On, tables: &[(&str, &str)]) -> Option<World> {
        let place = Place::new(on)?;
        let mut build = Build::new(Generation::Modern, &["lab"]);
        build.pipeline.schemas[0].name = SchemaName::new(format!("{}lab", place.prefix));
        for (class, lines) in tables {
            build.table(0, Tier::Manual, class, "", lines);
        }
        let mut db = place.connect().await;
        let desired = build.desired(&place.prefix, db.target());
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        db.close().await;
        let state = State::new(&build.pipeline, &BTreeSet::from(["lab".to_string()]), Lowering::default());
        let model = Model::new(state, BTreeMap::new(), "");
        let url = match (on.url(), &place.url) {
            (Some(url), _) => url,
            (None, DatabaseUrl::SqliteFile(path)) => format!("sqlite:{}", path.display()),
            (None, other) => panic!("{other:?}"),
        };
        let session = ConnectOptions { create: true, ..ConnectOptions::default() };
        let db = Connection::open(&url, Options { session, ..Options::default() }).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        Some(World { on, db, model, place })
    }

    pub fn table(&self, class: &str) -> Query {
        Query::table(&self.model, self.model.find(&format!("lab.{class}")).expect("a table of the test"))
    }

    pub async fn put(&self, class: &str, rows: Vec<RowMap>) {
        let id = self.model.find(&format!("lab.{class}")).expect("a table of the test");
        into_table(&self.db, &self.model, id, rows).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
    }

    /// Returns the rows in the order in which they come.
    pub async fn maps(&self, query: &Query) -> Vec<RowMap> {
        let sql = query.select(self.db.dialect(), &djc_core::query::Columns::All).map(|sql| sql.to_string()).unwrap_or_default();
        let query = djc_runtime::Query::<Dynamic>::from_core(Ok(query.clone()));
        query.fetch_maps(&self.db).await.unwrap_or_else(|error| panic!("{:?}: {error}\n{sql}", self.on))
    }

    /// Returns the rows as texts, `s1 3`.
    pub async fn rows(&self, query: &Query) -> Vec<String> {
        let shown = |value: &Value| match value {
            Value::Null => "-".to_string(),
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        };
        let rows = self.maps(query).await;
        rows.iter().map(|row| row.values().iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
    }

    /// As [`World::rows`], sorted: no order was asked for.
    pub async fn sorted(&self, query: Result<Query, QueryError>) -> Vec<String> {
        let query = query.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        let mut rows = self.rows(&query).await;
        rows.sort();
        // Counting and asking agree with what is there.
        let typed = djc_runtime::Query::<Dynamic>::from_core(Ok(query));
        assert_eq!(typed.count(&self.db).await.expect("a count"), rows.len() as u64, "{:?}", self.on);
        assert_eq!(typed.is_empty(&self.db).await.expect("an answer"), rows.is_empty(), "{:?}", self.on);
        rows
    }

    pub async fn clean(self) {
        drop(self.db);
        self.place.clean().await;
    }
}

pub fn map(values: &[(&str, Value)]) -> RowMap {
    values.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

pub fn equal(values: &[(&str, Value)]) -> Restriction {
    Restriction::Equal(map(values).into_iter().collect())
}

pub fn text(text: &str) -> Restriction {
    Restriction::Predicate(text.to_string())
}

pub fn not(restriction: Restriction) -> Restriction {
    Restriction::Not(Box::new(restriction))
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, other)| (one.to_string(), other.to_string())).collect()
}
