//! Two enums that datajoint 2 gives one PostgreSQL type.
//!
//! The type's name is a hash of the sorted values joined by `_`. The same values in another order, and also `a_b`, `c` and `a`, `b_c`, get one name;
//! "already exists" is swallowed, and the second column has the values and the order of the first.

use std::collections::HashMap;

use super::prelude::*;
use crate::core::ir::SqlLiteral;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::ENUM_SHARED_TYPE, check: Check::Pipeline(check) };

fn check(cx: &Context, sink: &mut Sink) {
    let mut seen: HashMap<(&str, String), (&[SqlLiteral], Span)> = HashMap::new();
    for subject in cx.subjects().filter(|subject| !subject.is_classic()) {
        for attribute in subject.own() {
            let AttributeType::Enum(values) = &attribute.ty else { continue };
            let mut sorted: Vec<&str> = values.iter().map(|value| value.raw.as_str()).collect();
            sorted.sort_unstable();
            let first = seen.entry((subject.schema.name.template(), sorted.join("_"))).or_insert((values, attribute.type_span));
            if first.0.iter().map(|value| &value.raw).ne(values.iter().map(|value| &value.raw)) {
                sink.report(
                    RULE.code
                        .at(attribute.type_span, format!("datajoint gives the enum `{}` the type of another on PostgreSQL", attribute.name))
                        .label(first.1, "this one, whose values or order it would have")
                        .help("write the values in one order, or make them differ by more than `_`")
                        .table(cx.pipeline.qualified_name(subject.id))
                        .attribute(&attribute.name),
                );
            }
        }
    }
}
