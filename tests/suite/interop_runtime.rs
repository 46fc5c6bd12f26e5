//! The runtime beside the real datajoint, value by value: what Python inserts Rust fetches, and what Rust inserts Python fetches.
//!
//! datajoint declares a table for each type; the model that generated code carries must accept them without a difference. Python and Rust insert the same
//! values (`cases`), and each fetches its own and the other's, Rust both as [`Value`] and as the type that generated code has. Values are told in a notation
//! that keeps every bit and every type of Python apart (`notation`). What one of the two cannot do is in `exceptions`.

mod cases;
mod exceptions;
mod notation;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use djc::codegen::Target;
use djc::codegen::rust::Rust;
use djc::core::dialect::Server;
use djc::core::ir::{Generation, Pipeline, SchemaId};
use djc::core::model::Model;
use djc::core::query::Query as CoreQuery;
use djc::core::state::{Lowering, State};
use djc::core::value::{Decimal, Value};
use djc::diag::Sink;
use djc_runtime::chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use djc_runtime::field::{Attachment, Blob, Field, Given};
use djc_runtime::insert::into_table;
use djc_runtime::table::{Column, Dynamic, IntoRow, RowMap, RowWriter};
use djc_runtime::{Connection, DatabaseUrl, Error, Query};
use serde_json::{Value as Json, json};

use crate::python::with_datajoint;
use crate::rust::with_input;
use crate::support::{TestProject, drop_schema, root, run_id, run_sql, server};
use cases::{Held, Place, Type};
use exceptions::{Exception, Instead, Step, exceptions};

#[test]
fn values_of_datajoint_0_14_on_mariadb() {
    both_ways(Place::ClassicMariaDb);
}

#[test]
fn values_of_datajoint_0_14_on_mysql() {
    both_ways(Place::ClassicMySql);
}

#[test]
fn values_of_datajoint_2_on_mariadb() {
    both_ways(Place::ModernMariaDb);
}

#[test]
fn values_of_datajoint_2_on_postgres() {
    both_ways(Place::ModernPostgres);
}

#[test]
fn each_reason_is_in_the_book() {
    let page = std::fs::read_to_string(root().join("docs/book/interop.md")).expect("the page is there");
    for exception in exceptions() {
        assert!(page.contains(exception.reason), "docs/book/interop.md does not say: {}", exception.reason);
    }
}

/// Keys of the rows that Rust inserts; those of Python are below.
const OF_RUST: i64 = 1000;

/// Inserts and fetches everything from both sides.
fn both_ways(place: Place) {
    let Some(url) = server(place.variable()) else { return };
    let Some(python) = with_datajoint(place.generation()) else { return };
    let matrix = Matrix::new(place, url);
    matrix.make_schema();
    let mut datajoint = Datajoint::new(&python, &matrix);
    let inserted = datajoint.does("insert");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let mut found = Findings::new(place, inserted["datajoint"].as_str().unwrap_or("?"));
    let rust = runtime.block_on(matrix.rust(&mut found, &inserted));
    let fetched = datajoint.does("fetch");
    matrix.compare_python(&mut found, &inserted, &rust, &fetched);
    drop_schema(&matrix.url, &matrix.schema);
    found.report(&matrix);
}

/// One datajoint, one server, one schema.
struct Matrix {
    place: Place,
    url: String,
    schema: String,
    types: Vec<Type>,
    project: TestProject,
}

impl Matrix {
    fn new(place: Place, url: String) -> Matrix {
        let schema = format!("djcm{}_{}", run_id(), format!("{place:?}").to_lowercase());
        Matrix { place, url, schema, types: cases::types(place), project: TestProject::new() }
    }

