//! Real datajoint writes and Rust reads; Rust writes and real datajoint reads.

use std::path::PathBuf;

use djc_core::ir::{AttributeType, ExternalKind, Generation};
use djc_core::plan::Literal;
use djc_core::value::{Array, Value};
use djc_runtime::codec::{For, Kept, Reference, put, unused};
use djc_runtime::field::Given;
use djc_runtime::store::{Protocol, StoreSpec};
use djc_runtime::{Connection, Session, SqlValue};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::{codec, connect, files, folder_store, python, tracked};
use crate::support::On;

/// A schema that datajoint declares, and a store for it.
struct Lab {
    on: On,
    generation: Generation,
    python: PathBuf,
    url: String,
    schema: String,
    folder: TempDir,
    spec: StoreSpec,
}

impl Lab {
    fn new(on: On, generation: Generation, bucket: Option<StoreSpec>) -> Option<Lab> {
        let url = on.url()?;
        let python = python::with_datajoint(generation, bucket.is_some())?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = folder_store(folder.path());
        let kind = if bucket.is_some() { "b" } else { "f" };
        let spec = bucket.map_or(files.clone(), |bucket| StoreSpec { stage: files.stage, ..bucket });
        let schema = format!("djcstore_{}_{kind}{}{}", std::process::id(), on as u8, generation as u8);
        Some(Lab { on, generation, python, url, schema, folder, spec })
    }

    fn python(&self, step: &str) -> Json {
        let stage = self.spec.stage.as_ref().expect("there is one").display().to_string();
        let store = match &self.spec.protocol {
            Protocol::File => json!({"protocol": "file", "location": self.spec.location, "stage": stage}),
            Protocol::S3(s3) => json!({
                "protocol": "s3", "location": self.spec.location, "stage": stage, "endpoint": s3.endpoint, "bucket": s3.bucket,
                "access_key": s3.access_key.as_ref().map(|key| key.reveal()), "secret_key": s3.secret_key.as_ref().map(|key| key.reveal()),
                "secure": false,
            }),
        };
        python::run(
            &self.python,
            &json!({
                "step": step, "generation": self.generation.as_str(), "url": self.url, "schema": self.schema, "stores": {"s": store},
                "folder": self.folder.path(),
            }),
        )
    }

    async fn connect(&self) -> Connection {
        connect(&self.url, self.spec.clone()).await
    }

    fn types(&self) -> Vec<(&'static str, AttributeType)> {
        match self.generation {
            Generation::Classic => {
                vec![("b", tracked(ExternalKind::Blob)), ("a", tracked(ExternalKind::Attach)), ("f", tracked(ExternalKind::Filepath))]
            }
            Generation::Modern => {
                let types = [("b", "blob"), ("a", "attach"), ("f", "filepath"), ("h", "hash"), ("n", "npy"), ("o", "object")];
                types.into_iter().map(|(name, ty)| (name, codec(ty))).collect()
            }
        }
    }

    /// Inserts a row as the runtime does: what goes into the store first.
    async fn insert(&self, db: &Connection, key: &[(&str, Value)], values: Vec<(&str, Given)>) {
        let key: Vec<(String, Value)> = key.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        let target = |attribute| For { schema: &self.schema, table: "recording", attribute, key: &key };
        let mut columns: Vec<(String, SqlValue, bool)> = key
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::Text(text) => SqlValue::from(text.as_str()),
                    value => SqlValue::I64(value.to_string().parse().expect("a number")),
                };
                (name.clone(), value, false)
            })
            .collect();
        let types = self.types();
        for (name, given) in values {
            let ty = &types.iter().find(|(own, _)| *own == name).expect("it has that attribute").1;
            let kept = Kept::of(ty).expect("it is kept in a store");
            let value = match put(db, &kept, target(name), given).await.unwrap_or_else(|error| panic!("{name}: {error}")) {
                Given::Column(Literal::Text(text)) => SqlValue::Text(text),
                Given::Column(Literal::Bytes(bytes)) => SqlValue::Bytes(bytes),
                other => panic!("{other:?} goes into no column"),
            };
            columns.push((name.to_string(), value, true));
        }
        let mut session = db.lock().await.expect("a session");
        let table = session.server().table_sql(&self.schema, "recording");
        let names: Vec<&str> = columns.iter().map(|(name, ..)| name.as_str()).collect();
        let places: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, (_, _, kept))| match (self.on, kept) {
                (On::Postgres, true) => format!("CAST(${} AS jsonb)", at + 1),
                (On::Postgres, false) => format!("${}", at + 1),
                _ => "?".to_string(),
            })
            .collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        let values: Vec<SqlValue> = columns.into_iter().map(|(_, value, _)| value).collect();
        session.execute_with(&sql, &values).await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Returns the references of a row; `None` for NULL.
    async fn fetch(&self, db: &Connection, id: i64) -> Vec<Option<Reference>> {
        let types = self.types();
        let mut session = db.lock().await.expect("a session");
        let names: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
        let table = session.server().table_sql(&self.schema, "recording");
        let rows = session.query(&format!("SELECT {} FROM {table} WHERE id = {id}", names.join(", ")), &[]).await.expect("the row");
        let row = rows.first().unwrap_or_else(|| panic!("there is no row {id}"));
        let reference = |(at, (name, ty)): (usize, &(&str, AttributeType))| {
            let value = match row.get(at) {
                SqlValue::Null => return None,
                SqlValue::Bytes(bytes) if self.generation == Generation::Classic => Value::Bytes(bytes.clone()),
                _ => Value::Text(row.text(at).expect("text")),
            };
            Some(Reference::new(name, ty, &self.schema, &value).unwrap_or_else(|error| panic!("{error}")))
        };
        types.iter().enumerate().map(reference).collect()
    }
}

