//! The live graph that a delete follows: it knows more tables than the code that asks.

use std::sync::Arc;

use djc_core::catalog::Catalog;
use djc_core::ir::TableId;
use djc_core::model::{Model, Scope};
use djc_core::query::{Columns, Matching, Notice, Projection, Query, Restriction};

use crate::connection::{Session, all_ready};
use crate::fault::{Error, ErrorKind};
use crate::inspect::Referrer;

/// Rows of one table, by the names that the server knows.
#[derive(Debug, Clone)]
pub struct Target {
    /// The physical schema.
    pub schema: String,
    /// The stored name.
    pub table: String,
    /// Which rows.
    pub rows: Rows,
}

/// Which rows of a table are meant.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Those that satisfy all of these; without any, all.
    Restricted(Vec<Restriction>),
    /// Those of a query over the table, perhaps of another model.
    Query(Box<Query>),
}

impl Target {
    /// Returns the rows of a query.
    ///
    /// # Errors
    /// A query that is no table: a join, a projection with new names, an aggregation.
    pub fn of(query: &Query, scope: &Scope) -> Result<Target, Error> {
        let Some((model, id)) = query.base() else {
            let message = "only rows of a table can be deleted, not those of a join, projection or aggregation";
            return Err(Error::new(ErrorKind::Refused, message).next_step("restrict the table by the query: `table & query`"));
        };
        let schema = scope.schema(model, id).map_err(djc_core::query::QueryError::from)?;
        let table = model.table(id).stored.clone();
        Ok(Target { schema, table, rows: Rows::Query(Box::new(query.clone())) })
    }
}

/// What stands on a table, as a model.
pub(super) struct Live {
    pub model: Arc<Model>,
    pub catalog: Catalog,
    pub root: TableId,
    /// Foreign keys of tables that the server names and does not show.
    pub unseen: Vec<Referrer>,
}

impl Live {
    /// Reads everything that stands on the table, in all schemas. What code was generated for is held against the database first.
    pub async fn read(session: &dyn Session, target: &Target) -> Result<Live, Error> {
        if let Rows::Query(query) = &target.rows {
            all_ready(session, query.models()).await?;
        }
        let mut db = session.lock().await?;
        let tables = [(target.schema.clone(), target.table.clone())];
        let downstream = db.downstream(&tables).await?;
        let catalog = downstream.inspection.catalog;
        let (model, _) = Model::lift(&catalog, db.server());
        let Some(root) = model.find(&format!("{}.{}", target.schema, target.table)) else {
            let message = format!("there is no table `{}.{}`, or this account does not see it", target.schema, target.table);
            return Err(Error::new(ErrorKind::MissingTable, message));
        };
        Ok(Live { model, catalog, root, unseen: downstream.unseen })
    }

    /// Returns the rows that are meant, of the live table.
    ///
    /// # Errors
    /// A restriction that changes nothing: what would go is not what was meant (E-22).
    pub fn rows(&self, target: &Target) -> Result<Query, Error> {
        let all = Query::table(&self.model, self.root);
        let rows = match &target.rows {
            Rows::Restricted(restrictions) => {
                let mut rows = all;
                for restriction in restrictions {
                    rows = rows.restrict(restriction)?;
                }
                rows
            }
            Rows::Query(query) => {
                no_effect(query)?;
                match query.carried_to(&all) {
                    Some(rows) => rows,
                    // A limit: which rows are meant is for the query to say.
                    None => all.restrict_to(&query.project(&Projection::default())?, Matching::Natural)?,
                }
            }
        };
        no_effect(&rows)?;
        Ok(rows)
    }

    /// Returns the name that messages print: the class where there is one, with its physical schema.
    pub fn name(&self, id: TableId) -> String {
        self.model.display_name(id)
    }

    /// Returns the physical schema and the stored name.
    pub fn place(&self, id: TableId) -> (String, String) {
        let table = self.model.table(id);
        (self.model.pipeline().schema(table.schema).name.template().to_string(), table.stored.clone())
    }

    /// Returns the columns of a table's key, none for a table without one.
    pub fn key(&self, id: TableId) -> Columns {
        Columns::Named(self.model.table(id).heading.primary_key().map(|attribute| attribute.name.clone()).collect())
    }
}

fn no_effect(query: &Query) -> Result<(), Error> {
    let Some(notice) = query.notices().first() else { return Ok(()) };
    let Notice::NoEffect { restriction, query } = notice;
    let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let given = if restriction.is_empty() { "it names nothing".to_string() } else { format!("it names {}", list(restriction)) };
    let error = Error::new(ErrorKind::NoEffect, "a restriction has no effect, so that all rows would be deleted")
        .cause(format!("{given}, and the table has {}", list(query)))
        .next_step("name an attribute of the table, or leave the restriction out to delete everything");
    Err(error)
}
