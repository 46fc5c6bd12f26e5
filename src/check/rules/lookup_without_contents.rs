//! A lookup table without rows.
//!
//! Rows of a lookup belong to its definition. Without `contents` a fresh database has none, and everything below it cannot be filled until somebody
//! runs the code that inserts them.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::LOOKUP_WITHOUT_CONTENTS, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.table.tier == Tier::Lookup && subject.table.contents.is_empty() {
        sink.report(
            RULE.code
                .at(subject.table.name_span, format!("the lookup table `{}` has no contents", subject.table.class))
                .help("add `contents [ … ]`, or make it `manual` when people enter its rows"),
        );
    }
}
