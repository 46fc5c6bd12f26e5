//! A backslash in a text means something else on each server.
//!
//! The MySQL family reads it as an escape: the comment `C:\temp` is stored as `C:`, TAB, `emp`. PostgreSQL stores it as written. When a child inherits
//! the comment, datajoint sends what was stored, and the server reads escapes once more.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::BACKSLASH, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for text in subject.texts() {
        let Some(offset) = text.text.value.find('\\') else { continue };
        let found =
            RULE.code.at(text.part(offset, 1), format!("a backslash in {} is read as an escape by the MySQL family", text.place.words()));
        sink.report(with_attribute(found, text.attribute).help("write `/`, or spell the character out"));
    }
}
