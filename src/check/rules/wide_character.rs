//! A character that MariaDB cannot keep in a table comment.
//!
//! MariaDB stores table comments in a charset of at most 3 bytes for a character: emoji and rare scripts become `?`, without an error. Comments of attributes are not affected.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::WIDE_CHARACTER, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let Some(comment) = subject.table_comment() else { return };
    if let Some(c) = comment.value.chars().find(|c| c.len_utf8() > 3) {
        sink.report(
            RULE.code
                .at(comment.span, format!("MariaDB stores `?` for `{c}` in a table comment"))
                .help("leave it out, or move it into a `##` line, which is never stored"),
        );
    }
}
