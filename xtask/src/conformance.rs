//! `cargo xtask conformance`: the tests of that name, with servers and with all that they say.

use std::ffi::{OsStr, OsString};

use crate::args::TestOptions;
use crate::error::Result;
use crate::test;

/// Names the packages for the tests; unset, they take those of conformance/packages.toml.
const CHOICE: &str = "DJC_CONFORMANCE";

/// Runs the tests on these packages, or on all that are listed.
pub fn run(packages: &[OsString]) -> Result<()> {
    let words = ["-p", "djc", "--test", "suite", "--", "conformance::", "--nocapture"];
    let mut options = TestOptions { cargo_args: words.map(OsString::from).to_vec(), ..TestOptions::default() };
    if !packages.is_empty() {
        options.variables.push((CHOICE, packages.join(OsStr::new(" "))));
    }
    test::run(&options)
}
