//! How fast rows come and go, against datajoint-python with the same rows on the same server in the same run.
//!
//! `DJC_TEST_MARIADB=mysql://… cargo run --release -p djc-runtime --example runtime_speed --features arrow -- [insert] [fetch] [blobs] [cascade]`
//!
//! Python is that of `target/python`, which the tests make (`datajoint-0.14.10`, `datajoint-2.3.5`); one that is not there is left out aloud. Turns are
//! taken, djc and then each datajoint, and of each the shortest counts. Tables live in schemas of this run and are dropped at its end.

mod blobs;
mod cascade;
mod fetch;
mod insert;
mod machine;
mod peer;
mod pipeline;
mod race;
mod rows;

use djc_runtime::{ConnectOptions, DatabaseUrl, Db};
use futures_util::FutureExt;

use peer::Peer;
use pipeline::Place;

/// What can be measured.
const PARTS: [&str; 4] = ["insert", "fetch", "blobs", "cascade"];

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        panic!("{unknown} is none of {}", PARTS.join(", "));
    }
    let url = std::env::var("DJC_TEST_MARIADB").expect("DJC_TEST_MARIADB is the URL of a server");
    let db = Db::connect(&DatabaseUrl::parse(&url).expect("a URL"), &ConnectOptions::default()).await.expect("a connection");
    println!("{}; server: {} {}", machine::described(), db.server().as_str(), db.version_text());
    db.close().await;
    let mut peers = Peer::all(&url);
    for part in PARTS.iter().filter(|part| wanted.is_empty() || wanted.iter().any(|wanted| wanted == *part)) {
        println!("\n{part} ({})", machine::load());
        let place = Place { url: url.clone(), schema: format!("djct_speed_{part}_{}", std::process::id()) };
        let work = async {
            match *part {
                "insert" => insert::measure(&place, &mut peers).await,
                "fetch" => fetch::measure(&place, &mut peers).await,
                "blobs" => blobs::measure(&place, &mut peers).await,
                "cascade" => cascade::measure(&place, &mut peers).await,
                part => panic!("{part} is in the list and is not measured"),
            }
        };
        // However it ends, its rows go: they may be gigabytes.
        let outcome = tokio::select! {
            outcome = std::panic::AssertUnwindSafe(work).catch_unwind() => Some(outcome),
            _ = tokio::signal::ctrl_c() => None,
        };
        place.drop().await;
        match outcome {
            Some(Ok(())) => {}
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => return,
        }
    }
    println!("\n{}", machine::load());
}
