//! Inserts: many small rows, many mixed ones, large ones.

use std::time::{Duration, Instant};

use djc_runtime::chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use djc_runtime::connection::{Connection, Session};
use djc_runtime::core::value::{Array, Decimal, Value};
use djc_runtime::insert::{IntoRows, into_table};
use djc_runtime::table::Dynamic;

use super::pipeline::{self, Definition};
use super::{Line, python};

const TABLES: [Definition; 3] = [
    ("Two", &[("id", "int32"), ("x", "float64")]),
    (
        "Mixed",
        &[
            ("id", "int32"),
            ("name", "varchar(40)"),
            ("x", "float64"),
            ("n", "int16"),
            ("day", "date"),
            ("at", "datetime"),
            ("price", "decimal(8,2)"),
            ("kind", "enum('a','b','c')"),
        ],
    ),
    ("Large", &[("id", "int32"), ("body", "<blob>")]),
];

const ROWS: usize = 100_000;
const LARGE_ROWS: usize = 1_000;

/// Elements of a blob of 100 kB.
const ELEMENTS: usize = 12_500;

/// How often everything is measured.
const TIMES: usize = 3;

type Mixed = (i32, String, f64, i32, NaiveDate, NaiveDateTime, Decimal, String);

pub async fn measure(url: &str) -> Vec<Line> {
    let schema = format!("djct_speed{}", std::process::id());
    let model = pipeline::deployed(url, &schema, &TABLES).await;
    let db = djc_runtime::connect(url).await.expect("a connection");
    let two: Vec<(i32, f64)> = (0..ROWS as i32).map(|id| (id, f64::from(id) * 0.5)).collect();
    let mixed: Vec<Mixed> = (0..ROWS as u64).map(mixed).collect();
    let large: Vec<Vec<Value>> = (0..LARGE_ROWS).map(|id| vec![Value::from(id as i64), noise(id as u64)]).collect();
    let runs = Runs { db: &db, model: &model, schema: &schema };
    let ours = [runs.best("Two", &two).await, runs.best("Mixed", &mixed).await, runs.best("Large", &large).await];
    pipeline::dropped(url, &schema).await;
    let theirs = python::run(include_str!("insert.py"), url, &schema);
    let what = [
        ("two", format!("insert {ROWS} rows of 2 columns")),
        ("mixed", format!("insert {ROWS} rows of 8 mixed columns")),
        ("large", format!("insert {LARGE_ROWS} rows with a blob of 100 kB")),
    ];
    let line = |((word, what), ours): ((&str, String), Duration)| {
        let seconds = |(version, seconds): &(String, Vec<(String, Duration)>)| {
            seconds.iter().find(|(found, _)| found == word).map(|(_, seconds)| (version.clone(), *seconds))
        };
        Line { what, ours, theirs: theirs.iter().filter_map(seconds).collect() }
    };
    what.into_iter().zip(ours).map(line).collect()
}

struct Runs<'a> {
    db: &'a Connection,
    model: &'a std::sync::Arc<djc_runtime::core::model::Model>,
    schema: &'a str,
}

impl Runs<'_> {
    /// Inserts the rows into an empty table some times.
    async fn best<R: Clone>(&self, class: &str, rows: &[R]) -> Duration
    where
        Vec<R>: IntoRows<Dynamic>,
    {
        let id = self.model.find(&format!("speed.{class}")).expect("a table");
        let mut best = Duration::MAX;
        for _ in 0..TIMES {
            let table = format!("`{}`.`{}`", self.schema, class.to_lowercase());
            self.db.lock().await.expect("a session").execute(&format!("TRUNCATE TABLE {table}")).await.expect("it is emptied");
            let rows = rows.to_vec();
            let count = rows.len() as u64;
            let start = Instant::now();
            let done = into_table(self.db, self.model, id, rows).await.expect("rows that fit");
            best = best.min(start.elapsed());
            assert_eq!(done.inserted, count);
        }
        best
    }
}

fn mixed(id: u64) -> Mixed {
    let day = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day") + Days::new(id % 1000);
    (
        id as i32,
        format!("the row called {id}"),
        id as f64 / 3.0,
        (id % 1000) as i32,
        day,
        day.and_hms_opt(12, 0, 0).expect("a time") + TimeDelta::seconds((id % 3600) as i64),
        format!("{}.25", id % 10_000).parse().expect("a number"),
        ["a", "b", "c"][(id % 3) as usize].to_string(),
    )
}

/// Numbers as they are measured: their first bits are alike, their last are not.
fn noise(seed: u64) -> Value {
    let mut state = seed + 1;
    let numbers = (0..ELEMENTS).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    });
    Value::from(Array::vector(numbers.collect::<Vec<f64>>().into()))
}
