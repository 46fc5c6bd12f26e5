//! A core type in a spelling that datajoint 2 recognises and then cannot translate.
//!
//! Recognition ignores case and a blank before `(`, the next step does not: `UUID`, `INT32`, `Varchar(12)`, `enum (…)` end in a bare ValueError.

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::TYPE_SPELLING, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    if subject.is_classic() {
        return;
    }
    for line in subject.attribute_lines() {
        let text = line.ty.value.as_str();
        let word: String = text.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        let rest = &text[word.len()..];
        let plain = word.to_ascii_lowercase();
        if !CORE.contains(&plain.as_str()) {
            continue;
        }
        let spaced = plain != "datetime" && rest.trim_start().starts_with('(') && rest.starts_with(char::is_whitespace);
        if plain == word && !spaced {
            continue;
        }
        let spelling = format!("{plain}{}", if spaced { rest.trim_start() } else { rest });
        sink.report(
            RULE.code
                .at(line.ty.span, format!("datajoint 2 cannot declare the spelling `{text}`"))
                .fix(Fix::safe(format!("write `{spelling}`"), line.ty.span, &spelling))
                .attribute(&line.name.value),
        );
    }
}

const CORE: &[&str] = &[
    "int8", "int16", "int32", "int64", "float32", "float64", "bool", "uuid", "json", "bytes", "date", "datetime", "char", "varchar",
    "decimal", "enum",
];
