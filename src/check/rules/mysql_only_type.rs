//! Types of generation 2 that only the MySQL family has.
//!
//! Generation 2 passes native types on as they are written. PostgreSQL refuses these, so the pipeline cannot move there.

use super::prelude::*;
use crate::core::ir::{DecimalWord, FloatWord, Size};

/// The rule.
pub const RULE: Rule = Rule { code: &codes::MYSQL_ONLY_TYPE, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() {
        return;
    }
    for attribute in subject.own() {
        let found =
            RULE.code.at(attribute.type_span, format!("PostgreSQL has no type `{}`", attribute.type_text)).attribute(&attribute.name);
        let counts = matches!(&attribute.ty, AttributeType::Integer(integer) if integer.auto_increment);
        let found = match instead(&attribute.ty) {
            _ if counts => found.help("there `serial` counts; a number that the client gives works on every server"),
            None => continue,
            // A table that exists would change with it: the core type leaves a marker in the column's comment.
            Some(instead) => found.help(format!("`{instead}` works on every server")).fix(Fix::likely(
                format!("write `{instead}`"),
                attribute.type_span,
                instead,
            )),
        };
        sink.report(found);
    }
}

fn instead(ty: &AttributeType) -> Option<String> {
    match ty {
        AttributeType::Integer(integer) => {
            let bits = if integer.bits == 24 { 32 } else { u32::from(integer.bits) };
            let native = !integer.unsigned && integer.display_width.is_none() && matches!(integer.bits, 16 | 32 | 64);
            let wide = if integer.unsigned && integer.bits != 24 { (bits * 2).min(64) } else { bits };
            (!native).then(|| format!("int{wide}"))
        }
        AttributeType::Float(float) if float.unsigned || float.arguments.is_some() || float.word == FloatWord::Double => {
            Some(if float.word == FloatWord::Float { "float32" } else { "float64" }.to_string())
        }
        AttributeType::Decimal(decimal) if decimal.unsigned || decimal.zerofill || decimal.word == DecimalWord::Fixed => {
            Some(format!("decimal({},{})", decimal.precision.unwrap_or(10), decimal.scale.unwrap_or(0)))
        }
        AttributeType::Text(Size::Tiny) => Some("varchar(255)".to_string()),
        AttributeType::Text(Size::Medium | Size::Long) => Some("text".to_string()),
        AttributeType::Year => Some("int16".to_string()),
        _ => None,
    }
}
