//! NULL is never equal to NULL.
//!
//! A unique index over several attributes does not hold for a row in which one of them is NULL, on every server: the same pair can be
//! inserted any number of times.

use super::prelude::*;
use crate::core::ir::IndexPart;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::NULLABLE_IN_UNIQUE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for index in subject.table.indexes.iter().filter(|index| index.unique && index.parts.len() > 1) {
        for part in &index.parts {
            let name = match part {
                IndexPart::Attribute { name, .. } | IndexPart::JsonPath { name, .. } => name,
                IndexPart::Expression(_) => continue,
            };
            let Some(attribute) = subject.table.heading.get(name).filter(|attribute| attribute.nullable()) else { continue };
            sink.report(
                RULE.code
                    .at(index.span, format!("this unique index does not hold for rows without `{name}`"))
                    .label(name_span(attribute), "may be NULL, and NULL equals nothing")
                    .help("make the attribute required, perhaps with a default, or split the optional part into a table of its own")
                    .attribute(name),
            );
        }
    }
}
