//! Any text is read as a predicate or refused at a place in it, and what is read can be said to every server or is refused.
#![no_main]

use djc::core::dialect::SERVERS;
use djc::core::predicate::{Column, Holds, Predicate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = [Predicate::parse(text), Predicate::expression(text, true)];
    for outcome in &read {
        match outcome {
            Err(error) => {
                assert!(text.is_char_boundary(error.at), "{error:?}");
                let _ = error.to_string();
            }
            Ok(predicate) => {
                for (name, at) in predicate.attributes() {
                    assert!(text[at..].starts_with('`') || text[at..].starts_with(&name), "{name} at {at}");
                }
                for server in SERVERS {
                    for holds in [Holds::Unknown, Holds::Number, Holds::Text, Holds::Moment] {
                        let column = |name: &str| Column { sql: server.dialect().facts().quoting.name(name), holds };
                        let (mut sql, mut values) = (String::new(), Vec::new());
                        if let Err(error) = predicate.write(server, &column, &mut sql, &mut values) {
                            assert!(text.is_char_boundary(error.at), "{error:?}");
                        }
                    }
                }
            }
        }
    }
});
