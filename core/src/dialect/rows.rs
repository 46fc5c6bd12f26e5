//! Steps that change rows, in the SQL that PostgreSQL and SQLite share.

use super::Quoting;
use crate::catalog::{Catalog, Column, ColumnDefault, ColumnType, Statement, Table};
use crate::plan::{Fill, FillFrom, Literal, TableName};

/// Greatest number of rows that one statement inserts.
const ROWS_MAX: usize = 500;

/// What one of the two servers does its own way.
pub(super) struct Rows {
    pub quoting: Quoting,
    /// Returns the name of a table.
    pub table: fn(&TableName) -> String,
    /// What names a row while a statement runs.
    pub row: &'static str,
    /// Whether `DEFAULT` may stand for a value.
    pub takes_default: bool,
    pub literal: fn(&Literal, &ColumnType) -> String,
    /// Returns how a constant is written that is compared with a column, where it is not the one that is stored.
    pub compared: fn(&str, &ColumnType) -> Option<String>,
    /// Returns the expression with its value made one for the second column; it is of the type of the first.
    pub converted: fn(&str, &Column, &Column) -> String,
}

type Values = [(String, Literal)];

impl Rows {
    fn column(&self, catalog: &Catalog, table: &TableName, name: &str) -> Option<Column> {
        catalog.table(&table.schema, &table.table)?.column(name).cloned()
    }

    /// Returns a constant for a column.
    fn constant(&self, literal: &Literal, column: Option<&Column>) -> String {
        let text = ColumnType::Text(crate::ir::Size::Long);
        match (literal, column) {
            (Literal::Default, Some(column)) if !self.takes_default => match &column.default {
                ColumnDefault::Literal(value) => (self.literal)(&Literal::Text(value.clone()), &column.ty),
                ColumnDefault::None | ColumnDefault::Null => "NULL".to_string(),
                ColumnDefault::CurrentTimestamp(0) => "CURRENT_TIMESTAMP".to_string(),
                ColumnDefault::CurrentTimestamp(_) => "strftime('%Y-%m-%d %H:%M:%f', 'now')".to_string(),
                ColumnDefault::Expression(expression) => format!("({expression})"),
            },
            (literal, column) => (self.literal)(literal, column.map_or(&text, |column| &column.ty)),
        }
    }

    /// Returns the inserts; a row whose primary key is there already is left alone.
    pub fn insert(&self, name: &TableName, columns: &[String], rows: &[Vec<Literal>], before: &Catalog) -> Vec<Statement> {
        let table = before.table(&name.schema, &name.table);
        let owners: Vec<Option<&Column>> = columns.iter().map(|column| table.and_then(|table| table.column(column))).collect();
        let says = |row: &[Literal]| -> Vec<bool> { row.iter().map(|it| self.takes_default || *it != Literal::Default).collect() };
        let mut out = Vec::new();
        let mut rest = rows;
        while let Some(first) = rest.first() {
            // Where DEFAULT is no value, the column is left out, for all rows of a statement.
            let said = says(first);
            let most = if said.contains(&true) { ROWS_MAX } else { 1 };
            let count = rest.iter().take(most).take_while(|row| says(row) == said).count();
            let (batch, behind) = rest.split_at(count);
            rest = behind;
            out.push(self.insert_batch(name, columns, &owners, &said, batch, table));
        }
        out
    }

