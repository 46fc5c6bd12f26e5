//! Braces in a text that datajoint 0.14 formats.
//!
//! 0.14 fills the schema's name into the statement with `str.format`: `{name}` stops with a KeyError, `{}` with an IndexError, `{{x}}` is stored as
//! `{x}`, and `{database}` becomes the name of the schema. Generation 2 stores braces as they are written.

use super::prelude::*;
use crate::check::context::Place;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::BRACES, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if !subject.is_classic() {
        return;
    }
    for text in subject.texts() {
        // A `{old_name}` at the head of a comment asks for a rename and is never stored.
        let value = &text.text.value;
        let head = if text.place == Place::Comment && value.starts_with('{') { value.find('}').map_or(0, |at| at + 1) } else { 0 };
        let Some(offset) = value[head..].find(['{', '}']).map(|at| at + head) else { continue };
        let words = text.place.words();
        let message = if value[offset..].starts_with("{database}") {
            format!("datajoint 0.14 writes the schema's name for `{{database}}` in {words}")
        } else if value[offset..].starts_with("{{") {
            format!("datajoint 0.14 stores one brace for the two in {words}")
        } else {
            format!("datajoint 0.14 cannot declare a table with braces in {words}")
        };
        let found = RULE.code.at(text.part(offset, 1), message);
        sink.report(with_attribute(found, text.attribute).help("write parentheses; djc itself stores the text as it is written"));
    }
}
