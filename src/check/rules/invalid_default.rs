//! A default that the type cannot hold.
//!
//! datajoint does not look; the server refuses the table with error 1067 on the MySQL family, or with a cast error on PostgreSQL: in the middle of a deployment.

use super::prelude::*;
use crate::core::ir::{Default, SqlLiteral};

/// The rule.
pub const RULE: Rule = Rule { code: &codes::INVALID_DEFAULT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for line in subject.attribute_lines() {
        let Some(written) = &line.default else { continue };
        let Some(attribute) = subject.table.heading.get(&line.name.value) else { continue };
        let Default::Literal(literal) = &attribute.default else { continue };
        if let Some(reason) = misfit(&attribute.ty, literal) {
            sink.report(
                RULE.code
                    .at(written.span, format!("`{}` cannot hold its default", attribute.name))
                    .here(reason)
                    .label(attribute.type_span, "this type")
                    .attribute(&attribute.name),
            );
        }
    }
}

fn misfit(ty: &AttributeType, literal: &SqlLiteral) -> Option<String> {
    let value = literal.value(true);
    match ty {
        AttributeType::Enum(values) => {
            // Collations of the MySQL family compare without case; generation 2 on PostgreSQL is stricter, which lowering knows.
            let known = values.iter().any(|known| known.value(true).to_lowercase() == value.trim_end().to_lowercase());
            (!known).then(|| "not one of the values".to_string())
        }
        AttributeType::Char(length) | AttributeType::Varchar(length) => {
            let characters = value.trim_end_matches(' ').chars().count();
            (characters > *length as usize).then(|| format!("has {characters} characters, the type {length}"))
        }
        AttributeType::Integer(integer) => {
            let (low, high) = range(integer.bits, integer.unsigned);
            number(&value, low, high)
        }
        AttributeType::CoreInteger(bits) => {
            let (low, high) = range(*bits, false);
            number(&value, low, high)
        }
        _ => None,
    }
}

fn range(bits: u8, unsigned: bool) -> (f64, f64) {
    let span = 2f64.powi(i32::from(bits));
    if unsigned { (0.0, span - 1.0) } else { (-span / 2.0, span / 2.0 - 1.0) }
}

/// Servers round `2.5` and read `1e3`, so that anything that reads as a number passes; `true` has its own rule.
fn number(value: &str, low: f64, high: f64) -> Option<String> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") {
        return None;
    }
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= low - 0.5 && number <= high + 0.5 => None,
        Ok(_) => Some(format!("outside of {low} to {high}")),
        Err(_) => Some("not a number".to_string()),
    }
}
