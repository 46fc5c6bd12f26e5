//! Inserts: many small rows, many mixed ones, large ones.

use std::cell::RefCell;

use djc_runtime::core::value::Value;
use djc_runtime::insert::{IntoRows, into_table};
use djc_runtime::serde_json::json;
use djc_runtime::table::Dynamic;

use super::peer::Peer;
use super::pipeline::{Deployed, Place};
use super::race::Race;
use super::rows;

const ROWS: u64 = 100_000;
const LARGE_ROWS: u64 = 1_000;

/// How often everything is measured.
const TIMES: usize = 3;

pub async fn measure(place: &Place, peers: &mut [Peer]) {
    let tables = place.deploy(&[rows::two_table(), rows::mixed_table(), rows::large_table("Large")]).await;
    let two: Vec<rows::Two> = (0..ROWS).map(rows::two).collect();
    race(&tables, peers, "Two", &two, &format!("insert {ROWS} rows of 2 columns"), 100_000).await;
    let mixed: Vec<rows::Mixed> = (0..ROWS).map(rows::mixed).collect();
    race(&tables, peers, "Mixed", &mixed, &format!("insert {ROWS} rows of 8 mixed columns"), 50_000).await;
    let large: Vec<Vec<Value>> = (0..LARGE_ROWS).map(|id| vec![Value::from(id as i64), rows::noise(id)]).collect();
    for peer in Peer::each(peers) {
        tables.mark_blobs("Large", peer).await;
        race(&tables, peer, "Large", &large, &format!("insert {LARGE_ROWS} rows with a blob of 100 kB of noise"), 40).await;
    }
}

/// Inserts the rows into an empty table; datajoint is given `size` of them in each call, as many as a packet takes.
async fn race<R: Clone>(tables: &Deployed, peers: &mut [Peer], class: &str, rows: &[R], what: &str, size: usize)
where
    Vec<R>: IntoRows<Dynamic>,
{
    let name = tables.name(class);
    let arguments = json!({"into": name, "rows": class.to_lowercase(), "count": rows.len(), "size": size});
    let race = Race { what, times: TIMES, question: ("insert", arguments) };
    let given = RefCell::new(Vec::new());
    let before = async || {
        tables.execute(&format!("TRUNCATE TABLE {name}")).await;
        // Rows that are inserted are used up.
        given.replace(rows.to_vec());
    };
    let ours = async || into_table(&tables.db, &tables.model, tables.id(class), given.take()).await.expect("rows that fit").inserted;
    race.run(peers, before, ours, |inserted| *inserted).await;
}
