//! A migration as a Python script, for those who have no djc: `alter` of datajoint where that does what is meant, SQL where it does not.
//!
//! `alter` compares the definition with the table and changes attributes below the `---`. It refuses another primary key, foreign key or index, sends nothing
//! for another type, default or comment of a key attribute, knows a rename only by `{old}` at the very head of the comment, and drops what is no longer declared.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Naming, NoPlan, Planned};
use super::intent::Pairs;
use super::suspicion::{normalised, with_new_names};
use super::{Manifest, Side, State};
use crate::core::catalog::{Change as Made, Column, ColumnDefault, Table};
use crate::core::dialect::{Server, Target};
use crate::core::diff::{self, Section, What};
use crate::core::ir::{AttributeType, Generation, Origin, TableId};
use crate::core::plan::{Action, Fill, Script, Step, TableName};
use crate::diag::Sink;

/// What `alter` does with the change of one table.
struct Altered {
    /// `lab.Session.Trial`.
    class: String,
    /// What it cannot do; empty where it does all.
    beyond: Vec<String>,
}

/// Returns the script of a migration for a server that datajoint works with.
///
/// # Errors
/// Why the server has no plan.
pub fn python(change: &Change<'_>, manifest: &Manifest, naming: Naming<'_>, server: Server, sink: &mut Sink) -> Result<String, NoPlan> {
    let planned = change.up(naming, &Target::new(server), sink)?;
    let tables = tables(change, naming, &planned, server);
    let mut out = String::new();
    let is_command = |step: &Step| matches!(&step.action, Action::Hand(hand) if matches!(hand.run, Script::Command(_)));
    let variables = planned.schemas.iter().any(|schema| schema.contains("${"));
    head(&mut out, manifest, &tables, variables, planned.plan.steps.iter().any(is_command));
    let mut imported: BTreeSet<String> = BTreeSet::new();
    let mut altered: BTreeSet<&TableName> = BTreeSet::new();
    let catalogs = planned.plan.catalogs(&planned.from);
    for (step, before) in planned.plan.steps.iter().zip(&catalogs) {
        line(&mut out, &format!("\n# {}", comment(&step.reason)));
        let names = names_of(&step.action);
        let whole = names.iter().find_map(|name| tables.get_key_value(name)).filter(|(_, table)| table.beyond.is_empty());
        for hazard in step.hazards.iter().filter(|_| whole.is_none()) {
            line(&mut out, &format!("#   {}: {}", hazard.kind.as_str(), comment(&hazard.words)));
        }
        if let (Action::AlterTable { .. } | Action::Fill(_), Some((name, table))) = (&step.action, whole) {
            if altered.insert(name) {
                for (_, column) in
                    planned.plan.parked.iter().filter(|parked| parked.table == *name).filter_map(|parked| parked.column.as_ref())
                {
                    line(&mut out, &format!("#   loses data: what `{column}` has is gone: `alter` keeps nothing"));
                }
                let module = table.class.split('.').next().unwrap_or_default();
                if imported.insert(module.to_string()) {
                    line(&mut out, &format!("import {module}  # the classes as they are now"));
                }
                line(&mut out, &format!("{}.alter(prompt=False)", table.class));
            } else if matches!(step.action, Action::AlterTable { .. }) {
                line(&mut out, "# done by `alter` above");
            }
        }
        match (&step.action, whole) {
            (Action::AlterTable { .. }, Some(_)) => {}
            (Action::Hand(hand), _) => match &hand.run {
                Script::Sql(sql) => queries(&mut out, statements(sql)),
                Script::Command(command) => {
                    let words: Vec<String> = command.iter().map(|word| literal(word)).collect();
                    line(&mut out, &format!("subprocess.run([{}], check=True)", words.join(", ")));
                }
            },
            (action, whole) => {
                // `alter` gives rows that are there a value of its own, so that none of them is NULL.
                let all = match action {
                    Action::Fill(fill) if whole.is_some() => Action::Fill(Fill { where_null: Vec::new(), ..fill.clone() }),
                    other => other.clone(),
                };
                let statements = server.dialect().alter(&all, before);
                queries(&mut out, statements.into_iter().map(|statement| statement.sql).collect());
            }
        }
    }
    if planned.plan.steps.is_empty() {
        line(&mut out, "\n# Nothing to do.");
    }
    Ok(out)
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn head(out: &mut String, manifest: &Manifest, tables: &BTreeMap<TableName, Altered>, variables: bool, commands: bool) {
    let mut line = |text: &str| {
        out.push_str(if text.is_empty() { "#" } else { "# " });
        out.push_str(text);
        out.push('\n');
    };
    line(&format!(
        "Migration {} of {}, written by `djc migrate export --python` for those who have no djc.",
        manifest.name, manifest.history
    ));
    line("");
    manifest.changes.iter().for_each(|change| line(&format!("* {}", comment(change))));
    line("");
    line("Take a dump first, and let nobody write meanwhile: nothing here goes on where it was cut off, and what `alter` drops is gone.");
    line("Names such as `session_ibfk_1` are those that MySQL would have chosen; `SHOW CREATE TABLE` tells whether yours did.");
    if variables {
        line("Replace what stands in ${…} first: names of schemas have variables in them, and nothing has set these.");
    }
    let beyond: Vec<&Altered> = tables.values().filter(|table| !table.beyond.is_empty()).collect();
    if !beyond.is_empty() {
        line("");
        line("`alter` of datajoint cannot say these, so that SQL stands for them:");
        for table in beyond {
            line(&format!("  {}: {}", table.class, table.beyond.join(", ")));
        }
    }
    if commands {
        out.push_str("import subprocess\n\n");
    }
    out.push_str("import datajoint as dj\n\nquery = dj.conn().query\n");
}

/// Returns the tables that are there before and afterwards and differ, by the names that they have afterwards, with what `alter` does about them.
fn tables(change: &Change<'_>, naming: Naming<'_>, planned: &Planned, server: Server) -> BTreeMap<TableName, Altered> {
    let names = (naming.names(&change.before.pipeline), naming.names(&change.now.pipeline));
    let before = Side { pipeline: &change.before.pipeline, names: &names.0, catalog: &planned.from };
    let now = Side { pipeline: &change.now.pipeline, names: &names.1, catalog: &planned.to };
    let pairs = Pairs::new(before.pipeline, now.pipeline, change.intent);
    let from = normalised(with_new_names(planned.from.clone(), &planned.mapping), server);
    let to = normalised(planned.to.clone(), server);
    let mut out = BTreeMap::new();
    for (new, old) in &pairs.tables {
        let (name, was) = (now.table(*new), before.table(*old));
        let both = from.table(&name.schema, &name.table).zip(to.table(&name.schema, &name.table));
        let Some((one, other)) = both else { continue };
        let mut beyond: BTreeSet<String> = diff::tables(one, other).iter().filter_map(|it| refused(&it.what, other)).collect();
        if server.is_mysql_family() && has_percent(other) && one != other {
            beyond.insert("a `%` in its definition, over which `alter` stumbles".to_string());
        }
        if name != was {
            beyond.insert(format!("it was `{was}`"));
        }
        for (attribute, old_name) in pairs.attributes.get(new).into_iter().flatten() {
            beyond.extend(rename(change.now, *new, attribute, old_name));
        }
        out.insert(name, Altered { class: now.pipeline.qualified_name(*new), beyond: beyond.into_iter().collect() });
    }
    out
}

/// Returns whether a text of the table has a `%`: `alter` hands its statement to the driver as it is, which then looks for arguments.
fn has_percent(table: &Table) -> bool {
    let default = |column: &Column| matches!(&column.default, ColumnDefault::Literal(text) if text.contains('%'));
    table.comment.contains('%') || table.columns.iter().any(|column| column.comment.contains('%') || default(column))
}

/// Returns why `alter` does not rename an attribute; `None` where it does.
fn rename(now: &State, table: TableId, attribute: &str, old: &str) -> Option<String> {
    let declared = now.pipeline.table(table);
    let found = declared.heading.get(attribute)?;
    let classic = now.pipeline.schema(declared.schema).generation == Generation::Classic;
    let marked = classic
        && (found.marker
            || matches!(
                found.ty,
                AttributeType::External(_) | AttributeType::Adapted { .. } | AttributeType::Uuid | AttributeType::Attach
            ));
    let said = found.renamed_from.as_deref() == Some(old);
    if declared.heading.is_key(attribute) {
        Some(format!("`{attribute}` of its key was `{old}`"))
    } else if found.origin != Origin::Own {
        Some(format!("`{attribute}` of a foreign key was `{old}`"))
    } else if marked {
        Some(format!(
            "`{attribute}` was `{old}`: datajoint 0.14 does not see `{{{old}}}` behind the marker of its type, and would drop the values"
        ))
    } else if !said {
        Some(format!(
            "`{attribute}` was `{old}`: only `{{{old}}}` at the head of its comment says so to `alter`, which would drop the values"
        ))
    } else {
        None
    }
}

/// Returns what `alter` does not do about a difference.
fn refused(what: &What, table: &Table) -> Option<String> {
    let in_key = |column: &str| table.primary_key.iter().any(|key| key == column);
    let in_foreign_key = |column: &str| table.foreign_keys.iter().any(|key| key.columns.iter().any(|it| it == column));
    let of_column = |column: &str| {
        if in_key(column) {
            Some(format!("its key attribute `{column}`"))
        } else if in_foreign_key(column) {
            Some(format!("`{column}` of a foreign key"))
        } else {
            None
        }
    };
    match what {
        What::TableComment(_) | What::ColumnOrder(_) | What::Lineage { .. } => None,
        What::ColumnAdded { section: Section::Dependent, column } | What::ColumnRemoved { section: Section::Dependent, column } => {
            of_column(&column.name)
        }
        What::ColumnType { column, .. }
        | What::EnumValues { column, .. }
        | What::Marker { column, .. }
        | What::Nullable { column, .. }
        | What::Default { column, .. }
        | What::ColumnComment { column, .. }
        | What::AutoIncrement { column, .. }
        | What::OnUpdate { column, .. } => of_column(column),
        What::ColumnAdded { .. } | What::ColumnRemoved { .. } | What::ColumnSection { .. } | What::PrimaryKey(_) | What::KeyOrder(_) => {
            Some("its primary key".to_string())
        }
        What::ForeignKeyAdded(_)
        | What::ForeignKeyRemoved(_)
        | What::ForeignKeyTarget { .. }
        | What::ForeignKeyActions(_)
        | What::ForeignKeyColumns(_) => Some("its foreign keys".to_string()),
        What::IndexAdded(_) | What::IndexRemoved(_) | What::IndexChanged(_) => Some("its indexes".to_string()),
        other => Some(other.column().map_or("the table itself".to_string(), |column| format!("`{column}`"))),
    }
}

/// Returns the tables of a step by the names that they have behind it.
fn names_of(action: &Action) -> Vec<TableName> {
    match action {
        Action::Fill(fill) => vec![fill.table.clone()],
        Action::Create(Made::CreateTable(_)) => Vec::new(),
        other => other.touches(),
    }
}

/// Cuts a script at the semicolons that end a line.
fn statements(sql: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for line in sql.lines() {
        let last = out.last_mut().expect("there is always one");
        match line.trim_end().strip_suffix(';') {
            Some(rest) => {
                last.push_str(rest);
                out.push(String::new());
            }
            None => {
                last.push_str(line);
                last.push('\n');
            }
        }
    }
    let has_sql = |text: &String| text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"));
    out.retain(has_sql);
    out
}

fn queries(out: &mut String, statements: Vec<String>) {
    for statement in statements {
        // Where a query has no arguments, the driver still reads `%`.
        line(out, &format!("query({})", literal(&statement.trim().replace('%', "%%"))));
    }
}

/// Returns a Python literal of a text; several lines stand in three quotes.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\");
    if text.contains('\n') {
        format!("\"\"\"\n{}\n\"\"\"", escaped.replace("\"\"\"", "\\\"\\\"\\\""))
    } else {
        format!("\"{}\"", escaped.replace('"', "\\\""))
    }
}

/// Returns a text that stays in its comment.
fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
