//! Deleting the rows of one table and no other.

use djc_core::cascade::Cascade;
use djc_core::query::Query;

use super::walk::count;
use super::{bound, log};
use crate::connection::{Session, all_ready};
use crate::error::SqlError;
use crate::fault::{self, Attempt, Error, ErrorKind, Verb};

/// Deletes the rows of a query over one table.
pub(super) async fn delete(session: &dyn Session, query: &Query) -> Result<u64, Error> {
    let scope = session.connection().dialect();
    let sql = query.delete(scope)?;
    all_ready(session, query.models()).await?;
    let (model, id) = query.base().expect("only a table is written as a delete");
    let schema = scope.schema(model, id).map_err(djc_core::query::QueryError::from)?;
    let outcome = session.lock().await?.execute_marked(session.in_transaction(), &sql.text, &bound(&sql)?).await;
    let rows = match outcome {
        Ok(rows) => rows,
        Err(error) => return Err(refused(session, query, error).await),
    };
    // datajoint 0.14 notes the statement in the schema's log, where there is one.
    if scope.server.is_mysql_family() {
        let there = "SELECT 1 AS a FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = '~log'";
        let found = session.lock().await?.query(there, &[schema.as_str().into()]).await?;
        if !found.is_empty() {
            log::write(session, vec![(schema, sql.to_string())]).await;
        }
    }
    Ok(rows)
}

async fn refused(session: &dyn Session, query: &Query, error: SqlError) -> Error {
    let (model, id) = query.base().expect("only a table is written as a delete");
    let name = model.display_name(id);
    let SqlError::Server { code, message, .. } = &error else { return Error::from(error).table(name) };
    if !code.is_held() {
        let Ok(mut db) = session.lock().await else { return Error::from(error).table(name) };
        let attempt = Attempt { scope: session.connection().dialect(), model, table: id, verb: Verb::Delete, rows: &[] };
        return fault::explain(&mut db, &attempt, error).await;
    }
    let children = children(session, query).await;
    let said = fault::foreign_key(message);
    let whom = match (children.as_slice(), &said.schema, &said.child) {
        ([], Some(schema), Some(child)) => format!("rows of `{schema}.{child}`"),
        ([], None, Some(child)) => format!("rows of `{child}`"),
        ([], _, None) => "other rows".to_string(),
        (children, _, _) => children.iter().map(|(name, rows)| format!("{rows} row(s) of {name}")).collect::<Vec<_>>().join(" and "),
    };
    let fault = Error::new(ErrorKind::HasChildren, format!("rows of {name} cannot be deleted: {whom} stand on them")).table(name);
    let fault = children.into_iter().fold(fault, |fault, (name, rows)| fault.value(name, rows.to_string()));
    let fault = said.constraint.into_iter().fold(fault, |fault, name| fault.value("constraint", name));
    fault.next_step("use `delete` instead of `delete_quick`: it takes along what stands on them; `preview` says what that is").source(error)
}

/// Counts the rows of tables that refer to the rows, as far as the program knows those tables.
async fn children(session: &dyn Session, query: &Query) -> Vec<(String, u64)> {
    let Some((model, root)) = query.base() else { return Vec::new() };
    let Ok(cascade) = Cascade::new(model, std::slice::from_ref(query)) else { return Vec::new() };
    let mut children = Vec::new();
    for affected in cascade.affected().iter().rev() {
        let references = &model.table(affected.table).references;
        if affected.by.iter().any(|by| references[by.0 as usize].parent == root)
            && let Ok(rows) = count(session, &affected.rows).await
            && rows > 0
        {
            children.push((model.display_name(affected.table), rows));
        }
    }
    children
}
