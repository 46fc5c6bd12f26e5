//! Dropping tables with everything that stands on them, and what datajoint keeps beside: job tables, lineage.

use std::collections::BTreeSet;
use std::future::IntoFuture;

use djc_core::cascade::Cascade;
use djc_core::dialect::{DJC_TABLE, Server};
use djc_core::ir::{TableId, Tier};
use djc_core::plan::{Action, TableName};
use djc_core::query::Query;

use super::live::{Live, Rows, Target};
use super::preview::{Loss, Preview};
use super::{Confirm, log, part_directly};
use crate::connection::{BoxFuture, Session};
use crate::error::{ServerCode, SqlError};
use crate::fault::{Error, ErrorKind};
use crate::table::{self, Dynamic, Table};

/// A drop that runs when it is awaited.
pub struct Drop<'s> {
    session: &'s dyn Session,
    target: Result<Target, Error>,
    alone: bool,
    confirm: Option<Confirm<'s>>,
}

/// What was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dropped {
    /// The tables with the rows that they had, parents before their children. Empty where the answer was no.
    pub tables: Vec<Loss>,
    /// What could not be written to `~log`, as a sentence.
    pub unlogged: Vec<String>,
}

/// Drops a table and all tables that stand on it.
pub fn drop<T: Table>(session: &dyn Session) -> Drop<'_> {
    Drop { session, target: super::target(&T::all(), session), alone: false, confirm: None }
}

/// Drops a table alone. The server refuses when other tables refer to it.
pub fn drop_quick<T: Table>(session: &dyn Session) -> Drop<'_> {
    Drop { session, target: super::target(&T::all(), session), alone: true, confirm: None }
}

/// Drops a table, by the names that the server knows, and all tables that stand on it.
pub fn drop_table(session: &dyn Session, schema: impl Into<String>, table: impl Into<String>) -> Drop<'_> {
    let target = Target { schema: schema.into(), table: table.into(), rows: Rows::Restricted(Vec::new()) };
    Drop { session, target: Ok(target), alone: false, confirm: None }
}

impl<'s> Drop<'s> {
    /// Asks before anything is dropped, with the rows that each table has.
    pub fn confirm(mut self, ask: impl FnMut(&Preview) -> bool + Send + 's) -> Self {
        self.confirm = Some(Box::new(ask));
        self
    }

    /// Returns the tables that would go, with their rows. Nothing is changed.
    pub fn preview(&self) -> BoxFuture<'s, Result<Preview, Error>> {
        let (session, alone) = (self.session, self.alone);
        let target = self.target.as_ref().map_err(|error| Error::new(error.kind(), error.details().message.clone())).cloned();
        Box::pin(async move {
            let live = Live::read(session, &target?).await?;
            let order = order(&live, alone)?;
            told(session, &live, &order).await
        })
    }
}

impl<'s> IntoFuture for Drop<'s> {
    type Output = Result<Dropped, Error>;
    type IntoFuture = BoxFuture<'s, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run(self))
    }
}

