//! From a server's refusal to an error that says which rows, why, and what to do.

use djc_core::dialect::Server;
use djc_core::ir::IndexPart;

use super::attempt::{Attempt, Terms, Values, Verb, same, show};
use super::{Error, ErrorKind, denied, parents, said};
use crate::db::Db;
use crate::error::{ServerCode, SqlError};
use crate::run::holders_of;
use crate::value::SqlValue;

/// Explains why a server refused.
///
/// Whatever was begun must have been taken back before: the rows and their parents are looked for on the same connection. Nothing is written. Where
/// looking fails too, the server's own words remain.
pub async fn explain(db: &mut Db, attempt: &Attempt<'_>, error: SqlError) -> Error {
    let table = attempt.name(attempt.table);
    let message = match &error {
        SqlError::Server { message, .. } => message.clone(),
        SqlError::Lost { .. } | SqlError::Timeout { .. } => return lost(error).table(table),
        SqlError::Decode { .. } | SqlError::Arguments { .. } | SqlError::Unexpected(_) => return Error::from(error).table(table),
    };
    let code = error.code().cloned().unwrap_or_default();
    let explained = match symptom(&code, &message, attempt.verb) {
        Symptom::MissingParent => missing_parent(db, attempt, &message).await,
        Symptom::HasChildren => has_children(db, attempt, &message).await,
        Symptom::Duplicate => duplicate(db, attempt).await,
        Symptom::MissingValue => Ok(missing_value(attempt, &message)),
        Symptom::Value => Ok(value(attempt, &message)),
        Symptom::Denied => denied::explain(db, attempt, &message).await,
        Symptom::MissingTable => missing_table(db, attempt).await,
        Symptom::UnknownColumn => Ok(unknown_column(attempt)),
        Symptom::Contention => Ok(contention(db, attempt, &code).await),
        Symptom::TooLong => Ok(too_long(attempt)),
        Symptom::Other => return Error::from(error).table(table),
    };
    match explained {
        Ok(explained) => explained.table(table).source(error),
        Err(_) => Error::from(error).table(table),
    }
}

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symptom {
    MissingParent,
    HasChildren,
    Duplicate,
    MissingValue,
    Value,
    Denied,
    MissingTable,
    UnknownColumn,
    Contention,
    TooLong,
    Other,
}

fn symptom(code: &ServerCode, message: &str, verb: Verb) -> Symptom {
    // PostgreSQL and SQLite have one code for both ends of a foreign key.
    let of_children = code.is(&[1451, 1217], &["23001"]) || message.starts_with("update or delete on table") || verb == Verb::Delete;
    if code.is(&[1452, 1216, 1451, 1217, 787, 1811], &["23503", "23001"]) {
        if of_children { Symptom::HasChildren } else { Symptom::MissingParent }
    } else if code.is(&[1062, 1586, 1555, 2067], &["23505"]) {
        Symptom::Duplicate
    } else if code.is(&[1364, 1048, 1299], &["23502"]) {
        Symptom::MissingValue
    } else if code.is(&[1264, 1265, 1366, 1406, 1292, 1411], &["22001", "22003", "22007", "22008", "22P02"]) {
        Symptom::Value
    } else if code.is_denied() {
        Symptom::Denied
    } else if code.is(&[1146, 1049], &["42P01", "3F000"]) || code.number == Some(1) && message.contains("no such table") {
        Symptom::MissingTable
    } else if code.is(&[1054], &["42703"])
        || code.number == Some(1) && (message.contains("no such column") || message.contains("has no column named"))
    {
        Symptom::UnknownColumn
    } else if code.is_contention() {
        Symptom::Contention
    } else if code.is(&[1071, 1831], &["54000"]) {
        Symptom::TooLong
    } else {
        Symptom::Other
    }
}

async fn missing_parent(db: &mut Db, attempt: &Attempt<'_>, message: &str) -> Result<Error, SqlError> {
    let table = attempt.name(attempt.table);
    let said = said::foreign_key(message);
    let rows: Vec<parents::ParentRows> = parents::check(db, attempt).await?.into_iter().filter(parents::ParentRows::is_missing).collect();
    if rows.is_empty() && attempt.server() == Server::Sqlite {
        // One code for both ends: a row that took the place of another may have had children.
        let children = has_children(db, attempt, message).await?;
        if !children.details().values.is_empty() {
            return Ok(children);
        }
    }
    if rows.is_empty() {
        let parent = said.parent.unwrap_or_else(|| "a parent".to_string());
        let constraint = said.constraint.map_or(String::new(), |name| format!(" (constraint `{name}`)"));
        return Ok(Error::new(
            ErrorKind::MissingParent,
            format!("a row of {table} refers to a row of {parent} that is not there{constraint}"),
        )
        .next_step(format!("insert into {parent} first")));
    }
    let names: Vec<&str> = rows.iter().map(|rows| rows.parent.as_str()).collect();
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let message = format!("a row of {table} refers to rows that are not there, in {}", names.join(" and "));
    let mut error = Error::new(ErrorKind::MissingParent, message).cause(lines.join("\n           "));
    for rows in &rows {
        for ((child, _), value) in rows.columns.iter().zip(&rows.missing[0]) {
            error = error.value(child, value);
        }
    }
    if let Some(name) = said.constraint {
        error = error.value("constraint", name);
    }
    for rows in rows {
        error = error.next_step(match rows.is_populated {
            true => format!("populate {} first: its rows are computed, and it has none with these values yet", rows.parent),
            false => format!("insert into {} first", rows.parent),
        });
    }
    Ok(error)
}

