//! `true` and `false` as defaults.
//!
//! datajoint quotes them, and the MySQL family refuses the text `'true'` for a number (error 1067). PostgreSQL accepts it. `1` and `0` work on every server.

use super::prelude::*;
use crate::core::ir::Default;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::BOOL_DEFAULT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for line in subject.attribute_lines() {
        let Some(written) = &line.default else { continue };
        let Some(attribute) = subject.table.heading.get(&line.name.value) else { continue };
        let Default::Literal(literal) = &attribute.default else { continue };
        let number = match literal.raw.to_ascii_lowercase().as_str() {
            "true" => "1",
            "false" => "0",
            _ => continue,
        };
        let is_bool = match &attribute.ty {
            AttributeType::Bool => true,
            AttributeType::Integer(integer) => integer.bits == 8,
            _ => false,
        };
        if is_bool {
            sink.report(
                RULE.code
                    .at(written.span, format!("datajoint cannot declare the default `{}` on the MySQL family", written.value))
                    .fix(Fix::safe(format!("write `{number}`"), written.span, number))
                    .attribute(&attribute.name),
            );
        }
    }
}
