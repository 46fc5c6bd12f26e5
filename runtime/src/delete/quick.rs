//! Deleting the rows of one table and no other.

use djc_core::query::Query;

use super::{bound, log};
use crate::connection::Session;
use crate::fault::{Error, ErrorKind};

/// Deletes the rows of a query over one table.
pub(super) async fn delete(session: &dyn Session, query: &Query) -> Result<u64, Error> {
    let scope = session.connection().dialect();
    let sql = query.delete(scope)?;
    let (model, id) = query.base().expect("only a table is written as a delete");
    let (name, schema) = (model.display_name(id), scope.schema(model, id).map_err(djc_core::query::QueryError::from)?);
    let values = bound(&sql)?;
    let outcome = session.lock().await?.execute_with(&sql.text, &values).await;
    let rows = outcome.map_err(|error| {
        let held = error.code().is_some_and(|code| code.is(&[1451, 1217, 787, 1811], &["23503", "23001"]));
        let fault = Error::from(error).table(name.clone());
        if !held {
            return fault;
        }
        let source = fault.details().message.clone();
        Error::new(ErrorKind::HasChildren, format!("rows of `{name}` cannot be deleted: other rows stand on them"))
            .table(name.clone())
            .cause(source)
            .next_step("`delete` takes along what stands on them; `preview` says what that is")
    })?;
    // datajoint 0.14 notes the statement in the schema's log, where there is one.
    if scope.server.is_mysql_family() {
        let sql = "SELECT 1 AS a FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = '~log'";
        let found = session.lock().await?.query(sql, &[schema.as_str().into()]).await?;
        if !found.is_empty() {
            log::write(session, vec![(schema, sql_text(&query.delete(scope)?))]).await;
        }
    }
    Ok(rows)
}

fn sql_text(sql: &djc_core::query::Sql) -> String {
    sql.to_string()
}
