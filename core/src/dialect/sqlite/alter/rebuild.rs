//! A table written anew: what the server's `ALTER TABLE` cannot say.

use super::{QUOTING, convert, ddl, forget, quoted, table::rename_column};
use crate::catalog::{Statement, Table};
use crate::dialect::sqlite::physical_name;
use crate::plan::{Alteration, TableName};

/// Makes the table as it shall be under another name, copies the rows in their order, and puts it into the place of the old one.
///
/// Columns are renamed in the old table first, which takes the foreign keys of other tables along.
pub(super) fn rebuild(name: &TableName, alterations: &[Alteration], before: &Table, after: &Table) -> Vec<Statement> {
    let (old, passing) = (quoted(name), QUOTING.name(&format!("{}~djc", physical_name(&name.schema, &name.table))));
    let mut sources = Sources::new(before);
    let mut out = sources.follow(alterations, &old);

    out.push(Statement { sql: ddl::table_sql(after, &passing, false), summary: format!("create table {old} anew") });
    let copied: Vec<_> = after
        .columns
        .iter()
        .filter_map(|column| {
            let source = sources.of(&column.name)?;
            let from = before.column(&source.was)?;
            Some((QUOTING.name(&column.name), convert::conversion(&QUOTING.name(&source.now), from, column)))
        })
        .collect();
    if !copied.is_empty() {
        let (into, values): (Vec<String>, Vec<String>) = copied.into_iter().unzip();
        out.push(Statement {
            sql: format!("INSERT INTO {passing} ({})\nSELECT {} FROM {old} ORDER BY rowid", into.join(", "), values.join(", ")),
            summary: format!("copy the rows of {old}"),
        });
    }
    if numbers_rows(before) && numbers_rows(after) {
        out.extend(keep_number(&old, &passing));
    }
    let step = |sql: String, summary: &str| Statement { sql, summary: format!("{summary} {old}") };
    out.push(step(format!("DROP TABLE {old}"), "drop the old table"));
    // Other tables refer to the name, and views may speak of it: both are left alone.
    out.push(step("PRAGMA legacy_alter_table = ON".to_string(), "leave references alone while renaming"));
    out.push(step(format!("ALTER TABLE {passing} RENAME TO {old}"), "put the new table into the place of"));
    out.push(step("PRAGMA legacy_alter_table = OFF".to_string(), "take care of references again after renaming"));
    out.extend(after.indexes.iter().map(|index| ddl::create_index(&old, index, false)));
    out.push(forget(&name.schema, Some(&name.table)));
    out.push(ddl::note(after));
    out
}

fn numbers_rows(table: &Table) -> bool {
    table.columns.iter().any(|column| column.auto_increment && table.primary_key == [column.name.clone()])
}

/// Lets the new table count on from where the old one was, even where the last rows are gone.
fn keep_number(old: &str, passing: &str) -> [Statement; 2] {
    let text = |quoted: &str| QUOTING.text(&quoted[1..quoted.len() - 1].replace("\"\"", "\""));
    let (from, to) = (text(old), text(passing));
    let summary = || format!("let {old} count on");
    [
        Statement { sql: format!("DELETE FROM sqlite_sequence WHERE name = {to}"), summary: summary() },
        Statement {
            sql: format!("INSERT INTO sqlite_sequence (name, seq) SELECT {to}, seq FROM sqlite_sequence WHERE name = {from}"),
            summary: summary(),
        },
    ]
}

/// Where a column of the new table has its values from: the name that it had at first, and the one by the time of the copy.
struct Source {
    /// The name in the table as it will be.
    name: String,
    was: String,
    now: String,
}

/// All columns that were there before and are there still, and the names that are in use in the old table.
struct Sources {
    kept: Vec<Source>,
    gone: Vec<String>,
}

impl Sources {
    fn new(table: &Table) -> Self {
        let kept = table.columns.iter().map(|column| &column.name).cloned();
        Sources { kept: kept.map(|name| Source { name: name.clone(), was: name.clone(), now: name }).collect(), gone: Vec::new() }
    }

    fn of(&self, name: &str) -> Option<&Source> {
        self.kept.iter().find(|source| source.name == name)
    }

    /// Returns the renames that happen in the old table.
    fn follow(&mut self, alterations: &[Alteration], table: &str) -> Vec<Statement> {
        let mut out = Vec::new();
        for alteration in alterations {
            match alteration {
                Alteration::DropColumn(column) => {
                    let (gone, kept) = std::mem::take(&mut self.kept).into_iter().partition(|source| source.name == *column);
                    self.kept = kept;
                    self.gone.extend(gone.into_iter().map(|source: Source| source.now));
                }
                Alteration::RenameColumn { from, to } => {
                    // A column that goes with the old table still has its name there.
                    let same = |name: &String| name.eq_ignore_ascii_case(to);
                    let aside = format!("{to}~djc{}", out.len());
                    if let Some(gone) = self.gone.iter_mut().find(|name| same(name)) {
                        out.push(rename_column(table, gone, &aside));
                        gone.clone_from(&aside);
                    }
                    if let Some(source) = self.kept.iter_mut().find(|source| source.name == *from) {
                        if from.eq_ignore_ascii_case(to) {
                            out.push(rename_column(table, &source.now, &aside));
                            source.now = aside;
                        }
                        out.push(rename_column(table, &source.now, to));
                        source.now.clone_from(to);
                        source.name.clone_from(to);
                    }
                }
                _ => {}
            }
        }
        out
    }
}