const TEXT: &str = "ümläut näme.tar.gz";

/// `np.arange(6, dtype="int16").reshape(2, 3)`.
fn array() -> Array {
    Array::new(vec![2, 3], vec![0i16, 3, 1, 4, 2, 5].into()).expect("six elements")
}

fn nested() -> Value {
    let text = |text: &str| Value::Text(text.to_string());
    let long = Array::vector((0..2000).map(f64::from).collect::<Vec<_>>().into());
    Value::Map(vec![
        (text("a"), Value::Int(1.into())),
        (text("b"), Value::List(vec![Value::Float(1.5), text("zwei")])),
        (text("c"), Value::Array(Box::new(long))),
    ])
}

fn reference(references: &[Option<Reference>], at: usize) -> &Reference {
    references[at].as_ref().expect("it is not NULL")
}

fn write(path: PathBuf, content: &str) -> PathBuf {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a temporary folder");
    std::fs::write(&path, content).expect("a temporary file");
    path
}

async fn classic(lab: Lab) {
    lab.python("insert");
    let db = lab.connect().await;
    let one = lab.fetch(&db, 1).await;
    assert_eq!(reference(&one, 0).value(&db).await.expect("Python put it"), nested());
    let attached = (TEXT.to_string(), b"attached by Python".to_vec());
    assert_eq!(reference(&one, 1).attachment(&db).await.expect("Python put it"), attached);
    let stage = lab.spec.stage.clone().expect("there is one");
    let staged = stage.join("sub dir/fü.bin");
    assert_eq!(reference(&one, 2).staged(&db).await.expect("Python put it"), staged);
    // Where it is not in the stage it is copied there; what somebody changed there is left alone.
    std::fs::remove_file(&staged).expect("it was there");
    assert_eq!(reference(&one, 2).staged(&db).await.expect("it is copied"), staged);
    assert_eq!(std::fs::read_to_string(&staged).expect("it is there"), "staged by Python");
    write(staged.clone(), "STAGED by Python");
    let error = reference(&one, 2).staged(&db).await.expect_err("it was changed");
    assert!(error.to_string().contains("move"), "{error}");
    assert_eq!(std::fs::read_to_string(&staged).expect("it is there"), "STAGED by Python");
    write(staged, "staged by Python");
    let downloads = lab.folder.path().join("out");
    let saved = async || reference(&one, 1).download(&db, &downloads).await.expect("Python put it");
    for _ in 0..2 {
        assert_eq!(saved().await, downloads.join(TEXT));
    }
    write(downloads.join(TEXT), "somebody's");
    for _ in 0..2 {
        assert_eq!(saved().await, downloads.join("ümläut näme.tar_0000.gz"));
    }
    assert_eq!(reference(&lab.fetch(&db, 2).await, 0).value(&db).await.expect("Python put it"), Value::Array(Box::new(array())));
    assert!(lab.fetch(&db, 3).await.iter().all(Option::is_none));

    let before = lab.python("fetch");
    assert_eq!(before["unused"], json!(0));
    let file = write(stage.join("rust/ä.dat"), "staged by Rust");
    let id = |id: i64| [("id", Value::Int(id.into()))];
    let attachment = |bytes: &[u8]| Given::Attachment { name: TEXT.to_string(), bytes: bytes.to_vec() };
    let values = vec![
        ("b", Given::Value(Value::Array(Box::new(array())))),
        ("a", attachment(b"attached by Python")),
        ("f", Given::Path(file.clone())),
    ];
    lab.insert(&db, &id(11), values).await;
    let long = "zwölf".repeat(1000);
    let given = Given::Path(write(lab.folder.path().join("zwölf.txt"), "attached by Rust"));
    lab.insert(&db, &id(12), vec![("b", Given::Value(Value::Text(long.clone()))), ("a", given)]).await;
    // Registered once, a path has one content.
    lab.insert(&db, &id(13), vec![("f", Given::Path(file.clone()))]).await;
    write(file.clone(), "STAGED by Rust");
    let kept = Kept::of(&tracked(ExternalKind::Filepath)).expect("it is kept in a store");
    let target = For { schema: &lab.schema, table: "recording", attribute: "f", key: &[] };
    let error = put(&db, &kept, target, Given::Path(file.clone())).await.expect_err("it is another content");
    assert!(error.to_string().contains("another file is registered as `rust/ä.dat`"), "{error}");
    put(&db, &kept, target, Given::Path("/elsewhere/x".into())).await.expect_err("it is not in the stage");
    write(file, "staged by Rust");
    // A reference that was fetched goes into another row as it is.
    let again = Given::Stored(reference(&lab.fetch(&db, 11).await, 1).clone());
    lab.insert(&db, &id(14), vec![("a", again)]).await;

    let typed = write(stage.join("typed.dat"), "staged, typed");
    super::typed::classic(&db, &lab.schema, typed).await;

    let after = lab.python("fetch");
    let rows = after["rows"].as_array().expect("rows");
    let row = |id: i64| rows.iter().find(|row| row["id"] == json!(id)).unwrap_or_else(|| panic!("there is no row {id}"));
    let numbers: Vec<String> = (0..6).map(|number| number.to_string()).collect();
    assert_eq!(row(11)["b"], json!(["int16", [2, 3], numbers]));
    assert_eq!(row(11)["a"][1], json!("attached by Python"));
    assert_eq!(row(11)["f"], json!(["ä.dat", "staged by Rust"]));
    assert_eq!(row(12)["b"], json!(long));
    assert_eq!(row(12)["a"], json!(["zwölf.txt", "attached by Rust"]));
    assert_eq!(row(13)["f"], row(11)["f"]);
    assert_eq!(row(14)["a"], row(11)["a"]);
    assert_eq!(row(21)["b"], json!("typed"));
    assert_eq!(row(21)["f"], json!(["typed.dat", "staged, typed"]));
    assert_eq!((&row(21)["a"], &row(21)["i"]), (&json!(["ä b.txt", "typed"]), &json!(["ä b.txt", "typed"])));
    assert_eq!((&row(23)["b"], &row(23)["a"]), (&row(21)["b"], &row(21)["a"]));
    assert_eq!((&row(22)["b"], &row(22)["a"]), (&Json::Null, &Json::Null));
    // Of row 11 the blob and the attachment were there: new are its file, and what rows 12 and 21 have.
    assert_eq!(after["tracked"].as_u64(), before["tracked"].as_u64().map(|count| count + 6));
    assert_eq!(unused(&db, &lab.schema, "s").await.expect("a list"), []);
    let kept = Kept::of(&tracked(ExternalKind::Blob)).expect("it is kept in a store");
    put(&db, &kept, For { attribute: "b", ..target }, Given::Value(Value::Text("nobody's".to_string()))).await.expect("it is put");
    assert_eq!(unused(&db, &lab.schema, "s").await.expect("a list").len(), 1);
    // `NOT IN` of a column with NULL in it hides all of them from datajoint.
    assert_eq!(lab.python("fetch")["unused"], json!(0));
    drop(db);
    lab.python("drop");
}

