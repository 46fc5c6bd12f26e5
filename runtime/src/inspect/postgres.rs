//! Inspection of PostgreSQL, from its own catalog: information_schema hides comments, enums and what is not ours.

use std::collections::HashMap;

use djc_core::catalog::{Action, Column, ColumnDefault, ColumnType, ForeignKey, Index, IndexOrigin, IndexPart, Schema, Table, TableKind};
use djc_core::dialect::Quoting;
use djc_core::ir::SqlLiteral;

use super::{Hidden, InspectOptions, Pieces, lineage, marked_type, postgres_type, referrer};
use crate::db::Db;
use crate::error::SqlError;
use crate::value::SqlValue;

pub(super) async fn inspect(db: &mut Db, options: &InspectOptions) -> Result<Pieces, SqlError> {
    // One snapshot for all queries. With an empty search path every name outside of pg_catalog is printed with its schema.
    // A transaction that is under way goes on behind it, and has seen its own changes.
    let (begin, end) = match db.in_transaction() {
        false => ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ROLLBACK"),
        true => ("SAVEPOINT djc_inspect", "ROLLBACK TO SAVEPOINT djc_inspect; RELEASE SAVEPOINT djc_inspect"),
    };
    db.execute(begin).await?;
    let outcome = read(db, options).await;
    if !matches!(&outcome, Err(error) if error.is_lost()) {
        db.execute(end).await?;
    }
    outcome
}

async fn read(db: &mut Db, options: &InspectOptions) -> Result<Pieces, SqlError> {
    db.execute("SET LOCAL search_path = ''").await?;
    let mut pieces = Pieces::default();
    let (condition, values) = only(options.schemas.as_deref());
    read_schemas(db, &condition, &values, &mut pieces).await?;
    read_enums(db, &condition, &values, &mut pieces).await?;
    let mut condition = condition;
    if let Some(tables) = &options.tables {
        let names: Vec<String> = tables.iter().map(|name| Quoting::Standard.text(name)).collect();
        condition.push_str(&format!(" AND c.relname IN ({})", names.join(", ")));
    }
    read_tables(db, &condition, &values, &mut pieces).await?;
    read_columns(db, &condition, &values, &mut pieces).await?;
    read_constraints(db, &condition, &values, &mut pieces).await?;
    read_indexes(db, &condition, &values, &mut pieces).await?;
    read_lineage(db, &mut pieces).await?;
    if options.referrers {
        referrer::read(db, false, &mut pieces).await?;
    }
    Ok(pieces)
}

/// Reads `~lineage` where the account may. All else stands in a catalog that hides nothing.
async fn read_lineage(db: &mut Db, pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = "SELECT n.nspname::text AS a, current_user::text AS b, \
               pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS c \
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = $1";
    let mut rights = HashMap::new();
    for row in db.query(sql, &[lineage::TABLE.into()]).await? {
        rights.insert(row.text(0)?, (row.text(1)?, row.flag(2)));
    }
    let mut readable = Vec::new();
    for schema in lineage::schemas(pieces) {
        match rights.get(&schema) {
            Some((account, false)) => {
                let account = Quoting::Standard.name(account);
                let (owner, table) = (Quoting::Standard.name(&schema), Quoting::Standard.qualified(&schema, lineage::TABLE));
                let grant = format!("GRANT USAGE ON SCHEMA {owner} TO {account}; GRANT SELECT ON {table} TO {account}");
                pieces.hide(Hidden::Lineage { schema }, grant);
            }
            Some((_, true)) | None => readable.push(schema),
        }
    }
    lineage::read(db, readable, pieces).await
}

/// Returns a condition on `n.nspname`, and what it binds.
pub(super) fn only(schemas: Option<&[String]>) -> (String, Vec<SqlValue>) {
    match schemas {
        Some(names) => {
            let marks: Vec<String> = (1..=names.len()).map(|at| format!("${at}")).collect();
            (format!("n.nspname IN ({})", marks.join(", ")), names.iter().map(|name| SqlValue::Text(name.clone())).collect())
        }
        None => ("n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'".to_string(), Vec::new()),
    }
}

/// Reads a JSON array that `json_agg` made.
fn array<T: serde::de::DeserializeOwned>(text: Option<String>) -> Result<Vec<T>, SqlError> {
    match text {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(&text).map_err(|error| SqlError::Unexpected(format!("the server's list `{text}`: {error}"))),
    }
}

pub(super) async fn read_schemas(db: &mut Db, condition: &str, values: &[SqlValue], pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!("SELECT n.nspname::text AS a FROM pg_catalog.pg_namespace n WHERE {condition}");
    for row in db.query(&sql, values).await? {
        pieces.add_schema(Schema { name: row.text(0)?, ..Schema::default() });
    }
    Ok(())
}

