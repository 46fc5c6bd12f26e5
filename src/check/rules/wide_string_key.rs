//! A long text in a key.
//!
//! InnoDB keys hold 3072 bytes, and a character of utf8mb4 counts as four: from 256 characters on, one attribute takes more than a third of what
//! every table below it has, and three of them cannot be declared (error 1071). Under latin1, where the schema may come from, they can.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::WIDE_STRING_KEY, check: Check::Table(check) };

const CHARACTERS_MAX: u32 = 255;

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    for attribute in subject.own_key() {
        match attribute.ty {
            AttributeType::Varchar(length) | AttributeType::Char(length) if length > CHARACTERS_MAX => sink.report(
                RULE.code
                    .at(
                        attribute.type_span,
                        format!("the key attribute `{}` takes {} of 3072 bytes of a key", attribute.name, length.saturating_mul(4)),
                    )
                    .help(format!("{CHARACTERS_MAX} characters, or a hash of the text, leave room for what comes below"))
                    .attribute(&attribute.name),
            ),
            _ => {}
        }
    }
}
