//! Rows that are held fast while others go: by their keys in the statement, and where there are many, in a temporary table.
//!
//! Leaves go first. Masters that are found by their parts, and rows that are found by their children, must be known before.

use std::sync::Arc;

use djc_core::dialect::Server;
use djc_core::ir::{Annotations, Heading, Origin, Table, TableId, Tier};
use djc_core::model::Model;
use djc_core::query::{Columns, Matching, Query};
use djc_core::source::Span;
use djc_core::state::State;

use super::live::Live;
use super::walk::{held, keys_max};
use crate::connection::Session;
use crate::error::SqlError;
use crate::fault::{Error, ErrorKind};

/// Temporary tables that hold keys.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// As SQL names them.
    tables: Vec<String>,
}

impl Pins {
    /// Drops the temporary tables. Whatever goes wrong with it, they end with the session.
    pub async fn drop(self, session: &dyn Session) {
        let Ok(mut db) = session.lock().await else { return };
        for table in self.tables {
            let words = if db.server().is_mysql_family() { "DROP TEMPORARY TABLE" } else { "DROP TABLE" };
            let _ = db.execute(&format!("{words} IF EXISTS {table}")).await;
        }
    }
}

/// Returns the same rows, known by their keys from now on.
pub(super) async fn pin(session: &dyn Session, live: &Live, id: TableId, rows: &Query, pins: &mut Pins) -> Result<Query, Error> {
    if let Some(held) = held(session, rows).await? {
        return Ok(held);
    }
    let key = live.key(id);
    if matches!(&key, Columns::Named(names) if names.is_empty()) {
        return Ok(rows.clone());
    }
    let scope = session.connection().dialect();
    if scope.server == Server::MySql {
        let most = keys_max(scope.server);
        return Err(Error::new(ErrorKind::Refused, format!("more than {most} rows would have to be known before others go"))
            .cause("MySQL cannot read a temporary table twice in one statement")
            .next_step("delete a part of the rows at a time"));
    }
    // A name without a schema of its own: temporary tables of PostgreSQL have theirs.
    let name = format!("~djc_keys_{}", pins.tables.len());
    let schema = match scope.server {
        Server::MySql | Server::MariaDb => live.place(live.root).0,
        Server::Postgres => "pg_temp".to_string(),
        Server::Sqlite => "temp".to_string(),
    };
    let table = scope.server.table_sql(&schema, &name);
    let columns = match &key {
        Columns::Named(names) => names.iter().map(|name| scope.server.dialect().facts().quoting.name(name)).collect::<Vec<_>>().join(", "),
        Columns::All | Columns::Key => "*".to_string(),
    };
    let select = rows.select(scope, &key)?;
    let source = scope.table_sql(&live.model, id).map_err(djc_core::query::QueryError::from)?;
    let mut db = session.lock().await?;
    db.execute(&format!("CREATE TEMPORARY TABLE {table} AS SELECT {columns} FROM {source} WHERE 1 = 0")).await?;
    pins.tables.push(table.clone());
    let values = super::bound(&select)?;
    db.execute_with(&format!("INSERT INTO {table} ({columns}) {}", select.text), &values)
        .await
        .map_err(|error: SqlError| Error::from(error))?;
    drop(db);
    let (model, pinned) = with_keys(&live.model, id, &schema, &name);
    let keys = Query::table(&model, pinned);
    Ok(Query::table(&live.model, id).restrict_to(&keys, Matching::Natural)?)
}

/// Returns a model that has one more table, with the key of another.
fn with_keys(model: &Model, of: TableId, schema: &str, name: &str) -> (Arc<Model>, TableId) {
    let mut pipeline = model.pipeline().clone();
    let source = model.table(of);
    let mut home = pipeline.schema(source.schema).clone();
    home.module = format!("~{name}");
    home.name = djc_core::ir::SchemaName::new(schema);
    home.tables = Vec::new();
    let home_id = djc_core::ir::SchemaId(pipeline.schemas.len() as u32);
    pipeline.schemas.push(home);
    let id = TableId(pipeline.tables.len() as u32);
    let attributes = source.heading.primary_key().cloned().map(|mut attribute| {
        attribute.origin = Origin::Own;
        attribute
    });
    let attributes: Vec<_> = attributes.collect();
    let key = (0..attributes.len()).collect();
    pipeline.tables.push(Table {
        schema: home_id,
        class: name.to_string(),
        stored: name.to_string(),
        tier: Tier::Manual,
        comment: String::new(),
        doc: None,
        heading: Heading { attributes, key },
        references: Vec::new(),
        indexes: Vec::new(),
        contents: Vec::new(),
        annotations: Annotations::default(),
        span: Span::default(),
        name_span: Span::default(),
    });
    pipeline.order.push(id);
    let state = State { pipeline, lowering: model.state().lowering.clone() };
    (Model::new(state, model.variables().clone(), ""), id)
}
