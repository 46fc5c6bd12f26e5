//! Reads a live database into the catalog model that definitions are lowered to.
//!
//! The number of queries per server is constant, however many schemas and tables there are: information_schema is asked
//! once per kind of thing, and the pieces are put together here. The result says one thing in one way
//! ([`Dialect::normalize`](djc_core::dialect::Dialect::normalize)), so that it can be compared with `==`.

mod lineage;
mod mysql;
mod postgres;
mod sqlite;
mod type_text;

use std::collections::BTreeMap;
use std::sync::Arc;

use djc_core::catalog::{Catalog, Charset, Schema, Table};
use djc_core::dialect::Server;

use crate::db::Db;
use crate::error::{Error, ServerCode};

pub use type_text::{mysql_type, postgres_type};

/// What to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InspectOptions {
    /// Physical names of the schemas to read, those that do not exist are left out; `None` reads all but the server's own.
    pub schemas: Option<Vec<String>>,
}

impl Db {
    /// Returns what is there. `~` tables, views and tables that datajoint does not know are in it.
    ///
    /// What the account may not see is not in it either: servers hide it without an error.
    pub async fn inspect(&mut self, options: &InspectOptions) -> Result<Catalog, Error> {
        let mut catalog = self.inspect_as_reported(options).await?;
        let dialect = self.server().dialect();
        for table in catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            dialect.normalize(Arc::make_mut(table));
        }
        Ok(catalog)
    }

    /// Returns the charsets of those of the schemas that exist; only the MySQL family has charsets of schemas.
    pub async fn charsets_of(&mut self, schemas: &[String]) -> Result<BTreeMap<String, Charset>, Error> {
        if schemas.is_empty() || !self.server().is_mysql_family() {
            return Ok(BTreeMap::new());
        }
        let mut pieces = Pieces::default();
        mysql::read_schemas(self, Some(schemas), &mut pieces).await?;
        Ok(pieces.schemas.into_iter().filter_map(|(name, (schema, _))| Some((name, schema.charset?))).collect())
    }

    /// Returns what is there before normalising: with names of constraints, charsets of tables, types of markers.
    pub async fn inspect_as_reported(&mut self, options: &InspectOptions) -> Result<Catalog, Error> {
        let schemas = options.schemas.as_deref();
        if schemas.is_some_and(<[String]>::is_empty) {
            return Ok(Catalog::default());
        }
        // Somebody may drop a table between the query that lists it and the one that reads it: what was read is then
        // no state that ever was, and everything is read anew.
        let mut attempts = 0;
        loop {
            let outcome = match self.server() {
                Server::MySql | Server::MariaDb => mysql::inspect(self, schemas).await,
                Server::Postgres => postgres::inspect(self, schemas).await,
                Server::Sqlite => sqlite::inspect(self, schemas).await,
            };
            attempts += 1;
            match outcome {
                Ok(pieces) => return Ok(pieces.finish()),
                Err(error) if attempts < ATTEMPTS_MAX && error.code().is_some_and(ServerCode::is_missing) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// How often an inspection is begun that finds the database changing under it.
const ATTEMPTS_MAX: usize = 5;

/// A catalog in the making: tables are found by schema and name while columns, keys and indexes arrive.
#[derive(Default)]
struct Pieces {
    schemas: BTreeMap<String, (Schema, BTreeMap<String, Table>)>,
}

impl Pieces {
    fn add_schema(&mut self, schema: Schema) {
        self.schemas.insert(schema.name.clone(), (schema, BTreeMap::new()));
    }

    /// Adds a table; one of a schema that is not read is dropped.
    fn add_table(&mut self, table: Table) {
        if let Some((_, tables)) = self.schemas.get_mut(&table.schema) {
            tables.insert(table.name.clone(), table);
        }
    }

    fn schema(&mut self, name: &str) -> Option<&mut Schema> {
        self.schemas.get_mut(name).map(|(schema, _)| schema)
    }

    /// Returns the table, or `None` for one that came into being while the server was read.
    fn table(&mut self, schema: &str, table: &str) -> Option<&mut Table> {
        self.schemas.get_mut(schema)?.1.get_mut(table)
    }

    fn tables(&mut self) -> impl Iterator<Item = &mut Table> {
        self.schemas.values_mut().flat_map(|(_, tables)| tables.values_mut())
    }

    /// Returns the schemas that have a table of that name.
    fn schemas_with(&self, table: &str) -> Vec<String> {
        self.schemas.iter().filter(|(_, (_, tables))| tables.contains_key(table)).map(|(name, _)| name.clone()).collect()
    }

    fn finish(self) -> Catalog {
        let schemas = self.schemas.into_iter().map(|(name, (mut schema, tables))| {
            schema.tables = tables.into_iter().map(|(name, table)| (name, Arc::new(table))).collect();
            (name, schema)
        });
        Catalog { schemas: schemas.collect() }
    }
}

/// Returns the type that a `:type:` marker at the head of a column comment says; the first colon behind it ends it.
fn marked_type(comment: &str) -> Option<String> {
    let (marker, _) = comment.strip_prefix(':')?.split_once(':')?;
    if marker.is_empty() { None } else { Some(marker.to_string()) }
}

/// Returns a key by which `t_ibfk_2` stands before `t_ibfk_10`.
fn natural(name: &str) -> (String, u64) {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (stem.to_string(), name[stem.len()..].parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_end_at_the_next_colon() {
        assert_eq!(marked_type(":uuid:an id: really").as_deref(), Some("uuid"));
        assert_eq!(marked_type(":<blob@raw>:").as_deref(), Some("<blob@raw>"));
        assert_eq!(marked_type("no: marker:"), None);
        assert_eq!(marked_type("::x"), None);
    }
}
