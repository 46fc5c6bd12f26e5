//! What becomes of a text on its way from a definition into a server.
//!
//! datajoint pushes every statement through layers of formatting: classic through Python's `format` (braces), both through
//! the driver (percent signs), and the MySQL family reads backslashes inside quotes. Where these layers accept a text, it
//! is stored here as they leave it; where they fail on it, it is stored as written.

use super::Server;
use crate::ir::{Generation, SqlLiteral, mysql_unescape};

/// The layers that one schema's texts go through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layers<'a> {
    pub generation: Generation,
    pub server: Server,
    /// Physical name of the schema, which classic puts in for `{database}`.
    pub schema: &'a str,
}

impl Layers<'_> {
    /// Whether a backslash is an escape. A classic text means what the MySQL family reads, wherever it is stored.
    pub fn backslash(&self) -> bool {
        self.server.is_mysql_family() || self.generation == Generation::Classic
    }

    /// Returns a comment as it is stored.
    pub fn comment(&self, text: &str) -> String {
        let formatted = self.formatted(text);
        if self.backslash() { mysql_unescape(&formatted) } else { formatted }
    }

    /// Returns the comment of an own attribute as it is stored.
    ///
    /// datajoint 2 escapes a double quote for MySQL on PostgreSQL too, where the backslash stays.
    pub fn attribute_comment(&self, text: &str) -> String {
        let stored = self.comment(text);
        if self.server == Server::Postgres && self.generation == Generation::Modern { stored.replace('"', "\\\"") } else { stored }
    }

    /// Returns the value of a literal.
    pub fn literal(&self, literal: &SqlLiteral) -> String {
        let formatted = SqlLiteral { quote: literal.quote, raw: self.formatted(&literal.raw) };
        formatted.value(self.backslash())
    }

    /// Applies braces and percent signs.
    fn formatted(&self, text: &str) -> String {
        let braced = match self.generation {
            Generation::Classic if text.contains(['{', '}']) => self.braces(text),
            Generation::Classic | Generation::Modern => text.to_string(),
        };
        if braced.contains('%') { braced.replace("%%", "%") } else { braced }
    }

    fn braces(&self, text: &str) -> String {
        const DATABASE: &str = "{database}";
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if rest.starts_with("{{") || rest.starts_with("}}") {
                out.push(c);
                rest = &rest[2..];
            } else if let Some(behind) = rest.strip_prefix(DATABASE) {
                out.push_str(self.schema);
                rest = behind;
            } else {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out
    }
}

/// What stands in a definition for a text that a server holds: the layers read backwards.
///
/// Not every text can be said: a line end on PostgreSQL, for one. What comes back is then as near as it can be, and lowering it shows
/// the difference.
#[derive(Debug, Clone, Copy)]
pub struct Unlayered {
    /// The generation of the definition.
    pub generation: Generation,
    /// Where the text was found.
    pub server: Server,
}

impl Unlayered {
    /// Returns the text of a comment.
    pub fn comment(self, stored: &str) -> String {
        let text = self.plain(stored);
        // A colon at the head would begin a marker.
        if self.layers().backslash() && text.starts_with(':') { format!("\\{text}") } else { text }
    }

    /// Returns the text of the comment of an own attribute, marker taken away.
    pub fn attribute_comment(self, stored: &str) -> String {
        let quotes = self.server == Server::Postgres && self.generation == Generation::Modern;
        if quotes { self.comment(&stored.replace("\\\"", "\"")) } else { self.comment(stored) }
    }

    /// Returns a constant between quotes.
    pub fn literal(self, value: &str) -> String {
        let text = self.plain(value);
        let simple = !text.contains(['"', '\'', '\\']);
        // datajoint 2 and 0.14 disagree about everything but single quotes as soon as there is a quote inside.
        if simple { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "''")) }
    }

    /// Returns the values of an enum between its parentheses.
    pub fn enumeration(self, values: &[String]) -> String {
        let values: Vec<String> = values.iter().map(|value| format!("'{}'", self.plain(value).replace('\'', "''"))).collect();
        format!("enum({})", values.join(","))
    }

    fn layers(self) -> Layers<'static> {
        Layers { generation: self.generation, server: self.server, schema: "" }
    }

    fn plain(self, stored: &str) -> String {
        let mut out = String::with_capacity(stored.len() + 8);
        let backslash = self.layers().backslash();
        let mut chars = stored.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if backslash => out.push_str("\\\\"),
                '\n' if backslash => out.push_str("\\n"),
                '\r' if backslash => out.push_str("\\r"),
                '\0' if backslash => out.push_str("\\0"),
                '\n' | '\r' => out.push(' '),
                '{' | '}' if self.generation == Generation::Classic => out.extend([c, c]),
                '%' => {
                    // One stays one, and of two in a row one is lost.
                    let mut run = 1;
                    while chars.next_if_eq(&'%').is_some() {
                        run += 1;
                    }
                    out.push_str(&"%".repeat(if run == 1 { 1 } else { 2 * run }));
                }
                other => out.push(other),
            }
        }
        out
    }
}

/// Cuts `:type:rest` as datajoint does: the type has no colon.
pub fn split_marker(comment: &str) -> (Option<&str>, &str) {
    match comment.strip_prefix(':').and_then(|inner| inner.split_once(':')) {
        Some((ty, rest)) if !ty.is_empty() => (Some(ty), rest),
        _ => (None, comment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_texts_are_said_so_that_they_are_stored_again() {
        for generation in [Generation::Classic, Generation::Modern] {
            for server in crate::dialect::SERVERS {
                let layers = Layers { generation, server, schema: "lab" };
                let unlayered = Unlayered { generation, server };
                for text in ["50% of max", "100%%", "%d %% %%%", "{x} and {{y}}", r"C:\temp\new", "it's \"so\"", "", "tab\there"] {
                    assert_eq!(layers.comment(&unlayered.comment(text)), text, "{generation} {server:?}");
                    let quoted = unlayered.literal(text);
                    let literal = SqlLiteral { quote: quoted.chars().next(), raw: quoted[1..quoted.len() - 1].to_string() };
                    assert_eq!(layers.literal(&literal), text, "{generation} {server:?}");
                }
            }
        }
        let family = Unlayered { generation: Generation::Modern, server: Server::MariaDb };
        assert_eq!(family.comment(":a: line\nbreak"), r"\:a: line\nbreak");
        let postgres = Unlayered { server: Server::Postgres, ..family };
        assert_eq!(postgres.attribute_comment(r#"the \"best\" one"#), r#"the "best" one"#);
    }

    #[test]
    fn texts_are_stored_as_datajoint_leaves_them() {
        let classic = Layers { generation: Generation::Classic, server: Server::MariaDb, schema: "lab" };
        let modern = Layers { generation: Generation::Modern, ..classic };
        let postgres = Layers { server: Server::Postgres, ..modern };
        for (written, c, m, p) in [
            ("50%% of max", "50% of max", "50% of max", "50% of max"),
            ("50% of max", "50% of max", "50% of max", "50% of max"),
            ("see {{manual}}", "see {manual}", "see {{manual}}", "see {{manual}}"),
            ("lives in {database}", "lives in lab", "lives in {database}", "lives in {database}"),
            (r"path C:\temp", "path C:\temp", "path C:\temp", r"path C:\temp"),
            (r#"the "best" one"#, r#"the "best" one"#, r#"the "best" one"#, r#"the \"best\" one"#),
        ] {
            assert_eq!(classic.attribute_comment(written), c);
            assert_eq!(modern.attribute_comment(written), m);
            assert_eq!(postgres.attribute_comment(written), p);
        }
    }
}
