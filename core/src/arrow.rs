//! The arrows of a definition that stands in another language, and the `use` lines that they need in `.dj`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Returns where the paths behind the arrows of a definition stand.
pub fn arrows(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        // Names before the arrow are the form of old DataJoint.
        let head = &line[indent..];
        let arrow = if head.starts_with("->") {
            Some(indent)
        } else if head.starts_with('(') {
            line.find("->")
        } else {
            None
        };
        if let Some(arrow) = arrow {
            let mut at = arrow + 2;
            at += line[at..].len() - line[at..].trim_start_matches([' ', '\t']).len();
            if line[at..].starts_with('[')
                && let Some(end) = line[at..].find(']')
            {
                at += end + 1;
                at += line[at..].len() - line[at..].trim_start_matches([' ', '\t']).len();
            }
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let mut end = at;
            loop {
                let word = line[end..].len() - line[end..].trim_start_matches(is_word).len();
                end += word;
                let next = &line[end..];
                let behind = next.strip_prefix('.').map(|next| next.split(|c: char| !is_word(c)).next().unwrap_or_default());
                match behind {
                    Some(name) if word > 0 && !name.is_empty() && name != "proj" => end += 1,
                    _ => break,
                }
            }
            if end > at {
                out.push(start + at..start + end);
            }
        }
        start += line.len();
    }
    out
}

/// What a file brings in from other modules.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// Tables by module, with the name that they get here.
    pub tables: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Modules.
    pub modules: BTreeSet<String>,
}

impl Uses {
    /// Returns the `use` lines, each with its newline.
    pub fn lines(&self) -> String {
        let mut lines = Vec::new();
        let named = |name: &str, alias: &str| if name == alias { name.to_string() } else { format!("{name} as {alias}") };
        for (module, tables) in &self.tables {
            let names: Vec<String> = tables.iter().map(|(name, alias)| named(name, alias)).collect();
            lines.push(match names.as_slice() {
                [one] => format!("use {module}.{one}\n"),
                many => format!("use {module}.{{{}}}\n", many.join(", ")),
            });
        }
        lines.extend(self.modules.iter().map(|module| format!("use {module}\n")));
        lines.sort();
        lines.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_are_found_with_options_parts_and_projections() {
        let text = "-> A\n  -> [nullable] b.C.D.proj(x='y')\n(a) -> E(b)\nx : int # -> F\n->self.g\n";
        let found: Vec<&str> = arrows(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["A", "b.C.D", "E", "self.g"]);
    }
}
