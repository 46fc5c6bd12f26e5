//! From the question to the commit.

use std::collections::BTreeMap;

use djc_core::cascade::Affected;
use djc_core::ir::{TableId, Tier};
use djc_core::query::{Query, Sql};

use super::live::{Live, Target};
use super::pin::Pins;
use super::preview::{Deleted, Lonely, Loss, Preview};
use super::walk::{Walk, walk};
use super::{Confirm, Parts, bound, log, part_directly, refused};
use crate::connection::Session;
use crate::error::{ServerCode, SqlError};
use crate::fault::{Error, ErrorKind};

/// Looks at what would go.
pub(super) async fn preview(session: &dyn Session, target: &Target, parts: Parts) -> Result<(Live, Preview), Error> {
    let live = Live::read(session, target).await?;
    let rows = live.rows(target)?;
    let walk = walk(session, &live, &rows, parts, None).await.map_err(|error| refused::unreadable(&live, error))?;
    let preview = told(&live, &walk);
    Ok((live, preview))
}

/// How often a delete is begun when rows come in between and nobody was shown numbers.
const ATTEMPTS_MAX: usize = 3;

/// Deletes; asks before, if it is to ask.
pub(super) async fn delete(
    session: &dyn Session,
    target: &Target,
    parts: Parts,
    confirm: Option<Confirm<'_>>,
    shown: Option<Preview>,
) -> Result<Deleted, Error> {
    if confirm.is_some() && session.in_transaction() {
        let message = "Delete cannot use a transaction within an ongoing transaction. Set transaction=False or safemode=False";
        return Err(Error::new(ErrorKind::Refused, message)
            .cause("a question in a transaction keeps rows locked while a person thinks")
            .next_step("delete without a question: leave `confirm` out, and look at `preview` before the transaction begins"));
    }
    let shown = match confirm {
        None => shown,
        Some(mut ask) => {
            let (live, preview) = preview(session, target, parts).await?;
            allowed(&live, &preview, parts)?;
            if preview.is_empty() || !ask(&preview) {
                return Ok(Deleted::default());
            }
            Some(preview)
        }
    };
    let live = Live::read(session, target).await?;
    let mut attempts = 0;
    loop {
        attempts += 1;
        match attempt(session, &live, target, parts, shown.as_ref()).await {
            Err(error) if is_worth_another(&error) && attempts < ATTEMPTS_MAX && shown.is_none() && !session.in_transaction() => {}
            Err(error) => return Err(error),
            Ok(mut deleted) => {
                deleted.unlogged = log::deleted(session, &live, &deleted.tables).await;
                return Ok(deleted);
            }
        }
    }
}

/// Whether the same delete may go well at once: rows came in between, or another session won. Who holds a lock for long will hold it the next time too.
fn is_worth_another(error: &Error) -> bool {
    let lost_out = || error.details().source.as_ref().and_then(SqlError::code).is_some_and(ServerCode::is_deadlock);
    error.kind() == ErrorKind::Changed || lost_out()
}

/// Refuses what part integrity forbids.
pub(super) fn allowed(live: &Live, preview: &Preview, parts: Parts) -> Result<(), Error> {
    if parts != Parts::Refuse {
        return Ok(());
    }
    if let Tier::Part { master } = live.model.table(live.root).tier {
        return Err(part_directly("delete", &live.name(live.root), &live.name(master))
            .next_step(format!("delete the rows of `{}`; their parts go with them", live.name(master)))
            .next_step("`force_masters` takes the masters of these rows along, with all of their parts")
            .next_step("`force_parts` deletes these rows and leaves their masters incomplete"));
    }
    let Some(Lonely { part, master, rows, masters }) = preview.lonely.first() else { return Ok(()) };
    let message = format!("Attempt to delete part table `{part}` before deleting from its master `{master}` first.");
    Err(Error::new(ErrorKind::PartBeforeMaster, message)
        .table(part.clone())
        .cause(format!("{rows} rows of `{part}` would go, and {masters} rows of `{master}` that they belong to would stay"))
        .next_step(format!("delete those rows of `{master}` first"))
        .next_step("`force_masters` takes the masters along, with all of their parts")
        .next_step("`force_parts` deletes the rows of the part and leaves their masters incomplete"))
}

fn told(live: &Live, walk: &Walk) -> Preview {
    let mut tables = Vec::new();
    let mut root = 0;
    for affected in walk.cascade.affected().iter().rev() {
        let rows = walk.counts.get(&affected.table).copied().unwrap_or(0);
        if affected.table == live.root {
            root = tables.len();
        } else if rows == 0 {
            continue;
        }
        let (schema, table) = live.place(affected.table);
        tables.push(Loss { schema, table, name: live.name(affected.table), rows });
    }
    let lonely = walk.strays.iter().map(|stray| Lonely {
        part: live.name(stray.part),
        master: live.name(stray.master),
        rows: stray.rows,
        masters: stray.masters,
    });
    let unseen = live.unseen.iter().map(|it| format!("{}.{}", it.schema, it.table));
    Preview { tables, root, lonely: lonely.collect(), unseen: unseen.collect() }
}

/// The mark in a transaction of somebody else's to which a delete that fails goes back.
const MARK: &str = "djc_delete";

/// Why an attempt came to nothing.
enum Failed {
    /// It is known.
    Known(Error),
    /// The server refused to delete rows of a table. Why is found out when everything was taken back.
    Refused(TableId, SqlError),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Failed::Known(error.into())
    }
}