    fn insert_batch(
        &self,
        name: &TableName,
        columns: &[String],
        owners: &[Option<&Column>],
        said: &[bool],
        rows: &[Vec<Literal>],
        table: Option<&Table>,
    ) -> Statement {
        let target = (self.table)(name);
        let named: Vec<String> = columns.iter().zip(said).filter(|(_, said)| **said).map(|(column, _)| column.clone()).collect();
        let written: Vec<String> = rows
            .iter()
            .map(|row| {
                let values = row.iter().zip(owners).zip(said).filter(|(_, said)| **said);
                let values: Vec<String> = values.map(|((value, owner), _)| self.constant(value, *owner)).collect();
                format!("({})", values.join(", "))
            })
            .collect();
        let skip = match table.map(|table| table.primary_key.as_slice()) {
            Some([_, ..]) => format!("\nON CONFLICT {} DO NOTHING", self.quoting.names(&table.expect("it has a key").primary_key)),
            Some([]) | None => String::new(),
        };
        let rows = if named.is_empty() {
            " DEFAULT VALUES".to_string()
        } else {
            format!(" {} VALUES\n  {}{skip}", self.quoting.names(&named), written.join(",\n  "))
        };
        let count = if written.len() == 1 { "1 row".to_string() } else { format!("{} rows", written.len()) };
        Statement { sql: format!("INSERT INTO {target}{rows}"), summary: format!("insert {count} into {target}") }
    }

    fn condition(&self, name: &TableName, key: &Values, was: &Values, before: &Catalog) -> String {
        let equal = |(column, literal): &(String, Literal)| match literal {
            Literal::Null => format!("{} IS NULL", self.quoting.name(column)),
            literal => {
                let owner = self.column(before, name, column);
                let value = self.constant(literal, owner.as_ref());
                let value = owner.and_then(|owner| (self.compared)(&value, &owner.ty)).unwrap_or(value);
                format!("{} = {value}", self.quoting.name(column))
            }
        };
        key.iter().chain(was).map(equal).collect::<Vec<_>>().join(" AND ")
    }

    /// Returns the change of one row.
    pub fn update(&self, name: &TableName, key: &Values, was: &Values, set: &Values, before: &Catalog) -> Vec<Statement> {
        if set.is_empty() {
            return Vec::new();
        }
        let target = (self.table)(name);
        let set: Vec<String> = set
            .iter()
            .map(|(column, literal)| {
                format!("{} = {}", self.quoting.name(column), self.constant(literal, self.column(before, name, column).as_ref()))
            })
            .collect();
        let condition = self.condition(name, key, was, before);
        let sql = format!("UPDATE {target} SET {} WHERE {condition}", set.join(", "));
        vec![Statement { sql, summary: format!("change a row of {target}") }]
    }

    /// Returns the deletion of one row.
    pub fn delete(&self, name: &TableName, key: &Values, was: &Values, before: &Catalog) -> Vec<Statement> {
        let target = (self.table)(name);
        let condition = self.condition(name, key, was, before);
        vec![Statement { sql: format!("DELETE FROM {target} WHERE {condition}"), summary: format!("delete a row of {target}") }]
    }

    /// Returns the deletion of what `~lineage` says of a table, where the schema keeps one.
    pub fn clear_lineage(&self, name: &TableName, before: &Catalog) -> Vec<Statement> {
        if before.schemas.get(&name.schema).is_none_or(|schema| schema.lineage.is_none()) {
            return Vec::new();
        }
        let lineage = (self.table)(&TableName::new(&name.schema, "~lineage"));
        let owner = self.quoting.text(&name.table);
        let sql = format!("DELETE FROM {lineage} WHERE {} = {owner}", self.quoting.name("table_name"));
        vec![Statement { sql, summary: format!("forget the lineage of {}", (self.table)(name)) }]
    }

