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

/// Cuts `:type:rest` as datajoint does: the type has no colon.
pub(crate) fn split_marker(comment: &str) -> (Option<&str>, &str) {
    match comment.strip_prefix(':').and_then(|inner| inner.split_once(':')) {
        Some((ty, rest)) if !ty.is_empty() => (Some(ty), rest),
        _ => (None, comment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