    /// The charset of a server is not always one that has all letters, so that the schema is made before datajoint would.
    fn make_schema(&self) {
        let sql = match self.place.server() {
            Server::Postgres => format!("CREATE SCHEMA \"{}\"", self.schema),
            Server::MariaDb | Server::MySql | Server::Sqlite => format!("CREATE DATABASE `{}` CHARACTER SET utf8mb4", self.schema),
        };
        run_sql(&DatabaseUrl::parse(&self.url).expect("a URL"), &[sql]);
    }

    fn definition(&self, ty: &Type) -> String {
        format!("k : {}\n---\na=null : {}\n", ty.key, ty.text)
    }

    /// Returns the rows that one side inserts, by their keys.
    fn rows(&self) -> impl Iterator<Item = (String, &Type, i64, &Held)> {
        let numbered = self.types.iter().enumerate();
        numbered.flat_map(|(at, ty)| (1..).zip(&ty.values).map(move |(key, held)| (format!("T{at}"), ty, key, held)))
    }

    /// Returns what Python must know.
    fn spec(&self) -> Json {
        let table = |(at, ty): (usize, &Type)| {
            let [before, after] = ty.session.map_or([None, None], |session| session.map(Some));
            let own = || (1..).zip(&ty.values);
            let keys: Vec<i64> = own().flat_map(|(key, _): (i64, _)| [key, key + OF_RUST]).collect();
            json!({
                "class": format!("T{at}"), "definition": self.definition(ty), "before": before.into_iter().collect::<Vec<_>>(),
                "after": after.into_iter().collect::<Vec<_>>(), "attachment": ty.values[0].insert.is_none(), "keys": keys,
                "rows": own().map(|(key, held): (i64, _)| json!({"k": key, "a": held.given})).collect::<Vec<_>>(),
            })
        };
        json!({
            "generation": self.place.generation().as_str(), "url": self.url, "schema": self.schema,
            "tables": self.types.iter().enumerate().map(table).collect::<Vec<_>>(),
        })
    }

    /// Returns the tables as generated code has them, and the type of each attribute `a`.
    fn compiled(&self) -> (Arc<Model>, Vec<String>) {
        let generation = self.place.generation();
        let stored = if generation == Generation::Classic { "longblob" } else { "<blob>" };
        let toml = format!(
            "[pipeline]\nname = \"matrix\"\nsources = [\"*.dj\"]\ndatajoint = \"{generation}\"\n\n[schemas.matrix]\nname = \"{}\"\n\n\
             [adapters.pairs]\ntype = \"{stored}\"\n",
            self.schema
        );
        let tables = self.types.iter().enumerate().map(|(at, ty)| format!("\nmanual T{at} {{\n{}}}\n", self.definition(ty)));
        self.project.write("djc.toml", &toml);
        self.project.write("matrix.dj", &format!("schema matrix\n{}", tables.collect::<String>()));
        with_input(self.project.path(), |input| {
            let files = Rust.generate(input, &mut Sink::new());
            let text: String = files.iter().filter(|(path, _)| path.ends_with("matrix.rs")).map(|(_, text)| text).collect();
            (model(input.pipeline), (0..self.types.len()).map(|at| generated_type(&text, at)).collect())
        })
    }

