//! Changes of one row.

use std::marker::PhantomData;
use std::sync::Arc;

use djc_core::catalog::ColumnDefault;
use djc_core::dialect::Server;
use djc_core::ir::TableId;
use djc_core::model::Model;

use super::kept;
use super::refused::Refused;
use super::target::{Lack, Target};
use crate::connection::{BoxFuture, Session, ready};
use crate::fault::{Error, ErrorKind};
use crate::field::{Field, Given};
use crate::table::{Column, Dynamic, IntoField, IntoRow, Key, Place, RowWriter, Table};
use crate::value::SqlValue;

/// A new value of an attribute of the table `T`.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<T> {
    attribute: &'static str,
    given: Given,
    table: PhantomData<fn() -> T>,
}

impl<T, V: Field> Column<T, V> {
    /// Gives the attribute this value in an update.
    pub fn set(self, value: impl IntoField<V>) -> Change<T> {
        Change { attribute: self.name(), given: value.into_field().give(), table: PhantomData }
    }

    /// Gives the attribute its default in an update.
    pub fn reset(self) -> Change<T> {
        Change { attribute: self.name(), given: Given::Default, table: PhantomData }
    }
}

/// Changes attributes of the row with this key.
///
/// It is a function of the table: a restricted query cannot be updated, which datajoint finds out when it is asked to.
///
/// # Errors
/// When there is no such row ([`ErrorKind::Count`]), and everything that an insert could fail with.
pub fn update1<'s, T: Table>(
    session: &'s dyn Session,
    key: &T::Key,
    changes: impl IntoIterator<Item = Change<T>>,
) -> BoxFuture<'s, Result<(), Error>> {
    let mut row = RowWriter::default();
    for (name, value) in key.to_values() {
        row.give(name, Given::Value(value));
    }
    for change in changes {
        row.give(change.attribute, change.given);
    }
    Box::pin(run(session, T::model().clone(), T::id(), row))
}

/// Changes a row of any table: the whole key, and the attributes that change. A value of none resets the attribute to its default.
///
/// # Errors
/// As [`update1`]; attributes that the table does not have, and a key that is not whole.
pub fn update1_in_table<'s>(
    session: &'s dyn Session,
    model: &Arc<Model>,
    id: TableId,
    row: impl IntoRow<Dynamic>,
) -> BoxFuture<'s, Result<(), Error>> {
    let mut values = RowWriter::default();
    row.into_row(&mut values);
    Box::pin(run(session, model.clone(), id, values))
}

async fn run(session: &dyn Session, model: Arc<Model>, id: TableId, mut row: RowWriter) -> Result<(), Error> {
    ready(session, &model).await?;
    let connection = session.connection();
    let mut db = session.lock().await?;
    let target = connection.targets().get(&mut db, connection.dialect(), &model, id).await?;
    // Content comes before its row, and takes the session now and then.
    drop(db);
    kept::put(session, &target, vec![row.values.as_mut_slice()]).await?;
    let mut db = session.lock().await?;
    let update = Update::new(&target, &row)?;
    let touched = match db.execute_marked(session.in_transaction(), &update.text, &update.values).await {
        Ok(touched) => touched,
        Err(error) => {
            let refused = Refused { scope: connection.dialect(), model: &model, id, target: &target };
            return Err(refused.update(&mut db, &row.values, error).await);
        }
    };
    match touched {
        1 => Ok(()),
        _ => Err(Error::new(
            ErrorKind::Count,
            format!("{} has no row with this key: update can only be applied to one existing entry", target.name),
        )
        .table(&target.name)
        .next_step("insert the row, or correct the key")),
    }
}

struct Update {
    text: String,
    values: Vec<SqlValue>,
}

