//! A character that the MySQL family cannot keep in a comment.
//!
//! MariaDB 10.11 and MySQL 9.7 keep comments of tables and of attributes in a charset of at most 3 bytes for a character: emoji and rare scripts become `?`, without
//! an error, whatever the charset of the schema is. PostgreSQL keeps them.

use super::prelude::*;
use crate::check::context::Place;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::WIDE_CHARACTER, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for text in subject.texts() {
        match text.place {
            Place::TableComment | Place::Comment => {}
            // The data types are stored in the charset of the schema.
            Place::Default | Place::Type => continue,
        }
        let Some((offset, c)) = text.text.value.char_indices().find(|(_, c)| c.len_utf8() > 3) else { continue };
        let found = RULE
            .code
            .at(text.part(offset, c.len_utf8()), format!("MySQL and MariaDB store `?` for `{c}` in {}", text.place.words()))
            .help("leave it out, or move it into a `##` line, which is never stored");
        sink.report(with_attribute(found, text.attribute));
    }
}
