//! An integer of 0.14 under a name that means another size elsewhere.
//!
//! 0.14 passes everything on that begins like an integer. MySQL knows `int1` to `int4` and `int8` by bytes, so that `int8` is a `bigint`; to
//! generation 2 `int8` has eight bits, and the others are no types at all.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::INTEGER_ALIAS, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if !subject.is_classic() {
        return;
    }
    for attribute in subject.own() {
        let AttributeType::Integer(integer) = &attribute.ty else { continue };
        let word: String = attribute.type_text.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        if word.to_ascii_lowercase().strip_prefix("int").is_none_or(|digit| digit.len() != 1) {
            continue;
        }
        let plain = match integer.bits {
            8 => "tinyint",
            16 => "smallint",
            24 => "mediumint",
            32 => "int",
            _ => "bigint",
        };
        let elsewhere = match word.to_ascii_lowercase().as_str() {
            "int8" => "; it has 8 bits in datajoint 2",
            _ => "; datajoint 2 does not know it",
        };
        let rest = &attribute.type_text[word.len()..];
        sink.report(
            RULE.code
                .at(attribute.type_span, format!("`{word}` is MySQL's other name of `{plain}`{elsewhere}"))
                .help("datajoint 0.14 hands every word that begins with `int` to the server as it is")
                .fix(Fix::safe(format!("write `{plain}`"), attribute.type_span, format!("{plain}{rest}")))
                .attribute(&attribute.name),
        );
    }
}
