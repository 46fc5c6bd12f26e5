//! `~log`, in which datajoint 0.14 writes what it does to tables.

use djc_core::catalog::Catalog;

use super::jobs::time;
use super::{Status, TableKey};
use crate::db::Db;
use crate::error::SqlError;

/// The last entry of a schema's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEvent {
    /// When, in the server's time.
    pub at: String,
    /// Who.
    pub user: String,
    /// What: ``Declared `lab`.`subject` ``.
    pub event: String,
}

/// The last entry about one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// When, in the server's time.
    pub at: String,
    /// The first word: `Declared`, `DELETE`, `Altered`.
    pub what: String,
}

const TABLE: &str = "~log";

pub(super) async fn read(db: &mut Db, catalog: &Catalog, mentions: bool, status: &mut Status) -> Result<(), SqlError> {
    let columns = ["id", "timestamp", "user", "event"];
    let logged = catalog
        .schemas
        .values()
        .filter(|schema| schema.tables.get(TABLE).is_some_and(|table| columns.iter().all(|name| table.column(name).is_some())));
    let schemas: Vec<String> = logged.map(|schema| schema.name.clone()).collect();
    let quoting = db.server().dialect().facts().quoting;
    let (id, at, user) = (quoting.name("id"), quoting.name("timestamp"), quoting.name("user"));
    let last = |schema: &String| {
        format!(
            "SELECT * FROM (SELECT {} AS a, {} AS b, {} AS c, {} AS d FROM {} ORDER BY {id} DESC LIMIT 1) AS t",
            db.constant(schema),
            time(db, &at),
            db.as_text(&user),
            db.as_text("event"),
            db.source(schema, TABLE)
        )
    };
    let terms: Vec<String> = schemas.iter().map(last).collect();
    for row in db.union(&terms, "`~log`", &mut status.notes).await? {
        let event = LastEvent { at: row.opt_text(1)?.unwrap_or_default(), user: row.text(2)?, event: row.text(3)? };
        status.log.insert(row.text(0)?, event);
    }
    if !mentions {
        return Ok(());
    }
    let all = |schema: &String| {
        let newest = time(db, &format!("max({at})"));
        format!(
            "SELECT {} AS a, {newest} AS b, {} AS c FROM {} GROUP BY 3",
            db.constant(schema),
            db.as_text("event"),
            db.source(schema, TABLE)
        )
    };
    let terms: Vec<String> = schemas.iter().map(all).collect();
    for row in db.union(&terms, "`~log`", &mut status.notes).await? {
        let (schema, at, event) = (row.text(0)?, row.opt_text(1)?.unwrap_or_default(), row.text(2)?);
        for name in tables_in(&event, &schema) {
            let Some(table) = status.tables.get_mut(&name) else { continue };
            if table.mention.as_ref().is_none_or(|known| known.at < at) {
                let what = event.split_whitespace().next().unwrap_or_default().to_string();
                table.mention = Some(Mention { at: at.clone(), what });
            }
        }
    }
    Ok(())
}

/// Returns the tables that an event names: `` `schema`.`table` ``.
fn tables_in(event: &str, schema: &str) -> Vec<TableKey> {
    let pieces: Vec<&str> = event.split('`').collect();
    // Names stand between quotes at the odd places, and a point between two that belong together.
    let names = pieces.windows(3).enumerate().filter(|(at, window)| at % 2 == 1 && window[1] == "." && window[0] == schema);
    names.map(|(_, window)| (window[0].to_string(), window[2].to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_name_tables_in_quotes() {
        let lab = |name: &str| ("lab".to_string(), name.to_string());
        assert_eq!(tables_in("Declared `lab`.`__comp`", "lab"), [lab("__comp")]);
        assert_eq!(tables_in("DELETE FROM `lab`.`scan` WHERE (`id` in (1)) and `other`.`x`", "lab"), [lab("scan")]);
        assert!(tables_in("created", "lab").is_empty());
    }
}
