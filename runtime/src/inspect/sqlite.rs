//! Inspection of SQLite through its pragma functions: one query for all tables each.
//!
//! A table of schema `lab` is called `lab.subject`; one without a dot is not of datajoint and appears under [`MAIN`].

use std::collections::BTreeMap;

use djc_core::catalog::{Action, Column, ColumnDefault, ColumnType, ForeignKey, Index, IndexOrigin, IndexPart, Schema, Table, TableKind};
use djc_core::dialect::DJC_TABLE;
use djc_core::ir::{Size, SqlLiteral};

use super::{InspectOptions, Pieces, lineage, referrer};
use crate::db::Db;
use crate::error::SqlError;

/// The schema under which tables without a schema appear, SQLite's own word for it.
const MAIN: &str = "main";

pub(super) async fn inspect(db: &mut Db, options: &InspectOptions) -> Result<Pieces, SqlError> {
    if db.in_transaction() {
        return read(db, options).await;
    }
    // One snapshot for all queries: somebody may commit between two of them.
    db.execute("BEGIN").await?;
    let outcome = read(db, options).await;
    if !matches!(&outcome, Err(error) if error.is_lost()) {
        db.execute("ROLLBACK").await?;
    }
    outcome
}

async fn read(db: &mut Db, options: &InspectOptions) -> Result<Pieces, SqlError> {
    let mut pieces = Pieces::default();
    let wanted = |schema: &str| options.schemas.as_ref().is_none_or(|names| names.iter().any(|name| name == schema));
    let numbering = read_tables(db, wanted, &mut pieces).await?;
    read_columns(db, &numbering, &mut pieces).await?;
    read_foreign_keys(db, &mut pieces).await?;
    read_indexes(db, &mut pieces).await?;
    if has_hidden_table(db).await? {
        read_hidden_table(db, wanted, &mut pieces).await?;
    }
    let schemas = lineage::schemas(&mut pieces);
    lineage::read(db, schemas, &mut pieces).await?;
    if options.referrers {
        referrer::read(db, false, &mut pieces).await?;
    }
    Ok(pieces)
}

async fn has_hidden_table(db: &mut Db) -> Result<bool, SqlError> {
    let sql = "SELECT count(*) AS a FROM sqlite_master WHERE type = 'table' AND name = ?";
    Ok(db.query(sql, &[DJC_TABLE.into()]).await?.first().is_some_and(|row| row.flag(0)))
}

/// Reads what SQLite cannot keep itself: empty schemas, comments, declared types, generations.
async fn read_hidden_table(db: &mut Db, wanted: impl Fn(&str) -> bool, pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT \"schema\" AS a, \"table\" AS b, \"column\" AS c, \"type\" AS d, \"comment\" AS e, \"generation\" AS f FROM \"{DJC_TABLE}\""
    );
    for row in db.query(&sql, &[]).await? {
        let (schema, table, column) = (row.text(0)?, row.text(1)?, row.text(2)?);
        if !wanted(&schema) {
            continue;
        }
        if table.is_empty() {
            if pieces.schema(&schema).is_none() {
                pieces.add_schema(Schema { name: schema, ..Schema::default() });
            }
            continue;
        }
        // Rows of a table that was dropped by hand say nothing.
        let Some(owner) = pieces.table(&schema, &table) else { continue };
        if column.is_empty() {
            owner.comment = row.text(4)?;
            owner.generation = row.opt_text(5)?.and_then(|text| text.parse().ok());
        } else if let Some(column) = owner.columns.iter_mut().find(|known| known.name == column) {
            column.declared = row.opt_text(3)?;
            column.comment = row.text(4)?;
        }
    }
    Ok(())
}

/// Returns schema and table of a physical name. A table name of datajoint has no dot.
pub(crate) fn split(physical: &str) -> (&str, &str) {
    physical.rsplit_once('.').unwrap_or((MAIN, physical))
}

/// What the pragmas are joined with: all tables of the file but SQLite's own.
const FROM_TABLES: &str = "FROM sqlite_master m";
const NOT_ITS_OWN: &str = "m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// Adds the tables and returns the physical names of those that number their rows.
async fn read_tables(db: &mut Db, wanted: impl Fn(&str) -> bool, pieces: &mut Pieces) -> Result<Vec<String>, SqlError> {
    let sql = format!("SELECT m.name AS a, m.type AS b, m.sql AS c {FROM_TABLES} WHERE {NOT_ITS_OWN}");
    let mut numbering = Vec::new();
    for row in db.query(&sql, &[]).await? {
        let physical = row.text(0)?;
        let (schema, name) = split(&physical);
        if !wanted(schema) || physical == DJC_TABLE {
            continue;
        }
        if pieces.schema(schema).is_none() {
            pieces.add_schema(Schema { name: schema.to_string(), ..Schema::default() });
        }
        pieces.add_table(Table {
            schema: schema.to_string(),
            name: name.to_string(),
            kind: if row.text(1)? == "view" { TableKind::View } else { TableKind::Base },
            columns: Vec::new(),
            primary_key: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            comment: String::new(),
            engine: None,
            charset: None,
            generation: None,
        });
        if has_word(&row.text(2)?, "AUTOINCREMENT") {
            numbering.push(physical);
        }
    }
    Ok(numbering)
}

