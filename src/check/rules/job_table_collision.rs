//! Two populated tables with one job table.
//!
//! Generation 2 names the job table after the stored name without its leading underscores: imported `_scan` and computed `__scan` of one schema share `~~scan`, and
//! each reserves and completes jobs of the other.

use std::collections::HashMap;

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::JOB_TABLE_COLLISION, check: Check::Pipeline(check) };

fn check(cx: &Context, sink: &mut Sink) {
    let mut seen = HashMap::new();
    for subject in cx.subjects().filter(|subject| subject.is_populated() && !subject.is_classic()) {
        let word = subject.table.stored.trim_start_matches('_');
        let first: &mut Subject = seen.entry((subject.schema.name.template(), word)).or_insert(subject);
        if first.id != subject.id {
            sink.report(
                RULE.code
                    .at(
                        subject.table.name_span,
                        format!("`{}` and `{}` share the job table `~~{word}`", first.table.stored, subject.table.stored),
                    )
                    .label(first.table.name_span, "the other one")
                    .help("rename one of the two")
                    .table(cx.pipeline.qualified_name(subject.id)),
            );
        }
    }
}
