//! Any text is read, and every place that a diagnostic names is in it.
#![no_main]

use djc::core::source::FileId;
use djc::diag::Sink;
use djc::parser::{parse, parse_definition};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut sink = Sink::new();
    parse(FileId(0), text, &mut sink);
    parse_definition(FileId(0), text, &mut sink);
    for diagnostic in sink.diagnostics() {
        let edits = diagnostic.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|label| label.span)).chain(edits) {
            assert!(text.get(span.range()).is_some(), "{diagnostic:?}");
        }
    }
});