    /// Fetches what Python inserted, inserts, and fetches that; returns the tables and keys that were inserted.
    async fn rust(&self, found: &mut Findings, inserted: &Json) -> BTreeSet<(String, i64)> {
        let (model, generated) = self.compiled();
        let db = djc_runtime::connect(&self.url).await.expect("a connection");
        db.verify(&model).await.unwrap_or_else(|error| panic!("{:?}: what datajoint declared is not accepted: {error}", self.place));
        let mut rows = BTreeSet::new();
        for (table, ty, key, held) in self.rows() {
            let said = inserted["tables"][&table][key.to_string()]["error"].as_str();
            let outcome = said.map_or(Ok(held.given.clone()), |error| Err(error.to_string()));
            if found.hold(Step::PythonInserts, ty, held, &outcome, &held.given) {
                rows.insert((table.clone(), key));
            }
            let id = model.find(&format!("matrix.{table}")).expect("a table of the pipeline");
            let given = match &held.insert {
                Some(value) => Given::Value(value.clone()),
                None => file(&held.given),
            };
            let outcome = into_table(&db, &model, id, [Row { key: key + OF_RUST, given }]).await;
            let outcome = outcome.map(|_| Json::Null).map_err(|error| error.to_string());
            if found.hold(Step::RustInserts, ty, held, &outcome, &Json::Null) {
                rows.insert((table, key + OF_RUST));
            }
        }
        for (at, ty) in self.types.iter().enumerate() {
            let id = model.find(&format!("matrix.T{at}")).expect("a table of the pipeline");
            let all: Query = Query::from_core(Ok(CoreQuery::table(&model, id))).order_by("k");
            let ours: Vec<(i64, &Held)> = [0, OF_RUST]
                .iter()
                .flat_map(|from| (from + 1..).zip(&ty.values))
                .filter(|(key, _)| rows.contains(&(format!("T{at}"), *key)))
                .collect();
            let dynamic = Fetched::of(&db, &all, &ours, |db, query| Box::pin(typed::<Value>(db, query))).await;
            self.restrict(&db, &all, found, ty, &ours).await;
            let name = generated[at].clone();
            let as_generated = Fetched::of(&db, &all, &ours, move |db, query| Box::pin(generated_values(db, query, name.clone()))).await;
            for ((key, held), (value, typed)) in ours.iter().zip(dynamic.0.into_iter().zip(as_generated.0)) {
                // A file is its name and its bytes as one value, and apart in the type of generated code.
                let expected = match &held.insert {
                    Some(_) => Given::Value(held.read.clone()),
                    None => file(&held.given),
                };
                let plain = match &expected {
                    Given::Attachment { name, bytes } => Given::Value(Value::Bytes([name.as_bytes(), b"\0", bytes].concat())),
                    other => other.clone(),
                };
                let step = if *key < OF_RUST { Step::RustFetchesPythons } else { Step::RustFetchesItsOwn };
                found.hold_given(step, ty, held, value, &plain);
                found.hold_given(step, ty, held, typed, &expected);
            }
        }
        rows
    }

    /// Restricts by each value, which must find the rows that have it, whoever inserted them.
    async fn restrict(&self, db: &Connection, all: &Query, found: &mut Findings, ty: &Type, rows: &[(i64, &Held)]) {
        // No server compares packed values and documents.
        let is_compared = |held: &Held| {
            held.read != Value::Null && !ty.text.contains("blob") && !["json", "attach", "<attach>", "<pairs>"].contains(&ty.text)
        };
        for (key, held) in rows.iter().filter(|(_, held)| is_compared(held)) {
            let same: RowMap = [("a", held.read.clone())].into_iter().collect();
            let keys = (all & same).column(db, Column::<Dynamic, i64>::new("k")).await;
            let outcome = keys.map(|keys| Json::from(keys.contains(key))).map_err(|error| error.to_string());
            found.hold(Step::RustRestricts, ty, held, &outcome, &Json::from(true));
        }
    }

    /// Holds what datajoint fetched against what it should have.
    fn compare_python(&self, found: &mut Findings, inserted: &Json, rust: &BTreeSet<(String, i64)>, fetched: &Json) {
        assert_eq!(inserted["datajoint"], fetched["datajoint"]);
        for (table, ty, key, held) in self.rows() {
            for (key, step) in [(key, Step::PythonFetchesItsOwn), (key + OF_RUST, Step::PythonFetchesRusts)] {
                if !rust.contains(&(table.clone(), key)) {
                    continue;
                }
                let answer = &fetched["tables"][&table][key.to_string()];
                let outcome = match (&answer["value"], answer["error"].as_str()) {
                    (_, Some(error)) => Err(error.to_string()),
                    (Json::Null, None) => Err("the row is not there".to_string()),
                    (value, None) => Ok(notation::exact(value)),
                };
                found.hold(step, ty, held, &outcome, &notation::exact(&held.fetched));
            }
        }
    }
}

