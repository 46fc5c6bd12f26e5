//! Counting what goes, and finding out which masters go with their parts, until nothing changes.

use std::collections::BTreeMap;

use djc_core::cascade::{Cascade, CascadeError};
use djc_core::dialect::Server;
use djc_core::ir::TableId;
use djc_core::query::{Projection, Query, Restriction};

use super::Parts;
use super::live::Live;
use super::pin::{Pins, pin};
use crate::connection::Session;
use crate::fault::{Error, ErrorKind};
use crate::table;

/// What a delete would do, with exact numbers.
pub(super) struct Walk {
    pub cascade: Cascade,
    /// Rows of each table that is reached, empty ones too.
    pub counts: BTreeMap<TableId, u64>,
    /// Parts that lose rows while their masters stay.
    pub strays: Vec<Stray>,
}

/// Rows of a part whose masters stay.
#[derive(Debug, Clone)]
pub(super) struct Stray {
    pub part: TableId,
    pub master: TableId,
    pub rows: u64,
    pub masters: u64,
}

/// Goes from the rows of the root to everything that goes with them.
///
/// With `pins`, rows that must be known before children go are held fast: those of the root where other tables decide about them, and masters that are
/// pulled in by their parts.
pub(super) async fn walk(
    session: &dyn Session,
    live: &Live,
    root: &Query,
    parts: Parts,
    mut pins: Option<&mut Pins>,
) -> Result<Walk, Error> {
    let mut root = root.clone();
    if let Some(pins) = pins.as_deref_mut()
        && root.reads_others()
    {
        root = pin(session, live, live.root, &root, pins).await?;
    }
    let mut seeds = vec![root];
    loop {
        let cascade = Cascade::new(&live.model, &seeds).map_err(|error| refused(live, error))?;
        let mut strays = Vec::new();
        let mut pulled = Vec::new();
        for stray in cascade.strays(&seeds).map_err(|error| refused(live, error))? {
            let rows = count(session, &stray.rows).await?;
            if rows == 0 {
                continue;
            }
            match parts {
                Parts::WithMasters => {
                    let masters = match pins.as_deref_mut() {
                        Some(pins) => pin(session, live, stray.master, &stray.masters, pins).await?,
                        None => held(session, &stray.masters).await?.unwrap_or(stray.masters),
                    };
                    pulled.push(masters);
                }
                Parts::Refuse | Parts::Force => {
                    let masters = count(session, &stray.masters).await?;
                    strays.push(Stray { part: stray.part, master: stray.master, rows, masters });
                }
            }
        }
        if pulled.is_empty() {
            let counts = counts(session, live, &cascade).await?;
            return Ok(Walk { cascade, counts, strays });
        }
        seeds.extend(pulled);
    }
}

/// Counts the rows of each table. Below a table that loses none there are none, and nobody is asked.
async fn counts(session: &dyn Session, live: &Live, cascade: &Cascade) -> Result<BTreeMap<TableId, u64>, Error> {
    let mut counts = BTreeMap::new();
    for affected in cascade.affected().iter().rev() {
        let references = &live.model.table(affected.table).references;
        let fed = affected.by.iter().any(|by| counts.get(&references[by.0 as usize].parent).is_some_and(|rows| *rows > 0));
        let rows = if affected.is_seed || fed { count(session, &affected.rows).await? } else { 0 };
        counts.insert(affected.table, rows);
    }
    Ok(counts)
}

pub(super) async fn count(session: &dyn Session, query: &Query) -> Result<u64, Error> {
    table::Query::<table::Dynamic>::from_core(Ok(query.clone())).count(session).await
}

/// Returns how many keys stand in a statement as they are.
pub(super) fn keys_max(server: Server) -> u64 {
    match server {
        // It reads a temporary table once in a statement only, which several ways to one row would do again.
        Server::MySql => 100_000,
        Server::MariaDb | Server::Postgres | Server::Sqlite => 1000,
    }
}

/// Returns the rows by their keys, where these are few.
pub(super) async fn held(session: &dyn Session, query: &Query) -> Result<Option<Query>, Error> {
    let Some((model, id)) = query.base() else { return Ok(None) };
    let most = keys_max(session.connection().dialect().server);
    let few = djc_core::query::Top { limit: Some(most + 1), offset: 0, order: None };
    let keys = query.project(&Projection::default())?.top(&few)?;
    if keys.heading().attributes.is_empty() {
        return Ok(None);
    }
    let keys = table::Query::<table::Dynamic>::from_core(Ok(keys)).fetch_maps(session).await?;
    if keys.len() as u64 > most {
        return Ok(None);
    }
    let keys = keys.into_iter().map(|key| Restriction::Equal(key.into_iter().collect())).collect();
    Ok(Some(Query::table(model, id).restrict(&Restriction::Any(keys))?))
}

fn refused(live: &Live, error: CascadeError) -> Error {
    match error {
        CascadeError::Query(error) => Error::from(error),
        error @ CascadeError::NoTable => Error::new(ErrorKind::Refused, error.to_string()),
        error @ CascadeError::Circle { .. } => Error::new(ErrorKind::Refused, error.to_string())
            .table(live.name(live.root))
            .next_step("set one of the references to NULL where it may be, and delete again"),
    }
}