async fn modern(lab: Lab, python_inserts: bool) {
    // MariaDB calls json longtext, so that datajoint 2.3.5 cannot insert there what it keeps in a store, and reads it well.
    lab.python(if python_inserts { "insert" } else { "declare" });
    let db = lab.connect().await;
    if python_inserts {
        let one = lab.fetch(&db, 1).await;
        assert_eq!(reference(&one, 0).value(&db).await.expect("Python put it"), nested());
        let attached = (TEXT.to_string(), b"attached by Python".to_vec());
        assert_eq!(reference(&one, 1).attachment(&db).await.expect("Python put it"), attached);
        let local = reference(&one, 2).download(&db, &lab.folder.path().join("raw")).await.expect("Python put it");
        assert_eq!(std::fs::read_to_string(local).expect("it is there"), "raw of Python");
        assert_eq!(reference(&one, 2).bytes(&db).await.expect("Python put it"), b"raw of Python");
        assert_eq!(reference(&one, 3).bytes(&db).await.expect("Python put it"), b"hashed by Python");
        let quarters = Array::new(vec![2, 3], vec![0.0, 0.75, 0.25, 1.0, 0.5, 1.25].into()).expect("six elements");
        assert_eq!(reference(&one, 4).array(&db).await.expect("Python put it"), quarters);
        let tree = reference(&one, 5).download(&db, &lab.folder.path().join("tree")).await.expect("Python put it");
        let read = |name: &str| std::fs::read_to_string(tree.join(name)).expect("it is there");
        assert_eq!((read("a.txt").as_str(), read("deeper/ü.bin").as_str(), files(&tree).len()), ("1", "22", 2));
        let two = lab.fetch(&db, 2).await;
        assert_eq!(
            reference(&two, 4).array(&db).await.expect("Python put it"),
            Array::vector(vec!["ü".to_string(), "abc".to_string()].into())
        );
        assert_eq!(reference(&two, 5).bytes(&db).await.expect("Python put it"), b"object of Python");
        let three = lab.fetch(&db, 3).await;
        let complex = Array::complex(vec![3, 2], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0].into(), vec![1.0; 6].into());
        assert_eq!(reference(&three, 4).array(&db).await.expect("Python put it"), complex.expect("six elements"));
        assert!(three[0].is_none());
    }

    let source = lab.folder.path().join("rust");
    write(source.join("b.txt"), "1");
    write(source.join("deeper/ä.txt"), "22");
    let store = db.store(Some("s"), false).expect("it is there");
    store.put(&store.path("raw/rüst.dat").expect("a path"), b"raw of Rust".to_vec()).await.expect("it is put");
    let key = |id: i64, name: &str| [("id", Value::Int(id.into())), ("name", Value::Text(name.to_string()))];
    let values = vec![
        ("b", Given::Value(nested())),
        ("a", Given::Attachment { name: "ä.txt".to_string(), bytes: b"attached by Rust".to_vec() }),
        ("f", Given::Path("raw/rüst.dat".into())),
        ("h", Given::Value(Value::Bytes(b"hashed by Rust".to_vec()))),
        ("n", Given::Value(Value::Array(Box::new(array())))),
        ("o", Given::Path(source.clone())),
    ];
    lab.insert(&db, &key(11, "../x y"), values).await;
    let given = Given::Attachment { name: ".tar.gz".to_string(), bytes: b"object of Rust".to_vec() };
    let scalar = Array::new(vec![], vec![2.5f64].into()).expect("one element");
    let again = Given::Stored(reference(&lab.fetch(&db, 11).await, 0).clone());
    lab.insert(&db, &key(12, &"ü".repeat(150)), vec![("o", given), ("n", Given::Value(Value::Array(Box::new(scalar)))), ("b", again)])
        .await;
    lab.insert(&db, &key(13, "file"), vec![("o", Given::Path(source.join("b.txt")))]).await;
    // Content of several megabytes goes in parts to a bucket, and comes back in pieces.
    let large: Vec<u8> = (0..20_000_000u32).map(|number| (number / 7) as u8).collect();
    let file = lab.folder.path().join("large.bin");
    std::fs::write(&file, &large).expect("a temporary file");
    lab.insert(&db, &key(14, "large"), vec![("o", Given::Path(file))]).await;
    let fourteen = lab.fetch(&db, 14).await;
    let back = reference(&fourteen, 5).download(&db, &lab.folder.path().join("back")).await.expect("it was put");
    assert!(std::fs::read(back).expect("it is there") == large, "what was put comes back");
    lab.insert(&db, &key(15, "small"), vec![("h", Given::Value(Value::Bytes(b"hashed by Rust".to_vec())))]).await;
    {
        let mut session = db.lock().await.expect("a session");
        let table = session.server().table_sql(&lab.schema, "recording");
        session.execute(&format!("DELETE FROM {table} WHERE id = 14")).await.expect("its bytes are no text");
    }

    super::typed::modern(&db, &lab.schema).await;

    let fetched = lab.python("fetch");
    let rows = fetched["rows"].as_array().expect("rows");
    let row = |id: i64| rows.iter().find(|row| row["id"] == json!(id)).unwrap_or_else(|| panic!("there is no row {id}"));
    let texts = |count: u32, end: &str| (0..count).map(|number| format!("{number}{end}")).collect::<Vec<_>>();
    assert_eq!(row(11)["b"], json!({"a": 1, "b": [1.5, "zwei"], "c": ["float64", [2000], texts(2000, ".0")]}));
    assert_eq!(row(11)["a"], json!(["ä.txt", "attached by Rust"]));
    assert_eq!(row(11)["f"], json!(["raw/rüst.dat", "raw of Rust"]));
    assert_eq!(row(11)["h"], json!("hashed by Rust"));
    assert_eq!(row(11)["n"], json!([[2, 3], "int16", ["int16", [2, 3], texts(6, "")]]));
    assert_eq!(row(11)["o"], json!([["b.txt", "1"], ["ä.txt", "22"]]));
    assert_eq!(row(12)["o"], json!([".tar.gz", 14, "object of Rust"]));
    assert_eq!(row(12)["n"], json!([[], "float64", ["float64", [], ["2.5"]]]));
    assert_eq!(row(12)["b"], row(11)["b"]);
    assert_eq!(row(13)["o"], json!([".txt", 1, "1"]));
    assert_eq!(row(15)["h"], row(11)["h"]);
    assert_eq!(row(21)["b"], json!("typed"));
    assert_eq!(row(21)["a"], json!(["ä b.txt", "typed"]));
    assert_eq!(row(21)["h"], json!("typed bytes"));
    assert_eq!(row(21)["n"], json!([[3], "uint16", ["uint16", [3], ["1", "2", "3"]]]));
    assert_eq!(row(21)["o"], json!([".x", 12, "typed object"]));
    assert_eq!(row(22)["b"], row(21)["b"]);
    drop(db);
    lab.python("drop");
}

