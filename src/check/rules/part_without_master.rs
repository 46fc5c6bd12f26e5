//! A part that does not refer to its master is a part in name only.
//!
//! datajoint does not force the line. Without it rows of the part outlive their master, a delete on the master does not reach them, and deleting
//! from the part is refused although nothing protects it. A reference to a sibling that is tied to the master ties it too.

use super::prelude::*;
use crate::core::ir::{self, TableId};
use crate::parser::ast::BodyItem;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::PART_WITHOUT_MASTER, check: Check::Table(check) };

/// Nobody chains more parts than this; it only ends a walk along a reference cycle, which is an error elsewhere.
const MASTER_PARTS_MAX: usize = 100;

fn is_tied(cx: &Context, table: &ir::Table, master: TableId, depth: usize) -> bool {
    table.references.iter().any(|reference| {
        let parent = cx.pipeline.table(reference.parent);
        let sibling = depth > 0 && parent.tier == Tier::Part { master };
        reference.parent == master || sibling && is_tied(cx, parent, master, depth - 1)
    })
}

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    let Some(master) = cx.pipeline.master(subject.table) else { return };
    let Tier::Part { master: master_id } = subject.table.tier else { return };
    if is_tied(cx, subject.table, master_id, MASTER_PARTS_MAX) {
        return;
    }
    let mut found = RULE
        .code
        .at(subject.table.name_span, format!("the part `{}` does not refer to its master `{}`", subject.table.class, master.class))
        .label(master.name_span, "its rows are not tied to rows of this table")
        .help("write `-> master` as the first line of the key");
    let first = subject.body().iter().find_map(|item| match item {
        BodyItem::Attribute(line) => Some(line.span),
        BodyItem::Reference(line) => Some(line.span),
        BodyItem::Separator(line) => Some(line.span),
        _ => None,
    });
    if let Some(first) = first {
        found = found.fix(Fix::likely("insert `-> master`", Span { end: first.start, ..first }, "-> master\n        "));
    }
    sink.report(found);
}
