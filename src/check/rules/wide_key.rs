//! A key of many attributes is copied into every table below it.
//!
//! People cannot type it, joins carry it, and and the next tables below meet the limit of the server: 16 columns on MySQL (error 1070), 32 on
//! MariaDB and PostgreSQL, which lowering knows.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::WIDE_KEY, check: Check::Table(check) };

/// Beyond this many, nobody types a key any more.
const READABLE_MAX: usize = 12;

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let width = subject.table.heading.key.len();
    if width <= READABLE_MAX {
        return;
    }
    sink.report(
        RULE.code
            .at(subject.table.name_span, format!("the key of `{}` has {width} attributes", subject.table.class))
            .help("give the table, or one above it, a key of its own and put the others below `---`, with a unique index"),
    );
}
