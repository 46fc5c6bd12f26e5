//! Large blobs, fetched and unpacked.

use std::hint::black_box;
use std::time::{Duration, Instant};

use djc_runtime::core::blob::{self, Limits};
use djc_runtime::core::value::Value;
use djc_runtime::field::Blob;
use djc_runtime::insert::into_table;
use djc_runtime::serde_json::json;
use djc_runtime::table::{Column, Dynamic};

use super::peer::Peer;
use super::pipeline::{Deployed, Place};
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
        let row = |id: u64| vec![Value::from(id as i64), if id.is_multiple_of(2) { rows::noise(id) } else { rows::trace(id) }];
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
    floor(&tables).await;
}

/// Prints what no way of unpacking could do without.
async fn floor(tables: &Deployed) {
    let (mut receiving, mut inflating) = (Duration::MAX, Duration::MAX);
    for _ in 0..TIMES {
        let start = Instant::now();
        let packed = tables.query("Large").column(&tables.db, Column::<Dynamic, Vec<u8>>::new("body")).await.expect("bytes");
        receiving = receiving.min(start.elapsed());
        let start = Instant::now();
        for blob in &packed {
            black_box(blob::decompress(blob, &Limits::default()).expect("a blob"));
        }
        inflating = inflating.min(start.elapsed());
    }
    println!("of that");
    println!("    receiving the bytes {:>8.3} s", receiving.as_secs_f64());
    println!("    zlib alone, in turn {:>8.3} s", inflating.as_secs_f64());
}
