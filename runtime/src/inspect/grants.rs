//! What an account of the MySQL family may see, read from `SHOW GRANTS`, which has the roles that are switched on in it.
//!
//! The tables of privileges in information_schema know nothing of roles, and what the server hides it hides silently: only
//! the grants prove that what is not reported is not there.

use std::collections::BTreeSet;

use djc_core::dialect::Quoting;

use crate::db::Db;
use crate::error::{ServerCode, SqlError};

/// The rights of one account.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    /// As it stands in a statement: `'ana'@'%'`.
    account: String,
    rules: Vec<Rule>,
}

/// One line: these privileges, on this.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// The line itself.
    line: String,
    scope: Scope,
    /// In capitals; those on single columns are in `on_columns`.
    privileges: Vec<String>,
    on_columns: Vec<String>,
    /// A privilege on the server that MySQL takes away again for a schema (`partial_revokes`).
    revoked: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Scope {
    Server,
    /// A pattern with `%` and `_`.
    Schemas(String),
    Table(String, String),
}

pub(crate) async fn read(db: &mut Db) -> Result<Grants, SqlError> {
    let account = db.query("SELECT CURRENT_USER() AS a", &[]).await?.first().map(|row| row.text(0)).transpose()?.unwrap_or_default();
    let rules = match db.query("SHOW GRANTS", &[]).await {
        Ok(rows) => rows.iter().filter_map(|row| row.text(0).map(|line| rule(&line)).transpose()).collect::<Result<_, _>>()?,
        // A server that runs without its grant tables hides nothing.
        Err(error) if error.code().is_some_and(ServerCode::has_no_grants) => {
            vec![Rule {
                line: String::new(),
                scope: Scope::Server,
                privileges: vec![ALL.to_string()],
                on_columns: Vec::new(),
                revoked: false,
            }]
        }
        Err(error) => return Err(error),
    };
    Ok(Grants { account: quoted_account(&account), rules })
}

const ALL: &str = "ALL PRIVILEGES";

impl Rule {
    fn has(&self, privilege: &str) -> bool {
        self.privileges.iter().any(|own| own == privilege || own == ALL || own == "ALL")
    }
}

impl Grants {
    /// Returns whether every schema is listed, so that one which is not does not exist.
    pub(super) fn lists_schemas(&self) -> bool {
        let any_revoked = self.rules.iter().any(|rule| rule.revoked);
        !any_revoked && (self.on_server("SELECT") || self.on_server("SHOW DATABASES"))
    }

    /// Returns whether the schema would be listed if it existed.
    pub(super) fn lists(&self, schema: &str) -> bool {
        let revoked = self.revokes("SELECT", schema) || self.revokes("SHOW DATABASES", schema);
        self.reads_schema(schema) || !revoked && (self.on_server("SELECT") || self.on_server("SHOW DATABASES"))
    }

    /// Returns whether all of a schema may be read.
    pub(super) fn reads_schema(&self, schema: &str) -> bool {
        let granted = |rule: &Rule| match &rule.scope {
            Scope::Schemas(pattern) => !rule.revoked && matches(pattern, schema) && rule.has("SELECT"),
            Scope::Server | Scope::Table(..) => false,
        };
        self.rules.iter().any(granted) || self.on_server("SELECT") && !self.revokes("SELECT", schema)
    }

    /// Returns whether all of the server may be read.
    pub(super) fn reads_everything(&self) -> bool {
        self.on_server("SELECT") && !self.rules.iter().any(|rule| rule.revoked)
    }

    /// Returns whether all of a table may be read.
    pub(super) fn reads_table(&self, schema: &str, table: &str) -> bool {
        let here = |rule: &Rule| matches!(&rule.scope, Scope::Table(owner, name) if owner == schema && name == table);
        self.reads_schema(schema) || self.rules.iter().any(|rule| here(rule) && rule.has("SELECT"))
    }

    /// Returns whether the account has a privilege on a schema, or on a table of it where one is named.
    pub(crate) fn has(&self, privilege: &str, schema: &str, table: Option<&str>) -> bool {
        let here = |rule: &Rule| match &rule.scope {
            Scope::Server => false,
            Scope::Schemas(pattern) => !rule.revoked && matches(pattern, schema),
            Scope::Table(owner, name) => owner == schema && table == Some(name),
        };
        self.rules.iter().any(|rule| here(rule) && rule.has(privilege)) || self.on_server(privilege) && !self.revokes(privilege, schema)
    }

    /// Returns the tables of which some columns alone may be read.
    pub(super) fn partly_read(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().filter_map(|rule| match &rule.scope {
            Scope::Table(schema, table) if !rule.on_columns.is_empty() && !self.reads_table(schema, table) => {
                Some((schema.as_str(), table.as_str()))
            }
            Scope::Table(..) | Scope::Server | Scope::Schemas(_) => None,
        })
    }

