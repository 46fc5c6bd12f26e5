//! A default of a key attribute stays behind.
//!
//! Tables that refer to it inherit type and comment of the key, never its default: the same insert that works here fails there with "field
//! doesn't have a default value".

use super::prelude::*;
use crate::core::ir::Default;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::DEFAULT_ON_KEY, check: Check::Table(check) };

fn check(cx: &Context, subject: &Subject, sink: &mut Sink) {
    let has_parts = cx.pipeline.tables.iter().skip(subject.id.0 as usize + 1);
    let has_parts = has_parts.map_while(|table| cx.pipeline.master(table)).any(|master| master.name_span == subject.table.name_span);
    if !cx.is_referenced(subject.id) && !has_parts {
        return;
    }
    for attribute in subject.own_key() {
        match attribute.default {
            Default::Required | Default::Null => {}
            Default::Literal(_) | Default::CurrentTimestamp { .. } => sink.report(
                RULE.code
                    .at(name_span(attribute), format!("the default of the key attribute `{}` is not inherited", attribute.name))
                    .help("tables that refer to this one must be given the value; say so, or drop the default")
                    .attribute(&attribute.name),
            ),
        }
    }
}
