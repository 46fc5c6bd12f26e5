//! datajoint-python: a process of each version that does what it is told (`peer.py`).

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use djc_runtime::serde_json::{Value as Json, json};

use super::race::Taken;

const VERSIONS: [&str; 2] = ["datajoint-0.14.10", "datajoint-2.3.5"];

/// One datajoint.
pub struct Peer {
    pub name: &'static str,
    child: Child,
    /// `None` when there is nothing more to ask.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts each datajoint that is there, on the server of the URL.
    pub fn all(url: &str) -> Vec<Peer> {
        VERSIONS.iter().filter_map(|version| Peer::start(url, version)).collect()
    }

    fn start(url: &str, name: &'static str) -> Option<Peer> {
        let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/python").join(name).join("bin/python");
        if !python.exists() {
            println!("left out: {name}, since {} is not there; the tests make it", python.display());
            return None;
        }
        let mut child = Command::new(python)
            .args(["-c", include_str!("peer.py"), url])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let questions = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("it is piped"));
        println!("{}", line(&mut answers, name));
        Some(Peer { name, child, questions, answers })
    }

    /// Returns the datajoints one by one; without any, none once: what djc does is measured all the same.
    pub fn each(peers: &mut [Peer]) -> Vec<&mut [Peer]> {
        if peers.is_empty() { vec![&mut []] } else { peers.chunks_mut(1).collect() }
    }

    /// Returns what the comment of a column says by which this datajoint takes its bytes for packed values.
    pub fn blob_marker(&self) -> &'static str {
        if self.name.contains("-0.") { "" } else { ":<blob>:" }
    }

    /// Asks for something, and returns what it took and to how many rows it came.
    pub fn ask(&mut self, function: &str, arguments: &Json) -> (Taken, u64) {
        let questions = self.questions.as_mut().expect("it is there until the end");
        writeln!(questions, "{}", json!([function, arguments])).expect("it listens");
        let answer = line(&mut self.answers, self.name);
        let mut words = answer.split(' ');
        let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_else(|| panic!("{}: {answer}", self.name));
        let (seconds, peak, rows) = (number(), number(), number());
        (Taken { time: Duration::from_secs_f64(seconds), peak: Some(peak as u64).filter(|peak| *peak > 0) }, rows as u64)
    }
}

fn line(answers: &mut impl BufRead, name: &str) -> String {
    let mut line = String::new();
    answers.read_line(&mut line).expect("it answers in UTF-8");
    // What went wrong stands above: it writes errors where we do.
    assert!(!line.is_empty(), "{name} has ended");
    line.trim_end().to_string()
}

impl Drop for Peer {
    fn drop(&mut self) {
        // At the end of questions it ends by itself.
        self.questions = None;
        let _ = self.child.wait();
    }
}