async fn run(mut asked: Drop<'_>) -> Result<Dropped, Error> {
    let session = asked.session;
    if session.in_transaction() {
        let error = Error::new(ErrorKind::Refused, "a table cannot be dropped in a transaction");
        return Err(error.cause("the MySQL family commits whatever is open when it drops a table").next_step("commit first"));
    }
    let target = asked.target?;
    let live = Live::read(session, &target).await?;
    let order = order(&live, asked.alone)?;
    let preview = told(session, &live, &order).await?;
    if let Some(ask) = &mut asked.confirm
        && !ask(&preview)
    {
        return Ok(Dropped::default());
    }
    let mut db = session.lock().await?;
    let dialect = db.server().dialect();
    let transactional = dialect.facts().transactional_ddl;
    // A file that djc has made no table in has no place where it keeps what SQLite forgets.
    let sql = "SELECT name AS a FROM sqlite_master WHERE name = ?";
    let noted = db.server() != Server::Sqlite || !db.query(sql, &[DJC_TABLE.into()]).await?.is_empty();
    let drop = |name: TableName| {
        let statements = dialect.alter(&Action::DropTable(name), &live.catalog);
        statements.into_iter().take(if noted { usize::MAX } else { 1 })
    };
    let mut statements = Vec::new();
    for id in &order {
        let (schema, stored) = live.place(*id);
        let name = TableName::new(&schema, &stored);
        statements.extend(drop(name.clone()));
        let jobs = format!("~~{}", stored.trim_start_matches('_'));
        if live.catalog.table(&schema, &jobs).is_some() {
            statements.extend(drop(TableName::new(&schema, &jobs)));
        }
        // datajoint 0.14 keeps none.
        if live.catalog.schemas.get(&schema).is_some_and(|schema| schema.lineage.is_some()) {
            statements.extend(dialect.alter(&Action::ClearLineage(name), &live.catalog));
        }
    }
    if transactional {
        db.begin().await?;
    }
    for statement in &statements {
        if let Err(error) = db.execute(&statement.sql).await {
            if transactional {
                // The connection may be gone, and then the server has rolled back.
                let _ = db.rollback().await;
            }
            return Err(refused(&live, error));
        }
    }
    if transactional {
        db.commit().await?;
    }
    std::mem::drop(db);
    let events = preview.tables.iter().map(|loss| (loss.schema.clone(), format!("DROP TABLE `{}`.`{}`", loss.schema, loss.table)));
    let logged = events.filter(|(schema, _)| live.catalog.table(schema, "~log").is_some()).collect();
    Ok(Dropped { unlogged: log::write(session, logged).await, tables: preview.tables })
}

/// Explains why a table cannot be dropped.
fn refused(live: &Live, error: SqlError) -> Error {
    let name = live.name(live.root);
    if !error.code().is_some_and(ServerCode::is_referenced) {
        return Error::from(error).table(name);
    }
    let children: BTreeSet<String> = live.model.children(live.root).iter().map(|(child, _)| live.name(*child)).collect();
    let whom = match children.len() {
        0 => "a table that this account does not see".to_string(),
        _ => children.into_iter().map(|child| format!("`{child}`")).collect::<Vec<_>>().join(" and "),
    };
    Error::new(ErrorKind::HasChildren, format!("`{name}` cannot be dropped alone: {whom} refers to it"))
        .table(name)
        .next_step("`drop` takes along what stands on it; its `preview` says what that is")
        .source(error)
}

/// Returns the tables that go, children first.
fn order(live: &Live, alone: bool) -> Result<Vec<TableId>, Error> {
    let model = &live.model;
    if let Tier::Part { master } = model.table(live.root).tier {
        return Err(part_directly("drop", &live.name(live.root), &live.name(master))
            .next_step(format!("drop `{}`; its parts go with it", live.name(master))));
    }
    if alone {
        return Ok(vec![live.root]);
    }
    let all = Query::table(model, live.root);
    let cascade = Cascade::new(model, &[all]).map_err(|error| Error::new(ErrorKind::Refused, error.to_string()))?;
    let order: Vec<TableId> = cascade.affected().iter().map(|affected| affected.table).collect();
    for id in &order {
        if let Tier::Part { master } = model.table(*id).tier
            && !order.contains(&master)
        {
            let (part, master) = (live.name(*id), live.name(master));
            let message = format!("Attempt to drop part table `{part}` before dropping its master. Drop `{master}` first.");
            return Err(Error::new(ErrorKind::PartBeforeMaster, message)
                .table(part.clone())
                .cause(format!("`{part}` refers to `{}`, and `{master}` stays", live.name(live.root)))
                .next_step(format!("drop `{master}` first, with all of its parts")));
        }
    }
    Ok(order)
}

async fn told(session: &dyn Session, live: &Live, order: &[TableId]) -> Result<Preview, Error> {
    let mut tables = Vec::new();
    for id in order.iter().rev() {
        let rows = table::Query::<Dynamic>::from_core(Ok(Query::table(&live.model, *id))).count(session).await?;
        let (schema, stored) = live.place(*id);
        tables.push(Loss { schema, table: stored, name: live.name(*id), rows });
    }
    let root = order.iter().rev().position(|id| *id == live.root).unwrap_or(0);
    let unseen = live.unseen.iter().map(|it| format!("{}.{}", it.schema, it.table)).collect();
    Ok(Preview { tables, root, lonely: Vec::new(), unseen })
}
