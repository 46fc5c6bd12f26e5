//! datajoint-python, run as a program that prints what it measured.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const VERSIONS: [&str; 2] = ["datajoint-0.14.10", "datajoint-2.3.5"];

/// Runs a script with each datajoint that is there, on the server of the URL with a schema of its own, and returns the seconds that it printed, a line
/// `WHAT SECONDS` each.
pub fn run(script: &str, url: &str, schema: &str) -> Vec<(String, Vec<(String, Duration)>)> {
    let found = VERSIONS.iter().filter_map(|version| {
        let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/python").join(version).join("bin/python");
        if !python.exists() {
            println!("left out: {version}, since {} is not there; the tests make it", python.display());
            return None;
        }
        let output = Command::new(python)
            .args(["-c", script, url, &format!("{schema}_{}", version.replace(['-', '.'], "_"))])
            .current_dir(std::env::temp_dir())
            .output()
            .expect("python runs");
        assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = text.lines().filter_map(|line| line.rsplit_once(' '));
        let seconds = lines.filter_map(|(what, seconds)| Some((what.to_string(), Duration::from_secs_f64(seconds.parse().ok()?))));
        Some((version.to_string(), seconds.collect()))
    });
    found.collect()
}
