//! Names of the language: of modules and mixins.

use djc_core::source::Span;

/// Returns the name that a comment `# djc: schema NAME` above the line of a call gives to its schema.
pub(crate) fn said_name(text: &str, call: Span) -> Option<String> {
    let line = text.get(..call.start as usize)?.rfind('\n')?;
    let words = text[..line].lines().last()?.trim().strip_prefix("# djc:")?.trim().strip_prefix("schema")?;
    let name = words.trim();
    (!name.is_empty() && clean(name) == name).then(|| name.to_string())
}

/// Returns what of a schema name is not variable.
pub(crate) fn known_words(physical: &str) -> Option<String> {
    let mut words = Vec::new();
    for piece in physical.split("${") {
        let known =
            if words.is_empty() && !physical.starts_with("${") { piece } else { piece.split_once('}').map_or(piece, |(_, rest)| rest) };
        words.push(known.trim_matches(['_', '-', '.']));
    }
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("_"))
}

/// Returns a name that is free, with a number behind it where it is not.
pub(crate) fn numbered(wanted: String, free: impl Fn(&str) -> bool) -> String {
    if free(&wanted) {
        return wanted;
    }
    (2..).map(|number| format!("{wanted}_{number}")).find(|name| free(name)).expect("numbers do not end")
}

/// Returns a name that a module of the language can have.
pub(crate) fn clean(name: &str) -> String {
    let mut out: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_lowercase()) {
        out = format!("schema_{}", out.trim_start_matches('_'));
    }
    out
}
