//! What the words of a server name: the servers say by text alone which table, constraint or column it was.

/// Names in a server's message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Schema of the table that holds the foreign key, where it is said.
    pub schema: Option<String>,
    /// The table that holds the foreign key, as it is stored.
    pub child: Option<String>,
    /// The constraint or the index.
    pub constraint: Option<String>,
    /// The columns of the foreign key.
    pub columns: Vec<String>,
    /// The parent, as it is stored; with its schema where that is another.
    pub parent: Option<String>,
    /// The parent's columns.
    pub parent_columns: Vec<String>,
}

/// Reads the message about a foreign key.
///
/// MariaDB leaves out the schema of a parent in the child's schema and `ON DELETE RESTRICT`; PostgreSQL says the constraint and the tables; SQLite names
/// nothing at all.
pub(crate) fn foreign_key(message: &str) -> Said {
    let mut said = Said::default();
    if let Some((_, rest)) = message.split_once("a foreign key constraint fails (") {
        let (place, rest) = rest.split_once(", CONSTRAINT ").unwrap_or((rest, ""));
        let mut names = quoted(place, '`');
        said.child = names.pop();
        said.schema = names.pop();
        let (constraint, rest) = rest.split_once(" FOREIGN KEY (").unwrap_or((rest, ""));
        said.constraint = quoted(constraint, '`').pop();
        let (columns, rest) = rest.split_once(") REFERENCES ").unwrap_or(("", ""));
        said.columns = quoted(columns, '`');
        let (parent, rest) = rest.split_once(" (").unwrap_or((rest, ""));
        said.parent = Some(quoted(parent, '`').join(".")).filter(|name| !name.is_empty());
        said.parent_columns = quoted(rest.split_once(')').map_or("", |(columns, _)| columns), '`');
    } else if let Some((before, rest)) = message.split_once("violates foreign key constraint ") {
        said.constraint = quoted(rest, '"').into_iter().next();
        let behind = rest.split_once(" on table ").map(|(_, rest)| rest);
        // `insert or update on table "child" violates …`; `update or delete on table "parent" violates … on table "child"`.
        let first = quoted(before, '"').pop();
        match behind {
            Some(child) => (said.parent, said.child) = (first, quoted(child, '"').into_iter().next()),
            None => said.child = first,
        }
    }
    said
}

/// Reads which column has no value, or one that it cannot hold.
pub(super) fn column(message: &str) -> Option<String> {
    for before in ["Field '", "Column '", "for column '", "null value in column \"", "column \"", "for column `"] {
        if let Some((_, rest)) = message.split_once(before) {
            // MariaDB says the whole path in back-quotes: `schema`.`table`.`column`.
            if before.ends_with('`') {
                let path = rest.split(" at row").next().unwrap_or(rest);
                return quoted(&format!("`{path}"), '`').pop();
            }
            return rest.split(['\'', '"']).next().map(str::to_string);
        }
    }
    // SQLite: `NOT NULL constraint failed: schema.table.column`.
    let (_, path) = message.split_once("NOT NULL constraint failed: ")?;
    path.trim().rsplit('.').next().map(str::to_string)
}

/// Reads the command that an account may not run: `INSERT command denied to user …`.
pub(super) fn command(message: &str) -> Option<String> {
    let (before, _) = message.split_once(" command denied")?;
    Some(before.trim().rsplit_once(": ").map_or(before.trim(), |(_, command)| command).to_string())
}

/// Returns the names in quotes.
fn quoted(text: &str, quote: char) -> Vec<String> {
    text.split(quote).skip(1).step_by(2).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_name_child_and_parent_in_their_own_words() {
        let mysql = foreign_key(
            "Cannot add or update a child row: a foreign key constraint fails (`lab_b`.`_scan`, CONSTRAINT `_scan_ibfk_1` FOREIGN KEY (`s`, `n`) \
             REFERENCES `lab_a`.`subj` (`subj`, `m`) ON DELETE RESTRICT ON UPDATE CASCADE)",
        );
        assert_eq!((mysql.schema.as_deref(), mysql.child.as_deref()), (Some("lab_b"), Some("_scan")));
        assert_eq!((mysql.constraint.as_deref(), mysql.parent.as_deref()), (Some("_scan_ibfk_1"), Some("lab_a.subj")));
        assert_eq!(
            (mysql.columns, mysql.parent_columns),
            (vec!["s".to_string(), "n".to_string()], vec!["subj".to_string(), "m".to_string()])
        );
        let mariadb = foreign_key(
            "Cannot add or update a child row: a foreign key constraint fails (`lab`.`sess`, CONSTRAINT `sess_ibfk_1` FOREIGN KEY (`subj`) REFERENCES \
             `subj` (`subj`) ON UPDATE CASCADE)",
        );
        assert_eq!((mariadb.parent.as_deref(), mariadb.parent_columns), (Some("subj"), vec!["subj".to_string()]));
        let postgres = foreign_key("insert or update on table \"sess\" violates foreign key constraint \"sess_subj_fkey\"");
        assert_eq!((postgres.child.as_deref(), postgres.constraint.as_deref()), (Some("sess"), Some("sess_subj_fkey")));
        let delete = foreign_key("update or delete on table \"subj\" violates foreign key constraint \"sess_subj_fkey\" on table \"sess\"");
        assert_eq!((delete.child.as_deref(), delete.parent.as_deref()), (Some("sess"), Some("subj")));
        assert_eq!(foreign_key("FOREIGN KEY constraint failed"), Said::default());
        // To an account that may not see the child, MySQL says no more than this.
        assert_eq!(foreign_key("Cannot delete or update a parent row: a foreign key constraint fails"), Said::default());
    }

    #[test]
    fn columns_are_named_by_every_server() {
        for (message, name) in [
            ("Field 'age' doesn't have a default value", "age"),
            ("Column 'age' cannot be null", "age"),
            ("Out of range value for column 'age' at row 1", "age"),
            ("Incorrect integer value: 'x' for column `lab`.`subj`.`age` at row 1", "age"),
            ("null value in column \"age\" of relation \"subj\" violates not-null constraint", "age"),
            ("NOT NULL constraint failed: lab.subj.age", "age"),
        ] {
            assert_eq!(column(message).as_deref(), Some(name), "{message}");
        }
        assert_eq!(column("disk full"), None);
    }

    #[test]
    fn a_command_that_is_denied_is_named() {
        assert_eq!(command("INSERT command denied to user 'a'@'%' for table `lab`.`subj`").as_deref(), Some("INSERT"));
        assert_eq!(command("permission denied for table subj"), None);
    }
}
