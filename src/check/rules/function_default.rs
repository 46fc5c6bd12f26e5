//! A default that looks like a function and is a text.
//!
//! Only CURRENT_TIMESTAMP is an expression. datajoint quotes everything else: `now()` is refused by the MySQL family (error 1067) and frozen to the moment of
//! the declaration by PostgreSQL; `uuid()` fills every row with these six characters.

use super::prelude::*;
use crate::core::ir::Default;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::FUNCTION_DEFAULT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for line in subject.attribute_lines() {
        let Some(written) = &line.default else { continue };
        let Some(attribute) = subject.table.heading.get(&line.name.value) else { continue };
        let Default::Literal(literal) = &attribute.default else { continue };
        if literal.quote.is_some() || !is_call(&written.value) {
            continue;
        }
        let mut found = RULE
            .code
            .at(written.span, format!("the default `{}` is a text, not a function", written.value))
            .help("only `CURRENT_TIMESTAMP` is computed; give other values when inserting")
            .attribute(&attribute.name);
        let now = ["now()", "current_timestamp on", "curdate()", "localtime()", "sysdate()"];
        let is_now = now.iter().any(|now| written.value.to_ascii_lowercase().starts_with(now));
        if is_now && matches!(attribute.ty, AttributeType::Datetime(None) | AttributeType::Timestamp(None)) {
            found = found.fix(Fix::likely("write `CURRENT_TIMESTAMP`", written.span, "CURRENT_TIMESTAMP"));
        }
        sink.report(found);
    }
}

fn is_call(text: &str) -> bool {
    let name = text.split('(').next().unwrap_or(text);
    let called = text.ends_with(')') && name.len() < text.len() && name.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    called && word || text.to_ascii_lowercase().starts_with("current_timestamp on update")
}
