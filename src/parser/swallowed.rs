//! What the type or the default of an attribute has swallowed: a comment without its `#`, a default behind the type.
//!
//! The grammar takes any text for a type, as DataJoint does, so these lines are no errors to it, and no server will take them.

use djc_core::source::Spanned;

use super::ast::Attribute;
use super::pairs::Place;
use super::recover::{head_word, strip};
use crate::diag::{Diagnostic, Fix, codes};

/// Mends an attribute that the grammar accepts and that cannot be meant, and returns what was wrong with it.
///
/// The grammar of DataJoint takes any text for a type. These texts are refused later by DataJoint or by every server, in words that help nobody.
pub(super) fn mend_attribute(attribute: &mut Attribute, text: &str, place: Place) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let ty = &mut attribute.ty;
    let start = ty.span.start as usize - place.start;
    let cut = |ty: &mut Spanned<String>, length: usize| {
        ty.value.truncate(length);
        ty.span = place.span(start, start + length);
    };
    if let Some(length) = ty.value.find("\"\"\"").or_else(|| ty.value.find("'''")).filter(|length| length + 3 == ty.value.len()) {
        let span = place.span(start + length, start + length + 3);
        found.push(
            codes::HOST_LANGUAGE_TEXT
                .at(span, "the quotes of Python are not part of a definition")
                .help("paste only what stands between the quotes of `definition`")
                .fix(Fix::likely("remove them", span, "")),
        );
        let length = ty.value[..length].trim_end().len();
        cut(ty, length);
    }
    // A comma inside open parentheses is no slip of the last key: the type goes on in the next line, where it cannot.
    let open = ty.value.matches('(').count() > ty.value.matches(')').count();
    if ty.value.ends_with([';', ',']) && !open {
        let length = ty.value.trim_end_matches([';', ',', ' ', '\t']).len();
        let span = place.span(start + length, start + ty.value.len());
        found.push(
            codes::ATTRIBUTE_SYNTAX
                .at(span, format!("`{}` at the end of the line", &ty.value[ty.value.len() - 1..]))
                .help("a line ends where it ends")
                .fix(Fix::safe("remove it", span, "")),
        );
        cut(ty, length);
    }
    if let Some(equals) = equals_outside(&ty.value).filter(|_| attribute.default.is_none()) {
        let default = strip(&ty.value[equals + 1..]).to_owned();
        let length = strip(&ty.value[..equals]).len();
        let tail = place.span(start + length, start + ty.value.len());
        let from = start + ty.value.len() - default.len();
        let name_end = attribute.name.span.after();
        found.push(
            codes::ATTRIBUTE_SYNTAX
                .at(place.span(start + equals, start + ty.value.len()), "the default stands behind the type")
                .help(format!("write `{} = {default} : {}`", attribute.name.value, &ty.value[..length]))
                .fix(Fix::likely("move the default", tail, "").and(name_end, format!(" = {default}"))),
        );
        attribute.default = Some(Spanned::new(default.clone(), place.span(from, from + default.len())));
        cut(ty, length);
    }
    if let Some(at) = missing_hash(&ty.value).filter(|_| attribute.comment.is_none()) {
        let comment = ty.value[at..].to_owned();
        let span = place.span(start + at, start + at);
        found.push(
            codes::ATTRIBUTE_SYNTAX
                .at(place.span(start + at, start + ty.value.len()), "text behind the type")
                .help(format!("is it a comment? write `# {comment}`"))
                .fix(Fix::likely("write `#`", span, "# ")),
        );
        let length = ty.value[..at].trim_end().len();
        cut(ty, length);
        attribute.comment = Some(Spanned::new(comment.clone(), place.span(start + at, start + at + comment.len())));
    }
    if let Some(comment) = attribute.comment.as_ref().filter(|comment| comment.value.starts_with(':')) {
        let at = comment.span.start as usize - place.start;
        found.push(
            codes::ATTRIBUTE_COMMENT_COLON
                .at(place.span(at, at + 1), format!("the comment of `{}` begins with a colon", attribute.name.value))
                .help("DataJoint refuses it, because it marks its own types with `:`; begin with a word"),
        );
    }
    if let Some(default) = attribute.default.as_ref()
        && let Some(quote @ ('"' | '\'')) = default.value.chars().next()
        && default.value.matches(quote).count() == 1
    {
        let at = default.span.start as usize - place.start;
        found.push(
            codes::ATTRIBUTE_SYNTAX
                .at(place.span(at, at + 1), "a quote without its partner")
                .help("close it on the same line; quotes have no escapes")
                .fix(Fix::likely("close it", default.span.after(), quote.to_string())),
        );
    }
    if let Some(default) = attribute.default.as_ref()
        && let Some(hash) = hash_outside(&default.value)
    {
        let at = default.span.start as usize - place.start + hash;
        found.push(
            codes::HASH_IN_DEFAULT
                .at(place.span(at, at + 1), format!("this `#` is part of the default of `{}`", attribute.name.value))
                .help("DataJoint reads the default up to the colon; put quotes around it, or move the comment behind the type"),
        );
    }
    if let Some(comment) = attribute.comment.as_ref()
        && let end = comment.span.end as usize - place.start
        && text[end..].starts_with('#')
        // A frame of `####` around a comment is decoration, which nobody misses.
        && comment.value.ends_with(|c: char| !c.is_whitespace())
    {
        let kept = &comment.value;
        found.push(
            codes::HASH_AT_COMMENT_END
                .at(
                    place.span(end, text.trim_end().len()),
                    format!("datajoint stores the comment of `{}` without this", attribute.name.value),
                )
                .help(format!("`{}` is what is stored; write a word behind it, or spell it out", last_word(kept))),
        );
    }
    debug_assert!(text.len() >= start, "the type stands on the line");
    found
}