/// The real datajoint, in a process that waits for the next step.
struct Datajoint {
    child: Child,
    answers: BufReader<ChildStdout>,
    said: PathBuf,
}

impl Datajoint {
    fn new(python: &Path, matrix: &Matrix) -> Datajoint {
        matrix.project.write("spec.json", &matrix.spec().to_string());
        let (folder, said) = (matrix.project.path(), matrix.project.path().join("said.txt"));
        let mut command = Command::new(python);
        command.arg(root().join("tests/python/matrix.py")).arg(folder.join("spec.json")).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&said).expect("a temporary file"));
        let mut child = command.spawn().expect("python starts");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Datajoint { child, answers, said }
    }

    /// Has a step done, and returns the answer.
    fn does(&mut self, step: &str) -> Json {
        let mut line = String::new();
        // Python that has ended says why in its own words.
        let sent = writeln!(self.child.stdin.as_mut().expect("it is piped"), "{step}");
        self.answers.read_line(&mut line).expect("Python answers in UTF-8");
        let said = || std::fs::read_to_string(&self.said).unwrap_or_default();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{step}: {sent:?}\n{line}\n{}", said()))
    }
}

impl Drop for Datajoint {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Returns the tables as code that is generated from the pipeline carries them.
fn model(pipeline: &Pipeline) -> Arc<Model> {
    let all = (0..pipeline.schemas.len() as u32).map(SchemaId).collect();
    let state = State::of_modules(pipeline, &all, Lowering::default());
    Model::read(&state.write(), &[], "a fingerprint").expect("what was written reads")
}

/// Connects as code does that was generated from the project in a folder: what is on the server must be what it was built for.
pub(crate) fn accepts(url: &str, folder: &Path) {
    let model = with_input(folder, |input| model(input.pipeline));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let db = djc_runtime::connect(url).await.expect("a connection");
        db.verify(&model).await.unwrap_or_else(|error| panic!("a program does not accept what datajoint declared: {error}"));
    });
}

/// A row with whatever may be given.
struct Row {
    key: i64,
    given: Given,
}

impl IntoRow<Dynamic> for Row {
    fn into_row(self, out: &mut RowWriter) {
        out.set("k", self.key);
        out.give("a", self.given);
    }
}

fn file(json: &Json) -> Given {
    let (name, content) = (json["name"].as_str().expect("a name").to_string(), json["hex"].as_str().expect("bytes"));
    let content = notation::value(&json!({"t": "bytes", "hex": content}));
    let Value::Bytes(bytes) = content else { panic!("{content} for bytes") };
    Given::Attachment { name, bytes }
}

/// Returns the type of the attribute `a` in the row of a generated table, without `Option`.
fn generated_type(text: &str, at: usize) -> String {
    let module = text.split_once(&format!("pub mod t{at} {{")).unwrap_or_else(|| panic!("there is no module t{at}")).1;
    let (_, row) = module.split_once("pub struct Row {").expect("a table has rows");
    let (_, attribute) = row.split_once("pub a: Option<").expect("the attribute may be NULL");
    let whole: String = attribute.chars().filter(|c| !c.is_whitespace()).collect();
    let end = whole.find(",}").or(whole.find(">,")).map(|end| whole[..end].trim_end_matches('>').len()).expect("a type ends");
    let name = whole[..end].trim_end_matches('>');
    let name = if name.starts_with("Vec<") { "Vec<u8>" } else { name };
    name.trim_start_matches("::djc_runtime::").to_string()
}

type Values<'f> = std::pin::Pin<Box<dyn Future<Output = Result<Vec<Given>, Error>> + 'f>>;

