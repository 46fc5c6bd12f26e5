//! A table that does not say what a row of it is.
//!
//! The first comment line is stored with the table: it is what `describe`, diagrams and database browsers show to those who do not have the code.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::MISSING_COMMENT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.table.comment.is_empty() {
        sink.report(
            RULE.code
                .at(subject.table.name_span, format!("`{}` has no table comment", subject.table.class))
                .help("write `# what a row is` as the first line between the braces"),
        );
    }
}