/// Deletes in one transaction, or in the one that is there. Nothing is left of an attempt that fails.
async fn attempt(session: &dyn Session, live: &Live, target: &Target, parts: Parts, shown: Option<&Preview>) -> Result<Deleted, Error> {
    let mut pins = Pins::default();
    let outcome = match session.in_transaction() {
        true => within(session, live, target, parts, shown, &mut pins).await,
        false => alone(session, live, target, parts, shown, &mut pins).await,
    };
    pins.drop(session).await;
    match outcome {
        Ok(deleted) => Ok(deleted),
        Err(Failed::Known(error)) => Err(error),
        Err(Failed::Refused(table, error)) => Err(refused::refused(session, live, table, error).await),
    }
}

/// Deletes in a transaction of somebody else's.
async fn within(
    session: &dyn Session,
    live: &Live,
    target: &Target,
    parts: Parts,
    shown: Option<&Preview>,
    pins: &mut Pins,
) -> Result<Deleted, Failed> {
    session.lock().await?.execute(&format!("SAVEPOINT {MARK}")).await?;
    let outcome = everything(session, live, target, parts, shown, pins).await;
    if outcome.is_err() {
        // A server that has ended the transaction knows no mark any more, and what it said first is what matters.
        if let Ok(mut db) = session.lock().await {
            let _ = db.execute(&format!("ROLLBACK TO SAVEPOINT {MARK}")).await;
        }
    }
    outcome
}

/// Deletes in a transaction of its own.
async fn alone(
    session: &dyn Session,
    live: &Live,
    target: &Target,
    parts: Parts,
    shown: Option<&Preview>,
    pins: &mut Pins,
) -> Result<Deleted, Failed> {
    let transaction = session.connection().begin().await?;
    match everything(&transaction, live, target, parts, shown, pins).await {
        Ok(deleted) => Ok(transaction.commit().await.map(|()| deleted)?),
        Err(failed) => {
            // The connection may be gone, and then the server has rolled back.
            let _ = transaction.rollback().await;
            Err(failed)
        }
    }
}

async fn everything(
    session: &dyn Session,
    live: &Live,
    target: &Target,
    parts: Parts,
    shown: Option<&Preview>,
    pins: &mut Pins,
) -> Result<Deleted, Failed> {
    let rows = live.rows(target)?;
    let walk = walk(session, live, &rows, parts, Some(pins)).await.map_err(|error| refused::unreadable(live, error))?;
    let preview = told(live, &walk);
    allowed(live, &preview, parts)?;
    if let Some(shown) = shown
        && shown.tables != preview.tables
    {
        return Err(came_between(shown, &preview).into());
    }
    let mut gone: BTreeMap<TableId, u64> = BTreeMap::new();
    for affected in walk.cascade.affected() {
        let expected = walk.counts.get(&affected.table).copied().unwrap_or(0);
        if expected == 0 {
            continue;
        }
        let sql = statement(session, live, affected)?;
        let values = bound(&sql)?;
        let outcome = session.lock().await?.execute_with(&sql.text, &values).await;
        let rows = outcome.map_err(|error| Failed::Refused(affected.table, error))?;
        if rows != expected {
            let name = live.name(affected.table);
            let message = format!("rows of `{name}` came or went while they were deleted: {expected} were counted, {rows} found");
            let error = Error::new(ErrorKind::Changed, message).table(name);
            return Err(error.next_step("delete again; nothing has been deleted").into());
        }
        gone.insert(affected.table, rows);
    }
    let rows = gone.get(&live.root).copied().unwrap_or(0);
    Ok(Deleted { rows, tables: preview.tables.into_iter().filter(|loss| loss.rows > 0).collect(), unlogged: Vec::new() })
}

fn came_between(shown: &Preview, now: &Preview) -> Error {
    let rows = |preview: &Preview, name: &str| preview.tables.iter().find(|loss| loss.name == name).map_or(0, |loss| loss.rows);
    let names = shown.tables.iter().chain(&now.tables).map(|loss| loss.name.as_str());
    let name = names.into_iter().find(|name| rows(shown, name) != rows(now, name)).unwrap_or_default();
    let message =
        format!("rows came or went since they were counted: `{name}` would have lost {}, and now {}", rows(shown, name), rows(now, name));
    Error::new(ErrorKind::Changed, message).table(name).next_step("look at the new numbers and delete again; nothing has been deleted")
}

/// Returns the statement that deletes the rows.
///
/// The MySQL family reads a condition on other tables row by row when it deletes, and refuses one on the same table; joined with the keys of
/// the rows, it finds them by index.
fn statement(session: &dyn Session, live: &Live, affected: &Affected) -> Result<Sql, Error> {
    let scope = session.connection().dialect();
    let key: Vec<&str> = live.model.table(affected.table).heading.primary_key().map(|attribute| attribute.name.as_str()).collect();
    let visible = key.iter().all(|name| affected.rows.heading().get(name).is_some());
    if !scope.server.is_mysql_family() || !affected.rows.reads_others() || key.is_empty() || !visible {
        return Ok(affected.rows.delete(scope)?);
    }
    let keys: Query = affected.rows.distinct(&key)?;
    let mut sql = keys.select(scope, &live.key(affected.table))?;
    let quoting = scope.server.dialect().facts().quoting;
    let table = scope.table_sql(&live.model, affected.table).map_err(djc_core::query::QueryError::from)?;
    // Without an alias: the family looks for one in the database of the session, which has none.
    let on: Vec<String> = key.iter().map(|name| format!("{table}.{0} = `djc_keys`.{0}", quoting.name(name))).collect();
    sql.text = format!("DELETE {table} FROM {table} JOIN ({}) AS `djc_keys` ON {}", sql.text, on.join(" AND "));
    sql.columns.clear();
    Ok(sql)
}