async fn has_children(db: &mut Db, attempt: &Attempt<'_>, message: &str) -> Result<Error, SqlError> {
    let table = attempt.name(attempt.table);
    let said = said::foreign_key(message);
    let mut children = Vec::new();
    for (child, reference) in attempt.model.children(attempt.table) {
        let reference = &attempt.model.table(*child).references[reference.0 as usize];
        let mut terms = Terms::default();
        for (at, row) in attempt.rows.iter().take(100).enumerate() {
            terms.sql.push_str(if at > 0 { " OR (" } else { "(" });
            for map in &reference.columns {
                if let Some((_, value)) = row.iter().find(|(name, _)| *name == map.parent) {
                    attempt.equal(&mut terms, *child, &map.child, value);
                }
            }
            terms.sql.push_str(if terms.sql.ends_with('(') { "1 = 1)" } else { ")" });
        }
        let condition = if terms.sql.is_empty() { String::new() } else { format!(" WHERE {}", terms.sql) };
        let sql = format!("SELECT COUNT(*) AS a FROM {}{condition}", attempt.sql(*child)?);
        // A child that may not be read is named by the server, or by nobody.
        let Ok(rows) = db.query(&sql, &terms.values).await else { continue };
        let count = rows.first().map_or(Ok(0), |row| row.u64(0))?;
        if count > 0 {
            children.push((attempt.name(*child), count));
        }
    }
    let listed: Vec<String> = children.iter().map(|(name, count)| format!("{count} row(s) of {name}")).collect();
    let stored = match (&said.schema, &said.child) {
        (Some(schema), Some(child)) => format!("rows of {schema}.{child}"),
        (None, Some(child)) => format!("rows of {child}"),
        (_, None) => "rows of a table that this account does not see".to_string(),
    };
    let whom = if listed.is_empty() { stored } else { listed.join(" and ") };
    let mut error = Error::new(ErrorKind::HasChildren, format!("a row of {table} cannot go or change its key: {whom} refer to it"));
    for (name, count) in children {
        error = error.value(name, count.to_string());
    }
    if let Some(name) = said.constraint {
        error = error.value("constraint", name);
    }
    Ok(error
        .next_step("use `delete` instead of `delete_quick` or `replace`: it takes what depends on the rows along, after a preview")
        .next_step("or `update1`, to change attributes outside of the key"))
}

/// Returns the sets of attributes that tell rows apart, the key first.
fn unique(attempt: &Attempt<'_>) -> Vec<Vec<String>> {
    let table = attempt.own();
    let mut out = vec![table.heading.primary_key().map(|attribute| attribute.name.clone()).collect::<Vec<_>>()];
    for index in table.indexes.iter().filter(|index| index.unique) {
        let names: Option<Vec<String>> = index
            .parts
            .iter()
            .map(|part| match part {
                IndexPart::Attribute { name, .. } => Some(name.clone()),
                _ => None,
            })
            .collect();
        out.extend(names);
    }
    out.extend(table.references.iter().filter(|it| it.unique).map(|it| it.columns.iter().map(|map| map.child.clone()).collect()));
    out.retain(|names| !names.is_empty());
    out
}

/// How many rows are looked for, one by one.
const ROWS_MAX: usize = 200;