/// Returns whether a word stands in a statement outside of quotes.
fn has_word(sql: &str, wanted: &str) -> bool {
    let mut quote = None;
    let mut word = String::new();
    for c in sql.chars().chain([' ']) {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c.is_alphanumeric() || c == '_' => word.push(c),
            None => {
                if word.eq_ignore_ascii_case(wanted) {
                    return true;
                }
                word.clear();
                quote = Some(c).filter(|c| matches!(c, '\'' | '"' | '`'));
            }
        }
    }
    false
}

async fn read_columns(db: &mut Db, numbering: &[String], pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT m.name AS a, x.name AS b, x.type AS c, x.\"notnull\" AS d, x.dflt_value AS e, x.pk AS f \
         {FROM_TABLES} JOIN pragma_table_xinfo(m.name) x WHERE {NOT_ITS_OWN} ORDER BY m.name, x.cid"
    );
    let mut keys: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for row in db.query(&sql, &[]).await? {
        let physical = row.text(0)?;
        let (schema, table) = split(&physical);
        let Some(owner) = pieces.table(schema, table) else { continue };
        let (name, place) = (row.text(1)?, row.u64(5)?);
        let ty = type_of(&row.text(2)?);
        // An INTEGER PRIMARY KEY says no NOT NULL and holds no NULL all the same.
        let nullable = !row.flag(3) && place == 0;
        let default = match row.opt_text(4)? {
            None if nullable => ColumnDefault::Null,
            None => ColumnDefault::None,
            Some(text) => default_of(text),
        };
        let auto_increment = place > 0 && numbering.contains(&physical);
        if place > 0 {
            keys.entry(physical.clone()).or_default().push((place, name.clone()));
        }
        owner.columns.push(Column {
            name,
            ty,
            nullable,
            default,
            comment: String::new(),
            auto_increment,
            on_update: None,
            charset: None,
            declared: None,
        });
    }
    for (physical, mut key) in keys {
        key.sort();
        let (schema, table) = split(&physical);
        if let Some(owner) = pieces.table(schema, table) {
            owner.primary_key = key.into_iter().map(|(_, name)| name).collect();
        }
    }
    Ok(())
}

/// Returns the type of a column as djc declares it; everything else stays as it is spelled.
fn type_of(text: &str) -> ColumnType {
    match text.to_ascii_uppercase().as_str() {
        "INTEGER" => ColumnType::Integer { bits: 64, unsigned: false, display_width: None },
        "REAL" => ColumnType::Double { arguments: None, unsigned: false },
        "TEXT" => ColumnType::Text(Size::Long),
        "BLOB" => ColumnType::Blob(Size::Long),
        _ => ColumnType::Other(text.to_string()),
    }
}

/// Reads a default, which SQLite keeps as it was written.
fn default_of(text: String) -> ColumnDefault {
    let trimmed = text.trim();
    if trimmed.eq_ignore_ascii_case("NULL") {
        return ColumnDefault::Null;
    }
    if trimmed.eq_ignore_ascii_case("CURRENT_TIMESTAMP") {
        return ColumnDefault::CurrentTimestamp(0);
    }
    if let Some(inner) = trimmed.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))
        && !inner.replace("''", "").contains('\'')
    {
        return ColumnDefault::Literal(SqlLiteral::quoted(inner).value(false));
    }
    if trimmed.parse::<f64>().is_ok_and(f64::is_finite) {
        ColumnDefault::Literal(trimmed.to_string())
    } else {
        ColumnDefault::Expression(text)
    }
}