    /// Returns whether InnoDB's own tables may be read, which hide nothing.
    pub(super) fn reads_innodb(&self) -> bool {
        self.on_server("PROCESS")
    }

    /// Returns the account as it stands in a statement: `'ana'@'%'`.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Returns the lines that are about a schema, or a table of it. `GRANT USAGE ON *.*` gives nothing and is left out.
    pub(crate) fn lines_on(&self, schema: &str) -> Vec<&str> {
        let is_about = |rule: &&Rule| match &rule.scope {
            Scope::Server => rule.privileges.iter().any(|privilege| privilege != "USAGE"),
            Scope::Schemas(pattern) => matches(pattern, schema),
            Scope::Table(owner, _) => owner == schema,
        };
        self.rules.iter().filter(is_about).map(|rule| rule.line.as_str()).collect()
    }

    /// Returns the patterns of schemas that the account has something on.
    pub(crate) fn patterns(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for rule in self.rules.iter().filter(|rule| !rule.revoked) {
            if let Scope::Schemas(pattern) | Scope::Table(pattern, _) = &rule.scope
                && !out.iter().any(|known| known.trim_matches('`') == pattern)
            {
                out.push(Quoting::MySql.name(pattern));
            }
        }
        out
    }

    /// Returns the statement that gives this account privileges on a whole schema.
    ///
    /// Of several patterns that match, the server goes by the most exact one alone. So what the account has by a pattern is said again by the
    /// statement that names the schema itself.
    pub(crate) fn grant_on_schema(&self, privileges: &str, schema: &str) -> String {
        let exact = schema.replace('_', "\\_").replace('%', "\\%");
        let mut pattern = exact.as_str();
        let mut privileges: BTreeSet<&str> = privileges.split(", ").collect();
        for rule in self.rules.iter().filter(|rule| !rule.revoked) {
            match &rule.scope {
                // Somebody wrote the name as it is.
                Scope::Schemas(own) if own == schema => pattern = schema,
                Scope::Schemas(own) if *own != exact && matches(own, schema) && !rule.has(ALL) => {
                    privileges.extend(rule.privileges.iter().map(String::as_str).filter(|it| *it != "USAGE"));
                }
                Scope::Schemas(_) | Scope::Server | Scope::Table(..) => {}
            }
        }
        let privileges: Vec<&str> = privileges.into_iter().collect();
        format!("GRANT {} ON {}.* TO {}", privileges.join(", "), Quoting::MySql.name(pattern), self.account)
    }

    /// Returns the statement that gives this account privileges on a table.
    pub(crate) fn grant_on_table(&self, privileges: &str, schema: &str, table: &str) -> String {
        format!("GRANT {privileges} ON {} TO {}", Quoting::MySql.qualified(schema, table), self.account)
    }

    /// Returns the statement that gives this account privileges on everything.
    pub(crate) fn grant_on_server(&self, privileges: &str) -> String {
        format!("GRANT {privileges} ON *.* TO {}", self.account)
    }

    fn on_server(&self, privilege: &str) -> bool {
        self.rules.iter().any(|rule| rule.scope == Scope::Server && !rule.revoked && rule.has(privilege))
    }

    fn revokes(&self, privilege: &str, schema: &str) -> bool {
        self.rules.iter().any(|rule| match &rule.scope {
            Scope::Schemas(name) => rule.revoked && name == schema && rule.has(privilege),
            Scope::Server | Scope::Table(..) => false,
        })
    }
}

/// Reads ``GRANT SELECT, SHOW VIEW ON `lab`.* TO `ana`@`%` ``; roles, procedures and proxies are none of ours.
fn rule(line: &str) -> Option<Rule> {
    let (revoked, rest) = match line.strip_prefix("GRANT ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("REVOKE ")?),
    };
    let mut rule = Rule { line: without_password(line), scope: Scope::Server, privileges: Vec::new(), on_columns: Vec::new(), revoked };
    let mut rest = rest;
    loop {
        let end = rest.find(['(', ',']).into_iter().chain(rest.find(" ON ")).min()?;
        let name = rest[..end].trim().to_ascii_uppercase();
        if name.contains('`') {
            return None;
        }
        if rest[end..].starts_with('(') {
            rest = &rest[end + list_end(&rest[end..])?..];
            rule.on_columns.push(name);
        } else {
            rest = &rest[end..];
            rule.privileges.push(name);
        }
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    rule.scope = scope(rest.strip_prefix(" ON ")?)?;
    Some(rule)
}

/// Returns a line without the hash of the password that MariaDB shows in it.
fn without_password(line: &str) -> String {
    line.split(" IDENTIFIED ").next().unwrap_or(line).to_string()
}

/// Returns where the list of columns ends that begins here.
fn list_end(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '`' => quoted = !quoted,
            ')' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn scope(text: &str) -> Option<Scope> {
    let text = text.strip_prefix("TABLE ").unwrap_or(text);
    if text.starts_with("*.*") {
        return Some(Scope::Server);
    }
    let (schema, rest) = backquoted(text)?;
    let rest = rest.strip_prefix('.')?;
    if rest.starts_with('*') {
        return Some(Scope::Schemas(schema));
    }
    Some(Scope::Table(schema, backquoted(rest)?.0))
}

/// Cuts a name in backticks from the head of a text.
fn backquoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('`')?;
    let mut out = String::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '`' if chars.peek().is_some_and(|(_, next)| *next == '`') => {
                chars.next();
                out.push('`');
            }
            '`' => return Some((out, &inner[at + 1..])),
            _ => out.push(c),
        }
    }
    None
}

