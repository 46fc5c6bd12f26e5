//! Fetching: a million narrow rows, a million of eight types, ten thousand blobs; into types and as maps.

use std::time::{Duration, Instant};

use djc_runtime::chrono::{NaiveDate, NaiveDateTime};
use djc_runtime::connection::{Connection, Session};
use djc_runtime::core::blob;
use djc_runtime::core::query::{self, Columns};
use djc_runtime::core::value::{Array, Value};
use djc_runtime::field::{Blob, ReadError};
use djc_runtime::rust_decimal::Decimal;
use djc_runtime::table::{FromRow, RowMap, RowReader};
use djc_runtime::{Query, SqlValue};

use super::pipeline::{self, Definition};
use super::{Line, python};

// Native types: datajoint 0.14 reads them too.
const TABLES: [Definition; 3] = [
    ("Two", &[("id", "int"), ("name", "varchar(32)")]),
    (
        "Mixed",
        &[
            ("id", "int"),
            ("trial", "bigint"),
            ("rate", "double"),
            ("gain", "float"),
            ("label", "varchar(64)"),
            ("born", "date"),
            ("began", "datetime"),
            ("price", "decimal(10,3)"),
        ],
    ),
    ("Blobs", &[("id", "int"), ("data", "<blob>")]),
];

/// Rows of `Two` and `Mixed`, and blobs of some 100 kB; of both only a part where `DJC_SPEED_PART` says by how much it is divided.
fn sizes() -> (usize, usize) {
    let part = std::env::var("DJC_SPEED_PART").ok().and_then(|part| part.parse().ok()).unwrap_or(1).max(1);
    (1_000_000 / part, 10_000 / part)
}

/// Elements of a blob of 100 kB.
const ELEMENTS: usize = 12_500;

/// How often everything is measured.
const TIMES: usize = 3;

macro_rules! row {
    ($name:ident { $($field:ident: $ty:ty),* }) => {
        /// As generated code has it.
        #[expect(dead_code, reason = "rows are only counted")]
        struct $name { $($field: $ty),* }

        impl FromRow for $name {
            fn columns() -> Columns {
                Columns::Named(vec![$(stringify!($field).to_string()),*])
            }

            fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
                Ok($name { $($field: row.take()?),* })
            }
        }
    };
}

row!(Two { id: i32, name: String });
row!(Mixed { id: i32, trial: i64, rate: f64, gain: f32, label: String, born: NaiveDate, began: NaiveDateTime, price: Decimal });
row!(Packed { id: i32, data: Blob });

pub async fn measure(url: &str) -> Vec<Line> {
    let schema = format!("djct_speed_fetch{}", std::process::id());
    let (rows, blobs) = sizes();
    let model = pipeline::deployed(url, &schema, &TABLES).await;
    let db = djc_runtime::connect(url).await.expect("a connection");
    fill(&db, &schema, rows, blobs).await;
    let theirs = python::run(include_str!("fetch.py"), url, &schema);
    let all = |class: &str| {
        let id = model.find(&format!("speed.{class}")).expect("a table");
        Query::<djc_runtime::table::Dynamic>::from_core(Ok(query::Query::table(&model, id)))
    };
    let measured = [
        ("Two columns", format!("fetch {rows} rows of 2 columns, typed"), best::<Two>(&db, &all("Two"), rows).await),
        ("Two maps", format!("fetch {rows} rows of 2 columns, maps"), best::<RowMap>(&db, &all("Two"), rows).await),
        ("Mixed columns", format!("fetch {rows} rows of 8 mixed columns, typed"), best::<Mixed>(&db, &all("Mixed"), rows).await),
        ("Mixed maps", format!("fetch {rows} rows of 8 mixed columns, maps"), best::<RowMap>(&db, &all("Mixed"), rows).await),
        ("Blobs maps", format!("fetch {blobs} blobs of 100 kB"), best::<Packed>(&db, &all("Blobs"), blobs).await),
    ];
    pipeline::dropped(url, &schema).await;
    let line = |(word, what, ours): (&str, String, Duration)| {
        let seconds = |(version, seconds): &(String, Vec<(String, Duration)>)| {
            seconds.iter().find(|(found, _)| found == word).map(|(_, seconds)| (version.clone(), *seconds))
        };
        Line { what, ours, theirs: theirs.iter().filter_map(seconds).collect() }
    };
    measured.into_iter().map(line).collect()
}

async fn best<R: FromRow>(db: &Connection, query: &Query, count: usize) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..TIMES {
        let start = Instant::now();
        let rows: Vec<R> = query.fetch_as(db).await.expect("rows");
        best = best.min(start.elapsed());
        assert_eq!(rows.len(), count);
    }
    best
}

/// Makes the rows on the server.
async fn fill(db: &Connection, schema: &str, rows: usize, blobs: usize) {
    let mut session = db.lock().await.expect("a session");
    let two = format!("INSERT INTO `{schema}`.`two` SELECT seq, concat('subject ', seq) FROM mysql.seq_1_to_{rows}");
    let mixed = format!(
        "INSERT INTO `{schema}`.`mixed` SELECT seq, seq * 1000003, seq / 7, seq / 3, concat('a label of some length ', seq), \
         '2020-01-01' + INTERVAL seq % 1000 DAY, '2020-01-01' + INTERVAL seq SECOND, seq / 1000 FROM mysql.seq_1_to_{rows}"
    );
    for sql in [two, mixed] {
        session.execute(&sql).await.expect("rows");
    }
    let packed = blob::pack_compressed(&noise()).expect("an array packs");
    let insert = format!("INSERT INTO `{schema}`.`blobs` VALUES (1, ?)");
    session.execute_with(&insert, &[SqlValue::Bytes(packed)]).await.expect("a blob");
    for first in (2..=blobs).step_by(1000) {
        let last = (first + 999).min(blobs);
        let more = format!(
            "INSERT INTO `{schema}`.`blobs` SELECT seq, (SELECT data FROM `{schema}`.`blobs` WHERE id = 1) FROM mysql.seq_{first}_to_{last}"
        );
        session.execute(&more).await.expect("blobs");
    }
}

/// An array that compression makes little of.
fn noise() -> Value {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let elements: Vec<f64> = (0..ELEMENTS).map(|_| next()).collect();
    Value::from(Array::vector(elements.into()))
}
