//! Which name of `to` each name of `from` has become.

use std::collections::{BTreeMap, HashMap};

use crate::catalog::{ForeignKey, Table};

type Place<'a> = (&'a str, &'a str);

/// New names of tables, and of columns by table; what is not in it kept its name.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    tables: HashMap<Place<'a>, Place<'a>>,
    columns: HashMap<Place<'a>, BTreeMap<&'a str, &'a str>>,
}

impl<'a> Names<'a> {
    pub fn add_table(&mut self, from: &'a Table, to: &'a Table) {
        self.tables.insert((&from.schema, &from.name), (&to.schema, &to.name));
    }

    pub fn add_columns(&mut self, table: &'a Table, renamed: BTreeMap<&'a str, &'a str>) {
        if !renamed.is_empty() {
            self.columns.insert((&table.schema, &table.name), renamed);
        }
    }

    /// Returns schema and table.
    pub fn table<'n>(&'n self, schema: &'n str, table: &'n str) -> (&'n str, &'n str) {
        self.tables.get(&(schema, table)).copied().unwrap_or((schema, table))
    }

    /// Returns the column; the table is named as in `from`.
    pub fn column<'n>(&'n self, schema: &'n str, table: &'n str, column: &'n str) -> &'n str {
        self.columns.get(&(schema, table)).and_then(|renamed| renamed.get(column)).copied().unwrap_or(column)
    }

    /// Returns the renamed columns of a table of `from`.
    pub fn columns_of<'n>(&'n self, table: &'n Table) -> impl Iterator<Item = (&'n str, &'n str)> {
        self.columns.get(&(table.schema.as_str(), table.name.as_str())).into_iter().flatten().map(|(from, to)| (*from, *to))
    }

    /// Returns a foreign key of `from` with the names of `to`.
    pub fn foreign_key(&self, table: &Table, key: &ForeignKey) -> ForeignKey {
        let (schema, parent) = self.table(&key.parent_schema, &key.parent_table);
        let own = |column: &String| self.column(&table.schema, &table.name, column).to_string();
        let theirs = |column: &String| self.column(&key.parent_schema, &key.parent_table, column).to_string();
        ForeignKey {
            name: None,
            columns: key.columns.iter().map(own).collect(),
            parent_schema: schema.to_string(),
            parent_table: parent.to_string(),
            parent_columns: key.parent_columns.iter().map(theirs).collect(),
            on_update: key.on_update,
            on_delete: key.on_delete,
        }
    }

    /// Returns an origin `schema.table.attribute` with the names of `to`.
    pub fn origin(&self, origin: &str) -> String {
        let mut pieces = origin.rsplitn(3, '.');
        match (pieces.next(), pieces.next(), pieces.next()) {
            (Some(column), Some(table), Some(schema)) => {
                let (new_schema, new_table) = self.table(schema, table);
                format!("{new_schema}.{new_table}.{}", self.column(schema, table, column))
            }
            _ => origin.to_string(),
        }
    }
}
