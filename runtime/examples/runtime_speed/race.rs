//! One thing done by djc and by each datajoint, in turns.

use std::time::{Duration, Instant};

use djc_runtime::serde_json::Value as Json;

use super::machine;
use super::peer::Peer;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    pub time: Duration,
    /// The most memory that the process had meanwhile, in MB.
    pub peak: Option<u64>,
}

impl Taken {
    /// Returns the shorter time and the lower peak of both.
    fn least(self, other: Option<Taken>) -> Taken {
        other.map_or(self, |other| Taken { time: self.time.min(other.time), peak: self.peak.min(other.peak) })
    }
}

/// What is measured, and what datajoint is asked to do for it.
pub struct Race<'a> {
    pub what: &'a str,
    /// How often it is done.
    pub times: usize,
    /// A function of `peer.py`, and its arguments.
    pub question: (&'static str, Json),
}

impl Race<'_> {
    /// Takes turns and prints what was the shortest of each. `before` makes the table ready for whoever is next and is not measured; both sides must come to
    /// as many rows.
    pub async fn run<R>(
        &self,
        peers: &mut [Peer],
        mut before: impl AsyncFnMut(),
        mut ours: impl AsyncFnMut() -> R,
        count: impl Fn(&R) -> u64,
    ) {
        println!("{}", self.what);
        let (function, arguments) = &self.question;
        let mut best: Option<Taken> = None;
        let mut theirs: Vec<Option<Taken>> = vec![None; peers.len()];
        for _ in 0..self.times {
            before().await;
            machine::reset_peak();
            let start = Instant::now();
            let result = ours().await;
            let taken = Taken { time: start.elapsed(), peak: machine::peak() };
            let rows = count(&result);
            drop(result);
            best = Some(taken.least(best));
            for (peer, best) in peers.iter_mut().zip(&mut theirs) {
                before().await;
                let (taken, found) = peer.ask(function, arguments);
                assert_eq!(found, rows, "{} comes to another number of rows", peer.name);
                *best = Some(taken.least(*best));
            }
        }
        let Some(best) = best else { return };
        print("djc", best, None);
        for (peer, taken) in peers.iter().zip(theirs) {
            taken.inspect(|taken| print(peer.name, *taken, Some(best)));
        }
    }
}

fn print(who: &str, taken: Taken, against: Option<Taken>) {
    let seconds = taken.time.as_secs_f64();
    let peak = taken.peak.map_or(String::new(), |peak| format!("{peak} MB"));
    let ratio = against.map_or(String::new(), |best| format!("{:.1} ×", seconds / best.time.as_secs_f64()));
    println!("    {who:<18} {seconds:>9.3} s {ratio:>9} {peak:>9}");
}
