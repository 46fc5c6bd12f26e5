//! An attribute that is declared by hand and then shared with a reference below.
//!
//! datajoint adds the foreign key to the column that is there, and checks nothing: other types are refused by the server, and with equal
//! types `describe` and every class made from the database lose the line's comment and default.

use super::prelude::*;
use crate::core::ir::Origin;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::SHADOWED_ATTRIBUTE, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    for reference in &subject.table.references {
        for map in &reference.columns {
            let Some(attribute) = subject.table.heading.get(&map.child) else { continue };
            if attribute.origin != Origin::Own {
                continue;
            }
            let parent = cx.pipeline.qualified_name(reference.parent);
            sink.report(
                RULE.code
                    .at(name_span(attribute), format!("`{}` is declared by hand and supplied by a reference", map.child))
                    .label(reference.span, format!("becomes a foreign key to `{parent}` here"))
                    .help(format!("remove the line, or keep the two apart with `.proj({}_2='{}')`", map.child, map.parent))
                    .attribute(&map.child),
            );
        }
    }
}
