//! The machine that is measured on, and what this process takes of it. What only Linux says is left out elsewhere.

use std::fs;

/// Returns processors and compiler profile.
pub fn described() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).map_or("", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let profile = if cfg!(debug_assertions) { ", DEBUG BUILD: the figures mean nothing" } else { "" };
    format!("djc {}, {cores} cores of {model}{profile}", env!("CARGO_PKG_VERSION"))
}

/// Returns how many programs want to run.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", text.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown"))
}

/// Forgets the peak of memory until now.
pub fn reset_peak() {
    // Where that is not allowed the peak is that of the whole run.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// Returns the most memory that this process had since [`reset_peak`], in MB.
pub fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? >> 10)
}
