//! A counter that the server does not accept.
//!
//! The MySQL family wants one counting attribute, and wants it to lead the key or an index (error 1075). datajoint does not look, so the table fails when it is made.

use super::prelude::*;
use crate::core::ir::IndexPart;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::AUTO_INCREMENT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let table = subject.table;
    let mut first = None;
    for attribute in subject.own() {
        let counts = match &attribute.ty {
            AttributeType::Integer(integer) => integer.auto_increment,
            // `serial` brings a unique index of its own.
            AttributeType::Serial => true,
            _ => false,
        };
        if !counts {
            continue;
        }
        if let Some(span) = first {
            sink.report(RULE.code.at(attribute.type_span, "a table has one counter only").label(span, "first").attribute(&attribute.name));
            continue;
        }
        first = Some(attribute.type_span);
        let leads_key = table.heading.primary_key().next().is_some_and(|key| key.name == attribute.name);
        let leads_index = table
            .indexes
            .iter()
            .any(|index| matches!(index.parts.first(), Some(IndexPart::Attribute { name, length: None, .. }) if *name == attribute.name));
        if !leads_key && !leads_index && attribute.ty != AttributeType::Serial {
            sink.report(
                RULE.code
                    .at(attribute.type_span, format!("`{}` counts, but leads neither the key nor an index", attribute.name))
                    .help("make it the first attribute of the key, or add a unique index that begins with it")
                    .attribute(&attribute.name),
            );
        }
    }
}
