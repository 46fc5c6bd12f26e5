//! Inspection of MySQL and MariaDB, which say the same things differently.
//!
//! MariaDB reports defaults as SQL text (`'x'`, `NULL`, `current_timestamp()`), integer widths, and json as `longtext`
//! with a check; MySQL reports defaults bare, with `DEFAULT_GENERATED` in `EXTRA` when they are expressions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use djc_core::catalog::{
    Action, Charset, Column, ColumnDefault, ColumnType, ForeignKey, Index, IndexOrigin, IndexPart, Schema, Table, TableKind,
};
use djc_core::dialect::{Quoting, Server};
use djc_core::ir::{Size, SqlLiteral};

use super::grants::{self, Grants};
use super::{Hidden, InspectOptions, Pieces, lineage, marked_type, mysql_type, natural, referrer};
use crate::db::Db;
use crate::error::SqlError;

pub(super) async fn inspect(db: &mut Db, options: &InspectOptions) -> Result<Pieces, SqlError> {
    let mut pieces = Pieces::default();
    let scope = Scope { schemas: options.schemas.as_deref(), tables: options.tables.as_deref() };
    let maria = db.server() == Server::MariaDb;
    let grants = grants::read(db).await?;
    read_schemas(db, scope.schemas, &mut pieces).await?;
    read_tables(db, scope, &mut pieces).await?;
    let long_texts = read_columns(db, scope, maria, &mut pieces).await?;
    if maria && !long_texts.is_empty() {
        read_json(db, long_texts, scope, &mut pieces).await?;
    }
    read_indexes(db, scope, maria, &mut pieces).await?;
    read_foreign_keys(db, scope, &grants, &mut pieces).await?;
    let (readable, closed): (Vec<String>, Vec<String>) =
        lineage::schemas(&mut pieces).into_iter().partition(|schema| grants.reads_table(schema, lineage::TABLE));
    lineage::read(db, readable, &mut pieces).await?;
    for schema in closed {
        let grant = grants.grant_on_schema(PRIVILEGES, &schema);
        pieces.hide(Hidden::Lineage { schema }, grant);
    }
    if options.referrers {
        referrer::read(db, grants.reads_innodb(), &mut pieces).await?;
    }
    hide(options, &grants, &mut pieces);
    Ok(pieces)
}

/// What the least account has. Without a right beside `SELECT`, MariaDB hides what foreign keys do, and `SHOW VIEW` is the most
/// harmless one that helps.
const PRIVILEGES: &str = "SELECT, SHOW VIEW";

/// Says what the grants do not prove to be seen.
fn hide(options: &InspectOptions, grants: &Grants, pieces: &mut Pieces) {
    match &options.schemas {
        Some(names) => {
            for schema in names.iter().filter(|name| !grants.lists(name)) {
                if pieces.schema(schema).is_none() {
                    pieces.hide(Hidden::Schema { schema: schema.clone() }, grants.grant_on_schema(PRIVILEGES, schema));
                }
            }
        }
        None if grants.lists_schemas() => {}
        None => pieces.hide(Hidden::Schemas, grants.grant_on_server(PRIVILEGES)),
    }
    let partial: Vec<String> = pieces.schemas.keys().filter(|schema| !grants.reads_schema(schema)).cloned().collect();
    for schema in partial {
        let grant = grants.grant_on_schema(PRIVILEGES, &schema);
        pieces.hide(Hidden::Tables { schema }, grant);
    }
    for (schema, table) in grants.partly_read() {
        if pieces.table(schema, table).is_some() {
            let what = Hidden::Columns { schema: schema.to_string(), table: table.to_string() };
            pieces.hide(what, grants.grant_on_table(PRIVILEGES, schema, table));
        }
    }
    if options.referrers && !grants.reads_innodb() && !grants.reads_everything() {
        pieces.hide(Hidden::Referrers, grants.grant_on_server("PROCESS"));
    }
}

/// What to read.
#[derive(Clone, Copy)]
struct Scope<'a> {
    schemas: Option<&'a [String]>,
    tables: Option<&'a [String]>,
}

impl Scope<'_> {
    /// Returns a condition on the column that holds the schema, and on `TABLE_NAME`. The names stand in it as literals, so that nothing has to be
    /// prepared; they spare the server the opening of the other tables.
    fn only(self, column: &str) -> String {
        let schemas = only(column, self.schemas);
        match self.tables {
            None => schemas,
            Some(tables) => format!("{schemas} AND TABLE_NAME {}", among(tables)),
        }
    }
}

