//! Names that Rust takes, and names that are still free.

use std::collections::BTreeSet;

/// Words that are a name only as `r#word`.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum", "extern", "false",
    "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];

/// Words that are never a name.
const NEVER: [&str; 5] = ["crate", "self", "super", "Self", "_"];

/// Names of one scope.
#[derive(Debug, Clone, Default)]
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    /// Returns a scope in which these names are taken.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Taken(names.into_iter().map(str::to_string).collect())
    }

    /// Takes the name where it is free; tells whether it was.
    pub fn take(&mut self, name: &str) -> bool {
        self.0.insert(plain(name).to_string())
    }

    /// Takes a name that is free: the wanted one, the one with what tells it apart, or one with a number.
    pub fn free(&mut self, wanted: &str, apart: &str) -> String {
        let numbered = (2..).map(|number| format!("{wanted}{apart}{number}"));
        let mut names = [wanted.to_string(), format!("{wanted}{apart}")].into_iter().chain(numbered);
        names.find(|name| self.take(name)).map(|name| ident(&name)).expect("numbers do not end")
    }

    /// Tells whether the name is taken.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// Returns an identifier for a name; one that Rust keeps for itself gets `r#` in front, or `_` behind where that does not help.
pub(super) fn ident(name: &str) -> String {
    let mut out: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    if NEVER.contains(&out.as_str()) {
        out.push('_');
    } else if KEYWORDS.contains(&out.as_str()) {
        out.insert_str(0, "r#");
    }
    out
}

/// Returns an identifier without `r#`.
pub(super) fn plain(ident: &str) -> &str {
    ident.strip_prefix("r#").unwrap_or(ident)
}

/// Returns the name of a type or variant: `left_hand` and `left hand` are `LeftHand`, `CA1` is `Ca1`, `1` is `V1`. Nothing for a text
/// without letters and digits.
pub(super) fn pascal(text: &str) -> Option<String> {
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let shouted = word.len() > 1 && !word.contains(|c: char| c.is_ascii_lowercase());
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.extend(chars.map(|c| if shouted { c.to_ascii_lowercase() } else { c }));
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, 'V');
    }
    match out.as_str() {
        "" => None,
        "Self" => Some("SelfValue".to_string()),
        _ => Some(out),
    }
}

/// Returns the word of a class in names of modules and functions: `MyUnit` is `my_unit`.
pub(super) fn snake(class: &str) -> String {
    let mut out = String::with_capacity(class.len() + 4);
    for (at, c) in class.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_becomes_an_identifier() {
        for (name, expected) in [
            ("rig", "rig"),
            ("type", "r#type"),
            ("self", "self_"),
            ("crate", "crate_"),
            ("2nd", "_2nd"),
            ("a-b c", "a_b_c"),
            ("_", "__"),
            ("é", "__"),
        ] {
            assert!(syn::parse_str::<syn::Ident>(&ident(name)).is_ok() || ident(name).starts_with("r#") || ident(name) == "_", "{name}");
            assert_eq!(ident(name), expected);
        }
    }

    #[test]
    fn variants_are_named_by_the_words_of_their_values() {
        let names = ["mouse", "left_hand", "left hand", "CA1", "leftHand", "it's", "1", "-", "", "self"].map(pascal);
        let expected = ["Mouse", "LeftHand", "LeftHand", "Ca1", "LeftHand", "ItS", "V1", "", "", "SelfValue"];
        assert_eq!(names.map(Option::unwrap_or_default), expected);
    }

    #[test]
    fn a_taken_name_gets_what_tells_it_apart_and_then_a_number() {
        let mut taken = Taken::new(["Row"]);
        assert_eq!(taken.free("Row", "Part"), "RowPart");
        assert_eq!(taken.free("Row", "Part"), "RowPart2");
        assert_eq!(taken.free("type", "_"), "r#type");
        assert_eq!(taken.free("type", "_"), "type_");
    }

    #[test]
    fn classes_become_words() {
        assert_eq!(["MyUnit", "EEGData", "Probe_Two"].map(snake), ["my_unit", "e_e_g_data", "probe_two"]);
    }
}
