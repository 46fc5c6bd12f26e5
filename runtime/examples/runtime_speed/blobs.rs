//! Large blobs, fetched and unpacked.

use djc_runtime::core::value::Value;
use djc_runtime::field::Blob;
use djc_runtime::insert::into_table;
use djc_runtime::serde_json::json;
use djc_runtime::table::{Column, Dynamic};

use super::peer::Peer;
use super::pipeline::Place;
use super::race::Race;
use super::rows;

const ROWS: u64 = 10_000;

/// How often everything is measured, with each datajoint.
const TIMES: usize = 2;

/// Rows that are made at once: all would take gigabytes.
const CHUNK: u64 = 500;

pub async fn measure(place: &Place, peers: &mut [Peer]) {
    let tables = place.deploy(&[rows::large_table("Large")]).await;
    println!("({ROWS} rows are inserted)");
    for first in (0..ROWS).step_by(CHUNK as usize) {
        let row = |id: u64| vec![Value::from(id as i64), if id % 2 == 0 { rows::noise(id) } else { rows::trace(id) }];
        let rows: Vec<Vec<Value>> = (first..first + CHUNK).map(row).collect();
        into_table(&tables.db, &tables.model, tables.id("Large"), rows).await.expect("rows that fit");
    }
    let query = tables.query("Large");
    let body = Column::<Dynamic, Blob>::new("body");
    let what = format!("fetch {ROWS} blobs of 100 kB, half of them noise, half traces");
    for peer in Peer::each(peers) {
        tables.mark_blobs("Large", peer).await;
        let question = ("column", json!({"of": tables.name("Large"), "name": "body"}));
        let ours = async || query.column(&tables.db, body).await.expect("blobs");
        Race { what: &what, times: TIMES, question }.run(peer, async || {}, ours, |blobs| blobs.len() as u64).await;
    }
}
