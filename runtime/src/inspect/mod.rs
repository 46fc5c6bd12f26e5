//! Reads a live database into the catalog model that definitions are lowered to.
//!
//! The number of queries per server is constant, however many schemas and tables there are: information_schema is asked
//! once per kind of thing, and the pieces are put together here. The result says one thing in one way
//! ([`Dialect::normalize`](djc_core::dialect::Dialect::normalize)), so that it can be compared with `==`. What the account may not
//! see is said beside it ([`Unseen`]), so that nothing is concluded from silence.
//!
//! The least account: on the MySQL family `SELECT` and `SHOW VIEW` on the schemas, on PostgreSQL `USAGE` on the schemas and `SELECT`
//! on their `~lineage`; the session may be read-only.

mod downstream;
pub(crate) mod grants;
mod lineage;
mod mysql;
mod names;
mod postgres;
mod referrer;
mod sqlite;
mod type_text;
mod unseen;

use std::collections::BTreeMap;
use std::sync::Arc;

use djc_core::catalog::{Catalog, Charset, Schema, Table};
use djc_core::dialect::Server;
use djc_core::diff::{Difference, What};

use crate::db::Db;
use crate::error::{ServerCode, SqlError};

pub use downstream::Downstream;
pub use referrer::Referrer;
pub(crate) use sqlite::split as split_sqlite;
pub use type_text::{mysql_type, postgres_type};
pub use unseen::{Hidden, Unseen};

/// What to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InspectOptions {
    /// Physical names of the schemas to read, those that do not exist are left out; `None` reads all but the server's own.
    pub schemas: Option<Vec<String>>,
    /// Names of the tables that are enough, of whatever schema; a server for which that spares nothing reads the others too.
    pub tables: Option<Vec<String>>,
    /// Whether to look for foreign keys from schemas that are not read.
    pub referrers: bool,
}

impl InspectOptions {
    /// Returns options that read these schemas.
    pub fn of(schemas: Vec<String>) -> InspectOptions {
        InspectOptions { schemas: Some(schemas), ..InspectOptions::default() }
    }
}

/// What is there, and what may be there without being seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspection {
    /// What is there. `~` tables, views and tables that datajoint does not know are in it.
    pub catalog: Catalog,
    /// What the account may not see, so that its absence from the catalog proves nothing; in order, without repetitions.
    pub unseen: Vec<Unseen>,
    /// Foreign keys from schemas that were not read, where they were asked for.
    pub referrers: Vec<Referrer>,
}

impl Inspection {
    /// Returns what keeps the absence of tables of a schema from being proven; `None` when one that is not in the catalog does not exist.
    pub fn may_hide_tables_of(&self, schema: &str) -> Option<&Unseen> {
        self.unseen.iter().find(|unseen| match &unseen.what {
            Hidden::Schema { schema: hidden } | Hidden::Tables { schema: hidden } => hidden == schema,
            Hidden::Schemas => !self.catalog.schemas.contains_key(schema),
            Hidden::Columns { .. } | Hidden::Actions { .. } | Hidden::Referrers | Hidden::Lineage { .. } => false,
        })
    }
}

impl Inspection {
    /// Returns whether a difference between what is expected and the catalog may only be what the account does not see.
    pub fn may_explain(&self, difference: &Difference) -> bool {
        let table = difference.table.as_deref().unwrap_or_default();
        self.unseen.iter().any(|unseen| match (&unseen.what, &difference.what) {
            (
                Hidden::Schema { schema } | Hidden::Tables { schema },
                What::SchemaRemoved { .. } | What::TableRemoved { .. } | What::TableRenamed { .. },
            ) => *schema == difference.schema,
            (
                Hidden::Columns { schema, table: of },
                What::ColumnRemoved { .. }
                | What::ColumnRenamed { .. }
                | What::ColumnSection { .. }
                | What::ColumnOrder(_)
                | What::PrimaryKey(_)
                | What::KeyOrder(_)
                | What::ForeignKeyRemoved(_)
                | What::ForeignKeyTarget { .. }
                | What::ForeignKeyColumns(_)
                | What::IndexRemoved(_)
                | What::IndexChanged(_),
            ) => *schema == difference.schema && of == table,
            (Hidden::Actions { schema }, What::ForeignKeyActions(_)) => *schema == difference.schema,
            (Hidden::Lineage { schema }, What::LineageRemoved { .. } | What::Lineage { .. }) => *schema == difference.schema,
            _ => false,
        })
    }
}

impl Db {
    /// Returns what is there, normalised.
    pub async fn inspect(&mut self, options: &InspectOptions) -> Result<Inspection, SqlError> {
        let mut inspection = self.inspect_as_reported(options).await?;
        let dialect = self.server().dialect();
        for table in inspection.catalog.schemas.values_mut().flat_map(|schema| schema.tables.values_mut()) {
            dialect.normalize(Arc::make_mut(table));
        }
        Ok(inspection)
    }

    /// Returns the names of all schemas that the account sees, the server's own left out.
    pub async fn schema_names(&mut self) -> Result<Vec<String>, SqlError> {
        let sql = match self.server() {
            Server::MySql | Server::MariaDb => {
                "SELECT SCHEMA_NAME AS a FROM information_schema.SCHEMATA \
                 WHERE SCHEMA_NAME NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY SCHEMA_NAME"
            }
            Server::Postgres => {
                "SELECT nspname::text AS a FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname"
            }
            // Schemas are prefixes of table names, of which only inspection knows which are meant as such.
            Server::Sqlite => return Ok(self.inspect(&InspectOptions::default()).await?.catalog.schemas.into_keys().collect()),
        };
        self.query(sql, &[]).await?.iter().map(|row| row.text(0)).collect()
    }

    /// Returns the charsets of those of the schemas that exist; only the MySQL family has charsets of schemas.
    pub async fn charsets_of(&mut self, schemas: &[String]) -> Result<BTreeMap<String, Charset>, SqlError> {
        if schemas.is_empty() || !self.server().is_mysql_family() {
            return Ok(BTreeMap::new());
        }
        let mut pieces = Pieces::default();
        mysql::read_schemas(self, Some(schemas), &mut pieces).await?;
        Ok(pieces.schemas.into_iter().filter_map(|(name, (schema, _))| Some((name, schema.charset?))).collect())
    }

    /// Returns what is there before normalising: with names of constraints, charsets of tables, types of markers.
    pub async fn inspect_as_reported(&mut self, options: &InspectOptions) -> Result<Inspection, SqlError> {
        if options.schemas.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Inspection::default());
        }
        // Somebody may drop a table between the query that lists it and the one that reads it: what was read is then
        // no state that ever was, and everything is read anew.
        let mut attempts = 0;
        loop {
            let outcome = match self.server() {
                Server::MySql | Server::MariaDb => mysql::inspect(self, options).await,
                Server::Postgres => postgres::inspect(self, options).await,
                Server::Sqlite => sqlite::inspect(self, options).await,
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
    unseen: Vec<Unseen>,
    referrers: Vec<Referrer>,
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

    fn hide(&mut self, what: Hidden, grant: String) {
        self.unseen.push(Unseen { what, grant });
    }

    fn finish(mut self) -> Inspection {
        let schemas = self.schemas.into_iter().map(|(name, (mut schema, tables))| {
            schema.tables = tables.into_iter().map(|(name, table)| (name, Arc::new(table))).collect();
            (name, schema)
        });
        self.unseen.sort_by(|a, b| a.what.cmp(&b.what));
        self.unseen.dedup();
        Inspection { catalog: Catalog { schemas: schemas.collect() }, unseen: self.unseen, referrers: self.referrers }
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