/// Returns a condition on the column that holds the schema.
fn only(column: &str, schemas: Option<&[String]>) -> String {
    match schemas {
        Some(names) => format!("{column} {}", among(names)),
        None => format!("{column} NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"),
    }
}

/// Returns what follows a column that holds one of the names. MariaDB finds a table without listing the others only by `=`.
fn among(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| Quoting::MySql.text(name)).collect();
    match names.as_slice() {
        [one] => format!("= {one}"),
        names => format!("IN ({})", names.join(", ")),
    }
}

/// Returns charset and collation; a collation begins with the name of its charset.
fn charset_of(collation: Option<String>) -> Option<Charset> {
    let collation = collation?;
    let charset = collation.split('_').next().unwrap_or_default().to_string();
    Some(Charset { charset, collation })
}

pub(super) async fn read_schemas(db: &mut Db, schemas: Option<&[String]>, pieces: &mut Pieces) -> Result<(), SqlError> {
    let condition = only("SCHEMA_NAME", schemas);
    let sql = format!("SELECT SCHEMA_NAME AS a, DEFAULT_COLLATION_NAME AS b FROM information_schema.SCHEMATA WHERE {condition}");
    for row in db.query(&sql, &[]).await? {
        pieces.add_schema(Schema { name: row.text(0)?, charset: charset_of(row.opt_text(1)?), ..Schema::default() });
    }
    Ok(())
}

async fn read_tables(db: &mut Db, scope: Scope<'_>, pieces: &mut Pieces) -> Result<(), SqlError> {
    let condition = scope.only("TABLE_SCHEMA");
    let sql = format!(
        "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b, TABLE_TYPE AS c, ENGINE AS d, TABLE_COLLATION AS e, TABLE_COMMENT AS f \
         FROM information_schema.TABLES WHERE {condition}"
    );
    for row in db.query(&sql, &[]).await? {
        let kind = match row.text(2)?.as_str() {
            "VIEW" | "SYSTEM VIEW" => TableKind::View,
            "SEQUENCE" => continue,
            // `SYSTEM VERSIONED` tables of MariaDB are tables.
            _ => TableKind::Base,
        };
        pieces.add_table(Table {
            schema: row.text(0)?,
            name: row.text(1)?,
            kind,
            columns: Vec::new(),
            primary_key: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            // The comment of a view is the word VIEW.
            comment: if kind == TableKind::View { String::new() } else { row.text(5)? },
            engine: row.opt_text(3)?,
            charset: charset_of(row.opt_text(4)?),
            generation: None,
        });
    }
    Ok(())
}

/// Finds the columns that MariaDB checks with `json_valid`, in the schemas that have columns which may be one: the server opens each of
/// their tables once more for it.
async fn read_json(db: &mut Db, schemas: BTreeSet<String>, scope: Scope<'_>, pieces: &mut Pieces) -> Result<(), SqlError> {
    let schemas: Vec<String> = schemas.into_iter().collect();
    let condition = Scope { schemas: Some(&schemas), ..scope }.only("CONSTRAINT_SCHEMA");
    let sql = format!(
        "SELECT CONSTRAINT_SCHEMA AS a, TABLE_NAME AS b, CHECK_CLAUSE AS c FROM information_schema.CHECK_CONSTRAINTS \
         WHERE {condition} AND CHECK_CLAUSE LIKE 'json_valid(`%`)'"
    );
    for row in db.query(&sql, &[]).await? {
        let clause = row.text(2)?;
        let name = clause.strip_prefix("json_valid(`").and_then(|rest| rest.strip_suffix("`)")).unwrap_or_default().replace("``", "`");
        let owner = pieces.table(&row.text(0)?, &row.text(1)?);
        let column = owner.and_then(|owner| owner.columns.iter_mut().find(|column| column.name == name));
        if let Some(column) = column.filter(|column| column.ty == ColumnType::Text(Size::Long)) {
            column.ty = ColumnType::Json;
            // Its collation is always utf8mb4_bin.
            column.charset = None;
        }
    }
    Ok(())
}