/// Returns whether a pattern of the grant tables means a schema: `%` is any text, `_` any character, a backslash makes them plain.
fn matches(pattern: &str, name: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut rest = name;
    loop {
        let (c, plain) = match pattern.next() {
            None => return rest.is_empty(),
            Some('\\') => (pattern.next().unwrap_or('\\'), true),
            Some(c) => (c, false),
        };
        if c == '%' && !plain {
            let behind = pattern.as_str();
            return (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(behind, &rest[at..]));
        }
        let Some(first) = rest.chars().next() else { return false };
        if first != c && (plain || c != '_') {
            return false;
        }
        rest = &rest[first.len_utf8()..];
    }
}

/// Quotes what `CURRENT_USER()` says: `ana@%`.
fn quoted_account(account: &str) -> String {
    let (user, host) = account.rsplit_once('@').unwrap_or((account, "%"));
    format!("{}@{}", Quoting::MySql.text(user), Quoting::MySql.text(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(lines: &[&str]) -> Grants {
        Grants { account: quoted_account("ana@%"), rules: lines.iter().filter_map(|line| rule(line)).collect() }
    }

    #[test]
    fn rights_on_a_schema_prove_what_is_not_in_it() {
        let grants = grants(&["GRANT USAGE ON *.* TO `ana`@`%`", "GRANT SELECT, SHOW VIEW ON `lab\\_%`.* TO `ana`@`%` WITH GRANT OPTION"]);
        assert!(grants.reads_schema("lab_rat") && grants.lists("lab_rat"));
        assert!(!grants.reads_schema("labyrinth") && !grants.lists("labyrinth") && !grants.lists_schemas());
    }

    #[test]
    fn rights_on_the_server_prove_everything_but_what_is_revoked() {
        let all = grants(&["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` IDENTIFIED BY PASSWORD '*B96B' WITH GRANT OPTION"]);
        assert!(all.lists_schemas() && all.reads_table("a", "b") && all.reads_innodb());
        let some = grants(&["GRANT SELECT, SHOW VIEW ON *.* TO `q`@`%`", "REVOKE SELECT, SHOW VIEW ON `c`.* FROM `q`@`%`"]);
        assert!(some.reads_schema("a") && !some.reads_schema("c") && !some.lists("c") && !some.lists_schemas() && !some.reads_innodb());
    }

    #[test]
    fn rights_on_columns_are_rights_on_a_part_of_the_table() {
        let grants = grants(&[
            "GRANT `reader` TO `ana`@`%`",
            "GRANT SELECT (`a,b`, `c)`), INSERT ON `lab`.`x``y` TO `ana`@`%`",
            "GRANT SELECT ON `lab`.`whole` TO `ana`@`%`",
            "GRANT EXECUTE ON PROCEDURE `lab`.`p` TO `ana`@`%`",
            "GRANT PROXY ON ''@'%' TO 'ana'@'%'",
        ]);
        assert_eq!(grants.partly_read().collect::<Vec<_>>(), [("lab", "x`y")]);
        assert!(grants.reads_table("lab", "whole") && !grants.reads_table("lab", "x`y") && !grants.reads_schema("lab"));
    }

    #[test]
    fn patterns_are_those_of_the_grant_tables() {
        assert!(matches("lab_rat", "lab_rat") && matches("lab_rat", "labxrat") && !matches("lab\\_rat", "labxrat"));
        assert!(matches("%", "") && matches("a%z", "aéz") && !matches("a%z", "az_"));
    }

    #[test]
    fn statements_name_the_schema_alone() {
        assert_eq!(grants(&[]).grant_on_schema("SELECT", "my_lab"), "GRANT SELECT ON `my\\_lab`.* TO 'ana'@'%'");
        let written_plainly = grants(&["GRANT SELECT ON `my_lab`.* TO `ana`@`%`"]);
        assert_eq!(written_plainly.grant_on_schema("ALTER", "my_lab"), "GRANT ALTER ON `my_lab`.* TO 'ana'@'%'");
        let by_pattern = grants(&["GRANT SELECT ON `my\\_%`.* TO `ana`@`%`"]);
        assert_eq!(by_pattern.grant_on_schema("ALTER", "my_lab"), "GRANT ALTER, SELECT ON `my\\_lab`.* TO 'ana'@'%'");
    }
}
