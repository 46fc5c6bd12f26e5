//! A reference from one generation to the other.
//!
//! Neither generation reads the markers of the other: a delete by 0.14 cascades to every child, stops at a type it does not know, and deletes nothing; 2 takes `attach` and
//! `blob@store` of its parents for raw server types.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::MIXED_GENERATIONS, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    for reference in &subject.table.references {
        let parent = cx.schema_of(reference.parent);
        let reason = match (subject.schema.generation, parent.generation) {
            (Generation::Classic, Generation::Classic) | (Generation::Modern, Generation::Modern) => continue,
            (Generation::Modern, Generation::Classic) => "datajoint 0.14 can no longer delete from it: the cascade stops at this table",
            (Generation::Classic, Generation::Modern) => "datajoint 0.14 does not know the types of its key",
        };
        sink.report(
            RULE.code
                .at(
                    reference.target_span,
                    format!("a table of generation {} refers to one of generation {}", subject.schema.generation, parent.generation),
                )
                .here(reason)
                .help("keep what is tied together in one generation"),
        );
    }
}
