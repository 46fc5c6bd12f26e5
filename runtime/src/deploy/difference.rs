//! Says in words how a table that exists differs from the one that is declared.

use std::fmt;

use djc_core::catalog::{Action, Column, ColumnDefault, ForeignKey, Index, IndexPart, Table, TableKind};
use djc_core::dialect::Server;

/// One table that exists and differs. Deploying never alters it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDifference {
    /// Physical schema.
    pub schema: String,
    /// Stored name.
    pub table: String,
    /// What differs, one entry per difference.
    pub differences: Vec<Difference>,
}

/// One difference with both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: ``column `age` ``.
    pub subject: String,
    /// What the definition says; `None` when only the server has it.
    pub declared: Option<String>,
    /// What the server has; `None` when it is missing there.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.declared, &self.found) {
            (Some(declared), Some(found)) => write!(f, "{}: declared {declared}, found {found}", self.subject),
            (Some(declared), None) => write!(f, "{} is missing: declared {declared}", self.subject),
            (None, Some(found)) => write!(f, "{} is not declared: found {found}", self.subject),
            (None, None) => f.write_str(&self.subject),
        }
    }
}

/// Compares a declared table with a live one, both normalised.
///
/// The order of columns is only compared on the MySQL family: the other servers can only append, so there a
/// difference is no drift by itself. Columns whose names begin with `_` are datajoint's own (switches make it add them to new tables) and
/// are left out, as datajoint leaves them out when it compares. Charset and engine are not compared: a schema that exists keeps its own.
pub fn differences(declared: &Table, found: &Table, server: Server) -> Vec<Difference> {
    let mut out = Vec::new();
    let both = |subject: String, declared: String, found: String| Difference { subject, declared: Some(declared), found: Some(found) };
    if found.kind != declared.kind {
        let word = |kind| if kind == TableKind::View { "a view" } else { "a table" };
        out.push(both("kind".to_string(), word(declared.kind).to_string(), word(found.kind).to_string()));
        return out;
    }
    for column in declared.columns.iter().filter(|column| !is_hidden(&column.name)) {
        let subject = format!("column `{}`", column.name);
        match found.column(&column.name) {
            None => out.push(Difference { subject, declared: Some(column_text(column, server)), found: None }),
            Some(live) => {
                let (ours, theirs) = (column_text(column, server), column_text(live, server));
                if ours != theirs {
                    out.push(both(subject.clone(), ours, theirs));
                }
                if column.comment != live.comment {
                    out.push(both(format!("comment of {subject}"), quoted(&column.comment), quoted(&live.comment)));
                }
            }
        }
    }
    for column in &found.columns {
        if declared.column(&column.name).is_none() && !is_hidden(&column.name) {
            let subject = format!("column `{}`", column.name);
            out.push(Difference { subject, declared: None, found: Some(column_text(column, server)) });
        }
    }
    let names = |table: &Table| table.columns.iter().map(|column| column.name.clone()).filter(|name| !is_hidden(name)).collect::<Vec<_>>();
    let (ours, theirs) = (names(declared), names(found));
    let same_set = ours.len() == theirs.len() && ours.iter().all(|name| theirs.contains(name));
    if same_set && ours != theirs && server.is_mysql_family() {
        out.push(both("order of the columns".to_string(), list(&ours), list(&theirs)));
    }
    if declared.primary_key != found.primary_key {
        out.push(both("primary key".to_string(), list(&declared.primary_key), list(&found.primary_key)));
    }
    sets(&mut out, "foreign key", declared.foreign_keys.iter().map(foreign_key_text), found.foreign_keys.iter().map(foreign_key_text));
    sets(&mut out, "index", declared.indexes.iter().map(index_text), found.indexes.iter().map(index_text));
    if declared.comment != found.comment {
        out.push(both("table comment".to_string(), quoted(&declared.comment), quoted(&found.comment)));
    }
    out
}

fn is_hidden(column: &str) -> bool {
    column.starts_with('_')
}

/// Reports what only one side has.
fn sets(out: &mut Vec<Difference>, subject: &str, declared: impl Iterator<Item = String>, found: impl Iterator<Item = String>) {
    let mut found: Vec<String> = found.collect();
    for ours in declared {
        match found.iter().position(|theirs| *theirs == ours) {
            Some(at) => drop(found.remove(at)),
            None => out.push(Difference { subject: subject.to_string(), declared: Some(ours), found: None }),
        }
    }
    out.extend(found.into_iter().map(|theirs| Difference { subject: subject.to_string(), declared: None, found: Some(theirs) }));
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn list(names: &[String]) -> String {
    format!("({})", names.join(", "))
}

fn column_text(column: &Column, server: Server) -> String {
    // On SQLite the declared type is the type: four storage classes say little.
    let mut out = match &column.declared {
        Some(declared) if server == Server::Sqlite => declared.clone(),
        _ => server.dialect().type_sql(&column.ty),
    };
    out.push_str(if column.nullable { " null" } else { " not null" });
    match &column.default {
        ColumnDefault::None | ColumnDefault::Null => {}
        ColumnDefault::Literal(text) => out.push_str(&format!(" default '{text}'")),
        ColumnDefault::CurrentTimestamp(0) => out.push_str(" default current_timestamp"),
        ColumnDefault::CurrentTimestamp(digits) => out.push_str(&format!(" default current_timestamp({digits})")),
        ColumnDefault::Expression(text) => out.push_str(&format!(" default {text}")),
    }
    if column.auto_increment {
        out.push_str(" auto_increment");
    }
    match column.on_update {
        None => {}
        Some(0) => out.push_str(" on update current_timestamp"),
        Some(digits) => out.push_str(&format!(" on update current_timestamp({digits})")),
    }
    out
}

fn foreign_key_text(key: &ForeignKey) -> String {
    let action = |action| match action {
        Action::Restrict => "restrict",
        Action::Cascade => "cascade",
        Action::SetNull => "set null",
        Action::SetDefault => "set default",
        Action::NoAction => "no action",
    };
    format!(
        "{} -> {}.{} {} on update {} on delete {}",
        list(&key.columns),
        key.parent_schema,
        key.parent_table,
        list(&key.parent_columns),
        action(key.on_update),
        action(key.on_delete)
    )
}

fn index_text(index: &Index) -> String {
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Column { name, length, descending } => {
                let length = length.map_or(String::new(), |length| format!("({length})"));
                format!("{name}{length}{}", if *descending { " desc" } else { "" })
            }
            IndexPart::Expression(text) => text.clone(),
        })
        .collect();
    format!("{}{}", if index.unique { "unique " } else { "" }, list(&parts))
}