/// Reads the columns; returns the schemas with texts that MariaDB may mean as json: long, and compared byte by byte.
async fn read_columns(db: &mut Db, scope: Scope<'_>, maria: bool, pieces: &mut Pieces) -> Result<BTreeSet<String>, SqlError> {
    let mut long_texts = BTreeSet::new();
    let condition = scope.only("TABLE_SCHEMA");
    let sql = format!(
        "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b, COLUMN_NAME AS c, COLUMN_TYPE AS d, IS_NULLABLE AS e, COLUMN_DEFAULT AS f, \
         EXTRA AS g, COLUMN_COMMENT AS h, COLLATION_NAME AS i, ORDINAL_POSITION AS j \
         FROM information_schema.COLUMNS WHERE {condition} ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"
    );
    for row in db.query(&sql, &[]).await? {
        let (schema, table, name) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let nullable = row.flag(4);
        let extra = row.text(6)?.to_ascii_lowercase();
        let comment = row.text(7)?;
        let ty = mysql_type(&row.text(3)?);
        let collation = row.opt_text(8)?;
        let Some(owner) = pieces.table(&schema, &table) else { continue };
        if ty == ColumnType::Text(Size::Long) && collation.as_deref().is_some_and(|collation| collation.ends_with("_bin")) {
            long_texts.insert(schema);
        }
        let charset = match ty {
            ColumnType::Json => None,
            _ => charset_of(collation).filter(|own| owner.charset.as_ref().is_some_and(|table| table != own)),
        };
        let stored = row.opt_text(5)?;
        let default = if maria { maria_default(stored, nullable) } else { mysql_default(stored, nullable, &extra) };
        owner.columns.push(Column {
            name,
            ty,
            nullable,
            default,
            declared: marked_type(&comment),
            comment,
            auto_increment: extra.contains("auto_increment"),
            on_update: extra.find("on update ").and_then(|at| current_timestamp(&extra[at + "on update ".len()..])),
            charset,
        });
    }
    Ok(long_texts)
}

/// Reads `current_timestamp`, `CURRENT_TIMESTAMP(3)`, `current_timestamp()`, with whatever stands behind.
fn current_timestamp(text: &str) -> Option<u8> {
    const WORD: &str = "current_timestamp";
    let head = text.get(..WORD.len())?;
    if !head.eq_ignore_ascii_case(WORD) {
        return None;
    }
    match text[WORD.len()..].strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        None | Some(("", _)) => Some(0),
        Some((digits, _)) => digits.parse().ok(),
    }
}

/// MariaDB: SQL text, where no default at all is a NULL and the default NULL is the text `NULL`.
fn maria_default(stored: Option<String>, nullable: bool) -> ColumnDefault {
    let Some(text) = stored else { return if nullable { ColumnDefault::Null } else { ColumnDefault::None } };
    if text == "NULL" {
        return ColumnDefault::Null;
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return ColumnDefault::Literal(SqlLiteral::quoted(inner).value(true));
    }
    if let Some(digits) = current_timestamp(&text) {
        return ColumnDefault::CurrentTimestamp(digits);
    }
    if text.parse::<f64>().is_ok() { ColumnDefault::Literal(text) } else { ColumnDefault::Expression(text) }
}

/// MySQL: the bare value, or an expression that `EXTRA` marks.
fn mysql_default(stored: Option<String>, nullable: bool, extra: &str) -> ColumnDefault {
    match stored {
        None if nullable => ColumnDefault::Null,
        None => ColumnDefault::None,
        Some(text) if extra.contains("default_generated") => match current_timestamp(&text) {
            Some(digits) => ColumnDefault::CurrentTimestamp(digits),
            None => ColumnDefault::Expression(text),
        },
        Some(text) => ColumnDefault::Literal(text),
    }
}

async fn read_indexes(db: &mut Db, scope: Scope<'_>, maria: bool, pieces: &mut Pieces) -> Result<(), SqlError> {
    let condition = scope.only("TABLE_SCHEMA");
    // MariaDB has no indexes on expressions and no such column.
    let expression = if maria { "NULL" } else { "EXPRESSION" };
    let sql = format!(
        "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b, INDEX_NAME AS c, NON_UNIQUE AS d, COLUMN_NAME AS e, SUB_PART AS f, \
         COLLATION AS g, {expression} AS h FROM information_schema.STATISTICS WHERE {condition} \
         ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
    );
    let mut found: BTreeMap<(String, String), Vec<Index>> = BTreeMap::new();
    for row in db.query(&sql, &[]).await? {
        let (schema, table, name) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let column = row.opt_text(4)?;
        if name == "PRIMARY" {
            if let (Some(owner), Some(column)) = (pieces.table(&schema, &table), column) {
                owner.primary_key.push(column);
            }
            continue;
        }
        let part = match column {
            Some(name) => IndexPart::Column {
                name,
                length: row.opt_u64(5)?.and_then(|length| u32::try_from(length).ok()),
                descending: row.opt_text(6)?.as_deref() == Some("D"),
            },
            None => IndexPart::Expression(row.text(7)?),
        };
        let indexes = found.entry((schema, table)).or_default();
        match indexes.iter_mut().find(|index| index.name.as_deref() == Some(&name)) {
            Some(index) => index.parts.push(part),
            None => indexes.push(Index { name: Some(name), unique: !row.flag(3), parts: vec![part], origin: IndexOrigin::Live }),
        }
    }
    for ((schema, table), indexes) in found {
        if let Some(owner) = pieces.table(&schema, &table) {
            owner.indexes = indexes;
        }
    }
    Ok(())
}

