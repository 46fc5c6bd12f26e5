//! Enum values that datajoint 2 cannot read back.
//!
//! The column's comment opens with `:enum(…):`, and is cut at its second colon: with `enum('a:b','c')` the attribute comes back as type
//! `enum('a`. On PostgreSQL the list of values is cut at every comma and stripped of quotes, so `'a, b'` becomes two values.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::ENUM_MARKER, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() {
        return;
    }
    for attribute in subject.own() {
        let AttributeType::Enum(values) = &attribute.ty else { continue };
        let Some((value, c)) =
            values.iter().find_map(|value| Some((value, value.raw.chars().find(|c| matches!(c, ':' | ',' | '\'' | '"'))?)))
        else {
            continue;
        };
        let message = match c {
            ':' => format!("datajoint 2 reads this type back wrongly: `{}` has a colon", value.raw),
            ',' => format!("datajoint 2 makes two values of `{}` on PostgreSQL", value.raw),
            _ => format!("datajoint 2 loses the quote in `{}` on PostgreSQL", value.raw),
        };
        sink.report(
            RULE.code
                .at(attribute.type_span, message)
                .help("use letters, digits, blanks and dashes in enum values, or a lookup table")
                .attribute(&attribute.name),
        );
    }
}
