//! Formatting twice is formatting once, and the form of a good file is good.
#![no_main]

use djc::core::source::FileId;
use djc::diag::Sink;
use djc::parser::{format::format, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A byte order mark in the middle of a broken file may come to stand at its head.
    if text.contains('\u{feff}') {
        return;
    }
    let mut sink = Sink::new();
    let once = format(text, &parse(FileId(0), text, &mut sink));
    let mut again = Sink::new();
    let twice = format(&once, &parse(FileId(0), &once, &mut again));
    if sink.diagnostics().is_empty() {
        assert_eq!(once, twice);
        assert!(again.diagnostics().is_empty(), "{:?}", again.diagnostics());
    }
});
