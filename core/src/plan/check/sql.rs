//! Questions to the rows in the SQL of each server. All of it only reads.

use super::{Check, CheckKind};
use crate::catalog::{Catalog, Column, ColumnType, Table};
use crate::dialect::{Server, SqlWriter};
use crate::plan::{Literal, TableName};

/// How many rows are shown.
const SHOWN: usize = 5;

/// A question in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckSql {
    /// Brings one row with one number: how many rows break the plan.
    pub count: String,
    /// Brings the first of them, at most five, each value as text or NULL.
    pub rows: String,
    /// What the columns of `rows` are.
    pub columns: Vec<String>,
}

impl Check {
    /// Returns the question for a server; `from` holds the tables from before the plan.
    pub fn sql(&self, server: Server, from: &Catalog) -> CheckSql {
        let asked = Asked { check: self, server, from };
        match &self.kind {
            CheckKind::Null { column } => asked.simple(&[column], |sql| {
                sql.raw("t.").name(column).raw(" IS NULL");
            }),
            CheckKind::TooLong { column, max, bytes } => asked.simple(&[column], |sql| {
                sql.raw(&asked.length(column, *bytes)).raw(&format!(" > {max}"));
            }),
            CheckKind::OutOfRange { column, min, max } => asked.simple(&[column], |sql| {
                let value = asked.number(column, min.starts_with('\''));
                sql.raw(&format!("{value} < {min} OR {value} > {max}"));
            }),
            CheckKind::LosesDigits { column, digits } => asked.simple(&[column], |sql| {
                sql.raw(&asked.more_digits(column, *digits));
            }),
            CheckKind::NotOfType { column, ty } => asked.simple(&[column], |sql| {
                sql.raw("t.").name(column).raw(" IS NOT NULL AND ").raw(&asked.unreadable(column, ty));
            }),
            CheckKind::NotInEnum { column, values } => asked.simple(&[column], |sql| {
                sql.raw(&asked.as_text("t", column)).raw(" NOT IN (");
                for (at, value) in values.iter().enumerate() {
                    sql.raw(if at > 0 { ", " } else { "" }).text(value);
                }
                sql.raw(")");
            }),
            CheckKind::Duplicates { columns } => asked.duplicates(columns),
            CheckKind::Orphans { columns, parent, parent_columns } => asked.simple(&columns.iter().collect::<Vec<_>>(), |sql| {
                for column in columns {
                    sql.raw("t.").name(column).raw(" IS NOT NULL AND ");
                }
                sql.raw("NOT EXISTS (SELECT 1 FROM ").raw(&asked.table(parent)).raw(" p WHERE ");
                asked.joined(sql, "p", parent_columns, "t", columns);
                sql.raw(")");
            }),
            CheckKind::InUse { key, child, columns, parent_columns, except } => asked.in_use(key, child, columns, parent_columns, except),
            CheckKind::AnyRow => asked.simple(&[], |sql| {
                sql.raw("1 = 1");
            }),
        }
    }
}

struct Asked<'a> {
    check: &'a Check,
    server: Server,
    from: &'a Catalog,
}

impl<'a> Asked<'a> {
    fn writer(&self) -> SqlWriter {
        SqlWriter::new(self.server.dialect().facts().quoting)
    }

    fn table(&self, name: &TableName) -> String {
        self.server.table_sql(&name.schema, &name.table)
    }

