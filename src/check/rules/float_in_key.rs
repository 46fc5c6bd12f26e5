//! A floating-point number identifies nothing.
//!
//! Both generations accept it. What comes back from the server is compared with what was typed: `Table & 'depth = 0.1`
//! finds no row in a 4-byte column, and a child row that was computed is refused for a parent that is there.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::FLOAT_IN_KEY, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for attribute in subject.own_key() {
        match attribute.ty {
            AttributeType::Float(_) | AttributeType::CoreFloat(_) => sink.report(
                RULE.code
                    .at(attribute.type_span, format!("the key attribute `{}` is a floating-point number", attribute.name))
                    .here("equal values may not compare as equal")
                    .help("write `decimal(p,s)`, or an integer in a smaller unit")
                    .attribute(&attribute.name),
            ),
            _ => {}
        }
    }
}
