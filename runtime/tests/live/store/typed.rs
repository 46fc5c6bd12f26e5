//! Rows as generated code has them: content goes in with a row, and comes out of a reference.

use std::path::PathBuf;
use std::sync::Arc;

use djc_core::model::Model;
use djc_core::query::{Columns, Query as Core, Restriction};
use djc_core::value::{Array, Value};
use djc_runtime::field::{Attachment, Blob, External, FilePath, Npy, Object, ReadError};
use djc_runtime::insert::into_table;
use djc_runtime::table::{Dynamic, FromRow, IntoRow, RowReader, RowWriter};
use djc_runtime::{Connection, InspectOptions, Query, Session};

/// A row of datajoint 0.14.
pub struct Classic {
    pub id: i32,
    pub b: Option<External<Blob>>,
    pub a: Option<External<Attachment>>,
    pub f: Option<External<FilePath>>,
    pub i: Option<Attachment>,
}

impl IntoRow<Dynamic> for Classic {
    fn into_row(self, out: &mut RowWriter) {
        out.set("id", self.id);
        out.set("b", self.b);
        out.set("a", self.a);
        out.set("f", self.f);
        out.set("i", self.i);
    }
}

impl FromRow for Classic {
    fn columns() -> Columns {
        Columns::Named(["id", "b", "a", "f", "i"].map(str::to_string).to_vec())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Classic { id: row.take()?, b: row.take()?, a: row.take()?, f: row.take()?, i: row.take()? })
    }
}

/// A row of datajoint 2.
pub struct Modern {
    pub id: i32,
    pub name: String,
    pub b: Option<External<Blob>>,
    pub a: Option<External<Attachment>>,
    pub f: Option<External<FilePath>>,
    pub h: Option<External<Vec<u8>>>,
    pub n: Option<External<Npy>>,
    pub o: Option<External<Object>>,
}

impl IntoRow<Dynamic> for Modern {
    fn into_row(self, out: &mut RowWriter) {
        out.set("id", self.id);
        out.set("name", self.name);
        out.set("b", self.b);
        out.set("a", self.a);
        out.set("f", self.f);
        out.set("h", self.h);
        out.set("n", self.n);
        out.set("o", self.o);
    }
}

impl FromRow for Modern {
    fn columns() -> Columns {
        Columns::Named(["id", "name", "b", "a", "f", "h", "n", "o"].map(str::to_string).to_vec())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        let (id, name) = (row.take()?, row.take()?);
        Ok(Modern { id, name, b: row.take()?, a: row.take()?, f: row.take()?, h: row.take()?, n: row.take()?, o: row.take()? })
    }
}

/// Returns what the server says of the schema.
async fn model(db: &Connection, schema: &str) -> Arc<Model> {
    let mut session = db.lock().await.expect("a session");
    let inspection = session.inspect(&InspectOptions::of(vec![schema.to_string()])).await.expect("an inspection");
    let (model, left) = Model::lift(&inspection.catalog, session.server());
    assert!(left.is_empty(), "{left:?}");
    model
}

async fn insert<R: IntoRow<Dynamic>>(db: &Connection, model: &Arc<Model>, schema: &str, rows: Vec<R>) {
    let id = model.find(&format!("{schema}.recording")).expect("the table");
    into_table(db, model, id, rows).await.unwrap_or_else(|error| panic!("{error}"));
}

async fn fetch<R: FromRow>(db: &Connection, model: &Arc<Model>, schema: &str, id: i32) -> R {
    let table = model.find(&format!("{schema}.recording")).expect("the table");
    let query = Core::table(model, table).restrict(&Restriction::Predicate(format!("id = {id}")));
    Query::<Dynamic>::from_core(query).fetch1_as::<R>(db).await.unwrap_or_else(|error| panic!("{error}"))
}

