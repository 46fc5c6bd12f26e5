//! The `~log` that datajoint 0.14 keeps in a schema: who deleted what. A row that cannot be written is only reported.

use super::live::Live;
use super::preview::Loss;
use crate::connection::Session;
use crate::db::Db;

/// The table.
const LOG: &str = "~log";

/// Greatest length of an event.
const EVENT_MAX: usize = 255;

/// Writes a row for each table that lost rows, in its schema.
pub(super) async fn deleted(session: &dyn Session, live: &Live, losses: &[Loss]) -> Vec<String> {
    let events =
        losses.iter().map(|loss| (loss.schema.clone(), format!("DELETE FROM `{}`.`{}`: {} rows", loss.schema, loss.table, loss.rows)));
    let logged = events.filter(|(schema, _)| live.catalog.table(schema, LOG).is_some());
    write(session, logged.collect()).await
}

/// Writes events, each into the log of its schema.
pub(super) async fn write(session: &dyn Session, events: Vec<(String, String)>) -> Vec<String> {
    let mut unlogged = Vec::new();
    if events.is_empty() {
        return unlogged;
    }
    let mut db = match session.lock().await {
        Ok(db) => db,
        Err(error) => return vec![format!("nothing was written to `{LOG}`: {}", error.details().message)],
    };
    // A failing statement would end a transaction of PostgreSQL; datajoint 0.14 knows the MySQL family alone.
    if !db.server().is_mysql_family() {
        return unlogged;
    }
    for (schema, event) in events {
        if let Err(error) = row(&mut db, &schema, &event).await {
            unlogged.push(format!("nothing was written to `{schema}.{LOG}`: {error}"));
        }
    }
    unlogged
}

async fn row(db: &mut Db, schema: &str, event: &str) -> Result<(), crate::error::SqlError> {
    let table = db.server().table_sql(schema, LOG);
    let event: String = event.chars().take(EVENT_MAX).collect();
    let version: String = format!("djc {}", env!("CARGO_PKG_VERSION")).chars().take(12).collect();
    let host = std::env::var("HOSTNAME").unwrap_or_default();
    let host: String = host.chars().take(EVENT_MAX).collect();
    let sql = format!("INSERT INTO {table} (`version`, `user`, `host`, `event`) VALUES (?, USER(), ?, ?)");
    db.execute_with(&sql, &[version.into(), host.into(), event.into()]).await.map(drop)
}