async fn duplicate(db: &mut Db, attempt: &Attempt<'_>) -> Result<Error, SqlError> {
    let table = attempt.name(attempt.table);
    let unique = unique(attempt);
    for row in attempt.rows.iter().take(ROWS_MAX) {
        for (at, names) in unique.iter().enumerate() {
            // A row that is changed has its key already.
            let is_key = at == 0;
            if is_key && attempt.verb == Verb::Update {
                continue;
            }
            let Some(values) = picked(row, names) else { continue };
            let Some(there) = attempt.row(db, attempt.table, &values).await? else { continue };
            return Ok(already_there(&table, row, &there, &values, is_key));
        }
    }
    for names in &unique {
        let mut seen = std::collections::HashSet::new();
        for row in attempt.rows {
            let Some(values) = picked(row, names) else { continue };
            if !seen.insert(format!("{values:?}")) {
                return Ok(named(
                    Error::new(ErrorKind::Duplicate, format!("two of the rows for {table} have the same {}", list(&values))),
                    &values,
                )
                .next_step("leave one of them out"));
            }
        }
    }
    Ok(Error::new(ErrorKind::Duplicate, format!("a row of {table} is there already"))
        .next_step("to leave out rows that are there, say `skip_duplicates()`")
        .next_step("to change a row that is there, use `update1`"))
}

fn picked<'r>(row: &'r Values, names: &'r [String]) -> Option<Vec<(&'r str, &'r SqlValue)>> {
    let value = |name: &str| row.iter().find(|(own, value)| own == name && *value != SqlValue::Null).map(|(_, value)| value);
    names.iter().map(|name| value(name).map(|value| (name.as_str(), value))).collect()
}

fn list(values: &[(&str, &SqlValue)]) -> String {
    values.iter().map(|(name, value)| format!("{name} = {}", show(value))).collect::<Vec<_>>().join(", ")
}

fn named(error: Error, values: &[(&str, &SqlValue)]) -> Error {
    values.iter().fold(error, |error, (name, value)| error.value(*name, show(value)))
}

fn already_there(table: &str, row: &Values, there: &Values, values: &[(&str, &SqlValue)], by_key: bool) -> Error {
    let what = if by_key { "the key" } else { "the unique" };
    let error = named(Error::new(ErrorKind::Duplicate, format!("{table} has a row with {what} {} already", list(values))), values);
    let other = |name: &str| there.iter().find(|(own, _)| own == name).map(|(_, value)| value);
    let differences: Vec<String> = row
        .iter()
        .filter(|(name, _)| !values.iter().any(|(key, _)| key == name))
        .filter_map(|(name, value)| other(name).filter(|there| !same(value, there)).map(|there| (name, value, there)))
        .map(|(name, value, there)| format!("{name} is {} there and {} here", show(there), show(value)))
        .collect();
    let cause = if differences.is_empty() { "the row that is there has the same values".to_string() } else { differences.join(", ") };
    let error = error.cause(cause);
    if by_key {
        error
            .next_step("to leave out rows that are there, say `skip_duplicates()`")
            .next_step("to change the row that is there, use `update1`")
    } else {
        error.next_step("give the row another value, or use `update1` on the row that has it")
    }
}

fn missing_value(attempt: &Attempt<'_>, message: &str) -> Error {
    let table = attempt.name(attempt.table);
    let Some(name) = said::column(message) else {
        return Error::new(ErrorKind::MissingValue, format!("an attribute of {table} has no value"));
    };
    let error =
        Error::new(ErrorKind::MissingValue, format!("`{name}` of {table} has no value and no default")).value(name.as_str(), "NULL");
    let error = match attempt.own().heading.get(&name) {
        Some(attribute) => error.cause(format!("it is declared as `{name} : {}`", attribute.type_text)),
        None => error.cause("the definition that this program was built from does not have it"),
    };
    error.next_step(format!("give `{name}` a value, or a default in the definition (`{name}=null : …`)"))
}

fn value(attempt: &Attempt<'_>, message: &str) -> Error {
    let table = attempt.name(attempt.table);
    match said::column(message).and_then(|name| attempt.own().heading.get(&name)) {
        Some(attribute) => Error::new(ErrorKind::Value, format!("`{}` of {table} cannot hold the value", attribute.name))
            .value(attribute.name.as_str(), "")
            .cause(format!("it is declared as `{} : {}`; the server says: {message}", attribute.name, attribute.type_text)),
        None => Error::new(ErrorKind::Value, format!("an attribute of {table} cannot hold its value")).cause(message.to_string()),
    }
}

