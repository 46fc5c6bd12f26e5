//! A word about what takes long: nothing for half a second, then a line on the terminal that turns and counts the time.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Format, Ui};

/// What is over before is not worth a line.
const QUIET: Duration = Duration::from_millis(500);

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Shows what is being done until it is dropped; nothing where no person watches.
pub(super) struct Patience {
    words: Option<Sender<String>>,
    line: Option<JoinHandle<()>>,
}

impl Ui {
    /// Begins something that may take long.
    pub(super) fn patience(&self, doing: &str) -> Patience {
        if self.format() != Format::Human || !std::io::stderr().is_terminal() {
            return Patience { words: None, line: None };
        }
        let (words, heard) = mpsc::channel::<String>();
        let mut doing = doing.to_string();
        let line = thread::spawn(move || {
            let shown = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            shown.set_style(ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}").expect("the template is well formed"));
            let started = Instant::now();
            loop {
                let quiet = QUIET.saturating_sub(started.elapsed()).max(TICK);
                match heard.recv_timeout(quiet) {
                    Ok(next) => doing = next,
                    Err(RecvTimeoutError::Timeout) => {
                        shown.set_message(doing.clone());
                        shown.tick();
                    }
                    Err(RecvTimeoutError::Disconnected) => break shown.finish_and_clear(),
                }
            }
        });
        Patience { words: Some(words), line: Some(line) }
    }
}

impl Patience {
    /// Says what is done now.
    pub(super) fn say(&self, doing: String) {
        if let Some(words) = &self.words {
            // The line hears as long as it is shown.
            let _ = words.send(doing);
        }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.words = None;
        if let Some(line) = self.line.take() {
            let _ = line.join();
        }
    }
}