async fn read_enums(db: &mut Db, condition: &str, values: &[SqlValue], pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT n.nspname::text AS a, t.typname::text AS b, pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)::text AS c \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid WHERE {condition} GROUP BY n.nspname, t.typname"
    );
    for row in db.query(&sql, values).await? {
        let name = row.text(1)?;
        let labels = array(row.opt_text(2)?)?;
        if let Some(schema) = pieces.schema(&row.text(0)?) {
            schema.enums.insert(name, labels);
        }
    }
    Ok(())
}

async fn read_tables(db: &mut Db, condition: &str, values: &[SqlValue], pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT n.nspname::text AS a, c.relname::text AS b, c.relkind::text AS c, \
         pg_catalog.obj_description(c.oid, 'pg_class') AS d \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE {condition} AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
    );
    for row in db.query(&sql, values).await? {
        let kind = if matches!(row.text(2)?.as_str(), "v" | "m") { TableKind::View } else { TableKind::Base };
        pieces.add_table(Table {
            schema: row.text(0)?,
            name: row.text(1)?,
            kind,
            columns: Vec::new(),
            primary_key: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            comment: row.text(3)?,
            engine: None,
            charset: None,
            generation: None,
        });
    }
    Ok(())
}

async fn read_columns(db: &mut Db, condition: &str, values: &[SqlValue], pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT n.nspname::text AS a, c.relname::text AS b, t.attname::text AS c, \
         pg_catalog.format_type(t.atttypid, t.atttypmod) AS d, t.attnotnull AS e, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS f, \
         pg_catalog.col_description(c.oid, t.attnum) AS g, t.attidentity::text AS h, \
         CASE WHEN y.typtype = 'e' THEN y.typname::text END AS i, yn.nspname::text AS j, \
         CASE WHEN y.typtype = 'e' THEN (SELECT pg_catalog.json_agg(v.enumlabel ORDER BY v.enumsortorder)::text \
           FROM pg_catalog.pg_enum v WHERE v.enumtypid = y.oid) END AS k \
         FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_type y ON y.oid = t.atttypid JOIN pg_catalog.pg_namespace yn ON yn.oid = y.typnamespace \
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.attrelid AND d.adnum = t.attnum \
         WHERE {condition} AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND t.attnum > 0 AND NOT t.attisdropped \
         ORDER BY c.oid, t.attnum"
    );
    for row in db.query(&sql, values).await? {
        let (schema, table) = (row.text(0)?, row.text(1)?);
        let nullable = !row.flag(4);
        let comment = row.text(6)?;
        let ty = match row.opt_text(8)? {
            Some(name) => ColumnType::Enum { name: Some((row.text(9)?, name)), values: array(row.opt_text(10)?)? },
            None => postgres_type(&row.text(3)?),
        };
        let expression = row.opt_text(5)?;
        let numbered = !row.text(7)?.is_empty() || expression.as_deref().is_some_and(|text| text.starts_with("nextval("));
        let default = match expression {
            _ if numbered => ColumnDefault::None,
            None if nullable => ColumnDefault::Null,
            None => ColumnDefault::None,
            Some(text) => default_of(text),
        };
        let Some(owner) = pieces.table(&schema, &table) else { continue };
        owner.columns.push(Column {
            name: row.text(2)?,
            ty,
            nullable,
            default,
            declared: marked_type(&comment),
            comment,
            auto_increment: numbered,
            on_update: None,
            charset: None,
        });
    }
    Ok(())
}

/// Reads a default as the server prints it: `'x'::character varying`, `'-5'::integer`, `CURRENT_TIMESTAMP(3)`, `true`.
fn default_of(text: String) -> ColumnDefault {
    if text == "NULL" || text.starts_with("NULL::") {
        return ColumnDefault::Null;
    }
    if text == "CURRENT_TIMESTAMP" {
        return ColumnDefault::CurrentTimestamp(0);
    }
    if let Some(digits) = text.strip_prefix("CURRENT_TIMESTAMP(").and_then(|rest| rest.strip_suffix(')')?.parse().ok()) {
        return ColumnDefault::CurrentTimestamp(digits);
    }
    if let Some((literal, behind)) = quoted(&text)
        && (behind.is_empty() || (behind.starts_with("::") && !behind.contains(['(', '\'', '|']) || only_a_type(behind)))
    {
        return ColumnDefault::Literal(literal);
    }
    let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(&text);
    let number = bare.parse::<f64>().is_ok_and(f64::is_finite) && !bare.ends_with('.');
    if number || matches!(bare, "true" | "false") { ColumnDefault::Literal(bare.to_string()) } else { ColumnDefault::Expression(text) }
}

/// Returns whether nothing but a cast to a type with digits stands there: `::numeric(6,2)`, `::timestamp(3) without time zone`.
fn only_a_type(text: &str) -> bool {
    text.strip_prefix("::")
        .is_some_and(|ty| ty.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '(' | ')' | ',' | '_' | '.' | '"')))
}