    fn known(&self, table: &TableName) -> Option<&'a Table> {
        self.from.table(&table.schema, &table.table)
    }

    fn column(&self, table: &TableName, column: &str) -> Option<&'a Column> {
        self.known(table)?.column(column)
    }

    /// Returns a column as text, bytes in hex.
    fn as_text(&self, alias: &str, column: &str) -> String {
        self.text_of(alias, column, self.column(&self.check.table, column))
    }

    fn text_of(&self, alias: &str, column: &str, known: Option<&Column>) -> String {
        let name = format!("{alias}.{}", self.server.dialect().facts().quoting.name(column));
        let bytes = known.is_some_and(|column| is_bytes(&column.ty));
        match (self.server, bytes) {
            (Server::MySql | Server::MariaDb, true) => format!("LOWER(HEX({name}))"),
            (Server::MySql | Server::MariaDb, false) => format!("CAST({name} AS CHAR)"),
            (Server::Postgres, true) => format!("encode({name}, 'hex')"),
            (Server::Postgres, false) => format!("CAST({name} AS text)"),
            (Server::Sqlite, true) => format!("lower(hex({name}))"),
            (Server::Sqlite, false) => format!("CAST({name} AS TEXT)"),
        }
    }

    fn name(&self, column: &str) -> String {
        format!("t.{}", self.server.dialect().facts().quoting.name(column))
    }

    /// Returns a question about single rows; the columns stand behind the key among what is shown.
    fn simple(&self, columns: &[&String], condition: impl Fn(&mut SqlWriter)) -> CheckSql {
        let shown = self.shown(columns);
        let table = self.table(&self.check.table);
        let mut count = self.writer();
        count.raw("SELECT COUNT(*) FROM ").raw(&table).raw(" t WHERE ");
        condition(&mut count);
        let mut rows = self.writer();
        rows.raw("SELECT ");
        self.values(&mut rows, &shown);
        rows.raw(" FROM ").raw(&table).raw(" t WHERE ");
        condition(&mut rows);
        self.ordered(&mut rows, &self.check.key);
        CheckSql { count: count.finish(), rows: rows.finish(), columns: shown }
    }

    fn shown(&self, columns: &[&String]) -> Vec<String> {
        let mut shown = self.check.key.clone();
        for column in columns {
            if !shown.contains(column) {
                shown.push((*column).clone());
            }
        }
        // A table without a key shows something all the same.
        if shown.is_empty() {
            shown.extend(self.known(&self.check.table).and_then(|table| table.columns.first()).map(|column| column.name.clone()));
        }
        shown
    }

    fn values(&self, sql: &mut SqlWriter, columns: &[String]) {
        for (at, column) in columns.iter().enumerate() {
            sql.raw(if at > 0 { ", " } else { "" }).raw(&self.as_text("t", column));
        }
        if columns.is_empty() {
            sql.raw("''");
        }
    }

    fn ordered(&self, sql: &mut SqlWriter, columns: &[String]) {
        for (at, column) in columns.iter().enumerate() {
            sql.raw(if at > 0 { ", t." } else { " ORDER BY t." }).name(column);
        }
        sql.raw(&format!(" LIMIT {SHOWN}"));
    }

    fn joined(&self, sql: &mut SqlWriter, one: &str, columns: &[String], other: &str, others: &[String]) {
        for (at, (column, with)) in columns.iter().zip(others).enumerate() {
            sql.raw(if at > 0 { " AND " } else { "" }).raw(one).raw(".").name(column).raw(" = ").raw(other).raw(".").name(with);
        }
    }

    /// Returns the question for rows that are equal in some columns, NULL being equal to nothing.
    fn duplicates(&self, columns: &[String]) -> CheckSql {
        if columns.is_empty() {
            return self.several();
        }
        let table = self.table(&self.check.table);
        let group = |sql: &mut SqlWriter| {
            sql.raw(" FROM ").raw(&table).raw(" t WHERE ");
            for (at, column) in columns.iter().enumerate() {
                sql.raw(if at > 0 { " AND t." } else { "t." }).name(column).raw(" IS NOT NULL");
            }
            for (at, column) in columns.iter().enumerate() {
                sql.raw(if at > 0 { ", t." } else { " GROUP BY t." }).name(column);
            }
            sql.raw(" HAVING COUNT(*) > 1");
        };
        let mut count = self.writer();
        count.raw("SELECT COALESCE(SUM(d.n), 0) FROM (SELECT COUNT(*) AS n");
        group(&mut count);
        count.raw(") d");
        let shown = self.shown(&columns.iter().collect::<Vec<_>>());
        let mut rows = self.writer();
        rows.raw("SELECT ");
        self.values(&mut rows, &shown);
        rows.raw(" FROM ").raw(&table).raw(" t JOIN (SELECT ");
        for (at, column) in columns.iter().enumerate() {
            rows.raw(if at > 0 { ", t." } else { "t." }).name(column);
        }
        group(&mut rows);
        rows.raw(") d ON ");
        self.joined(&mut rows, "d", columns, "t", columns);
        let order: Vec<String> = columns.iter().chain(self.check.key.iter().filter(|column| !columns.contains(column))).cloned().collect();
        self.ordered(&mut rows, &order);
        CheckSql { count: count.finish(), rows: rows.finish(), columns: shown }
    }

    /// Returns the question for a table of more rows than one.
    fn several(&self) -> CheckSql {
        let table = self.table(&self.check.table);
        let mut count = self.writer();
        count.raw("SELECT CASE WHEN COUNT(*) > 1 THEN COUNT(*) ELSE 0 END FROM ").raw(&table);
        let shown = self.shown(&[]);
        let mut rows = self.writer();
        rows.raw("SELECT ");
        self.values(&mut rows, &shown);
        rows.raw(" FROM ").raw(&table).raw(" t WHERE (SELECT COUNT(*) FROM ").raw(&table).raw(") > 1");
        self.ordered(&mut rows, &self.check.key);
        CheckSql { count: count.finish(), rows: rows.finish(), columns: shown }
    }

    /// Returns the question for rows of a child that depend on one row.
    fn in_use(
        &self,
        key: &[(String, Literal)],
        child: &TableName,
        columns: &[String],
        parent_columns: &[String],
        except: &[Vec<(String, Literal)>],
    ) -> CheckSql {
        let dialect = self.server.dialect();
        let equals = |sql: &mut SqlWriter, alias: &str, table: &TableName, key: &[(String, Literal)]| {
            for (at, (column, literal)) in key.iter().enumerate() {
                let ty = self.column(table, column).map_or(ColumnType::Text(crate::ir::Size::Long), |column| column.ty.clone());
                sql.raw(if at > 0 { " AND " } else { "" }).raw(alias).raw(".").name(column).raw(" = ");
                sql.raw(&dialect.literal_sql(literal, &ty));
            }
        };
        let depends = |sql: &mut SqlWriter| {
            sql.raw(" FROM ").raw(&self.table(child)).raw(" t JOIN ").raw(&self.table(&self.check.table)).raw(" p ON ");
            self.joined(sql, "p", parent_columns, "t", columns);
            sql.raw(" WHERE ");
            equals(sql, "p", &self.check.table, key);
            for row in except {
                sql.raw(" AND NOT (");
                equals(sql, "t", child, row);
                sql.raw(")");
            }
        };
        let primary = self.known(child).map(|table| table.primary_key.clone()).unwrap_or_default();
        let shown = if primary.is_empty() { columns.to_vec() } else { primary };
        let mut count = self.writer();
        count.raw("SELECT COUNT(*)");
        depends(&mut count);
        let mut rows = self.writer();
        rows.raw("SELECT ");
        for (at, column) in shown.iter().enumerate() {
            rows.raw(if at > 0 { ", " } else { "" }).raw(&self.text_of("t", column, self.column(child, column)));
        }
        depends(&mut rows);
        self.ordered(&mut rows, &shown);
        CheckSql { count: count.finish(), rows: rows.finish(), columns: shown }
    }

    fn length(&self, column: &str, bytes: bool) -> String {
        let name = self.name(column);
        let is_bytes = self.column(&self.check.table, column).is_some_and(|column| is_bytes(&column.ty));
        match (self.server, bytes) {
            (Server::MySql | Server::MariaDb, true) => format!("OCTET_LENGTH({name})"),
            (Server::MySql | Server::MariaDb, false) => format!("CHAR_LENGTH({name})"),
            (Server::Postgres, _) if is_bytes => format!("octet_length({name})"),
            (Server::Postgres, true) => format!("octet_length(CAST({name} AS text))"),
            (Server::Postgres, false) => format!("char_length(CAST({name} AS text))"),
            (Server::Sqlite, true) => format!("length(CAST({name} AS BLOB))"),
            (Server::Sqlite, false) => format!("length(CAST({name} AS TEXT))"),
        }
    }

    /// Returns a column as something that compares with numbers, or with moments; SQLite keeps decimals as text.
    fn number(&self, column: &str, moment: bool) -> String {
        let name = self.name(column);
        let truth = self.column(&self.check.table, column).is_some_and(|column| column.ty == ColumnType::Boolean);
        match self.server {
            Server::Sqlite if !moment => format!("CAST({name} AS NUMERIC)"),
            Server::Postgres if truth => format!("CAST({name} AS int)"),
            _ => name,
        }
    }

    /// Returns whether a number, or the second of a moment, has more digits than these behind the point.
    fn more_digits(&self, column: &str, digits: u32) -> String {
        let name = self.name(column);
        let known = self.column(&self.check.table, column);
        let moment = known.is_some_and(|column| match &column.ty {
            ColumnType::Time(_) | ColumnType::Datetime(_) | ColumnType::Timestamp(_) => true,
            ColumnType::Text(_) => column.declared.as_deref().is_some_and(|text| text.contains("time")),
            _ => false,
        });
        let step = 10u32.pow(6 - digits.min(6));
        match (self.server, moment) {
            (Server::MySql | Server::MariaDb, true) => format!("MICROSECOND({name}) % {step} <> 0"),
            (Server::MySql | Server::MariaDb, false) => format!("{name} <> ROUND({name}, {digits})"),
            (Server::Postgres, true) => format!("CAST(EXTRACT(MICROSECONDS FROM {name}) AS bigint) % {step} <> 0"),
            (Server::Postgres, false) => format!("CAST({name} AS numeric) <> ROUND(CAST({name} AS numeric), {digits})"),
            (Server::Sqlite, true) => {
                format!("instr({name}, '.') > 0 AND length(rtrim(substr({name}, instr({name}, '.') + 1), '0')) > {digits}")
            }
            (Server::Sqlite, false) => format!("CAST({name} AS REAL) <> ROUND(CAST({name} AS REAL), {digits})"),
        }
    }

    /// Returns whether a text is none that the type reads.
    fn unreadable(&self, column: &str, ty: &str) -> String {
        let name = self.name(column);
        let quoting = self.server.dialect().facts().quoting;
        let kind = Kind::of(ty);
        let pattern = kind.pattern();
        match self.server {
            Server::MySql | Server::MariaDb => match kind {
                Kind::Json => format!("NOT JSON_VALID({name})"),
                Kind::Date => format!("CAST({name} AS DATE) IS NULL"),
                Kind::Moment => format!("CAST({name} AS DATETIME(6)) IS NULL"),
                Kind::Clock => format!("CAST({name} AS TIME(6)) IS NULL"),
                _ => format!("{name} NOT REGEXP {}", quoting.text(pattern)),
            },
            Server::Postgres => format!("CAST({name} AS text) !~* {}", quoting.text(pattern)),
            Server::Sqlite => match kind {
                Kind::Json => format!("NOT json_valid({name})"),
                Kind::Date => format!("date({name}) IS NULL"),
                Kind::Moment => format!("datetime({name}) IS NULL"),
                Kind::Clock => format!("time({name}) IS NULL"),
                Kind::Whole => format!("(trim({name}) = '' OR ltrim(trim({name}), '+-') GLOB '*[^0-9]*')"),
                _ => format!("(trim({name}) = '' OR trim({name}) GLOB '*[^0-9.eE+-]*')"),
            },
        }
    }
}