async fn read_foreign_keys(db: &mut Db, scope: Scope<'_>, grants: &Grants, pieces: &mut Pieces) -> Result<(), SqlError> {
    // A join of the two would make the server open every table once per row.
    let condition = scope.only("CONSTRAINT_SCHEMA");
    let sql = format!(
        "SELECT CONSTRAINT_SCHEMA AS a, TABLE_NAME AS b, CONSTRAINT_NAME AS c, UPDATE_RULE AS d, DELETE_RULE AS e \
         FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE {condition}"
    );
    let mut actions = HashMap::new();
    for row in db.query(&sql, &[]).await? {
        actions.insert((row.text(0)?, row.text(1)?, row.text(2)?), (action(&row.text(3)?), action(&row.text(4)?)));
    }
    let condition = scope.only("TABLE_SCHEMA");
    let sql = format!(
        "SELECT TABLE_SCHEMA AS a, TABLE_NAME AS b, CONSTRAINT_NAME AS c, COLUMN_NAME AS d, REFERENCED_TABLE_SCHEMA AS e, \
         REFERENCED_TABLE_NAME AS f, REFERENCED_COLUMN_NAME AS g FROM information_schema.KEY_COLUMN_USAGE \
         WHERE {condition} AND REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"
    );
    for row in db.query(&sql, &[]).await? {
        let (schema, table, name) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let (on_update, on_delete) = match actions.get(&(schema.clone(), table.clone(), name.clone())) {
            Some(actions) => *actions,
            None => {
                pieces.hide(Hidden::Actions { schema: schema.clone() }, grants.grant_on_schema(PRIVILEGES, &schema));
                (Action::Cascade, Action::Restrict)
            }
        };
        let Some(owner) = pieces.table(&schema, &table) else { continue };
        let key = match owner.foreign_keys.iter_mut().find(|key| key.name.as_deref() == Some(&name)) {
            Some(key) => key,
            None => {
                owner.foreign_keys.push(ForeignKey {
                    name: Some(name),
                    columns: Vec::new(),
                    parent_schema: row.text(4)?,
                    parent_table: row.text(5)?,
                    parent_columns: Vec::new(),
                    on_update,
                    on_delete,
                });
                owner.foreign_keys.last_mut().expect("just pushed")
            }
        };
        key.columns.push(row.text(3)?);
        key.parent_columns.push(row.text(6)?);
    }
    for table in pieces.tables() {
        table.foreign_keys.sort_by_cached_key(|key| natural(key.name.as_deref().unwrap_or_default()));
    }
    Ok(())
}

fn action(rule: &str) -> Action {
    match rule {
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        // RESTRICT and NO ACTION are one thing here.
        _ => Action::Restrict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_mariadb_are_sql_text() {
        let read = |text: &str| maria_default(Some(text.to_string()), true);
        assert_eq!(read("'it''s'"), ColumnDefault::Literal("it's".into()));
        assert_eq!(read("'NULL'"), ColumnDefault::Literal("NULL".into()));
        assert_eq!(read("NULL"), ColumnDefault::Null);
        assert_eq!(read("current_timestamp(3)"), ColumnDefault::CurrentTimestamp(3));
        assert_eq!(read("'current_timestamp()'"), ColumnDefault::Literal("current_timestamp()".into()));
        assert_eq!(read("-1.5"), ColumnDefault::Literal("-1.5".into()));
        assert_eq!(read("uuid()"), ColumnDefault::Expression("uuid()".into()));
        assert_eq!(maria_default(None, false), ColumnDefault::None);
    }

    #[test]
    fn defaults_of_mysql_are_bare() {
        let read = |text: &str, extra: &str| mysql_default(Some(text.to_string()), false, extra);
        assert_eq!(read("CURRENT_TIMESTAMP", "default_generated"), ColumnDefault::CurrentTimestamp(0));
        assert_eq!(read("CURRENT_TIMESTAMP", ""), ColumnDefault::Literal("CURRENT_TIMESTAMP".into()));
        assert_eq!(read("uuid()", "default_generated"), ColumnDefault::Expression("uuid()".into()));
        assert_eq!(mysql_default(None, true, ""), ColumnDefault::Null);
    }
}
