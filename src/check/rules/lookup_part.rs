//! Parts of lookup tables are on their own in 0.14.
//!
//! The pattern by which 0.14 finds the master of a part does not know the `#` of lookup tables: rows can be deleted from such a part directly, and a cascade that
//! reaches it leaves its master standing with the other half of the rows.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::LOOKUP_PART, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    let Some(master) = cx.pipeline.master(subject.table) else { return };
    if subject.is_classic() && master.tier == Tier::Lookup {
        sink.report(
            RULE.code
                .at(
                    subject.table.name_span,
                    format!("datajoint 0.14 does not know that `{}` belongs to `{}`", subject.table.class, master.class),
                )
                .label(master.name_span, "a lookup table")
                .help("delete from the master only, or make the master `manual`"),
        );
    }
}