/// Returns what stands behind the last blank.
fn last_word(text: &str) -> &str {
    text.rsplit(char::is_whitespace).next().unwrap_or(text)
}

/// Returns the first place outside of quotes and parentheses where `wanted` stands.
fn outside(text: &str, wanted: u8) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0usize);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, byte) if byte == wanted && depth == 0 => return Some(at),
            (None, _) => {}
        }
    }
    None
}

fn equals_outside(ty: &str) -> Option<usize> {
    outside(ty, b'=').filter(|_| !ty.starts_with('<'))
}

fn hash_outside(default: &str) -> Option<usize> {
    if default.starts_with(['"', '\'']) {
        return None;
    }
    outside(default, b'#')
}

/// Words that may follow a type in SQL; a text with one of them is no comment.
const TYPE_WORDS: [&str; 24] = [
    "unsigned",
    "signed",
    "zerofill",
    "auto_increment",
    "unique",
    "key",
    "primary",
    "not",
    "null",
    "default",
    "on",
    "update",
    "precision",
    "varying",
    "character",
    "charset",
    "collate",
    "set",
    "binary",
    "comment",
    "with",
    "without",
    "references",
    "check",
];

/// Returns where a comment begins that lacks its `#`: two or more plain words behind a type.
fn missing_hash(ty: &str) -> Option<usize> {
    let (_, rest) = head_word(ty);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(inner) => inner[inner.find(')')? + 1..].trim_start(),
        None => rest,
    };
    let mut words = rest.split_whitespace().peekable();
    let mut behind = rest;
    while let Some(word) = words.peek().filter(|word| ["unsigned", "auto_increment"].contains(&word.to_lowercase().as_str())) {
        behind = behind[word.len()..].trim_start();
        words.next();
    }
    let words: Vec<&str> = words.collect();
    let plain =
        |word: &&str| word.chars().all(|c| c.is_alphabetic() || ",.'-".contains(c)) && !TYPE_WORDS.contains(&word.to_lowercase().as_str());
    (words.len() >= 2 && words.iter().all(plain)).then(|| ty.len() - behind.len())
}
