//! Sending statements that change a database: what deploying and migrating share.

mod blocker;
mod runner;
mod stopped;

use std::time::Duration;

pub use blocker::Blocker;

pub(crate) use blocker::holders_of;
pub(crate) use runner::{Failure, Runner, Step, Unit, account};
pub(crate) use stopped::{Stopped, Why, held_by};

/// What hears how far a deploy or a migration is.
pub trait Progress {
    /// So many steps will be taken.
    fn started(&mut self, total: usize);
    /// This one begins.
    fn statement(&mut self, summary: &str);
    /// It ended well.
    fn done(&mut self);
    /// It waits for a lock, held by these sessions as far as the server tells.
    fn waiting(&mut self, summary: &str, blockers: &[Blocker]);
    /// A command that a person wrote for a migration says this.
    fn output(&mut self, _line: &str) {}
}

/// Hears and says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&mut self, _: usize) {}
    fn statement(&mut self, _: &str) {}
    fn done(&mut self) {}
    fn waiting(&mut self, _: &str, _: &[Blocker]) {}
}

/// How statements are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    /// How long one statement waits for a lock.
    pub lock_wait: Duration,
    /// How often a statement is tried that does not get its lock.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles each time.
    pub backoff: Duration,
    /// How often to look whether the session of a long statement is still there.
    pub watch: Duration,
    /// Cuts the connection after this many statements, for tests.
    pub cut_after: Option<usize>,
}

impl Sending {
    /// Returns the pause behind an attempt that did not get its lock, counted from 1.
    pub fn pause(&self, attempt: u32) -> Duration {
        self.backoff * 2u32.saturating_pow(attempt - 1)
    }
}

/// How long a statement waits for a lock unless told otherwise. Short, because on MySQL a waiting DDL statement makes every later reader
/// wait too.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(3);

/// How often to look whether the session of a long statement is still there, unless told otherwise.
pub(crate) const WATCH: Duration = Duration::from_secs(60);
