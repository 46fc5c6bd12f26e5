//! A line that was switched off and became the table comment.
//!
//! The first line between the braces is the table comment when it begins with `#`, also when it is a line of the definition that somebody commented out.

use djc_core::ir::type_text::is_type_word;

use super::prelude::*;

/// The rule.
pub const RULE: Rule = Rule { code: &codes::CODE_AS_COMMENT, check: Check::Table(check) };

fn check(_: &Context, subject: &Subject, sink: &mut Sink) {
    let Some(comment) = subject.table_comment() else { return };
    if !is_definition_line(&comment.value) {
        return;
    }
    sink.report(
        RULE.code
            .at(comment.span, "a line that is commented out becomes the table comment")
            .here("stored in the database")
            .help("write a table comment above it, or remove it"),
    );
}

/// Returns whether the text reads as an attribute, reference or separator line: a name, a colon and a type that is one.
fn is_definition_line(text: &str) -> bool {
    let text = text.trim();
    if let Some(target) = text.strip_prefix("->") {
        return target.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '[');
    }
    let Some((left, right)) = text.split_once(':') else { return text.len() >= 3 && text.chars().all(|c| c == '-') };
    let name = left.split('=').next().unwrap_or(left).trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let right = right.trim_start();
    let word: String = right.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    let rest = right[word.len()..].trim_start();
    is_name && (is_type_word(&word) && ends_type(rest) || right.starts_with('<'))
}

/// Prose goes on after a word such as `date`; a type is followed by arguments, a comment, or nothing.
fn ends_type(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['(', '#', '@']) || rest.starts_with("unsigned") || rest.starts_with("auto_increment")
}
