//! What tables hold, and a hash for each column, so that a law can say: this column is what it was.
//!
//! A plain client reads the rows. A column's hash is over its values beside the key of their row, in an order that no server chooses; so two columns have one
//! hash where every row has the value that it had, whatever the tables and columns are called by now.

use std::collections::BTreeMap;

use djc::core::catalog::{Catalog, TableKind};
use djc::core::dialect::Server;
use djc::core::plan::TableName;
use djc_runtime::{Db, SqlValue};

/// The rows of all tables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    tables: BTreeMap<TableName, Held>,
}

/// The rows of one table, in the order of their bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    columns: Vec<String>,
    rows: Vec<Vec<SqlValue>>,
}

impl Contents {
    /// Reads the tables of a catalog, `~lineage` left out.
    pub async fn read(db: &mut Db, catalog: &Catalog) -> Contents {
        let mut tables = BTreeMap::new();
        for table in catalog.tables().filter(|table| table.kind == TableKind::Base && table.name != "~lineage") {
            let name = TableName::new(&table.schema, &table.name);
            let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
            tables.insert(name.clone(), Held::read(db, &name, columns).await);
        }
        Contents { tables }
    }

    /// Returns what a table holds.
    pub fn table(&self, name: &TableName) -> Option<&Held> {
        self.tables.get(name)
    }

    /// Returns how many rows all tables have.
    pub fn len(&self) -> usize {
        self.tables.values().map(Held::len).sum()
    }

    /// Returns, table by table, what is not as it was, for a message.
    pub fn differences(&self, now: &Contents) -> Vec<String> {
        let mut out = Vec::new();
        for (name, was) in &self.tables {
            match now.table(name) {
                None => out.push(format!("{name} is gone with {} rows", was.len())),
                Some(now) => out.extend(was.differences(now).into_iter().map(|difference| format!("{name}: {difference}"))),
            }
        }
        out
    }
}

impl Held {
    async fn read(db: &mut Db, name: &TableName, columns: Vec<String>) -> Held {
        let server = db.server();
        let list: Vec<String> = columns.iter().map(|column| server.dialect().facts().quoting.name(column)).collect();
        // A text of its own for every reading: PostgreSQL refuses a prepared statement whose columns have other types by now. With a value bound the MySQL
        // family sends all bits of a float.
        let (list, table, mark) = (list.join(", "), server.table_sql(&name.schema, &name.table), db.placeholder(0));
        let sql = match server {
            Server::Postgres => format!("SELECT {list} FROM {table} WHERE CAST({mark} AS bigint) = {}", db.statements_sent()),
            Server::MySql | Server::MariaDb | Server::Sqlite => {
                format!("SELECT {list} FROM {table} WHERE {mark} = {}", db.statements_sent())
            }
        };
        let value = SqlValue::I64(db.statements_sent() as i64);
        let rows = db.query(&sql, &[value]).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let mut rows: Vec<Vec<SqlValue>> = rows.iter().map(|row| row.values().to_vec()).collect();
        rows.sort_by_cached_key(|row| row.iter().map(bytes).collect::<Vec<_>>());
        Held { columns, rows }
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the values of some columns, row by row; `None` where one of them is not there.
    pub fn columns(&self, names: &[String]) -> Option<Vec<Vec<&SqlValue>>> {
        let at: Option<Vec<usize>> = names.iter().map(|name| self.columns.iter().position(|column| column == name)).collect();
        let at = at?;
        Some(self.rows.iter().map(|row| at.iter().map(|at| &row[*at]).collect()).collect())
    }

    /// Returns the values of a column, row by row; none where it is not there.
    pub fn column(&self, name: &str) -> Vec<&SqlValue> {
        self.columns(&[name.to_string()]).into_iter().flatten().flatten().collect()
    }

    /// Returns the hash of a column: of its values, each beside the key of its row, in the order of their bytes. `None` where a column is not there.
    pub fn hash(&self, key: &[String], column: &str) -> Option<blake3::Hash> {
        let names: Vec<String> = key.iter().cloned().chain([column.to_string()]).collect();
        let mut rows: Vec<Vec<u8>> = self.columns(&names)?.iter().map(|row| row.iter().flat_map(|value| bytes(value)).collect()).collect();
        rows.sort();
        let mut hasher = blake3::Hasher::new();
        for row in rows {
            hasher.update(&(row.len() as u64).to_le_bytes()).update(&row);
        }
        Some(hasher.finalize())
    }

    /// Returns what is not as it was in the columns that were there.
    fn differences(&self, now: &Held) -> Vec<String> {
        let mut out = Vec::new();
        if self.len() != now.len() {
            out.push(format!("{} rows, before {}", now.len(), self.len()));
        }
        for column in &self.columns {
            if now.columns(std::slice::from_ref(column)).is_none() {
                out.push(format!("column {column} is gone"));
            } else if self.hash(&[], column) != now.hash(&[], column) {
                let values = |held: &Held| format!("{:?}", held.column(column).into_iter().take(8).collect::<Vec<_>>());
                out.push(format!("column {column} holds {}, before {}", values(now), values(self)));
            }
        }
        let sorted = |held: &Held| {
            let mut rows: Vec<Vec<u8>> =
                held.columns(&self.columns).into_iter().flatten().map(|row| row.iter().flat_map(|value| bytes(value)).collect()).collect();
            rows.sort();
            rows
        };
        if out.is_empty() && sorted(self) != sorted(now) {
            out.push("values stand beside other keys".to_string());
        }
        out
    }
}

/// Returns a value as bytes that no other value has: a kind, a length, the value. Numbers are the same whatever their width.
pub fn bytes(value: &SqlValue) -> Vec<u8> {
    let (kind, bytes) = match value {
        SqlValue::Null => (b'0', Vec::new()),
        SqlValue::Bool(value) => (b'i', u8::from(*value).to_string().into_bytes()),
        SqlValue::I64(value) => (b'i', value.to_string().into_bytes()),
        SqlValue::U64(value) => (b'i', value.to_string().into_bytes()),
        SqlValue::F64(value) => (b'f', value.to_bits().to_le_bytes().to_vec()),
        SqlValue::Text(value) => (b't', value.clone().into_bytes()),
        SqlValue::Bytes(value) => (b'b', value.clone()),
    };
    let mut out = vec![kind];
    out.extend((bytes.len() as u64).to_be_bytes());
    out.extend(bytes);
    out
}
