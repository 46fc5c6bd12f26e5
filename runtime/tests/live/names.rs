//! Tables and attributes that other programs named, with quotes of every kind in the names: they are read, filled, restricted and deleted as any.

use std::sync::Arc;

use djc_core::ir::TableId;
use djc_core::model::Model;
use djc_core::query::{Query as Core, Restriction};
use djc_core::value::Value;
use djc_runtime::delete::{self, Rows, Target};
use djc_runtime::insert::into_table;
use djc_runtime::table::{Projection, RowMap};
use djc_runtime::{Connection, ErrorKind, InspectOptions, Query, Session};

use crate::support::{On, Place};

const PARENT: &str = "t\"a`b'c%d;--";
const CHILD: &str = "child of \"t`\\";
/// The first is the key.
const ATTRIBUTES: [&str; 7] = ["a\"b", "c`d", "e'f", "g%s {h}", "i\\j", "k; DROP TABLE x; --", "größe 日本"];

struct Odd {
    place: Place,
    db: Connection,
    model: Arc<Model>,
    schema: String,
}

impl Odd {
    async fn new(on: On) -> Option<Odd> {
        let place = Place::new(on)?;
        let db = Connection::over(place.connect().await);
        let schema = place.schema("odd");
        let quoting = on.server().dialect().facts().quoting;
        let columns: Vec<String> = ATTRIBUTES.iter().map(|name| format!("{} varchar(40) NOT NULL", quoting.name(name))).collect();
        let (key, parent) = (quoting.name(ATTRIBUTES[0]), on.server().table_sql(&schema, PARENT));
        let mut statements = match on {
            On::Sqlite => Vec::new(),
            On::Postgres => vec![format!("CREATE SCHEMA {schema}")],
            On::MariaDb | On::MySql => vec![format!("CREATE SCHEMA {schema} CHARACTER SET utf8mb4")],
        };
        statements.push(format!("CREATE TABLE {parent} ({}, PRIMARY KEY ({key}))", columns.join(", ")));
        let child = on.server().table_sql(&schema, CHILD);
        statements.push(format!(
            "CREATE TABLE {child} ({key} varchar(40) NOT NULL, n integer NOT NULL, PRIMARY KEY ({key}, n), FOREIGN KEY ({key}) REFERENCES {parent} ({key}))"
        ));
        let mut session = db.lock().await.expect("a session");
        for statement in statements {
            session.execute(&statement).await.unwrap_or_else(|error| panic!("{on:?}: {error}\n{statement}"));
        }
        let inspection = session.inspect(&InspectOptions::of(vec![schema.clone()])).await.expect("an inspection");
        let (model, left) = Model::lift(&inspection.catalog, on.server());
        assert!(left.is_empty(), "{on:?}: {left:?}");
        drop(session);
        Some(Odd { place, db, model, schema })
    }

    fn id(&self, stored: &str) -> TableId {
        self.model.pipeline().tables().find(|(_, table)| table.stored == stored).map(|(id, _)| id).expect("the table was lifted")
    }

    fn all(&self, stored: &str) -> Query {
        Query::from_core(Ok(Core::table(&self.model, self.id(stored))))
    }

    async fn put(&self, stored: &str, rows: Vec<RowMap>) -> Result<u64, djc_runtime::Error> {
        into_table(&self.db, &self.model, self.id(stored), rows).await.map(|done| done.inserted)
    }
}

/// A row whose values are as odd as the names.
fn row(key: &str) -> RowMap {
    ATTRIBUTES.iter().map(|name| (*name, Value::from(if *name == ATTRIBUTES[0] { key } else { name }))).collect()
}

#[tokio::test]
async fn names_with_quotes_are_names() {
    for on in On::ALL {
        let Some(odd) = Odd::new(on).await else { continue };
        let failed = |error: djc_runtime::Error| -> ! { panic!("{on:?}: {error}") };
        odd.put(PARENT, vec![row("one"), row("it's \"two\" `\\")]).await.unwrap_or_else(|error| failed(error));
        let child = |n: i64| [(ATTRIBUTES[0], Value::from("one")), ("n", Value::from(n))].into_iter().collect::<RowMap>();
        odd.put(CHILD, vec![child(1), child(2)]).await.unwrap_or_else(|error| failed(error));

        let rows = odd.all(PARENT).order_by("KEY").fetch(&odd.db).await.unwrap_or_else(|error| failed(error));
        let keys: Vec<_> = rows.iter().map(|row| row.get(ATTRIBUTES[0]).expect("the key").clone()).collect();
        assert_eq!(keys, [Value::from("it's \"two\" `\\"), Value::from("one")], "{on:?}");
        assert_eq!(rows[1], row("one"), "{on:?}");
        for name in ATTRIBUTES {
            let same: RowMap = [(name, rows[1].get(name).expect("it was fetched").clone())].into_iter().collect();
            let found = (odd.all(PARENT) & same).count(&odd.db).await.unwrap_or_else(|error| failed(error));
            assert_eq!(found, if name == ATTRIBUTES[0] { 1 } else { 2 }, "{on:?} {name}");
            let renamed = odd.all(PARENT).proj(Projection::key().rename("plain", name));
            let values = renamed.fetch(&odd.db).await.unwrap_or_else(|error| failed(error));
            assert!(values.iter().any(|row| row.get("plain") == rows[1].get(name)), "{on:?} {name}");
        }
        let joined = (odd.all(PARENT) * odd.all(CHILD)).fetch(&odd.db).await.unwrap_or_else(|error| failed(error));
        assert_eq!(joined.len(), 2, "{on:?}");

        let orphan = [(ATTRIBUTES[0], Value::from("none")), ("n", Value::from(1))].into_iter().collect();
        let error = odd.put(CHILD, vec![orphan]).await.expect_err("there is no such parent");
        assert_eq!(error.kind(), ErrorKind::MissingParent, "{on:?}: {error}");
        let error = odd.put(PARENT, vec![row("one")]).await.expect_err("it is there");
        assert_eq!(error.kind(), ErrorKind::Duplicate, "{on:?}: {error}");

        let one = Restriction::Equal(vec![(ATTRIBUTES[0].to_string(), Value::from("one"))]);
        let target = Target { schema: odd.schema.clone(), table: PARENT.to_string(), rows: Rows::Restricted(vec![one]) };
        delete::delete(&odd.db, target).await.unwrap_or_else(|error| failed(error));
        let left = (odd.all(PARENT).count(&odd.db).await.expect("a count"), odd.all(CHILD).count(&odd.db).await.expect("a count"));
        assert_eq!(left, (1, 0), "{on:?}");
        let Odd { place, db, .. } = odd;
        drop(db);
        place.clean().await;
    }
}
