//! The one place that quotes names and texts.

use crate::catalog::{ForeignKey, Statement};

/// How a family of servers quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Names in back-quotes, backslash an escape inside texts (`NO_BACKSLASH_ESCAPES` is off).
    MySql,
    /// Names in double quotes, nothing special inside texts but the quote.
    Standard,
}

impl Quoting {
    /// Returns the name as an identifier.
    pub fn name(self, name: &str) -> String {
        let mut out = String::with_capacity(name.len() + 2);
        self.push_name(&mut out, name);
        out
    }

    fn push_name(self, out: &mut String, name: &str) {
        let (quote, twice) = match self {
            Quoting::MySql => ('`', "``"),
            Quoting::Standard => ('"', "\"\""),
        };
        out.push(quote);
        for (at, piece) in name.split(quote).enumerate() {
            if at > 0 {
                out.push_str(twice);
            }
            out.push_str(piece);
        }
        out.push(quote);
    }

    /// Returns `schema.table` as an identifier of two parts.
    pub fn qualified(self, schema: &str, table: &str) -> String {
        format!("{}.{}", self.name(schema), self.name(table))
    }

    /// Returns the text as a string literal.
    pub fn text(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 2);
        self.push_text(&mut out, text);
        out
    }

    fn push_text(self, out: &mut String, text: &str) {
        out.push('\'');
        let special = |c: char| matches!(c, '\'' | '\\' | '\0' | '\n' | '\r' | '\u{1a}');
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            out.push_str(&rest[..at]);
            // All of them are one byte long.
            let c = char::from(rest.as_bytes()[at]);
            rest = &rest[at + 1..];
            match (self, c) {
                (_, '\'') => out.push_str("''"),
                (Quoting::MySql, '\\') => out.push_str("\\\\"),
                (Quoting::MySql, '\0') => out.push_str("\\0"),
                (Quoting::MySql, '\n') => out.push_str("\\n"),
                (Quoting::MySql, '\r') => out.push_str("\\r"),
                (Quoting::MySql, '\u{1a}') => out.push_str("\\Z"),
                // Neither PostgreSQL nor SQLite can hold a NUL inside text.
                (Quoting::Standard, '\0') => {}
                (_, other) => out.push(other),
            }
        }
        out.push_str(rest);
        out.push('\'');
    }

    /// Returns the names as identifiers with commas between, in parentheses.
    pub fn names(self, names: &[String]) -> String {
        let mut out = String::new();
        self.push_names(&mut out, names);
        out
    }

    fn push_names(self, out: &mut String, names: &[String]) {
        out.push('(');
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.push_name(out, name);
        }
        out.push(')');
    }
}

/// Writes a statement piece by piece, quoting names and texts as the server wants them.
#[derive(Debug)]
pub struct SqlWriter {
    quoting: Quoting,
    out: String,
}

impl SqlWriter {
    /// Returns an empty statement.
    pub fn new(quoting: Quoting) -> Self {
        SqlWriter { quoting, out: String::new() }
    }

    /// Adds SQL as it is; never a name or a value.
    pub fn raw(&mut self, sql: &str) -> &mut Self {
        self.out.push_str(sql);
        self
    }

    /// Adds an identifier.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.quoting.push_name(&mut self.out, name);
        self
    }

    /// Adds `schema.table`.
    pub fn qualified(&mut self, schema: &str, table: &str) -> &mut Self {
        self.out.push_str(&self.quoting.qualified(schema, table));
        self
    }

    /// Adds identifiers with commas between, in parentheses.
    pub fn names(&mut self, names: &[String]) -> &mut Self {
        self.quoting.push_names(&mut self.out, names);
        self
    }

    /// Adds a string literal.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.quoting.push_text(&mut self.out, text);
        self
    }

    /// Returns the statement.
    pub fn finish(self) -> String {
        self.out
    }
}

/// Returns a foreign key as it stands in `CREATE TABLE`; `parent` is the parent's name, quoted.
pub(super) fn foreign_key(quoting: Quoting, key: &ForeignKey, parent: &str) -> String {
    let mut sql = SqlWriter::new(quoting);
    if let Some(name) = &key.name {
        sql.raw("CONSTRAINT ").name(name).raw(" ");
    }
    sql.raw("FOREIGN KEY ").names(&key.columns).raw(" REFERENCES ").raw(parent).raw(" ").names(&key.parent_columns);
    sql.raw(" ON UPDATE ").raw(key.on_update.as_sql()).raw(" ON DELETE ").raw(key.on_delete.as_sql());
    sql.finish()
}

/// Returns the statements that replace the `~lineage` rows of one table.
pub(super) fn set_lineage(quoting: Quoting, lineage: &str, schema: &str, table: &str, rows: &[(String, String)]) -> Vec<Statement> {
    let name = quoting.qualified(schema, table);
    let mut delete = SqlWriter::new(quoting);
    delete.raw("DELETE FROM ").raw(lineage).raw(" WHERE ").name("table_name").raw(" = ").text(table);
    let mut statements = vec![Statement { sql: delete.finish(), summary: format!("forget the lineage of {name}") }];
    if !rows.is_empty() {
        let mut insert = SqlWriter::new(quoting);
        let columns = ["table_name", "attribute_name", "lineage"].map(str::to_string);
        insert.raw("INSERT INTO ").raw(lineage).raw(" ").names(&columns).raw(" VALUES");
        for (at, (attribute, origin)) in rows.iter().enumerate() {
            insert.raw(if at == 0 { "\n  (" } else { ",\n  (" });
            insert.text(table).raw(", ").text(attribute).raw(", ").text(origin).raw(")");
        }
        statements.push(Statement { sql: insert.finish(), summary: format!("write the lineage of {name}") });
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_stay_inside_the_literal() {
        assert_eq!(Quoting::MySql.text(r"it's C:\new"), r"'it''s C:\\new'");
        assert_eq!(Quoting::Standard.text(r"it's C:\new"), r"'it''s C:\new'");
        assert_eq!(Quoting::MySql.name("a`b"), "`a``b`");
        assert_eq!(Quoting::Standard.name("a\"b"), "\"a\"\"b\"");
    }
}
