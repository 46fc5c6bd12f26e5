//! Native types of generation 2 that mean something else on another server, or nothing that datajoint remembers.
//!
//! `float` is 4 bytes wide on the MySQL family and 8 on PostgreSQL, `real` the other way round. Native integers leave no marker, so
//! that nothing tells later what the author asked for. datajoint 2 warns about each when it declares.

use super::prelude::*;
use crate::core::ir::FloatWord;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::NATIVE_TYPE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() {
        return;
    }
    for attribute in subject.own() {
        let core = match &attribute.ty {
            AttributeType::Float(float) if !float.unsigned && float.arguments.is_none() => match float.word {
                FloatWord::Float => "float32".to_string(),
                FloatWord::Real => "float64".to_string(),
                FloatWord::Double => continue,
            },
            AttributeType::Integer(integer) => {
                let plain = !integer.unsigned && !integer.auto_increment && integer.display_width.is_none();
                match integer.bits {
                    16 | 32 | 64 if plain => format!("int{}", integer.bits),
                    _ => continue,
                }
            }
            _ => continue,
        };
        sink.report(
            RULE.code
                .at(attribute.type_span, format!("`{}` is a native type", attribute.type_text))
                .help(format!("the core type `{core}` is the same on every server and is remembered"))
                .fix(Fix::likely(format!("write `{core}`"), attribute.type_span, &core))
                .attribute(&attribute.name),
        );
    }
}