fn is_bytes(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Binary(_) | ColumnType::Varbinary(_) | ColumnType::Blob(_))
}

/// What a text has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Number,
    Date,
    Moment,
    Clock,
    Json,
    Uuid,
    Truth,
}

impl Kind {
    /// Reads a type as servers write it, or on SQLite, which has few, as the definition says it.
    fn of(ty: &str) -> Self {
        let ty = ty.to_ascii_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| ty.starts_with(word));
        match () {
            () if begins(&["json"]) => Kind::Json,
            () if begins(&["uuid"]) => Kind::Uuid,
            () if begins(&["bool"]) => Kind::Truth,
            () if begins(&["datetime", "timestamp"]) => Kind::Moment,
            () if begins(&["date"]) => Kind::Date,
            () if begins(&["time"]) => Kind::Clock,
            () if begins(&["decimal", "numeric", "float", "double", "real"]) => Kind::Number,
            () => Kind::Whole,
        }
    }

    /// Returns what such texts look like.
    fn pattern(self) -> &'static str {
        match self {
            Kind::Whole => "^ *[-+]?[0-9]+ *$",
            Kind::Number => "^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]+)? *$",
            Kind::Date => "^ *[0-9]{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])( .*)?$",
            Kind::Moment => "^ *[0-9]{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)? *$",
            Kind::Clock => "^ *[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)? *$",
            Kind::Json => "^[[:space:]]*([[{\"0-9-]|true|false|null)",
            Kind::Uuid => "^[{]?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}[}]?$",
            Kind::Truth => "^ *(t|true|f|false|y|yes|n|no|on|off|1|0) *$",
        }
    }
}
