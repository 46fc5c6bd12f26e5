//! `populate` has nothing to go through.
//!
//! The key source is the join of the tables that the key refers to. Without one, `populate` stops with "a table must have dependencies from its primary
//! key for auto-populate to work", in both generations, and only inserts by hand (with `allow_direct_insert`) get rows in.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::UNPOPULATABLE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let table = subject.table;
    let has_source = table.annotations.key_source.is_some() || table.references.iter().any(|reference| reference.primary);
    if subject.is_populated() && !has_source {
        sink.report(
            RULE.code
                .at(table.name_span, format!("nothing can populate the {} table `{}`", table.tier.word(), table.class))
                .here("no reference in its key")
                .help("refer above `---` to the table that it is made from, give it a `@key_source`, or make it `manual`"),
        );
    }
}