    /// Returns the update that gives columns of existing rows their values.
    pub fn fill(&self, fill: &Fill, before: &Catalog) -> Vec<Statement> {
        if fill.columns.is_empty() {
            return Vec::new();
        }
        let mut joins = Joins::default();
        let set: Vec<(String, Value)> = fill
            .columns
            .iter()
            .map(|(name, from)| {
                let column = self.column(before, &fill.table, name);
                let value = match from {
                    FillFrom::Literal(literal) => Value::Written(self.constant(literal, column.as_ref())),
                    FillFrom::Sql(expression) => Value::Written(format!("({expression})")),
                    FillFrom::Column(other) => {
                        let source = self.column(before, &fill.table, other);
                        Value::Written(self.fitted(format!("t.{}", self.quoting.name(other)), source.as_ref(), column.as_ref()))
                    }
                    FillFrom::Parent { table, column: other, on } => {
                        Value::Parent { join: joins.number(table, on), table: table.clone(), column: other.clone() }
                    }
                };
                (name.clone(), value)
            })
            .collect();

        let target = (self.table)(&fill.table);
        let lone = joins.list.len() == 1 && set.iter().all(|(_, value)| matches!(value, Value::Parent { .. }));
        let mut given = Vec::new();
        let set: Vec<String> = set
            .into_iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::Written(value) => value,
                    Value::Parent { join, table, column } => {
                        let quoted = format!("p{join}.{}", self.quoting.name(&column));
                        let source = self.column(before, &table, &column);
                        let value = if lone {
                            quoted
                        } else {
                            given.push(format!("{quoted} AS djc_{}", given.len() + 1));
                            format!("djc.djc_{}", given.len())
                        };
                        self.fitted(value, source.as_ref(), self.column(before, &fill.table, &name).as_ref())
                    }
                };
                format!("{} = {value}", self.quoting.name(&name))
            })
            .collect();
        let mut conditions = Vec::new();
        let from = match joins.list.as_slice() {
            [] => String::new(),
            [(parent, on)] if lone => {
                conditions.extend(on.iter().map(|pair| self.pair("t", pair, 1)));
                format!("\nFROM {} AS p1", (self.table)(parent))
            }
            // A row without one of the parents keeps its place, and names in expressions are those of the table alone.
            several => {
                let row = self.row;
                conditions.push(format!("t.{row} = djc.djc_row"));
                let joined: String = several
                    .iter()
                    .enumerate()
                    .map(|(at, (parent, on))| {
                        let on: Vec<String> = on.iter().map(|pair| self.pair("r", pair, at + 1)).collect();
                        format!("\n  LEFT JOIN {} AS p{} ON {}", (self.table)(parent), at + 1, on.join(" AND "))
                    })
                    .collect();
                format!("\nFROM (SELECT r.{row} AS djc_row, {} FROM {target} AS r{joined}) AS djc", given.join(", "))
            }
        };
        conditions.extend(fill.where_null.iter().map(|column| format!("t.{} IS NULL", self.quoting.name(column))));
        conditions.extend(fill.where_not_null.iter().map(|column| format!("t.{} IS NOT NULL", self.quoting.name(column))));
        let condition = if conditions.is_empty() { String::new() } else { format!("\nWHERE {}", conditions.join(" AND ")) };
        let sql = format!("UPDATE {target} AS t SET {}{from}{condition}", set.join(", "));
        let columns: Vec<String> = fill.columns.iter().map(|(name, _)| self.quoting.name(name)).collect();
        vec![Statement { sql, summary: format!("fill {} of {target}", columns.join(", ")) }]
    }

    fn fitted(&self, value: String, from: Option<&Column>, to: Option<&Column>) -> String {
        match (from, to) {
            (Some(from), Some(to)) => (self.converted)(&value, from, to),
            _ => value,
        }
    }

    fn pair(&self, child: &str, (own, parents): &(String, String), join: usize) -> String {
        format!("{child}.{} = p{join}.{}", self.quoting.name(own), self.quoting.name(parents))
    }
}

/// Where a filled column gets its value.
enum Value {
    Written(String),
    Parent { join: usize, table: TableName, column: String },
}

/// The parents that a [`Fill`] joins, each once.
#[derive(Default)]
struct Joins {
    list: Vec<(TableName, Vec<(String, String)>)>,
}

impl Joins {
    /// Returns the number of a join, counted from 1.
    fn number(&mut self, table: &TableName, on: &[(String, String)]) -> usize {
        let found = self.list.iter().position(|(parent, pairs)| parent == table && pairs == on);
        found.unwrap_or_else(|| {
            self.list.push((table.clone(), on.to_vec()));
            self.list.len() - 1
        }) + 1
    }
}
