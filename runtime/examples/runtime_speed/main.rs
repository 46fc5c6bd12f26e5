//! How fast rows come and go, against datajoint-python on the same server in the same run.
//!
//! `DJC_TEST_MARIADB=mysql://… cargo run --release -p djc-runtime --example runtime_speed -- [insert] …`
//!
//! Python is that of `target/python`, which the tests make (`datajoint-0.14.10`, `datajoint-2.3.5`); one that is not there is left out aloud. Every
//! measurement is taken some times and the shortest counts, on both sides.

mod insert;
mod pipeline;
mod python;

use std::time::Duration;

/// What can be measured.
const PARTS: [&str; 1] = ["insert"];

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        panic!("{unknown} is none of {}", PARTS.join(", "));
    }
    let url = std::env::var("DJC_TEST_MARIADB").expect("DJC_TEST_MARIADB is the URL of a server");
    for part in PARTS.iter().filter(|part| wanted.is_empty() || wanted.iter().any(|wanted| wanted == *part)) {
        let lines = match *part {
            "insert" => insert::measure(&url).await,
            part => panic!("{part} is in the list and is not measured"),
        };
        print(&lines);
    }
}

/// One thing that was measured: what, how long it took here, and how long with each datajoint that is there.
struct Line {
    what: String,
    ours: Duration,
    theirs: Vec<(String, Duration)>,
}

fn print(lines: &[Line]) {
    for Line { what, ours, theirs } in lines {
        println!("{what}");
        println!("    djc                 {:>8.3} s", ours.as_secs_f64());
        for (name, theirs) in theirs {
            println!("    {name:<18}  {:>8.3} s   {:>6.1} ×", theirs.as_secs_f64(), theirs.as_secs_f64() / ours.as_secs_f64());
        }
    }
}
