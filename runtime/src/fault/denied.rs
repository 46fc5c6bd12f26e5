//! What an account may not do, what it may, and who gives the rest.

use djc_core::dialect::Server;

use super::attempt::Attempt;
use super::{Error, ErrorKind, said};
use crate::db::Db;
use crate::error::SqlError;
use crate::inspect::grants;

/// Explains why an account may not do something.
pub(super) async fn explain(db: &mut Db, attempt: &Attempt<'_>, message: &str) -> Result<Error, SqlError> {
    let command = said::command(message).unwrap_or_else(|| attempt.verb.as_str().to_string());
    let schema = attempt.scope.schema(attempt.model, attempt.table).map_err(|error| SqlError::Unexpected(error.to_string()))?;
    let (table, stored) = (attempt.name(attempt.table), &attempt.own().stored);
    match attempt.server() {
        Server::MySql | Server::MariaDb => {
            let grants = grants::read(db).await?;
            let error = Error::new(ErrorKind::Denied, format!("{} may not {command} on {table} (schema `{schema}`)", grants.account()))
                .value("account", grants.account())
                .value("privilege", command.as_str());
            let lines = grants.lines_on(&schema);
            let error = if lines.is_empty() {
                let patterns = grants.patterns();
                let own = if patterns.is_empty() {
                    "it has none on any schema".to_string()
                } else {
                    format!("it has some on {}", patterns.join(", "))
                };
                error.cause(format!("no grant of this account matches the schema `{schema}`; {own}")).next_step(
                    "schemas of one's own begin with the user name: set SCHEMA_PREFIX to it, or use a schema whose name begins with it",
                )
            } else {
                error.cause(format!("of its grants these are about the schema `{schema}`: {}", lines.join("; ")))
            };
            Ok(roles(error.next_step(format!("ask an administrator for: {}", grants.grant_on_schema(&command, &schema)))))
        }
        Server::Postgres => {
            let user =
                db.query("SELECT current_user::text AS a", &[]).await?.first().map(|row| row.text(0)).transpose()?.unwrap_or_default();
            let sql = "SELECT string_agg(DISTINCT privilege_type, ', ') AS a FROM information_schema.table_privileges \
                       WHERE table_schema = $1 AND table_name = $2 AND (grantee = current_user OR grantee = 'PUBLIC')";
            let own = db.query(sql, &[schema.as_str().into(), stored.as_str().into()]).await?;
            let own = own.first().map(|row| row.opt_text(0)).transpose()?.flatten();
            let usage = "SELECT COALESCE(bool_or(has_schema_privilege(oid, 'USAGE')), false) AS a FROM pg_namespace WHERE nspname = $1";
            let may_enter = db.query(usage, &[schema.as_str().into()]).await?.first().is_some_and(|row| row.flag(0));
            let quoting = attempt.quoting();
            let error = Error::new(ErrorKind::Denied, format!("{user} may not {command} on {table} (schema `{schema}`)"))
                .value("account", user.as_str())
                .value("privilege", command.as_str())
                .cause(match (may_enter, own) {
                    (false, _) => format!("the account may not even use the schema `{schema}`"),
                    (true, None) => "the account has no privileges on the table".to_string(),
                    (true, Some(own)) => format!("of its privileges on the table there are {own} only"),
                });
            let mut grants = Vec::new();
            if !may_enter {
                grants.push(format!("GRANT USAGE ON SCHEMA {} TO {}", quoting.name(&schema), quoting.name(&user)));
            }
            grants.push(format!("GRANT {command} ON {} TO {}", quoting.qualified(&schema, stored), quoting.name(&user)));
            Ok(error.next_step(format!("ask an administrator for: {}", grants.join("; "))))
        }
        // A file has no accounts; what is refused there is a file that may only be read.
        Server::Sqlite => Ok(Error::new(ErrorKind::Denied, format!("{table} cannot be written: {message}"))),
    }
}

/// The roles of labs that run DataJoint for several people.
fn roles(error: Error) -> Error {
    error.next_step(
        "where roles are used: dj_guest may SELECT, dj_collab may do all under its own prefix, dj_user also in shared schemas, dj_admin everywhere",
    )
}
