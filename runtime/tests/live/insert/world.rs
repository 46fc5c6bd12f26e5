//! A small pipeline on a server, and a connection to it as generated code has one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use djc_core::ir::{ColumnMap, ForeignKey, Generation, SchemaName, TableId, Tier};
use djc_core::model::Model;
use djc_core::source::Span;
use djc_core::state::{Lowering, State};
use djc_core::value::Value;
use djc_runtime::connection::Options;
use djc_runtime::deploy::{DeployOptions, Silent, deploy};
use djc_runtime::insert::{Insert, Inserted, into_table};
use djc_runtime::table::RowMap;
use djc_runtime::{ConnectOptions, Connection, Error, Query, SqlValue};

use crate::pipeline::Build;
use crate::support::{On, Place};

pub struct World {
    pub place: Place,
    pub on: On,
    pub db: Connection,
    pub model: Arc<Model>,
}

/// Runs a test on every server, in a pipeline of its own.
pub async fn everywhere(test: impl AsyncFn(&World)) {
    for on in On::ALL {
        let Some(world) = World::new(on).await else { continue };
        test(&world).await;
        world.clean().await;
    }
}

/// Makes a row of pairs.
pub fn row<const N: usize>(pairs: [(&str, Value); N]) -> RowMap {
    pairs.into_iter().collect()
}

pub fn text(text: &str) -> Value {
    Value::from(text)
}

pub fn int(number: i64) -> Value {
    Value::from(number)
}

/// The model that every test uses; where its schema is, is said by a variable, as in the lab's own pipelines.
pub static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| {
    let state = State::new(&pipeline().pipeline, &BTreeSet::from(["lab".to_string()]), Lowering::default());
    Model::new(state, BTreeMap::new(), "")
});

fn pipeline() -> Build {
    let mut build = Build::new(Generation::Classic, &["lab"]);
    build.pipeline.schemas[0].name = SchemaName::new("${place}lab");
    let subj = build.table(0, Tier::Manual, "Subj", "", "subj : varchar(8)\n---\nage=null : int\nnote='' : varchar(40)");
    build.table(0, Tier::Manual, "Sess", "", &format!("-> {}\nsess : int\n---\nrig : varchar(8)", subj.0));
    build.table(0, Tier::Computed, "Stat", "", &format!("-> {}\n---\nmean : float", subj.0));
    build.table(0, Tier::Manual, "Tri", "", "tri : int\n---\na : int\nb : int\nc=null : varchar(8)\nn=7 : int\nunique index a, b, c");
    build.table(0, Tier::Manual, "Log", "", "log : int auto_increment\n---\nwhat='' : varchar(20)");
    let node = build.table(0, Tier::Manual, "Node", "", "node : int\n---\nabove=null : int\nn=7 : int");
    build.pipeline.tables[node.0 as usize].references.push(ForeignKey {
        parent: node,
        columns: vec![ColumnMap { child: "above".into(), parent: "node".into() }],
        nullable: true,
        unique: false,
        primary: false,
        part_of: false,
        span: Span::default(),
        target_span: Span::default(),
    });
    build.table(
        0,
        Tier::Manual,
        "Every",
        "",
        "id : int\n---\ntiny=null : tinyint\nubig=null : bigint unsigned\nflag=null : bool\nnarrow=null : float\nwide=null : double\n\
         price=null : decimal(6,2)\ncode=null : uuid\nday=null : date\nat=null : datetime(3)\nclock=null : time\nkind=null : enum('a','it''s')\n\
         letters=null : varchar(5)\nprose=null : varchar(2000)\ninfo=null : json\nparams=null : longblob",
    );
    build.table(0, Tier::Manual, "Copy", "", "subj : varchar(8)\n---\nage=null : int\nnote='' : varchar(40)");
    build.table(0, Tier::Manual, "Bulk", "", "id : int\n---\nbody : longblob");
    build
}

