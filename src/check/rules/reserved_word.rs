//! A reserved word of SQL as a name.
//!
//! datajoint quotes names when it declares, joins and fetches. What a person types is not quoted: `Trial & 'order > 3'` is an
//! SQL syntax error on the servers that reserve the word.

use super::prelude::*;
use crate::check::words;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::RESERVED_WORD, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for attribute in subject.own() {
        // 0.14 takes the line of such a name for an index: it has to change anyway.
        if subject.is_classic() && attribute.name.starts_with("index") {
            continue;
        }
        let servers = match (words::is_reserved(words::MYSQL, &attribute.name), words::is_reserved(words::POSTGRES, &attribute.name)) {
            (false, false) => continue,
            (true, false) => "MySQL",
            (false, true) => "PostgreSQL",
            (true, true) => "MySQL and PostgreSQL",
        };
        sink.report(
            RULE.code
                .at(name_span(attribute), format!("`{}` is a reserved word of {servers}", attribute.name))
                .help("restrictions written as text must quote it; a longer name needs no quotes")
                .attribute(&attribute.name),
        );
    }
}
