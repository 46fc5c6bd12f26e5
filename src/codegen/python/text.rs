//! Strings and lines as `black` would leave them.

use unicode_width::UnicodeWidthStr as _;

/// The longest line of code.
pub(super) const WIDTH: usize = 88;

/// Returns how many cells a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Returns `indent` blanks.
pub(super) fn pad(indent: usize) -> String {
    " ".repeat(indent)
}

/// Returns a text as a literal, in the quotes that need fewer escapes.
pub(super) fn quoted(text: &str) -> String {
    let quote = quote_for(text.chars());
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            // Invisible, or the end of a line to some editors.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// Returns bytes as a literal.
pub(super) fn bytes(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.iter().map(|byte| char::from(*byte)));
    let mut out = format!("b{quote}");
    for byte in bytes {
        match char::from(*byte) {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c @ ' '..='~' => out.push(c),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

fn quote_for(chars: impl Iterator<Item = char> + Clone) -> char {
    let count = |quote: char| chars.clone().filter(|c| *c == quote).count();
    if count('"') > count('\'') { '\'' } else { '"' }
}

/// Returns lines between triple quotes, as they are; the closing quotes stand in a line of their own.
pub(super) fn block(lines: &[String], indent: usize) -> String {
    let text = lines.join("\n");
    let mut out = String::new();
    if text.contains("\"\"\"") {
        out.push_str("\"\"\"\n");
        push_lines(&mut out, &escaped(&text), indent);
    } else {
        // No escapes, so that what an author reads here is what stands in the `.dj` file.
        out.push_str(if text.contains('\\') { "r\"\"\"\n" } else { "\"\"\"\n" });
        push_lines(&mut out, &text, indent);
    }
    out.push_str(&pad(indent));
    out.push_str("\"\"\"");
    out
}

/// Returns a documentation string that stands `indent` blanks deep; nothing for a text without words.
pub(super) fn docstring(doc: &str, indent: usize) -> Option<String> {
    let lines: Vec<String> = doc.trim_matches('\n').lines().map(|line| escaped(line.trim_end())).collect();
    let (first, rest) = lines.split_first().filter(|_| !doc.trim().is_empty())?;
    let pad = pad(indent);
    if rest.is_empty() {
        let first = first.trim_start();
        let before = if first.starts_with('"') { " " } else { "" };
        let behind = if first.ends_with('"') { " " } else { "" };
        return Some(format!("{pad}\"\"\"{before}{first}{behind}\"\"\""));
    }
    // Where every further line is indented, Python's tools would take the indentation for that of the code.
    let plain = !first.starts_with([' ', '"']) && rest.iter().any(|line| !line.is_empty() && !line.starts_with(' '));
    let mut out = format!("{pad}\"\"\"");
    if plain {
        out.push_str(first);
        out.push('\n');
        push_lines(&mut out, &rest.join("\n"), indent);
    } else {
        out.push('\n');
        push_lines(&mut out, &lines.join("\n"), indent);
    }
    out.push_str(&pad);
    out.push_str("\"\"\"");
    Some(out)
}

fn push_lines(out: &mut String, text: &str, indent: usize) {
    for line in text.split('\n') {
        if !line.is_empty() {
            out.push_str(&pad(indent));
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"")
}

/// Returns `head`, the items and `tail` on one line where they fit, else the items on a line or lines of their own.
pub(super) fn wrapped(head: &str, items: &[String], tail: &str, indent: usize) -> String {
    let joined = items.join(", ");
    let line = format!("{}{head}{joined}{tail}", pad(indent));
    if width(&line) <= WIDTH {
        return line;
    }
    let inner = pad(indent + 4);
    let body = format!("{inner}{joined}");
    if width(&body) <= WIDTH {
        return format!("{}{head}\n{body}\n{}{tail}", pad(indent), pad(indent));
    }
    exploded(head, items, tail, indent)
}

/// Returns the items on a line each where they do not fit with `head` and `tail` on one.
pub(super) fn listed(head: &str, items: &[String], tail: &str, indent: usize) -> String {
    let line = format!("{}{head}{}{tail}", pad(indent), items.join(", "));
    if width(&line) <= WIDTH { line } else { exploded(head, items, tail, indent) }
}

fn exploded(head: &str, items: &[String], tail: &str, indent: usize) -> String {
    let inner = pad(indent + 4);
    let lines: String = items.iter().map(|item| format!("{inner}{item},\n")).collect();
    format!("{}{head}\n{lines}{}{tail}", pad(indent), pad(indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_those_that_need_fewer_escapes() {
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("say \"x\""), "'say \"x\"'");
        assert_eq!(quoted("'\"\\\n\u{1}é"), "\"'\\\"\\\\\\n\\x01é\"");
        assert_eq!(bytes(b"\x00a\"\xff"), "b'\\x00a\"\\xff'");
    }

    #[test]
    fn documentation_keeps_the_indentation_of_its_lines() {
        assert_eq!(docstring("One line.", 4).as_deref(), Some("    \"\"\"One line.\"\"\""));
        assert_eq!(docstring("says \"x\"", 0).as_deref(), Some("\"\"\"says \"x\" \"\"\""));
        assert_eq!(docstring("A list:\n\n  - a\nend", 0).as_deref(), Some("\"\"\"A list:\n\n  - a\nend\n\"\"\""));
        assert_eq!(docstring("A list:\n  - a", 0).as_deref(), Some("\"\"\"\nA list:\n  - a\n\"\"\""));
        assert_eq!(docstring("\n \n", 0), None);
    }

    #[test]
    fn a_backslash_makes_a_raw_string_and_quotes_an_escaped_one() {
        let lines = |text: &str| vec![text.to_string()];
        assert_eq!(block(&lines("a : int # \\d"), 4), "r\"\"\"\n    a : int # \\d\n    \"\"\"");
        assert_eq!(block(&lines("\"\"\"\\"), 0), "\"\"\"\n\\\"\\\"\\\"\\\\\n\"\"\"");
    }
}