async fn read_foreign_keys(db: &mut Db, pieces: &mut Pieces) -> Result<(), SqlError> {
    // SQLite numbers the keys of a table from the last one to the first.
    let sql = format!(
        "SELECT m.name AS a, x.id AS b, x.\"table\" AS c, x.\"from\" AS d, x.\"to\" AS e, x.on_update AS f, x.on_delete AS g, x.seq AS h \
         {FROM_TABLES} JOIN pragma_foreign_key_list(m.name) x WHERE {NOT_ITS_OWN} ORDER BY m.name, x.id DESC, x.seq"
    );
    let mut previous = None;
    for row in db.query(&sql, &[]).await? {
        let (physical, parent) = (row.text(0)?, row.text(2)?);
        let (schema, table) = split(&physical);
        // Without column names the parent's primary key is meant.
        let to = match row.opt_text(4)? {
            Some(to) => Some(to),
            None => {
                let place = row.u64(7)? as usize;
                let (schema, table) = split(&parent);
                pieces.table(schema, table).and_then(|table| table.primary_key.get(place).cloned())
            }
        };
        let Some(owner) = pieces.table(schema, table) else { continue };
        let id = Some((physical.clone(), row.u64(1)?));
        if previous != id {
            let (parent_schema, parent_table) = split(&parent);
            owner.foreign_keys.push(ForeignKey {
                name: None,
                columns: Vec::new(),
                parent_schema: parent_schema.to_string(),
                parent_table: parent_table.to_string(),
                parent_columns: Vec::new(),
                on_update: action(&row.text(5)?),
                on_delete: action(&row.text(6)?),
            });
            previous = id;
        }
        if let Some(key) = owner.foreign_keys.last_mut() {
            key.columns.push(row.text(3)?);
            key.parent_columns.extend(to);
        }
    }
    Ok(())
}

fn action(rule: &str) -> Action {
    match rule {
        "RESTRICT" => Action::Restrict,
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

async fn read_indexes(db: &mut Db, pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT m.name AS a, l.name AS b, l.\"unique\" AS c, x.name AS d, x.desc AS e, i.sql AS f, l.partial AS g \
         {FROM_TABLES} JOIN pragma_index_list(m.name) l JOIN pragma_index_xinfo(l.name) x LEFT JOIN sqlite_master i ON i.name = l.name \
         WHERE {NOT_ITS_OWN} AND l.origin <> 'pk' AND x.key = 1 ORDER BY m.name, l.name, x.seqno"
    );
    for row in db.query(&sql, &[]).await? {
        let physical = row.text(0)?;
        let (schema, table) = split(&physical);
        let Some(owner) = pieces.table(schema, table) else { continue };
        let name = row.text(1)?;
        let statement = row.text(5)?;
        let at = match owner.indexes.iter().position(|index| index.name.as_deref() == Some(&name)) {
            Some(at) => at,
            None => {
                owner.indexes.push(Index { name: Some(name), unique: row.flag(2), parts: Vec::new(), origin: IndexOrigin::Live });
                owner.indexes.len() - 1
            }
        };
        let parts = &mut owner.indexes[at].parts;
        let descending = row.flag(4);
        let part = match row.opt_text(3)? {
            Some(name) => IndexPart::Column { name, length: None, descending },
            // Only the statement says what the expression is.
            None => IndexPart::Expression(arguments(&statement).get(parts.len()).cloned().unwrap_or_default()),
        };
        parts.push(part);
    }
    Ok(())
}

/// Returns what stands between the commas of the outermost parentheses of `CREATE INDEX … ON … (…)`.
fn arguments(statement: &str) -> Vec<String> {
    let (mut depth, mut quote, mut out) = (0, None, Vec::new());
    let mut piece = String::new();
    for c in statement.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => {
                depth += 1;
                if depth == 1 {
                    continue;
                }
            }
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    out.push(std::mem::take(&mut piece).trim().to_string());
                    return out;
                }
            }
            (None, ',') if depth == 1 => {
                out.push(std::mem::take(&mut piece).trim().to_string());
                continue;
            }
            _ => {}
        }
        if depth > 0 {
            piece.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_arguments_are_cut_at_outer_commas() {
        let statement = r#"CREATE INDEX "x (" ON "lab.t" ("a", json_extract("b", '$.c,d'), "e" DESC)"#;
        assert_eq!(arguments(statement), [r#""a""#, r#"json_extract("b", '$.c,d')"#, r#""e" DESC"#]);
    }

    #[test]
    fn words_in_quotes_are_not_words() {
        assert!(!has_word(r#"CREATE TABLE t ("AUTOINCREMENT" TEXT DEFAULT 'x AUTOINCREMENT')"#, "AUTOINCREMENT"));
        assert!(has_word("CREATE TABLE t (a INTEGER PRIMARY KEY autoincrement)", "AUTOINCREMENT"));
    }

    #[test]
    fn defaults_are_read_as_written() {
        assert_eq!(default_of("'it''s'".into()), ColumnDefault::Literal("it's".into()));
        assert_eq!(default_of("-5".into()), ColumnDefault::Literal("-5".into()));
        assert_eq!(default_of("'a' || 'b'".into()), ColumnDefault::Expression("'a' || 'b'".into()));
    }
}
