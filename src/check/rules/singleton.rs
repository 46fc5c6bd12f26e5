//! A table that holds one row.
//!
//! Without any key attribute 0.14 refuses a table. 2 adds a hidden key `_singleton`, so that a forgotten `---`, or one above the first line, means one row for ever: the
//! second insert is a duplicate.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::SINGLETON, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let table = subject.table;
    // A parent without a key is reported where it is.
    let inherits = table.references.iter().any(|reference| reference.primary);
    if subject.is_classic() || inherits || table.heading.primary_key().any(|attribute| !attribute.hidden) {
        return;
    }
    let rows = table.contents.len();
    let mut found = RULE.code.at(table.name_span, format!("`{}` can hold one row only", table.class));
    found = if rows > 1 {
        found.here(format!("its contents have {rows}"))
    } else if matches!(table.tier, Tier::Part { .. }) {
        found.here("one for all rows of its master together")
    } else {
        found.here("no attribute above `---`")
    };
    sink.report(found.help("move what identifies a row above `---`; `@allow` says that one row is meant"));
}