#[tokio::test]
async fn folders_of_datajoint_0_14() {
    if let Some(lab) = Lab::new(On::MariaDb, Generation::Classic, None) {
        classic(lab).await;
    }
}

#[tokio::test]
async fn folders_of_datajoint_2_on_postgres() {
    if let Some(lab) = Lab::new(On::Postgres, Generation::Modern, None) {
        modern(lab, true).await;
    }
}

#[tokio::test]
async fn folders_of_datajoint_2_on_mysql() {
    if let Some(lab) = Lab::new(On::MySql, Generation::Modern, None) {
        modern(lab, true).await;
    }
}

#[tokio::test]
async fn folders_of_datajoint_2_on_mariadb() {
    if let Some(lab) = Lab::new(On::MariaDb, Generation::Modern, None) {
        modern(lab, false).await;
    }
}

#[tokio::test]
async fn buckets_of_datajoint_0_14() {
    let server = super::s3::Server::start();
    if let Some(lab) = Lab::new(On::MariaDb, Generation::Classic, Some(server.spec())) {
        classic(lab).await;
    }
}

#[tokio::test]
async fn buckets_of_datajoint_2() {
    let server = super::s3::Server::start();
    if let Some(lab) = Lab::new(On::Postgres, Generation::Modern, Some(server.spec())) {
        modern(lab, true).await;
    }
}

