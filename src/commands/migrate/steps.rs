//! How far a migration is: a bar on a terminal, lines in a pipe.

use std::io::IsTerminal;
use std::time::Duration;

use djc_runtime::deploy::{Blocker, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::{Format, Ui};

/// Says each step before it is sent and again when it is done, so that the last line of a run that was cut off names the step that it was in.
pub(super) struct Steps<'a> {
    ui: &'a Ui,
    bar: ProgressBar,
    lines: bool,
    begun: bool,
    total: usize,
    done: usize,
    current: Option<String>,
}

impl<'a> Steps<'a> {
    /// Returns one for a plan of so many steps, of which a run perhaps takes the last ones only.
    pub fn new(ui: &'a Ui, steps: usize) -> Self {
        let people = ui.format() == Format::Human;
        let terminal = std::io::stderr().is_terminal();
        let target = if people && terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg} {elapsed}").expect("the template is well formed");
        bar.set_style(style.progress_chars("=> "));
        Steps { ui, bar, lines: people && !terminal, begun: false, total: steps, done: 0, current: None }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        // A line that cannot be printed must not stop a migration halfway; the summary at its end will fail.
        let _ = self.bar.suspend(|| self.ui.print(format!("{text}\n")).and_then(|()| self.ui.flush()));
    }
}

impl Progress for Steps<'_> {
    fn started(&mut self, total: usize) {
        self.begun = true;
        self.total = self.total.max(total);
        (self.done, self.current) = (self.total - total, None);
        self.bar.reset();
        self.bar.set_length(self.total as u64);
        self.bar.set_position(self.done as u64);
        self.bar.enable_steady_tick(Duration::from_millis(100));
    }

    fn statement(&mut self, summary: &str) {
        // A step of several statements is said once, as its first.
        if !self.begun && self.lines {
            // What comes before the first step: the ledger.
            self.line(summary);
        } else if self.current.is_none() {
            self.current = Some(summary.to_string());
            if self.lines {
                self.line(&format!("step {}/{} {summary}", self.done + 1, self.total));
            }
        }
        self.bar.set_message(summary.to_string());
    }

    fn done(&mut self) {
        self.done += 1;
        let words = match self.current.take() {
            Some(_) if self.lines => Some("done".to_string()),
            Some(step) if self.ui.format() == Format::Human => Some(step),
            Some(_) => None,
            None => Some("was done before".to_string()).filter(|_| self.ui.format() == Format::Human),
        };
        if let Some(words) = words {
            self.line(&format!("step {}/{} {words}", self.done, self.total));
        }
        self.bar.inc(1);
    }

    fn waiting(&mut self, summary: &str, blockers: &[Blocker]) {
        let held = match blockers {
            [] => "the server does not tell by whom".to_string(),
            blockers => blockers.iter().map(|blocker| format!("held by {blocker}")).collect::<Vec<_>>().join(", "),
        };
        let _ = self.bar.suspend(|| self.ui.say(format!("waiting for a lock to {summary}: {held}")));
    }
}