async fn missing_table(db: &mut Db, attempt: &Attempt<'_>) -> Result<Error, SqlError> {
    let table = attempt.name(attempt.table);
    let stored = &attempt.own().stored;
    let schema = attempt.scope.schema(attempt.model, attempt.table).map_err(|error| SqlError::Unexpected(error.to_string()))?;
    let (schemas, tables) = match attempt.server() {
        Server::MySql | Server::MariaDb => (
            "SELECT COUNT(*) AS a FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
            "SELECT COUNT(*) AS a FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?",
        ),
        Server::Postgres => (
            "SELECT COUNT(*) AS a FROM pg_namespace WHERE nspname = $1",
            "SELECT COUNT(*) AS a FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = $1",
        ),
        Server::Sqlite => {
            let sql = "SELECT COUNT(*) AS a FROM sqlite_master WHERE substr(name, 1, length(?) + 1) = ? || '.'";
            (sql, sql)
        }
    };
    let arguments = vec![SqlValue::from(schema.as_str()); if attempt.server() == Server::Sqlite { 2 } else { 1 }];
    let has_schema = db.query_value(schemas, &arguments).await? != SqlValue::I64(0);
    let has_tables = db.query_value(tables, &arguments).await? != SqlValue::I64(0);
    let error = Error::new(
        ErrorKind::MissingTable,
        format!("{table} is not in this database: there is no table `{stored}` in the schema `{schema}`"),
    );
    Ok(match (has_schema, has_tables) {
        (false, _) => error
            .cause(format!("there is no schema `{schema}` that this account sees"))
            .next_step("check the prefix of the schemas (the variables of schema names) and the database of the URL")
            .next_step("or declare the pipeline: `djc deploy`"),
        (true, false) => error.cause(format!("the schema `{schema}` has no tables yet")).next_step("declare the pipeline: `djc deploy`"),
        (true, true) => error
            .cause("other tables of the schema are there: this one was never declared, or was dropped")
            .next_step("declare it: `djc deploy`; `djc diff` shows what else is different"),
    })
}

fn unknown_column(attempt: &Attempt<'_>) -> Error {
    let message = format!("{} in the database lacks an attribute that this program knows", attempt.name(attempt.table));
    Error::new(ErrorKind::Drift, message)
        .cause("the table was declared from another version of its definition")
        .next_step("compare the database with the definition: `djc diff`")
}

async fn contention(db: &mut Db, attempt: &Attempt<'_>, code: &ServerCode) -> Error {
    let (table, command) = (attempt.name(attempt.table), attempt.verb.as_str());
    if code.is_deadlock() {
        let message =
            format!("{command} on {table}: this and another session waited for each other, and the server ended what this one did");
        return after_contention(Error::new(ErrorKind::Contention, message), code);
    }
    let error = Error::new(
        ErrorKind::Contention,
        format!("{command} on {table}: another session holds what this waited for, and did not end in time"),
    );
    let Ok(schema) = attempt.scope.schema(attempt.model, attempt.table) else { return after_contention(error, code) };
    let holders = holders_of(db, &schema, &attempt.own().stored).await;
    let Some(first) = holders.first() else { return after_contention(error, code) };
    let names: Vec<String> = holders.iter().map(ToString::to_string).collect();
    let end = match attempt.server() {
        Server::Postgres => format!("SELECT pg_terminate_backend({})", first.session),
        Server::MySql | Server::MariaDb | Server::Sqlite => format!("KILL {}", first.session),
    };
    let error = holders.iter().fold(error, |error, holder| error.value("session", holder.session.to_string()));
    let error = error.cause(format!("rows are held by {}", names.join(", and by ")));
    after_contention(error, code).next_step(format!("or end the other session, if nobody works in it any more: {end}"))
}

/// Adds what to do when another session has won.
pub(super) fn after_contention(error: Error, code: &ServerCode) -> Error {
    if code.is_busy_file() {
        let error = error.cause("another program writes to the file; SQLite has one writer at a time, and does not say who it is");
        return error.next_step("try again when the other program has ended its transaction");
    }
    error
        .next_step("try again; inside of a transaction, all of it")
        .next_step("see who is connected and what runs: SHOW PROCESSLIST, pg_stat_activity")
}

/// Adds what to do with a statement that the server does not take.
pub(super) fn after_length(error: Error) -> Error {
    error
        .cause("the server takes statements up to a length (max_allowed_packet), and this one is longer")
        .next_step("restrict by a query instead of a long list, or in several parts")
}

fn lost(error: SqlError) -> Error {
    after_loss(Error::new(ErrorKind::Lost, error.to_string())).source(error)
}

/// Adds what to do when the connection is gone.
pub(super) fn after_loss(error: Error) -> Error {
    error.next_step("try again: outside of a transaction the next call connects anew; of a transaction nothing is left behind")
}

fn too_long(attempt: &Attempt<'_>) -> Error {
    Error::new(ErrorKind::Server, format!("a key of {} is longer than the server takes", attempt.name(attempt.table)))
        .cause(match attempt.server() {
            Server::Postgres => "an index of PostgreSQL holds about 2700 bytes of one row",
            Server::MySql | Server::MariaDb | Server::Sqlite => {
                "an index of InnoDB holds 3072 bytes (767 in old row formats), and a character may take four"
            }
        })
        .next_step("shorten the `varchar`s of the key, or give the table a number as its key")
}
