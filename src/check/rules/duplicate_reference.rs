//! The same reference twice.
//!
//! datajoint declares two identical constraints. Each insert checks both, and a later `alter` can remove neither.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::DUPLICATE_REFERENCE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let references = &subject.table.references;
    for (at, reference) in references.iter().enumerate() {
        let first = references[..at].iter().find(|first| first.parent == reference.parent && first.columns == reference.columns);
        let Some(first) = first else { continue };
        let comment = subject.reference_line(reference).and_then(|line| line.comment.as_ref());
        sink.report(
            RULE.code
                .at(reference.span, "the same reference stands here a second time")
                .label(first.span, "first")
                .help("remove one, or rename its attributes with `.proj(new='old')` where two different rows are meant")
                .fix(Fix::likely("remove the line", subject.line_removal(reference.span, comment), "")),
        );
    }
}