#[tokio::test]
async fn a_bucket_that_refuses_says_so() {
    use djc_runtime::store::{Expected, Store};

    let server = super::s3::Server::start();
    let spec = server.spec();
    let path = djc_runtime::store::StorePath::new("x").expect("a path");
    let store = Store::open("s", spec.clone()).expect("settings are complete");
    store.put(&path, b"x".to_vec()).await.expect("it is put");
    assert_eq!(store.get(&path, &Expected::default()).await.expect("it is there"), b"x");
    assert!(files(server.folder.path()).iter().any(|file| file.ends_with("lab/data/djc/x")));
    let error =
        store.get(&djc_runtime::store::StorePath::new("y").expect("a path"), &Expected::default()).await.expect_err("nobody put it");
    assert!(error.to_string().contains("`y` is missing"), "{error}");
    let Protocol::S3(s3) = &spec.protocol else { panic!("it is a bucket") };
    let secret = djc_runtime::Secret::new("another-password");
    let wrong = StoreSpec { protocol: Protocol::S3(djc_runtime::store::S3 { secret_key: Some(secret), ..s3.clone() }), ..spec.clone() };
    let error = Store::open("s", wrong).expect("settings are complete").get(&path, &Expected::default()).await.expect_err("it is refused");
    let said = format!("{error} {error:?} {:?}", error.details());
    assert!(!said.contains("another-password") && !said.contains(super::s3::SECRET_KEY), "{said}");
}
