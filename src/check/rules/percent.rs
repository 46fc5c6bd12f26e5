//! `%` in a text that datajoint formats.
//!
//! Every statement goes through the driver's `%` formatting. 0.14 and 2 on the MySQL family stop with a driver error and make nothing; on PostgreSQL 2 makes the table, then
//! fails at its comments and leaves it half-declared. `%%` comes out as one `%`.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::PERCENT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for text in subject.texts() {
        let Some(offset) = text.text.value.find('%') else { continue };
        let words = text.place.words();
        let doubled = text.text.value[offset..].starts_with("%%");
        let found = if doubled {
            RULE.code.at(text.part(offset, 2), format!("datajoint stores one `%` for the two in {words}"))
        } else {
            RULE.code.at(text.part(offset, 1), format!("datajoint cannot declare a table with `%` in {words}"))
        };
        sink.report(with_attribute(found, text.attribute).help("say `percent`; djc itself stores the text as it is written"));
    }
}