/// Fetches a column as one Rust type.
async fn typed<F: Field>(db: &Connection, query: Query) -> Result<Vec<Given>, Error> {
    let column = Column::<Dynamic, Option<F>>::new("a");
    Ok(query.column(db, column).await?.into_iter().map(Field::give).collect())
}

/// Fetches a column as the type that generated code has for it.
async fn generated_values(db: &Connection, query: Query, name: String) -> Result<Vec<Given>, Error> {
    match name.as_str() {
        "bool" => typed::<bool>(db, query).await,
        "i8" => typed::<i8>(db, query).await,
        "i16" => typed::<i16>(db, query).await,
        "i32" => typed::<i32>(db, query).await,
        "i64" => typed::<i64>(db, query).await,
        "u8" => typed::<u8>(db, query).await,
        "u16" => typed::<u16>(db, query).await,
        "u32" => typed::<u32>(db, query).await,
        "u64" => typed::<u64>(db, query).await,
        "f32" => typed::<f32>(db, query).await,
        "f64" => typed::<f64>(db, query).await,
        // An enum is found by the text of its value.
        "String" | "A" => typed::<String>(db, query).await,
        "Vec<u8>" => typed::<Vec<u8>>(db, query).await,
        "rust_decimal::Decimal" => typed::<djc_runtime::rust_decimal::Decimal>(db, query).await,
        "field::Decimal" => typed::<Decimal>(db, query).await,
        "chrono::NaiveDate" => typed::<NaiveDate>(db, query).await,
        "chrono::NaiveDateTime" => typed::<NaiveDateTime>(db, query).await,
        "chrono::TimeDelta" => typed::<TimeDelta>(db, query).await,
        "serde_json::Value" => typed::<Json>(db, query).await,
        "uuid::Uuid" => typed::<djc_runtime::uuid::Uuid>(db, query).await,
        "field::Blob" => typed::<Blob>(db, query).await,
        "field::Attachment" => typed::<Attachment>(db, query).await,
        other => panic!("generated code has a type that is not fetched here: {other}"),
    }
}

/// What a column has, row by row.
struct Fetched(Vec<Result<Given, String>>);

impl Fetched {
    /// Fetches all rows at once, and one by one where that fails.
    async fn of<'f>(
        db: &'f Connection,
        all: &Query,
        rows: &[(i64, &Held)],
        fetch: impl Fn(&'f Connection, Query) -> Values<'f>,
    ) -> Fetched {
        match fetch(db, all.clone()).await {
            Ok(values) if values.len() == rows.len() => return Fetched(values.into_iter().map(Ok).collect()),
            Ok(values) => return Fetched(rows.iter().map(|_| Err(format!("{} rows and not {}", values.len(), rows.len()))).collect()),
            Err(_) => {}
        }
        let mut out = Vec::new();
        for (key, _) in rows {
            let one = all.restrict(format!("k = {key}").as_str());
            out.push(fetch(db, one).await.map_err(|error| error.to_string()).map(|mut values| values.pop().unwrap_or(Given::Default)));
        }
        Fetched(out)
    }
}

/// Returns a value of an exception in the form in which a step tells what was fetched.
fn as_fetched(step: Step, other: &Json) -> Json {
    match step {
        Step::RustFetchesPythons | Step::RustFetchesItsOwn => Json::from(format!("{:?}", Given::Value(notation::value(other)))),
        Step::PythonInserts | Step::RustInserts | Step::RustRestricts | Step::PythonFetchesItsOwn | Step::PythonFetchesRusts => {
            notation::exact(other)
        }
    }
}

