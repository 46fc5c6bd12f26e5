//! Documentation: what authors wrote, so that rustdoc shows it as it was meant and finds nothing to warn of.

/// Returns a comment as a line of rustdoc: plain text, whatever stands in it.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        push_word(&mut out, word, true);
    }
    // What would begin a list, a heading, a quotation or a table.
    let begins = out.starts_with(['#', '-', '+', '=', '|', '~']) || {
        let rest = out.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.len() < out.len() && rest.starts_with(['.', ')'])
    };
    match begins {
        true if out.starts_with(|c: char| c.is_ascii_digit()) => {
            let at = out.find(['.', ')']).expect("it was just found");
            out.insert(at, '\\');
        }
        true => out.insert(0, '\\'),
        false => {}
    }
    out
}

/// Returns the lines of a `##` text. Its Markdown stays; what rustdoc would take for a link, for HTML or for a test does not.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut fenced = false;
    for line in text.trim().lines() {
        let line: String = line.trim_end().replace('\t', "    ").chars().map(|c| if is_hidden(c) { '\u{fffd}' } else { c }).collect();
        if line.trim_start().starts_with("```") {
            // Without a language it would be Rust, and run.
            out.push(if fenced { "```".to_string() } else { "```text".to_string() });
            fenced = !fenced;
        } else if fenced {
            out.push(line);
        } else {
            // Four blanks would begin code.
            let indent = line.len() - line.trim_start().len();
            let mut text = " ".repeat(indent.min(3));
            for (at, word) in line.trim_start().split(' ').enumerate() {
                if at > 0 {
                    text.push(' ');
                }
                push_word(&mut text, word, false);
            }
            out.push(text);
        }
    }
    if fenced {
        out.push("```".to_string());
    }
    out
}

/// Returns a text as code in a line.
pub(super) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() || is_hidden(c) { ' ' } else { c }).collect();
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn push_word(out: &mut String, word: &str, all: bool) {
    let bare = word.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | '.' | ';' | ':' | '"' | '\''));
    if (bare.starts_with("http://") || bare.starts_with("https://")) && !bare.contains(['<', '>', '`', '[', ']', '|']) {
        let at = word.find(bare).expect("it was trimmed from it");
        out.push_str(&format!("{}<{bare}>{}", &word[..at], &word[at + bare.len()..]));
        return;
    }
    for c in word.chars() {
        match c {
            '[' | ']' | '<' | '>' => out.extend(['\\', c]),
            '\\' | '`' | '*' | '&' if all => out.extend(['\\', c]),
            c if is_hidden(c) || c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// Tells whether a character changes the direction of what stands around it, which the compiler refuses in source.
pub(super) fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_plain_text() {
        assert_eq!(plain("rate in [Hz], see <https://x.org/a_b>"), "rate in \\[Hz\\], see \\<https://x.org/a_b\\>");
        assert_eq!(plain("see https://x.org/a_b."), "see <https://x.org/a_b>.");
        assert_eq!(plain("1. first"), "1\\. first");
        assert_eq!(plain("# of trials"), "\\# of trials");
        assert_eq!(plain("a\tb  \u{202e}c"), "a b \u{fffd}c");
    }

    #[test]
    fn documentation_keeps_its_markdown_and_runs_nothing() {
        let text = "A *list*:\n- one [x]\n\n        indented\n```\nlet x: &str = y[0];\n";
        assert_eq!(lines(text), ["A *list*:", "- one \\[x\\]", "", "   indented", "```text", "let x: &str = y[0];", "```"]);
    }
}
