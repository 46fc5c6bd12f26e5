//! A key of many attributes is copied into every table below it.
//!
//! People cannot type it, joins carry it, and MySQL refuses more than 16 columns in one key or foreign key (error 1070), MariaDB and
//! PostgreSQL more than 32.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::WIDE_KEY, check: Check::Table(check) };

/// Beyond this many, nobody types a key any more.
const READABLE_MAX: usize = 12;
/// MySQL: `Too many key parts specified; max 16 parts allowed`.
const MYSQL_MAX: usize = 16;

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let width = subject.table.heading.key.len();
    if width <= READABLE_MAX {
        return;
    }
    let mut found = RULE.code.at(subject.table.name_span, format!("the key of `{}` has {width} attributes", subject.table.class));
    if width > MYSQL_MAX {
        found.level = Level::Warning;
        found = found.here(format!("MySQL refuses a key of more than {MYSQL_MAX}"));
    }
    sink.report(found.help("give the table, or one above it, a key of its own and put the others below `---`, with a unique index"));
}