impl Update {
    fn new(target: &Target, row: &RowWriter) -> Result<Update, Error> {
        let quoting = target.server.dialect().facts().quoting;
        let mut values = Vec::new();
        let (mut changes, mut conditions) = (Vec::new(), Vec::new());
        let mut seen = vec![false; target.attributes.len()];
        for (at, (place, given)) in row.values.iter().enumerate() {
            let at = match place {
                Place::InOrder => at,
                Place::Named(name) => target.position(name).ok_or_else(|| target.unknown(name, None))?,
            };
            let Some(attribute) = target.attributes.get(at) else {
                return Err(
                    Error::new(ErrorKind::Value, format!("{} has {} attributes", target.name, target.attributes.len())).table(&target.name)
                );
            };
            if std::mem::replace(&mut seen[at], true) {
                return Err(Error::new(ErrorKind::Value, format!("`{}` is given twice", attribute.name)).table(&target.name));
            }
            let value = target.encode(at, given).map_err(|reason| {
                Error::new(ErrorKind::Value, format!("`{}` ({}): {reason}", attribute.name, attribute.declared)).table(&target.name)
            })?;
            if attribute.in_key {
                let Some(value) = value else {
                    seen[at] = false;
                    continue;
                };
                conditions.push((at, value));
            } else {
                changes.push((at, value));
            }
        }
        let lacking: Vec<&str> = target
            .attributes
            .iter()
            .zip(&seen)
            .filter(|(attribute, seen)| attribute.in_key && !**seen)
            .map(|(it, _)| it.name.as_str())
            .collect();
        if !lacking.is_empty() {
            let message = format!("an update of {} must supply all primary key values; it lacks {}", target.name, lacking.join(", "));
            return Err(Error::new(ErrorKind::MissingValue, message).table(&target.name));
        }
        let mut sets = Vec::new();
        for (at, value) in changes {
            let name = quoting.name(&target.attributes[at].name);
            sets.push(match value {
                Some(value) => {
                    values.push(value);
                    format!("{name} = {}", target.mark(at, values.len()))
                }
                None => format!("{name} = {}", target.default_sql(at, &mut values)?),
            });
        }
        if sets.is_empty() {
            // Whether the row is there is still asked: its key becomes what it is.
            sets.extend(target.table.primary_key.first().map(|name| format!("{0} = {0}", quoting.name(name))));
        }
        let mut wheres = Vec::new();
        for (at, value) in conditions {
            values.push(value);
            wheres.push(format!("{} = {}", quoting.name(&target.attributes[at].name), target.mark(at, values.len())));
        }
        let condition = if wheres.is_empty() { String::new() } else { format!(" WHERE {}", wheres.join(" AND ")) };
        Ok(Update { text: format!("UPDATE {} SET {}{condition}", target.sql, sets.join(", ")), values })
    }
}

impl Target {
    /// Returns the placeholder of a value of an attribute; `number` counts from 1.
    fn mark(&self, at: usize, number: usize) -> String {
        match self.server {
            Server::MySql | Server::MariaDb | Server::Sqlite => "?".to_string(),
            Server::Postgres => format!("CAST(${number} AS {})", self.server.dialect().type_sql(&self.attributes[at].column.ty)),
        }
    }

    /// Returns an attribute's default as an update says it.
    fn default_sql(&self, at: usize, values: &mut Vec<SqlValue>) -> Result<String, Error> {
        let attribute = &self.attributes[at];
        match (attribute.lack, self.server, &attribute.column.default) {
            (Lack::Refuse, _, _) => {
                let message = format!("`{}` ({}) cannot be reset: it has no default", attribute.name, attribute.declared);
                Err(Error::new(ErrorKind::MissingValue, message).table(&self.name).value(&attribute.name, ""))
            }
            (Lack::Null, _, _) => Ok("NULL".to_string()),
            (Lack::Default, Server::MySql | Server::MariaDb | Server::Postgres, _) => Ok("DEFAULT".to_string()),
            // SQLite has no word for the default of a column.
            (Lack::Default, Server::Sqlite, ColumnDefault::Literal(text)) => {
                let value = self.slot(at).encode(&text.as_str().into()).ok().flatten();
                values.push(value.unwrap_or_else(|| text.as_str().into()));
                Ok("?".to_string())
            }
            (Lack::Default, Server::Sqlite, ColumnDefault::CurrentTimestamp(0)) => Ok("CURRENT_TIMESTAMP".to_string()),
            (Lack::Default, Server::Sqlite, ColumnDefault::CurrentTimestamp(_)) => Ok("strftime('%Y-%m-%d %H:%M:%f', 'now')".to_string()),
            (Lack::Default, Server::Sqlite, ColumnDefault::Expression(sql)) => Ok(format!("({sql})")),
            (Lack::Default, Server::Sqlite, ColumnDefault::None | ColumnDefault::Null) => Ok("NULL".to_string()),
        }
    }
}