impl World {
    async fn new(on: On) -> Option<World> {
        let place = Place::new(on)?;
        let build = pipeline();
        let mut db = place.connect().await;
        let desired = build.desired(&place.prefix, db.target());
        deploy(&mut db, &desired, &DeployOptions::default(), &mut Silent).await.unwrap_or_else(|error| panic!("{on:?}: {error}"));
        db.close().await;
        let db = connected(&place).await;
        Some(World { place, on, db, model: MODEL.clone() })
    }

    /// Opens another connection.
    pub async fn another(&self) -> Connection {
        connected(&self.place).await
    }

    pub fn table(&self, class: &str) -> TableId {
        self.model.find(&format!("lab.{class}")).expect("a table of the pipeline")
    }

    /// Returns an insert of maps into a table.
    pub fn insert(&self, class: &str, rows: impl IntoIterator<Item = RowMap>) -> Insert<'_> {
        into_table(&self.db, &self.model, self.table(class), rows)
    }

    /// Inserts what cannot fail.
    pub async fn put(&self, class: &str, rows: impl IntoIterator<Item = RowMap>) -> Inserted {
        self.insert(class, rows).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on))
    }

    /// Inserts what must fail.
    pub async fn refused(&self, insert: Insert<'_>) -> Error {
        match insert.await {
            Ok(inserted) => panic!("{:?}: {inserted:?}", self.on),
            Err(error) => error,
        }
    }

    /// Returns what an expression comes to over a table, by a connection of its own.
    pub async fn value(&self, class: &str, expression: &str) -> SqlValue {
        let mut db = self.place.connect().await;
        let sql = format!("SELECT {expression} AS a FROM {}", self.sql(class));
        let value = db.query_value(&sql, &[]).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        db.close().await;
        value
    }

    /// Returns how many rows a table has.
    pub async fn count(&self, class: &str) -> u64 {
        match self.value(class, "count(*)").await {
            SqlValue::I64(count) => count as u64,
            other => panic!("{other:?}"),
        }
    }

    /// Returns the rows of a table, each value as text.
    pub async fn rows(&self, class: &str, columns: &str) -> Vec<String> {
        let mut db = self.place.connect().await;
        // A bound value makes the MySQL family send numbers as they are.
        let sql = format!("SELECT {columns} FROM {} WHERE 1 = {} ORDER BY 1", self.sql(class), db.placeholder(0));
        let rows = db.query(&sql, &[SqlValue::I64(1)]).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.on));
        db.close().await;
        let shown = |value: &SqlValue| match value {
            SqlValue::Null => "NULL".to_string(),
            SqlValue::Bool(value) => u8::from(*value).to_string(),
            SqlValue::I64(value) => value.to_string(),
            SqlValue::U64(value) => value.to_string(),
            SqlValue::F64(value) => value.to_string(),
            SqlValue::Text(value) => value.clone(),
            SqlValue::Bytes(value) => value.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        rows.iter().map(|row| row.values().iter().map(shown).collect::<Vec<_>>().join("|")).collect()
    }

    /// Returns all rows of a table as a query.
    pub fn all(&self, class: &str) -> Query {
        Query::from_core(Ok(djc_core::query::Query::table(&self.model, self.table(class))))
    }

    pub fn sql(&self, class: &str) -> String {
        self.db.dialect().table_sql(&self.model, self.table(class)).expect("the variable is set")
    }

    async fn clean(self) {
        drop(self.db);
        self.place.clean().await;
    }
}

async fn connected(place: &Place) -> Connection {
    let url = match place.on.url() {
        Some(url) => url,
        None => match &place.url {
            djc_runtime::DatabaseUrl::SqliteFile(path) => format!("sqlite:{}", path.display()),
            other => panic!("{other:?}"),
        },
    };
    let session = ConnectOptions { create: true, ..ConnectOptions::default() };
    let variables = BTreeMap::from([("place".to_string(), place.prefix.clone())]);
    Connection::open(&url, Options { session, variables, ..Options::default() })
        .await
        .unwrap_or_else(|error| panic!("{:?}: {error}", place.on))
}
