//! Fetching many rows: into types, as maps, as columns.

use djc_runtime::chrono::{NaiveDate, NaiveDateTime};
use djc_runtime::core::query::Columns;
use djc_runtime::core::value::Decimal;
use djc_runtime::field::ReadError;
use djc_runtime::insert::{IntoRows, into_table};
use djc_runtime::serde_json::json;
use djc_runtime::table::{Dynamic, FromRow, RowReader};

use super::peer::Peer;
use super::pipeline::{Deployed, Place};
use super::race::Race;
use super::rows;

const TWO_ROWS: u64 = 1_000_000;
const MIXED_ROWS: u64 = 200_000;

/// How often everything is measured.
const TIMES: usize = 2;

/// A row as djc generates it.
#[allow(dead_code, reason = "it is read from rows and dropped")]
struct Two {
    id: i32,
    x: f64,
}

impl FromRow for Two {
    fn columns() -> Columns {
        Columns::Named(["id", "x"].map(String::from).to_vec())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Two { id: row.take()?, x: row.take()? })
    }
}

#[allow(dead_code, reason = "it is read from rows and dropped")]
struct Mixed {
    id: i32,
    name: String,
    x: f64,
    n: i16,
    day: NaiveDate,
    at: NaiveDateTime,
    price: Decimal,
    kind: String,
}

impl FromRow for Mixed {
    fn columns() -> Columns {
        Columns::Named(["id", "name", "x", "n", "day", "at", "price", "kind"].map(String::from).to_vec())
    }

    fn from_row(row: &mut RowReader<'_>) -> Result<Self, ReadError> {
        Ok(Mixed {
            id: row.take()?,
            name: row.take()?,
            x: row.take()?,
            n: row.take()?,
            day: row.take()?,
            at: row.take()?,
            price: row.take()?,
            kind: row.take()?,
        })
    }
}

pub async fn measure(place: &Place, peers: &mut [Peer]) {
    let tables = place.deploy(&[rows::two_table(), rows::mixed_table()]).await;
    fill(&tables, "Two", (0..TWO_ROWS).map(rows::two).collect::<Vec<_>>()).await;
    fill(&tables, "Mixed", (0..MIXED_ROWS).map(rows::mixed).collect::<Vec<_>>()).await;
    ways::<Two>(&tables, peers, "Two", &format!("fetch {TWO_ROWS} rows of 2 columns")).await;
    ways::<Mixed>(&tables, peers, "Mixed", &format!("fetch {MIXED_ROWS} rows of 8 mixed columns")).await;
}

async fn fill(tables: &Deployed, class: &str, rows: impl IntoRows<Dynamic>) {
    into_table(&tables.db, &tables.model, tables.id(class), rows).await.expect("rows that fit");
}

/// Fetches all rows of a table in each way that there is.
async fn ways<R: FromRow + Send + 'static>(tables: &Deployed, peers: &mut [Peer], class: &str, what: &str) {
    let query = tables.query(class);
    let arguments = json!({"of": tables.name(class)});
    let race = |what, function| Race { what, times: TIMES, question: (function, arguments.clone()) };
    let as_rows = format!("{what} as typed rows; Python: an array of records");
    let fetch = async || query.fetch_as::<R>(&tables.db).await.expect("rows");
    race(&as_rows, "arrays").run(peers, async || {}, fetch, |rows| rows.len() as u64).await;
    let as_maps = format!("{what} as maps; Python: dicts");
    let fetch = async || query.fetch_maps(&tables.db).await.expect("rows");
    race(&as_maps, "dicts").run(peers, async || {}, fetch, |rows| rows.len() as u64).await;
    #[cfg(feature = "arrow")]
    {
        let as_batches = format!("{what} as Arrow record batches; Python: an array of records");
        let fetch = async || query.arrow(&tables.db).await.expect("rows");
        let count = |batches: &Vec<arrow_array::RecordBatch>| batches.iter().map(|batch| batch.num_rows() as u64).sum();
        race(&as_batches, "arrays").run(peers, async || {}, fetch, count).await;
    }
}