/// What does not come to what it should.
struct Findings {
    place: Place,
    version: String,
    exceptions: Vec<Exception>,
    met: HashMap<usize, usize>,
    steps: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Findings {
    fn new(place: Place, version: &str) -> Findings {
        let exceptions = exceptions().into_iter().filter(|it| it.places.contains(&place)).collect();
        Findings { place, version: version.to_string(), exceptions, met: HashMap::new(), steps: BTreeMap::new(), wrong: Vec::new() }
    }

    /// Returns the exception for a step.
    fn exception(&self, step: Step, ty: &Type, held: &Held) -> Option<usize> {
        let is_meant = |it: &Exception| match it.values {
            [] => held.given["t"] != "none",
            values => values.contains(&held.name.as_str()),
        };
        self.exceptions.iter().position(|it| it.steps.contains(&step) && it.types.contains(&ty.text) && is_meant(it))
    }

    /// Notes what a step comes to, and returns whether it went well.
    fn hold(&mut self, step: Step, ty: &Type, held: &Held, outcome: &Result<Json, String>, expected: &Json) -> bool {
        let went_well = outcome.as_ref() == Ok(expected);
        *self.steps.entry(format!("{step:?}")).or_default() += 1;
        let Some(at) = self.exception(step, ty, held) else {
            if !went_well {
                let got = outcome.as_ref().map_or_else(|error| format!("error: {error}"), ToString::to_string);
                self.note(step, ty, held, &expected.to_string(), &got);
            }
            return outcome.is_ok();
        };
        *self.met.entry(at).or_default() += 1;
        let exception = &self.exceptions[at];
        let holds = match (&exception.instead, outcome) {
            (Instead::Error(part), Err(error)) => error.contains(part),
            (Instead::Value(other), Ok(value)) => *value == as_fetched(step, other),
            (Instead::Kind(kind), Ok(value)) => {
                let mut other = expected.clone();
                other["t"] = Json::from(*kind);
                *value == other
            }
            (Instead::Error(_), Ok(_)) | (Instead::Value(_) | Instead::Kind(_), Err(_)) => false,
        };
        if !holds {
            let expected = match &exception.instead {
                Instead::Error(part) => format!("an error with {part:?} ({})", exception.reason),
                Instead::Value(value) => format!("{value} ({})", exception.reason),
                Instead::Kind(kind) => format!("{expected} as {kind} ({})", exception.reason),
            };
            let got = outcome.as_ref().map_or_else(|error| format!("error: {error}"), ToString::to_string);
            self.note(step, ty, held, &expected, &got);
        }
        outcome.is_ok()
    }

    /// As [`Findings::hold`] for what Rust fetched.
    fn hold_given(&mut self, step: Step, ty: &Type, held: &Held, outcome: Result<Given, String>, expected: &Given) {
        let shown = |given: &Given| Json::from(format!("{given:?}"));
        self.hold(step, ty, held, &outcome.map(|given| shown(&given)), &shown(expected));
    }

    fn note(&mut self, step: Step, ty: &Type, held: &Held, expected: &str, got: &str) {
        let short =
            |text: &str| if text.chars().count() > 600 { text.chars().take(600).collect::<String>() + "…" } else { text.to_string() };
        let (place, version) = (self.place.server().as_str(), &self.version);
        let name = short(&held.name);
        self.wrong.push(format!(
            "{step:?}, datajoint {version} on {place}: `{}` {name:?}\n  expected {}\n  got      {}",
            ty.text,
            short(expected),
            short(got)
        ));
    }

    fn report(self, matrix: &Matrix) {
        let unmet = (0..self.exceptions.len()).filter(|at| !self.met.contains_key(at));
        let unmet: Vec<String> =
            unmet.map(|at| &self.exceptions[at]).map(|it| format!("{:?} {:?} {:?}", it.steps, it.types, it.values)).collect();
        println!(
            "datajoint {} on {}: {} types, {} values; {:?}; {} exceptions",
            self.version,
            self.place.server().as_str(),
            matrix.types.len(),
            matrix.rows().count(),
            self.steps,
            self.exceptions.len()
        );
        assert!(self.wrong.is_empty(), "{} findings:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(unmet.is_empty(), "exceptions for what is not tried: {unmet:#?}");
    }
}
