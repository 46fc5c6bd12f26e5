//! What a server says when rows cannot go: which child holds them, by which constraint.

use djc_core::ir::TableId;

use super::live::Live;
use crate::connection::Session;
use crate::error::SqlError;
use crate::fault::{self, Attempt, Error, ErrorKind, Verb};

/// Explains the refusal of a delete. What was begun has been taken back before.
pub(super) async fn refused(session: &dyn Session, live: &Live, table: TableId, error: SqlError) -> Error {
    if let SqlError::Server { code, message, .. } = &error
        && code.is_held()
    {
        let message = message.clone();
        return held(live, table, &message).source(error);
    }
    let Ok(mut db) = session.lock().await else { return Error::from(error).table(live.name(table)) };
    let attempt = Attempt { scope: session.connection().dialect(), model: &live.model, table, verb: Verb::Delete, rows: &[] };
    fault::explain(&mut db, &attempt, error).await
}

/// Says whose rows stand on those that were to go. All that the account sees were deleted before.
fn held(live: &Live, table: TableId, message: &str) -> Error {
    let name = live.name(table);
    let said = fault::foreign_key(message);
    let Some(child) = said.child else {
        // MySQL does not name to an account what it may not see, SQLite names nothing to anybody.
        let message = format!("rows of `{name}` cannot be deleted: rows of a table that this account does not see stand on them");
        return Error::new(ErrorKind::HasChildren, message)
            .table(name)
            .cause("the server names neither the table nor the constraint to this account")
            .next_step("ask an administrator for SELECT and DELETE on the schemas that build on this one; nothing has been deleted");
    };
    let place = match &said.schema {
        Some(schema) => format!("{schema}.{child}"),
        None => child.clone(),
    };
    let known = live
        .model
        .pipeline()
        .tables()
        .any(|(id, table)| table.stored == child && said.schema.as_ref().is_none_or(|schema| live.place(id).0 == *schema));
    if known {
        let message = format!("rows of `{place}` that stand on rows of `{name}` came in while these were deleted");
        return Error::new(ErrorKind::Changed, message).table(name).next_step("delete again; nothing has been deleted");
    }
    let message = format!("rows of `{name}` cannot be deleted: rows of `{place}` stand on them, which this account does not see");
    let mut fault = Error::new(ErrorKind::HasChildren, message).table(name).value("child", place.clone());
    if let Some(constraint) = said.constraint {
        fault = fault.value("constraint", constraint.clone()).cause(format!("the constraint `{constraint}` of `{place}` holds them"));
    }
    fault.next_step(format!(
        "ask the owner of `{place}` to delete its rows first, or an administrator for SELECT and DELETE on it; nothing has been deleted"
    ))
}

/// Explains why rows that would go cannot be counted.
pub(super) fn unreadable(live: &Live, error: Error) -> Error {
    if error.kind() != ErrorKind::Denied {
        return error;
    }
    let table = error.details().table.clone().unwrap_or_default();
    let message = format!("what stands on `{}` cannot be read whole: {}", live.name(live.root), error.details().message);
    error
        .reworded(message)
        .cause(format!("rows of `{table}` would go too, and this account may not read them"))
        .next_step(format!("ask an administrator for SELECT and DELETE on `{table}`; nothing has been deleted"))
}
