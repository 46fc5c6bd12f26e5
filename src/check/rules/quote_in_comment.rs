//! A double quote in a comment that datajoint copies without escaping.
//!
//! In the table comment it ends the SQL string: a syntax error in both generations on the MySQL family. In the comment of a key attribute
//! the table itself is made, and then every table that refers to it is an SQL syntax error.

use super::prelude::*;
use crate::check::context::Place;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::QUOTE_IN_COMMENT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for text in subject.texts() {
        let Some(offset) = text.text.value.find('"') else { continue };
        let message = match (text.place, text.attribute) {
            (Place::TableComment, _) => "datajoint cannot declare a table with `\"` in its comment".to_string(),
            (Place::Comment, Some(name)) if subject.table.heading.is_key(name) => {
                format!("datajoint cannot declare a table that refers to `{}`: the comment of `{name}` has `\"`", subject.table.class)
            }
            (Place::Comment | Place::Default | Place::Type, _) => continue,
        };
        let quoted = text.text.value.replace('"', "'");
        let found = RULE.code.at(text.part(offset, 1), message).here("ends the SQL string on the MySQL family");
        sink.report(with_attribute(found, text.attribute).fix(Fix::likely("write single quotes", text.text.span, quoted)));
    }
}