pub async fn classic(db: &Connection, schema: &str, staged: PathBuf) {
    let model = model(db, schema).await;
    let attachment = Attachment { name: "ä b.txt".to_string(), bytes: b"typed".to_vec() };
    let row = Classic {
        id: 21,
        b: Some(External::new(Value::from("typed"))),
        a: Some(attachment.clone().into()),
        f: Some(External::new(staged.clone())),
        i: Some(attachment.clone()),
    };
    let empty = Classic { id: 22, b: None, a: None, f: None, i: None };
    insert(db, &model, schema, vec![row, empty]).await;
    let row: Classic = fetch(db, &model, schema, 21).await;
    let b = row.b.expect("it is not NULL");
    assert_eq!(b.get(db).await.unwrap_or_else(|error| panic!("{error}")), Blob(Value::from("typed")));
    let a = row.a.expect("it is not NULL");
    assert_eq!(a.get(db).await.unwrap_or_else(|error| panic!("{error}")), attachment);
    let f = row.f.expect("it is not NULL");
    assert_eq!(f.get(db).await.unwrap_or_else(|error| panic!("{error}")), FilePath(staged));
    assert_eq!(row.i, Some(attachment));
    // What was fetched is inserted again as it is.
    insert(db, &model, schema, vec![Classic { id: 23, b: Some(b.clone()), a: Some(a), f: Some(f), i: None }]).await;
    let again: Classic = fetch(db, &model, schema, 23).await;
    assert_eq!(again.b, Some(b));
    let empty: Classic = fetch(db, &model, schema, 22).await;
    assert!(empty.b.is_none() && empty.a.is_none() && empty.f.is_none() && empty.i.is_none());
}

pub async fn modern(db: &Connection, schema: &str) {
    let model = model(db, schema).await;
    let array = Array::new(vec![3], vec![1u16, 2, 3].into()).expect("three elements");
    let attachment = Attachment { name: "ä b.txt".to_string(), bytes: b"typed".to_vec() };
    let object = Object::Bytes { extension: ".x".to_string(), bytes: b"typed object".to_vec() };
    let row = Modern {
        id: 21,
        name: "typed".to_string(),
        b: Some(External::new(Value::from("typed"))),
        a: Some(attachment.clone().into()),
        f: Some(External::new("raw/rüst.dat")),
        h: Some(External::new(b"typed bytes".to_vec())),
        n: Some(External::new(array.clone())),
        o: Some(object.clone().into()),
    };
    insert(db, &model, schema, vec![row]).await;
    let row: Modern = fetch(db, &model, schema, 21).await;
    let b = row.b.expect("it is not NULL");
    assert_eq!(b.get(db).await.unwrap_or_else(|error| panic!("{error}")), Blob(Value::from("typed")));
    let a = row.a.expect("it is not NULL").get(db).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(a, attachment);
    let h = row.h.expect("it is not NULL").get(db).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(h, b"typed bytes");
    let n = row.n.expect("it is not NULL");
    assert_eq!((n.shape(), n.dtype()), (Some(vec![3]), Some("uint16".to_string())));
    assert_eq!(n.get(db).await.unwrap_or_else(|error| panic!("{error}")), Npy(array));
    let o = row.o.expect("it is not NULL");
    let path = o.reference().and_then(|reference| reference.metadata()).and_then(|metadata| metadata["path"].as_str());
    assert!(path.is_some_and(|path| path.starts_with(&format!("_schema/{schema}/recording/id=21/name=typed/o_"))), "{path:?}");
    assert_eq!(o.get(db).await.unwrap_or_else(|error| panic!("{error}")), object);
    let f = row.f.expect("it is not NULL");
    assert_eq!(
        f.reference().and_then(|reference| reference.metadata()).and_then(|metadata| metadata["path"].as_str()),
        Some("raw/rüst.dat")
    );
    let none = Modern { id: 22, name: "none".to_string(), b: Some(b.clone()), a: None, f: None, h: None, n: None, o: None };
    insert(db, &model, schema, vec![none]).await;
    let none: Modern = fetch(db, &model, schema, 22).await;
    assert_eq!((none.name.as_str(), none.b), ("none", Some(b)));
    assert!(none.a.is_none() && none.f.is_none() && none.h.is_none() && none.n.is_none() && none.o.is_none());
}
