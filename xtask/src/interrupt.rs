//! Signals as a flag that is asked for, so that a command unwinds and every `Drop` has its turn.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::error::{Error, Result};

static RECEIVED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

/// Starts to catch SIGINT, SIGTERM and SIGHUP; from here on they only set a flag.
pub fn watch() -> Result<()> {
    let flag = RECEIVED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_usize(signal, Arc::clone(flag), signal as usize).map_err(|e| Error::io("catch signals", e))?;
    }
    Ok(())
}

/// Fails with [`Error::Interrupted`] once a signal has come. Everything that waits asks this again and again.
pub fn check() -> Result<()> {
    match RECEIVED.get().map_or(0, |flag| flag.load(Ordering::Relaxed)) {
        0 => Ok(()),
        signal => Err(Error::Interrupted(u8::try_from(signal).expect("signal numbers are small"))),
    }
}
