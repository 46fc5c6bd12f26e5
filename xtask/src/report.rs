//! What is said to the person (or log) that runs a command: on stderr, one step a line, with its time.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::error::Result;

/// Says one line on stderr.
///
/// A closed pipe is not an error: `eprintln!` would panic, and a panic while servers are being stopped would abort.
pub fn say(line: &str) {
    if cfg!(test) {
        // Only this way does the test runner keep it for the tests that fail.
        eprintln!("{line}");
    } else {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Prints text that is the result of the command, on stdout.
pub fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
    let _ = std::io::stdout().flush();
}

/// Runs one named step and says how long it took, also when it failed.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("==> {name}"));
    let start = Instant::now();
    let outcome = work();
    let word = if outcome.is_ok() { "done" } else { "FAILED" };
    say(&format!("    {word}: {name} ({})", seconds(start.elapsed())));
    outcome
}

/// Returns a time as people say it: `0.4 s`, `12.3 s`, `3 min 05 s`.
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 { format!("{:.1} s", time.as_secs_f64()) } else { format!("{} min {:02} s", whole / 60, whole % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_above_a_minute_are_said_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(185)), "3 min 05 s");
    }
}
