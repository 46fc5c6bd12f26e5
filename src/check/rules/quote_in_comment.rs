//! A double quote in a comment that datajoint copies without escaping.
//!
//! In the table comment it ends the SQL string: a syntax error in both generations on the MySQL family. In the comment of a key attribute
//! the table itself is made, and then every table that refers to it is an SQL syntax error. In any comment, generation 2 stores a stray
//! backslash before it on PostgreSQL.

use super::prelude::*;
use crate::check::context::Place;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::QUOTE_IN_COMMENT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for text in subject.texts() {
        let Some(offset) = text.text.value.find('"') else { continue };
        let quoted = text.text.value.replace('"', "'");
        let message = match (text.place, text.attribute) {
            (Place::TableComment, _) => "datajoint cannot declare a table with `\"` in its comment".to_string(),
            (Place::Comment, Some(name)) if subject.table.heading.is_key(name) => {
                format!("datajoint cannot declare a table that refers to `{}`: the comment of `{name}` has `\"`", subject.table.class)
            }
            // The MySQL family is fine here, and so is 0.14, which knows no other server.
            (Place::Comment, _) if !subject.is_classic() => {
                let mut found = RULE
                    .code
                    .at(text.part(offset, 1), "datajoint 2 stores a backslash before this quote on PostgreSQL")
                    .fix(Fix::likely("write single quotes", text.text.span, quoted));
                found.level = Level::Note;
                sink.report(with_attribute(found, text.attribute));
                continue;
            }
            (Place::Comment | Place::Default | Place::Type, _) => continue,
        };
        let found = RULE.code.at(text.part(offset, 1), message).here("ends the SQL string on the MySQL family");
        sink.report(with_attribute(found, text.attribute).fix(Fix::likely("write single quotes", text.text.span, quoted)));
    }
}
