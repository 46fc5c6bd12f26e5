//! A table with the form of a merge table that is not said to be one.
//!
//! Spyglass takes every table with exactly `merge_id : uuid` and `source : varchar(32)` for a merge table: declaring it without the Merge class stops with a TypeError.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::MERGE_LOOKALIKE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let table = subject.table;
    let is_part = matches!(table.tier, Tier::Part { .. });
    if table.annotations.merge || is_part {
        return;
    }
    let mut key = table.heading.primary_key();
    let mut dependent = table.heading.dependent();
    let (Some(id), None, Some(source), None) = (key.next(), key.next(), dependent.next(), dependent.next()) else { return };
    let same = id.name == "merge_id"
        && id.ty == AttributeType::Uuid
        && source.name == "source"
        && source.ty == AttributeType::Varchar(32)
        && table.references.is_empty();
    if same {
        sink.report(
            RULE.code
                .at(table.name_span, format!("`{}` has the form of a merge table", table.class))
                .help("write `@merge` above it, or give its attributes other names"),
        );
    }
}