/// Cuts a quoted literal from the head of a text.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('\'')?;
    let mut from = 0;
    loop {
        let at = from + inner[from..].find('\'')?;
        if inner[at + 1..].starts_with('\'') {
            from = at + 2;
            continue;
        }
        return Some((SqlLiteral::quoted(&inner[..at]).value(false), &inner[at + 1..]));
    }
}

async fn read_constraints(db: &mut Db, condition: &str, values: &[SqlValue], pieces: &mut Pieces) -> Result<(), SqlError> {
    let columns = |numbers: &str, table: &str| {
        format!(
            "(SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)::text \
             FROM pg_catalog.unnest(o.{numbers}) WITH ORDINALITY AS k(number, place) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = o.{table} AND a.attnum = k.number)"
        )
    };
    let sql = format!(
        "SELECT n.nspname::text AS a, c.relname::text AS b, o.conname::text AS c, o.contype::text AS d, {} AS e, \
         pn.nspname::text AS f, p.relname::text AS g, {} AS h, o.confupdtype::text AS i, o.confdeltype::text AS j \
         FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_class p ON p.oid = o.confrelid LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace \
         WHERE {condition} AND o.contype IN ('p', 'f') ORDER BY o.oid",
        columns("conkey", "conrelid"),
        columns("confkey", "confrelid"),
    );
    for row in db.query(&sql, values).await? {
        let columns: Vec<String> = array(row.opt_text(4)?)?;
        let Some(owner) = pieces.table(&row.text(0)?, &row.text(1)?) else { continue };
        if row.text(3)? == "p" {
            owner.primary_key = columns;
            continue;
        }
        owner.foreign_keys.push(ForeignKey {
            name: row.opt_text(2)?,
            columns,
            parent_schema: row.text(5)?,
            parent_table: row.text(6)?,
            parent_columns: array(row.opt_text(7)?)?,
            on_update: action(&row.text(8)?),
            on_delete: action(&row.text(9)?),
        });
    }
    Ok(())
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

async fn read_indexes(db: &mut Db, condition: &str, values: &[SqlValue], pieces: &mut Pieces) -> Result<(), SqlError> {
    let sql = format!(
        "SELECT n.nspname::text AS a, c.relname::text AS b, i.relname::text AS c, x.indisunique AS d, \
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, \
            CASE WHEN k.number = 0 THEN pg_catalog.pg_get_indexdef(x.indexrelid, k.place::int, true) END, \
            (x.indoption[k.place - 1] & 1) = 1) ORDER BY k.place)::text \
          FROM pg_catalog.unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place) \
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0 \
          WHERE k.place <= x.indnkeyatts) AS e, \
         pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS f \
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid \
         JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE {condition} AND NOT x.indisprimary AND c.relkind IN ('r', 'p', 'm') ORDER BY i.relname"
    );
    for row in db.query(&sql, values).await? {
        let parts: Vec<(Option<String>, Option<String>, bool)> = array(row.opt_text(4)?)?;
        let mut parts: Vec<IndexPart> = parts
            .into_iter()
            .map(|(column, expression, descending)| match (column, expression) {
                (Some(name), _) => IndexPart::Column { name, length: None, descending },
                (None, expression) => IndexPart::Expression(expression.unwrap_or_default()),
            })
            .collect();
        // A partial index is never one of datajoint's; its condition keeps it from looking like one.
        if let Some(condition) = row.opt_text(5)? {
            parts.push(IndexPart::Expression(format!("WHERE {condition}")));
        }
        let index = Index { name: row.opt_text(2)?, unique: row.flag(3), parts, origin: IndexOrigin::Live };
        if let Some(owner) = pieces.table(&row.text(0)?, &row.text(1)?) {
            owner.indexes.push(index);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_lose_their_casts() {
        let read = |text: &str| default_of(text.to_string());
        let literal = |text: &str| ColumnDefault::Literal(text.to_string());
        assert_eq!(read("'it''s'::character varying"), literal("it's"));
        assert_eq!(read("''::bpchar"), literal(""));
        assert_eq!(read("'-5'::integer"), literal("-5"));
        assert_eq!(read("(-5)"), literal("-5"));
        assert_eq!(read("1.50"), literal("1.50"));
        assert_eq!(read("'a'::lab.enum_12345678"), literal("a"));
        assert_eq!(read("'2020-01-01 00:00:00'::timestamp(3) without time zone"), literal("2020-01-01 00:00:00"));
        assert_eq!(read("false"), literal("false"));
        assert_eq!(read("CURRENT_TIMESTAMP(3)"), ColumnDefault::CurrentTimestamp(3));
        assert_eq!(read("NULL::character varying"), ColumnDefault::Null);
        assert_eq!(read("('a'::text || 'b'::text)"), ColumnDefault::Expression("('a'::text || 'b'::text)".into()));
        assert_eq!(read("now()"), ColumnDefault::Expression("now()".into()));
    }
}
